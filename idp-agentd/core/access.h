/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_ACCESS_H
#define IDP_CORE_ACCESS_H

/*
 * Who may enter: [allow] and [deny] over what is known of a person. Pure and total: the same
 * rules and the same request give the same decision, whatever the order of the rules; nothing
 * is read, asked or remembered. What is not known never helps the person.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"

struct buf;
struct ruleset;

enum verdict {
	VERDICT_DENY = 0,
	VERDICT_PERMIT = 1,
	VERDICT_STEP_UP =
		2, /* deny for now; a new sign-in asking for step_up could bring a permit */
};

enum subject_kind { SUBJECT_UNKNOWN = 0, SUBJECT_PERSON, SUBJECT_WORKLOAD };

struct access_claim {
	const char *path; /* JSON pointer */
	const char *value;
};

struct access_list {
	size_t n;
	const char *const *items;
};

/* All zero: nobody, from nowhere. NULL texts count as "not known". */
struct access_request {
	const char *user;     /* the local account */
	const char *service;  /* PAM service */
	const char *host;     /* this host, as rules name it in "on" */
	const char *from;     /* where the person sits: an IP address; "" at this host; NULL or a
				 name that is no address: not known */
	const char *as;       /* whom they want to become; NULL: not known */
	const char *provider; /* name of the [provider] section */
	enum subject_kind subject_kind;
	bool workload_ok; /* a workload may pass; never for anything that opens a session */
	bool may_step_up; /* another sign-in may still be started in this attempt */
	bool signing_in;  /* one is about to begin, to learn what only a token tells (groups,
			   * entitlements, claims, levels): their absence rules out no step-up */
	struct access_list groups;
	struct access_list entitlements;
	struct access_list roles;
	struct access_list products;
	bool groups_unknown;       /* there may be more than those: the platform's list could not */
	bool entitlements_unknown; /* be read, so that nobody can be said not to be in one */
	bool roles_unknown;
	bool products_unknown;
	struct access_list scopes; /* granted */
	const char *loa;           /* value at loa_from */
	const char *acr;
	struct access_list amr;
	uint64_t auth_time; /* seconds since 1970 of the sign-in at the platform; 0 not known */
	uint64_t now;       /* seconds since 1970 */
	bool claims_unknown; /* there may be more than those */
	size_t n_claims;
	const struct access_claim *claims;

	/* Gates: no rule lets any of them in. */
	bool anonymous;             /* the platform itself says: nobody in particular */
	bool details_missing;       /* the platform still wants to know something of the person */
	struct access_list details; /* what, as it calls it */

	const char *uuid;   /* of the person, where names change */
	const char *tenant; /* whose customer the person is */
	const char *site;   /* where they work */
	const char *origin; /* how the identity came to be */

	/* Of a token that a program brings: ids, as the platform writes them. */
	const char *client;
	const char *purpose;
	const char *eservice;
	const char *consumer;
};

/* Who is made up, before anything is said of them: at this host, a person, and of no provider. */
extern const struct access_request access_nobody;

#define ACCESS_MISSING_MAX 16u

/*
 * What a sign-in must be asked for to meet a rule: what is missing and, behind it, what this one
 * did bring, since the next counts for itself alone.
 */
struct access_step_up {
	size_t n_scopes; /* to ask for in addition; with signing_in there may be nothing to ask for
			  */
	const char *scopes[ACCESS_MISSING_MAX];
	size_t n_acr; /* acr_values: any of these would do */
	const char *acr[ACCESS_MISSING_MAX];
	uint64_t max_age; /* seconds; UINT64_MAX none */
	/* of these are missing: */
	size_t n_new_scopes; /* the first so many scopes */
	bool stronger;       /* an acr or a level of assurance */
	bool newer;          /* a sign-in of that age */
};

/* Texts that are pointers live in the ruleset. */
struct access_decision {
	enum verdict verdict;
	/* "permit rule=NAME", "no-rule", "denied-by=NAME", "missing=ATOM ...", "loa-too-low",
	 * "stale-login", "anonymous", "workload-token", "details-required": stable; for the log,
	 * for DONE and for idpctl why. */
	char code[REASON_MAX];
	const char *rule;           /* the rule that decided, or came closest; "" none */
	char person[REASON_MAX];    /* a short sentence for the person; "" on permit */
	char admin[2 * REASON_MAX]; /* the whole reason for the administrator */
	size_t n_missing;           /* atoms of that rule that do not hold, '!' before a never */
	const char *missing[ACCESS_MISSING_MAX];
	struct access_step_up step_up; /* on STEP_UP; on PERMIT: all that the rule rests on */
	/* The strictest of all rules that permit; USEC_INFINITY where none says anything. */
	usec_t session;
	usec_t offline;
	usec_t max_age; /* already applied to auth_time; here so that callers can store it */
};

