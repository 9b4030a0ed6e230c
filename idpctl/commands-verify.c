/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idpctl verify: whose is the access token on standard input, and may they use a resource of this
 * host? What a web server hears from idp-verifyd, for people and scripts.
 */
#include "idpctl/commands-verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idpctl/answer-secret.h"
#include "idpctl/commands.h"

#define VERIFY_RESOURCE "verify" /* whom nobody names */

static void put_verify(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->resource ? invocation->resource : VERIFY_RESOURCE);
	wire_put_strn(out, invocation->secret->text, invocation->secret->len);
	wire_put_str(out, ""); /* no proof: whoever has the token at hand does not have its key */
	wire_put_str(out, "");
	wire_put_str(out, "");
}

/* Joined by blanks, as platforms write scopes. */
static int take_list(struct wire_in *in, struct row *row, const char *key)
{
	_cleanup_(buf_done) struct buf text;
	uint32_t n = wire_get_count(in);
	int r;

	buf_init(&text, WIRE_MESSAGE_MAX);
	for (uint32_t i = 0; i < n; i++) {
		buf_put_text(&text, i > 0 ? " " : "");
		buf_put_text(&text, wire_get_str(in, WIRE_STRING_MAX));
	}
	r = buf_end(&text);
	return r < 0 || text.len == 0 ? r : row_put(row, 's', key, (const char *)text.data);
}

static int take_facts(struct wire_in *in, struct row *row)
{
	static const char *const lists[] = { "scopes", "groups", "roles" };
	uint32_t n = wire_get_count(in);
	int r = 0;

	for (uint32_t i = 0; i < n && r == 0; i++) {
		struct wire_field field = wire_get_field(in);

		r = row_put(row, field.type, field.key, field.value);
	}
	for (size_t i = 0; i < ELEMENTSOF(lists) && r == 0; i++)
		r = take_list(in, row, lists[i]);
	return r;
}

static const char *outcome_text(uint32_t outcome)
{
	switch ((enum wire_verified)outcome) {
	case WIRE_VERIFIED_YES:
		return "permit";
	case WIRE_VERIFIED_TOKEN:
		return "token-refused";
	case WIRE_VERIFIED_SIGN_IN:
		return "sign-in-needed";
	case WIRE_VERIFIED_UNAVAIL:
		return "unavailable";
	case WIRE_VERIFIED_NO_RESOURCE:
		return "no-resource";
	case WIRE_VERIFIED_NO:
		break;
	}
	return "deny";
}

static int take_verified(struct wire_in *in, void *ret_said)
{
	struct answer *answer = ret_said;
	uint32_t outcome = wire_get_u32(in);
	const char *code = wire_get_str(in, REASON_MAX), *text = wire_get_str(in, WIRE_STRING_MAX);
	struct row *row = rows_add(&answer->rows, "verified");
	bool yes = outcome == WIRE_VERIFIED_YES;
	int r = row ? row_put(row, 's', "outcome", outcome_text(outcome)) : -ENOMEM;

	if (r == 0)
		r = row_put(row, 's', "reason", code);
	if (r == 0)
		r = take_facts(in, row);
	if (r == 0 && wire_close(in) < 0)
		return -EPROTO;
	return r < 0 ? r
		     : control_end_set(&answer->end, yes ? EXIT_FINE : EXIT_NEGATIVE,
				       yes ? "" : code, yes ? "" : text);
}

int run_verify(const struct invocation *invocation)
{
	_cleanup_(secret_freep) struct secret *token = NULL;
	_cleanup_answer_ struct answer answer = { 0 };
	struct invocation own = *invocation;
	int r;

	if (invocation->n_args > 0 && strcmp(invocation->args[0], "-") != 0) {
		(void)fprintf(stderr, "idpctl: the token comes from standard input, never from the "
				      "command line, which everybody can read\n");
		return EXIT_USAGE;
	}
	r = answer_read_token("access token", true, &token);
	if (r != EXIT_FINE)
		return r;
	own.secret = token;
	r = answer_ask_secret(&own, MSG_VERIFY, put_verify, MSG_VERIFIED, take_verified, &answer,
			      &answer);
	return r < 0 ? answer_unreachable(invocation, "verify", r, &answer)
		     : answer_show(invocation, "verify", &answer);
}
