/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CONFIG_H
#define IDP_CORE_CONFIG_H

/*
 * idp.conf as an immutable tree. config_load() builds a new one and never touches the one in
 * force: the caller swaps pointers when it likes what it got. Every text of the tree lives as
 * long as the tree. Rows of the key table: config-keys.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"

struct arena;
struct ruleset;
struct secret;

#define CONFIG_FILE IDP_SYSCONFDIR "/idp/idp.conf"

/* Positive outcomes of config_load() and config_parse(). */
enum { CONFIG_E_REFUSED = 1 /* the problems say why */ };

enum config_kind {
	CONFIG_AGENT = 1,
	CONFIG_PROVIDER,
	CONFIG_DIRECTORY,
	CONFIG_SERVICE,
	CONFIG_SCOPE,
	CONFIG_LADDER,
	CONFIG_ROLES,
	CONFIG_ALLOW,
	CONFIG_DENY,
	CONFIG_EXPECT,
	CONFIG_GROUPS,
	CONFIG_CLIENT,
	CONFIG_PURPOSE,
	CONFIG_ESERVICE,
};

struct config_place {
	const char *file; /* "" for what nobody wrote (a default) */
	unsigned line;    /* 0 for what nobody wrote */
};

/* One key with its effective value, written or default, in the form that goes over the wire:
 * times in seconds, yes/no as "true"/"false", lists with one space between the words. */
struct config_pair {
	const char *key;
	const char *value;
	char type;   /* of a wire field: 's' text, 'n' integer, 'b' true/false, 'S' value is a
			secret's reference: send what config_secret() makes of it */
	bool net;    /* idp-netd needs it; the others (private keys) stay in the authority */
	bool preset; /* nobody wrote it: the provider's preset says so */
	struct config_place place;
};

struct config_section {
	enum config_kind kind;
	const char *kind_name; /* "provider" */
	const char *name;      /* "" for [agent] */
	struct config_place place;
	size_t n_pairs;
	const struct config_pair *pairs;
};

struct config_list {
	size_t n;
	const char *const *items;
};

struct config_range {
	uint32_t first;
	uint32_t last;
};

enum config_client_auth {
	CLIENT_AUTH_NONE = 0,
	CLIENT_AUTH_SECRET_BASIC,
	CLIENT_AUTH_SECRET_POST,
	CLIENT_AUTH_PRIVATE_KEY_JWT,
	CLIENT_AUTH_TLS,
	CLIENT_AUTH_SELF_SIGNED_TLS,
};
enum config_verify { VERIFY_JWKS = 0, VERIFY_INTROSPECT, VERIFY_BOTH };
enum config_mode { CONFIG_MODE_OIDC = 0, CONFIG_MODE_OAUTH2, CONFIG_MODE_JWT };
enum config_preset {
	PRESET_GENERIC = 0,
	PRESET_KEYCLOAK,
	PRESET_INDIGO_IAM,
	PRESET_PINGFEDERATE,
	PRESET_OPENCITY,
	PRESET_PRENLY,
	PRESET_SPID,
	PRESET_PDND,
};
enum config_aud_form { AUD_FORM_LIST = 0, AUD_FORM_COMMA, AUD_FORM_SPACE };
enum config_iss_form { ISS_FORM_URL = 0, ISS_FORM_NAME, ISS_FORM_NONE };
enum config_holders { HOLDERS_PEOPLE = 0, HOLDERS_PROGRAMS };
enum config_person_form { PERSON_FORM_ANY = 0, PERSON_FORM_FISCAL_CODE };
enum config_directory_kind {
	DIRECTORY_SCIM = 0,
	DIRECTORY_USERINFO,
	DIRECTORY_KEYCLOAK,
	DIRECTORY_FILE
};
enum config_names { NAMES_SHORT = 0, NAMES_QUALIFIED };
enum config_name_case { NAME_CASE_EXACT = 0, NAME_CASE_LOWER };
/* Of SCIM; only idp-netd acts on these. */
enum config_directory_paging { PAGING_AUTO = 0, PAGING_INDEX, PAGING_CURSOR };
enum config_directory_choice { DIRECTORY_AUTO = 0, DIRECTORY_YES, DIRECTORY_NO };
enum config_directory_members { MEMBERS_INLINE = 0, MEMBERS_APART, MEMBERS_PAGED };
enum config_directory_auth { DIRECTORY_CLIENT_CREDENTIALS = 0, DIRECTORY_BEARER };
enum config_collisions { ID_COLLISIONS_REFUSE = 0, ID_COLLISIONS_PROBE };
enum config_flow {
	CONFIG_FLOW_DEVICE = 0,
	CONFIG_FLOW_CODE,
	CONFIG_FLOW_TOKEN,
	CONFIG_FLOW_PASSWORD
};
enum config_state { CONFIG_STATE_ON = 0, CONFIG_STATE_OFF };
enum config_par { CONFIG_PAR_AUTO = 0, CONFIG_PAR_REQUIRE, CONFIG_PAR_NO };
enum config_resource_parameter { RESOURCE_PARAMETER_RESOURCE = 0, RESOURCE_PARAMETER_AUDIENCE };
enum config_tokens { TOKENS_KEEP = 0, TOKENS_DROP };
enum config_at_close { AT_CLOSE_REVOKE = 0, AT_CLOSE_KEEP };
enum config_client_kind { CLIENT_ESERVICE = 0, CLIENT_API };
enum config_prompt { CONFIG_PROMPT_FULL = 0, CONFIG_PROMPT_SHORT, CONFIG_PROMPT_PLAIN };

