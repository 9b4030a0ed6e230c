/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_VOUCHER_READ_H
#define IDP_NET_VOUCHER_READ_H

/*
 * What a platform of vouchers answers: a token response whose access token is a JWS, or a problem
 * document (RFC 9457). The claims are read, not verified: they came from the platform itself over
 * TLS, and the authority holds them against what it asked for. Pure.
 */

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/net/jws.h"

struct secret;

enum voucher_outcome {
	VOUCHER_E_JSON = 1, /* not one JSON object */
	VOUCHER_E_SHAPE,    /* a member is missing, of the wrong type or out of bounds */
	VOUCHER_E_TOKEN,    /* the access token is no signed token, or cannot stand in a header */
};

#define VOUCHER_TYPE_MAX 15u

struct voucher_answer {
	struct secret *voucher;
	char type[VOUCHER_TYPE_MAX + 1]; /* token_type as it was written */
	char typ[JWS_TYP_MAX + 1];       /* of its header; "" absent */
	int64_t expires_in;              /* seconds; 0 not said */
	json_t *claims;                  /* an object */
};
#define VOUCHER_ANSWER_NULL ((struct voucher_answer){ .voucher = NULL })

/* What the platform says against us; "" where it says nothing. Printable ASCII. */
struct voucher_problem {
	char code[64];
	char text[REASON_MAX];
};

/* 0, -ENOMEM or VOUCHER_E_*. Call voucher_answer_done() in every case. */
int voucher_read(const void *body, size_t len, struct voucher_answer *ret_answer) _must_check_;
void voucher_answer_done(struct voucher_answer *answer);
/* Never fails. Knows "errors" of RFC 9457 documents, and OAuth's own. */
void voucher_read_problem(const void *body, size_t len, struct voucher_problem *ret_problem);
/* A sentence for an outcome of this header. */
const char *voucher_sentence(int outcome);

#endif
