/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which configuration is in force: taking another one, and telling which it is. */
#include "idp-agentd/core/policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/config-file.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/policy-internal.h"
#include "idp-agentd/core/timer.h"

static const char *const refusals[] = {
	[POLICY_E_INVALID] = "config-invalid",    [POLICY_E_ON_TRIAL] = "on-trial",
	[POLICY_E_NO_TRIAL] = "no-trial",         [POLICY_E_SAME] = "no-change",
	[POLICY_E_ROLLED_BACK] = "rolled-back",   [POLICY_E_NOTHING] = "nothing-before",
	[POLICY_E_SAME_SESSION] = "same-session", [POLICY_E_OLD_SESSION] = "old-session",
	[POLICY_E_NO_SESSION] = "no-session",     [POLICY_E_NOT_KEPT] = "not-kept",
	[POLICY_E_NO_WAY_BACK] = "no-way-back",   [POLICY_E_CHANGED] = "files-changed",
};

const char *policy_refusal_code(int refusal)
{
	return refusal > 0 && (size_t)refusal < ELEMENTSOF(refusals) && refusals[refusal]
		       ? refusals[refusal]
		       : "failed";
}

/* ---- telling ---- */

void policy_tell(const struct policy *policy, int priority, const char *message, const char *result,
		 const char *detail)
{
	const struct audit_event event = {
		.kind = AUDIT_CONFIG,
		.priority = priority,
		.message = message,
		.result = result,
		.detail = detail,
	};

	audit_write(&event);
	policy->parts.changed(policy->parts.userdata);
}

/* ---- into force ---- */

/* Puts a candidate that was judged good in force. -errno: what was in force still is. */
int policy_put_in_force(struct policy *policy, struct candidate *candidate)
{
	char rules[POLICY_HASH_SIZE];
	int r = policy_rules_hash(candidate->config, rules);

	if (r == 0)
		r = policy->parts.apply(policy->parts.userdata, candidate->config);
	if (r < 0)
		return r;
	candidate->config = NULL; /* taken over */
	policy_settle(policy, candidate, rules);
	return 0;
}

int policy_not_applied(int r, char reason[static REASON_MAX])
{
	return reason_refuse(POLICY_E_INVALID, reason, "it could not be applied: %s",
			     strerrordesc_np(-r));
}

/* For good. What the disk does not take is in force all the same, until the next start. */
int policy_take(struct policy *policy, struct candidate *candidate, char reason[static REASON_MAX])
{
	struct policy_record taken;
	int r = policy_put_in_force(policy, candidate);

	if (r < 0)
		return policy_not_applied(r, reason);
	policy_record_taken(policy, policy->hash, &taken);
	policy_try_keep(policy, &taken, policy->hash, &policy->text);
	return 0;
}

int policy_read(const struct policy *policy, struct policy_listener listener,
		char reason[static REASON_MAX], struct candidate *candidate)
{
	int r = candidate_read(policy, listener, reason, candidate);

	if (r == 0)
		r = candidate_judge(candidate, listener, reason);
	if (r > 0)
		r = POLICY_E_INVALID;
	return r;
}

/* A policy on trial may be loaded again, with the secrets it names; nothing else may come. */
static int reload_on_trial(struct policy *policy, struct candidate *candidate,
			   struct policy_listener listener, char reason[static REASON_MAX])
{
	int r;

	if (strcmp(candidate->hash, policy->hash) != 0)
		return reason_refuse(
			POLICY_E_ON_TRIAL, reason,
			"another policy is on trial: idpctl policy confirm or "
			"rollback it first, or idpctl policy apply --confirm this one");
	r = candidate_judge(candidate, listener, reason);
	if (r)
		return r > 0 ? POLICY_E_INVALID : r;
	r = policy_put_in_force(policy, candidate);
	return r < 0 ? policy_not_applied(r, reason) : 0;
}

static int reload(struct policy *policy, struct policy_listener listener,
		  char reason[static REASON_MAX])
{
	_cleanup_(candidate_done) struct candidate files = CANDIDATE_NULL;
	int r;

	r = candidate_read(policy, listener, reason, &files);
	if (r)
		return r > 0 ? POLICY_E_INVALID : r;
	if (policy->record.trial)
		return reload_on_trial(policy, &files, listener, reason);
	if (policy_is_refused(policy, files.hash))
		return reason_refuse(
			POLICY_E_ROLLED_BACK, reason,
			"it was rolled back (%s): correct it, then idpctl policy apply "
			"--confirm 5m",
			policy_back_reason(&policy->record));
	r = candidate_judge(&files, listener, reason);
	if (r)
		return r > 0 ? POLICY_E_INVALID : r;
	return policy_take(policy, &files, reason);
}

