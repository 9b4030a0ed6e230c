/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * pam_idp.so: the six entry points, and what the agent's answer means to PAM. The module MUST
 *  1. say PAM_SUCCESS only for WIRE_PERMIT (setcred: only when this handle was granted before);
 *  2. leave local users alone before a socket is opened: root enters with the agent stopped;
 *  3. never change PAM_USER, ask about no name that could not be ours, and use no answer for
 *     another name than the one that was asked about, whatever a conversation does meanwhile;
 *  4. treat an agent that is away, slow or mad as unavailable: never success, never a hang;
 *  5. let nobody in whom this process knows by a placeholder only (CVE-2025-5689): the name was
 *     unknown when it was looked up, and many such names have one id. Other modules of the stack
 *     would go by that id;
 *  6. be a good guest in another program: no signals, no fork, no environment, no stdio.
 */

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <security/pam_modutil.h>

#include "common/limits.h"
#include "common/macro.h"
#include "common/name.h"
#include "common/utf8.h"
#include "common/wire.h"
#include "pam_idp/args.h"
#include "pam_idp/dialog.h"
#include "pam_idp/local-user.h"

#define PASSWD_FILE "/etc/passwd"

/* Where a handle remembers that this module granted the sign-in. */
#define GRANTED_KEY "idp_granted"
/* Where pam_systemd(8) looks how many seconds the scope of a session may live. */
#define SYSTEMD_MAX_KEY "systemd.runtime_max_sec"

/* One management group of PAM. The codes are those its entry point may return, pam(3). */
struct phase {
	enum wire_type type;
	const char *name;
	int permitted;
	int denied;
	int not_ours;
	int expired;
	int unavailable;
	int busy;
};

static const struct phase phase_auth = {
	.type = MSG_AUTH,
	.name = "sign-in",
	.permitted = PAM_SUCCESS,
	.denied = PAM_AUTH_ERR,
	.not_ours = PAM_USER_UNKNOWN,
	.expired = PAM_ACCT_EXPIRED,
	.unavailable = PAM_AUTHINFO_UNAVAIL,
	.busy = PAM_MAXTRIES,
};

/* Not ours is PAM_IGNORE from here on: local users pass whatever control the line has. */
static const struct phase phase_account = {
	.type = MSG_ACCT,
	.name = "account",
	.permitted = PAM_SUCCESS,
	.denied = PAM_PERM_DENIED,
	.not_ours = PAM_IGNORE,
	.expired = PAM_ACCT_EXPIRED,
	.unavailable = PAM_AUTHINFO_UNAVAIL,
	.busy = PAM_AUTHINFO_UNAVAIL,
};

static const struct phase phase_open = {
	.type = MSG_OPEN,
	.name = "session",
	.permitted = PAM_SUCCESS,
	.denied = PAM_PERM_DENIED,
	.not_ours = PAM_IGNORE,
	.expired = PAM_ACCT_EXPIRED,
	.unavailable = PAM_SESSION_ERR,
	.busy = PAM_SESSION_ERR,
};

static const struct phase phase_close = {
	.type = MSG_CLOSE,
	.name = "end of session",
	.permitted = PAM_SUCCESS,
	.denied = PAM_PERM_DENIED,
	.not_ours = PAM_IGNORE,
	.expired = PAM_ACCT_EXPIRED,
	.unavailable = PAM_SESSION_ERR,
	.busy = PAM_SESSION_ERR,
};

/* The password lives at the platform: the agent says where, nothing is changed here. */
static const struct phase phase_password = {
	.type = MSG_CHAUTHTOK,
	.name = "change of password",
	.permitted = PAM_IGNORE,
	.denied = PAM_PERM_DENIED,
	.not_ours = PAM_IGNORE,
	.expired = PAM_PERM_DENIED,
	.unavailable = PAM_TRY_AGAIN,
	.busy = PAM_TRY_AGAIN,
};

/* MUST 1: one case leads to permitted; a number that is not in the enum refuses. */
static int phase_code(const struct phase *phase, enum wire_result result)
{
	switch (result) {
	case WIRE_PERMIT:
		return phase->permitted;
	case WIRE_DENY:
		return phase->denied;
	case WIRE_NOT_OURS:
		return phase->not_ours;
	case WIRE_EXPIRED:
		return phase->expired;
	case WIRE_UNAVAIL:
		return phase->unavailable;
	case WIRE_BUSY:
		return phase->busy;
	}
	return phase->unavailable;
}

