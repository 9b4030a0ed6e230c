/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_USERDBD_CALL_H
#define IDP_USERDBD_CALL_H

/*
 * One call of varlink (varlink.org/Method-Call): a JSON object, which any program of this host may
 * have written, in; what is asked out. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/macro.h"

/* The name of the socket in /run/systemd/userdb, which is how callers address this service. */
#define CALL_SERVICE "io.idp.Agent"

enum call_method {
	CALL_UNKNOWN = 0,
	CALL_USER,        /* io.systemd.UserDatabase.GetUserRecord */
	CALL_GROUP,       /* io.systemd.UserDatabase.GetGroupRecord */
	CALL_MEMBERSHIPS, /* io.systemd.UserDatabase.GetMemberships */
	CALL_INFO,        /* org.varlink.service.GetInfo */
	CALL_DESCRIPTION, /* org.varlink.service.GetInterfaceDescription */
};

enum call_outcome {
	CALL_E_BROKEN = 1, /* no call at all: the connection is of no use */
	CALL_E_INTERFACE,  /* word: an interface that is not here */
	CALL_E_METHOD,     /* word: a method that is not here */
	CALL_E_PARAMETER,  /* word: a parameter that is missing, of a wrong type or out of range */
	CALL_E_SERVICE,    /* parameters.service is somebody else */
	CALL_E_MORE,       /* the answer has parts, and the caller takes one */
};

struct call {
	enum call_method method;
	bool more;   /* the caller takes an answer in parts */
	bool oneway; /* and this one no answer at all */
	bool has_user, has_uid, has_group, has_gid;
	char user[CALL_NAME_MAX + 1];
	char group[CALL_NAME_MAX + 1];
	uint32_t uid, gid;
	char word[CALL_NAME_MAX +
		  1]; /* what an error is about; of CALL_DESCRIPTION the interface */
};

/*
 * 0, CALL_E_* or -ENOMEM. ret_call->oneway and word are set beside every outcome but
 * CALL_E_BROKEN.
 */
int call_parse(const char *bytes, size_t len, struct call *ret_call) _must_check_;

#endif
