/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/card-check.h"

#include <errno.h>
#include <string.h>

#include "common/client.h"
#include "common/reason.h"
#include "idp-agentd/core/card.h"
#include "idp-agentd/core/key.h"

#define CHECK_SAYS "idp-agentd --check"

const char *card_check_socket = CARD_SOCKET;

struct check_answer {
	uint8_t bytes[CARD_BYTES_MAX];
	size_t len;
};

static int check_read(struct wire_in *in, enum wire_type wanted, struct check_answer *answer,
		      char reason[static REASON_MAX])
{
	if (in->type == MSG_KEY_NO) {
		IGNORE(*wire_get_str(in, REASON_MAX)); /* the code: the sentence says it */
		reason_copy_printable(wire_get_str(in, REASON_MAX), reason, REASON_MAX);
		return -EKEYREJECTED;
	}
	if (in->type != wanted || card_read(in, answer->bytes, &answer->len) < 0)
		return reason_refuse(-EPROTO, reason, "idp-keyd said something it may not say");
	return 0;
}

/* Sends what was begun in out, and reads the answer. */
static int check_ask(struct client *client, struct buf *out, enum wire_type wanted,
		     struct check_answer *answer, char reason[static REASON_MAX])
{
	usec_t deadline = clock_add(clock_now(), CARD_DEADLINE);
	uint8_t memory[2 * CARD_BYTES_MAX];
	struct wire_in in;
	int r = client_send(client, out, deadline);

	if (r >= 0)
		r = client_receive(client, memory, sizeof(memory), deadline, &in);
	if (r < 0)
		return reason_refuse(r, reason, "idp-keyd does not answer: %s",
				     strerrordesc_np(-r));
	return check_read(&in, wanted, answer, reason);
}

static int check_key(struct client *client, struct buf *out, const char *uri, const char *alg,
		     char reason[static REASON_MAX])
{
	_cleanup_(key_freep) struct key *key = NULL;
	struct check_answer answer;
	int r;

	client_begin(client, out, MSG_KEY_PUBLIC);
	wire_put_str(out, uri);
	r = check_ask(client, out, MSG_KEY_IS, &answer, reason);
	if (r == 0)
		r = key_load_public(answer.bytes, answer.len, alg, reason, &key);
	if (r < 0)
		return r;
	client_begin(client, out, MSG_KEY_SIGN);
	wire_put_str(out, uri);
	wire_put_str(out, alg);
	wire_put_str(out, CHECK_SAYS);
	r = check_ask(client, out, MSG_SIGNED_IS, &answer, reason);
	if (r < 0)
		return r;
	return key_verify(key, CHECK_SAYS, STRLEN(CHECK_SAYS), answer.bytes, answer.len)
		       ? 0
		       : reason_refuse(-EKEYREJECTED, reason,
				       "the token signs with another key than it shows");
}

int card_check(const char *uri, const char *alg, char reason[static REASON_MAX])
{
	_cleanup_(buf_done) struct buf out;
	struct client client = CLIENT_NULL;
	int r;

	buf_init(&out, WIRE_MESSAGE_MAX);
	r = client_open(&client, card_check_socket, clock_add(clock_now(), CARD_DEADLINE));
	if (r < 0)
		return reason_refuse(r, reason, "idp-keyd cannot be reached at %.90s: %s",
				     card_check_socket, strerrordesc_np(-r));
	r = check_key(&client, &out, uri, alg, reason);
	client_close(&client);
	return r;
}
