/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A section of the configuration as keys and values. Every value is kept as a secret: some are. */
#include "idp-agentd/net/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"

#define SETTINGS_MAX 256u /* keys of one section; the table of the configuration has far fewer */

struct setting {
	char type;
	char *key;
	struct secret *value;
};

struct settings {
	size_t n;
	struct setting items[];
};

struct settings *settings_free(struct settings *settings)
{
	if (!settings)
		return NULL;
	for (size_t i = 0; i < settings->n; i++) {
		free(settings->items[i].key);
		secret_free(settings->items[i].value);
	}
	free(settings);
	return NULL;
}

static bool settings_has(const struct settings *settings, const char *key)
{
	for (size_t i = 0; i < settings->n; i++)
		if (strcmp(settings->items[i].key, key) == 0)
			return true;
	return false;
}

int settings_read(struct wire_in *in, struct settings **ret_settings)
{
	_cleanup_(settings_freep) struct settings *settings = NULL;
	uint32_t count = wire_get_count(in);

	if (count > SETTINGS_MAX)
		return -EBADMSG;
	settings = calloc(1, sizeof(*settings) + count * sizeof(settings->items[0]));
	if (!settings)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		struct wire_field field = wire_get_field(in);
		struct setting *item = &settings->items[settings->n];

		if (settings_has(settings, field.key))
			return -EBADMSG;
		settings->n++;
		item->type = field.type;
		item->key = strdup(field.key);
		item->value = secret_new(field.value, strlen(field.value));
		if (!item->key || !item->value)
			return -ENOMEM;
	}
	*ret_settings = TAKE_PTR(settings);
	return 0;
}

static bool setting_equal(const struct setting *a, const struct setting *b)
{
	return a->type == b->type && strcmp(a->key, b->key) == 0 &&
	       secret_equal(a->value->text, a->value->len, b->value->text, b->value->len);
}

bool settings_equal(const struct settings *a, const struct settings *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!setting_equal(&a->items[i], &b->items[i]))
			return false;
	return true;
}

const struct secret *settings_secret(const struct settings *settings, const char *key)
{
	for (size_t i = 0; i < settings->n; i++)
		if (strcmp(settings->items[i].key, key) == 0)
			return settings->items[i].value->len > 0 ? settings->items[i].value : NULL;
	return NULL;
}

const char *settings_text(const struct settings *settings, const char *key)
{
	const struct secret *value = settings_secret(settings, key);

	return value ? value->text : NULL;
}

uint32_t settings_number(const struct settings *settings, const char *key, uint32_t max,
			 uint32_t fallback)
{
	const char *text = settings_text(settings, key);
	uint64_t value = 0;

	if (!text)
		return fallback;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return fallback;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > max)
			return fallback;
	}
	return (uint32_t)value;
}
