/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MUST: a scope counts as disabled only when the record says so: a full disk disables nothing. */
#include "idp-agentd/core/scope-book.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/log.h"
#include "idp-agentd/core/config-value.h"
#include "idp-agentd/core/store.h"

#define BOOK_OFF     "scopes-disabled"
#define BOOK_OFFERED "scopes-offered "

struct refusal {
	char *provider, *name;
	usec_t until;
};

struct scope_book {
	struct store *store;
	size_t n_off;
	char *off[SCOPES_OFF_MAX];
	size_t n_refusals;
	struct refusal refusals[SCOPES_ASKED_MAX]; /* the oldest goes when it is full */
};

/* ---- disabled ---- */

static size_t off_find(const struct scope_book *book, const char *name)
{
	size_t i = 0;

	while (i < book->n_off && strcmp(book->off[i], name) != 0)
		i++;
	return i;
}

bool scope_book_is_off(const struct scope_book *book, const char *name)
{
	return off_find(book, name) < book->n_off;
}

const char *scope_book_off_at(const struct scope_book *book, size_t i)
{
	return i < book->n_off ? book->off[i] : NULL;
}

/* The list with name in it, or without it. */
static int off_write(const struct scope_book *book, const char *name, bool off)
{
	struct buf out;
	int r;

	buf_init(&out, WIRE_STRING_MAX);
	buf_put_text(&out, off ? name : "");
	for (size_t i = 0; i < book->n_off; i++)
		if (strcmp(book->off[i], name) != 0)
			buf_printf(&out, "%s%s", out.len > 0 ? " " : "", book->off[i]);
	r = buf_end(&out);
	if (r == 0)
		r = store_set_meta(book->store, BOOK_OFF, (const char *)out.data);
	buf_done(&out);
	return r > 0 ? -EIO : r;
}

int scope_book_set_off(struct scope_book *book, const char *name, bool off)
{
	_cleanup_free_ char *copy = strdup(name);
	size_t i = off_find(book, name);
	int r;

	if ((i < book->n_off) == off)
		return 0;
	if (!copy)
		return -ENOMEM;
	if (off && book->n_off >= ELEMENTSOF(book->off))
		return -ENOSPC;
	r = off_write(book, name, off);
	if (r < 0)
		return r;
	if (off) {
		book->off[book->n_off++] = TAKE_PTR(copy);
		return 0;
	}
	free(book->off[i]);
	book->off[i] = book->off[--book->n_off];
	return 0;
}

static int off_read(struct scope_book *book)
{
	_cleanup_free_ char *text = NULL;
	char *save = NULL;
	int r = store_get_meta(book->store, BOOK_OFF, &text);

	if (r != 0)
		return r == STORE_E_NOT_FOUND ? 0 : r;
	for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (book->n_off >= ELEMENTSOF(book->off) || !config_value_is_scope(word))
			continue;
		book->off[book->n_off] = strdup(word);
		if (!book->off[book->n_off])
			return -ENOMEM;
		book->n_off++;
	}
	return 0;
}

/* ---- refused ---- */

static size_t refusal_find(const struct scope_book *book, const char *provider, const char *name)
{
	size_t i = 0;

	while (i < book->n_refusals && (strcmp(book->refusals[i].provider, provider) != 0 ||
					strcmp(book->refusals[i].name, name) != 0))
		i++;
	return i;
}

static void refusal_drop(struct scope_book *book, size_t i)
{
	free(book->refusals[i].provider);
	free(book->refusals[i].name);
	book->n_refusals--;
	memmove(&book->refusals[i], &book->refusals[i + 1],
		(book->n_refusals - i) * sizeof(book->refusals[0]));
}

bool scope_book_refuse(struct scope_book *book, const char *provider, const char *name, usec_t now)
{
	size_t i = refusal_find(book, provider, name);
	struct refusal new = { .until = clock_add(now, SCOPE_REFUSED_LIFE) };

	if (i < book->n_refusals) {
		book->refusals[i].until = new.until;
		return false;
	}
	if (book->n_refusals == ELEMENTSOF(book->refusals))
		refusal_drop(book, 0);
	new.provider = strdup(provider);
	new.name = strdup(name);
	if (!new.provider || !new.name) {
		free(new.provider);
		free(new.name);
		return true; /* said once more than need be */
	}
	book->refusals[book->n_refusals++] = new;
	return true;
}

bool scope_book_is_refused(const struct scope_book *book, const char *provider, const char *name,
			   usec_t now)
{
	size_t i = refusal_find(book, provider, name);

	return i < book->n_refusals && now < book->refusals[i].until;
}

bool scope_book_take(struct scope_book *book, const char *provider, const char *name)
{
	size_t i = refusal_find(book, provider, name);

	if (i == book->n_refusals)
		return false;
	refusal_drop(book, i);
	return true;
}

#define MISS "" /* in the place of a scope, which is never empty */

void scope_book_miss(struct scope_book *book, const char *provider, usec_t now)
{
	IGNORE(scope_book_refuse(book, provider, MISS, now));
}

bool scope_book_has_missed(const struct scope_book *book, const char *provider, usec_t now)
{
	return scope_book_is_refused(book, provider, MISS, now);
}

void scope_book_forget(struct scope_book *book)
{
	while (book->n_refusals > 0)
		refusal_drop(book, book->n_refusals - 1);
}

/* ---- offered ---- */

static void offer_key(const char *issuer, char key[static ISSUER_LEN_MAX + 32])
{
	(void)snprintf(key, ISSUER_LEN_MAX + 32, BOOK_OFFERED "%s", issuer);
}

void scope_book_offer(struct scope_book *book, const char *issuer, const char *offered)
{
	_cleanup_free_ char *before = NULL;
	char key[ISSUER_LEN_MAX + 32];
	int r;

	offer_key(issuer, key);
	if (store_get_meta(book->store, key, &before) == 0 && strcmp(before, offered) == 0)
		return;
	r = store_set_meta(book->store, key, offered);
	if (r != 0)
		log_warning("what %s offers could not be kept for the day it is away: %s", issuer,
			    r < 0 ? strerrordesc_np(-r) : "the record refused it");
}

int scope_book_offered(const struct scope_book *book, const char *issuer, char **ret_offered)
{
	char key[ISSUER_LEN_MAX + 32];
	int r;

	offer_key(issuer, key);
	r = store_get_meta(book->store, key, ret_offered);
	if (r == STORE_E_NOT_FOUND)
		return -ENOENT;
	return r > 0 ? -EIO : r;
}

/* ---- life ---- */

int scope_book_new(struct store *store, struct scope_book **ret_book)
{
	_cleanup_(scope_book_freep) struct scope_book *book = calloc(1, sizeof(*book));
	int r;

	if (!book)
		return -ENOMEM;
	book->store = store;
	r = off_read(book);
	if (r != 0)
		return r;
	*ret_book = TAKE_PTR(book);
	return 0;
}

struct scope_book *scope_book_free(struct scope_book *book)
{
	if (!book)
		return NULL;
	for (size_t i = 0; i < book->n_off; i++)
		free(book->off[i]);
	scope_book_forget(book);
	free(book);
	return NULL;
}
