/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A policy on trial, and the way back.
 *
 * MUST
 * 1. A trial is on the disk before it is in force: killed at any moment, the agent goes back.
 * 2. Going back needs no room on the disk, no network and nobody who can sign in; and what was gone
 *    back from does not come back when the agent starts anew.
 * 3. A trial is kept only when somebody says so who signed in while it was in force.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/core/policy-internal.h"
#include "idp-agentd/core/timer.h"

int policy_set_timer(const struct policy *policy, usec_t at)
{
	return policy->timer ? timer_set(policy->timer, at) : 0;
}

usec_t policy_next_time(const struct policy *policy)
{
	if (policy->record.trial)
		return policy->record.until;
	return *policy->unkept ? clock_add(clock_now(), POLICY_AGAIN) : USEC_INFINITY;
}

static void end_timer(const struct policy *policy)
{
	IGNORE(policy_set_timer(policy, USEC_INFINITY)); /* switching off cannot fail */
}

static void record_trial(const struct policy *policy, const char *hash, uint32_t seconds,
			 const struct policy_session *session, struct policy_record *ret_record)
{
	const struct policy_record *now = &policy->record;
	usec_t applied = clock_now();

	*ret_record = (struct policy_record){
		.trial = true,
		.applied = applied,
		.until = clock_add(applied, seconds * USEC_PER_SEC),
	};
	(void)snprintf(ret_record->force, sizeof(ret_record->force), "%s", hash);
	/* A second trial goes back to where the first would have. */
	(void)snprintf(ret_record->before, sizeof(ret_record->before), "%s",
		       now->trial ? now->before : policy->hash);
	(void)snprintf(ret_record->boot, sizeof(ret_record->boot), "%s", policy->boot);
	(void)snprintf(ret_record->session, sizeof(ret_record->session), "%s", session->name);
}

/* What is in force now must be there to go back to. */
static int keep_before(struct policy *policy)
{
	if (policy->shelf < 0)
		return -ENOTDIR;
	return policy->record.trial ? 0
				    : policy_shelf_put(policy->shelf, policy->hash, &policy->text);
}

/* Would it come back if nobody confirmed? Its secrets may have gone since it was taken. */
static int judge_way_back(const struct policy *policy, const char *hash,
			  char reason[static REASON_MAX])
{
	const struct policy_listener nobody = { .quiet = true };
	_cleanup_(candidate_done) struct candidate before = CANDIDATE_NULL;
	char why[REASON_MAX];
	int r;

	r = candidate_fetch(policy, hash, why, &before);
	if (r == 0)
		r = candidate_judge(&before, nobody, why);
	return r ? reason_refuse(POLICY_E_NO_WAY_BACK, reason,
				 "the policy before could not come back: %.150s", why)
		 : 0;
}

/*
 * The record as it was, also where it could be put on the disk, and not be made sure of. Where
 * even that fails, the text of the trial goes, so that no start finds it.
 */
static void trial_failed(struct policy *policy, const struct policy_record *before,
			 const char *hash)
{
	const struct buf *text = strcmp(before->force, policy->hash) == 0 ? &policy->text : NULL;
	int r = policy_keep(policy, before, policy->hash, text);

	policy->record = *before;
	if (r < 0 && policy->shelf >= 0 && strcmp(hash, before->force) != 0 &&
	    strcmp(hash, before->before) != 0)
		IGNORE(policy_shelf_drop(policy->shelf, hash)); /* MUST 1 */
	IGNORE(policy_set_timer(policy, policy_next_time(policy)));
}

static int begin_trial(struct policy *policy, struct candidate *candidate, uint32_t seconds,
		       const struct policy_session *session, char reason[static REASON_MAX])
{
	const struct policy_record before = policy->record;
	struct policy_record trial;
	int r;

	record_trial(policy, candidate->hash, seconds, session, &trial);
	r = keep_before(policy);
	if (r == 0)
		r = judge_way_back(policy, trial.before, reason);
	if (r > 0)
		return r;
	if (r == 0) /* MUST 1 */
		r = policy_keep(policy, &trial, candidate->hash, &candidate->text);
	if (r < 0) {
		trial_failed(policy, &before, candidate->hash);
		return reason_refuse(POLICY_E_NOT_KEPT, reason,
				     "%.120s/policy cannot be written, so nothing could be gone "
				     "back to: %s",
				     policy->parts.state, strerrordesc_np(-r));
	}
	r = policy_set_timer(policy, trial.until);
	if (r >= 0)
		r = policy_put_in_force(policy, candidate);
	if (r >= 0) {
		policy_kept(policy);
		return 0;
	}
	trial_failed(policy, &before, candidate->hash);
	return policy_not_applied(r, reason);
}

static int try_files(struct policy *policy, struct candidate *files, uint32_t seconds,
		     const struct policy_session *session, char reason[static REASON_MAX])
{
	if (!policy->record.trial && strcmp(files->hash, policy->hash) == 0)
		return reason_refuse(
			POLICY_E_SAME, reason,
			"the files are in force already; there is nothing to be tried");
	if (policy->record.trial && strcmp(files->hash, policy->record.before) == 0)
		return reason_refuse(POLICY_E_SAME, reason,
				     "the files are the policy before the trial: idpctl policy "
				     "rollback goes back to it");
	return begin_trial(policy, files, seconds, session, reason);
}