/* What the files would need is told until they are in force. */
int policy_outcome(struct policy *policy, int r, const char *reason)
{
	if (r == 0)
		*policy->error = '\0';
	else if (r < 0 || r == POLICY_E_INVALID || r == POLICY_E_ROLLED_BACK)
		(void)snprintf(policy->error, sizeof(policy->error), "%s", reason);
	return r;
}

int policy_reload(struct policy *policy, struct policy_listener listener,
		  char reason[static REASON_MAX])
{
	int r = policy_outcome(policy, reload(policy, listener, reason), reason);

	if (r == 0)
		policy_tell(policy, LOG_INFO, "configuration taken", "taken", NULL);
	else
		policy_tell(policy, LOG_ERR,
			    "configuration refused, the last good one stays in force", "refused",
			    reason);
	return r;
}

int policy_check(struct policy *policy, struct policy_listener listener,
		 char reason[static REASON_MAX], char ret_hash[static POLICY_HASH_SIZE],
		 struct config **ret_config)
{
	_cleanup_(candidate_done) struct candidate files = CANDIDATE_NULL;
	int r;

	r = policy_read(policy, listener, reason, &files);
	if (r)
		return r;
	(void)snprintf(ret_hash, POLICY_HASH_SIZE, "%s", files.hash);
	*ret_config = TAKE_PTR(files.config);
	return 0;
}

/* ---- life ---- */

const char *policy_error(const struct policy *policy)
{
	return policy->error;
}

void policy_say(const struct policy *policy, char text[static REASON_MAX])
{
	*text = '\0';
	if (policy->record.trial)
		(void)snprintf(text, REASON_MAX, "POLICY ON TRIAL, idpctl policy status");
	else if (*policy->error)
		(void)snprintf(text, REASON_MAX,
			       "CONFIGURATION REFUSED, the last good one is in force (%.190s)",
			       policy->error);
}

static enum policy_files compare_files(const struct policy *policy)
{
	const struct policy_listener nobody = { .quiet = true };
	_cleanup_(candidate_done) struct candidate files = CANDIDATE_NULL;
	char reason[REASON_MAX];

	if (candidate_read(policy, nobody, reason, &files))
		return POLICY_FILES_REFUSED;
	if (strcmp(files.hash, policy->hash) == 0)
		return POLICY_FILES_SAME;
	return policy_is_refused(policy, files.hash) ? POLICY_FILES_ROLLED_BACK
						     : POLICY_FILES_CHANGED;
}

void policy_get_status(struct policy *policy, struct policy_status *ret_status)
{
	const struct policy_record *record = &policy->record;
	usec_t now = clock_now();
	usec_t left = record->trial && record->until > now ? record->until - now : 0;

	*ret_status = (struct policy_status){
		.hash = policy->hash,
		.rules = policy->rules,
		.before = policy_before(policy),
		.error = policy->error,
		.unkept = policy->unkept,
		.files = compare_files(policy),
		.trial = record->trial,
		.taken = policy->taken,
		.until = record->trial ? clock_add(clock_real(), left) / USEC_PER_SEC : 0,
		.rolled_back = record->rolled_back,
	};
}

int policy_attach(struct policy *policy, struct sd_event *event)
{
	int r = sd_event_add_time(event, &policy->timer, CLOCK_BOOTTIME, 0, USEC_PER_SEC / 4,
				  policy_on_timer, policy);

	return r < 0 ? r : policy_set_timer(policy, policy_next_time(policy));
}

/* The shelf and what stands in its record; an agent without them works, and keeps nothing. */
static void open_shelf(struct policy *policy)
{
	int r = policy_shelf_open(policy->parts.state, &policy->shelf);

	if (r == 0)
		r = policy_shelf_read(policy->shelf, &policy->record);
	if (r < 0 && r != -ENOENT)
		log_error("what is kept of policies in %s/policy cannot be read: %s",
			  policy->parts.state, strerrordesc_np(-r));
}

int policy_new(const struct policy_parts *parts, struct policy **ret_policy)
{
	_cleanup_(policy_freep) struct policy *policy = calloc(1, sizeof(*policy));
	const char *name;
	int r;

	if (!policy)
		return -ENOMEM;
	policy->parts = *parts;
	policy->shelf = -1;
	buf_init(&policy->text, POLICY_TEXT_MAX);
	r = config_path_split(parts->path, &policy->folder, &name);
	if (r < 0)
		return r;
	r = boot_name(parts->snapshot, policy->boot);
	if (r < 0)
		return r;
	open_shelf(policy);
	*ret_policy = TAKE_PTR(policy);
	return 0;
}

struct policy *policy_free(struct policy *policy)
{
	if (!policy)
		return NULL;
	sd_event_source_disable_unref(policy->timer);
	macro_closep(&policy->shelf);
	buf_done(&policy->text);
	free(policy->folder);
	free(policy);
	return NULL;
}
