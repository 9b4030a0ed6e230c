/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. What matches twice is nothing: no token and no key is chosen for the administrator.
 * 2. Of a private key only its type, its id and whether it wants its PIN each time are read; no
 *    other attribute is ever asked for, so nothing of the key can come here.
 * 3. A session lives for one question: a token that is taken out is missed by nobody but that.
 */
#include "idp-keyd/token.h"

#include <string.h>

#include "common/reason.h"
#include "idp-keyd/keyd.h"
#include "idp-keyd/mech.h"
#include "idp-keyd/spki.h"

#include <openssl/evp.h>

#define TOKEN_SLOTS_MAX     64u   /* readers of one host; a module that shows more is cut */
#define TOKEN_ID_MAX        256u  /* CKA_ID; tokens use 1 to 20 bytes */
#define TOKEN_MODULUS_MAX   1024u /* RSA 8192 */
#define TOKEN_SIGNATURE_MAX TOKEN_MODULUS_MAX

static int token_refuse(char reason[static REASON_MAX], const char *what, CK_RV rv)
{
	return reason_refuse(KEYD_NO_FAILED, reason, "%s: %s", what, p11_kit_strerror(rv));
}

/* ---- the token ---- */

static bool token_matches(CK_FUNCTION_LIST *module, CK_SLOT_ID slot, P11KitUri *uri)
{
	CK_SLOT_ID only = p11_kit_uri_get_slot_id(uri);
	CK_SLOT_INFO slot_info;
	CK_TOKEN_INFO token;
	CK_INFO info;

	return (only == (CK_SLOT_ID)-1 || only == slot) && module->C_GetInfo(&info) == CKR_OK &&
	       p11_kit_uri_match_module_info(uri, &info) &&
	       module->C_GetSlotInfo(slot, &slot_info) == CKR_OK &&
	       p11_kit_uri_match_slot_info(uri, &slot_info) &&
	       module->C_GetTokenInfo(slot, &token) == CKR_OK &&
	       (token.flags & CKF_TOKEN_INITIALIZED) && p11_kit_uri_match_token_info(uri, &token);
}

/* How many tokens of this module match; the last of them goes into key. */
static size_t token_count(CK_FUNCTION_LIST *module, P11KitUri *uri, struct token_key *key)
{
	CK_SLOT_ID slots[TOKEN_SLOTS_MAX];
	CK_ULONG n = 0;
	size_t found = 0;

	/* Asked without room first: some modules look at their readers only then. */
	if (module->C_GetSlotList(CK_TRUE, NULL, &n) != CKR_OK)
		return 0;
	n = TOKEN_SLOTS_MAX;
	if (module->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK)
		return 0;
	for (CK_ULONG i = 0; i < n; i++)
		if (token_matches(module, slots[i], uri)) {
			key->module = module;
			key->slot = slots[i];
			found++;
		}
	return found;
}

/* module-name of the URI: as p11-kit's configuration calls it. */
static bool token_is_of(CK_FUNCTION_LIST *module, const P11KitUri *uri)
{
	const char *wanted = p11_kit_uri_get_module_name(uri);
	_cleanup_free_ char *name = wanted ? p11_kit_module_get_name(module) : NULL;

	return !wanted || (name && strcmp(name, wanted) == 0);
}

static int token_find(const struct keyd *keyd, P11KitUri *uri, struct token_key *key,
		      char reason[static REASON_MAX])
{
	size_t found = 0;

	if (!keyd->modules || !keyd->modules[0])
		return reason_refuse(KEYD_NO_MODULE, reason,
				     "no PKCS #11 module is loaded; the journal of idp-keyd says "
				     "why");
	for (size_t i = 0; keyd->modules[i]; i++)
		if (token_is_of(keyd->modules[i], uri))
			found += token_count(keyd->modules[i], uri, key);
	if (found == 1)
		return 0;
	if (found == 0)
		return reason_refuse(
			KEYD_NO_TOKEN, reason,
			"no token matches; is it plugged in, and may idp-keyd use it?");
	return reason_refuse(KEYD_NO_TOKEN, reason, /* MUST 1 */
			     "%zu tokens match; add token= or serial= to the URI", found);
}

/* ---- the key ---- */

