/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. who signs in is the record of the peer's user id: nothing the peer says names a person;
 *  2. a redirect_uri is the provider's own but for its port, and has one only where it is http to
 *     this machine itself: whatever program asks, no browser is ever sent anywhere else;
 *  3. a port that the provider's redirect_uri names is that of the sign-in.
 */
#include "idp-agentd/core/login.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config-address.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/signin.h"

#define PORT_DIGITS 5u

/* ---- where ---- */

/* The digits behind a colon, as far as they go; 0: that is no port. */
static uint32_t login_port(const char *text, size_t *ret_len)
{
	uint32_t port = 0;
	size_t len = 0;

	while (len < PORT_DIGITS && text[len] >= '0' && text[len] <= '9')
		port = port * 10 + (uint32_t)(text[len++] - '0');
	*ret_len = len;
	return port <= UINT16_MAX ? port : 0;
}

/* MUST 2. */
int login_place(const char *redirect_uri, struct login_place *ret_place)
{
	struct login_place place = { .origin_len = config_address_loopback(redirect_uri) };
	const char *rest = redirect_uri + place.origin_len;

	if (!place.origin_len || strlen(redirect_uri) + 1 + PORT_DIGITS > ISSUER_LEN_MAX)
		return LOGIN_E_PAGE;
	if (*rest == ':') {
		size_t len;

		place.port = (uint16_t)login_port(rest + 1, &len);
		if (!place.port)
			return LOGIN_E_PAGE;
		rest += 1 + len;
	}
	if (*rest && *rest != '/')
		return LOGIN_E_PAGE;
	place.path = *rest ? rest : "/";
	*ret_place = place;
	return 0;
}

int login_redirect(const char *redirect_uri, uint16_t port, char ret_uri[static ISSUER_LEN_MAX + 1])
{
	struct login_place place;
	int r;

	if (!port) {
		(void)snprintf(ret_uri, ISSUER_LEN_MAX + 1, "%s", redirect_uri);
		return 0;
	}
	r = login_place(redirect_uri, &place);
	if (r)
		return r;
	if (place.port && place.port != port) /* MUST 3 */
		return LOGIN_E_PORT;
	(void)snprintf(ret_uri, ISSUER_LEN_MAX + 1, "%.*s:%u%s", (int)place.origin_len,
		       redirect_uri, port, place.path);
	return 0;
}

/* ---- who ---- */

/* Why nothing begins; reason NULL: it may. */
struct login_refusal {
	enum wire_result result;
	const char *reason, *text;
};

/* MUST 1. -errno; a refusal where there is no such person, or they do not belong to the provider.
 */
static int login_find(struct authority *authority, uid_t uid, const char *name,
		      struct person **ret_person, const struct config_provider **ret_provider,
		      struct login_refusal *refusal)
{
	static const struct login_refusal not_ours = {
		WIRE_NOT_OURS, "not-ours",
		"Your account here is not one of an identity platform: there is nothing to sign in to."
	};
	static const struct login_refusal gone = {
		WIRE_UNAVAIL, "no-provider",
		"The identity platform that you belong to is not configured on this host any more."
	};
	static const struct login_refusal other = {
		WIRE_DENY, "other-provider",
		"You do not belong to the identity platform that you named."
	};
	_cleanup_(person_freep) struct person *person = NULL;
	const struct config_provider *provider;
	enum authority_who who;
	int r = authority_find_uid(authority, uid, &who, &person);

	if (r < 0)
		return r;
	*refusal = not_ours;
	if (uid == 0 || who != AUTHORITY_SHOWN || !person)
		return 0;
	*refusal = gone;
	provider = authority_issuer(authority, person->iss);
	if (!provider)
		return 0;
	*refusal = other;
	if (*name && strcmp(name, provider->name) != 0)
		return 0;
	*refusal = (struct login_refusal){ 0 };
	*ret_person = TAKE_PTR(person);
	*ret_provider = provider;
	return 0;
}

/* The refusals of a place. */
static struct login_refusal login_no_place(int r)
{
	if (r == LOGIN_E_PORT)
		return (struct login_refusal){ WIRE_DENY, "redirect-port",
					       "The browser has to come back to another port of "
					       "this machine. Please start again." };
	return (struct login_refusal){ WIRE_DENY, "redirect-page",
				       "The browser ends at a page of your organisation, which "
				       "shows what is to be pasted." };
}

static int login_refuse(struct conn *conn, const struct login_refusal *refusal)
{
	signin_send_done(conn, refusal->result, refusal->reason, refusal->text);
	return LOGIN_E_ANSWERED;
}

/* ---- the two requests ---- */

static int login_say_where(struct conn *conn, const struct config_provider *provider)
{
	struct login_refusal refusal;
	struct login_place place;
	struct buf out;
	int r = login_place(provider->redirect_uri, &place);

	if (r) {
		refusal = login_no_place(r);
		return login_refuse(conn, &refusal);
	}
	conn_begin(conn, &out, MSG_LOGIN_HERE);
	wire_put_u32(&out, place.port);
	wire_put_strn(&out, place.path, strcspn(place.path, "?"));
	conn_send(conn, &out);
	return LOGIN_E_ANSWERED;
}

static int login_make_request(const struct person *person, uint16_t port,
			      struct session_request *ret_request)
{
	*ret_request = (struct session_request){
		.kind = SESSION_KIND_AUTH,
		.service = strdup(LOGIN_SERVICE),
		.user = strdup(person->name),
		.rhost = strdup(""), /* what a user says of himself is nobody's word */
		.tty = strdup(""),
		.ruser = strdup(""),
		.browse = true,
		.port = port,
	};
	if (ret_request->service && ret_request->user && ret_request->rhost && ret_request->tty &&
	    ret_request->ruser)
		return 0;
	session_request_done(ret_request);
	return -ENOMEM;
}

int login_read_request(struct authority *authority, struct conn *conn, struct wire_in *in,
		       struct session_request *ret_request)
{
	_cleanup_(person_freep) struct person *person = NULL;
	const struct config_provider *provider = NULL;
	const char *name = wire_get_str(in, CONFIG_NAME_MAX);
	uint32_t port = in->type == MSG_LOGIN ? wire_get_u32(in) : 0;
	char redirect_uri[ISSUER_LEN_MAX + 1];
	struct login_refusal refusal;
	int r = wire_close(in);

	if (r < 0 || port > UINT16_MAX)
		return -EPROTO;
	r = login_find(authority, conn_peer(conn)->uid, name, &person, &provider, &refusal);
	if (r < 0)
		return r;
	if (!person)
		return login_refuse(conn, &refusal);
	if (in->type == MSG_LOGIN_WHERE)
		return login_say_where(conn, provider);
	r = login_redirect(provider->redirect_uri, (uint16_t)port, redirect_uri);
	if (r) {
		refusal = login_no_place(r);
		return login_refuse(conn, &refusal);
	}
	return login_make_request(person, (uint16_t)port, ret_request);
}
