/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Discovery documents. MUST: the issuer is compared byte for byte with the configured one, and no
 * endpoint is taken that is not https; whoever could answer for another issuer could take every
 * sign-in.
 */
#include "idp-agentd/net/discovery.h"

#include <string.h>
#include <strings.h>

#include "common/reason.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/oauth.h"
#include "idp-agentd/net/url.h"

#define DISCOVERY_WORDS_MAX    1024u /* members of one list */
#define DISCOVERY_WORD_LEN_MAX 1024u

void discovery_put_url(struct buf *out, enum discovery_kind kind, const char *issuer)
{
	static const char well_known[] = "/.well-known/";
	size_t len = strlen(issuer);
	const char *host = strstr(issuer, "://");
	size_t origin;

	/* Both texts say: a '/' at the end goes first. */
	while (len > 0 && issuer[len - 1] == '/')
		len--;
	origin = host ? (size_t)(host - issuer) + 3 : 0;
	origin += strcspn(issuer + origin, "/");
	if (origin > len)
		origin = len;
	if (kind == DISCOVERY_OAUTH) {
		buf_put(out, issuer, origin);
		buf_put_text(out, well_known);
		buf_put_text(out, "oauth-authorization-server");
		buf_put(out, issuer + origin, len - origin);
		return;
	}
	buf_put(out, issuer, len);
	buf_put_text(out, well_known);
	buf_put_text(out, "openid-configuration");
}

/* What an eye that compares two addresses overlooks; "" when it is something else. */
static const char *discovery_difference(const char *theirs, const char *ours)
{
	size_t their_len = strlen(theirs), our_len = strlen(ours);

	if (their_len == our_len + 1 && theirs[our_len] == '/' &&
	    strncmp(theirs, ours, our_len) == 0)
		return " (a slash at its end is missing)";
	if (our_len == their_len + 1 && ours[their_len] == '/' &&
	    strncmp(theirs, ours, their_len) == 0)
		return " (the slash at its end is too much)";
	return strcasecmp(theirs, ours) == 0 ? " (they differ in case)" : "";
}

static int discovery_check_issuer(const json_t *json, const char *issuer,
				  char reason[static REASON_MAX])
{
	const char *theirs = NULL;
	char shown[REASON_MAX / 3];

	if (json_get_text(json, "issuer", ISSUER_LEN_MAX, &theirs) != 0)
		return reason_refuse(DISCOVERY_E_ISSUER, reason,
				     "the metadata does not say which issuer it speaks for");
	if (strcmp(theirs, issuer) == 0)
		return 0;
	reason_copy_printable(theirs, shown, sizeof(shown));
	return reason_refuse(
		DISCOVERY_E_ISSUER, reason,
		"the metadata speaks for issuer '%s', not for the configured '%.80s'%s", shown,
		issuer, discovery_difference(theirs, issuer));
}

static int discovery_get_endpoint(const json_t *json, const char *key,
				  char reason[static REASON_MAX], const char **ret_url)
{
	const char *url = NULL;
	int r = json_get_text(json, key, URL_LEN_MAX, &url);

	if (r == JSON_E_ABSENT)
		return 0;
	if (r != 0)
		return reason_refuse(DISCOVERY_E_SHAPE, reason, "%s of the metadata is not a text",
				     key);
	if (!url_is_https(url))
		return reason_refuse(DISCOVERY_E_ENDPOINT, reason,
				     "%s of the metadata is not an https address", key);
	*ret_url = url;
	return 0;
}

static int discovery_get_endpoints(struct metadata *metadata, char reason[static REASON_MAX])
{
	const struct {
		const char *key;
		const char **slot;
	} rows[] = {
		{ "device_authorization_endpoint", &metadata->device_endpoint },
		{ "token_endpoint", &metadata->token_endpoint },
		{ "jwks_uri", &metadata->jwks_uri },
		{ "userinfo_endpoint", &metadata->userinfo_endpoint },
		{ "authorization_endpoint", &metadata->authorization_endpoint },
		{ "pushed_authorization_request_endpoint", &metadata->par_endpoint },
		{ "introspection_endpoint", &metadata->introspection_endpoint },
		{ "revocation_endpoint", &metadata->revocation_endpoint },
		{ "end_session_endpoint", &metadata->end_session_endpoint },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		int r = discovery_get_endpoint(metadata->json, rows[i].key, reason, rows[i].slot);

		if (r != 0)
			return r;
	}
	return 0;
}

