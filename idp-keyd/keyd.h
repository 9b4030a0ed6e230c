/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_KEYD_KEYD_H
#define IDP_KEYD_KEYD_H

/*
 * The one thing idp-keyd does: a question of the class KEY in, an answer out. It calls into the
 * token's module and so may block; nothing else runs in this process.
 */

#include <p11-kit/p11-kit.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"
#include "idp-keyd/pin.h"

/* Why not: outcomes of the functions in this folder, and the reason codes of KEY_NO. */
enum keyd_no {
	KEYD_NO_URI = 1, /* bad-uri: it does not name one private key */
	KEYD_NO_ALG,     /* bad-alg: nobody signs so, or not this key */
	KEYD_NO_MODULE,  /* no-module: no PKCS #11 module could be loaded */
	KEYD_NO_TOKEN,   /* no-token: none, or several, match */
	KEYD_NO_KEY,     /* no-key: none, or several, match */
	KEYD_NO_PIN,     /* no-pin: the token wants one, and none can be read or may be tried */
	KEYD_NO_REFUSED, /* pin-refused: it was wrong; it is not tried again */
	KEYD_NO_FAILED,  /* token-failed: the token or its module said no */
};

struct keyd {
	CK_FUNCTION_LIST **modules; /* NULL-terminated; NULL none */
	bool alone;                 /* one module that was named, not those of p11-kit */
	struct pins pins;
};

/*
 * Loads and initializes the module at path, or (NULL) those p11-kit knows of. What fails is said
 * to the log; without any module every question is answered with no-module.
 */
void keyd_load(struct keyd *keyd, const char *path);
void keyd_unload(struct keyd *keyd);

/* Answers one message into out, ended. -EPROTO: it is none an idp-agentd would send. */
int keyd_answer(struct keyd *keyd, const void *message, size_t len, struct buf *out) _must_check_;

#endif
