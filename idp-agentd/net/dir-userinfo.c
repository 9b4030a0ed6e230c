/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The directory of platforms that have none: people become known as they sign in. It can be
 * asked, and says truthfully that it knows nobody and is never complete.
 */
#include "common/reason.h"
#include "idp-agentd/net/dir-backend.h"

/* All it needs to know is the question. */
static int userinfo_open(struct directory *directory, const struct dir_ask *ask, void **ret_state)
{
	(void)directory;
	*ret_state = (void *)(uintptr_t)ask;
	return 0;
}

static void userinfo_close(void *state)
{
	(void)state;
}

static int userinfo_next(void *state, struct dir_request *request, struct dir_word *word)
{
	const struct dir_ask *ask = state;

	(void)request;
	if (ask->find)
		return DIR_NEXT_WHOLE;
	word->code = "learned-only";
	reason_format(word->text, sizeof(word->text),
		      "people of this directory become known as they sign in");
	return DIR_NEXT_REFUSED;
}

static int userinfo_give(void *state, struct dir_record *ret_record, struct dir_word *word)
{
	(void)state;
	(void)ret_record;
	(void)word;
	return DIR_GIVE_NONE;
}

const struct dir_backend dir_backend_userinfo = {
	.kind = "userinfo",
	.open = userinfo_open,
	.close = userinfo_close,
	.next = userinfo_next,
	.give = userinfo_give,
};
