/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One question to the agent, and its answer as lines. The MUSTs are in keys.h. */

#include "idp-authorized-keys/keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/client.h"
#include "common/limits.h"
#include "common/name.h"
#include "common/ssh-key.h"
#include "common/wire.h"

/* MUST 2. What is not a key is left out; the agent would not have sent it. */
static void put_key(struct buf *out, const char *key, const char *type)
{
	size_t len = strlen(key), type_len = type ? strlen(type) : 0;

	if (len == 0 || ssh_key_length(key, len) != len)
		return;
	if (type && (strncmp(key, type, type_len) != 0 || key[type_len] != ' '))
		return;
	buf_put(out, key, len);
	buf_put_u8(out, '\n');
}

static int read_keys(struct wire_in *in, const char *type, struct buf *out)
{
	size_t n = wire_get_count(in);

	for (size_t i = 0; i < n && i <= SSH_KEYS_MAX; i++)
		put_key(out, wire_get_str(in, SSH_KEYS_LEN_MAX), type);
	if (wire_close(in) < 0) /* MUST 1: more of them are not read, and so leave bytes behind */
		return -EBADMSG;
	return out->error;
}

static int read_answer(struct wire_in *in, const char *type, struct buf *out)
{
	if (in->type == MSG_KEYS_OF_USER)
		return read_keys(in, type, out);
	if (in->type == MSG_NOTFOUND)
		return wire_close(in);
	return in->type == MSG_UNAVAIL ? -EAGAIN : -EPROTO;
}

static int converse(struct client *client, const char *user, void *memory, usec_t deadline,
		    struct wire_in *ret_in)
{
	uint8_t question[256];
	struct buf out;
	int r;

	buf_init_fixed(&out, question, sizeof(question));
	client_begin(client, &out, MSG_SSH_KEYS);
	wire_put_str(&out, user);
	r = client_send(client, &out, deadline);
	return r < 0 ? r : client_receive(client, memory, WIRE_MESSAGE_MAX, deadline, ret_in);
}

int keys_fetch(const char *socket, const char *user, const char *type, struct buf *out)
{
	const usec_t deadline = clock_add(clock_now(), KEYS_DEADLINE);
	_cleanup_(client_close) struct client client = CLIENT_NULL;
	_cleanup_free_ void *memory = NULL;
	struct wire_in in = { .serial = 0 };
	int r;

	buf_init(out, WIRE_MESSAGE_MAX);
	/* MUST 3: root's sign-in does not wait for us. */
	if (!name_is_user(user, strnlen(user, NAME_LEN_MAX + 1)) || name_is_reserved_user(user))
		return 0;
	memory = malloc(WIRE_MESSAGE_MAX);
	if (!memory)
		return -ENOMEM;
	r = client_open(&client, socket, deadline);
	if (r == 0)
		r = converse(&client, user, memory, deadline, &in);
	if (r == 0)
		r = read_answer(&in, type, out);
	if (r < 0)
		buf_reset(out); /* MUST 1 */
	return r;
}
