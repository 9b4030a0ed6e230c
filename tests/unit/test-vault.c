/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Seals: the arithmetic against what others published, and that no seal opens but in its place. */
#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "idp-agentd/core/vault.h"

static const uint8_t key_a[VAULT_KEY_LEN] = "0123456789abcdef0123456789abcde";
static const struct vault_row row_a = { 7, "corp", "https://idp.example.org", "s1" };

static size_t unhex(const char *text, uint8_t *out, size_t room)
{
	size_t n = strlen(text) / 2;

	assert_true(n <= room);
	for (size_t i = 0; i < n; i++) {
		unsigned byte;

		assert_int_equal(sscanf(text + 2 * i, "%2x", &byte), 1);
		out[i] = (uint8_t)byte;
	}
	return n;
}

/* ---- what others published ---- */

/* McGrew and Viega, The Galois/Counter Mode of Operation, test cases 13 to 16. */
static const struct {
	const char *key, *nonce, *aad, *plain, *cipher, *tag;
} published[] = {
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	  "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b" },
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	  "000000000000000000000000", "", "00000000000000000000000000000000",
	  "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	  "cafebabefacedbaddecaf888", "",
	  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
	  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
	  "b094dac5d93471bdec1a502270e3cc6c" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	  "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
	  "76fc6ece0f4e1768cddf8853bb2d551b" },
};

static void test_the_published_vectors_come_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(published); i++) {
		uint8_t key[32], nonce[12], aad[32], plain[64], cipher[64], tag[16], out[64],
			made[16];
		struct vault_aead aead = { .key = key, .nonce = nonce, .aad = aad };
		size_t len = unhex(published[i].plain, plain, sizeof(plain));

		unhex(published[i].key, key, sizeof(key));
		unhex(published[i].nonce, nonce, sizeof(nonce));
		aead.aad_len = unhex(published[i].aad, aad, sizeof(aad));
		assert_int_equal(unhex(published[i].cipher, cipher, sizeof(cipher)), len);
		unhex(published[i].tag, tag, sizeof(tag));
		assert_int_equal(vault_encrypt(&aead, plain, len, out, made), 0);
		assert_memory_equal(out, cipher, len);
		assert_memory_equal(made, tag, sizeof(tag));
		assert_int_equal(vault_decrypt(&aead, cipher, len, tag, out), 0);
		assert_memory_equal(out, plain, len);
		tag[15] ^= 1;
		assert_int_equal(vault_decrypt(&aead, cipher, len, tag, out), VAULT_E_SEALED);
	}
}

#define TEXT_MAX 4096u

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	assert_non_null(text);
	return text;
}

static void check_case(const json_t *test)
{
	static uint8_t aad[TEXT_MAX], plain[TEXT_MAX], cipher[TEXT_MAX], out[TEXT_MAX];
	uint8_t key[32], nonce[12], tag[16];
	struct vault_aead aead = { .key = key, .nonce = nonce, .aad = aad };
	size_t len = unhex(member(test, "ct"), cipher, sizeof(cipher));
	bool valid = strcmp(member(test, "result"), "valid") == 0;
	int r;

	unhex(member(test, "key"), key, sizeof(key));
	unhex(member(test, "iv"), nonce, sizeof(nonce));
	aead.aad_len = unhex(member(test, "aad"), aad, sizeof(aad));
	unhex(member(test, "tag"), tag, sizeof(tag));
	r = vault_decrypt(&aead, cipher, len, tag, out);
	assert_int_equal(r, valid ? 0 : VAULT_E_SEALED);
	if (valid) {
		assert_int_equal(unhex(member(test, "msg"), plain, sizeof(plain)), len);
		assert_memory_equal(out, plain, len);
	}
}

static void test_wycheproof_agrees(void **state)
{
	char path[4400];
	json_t *root, *group, *test;
	size_t i, j, n = 0;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/wycheproof/aes_gcm_test.json",
		       test_vectors() ? test_vectors() : "/nonexistent");
	root = json_load_file(path, 0, NULL);
	if (!root)
		skip();
	json_array_foreach(json_object_get(root, "testGroups"), i, group) {
		if (json_integer_value(json_object_get(group, "keySize")) != 256 ||
		    json_integer_value(json_object_get(group, "ivSize")) != 96 ||
		    json_integer_value(json_object_get(group, "tagSize")) != 128)
			continue;
		json_array_foreach(json_object_get(group, "tests"), j, test) {
			check_case(test);
			n++;
		}
	}
	json_decref(root);
	print_message("# %zu cases of Wycheproof\n", n);
	assert_true(n >= 60);
}

/* ---- seals ---- */

struct sealed {
	struct vault *vault;
	struct buf seal, plain;
};

static void sealed_setup(struct sealed *s, const char *text)
{
	*s = (struct sealed){ 0 };
	buf_init(&s->seal, 65536);
	buf_init_secret(&s->plain, 65536);
	assert_int_equal(vault_new(key_a, &s->vault), 0);
	assert_int_equal(vault_seal(s->vault, &row_a, text, strlen(text), &s->seal), 0);
}