/* RFC 8705 section 5: the same endpoints for those who show a certificate. */
static int discovery_get_aliases(struct metadata *metadata, char reason[static REASON_MAX])
{
	json_t *aliases = json_object_get(metadata->json, "mtls_endpoint_aliases");
	const char *key;
	json_t *value;

	if (!aliases)
		return 0;
	if (!json_is_object(aliases))
		return reason_refuse(DISCOVERY_E_SHAPE, reason,
				     "mtls_endpoint_aliases of the metadata is not an object");
	json_object_foreach(aliases, key, value)
	{
		const char *url = json_text(value, URL_LEN_MAX);

		if (!url || !url_is_https(url))
			return reason_refuse(
				DISCOVERY_E_ENDPOINT, reason,
				"one of mtls_endpoint_aliases of the metadata is not an "
				"https address");
	}
	metadata->tls_aliases = aliases;
	return 0;
}

/* What is said by these changes what an answer must hold: a half-said promise is no "no". */
static int discovery_get_promises(struct metadata *metadata, char reason[static REASON_MAX])
{
	const struct {
		const char *key;
		bool *slot;
	} rows[] = {
		{ "require_pushed_authorization_requests", &metadata->par_required },
		{ "authorization_response_iss_parameter_supported", &metadata->iss_in_answers },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		int r = json_get_bool(metadata->json, rows[i].key, rows[i].slot);

		if (r != 0 && r != JSON_E_ABSENT)
			return reason_refuse(DISCOVERY_E_SHAPE, reason,
					     "%s of the metadata is not true or false",
					     rows[i].key);
	}
	return 0;
}

/* Lists are advice for doctor: one of the wrong kind is as good as none. */
static const json_t *discovery_get_words(const json_t *json, const char *key)
{
	const json_t *words = NULL;

	if (json_get_texts(json, key, DISCOVERY_WORDS_MAX, DISCOVERY_WORD_LEN_MAX, &words) != 0)
		return NULL;
	return words;
}

static void discovery_get_lists(struct metadata *metadata)
{
	const struct {
		const char *key;
		const json_t **slot;
	} rows[] = {
		{ "scopes_supported", &metadata->scopes },
		{ "token_endpoint_auth_methods_supported", &metadata->auth_methods },
		{ "id_token_signing_alg_values_supported", &metadata->algs },
		{ "dpop_signing_alg_values_supported", &metadata->dpop_algs },
		{ "code_challenge_methods_supported", &metadata->pkce_methods },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		*rows[i].slot = discovery_get_words(metadata->json, rows[i].key);
}

int discovery_parse(const void *bytes, size_t len, const char *issuer,
		    char reason[static REASON_MAX], struct metadata *ret_metadata)
{
	struct metadata metadata = METADATA_NULL;
	int r = json_parse(bytes, len, HTTP_BODY_MAX, JSON_ROOT_OBJECT, &metadata.json);

	if (r < 0)
		return r;
	if (r > 0)
		return reason_refuse(DISCOVERY_E_JSON, reason,
				     "the metadata is not one JSON object (%s)", json_reason(r));
	r = discovery_check_issuer(metadata.json, issuer, reason);
	if (r == 0)
		r = discovery_get_endpoints(&metadata, reason);
	if (r == 0)
		r = discovery_get_aliases(&metadata, reason);
	if (r == 0)
		r = discovery_get_promises(&metadata, reason);
	if (r != 0) {
		metadata_done(&metadata);
		return r;
	}
	discovery_get_lists(&metadata);
	*ret_metadata = metadata;
	return 0;
}

void metadata_done(struct metadata *metadata)
{
	json_release_p(&metadata->json);
	*metadata = METADATA_NULL;
}

const char *discovery_reason(int outcome)
{
	switch (outcome) {
	case DISCOVERY_E_JSON:
		return "discovery-json";
	case DISCOVERY_E_ISSUER:
		return "discovery-issuer";
	case DISCOVERY_E_ENDPOINT:
		return "discovery-endpoint";
	case DISCOVERY_E_SHAPE:
		return "discovery-shape";
	default:
		return "discovery-failed";
	}
}
