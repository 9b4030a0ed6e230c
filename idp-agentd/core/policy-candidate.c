/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may come into force, from the files or from what is kept, and what is in force. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/policy-internal.h"

void candidate_done(struct candidate *candidate)
{
	candidate->files = config_files_free(candidate->files);
	candidate->config = config_free(candidate->config);
	buf_done(&candidate->text);
}

int candidate_read(const struct policy *policy, struct policy_listener listener,
		   char reason[static REASON_MAX], struct candidate *candidate)
{
	int r = policy_load_files(policy->parts.path, listener, reason, &candidate->files);

	if (r)
		return r;
	r = policy_text_pack(candidate->files, policy->folder, &candidate->text);
	if (r == -EMSGSIZE)
		return reason_refuse(r, reason,
				     "%.120s and conf.d: all files together are larger "
				     "than %u MiB",
				     policy->parts.path, POLICY_TEXT_MAX >> 20);
	if (r == 0)
		r = policy_text_hash(candidate->text.data, candidate->text.len, candidate->hash);
	if (r < 0)
		reason_format(reason, REASON_MAX, "the files together: %s", strerrordesc_np(-r));
	return r;
}

int candidate_fetch(const struct policy *policy, const char *hash, char reason[static REASON_MAX],
		    struct candidate *candidate)
{
	int r = policy->shelf < 0 ? -ENOENT
				  : policy_shelf_get(policy->shelf, hash, &candidate->text);

	if (r == 0)
		r = policy_text_unpack(candidate->text.data, candidate->text.len, policy->folder,
				       &candidate->files);
	if (r < 0)
		reason_format(reason, REASON_MAX, "the kept copy %.12s cannot be read: %s", hash,
			      strerrordesc_np(-r));
	else
		(void)snprintf(candidate->hash, sizeof(candidate->hash), "%s", hash);
	return r;
}

int candidate_judge(struct candidate *candidate, struct policy_listener listener,
		    char reason[static REASON_MAX])
{
	return policy_load(candidate->files, listener, reason, &candidate->config);
}

void policy_settle(struct policy *policy, struct candidate *candidate, const char *rules)
{
	if (strcmp(policy->hash, candidate->hash) != 0)
		policy->taken = clock_real() / USEC_PER_SEC;
	(void)snprintf(policy->hash, sizeof(policy->hash), "%s", candidate->hash);
	(void)snprintf(policy->rules, sizeof(policy->rules), "%s", rules);
	buf_done(&policy->text);
	policy->text = candidate->text;
	buf_init(&candidate->text, POLICY_TEXT_MAX);
}

/* ---- the record ---- */

bool policy_is_refused(const struct policy *policy, const char *hash)
{
	for (size_t i = 0; i < POLICY_REFUSED_MAX; i++)
		if (*hash && strcmp(policy->record.refused[i], hash) == 0)
			return true;
	return false;
}

bool policy_on_trial(const struct policy *policy)
{
	return policy->record.trial && strcmp(policy->record.boot, policy->boot) == 0 &&
	       clock_now() < policy->record.until;
}

void policy_record_taken(const struct policy *policy, const char *hash,
			 struct policy_record *ret_record)
{
	const struct policy_record *now = &policy->record;

	*ret_record = (struct policy_record){ .trial = false };
	(void)snprintf(ret_record->force, sizeof(ret_record->force), "%s", hash);
	(void)snprintf(ret_record->before, sizeof(ret_record->before), "%s",
		       strcmp(now->force, hash) == 0 ? now->before : now->force);
}

const char *policy_before(const struct policy *policy)
{
	const struct policy_record *record = &policy->record;

	return record->trial || !*record->force || strcmp(record->force, policy->hash) == 0
		       ? record->before
		       : record->force;
}

bool policy_record_back(const struct policy *policy, const char *why,
			struct policy_record *ret_record)
{
	const struct policy_listener nobody = { .quiet = true };
	_cleanup_(candidate_done) struct candidate files = CANDIDATE_NULL;
	struct policy_record *back = ret_record;
	char reason[REASON_MAX];
	bool differ;

	*back = (struct policy_record){ .rolled_back = clock_real() / USEC_PER_SEC };
	(void)snprintf(back->force, sizeof(back->force), "%s", policy_before(policy));
	/* at a start nothing is in force yet, and a trial stands in the record */
	(void)snprintf(back->refused[0], sizeof(back->refused[0]), "%s",
		       policy->record.trial ? policy->record.force : policy->hash);
	(void)snprintf(back->why, sizeof(back->why), "%s", why);
	differ = candidate_read(policy, nobody, reason, &files) != 0 ||
		 strcmp(files.hash, back->force) != 0;
	/* Written while the other was on trial: nobody has said that it may come into force. */
	if (differ && strcmp(files.hash, back->refused[0]) != 0)
		(void)snprintf(back->refused[1], sizeof(back->refused[1]), "%s", files.hash);
	return differ;
}

int policy_keep(struct policy *policy, const struct policy_record *record, const char *hash,
		const struct buf *text)
{
	int r = policy->shelf < 0 ? -ENOTDIR : 0;

	if (r == 0 && text)
		r = policy_shelf_put(policy->shelf, hash, text);
	if (r == 0)
		r = policy_shelf_write(policy->shelf, record);
	if (r == 0)
		policy->record = *record;
	return r;
}

void policy_kept(struct policy *policy)
{
	*policy->unkept = '\0';
	policy_shelf_sweep(policy->shelf, &policy->record);
}

void policy_try_keep(struct policy *policy, const struct policy_record *record, const char *hash,
		     const struct buf *text)
{
	int r = policy_keep(policy, record, hash, text);

	if (r == 0) {
		policy_kept(policy);
		return;
	}
	reason_format(policy->unkept, sizeof(policy->unkept), "%.150s/policy cannot be written: %s",
		      policy->parts.state, strerrordesc_np(-r));
	log_error("the configuration in force is not kept for the next start: %s", policy->unkept);
	if (!policy->record.trial)
		IGNORE(policy_set_timer(policy, policy_next_time(policy))); /* else at a reload */
}

void policy_keep_again(struct policy *policy)
{
	struct policy_record record = policy->record;

	if (!*policy->unkept)
		return;
	if (strcmp(record.force, policy->hash) != 0)
		policy_record_taken(policy, policy->hash, &record);
	if (policy_keep(policy, &record, policy->hash, &policy->text) < 0)
		return;
	policy_kept(policy);
	log_notice("the configuration in force is kept for the next start now");
	policy->parts.changed(policy->parts.userdata);
}

const char *policy_back_reason(const struct policy_record *record)
{
	if (strcmp(record->why, "timeout") == 0)
		return "nobody confirmed it in time";
	if (strcmp(record->why, "reboot") == 0)
		return "the machine was started anew before anybody confirmed it";
	if (strcmp(record->why, "unusable") == 0)
		return "it could not be used at a start";
	return "an administrator went back";
}

void policy_explain_back(struct policy *policy)
{
	reason_format(policy->error, sizeof(policy->error),
		      "it was rolled back (%s): correct it, then idpctl policy apply --confirm 5m",
		      policy_back_reason(&policy->record));
}
