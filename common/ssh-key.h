/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_SSH_KEY_H
#define IDP_COMMON_SSH_KEY_H

/*
 * Public keys as lines of authorized_keys (sshd(8)). Pure. MUST:
 *  1. nothing but a key: sshd obeys what stands before one (command=, environment=, from=), and a
 *     cert-authority lets in whom it signs for;
 *  2. the type that is written is the type of the key (RFC 4253 section 6.6).
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/macro.h"

/* Is blob the base64 (RFC 4648 section 4) of a key that begins with this type? */
bool ssh_key_has_type(const char *blob, size_t len, const char *type, size_t type_len) _must_check_;
/*
 * How much of a line is a key that may sign somebody in: the length of its "TYPE BASE64", without
 * the comment. 0 when it does not begin with one: options, certificates, types that OpenSSH takes
 * no more (ssh-dss), a key that is cut.
 */
size_t ssh_key_length(const char *line, size_t len) _must_check_;

#endif