int policy_apply(struct policy *policy, const char *checked, uint32_t seconds,
		 const struct policy_session *session, struct policy_listener listener,
		 char reason[static REASON_MAX])
{
	_cleanup_(candidate_done) struct candidate files = CANDIDATE_NULL;
	int r;

	if (policy->record.trial && seconds == 0)
		return reason_refuse(POLICY_E_ON_TRIAL, reason,
				     "a policy is on trial: idpctl policy confirm or rollback it, "
				     "or apply --confirm another one");
	r = policy_read(policy, listener, reason, &files);
	if (r == 0 && checked && strcmp(files.hash, checked) != 0)
		r = reason_refuse(POLICY_E_CHANGED, reason,
				  "the files changed while they were checked; say it again");
	if (r == 0)
		r = seconds ? try_files(policy, &files, seconds, session, reason)
			    : policy_take(policy, &files, reason);
	policy_outcome(policy, r, reason);
	if (r == 0)
		policy_tell(policy, seconds ? LOG_WARNING : LOG_INFO,
			    seconds ? "a policy is on trial" : "configuration taken",
			    seconds ? "trial" : "taken", policy->hash);
	else
		policy_tell(policy, LOG_ERR,
			    "configuration refused, the last good one stays in force", "refused",
			    reason);
	return r;
}

/* ---- confirming ---- */

static bool is_login(const char *session)
{
	return strncmp(session, "login:", STRLEN("login:")) == 0;
}

/* MUST 3. A belt: whoever is root could write the record as well. */
static int judge_session(const struct policy_record *trial, const struct policy_session *session,
			 char reason[static REASON_MAX])
{
	if (!*session->name || (is_login(trial->session) && !is_login(session->name)))
		return reason_refuse(
			POLICY_E_NO_SESSION, reason,
			"this is no session that somebody signed in for; sign in anew and confirm "
			"there (where sessions cannot be told apart: idpctl policy confirm "
			"--force)");
	if (strcmp(session->name, trial->session) == 0)
		return reason_refuse(
			POLICY_E_SAME_SESSION, reason,
			"this is the session in which the policy was applied, and it proves "
			"nothing; sign in anew, become root there, and confirm");
	if (session->began <= trial->applied)
		return reason_refuse(
			POLICY_E_OLD_SESSION, reason,
			"this session is older than the policy, and proves nothing; sign in anew, "
			"become root there, and confirm");
	return 0;
}

int policy_confirm(struct policy *policy, const struct policy_session *session, bool force,
		   char reason[static REASON_MAX])
{
	struct policy_record kept = policy->record;
	int r;

	if (!policy->record.trial)
		return reason_refuse(POLICY_E_NO_TRIAL, reason, "no policy is on trial");
	r = force ? 0 : judge_session(&policy->record, session, reason);
	if (r)
		return r;
	kept = (struct policy_record){ .trial = false };
	(void)snprintf(kept.force, sizeof(kept.force), "%s", policy->record.force);
	(void)snprintf(kept.before, sizeof(kept.before), "%s", policy->record.before);
	r = policy_keep(policy, &kept, policy->hash, &policy->text);
	if (r < 0)
		return reason_refuse(POLICY_E_NOT_KEPT, reason,
				     "%.120s/policy cannot be written, and the trial goes on: %s",
				     policy->parts.state, strerrordesc_np(-r));
	policy_kept(policy);
	end_timer(policy);
	policy_tell(policy, LOG_INFO, "the policy on trial was confirmed", "confirmed",
		    policy->hash);
	return 0;
}

/* ---- going back ---- */

static int judge_back(const struct policy *policy, char reason[static REASON_MAX],
		      struct candidate *before)
{
	const struct policy_listener nobody = { .fn = NULL };
	int r;

	if (!*policy_before(policy))
		return reason_refuse(POLICY_E_NOTHING, reason, "no policy before this one is kept");
	r = candidate_fetch(policy, policy_before(policy), reason, before);
	if (r == 0)
		r = candidate_judge(before, nobody, reason);
	return r ? POLICY_E_INVALID : 0;
}

/*
 * MUST 2. Where the record still speaks of the trial, its text goes: a start then finds that it
 * cannot be used, and goes back as well.
 */
void policy_keep_back(struct policy *policy, const struct policy_record *back)
{
	const struct policy_record was = policy->record;

	policy->record = *back;
	policy_try_keep(policy, back, NULL, NULL);
	if (*policy->unkept && was.trial && policy->shelf >= 0 &&
	    policy_shelf_drop(policy->shelf, was.force) < 0)
		log_error("the policy that was on trial may come back when the agent starts anew");
}

static int go_back(struct policy *policy, const char *why, char reason[static REASON_MAX])
{
	_cleanup_(candidate_done) struct candidate before = CANDIDATE_NULL;
	struct policy_record back;
	bool differ;
	int r;

	r = judge_back(policy, reason, &before);
	if (r)
		return r;
	differ = policy_record_back(policy, why, &back);
	r = policy_put_in_force(policy, &before);
	if (r < 0)
		return policy_not_applied(r, reason);
	end_timer(policy);
	policy_keep_back(policy, &back);
	*policy->error = '\0';
	if (differ)
		policy_explain_back(policy);
	policy_tell(policy, LOG_WARNING, "the policy before is in force again", "rolled-back",
		    policy_back_reason(&back));
	return 0;
}

int policy_rollback(struct policy *policy, char reason[static REASON_MAX])
{
	return go_back(policy, "asked", reason);
}

int policy_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct policy *policy = userdata;
	char reason[REASON_MAX];

	(void)usec;
	if (!policy->record.trial) {
		policy_keep_again(policy);
		return timer_set(source, policy_next_time(policy));
	}
	if (go_back(policy, "timeout", reason) == 0)
		return 0;
	log_error("nobody confirmed the policy in time, but the one before cannot come back: %s",
		  reason);
	return timer_set(source, clock_add(clock_now(), POLICY_AGAIN));
}