/* NULL texts and empty lists are unset; an unset time is USEC_INFINITY, an unset number
 * UINT32_MAX. In CHOICE fields the enum's order is the order of the words in config-keys.h. */
struct config_agent {
	const struct config_section *section;
	struct config_range id_range;
	unsigned id_collisions; /* enum config_collisions */
	const char *home;  /* template: common/home.h */
	const char *shell; /* fallback */
	struct config_list shells;
	struct config_list homes;
	struct config_list break_glass;
	usec_t sync_interval;
	usec_t offline;
	bool enumerate;
	const char *vault_key; /* reference; NULL: the agent makes one */
	unsigned log_level; /* index into error warning notice info debug; see config_log_level() */
};

struct config_provider {
	const struct config_section *section;
	const char *name;
	enum config_preset preset;
	const char *issuer;
	const char *client_id; /* NULL with CONFIG_MODE_JWT */
	enum config_client_auth client_auth;
	const char *client_secret; /* reference for config_secret() */
	const char *client_key;    /* reference for config_secret() */
	const char *client_kid;
	unsigned client_alg; /* its name: config_alg_name() */
	const char *client_aud;
	const char *client_cert; /* reference for config_secret() */
	const char *tls_key;     /* reference for config_secret() */
	bool dpop;
	const char *ca;
	struct config_list algs;
	struct config_list scope;
	enum config_mode mode;
	const char *subject_from; /* NULL: mode is oauth2, and it was refused */
	const char *name_from;
	const char *groups_from; /* a pointer, or one behind "userinfo:" and so on */
	const char *entitlements_from;
	const char *loa_from;
	const char *roles_from; /* NULL, as all of the following: this platform tells none */
	const char *products_from;
	const char *site_from;
	const char *origin_from;
	const char *uuid_from;
	const char *tenant_from;
	const char *details_from;
	struct config_list no_mail;
	usec_t leeway;
	const char *discovery; /* "oidc", "oauth", "no" or an https address */
	const char *device_endpoint;
	const char *token_endpoint;
	const char *jwks_uri;
	const char *userinfo_endpoint;
	const char *authorization_endpoint;
	const char *par_endpoint;
	const char *introspection_endpoint;
	const char *revocation_endpoint;
	const char *end_session_endpoint;
	enum config_aud_form aud_form;
	enum config_iss_form iss_form;
	const char *redirect_uri;
	bool password_grant;
	enum config_state state;
	enum config_par par;
	enum config_resource_parameter resource_parameter;
	const char *logout_url; /* template: logout-url.h */
	const char *typ;
	enum config_verify verify;
	struct config_list audience;
	struct config_list access_typ;
	usec_t token_life;
	const char *tenant;
	struct config_list instances; /* TENANT=ADDRESS */
	enum config_holders holders;
	const char *person_from;
	enum config_person_form person_form;
	struct config_list person_roles;
	struct config_list token_audiences;
};

