/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_EVIDENCE_H
#define IDP_CORE_EVIDENCE_H

/*
 * What the access rules are judged upon: the record of a person, joined with what the platform
 * said in this sign-in, or, in the account phase, with the facts the last sign-in left. Also the
 * way back: from an identity to the facts that are kept.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "idp-agentd/core/access.h"

struct authority;
struct config;
struct evidence;
struct identity;
struct person;
struct session_request;
struct store_fact;

/*
 * person may be NULL (nobody yet), identity may be NULL (the account phase). Borrows from all of
 * them until evidence_free(). -errno when the record cannot be read.
 */
int evidence_new(struct authority *authority, const struct session_request *request,
		 const struct person *person, const struct identity *identity,
		 struct evidence **ret_evidence) _must_check_;
struct evidence *evidence_free(struct evidence *evidence);
DEFINE_CLEANUP(struct evidence *, evidence_free);
const struct access_request *evidence_request(const struct evidence *evidence);

/*
 * The facts of a sign-in worth keeping; ret_facts borrows from identity and is freed with
 * evidence_facts_free(). A claim is kept only when a rule reads it.
 */
int evidence_facts(const struct config *config, const struct identity *identity,
		   struct store_fact **ret_facts, size_t *ret_n) _must_check_;
void evidence_facts_free(struct store_fact *facts, size_t n);

#endif
