/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "idp-policy 1", then for each file the lengths of its name and its text, and both. The lengths
 * make two different sets of files two different texts, whatever their names and contents are.
 */
#include "idp-agentd/core/policy-text.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/limits.h"
#include "idp-agentd/core/arena.h"
#include "idp-agentd/core/config-value.h"
#include "idp-agentd/core/config.h"

#define TEXT_HEAD "idp-policy 1\n"

/* "conf.d/x.conf" of "/etc/idp/conf.d/x.conf"; NULL: it is elsewhere. */
static const char *name_in(const char *file, const char *folder)
{
	size_t len = strlen(folder);

	if (strcmp(folder, "/") == 0)
		len = 0;
	return strncmp(file, folder, len) == 0 && file[len] == '/' ? file + len + 1 : NULL;
}

int policy_text_pack(const struct config_files *files, const char *folder, struct buf *text)
{
	buf_put_text(text, TEXT_HEAD);
	for (size_t i = 0; i < files->n; i++) {
		const struct config_source *source = &files->sources[i];
		const char *name = name_in(source->file, folder);

		if (!name)
			return -EINVAL;
		buf_printf(text, "%zu %zu\n", strlen(name), source->len);
		buf_put_text(text, name);
		buf_put_u8(text, '\n');
		buf_put(text, source->text, source->len);
		buf_put_u8(text, '\n');
	}
	return buf_end(text);
}

/* ---- the way back ---- */

struct reader {
	const char *at;
	size_t left;
};

/* A number and the byte behind it. */
static bool read_number(struct reader *reader, char end, size_t *ret)
{
	const char *stop = memchr(reader->at, end, reader->left);
	size_t len = stop ? (size_t)(stop - reader->at) : 0;
	uint64_t number;

	if (len == 0 || !config_value_number(reader->at, len, CONFIG_FILE_MAX, &number))
		return false;
	reader->at += len + 1;
	reader->left -= len + 1;
	*ret = (size_t)number;
	return true;
}

/* So many bytes and a line end; NULL: there are not so many. */
static const char *read_bytes(struct reader *reader, size_t len)
{
	const char *bytes = reader->at;

	if (reader->left < len + 1 || bytes[len] != '\n')
		return NULL;
	reader->at += len + 1;
	reader->left -= len + 1;
	return bytes;
}

static int unpack_file(struct reader *reader, const char *folder, struct config_files *files)
{
	struct config_source *source = &files->sources[files->n];
	const char *name, *bytes;
	size_t name_len, len;

	if (files->n > CONFIG_FILES_MAX || !read_number(reader, ' ', &name_len) ||
	    !read_number(reader, '\n', &len))
		return -EBADMSG;
	name = read_bytes(reader, name_len);
	bytes = name ? read_bytes(reader, len) : NULL;
	if (!bytes || name_len == 0 || memchr(name, '\0', name_len))
		return -EBADMSG;
	source->file = arena_printf(files->arena, "%s/%.*s", strcmp(folder, "/") ? folder : "",
				    (int)name_len, name);
	source->text = arena_copy(files->arena, bytes, len);
	source->len = len;
	files->n++;
	return source->file && source->text ? 0 : -ENOMEM;
}

int policy_text_unpack(const void *text, size_t len, const char *folder,
		       struct config_files **ret_files)
{
	_cleanup_(config_files_freep) struct config_files *files = config_files_new();
	struct reader reader = { .at = text, .left = len };

	if (!files)
		return -ENOMEM;
	if (len < STRLEN(TEXT_HEAD) || memcmp(text, TEXT_HEAD, STRLEN(TEXT_HEAD)) != 0)
		return -EBADMSG;
	reader.at += STRLEN(TEXT_HEAD);
	reader.left -= STRLEN(TEXT_HEAD);
	while (reader.left > 0) {
		int r = unpack_file(&reader, folder, files);

		if (r < 0)
			return r;
	}
	*ret_files = TAKE_PTR(files);
	return 0;
}

/* ---- fingerprints ---- */

int policy_text_hash(const void *text, size_t len, char hash[static POLICY_HASH_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (EVP_Digest(text, len, digest, &n, EVP_sha256(), NULL) != 1 || n * 2 != POLICY_HASH_LEN)
		return -EIO;
	for (unsigned i = 0; i < n; i++)
		(void)snprintf(hash + (size_t)i * 2, 3, "%02x", digest[i]);
	return 0;
}

static bool is_rule(const struct config_section *section)
{
	static const char *const kinds[] = { "scope", "ladder", "roles", "allow",
					     "deny",  "expect", "groups" };

	for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
		if (strcmp(section->kind_name, kinds[i]) == 0)
			return true;
	return false;
}

static int by_name(const void *a, const void *b)
{
	const struct config_section *const *first = a, *const *second = b;
	int r = strcmp((*first)->kind_name, (*second)->kind_name);

	return r ? r : strcmp((*first)->name, (*second)->name);
}

static int by_key(const void *a, const void *b)
{
	const struct config_pair *const *first = a, *const *second = b;

	return strcmp((*first)->key, (*second)->key);
}

static void put_sized(struct buf *text, const char *word)
{
	buf_printf(text, "%zu:%s", strlen(word), word);
}

/* The order of keys says nothing: none stands twice. */
static int put_section(struct buf *text, const struct config_section *section)
{
	_cleanup_free_ const struct config_pair **pairs =
		calloc(section->n_pairs + 1, sizeof(*pairs));

	if (!pairs)
		return -ENOMEM;
	for (size_t i = 0; i < section->n_pairs; i++)
		pairs[i] = &section->pairs[i];
	qsort(pairs, section->n_pairs, sizeof(*pairs), by_key);
	put_sized(text, section->kind_name);
	put_sized(text, section->name);
	buf_printf(text, "%zu\n", section->n_pairs);
	for (size_t i = 0; i < section->n_pairs; i++) {
		put_sized(text, pairs[i]->key);
		put_sized(text, pairs[i]->value ? pairs[i]->value : "");
	}
	return 0;
}

int policy_rules_hash(const struct config *config, char hash[static POLICY_HASH_SIZE])
{
	_cleanup_free_ const struct config_section **rules =
		calloc(config->n_sections + 1, sizeof(*rules));
	_cleanup_(buf_done) struct buf text;
	size_t n = 0;
	int r = 0;

	buf_init(&text, POLICY_TEXT_MAX);
	if (!rules)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_sections; i++)
		if (is_rule(&config->sections[i]))
			rules[n++] = &config->sections[i];
	qsort(rules, n, sizeof(*rules), by_name);
	for (size_t i = 0; i < n && r == 0; i++)
		r = put_section(&text, rules[i]);
	if (r == 0)
		r = buf_end(&text);
	return r < 0 ? r : policy_text_hash(text.data, text.len, hash);
}
