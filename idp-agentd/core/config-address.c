/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The addresses of idp.conf. MUST: they are https, so that neither a token nor a secret ever
 * travels in the clear; the one exception leaves no machine.
 */

#include "idp-agentd/core/config-address.h"

#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-value.h"

int config_address_url(const char *text, bool issuer, char reason[static REASON_MAX])
{
	if (strncmp(text, "http://", STRLEN("http://")) == 0)
		return config_refuse(
			reason, "\"%.100s\" is not encrypted: only https:// addresses are allowed",
			text);
	if (!config_value_is_url(text))
		return config_refuse(
			reason,
			"\"%.100s\" is not an address: write https://HOST/PATH without user, "
			"blanks or #fragment",
			text);
	if (issuer && strchr(text, '?'))
		return config_refuse(reason, "\"%.100s\" has a query, which an issuer never has",
				     text);
	return 0;
}

size_t config_address_loopback(const char *uri)
{
	static const char *const origins[] = { "http://127.0.0.1", "http://[::1]",
					       "http://localhost" };

	for (size_t i = 0; i < ELEMENTSOF(origins); i++) {
		size_t len = strlen(origins[i]);

		if (!strncmp(uri, origins[i], len) && strchr(":/", uri[len]))
			return len; /* strchr finds the NUL as well */
	}
	return 0;
}

/* RFC 8252 section 7.3: what a browser says to its own machine leaves no machine (MUST). */
static bool is_loopback(const char *text)
{
	size_t len = config_address_loopback(text);

	if (len > 0 && text[len] == ':')
		len += 1 + strspn(text + len + 1, "0123456789");
	return len > 0 && strchr("/", text[len]); /* finds the NUL as well */
}

int config_address_redirect(const char *text, char reason[static REASON_MAX])
{
	char https[ISSUER_LEN_MAX + 2];

	if (!is_loopback(text))
		return config_address_url(text, false, reason);
	IGNORE(snprintf(https, sizeof(https), "https%s", text + STRLEN("http")) < 0);
	if (!config_value_is_url(https))
		return config_refuse(reason,
				     "\"%.100s\" is not an address: write http://127.0.0.1/, or "
				     "https://HOST/PATH for a page that shows the code",
				     text);
	return 0;
}

int config_address_discovery(const char *text, char reason[static REASON_MAX])
{
	struct config_guess guess = { .word = text };

	if (strcmp(text, "oidc") == 0 || strcmp(text, "oauth") == 0 || strcmp(text, "no") == 0)
		return 0;
	if (strchr(text, ':'))
		return config_address_url(text, false, reason);
	config_guess(&guess, "oidc");
	config_guess(&guess, "oauth");
	return config_refuse(reason,
			     "\"%.60s\" is not oidc, oauth, no or an https:// address%s%s%s", text,
			     guess.best ? ": did you mean \"" : "", guess.best ? guess.best : "",
			     guess.best ? "\"?" : "");
}

/* RFC 3986 section 3.1, 4.3 */
int config_address_resource(const char *text, char reason[static REASON_MAX])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t scheme = strcspn(text, ":");
	size_t first = strspn(text, letters);

	if (strchr(text, '#'))
		return config_refuse(
			reason, "\"%.100s\" has a #fragment, which a resource never has", text);
	for (size_t i = first; first > 0 && i < scheme; i++)
		if (!strchr("0123456789+-.", text[i]) && !strchr(letters, text[i]))
			first = 0;
	if (first == 0 || !text[scheme] || !text[scheme + 1] || !config_value_is_ascii(text) ||
	    strpbrk(text, "\"<>\\^`{|}"))
		return config_refuse(reason,
				     "\"%.100s\" is not the URI of a resource: write "
				     "https://HOST/PATH, or urn:NAME as the platform knows it",
				     text);
	return 0;
}
