/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which files are trusted: configuration and secrets on a real file system. */

#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/secret.h"
#include "idp-agentd/core/config.h"

#define MINIMUM                                                                \
	"[provider corp]\nissuer = https://id.example.org\nclient_id = host\n" \
	"[allow staff]\nneed = group:staff\n"

static char folder[64];

static int begin(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/test-config-XXXXXX");
	if (!mkdtemp(folder) || chdir(folder) < 0)
		return -1;
	return mkdir("conf.d", 0755);
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int end(void **state)
{
	(void)state;
	return chdir("/") < 0 || nftw(folder, drop, 8, FTW_DEPTH | FTW_PHYS) < 0 ? -1 : 0;
}

static void write_file(const char *name, const void *bytes, size_t len, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static void write_text(const char *name, const char *text, mode_t mode)
{
	write_file(name, text, strlen(text), mode);
}

/* The real one is key.h's; this one shows what it is asked and how its answer is told. */
static int judge_key(const struct secret *pem, const char *alg, char reason[static REASON_MAX])
{
	(void)snprintf(reason, REASON_MAX, "%s cannot sign %s; make another", pem->text, alg);
	return strcmp(pem->text, alg) == 0 ? 0 : -EKEYREJECTED;
}

static int judge_certificate(const struct secret *cert, const struct secret *pem,
			     char reason[static REASON_MAX])
{
	(void)snprintf(reason, REASON_MAX, "%s is not of %s", cert->text, pem->text);
	return strcmp(cert->text, pem->text) == 0 ? 0 : -EKEYREJECTED;
}

static const struct config_judge judge = { .key = judge_key, .certificate = judge_certificate };

/* The exit status of config_check(); what it said goes to said. */
static int check(char said[static 4096])
{
	char path[128];
	FILE *out = fmemopen(said, 4096, "w");
	int status;

	assert_non_null(out);
	(void)snprintf(path, sizeof(path), "%s/idp.conf", folder);
	status = config_check(path, &judge, out);
	assert_int_equal(fclose(out), 0);
	return status;
}

static void refused_for(const char *reason)
{
	char said[4096] = "", wanted[512];

	assert_int_equal(check(said), 1);
	(void)snprintf(wanted, sizeof(wanted), "%s%s", folder, reason);
	if (!strstr(said, wanted))
		print_message("# wanted: %s\n# said: %s", wanted, said);
	assert_non_null(strstr(said, wanted));
}

static void test_a_good_file_is_taken(void **state)
{
	char said[4096] = "";

	(void)state;
	write_text("idp.conf", MINIMUM, 0640);
	assert_int_equal(check(said), 0);
	assert_non_null(strstr(said, "idp.conf: good: 1 provider, 1 directory\n"));
}

static void test_secrets_in_files_are_checked(void **state)
{
	char text[1024], said[4096] = "";

	(void)state;
	(void)snprintf(text, sizeof(text),
		       "%s[provider b]\nissuer = https://b.example.org\nclient_id = x\n"
		       "client_auth = client_secret_post\nclient_secret = file:%s/secret\n",
		       MINIMUM, folder);
	write_text("idp.conf", text, 0640);
	refused_for("/secret: there is no such file\n");
	write_text("secret", "hunter2", 0644);
	refused_for(
		"/secret: everybody can read it (mode 644): run chmod 0600 on it, and replace the secret, "
		"which is none any more\n");
	write_text("secret", "hunter2", 0640);
	assert_int_equal(check(said), 0);
	if (geteuid() != 0)
		return;
	/* root checks for a daemon whose group the configuration has */
	assert_int_equal(chown("secret", 0, 4711), 0);
	refused_for("/secret: its group (gid 4711) can read it (mode 640): run chmod 0600 on it\n");
	assert_int_equal(chown("idp.conf", 0, 4711), 0);
	assert_int_equal(check(said), 0);
}

static void test_keys_in_files_are_judged(void **state)
{
	char text[1024], said[4096] = "";

	(void)state;
	(void)snprintf(text, sizeof(text),
		       "%s[provider b]\nissuer = https://b.example.org\nclient_id = x\n"
		       "client_auth = private_key_jwt\nclient_alg = PS384\n"
		       "client_key = file:%s/key\n",
		       MINIMUM, folder);
	write_text("idp.conf", text, 0640);
	refused_for("/key: there is no such file\n");
	write_text("key", "RS256\n", 0600);
	refused_for("/key: RS256 cannot sign PS384; make another\n");
	write_text("key", "PS384\n", 0600);
	assert_int_equal(check(said), 0);
	(void)snprintf(text, sizeof(text),
		       "%s[provider b]\nissuer = https://b.example.org\nclient_id = x\n"
		       "client_auth = tls_client_auth\nclient_cert = file:%s/cert\n"
		       "tls_key = file:%s/key\n",
		       MINIMUM, folder, folder);
	write_text("idp.conf", text, 0640);
	refused_for("/cert: there is no such file\n");
	write_text("cert", "another", 0600);
	refused_for("/cert: another is not of PS384\n");
	write_text("cert", "PS384", 0600);
	assert_int_equal(check(said), 0);
}

static void test_trusted_certificates_are_checked(void **state)
{
	char text[1024], said[4096] = "";

	(void)state;
	(void)snprintf(
		text, sizeof(text),
		"[provider b]\nissuer = https://b.example.org\nclient_id = x\nca = %s/ca.pem\n",
		folder);
	write_text("idp.conf", text, 0640);
	refused_for("/ca.pem: it cannot be opened: No such file or directory\n");
	write_text("ca.pem", "", 0644);
	refused_for("/ca.pem: it is no file of certificates\n");
	write_text("ca.pem", "-----BEGIN", 0664);
	refused_for(
		"/ca.pem: others than root can change whom this host trusts: run chown root and chmod go-w on it\n");
	write_text("real.pem", "-----BEGIN", 0644);
	assert_int_equal(unlink("ca.pem"), 0);
	assert_int_equal(symlink("real.pem", "ca.pem"), 0);
	assert_int_equal(check(said), 0);
}

static void test_drop_ins_are_read_in_byte_order(void **state)
{
	struct config_problems problems = { .n = 0 };
	struct config *config = NULL;

	(void)state;
	write_text("idp.conf", MINIMUM, 0644);
	write_text("conf.d/9.conf", "[service b]\n", 0644);
	write_text("conf.d/10.conf", "[service a]\n", 0644);
	write_text("conf.d/B.conf", "[service c]\n", 0644);
	write_text("conf.d/a.conf", "[service d]\n", 0644);
	write_text("conf.d/.hidden.conf", "garbage", 0644);
	write_text("conf.d/a.conf~", "garbage", 0644);
	write_text("conf.d/README", "garbage", 0644);
	assert_int_equal(config_load("idp.conf", &problems, &config), 0);
	assert_int_equal(config->n_services, 5);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(config->services[i].name[0], 'a' + (int)i);
	config_free(config);
}

static void test_a_missing_file_is_named(void **state)
{
	(void)state;
	refused_for(
		"/idp.conf: there is no such file: write it, beginning with the five lines of idp.conf(5)\n");
}

static void test_files_that_others_can_write_are_refused(void **state)
{
	(void)state;
	write_text("idp.conf", MINIMUM, 0664);
	refused_for(
		"/idp.conf: others than its owner can write it (mode 664): run chmod go-w on it\n");
	write_text("idp.conf", MINIMUM, 0646);
	refused_for(
		"/idp.conf: others than its owner can write it (mode 646): run chmod go-w on it\n");
	write_text("idp.conf", MINIMUM, 0644);
	write_text("conf.d/x.conf", "", 0666);
	refused_for(
		"/conf.d/x.conf: others than its owner can write it (mode 666): run chmod go-w on it\n");
}

static void test_folders_that_others_can_write_are_refused(void **state)
{
	(void)state;
	write_text("idp.conf", MINIMUM, 0644);
	assert_int_equal(chmod("conf.d", 0777), 0);
	refused_for(
		"/conf.d: others than its owner can write this folder (mode 777): run chmod go-w on it\n");
	assert_int_equal(chmod("conf.d", 0755), 0);
	assert_int_equal(chmod(".", 0775), 0);
	refused_for(
		": others than its owner can write this folder (mode 775): run chmod go-w on it\n");
	assert_int_equal(chmod(".", 0700), 0);
}

static void test_only_regular_files_are_read(void **state)
{
	(void)state;
	write_text("real.conf", MINIMUM, 0644);
	assert_int_equal(symlink("real.conf", "idp.conf"), 0);
	refused_for("/idp.conf: it is a symbolic link: put the file itself there\n");
	assert_int_equal(unlink("idp.conf"), 0);
	assert_int_equal(mkdir("idp.conf", 0755), 0);
	refused_for("/idp.conf: it is a folder, not a file\n");
	assert_int_equal(rmdir("idp.conf"), 0);
	assert_int_equal(mkfifo("idp.conf", 0600), 0);
	refused_for("/idp.conf: it is not a regular file\n");
	assert_int_equal(unlink("idp.conf"), 0);
	write_text("idp.conf", MINIMUM, 0644);
	assert_int_equal(symlink("/nowhere", "conf.d/x.conf"), 0);
	refused_for("/conf.d/x.conf: it is a symbolic link: put the file itself there\n");
}

static void test_strangers_files_are_refused(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("# only root can make a stranger's file\n");
		return;
	}
	write_text("idp.conf", MINIMUM, 0644);
	assert_int_equal(chown("idp.conf", 4711, 0), 0);
	refused_for("/idp.conf: it belongs to uid 4711: run chown root on it\n");
	assert_int_equal(chown("idp.conf", 0, 0), 0);
	assert_int_equal(chown("conf.d", 4711, 0), 0);
	refused_for("/conf.d: this folder belongs to uid 4711: run chown root on it\n");
}

static void test_a_file_that_is_too_large_is_refused(void **state)
{
	(void)state;
	write_text("idp.conf", MINIMUM, 0644);
	assert_int_equal(truncate("idp.conf", CONFIG_FILE_MAX + 1), 0);
	refused_for("/idp.conf: it is too large: 1048577 bytes, at most 1048576 are read\n");
}

static void test_a_failed_load_leaves_the_old_tree_alone(void **state)
{
	struct config_problems problems = { .n = 0 };
	struct config *config = NULL, *before;

	(void)state;
	write_text("idp.conf", MINIMUM, 0644);
	assert_int_equal(config_load("idp.conf", &problems, &config), 0);
	before = config;
	write_text("idp.conf", MINIMUM "[allow all]\n", 0644);
	assert_int_equal(config_load("idp.conf", &problems, &config), CONFIG_E_REFUSED);
	assert_ptr_equal(config, before);
	assert_string_equal(config->providers[0].client_id, "host");
	config_problems_done(&problems);
	config_free(config);
}

/* ---- secrets ---- */

static int secret(const char *name, char *reason, struct secret **ret)
{
	char reference[128];

	(void)snprintf(reference, sizeof(reference), "file:%s/%s", folder, name);
	return config_secret(reference, reason, ret);
}

static void test_a_secret_of_a_private_file_is_read(void **state)
{
	_cleanup_(secret_freep) struct secret *got = NULL;
	char reason[REASON_MAX] = "";

	(void)state;
	write_text("s", "hunter2\n", 0600);
	assert_int_equal(secret("s", reason, &got), 0);
	assert_int_equal(got->len, 7);
	assert_string_equal(got->text, "hunter2");
	got = secret_free(got);
	write_text("s", " a b \r\n", 0640); /* our own group; only the line end goes */
	assert_int_equal(secret("s", reason, &got), 0);
	assert_string_equal(got->text, " a b ");
}

static void test_a_secret_that_others_can_read_is_refused(void **state)
{
	_cleanup_(secret_freep) struct secret *got = NULL;
	char reason[REASON_MAX] = "";

	(void)state;
	write_text("s", "hunter2", 0604);
	assert_int_equal(secret("s", reason, &got), -EPERM);
	assert_string_equal(
		reason, "everybody can read it (mode 604): run chmod 0600 on it, and replace the "
			"secret, which is none any more");
	write_text("s", "hunter2", 0620);
	assert_int_equal(secret("s", reason, &got), -EPERM);
	if (geteuid() == 0) {
		write_text("s", "hunter2", 0640);
		assert_int_equal(chown("s", 0, 4711), 0);
		assert_int_equal(secret("s", reason, &got), -EPERM);
		assert_string_equal(
			reason,
			"its group (gid 4711) can read it (mode 640): run chmod 0600 on it");
	}
	write_text("s", "hunter2", 0600);
	assert_int_equal(chmod(".", 0777), 0); /* then anybody could put another file there */
	assert_int_equal(secret("s", reason, &got), -EPERM);
	assert_string_equal(
		reason,
		"others than its owner can write this folder (mode 777): run chmod go-w on it");
	assert_int_equal(chmod(".", 0700), 0);
	assert_null(got);
	assert_null(strstr(reason, "hunter2"));
}

static void test_an_unusable_secret_is_refused(void **state)
{
	_cleanup_(secret_freep) struct secret *got = NULL;
	char reason[REASON_MAX] = "";

	(void)state;
	assert_int_equal(secret("none", reason, &got), -ENOENT);
	write_text("s", "\n", 0600);
	assert_int_equal(secret("s", reason, &got), -ENODATA);
	write_file("s", "a\0b", 3, 0600);
	assert_int_equal(secret("s", reason, &got), -EBADMSG);
	write_text("s", "x", 0600);
	assert_int_equal(truncate("s", CONFIG_SECRET_MAX + 1), 0);
	assert_int_equal(secret("s", reason, &got), -EFBIG);
	assert_int_equal(symlink("s", "link"), 0);
	assert_int_equal(secret("link", reason, &got), -ELOOP);
	assert_int_equal(config_secret("hunter2", reason, &got), -EINVAL);
	assert_int_equal(config_secret("file:relative", reason, &got), -EINVAL);
	assert_null(strstr(reason, "hunter2"));
	assert_null(got);
}

static void test_credentials_come_from_systemd(void **state)
{
	_cleanup_(secret_freep) struct secret *got = NULL;
	char reason[REASON_MAX] = "";

	(void)state;
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	assert_int_equal(config_secret("credential:c", reason, &got), -ENOENT);
	assert_string_equal(reason, "credential c: systemd has handed over no credentials; add "
				    "LoadCredential=c:FILE to idp-agentd.service");
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	write_text("c", "from systemd", 0440);
	assert_int_equal(config_secret("credential:c", reason, &got), 0);
	assert_string_equal(got->text, "from systemd");
	got = secret_free(got);
	assert_int_equal(config_secret("credential:d", reason, &got), -ENOENT);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

#define FILE_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

TEST_MAIN(FILE_TEST(test_a_good_file_is_taken), FILE_TEST(test_secrets_in_files_are_checked),
	  FILE_TEST(test_keys_in_files_are_judged),
	  FILE_TEST(test_trusted_certificates_are_checked),
	  FILE_TEST(test_drop_ins_are_read_in_byte_order), FILE_TEST(test_a_missing_file_is_named),
	  FILE_TEST(test_files_that_others_can_write_are_refused),
	  FILE_TEST(test_folders_that_others_can_write_are_refused),
	  FILE_TEST(test_only_regular_files_are_read), FILE_TEST(test_strangers_files_are_refused),
	  FILE_TEST(test_a_file_that_is_too_large_is_refused),
	  FILE_TEST(test_a_failed_load_leaves_the_old_tree_alone),
	  FILE_TEST(test_a_secret_of_a_private_file_is_read),
	  FILE_TEST(test_a_secret_that_others_can_read_is_refused),
	  FILE_TEST(test_an_unusable_secret_is_refused),
	  FILE_TEST(test_credentials_come_from_systemd))
