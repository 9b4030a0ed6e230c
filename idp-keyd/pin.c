/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. A wrong PIN is tried once, then never before a restart or reload: tokens count, and lock
 *    themselves for good. The last try a token leaves is not ours but a person's.
 * 2. A PIN is a struct secret, and the file it comes from is readable by nobody else.
 */
#include "idp-keyd/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <p11-kit/p11-kit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/reason.h"
#include "common/secret.h"
#include "idp-keyd/keyd.h"

#define PIN_CREDENTIAL "idp-keyd.pin"

_Static_assert(offsetof(CK_TOKEN_INFO, flags) >= PIN_TOKEN_LEN, "the texts come first");

/* ---- reading ---- */

/* systemd lends a credential by an access list, which shows as a bit of the group. */
static bool pin_is_safe(int fd, bool credential)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_mode & 07) != 0)
		return false;
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return false;
	return credential || (st.st_mode & 070) == 0;
}

static struct secret *pin_take(int fd)
{
	char text[KEY_PIN_MAX + 2];
	ssize_t n = read(fd, text, sizeof(text));
	struct secret *pin = NULL;

	if (n > 0 && text[n - 1] == '\n')
		n--;
	if (n > 0 && (size_t)n <= KEY_PIN_MAX && !memchr(text, '\0', (size_t)n))
		pin = secret_new(text, (size_t)n);
	secret_erase(text, sizeof(text));
	return pin;
}

static int pin_open(const char *source, char *path, size_t room)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	if (!source && !folder)
		return -ENOENT;
	if (source && strncmp(source, "file:/", STRLEN("file:/")) != 0)
		return -EINVAL;
	if (snprintf(path, room, "%s%s", source ? source + STRLEN("file:") : folder,
		     source ? "" : "/" PIN_CREDENTIAL) >= (int)room)
		return -ENAMETOOLONG;
	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
}

/* NULL with a sentence in reason. */
static struct secret *pin_read(const char *source, char reason[static REASON_MAX])
{
	char path[PATH_LEN_MAX + 32] = "";
	_cleanup_close_ int fd = pin_open(source, path, sizeof(path));
	struct secret *pin;

	if (fd < 0 && !*path) {
		reason_format(reason, REASON_MAX,
			      "the token wants a PIN: write pin-source=file:PATH in the URI, or "
			      "LoadCredential=" PIN_CREDENTIAL ":PATH in a drop-in of "
			      "idp-keyd.service");
		return NULL;
	}
	if (fd < 0) {
		reason_format(reason, REASON_MAX, "the PIN in %.150s cannot be read: %m", path);
		return NULL;
	}
	if (!pin_is_safe(fd, !source)) { /* MUST 2 */
		reason_format(reason, REASON_MAX,
			      "the PIN in %.100s is not a secret: chown idp-keyd and chmod 600",
			      path);
		return NULL;
	}
	pin = pin_take(fd);
	if (!pin)
		reason_format(reason, REASON_MAX, "there is no PIN of one line in %.150s", path);
	return pin;
}

/* ---- trying ---- */

static bool pins_know(const struct pins *pins, const CK_TOKEN_INFO *token)
{
	for (size_t i = 0; i < pins->n; i++)
		if (memcmp(pins->tokens[i], token, PIN_TOKEN_LEN) == 0)
			return true;
	return pins->n >= KEYD_REFUSED_MAX;
}

/* MUST 1. */
static int pins_may_try(const struct pins *pins, const CK_TOKEN_INFO *token,
			char reason[static REASON_MAX])
{
	if (token->flags & CKF_USER_PIN_LOCKED)
		return reason_refuse(KEYD_NO_REFUSED, reason,
				     "the token has locked its PIN; unlock it with its PUK or SO "
				     "PIN");
	if (pins_know(pins, token))
		return reason_refuse(
			KEYD_NO_REFUSED, reason,
			"the PIN was wrong and is not tried again, for the token would "
			"lock itself: put it right, then systemctl reload idp-keyd");
	if (token->flags & CKF_USER_PIN_FINAL_TRY)
		return reason_refuse(KEYD_NO_PIN, reason,
				     "the token leaves one try for its PIN, which is left to a "
				     "person: sign in to it once by hand");
	return 0;
}

/* What says nothing about the PIN; every other no is taken for a wrong one. */
static bool pins_is_elsewhere(CK_RV rv)
{
	return rv == CKR_DEVICE_REMOVED || rv == CKR_TOKEN_NOT_PRESENT ||
	       rv == CKR_SESSION_HANDLE_INVALID || rv == CKR_SESSION_CLOSED ||
	       rv == CKR_HOST_MEMORY;
}

static int pins_judge(struct pins *pins, const CK_TOKEN_INFO *token, CK_RV rv,
		      char reason[static REASON_MAX])
{
	if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
		return 0;
	if (pins_is_elsewhere(rv))
		return reason_refuse(KEYD_NO_FAILED, reason, "the token is gone: %s",
				     p11_kit_strerror(rv));
	memcpy(pins->tokens[pins->n++], token, PIN_TOKEN_LEN); /* below the limit: pins_know() */
	log_error("a token refused its PIN (%s); no PIN is tried on it before a reload",
		  p11_kit_strerror(rv));
	return reason_refuse(KEYD_NO_REFUSED, reason,
			     "the token refuses the PIN (%s); it is not tried again before "
			     "systemctl reload idp-keyd",
			     p11_kit_strerror(rv));
}

int pins_login(struct pins *pins, const struct pin_door *door, CK_USER_TYPE user,
	       char reason[static REASON_MAX])
{
	_cleanup_(secret_freep) struct secret *pin = NULL;
	CK_TOKEN_INFO token;
	CK_RV rv = door->module->C_GetTokenInfo(door->slot, &token);
	int r;

	if (rv != CKR_OK)
		return reason_refuse(KEYD_NO_FAILED, reason, "the token is gone: %s",
				     p11_kit_strerror(rv));
	if (user == CKU_USER && !(token.flags & CKF_LOGIN_REQUIRED))
		return 0;
	r = pins_may_try(pins, &token, reason);
	if (r != 0)
		return r;
	pin = pin_read(door->source, reason);
	if (!pin)
		return KEYD_NO_PIN;
	rv = door->module->C_Login(door->session, user, (unsigned char *)pin->text, pin->len);
	return pins_judge(pins, &token, rv, reason);
}

void pins_forget(struct pins *pins)
{
	pins->n = 0;
}
