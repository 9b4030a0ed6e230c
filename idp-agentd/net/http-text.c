/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words and numbers of HTTP that need no network: failures said to a person, Cache-Control. */
#include "idp-agentd/net/http-text.h"
#include "common/reason.h"

#include <stdlib.h>
#include <string.h>

#define HTTP_MAX_AGE_CAP (366 * USEC_PER_DAY) /* more is nonsense, and near overflow */
#define HTTP_HOST_SHOWN  100                  /* characters of a host in a sentence */

void http_explain(enum http_error error, const char *url, char *text, size_t room)
{
	static const char *const sentences[] = {
		[HTTP_OK] = "answered",
		[HTTP_E_URL] = "is not an https address this agent talks to",
		[HTTP_E_CA] =
			"cannot be checked: the certificates of ca=, or of this system, cannot be read",
		[HTTP_E_CERTIFICATE] =
			"does not take this host's certificate (client_cert, tls_key), or wants one",
		[HTTP_E_DNS] = "has no address: its name was not found in the DNS",
		[HTTP_E_CONNECT] = "does not accept connections: refused or unreachable",
		[HTTP_E_TLS] = "does not complete a TLS 1.2 or 1.3 handshake",
		[HTTP_E_UNTRUSTED] =
			"shows a certificate from an authority this host does not trust",
		[HTTP_E_NAME] = "shows a certificate that was issued for another name",
		[HTTP_E_EXPIRED] =
			"shows a certificate that is not valid today (or this clock is wrong)",
		[HTTP_E_TIMEOUT] = "did not answer in time",
		[HTTP_E_TOO_LARGE] = "sent more than this agent reads",
		[HTTP_E_TRUNCATED] = "broke off, or did not say where its answer ends",
		[HTTP_E_REDIRECT] = "redirects to where this agent may not follow",
		[HTTP_E_PROTOCOL] = "does not speak HTTP",
		[HTTP_E_MEMORY] = "could not be read: out of memory",
		[HTTP_E_UNSIGNED] = "was not asked: this host could not sign for its client",
	};
	const char *scheme = strstr(url, "://");
	const char *host = scheme ? scheme + 3 : url;
	size_t len = strcspn(host, scheme ? "/?" : ""); /* what is no URL is shown whole */

	reason_format(text, room, "%.*s %s", (int)(len < HTTP_HOST_SHOWN ? len : HTTP_HOST_SHOWN),
		      host, sentences[error]);
}

const char *http_reason(enum http_error error)
{
	static const char *const codes[] = {
		[HTTP_OK] = "",
		[HTTP_E_URL] = "url-refused",
		[HTTP_E_CA] = "ca-unreadable",
		[HTTP_E_CERTIFICATE] = "client-certificate",
		[HTTP_E_DNS] = "dns-not-found",
		[HTTP_E_CONNECT] = "connection-refused",
		[HTTP_E_TLS] = "tls-failed",
		[HTTP_E_UNTRUSTED] = "tls-untrusted",
		[HTTP_E_NAME] = "tls-wrong-name",
		[HTTP_E_EXPIRED] = "tls-not-valid-now",
		[HTTP_E_TIMEOUT] = "timeout",
		[HTTP_E_TOO_LARGE] = "answer-too-large",
		[HTTP_E_TRUNCATED] = "answer-truncated",
		[HTTP_E_REDIRECT] = "redirect-refused",
		[HTTP_E_PROTOCOL] = "not-http",
		[HTTP_E_MEMORY] = "out-of-memory",
		[HTTP_E_UNSIGNED] = "assertion-not-signed",
	};

	return codes[error];
}

bool http_may_pass(enum http_error error)
{
	return error == HTTP_E_DNS || error == HTTP_E_CONNECT || error == HTTP_E_TIMEOUT ||
	       error == HTTP_E_TRUNCATED || error == HTTP_E_TLS;
}

usec_t http_parse_max_age(const char *value)
{
	const char *at;
	unsigned long long seconds;

	if (strcasestr(value, "no-store") || strcasestr(value, "no-cache"))
		return 0;
	at = strcasestr(value, "max-age=");
	if (!at || at[8] < '0' || at[8] > '9')
		return HTTP_MAX_AGE_NONE;
	seconds = strtoull(at + 8, NULL, 10);
	if (seconds > HTTP_MAX_AGE_CAP / USEC_PER_SEC)
		return HTTP_MAX_AGE_CAP;
	return seconds * USEC_PER_SEC;
}

usec_t http_parse_retry_after(const char *value, int64_t when, int64_t date)
{
	size_t len = value ? strlen(value) : 0;
	uint64_t seconds = 0;

	if (len == 0)
		return 0;
	if (strspn(value, "0123456789") == len)
		seconds = len > 9 ? UINT32_MAX : strtoull(value, NULL, 10);
	else if (date > 0 && when > date)
		seconds = (uint64_t)(when - date);
	return seconds > 86400 ? USEC_PER_DAY : seconds * USEC_PER_SEC;
}

usec_t http_parse_rate_limit(const char *remaining, const char *interval)
{
	static const char digits[] = "0123456789";
	size_t len = interval ? strlen(interval) : 0;

	if (!remaining || strcmp(remaining, "0") != 0 || len == 0 || len > 9 ||
	    strspn(interval, digits) != len)
		return 0;
	return strtoul(interval, NULL, 10) * USEC_PER_MSEC;
}
