/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IDENTITY. MUST:
 *  1. who it is stands in one place, the one subject_from names; never in the next best;
 *  2. userinfo adds what the ID token does not say, the token response what neither says, and none
 *     of the two says what a login was (acr, amr, ...);
 *  3. groups and entitlements are arrays of texts; a list that is none, or whose document is not
 *     here, is not empty but unknown: the authority must not take it for "not in that group";
 *  4. nor are roles and products that were not told; details that were not are none, but what is
 *     told of them and cannot be read, or does not go over, is unknown;
 *  5. too much is an error: a list cut short would hide what a rule forbids.
 */
#include "idp-agentd/net/identify.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/log.h"
#include "common/reason.h"
#include "common/utf8.h"
#include "common/wire.h"
#include "idp-agentd/net/claim-read.h"
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

/* ---- the documents ---- */

/* What the token response says beside its tokens is looked at where nothing signed is there. */
static const json_t *identify_properties(const struct identify *who)
{
	return who->provider->subject.kind == SOURCE_TOKEN || who->provider->oauth2 ? who->token
										    : NULL;
}

static struct source_documents identify_documents(const struct identify *who, const json_t *merged)
{
	return (struct source_documents){
		.merged = merged,
		.id_token = who->claims && !who->by_access_token ? who->claims->json : NULL,
		.userinfo = who->userinfo,
		.token = who->token,
		.introspection = who->introspection,
	};
}

/* Before userinfo is here: is this said already? */
static bool identify_says(const struct identify *who, const char *pointer)
{
	return json_find(who->claims ? who->claims->json : NULL, pointer) ||
	       json_find(identify_properties(who), pointer);
}

/* Is anything that rules ask for, and this platform tells, not said yet? */
static bool identify_lacks_traits(const struct identify *who)
{
	const struct provider *provider = who->provider;
	const char *pointers[] = {
		provider->roles_from,  provider->products_from, provider->details_from,
		provider->site_from,   provider->origin_from,   provider->uuid_from,
		provider->tenant_from,
	};

	for (size_t i = 0; i < ELEMENTSOF(pointers); i++)
		if (pointers[i] && !identify_says(who, pointers[i]))
			return true;
	return false;
}

bool identify_wants_userinfo(const struct identify *who)
{
	const struct provider *provider = who->provider;
	const struct source *groups = &provider->groups;

	if (provider->subject.kind == SOURCE_USERINFO)
		return true; /* also where there is no such endpoint: then nobody signs in */
	if (!provider_endpoint(provider, PROVIDER_USERINFO))
		return false;
	return groups->kind == SOURCE_USERINFO || provider->entitlements.kind == SOURCE_USERINFO ||
	       !identify_says(who, provider->name_from) ||
	       (groups->kind == SOURCE_MERGED && !identify_says(who, groups->pointer)) ||
	       identify_lacks_traits(who);
}

/* What all does not say already is taken from more. -ENOMEM. */
static int identify_add(json_t *all, const json_t *more)
{
	_cleanup_(json_release_p) json_t *copy = more ? json_deep_copy(more) : json_object();

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < ELEMENTSOF(identify_protocol); i++)
		IGNORE(json_object_del(copy, identify_protocol[i])); /* absent is fine */
	return json_object_update_missing(all, copy) < 0 ? -ENOMEM : 0;
}

/* An address that the platform made up for whoever has none. */
static void identify_drop_mail(json_t *all, const struct provider *provider)
{
	const char *mail = json_string_value(json_object_get(all, "email"));
	const char *domain = mail ? strrchr(mail, '@') : NULL;
	size_t len = domain ? strlen(++domain) : 0;

	for (const char *at = provider->no_mail; domain && at && *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (n == len && strncasecmp(at, domain, n) == 0) {
			IGNORE(json_object_del(all, "email"));
			IGNORE(json_object_del(all, "email_verified")); /* absent is fine */
			return;
		}
		at += n;
	}
}

/* A copy of all there is; NULL when memory is short. */
static json_t *identify_merge(const struct identify *who)
{
	_cleanup_(json_release_p) json_t *all =
		who->claims ? json_deep_copy(who->claims->json) : json_object();

	if (!all || identify_add(all, who->userinfo) < 0 ||
	    identify_add(all, who->introspection) < 0 ||
	    identify_add(all, identify_properties(who)) < 0)
		return NULL;
	identify_drop_mail(all, who->provider);
	return TAKE_PTR(all);
}

