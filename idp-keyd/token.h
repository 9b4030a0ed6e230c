/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_KEYD_TOKEN_H
#define IDP_KEYD_TOKEN_H

/* One private key in one token: found, shown by its public half, signed with. */

#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/limits.h"
#include "common/macro.h"

struct keyd;
struct mech;

struct token_key {
	CK_FUNCTION_LIST *module;
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE object;
	CK_KEY_TYPE type;
	const char *pin_source; /* of the URI, which must stay */
};

/*
 * Opens a session and finds the one key uri names. KEYD_NO_*, with a sentence in reason. Close it
 * whatever became of it.
 */
int token_open(struct keyd *keyd, P11KitUri *uri, struct token_key *key,
	       char reason[static REASON_MAX]) _must_check_;
void token_close(struct token_key *key);
/* Appends the DER of its SubjectPublicKeyInfo. KEYD_NO_*. */
int token_public(const struct token_key *key, struct buf *out,
		 char reason[static REASON_MAX]) _must_check_;
/* Appends the signature over len bytes, as JWS writes it. KEYD_NO_*. */
int token_sign(struct keyd *keyd, const struct token_key *key, const struct mech *mech,
	       const void *bytes, size_t len, struct buf *out,
	       char reason[static REASON_MAX]) _must_check_;

#endif
