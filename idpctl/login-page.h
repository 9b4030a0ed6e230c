/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_LOGIN_PAGE_H
#define IDP_IDPCTL_LOGIN_PAGE_H

/*
 * What the browser is shown when a sign-in comes back to this machine: one page that loads
 * nothing, runs nothing, and is not kept. Pure.
 */

#include <stdbool.h>

#include "common/buf.h"

struct login_page {
	unsigned status;    /* of HTTP */
	const char *title;  /* the heading as well */
	const char *text;   /* one sentence or two; anybody's bytes */
	const char *remark; /* what to do next, or NULL */
	bool head;          /* the headers alone */
};

/* Puts the whole response. */
void login_page_put(struct buf *out, const struct login_page *page);
#define LOGIN_PAGE_MAX 8192u

/* The style as it stands in every page, and what the policy says of it (base64 of its SHA-256). */
extern const char login_page_style[];
extern const char login_page_style_hash[];

#endif
