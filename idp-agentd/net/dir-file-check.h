/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DIR_FILE_CHECK_H
#define IDP_NET_DIR_FILE_CHECK_H

/* What dir-file-check.c (is it a directory) and dir-file-read.c (its records) share; nobody else.
 */

#include <stdbool.h>

#include "idp-agentd/net/dir-file-read.h"

#define DIR_FILE_LINES_MAX 64u   /* keys or labels of one person */
#define DIR_FILE_LINE_MAX  8192u /* an RSA key of 16384 bits has 2800 bytes and a comment */

/* Fills all but file->json. 0, -ENOMEM or DIR_FILE_E_CONTENT with a sentence in reason. */
int dir_file_judge(struct dir_file *file, char reason[static REASON_MAX]) _must_check_;
/* The text under key, "" when there is none. */
const char *dir_file_text(const json_t *record, const char *key);
/* The id it says, else what it is known by anyway: a user's subject, a group's name. */
const char *dir_file_id(const json_t *record, bool user);

#endif
