/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How each kind of row looks. A kind or a field nobody listed here is shown all the same, under
 * its own name: an agent newer than this program loses nothing but a nice title.
 *
 * To add a kind: its columns, then a row in the table kinds.
 */
#include "idpctl/render-kinds.h"

#include <string.h>

#include "common/macro.h"

/* clang-format off */
static const struct render_column agent_columns[] = {
	{ "config", "Configuration", FORMAT_PLAIN },
	{ "config_error", "Not in force", FORMAT_PLAIN },
	{ "started", "Started", FORMAT_TIME },
	{ "clients", "Connections", FORMAT_PLAIN },
	{ "signins", "Sign-ins under way", FORMAT_PLAIN },
	{ "lookups", "Lookups under way", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column policy_columns[] = {
	{ "hash", "Fingerprint", FORMAT_PLAIN },
	{ "rules", "of its rules", FORMAT_PLAIN },
	{ "files", "Files", FORMAT_PLAIN },
	{ "taken", "Taken", FORMAT_TIME },
	{ "until", "Goes back", FORMAT_TIME },
	{ "before", "Before it", FORMAT_PLAIN },
	{ "rolled_back", "Rolled back", FORMAT_TIME },
	{ "not_kept", "Not kept", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column snapshot_columns[] = {
	{ "published", "Published", FORMAT_TIME },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column network_columns[] = {
	{ "since", "Since", FORMAT_TIME },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column provider_columns[] = {
	{ "client_id", "Client", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column directory_columns[] = {
	{ "running", "Syncing now", FORMAT_PLAIN },
	{ "last_sync", "Last sync", FORMAT_TIME },
	{ "last_full", "Last full sync", FORMAT_TIME },
	{ "next", "Next sync", FORMAT_TIME },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column counters_columns[] = {
	{ "lookups_found", "Lookups found", FORMAT_PLAIN },
	{ "lookups_missed", "Lookups missed", FORMAT_PLAIN },
	{ "refused_clients", "Connections refused", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column user_columns[] = {
	{ "uid", "User ID", FORMAT_PLAIN },
	{ "gid", "Group ID", FORMAT_ID },
	{ "gecos", "Full name", FORMAT_PLAIN },
	{ "alias", "Also found as", FORMAT_PLAIN },
	{ "refused_home", "Home of the platform, not allowed", FORMAT_PLAIN },
	{ "refused_shell", "Shell of the platform, not allowed", FORMAT_PLAIN },
	{ "end_time", "Ends", FORMAT_TIME },
	{ "loa", "Level of assurance", FORMAT_PLAIN },
	{ "seen", "Last confirmed", FORMAT_TIME },
	{ "signed_in", "Last sign-in", FORMAT_TIME },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column scope_columns[] = {
	{ "asked", "Asked for by", FORMAT_PLAIN },
	{ "host", "This host", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column id_columns[] = {
	{ "gid", "Group ID", FORMAT_ID },
	{ "uid", "User ID", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column decision_columns[] = {
	{ "time", "When", FORMAT_TIME },
	{ "text", "Told", FORMAT_PLAIN },
	{ "trace", "What was looked at", FORMAT_LINES },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column fact_columns[] = {
	{ "key", "Key", FORMAT_PLAIN },
	{ "what", "What", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column rebind_columns[] = {
	{ "people", "People", FORMAT_PLAIN },
	{ "issuer", "Bound with issuer", FORMAT_PLAIN },
	{ "subject_from", "by", FORMAT_PLAIN },
	{ "new_issuer", "idp.conf says issuer", FORMAT_PLAIN },
	{ "new_subject_from", "by", FORMAT_PLAIN },
	{ "keep", "They stay", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column whoami_columns[] = {
	{ "uid", "User ID", FORMAT_PLAIN },
	{ "tokens", "Tokens kept", FORMAT_PLAIN },
	{ "signed_in", "Signed in here", FORMAT_TIME },
	{ "auth_time", "At the platform", FORMAT_TIME },
	{ "acr", "How (acr)", FORMAT_PLAIN },
	{ "amr", "With (amr)", FORMAT_PLAIN },
	{ "token_until", "Token good until", FORMAT_TIME },
	{ "kept_until", "Kept until", FORMAT_TIME },
	{ "sessions", "Open sessions", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column logout_columns[] = {
	{ "url", "Now open", FORMAT_PLAIN },
	{ "kept", "Tokens were kept", FORMAT_PLAIN },
	{ "told", "Platform told", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column tokens_columns[] = {
	{ "ready", "Can be kept", FORMAT_PLAIN },
	{ "kept", "Kept of", FORMAT_PLAIN },
	{ "handed", "Handed out", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column service_columns[] = {
	{ "sign_in", "Sign-in", FORMAT_SENTENCES },
	{ "let_in", "Rules that let in", FORMAT_PLAIN },
	{ "keep_out", "Rules that keep out", FORMAT_PLAIN },
	{ "elsewhere", "For other hosts", FORMAT_PLAIN },
	{ "others", "Others", FORMAT_SENTENCES },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column can_columns[] = {
	{ "told", "Would be told", FORMAT_PLAIN },
	{ "asks", "Sign-in would ask for", FORMAT_PLAIN },
	{ "record", "Record", FORMAT_PLAIN },
	{ "seen", "Last confirmed", FORMAT_TIME },
	{ "signed_in", "Last sign-in", FORMAT_TIME },
	{ "unattended", "Without a sign-in", FORMAT_PLAIN },
	{ "offline", "Platform away", FORMAT_PLAIN },
	{ "max_age", "Age of sign-in", FORMAT_PLAIN },
	{ "trace", "What was looked at", FORMAT_LINES },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column rule_columns[] = {
	{ "text", "Says", FORMAT_SENTENCES },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column purpose_columns[] = {
	{ "eservice", "E-service", FORMAT_PLAIN },
	{ "id", "Purpose ID", FORMAT_PLAIN },
	{ "client_id", "Client ID", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column association_columns[] = {
	{ "who", "Who may", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column exposure_columns[] = {
	{ "eservices", "E-services", FORMAT_PLAIN },
	{ "principals", "Users and groups", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column link_columns[] = {
	{ "link", "Link", FORMAT_PLAIN },
	{ "what", "There must be", FORMAT_PLAIN },
	{ "known_to", "Who knows", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column key_columns[] = {
	{ "client_id", "Client ID", FORMAT_PLAIN },
	{ "kid", "kid", FORMAT_PLAIN },
	{ "made", "Made", FORMAT_TIME },
	{ "public_key", "Public key", FORMAT_LINES },
	{ "base64", "The same in base64", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column verified_columns[] = {
	{ "outcome", "The answer is", FORMAT_PLAIN },
	{ "auth_time", "Signed in", FORMAT_TIME },
	{ "acr_values", "Sign-in asked for", FORMAT_PLAIN },
	{ "max_age", "At most so old (s)", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column clash_columns[] = {
	{ "id", "Candidate", FORMAT_PLAIN },
	{ "holder", "Who has it", FORMAT_PLAIN },
	{ "settle", "Settled by", FORMAT_PLAIN },
	{ "dir_id", "ID there", FORMAT_PLAIN },
	{ NULL, NULL, FORMAT_PLAIN },
};
static const struct render_column no_columns[] = { { NULL, NULL, FORMAT_PLAIN } };

static const struct render_kind kinds[] = {
	{ "agent",	"Agent",	   LAYOUT_RECORD,  false, agent_columns },
	{ "policy",	"Policy",	   LAYOUT_RECORD,  false, policy_columns },
	{ "snapshot",	"Snapshot",	   LAYOUT_RECORD,  false, snapshot_columns },
	{ "network",	"Network process", LAYOUT_RECORD,  false, network_columns },
	{ "provider",	"Provider",	   LAYOUT_RECORD,  true,  provider_columns },
	{ "directory",	"Directory",	   LAYOUT_RECORD,  true,  directory_columns },
	{ "counters",	"Since the start", LAYOUT_RECORD,  false, counters_columns },
	{ "user",	"User",		   LAYOUT_RECORD,  true,  user_columns },
	{ "label",	"Labels",	   LAYOUT_LINES,    false, no_columns },
	{ "ssh_key",	"Keys for ssh",	   LAYOUT_LINES,    false, no_columns },
	{ "membership", "Groups",	   LAYOUT_TABLE,   false, id_columns },
	{ "group",	"Group",	   LAYOUT_RECORD,  true,  id_columns },
	{ "nested",	"Groups inside",   LAYOUT_TABLE,   false, id_columns },
	{ "member",	"Members",	   LAYOUT_TABLE,   false, id_columns },
	{ "sync",	"Synchronised",	   LAYOUT_TABLE,   false, no_columns },
	{ "decision",	"Decision",	   LAYOUT_RECORD,  false, decision_columns },
	{ "can",	"If asked now",	   LAYOUT_RECORD,  false, can_columns },
	{ "service",	"Service",	   LAYOUT_RECORD,  true,  service_columns },
	{ "rule",	"Rule",		   LAYOUT_RECORD,  true,  rule_columns },
	{ "purpose",	"Purposes",	   LAYOUT_TABLE,   false, purpose_columns },
	{ "eservice",	"E-service",	   LAYOUT_RECORD,  true,  no_columns },
	{ "association", "Purposes of",	   LAYOUT_TABLE,   true,  association_columns },
	{ "api-client",	"Clients for the platform's own interfaces", LAYOUT_TABLE, false,
	  association_columns },
	{ "exposure",	"Clients",	   LAYOUT_TABLE,   false, exposure_columns },
	{ "link",	"What a voucher hangs on", LAYOUT_TABLE, false, link_columns },
	{ "key",	"Key of client",   LAYOUT_RECORD,  true,  key_columns },
	{ "rebind",	"Provider",	   LAYOUT_RECORD,  true,  rebind_columns },
	{ "verified",	"Token",	   LAYOUT_RECORD,  false, verified_columns },
	{ "whoami",	"You",		   LAYOUT_RECORD,  true,  whoami_columns },
	{ "tokens",	"Tokens of sessions", LAYOUT_RECORD, false, tokens_columns },
	{ "backchannel", "Sessions ended by", LAYOUT_RECORD, true, no_columns },
	{ "logout",	"Logged out of",   LAYOUT_RECORD,  true,  logout_columns },
	{ "problem",	"Problems",	   LAYOUT_LINES,   false, no_columns },
	{ "setting",	"Configured for",  LAYOUT_TABLE,   true,  fact_columns },
	{ "offer",	"Offered by",	   LAYOUT_TABLE,   true,  fact_columns },
	{ "use",	"Used with",	   LAYOUT_TABLE,   true,  fact_columns },
	{ "scope",	"Scopes of",	   LAYOUT_TABLE,   true,  scope_columns },
	{ "scope_check", "Scopes at",	   LAYOUT_TABLE,   true,  scope_columns },
	{ "step",	"To put right",	   LAYOUT_TABLE,   true,  scope_columns },
	{ "register",	"Register",	   LAYOUT_RECORD,  true,  scope_columns },
	{ "asked",	"Beside the register", LAYOUT_TABLE, false, scope_columns },
	{ "difference", "Differences",	   LAYOUT_TABLE,   false, no_columns },
	{ "clash",	"Without an id",   LAYOUT_RECORD,  true,  clash_columns },
	{ "conflict",	"Conflicts",	   LAYOUT_TABLE,   false, no_columns },
	{ "wrong",	"Wrong",	   LAYOUT_TABLE,   false, no_columns },
	{ "finding",	"Findings",	   LAYOUT_FINDING, false, no_columns },
};
/* clang-format on */

const struct render_kind *render_kind_find(const char *name)
{
	for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	return NULL;
}

const struct render_column *render_column_find(const struct render_kind *kind, const char *key)
{
	for (const struct render_column *c = kind ? kind->columns : no_columns; c->key; c++) {
		if (strcmp(c->key, key) == 0)
			return c;
	}
	return NULL;
}
