/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of people, in their two forms. The MUSTs are in naming.h. */

#include "common/naming.h"

#include <string.h>

#include "common/name.h"

/* One label of a domain: letters, digits and, between them, '-'. */
static bool is_label(const char *text, size_t len)
{
	if (len == 0 || text[0] == '-' || text[len - 1] == '-')
		return false;
	return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") >= len;
}

bool naming_is_domain(const char *text)
{
	size_t left = strnlen(text, NAMING_DOMAIN_MAX + 1);

	if (left == 0 || left > NAMING_DOMAIN_MAX)
		return false;
	for (;;) {
		size_t len = strcspn(text, ".");

		if (!is_label(text, len))
			return false;
		if (text[len] == '\0')
			return true;
		text += len + 1;
	}
}

size_t naming_split(const char *name, const char **ret_domain)
{
	const char *at = strchr(name, '@');

	*ret_domain = at ? at + 1 : NULL;
	return at ? (size_t)(at - name) : strlen(name);
}

/* MUST 3: bytes beyond ASCII are not touched. */
static size_t fold(const struct naming *naming, const char *said, char *out)
{
	size_t n = 0;

	for (; said[n] && n < SUBJECT_LEN_MAX; n++) {
		bool upper = said[n] >= 'A' && said[n] <= 'Z';

		out[n] = naming->lower && upper ? (char)(said[n] - 'A' + 'a') : said[n];
	}
	out[n] = '\0';
	return n;
}

void naming_apply(const struct naming *naming, const char *said, char out[static NAMING_ROOM])
{
	size_t len = fold(naming, said, out), domain_len;
	char *at = strchr(out, '@');

	if (!naming->domain || len == 0)
		return;
	domain_len = strnlen(naming->domain, NAMING_DOMAIN_MAX);
	if (naming->qualified && !at) {
		out[len] = '@';
		memcpy(out + len + 1, naming->domain, domain_len);
		out[len + 1 + domain_len] = '\0';
	} else if (!naming->qualified && at && at > out && strcmp(at + 1, naming->domain) == 0) {
		*at = '\0'; /* MUST 1: the first '@' is the only one, or the rest is no domain */
	}
}

size_t naming_guess(const struct naming *naming, const char *name,
		    struct naming_guess out[static NAMING_GUESSES_MAX])
{
	const char *domain;
	size_t len = naming_split(name, &domain), whole = strnlen(name, NAME_LEN_MAX);

	if (!naming->domain || (domain && strcmp(domain, naming->domain) != 0)) {
		memcpy(out[0].name, name, whole);
		out[0].name[whole] = '\0';
		return 1;
	}
	if (len > NAME_LEN_MAX || (!naming->aliases && !domain == naming->qualified))
		return 0;
	for (size_t i = 0; i < NAMING_GUESSES_MAX; i++)
		memcpy(out[i].name, name, len);
	out[0].name[len] = '\0';
	out[1].name[len] = '@';
	memcpy(out[1].name + len + 1, naming->domain, strlen(naming->domain) + 1);
	return NAMING_GUESSES_MAX;
}

bool naming_other(const struct naming *naming, const char *name, char out[static NAME_LEN_MAX + 1])
{
	size_t len, domain_len;
	const char *domain;

	if (!naming->aliases || !naming->domain)
		return false;
	domain_len = strnlen(naming->domain, NAMING_DOMAIN_MAX);
	len = naming_split(name, &domain);
	if (domain && strcmp(domain, naming->domain) != 0)
		return false;
	if (len == 0 || len + (domain ? 0 : 1 + domain_len) > NAME_LEN_MAX)
		return false;
	memcpy(out, name, len);
	if (!domain) {
		out[len++] = '@';
		memcpy(out + len, naming->domain, domain_len);
		len += domain_len;
	}
	out[len] = '\0';
	return name_is_user(out, len);
}
