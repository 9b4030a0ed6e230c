/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. Only what idp-netd says of a token is acted upon, and only for the issuer of the provider that
 *    was named.
 * 2. A token works once (section 2.6, step 8): its number is remembered until it has expired,
 * unless the record could not be read: then nothing has ended, and the platform may say it again.
 * The numbers are in memory: after a restart one may work again, and log out who is logged out.
 * 3. What ended is forgotten; whether the platform is told to revoke it says section 2.7
 *    (wallet-end.c).
 */
#include "idp-agentd/core/backchannel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "common/limits.h"
#include "common/secret.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/job.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/wallet.h"

struct used {
	struct used *next;
	uint64_t until; /* seconds since 1970 */
	char text[];    /* issuer, blank, jti */
};

struct backchannel {
	struct used *used; /* the newest first */
};

/* A BACKCHANNEL under way. */
struct logout {
	struct job job;
	struct backchannel *backchannel;
	char provider[CONFIG_NAME_MAX + 1];
};

/* What idp-netd read in the token; texts lie in its message. */
struct ended {
	const char *iss, *sub, *sid, *jti;
	uint64_t expiry;
};

/* ---- used numbers ---- */

/* Forgets what has expired, and the oldest beyond the limit. */
static void used_trim(struct backchannel *backchannel, uint64_t now)
{
	struct used **link = &backchannel->used;
	size_t n = 0;

	while (*link) {
		struct used *used = *link;

		if (now <= used->until && ++n < LOGOUTS_KEPT_MAX) {
			link = &used->next;
			continue;
		}
		*link = used->next;
		free(used);
	}
}

static bool used_has(const struct backchannel *backchannel, const char *text)
{
	const struct used *used = backchannel->used;

	while (used && strcmp(used->text, text) != 0)
		used = used->next;
	return used;
}

/* MUST 2. 0 it is new and noted, 1 it was used, -ENOMEM. */
static int used_note(struct backchannel *backchannel, const struct ended *ended, uint64_t now)
{
	size_t room = strlen(ended->iss) + strlen(ended->jti) + 2;
	struct used *used;

	used_trim(backchannel, now);
	used = malloc(sizeof(*used) + room);
	if (!used)
		return -ENOMEM;
	(void)snprintf(used->text, room, "%s %s", ended->iss, ended->jti);
	if (used_has(backchannel, used->text)) {
		free(used);
		return 1;
	}
	used->until = ended->expiry + 2 * TOKEN_LEEWAY_SEC;
	used->next = backchannel->used;
	backchannel->used = used;
	return 0;
}

/* The newest: what it stood for did not happen, and may come again. */
static void used_take_back(struct backchannel *backchannel)
{
	struct used *used = backchannel->used;

	backchannel->used = used->next;
	free(used);
}

/* ---- the answer ---- */

static void backchannel_audit(const struct logout *logout, const struct ended *ended, int n)
{
	char message[256];
	const struct audit_event event = {
		.kind = AUDIT_TOKENS,
		.priority = LOG_NOTICE,
		.message = message,
		.result = "ended",
		.reason = "back-channel",
		.provider = logout->provider,
		.subject = ended->sub,
	};

	(void)snprintf(message, sizeof(message), "%.64s has ended sessions: tokens of %d forgotten",
		       logout->provider, n);
	audit_write(&event);
}

/* The number is noted already. */
static void logout_forget(struct logout *logout, const struct config_provider *provider,
			  const struct ended *ended)
{
	int n = wallets_end_sessions(logout->job.parts->wallets, provider,
				     *ended->sub ? ended->sub : NULL, ended->sid);
	struct row row;

	if (n < 0) {
		used_take_back(logout->backchannel);
		job_end(&logout->job, 1, "store", "The record cannot be read; see the journal.");
		return;
	}
	backchannel_audit(logout, ended, n);
	row_begin(&row, "backchannel");
	row_put_text(&row, "provider", logout->provider);
	row_put_number(&row, "forgotten", (uint64_t)n);
	row_send(&row, logout->job.conn);
	job_end(&logout->job, 0, "", "");
}