/* An item for display at the agent: "" when unset, "?" when nobody should have to look at it. */
static const char *item_of(pam_handle_t *pamh, int type)
{
	const void *item = NULL;
	const char *text;

	if (pam_get_item(pamh, type, &item) != PAM_SUCCESS || !item)
		return "";
	text = item;
	if (strnlen(text, PAM_ITEM_MAX + 1) > PAM_ITEM_MAX || utf8_has_control(text))
		return "?";
	return text;
}

/*
 * MUST 2 and 3. PAM_SUCCESS when the agent should be asked about user, phase->not_ours when there
 * is no need to, phase->unavailable when that cannot be told.
 */
static int check_user(pam_handle_t *pamh, const struct phase *phase, const char *user)
{
	bool found = false;
	int r;

	if (!name_is_user(user, strnlen(user, NAME_LEN_MAX + 1)))
		return phase->not_ours;
	if (name_is_reserved_user(user))
		return phase->not_ours;
	r = local_user_find(PASSWD_FILE, user, &found);
	if (r < 0) {
		errno = -r;
		pam_syslog(pamh, LOG_ERR, "cannot tell whether the user is local: %s: %m",
			   PASSWD_FILE);
		return phase->unavailable;
	}
	return found ? phase->not_ours : PAM_SUCCESS;
}

/* MUST 4. The person hears of it, the log says what it was. */
static int explain_failure(pam_handle_t *pamh, const struct args *args, const struct phase *phase,
			   int error)
{
	if (error == DIALOG_E_CONVERSATION) {
		pam_syslog(pamh, LOG_NOTICE, "%s: the application could not ask the person",
			   phase->name);
		return PAM_CONV_ERR;
	}
	if (error == DIALOG_E_TOO_LONG) { /* told in any case: who has typed waits for a word */
		pam_syslog(pamh, LOG_NOTICE, "%s: the answer was longer than %u bytes", phase->name,
			   PAM_ANSWER_MAX);
		IGNORE(pam_error(pamh, "That is longer than this host takes as an answer."));
		return PAM_CONV_ERR;
	}
	errno = -error;
	pam_syslog(pamh, LOG_ERR, "%s: no answer from idp-agentd at %s: %m", phase->name,
		   args->socket);
	if (!args->silent)
		IGNORE(pam_error(pamh, "The identity service of this host does not answer."));
	return phase->unavailable;
}

/* MUST 3: a conversation runs in the middle of a dialogue, and may do anything. */
static bool user_is_still(pam_handle_t *pamh, const char *asked)
{
	const void *user = NULL;

	return pam_get_item(pamh, PAM_USER, &user) == PAM_SUCCESS && user &&
	       strcmp(user, asked) == 0;
}

/*
 * MUST 5. Whom the agent does not know is not ours, and other modules decide; but not where all
 * that is known of the person is our own placeholder.
 */
static int leave_to_others(pam_handle_t *pamh, const struct phase *phase, const char *user)
{
	const struct passwd *entry;

	if (phase->type != MSG_ACCT && phase->type != MSG_OPEN)
		return phase->not_ours;
	entry = pam_modutil_getpwnam(pamh, user);
	if (!entry ||
	    !name_is_placeholder(entry->pw_uid, entry->pw_gid, entry->pw_dir, entry->pw_shell))
		return phase->not_ours;
	pam_syslog(
		pamh, LOG_NOTICE,
		"%s: refused: this host has yet to learn who that is, by a sign-in at the platform",
		phase->name);
	return phase->denied;
}

