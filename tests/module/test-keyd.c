/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idp-keyd before a token nobody here wrote (SoftHSM), with OpenSC's spy between them; what it
 * signs is judged by OpenSSL and by libjwt.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/b64url.h"
#include "common/sock.h"
#include "tests/lib/keyd.h"

static struct keyd_run run;
static bool there; /* SoftHSM is installed */

static void ask(const char *uri, const char *alg, const char *bytes, struct keyd_reply *reply)
{
	assert_int_equal(keyd_run_ask(&run, uri, alg, bytes, reply), 0);
}

/* The question is refused with code, and the sentence holds word. */
static void refused(const char *uri, const char *alg, const char *code, const char *word)
{
	struct keyd_reply reply;

	ask(uri, alg, alg ? "bytes" : NULL, &reply);
	if (reply.type != MSG_KEY_NO || strcmp(reply.text, code) != 0 || !strstr(reply.why, word))
		fail_msg("%s for %s: %s (%s)", alg ? alg : "KEY_PUBLIC", uri, reply.text,
			 reply.why);
}

/* r||s as the SEQUENCE that OpenSSL reads. */
static size_t to_der(const uint8_t *raw, size_t len, unsigned char *der)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	int n, half = (int)len / 2;

	assert_int_equal(
		ECDSA_SIG_set0(pair, BN_bin2bn(raw, half, NULL), BN_bin2bn(raw + half, half, NULL)),
		1);
	n = i2d_ECDSA_SIG(pair, &der);
	ECDSA_SIG_free(pair);
	return (size_t)n;
}

static bool verifies(EVP_PKEY *pkey, const char *alg, const char *bytes, const uint8_t *signature,
		     size_t len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char der[256];
	EVP_PKEY_CTX *pctx = NULL;
	char digest[16];
	bool good;

	(void)snprintf(digest, sizeof(digest), "SHA%s", alg + 2);
	good = EVP_DigestVerifyInit_ex(context, &pctx, strcmp(alg, "EdDSA") ? digest : NULL, NULL,
				       NULL, pkey, NULL) == 1;
	if (good && alg[0] == 'P')
		good = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) > 0 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) > 0;
	if (alg[0] == 'E' && alg[1] == 'S') {
		len = to_der(signature, len, der);
		signature = der;
	}
	good = good && EVP_DigestVerify(context, signature, len, (const unsigned char *)bytes,
					strlen(bytes)) == 1;
	EVP_MD_CTX_free(context);
	return good;
}

static const struct {
	const char *alg, *label;
	jwt_alg_t jwt;
} algs[] = {
	{ "RS256", "rsa", JWT_ALG_RS256 },    { "RS384", "rsa", JWT_ALG_RS384 },
	{ "RS512", "rsa", JWT_ALG_RS512 },    { "PS256", "rsa", JWT_ALG_NONE },
	{ "PS384", "rsa", JWT_ALG_NONE },     { "PS512", "rsa", JWT_ALG_NONE },
	{ "ES256", "p256", JWT_ALG_ES256 },   { "ES384", "p384", JWT_ALG_ES384 },
	{ "ES512", "p521", JWT_ALG_ES512 },   { "EdDSA", "ed", JWT_ALG_NONE },
	{ "ES256", "always", JWT_ALG_ES256 },
};

static void test_every_algorithm(void **state)
{
	(void)state;
	if (!there)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(algs); i++) {
		EVP_PKEY *pkey = keyd_run_public(&run, algs[i].label);
		struct keyd_reply reply;
		uint8_t signature[1024];
		size_t len;

		ask(keyd_run_uri(&run, algs[i].label, "good"), algs[i].alg, "eyJ.e30", &reply);
		if (reply.type != MSG_SIGNED_IS)
			fail_msg("%s: %s", algs[i].alg, reply.why);
		assert_int_equal(b64url_decode(reply.text, strlen(reply.text), signature,
					       sizeof(signature), &len),
				 0);
		if (!verifies(pkey, algs[i].alg, "eyJ.e30", signature, len))
			fail_msg("%s by %s is no signature", algs[i].alg, algs[i].label);
		assert_false(verifies(pkey, algs[i].alg, "eyJ.e31", signature, len));
		EVP_PKEY_free(pkey);
	}
	print_message("# %zu algorithms and keys\n", ELEMENTSOF(algs));
}