/* MUST 1. */
static void logout_on_ended(struct logout *logout, const struct ended *ended)
{
	const struct config_provider *provider =
		config_provider(logout->job.parts->authority->config, logout->provider);
	int r;

	if (!provider || strcmp(provider->issuer, ended->iss) != 0 ||
	    (*ended->sub == '\0' && *ended->sid == '\0') || *ended->jti == '\0') {
		job_end(&logout->job, 1, "token-refused",
			"That is no logout token of this provider.");
		return;
	}
	r = used_note(logout->backchannel, ended, authority_time());
	if (r > 0)
		job_end(&logout->job, 1, "replayed", "That logout token was used before.");
	else if (r < 0)
		job_end(&logout->job, 1, "busy", "Memory is short.");
	else
		logout_forget(logout, provider, ended);
}

static int logout_on_message(void *owner, uint64_t flow, struct wire_in *in, bool last)
{
	struct logout *logout = owner;
	const char *code, *text;
	struct ended ended;

	(void)flow;
	(void)last; /* every answer is */
	logout->job.flow = 0;
	if (in->type == MSG_LOGGED_OUT) {
		ended.iss = wire_get_str(in, ISSUER_LEN_MAX);
		ended.sub = wire_get_str(in, SUBJECT_LEN_MAX);
		ended.sid = wire_get_str(in, WIRE_STRING_MAX);
		ended.jti = wire_get_str(in, WIRE_STRING_MAX);
		ended.expiry = wire_get_u64(in);
		if (wire_close(in) == 0) {
			logout_on_ended(logout, &ended);
			return 0;
		}
	} else {
		code = wire_get_str(in, REASON_MAX);
		text = wire_get_str(in, WIRE_STRING_MAX);
		if (wire_close(in) == 0) {
			job_end(&logout->job, 1, code, text);
			return 0;
		}
	}
	job_end(&logout->job, 1, "internal", "idp-netd broke the rules.");
	return -EPROTO;
}

static void logout_on_lost(void *owner, uint64_t flow)
{
	struct logout *logout = owner;

	(void)flow;
	logout->job.flow = 0;
	job_end(&logout->job, 1, "not-connected",
		"The link to idp-netd was lost; see the journal.");
}

static const struct flow_owner logout_flow = {
	.message = logout_on_message,
	.lost = logout_on_lost,
};

static const struct job_ops logout_ops = { 0 };

/* ---- the question ---- */

static int backchannel_ask(struct logout *logout, const struct secret *token)
{
	int r = peer_ask_logout(logout->job.parts->peer, logout->provider, token, &logout_flow,
				logout, &logout->job.flow);

	if (r < 0) {
		logout->job.flow = 0;
		job_end(&logout->job, 1, "not-connected",
			"idp-netd is not connected; see the journal.");
	}
	return 0;
}

int backchannel_request(struct backchannel *backchannel, const struct control_parts *parts,
			struct conn *conn, struct wire_in *in)
{
	_cleanup_(secret_freep) struct secret *token = NULL;
	const char *name = wire_get_str(in, CONFIG_NAME_MAX);
	const char *text = wire_get_str(in, JWS_LEN_MAX);
	struct logout *logout;

	if (wire_close(in) < 0)
		return -EPROTO;
	if (!config_provider(parts->authority->config, name)) {
		row_end(conn, 1, "no-provider", "There is no [provider] of that name.");
		return 0;
	}
	token = secret_new(text, strlen(text));
	logout = calloc(1, sizeof(*logout));
	if (!token || !logout) {
		free(logout);
		return -ENOMEM;
	}
	logout->backchannel = backchannel;
	(void)snprintf(logout->provider, sizeof(logout->provider), "%s", name);
	job_begin(&logout->job, &logout_ops, parts, conn);
	return backchannel_ask(logout, token);
}

/* ---- life ---- */

int backchannel_new(struct backchannel **ret_backchannel)
{
	*ret_backchannel = calloc(1, sizeof(**ret_backchannel));
	return *ret_backchannel ? 0 : -ENOMEM;
}

struct backchannel *backchannel_free(struct backchannel *backchannel)
{
	if (!backchannel)
		return NULL;
	while (backchannel->used) {
		struct used *used = backchannel->used;

		backchannel->used = used->next;
		free(used);
	}
	free(backchannel);
	return NULL;
}
