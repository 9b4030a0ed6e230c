/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lines: "scim 1", "since N", "began N", "users N", "users_at N", "groups N",
 * "groups_at N", "page u|g N ETAG". An ETag is printable ASCII
 * without blanks (RFC 9110 section 8.8.3), so a line is three words and the rest.
 */
#include "idp-agentd/net/scim-mark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "scim 1\n"

static bool is_etag(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return len > 0 && len < DIR_ETAG_MAX;
}

void scim_mark_add(struct scim_mark *mark, bool groups, size_t n, const char *etag, bool *spoiled)
{
	struct scim_mark_page *page = &mark->pages[mark->n_pages];
	size_t len = etag ? strlen(etag) : 0;

	if (*spoiled || !is_etag(etag, len) || mark->n_pages >= SCIM_MARK_PAGES || n > UINT32_MAX) {
		*spoiled = true;
		mark->n_pages = 0;
		return;
	}
	page->groups = groups;
	page->n = (uint32_t)n;
	memcpy(page->etag, etag, len + 1);
	mark->n_pages++;
}

void scim_mark_put(struct buf *out, const struct scim_mark *mark)
{
	struct buf pages;

	buf_printf(out, HEAD "since %llu\nbegan %llu\nusers %llu\nusers_at %llu\n",
		   (unsigned long long)mark->since, (unsigned long long)mark->began,
		   (unsigned long long)mark->users, (unsigned long long)mark->users_at);
	buf_printf(out, "groups %llu\ngroups_at %llu\n", (unsigned long long)mark->groups,
		   (unsigned long long)mark->groups_at);
	if (out->error != 0 || out->len >= out->limit)
		return;
	buf_init(&pages, out->limit - out->len);
	for (size_t i = 0; i < mark->n_pages; i++)
		buf_printf(&pages, "page %c %u %s\n", mark->pages[i].groups ? 'g' : 'u',
			   mark->pages[i].n, mark->pages[i].etag);
	if (buf_end(&pages) == 0)
		buf_put(out, pages.data, pages.len);
	buf_done(&pages);
}

/* A word in front of a line, and the number behind it. False: another line. */
static bool read_number(const char *line, size_t len, const char *word, uint64_t *ret)
{
	size_t word_len = strlen(word);
	size_t digits = len > word_len ? len - word_len : 0;

	if (digits == 0 || digits > 18 || memcmp(line, word, word_len) != 0 ||
	    strspn(line + word_len, "0123456789") < digits)
		return false;
	*ret = strtoull(line + word_len, NULL, 10);
	return true;
}

static bool read_page(const char *line, size_t len, struct scim_mark *mark)
{
	struct scim_mark_page *page = &mark->pages[mark->n_pages];
	size_t digits = len > 7 ? strspn(line + 7, "0123456789") : 0;
	size_t etag_len = len > 8 + digits ? len - 8 - digits : 0;

	if (mark->n_pages >= SCIM_MARK_PAGES || len < 8 || memcmp(line, "page ", 5) != 0 ||
	    (line[5] != 'u' && line[5] != 'g') || line[6] != ' ' || digits == 0 || digits > 7 ||
	    line[7 + digits] != ' ' || !is_etag(line + 8 + digits, etag_len))
		return false;
	page->groups = line[5] == 'g';
	page->n = (uint32_t)strtoul(line + 7, NULL, 10);
	memcpy(page->etag, line + 8 + digits, etag_len);
	page->etag[etag_len] = '\0';
	mark->n_pages++;
	return true;
}

bool scim_mark_read(const char *text, struct scim_mark *ret_mark)
{
	struct scim_mark *mark = ret_mark;
	const char *line = text + STRLEN(HEAD);

	memset(mark, 0, sizeof(*mark));
	if (strncmp(text, HEAD, STRLEN(HEAD)) != 0)
		return false;
	while (*line) {
		size_t len = strcspn(line, "\n");

		if (line[len] != '\n' || !(read_number(line, len, "since ", &mark->since) ||
					   read_number(line, len, "began ", &mark->began) ||
					   read_number(line, len, "users ", &mark->users) ||
					   read_number(line, len, "users_at ", &mark->users_at) ||
					   read_number(line, len, "groups ", &mark->groups) ||
					   read_number(line, len, "groups_at ", &mark->groups_at) ||
					   read_page(line, len, mark)))
			return false;
		line += len + 1;
	}
	return true;
}
