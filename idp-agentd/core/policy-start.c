/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the agent starts with.
 *
 * MUST
 * 1. A trial goes on for the rest of its time after a crash, and ends with the boot: whoever is
 *    locked out may switch the machine off and on.
 * 2. What was rolled back does not come back by a restart, as long as the files are the same.
 * 3. Files that are wrong never keep the agent from starting while it has something kept.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/policy-internal.h"

static const struct policy_listener nobody = { .fn = NULL };

/* Judges what was read or fetched, and settles it; the configuration is the caller's. */
static int start_with(struct policy *policy, struct candidate *candidate,
		      char reason[static REASON_MAX], struct config **ret_config)
{
	char rules[POLICY_HASH_SIZE];
	int r = candidate_judge(candidate, nobody, reason);

	if (r == 0)
		r = policy_rules_hash(candidate->config, rules);
	if (r)
		return r;
	*ret_config = TAKE_PTR(candidate->config);
	policy_settle(policy, candidate, rules);
	return 0;
}

static int start_kept(struct policy *policy, const char *hash, char reason[static REASON_MAX],
		      struct config **ret_config)
{
	_cleanup_(candidate_done) struct candidate kept = CANDIDATE_NULL;
	int r;

	r = candidate_fetch(policy, hash, reason, &kept);
	return r ? r : start_with(policy, &kept, reason, ret_config);
}

/* MUST 1. */
static int start_trial(struct policy *policy, struct config **ret_config)
{
	char reason[REASON_MAX];
	int r = start_kept(policy, policy->record.force, reason, ret_config);

	if (r)
		log_error("the policy on trial cannot be used: %s", reason);
	else
		log_warning("a policy is on trial, and goes back by itself unless it is "
			    "confirmed: idpctl policy confirm");
	return r;
}

static int start_back(struct policy *policy, const char *why, struct config **ret_config)
{
	struct policy_record back;
	char reason[REASON_MAX];
	bool differ = policy_record_back(policy, why, &back);
	int r;

	r = start_kept(policy, back.force, reason, ret_config);
	if (r) {
		log_error("the policy before the trial cannot be used: %s", reason);
		return r;
	}
	policy_keep_back(policy, &back);
	if (differ)
		policy_explain_back(policy);
	log_warning("the policy that was on trial is not in force any more: %s",
		    policy_back_reason(&back));
	return 0;
}

/*
 * A trial that stands in the record: 0 the agent starts with it, or with what was before. Where
 * what was before cannot be used now, the trial is better than nobody getting in; the timer goes on
 * trying.
 */
static int start_from_trial(struct policy *policy, struct config **ret_config)
{
	bool same_boot = strcmp(policy->record.boot, policy->boot) == 0;
	bool under_way = policy_on_trial(policy);

	if (under_way && start_trial(policy, ret_config) == 0)
		return 0;
	if (start_back(policy,
		       under_way   ? "unusable"
		       : same_boot ? "timeout"
				   : "reboot",
		       ret_config) == 0)
		return 0;
	policy->record.until = 0;
	return under_way ? -EUCLEAN : start_trial(policy, ret_config);
}

/* The files are wrong, for this reason. */
static int start_without(struct policy *policy, const char *reason, struct config **ret_config)
{
	char why[REASON_MAX];
	int r = start_kept(policy, policy->record.force, why, ret_config);

	if (r) {
		if (*policy->record.force)
			log_error("the last good configuration cannot be used either: %s", why);
		return r;
	}
	(void)snprintf(policy->error, sizeof(policy->error), "%s", reason);
	log_error("%s is refused; the agent starts with the last good configuration",
		  policy->parts.path);
	return 0;
}

static int start_from_files(struct policy *policy, char reason[static REASON_MAX],
			    struct config **ret_config)
{
	_cleanup_(candidate_done) struct candidate files = CANDIDATE_NULL;
	struct policy_record taken;
	int r;

	r = candidate_read(policy, nobody, reason, &files);
	if (r == 0 && policy_is_refused(policy, files.hash)) { /* MUST 2 */
		policy_explain_back(policy);
		r = start_kept(policy, policy->record.force, reason, ret_config);
		if (r == 0)
			log_warning("the configuration in %s is not in force: %s",
				    policy->parts.path, policy->error);
		return r;
	}
	if (r == 0)
		r = start_with(policy, &files, reason, ret_config);
	if (r) /* MUST 3 */
		return start_without(policy, reason, ret_config) == 0 ? 0 : r;
	policy_record_taken(policy, policy->hash, &taken);
	policy_try_keep(policy, &taken, policy->hash, &policy->text);
	return 0;
}

int policy_start(struct policy *policy, char reason[static REASON_MAX], struct config **ret_config)
{
	*reason = '\0';
	if (policy->record.trial && start_from_trial(policy, ret_config) == 0)
		return 0;
	policy->record.trial = false;
	return start_from_files(policy, reason, ret_config);
}
