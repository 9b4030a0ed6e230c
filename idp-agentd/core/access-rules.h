/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_ACCESS_RULES_H
#define IDP_CORE_ACCESS_RULES_H

/* What access-parse.c builds and access.c judges. Nothing outside access*.c includes this. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "idp-agentd/core/access.h"
#include "idp-agentd/core/config.h"

struct arena;
struct buf;

/* Three values, since not every caller knows everything: what is UNKNOWN must not help anybody,
 * so an [allow] wants YES and a [deny] is only escaped by NO. */
enum truth { TRUTH_NO = 0, TRUTH_UNKNOWN, TRUTH_YES };

enum atom_kind {
	ATOM_SCOPE = 1,
	ATOM_PATH_SCOPE,
	ATOM_GROUP,
	ATOM_ENTITLEMENT,
	ATOM_LOA,
	ATOM_ACR,
	ATOM_AMR,
	ATOM_USER,
	ATOM_PROVIDER,
	ATOM_SUBJECT,
	ATOM_FROM,
	ATOM_FRESH,
	ATOM_CLAIM,
	ATOM_ROLE,
	ATOM_PRODUCT,
	ATOM_SITE,
	ATOM_ORIGIN,
	ATOM_UUID,
	ATOM_TENANT,
	ATOM_CLIENT,
	ATOM_PURPOSE,
	ATOM_ESERVICE,
	ATOM_CONSUMER,
	ATOM_LITERAL, /* a plain value on a ladder */
};

struct net {
	bool local; /* at this host: no address at all */
	int family;
	uint8_t bytes[sizeof(struct in6_addr)];
	unsigned prefix;
};

struct ladder;

struct atom {
	enum atom_kind kind;
	const char *text;            /* "loa:2" */
	const char *negated;         /* "!loa:2" */
	const char *value;           /* "2" */
	const char *wanted;          /* what is compared: value; of a section that value names, its
				      * id; of a CLAIM the part behind '=' */
	const struct ladder *ladder; /* LOA, ACR; NULL: compare the value itself */
	uint32_t rung;
	struct net net;    /* FROM */
	uint64_t seconds;  /* FRESH */
	const char *path;  /* CLAIM; PATH_SCOPE's part after ':' */
	size_t prefix_len; /* PATH_SCOPE: of the part up to and with ':' */
	enum subject_kind subject;
};

struct atoms {
	size_t n;
	struct atom *items;
	const char *joined; /* with '|' between: an any that is not met */
};

struct rung {
	uint32_t number;
	struct atoms ways;
};

struct ladder {
	const char *name;
	bool is_acr; /* literals are compared with acr, else with loa */
	size_t n;
	struct rung *rungs;
};

struct nets {
	size_t n;
	struct net *items;
};

struct rule {
	const char *name;
	struct config_place place;
	struct config_list service;
	struct config_list on;
	struct config_list as;
	struct nets from;
	struct atoms need;
	struct atoms any;
	struct atoms never;
	usec_t session; /* USEC_INFINITY: unset */
	usec_t offline;
	usec_t max_age;
	const char *max_age_text; /* "max-age=8h" */
	const char *say;          /* NULL: nothing */
};

struct scope {
	const char *name;
	struct config_list protects;
	const char *description;
	const char *provider; /* NULL: all */
	bool on_demand;
	bool optional;
};

struct expectation {
	const char *service;
	const char *text; /* "deny missing=loa:2" */
	enum verdict verdict;
	struct config_list reasons; /* "missing=loa:2" */
	bool workload_ok;           /* nobody opens a session there: see access_request */
	struct config_place place;
};

struct expect {
	const char *name;
	struct atoms who;
	size_t n;
	struct expectation *items;
};

/* One line of [groups NAME]. */
struct group_map {
	struct atom atom;
	const char *provider; /* NULL: of any */
	struct config_list groups;
};

struct rules {
	size_t n;
	struct rule *items;
};

#define ACCESS_ROLES_MAX 128u /* of one table: its square is kept */

/* The [roles] that count at one provider, with all that follows from them. */
struct role_table {
	const char *provider; /* NULL: where no table is for that provider alone */
	size_t n;
	const char **names; /* in byte order */
	bool *reach;        /* of n * n: [i * n + k]: who has names[i] has names[k] as well */
};

/* Rules, scopes and ladders are sorted by name: the order of the files decides nothing. */
struct ruleset {
	struct rules allow;
	struct rules deny;
	size_t n_scopes;
	struct scope *scopes;
	size_t n_ladders;
	struct ladder *ladders;
	size_t n_roles;
	struct role_table *roles; /* the first is for every other provider */
	size_t n_maps;
	struct group_map *maps;
	size_t n_expects;
	struct expect *expects;
};