/* The second judge, of tokens as they will be sent. */
static void by_libjwt(const char *alg, const char *label, jwt_alg_t number)
{
	char json[64], header[128], input[256], token[4400];
	struct keyd_reply reply;
	jwt_t *jwt;

	(void)snprintf(json, sizeof(json), "{\"alg\":\"%s\",\"typ\":\"JWT\"}", alg);
	assert_int_equal(b64url_encode(json, strlen(json), header, sizeof(header)), 0);
	(void)snprintf(input, sizeof(input), "%s.eyJpc3MiOiJ1cyJ9", header);
	ask(keyd_run_uri(&run, label, "good"), alg, input, &reply);
	assert_int_equal(reply.type, MSG_SIGNED_IS);
	(void)snprintf(token, sizeof(token), "%s.%s", input, reply.text);
	jwt = keyd_run_read_token(&run, label, token);
	assert_int_equal(jwt_get_alg(jwt), number);
	assert_string_equal(jwt_get_grant(jwt, "iss"), "us");
	jwt_free(jwt);
}

static void test_libjwt_agrees(void **state)
{
	(void)state;
	if (!there)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(algs); i++)
		if (algs[i].jwt != JWT_ALG_NONE)
			by_libjwt(algs[i].alg, algs[i].label, algs[i].jwt);
}

static void test_what_is_refused(void **state)
{
	static const char *const bad[][2] = {
		{ "https://example.org", "no PKCS #11 URI" },
		{ "pkcs11:token=demo", "names no key" },
		{ "pkcs11:token=demo;object=rsa?pin-value=1234", "pin-value" },
		{ "pkcs11:token=demo;object=rsa?module-path=/tmp/evil.so", "module-path" },
		{ "pkcs11:token=demo;object=rsa;type=cert", "no private key" },
		{ "pkcs11:token=demo;object=rsa;type=secret-key", "no private key" },
		{ "pkcs11:token=demo;object=rsa;color=red", "nobody here knows" },
		{ "pkcs11:token=demo;object=%zz", "no PKCS #11 URI" },
		{ "pkcs11:token=demo;object=r sa", "a blank" },
	};

	(void)state;
	if (!there)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(bad); i++)
		refused(bad[i][0], NULL, "bad-uri", bad[i][1]);
	refused(keyd_run_uri(&run, "rsa", "good"), "none", "bad-alg", "nobody");
	refused(keyd_run_uri(&run, "rsa", "good"), "HS256", "bad-alg", "nobody");
	refused(keyd_run_uri(&run, "rsa", "good"), "rs256", "bad-alg", "nobody");
	refused(keyd_run_uri(&run, "rsa", "good"), "ES256", "bad-alg", "another type");
	refused(keyd_run_uri(&run, "p384", "good"), "ES256", "bad-alg", "another curve");
	refused(keyd_run_uri(&run, "nobody", "good"), NULL, "no-key", "no private key");
	refused(keyd_run_uri(&run, "twin", "good"), NULL, "no-key", "several");
	refused(keyd_run_uri(&run, "twin;id=%06", "good"), "RS256", "bad-alg", "another type");
	refused("pkcs11:token=other;object=rsa", NULL, "no-token", "no token");
	refused("pkcs11:token=demo;object=rsa", NULL, "no-pin", "pin-source");
	refused(keyd_run_uri(&run, "rsa", "absent"), NULL, "no-pin", "cannot be read");
	refused(keyd_run_uri(&run, "rsa", "open"), NULL, "no-pin", "not a secret");
	refused("pkcs11:token=demo;object=rsa?pin-source=%7ccat%20/etc/passwd", NULL, "no-pin",
		"pin-source");
}

static void test_wrong_pin_once(void **state)
{
	size_t before, tries = 0;
	struct keyd_reply reply;

	(void)state;
	if (!there)
		skip();
	before = keyd_run_spied(&run, "C_Login");
	refused(keyd_run_uri(&run, "rsa", "wrong"), NULL, "pin-refused", "refuses the PIN");
	refused(keyd_run_uri(&run, "rsa", "wrong"), NULL, "pin-refused", "not tried again");
	refused(keyd_run_uri(&run, "p256", "wrong"), "ES256", "pin-refused", "not tried again");
	refused(keyd_run_uri(&run, "rsa", "good"), NULL, "pin-refused", "not tried again");
	tries = keyd_run_spied(&run, "C_Login");
	if (before > 0) /* the spy is there */
		assert_int_equal(tries, before + 1);
	assert_int_equal(kill(run.pid, SIGHUP), 0);
	do /* the signal and the question come by different ways */
		ask(keyd_run_uri(&run, "rsa", "good"), NULL, NULL, &reply);
	while (reply.type != MSG_KEY_IS);
}

