/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A voucher goes to standard output alone, so that a program can take it as it is. One that is
 * bound goes out with its proof, as the two header lines that curl -H @- takes.
 */
#include "idpctl/commands-voucher.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/limits.h"
#include "idpctl/answer-secret.h"
#include "idpctl/commands.h"

#define METHOD_MAX 15u

struct voucher {
	struct secret *secret; /* NULL: refused, and the answer says why */
	struct secret *proof;  /* NULL: it is a bearer voucher */
	uint64_t expiry;
	char type[CONFIG_NAME_MAX + 1];
	char purpose[CONFIG_NAME_MAX + 1], client[CONFIG_NAME_MAX + 1];
};

static int take_voucher(struct wire_in *in, void *ret_said)
{
	struct voucher *voucher = ret_said;
	const char *text = wire_get_str(in, WIRE_STRING_MAX), *proof;

	(void)snprintf(voucher->type, sizeof(voucher->type), "%s",
		       wire_get_str(in, CONFIG_NAME_MAX));
	voucher->expiry = wire_get_u64(in);
	proof = wire_get_str(in, WIRE_STRING_MAX);
	(void)snprintf(voucher->purpose, sizeof(voucher->purpose), "%s",
		       wire_get_str(in, CONFIG_NAME_MAX));
	(void)snprintf(voucher->client, sizeof(voucher->client), "%s",
		       wire_get_str(in, CONFIG_NAME_MAX));
	if (wire_close(in) < 0)
		return -EPROTO;
	voucher->proof = *proof ? secret_new(proof, strlen(proof)) : NULL;
	voucher->secret = secret_new(text, strlen(text));
	return voucher->secret && (voucher->proof || !*proof) ? 0 : -ENOMEM;
}

static const char *or_none(const char *text)
{
	return text ? text : "";
}

static void put_voucher(struct buf *out, const struct invocation *invocation)
{
	bool bound = invocation->dpop;

	wire_put_str(out, invocation->n_args > 0 ? invocation->args[0] : "");
	wire_put_str(out, or_none(invocation->client));
	wire_put_str(out, or_none(invocation->digest));
	wire_put_bool(out, bound);
	wire_put_str(out, !bound ? "" : invocation->method ? invocation->method : "GET");
	wire_put_str(out, or_none(invocation->dpop));
}

static int show_json(const struct invocation *invocation, const struct voucher *voucher,
		     struct answer *answer)
{
	struct row *row = rows_add(&answer->rows, "voucher");
	char expiry[24];

	(void)snprintf(expiry, sizeof(expiry), "%llu", (unsigned long long)voucher->expiry);
	if (!row || control_end_set(&answer->end, EXIT_FINE, "", "") < 0 ||
	    row_put(row, 's', "voucher", voucher->secret->text) < 0 ||
	    row_put(row, 'n', "expires", expiry) < 0 ||
	    row_put(row, 's', "type", voucher->type) < 0 ||
	    row_put(row, 's', "purpose", voucher->purpose) < 0 ||
	    row_put(row, 's', "client", voucher->client) < 0)
		return answer_no_memory();
	if (voucher->proof && row_put(row, 's', "proof", voucher->proof->text) < 0)
		return answer_no_memory();
	return answer_show(invocation, "voucher", answer);
}

static int show_headers(const struct voucher *voucher)
{
	int r = EXIT_FINE;

	if (printf("Authorization: %s ", voucher->type) < 0 ||
	    fwrite(voucher->secret->text, 1, voucher->secret->len, stdout) !=
		    voucher->secret->len ||
	    fputs("\nDPoP: ", stdout) == EOF ||
	    fwrite(voucher->proof->text, 1, voucher->proof->len, stdout) != voucher->proof->len ||
	    fputc('\n', stdout) == EOF)
		r = EXIT_INTERNAL;
	return r;
}

static int show(const struct invocation *invocation, const struct voucher *voucher,
		struct answer *answer)
{
	if (!voucher->secret)
		return answer_show(invocation, "voucher", answer);
	if (invocation->json)
		return show_json(invocation, voucher, answer);
	if (voucher->proof)
		return show_headers(voucher);
	return answer_show_secret(voucher->secret,
				  "whoever has this voucher is your client until it expires");
}

/* What the agent would hang up on is said here. */
static const char *fault(const struct invocation *invocation)
{
	if (invocation->n_args == 0 && !invocation->client)
		return "which purpose? (or --client NAME, one of kind = api); idpctl purposes lists "
		       "yours";
	if ((invocation->n_args > 0 && strlen(invocation->args[0]) > CONFIG_NAME_MAX) ||
	    (invocation->client && strlen(invocation->client) > CONFIG_NAME_MAX))
		return "no name is so long";
	if (invocation->method && !invocation->dpop)
		return "--method goes with --dpop URL";
	if (invocation->method && strlen(invocation->method) > METHOD_MAX)
		return "there is no such method";
	if (invocation->dpop && strlen(invocation->dpop) > LOGOUT_URL_MAX)
		return "that address is too long";
	return NULL;
}

int run_voucher(const struct invocation *invocation)
{
	_cleanup_answer_ struct answer answer = { 0 };
	struct voucher voucher = { 0 };
	const char *wrong = fault(invocation);
	int r;

	if (wrong) {
		(void)fprintf(stderr, "idpctl: %s\n", wrong);
		return EXIT_USAGE;
	}
	r = answer_ask_secret(invocation, MSG_VOUCHER, put_voucher, MSG_VOUCHER_IS, take_voucher,
			      &voucher, &answer);
	r = r < 0 ? answer_unreachable(invocation, "voucher", r, &answer)
		  : show(invocation, &voucher, &answer);
	secret_free(voucher.secret);
	secret_free(voucher.proof);
	return r;
}
