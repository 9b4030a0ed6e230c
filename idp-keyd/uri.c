/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. Whoever asks names a key, and neither a library to load nor a PIN: modules are those of
 *    root's choice, and a PIN in a configuration file is no secret.
 * 2. A word that is not understood is not skipped: it might have told two keys apart.
 */
#include "idp-keyd/uri.h"

#include <stdbool.h>
#include <string.h>

#include "common/reason.h"
#include "idp-keyd/keyd.h"

static bool uri_is_printable(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

/* The class is private: said, or understood. */
static int uri_want_private(P11KitUri *uri, char reason[static REASON_MAX])
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE wanted = { CKA_CLASS, &class, sizeof(class) };
	CK_ATTRIBUTE_PTR said = p11_kit_uri_get_attribute(uri, CKA_CLASS);

	if (said &&
	    (said->ulValueLen != sizeof(class) || memcmp(said->pValue, &class, sizeof(class)) != 0))
		return reason_refuse(KEYD_NO_URI, reason,
				     "the URI names no private key; write type=private");
	if (p11_kit_uri_set_attribute(uri, &wanted) != P11_KIT_URI_OK)
		return reason_refuse(KEYD_NO_URI, reason, "memory is short");
	return 0;
}

static int uri_judge(P11KitUri *uri, char reason[static REASON_MAX])
{
	if (p11_kit_uri_get_pin_value(uri)) /* MUST 1 */
		return reason_refuse(KEYD_NO_URI, reason,
				     "the URI has a pin-value, which everybody can read who reads "
				     "the file; write pin-source=file:PATH");
	if (p11_kit_uri_get_module_path(uri))
		return reason_refuse(KEYD_NO_URI, reason,
				     "the URI has a module-path; register the module with p11-kit, "
				     "or start idp-keyd with --module");
	if (p11_kit_uri_any_unrecognized(uri)) /* MUST 2 */
		return reason_refuse(KEYD_NO_URI, reason,
				     "the URI has an attribute nobody here knows");
	if (!p11_kit_uri_get_attribute(uri, CKA_LABEL) && !p11_kit_uri_get_attribute(uri, CKA_ID))
		return reason_refuse(KEYD_NO_URI, reason,
				     "the URI names no key; write object=LABEL or id=%%HEX");
	return uri_want_private(uri, reason);
}

int uri_parse(const char *text, char reason[static REASON_MAX], P11KitUri **ret_uri)
{
	_cleanup_(uri_freep) P11KitUri *uri = p11_kit_uri_new();
	int r;

	if (!uri)
		return reason_refuse(KEYD_NO_URI, reason, "memory is short");
	if (!uri_is_printable(text))
		return reason_refuse(KEYD_NO_URI, reason, "the URI has a blank or a control in it");
	r = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, uri);
	if (r != P11_KIT_URI_OK)
		return reason_refuse(KEYD_NO_URI, reason, "it is no PKCS #11 URI: %s",
				     p11_kit_uri_message(r));
	r = uri_judge(uri, reason);
	if (r != 0)
		return r;
	*ret_uri = TAKE_PTR(uri);
	return 0;
}
