/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/scope-file.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ini.h"
#include "idp-agentd/core/config-value.h"

#define HEADER    "# Scopes of idp-agent. sha256:"
#define OFF_LINE  "# disabled on this host: "
#define DIGEST    32u

/* ---- writing ---- */

void scope_file_put(struct buf *body, const struct scope_line *line)
{
	buf_printf(body, "[scope %s]\nprotects = %s\n", line->name, line->protects);
	if (*line->description)
		buf_printf(body, "description = %s\n", line->description);
	if (*line->provider)
		buf_printf(body, "provider = %s\n", line->provider);
	buf_printf(body, "request = %s\noptional = %s\n", line->on_demand ? "on-demand" : "always",
		   line->optional ? "yes" : "no");
	if (line->off)
		buf_printf(body, OFF_LINE "%s\n", line->name);
}

void scope_file_put_asked(struct buf *body, const char *provider, const char *scopes)
{
	buf_printf(body, "# asked for at %s beside these: %s\n", provider, scopes);
}

static int hash(const void *bytes, size_t len, char ret_hash[static SCOPE_HASH_LEN + 1])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t n = 0;

	if (EVP_Q_digest(NULL, "SHA256", NULL, bytes, len, digest, &n) != 1 || n != DIGEST)
		return -ENOMEM;
	for (size_t i = 0; i < DIGEST; i++)
		(void)snprintf(ret_hash + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

int scope_file_hash(struct buf *body, char ret_hash[static SCOPE_HASH_LEN + 1])
{
	int r = buf_end(body);

	return r < 0 ? r : hash(body->data, body->len, ret_hash);
}

int scope_file_write(struct buf *body, struct buf *out)
{
	char digest[SCOPE_HASH_LEN + 1];
	int r = scope_file_hash(body, digest);

	if (r < 0)
		return r;
	buf_printf(out, HEADER "%s\n", digest);
	buf_put(out, body->data, body->len);
	return buf_end(out);
}

/* ---- reading ---- */

static int _printf_(2, 3) refuse(char reason[static REASON_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	IGNORE(vsnprintf(reason, REASON_MAX, format, args) < 0);
	va_end(args);
	return SCOPE_FILE_E_SHAPE;
}

/* Looks at the first line. A file without one was written by hand, and is taken as it is. */
static int check_hash(const char *text, size_t len, char reason[static REASON_MAX],
		      bool *ret_hashed)
{
	size_t head = STRLEN(HEADER) + SCOPE_HASH_LEN;
	char digest[SCOPE_HASH_LEN + 1];
	int r;

	*ret_hashed = false;
	if (len < STRLEN(HEADER) || memcmp(text, HEADER, STRLEN(HEADER)) != 0)
		return 0;
	if (len <= head || text[head] != '\n')
		return refuse(reason, "line 1 is cut: it must end with 64 hexadecimal digits");
	r = hash(text + head + 1, len - head - 1, digest);
	if (r < 0)
		return r;
	if (memcmp(digest, text + STRLEN(HEADER), SCOPE_HASH_LEN) != 0) {
		IGNORE(refuse(reason, "its SHA-256 is another than line 1 says: it was changed "
				      "after it was exported"));
		return SCOPE_FILE_E_HASH;
	}
	*ret_hashed = true;
	return 0;
}

KEEPS_POINTERS_BEGIN
/* The tokenizer's texts live until its next step. */
static int keep(const char *text, const char **ret_text)
{
	*ret_text = strdup(text);
	return *ret_text ? 0 : -ENOMEM;
}
KEEPS_POINTERS_END

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static int read_section(struct scope_file *file, const struct ini_item *item,
			char reason[static REASON_MAX])
{
	struct scope_line *line;

	if (strcmp(item->key, "scope") != 0 || !config_value_is_scope(item->value))
		return refuse(reason, "line %u: only sections [scope NAME] belong here", item->line);
	for (size_t i = 0; i < file->n; i++)
		if (strcmp(file->lines[i].name, item->value) == 0)
			return refuse(reason, "line %u: [scope %.64s] stands there twice",
				      item->line, item->value);
	if (file->n >= SCOPE_FILE_MANY)
		return refuse(reason, "line %u: more than %u scopes", item->line, SCOPE_FILE_MANY);
	line = &file->lines[file->n++];
	*line = (struct scope_line){ .name = NULL };
	return keep(item->value, &line->name);
}

static int read_pair(struct scope_file *file, const struct ini_item *item,
		     char reason[static REASON_MAX])
{
	struct scope_line *line = file->n > 0 ? &file->lines[file->n - 1] : NULL;
	const struct {
		const char *key;
		const char **text;
	} texts[] = { { "protects", line ? &line->protects : NULL },
		      { "description", line ? &line->description : NULL },
		      { "provider", line ? &line->provider : NULL } };

	if (!line)
		return refuse(reason, "line %u: there must be a [scope NAME] before it",
			      item->line);
	if (!is_plain(item->value))
		return refuse(reason, "line %u: a control character", item->line);
	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		if (strcmp(item->key, texts[i].key) != 0)
			continue;
		if (*texts[i].text)
			return refuse(reason, "line %u: %s stands there twice", item->line,
				      texts[i].key);
		return keep(item->value, texts[i].text);
	}
	if (strcmp(item->key, "request") == 0 &&
	    (!strcmp(item->value, "always") || !strcmp(item->value, "on-demand")))
		line->on_demand = strcmp(item->value, "on-demand") == 0;
	else if (strcmp(item->key, "optional") == 0 &&
		 (!strcmp(item->value, "yes") || !strcmp(item->value, "no")))
		line->optional = strcmp(item->value, "yes") == 0;
	else
		return refuse(reason, "line %u: %.32s = %.64s does not belong into a [scope]",
			      item->line, item->key, item->value);
	return 0;
}

/* A comment for idp.conf, and part of what is compared. */
static void read_off(struct scope_file *file, const char *text, size_t len)
{
	for (const char *at = text; at && (size_t)(at - text) < len;) {
		size_t left = len - (size_t)(at - text), skip = STRLEN(OFF_LINE);
		const char *end = memchr(at, '\n', left);
		size_t line = end ? (size_t)(end - at) : left;

		if (line > skip && memcmp(at, OFF_LINE, skip) == 0)
			for (size_t i = 0; i < file->n; i++)
				if (strlen(file->lines[i].name) == line - skip &&
				    memcmp(file->lines[i].name, at + skip, line - skip) == 0)
					file->lines[i].off = true;
		at = end ? end + 1 : NULL;
	}
}

static int fill(struct scope_file *file)
{
	for (size_t i = 0; i < file->n; i++) {
		const char **texts[] = { &file->lines[i].protects, &file->lines[i].description,
					 &file->lines[i].provider };

		for (size_t j = 0; j < ELEMENTSOF(texts); j++)
			if (!*texts[j] && keep("", texts[j]) < 0)
				return -ENOMEM;
	}
	return 0;
}

static int read_items(struct scope_file *file, const char *text, size_t len,
		      char reason[static REASON_MAX])
{
	_cleanup_(ini_freep) struct ini *ini = ini_new(text, len);
	int r = 0;

	if (!ini)
		return -ENOMEM;
	while (r == 0) {
		struct ini_item item = ini_next(ini);

		switch (item.kind) {
		case INI_END:
			read_off(file, text, len);
			return fill(file);
		case INI_SECTION:
			r = read_section(file, &item, reason);
			break;
		case INI_PAIR:
			r = read_pair(file, &item, reason);
			break;
		case INI_ERROR:
			r = refuse(reason, "line %u: %.180s", item.line, item.text);
			break;
		}
	}
	return r;
}

int scope_file_read(const char *text, size_t len, char reason[static REASON_MAX],
		    struct scope_file **ret_file)
{
	_cleanup_(scope_file_freep) struct scope_file *file = calloc(1, sizeof(*file));
	int r;

	*reason = '\0';
	if (!file)
		return -ENOMEM;
	if (len > SCOPE_FILE_MAX)
		return refuse(reason, "it is longer than %u bytes", SCOPE_FILE_MAX);
	r = check_hash(text, len, reason, &file->hashed);
	if (r == 0)
		r = read_items(file, text, len, reason);
	if (r != 0)
		return r;
	*ret_file = TAKE_PTR(file);
	return 0;
}

KEEPS_POINTERS_BEGIN
/* Texts handed out as const are ours to free. */
static void free_text(const char *text)
{
	char *own;

	memcpy(&own, &text, sizeof(own));
	free(own);
}

struct scope_file *scope_file_free(struct scope_file *file)
{
	if (!file)
		return NULL;
	for (size_t i = 0; i < file->n; i++) {
		free_text(file->lines[i].name);
		free_text(file->lines[i].protects);
		free_text(file->lines[i].description);
		free_text(file->lines[i].provider);
	}
	free(file);
	return NULL;
}
KEEPS_POINTERS_END
