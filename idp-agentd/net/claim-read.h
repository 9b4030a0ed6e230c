/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_CLAIM_READ_H
#define IDP_NET_CLAIM_READ_H

/*
 * Reading the claims of a token by type. A claim of the wrong type, too long or out of range
 * refuses the token: it never counts as absent, and null is a wrong type. What every policy reads
 * the same way is here; what a claim must say is the policy's own.
 */

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"

#define CLAIM_DATE_MAX  253402300799 /* the year 9999; milliseconds by mistake are beyond it */
#define CLAIM_TEXT_MAX  1024u        /* of a claim that is compared or handed on */
#define CLAIM_SHOWN_MAX 80           /* characters of a claim shown in a reason */
#define CLAIM_ACR_MAX   255u
#define CLAIM_AMR_MAX   16u /* methods of one login */
#define CLAIM_AUD_MAX   32u /* audiences of one token */

/* No such claim: the policy decides at once what that means, and never passes it on. */
#define CLAIM_ABSENT (-ENOENT)

/* What the policy that reads calls a refusal. All > 0. */
struct claim_outcomes {
	int json;     /* not one JSON object */
	int policy;   /* our own policy names no issuer or no client, or its clock is none */
	int shape;    /* a claim of the wrong type, too long or out of range */
	int issuer;   /* iss is another's */
	int audience; /* aud is absent or not us */
	int party;    /* azp is absent where several audiences are, or not us */
	int subject;  /* sub is nobody's */
	int expired;  /* exp is past */
	int future;   /* what must be past is not */
};

struct claim_reader {
	const json_t *json; /* the object with the claims */
	char *reason;       /* of REASON_MAX bytes; every refusal writes it */
	const struct claim_outcomes *outcomes;
	int64_t now;    /* seconds since 1970 */
	int64_t leeway; /* seconds; ours, never the token's */
};

/* Says why, everything but printable ASCII as '?', and returns outcome. */
int _printf_(3, 4)
	claim_refuse(const struct claim_reader *reader, int outcome, const char *format, ...);

/* The payload of a token as its claims; *ret_json is the caller's. 0, -ENOMEM or json. */
int claim_parse(const struct claim_reader *reader, const void *payload, size_t len,
		json_t **ret_json) _must_check_;

/*
 * Each: 0 with what was read, CLAIM_ABSENT, or refused with the outcome that is named here or
 * outcomes->shape. What is given out lives as long as the json.
 */
int claim_text(const struct claim_reader *reader, const char *name, size_t max,
	       const char **ret_text) _must_check_;
/* NumericDate (RFC 7519 section 2): seconds, perhaps with a fraction, which is cut off. */
int claim_date(const struct claim_reader *reader, const char *name, int64_t *ret_date) _must_check_;
/* A moment that has to be past, such as iat. future. */
int claim_past(const struct claim_reader *reader, const char *name, int64_t *ret_date) _must_check_;
/* exp, not yet reached by `what` ("the token"). expired. */
int claim_exp(const struct claim_reader *reader, const char *what, int64_t *ret_date) _must_check_;
/* iss, which must be there and issuer byte for byte, else issuer: never CLAIM_ABSENT. */
int claim_issuer(const struct claim_reader *reader, const char *issuer,
		 const char **ret_iss) _must_check_;
/* sub, 1 to 255 printable ASCII bytes (OIDC Core section 2). subject. */
int claim_subject(const struct claim_reader *reader, const char **ret_sub) _must_check_;
/* aud: a text of at most CLAIM_TEXT_MAX or an array of such texts. */
int claim_audience(const struct claim_reader *reader, const json_t **ret_aud) _must_check_;

/*
 * Is a token for this client, and issued to it (OIDC Core 3.1.3.7 points 3 to 5)? Byte for byte;
 * several audiences need azp, and azp, where it is, is the client. 0 or refused.
 */
int claim_for_client(const struct claim_reader *reader, const char *client_id) _must_check_;
/* Nothing passes a policy that is not whole: unset is never "any". 0 or outcomes->policy. */
int claim_check_policy(const struct claim_reader *reader, const char *issuer,
		       const char *client_id) _must_check_;

/* acr and amr, "" and NULL where they are not. 0 or outcomes->shape. */
int claim_methods(const struct claim_reader *reader, const char **ret_acr,
		  const json_t **ret_amr) _must_check_;

/* Are these the same, byte for byte? Tells nothing by how long it takes. */
bool claim_same(const char *a, const char *b) _must_check_;
bool claim_is_printable(const char *text) _must_check_;

#endif
