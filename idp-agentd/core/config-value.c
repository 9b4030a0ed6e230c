/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One value of idp.conf.
 *
 * MUST
 * 1. A value is taken whole or not at all: no trailing bytes, no rounding, no clamping.
 * 2. What should be a reference to a secret is never quoted in a message: it may be the secret.
 */

#include "idp-agentd/core/config-value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/home.h"
#include "common/name.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-address.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/logout-url.h"

/* What idp-keyd refuses anyway; told here because it can be told at once. */
static int parse_token_key(const struct config_key *key, const char *text, char *reason)
{
	if (key->type != TYPE_KEY)
		return config_refuse(
			reason,
			"a token keeps its keys and gives no secret away, and idp-netd loads no "
			"library of a token: only client_key may be in one; write credential:NAME "
			"or file:PATH");
	if (strstr(text, "pin-value"))
		return config_refuse(reason,
				     "a PIN is not written here: write pin-source=file:PATH");
	if (strstr(text, "module-path"))
		return config_refuse(reason,
				     "which library is loaded is not said here: register it "
				     "with p11-kit, see idp-keyd(8)");
	if (!strstr(text, "object=") && !strstr(text, "id=%"))
		return config_refuse(
			reason, "it names no key of the token: write object=LABEL or id=%%HEX");
	for (const char *at = text; *at; at++)
		if (*at <= ' ' || *at > '~')
			return config_refuse(reason, "a blank in it is written %%20");
	return 0;
}

static int parse_secret(const struct config_key *key, const char *text, char *reason)
{
	const char *name = text + STRLEN("credential:");

	if (strncmp(text, "credential:", STRLEN("credential:")) == 0) {
		if (config_value_is_name(name) && !strchr(name, '/') && name[0] != '.')
			return 0;
		return config_refuse(reason,
				     "after credential: comes the name of a systemd credential, "
				     "without slashes");
	}
	if (strncmp(text, "file:", STRLEN("file:")) == 0) {
		if (name_is_path(text + STRLEN("file:"), strlen(text + STRLEN("file:"))))
			return 0;
		return config_refuse(reason, "after file: comes an absolute path");
	}
	if (config_is_token_key(text))
		return parse_token_key(key, text, reason);
	return config_refuse(reason,
			     "a secret is not written here: write credential:NAME or file:PATH "
			     "and keep it there");
}

/* The home of everybody is told apart by the name alone. */
static int parse_template(const char *text, char *reason)
{
	const char *fault = home_template_fault(text);

	return fault ? config_refuse(reason, "\"%.100s\" %s", text, fault) : 0;
}

static int parse_range(const char *text, char *reason, struct config_range *ret_range)
{
	const char *dash = strchr(text, '-');
	uint64_t first, last;

	if (!dash || !config_value_number(text, (size_t)(dash - text), UINT32_MAX, &first) ||
	    !config_value_number(dash + 1, strlen(dash + 1), UINT32_MAX, &last))
		return config_refuse(reason,
				     "\"%.60s\" is not a range: write FIRST-LAST, as in %u-%u",
				     text, UID_RANGE_FLOOR, UID_RANGE_CEILING);
	if (first >= last)
		return config_refuse(
			reason, "the range %.60s is empty: FIRST must be less than LAST", text);
	*ret_range = (struct config_range){ .first = (uint32_t)first, .last = (uint32_t)last };
	return 0;
}

/* "none, client_secret_basic or private_key_jwt" */
static void spell_words(const char *words, char *text, size_t room)
{
	size_t len = 0;

	text[0] = '\0';
	while (words && len < room) {
		size_t n = strcspn(words, "|");
		const char *next = words[n] ? words + n + 1 : NULL;
		const char *joint = !next ? "" : strchr(next, '|') ? ", " : " or ";
		int put = snprintf(text + len, room - len, "%.*s%s", (int)n, words, joint);

		len += put > 0 ? (size_t)put : room;
		words = next;
	}
}

