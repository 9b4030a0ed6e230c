/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PURPOSE_H
#define IDP_CORE_PURPOSE_H

/* Which purposes a process may ask vouchers for, and as which client. */

#include <stdbool.h>

#include "common/macro.h"
#include "common/wire.h"

struct caller;
struct config;
struct config_client;
struct config_purpose;
struct conn;
struct desk;

/* Positive outcome: nobody has it, or others have; whoever asks cannot tell. */
enum { PURPOSE_E_UNKNOWN = 1 };

/*
 * May the caller use client for purpose? They must be associated; each of the two that names users
 * or groups must name the caller, and one of them must name somebody. Root may all that are
 * associated.
 */
bool purpose_may(const struct caller *caller, const struct config_purpose *purpose,
		 const struct config_client *client) _must_check_;
/* May the caller act as a client of kind api? */
bool purpose_may_api(const struct caller *caller, const struct config_client *client) _must_check_;
/*
 * What the caller means by these names. client "": the first one of the purpose that the caller may
 * use. purpose "": a client of kind api, which must be named; *ret_purpose is NULL then.
 * PURPOSE_E_UNKNOWN.
 */
int purpose_find(const struct caller *caller, const char *purpose, const char *client,
		 const struct config_purpose **ret_purpose,
		 const struct config_client **ret_client) _must_check_;
/* The one answer to what is unknown. */
void purpose_say_unknown(struct conn *conn);

/* PURPOSES */
int purpose_list(struct desk *desk, struct conn *conn, struct wire_in *in,
		 const struct caller *caller) _must_check_;

#endif
