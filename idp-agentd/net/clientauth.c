/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Client authentication. The trap is Basic: RFC 6749 section 2.3.1 form-encodes name and secret
 * each by itself before they are joined by ':' and base64-encoded, so that a ':' inside cannot
 * move the border between them.
 */
#include "idp-agentd/net/clientauth.h"

#include <errno.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/net/url.h"

#define CLIENTAUTH_ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

static const char *const clientauth_names[] = {
	[CLIENTAUTH_INVALID] = "invalid",
	[CLIENTAUTH_NONE] = "none",
	[CLIENTAUTH_BASIC] = "client_secret_basic",
	[CLIENTAUTH_POST] = "client_secret_post",
	[CLIENTAUTH_PRIVATE_KEY] = "private_key_jwt",
	[CLIENTAUTH_TLS] = "tls_client_auth",
	[CLIENTAUTH_SELF_TLS] = "self_signed_tls_client_auth",
};

enum clientauth_method clientauth_from_name(const char *name)
{
	for (enum clientauth_method m = CLIENTAUTH_NONE; m <= CLIENTAUTH_SELF_TLS; m++)
		if (strcmp(name, clientauth_names[m]) == 0)
			return m;
	return CLIENTAUTH_INVALID;
}

const char *clientauth_name(enum clientauth_method method)
{
	return clientauth_names[method];
}

bool clientauth_uses_tls(enum clientauth_method method)
{
	return method == CLIENTAUTH_TLS || method == CLIENTAUTH_SELF_TLS;
}

bool clientauth_needs_assertion(enum clientauth_method method)
{
	return method == CLIENTAUTH_PRIVATE_KEY;
}

/* RFC 4648 section 4, with padding: the only place of this tree that wants it. */
static void clientauth_put_base64(struct buf *out, const uint8_t *bytes, size_t len)
{
	static const char set[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t at = 0; at < len; at += 3) {
		size_t left = len - at;
		uint32_t word = (uint32_t)bytes[at] << 16;

		if (left > 1)
			word |= (uint32_t)bytes[at + 1] << 8;
		if (left > 2)
			word |= bytes[at + 2];
		buf_put_u8(out, (uint8_t)set[word >> 18 & 63]);
		buf_put_u8(out, (uint8_t)set[word >> 12 & 63]);
		buf_put_u8(out, (uint8_t)(left > 1 ? set[word >> 6 & 63] : '='));
		buf_put_u8(out, (uint8_t)(left > 2 ? set[word & 63] : '='));
	}
}

static int clientauth_basic(const struct clientauth *auth, struct buf *header)
{
	struct buf pair;
	int r;

	buf_init_secret(&pair, HTTP_HEADER_MAX);
	url_put_escaped(&pair, auth->client_id, true);
	buf_put_u8(&pair, ':');
	url_put_escaped(&pair, auth->secret->text, true);
	r = buf_end(&pair);
	if (r == 0) {
		buf_put_text(header, "Basic ");
		clientauth_put_base64(header, pair.data, pair.len);
	}
	buf_done(&pair);
	return r;
}

int clientauth_apply(const struct clientauth *auth, struct buf *form, struct buf *header)
{
	int r;

	switch (auth->method) {
	case CLIENTAUTH_NONE:
	case CLIENTAUTH_TLS: /* RFC 8705 section 2: the name tells which certificate to expect */
	case CLIENTAUTH_SELF_TLS:
		url_put_pair(form, "client_id", auth->client_id);
		break;
	case CLIENTAUTH_BASIC:
		if (!auth->secret)
			return -EINVAL;
		r = clientauth_basic(auth, header);
		if (r < 0)
			return r;
		break;
	case CLIENTAUTH_POST:
		if (!auth->secret)
			return -EINVAL;
		url_put_pair(form, "client_id", auth->client_id);
		url_put_pair(form, "client_secret", auth->secret->text);
		break;
	case CLIENTAUTH_PRIVATE_KEY:
		if (!auth->assertion)
			return -EINVAL;
		url_put_pair(form, "client_id", auth->client_id);
		url_put_pair(form, "client_assertion_type", CLIENTAUTH_ASSERTION_TYPE);
		url_put_pair(form, "client_assertion", auth->assertion->text);
		break;
	case CLIENTAUTH_INVALID:
		return -EINVAL;
	}
	r = buf_end(header);
	return r < 0 ? r : buf_end(form);
}