static int refuse_word(const struct config_key *key, const char *text, char *reason)
{
	struct config_guess guess = { .word = text };
	char all[160], words[16][32];
	size_t n = 0;

	spell_words(key->words, all, sizeof(all));
	for (const char *at = key->words; at && n < ELEMENTSOF(words); n++) {
		size_t len = strcspn(at, "|");

		IGNORE(snprintf(words[n], sizeof(words[n]), "%.*s", (int)len, at) < 0);
		config_guess(&guess, words[n]);
		at = at[len] ? at + len + 1 : NULL;
	}
	if (guess.best)
		return config_refuse(reason, "\"%.40s\" is not known here: did you mean \"%s\"?",
				     text, guess.best);
	return config_refuse(reason, "\"%.40s\" is not %s", text, all);
}

static int parse_choice(const struct config_key *key, const char *text, char *reason,
			struct config_value *value)
{
	unsigned index;

	if (!config_word_find(key->words, text, strlen(text), &index))
		return refuse_word(key, text, reason);
	value->number = index;
	return 0;
}

static int parse_bool(const char *text, char *reason, struct config_value *value)
{
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		return config_refuse(reason, "\"%.60s\" is not yes or no", text);
	value->number = strcmp(text, "yes") == 0;
	value->wire_type = 'b';
	value->wire = value->number ? "true" : "false";
	return 0;
}

static int parse_number(const struct config_key *key, const char *text, char *reason,
			struct config_value *value)
{
	if (!config_value_number(text, strlen(text), UINT32_MAX, &value->number))
		return config_refuse(reason, "\"%.60s\" is not a number", text);
	if (value->number < key->min || value->number > key->max)
		return config_refuse(reason, "%.60s is not between %" PRIu64 " and %" PRIu64, text,
				     key->min, key->max);
	value->wire_type = 'n';
	return 0;
}

/* Seconds in the largest unit that shows them whole. */
static void spell_time(uint64_t seconds, char *text, size_t room)
{
	static const struct {
		uint64_t seconds;
		char letter;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };

	for (size_t i = 0; i < ELEMENTSOF(units); i++)
		if (seconds % units[i].seconds == 0 && (seconds > 0 || units[i].seconds == 1)) {
			IGNORE(snprintf(text, room, "%" PRIu64 "%c", seconds / units[i].seconds,
					units[i].letter) < 0);
			return;
		}
}

static int parse_time(const struct config_key *key, const char *text, struct arena *arena,
		      char *reason, struct config_value *value)
{
	char least[32], most[32];
	uint64_t ignored;

	if (!config_value_time(text, &value->number)) {
		if (config_value_number(text, strlen(text), UINT64_MAX, &ignored))
			return config_refuse(
				reason,
				"\"%.40s\" has no unit: write %.40ss, %.40sm, %.40sh or %.40sd",
				text, text, text, text, text);
		return config_refuse(
			reason,
			"\"%.60s\" is not a time: write a number and s, m, h or d, as in 15m",
			text);
	}
	if (value->number < key->min * USEC_PER_SEC || value->number > key->max * USEC_PER_SEC) {
		spell_time(key->min, least, sizeof(least));
		spell_time(key->max, most, sizeof(most));
		return config_refuse(reason, "%.60s is not between %s and %s", text, least, most);
	}
	value->wire_type = 'n';
	value->wire = arena_printf(arena, "%" PRIu64, value->number / USEC_PER_SEC);
	return value->wire ? 0 : -ENOMEM;
}

/* Splits at blanks; wire is the same with one space between. */
static int split(const char *text, struct arena *arena, struct config_value *value)
{
	char *copy = arena_text(arena, text);
	char *wire = arena_take(arena, strlen(text) + 1, 1);
	const char **items = arena_take(arena, strlen(text) / 2 + 1, sizeof(*items));
	size_t n = 0, len = 0;

	if (!copy || !wire || !items)
		return -ENOMEM;
	for (char *at = copy; *at;) {
		size_t word = strcspn(at, " \t");

		if (word == 0) {
			at++;
			continue;
		}
		if (len > 0)
			wire[len++] = ' ';
		memcpy(wire + len, at, word);
		len += word;
		items[n++] = at;
		at += word;
		if (*at)
			*at++ = '\0';
	}
	value->list = (struct config_list){ .n = n, .items = items };
	value->wire = wire;
	return 0;
}

