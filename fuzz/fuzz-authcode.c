/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as what a person pasted, and as the answer to a pushed request. A code that came in an
 * address came with our state; what leaves is printable; nothing is both an answer and a refusal.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/net/authcode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STATE  "c3RhdGUtb2Ytb3Vycw"
#define ISSUER "https://idp.example.com"

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

static void try_pasted(const char *text, size_t len, bool issuer_required)
{
	_cleanup_(secret_freep) struct secret *state = secret_new(STATE, strlen(STATE));
	const struct authcode_expected expected = { .state = state,
						    .issuer = ISSUER,
						    .issuer_required = issuer_required };
	struct authcode_answer answer;
	int r;

	require(state != NULL);
	r = authcode_read(&expected, text, len, &answer);
	require((r == 0) == (answer.code != NULL));
	if (r == 0) {
		require(answer.code->len > 0 && answer.code->len <= len);
		require_printable(answer.code->text, answer.code->len + 1);
		require(answer.bare || strstr(text, "state="));
		require(answer.bare || !issuer_required || strstr(text, "iss="));
	}
	require((r == AUTHCODE_E_REFUSED) == (*answer.error.code != '\0'));
	require_printable(answer.error.code, sizeof(answer.error.code));
	require_printable(answer.error.text, sizeof(answer.error.text));
	authcode_answer_done(&answer);
}

static void try_pushed(const void *body, size_t len)
{
	struct authcode_pushed pushed;

	if (authcode_pushed_parse(body, len, &pushed) != 0)
		return;
	require_printable(pushed.request_uri, sizeof(pushed.request_uri));
	require(*pushed.request_uri && pushed.expires_in > 0);
	require(pushed.expires_in * USEC_PER_SEC <= FLOW_LIFE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text =
		malloc(size + 1); /* as a message of the wire: a NUL behind it */

	require(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	try_pasted(text, strlen(text), false);
	try_pasted(text, strlen(text), true);
	try_pushed(data, size);
	return 0;
}