/* How many objects match: 0, 1 or 2, which is several. -1 with rv when it cannot be found out. */
static int token_search(const struct token_key *key, CK_ATTRIBUTE *wanted, CK_ULONG n_wanted,
			CK_OBJECT_HANDLE *ret_object, CK_RV *ret_rv)
{
	CK_OBJECT_HANDLE objects[2] = { 0 };
	CK_ULONG n = 0;

	*ret_rv = key->module->C_FindObjectsInit(key->session, wanted, n_wanted);
	if (*ret_rv != CKR_OK)
		return -1;
	*ret_rv = key->module->C_FindObjects(key->session, objects, ELEMENTSOF(objects), &n);
	(void)key->module->C_FindObjectsFinal(key->session);
	*ret_object = objects[0];
	return *ret_rv == CKR_OK ? (int)n : -1;
}

/* ret_len has the room before. False: the object has no such attribute, or it is too long. */
static bool token_read(const struct token_key *key, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
		       void *bytes, size_t *ret_len)
{
	CK_ATTRIBUTE attribute = { type, bytes, *ret_len };

	if (key->module->C_GetAttributeValue(key->session, object, &attribute, 1) != CKR_OK ||
	    attribute.ulValueLen > *ret_len)
		return false;
	*ret_len = attribute.ulValueLen;
	return true;
}

static int token_pick(struct token_key *key, P11KitUri *uri, char reason[static REASON_MAX])
{
	CK_ULONG n_wanted = 0;
	CK_ATTRIBUTE *wanted = p11_kit_uri_get_attributes(uri, &n_wanted);
	size_t len = sizeof(key->type);
	CK_RV rv;
	int n = token_search(key, wanted, n_wanted, &key->object, &rv);

	if (n < 0)
		return token_refuse(reason, "the token cannot be searched", rv);
	if (n == 0)
		return reason_refuse(KEYD_NO_KEY, reason,
				     "the token has no private key of that name");
	if (n > 1) /* MUST 1 */
		return reason_refuse(KEYD_NO_KEY, reason,
				     "several private keys match; add id= to the URI");
	if (!token_read(key, key->object, CKA_KEY_TYPE, &key->type, &len))
		return reason_refuse(KEYD_NO_FAILED, reason, "the token hides the type of the key");
	return 0;
}

int token_open(struct keyd *keyd, P11KitUri *uri, struct token_key *key,
	       char reason[static REASON_MAX])
{
	struct pin_door door;
	CK_RV rv;
	int r;

	*key = (struct token_key){ .pin_source = p11_kit_uri_get_pin_source(uri) };
	r = token_find(keyd, uri, key, reason);
	if (r != 0) {
		key->module = NULL;
		return r;
	}
	rv = key->module->C_OpenSession(key->slot, CKF_SERIAL_SESSION, NULL, NULL, &key->session);
	if (rv != CKR_OK) {
		key->module = NULL;
		return token_refuse(reason, "the token cannot be opened", rv);
	}
	door = (struct pin_door){ key->module, key->slot, key->session, key->pin_source };
	r = pins_login(&keyd->pins, &door, CKU_USER, reason);
	return r != 0 ? r : token_pick(key, uri, reason);
}

/* MUST 3. It logs out as well: it was the only session. */
void token_close(struct token_key *key)
{
	if (key->module)
		(void)key->module->C_CloseSession(key->session);
	key->module = NULL;
}

/* ---- its public half ---- */

/* The object that has the public half: of the same CKA_ID, else none. */
static int token_find_public(const struct token_key *key, CK_OBJECT_HANDLE *ret_object,
			     char reason[static REASON_MAX])
{
	CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	unsigned char id[TOKEN_ID_MAX];
	size_t len = sizeof(id);
	CK_ATTRIBUTE wanted[] = { { CKA_CLASS, &class, sizeof(class) }, { CKA_ID, id, 0 } };
	CK_RV rv;
	int n;

	if (!token_read(key, key->object, CKA_ID, id, &len) || len == 0)
		return reason_refuse(KEYD_NO_KEY, reason,
				     "the private key has no id, so its public key cannot be told");
	wanted[1].ulValueLen = len;
	n = token_search(key, wanted, ELEMENTSOF(wanted), ret_object, &rv);
	if (n < 0)
		return token_refuse(reason, "the token cannot be searched", rv);
	if (n != 1)
		return reason_refuse(KEYD_NO_KEY, reason,
				     "the token has %s public key with the id of the private key",
				     n == 0 ? "no" : "more than one");
	return 0;
}