static void rename_tokens(const char *from, const char *to)
{
	char old[128], new[128];

	(void)snprintf(old, sizeof(old), "%s/%s", run.folder, from);
	(void)snprintf(new, sizeof(new), "%s/%s", run.folder, to);
	assert_int_equal(rename(old, new), 0);
}

static void test_token_taken_out(void **state)
{
	struct keyd_reply reply;

	(void)state;
	if (!there)
		skip();
	rename_tokens("tokens", "drawer");
	ask(keyd_run_uri(&run, "rsa", "good"), "RS256", "bytes", &reply);
	assert_int_equal(reply.type, MSG_KEY_NO);
	print_message("# %s: %s\n", reply.text, reply.why);
	rename_tokens("drawer", "tokens");
	keyd_run_stop(&run, SIGTERM); /* SoftHSM looks for tokens when it starts */
	assert_int_equal(keyd_run_start(&run), 0);
	ask(keyd_run_uri(&run, "rsa", "good"), "RS256", "bytes", &reply);
	assert_int_equal(reply.type, MSG_SIGNED_IS);
}

/* Somebody else's process, who could even reach the socket, hears nothing. */
static void test_hostile_user(void **state)
{
	struct keyd_reply reply;
	int status;
	pid_t pid;

	(void)state;
	if (!there || geteuid() != 0)
		skip();
	assert_int_equal(chmod(run.folder, 0711) | chmod(run.socket, 0666), 0);
	pid = fork();
	if (pid == 0) {
		int r = setresuid(65534, 65534, 65534) < 0
				? -errno
				: keyd_run_ask(&run, keyd_run_uri(&run, "rsa", "good"), NULL, NULL,
					       &reply);

		_exit(r != -ECONNRESET && r != -EPIPE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(chmod(run.socket, 0600), 0);
	ask(keyd_run_uri(&run, "rsa", "good"), NULL, NULL, &reply);
	assert_int_equal(reply.type, MSG_KEY_IS);
}

/* Whoever says something else is not heard any more; the next is. */
static void test_strange_words(void **state)
{
	static const enum wire_type words[] = { MSG_STATUS, MSG_FLUSH, MSG_UNAVAIL, MSG_CANCEL };
	uint8_t memory[64];
	struct keyd_reply reply;

	(void)state;
	if (!there)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(words); i++) {
		struct client client = CLIENT_NULL;
		struct wire_in in;
		struct buf out;

		buf_init(&out, 64);
		assert_int_equal(client_open(&client, run.socket, clock_now() + 30 * USEC_PER_SEC),
				 0);
		client_begin(&client, &out, words[i]);
		assert_int_equal(client_send(&client, &out, clock_now() + 30 * USEC_PER_SEC), 0);
		assert_int_equal(client_receive(&client, memory, sizeof(memory),
						clock_now() + 30 * USEC_PER_SEC, &in),
				 -ECONNRESET);
		client_close(&client);
		buf_done(&out);
	}
	ask(keyd_run_uri(&run, "rsa", "good"), NULL, NULL, &reply);
	assert_int_equal(reply.type, MSG_KEY_IS);
}

/* Runs last: of all that was asked of the token, nothing was of the private key. */
static void test_key_never_leaves(void **state)
{
	static const char *const secret[] = { "CKA_PRIVATE_EXPONENT", "CKA_PRIME",
					      "CKA_VALUE ",           "CKA_EXPONENT_",
					      "CKA_COEFFICIENT",      "C_WrapKey",
					      "C_CopyObject",         "C_SetAttributeValue" };

	(void)state;
	if (!there || keyd_run_spied(&run, "C_GetAttributeValue") == 0)
		skip();
	for (size_t i = 0; i < ELEMENTSOF(secret); i++)
		if (keyd_run_spied(&run, secret[i]) != 0)
			fail_msg("%s was asked for", secret[i]);
	assert_true(keyd_run_spied(&run, "CKA_MODULUS") > 0);
	assert_true(keyd_run_spied(&run, "C_Sign") > ELEMENTSOF(algs));
}

static int set_up(void **state)
{
	int r = keyd_run_prepare(&run);

	(void)state;
	if (r == -ENOENT) {
		print_message("# softhsm2 or opensc is not installed\n");
		return 0;
	}
	there = true;
	return r < 0 ? r : keyd_run_start(&run);
}

static int tear_down(void **state)
{
	(void)state;
	keyd_run_done(&run);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_algorithm), TEST(test_libjwt_agrees),    TEST(test_what_is_refused),
		TEST(test_wrong_pin_once),  TEST(test_hostile_user),     TEST(test_strange_words),
		TEST(test_token_taken_out), TEST(test_key_never_leaves),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