static void sealed_teardown(struct sealed *s)
{
	s->vault = vault_free(s->vault);
	buf_done(&s->seal);
	buf_done(&s->plain);
}

static int sealed_open(struct sealed *s, const struct vault_row *row)
{
	buf_reset(&s->plain);
	return vault_unseal(s->vault, row, s->seal.data, s->seal.len, &s->plain);
}

static void test_what_was_sealed_opens_again(void **state)
{
	static const char *const texts[] = { "", "x", "a token and another" };
	struct sealed s;

	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		sealed_setup(&s, texts[i]);
		assert_int_equal(s.seal.len, strlen(texts[i]) + VAULT_OVERHEAD);
		assert_int_equal(sealed_open(&s, &row_a), 0);
		assert_int_equal(s.plain.len, strlen(texts[i]));
		assert_memory_equal(s.plain.len ? s.plain.data : (const uint8_t *)"", texts[i],
				    s.plain.len);
		sealed_teardown(&s);
	}
}

static void test_two_seals_of_one_text_differ(void **state)
{
	struct sealed a, b;

	(void)state;
	sealed_setup(&a, "the same");
	sealed_setup(&b, "the same");
	assert_memory_not_equal(a.seal.data + 1, b.seal.data + 1, 12); /* the nonces */
	assert_memory_not_equal(a.seal.data + 13, b.seal.data + 13, 8);
	sealed_teardown(&a);
	sealed_teardown(&b);
}

static void test_a_seal_opens_in_its_own_row_only(void **state)
{
	const struct vault_row others[] = {
		{ 8, "corp", "https://idp.example.org", "s1" },
		{ 7, "corq", "https://idp.example.org", "s1" },
		{ 7, "corp", "https://idp.example.orG", "s1" },
		{ 7, "corp", "https://idp.example.org", "s2" },
		{ 7, "corp", "https://idp.example.org", "" },
		{ 7, "corph", "ttps://idp.example.org", "s1" }, /* the same bytes in a row */
		{ 7, "corp", "https://idp.example.orgs", "1" },
		{ 7, "", "corphttps://idp.example.org", "s1" },
	};
	struct sealed s;

	(void)state;
	sealed_setup(&s, "a token");
	for (size_t i = 0; i < ELEMENTSOF(others); i++) {
		assert_int_equal(sealed_open(&s, &others[i]), VAULT_E_SEALED);
		assert_int_equal(s.plain.len, 0);
	}
	assert_int_equal(sealed_open(&s, &row_a), 0);
	sealed_teardown(&s);
}

static void test_one_bit_anywhere_keeps_it_shut(void **state)
{
	struct sealed s;

	(void)state;
	sealed_setup(&s, "a token that is longer than one block of AES");
	for (size_t bit = 0; bit < 8 * s.seal.len; bit++) {
		s.seal.data[bit / 8] = (uint8_t)(s.seal.data[bit / 8] ^ (1u << (bit % 8)));
		assert_int_equal(sealed_open(&s, &row_a), VAULT_E_SEALED);
		assert_int_equal(s.plain.len, 0);
		s.seal.data[bit / 8] = (uint8_t)(s.seal.data[bit / 8] ^ (1u << (bit % 8)));
	}
	for (size_t len = s.seal.len; len-- > 0;) {
		s.seal.len = len;
		assert_int_equal(sealed_open(&s, &row_a), VAULT_E_SEALED);
	}
	sealed_teardown(&s);
}

static void test_another_key_opens_nothing(void **state)
{
	struct sealed s;
	uint8_t other[VAULT_KEY_LEN];

	(void)state;
	sealed_setup(&s, "a token");
	memcpy(other, key_a, sizeof(other));
	other[31] ^= 1;
	s.vault = vault_free(s.vault);
	assert_int_equal(vault_new(other, &s.vault), 0);
	assert_int_equal(sealed_open(&s, &row_a), VAULT_E_SEALED);
	sealed_teardown(&s);
}

/* ---- the key ---- */

struct folder {
	char path[64], file[96], other[96];
	char reason[REASON_MAX];
};

static void folder_setup(struct folder *f)
{
	*f = (struct folder){ .path = "/tmp/idp-vault-XXXXXX" };
	assert_non_null(mkdtemp(f->path));
	(void)snprintf(f->file, sizeof(f->file), "%s/" VAULT_KEY_FILE, f->path);
	(void)snprintf(f->other, sizeof(f->other), "%s/other", f->path);
}

static void folder_teardown(struct folder *f)
{
	(void)unlink(f->file);
	(void)unlink(f->other);
	assert_int_equal(rmdir(f->path), 0); /* nothing else was left there */
}

static int folder_open(struct folder *f, struct vault **ret)
{
	return vault_open(NULL, f->path, f->reason, ret);
}

