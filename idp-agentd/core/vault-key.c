/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the key of the vault comes from: a secret of the administrator's, or a file of our own.
 * Both hold 64 hexadecimal digits, so that the file can become the secret.
 *
 * MUST
 * 1. A file is made whole and durable, or not at all, and never over another.
 * 2. A file that somebody else could have written or read is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/hex.h"
#include "common/secret.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/vault.h"

#define KEY_DIGITS (2u * VAULT_KEY_LEN)
#define KEY_NEW    VAULT_KEY_FILE ".new"

static int key_refuse(char *reason, int r, const char *what, const char *remedy)
{
	(void)snprintf(reason, REASON_MAX, "the key that seals tokens: %s%s%s%s", what,
		       r < 0 ? ": " : "", r < 0 ? strerrordesc_np(-r) : "", remedy);
	return r;
}

/* ---- the digits ---- */

static bool key_parse(const char *text, size_t len, uint8_t key[static VAULT_KEY_LEN])
{
	if (len != KEY_DIGITS)
		return false;
	for (size_t i = 0; i < VAULT_KEY_LEN; i++) {
		int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key[i] = (uint8_t)(high * 16 + low);
	}
	return true;
}

static void key_print(const uint8_t key[static VAULT_KEY_LEN], char text[static KEY_DIGITS + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < VAULT_KEY_LEN; i++) {
		text[2 * i] = digits[key[i] >> 4];
		text[2 * i + 1] = digits[key[i] & 15];
	}
	text[KEY_DIGITS] = '\n';
}

/* ---- our own file ---- */

/* MUST 1: it appears under its name when all of it is on the disk. */
static int file_make(int folder)
{
	_cleanup_close_ int fd = -1;
	uint8_t key[VAULT_KEY_LEN];
	char text[KEY_DIGITS + 1];
	int r = secret_random(key, sizeof(key));

	if (r < 0)
		return r;
	key_print(key, text);
	secret_erase(key, sizeof(key));
	fd = openat(folder, KEY_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : file_write_synced(fd, text, sizeof(text));
	secret_erase(text, sizeof(text));
	if (r == 0 && linkat(folder, KEY_NEW, folder, VAULT_KEY_FILE, 0) < 0)
		r = -errno;
	IGNORE(unlinkat(folder, KEY_NEW, 0)); /* its other name, or of no use */
	return r == 0 && fsync(folder) < 0 ? -errno : r;
}

/* MUST 2. */
static int file_check(int fd, char *reason)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return key_refuse(reason, -errno, VAULT_KEY_FILE " cannot be looked at", "");
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return key_refuse(reason, VAULT_E_REFUSED, VAULT_KEY_FILE,
				  " is not a plain file with one name; put the right one there");
	if (st.st_uid != geteuid())
		return key_refuse(reason, VAULT_E_REFUSED, VAULT_KEY_FILE,
				  " belongs to another user; chown it to idp-agentd");
	if (st.st_mode & 077)
		return key_refuse(reason, VAULT_E_REFUSED, VAULT_KEY_FILE,
				  " can be read or written by others; remove it, since it may be "
				  "known: another one is made, and people sign in anew");
	if (st.st_size != KEY_DIGITS + 1)
		return key_refuse(reason, VAULT_E_REFUSED, VAULT_KEY_FILE,
				  " does not hold 64 hexadecimal digits and a line end; restore it, "
				  "or remove it: another one is made, and people sign in anew");
	return 0;
}

static int file_read(int fd, char *reason, uint8_t key[static VAULT_KEY_LEN])
{
	char text[KEY_DIGITS + 1];
	int r = file_check(fd, reason);
	ssize_t n;
	bool good;

	if (r != 0)
		return r;
	n = pread(fd, text, sizeof(text), 0);
	if (n < 0)
		return key_refuse(reason, -errno, VAULT_KEY_FILE " cannot be read", "");
	good = n == sizeof(text) && text[KEY_DIGITS] == '\n' && key_parse(text, KEY_DIGITS, key);
	secret_erase(text, sizeof(text));
	return good ? 0
		    : key_refuse(reason, VAULT_E_REFUSED, VAULT_KEY_FILE,
				 " does not hold 64 hexadecimal digits; restore it, or remove it: "
				 "another one is made, and people sign in anew");
}

static int key_from_folder(const char *path, char *reason, uint8_t key[static VAULT_KEY_LEN])
{
	_cleanup_close_ int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd = -1;
	int r;

	if (folder < 0)
		return key_refuse(reason, -errno, "the state folder cannot be opened", "");
	IGNORE(unlinkat(folder, KEY_NEW, 0)); /* of a start that was cut short */
	for (unsigned i = 0; i < 2; i++) {
		fd = openat(folder, VAULT_KEY_FILE,
			    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
		if (fd >= 0)
			return file_read(fd, reason, key);
		if (errno != ENOENT)
			return key_refuse(reason, -errno, VAULT_KEY_FILE " cannot be opened", "");
		r = file_make(folder);
		if (r < 0)
			return key_refuse(reason, r, VAULT_KEY_FILE " cannot be made", "");
	}
	return key_refuse(reason, -ENOENT, VAULT_KEY_FILE " is gone again", "");
}

/* ---- the administrator's ---- */

static int key_from_reference(const char *reference, char *reason,
			      uint8_t key[static VAULT_KEY_LEN])
{
	_cleanup_(secret_freep) struct secret *text = NULL;
	char why[REASON_MAX];
	int r = config_secret(reference, why, &text);

	if (r < 0) {
		(void)snprintf(reason, REASON_MAX, "vault_key = %.60s: %.170s", reference, why);
		return r;
	}
	if (key_parse(text->text, text->len, key))
		return 0;
	(void)snprintf(reason, REASON_MAX,
		       "vault_key = %.100s: it does not hold 64 hexadecimal digits; make one with "
		       "openssl rand -hex 32",
		       reference);
	return VAULT_E_REFUSED;
}

int vault_open(const char *reference, const char *folder, char reason[static REASON_MAX],
	       struct vault **ret_vault)
{
	uint8_t key[VAULT_KEY_LEN];
	int r = reference ? key_from_reference(reference, reason, key)
			  : key_from_folder(folder, reason, key);

	if (r == 0) {
		r = vault_new(key, ret_vault);
		if (r < 0)
			(void)snprintf(reason, REASON_MAX, "memory is short");
	}
	secret_erase(key, sizeof(key));
	return r;
}
