/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_PROBE_JUDGE_H
#define IDP_NET_PROBE_JUDGE_H

/* What a look at a platform means, as findings with their remedies. Pure but for the outlet. */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/macro.h"
#include "common/wire.h"
#include "idp-agentd/net/discovery.h"
#include "idp-agentd/net/http.h"

struct directory;
struct outlet;
struct provider;

struct probe_say {
	struct outlet *outlet;
	uint64_t flow;
	char topic[96]; /* "provider corp" */
};

/* Did it answer 200 over trusted TLS? Says so, or why not and what to do. */
bool probe_judge_answer(const struct probe_say *say, const struct http_answer *answer,
			const char *what);
/* The platform's clock (HTTP Date) against ours, both seconds since 1970. */
void probe_judge_clock(const struct probe_say *say, int64_t theirs, int64_t ours);
/* Is the document this provider's; false when it cannot be used. ret_metadata is the caller's. */
bool probe_judge_document(const struct probe_say *say, const struct provider *provider,
			  const struct http_answer *answer, struct metadata *ret_metadata);
/* Endpoints, client authentication, algorithms, scopes. */
void probe_judge_metadata(const struct probe_say *say, const struct provider *provider,
			  const struct metadata *metadata);
void probe_judge_keys(const struct probe_say *say, const struct http_answer *answer);
/* The first page of a directory's users. */
void probe_judge_directory(const struct probe_say *say, const struct directory *directory,
			   const struct http_answer *answer);
/* What the platform offers and what a sign-in would use: facts, for the authority to judge. */
void probe_tell_facts(const struct probe_say *say, const struct provider *provider,
		      const struct metadata *metadata);
void probe_fact(const struct probe_say *say, enum wire_finding kind, const char *what,
		const char *value);
/* Whether an array of texts has this one. */
bool probe_has(const json_t *list, const char *word) _must_check_;
/* Anything else that is wrong. */
void probe_error(const struct probe_say *say, const char *text, const char *remedy);
void probe_note(const struct probe_say *say, const char *text);
void probe_ok(const struct probe_say *say, const char *text);

#endif
