/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IDENTITY. MUST:
 *  1. iss and sub are those of the verified ID token; without one, the configured issuer and the
 *     sub of its own userinfo;
 *  2. userinfo adds what the ID token does not say, and never what a login was (acr, amr, ...);
 *  3. groups and entitlements are arrays of texts or nothing: a text is not a list of one;
 *  4. too much is an error: a list cut short would hide what a rule forbids.
 */
#include "idp-agentd/net/identify.h"

#include <errno.h>
#include <string.h>

#include "common/limits.h"
#include "common/log.h"
#include "common/utf8.h"
#include "common/wire.h"
#include "idp-agentd/net/claims.h"
#include "idp-agentd/net/flatten.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/provider.h"

#define IDENTIFY_SCOPES_MAX 256u
#define IDENTIFY_WORD_MAX   1024u

/* What only the token of this very login may say. */
static const char *const identify_protocol[] = {
	"iss",   "aud", "azp", "exp",       "iat",     "nbf",    "jti",
	"nonce", "acr", "amr", "auth_time", "at_hash", "c_hash",
};

bool identify_wants_userinfo(const struct provider *provider, const json_t *claims)
{
	return provider_endpoint(provider, PROVIDER_USERINFO) &&
	       (!json_find(claims, provider->name_from) ||
		!json_find(claims, provider->groups_from));
}

/* A copy of both; NULL when memory is short. */
static json_t *identify_merge(const json_t *claims, const json_t *userinfo)
{
	_cleanup_(json_release_p) json_t *all = claims ? json_deep_copy(claims) : json_object();
	_cleanup_(json_release_p) json_t *more =
		userinfo ? json_deep_copy(userinfo) : json_object();

	if (!all || !more)
		return NULL;
	for (size_t i = 0; i < ELEMENTSOF(identify_protocol); i++)
		IGNORE(json_object_del(more, identify_protocol[i])); /* absent is fine */
	if (json_object_update_missing(all, more) < 0)
		return NULL;
	return TAKE_PTR(all);
}

static int identify_put_list(struct buf *out, const struct identify *who, const json_t *all,
			     const char *pointer, const char *what)
{
	const json_t *list = json_find(all, pointer);
	size_t n;

	if (list && !json_is_texts(list, USER_GROUPS_MAX, IDENTIFY_WORD_MAX)) {
		if (json_is_texts(list, SIZE_MAX, SIZE_MAX))
			return -EMSGSIZE; /* MUST 4: none at all hides even more */
		log_warning("provider %s: %s is not a list of texts: no %s are taken from it",
			    who->provider->name, pointer, what);
		list = NULL;
	}
	n = list ? json_array_size(list) : 0;
	wire_put_count(out, n);
	for (size_t i = 0; i < n; i++) {
		const char *text = json_text(json_array_get(list, i), IDENTIFY_WORD_MAX);

		if (!text || utf8_has_control(text)) /* the authority would hang up on it */
			return -EBADMSG;
		wire_put_str(out, text);
	}
	return 0;
}

static int identify_put_scopes(struct buf *out, const char *scopes)
{
	size_t n = 0;

	for (const char *at = scopes + strspn(scopes, " "); *at; n++) {
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	if (n > IDENTIFY_SCOPES_MAX)
		return -EMSGSIZE;
	wire_put_count(out, n);
	for (const char *at = scopes + strspn(scopes, " "); *at;) {
		size_t len = strcspn(at, " ");

		wire_put_strn(out, at, len);
		at += len;
		at += strspn(at, " ");
	}
	return 0;
}

static void identify_put_amr(struct buf *out, const struct token_claims *claims)
{
	size_t n = claims && claims->amr ? json_array_size(claims->amr) : 0;

	wire_put_count(out, n);
	for (size_t i = 0; i < n; i++)
		wire_put_str(out, json_text(json_array_get(claims->amr, i), CLAIMS_ACR_MAX));
}

static int identify_put_claims(struct buf *out, const struct identify *who, const json_t *all)
{
	const char *skip[] = { who->provider->groups_from, who->provider->entitlements_from };
	const struct flatten_policy policy = { .skip = skip, .n_skip = ELEMENTSOF(skip) };
	_cleanup_(flatten_freep) struct flatten *flat = NULL;
	int r = flatten_claims(all, &policy, &flat);

	if (r != 0)
		return r > 0 ? -EMSGSIZE : r;
	wire_put_count(out, flatten_count(flat));
	for (size_t i = 0; i < flatten_count(flat); i++) {
		const struct flatten_pair *pair = flatten_get(flat, i);

		wire_put_field(out, pair->type, pair->path, pair->value);
	}
	return 0;
}

int identify_put(struct buf *out, uint64_t flow, const struct identify *who)
{
	_cleanup_(json_release_p) json_t *all = NULL;
	const struct token_claims *claims = who->claims;
	const char *sub = claims ? claims->sub : NULL;
	const char *name;
	int r;

	if (!claims && json_get_text(who->userinfo, "sub", SUBJECT_LEN_MAX, &sub) != 0)
		return -ENODATA;
	all = identify_merge(claims ? claims->json : NULL, who->userinfo);
	if (!all)
		return -ENOMEM;
	name = json_text(json_find(all, who->provider->name_from), IDENTIFY_WORD_MAX);
	if (name && utf8_has_control(name)) /* likewise */
		return -EBADMSG;
	wire_begin(out, MSG_IDENTITY, 0);
	wire_put_u64(out, flow);
	wire_put_str(out, who->provider->name);
	wire_put_str(out, claims ? claims->iss : who->provider->issuer);
	wire_put_str(out, sub);
	wire_put_str(out, name ? name : "");
	r = identify_put_list(out, who, all, who->provider->groups_from, "groups");
	if (r == 0)
		r = identify_put_list(out, who, all, who->provider->entitlements_from,
				      "entitlements");
	if (r == 0)
		r = identify_put_scopes(out, who->scopes);
	if (r < 0)
		return r;
	wire_put_str(out, claims ? claims->acr : "");
	identify_put_amr(out, claims);
	wire_put_u64(out, claims && claims->auth_time > 0 ? (uint64_t)claims->auth_time : 0);
	wire_put_u64(out, (uint64_t)(claims ? claims->exp : who->expires));
	return identify_put_claims(out, who, all);
}
