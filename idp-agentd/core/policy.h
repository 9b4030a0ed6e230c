/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_POLICY_H
#define IDP_CORE_POLICY_H

/*
 * Which configuration is in force, and what becomes of it. The last good one is kept on the disk,
 * and the agent starts with it when the files are wrong. One on trial goes back to the one before
 * it by itself, unless somebody who could still sign in confirms it; one that was rolled back is
 * not taken again until the files change or somebody says so. The files are never written.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"
#include "idp-agentd/core/policy-load.h"
#include "idp-agentd/core/policy-text.h"

struct config;
struct policy;
struct sd_event;

/* Positive outcomes; the sentence says more. */
enum policy_refusal {
	POLICY_E_INVALID = 1,  /* the files are wrong, or could not be put in force */
	POLICY_E_ON_TRIAL,     /* that can only be done when nothing is on trial */
	POLICY_E_NO_TRIAL,     /* nothing is on trial */
	POLICY_E_SAME,         /* there is nothing to be tried */
	POLICY_E_ROLLED_BACK,  /* these files were rolled back */
	POLICY_E_NOTHING,      /* there is nothing to go back to */
	POLICY_E_SAME_SESSION, /* who confirms must have signed in since */
	POLICY_E_OLD_SESSION,
	POLICY_E_NO_SESSION,
	POLICY_E_NO_WAY_BACK, /* what is in force now could not come back */
	POLICY_E_CHANGED,     /* the files are not those that were checked */
	POLICY_E_NOT_KEPT,    /* the disk did not take it: nothing was changed */
};

/* A stable word for each. */
const char *policy_refusal_code(int refusal);

struct policy_parts {
	const char *path;     /* idp.conf */
	const char *state;    /* the folder of the record */
	const char *snapshot; /* beside it the boot has its name */
	/* Puts a configuration in force: taken over when it returns 0, else -errno. */
	int (*apply)(void *userdata, struct config *config);
	void (*changed)(void *userdata); /* what policy_error() and the status say */
	void *userdata;
};

/* Who asks, as idpctl found out about itself. */
struct policy_session {
	const char *name; /* "login:..." of a session somebody signed in for, else "process:..."; ""
			     it could not be found out */
	usec_t began;     /* clock_now() */
};

/* How the files beside path compare with what is in force. */
enum policy_files {
	POLICY_FILES_SAME = 0,
	POLICY_FILES_CHANGED,     /* they are not in force yet */
	POLICY_FILES_ROLLED_BACK, /* they are what was rolled back */
	POLICY_FILES_REFUSED,     /* they cannot even be read */
};

struct policy_status {
	const char *hash, *rules, *before; /* "" none */
	const char *error;                 /* policy_error() */
	const char *unkept;                /* why the disk did not take it; "" it did */
	enum policy_files files;
	bool trial;
	uint64_t taken, until, rolled_back; /* seconds since 1970; 0 not */
};

int policy_new(const struct policy_parts *parts, struct policy **ret_policy) _must_check_;
/* NULL is fine; returns NULL. */
struct policy *policy_free(struct policy *policy);
DEFINE_CLEANUP(struct policy *, policy_free);

/*
 * What the agent is to start with: the files, or what is kept. 0 and a configuration the caller
 * puts in force; else the sentence why not in reason.
 */
int policy_start(struct policy *policy, char reason[static REASON_MAX],
		 struct config **ret_config) _must_check_;
/* Watches the time of a trial. */
int policy_attach(struct policy *policy, struct sd_event *event) _must_check_;

/* Takes the files as they are now. 0, policy_refusal or -errno; reason says why not. */
int policy_reload(struct policy *policy, struct policy_listener listener,
		  char reason[static REASON_MAX]) _must_check_;
/* The same, also when they were rolled back; for so many seconds on trial (0: for good). checked:
 * what policy_check() was told, and nothing else; NULL whatever they are. */
int policy_apply(struct policy *policy, const char *checked, uint32_t seconds,
		 const struct policy_session *session, struct policy_listener listener,
		 char reason[static REASON_MAX]) _must_check_;
/* Keeps what is on trial. force: whoever confirms is believed. */
int policy_confirm(struct policy *policy, const struct policy_session *session, bool force,
		   char reason[static REASON_MAX]) _must_check_;
/* Goes back to what was in force before. */
int policy_rollback(struct policy *policy, char reason[static REASON_MAX]) _must_check_;

/* Would the files be taken? 0, their fingerprint, and the configuration, which nobody took. */
int policy_check(struct policy *policy, struct policy_listener listener,
		 char reason[static REASON_MAX], char ret_hash[static POLICY_HASH_SIZE],
		 struct config **ret_config) _must_check_;

/* Why the files are not in force; "" they are, or have not been asked for yet. */
const char *policy_error(const struct policy *policy);
/* For the line of systemctl status; "" nothing to say. */
void policy_say(const struct policy *policy, char text[static REASON_MAX]);
/* Reads the files again. */
void policy_get_status(struct policy *policy, struct policy_status *ret_status);

#endif