struct config_directory {
	const struct config_section *section;
	const char *name;
	bool implicit; /* nobody wrote it: the userinfo directory of the first provider */
	enum config_directory_kind kind;
	const char *provider; /* always the name of a provider that exists */
	const char *url;
	enum config_directory_auth auth;
	const char *token; /* reference for config_secret() */
	struct config_list token_scope;
	const char *filter;
	struct config_list groups;  /* keycloak: what becomes groups */
	struct config_list require; /* keycloak: of whoever is active */
	const char *path;           /* file */
	uint32_t page_size;
	enum config_directory_paging paging;
	enum config_directory_choice delta, attributes;
	enum config_directory_members members;
	usec_t interval;
	usec_t full_interval;
	const char *subject_from;
	const char *name_from;
	const char *uid_from;
	const char *gid_from;
	const char *gecos_from;
	const char *home_from;
	const char *shell_from;
	const char *loa_from;
	const char *origin_from;
	const char *end_time_from;
	const char *ssh_keys_from;
	const char *labels_from;
	const char *group_name_from;
	const char *group_gid_from;
	uint32_t min_loa;
	struct config_list hide; /* words: disabled, ended, below-min-loa, nobody */
	const char *domain; /* NULL: names are as the platform writes them */
	enum config_names names;
	bool aliases;
	enum config_name_case name_case;
};

struct config_service {
	const struct config_section *section;
	const char *name; /* "default" for the one that stands for all others */
	enum config_flow flow;
	struct config_list scope;
	struct config_list acr;
	const char *resource;
	usec_t max_age;
	const char *provider; /* always the name of a provider that exists */
	unsigned pin;
	enum config_prompt prompt;
	enum config_tokens tokens; /* config_keeps_tokens() */
	enum config_at_close at_close;
};

/* The only algorithm that platforms of purposes take. */
#define CONFIG_CLIENT_ALG "RS256"

/* Machines at a platform of purposes: client n:m purpose n:1 e-service. */
struct config_client {
	const struct config_section *section;
	const char *name;
	const char *provider; /* always the name of a provider that exists */
	const char *client_id;
	enum config_client_kind kind;
	const char *key; /* reference for config_secret(); NULL: the agent keeps one */
	struct config_list users;
	struct config_list groups;
};

struct config_purpose {
	const struct config_section *section;
	const char *name;
	const char *id;
	struct config_list clients; /* always names of clients of kind eservice that exist */
	const char *eservice;       /* always the name of one that exists */
	struct config_list users;
	struct config_list groups;
};

struct config_eservice {
	const struct config_section *section;
	const char *name;
	const char *provider; /* always the name of a provider that exists */
	const char *id;       /* NULL: not said */
	struct config_list audience;
};

struct config {
	struct config_agent agent;
	size_t n_providers; /* at least 1 */
	struct config_provider *providers;
	size_t n_directories; /* at least 1 */
	struct config_directory *directories;
	size_t n_services; /* at least 1: the last one is "default" */
	struct config_service *services;
	size_t n_clients;
	struct config_client *clients;
	size_t n_purposes;
	struct config_purpose *purposes;
	size_t n_eservices;
	struct config_eservice *eservices;
	struct ruleset *rules; /* never NULL */
	size_t n_sections;     /* all of the above, and the rules as they were written */
	const struct config_section *sections;
	struct arena *arena; /* all of the texts */
};

/* ---- problems: bounded, in the order they were found ---- */

struct config_problem {
	char *file;
	unsigned line; /* 0: the file as a whole */
	char *text;    /* one sentence */
	bool note;     /* worth knowing, but refuses nothing */
};

struct config_problems {
	size_t n_errors; /* counts also those that did not fit */
	size_t n;
	struct config_problem items[CONFIG_PROBLEMS_MAX];
};

/* Zeroed memory is an empty list. */
void config_problems_done(struct config_problems *problems);
/* "file:line: text" for each, one a line. */
void config_problems_print(const struct config_problems *problems, FILE *out);

/* ---- loading ---- */

/* A file's text, for config_parse(). */
struct config_source {
	const char *file; /* its name in messages; copied */
	const char *text;
	size_t len;
};

/* The files of a configuration, in their order. */
struct config_files {
	size_t n;
	struct config_source *sources; /* room for CONFIG_FILES_MAX + 1 */
	struct arena *arena;           /* all of the texts */
};

