/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a message of idp-netd: opened, held against the table, decoded as what it says. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/secret.h"
#include "common/wire.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/dir.h"
#include "idp-agentd/core/grant.h"
#include "idp-agentd/core/identity.h"
#include "idp-agentd/core/permit.h"
#include "idp-agentd/core/prompt.h"
#include "idp-agentd/core/proof.h"
#include "idp-agentd/core/voucher-judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is asked, a proof is for the platform of the configuration. */
static void prove(struct wire_in *in)
{
	static struct config_provider provider = { .name = "corp",
						   .issuer = "https://idp.example.org",
						   .dpop = true };
	static const struct config config = { .n_providers = 1, .providers = &provider };
	static struct key *key;
	struct proof_order order;
	struct secret *proof = NULL;
	char reason[REASON_MAX];

	IGNORE(*wire_get_str(in, CONFIG_NAME_MAX));
	order.method = wire_get_str(in, CONFIG_NAME_MAX);
	order.target = wire_get_str(in, WIRE_STRING_MAX);
	order.nonce = wire_get_str(in, WIRE_STRING_MAX);
	order.ath = wire_get_str(in, WIRE_STRING_MAX);
	if (wire_close(in) < 0 ||
	    proof_make(&config, &provider, &key, &order, 1, reason, &proof) < 0)
		return;
	if (strncasecmp(order.target, "https://idp.example.org", 23) != 0 ||
	    (order.target[23] && !strchr("/:", order.target[23])))
		abort();
	secret_free(proof);
}

/* What comes in is what the seal will hold, and is read from there again. */
static void tokens(struct wire_in *in)
{
	struct grant *grant = NULL, *again = NULL;
	const char *resource;
	struct buf out;

	if (grant_read(in, 1, &grant, &resource) < 0)
		return;
	buf_init_secret(&out, 4u * WIRE_STRING_MAX);
	if (grant_write(grant, &out) < 0 || grant_parse(out.data, out.len, &again) < 0)
		abort();
	grant_free(grant);
	grant_free(again);
	buf_done(&out);
}

/* What is taken for a voucher of ours says so in every point. */
static void vouched(struct wire_in *in)
{
	static const char *const audiences[] = { "a" };
	static const struct config_list audience = { .n = 1, .items = audiences };
	static const struct voucher_wish wish = {
		.issuer = "i", .client_id = "c", .purpose = "p", .audience = &audience
	};
	char reason[REASON_MAX];
	struct vouched said;
	uint64_t life;

	if (vouched_read(in, &said) < 0 || !vouched_is_ours(&said, &wish, reason, &life))
		return;
	if (strcmp(said.purpose, "p") != 0 || strcmp(said.client_id, "c") != 0 || *said.jkt ||
	    life == 0 || life > VOUCHER_LIFE_MAX)
		abort();
}

static void decode(struct wire_in *in)
{
	static struct dir_members members;
	struct identity *identity = NULL;
	struct dir_group group;
	struct dir_user user;
	struct dir_end end;
	uint32_t done, total;
	const char *id;
	bool is_group;

	IGNORE((int)wire_get_u64(in)); /* the flow */
	if (in->type == MSG_IDENTITY)
		IGNORE(identity_read(in, &identity));
	else if (in->type == MSG_DIR_USER)
		IGNORE(dir_read_user(in, &user));
	else if (in->type == MSG_DIR_GROUP)
		IGNORE(dir_read_group(in, &members, &group));
	else if (in->type == MSG_DIR_GONE)
		IGNORE(dir_read_gone(in, &is_group, &id));
	else if (in->type == MSG_DIR_END)
		IGNORE(dir_read_end(in, &end));
	else if (in->type == MSG_DIR_PROGRESS)
		IGNORE(dir_read_progress(in, &done, &total));
	else if (in->type == MSG_PROVE)
		prove(in);
	else if (in->type == MSG_TOKENS)
		tokens(in);
	else if (in->type == MSG_VOUCHED)
		vouched(in);
	else if (in->type == MSG_CODE)
		IGNORE(prompt_url_ok(wire_get_str(in, WIRE_STRING_MAX)));
	identity_free(identity);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_in in;

	if (wire_open(&in, data, size) < 0 || in.class != WIRE_NET)
		return 0;
	for (unsigned flow = 0; flow < PERMIT_FLOWS; flow++) {
		struct wire_in copy = in;

		if (permit_net((enum permit_flow)flow, in.type) != PERMIT_NET_NO)
			decode(&copy);
	}
	return 0;
}