/* ---- who it is ---- */

int identify_subject(const struct identify *who, char reason[static REASON_MAX],
		     char subject[static SUBJECT_LEN_MAX + 1])
{
	const struct source *source = &who->provider->subject;
	const struct source_documents documents = identify_documents(who, NULL);

	if (source->kind == SOURCE_ID_TOKEN && who->claims) { /* claims.c has judged it */
		reason_format(subject, SUBJECT_LEN_MAX + 1, "%s", who->claims->sub);
		return 0;
	}
	return source_read_subject(source, &documents, reason, subject) ? -ENODATA : 0;
}

/* ---- groups, entitlements ---- */

/* A list as it goes into the message. */
struct identify_list {
	const char *what; /* "groups" */
	const struct source *source;
	const json_t *items; /* array of texts; NULL: none */
	bool unknown;
};

/* MUST 3. */
static int identify_find_list(const struct identify *who, const json_t *all,
			      struct identify_list *list)
{
	const struct source_documents documents = identify_documents(who, all);
	const json_t *document = source_document(list->source->kind, &documents);
	const json_t *items = document ? json_find(document, list->source->pointer) : NULL;
	int level = who->shown ? LOG_DEBUG : LOG_WARNING; /* as in token-check.c */

	if (!document || (!items && who->unasked && list->source->kind == SOURCE_MERGED)) {
		list->unknown = true;
		log_write(level, "provider %s: %s are not known: this sign-in had no %s",
			  who->provider->name, list->what,
			  source_name(document ? SOURCE_USERINFO : list->source->kind));
		return 0;
	}
	if (items && !json_is_texts(items, USER_GROUPS_MAX, IDENTIFY_WORD_MAX)) {
		if (json_is_texts(items, SIZE_MAX, SIZE_MAX))
			return -EMSGSIZE; /* MUST 5: none at all hides even more */
		list->unknown = true;
		log_write(level,
			  "provider %s: bad-entitlement-type: %s%s%s is not a list of texts: "
			  "the %s are not known",
			  who->provider->name, source_name(list->source->kind),
			  list->source->kind ? ":" : "", list->source->pointer, list->what);
		return 0;
	}
	list->items = items;
	return 0;
}

static int identify_put_list(struct buf *out, const struct identify_list *list)
{
	size_t n = json_array_size(list->items);

	wire_put_count(out, n);
	for (size_t i = 0; i < n; i++) {
		const char *text = json_text(json_array_get(list->items, i), IDENTIFY_WORD_MAX);

		if (!text || utf8_has_control(text)) /* the authority would hang up on it */
			return -EBADMSG;
		wire_put_str(out, text);
	}
	return 0;
}

/* ---- marks ---- */

#define IDENTIFY_MARKS_MAX 8u

struct identify_marks {
	size_t n;
	const char *words[IDENTIFY_MARKS_MAX];
};

static void identify_mark(struct identify_marks *marks, const char *word, bool set)
{
	if (set && marks->n < IDENTIFY_MARKS_MAX)
		marks->words[marks->n++] = word;
}

static void identify_put_marks(struct buf *out, const struct identify_marks *marks)
{
	wire_put_count(out, marks->n);
	for (size_t i = 0; i < marks->n; i++)
		wire_put_str(out, marks->words[i]);
}

/* Did all of these texts become claims? What is personal did not. */
static bool identify_goes_over(const struct flatten *flat, const char *pointer, const json_t *texts)
{
	size_t n = 0;

	for (size_t i = 0; i < flatten_count(flat); i++)
		n += strcmp(flatten_get(flat, i)->path, pointer) == 0;
	return n == json_array_size(texts);
}

/* "required_details": false */
static bool identify_is_nothing(const json_t *value)
{
	return !value || json_is_null(value) || json_is_false(value) ||
	       (json_is_number(value) && json_number_value(value) == 0.0) ||
	       (json_is_string(value) && json_string_length(value) == 0);
}

/* MUST 4: is what stands there not known to the authority, which reads it from the claims or, where
 * it has a list of its own, from that? */
