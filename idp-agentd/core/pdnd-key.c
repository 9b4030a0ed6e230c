/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PDND_KEY: an administrator makes, shows, changes and removes keys of clients. MUST: of a private
 * key nothing goes out.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/secret.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/client-key.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/desk.h"
#include "idp-agentd/core/key-make.h"
#include "idp-agentd/core/pdnd.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/voucher.h"

#define PUBLIC_MAX 8192u /* SPKI of RSA 8192 in PEM and base64 once more is below 3000 */

struct key_order {
	const char *state;
	const struct config_client *client;
	struct vouchers *vouchers;
	struct conn *conn;
};

/* ---- showing ---- */

/* The platform's page takes PEM; its interface takes that in base64 once more. */
static int put_public(const struct client_key *key, struct buf *pem, struct buf *base64,
		      unsigned *ret_bits)
{
	_cleanup_(buf_done) struct buf spki;
	int r;

	buf_init(&spki, PUBLIC_MAX);
	r = key_make_spki(key->pem, &spki);
	if (r < 0)
		return r;
	*ret_bits = key_rsa_bits(spki.data, spki.len);
	key_put_spki_pem(spki.data, spki.len, pem);
	if (!pem->error)
		key_put_base64(pem->data, pem->len, base64);
	buf_put_u8(pem, '\0');
	buf_put_u8(base64, '\0');
	return pem->error ? pem->error : base64->error;
}

static int show_key(const struct key_order *order, enum client_key_slot slot,
		    char reason[static REASON_MAX])
{
	_cleanup_(client_key_done) struct client_key key = { .pem = NULL };
	_cleanup_(buf_done) struct buf pem, base64;
	unsigned bits = 0;
	struct row row;
	int r;

	buf_init(&pem, PUBLIC_MAX);
	buf_init(&base64, PUBLIC_MAX);
	r = client_key_read(order->state, order->client, slot, reason, &key);
	if (r != 0)
		return r;
	r = put_public(&key, &pem, &base64, &bits);
	if (r < 0) {
		(void)snprintf(reason, REASON_MAX, "its public half cannot be written");
		return r;
	}
	row_begin(&row, "key");
	row_put_text(&row, "client", order->client->name);
	row_put_text(&row, "client_id", order->client->client_id);
	row_put_text(&row, "use", slot == CLIENT_KEY_USED ? "signs" : "spare");
	row_put_text(&row, "kid", key.kid);
	row_put_number(&row, "bits", bits);
	if (key.made > 0)
		row_put_number(&row, "made", key.made);
	row_put_text(&row, "public_key", (const char *)pem.data);
	row_put_text(&row, "base64", (const char *)base64.data);
	row_send(&row, order->conn);
	return 0;
}

/* ---- the orders ---- */

static int order_show(const struct key_order *order, char reason[static REASON_MAX])
{
	char ignored[REASON_MAX];
	int r = show_key(order, CLIENT_KEY_USED, reason);

	if (r == 0 && show_key(order, CLIENT_KEY_SPARE, ignored) < 0)
		log_warning("%s", ignored);
	return r;
}

static int order_new(const struct key_order *order, char reason[static REASON_MAX])
{
	int r = client_key_make(order->state, order->client, CLIENT_KEY_USED, reason);

	return r != 0 ? r : show_key(order, CLIENT_KEY_USED, reason);
}

static int order_rotate(const struct key_order *order, char reason[static REASON_MAX])
{
	_cleanup_(client_key_done) struct client_key used = { .pem = NULL };
	int r = client_key_read(order->state, order->client, CLIENT_KEY_USED, reason, &used);

	if (r == 0)
		r = client_key_make(order->state, order->client, CLIENT_KEY_SPARE, reason);
	return r != 0 ? r : show_key(order, CLIENT_KEY_SPARE, reason);
}

static int order_use(const struct key_order *order, char reason[static REASON_MAX])
{
	return client_key_swap(order->state, order->client, reason);
}

static int order_drop(const struct key_order *order, char reason[static REASON_MAX])
{
	return client_key_drop(order->state, order->client, reason);
}

