/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What any program may send to idp-userdbd, and what it says then, without a snapshot. The
 * properties: a call that is taken names what its method needs, and nothing longer than its room;
 * an answer is made of whole messages, each one JSON object that ends with the one NUL in it; and
 * since there are no records, it is of one message, and an error unless the service describes
 * itself.
 */
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "idp-userdbd/answer.h"
#include "idp-userdbd/call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(const struct buf *out, const struct call *call, int outcome)
{
	const char *text = (const char *)out->data;
	json_t *json;

	if (out->len < 3 || strnlen(text, out->len) != out->len - 1)
		abort();
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(json) || json_object_get(json, "continues"))
		abort();
	if (!json_object_get(json, "error") &&
	    (outcome != 0 || (call->method != CALL_INFO && call->method != CALL_DESCRIPTION)))
		abort();
	json_decref(json);
}

static void answer(const struct call *call, int outcome)
{
	struct answer *answer = NULL;
	struct buf out;
	int r;

	buf_init(&out, USERDBD_OUT_MAX);
	if (answer_new(call, outcome, &answer) < 0)
		abort();
	do {
		r = answer_next(answer, &out);
	} while (r == ANSWER_MORE && out.len == 0);
	if (r != 0)
		abort();
	check_message(&out, call, outcome);
	answer_free(answer);
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct call call = { .method = CALL_UNKNOWN };
	int outcome;

	if (size > USERDBD_CALL_MAX)
		return 0;
	outcome = call_parse((const char *)data, size, &call);
	if (outcome < 0 || outcome == CALL_E_BROKEN)
		return 0;
	if (strnlen(call.user, sizeof(call.user)) > CALL_NAME_MAX ||
	    strnlen(call.group, sizeof(call.group)) > CALL_NAME_MAX ||
	    strnlen(call.word, sizeof(call.word)) > CALL_NAME_MAX)
		abort();
	if (outcome == 0 && call.method == CALL_UNKNOWN)
		abort();
	answer(&call, outcome);
	return 0;
}
