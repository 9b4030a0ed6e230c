/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The platform refused a sign-in because of its scopes. It is found out which (scope-seek.h); what
 * the register calls optional is left out, once, and what it does not is named. MUST: the flow that
 * begins anew asks for less than the first and never for more; it is judged like any other.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/scope-book.h"
#include "idp-agentd/core/scope-seek.h"
#include "idp-agentd/core/signin-internal.h"
#include "idp-agentd/core/signin-read.h"

/* What the book knows of the scopes that were asked for. */
struct verdict_of_scopes {
	char required[256]; /* the first that is refused and cannot be done without; "" none */
	char optional[256]; /* the first of those that can */
};

static void signin_weigh(const struct signin *signin, struct verdict_of_scopes *ret)
{
	const struct authority *authority = signin->owner->parts.authority;
	const char *asked = signin->world.asked ? signin->world.asked : "";

	*ret = (struct verdict_of_scopes){ .required = "" };
	for (const char *at = asked; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");
		char name[256];
		char *where;

		if (n < sizeof(name)) {
			memcpy(name, at, n);
			name[n] = '\0';
			where = access_scope_is_optional(authority->config->rules, name)
					? ret->optional
					: ret->required;
			if (!*where && scope_book_is_refused(authority->scopes,
							     signin->world.provider, name,
							     clock_now()))
				memcpy(where, name, n + 1);
		}
		at += n;
	}
}

/* ---- without what is optional ---- */

/* The configuration is asked anew: the book keeps out what was refused. */
static int signin_begin_again(struct signin *signin)
{
	const struct session_world *world = signin->session.world;
	const struct session_request *request = &signin->session.request;
	struct session_person person = { 0 };
	int r = world->find(world->userdata, signin->session.asked, &person);

	if (r == 0)
		r = world->flow(world->userdata, request, &person, &signin->out.flow);
	if (r == 0)
		r = session_again(&signin->session, &signin->out.flow);
	if (r == 0)
		r = signin_start_flow(signin);
	return r;
}

static bool signin_may_again(const struct signin *signin, const struct verdict_of_scopes *scopes)
{
	return !signin->again && !signin->session.stepped && *scopes->optional &&
	       !*scopes->required && signin->session.state == SESSION_STARTING;
}

/* ---- what was found ---- */

static void signin_refuse_scopes(struct signin *signin, const struct verdict_of_scopes *scopes)
{
	const char *name = *scopes->required ? scopes->required : scopes->optional;
	struct session_refusal refusal = { .code = "scope-refused" };
	char text[REASON_MAX];

	if (!*scopes->required && *scopes->optional)
		refusal.code = "scope-dropped";
	if (*name)
		(void)snprintf(text, sizeof(text), "provider %s refuses scope %.120s; see idpctl scope doctor",
			       signin->world.provider, name);
	else
		(void)snprintf(text, sizeof(text), "%s", signin->refused);
	refusal.text = text;
	IGNORE(signin_step(signin, SESSION_FAILED, &(struct session_input){ .refusal = &refusal }));
}

static void signin_on_sought(void *userdata)
{
	struct signin *signin = userdata;
	struct verdict_of_scopes scopes;
	int r;

	signin->seek = NULL;
	signin_weigh(signin, &scopes);
	if (signin_may_again(signin, &scopes)) {
		signin->again = true;
		r = signin_begin_again(signin);
		if (r == 0)
			return;
		if (r == SESSION_E_SCOPES) /* of all of them, the last cannot be done without */
			memcpy(scopes.required, scopes.optional, sizeof(scopes.required));
	}
	signin_refuse_scopes(signin, &scopes);
}

bool signin_seek_scopes(struct signin *signin, const struct signin_heard *heard)
{
	const struct config *config = signin->owner->parts.authority->config;
	const struct scope_question question = {
		.provider = signin->world.provider,
		.scopes = signin->world.asked ? signin->world.asked : "",
		.resource = config_service(config, signin->session.request.service)->resource,
	};
	struct verdict_of_scopes scopes;

	if (heard->event != SESSION_FAILED || strcmp(heard->refusal.code, "invalid-scope") != 0 ||
	    signin->seek)
		return false;
	(void)snprintf(signin->refused, sizeof(signin->refused), "%s", heard->refusal.text);
	signin_weigh(signin, &scopes);
	if (*scopes.required || *scopes.optional) { /* known from another sign-in */
		signin_on_sought(signin);
		return true;
	}
	return scope_seek(signin->owner->seeker, &question, signin_on_sought, signin,
			  &signin->seek) == 0;
}
