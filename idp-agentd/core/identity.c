/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From an IDENTITY message to owned strings. The message has passed wire_open(); here the
 * lengths are held against limits.h, and what a rule or a journal line may meet is refused early:
 * an empty issuer or subject, a control byte anywhere.
 */
#include "idp-agentd/core/identity.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/utf8.h"

/* Sticky error, so that the fields are read in one go. */
struct reader {
	struct wire_in *in;
	int error;
};

static char *reader_text(struct reader *reader, size_t max)
{
	const char *text = wire_get_str(reader->in, max);
	char *copy;

	if (reader->error)
		return NULL;
	if (utf8_has_control(text)) {
		reader->error = -EBADMSG;
		return NULL;
	}
	copy = strdup(text);
	if (!copy)
		reader->error = -ENOMEM;
	return copy;
}

static void reader_list(struct reader *reader, size_t max, struct identity_list *list)
{
	uint32_t n = wire_get_count(reader->in);

	if (n > max)
		reader->error = -EBADMSG;
	if (reader->error || !n)
		return;
	list->items = calloc(n, sizeof(*list->items));
	if (!list->items) {
		reader->error = -ENOMEM;
		return;
	}
	for (uint32_t i = 0; i < n && !reader->error; i++) {
		list->items[i] = reader_text(reader, WIRE_STRING_MAX);
		if (list->items[i])
			list->n++;
	}
}

static void reader_claims(struct reader *reader, struct identity *identity)
{
	uint32_t n = wire_get_count(reader->in);

	if (n > CLAIMS_PAIRS_MAX)
		reader->error = -EBADMSG;
	if (reader->error || !n)
		return;
	identity->claims = calloc(n, sizeof(*identity->claims));
	if (!identity->claims) {
		reader->error = -ENOMEM;
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct wire_field field = wire_get_field(reader->in);
		struct identity_claim *claim = &identity->claims[i];

		claim->path = strdup(field.key);
		claim->value = strdup(field.value);
		identity->n_claims++;
		if (!claim->path || !claim->value)
			reader->error = -ENOMEM;
		else if (field.type == 'S' || utf8_has_control(claim->path))
			reader->error = -EBADMSG;
		if (reader->error)
			return;
	}
}

/* Of lists that are not known, and of whose it is. A mark nobody knows here is an error,
 * never ignored. */
static void reader_marks(struct reader *reader, struct identity *identity)
{
	uint32_t n = wire_get_count(reader->in);

	for (uint32_t i = 0; i < n && !reader->error; i++) {
		const char *mark = wire_get_str(reader->in, CONFIG_NAME_MAX);

		if (!strcmp(mark, "groups"))
			identity->groups_unknown = true;
		else if (!strcmp(mark, "entitlements"))
			identity->entitlements_unknown = true;
		else if (!strcmp(mark, "roles"))
			identity->roles_unknown = true;
		else if (!strcmp(mark, "products"))
			identity->products_unknown = true;
		else if (!strcmp(mark, "details"))
			identity->details_unknown = true;
		else if (!strcmp(mark, "workload"))
			identity->workload = true;
		else if (!strcmp(mark, "anonymous"))
			identity->anonymous = true;
		else
			reader->error = -EBADMSG;
	}
}

int identity_read(struct wire_in *in, struct identity **ret_identity)
{
	_cleanup_(identity_freep) struct identity *identity = calloc(1, sizeof(*identity));
	struct reader reader = { .in = in };
	int r;

	if (!identity)
		return -ENOMEM;
	identity->provider = reader_text(&reader, CONFIG_NAME_MAX);
	identity->iss = reader_text(&reader, ISSUER_LEN_MAX);
	identity->sub = reader_text(&reader, SUBJECT_LEN_MAX);
	identity->name = reader_text(&reader, WIRE_STRING_MAX);
	reader_list(&reader, USER_GROUPS_MAX, &identity->groups);
	reader_list(&reader, USER_GROUPS_MAX, &identity->entitlements);
	reader_list(&reader, USER_GROUPS_MAX, &identity->scopes);
	identity->acr = reader_text(&reader, WIRE_STRING_MAX);
	reader_list(&reader, USER_GROUPS_MAX, &identity->amr);
	identity->auth_time = wire_get_u64(in);
	IGNORE(wire_get_u64(in)); /* exp: idp-netd has judged it */
	reader_claims(&reader, identity);
	if (!reader.error)
		reader_marks(&reader, identity);
	if (reader.error)
		return reader.error;
	r = wire_close(in);
	if (r < 0)
		return r;
	if (!*identity->iss || !*identity->sub)
		return -EBADMSG;
	*ret_identity = TAKE_PTR(identity);
	return 0;
}

static void list_done(struct identity_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
}

struct identity *identity_free(struct identity *identity)
{
	if (!identity)
		return NULL;
	free(identity->provider);
	free(identity->iss);
	free(identity->sub);
	free(identity->name);
	free(identity->acr);
	list_done(&identity->groups);
	list_done(&identity->entitlements);
	list_done(&identity->scopes);
	list_done(&identity->amr);
	for (size_t i = 0; i < identity->n_claims; i++) {
		free(identity->claims[i].path);
		free(identity->claims[i].value);
	}
	free(identity->claims);
	free(identity);
	return NULL;
}

const char *identity_claim(const struct identity *identity, const char *path)
{
	for (size_t i = 0; i < identity->n_claims; i++)
		if (!strcmp(identity->claims[i].path, path))
			return identity->claims[i].value;
	return NULL;
}
