/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as the answer to a request for a voucher. What is taken can stand in a header as it is,
 * and what is told of a refusal is bounded and printable.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "idp-agentd/net/voucher-read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void require_printable(const char *text, size_t room)
{
	size_t len = strnlen(text, room);

	require(len < room);
	for (size_t i = 0; i < len; i++)
		require(text[i] >= 0x20 && text[i] < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct voucher_problem problem;
	struct voucher_answer answer;

	if (voucher_read(data, size, &answer) == 0) {
		require(json_is_object(answer.claims));
		require(answer.voucher->len <= JWS_LEN_MAX);
		require(strspn(answer.voucher->text,
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
			       ".") == answer.voucher->len);
		require(answer.expires_in >= 0);
		require_printable(answer.type, sizeof(answer.type));
		require_printable(answer.typ, sizeof(answer.typ));
	}
	voucher_answer_done(&answer);
	voucher_read_problem(data, size, &problem);
	require_printable(problem.code, sizeof(problem.code));
	require_printable(problem.text, sizeof(problem.text));
	return 0;
}