/* Without files yet; NULL when memory is short. */
struct config_files *config_files_new(void) _must_check_;
/* NULL is fine; returns NULL. */
struct config_files *config_files_free(struct config_files *files);
DEFINE_CLEANUP(struct config_files *, config_files_free);
/* Reads them as config_load() does, with its outcomes. */
int config_files_read(const char *path, struct config_problems *problems,
		      struct config_files **ret_files) _must_check_;

/*
 * Reads path, then conf.d/ *.conf beside it in byte order. The files must be regular, owned by
 * root or by us, and not writable by group or others. 0; CONFIG_E_REFUSED, with at least one
 * error among the problems; -ENOMEM. Notes may be left in problems even with 0.
 */
int config_load(const char *path, struct config_problems *problems,
		struct config **ret_config) _must_check_;
/* The same from memory: pure. Sources in their order. */
int config_parse(const struct config_source *sources, size_t n_sources,
		 struct config_problems *problems, struct config **ret_config) _must_check_;
/* NULL is fine; returns NULL. */
struct config *config_free(struct config *config);
DEFINE_CLEANUP(struct config *, config_free);

/* ---- asking ---- */

/* Does the provider take a certificate for proof? */
bool config_uses_tls(const struct config_provider *provider);
/* Are the people of this issuer the provider's: its own, or of one of its instances? */
bool config_has_issuer(const struct config_provider *provider, const char *issuer);
/* By name; NULL when there is none. */
const struct config_provider *config_provider(const struct config *config, const char *name);
const struct config_directory *config_directory(const struct config *config, const char *name);
/* Is it read as a whole, and can be asked for one? Else it learns people as they sign in. */
bool config_directory_is_read(const struct config_directory *directory) _must_check_;
/* Its kind as it is written. */
const char *config_directory_word(const struct config_directory *directory);
/* By name; NULL when there is none. */
const struct config_client *config_client(const struct config *config, const char *name);
const struct config_purpose *config_purpose(const struct config *config, const char *name);
const struct config_eservice *config_eservice(const struct config *config, const char *name);
/* Is the word one of the list's? */
bool config_list_has(const struct config_list *list, const char *word) _must_check_;
/* [service NAME] with what it leaves out taken from [service default] and the built-in
 * defaults. Never NULL. */
const struct config_service *config_service(const struct config *config, const char *name);
/*
 * Are the tokens of a sign-in through this service kept? Those that make somebody of a person for
 * one purpose (sudo, su) drop them, whatever [service default] says, unless their own section says
 * keep.
 */
bool config_keeps_tokens(const struct config *config, const char *service) _must_check_;
/* syslog(3) priority. */
int config_log_level(const struct config *config);
/* "RS256", ... of client_alg. */
const char *config_alg_name(unsigned alg);

/*
 * Reads what a reference names: "credential:NAME" in $CREDENTIALS_DIRECTORY, or "file:PATH"
 * (regular, owned by root or us, readable by nobody but the owner and our own group). One line
 * end at its end is dropped. -errno with a sentence in reason, which never holds the secret.
 */
int config_secret(const char *reference, char reason[static REASON_MAX],
		  struct secret **ret_secret) _must_check_;

/* Is this the reference of a key in a token? NULL is none. */
bool config_is_token_key(const char *reference);

/* What only a library of cryptography can tell; key_judge of key.h is the one there is. */
struct config_judge {
	/* Does this PEM private key sign alg? 0, or negative with a sentence in reason. */
	int (*key)(const struct secret *pem, const char *alg, char reason[static REASON_MAX]);
	/* Was the first certificate of cert issued for this PEM private key? Likewise. */
	int (*certificate)(const struct secret *cert, const struct secret *pem,
			   char reason[static REASON_MAX]);
	/* Can the key in a token be reached, and does it sign alg? Likewise; NULL: not asked. */
	int (*token)(const char *uri, const char *alg, char reason[static REASON_MAX]);
};

/*
 * The whole of "idp-agentd --check" and "idpctl config check": loads path (NULL: CONFIG_FILE)
 * and tells out what is wrong or that all is well; secrets in files are looked at as well, and
 * what is in them with a judge (NULL: not). The exit status: 0 all is well, 1 something is wrong,
 * 2 memory was short.
 */
int config_check(const char *path, const struct config_judge *judge, FILE *out) _must_check_;

#endif