static bool identify_is_unknown(const json_t *all, const struct flatten *flat,
				const struct identify_list *lists, size_t n, const char *pointer,
				bool may_lack)
{
	const json_t *value;

	for (size_t i = n; pointer && i > 0; i--) /* the authority, too, looks there first */
		if (strcmp(lists[i - 1].source->pointer, pointer) == 0)
			return lists[i - 1].unknown || (!lists[i - 1].items && !may_lack);
	if (!pointer)
		return false;
	value = json_find(all, pointer);
	if (may_lack && identify_is_nothing(value))
		return false;
	return !json_is_texts(value, SIZE_MAX, SIZE_MAX) ||
	       !identify_goes_over(flat, pointer, value);
}

static void identify_mark_all(struct identify_marks *marks, const struct identify *who,
			      const json_t *all, const struct flatten *flat,
			      const struct identify_list *lists, size_t n)
{
	const struct provider *provider = who->provider;

	for (size_t i = 0; i < n; i++)
		identify_mark(marks, lists[i].what, lists[i].unknown);
	identify_mark(marks, "roles",
		      identify_is_unknown(all, flat, lists, n, provider->roles_from, false));
	identify_mark(marks, "products",
		      identify_is_unknown(all, flat, lists, n, provider->products_from, false));
	identify_mark(marks, "details",
		      identify_is_unknown(all, flat, lists, n, provider->details_from, true));
	identify_mark(marks, "workload", who->workload);
	identify_mark(marks, "anonymous", who->anonymous);
}

/* ---- the rest ---- */

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
		wire_put_str(out, json_text(json_array_get(claims->amr, i), CLAIM_ACR_MAX));
}

static int identify_put_claims(struct buf *out, const struct identify *who, const json_t *all,
			       struct flatten **ret_flat)
{
	const char *skip[] = { who->provider->groups.pointer, who->provider->entitlements.pointer };
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
	*ret_flat = TAKE_PTR(flat);
	return 0;
}

/* Everything behind the name. */
static int identify_put_rest(struct buf *out, const struct identify *who, const json_t *all)
{
	_cleanup_(flatten_freep) struct flatten *flat = NULL;
	const struct token_claims *claims = who->claims;
	struct identify_marks marks = { .n = 0 };
	struct identify_list lists[] = {
		{ .what = "groups", .source = &who->provider->groups },
		{ .what = "entitlements", .source = &who->provider->entitlements },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ELEMENTSOF(lists); i++) {
		r = identify_find_list(who, all, &lists[i]);
		if (r == 0)
			r = identify_put_list(out, &lists[i]);
	}
	if (r == 0)
		r = identify_put_scopes(out, who->scopes);
	if (r < 0)
		return r;
	wire_put_str(out, claims ? claims->acr : "");
	identify_put_amr(out, claims);
	wire_put_u64(out, claims && claims->auth_time > 0 ? (uint64_t)claims->auth_time : 0);
	wire_put_u64(out, (uint64_t)(claims ? claims->exp : who->expires));
	r = identify_put_claims(out, who, all, &flat);
	if (r < 0)
		return r;
	identify_mark_all(&marks, who, all, flat, lists, ELEMENTSOF(lists));
	identify_put_marks(out, &marks);
	return 0;
}

int identify_put(struct buf *out, uint64_t flow, const struct identify *who)
{
	_cleanup_(json_release_p) json_t *all = NULL;
	char reason[REASON_MAX], subject[SUBJECT_LEN_MAX + 1];
	const char *name;
	int r = identify_subject(who, reason, subject);

	if (r < 0)
		return r;
	all = identify_merge(who);
	if (!all)
		return -ENOMEM;
	name = json_text(json_find(all, who->provider->name_from), IDENTIFY_WORD_MAX);
	if (name && utf8_has_control(name)) /* likewise */
		return -EBADMSG;
	wire_begin(out, MSG_IDENTITY, 0);
	wire_put_u64(out, flow);
	wire_put_str(out, who->provider->name);
	wire_put_str(out, who->claims ? who->claims->iss : who->provider->issuer);
	wire_put_str(out, subject);
	wire_put_str(out, name ? name : "");
	return identify_put_rest(out, who, all);
}
