/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_PROBE_H
#define IDP_NET_PROBE_H

/*
 * PROBE: looks at providers and directories the way a sign-in and a sync would, and says what it
 * finds in words, each trouble with its remedy. Changes nothing anywhere.
 */

#include <stdint.h>

#include "common/macro.h"

struct net;

/* name: a provider or a directory, "" all. Every trouble is a FINDING; PROBE_END comes last. */
int probe_start(struct net *net, uint64_t flow, const char *name) _must_check_;

#endif
