/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_USERINFO_KEYS_H
#define IDP_NET_USERINFO_KEYS_H

/*
 * An answer of userinfo to the end, whether it is plain or a signed token: then with the platform's
 * keys, which may have to be fetched first. Embedded in a flow's state.
 */

#include <jansson.h>
#include <stdbool.h>

#include "common/macro.h"
#include "idp-agentd/net/userinfo.h"
#include "idp-agentd/net/verify.h"

struct http_answer;
struct provider;
struct secret;

/* outcome: 0 with the object; -errno; USERINFO_E_*. code and text say why not. The flow may end. */
typedef void (*userinfo_done_fn)(void *userdata, int outcome, const char *code, const char *text,
				 const json_t *object);

struct userinfo_reader {
	struct provider *provider; /* the flow holds it */
	userinfo_done_fn done;
	void *userdata;
	struct userinfo_policy policy; /* its texts are the flow's */
	struct secret *token;          /* the answer, when it came signed */
	struct verify verify;
};

void userinfo_reader_init(struct userinfo_reader *reader, struct provider *provider,
			  userinfo_done_fn done, void *userdata);
/* Stops and erases; done() is not called any more. */
void userinfo_reader_done(struct userinfo_reader *reader);
/* Calls done() once, perhaps before this returns. */
void userinfo_reader_take(struct userinfo_reader *reader, const struct http_answer *answer,
			  const struct userinfo_policy *policy);

#endif
