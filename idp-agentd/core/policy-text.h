/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_POLICY_TEXT_H
#define IDP_CORE_POLICY_TEXT_H

/*
 * The files of a configuration as one text with one fingerprint. Two hosts whose files have the
 * same names and the same bytes have the same one. Pure.
 */

#include <stddef.h>

#include "common/macro.h"

#define POLICY_HASH_LEN  64u /* SHA-256 in hexadecimal digits */
#define POLICY_HASH_SIZE (POLICY_HASH_LEN + 1)

struct buf;
struct config;
struct config_files;

/* Appends all files of folder to text, which bounds them. -EMSGSIZE, -ENOMEM; -EINVAL: one of them
 * is not in folder. */
int policy_text_pack(const struct config_files *files, const char *folder,
		     struct buf *text) _must_check_;
/* The way back; the files are named as if they were in folder. -EBADMSG: it is no such text. */
int policy_text_unpack(const void *text, size_t len, const char *folder,
		       struct config_files **ret_files) _must_check_;
/* 0 or -EIO. */
int policy_text_hash(const void *text, size_t len, char hash[static POLICY_HASH_SIZE]) _must_check_;
/*
 * The fingerprint of the rules alone: the same wherever the same sections of rules are written,
 * in whatever files and order. 0, -ENOMEM or -EIO.
 */
int policy_rules_hash(const struct config *config, char hash[static POLICY_HASH_SIZE]) _must_check_;

#endif
