/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_KEYD_PIN_H
#define IDP_KEYD_PIN_H

/* PINs: where they come from, and how often they are tried. */

#include <p11-kit/pkcs11.h>
#include <stddef.h>

#include "common/limits.h"
#include "common/macro.h"

#define PIN_TOKEN_LEN 96u /* label, manufacturer, model, serial number of CK_TOKEN_INFO */

/* The tokens whose PIN was wrong in the life of this process. */
struct pins {
	size_t n;
	unsigned char tokens[KEYD_REFUSED_MAX][PIN_TOKEN_LEN];
};

struct pin_door {
	CK_FUNCTION_LIST *module;
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session;
	const char *source; /* pin-source of the URI; NULL the credential idp-keyd.pin */
};

/*
 * Logs user in. KEYD_NO_REFUSED: the PIN was wrong, now or before; KEYD_NO_PIN: there is none, or
 * it may not be tried; KEYD_NO_FAILED. Then reason holds a sentence.
 */
int pins_login(struct pins *pins, const struct pin_door *door, CK_USER_TYPE user,
	       char reason[static REASON_MAX]) _must_check_;
/* Somebody has put it right, and says so by a reload. */
void pins_forget(struct pins *pins);

#endif