static int check_item(const struct config_key *key, const char *item, char *reason)
{
	unsigned index;

	if (key->type == TYPE_PATHS && !name_is_path(item, strlen(item)))
		return config_refuse(reason, "\"%.100s\" is not an absolute path", item);
	if (key->type == TYPE_NAMES && !name_is_user(item, strlen(item)))
		return config_refuse(reason, "\"%.60s\" is not a user name", item);
	if (key->type == TYPE_GROUPS && !name_is_group(item, strlen(item)))
		return config_refuse(reason, "\"%.60s\" is not a group name", item);
	if (key->type == TYPE_SCOPES && !config_value_is_scope(item))
		return config_refuse(
			reason, "\"%.60s\" is not a scope: no quotes, no backslash, ASCII only",
			item);
	if (key->type == TYPE_ACRS && !config_value_is_ascii(item))
		return config_refuse(reason, "\"%.60s\" is not printable ASCII", item);
	if (key->type == TYPE_WORDS && key->words &&
	    !config_word_find(key->words, item, strlen(item), &index)) {
		if (strcmp(item, "none") == 0 || strncmp(item, "HS", 2) == 0)
			return config_refuse(
				reason,
				"\"%.20s\" is never allowed: anybody could make such a token",
				item);
		return refuse_word(key, item, reason);
	}
	return 0;
}

static int parse_list(const struct config_key *key, const char *text, struct arena *arena,
		      char *reason, struct config_value *value)
{
	int r = split(text, arena, value);

	if (r != 0)
		return r;
	if (value->list.n < key->min)
		return config_refuse(reason, "there is nothing here; write at least %" PRIu64,
				     key->min);
	if (value->list.n > key->max)
		return config_refuse(reason, "%zu words are too many: at most %" PRIu64,
				     value->list.n, key->max);
	for (size_t i = 0; i < value->list.n; i++) {
		r = check_item(key, value->list.items[i], reason);
		if (r != 0)
			return r;
		for (size_t j = 0; j < i; j++)
			if (strcmp(value->list.items[i], value->list.items[j]) == 0)
				return config_refuse(reason, "\"%.60s\" stands here twice",
						     value->list.items[i]);
	}
	return 0;
}

static int check_length(const struct config_key *key, const char *text, char *reason)
{
	size_t len = strlen(text);

	if (len < key->min)
		return config_refuse(reason, "there is no value after '='");
	if (len > key->max)
		return config_refuse(reason, "%zu bytes are too long: at most %" PRIu64, len,
				     key->max);
	if (key->type != TYPE_TEXT && strpbrk(text, " \t"))
		return config_refuse(reason, key->type == TYPE_NAME
						     ? "exactly one name belongs here"
						     : "one word belongs here, without blanks");
	return 0;
}

static int parse_source(const char *text, char *reason)
{
	static const char *const prefixes[] = { "", "id_token:", "userinfo:", "token:",
						"introspection:" };

	for (size_t i = 0; i < ELEMENTSOF(prefixes); i++) {
		size_t len = strlen(prefixes[i]);

		if (strncmp(text, prefixes[i], len) == 0 &&
		    config_value_is_pointer(text + len, strlen(text + len)))
			return 0;
	}
	return config_refuse(
		reason,
		"\"%.60s\" is not a JSON pointer: write /NAME, or where it stands as well: "
		"id_token:/NAME, userinfo:/NAME, token:/NAME or introspection:/NAME",
		text);
}

/* Exactly one place: two that differ would be two people. */
static int parse_subject(const char *text, char *reason)
{
	if (strcmp(text, "id_token") == 0 || strcmp(text, "userinfo") == 0 ||
	    config_value_is_pointer(text, strlen(text)) ||
	    ((strncmp(text, "userinfo:", STRLEN("userinfo:")) == 0 ||
	      strncmp(text, "token:", STRLEN("token:")) == 0) &&
	     parse_source(text, reason) == 0))
		return 0;
	return config_refuse(
		reason,
		"\"%.60s\" does not say where the subject stands: write id_token, userinfo, "
		"userinfo:/NAME or token:/NAME, or /NAME with mode = jwt; the Unix id is uid_from "
		"of a [directory]",
		text);
}

