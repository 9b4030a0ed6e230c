/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST: what is not plainly one of ours is nobody's. No path is compared where an origin is asked
 * for, and no prefix where a whole is.
 */
#include "idp-agentd/core/pin.h"

#include <string.h>
#include <strings.h>

#include "idp-agentd/core/config.h"
#include "idp-agentd/core/prompt.h"

#define PIN_SCHEME "https://"

struct pin_origin {
	const char *host;
	size_t len;       /* 0: no origin */
	const char *port; /* digits, not terminated */
	size_t port_len;
};

/* Host and port of an https address; 443 where none is written. */
static struct pin_origin pin_origin(const char *url)
{
	struct pin_origin origin = { .host = url + STRLEN(PIN_SCHEME), .port = "443" };
	const char *colon;
	size_t len;

	if (!prompt_url_ok(url) || strncmp(url, PIN_SCHEME, STRLEN(PIN_SCHEME)) != 0)
		return (struct pin_origin){ .len = 0 };
	len = strcspn(origin.host, "/?#");
	/* Behind the bracket of an IPv6 address. */
	colon = memrchr(origin.host, ']', len);
	colon = colon ? colon + 1 : memchr(origin.host, ':', len);
	if (!colon || colon == origin.host + len)
		return (struct pin_origin){ origin.host, len, "443", 3 };
	if (*colon != ':')
		return (struct pin_origin){ .len = 0 };
	origin.len = (size_t)(colon - origin.host);
	origin.port = colon + 1;
	origin.port_len = len - origin.len - 1;
	if (origin.port_len == 0 || strspn(origin.port, "0123456789") != origin.port_len)
		origin.len = 0;
	return origin;
}

static bool pin_same_origin(const char *url, const char *ours)
{
	struct pin_origin a, b;

	if (!ours)
		return false;
	a = pin_origin(url);
	b = pin_origin(ours);
	return a.len > 0 && a.len == b.len && strncasecmp(a.host, b.host, a.len) == 0 &&
	       a.port_len == b.port_len && memcmp(a.port, b.port, a.port_len) == 0;
}

bool pin_audience(const struct config_provider *provider, const char *audience)
{
	if (provider->client_aud)
		return strcmp(audience, provider->client_aud) == 0;
	if (strcmp(audience, provider->issuer) == 0)
		return true;
	if (provider->token_endpoint && strcmp(audience, provider->token_endpoint) == 0)
		return true;
	return pin_same_origin(audience, provider->issuer);
}

const char *pin_own_audience(const struct config_provider *provider)
{
	return provider->client_aud ? provider->client_aud : provider->issuer;
}

static bool pin_directory_target(const struct config *config,
				 const struct config_provider *provider, const char *url)
{
	for (size_t i = 0; i < config->n_directories; i++) {
		const struct config_directory *directory = &config->directories[i];

		if (strcmp(directory->provider, provider->name) == 0 &&
		    pin_same_origin(url, directory->url))
			return true;
	}
	return false;
}

bool pin_target(const struct config *config, const struct config_provider *provider,
		const char *url)
{
	if (strpbrk(url, "?#"))
		return false; /* RFC 9449 section 4.2: htu is without either */
	return pin_same_origin(url, provider->issuer) ||
	       pin_same_origin(url, provider->token_endpoint) ||
	       pin_same_origin(url, provider->userinfo_endpoint) ||
	       pin_directory_target(config, provider, url);
}
