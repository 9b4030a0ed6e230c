/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MUST: a message is acted upon only after all of its fields were read well. */
#include "idp-keyd/keyd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/b64url.h"
#include "common/log.h"
#include "common/reason.h"
#include "common/wire.h"
#include "idp-keyd/mech.h"
#include "idp-keyd/token.h"
#include "idp-keyd/uri.h"

#define KEYD_BYTES_OUT_MAX 2048u /* a signature or a public key of RSA 8192 */

static const char *const keyd_codes[] = {
	[KEYD_NO_URI] = "bad-uri",         [KEYD_NO_ALG] = "bad-alg",
	[KEYD_NO_MODULE] = "no-module",    [KEYD_NO_TOKEN] = "no-token",
	[KEYD_NO_KEY] = "no-key",          [KEYD_NO_PIN] = "no-pin",
	[KEYD_NO_REFUSED] = "pin-refused", [KEYD_NO_FAILED] = "token-failed",
};

struct question {
	const char *uri;
	const struct mech *mech; /* KEY_SIGN */
	const char *bytes;
};

/* ---- answering ---- */

static int keyd_do(struct keyd *keyd, P11KitUri *uri, const struct question *question,
		   struct buf *bytes, char reason[static REASON_MAX])
{
	struct token_key key;
	int r = token_open(keyd, uri, &key, reason);

	if (r == 0)
		r = question->mech ? token_sign(keyd, &key, question->mech, question->bytes,
						strlen(question->bytes), bytes, reason)
				   : token_public(&key, bytes, reason);
	token_close(&key);
	return r;
}

static int keyd_find_out(struct keyd *keyd, const struct question *question, struct buf *bytes,
			 char reason[static REASON_MAX])
{
	_cleanup_(uri_freep) P11KitUri *uri = NULL;
	int r = uri_parse(question->uri, reason, &uri);

	if (r == 0)
		r = keyd_do(keyd, uri, question, bytes, reason);
	if (r == 0 && buf_end(bytes) < 0)
		r = reason_refuse(KEYD_NO_FAILED, reason, "the token says too much");
	return r;
}

static void keyd_put_no(struct buf *out, uint32_t serial, int no, const char *reason)
{
	wire_begin(out, MSG_KEY_NO, serial);
	wire_put_str(out, keyd_codes[no]);
	wire_put_str(out, reason);
}

static void keyd_reply(struct keyd *keyd, const struct question *question, uint32_t serial,
		       struct buf *out)
{
	char reason[REASON_MAX] = "", text[B64URL_ENCODED_LEN(KEYD_BYTES_OUT_MAX) + 1];
	_cleanup_(buf_done) struct buf bytes;
	int r;

	buf_init(&bytes, KEYD_BYTES_OUT_MAX);
	r = keyd_find_out(keyd, question, &bytes, reason);
	if (r == 0 && b64url_encode(bytes.data, bytes.len, text, sizeof(text)) < 0)
		r = reason_refuse(KEYD_NO_FAILED, reason, "the token says too much");
	if (r != 0) {
		log_notice("%s: %s", keyd_codes[r], reason);
		keyd_put_no(out, serial, r, reason);
		return;
	}
	wire_begin(out, question->mech ? MSG_SIGNED_IS : MSG_KEY_IS, serial);
	wire_put_str(out, text);
}

int keyd_answer(struct keyd *keyd, const void *message, size_t len, struct buf *out)
{
	struct question question = { .mech = NULL };
	const char *alg = NULL;
	struct wire_in in;

	if (wire_open(&in, message, len) < 0 ||
	    (in.type != MSG_KEY_PUBLIC && in.type != MSG_KEY_SIGN))
		return -EPROTO;
	question.uri = wire_get_str(&in, KEY_URI_MAX);
	if (in.type == MSG_KEY_SIGN) {
		alg = wire_get_str(&in, CONFIG_NAME_MAX);
		question.bytes = wire_get_str(&in, KEY_BYTES_MAX);
	}
	if (wire_close(&in) < 0)
		return -EPROTO;
	question.mech = alg ? mech_find(alg) : NULL;
	if (alg && !question.mech)
		keyd_put_no(out, in.serial, KEYD_NO_ALG, "nobody here signs with that algorithm");
	else
		keyd_reply(keyd, &question, in.serial, out);
	return wire_end(out);
}

/* ---- modules ---- */

static void keyd_load_one(struct keyd *keyd, const char *path)
{
	CK_RV rv;

	keyd->modules = calloc(2, sizeof(*keyd->modules));
	if (keyd->modules)
		keyd->modules[0] = p11_kit_module_load(path, 0);
	if (!keyd->modules || !keyd->modules[0]) {
		log_error("the PKCS #11 module %s cannot be loaded: %s", path, p11_kit_message());
		return;
	}
	rv = p11_kit_module_initialize(keyd->modules[0]);
	if (rv == CKR_OK)
		return;
	log_error("the PKCS #11 module %s does not start: %s", path, p11_kit_strerror(rv));
	p11_kit_module_release(keyd->modules[0]);
	keyd->modules[0] = NULL;
}

void keyd_load(struct keyd *keyd, const char *path)
{
	*keyd = (struct keyd){ .alone = path != NULL };
	if (path) {
		keyd_load_one(keyd, path);
		return;
	}
	keyd->modules = p11_kit_modules_load_and_initialize(0);
	if (!keyd->modules || !keyd->modules[0])
		log_error("p11-kit knows of no PKCS #11 module: %s", p11_kit_message());
}

void keyd_unload(struct keyd *keyd)
{
	if (!keyd->alone && keyd->modules)
		p11_kit_modules_finalize_and_release(keyd->modules);
	else if (keyd->modules && keyd->modules[0]) {
		(void)p11_kit_module_finalize(keyd->modules[0]);
		p11_kit_module_release(keyd->modules[0]);
	}
	if (keyd->alone)
		free(keyd->modules);
	*keyd = (struct keyd){ .modules = NULL };
}
