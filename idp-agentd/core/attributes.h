/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_ATTRIBUTES_H
#define IDP_CORE_ATTRIBUTES_H

/*
 * What a directory may say about a person beyond passwd(5): keys for ssh and labels, each a text
 * of lines. Strangers type these, and sshd(8) obeys a line of keys: what is kept is cut down to
 * what it is meant to be, and a line that is not that is left out, never the person. Pure.
 *
 * MUST
 * 1. Options of authorized_keys (sshd(8)) never pass: command=, environment=, cert-authority.
 * 2. What comes out, given again, comes out the same.
 */

#include "common/buf.h"
#include "common/macro.h"

/*
 * Keeps the lines "TYPE BASE64[ COMMENT]" whose blob names that same type (RFC 4253 section 6.6),
 * SSH_KEYS_MAX of them in SSH_KEYS_LEN_MAX bytes. A comment that is not printable ASCII is left
 * out. The result replaces the content of out (limit: SSH_KEYS_LEN_MAX + 1 at least) and ends in
 * NUL; lines are joined by '\n'. -ENOMEM.
 */
int attributes_clean_keys(const char *text, struct buf *out) _must_check_;
/*
 * Keeps the lines "NAME=VALUE", usually "PREFIX/NAME=VALUE", that are UTF-8 without control
 * characters: LABELS_MAX of them in LABELS_LEN_MAX bytes. As above.
 */
int attributes_clean_labels(const char *text, struct buf *out) _must_check_;

#endif