static int token_put_rsa(const struct token_key *key, CK_OBJECT_HANDLE object, struct buf *out)
{
	unsigned char modulus[TOKEN_MODULUS_MAX], exponent[16];
	size_t n = sizeof(modulus), e = sizeof(exponent);

	if (!token_read(key, object, CKA_MODULUS, modulus, &n) ||
	    !token_read(key, object, CKA_PUBLIC_EXPONENT, exponent, &e))
		return -1;
	return spki_put_rsa(modulus, n, exponent, e, out);
}

static int token_put_point(const struct token_key *key, CK_OBJECT_HANDLE object, struct buf *out)
{
	unsigned char params[64], point[256];
	size_t n = sizeof(params), len = sizeof(point);
	const struct mech_curve *curve;

	if (!token_read(key, object, CKA_EC_PARAMS, params, &n) ||
	    !token_read(key, object, CKA_EC_POINT, point, &len))
		return -1;
	curve = mech_curve(key->type, params, n);
	return curve ? spki_put_point(curve, point, len, out) : -1;
}

int token_public(const struct token_key *key, struct buf *out, char reason[static REASON_MAX])
{
	CK_OBJECT_HANDLE object = 0;
	int r = token_find_public(key, &object, reason);

	if (r != 0)
		return r;
	r = key->type == CKK_RSA ? token_put_rsa(key, object, out)
				 : token_put_point(key, object, out);
	return r == 0 ? 0
		      : reason_refuse(KEYD_NO_FAILED, reason,
				      "the token's public key is of a kind nobody here knows");
}

/* ---- signing ---- */

/* A key that wants its PIN for every signature. */
static int token_renew(struct keyd *keyd, const struct token_key *key,
		       char reason[static REASON_MAX])
{
	const struct pin_door door = { key->module, key->slot, key->session, key->pin_source };
	CK_BBOOL always = CK_FALSE;
	size_t len = sizeof(always);

	if (!token_read(key, key->object, CKA_ALWAYS_AUTHENTICATE, &always, &len) || !always)
		return 0;
	return pins_login(&keyd->pins, &door, CKU_CONTEXT_SPECIFIC, reason);
}

static int token_run(struct keyd *keyd, const struct token_key *key, const struct mech *mech,
		     const void *bytes, size_t len, struct buf *out, char reason[static REASON_MAX])
{
	CK_RSA_PKCS_PSS_PARAMS pss = mech->pss;
	CK_MECHANISM mechanism = { mech->mechanism, pss.hashAlg ? &pss : NULL,
				   pss.hashAlg ? sizeof(pss) : 0 };
	unsigned char data[KEY_BYTES_MAX], signature[TOKEN_SIGNATURE_MAX];
	CK_ULONG n = sizeof(signature);
	CK_RV rv = key->module->C_SignInit(key->session, &mechanism, key->object);
	int r;

	if (rv == CKR_MECHANISM_INVALID || rv == CKR_KEY_TYPE_INCONSISTENT ||
	    rv == CKR_KEY_FUNCTION_NOT_PERMITTED)
		return reason_refuse(KEYD_NO_ALG, reason, "the token does not sign %s: %s",
				     mech->alg, p11_kit_strerror(rv));
	if (rv != CKR_OK)
		return token_refuse(reason, "the token does not begin to sign", rv);
	r = token_renew(keyd, key, reason);
	if (r != 0)
		return r;
	memcpy(data, bytes, len); /* the interface of modules wants bytes it could write to */
	rv = key->module->C_Sign(key->session, data, len, signature, &n);
	if (rv != CKR_OK)
		return token_refuse(reason, "the token does not sign", rv);
	if (mech->len != 0 && n != mech->len)
		return reason_refuse(KEYD_NO_ALG, reason,
				     "the key is on another curve than %s signs on", mech->alg);
	buf_put(out, signature, n);
	return 0;
}

int token_sign(struct keyd *keyd, const struct token_key *key, const struct mech *mech,
	       const void *bytes, size_t len, struct buf *out, char reason[static REASON_MAX])
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (key->type != mech->type)
		return reason_refuse(KEYD_NO_ALG, reason,
				     "the key is of another type than %s signs with", mech->alg);
	if (len > KEY_BYTES_MAX)
		return reason_refuse(KEYD_NO_ALG, reason, "that is too much to sign");
	if (!mech->digest)
		return token_run(keyd, key, mech, bytes, len, out, reason);
	if (EVP_Q_digest(NULL, mech->digest, NULL, bytes, len, digest, &len) != 1)
		return reason_refuse(KEYD_NO_FAILED, reason, "there is no %s here", mech->digest);
	return token_run(keyd, key, mech, digest, len, out, reason);
}
