/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CARD_CHECK_H
#define IDP_CORE_CARD_CHECK_H

/* A key in a token, tried by somebody who may wait: idp-agentd --check. */

#include "common/limits.h"
#include "common/macro.h"

/* Where idp-keyd listens; CARD_SOCKET unless a test says otherwise. */
extern const char *card_check_socket;

/*
 * Whether the key can be reached and signs with alg: for struct config_judge. 0, or negative with a
 * sentence in reason, at the latest after CARD_DEADLINE.
 */
int card_check(const char *uri, const char *alg, char reason[static REASON_MAX]) _must_check_;

#endif
