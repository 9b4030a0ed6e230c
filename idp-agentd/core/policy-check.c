/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files are judged as if they were to be taken, and told on: what they prove, and who still
 * gets in when they are wrong after all. Nothing is changed before the last finding is told.
 */
#include "idp-agentd/core/policy-check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/job.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/policy-control.h"
#include "idp-agentd/core/policy.h"
#include "idp-agentd/core/scope-check.h"

struct check {
	struct job job;
	struct config *config;      /* of the files; NULL: they are wrong */
	struct scope_check *scopes; /* under way; NULL none */
	size_t at;                  /* the next provider of config */
	bool apply, force;
	uint32_t seconds;
	char session[POLICY_SESSION_MAX + 1];
	char hash[POLICY_HASH_SIZE]; /* of the files that were checked */
};

static void say(struct job *job, enum wire_finding level, const char *topic, const char *text,
		const char *remedy)
{
	job_tell(job, &(struct finding){ level, topic, text, remedy });
}

/* ---- findings ---- */

static void find_files(struct job *job)
{
	struct policy_status status;

	policy_get_status(job->parts->policy, &status);
	switch (status.files) {
	case POLICY_FILES_SAME:
		say(job, WIRE_FINDING_OK, "files",
		    status.trial ? "The files are on trial." : "The files are in force already.",
		    "");
		return;
	case POLICY_FILES_CHANGED:
		say(job, WIRE_FINDING_NOTE, "files", "The files are not in force yet.",
		    "idpctl policy apply --confirm 5m");
		return;
	case POLICY_FILES_ROLLED_BACK:
		say(job, WIRE_FINDING_WARNING, "files",
		    "The files are the policy that was rolled back, and no reload takes them.",
		    "Correct them first; then idpctl policy apply --confirm 5m");
		return;
	case POLICY_FILES_REFUSED:
		return; /* each problem is told */
	}
}

static void find_proof(struct job *job, const struct config *config)
{
	static const char *const services[] = { "sudo", "sshd" };
	static const char *const gaps[] = {
		"No expectation proves that anybody keeps sudo: a slip in the rules could leave "
		"nobody to correct it.",
		"No expectation proves that anybody still signs in through sshd.",
	};
	static const char *const remedies[] = {
		"Write an [expect NAME] with the who of an administrator and sudo = permit.",
		"Write an [expect NAME] with the who of a person and sshd = permit.",
	};
	char text[REASON_MAX];

	(void)snprintf(text, sizeof(text), "The files are understood; %zu expectation%s hold%s.",
		       access_expectations(config->rules),
		       access_expectations(config->rules) == 1 ? "" : "s",
		       access_expectations(config->rules) == 1 ? "s" : "");
	say(job, WIRE_FINDING_OK, "rules", text, "");
	for (size_t i = 0; i < ELEMENTSOF(services); i++) {
		const char *expect = access_proof(config->rules, services[i]);

		if (!expect) {
			say(job, WIRE_FINDING_WARNING, "rules", gaps[i], remedies[i]);
			continue;
		}
		(void)snprintf(text, sizeof(text), "Somebody keeps %s: [expect %.64s] says so.",
			       services[i], expect);
		say(job, WIRE_FINDING_OK, "rules", text, "");
	}
}

/* Who is left when the platform, or the policy, lets nobody in. */
static void find_break_glass(struct job *job, const struct config *config)
{
	struct authority *authority = job->parts->authority;
	const struct config_list *names = &config->agent.break_glass;
	char text[REASON_MAX];
	size_t n = 0;

	authority_refresh_locals(authority);
	for (size_t i = 0; i < names->n; i++) {
		if (localnames_has_user(authority->locals, names->items[i])) {
			n += strcmp(names->items[i], "root") != 0;
			continue;
		}
		(void)snprintf(text, sizeof(text),
			       "break_glass names %.64s, whom /etc/passwd does not know: nobody "
			       "gets in as that user.",
			       names->items[i]);
		say(job, WIRE_FINDING_WARNING, "break glass", text,
		    "Create the user on this host, or take the name out.");
	}
	if (n == 0)
		say(job, WIRE_FINDING_NOTE, "break glass",
		    "Only root gets in without the platform.",
		    "If root has no password or key here, add a local user to break_glass of "
		    "[agent].");
	else
		say(job, WIRE_FINDING_OK, "break glass", "Local users get in without the platform.",
		    "");
}