static const struct {
	const char *name;
	bool changes;
	int (*run)(const struct key_order *order, char reason[static REASON_MAX]);
	const char *done; /* @ is the client */
} key_orders[] = {
	{ "show", false, order_show, "" },
	{ "new", true, order_new,
	  "Now have a security operator of your organisation upload the public key to this "
	  "client; the platform must show the same kid." },
	{ "rotate", true, order_rotate,
	  "Upload it as a further key of this client, then: idpctl pdnd key use @. Until "
	  "then the old one signs." },
	{ "use", true, order_use,
	  "The other key signs from now on. When vouchers come, take the old one away at the "
	  "platform, then: idpctl pdnd key drop @. The same command again goes back." },
	{ "drop", true, order_drop, "The spare key is no more." },
};

/* ---- the request ---- */

static void refuse_client(const struct config *config, struct conn *conn, const char *name)
{
	struct config_guess guess = { .word = name };
	char text[REASON_MAX];

	for (size_t i = 0; i < config->n_clients; i++)
		config_guess(&guess, config->clients[i].name);
	(void)snprintf(text, sizeof(text), "There is no [client %.100s]%s%s%s", name,
		       guess.best ? ": did you mean " : ".", guess.best ? guess.best : "",
		       guess.best ? "?" : "");
	row_end(conn, 1, "unknown-client", text);
}

static void key_say_done(const struct key_order *order, const char *done)
{
	const char *at = strchrnul(done, '@');
	char text[2 * REASON_MAX];

	(void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - done), done,
		       *at ? order->client->name : "", *at ? at + 1 : "");
	row_end(order->conn, 0, "", text);
}

static void key_audit(const struct key_order *order, const char *what, const char *why)
{
	uid_t uid = conn_peer(order->conn)->uid;
	char message[2 * CONFIG_NAME_MAX], asker[16];
	const struct audit_event event = {
		.kind = AUDIT_KEY,
		.priority = *why ? LOG_WARNING : LOG_NOTICE,
		.message = message,
		.result = *why ? "refused" : what,
		.detail = why,
		.provider = order->client->provider,
		.asker = uid ? asker : NULL,
	};

	(void)snprintf(message, sizeof(message), "client %s: key %s%s", order->client->name, what,
		       *why ? " refused" : "");
	(void)snprintf(asker, sizeof(asker), "%u", uid);
	audit_write(&event);
}

static void key_run(const struct key_order *order, size_t at)
{
	char reason[REASON_MAX] = "", text[REASON_MAX + 2];
	int r = key_orders[at].run(order, reason);

	if (key_orders[at].changes)
		key_audit(order, key_orders[at].name, r == 0 ? "" : reason);
	if (r == 0) {
		if (key_orders[at].changes) /* it may be what was missing */
			vouchers_retry(order->vouchers, order->client->name);
		key_say_done(order, key_orders[at].done);
		return;
	}
	(void)snprintf(text, sizeof(text), "%s.", reason);
	row_end(order->conn, 1,
		r == CLIENT_KEY_E_NONE        ? "no-key"
		: r == CLIENT_KEY_E_TAKEN     ? "key-exists"
		: r == CLIENT_KEY_E_ELSEWHERE ? "not-ours"
					      : "key-refused",
		text);
}

int pdnd_key_request(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	const struct config *config = parts->authority->config;
	const char *what = wire_get_str(in, REASON_MAX);
	const char *name = wire_get_str(in, REASON_MAX);
	struct key_order order = { .state = parts->authority->state,
				   .vouchers = desk_vouchers(parts->desk),
				   .conn = conn };

	if (wire_close(in) < 0)
		return -EPROTO;
	order.client = config_client(config, name);
	for (size_t i = 0; i < ELEMENTSOF(key_orders); i++) {
		if (strcmp(key_orders[i].name, what) != 0)
			continue;
		if (order.client)
			key_run(&order, i);
		else
			refuse_client(config, conn, name);
		return 0;
	}
	return -EPROTO;
}
