/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_AUTHORIZED_KEYS_KEYS_H
#define IDP_AUTHORIZED_KEYS_KEYS_H

/*
 * The public keys of a person, as sshd(8) reads them. MUST:
 *  1. print nothing, or all: a list that is cut may lack the key that was taken away last, and one
 *     that failed is not printed at all;
 *  2. print keys and nothing else, whatever the agent says: ssh-key.h;
 *  3. say nothing of this host's own users, and ask nobody about root;
 *  4. end within a few seconds, whatever the agent does.
 */

#include "common/buf.h"
#include "common/clock.h"
#include "common/macro.h"

#define KEYS_DEADLINE (3 * USEC_PER_SEC)

/*
 * Asks the agent at socket for the keys of user, of one type unless type is NULL, and puts a line
 * of each into out (made here: buf_done()). 0, also when there are none; -errno: it could not be
 * found out.
 */
int keys_fetch(const char *socket, const char *user, const char *type,
	       struct buf *out) _must_check_;

#endif
