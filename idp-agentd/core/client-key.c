/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST
 * 1. A key appears under its name when all of it is on the disk, and never over another.
 * 2. The one that signs and the spare change places in one step: there is no moment without a key.
 * 3. A file that somebody else could have written or read is refused.
 * 4. A client's name is no path.
 * 5. A key that is dropped is nowhere: nor under the name it was written by, if that was cut short.
 */
#include "idp-agentd/core/client-key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/file.h"
#include "common/reason.h"
#include "common/secret.h"
#include "idp-agentd/core/config-file.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/key-make.h"

#define FOLDER_MAX (3u * CONFIG_NAME_MAX + 1u)
#define NEW_FILE   "new.pem"

static const char *const slot_files[] = {
	[CLIENT_KEY_USED] = "used.pem",
	[CLIENT_KEY_SPARE] = "spare.pem",
};

void client_key_done(struct client_key *key)
{
	key->pem = secret_free(key->pem);
	key->key = key_free(key->key);
}

/* ---- places ---- */

/* MUST 4: what is no plain letter is written %XX, and so is a point at the beginning. */
static void folder_name(const char *name, char text[static FOLDER_MAX])
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
	size_t len = 0;

	for (const char *at = name; *at && len + 4 <= FOLDER_MAX; at++)
		if (strchr(plain, *at) && !(*at == '.' && at == name))
			text[len++] = *at;
		else
			len += (size_t)snprintf(text + len, 4, "%%%02X", (unsigned char)*at);
	text[len] = '\0';
}

static int open_in(int parent, const char *name, bool make, char *reason, int *ret_fd)
{
	int r;

	if (make && mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
		return reason_refuse(-errno, reason, "a folder for keys cannot be made: %s",
				     strerrordesc_np(errno));
	r = config_folder_open(parent, name, reason, ret_fd);
	if (r == 0 && make && fsync(parent) < 0)
		return -errno;
	return r;
}

/* The folder of a client's keys. CLIENT_KEY_E_NONE: there is none, and none is made. */
static int open_folder(const char *state, const char *client, bool make, char *reason, int *ret_fd)
{
	_cleanup_close_ int top = -1, keys = -1;
	char name[FOLDER_MAX];
	int r;

	folder_name(client, name);
	top = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top < 0)
		return reason_refuse(-errno, reason, "the state folder cannot be opened: %s",
				     strerrordesc_np(errno));
	r = open_in(top, CLIENT_KEY_FOLDER, make, reason, &keys);
	if (r == 0)
		r = open_in(keys, name, make, reason, ret_fd);
	return r == -ENOENT && !make ? CLIENT_KEY_E_NONE : r;
}

static int refuse_none(const struct config_client *client, enum client_key_slot slot, char *reason)
{
	if (slot == CLIENT_KEY_USED)
		return reason_refuse(CLIENT_KEY_E_NONE, reason,
				     "[client %.64s] has no key yet: make one with idpctl pdnd key "
				     "new %.64s, or write key in idp.conf",
				     client->name, client->name);
	return reason_refuse(CLIENT_KEY_E_NONE, reason,
			     "[client %.64s] has no spare key: make one with idpctl pdnd key "
			     "rotate %.64s",
			     client->name, client->name);
}

/* Of a client whose key is said in idp.conf nothing is ours to change. */
static int refuse_written(const struct config_client *client, char *reason)
{
	return reason_refuse(CLIENT_KEY_E_ELSEWHERE, reason,
			     "[client %.64s] has its key where idp.conf says; put another one "
			     "there, or leave key out and the agent keeps them",
			     client->name);
}

/* ---- reading ---- */

/* The public half is judged here, so that nobody signs with what no platform takes. */
static int take_pem(struct secret *pem, uint64_t made, char *reason, struct client_key *ret_key)
{
	struct client_key key = { .pem = pem, .made = made };
	int r = key_load(pem, CONFIG_CLIENT_ALG, reason, &key.key);

	if (r == 0) {
		r = key_thumbprint(key.key, key.kid);
		if (r < 0)
			reason_format(reason, REASON_MAX, "its thumbprint cannot be made");
	}
	if (r < 0) {
		client_key_done(&key);
		return r;
	}
	*ret_key = key;
	return 0;
}

