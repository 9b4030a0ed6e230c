/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of clients on the disk: made whole, two at a time, changed in one step, trusted by none
 * who could have read them. */
#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/secret.h"
#include "idp-agentd/core/client-key.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/key-make.h"

#define FOLDER_A CLIENT_KEY_FOLDER "/A"

struct place {
	char state[64];
	char reason[REASON_MAX];
};

static const struct config_client a = { .name = "A" };

static void make_place(struct place *place)
{
	*place = (struct place){ .state = "/tmp/idp-client-key-XXXXXX" };
	assert_non_null(mkdtemp(place->state));
}

static const char *path_in(const struct place *place, const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", place->state, name);
	return path;
}

static void remove_place(const struct place *place)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", place->state);
	assert_int_equal(system(command), 0); /* NOLINT: a folder of our own */
}

static int make(struct place *place, const struct config_client *client, enum client_key_slot slot)
{
	return client_key_make(place->state, client, slot, place->reason);
}

/* The kid of the key in that place, or "". */
static const char *kid_of(struct place *place, const struct config_client *client,
			  enum client_key_slot slot)
{
	static char kids[4][KEY_THUMBPRINT_LEN + 1];
	static unsigned at;
	char *kid = kids[at++ % ELEMENTSOF(kids)];
	_cleanup_(client_key_done) struct client_key key = { .pem = NULL };

	*kid = '\0';
	if (client_key_read(place->state, client, slot, place->reason, &key) == 0)
		(void)snprintf(kid, KEY_THUMBPRINT_LEN + 1, "%s", key.kid);
	return kid;
}

static mode_t mode_of(const struct place *place, const char *name)
{
	struct stat st;

	assert_int_equal(lstat(path_in(place, name), &st), 0);
	return st.st_mode & 07777;
}

/* ---- tests ---- */

static void test_a_key_is_made_once_and_only_ours(void **state)
{
	_cleanup_(client_key_done) struct client_key key = { .pem = NULL };
	_cleanup_(buf_done) struct buf spki;
	struct place place;
	(void)state;
	make_place(&place);
	assert_int_equal(client_key_read(place.state, &a, CLIENT_KEY_USED, place.reason, &key),
			 CLIENT_KEY_E_NONE);
	assert_string_equal(place.reason, "[client A] has no key yet: make one with idpctl pdnd "
					  "key new A, or write key in idp.conf");
	assert_int_equal(make(&place, &a, CLIENT_KEY_USED), 0);
	assert_int_equal(mode_of(&place, CLIENT_KEY_FOLDER), 0700);
	assert_int_equal(mode_of(&place, FOLDER_A), 0700);
	assert_int_equal(mode_of(&place, FOLDER_A "/used.pem"), 0600);
	assert_int_equal(client_key_read(place.state, &a, CLIENT_KEY_USED, place.reason, &key), 0);
	assert_int_equal(strlen(key.kid), KEY_THUMBPRINT_LEN);
	assert_true(key.made > 1600000000);
	assert_string_equal(key_alg(key.key), "RS256");
	buf_init(&spki, 4096);
	assert_int_equal(key_make_spki(key.pem, &spki), 0);
	assert_int_equal(key_rsa_bits(spki.data, spki.len), CLIENT_KEY_BITS);
	assert_int_equal(make(&place, &a, CLIENT_KEY_USED), CLIENT_KEY_E_TAKEN);
	assert_string_equal(kid_of(&place, &a, CLIENT_KEY_USED), key.kid);
	remove_place(&place);
}

/* What the platform is shown says the same of the key as what signs. */
static void test_the_public_half_is_that_of_the_key(void **state)
{
	_cleanup_(client_key_done) struct client_key key = { .pem = NULL };
	_cleanup_(key_freep) struct key *public = NULL;
	_cleanup_(buf_done) struct buf spki, pem, signature;
	char thumbprint[KEY_THUMBPRINT_LEN + 1];
	struct place place;
	(void)state;
	make_place(&place);
	buf_init(&spki, 4096);
	buf_init(&pem, 4096);
	buf_init(&signature, 4096);
	assert_int_equal(make(&place, &a, CLIENT_KEY_USED), 0);
	assert_int_equal(client_key_read(place.state, &a, CLIENT_KEY_USED, place.reason, &key), 0);
	assert_int_equal(key_make_spki(key.pem, &spki), 0);
	assert_int_equal(
		key_load_public(spki.data, spki.len, CONFIG_CLIENT_ALG, place.reason, &public), 0);
	assert_int_equal(key_thumbprint(public, thumbprint), 0);
	assert_string_equal(thumbprint, key.kid);
	assert_int_equal(key_sign(key.key, "x", 1, &signature), 0);
	assert_true(key_verify(public, "x", 1, signature.data, signature.len));
	key_put_spki_pem(spki.data, spki.len, &pem);
	assert_int_equal(buf_end(&pem), 0);
	assert_null(memmem(pem.data, pem.len, "PRIVATE", 7));
	assert_memory_equal(pem.data, "-----BEGIN PUBLIC KEY-----\nMII", 30);
	remove_place(&place);
}