void policy_check_doctor(struct job *job)
{
	struct policy_status status;

	policy_get_status(job->parts->policy, &status);
	if (status.trial)
		say(job, WIRE_FINDING_WARNING, "policy",
		    "A policy is on trial, and goes back by itself when nobody confirms it.",
		    "From a new session: idpctl policy confirm. What it is: idpctl policy status");
	if (*status.error)
		say(job, WIRE_FINDING_ERROR, "configuration", status.error,
		    "The last good one is in force. Correct the files, then idpctl policy check.");
	else if (status.files == POLICY_FILES_SAME)
		say(job, WIRE_FINDING_OK, "configuration",
		    "The configuration in force is the newest.", "");
	else
		say(job, WIRE_FINDING_NOTE, "configuration",
		    "The files have changed since the configuration was taken.",
		    "idpctl policy check, then idpctl policy apply --confirm 5m");
	if (*status.unkept)
		say(job, WIRE_FINDING_WARNING, "policy", status.unkept,
		    "Until then the agent cannot start with wrong files; see to the disk, then "
		    "idpctl reload.");
}

/* ---- the end of it ---- */

static void end_trial_text(uint32_t seconds, char text[static 2 * REASON_MAX])
{
	unsigned minutes = seconds / 60;
	bool whole = seconds % 60 == 0;

	(void)snprintf(text, 2 * REASON_MAX,
		       "The policy is on trial for %u %s%s. Leave this session open. Sign in anew "
		       "to this host, become root there, and say: idpctl policy confirm. If nobody "
		       "does, the policy before comes back by itself.",
		       whole ? minutes : (unsigned)seconds, whole ? "minute" : "second",
		       (whole ? minutes : seconds) == 1 ? "" : "s");
}

static void end_applied(struct check *check)
{
	const struct policy_session session = { .name = check->session };
	struct job *job = &check->job;
	char reason[REASON_MAX], text[2 * REASON_MAX];
	int r = policy_apply(job->parts->policy, check->hash, check->seconds, &session,
			     policy_control_listener(job->conn), reason);

	if (r) {
		(void)snprintf(text, sizeof(text), "Nothing was changed: %s.", reason);
		job_end(job, 1, policy_refusal_code(r), text);
		return;
	}
	policy_control_show(job->parts, job->conn);
	if (check->seconds)
		end_trial_text(check->seconds, text);
	else
		(void)snprintf(text, sizeof(text), "The policy is in force.");
	job_end(job, 0, "", text);
}

static void check_end(struct check *check)
{
	struct job *job = &check->job;

	if (!check->apply)
		job_end_findings(job);
	else if (!job->failed || check->force)
		end_applied(check);
	else
		job_end(job, 1, "findings",
			"Nothing was changed: the errors above would keep people out. If they are "
			"wrong: idpctl policy apply --force.");
}

/* ---- what the platforms know ---- */

static void check_next(struct check *check);

static const struct config *check_config(void *userdata)
{
	return ((struct check *)userdata)->config;
}

static void say_of_provider(struct check *check, const struct scope_finding *finding)
{
	char topic[CONFIG_NAME_MAX + 16];

	(void)snprintf(topic, sizeof(topic), "provider %.64s",
		       check->config->providers[check->at - 1].name);
	say(&check->job, finding->level, topic, finding->text, finding->remedy);
}

static void check_on_found(void *userdata, const struct scope_finding *finding)
{
	say_of_provider(userdata, finding);
}

static void check_on_done(void *userdata)
{
	struct check *check = userdata;

	check->scopes = NULL;
	check_next(check);
}

static const struct scope_check_ops check_scopes = {
	.config = check_config,
	.found = check_on_found,
	.done = check_on_done,
};