static int read_file(int folder, const char *name, char *reason, struct client_key *ret_key)
{
	struct config_readers nobody = { 0 }; /* MUST 3 */
	struct secret *pem = NULL;
	struct stat st;
	struct buf text;
	int r;

	buf_init_secret(&text, CONFIG_SECRET_MAX);
	r = config_file_read(folder, name, nobody, &text, reason);
	if (r == 0 && fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	if (r == 0) {
		pem = secret_new(text.data, text.len);
		if (!pem)
			r = reason_refuse(-ENOMEM, reason, "memory is short");
	}
	buf_done(&text);
	return r < 0 ? r : take_pem(pem, (uint64_t)st.st_mtim.tv_sec, reason, ret_key);
}

static int read_written(const struct config_client *client, char *reason,
			struct client_key *ret_key)
{
	struct secret *pem;
	int r;

	r = config_secret(client->key, reason, &pem);
	return r < 0 ? r : take_pem(pem, 0, reason, ret_key);
}

int client_key_read(const char *state, const struct config_client *client,
		    enum client_key_slot slot, char reason[static REASON_MAX],
		    struct client_key *ret_key)
{
	_cleanup_close_ int folder = -1;
	char why[REASON_MAX] = "";
	int r;

	if (client->key && slot == CLIENT_KEY_SPARE)
		return refuse_written(client, reason);
	if (client->key) {
		r = read_written(client, why, ret_key);
	} else {
		r = open_folder(state, client->name, false, why, &folder);
		if (r == 0)
			r = read_file(folder, slot_files[slot], why, ret_key);
		if (r == CLIENT_KEY_E_NONE || r == -ENOENT)
			return refuse_none(client, slot, reason);
	}
	if (r != 0)
		reason_format(reason, REASON_MAX, "[client %.40s] %s: %.180s", client->name,
			      client->key ? "key" : slot_files[slot], why);
	return r;
}

/* ---- changing ---- */

/* MUST 5: what a writing that was cut short has left, which may be another name of a key. */
static void remove_leftover(int folder)
{
	IGNORE(unlinkat(folder, NEW_FILE, 0));
}

/* MUST 1. */
static int write_file(int folder, const char *name, const struct secret *pem)
{
	_cleanup_close_ int fd = -1;
	int r;

	remove_leftover(folder);
	fd = openat(folder, NEW_FILE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : file_write_synced(fd, pem->text, pem->len);
	if (r == 0 && linkat(folder, NEW_FILE, folder, name, 0) < 0)
		r = -errno;
	remove_leftover(folder);
	return r == 0 && fsync(folder) < 0 ? -errno : r;
}

int client_key_make(const char *state, const struct config_client *client,
		    enum client_key_slot slot, char reason[static REASON_MAX])
{
	_cleanup_(secret_freep) struct secret *pem = NULL;
	_cleanup_close_ int folder = -1;
	int r;

	if (client->key)
		return refuse_written(client, reason);
	r = open_folder(state, client->name, true, reason, &folder);
	if (r < 0)
		return r;
	if (faccessat(folder, slot_files[slot], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		r = -EEXIST; /* before the work */
	if (r == 0)
		r = key_make_rsa(CLIENT_KEY_BITS, &pem);
	if (r == 0)
		r = write_file(folder, slot_files[slot], pem);
	if (r == -EEXIST)
		return reason_refuse(CLIENT_KEY_E_TAKEN, reason,
				     slot == CLIENT_KEY_USED
					     ? "[client %.64s] has a key; idpctl pdnd key rotate "
					       "%.64s makes a second one beside it"
					     : "[client %.64s] has a second key already: once the "
					       "platform knows it, idpctl pdnd key use %.64s; "
					       "if nobody needs it, drop in the place of use",
				     client->name, client->name);
	return r < 0 ? reason_refuse(r, reason, "no key can be kept: %s", strerrordesc_np(-r)) : 0;
}

/* Both there, and good: a swap with what cannot sign would end all vouchers of the client. */
int client_key_swap(const char *state, const struct config_client *client,
		    char reason[static REASON_MAX])
{
	_cleanup_(client_key_done) struct client_key spare = { .pem = NULL };
	_cleanup_close_ int folder = -1;
	int r = client_key_read(state, client, CLIENT_KEY_SPARE, reason, &spare);

	if (r == 0)
		r = open_folder(state, client->name, false, reason, &folder);
	if (r != 0)
		return r;
	remove_leftover(folder);
	/* MUST 2. */
	if (renameat2(folder, slot_files[CLIENT_KEY_SPARE], folder, slot_files[CLIENT_KEY_USED],
		      RENAME_EXCHANGE) < 0 ||
	    fsync(folder) < 0)
		return reason_refuse(-errno, reason, "the keys cannot change places: %s",
				     strerrordesc_np(errno));
	return 0;
}

int client_key_drop(const char *state, const struct config_client *client,
		    char reason[static REASON_MAX])
{
	_cleanup_close_ int folder = -1;
	int r;

	if (client->key)
		return refuse_written(client, reason);
	r = open_folder(state, client->name, false, reason, &folder);
	if (r == 0)
		remove_leftover(folder);
	if (r == 0 && unlinkat(folder, slot_files[CLIENT_KEY_SPARE], 0) < 0)
		r = errno == ENOENT ? CLIENT_KEY_E_NONE : -errno;
	if (r == CLIENT_KEY_E_NONE)
		return refuse_none(client, CLIENT_KEY_SPARE, reason);
	if (r == 0 && fsync(folder) < 0)
		r = -errno;
	return r < 0 ? reason_refuse(r, reason, "the spare key cannot be removed: %s",
				     strerrordesc_np(-r))
		     : 0;
}