static int parse_word(const struct config_key *key, const char *text, char *reason,
		      struct config_value *value)
{
	int r = check_length(key, text, reason);

	if (r != 0)
		return r;
	if (key->type == TYPE_UUID && !config_value_is_uuid(text))
		return config_refuse(reason,
				     "\"%.60s\" is not a UUID: 36 of 0-9, a-f and '-', in small "
				     "letters, as the platform shows it",
				     text);
	if (key->type == TYPE_NAME && !config_value_is_name(text))
		return config_refuse(reason, "\"%.60s\" is not the name of a section", text);
	if (key->type == TYPE_PATH && !name_is_path(text, strlen(text)))
		return config_refuse(
			reason, "\"%.100s\" is not an absolute path without '..', '//' and ':'",
			text);
	if (key->type == TYPE_TEMPLATE)
		return parse_template(text, reason);
	if (key->type == TYPE_POINTER && !config_value_is_pointer(text, strlen(text)))
		return config_refuse(
			reason, "\"%.60s\" is not a JSON pointer: write /NAME or /NAME/NAME", text);
	if (key->type == TYPE_ISSUER && config_value_is_host(text))
		return 0; /* config-check.c asks for iss_form = name */
	if (key->type == TYPE_URL || key->type == TYPE_ISSUER)
		return config_address_url(text, key->type == TYPE_ISSUER, reason);
	if (key->type == TYPE_REDIRECT)
		return config_address_redirect(text, reason);
	if (key->type == TYPE_DISCOVERY)
		return config_address_discovery(text, reason);
	if (key->type == TYPE_SOURCE)
		return parse_source(text, reason);
	if (key->type == TYPE_SUBJECT)
		return parse_subject(text, reason);
	if (key->type == TYPE_RESOURCE)
		return config_address_resource(text, reason);
	if (key->type == TYPE_LOGOUT)
		return logout_url_check(text, reason);
	if (key->type == TYPE_SECRET || key->type == TYPE_KEY) {
		value->wire_type = 'S';
		return parse_secret(key, text, reason);
	}
	return 0;
}

static int dispatch(const struct config_key *key, const char *text, struct arena *arena,
		    char *reason, struct config_value *value)
{
	switch (key->type) {
	case TYPE_BOOL:
		return parse_bool(text, reason, value);
	case TYPE_CHOICE:
		return parse_choice(key, text, reason, value);
	case TYPE_NUMBER:
		return parse_number(key, text, reason, value);
	case TYPE_TIME:
		return parse_time(key, text, arena, reason, value);
	case TYPE_RANGE:
		return parse_range(text, reason, &value->range);
	case TYPE_PATHS:
	case TYPE_NAMES:
	case TYPE_GROUPS:
	case TYPE_WORDS:
	case TYPE_SCOPES:
	case TYPE_ACRS:
	case TYPE_NETS:
	case TYPE_ATOMS:
		return parse_list(key, text, arena, reason, value);
	case TYPE_TEXT:
	case TYPE_WORD:
	case TYPE_NAME:
	case TYPE_PATH:
	case TYPE_TEMPLATE:
	case TYPE_POINTER:
	case TYPE_SOURCE:
	case TYPE_SUBJECT:
	case TYPE_URL:
	case TYPE_ISSUER:
	case TYPE_REDIRECT:
	case TYPE_DISCOVERY:
	case TYPE_RESOURCE:
	case TYPE_LOGOUT:
	case TYPE_SECRET:
	case TYPE_KEY:
	case TYPE_UUID:
		return parse_word(key, text, reason, value);
	case TYPE_RUNG:
	case TYPE_VERDICT:
		return *text ? 0 : config_refuse(reason, "there is no value after '='");
	}
	return config_refuse(reason, "this key has no type: that is our own mistake");
}

int config_value_parse(const struct config_key *key, const char *text, struct arena *arena,
		       char reason[static REASON_MAX], struct config_value *ret_value)
{
	struct config_value value = { .text = text, .wire_type = 's', .wire = text };
	int r;

	if (text[0] == '"' && key->type != TYPE_TEXT)
		return config_refuse(reason, "values stand without quotes");
	r = dispatch(key, text, arena, reason, &value);
	if (r == 0)
		*ret_value = value;
	return r;
}