/* What is judged. asserted are atoms that hold by definition: the who of an expectation. */
struct facts {
	const struct ruleset *rules;
	const struct access_request *request;
	const struct atoms *asserted;
};

/* What of one [allow] does not hold. */
struct unmet {
	const struct rule *rule;
	size_t n;
	size_t n_loa;
	size_t n_fresh;
	bool brought; /* a new sign-in could bring all of it */
	struct access_step_up step_up;
	const struct atom *first; /* that can look like something else */
	const char *texts[ACCESS_MISSING_MAX];
};

/* ---- access-net.c ---- */

enum truth net_judge(const struct nets *nets, const char *from);
/* "10.0.0.0/8", "2001:db8::/32", "192.0.2.1", "local". false: reason says why not. */
bool net_parse(const char *text, struct net *ret_net, char reason[static REASON_MAX]);

/* ---- access-atom.c ---- */

enum truth atom_judge(const struct facts *facts, const struct atom *atom);
/*
 * The same for what keeps somebody out. While a sign-in is planned, what only its token will tell
 * counts as hoped: else nobody whose token is not there yet could ever be asked for it.
 */
enum truth atom_foresee(const struct facts *facts, const struct atom *atom, enum truth hoped);
/* Could a new sign-in make it hold? Adds to step_up what that sign-in would have to ask for. */
bool atom_is_brought(const struct atom *atom, struct access_step_up *step_up);
/* Does only a token tell? */
bool atom_is_told(const struct atom *atom);
/* What was brought that looks like it, and how they differ; NULL: nothing. */
const char *atom_near(const struct facts *facts, const struct atom *atom, const char **ret_how);
const struct ladder *ladder_find(const struct ruleset *rules, const char *name);
const struct scope *scope_find(const struct ruleset *rules, const char *name);

/* ---- access-role.c ---- */

/* The role, among those of the request, that is wanted or implies it; NULL: none. */
const char *role_held(const struct ruleset *rules, const struct access_request *request,
		      const char *wanted);

/* ---- access-path.c ---- */

/* Does the granted scope cover the atom's path? */
bool path_scope_covers(const struct atom *atom, const char *granted);
/* "/a/b": no empty segment but the root, none of "." and "..". */
bool path_is_plain(const char *path);

/* ---- access.c ---- */

/* Is text one of them? No list is any; NULL is not known. */
enum truth rule_lists(const struct config_list *list, const char *text);
enum truth rule_fits(const struct rule *rule, const struct access_request *request,
		     const char **ret_selector);
/* Of a [deny]: does it fit and hold? */
bool rule_denies(const struct facts *facts, const struct rule *rule);
void access_decide(const struct facts *facts, struct access_decision *ret_decision);

/* ---- access-explain.c ---- */

/* access_explain() with what is asserted. */
void facts_explain(const struct facts *facts, struct buf *out);

/* ---- access-unmet.c ---- */

/* Of an [allow] that fits. */
struct unmet rule_judge(const struct facts *facts, const struct rule *rule);
/* Its max-age in seconds; UINT64_MAX: none. */
uint64_t rule_age(const struct rule *rule);

/* ---- access-tell.c: each writes the whole decision ---- */

/* "deny", "permit", "step-up" */
const char *verdict_name(enum verdict verdict);
void tell_permit(struct access_decision *decision);
/* false: every gate is open. */
bool tell_gate(struct access_decision *decision, const struct facts *facts);
void tell_denied(struct access_decision *decision, const struct facts *facts,
		 const struct rule *rule);
void tell_no_rule(struct access_decision *decision, const struct facts *facts);
/* The rule that came closest. */
void tell_unmet(struct access_decision *decision, const struct facts *facts,
		const struct unmet *unmet);
/* The strictest max-age of the rules that permit is not kept. */
void tell_stale(struct access_decision *decision, const struct facts *facts);

/* ---- access-suppose.c ---- */

/*
 * base and what every atom of who says. Atoms on a ladder say nothing by themselves: the judge
 * needs them asserted. Lists are of the arena, texts borrowed. 0 or -ENOMEM.
 */
int request_suppose(const struct access_request *base, const struct atoms *who, struct arena *arena,
		    struct access_request *ret_request) _must_check_;

/* ---- access-person.c ---- */

/*
 * What an [allow] misses, for the person: no names but those of scopes. Whether all of it is the
 * person's own to change, by signing in anew.
 */
bool person_put_unmet(const struct facts *facts, const struct rule *rule, struct buf *out);

/* ---- access-expect.c ---- */

struct config_problems;
/* Every expectation that does not hold is a problem. 0 or -ENOMEM. */
int access_expect(const struct ruleset *rules, struct arena *arena,
		  struct config_problems *problems) _must_check_;

#endif
