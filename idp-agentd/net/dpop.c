/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST: a nonce is kept only for the origin it came from, and only when it is one (section 8.1):
 * what a server says goes into a token that this host signs.
 */
#include "idp-agentd/net/dpop.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/b64url.h"
#include "common/secret.h"
#include "idp-agentd/net/http.h"
#include "idp-agentd/net/oauth.h"
#include "idp-agentd/net/url.h"

#define DPOP_WANTED "use_dpop_nonce"

struct dpop_origin {
	char *url; /* any of that origin; NULL: free */
	char nonce[DPOP_NONCE_MAX + 1];
};

struct dpop_nonces {
	size_t next; /* the oldest */
	struct dpop_origin origins[DPOP_ORIGINS_MAX];
};

int dpop_nonces_new(struct dpop_nonces **ret_nonces)
{
	struct dpop_nonces *nonces = calloc(1, sizeof(*nonces));

	if (!nonces)
		return -ENOMEM;
	*ret_nonces = nonces;
	return 0;
}

struct dpop_nonces *dpop_nonces_free(struct dpop_nonces *nonces)
{
	if (!nonces)
		return NULL;
	for (size_t i = 0; i < ELEMENTSOF(nonces->origins); i++)
		free(nonces->origins[i].url);
	free(nonces);
	return NULL;
}

static size_t dpop_find(const struct dpop_nonces *nonces, const char *url)
{
	size_t i = 0;

	while (i < ELEMENTSOF(nonces->origins) &&
	       !(nonces->origins[i].url && url_same_origin(nonces->origins[i].url, url)))
		i++;
	return i;
}

const char *dpop_nonce(const struct dpop_nonces *nonces, const char *url)
{
	size_t i = dpop_find(nonces, url);

	return i < ELEMENTSOF(nonces->origins) ? nonces->origins[i].nonce : "";
}

/* 1*NQCHAR: visible ASCII but quote and backslash. */
static bool dpop_is_nonce(const char *text)
{
	size_t len = text ? strnlen(text, DPOP_NONCE_MAX + 1) : 0;

	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
			return false;
	return len > 0 && len <= DPOP_NONCE_MAX;
}

void dpop_learn(struct dpop_nonces *nonces, const char *url, const struct http_answer *answer)
{
	size_t i = dpop_find(nonces, url);
	struct dpop_origin *origin;

	if (!dpop_is_nonce(answer->dpop_nonce))
		return;
	if (i == ELEMENTSOF(nonces->origins)) {
		char *copy = strdup(url);

		if (!copy)
			return; /* the server will say it again */
		i = nonces->next;
		nonces->next = (i + 1) % ELEMENTSOF(nonces->origins);
		free(nonces->origins[i].url);
		nonces->origins[i].url = copy;
	}
	origin = &nonces->origins[i];
	memcpy(origin->nonce, answer->dpop_nonce, strlen(answer->dpop_nonce) + 1);
}

/* An authorization server says it in the body (section 8), a resource server in a header (9). */
bool dpop_wants_nonce(const struct http_answer *answer)
{
	struct oauth_error error;

	if (answer->error != HTTP_OK || (answer->status != 400 && answer->status != 401) ||
	    !dpop_is_nonce(answer->dpop_nonce))
		return false;
	if (answer->challenge && strcasestr(answer->challenge, DPOP_WANTED))
		return true;
	oauth_error_parse(answer->body, answer->body_len, &error);
	return strcmp(error.code, DPOP_WANTED) == 0;
}

void dpop_put_target(struct buf *out, const char *url)
{
	buf_put(out, url, strcspn(url, "?#"));
}

int dpop_hash(const struct secret *token, char ret_ath[static DPOP_ATH_LEN + 1])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t len = 0;

	if (EVP_Q_digest(NULL, "SHA256", NULL, token->text, token->len, digest, &len) != 1)
		return -EIO;
	return b64url_encode(digest, len, ret_ath, DPOP_ATH_LEN + 1);
}
