/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_UTF8_H
#define IDP_COMMON_UTF8_H

/*
 * UTF-8 as RFC 3629 has it: shortest forms only, no surrogates, nothing above U+10FFFF. Which
 * characters are welcome is for the caller to say: a name, a prompt and a terminal differ there.
 * The controls of ASCII are welcome in no name and no identifier.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"

#define UTF8_LEN_MAX 4u

/*
 * The length of the character at the left bytes of text, 0 when they do not begin with one.
 * *ret_character is written unless it is 0. A text that ends in a NUL may say UTF8_LEN_MAX for
 * left: no sequence goes on behind a NUL, and what is behind it is not read.
 */
size_t utf8_decode(const char *text, size_t left, uint32_t *ret_character) _must_check_;

/* Is there a control byte in text: one of C0, tab and newline among them, or DEL? */
bool utf8_has_control(const char *text) _must_check_;

#endif