static void test_two_keys_change_places(void **state)
{
	char first[KEY_THUMBPRINT_LEN + 1], second[KEY_THUMBPRINT_LEN + 1];
	struct place place;
	(void)state;
	make_place(&place);
	assert_int_equal(client_key_swap(place.state, &a, place.reason), CLIENT_KEY_E_NONE);
	assert_int_equal(client_key_drop(place.state, &a, place.reason), CLIENT_KEY_E_NONE);
	assert_int_equal(make(&place, &a, CLIENT_KEY_USED), 0);
	assert_int_equal(client_key_swap(place.state, &a, place.reason), CLIENT_KEY_E_NONE);
	assert_int_equal(make(&place, &a, CLIENT_KEY_SPARE), 0);
	assert_int_equal(make(&place, &a, CLIENT_KEY_SPARE), CLIENT_KEY_E_TAKEN);
	(void)snprintf(first, sizeof(first), "%s", kid_of(&place, &a, CLIENT_KEY_USED));
	(void)snprintf(second, sizeof(second), "%s", kid_of(&place, &a, CLIENT_KEY_SPARE));
	assert_string_not_equal(first, second);
	assert_int_equal(client_key_swap(place.state, &a, place.reason), 0);
	assert_string_equal(kid_of(&place, &a, CLIENT_KEY_USED), second);
	assert_string_equal(kid_of(&place, &a, CLIENT_KEY_SPARE), first);
	assert_int_equal(client_key_drop(place.state, &a, place.reason), 0);
	assert_string_equal(kid_of(&place, &a, CLIENT_KEY_USED), second);
	assert_string_equal(kid_of(&place, &a, CLIENT_KEY_SPARE), "");
	assert_int_equal(client_key_drop(place.state, &a, place.reason), CLIENT_KEY_E_NONE);
	remove_place(&place);
}