/* Never fails; ret_decision is written whole. */
void access_check(const struct ruleset *rules, const struct access_request *request,
		  struct access_decision *ret_decision);

/* What access_explain() needs at least, whatever there is to tell: the last lines are always told.
 */
#define ACCESS_TRACE_MAX 16384u

/* The same decision with its reasons, one line each, for idpctl why. */
void access_explain(const struct ruleset *rules, const struct access_request *request,
		    struct buf *out);

/*
 * The scopes a sign-in for service at provider asks for because the [scope] register says so
 * (request = always). Returns how many there are; items gets the first room of them.
 */
size_t access_scopes(const struct ruleset *rules, const char *service, const char *provider,
		     const char **items, size_t room);
/*
 * Whether acr (NULL or "": the token named none) is as good as wanted: the same, or on a ladder
 * of [ladder acr.NAME] at least as high.
 */
bool access_acr_reaches(const struct ruleset *rules, const char *acr,
			const char *wanted) _must_check_;
/* Is the sign-in at the platform at most so old? No when its time is not known, or to come. */
bool access_signed_in_within(const struct access_request *request, uint64_t seconds) _must_check_;
/* One [scope NAME]. Texts and lists live in the ruleset. */
struct access_scope {
	const char *name;
	const char *description; /* NULL: none */
	const char *provider;    /* NULL: every one */
	struct access_list protects;
	bool on_demand;
	bool optional;
};
/* The i-th of the register, which is sorted by name. False: there is none. */
bool access_scope_at(const struct ruleset *rules, size_t i,
		     struct access_scope *ret_scope) _must_check_;

/* Where a rule speaks of a scope. */
struct access_scope_use {
	const char *scope;
	const char *verb; /* "allow", "deny" */
	const char *rule;
	const char *provider; /* of whom alone the rule is; NULL: of anybody */
	struct access_list service;
	bool needed; /* without it this [allow] holds for nobody */
};
void access_scope_uses(const struct ruleset *rules,
		       void (*use)(void *userdata, const struct access_scope_use *use),
		       void *userdata);
/* "Log in to %h" of [scope NAME], or NULL. */
const char *access_scope_text(const struct ruleset *rules, const char *name);
/* Whether any rule or ladder reads the claim at this JSON pointer: no other claim is ever kept. */
bool access_reads_claim(const struct ruleset *rules, const char *path);
/*
 * The strictest session of all [allow] rules that are about this request, whether they hold or
 * not; USEC_INFINITY where none says anything.
 */
usec_t access_session(const struct ruleset *rules,
		      const struct access_request *request) _must_check_;
/* Does an [allow] name this service? One without service is about every service, and names none. */
bool access_is_named(const struct ruleset *rules, const char *service);
/*
 * The Unix groups that [groups] names (in all), and those it gives this person. Each once; how many
 * there are.
 */
#define ACCESS_GROUPS_MAX 256u
size_t access_group_names(const struct ruleset *rules, const char *items[static ACCESS_GROUPS_MAX]);
size_t access_groups(const struct ruleset *rules, const struct access_request *request,
		     const char *items[static ACCESS_GROUPS_MAX]);
/*
 * Does a rule stop people by it: a [deny] in need or any, an [allow] in never? Then a sign-in that
 * does not ask for it lets through whom that rule is about. The first such rule.
 */
bool access_scope_forbids(const struct ruleset *rules, const char *name,
			  struct access_scope_use *ret_use) _must_check_;
/* Whether a sign-in may go on without it (optional = yes). */
bool access_scope_is_optional(const struct ruleset *rules, const char *name);

/* How many expectations there are; all of them hold, else the rules were not loaded. */
size_t access_expectations(const struct ruleset *rules) _must_check_;
/* The name of an [expect] by which somebody is let in through service; NULL: none says so. */
const char *access_proof(const struct ruleset *rules, const char *service) _must_check_;

#endif
