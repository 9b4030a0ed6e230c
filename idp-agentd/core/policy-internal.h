/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_POLICY_INTERNAL_H
#define IDP_CORE_POLICY_INTERNAL_H

/* What policy*.c share; nobody else includes this, save their test. */

#include "common/buf.h"
#include "idp-agentd/core/policy-shelf.h"
#include "idp-agentd/core/policy.h"

struct sd_event_source;

struct policy {
	struct policy_parts parts;
	char *folder; /* of the files */
	int shelf;    /* -1: nothing can be kept */
	char boot[BOOT_DIGITS + 1];
	struct sd_event_source *timer;
	/* In force. The record says the same, unless the disk did not take it. */
	struct buf text;
	char hash[POLICY_HASH_SIZE], rules[POLICY_HASH_SIZE];
	uint64_t taken;
	struct policy_record record;
	char error[REASON_MAX];
	char unkept[REASON_MAX];
};

/* Something that may come into force. */
struct candidate {
	struct config_files *files;
	struct buf text;
	char hash[POLICY_HASH_SIZE];
	struct config *config; /* judged good */
};

/* Whoever leaves early leaves nothing that was never begun. */
#define CANDIDATE_NULL ((struct candidate){ .text = { .limit = POLICY_TEXT_MAX } })

void candidate_done(struct candidate *candidate);
/* The files as they are now: read, not judged. */
int candidate_read(const struct policy *policy, struct policy_listener listener,
		   char reason[static REASON_MAX], struct candidate *candidate) _must_check_;
/* A kept text: likewise. */
int candidate_fetch(const struct policy *policy, const char *hash, char reason[static REASON_MAX],
		    struct candidate *candidate) _must_check_;
int candidate_judge(struct candidate *candidate, struct policy_listener listener,
		    char reason[static REASON_MAX]) _must_check_;

/* Are these the files that were rolled back? */
bool policy_is_refused(const struct policy *policy, const char *hash) _must_check_;
/* Is a trial under way that may go on? */
bool policy_on_trial(const struct policy *policy) _must_check_;
/* What is in force from now on; the configuration is somebody else's already. */
void policy_settle(struct policy *policy, struct candidate *candidate, const char *rules);
/* The record for it when nobody has to confirm it. */
void policy_record_taken(const struct policy *policy, const char *hash,
			 struct policy_record *ret_record);
/* Where a rollback goes back to, "" nowhere: also from what the disk did not take. */
const char *policy_before(const struct policy *policy) _must_check_;
/* The record for going back from what is in force, for this reason. Are the files now another
 * policy than the one it goes back to? Then they are refused as well. */
bool policy_record_back(const struct policy *policy, const char *why,
			struct policy_record *ret_record);
/* Keeps text (NULL: it is kept) and record. */
int policy_keep(struct policy *policy, const struct policy_record *record, const char *hash,
		const struct buf *text) _must_check_;
/* The record stays, and is that of what is in force: nothing else is needed. */
void policy_kept(struct policy *policy);
/* Keeps both where nothing hangs on it: a failure is told, and noted for the status. */
void policy_try_keep(struct policy *policy, const struct policy_record *record, const char *hash,
		     const struct buf *text);
/* Once more what the disk did not take; quiet while it still does not. */
void policy_keep_again(struct policy *policy);
/* Why it went back, as half a sentence. */
const char *policy_back_reason(const struct policy_record *record);
/* Sets error: the files are not in force since they were rolled back. */
void policy_explain_back(struct policy *policy);

/* ---- policy.c ---- */

/* Puts a candidate that was judged good in force. -errno: what was in force still is. */
int policy_put_in_force(struct policy *policy, struct candidate *candidate) _must_check_;
/* Says so in reason: POLICY_E_INVALID. */
int policy_not_applied(int r, char reason[static REASON_MAX]);
/* For good. What the disk does not take is in force all the same, until the next start. */
int policy_take(struct policy *policy, struct candidate *candidate,
		char reason[static REASON_MAX]) _must_check_;
/* The files, judged good. */
int policy_read(const struct policy *policy, struct policy_listener listener,
		char reason[static REASON_MAX], struct candidate *candidate) _must_check_;
/* Notes what policy_error() says from now on, and returns r. */
int policy_outcome(struct policy *policy, int r, const char *reason);
/* To the auditor, and to whoever shows the status. */
void policy_tell(const struct policy *policy, int priority, const char *message, const char *result,
		 const char *detail);

/* ---- policy-trial.c ---- */

/* When there is something to do next: the trial ends, or the disk is asked again. */
usec_t policy_next_time(const struct policy *policy);
/* USEC_INFINITY: there is nothing to do. */
int policy_set_timer(const struct policy *policy, usec_t at) _must_check_;
/* It went back from what the record says, also when the disk does not take that. */
void policy_keep_back(struct policy *policy, const struct policy_record *back);
int policy_on_timer(struct sd_event_source *source, uint64_t usec, void *userdata);

#endif
