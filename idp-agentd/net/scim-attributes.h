/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_SCIM_ATTRIBUTES_H
#define IDP_NET_SCIM_ATTRIBUTES_H

/* Attributes with many values, as lines of text. Pure. */

#include <jansson.h>

#include "common/buf.h"
#include "idp-agentd/net/json.h"

/*
 * Appends "TYPE BASE64[ COMMENT]" a key, from a list of texts or of objects with value and display
 * (either may be the blob alone), or from one text with a key a line. What is no key, and what
 * finds no room, is left out. value may be NULL.
 */
void scim_put_keys(struct buf *out, const json_t *value);
/* Appends "PREFIX/NAME=VALUE" a label, from objects with these members or from texts. As above. */
void scim_put_labels(struct buf *out, const json_t *value);

#endif
