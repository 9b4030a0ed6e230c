/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What an agent may say to the PAM module. Input: messages, each behind a u16 length (little
 * endian); the first byte of the input says what the person does. libpam is replaced by the few
 * functions below. The property: a permit only comes out when a whole, well-formed DONE with the
 * right serial and WIRE_PERMIT went in, and then nothing but IDP_* was put into the environment.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include "common/client.h"
#include "common/limits.h"
#include "common/wire.h"
#include "pam_idp/args.h"
#include "pam_idp/dialog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool person_is_mute;

int pam_prompt(pam_handle_t *pamh _unused_, int style, char **response, const char *fmt, ...)
{
	va_list args;
	const char *text;

	if (strcmp(fmt, "%s") != 0)
		abort();
	va_start(args, fmt);
	text = va_arg(args, const char *);
	va_end(args);
	for (; *text; text++) {
		if ((uint8_t)*text < 0x20 && *text != '\n' && *text != '\t')
			abort();
	}
	if (style == PAM_TEXT_INFO || style == PAM_ERROR_MSG)
		return PAM_SUCCESS;
	if (person_is_mute)
		return PAM_CONV_ERR;
	*response = strdup("answer");
	return *response ? PAM_SUCCESS : PAM_BUF_ERR;
}

int pam_putenv(pam_handle_t *pamh _unused_, const char *assignment)
{
	if (strncmp(assignment, "IDP_", 4) != 0 || !strchr(assignment, '='))
		abort();
	return PAM_SUCCESS;
}

void pam_syslog(const pam_handle_t *pamh _unused_, int priority _unused_, const char *fmt _unused_,
		...)
{
}

/* The reader of the property: knows DONE by heart, shares no code with the dialogue. */
static bool message_permits(const uint8_t *m, size_t len)
{
	static const uint8_t head[] = { 0x49, 0x44, 1, WIRE_PAM, 0x83, 0x02, 0, 0, 1, 0, 0, 0 };

	return len >= 16 && memcmp(m, head, sizeof(head)) == 0 && m[12] == WIRE_PERMIT &&
	       m[13] == 0 && m[14] == 0 && m[15] == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct args args = { .timeout = PAM_TOTAL_DEADLINE };
	const struct dialog_request request = { .type = MSG_AUTH,
						.service = "sshd",
						.user = "alice",
						.rhost = "",
						.tty = "",
						.ruser = "" };
	static uint8_t no_handle; /* nobody looks into it here */
	pam_handle_t *handle = (void *)&no_handle;
	struct client client = CLIENT_NULL;
	enum wire_result result = WIRE_DENY;
	bool may_permit = false;
	int fds[2];
	int r;

	if (size < 1)
		return 0;
	person_is_mute = data[0] & 1;
	data++;
	size--;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return 0;
	while (size >= 2) {
		size_t len = (size_t)(data[0] | data[1] << 8);

		data += 2;
		size -= 2;
		len = len < size ? len : size;
		if (send(fds[1], data, len, MSG_NOSIGNAL) < 0)
			break;
		may_permit |= message_permits(data, len);
		data += len;
		size -= len;
	}
	/* Everything is said: after the last message comes the end of file, never a wait. */
	IGNORE(shutdown(fds[1], SHUT_WR));
	client.fd = fds[0];
	r = dialog_run_connected(handle, &args, &request, &client, &result);
	if (r == 0 && result == WIRE_PERMIT && !may_permit)
		abort();
	client_close(&client);
	(void)close(fds[1]);
	return 0;
}