/* What to return to PAM for what the agent says about this user in this phase. */
static int consult(pam_handle_t *pamh, const struct args *args, const struct phase *phase,
		   int flags)
{
	enum wire_result result = WIRE_DENY;
	char asked[NAME_LEN_MAX + 1];
	const char *user = NULL;
	int r;

	r = pam_get_user(pamh, &user, NULL);
	if (r != PAM_SUCCESS || !user)
		return r == PAM_CONV_AGAIN ? PAM_INCOMPLETE : PAM_USER_UNKNOWN;
	r = check_user(pamh, phase, user);
	if (r != PAM_SUCCESS) {
		if (args->debug)
			pam_syslog(pamh, LOG_DEBUG, "%s: not asking the agent about this user",
				   phase->name);
		return r;
	}
	(void)memcpy(asked, user, strlen(user) + 1); /* a valid name fits */
	r = dialog_run(pamh, args,
		       &(struct dialog_request){
			       .type = phase->type,
			       .service = item_of(pamh, PAM_SERVICE),
			       .user = asked,
			       .rhost = item_of(pamh, PAM_RHOST),
			       .tty = item_of(pamh, PAM_TTY),
			       .ruser = item_of(pamh, PAM_RUSER),
			       .flags = (uint32_t)flags,
		       },
		       &result);
	if (r != 0)
		return explain_failure(pamh, args, phase, r);
	if (!user_is_still(pamh, asked)) {
		pam_syslog(pamh, LOG_ERR, "%s: the user was changed meanwhile", phase->name);
		return phase->denied;
	}
	if (result == WIRE_NOT_OURS)
		return leave_to_others(pamh, phase, asked);
	return phase_code(phase, result);
}

/* The same as a guest: errno of the application is as it was. */
static int perform(pam_handle_t *pamh, const struct phase *phase, int flags, int argc,
		   const char **argv)
{
	int saved_errno = errno;
	struct args args;
	int code;

	args_parse(&args, pamh, flags, argc, argv);
	code = consult(pamh, &args, phase, flags);
	if (args.debug)
		pam_syslog(pamh, LOG_DEBUG, "%s: %s", phase->name, pam_strerror(pamh, code));
	errno = saved_errno;
	return code;
}

_public_ int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	int code = perform(pamh, &phase_auth, flags, argc, argv);

	/* The handle itself is the datum: only that it is there matters. */
	if (pam_set_data(pamh, GRANTED_KEY, code == PAM_SUCCESS ? pamh : NULL, NULL) != PAM_SUCCESS)
		return PAM_BUF_ERR;
	return code;
}

/* There are no credentials to set: who was granted here has them, of others nothing is said. */
_public_ int pam_sm_setcred(pam_handle_t *pamh, int flags _unused_, int argc _unused_,
			    const char **argv _unused_)
{
	const void *granted = NULL;

	if (pam_get_data(pamh, GRANTED_KEY, &granted) != PAM_SUCCESS || !granted)
		return PAM_IGNORE;
	return PAM_SUCCESS;
}

_public_ int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return perform(pamh, &phase_account, flags, argc, argv);
}

static void free_datum(pam_handle_t *pamh _unused_, void *datum, int status _unused_)
{
	free(datum);
}

/*
 * How long the session may last, for pam_systemd further down the stack: its scope ends by itself.
 * A person whose agent says nothing of it has no bound; one it cannot be passed on for has no
 * session.
 */
static int bound_session(pam_handle_t *pamh)
{
	const char *text = pam_getenv(pamh, SESSION_MAX_VARIABLE);
	size_t len = text ? strnlen(text, SESSION_MAX_DIGITS + 1) : 0;
	char *seconds;

	if (!text)
		return PAM_SUCCESS;
	if (len == 0 || len > SESSION_MAX_DIGITS || strspn(text, "0123456789") != len)
		return PAM_SESSION_ERR;
	seconds = strdup(text);
	if (!seconds)
		return PAM_SESSION_ERR;
	if (pam_set_data(pamh, SYSTEMD_MAX_KEY, seconds, free_datum) == PAM_SUCCESS)
		return PAM_SUCCESS;
	free(seconds);
	return PAM_SESSION_ERR;
}

_public_ int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	int code;

	/* What an earlier module or the person's own files have put there is not the agent's. */
	if (pam_getenv(pamh, SESSION_MAX_VARIABLE) &&
	    pam_putenv(pamh, SESSION_MAX_VARIABLE) != PAM_SUCCESS)
		return PAM_SESSION_ERR;
	code = perform(pamh, &phase_open, flags, argc, argv);
	return code == PAM_SUCCESS ? bound_session(pamh) : code;
}

_public_ int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return perform(pamh, &phase_close, flags, argc, argv);
}

_public_ int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	if (!((unsigned)flags & PAM_PRELIM_CHECK))
		return PAM_IGNORE;
	return perform(pamh, &phase_password, flags, argc, argv);
}