static void folder_write(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void assert_refused(struct folder *f, const char *part)
{
	struct vault *vault = NULL;

	assert_int_equal(folder_open(f, &vault), VAULT_E_REFUSED);
	assert_null(vault);
	if (!strstr(f->reason, part))
		fail_msg("'%s' does not say '%s'", f->reason, part);
}

static void test_the_key_is_made_once(void **state)
{
	struct folder f;
	struct sealed s;
	struct stat st;

	(void)state;
	folder_setup(&f);
	sealed_setup(&s, "");
	s.vault = vault_free(s.vault);
	buf_reset(&s.seal);
	assert_int_equal(folder_open(&f, &s.vault), 0);
	assert_int_equal(stat(f.file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 65);
	assert_int_equal(vault_seal(s.vault, &row_a, "x", 1, &s.seal), 0);
	s.vault = vault_free(s.vault);
	assert_int_equal(folder_open(&f, &s.vault), 0);
	assert_int_equal(sealed_open(&s, &row_a), 0);
	s.vault = vault_free(s.vault);
	assert_int_equal(unlink(f.file), 0); /* a lost key is another key */
	assert_int_equal(folder_open(&f, &s.vault), 0);
	assert_int_equal(sealed_open(&s, &row_a), VAULT_E_SEALED);
	sealed_teardown(&s);
	folder_teardown(&f);
}

static void test_a_key_that_others_could_know_is_refused(void **state)
{
	static const char good[] =
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
	struct folder f;
	struct vault *vault = NULL;

	(void)state;
	folder_setup(&f);
	folder_write(f.file, good, 0640);
	assert_refused(&f, "remove it");
	folder_write(f.file, "0001\n", 0600);
	assert_refused(&f, "64 hexadecimal digits");
	folder_write(f.file, "z00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
		     0600);
	assert_refused(&f, "64 hexadecimal digits");
	folder_write(f.file, good, 0600);
	assert_int_equal(link(f.file, f.other), 0);
	assert_refused(&f, "one name");
	assert_int_equal(unlink(f.file), 0);
	assert_int_equal(symlink(f.other, f.file), 0);
	assert_int_equal(folder_open(&f, &vault), -ELOOP);
	assert_int_equal(unlink(f.file), 0);
	assert_int_equal(rename(f.other, f.file), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(f.file, 1, 1), 0);
		assert_refused(&f, "another user");
		assert_int_equal(chown(f.file, 0, 0), 0);
	}
	assert_int_equal(folder_open(&f, &vault), 0);
	vault = vault_free(vault);
	folder_teardown(&f);
}

static void test_a_start_that_was_cut_short_leaves_no_half_key(void **state)
{
	struct folder f;
	struct vault *vault = NULL;
	char half[128];

	(void)state;
	folder_setup(&f);
	(void)snprintf(half, sizeof(half), "%s.new", f.file);
	folder_write(half, "0001", 0600);
	assert_int_equal(folder_open(&f, &vault), 0);
	assert_int_equal(access(half, F_OK), -1);
	vault = vault_free(vault);
	folder_teardown(&f);
}

static void test_the_key_may_be_a_secret_of_the_administrator(void **state)
{
	struct folder f;
	struct vault *vault = NULL;
	char reference[128];

	(void)state;
	folder_setup(&f);
	(void)snprintf(reference, sizeof(reference), "file:%s", f.other);
	assert_true(vault_open(reference, f.path, f.reason, &vault) < 0);
	assert_non_null(strstr(f.reason, "vault_key = "));
	folder_write(f.other, "not a key\n", 0600);
	assert_int_equal(vault_open(reference, f.path, f.reason, &vault), VAULT_E_REFUSED);
	assert_non_null(strstr(f.reason, "openssl rand -hex 32"));
	assert_null(strstr(f.reason, "not a key"));
	folder_write(f.other, "000102030405060708090A0B0C0D0E0F101112131415161718191a1b1c1d1e1f",
		     0600);
	assert_int_equal(vault_open(reference, f.path, f.reason, &vault), 0);
	assert_int_equal(access(f.file, F_OK), -1); /* none of its own beside it */
	vault = vault_free(vault);
	folder_teardown(&f);
}

TEST_MAIN(TEST(test_the_published_vectors_come_out), TEST(test_wycheproof_agrees),
	  TEST(test_what_was_sealed_opens_again), TEST(test_two_seals_of_one_text_differ),
	  TEST(test_a_seal_opens_in_its_own_row_only), TEST(test_one_bit_anywhere_keeps_it_shut),
	  TEST(test_another_key_opens_nothing), TEST(test_the_key_is_made_once),
	  TEST(test_a_key_that_others_could_know_is_refused),
	  TEST(test_a_start_that_was_cut_short_leaves_no_half_key),
	  TEST(test_the_key_may_be_a_secret_of_the_administrator))
