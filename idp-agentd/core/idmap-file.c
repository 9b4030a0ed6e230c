/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ids as a text. Whoever writes one is a host; whoever reads one trusts nothing in it. */

#include "idp-agentd/core/idmap-file.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/reason.h"

#define HEAD      "# Ids of idp-agent, form 1, id_range "
#define HEAD_ANY  "# Ids of idp-agent, "
#define END       "# End of "
#define END_HASH  " ids, sha256:"
#define DIGEST    32u

void idmap_file_put_head(struct buf *out, uint32_t first, uint32_t last)
{
	buf_printf(out, HEAD "%u-%u\n", first, last);
}

/* ---- SHA-256, as it comes ---- */

struct idmap_digest {
	EVP_MD_CTX *context;
};

struct idmap_digest *idmap_digest_free(struct idmap_digest *digest)
{
	if (digest)
		EVP_MD_CTX_free(digest->context);
	free(digest);
	return NULL;
}

struct idmap_digest *idmap_digest_new(void)
{
	_cleanup_(idmap_digest_freep) struct idmap_digest *digest = calloc(1, sizeof(*digest));

	if (!digest)
		return NULL;
	digest->context = EVP_MD_CTX_new();
	if (!digest->context ||
	    EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1)
		return NULL;
	return TAKE_PTR(digest);
}

int idmap_digest_add(struct idmap_digest *digest, const void *bytes, size_t len)
{
	return EVP_DigestUpdate(digest->context, bytes, len) == 1 ? 0 : -ENOMEM;
}

static int finish(struct idmap_digest *digest, char ret_hash[static 2 * DIGEST + 1])
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (EVP_DigestFinal_ex(digest->context, bytes, &n) != 1 || n != DIGEST)
		return -ENOMEM;
	for (size_t i = 0; i < DIGEST; i++)
		(void)snprintf(ret_hash + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

int idmap_digest_put_end(struct idmap_digest *digest, uint64_t n, struct buf *out)
{
	char hash[2 * DIGEST + 1];
	int r = finish(digest, hash);

	if (r == 0)
		buf_printf(out, END "%llu" END_HASH "%s\n", (unsigned long long)n, hash);
	return r;
}

static int shape(char reason[static REASON_MAX], const char *text)
{
	return reason_refuse(IDMAP_FILE_E_SHAPE, reason, "%s", text);
}

/* ---- the whole file ---- */

struct idmap_reader {
	struct idmap_digest *digest;
	uint64_t n_lines; /* of text */
	uint64_t n;       /* of ids */
	bool exported, ended;
	uint32_t first, last;
	struct idmap_line before;
};

struct idmap_reader *idmap_reader_free(struct idmap_reader *reader)
{
	if (reader)
		idmap_digest_free(reader->digest);
	free(reader);
	return NULL;
}

struct idmap_reader *idmap_reader_new(void)
{
	_cleanup_(idmap_reader_freep) struct idmap_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->digest = idmap_digest_new();
	return reader->digest ? TAKE_PTR(reader) : NULL;
}

static bool begins(const char *text, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

static int read_head(struct idmap_reader *reader, const char *text, size_t len,
		     char reason[static REASON_MAX])
{
	const char *range = text + STRLEN(HEAD), *dash;
	uint64_t first, last;
	size_t left;

	if (!begins(text, len, HEAD))
		return shape(reason, "it is of a form this version does not know");
	left = len - STRLEN(HEAD);
	dash = memchr(range, '-', left);
	if (!dash || !idmap_read_number(range, (size_t)(dash - range), UINT32_MAX, &first) ||
	    !idmap_read_number(dash + 1, left - (size_t)(dash - range) - 1, UINT32_MAX, &last))
		return shape(reason, "id_range is not FIRST-LAST");
	reader->exported = true;
	reader->first = (uint32_t)first;
	reader->last = (uint32_t)last;
	return IDMAP_FILE_E_NONE;
}

static int read_end(struct idmap_reader *reader, const char *text, size_t len,
		    char reason[static REASON_MAX])
{
	char hash[2 * DIGEST + 1], wanted[128];
	int n, r = finish(reader->digest, hash);

	if (r != 0)
		return r;
	reader->ended = true;
	n = snprintf(wanted, sizeof(wanted), END "%llu" END_HASH "%s",
		     (unsigned long long)reader->n, hash);
	if (n < 0 || (size_t)n != len || memcmp(text, wanted, len) != 0)
		return shape(reason, "its count or SHA-256 is another than that of the lines before: the "
				     "file was changed after it was exported");
	return IDMAP_FILE_E_NONE;
}

/* Of an export: in order, so nobody stands there twice. */
static int check_order(struct idmap_reader *reader, const struct idmap_line *line,
		       char reason[static REASON_MAX])
{
	int r;

	if (!reader->exported)
		return 0;
	r = reader->n > 0 ? idmap_line_compare(&reader->before, line) : -1;
	reader->before = *line;
	if (r == 0)
		return shape(reason, "the same person or group stands in the line before");
	return r < 0 ? 0 : shape(reason, "it is not in the order of an export");
}

static int read_next(struct idmap_reader *reader, const char *text, size_t len,
		     struct idmap_line *ret_line, char reason[static REASON_MAX])
{
	struct idmap_line line;
	int r;

	if (reader->ended)
		return shape(reason, "there is something behind the end");
	if (reader->n_lines == 1 && begins(text, len, HEAD_ANY))
		return read_head(reader, text, len, reason);
	if (reader->exported && begins(text, len, END))
		return read_end(reader, text, len, reason);
	if (!reader->exported && (len == 0 || text[0] == '#'))
		return IDMAP_FILE_E_NONE;
	r = idmap_line_read(text, len, &line, reason);
	if (r == 0)
		r = check_order(reader, &line, reason);
	if (r == 0 && reader->n >= IDMAP_LINES_MAX)
		r = shape(reason, "there are too many ids");
	if (r != 0)
		return r;
	reader->n++;
	*ret_line = line;
	return 0;
}

int idmap_reader_next(struct idmap_reader *reader, const char *text, size_t len,
		      struct idmap_line *ret_line, char reason[static REASON_MAX])
{
	char why[REASON_MAX] = "";
	int r;

	reader->n_lines++;
	r = read_next(reader, text, len, ret_line, why);
	if (r == IDMAP_FILE_E_SHAPE)
		return reason_refuse(r, reason, "line %llu: %.220s",
				     (unsigned long long)reader->n_lines, why);
	if (r < 0 || reader->ended)
		return r;
	if (idmap_digest_add(reader->digest, text, len) < 0 ||
	    idmap_digest_add(reader->digest, "\n", 1) < 0)
		return -ENOMEM;
	return r;
}

int idmap_reader_end(struct idmap_reader *reader, char reason[static REASON_MAX])
{
	if (!reader->exported || reader->ended)
		return 0;
	return reason_refuse(IDMAP_FILE_E_SHAPE, reason,
			     "line %llu is the last, and not the end of an export: the file was cut",
			     (unsigned long long)reader->n_lines);
}

bool idmap_reader_is_export(const struct idmap_reader *reader, uint32_t *ret_first,
			    uint32_t *ret_last)
{
	if (reader->exported) {
		*ret_first = reader->first;
		*ret_last = reader->last;
	}
	return reader->exported;
}
