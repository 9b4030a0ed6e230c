/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_VERIFY_INTERNAL_H
#define IDP_CORE_VERIFY_INTERNAL_H

/* Between verify.c, which asks and answers, and verify-judge.c, which decides. */

#include "common/limits.h"
#include "common/macro.h"
#include "common/wire.h"
#include "idp-agentd/core/access.h"

struct authority;
struct evidence;
struct identity;
struct person;

/* A judgement. Everything it holds is released by verify_verdict_done(). */
struct verify_verdict {
	enum wire_verified outcome;
	char code[REASON_MAX], text[REASON_MAX];
	struct identity *identity; /* borrowed; NULL unless it was judged by the rules */
	struct person *person;     /* the record's, where the token is about somebody it knows */
	bool shown;                /* and who has an account here now */
	bool nobody;               /* the record knows nobody of the kind */
	struct evidence *evidence;
	struct access_decision decision;
	const char *const *acr_values; /* of the configuration: what a new sign-in must be; NULL */
	size_t n_acr_values;
	uint64_t max_age; /* seconds, of the same; UINT64_MAX any */
};

/* No, with this code and sentence. */
void verify_refuse(struct verify_verdict *verdict, enum wire_verified outcome, const char *code,
		   const char *text);
/*
 * What the rules of this moment say of identity at resource, which is a [service] that exists.
 * -errno: it could not be found out.
 */
int verify_judge(struct authority *authority, const char *resource, struct identity *identity,
		 struct verify_verdict *ret_verdict) _must_check_;
void verify_verdict_done(struct verify_verdict *verdict);

#endif