static void put(const struct place *place, const char *name, const char *text, mode_t mode)
{
	int fd = open(path_in(place, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

/* kill -9 while a key was made; a disk that was restored half. */
static void test_what_was_cut_short_is_no_key(void **state)
{
	struct place place;
	(void)state;
	make_place(&place);
	assert_int_equal(make(&place, &a, CLIENT_KEY_USED), 0);
	put(&place, FOLDER_A "/new.pem", "-----BEGIN PRIV", 0600);
	assert_int_equal(make(&place, &a, CLIENT_KEY_SPARE), 0);
	assert_int_equal(access(path_in(&place, FOLDER_A "/new.pem"), F_OK), -1);
	/* cut short behind its new name: nothing may be left under the other one */
	assert_int_equal(symlink("spare.pem", path_in(&place, FOLDER_A "/new.pem")), 0);
	assert_int_equal(client_key_drop(place.state, &a, place.reason), 0);
	assert_int_equal(access(path_in(&place, FOLDER_A "/new.pem"), F_OK), -1);
	put(&place, FOLDER_A "/spare.pem", "-----BEGIN PRIV", 0600);
	assert_true(client_key_swap(place.state, &a, place.reason) < 0);
	assert_non_null(strstr(place.reason, "[client A] spare.pem: it is no private key in PEM"));
	assert_int_equal(strlen(kid_of(&place, &a, CLIENT_KEY_USED)), KEY_THUMBPRINT_LEN);
	remove_place(&place);
}

/* A full disk: no half of a key stays, and what was there is as it was. */
static void test_a_full_disk_makes_no_key(void **state)
{
	const struct rlimit tight = { 100, RLIM_INFINITY };
	const struct rlimit wide = { RLIM_INFINITY, RLIM_INFINITY };
	char first[KEY_THUMBPRINT_LEN + 1];
	struct place place;
	int r;
	(void)state;
	make_place(&place);
	assert_int_equal(make(&place, &a, CLIENT_KEY_USED), 0);
	(void)snprintf(first, sizeof(first), "%s", kid_of(&place, &a, CLIENT_KEY_USED));
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	r = make(&place, &a, CLIENT_KEY_SPARE);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &wide), 0);
	assert_int_equal(r, -EFBIG);
	assert_string_equal(place.reason, "no key can be kept: File too large");
	assert_int_equal(access(path_in(&place, FOLDER_A "/new.pem"), F_OK), -1);
	assert_int_equal(access(path_in(&place, FOLDER_A "/spare.pem"), F_OK), -1);
	assert_string_equal(kid_of(&place, &a, CLIENT_KEY_USED), first);
	assert_int_equal(make(&place, &a, CLIENT_KEY_SPARE), 0);
	remove_place(&place);
}

static void test_a_file_others_could_read_is_refused(void **state)
{
	struct place place;
	(void)state;
	make_place(&place);
	assert_int_equal(make(&place, &a, CLIENT_KEY_USED), 0);
	assert_int_equal(chmod(path_in(&place, FOLDER_A "/used.pem"), 0604), 0);
	assert_string_equal(kid_of(&place, &a, CLIENT_KEY_USED), "");
	assert_int_equal(chmod(path_in(&place, FOLDER_A "/used.pem"), 0600), 0);
	assert_int_equal(strlen(kid_of(&place, &a, CLIENT_KEY_USED)), KEY_THUMBPRINT_LEN);
	assert_int_equal(chmod(path_in(&place, FOLDER_A), 0777), 0);
	assert_string_equal(kid_of(&place, &a, CLIENT_KEY_USED), "");
	assert_int_equal(chmod(path_in(&place, FOLDER_A), 0700), 0);
	assert_int_equal(unlink(path_in(&place, FOLDER_A "/used.pem")), 0);
	assert_int_equal(symlink("/etc/passwd", path_in(&place, FOLDER_A "/used.pem")), 0);
	assert_string_equal(kid_of(&place, &a, CLIENT_KEY_USED), "");
	assert_int_equal(make(&place, &a, CLIENT_KEY_USED), CLIENT_KEY_E_TAKEN);
	remove_place(&place);
}

/* MUST: a name of a section may hold points and slashes. */
static void test_a_name_is_no_path(void **state)
{
	static const struct config_client odd[] = {
		{ .name = ".." },    { .name = "../../x" }, { .name = "a/b" },
		{ .name = "a%2Fb" }, { .name = "." },
	};
	struct place place;
	char kids[ELEMENTSOF(odd)][KEY_THUMBPRINT_LEN + 1];
	(void)state;
	make_place(&place);
	for (size_t i = 0; i < ELEMENTSOF(odd); i++) {
		assert_int_equal(make(&place, &odd[i], CLIENT_KEY_USED), 0);
		(void)snprintf(kids[i], sizeof(kids[i]), "%s",
			       kid_of(&place, &odd[i], CLIENT_KEY_USED));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(kids[i], kids[j]);
	}
	assert_int_equal(access(path_in(&place, CLIENT_KEY_FOLDER "/%2E./used.pem"), F_OK), 0);
	assert_int_equal(access(path_in(&place, CLIENT_KEY_FOLDER "/a%2Fb/used.pem"), F_OK), 0);
	assert_int_equal(access(path_in(&place, CLIENT_KEY_FOLDER "/a%252Fb/used.pem"), F_OK), 0);
	remove_place(&place);
}

static void test_what_idp_conf_says_is_not_ours_to_change(void **state)
{
	char reference[512];
	struct config_client file = { .name = "F", .key = reference };
	struct client_key key;
	struct place place;
	(void)state;
	make_place(&place);
	assert_int_equal(make(&place, &a, CLIENT_KEY_USED), 0);
	(void)snprintf(reference, sizeof(reference), "file:%s",
		       path_in(&place, FOLDER_A "/used.pem"));
	assert_string_equal(kid_of(&place, &file, CLIENT_KEY_USED),
			    kid_of(&place, &a, CLIENT_KEY_USED));
	assert_int_equal(make(&place, &file, CLIENT_KEY_SPARE), CLIENT_KEY_E_ELSEWHERE);
	assert_int_equal(client_key_swap(place.state, &file, place.reason), CLIENT_KEY_E_ELSEWHERE);
	assert_int_equal(client_key_drop(place.state, &file, place.reason), CLIENT_KEY_E_ELSEWHERE);
	assert_int_equal(client_key_read(place.state, &file, CLIENT_KEY_SPARE, place.reason, &key),
			 CLIENT_KEY_E_ELSEWHERE);
	remove_place(&place);
}

static void test_what_the_platform_would_refuse_is_refused_here(void **state)
{
	_cleanup_(secret_freep) struct secret *small = NULL;
	struct place place;
	(void)state;
	make_place(&place);
	assert_int_equal(make(&place, &a, CLIENT_KEY_USED), 0);
	assert_int_equal(key_make_rsa(1024, &small), 0);
	put(&place, FOLDER_A "/used.pem", small->text, 0600);
	assert_string_equal(kid_of(&place, &a, CLIENT_KEY_USED), "");
	assert_non_null(strstr(place.reason, "an RSA key of 1024 bits"));
	remove_place(&place);
}

TEST_MAIN(TEST(test_a_key_is_made_once_and_only_ours),
	  TEST(test_the_public_half_is_that_of_the_key), TEST(test_two_keys_change_places),
	  TEST(test_what_was_cut_short_is_no_key), TEST(test_a_full_disk_makes_no_key),
	  TEST(test_a_file_others_could_read_is_refused), TEST(test_a_name_is_no_path),
	  TEST(test_what_idp_conf_says_is_not_ours_to_change),
	  TEST(test_what_the_platform_would_refuse_is_refused_here))
