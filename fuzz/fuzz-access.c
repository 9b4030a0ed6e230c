/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A whole configuration as text: loaded, and when it is taken, asked about a few people. Holds
 * throughout: refused means a reason was given; a permit names a rule; what is asked twice is
 * answered the same; nobody at all is never let in without a rule that says so.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/name.h"
#include "idp-agentd/core/access-can.h"
#include "idp-agentd/core/access-show.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PLENTY(...)                                                                  \
	{                                                                            \
		.n = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *), \
		.items = (const char *[])                                            \
		{                                                                    \
			__VA_ARGS__                                                  \
		}                                                                    \
	}

static void check_decision(const struct access_decision *decision)
{
	if (memchr(decision->code, '\0', sizeof(decision->code)) == NULL ||
	    memchr(decision->person, '\0', sizeof(decision->person)) == NULL ||
	    memchr(decision->admin, '\0', sizeof(decision->admin)) == NULL ||
	    decision->code[0] == '\0')
		abort();
	if (decision->n_missing > ACCESS_MISSING_MAX ||
	    decision->step_up.n_scopes > ACCESS_MISSING_MAX ||
	    decision->step_up.n_acr > ACCESS_MISSING_MAX)
		abort();
	if (decision->verdict == VERDICT_PERMIT &&
	    (strncmp(decision->code, "permit rule=", 12) != 0 || decision->rule[0] == '\0'))
		abort();
	if (decision->verdict == VERDICT_STEP_UP && decision->step_up.n_scopes == 0 &&
	    decision->step_up.n_acr == 0 && decision->step_up.max_age == UINT64_MAX)
		abort();
}

static void ask(const struct config *config, const struct access_request *request)
{
	struct access_decision first, again;
	char trace[ACCESS_TRACE_MAX];
	struct buf out;

	access_check(config->rules, request, &first);
	access_check(config->rules, request, &again);
	check_decision(&first);
	if (first.verdict != again.verdict || strcmp(first.code, again.code) != 0)
		abort();
	/* It always fits, and always ends with the verdict. */
	buf_init_fixed(&out, trace, sizeof(trace));
	access_explain(config->rules, request, &out);
	if (buf_end(&out) < 0 || !strstr(trace, "\nreason "))
		abort();
}

static void on_rule(void *userdata, const struct access_shown *shown)
{
	size_t *n = userdata;

	if (!*shown->text || shown->text[strlen(shown->text) - 1] == '\n')
		abort();
	(*n)++;
}

/* Every rule about the service is told; nobody is given a group that opens root's doors. */
static void ask_for_words(const struct config *config, const struct access_request *request)
{
	static const char *const conditions[] = { "group:x", "loa:2", "from:192.0.2.9", "acr:a.1" };
	const char *groups[ACCESS_GROUPS_MAX];
	struct access_shown_counts counts;
	char trace[ACCESS_TRACE_MAX], reason[REASON_MAX];
	struct access_decision decision;
	struct buf out;
	size_t n = 0, n_groups;

	if (access_show(config->rules, request->service, "web01", on_rule, &n, &counts) == 0 &&
	    n != counts.n_allow + counts.n_deny)
		abort();
	n_groups = access_groups(config->rules, request, groups);
	for (size_t i = 0; i < n_groups; i++)
		if (!name_is_group(groups[i], strlen(groups[i])) ||
		    name_is_reserved_group(groups[i]))
			abort();
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		buf_init_fixed(&out, trace, sizeof(trace));
		if (access_can(config, request, &conditions[i], 1, &decision, &out, reason) != 0)
			continue;
		check_decision(&decision);
		if (buf_end(&out) < 0)
			abort();
	}
}

/* What no rule may do, whatever it says. */
static void ask_at_the_gates(const struct config *config, struct access_request request)
{
	struct access_decision decision;

	request.details_missing = true;
	access_check(config->rules, &request, &decision);
	if (decision.verdict != VERDICT_DENY || strcmp(decision.code, "details-required") != 0)
		abort();
	request.subject_kind = SUBJECT_WORKLOAD;
	access_check(config->rules, &request, &decision);
	if (decision.verdict != VERDICT_DENY || strcmp(decision.code, "workload-token") != 0)
		abort();
	request.workload_ok = true;
	request.anonymous = true;
	access_check(config->rules, &request, &decision);
	if (decision.verdict != VERDICT_DENY || strcmp(decision.code, "anonymous") != 0)
		abort();
}

/* To know less never lets in who stayed outside before. */
static void ask_knowing_less(const struct config *config, const struct access_request *request)
{
	struct access_request less = *request;
	struct access_decision more_said, less_said;

	less.groups_unknown = less.entitlements_unknown = true;
	less.roles_unknown = less.products_unknown = true;
	less.site = less.origin = less.uuid = less.tenant = NULL;
	less.client = less.purpose = less.eservice = less.consumer = NULL;
	access_check(config->rules, request, &more_said);
	access_check(config->rules, &less, &less_said);
	if (less_said.verdict == VERDICT_PERMIT && more_said.verdict != VERDICT_PERMIT)
		abort();
}

static void ask_all(const struct config *config)
{
	static const char *const services[] = { "sshd", "sudo", "login", "x" };
	struct access_claim claims[] = { { "/loa", "2" }, { "/a", "b" }, { "/", "" } };
	struct access_request somebody = {
		.user = "anna",
		.host = "web01",
		.from = "192.0.2.1",
		.provider = "corp",
		.subject_kind = SUBJECT_PERSON,
		.may_step_up = true,
		.groups = PLENTY("staff", "admins", "a", "\x1b[2J"),
		.entitlements = PLENTY("e"),
		.roles = PLENTY("ROLE_ADMIN", "A", "B"),
		.products = PLENTY("AOW"),
		.site = "LNF",
		.origin = "self",
		.uuid = "u1",
		.tenant = "t1",
		.client = "A",
		.purpose = "",
		.eservice = "X",
		.scopes = PLENTY("openid", "host.login", "storage.read:/"),
		.loa = "2",
		.acr = "https://refeds.org/profile/mfa",
		.amr = PLENTY("otp"),
		.auth_time = 1700000000,
		.now = 1700000100,
		.n_claims = 3,
		.claims = claims,
	};

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		somebody.service = services[i];
		somebody.from = i & 1 ? "2001:db8::1" : i & 2 ? "" : "192.0.2.1";
		ask(config, &somebody);
		ask_for_words(config, &somebody);
		ask_at_the_gates(config, somebody);
		ask_knowing_less(config, &somebody);
	}
	ask(config, &(struct access_request){ .now = 0 });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_source source = { .file = "fuzz.conf",
					.text = (const char *)data,
					.len = size };
	struct config_problems problems = { .n = 0 };
	struct config *config = NULL;
	int r = config_parse(&source, 1, &problems, &config);

	if (r > 0 && (problems.n_errors == 0 || config))
		abort();
	if (r == 0) {
		if (problems.n_errors > 0 || config->n_providers == 0)
			abort();
		for (size_t i = 0; i < config->n_sections; i++)
			for (size_t j = 0; j < config->sections[i].n_pairs; j++)
				if (!config->sections[i].pairs[j].type ||
				    !config->sections[i].pairs[j].value)
					abort();
		ask_all(config);
	}
	config_free(config);
	config_problems_done(&problems);
	return 0;
}
