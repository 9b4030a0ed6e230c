/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a message of idp-netd: opened, held against the table, decoded as what it says. */
#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"
#include "idp-agentd/core/dir.h"
#include "idp-agentd/core/identity.h"
#include "idp-agentd/core/permit.h"
#include "idp-agentd/core/prompt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(struct wire_in *in)
{
	static struct dir_members members;
	struct identity *identity = NULL;
	struct dir_group group;
	struct dir_user user;
	struct dir_end end;
	uint32_t done, total;

	IGNORE((int)wire_get_u64(in)); /* the flow */
	if (in->type == MSG_IDENTITY)
		IGNORE(identity_read(in, &identity));
	else if (in->type == MSG_DIR_USER)
		IGNORE(dir_read_user(in, &user));
	else if (in->type == MSG_DIR_GROUP)
		IGNORE(dir_read_group(in, &members, &group));
	else if (in->type == MSG_DIR_END)
		IGNORE(dir_read_end(in, &end));
	else if (in->type == MSG_DIR_PROGRESS)
		IGNORE(dir_read_progress(in, &done, &total));
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