/* idp-netd asks those platforms that are in force; another one is not heard before it is. */
static bool is_in_force(const struct check *check, const struct config_provider *provider)
{
	const struct config *config = check->job.parts->authority->config;
	const struct config_provider *now = config_provider(config, provider->name);

	return now && now->issuer && provider->issuer &&
	       strcmp(now->issuer, provider->issuer) == 0 && now->client_id &&
	       provider->client_id && strcmp(now->client_id, provider->client_id) == 0;
}

/* True: its answer is waited for. That nobody can be asked refuses nothing: whoever puts a host
 * right while the platform is away must be able to. */
static bool check_provider(struct check *check, const struct config_provider *provider)
{
	const struct scope_check_order order = {
		.authority = check->job.parts->authority,
		.peer = check->job.parts->peer,
		.provider = provider->name,
		.ops = &check_scopes,
		.userdata = check,
	};
	struct scope_finding finding = { .level = WIRE_FINDING_NOTE };

	if (!is_in_force(check, provider)) {
		(void)snprintf(finding.text, sizeof(finding.text),
			       "The platform is not asked for scopes before the policy is in "
			       "force: its provider is new or another.");
		(void)snprintf(finding.remedy, sizeof(finding.remedy),
			       "Once it is: idpctl scope check %.64s", provider->name);
	} else if (scope_check_begin(&order, &check->scopes) == 0) {
		return true;
	} else {
		finding.level = WIRE_FINDING_WARNING;
		(void)snprintf(finding.text, sizeof(finding.text),
			       "Whether the platform knows the scopes could not be asked.");
		(void)snprintf(finding.remedy, sizeof(finding.remedy),
			       "systemctl status idp-netd.socket idp-netd.service");
	}
	say_of_provider(check, &finding);
	return false;
}

static void check_next(struct check *check)
{
	while (check->at < check->config->n_providers) {
		const struct config_provider *provider = &check->config->providers[check->at++];

		/* nobody signs in at one that only verifies tokens */
		if (provider->mode != CONFIG_MODE_JWT && check_provider(check, provider))
			return;
	}
	check_end(check);
}

/* ---- requests ---- */

static void check_release(struct job *job)
{
	struct check *check = (struct check *)job;

	scope_check_free(check->scopes);
	check->config = config_free(check->config);
}

static const struct job_ops check_ops = { .release = check_release };

static bool is_on_trial(const struct control_parts *parts)
{
	struct policy_status status;

	policy_get_status(parts->policy, &status);
	return status.trial;
}

static void check_begin(struct check *check)
{
	struct job *job = &check->job;
	char reason[REASON_MAX];
	int r = policy_check(job->parts->policy, policy_control_listener(job->conn), reason,
			     check->hash, &check->config);

	if (r) {
		job_end(job, 1, "config-invalid",
			check->apply ? "Nothing was changed: the files are wrong. The policy that "
				       "was in force stays."
				     : "The agent would not take these files. The policy that is "
				       "in force stays.");
		return;
	}
	/* what nothing could come of is not asked of the platform */
	if (check->apply && is_on_trial(job->parts) && check->seconds == 0) {
		end_applied(check);
		return;
	}
	find_files(job);
	find_proof(job, check->config);
	find_break_glass(job, check->config);
	check_next(check);
}

static int read_request(struct check *check, struct wire_in *in)
{
	int r = 0;

	check->apply = in->type == MSG_POLICY_APPLY;
	if (check->apply) {
		check->seconds = wire_get_u32(in);
		r = policy_control_session(in, check->session);
		check->force = wire_get_bool(in);
	}
	if (wire_close(in) < 0 || r < 0)
		return -EPROTO;
	return check->seconds && (check->seconds < POLICY_CONFIRM_LEAST ||
				  check->seconds > POLICY_CONFIRM_MOST)
		       ? -EPROTO
		       : 0;
}

int policy_check_request(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	_cleanup_free_ struct check *check = calloc(1, sizeof(*check));
	int r;

	if (!check)
		return -ENOMEM;
	r = read_request(check, in);
	if (r < 0)
		return r;
	job_begin(&check->job, &check_ops, parts, conn);
	check_begin(TAKE_PTR(check));
	return 0;
}
