/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The evaluator on a pipe, for access-reference.mjs. Lines in:
 *
 *	config BYTES    and so many bytes: a configuration; answered by "taken" or "refused WHY"
 *	who             then "FIELD VALUE" lines of an access_request, then "."; answered by
 *	                verdict, code, rule, what is missing, session, offline, max-age (seconds)
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/access.h"
#include "idp-agentd/core/config.h"

#define ITEMS_MAX 64u
#define TEXTS_MAX 256u

struct asker {
	struct access_request request;
	size_t n_claims;
	struct access_claim claims[ITEMS_MAX];
	const char *items[8][ITEMS_MAX];
	size_t n_texts;
	char *texts[TEXTS_MAX];
};

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "access-decide: %s\n", what);
	exit(1);
}

static const char *copy(struct asker *asker, const char *text)
{
	char *made = strdup(text);

	if (!made || asker->n_texts >= TEXTS_MAX)
		die("there is no room");
	return asker->texts[asker->n_texts++] = made;
}

static struct asker *asker_free(struct asker *asker)
{
	for (size_t i = 0; asker && i < asker->n_texts; i++)
		free(asker->texts[i]);
	free(asker);
	return NULL;
}

static bool take_list(struct asker *asker, const char *field, const char *value)
{
	const struct {
		const char *field;
		struct access_list *list;
	} lists[] = {
		{ "group", &asker->request.groups },
		{ "role", &asker->request.roles },
		{ "product", &asker->request.products },
		{ "entitlement", &asker->request.entitlements },
		{ "scope", &asker->request.scopes },
		{ "amr", &asker->request.amr },
	};

	for (size_t i = 0; i < ELEMENTSOF(lists); i++) {
		if (strcmp(lists[i].field, field) != 0)
			continue;
		if (lists[i].list->n >= ITEMS_MAX)
			die("too many values");
		lists[i].list->items = asker->items[i];
		asker->items[i][lists[i].list->n++] = copy(asker, value);
		return true;
	}
	return false;
}

static bool take_text(struct asker *asker, const char *field, const char *value)
{
	struct access_request *request = &asker->request;
	const struct {
		const char *field;
		const char **text;
	} texts[] = {
		{ "user", &request->user },
		{ "service", &request->service },
		{ "host", &request->host },
		{ "from", &request->from },
		{ "as", &request->as },
		{ "provider", &request->provider },
		{ "loa", &request->loa },
		{ "acr", &request->acr },
		{ "site", &request->site },
		{ "origin", &request->origin },
		{ "uuid", &request->uuid },
		{ "tenant", &request->tenant },
		{ "client", &request->client },
		{ "purpose", &request->purpose },
		{ "eservice", &request->eservice },
		{ "consumer", &request->consumer },
	};

	for (size_t i = 0; i < ELEMENTSOF(texts); i++)
		if (strcmp(texts[i].field, field) == 0) {
			*texts[i].text = copy(asker, value);
			return true;
		}
	return false;
}

static bool take_flag(struct access_request *request, const char *field)
{
	const struct {
		const char *field;
		bool *flag;
	} flags[] = {
		{ "workload_ok", &request->workload_ok },
		{ "may_step_up", &request->may_step_up },
		{ "signing_in", &request->signing_in },
		{ "anonymous", &request->anonymous },
		{ "details_missing", &request->details_missing },
		{ "groups_unknown", &request->groups_unknown },
		{ "roles_unknown", &request->roles_unknown },
		{ "products_unknown", &request->products_unknown },
		{ "entitlements_unknown", &request->entitlements_unknown },
	};

	for (size_t i = 0; i < ELEMENTSOF(flags); i++)
		if (strcmp(flags[i].field, field) == 0)
			return *flags[i].flag = true;
	return false;
}

static void take_field(struct asker *asker, const char *field, char *value)
{
	struct access_request *request = &asker->request;

	if (take_list(asker, field, value) || take_text(asker, field, value) ||
	    take_flag(request, field))
		return;
	if (strcmp(field, "now") == 0) {
		request->now = strtoull(value, NULL, 10);
	} else if (strcmp(field, "auth_time") == 0) {
		request->auth_time = strtoull(value, NULL, 10);
	} else if (strcmp(field, "subject") == 0) {
		request->subject_kind =
			strcmp(value, "person") == 0 ? SUBJECT_PERSON : SUBJECT_WORKLOAD;
	} else if (strcmp(field, "claim") == 0 && strchr(value, '=') &&
		   asker->n_claims < ITEMS_MAX) {
		char *path = strsep(&value, "=");

		asker->claims[asker->n_claims++] =
			(struct access_claim){ .path = copy(asker, path),
					       .value = copy(asker, value) };
		request->claims = asker->claims;
		request->n_claims = asker->n_claims;
	} else {
		die(field);
	}
}

static void put_time(usec_t time)
{
	if (time == USEC_INFINITY)
		(void)printf("\t-");
	else
		(void)printf("\t%" PRIu64, time / USEC_PER_SEC);
}

static void answer(const struct config *config, const struct access_request *request)
{
	static const char *const verdicts[] = { "deny", "permit", "step-up" };
	struct access_decision decision;

	access_check(config->rules, request, &decision);
	(void)printf("%s\t%.*s\t%s\t", verdicts[decision.verdict],
		     (int)strcspn(decision.code, "= "), decision.code, decision.rule);
	for (size_t i = 0; i < decision.n_missing; i++)
		(void)printf("%s%s", i ? " " : "", decision.missing[i]);
	put_time(decision.session);
	put_time(decision.offline);
	put_time(decision.max_age);
	(void)printf("\n");
}

static struct config *take_config(size_t len)
{
	char *text = calloc(1, len + 1);
	struct config_source source = { .file = "t", .text = text, .len = len };
	struct config_problems problems = { .n = 0 };
	struct config *config = NULL;

	if (!text || fread(text, 1, len, stdin) != len)
		die("the configuration is cut");
	if (config_parse(&source, 1, &problems, &config) == 0)
		(void)printf("taken\n");
	else
		(void)printf("refused %u %s\n", problems.items[0].line, problems.items[0].text);
	config_problems_done(&problems);
	free(text);
	return config;
}

int main(void)
{
	struct config *config = NULL;
	struct asker *asker = NULL;
	char *line = NULL, *rest;
	size_t room = 0;

	while (getline(&line, &room, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		rest = line;
		if (asker && strcmp(line, ".") == 0) {
			if (!config)
				die("nobody can be asked before there is a configuration");
			answer(config, &asker->request);
			asker = asker_free(asker);
			continue;
		}
		strsep(&rest, " ");
		if (asker) {
			take_field(asker, line, rest ? rest : line + strlen(line));
		} else if (strcmp(line, "config") == 0 && rest) {
			config_free(config);
			config = take_config(strtoul(rest, NULL, 10));
		} else if (strcmp(line, "who") == 0) {
			asker = calloc(1, sizeof(*asker));
			if (!asker)
				die("memory is short");
		} else {
			die(line);
		}
	}
	asker_free(asker);
	config_free(config);
	free(line);
	return 0;
}
