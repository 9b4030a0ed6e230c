/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PDND: the view that the running agent has, for what is told of it. */
#include "idp-agentd/core/pdnd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/client-key.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/desk.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store.h"
#include "idp-agentd/core/voucher.h"

struct pdnd_here {
	struct authority *authority;
	struct vouchers *vouchers;
	struct conn *conn;
};

/* ---- the view ---- */

static bool here_knows(void *userdata, bool group, const char *name)
{
	struct authority *authority = ((const struct pdnd_here *)userdata)->authority;
	_cleanup_(person_freep) struct person *person = NULL;
	_cleanup_(group_freep) struct group *found = NULL;

	if (group)
		return localnames_has_group(authority->locals, name) ||
		       store_find_group(authority->store, name, &found) == 0;
	return localnames_has_user(authority->locals, name) ||
	       store_find_name(authority->store, name, &person) == 0;
}

static bool here_is_open(void *userdata, const char *file)
{
	struct stat st;

	(void)userdata;
	return stat(file, &st) == 0 && (st.st_mode & 04);
}

static void here_look(void *userdata, const char *client, const char *purpose,
		      struct voucher_state *ret_state)
{
	vouchers_look(((const struct pdnd_here *)userdata)->vouchers, client, purpose, ret_state);
}

static bool here_skew(void *userdata, const char *provider, int64_t *ret_seconds)
{
	return vouchers_skew(((const struct pdnd_here *)userdata)->vouchers, provider, ret_seconds);
}

static void here_row(void *userdata, const struct row *row)
{
	row_send(row, ((const struct pdnd_here *)userdata)->conn);
}

static void read_keys(const char *state, const struct config_client *client, struct pdnd_keys *keys)
{
	_cleanup_(client_key_done) struct client_key used = { .pem = NULL },
						     spare = { .pem = NULL };
	char reason[REASON_MAX];
	int r;

	r = client_key_read(state, client, CLIENT_KEY_USED, reason, &used);
	if (r == 0) {
		memcpy(keys->kid, used.kid, sizeof(keys->kid));
		keys->made = used.made;
	} else if (r != CLIENT_KEY_E_NONE) {
		memcpy(keys->reason, reason, sizeof(keys->reason));
	}
	if (client_key_read(state, client, CLIENT_KEY_SPARE, reason, &spare) == 0) {
		memcpy(keys->spare, spare.kid, sizeof(keys->spare));
		keys->spare_made = spare.made;
	}
}

/* ---- the request ---- */

static const struct pdnd_question {
	const char *name;
	void (*tell)(struct pdnd_view *view);
	bool keys;        /* which have to be read for it */
	const char *last; /* said when nothing is wrong */
} pdnd_questions[] = {
	{ "graph", pdnd_graph, false, "" },
	{ "lint", pdnd_lint, true, "" },
	{ "doctor", pdnd_doctor, true,
	  "Whichever link is missing, the platform answers that it cannot generate a token "
	  "(015-0008)." },
};

static int pdnd_tell(const struct control_parts *parts, struct conn *conn,
		     const struct pdnd_question *question)
{
	struct pdnd_here here = { parts->authority, desk_vouchers(parts->desk), conn };
	const struct config *config = parts->authority->config;
	_cleanup_free_ struct pdnd_keys *keys = calloc(config->n_clients + 1, sizeof(*keys));
	struct pdnd_view view = {
		.config = config,
		.now = authority_time(),
		.keys = keys,
		.knows = here_knows,
		.is_open = here_is_open,
		.look = here_look,
		.skew = here_skew,
		.row = here_row,
		.userdata = &here,
	};

	if (!keys)
		return -ENOMEM;
	authority_refresh_locals(parts->authority);
	for (size_t i = 0; question->keys && i < config->n_clients; i++)
		read_keys(parts->authority->state, &config->clients[i], &keys[i]);
	question->tell(&view);
	if (view.failed)
		row_end(conn, 1, "findings", "Something needs your attention.");
	else
		row_end(conn, 0, "", question->last);
	return 0;
}

int pdnd_request(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	const char *what = wire_get_str(in, REASON_MAX);

	if (wire_close(in) < 0)
		return -EPROTO;
	if (parts->authority->config->n_clients + parts->authority->config->n_eservices == 0) {
		row_end(conn, 1, "no-clients",
			"idp.conf has no [client], [purpose] and [eservice] sections.");
		return 0;
	}
	for (size_t i = 0; i < ELEMENTSOF(pdnd_questions); i++)
		if (strcmp(pdnd_questions[i].name, what) == 0)
			return pdnd_tell(parts, conn, &pdnd_questions[i]);
	return -EPROTO;
}
