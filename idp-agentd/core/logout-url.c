/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. Nothing but https, and the host is written out: no value ever decides where a browser goes.
 * 2. A brace is part of a placeholder that is known here, or the template is refused.
 * 3. No byte of a value but an unreserved one is put as it is.
 */
#include "idp-agentd/core/logout-url.h"

#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-value.h"

static const char *const placeholders[] = { "{client_id}", "{return_uri}", "{error_uri}" };

/* The placeholder that begins here, or NULL. */
static const char *placeholder_at(const char *text)
{
	for (size_t i = 0; i < ELEMENTSOF(placeholders); i++)
		if (!strncmp(text, placeholders[i], strlen(placeholders[i])))
			return placeholders[i];
	return NULL;
}

static const char *value_of(const struct logout_values *values, const char *placeholder)
{
	const char *const all[ELEMENTSOF(placeholders)] = { values->client_id, values->return_uri,
							    values->error_uri };

	for (size_t i = 0; i < ELEMENTSOF(placeholders); i++)
		if (placeholder == placeholders[i])
			return all[i];
	return NULL;
}

/* ---- templates ---- */

static int check_brace(const char *at, char *reason)
{
	size_t len = strcspn(at, "}");

	if (*at == '}')
		return config_refuse(reason, "a '}' stands alone: a placeholder is {client_id}, "
					     "{return_uri} or {error_uri}; write %%7D for the "
					     "character itself");
	if (at[len] == '\0')
		return config_refuse(reason, "a '{' is never closed: a placeholder is {client_id}, "
					     "{return_uri} or {error_uri}; write %%7B for the "
					     "character itself");
	if (!strncmp(at, "{state}", len + 1))
		return config_refuse(reason, "{state} cannot be used here: the browser comes back "
					     "to nobody who could compare it");
	return config_refuse(reason,
			     "\"%.*s\" is no placeholder: there are {client_id}, {return_uri} and "
			     "{error_uri}",
			     len < 60 ? (int)len + 1 : 60, at);
}

/* The template with each placeholder as one letter must be an address like any other. */
int logout_url_check(const char *template, char reason[static REASON_MAX])
{
	char plain[LOGOUT_URL_MAX + 1];
	const char *path = strncmp(template, "https://", 8) ? NULL : strpbrk(template + 8, "/?");
	size_t len = 0;

	if (strlen(template) > LOGOUT_URL_MAX)
		return config_refuse(reason, "an address has at most %u bytes", LOGOUT_URL_MAX);
	for (const char *at = template; *at;) {
		const char *what = *at == '{' ? placeholder_at(at) : NULL;

		if (!what && (*at == '{' || *at == '}'))
			return check_brace(at, reason);
		if (what && (!path || at < path))
			return config_refuse(reason,
					     "%s stands before the path: the host of an "
					     "address is always written out",
					     what);
		plain[len++] = what ? 'x' : *at;
		at += what ? strlen(what) : 1;
	}
	plain[len] = '\0';
	if (!config_value_is_url(plain))
		return config_refuse(reason,
				     "\"%.100s\" is not an address: write https://HOST/PATH "
				     "without user, blanks or #fragment",
				     template);
	return 0;
}

/* ---- addresses ---- */

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

struct text {
	char *at;
	size_t room; /* without the NUL */
	bool full;
};

static void put(struct text *out, const char *bytes, size_t n)
{
	if (n > out->room) {
		out->full = true;
		return;
	}
	memcpy(out->at, bytes, n);
	out->at += n;
	out->room -= n;
	*out->at = '\0';
}

static void put_value(struct text *out, const char *value)
{
	for (; *value; value++) {
		char escaped[4];

		(void)snprintf(escaped, sizeof(escaped), "%%%02X", (unsigned char)*value);
		if (is_unreserved(*value))
			put(out, value, 1);
		else
			put(out, escaped, 3);
	}
}

static int check_values(const struct logout_values *values, char *reason)
{
	const char *const uris[] = { values->return_uri, values->error_uri };

	for (size_t i = 0; i < ELEMENTSOF(uris); i++)
		if (uris[i] && !config_value_is_url(uris[i]))
			return config_refuse(reason, "\"%.100s\" is not an https:// address",
					     uris[i]);
	return 0;
}

int logout_url_build(const char *template, const struct logout_values *values,
		     char reason[static REASON_MAX], char url[static LOGOUT_URL_MAX + 1])
{
	struct text out = { .at = url, .room = LOGOUT_URL_MAX };
	int r = logout_url_check(template, reason);

	if (r == 0)
		r = check_values(values, reason);
	if (r != 0)
		return r;
	for (const char *at = template; *at;) {
		const char *what = *at == '{' ? placeholder_at(at) : NULL;

		if (!what) {
			put(&out, at++, 1);
			continue;
		}
		if (!value_of(values, what))
			return config_refuse(reason,
					     "the address has %s, and no value was given "
					     "for it",
					     what);
		put_value(&out, value_of(values, what));
		at += strlen(what);
	}
	if (out.full)
		return config_refuse(reason, "the address would have more than %u bytes",
				     LOGOUT_URL_MAX);
	return 0;
}

int logout_url_standard(const char *endpoint, const struct logout_values *values,
			char reason[static REASON_MAX], char template[static LOGOUT_URL_MAX + 1])
{
	int n;

	if (!config_value_is_url(endpoint))
		return config_refuse(reason, "the platform's end_session_endpoint is no https:// "
					     "address");
	n = snprintf(template, LOGOUT_URL_MAX + 1, "%s%cclient_id={client_id}%s", endpoint,
		     strchr(endpoint, '?') ? '&' : '?',
		     values->return_uri ? "&post_logout_redirect_uri={return_uri}" : "");
	if (n < 0 || n > (int)LOGOUT_URL_MAX)
		return config_refuse(reason, "the address would have more than %u bytes",
				     LOGOUT_URL_MAX);
	return 0;
}
