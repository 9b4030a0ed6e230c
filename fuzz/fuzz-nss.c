/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as the agent's reply to libnss_idp: the first byte says what was asked and how large
 * the caller's buffer is, the rest is the message. Whatever is answered must be whole: strings
 * that end inside of the buffer, ids that may leave the module, a form of the name that was asked
 * for.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/client.h"
#include "common/clock.h"
#include "common/macro.h"
#include "common/wire.h"
#include "nss_idp/backend.h"
#include "nss_idp/group.h"
#include "nss_idp/passwd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BUFFER_ROOM 4096u

/* The message client_receive() below gives to the module: the module itself runs unchanged. */
static const uint8_t *message;
static size_t message_len;

static char buffer[BUFFER_ROOM];
static size_t buffer_len;

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void check_string(const char *text)
{
	require(text >= buffer && text < buffer + buffer_len);
	require(memchr(text, '\0', (size_t)(buffer + buffer_len - text)) != NULL);
}

static void check_user(const struct passwd *pw, const char *name)
{
	check_string(pw->pw_name);
	check_string(pw->pw_passwd);
	check_string(pw->pw_gecos);
	check_string(pw->pw_dir);
	check_string(pw->pw_shell);
	require(strcmp(pw->pw_passwd, "*") == 0 && pw->pw_dir[0] == '/' && pw->pw_dir[1]);
	require(backend_id_is_ours(NULL, pw->pw_uid) && backend_id_is_ours(NULL, pw->pw_gid));
	require(!strpbrk(pw->pw_gecos, ":\n") && !strpbrk(pw->pw_dir, ":\n"));
	require(!name || strcmp(pw->pw_name, name) == 0 ||
		(strncmp(pw->pw_name, name, strlen(name)) == 0 &&
		 pw->pw_name[strlen(name)] == '@'));
}

static void check_group(const struct group *gr)
{
	check_string(gr->gr_name);
	require(backend_id_is_ours(NULL, gr->gr_gid));
	for (char **member = gr->gr_mem; *member; member++) {
		check_string(*member);
		require(**member && !strpbrk(*member, ":,\n"));
	}
}

/* ---- the agent ---- */

int client_open(struct client *client, const char *path _unused_, usec_t deadline _unused_)
{
	client->fd = -1;
	client->serial = 0;
	return 0;
}

void client_close(struct client *client _unused_)
{
}

void client_begin(struct client *client, struct buf *out, enum wire_type type)
{
	wire_begin(out, type, ++client->serial);
}

int client_send(struct client *client _unused_, struct buf *out, usec_t deadline _unused_)
{
	return wire_end(out);
}

int client_receive(struct client *client _unused_, void *memory, size_t room,
		   usec_t deadline _unused_, struct wire_in *ret_in)
{
	if (message_len > room)
		return -EMSGSIZE;
	memcpy(memory, message, message_len);
	return wire_open(ret_in, memory, message_len);
}

/* ---- */

static void ask(unsigned what)
{
	struct passwd pw;
	struct group gr;
	long start = 0, size = 4;
	gid_t *groups = calloc(4, sizeof(*groups));
	int error = 0;

	if (what == 0 &&
	    _nss_idpfuzz_getpwnam_r("alice", &pw, buffer, buffer_len, &error) == NSS_STATUS_SUCCESS)
		check_user(&pw, "alice");
	if (what == 1 && _nss_idpfuzz_getpwuid_r(1879050000, &pw, buffer, buffer_len, &error) ==
				 NSS_STATUS_SUCCESS)
		check_user(&pw, NULL);
	if (what == 2 &&
	    _nss_idpfuzz_getgrnam_r("crew", &gr, buffer, buffer_len, &error) == NSS_STATUS_SUCCESS)
		check_group(&gr);
	if (what == 3 && _nss_idpfuzz_getgrgid_r(1879050001, &gr, buffer, buffer_len, &error) ==
				 NSS_STATUS_SUCCESS)
		check_group(&gr);
	if (what == 4 && _nss_idpfuzz_initgroups_dyn("alice", 1879050000, &start, &size, &groups,
						     100, &error) == NSS_STATUS_SUCCESS) {
		require(start >= 0 && start <= size && start <= 100);
		for (long i = 0; i < start; i++)
			require(backend_id_is_ours(NULL, groups[i]) && groups[i] != 1879050000);
	}
	free(groups);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	message = data + 1;
	message_len = size - 1;
	buffer_len = data[0] & 0x80 ? 64 : BUFFER_ROOM;
	ask((data[0] & 0x7fu) % 5u);
	return 0;
}
