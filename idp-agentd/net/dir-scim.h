/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DIR_SCIM_H
#define IDP_NET_DIR_SCIM_H

/* What dir-scim.c (asking) and dir-scim-page.c (what came) share; nobody else. */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "common/limits.h"
#include "common/wire.h"
#include "idp-agentd/net/dir-token.h"
#include "idp-agentd/net/http.h"
#include "idp-agentd/net/pager.h"
#include "idp-agentd/net/scim.h"

struct dir_scim {
	struct net *net;
	uint64_t flow;
	struct directory *directory; /* ours */
	bool find;
	enum wire_find what;
	char *value; /* find */
	bool groups; /* which list is being read */
	struct dir_token token;
	sd_event_source *timer; /* of a retry */
	unsigned tries;         /* of the page that is being asked for */
	bool renewed;           /* the token, for that page */
	struct pager pager;
	struct scim_page page;
	size_t at;        /* next resource of the page */
	size_t member_at; /* next member of that group */
	size_t n_new;     /* resources of the page whose id was new */
	uint32_t credit;
	uint32_t n_users, n_groups, n_skipped;
	char skipped[REASON_MAX]; /* why the first one was left out */
};

/* Asks for the page at pager_start(). May end the flow. */
void dir_scim_ask(struct dir_scim *dir);
/* The flow is over: DIR_END. code "" says all is well. */
void dir_scim_end(struct dir_scim *dir, const char *code, const char *text);
void dir_scim_on_answer(void *userdata, const struct http_answer *answer);
/* Sends records as far as the credit goes, then asks for more. May end the flow. */
void dir_scim_pump(struct dir_scim *dir);

#endif
