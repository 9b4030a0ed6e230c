/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

/*
 * The doctor's local checks on trees made for it: one healthy tree, and one change at a time that
 * must be found, in words, with a remedy.
 */

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/sock.h"
#include "idpctl/doctor.h"
#include "idpctl/rows.h"

static char root[] = "/tmp/idp-doctor-XXXXXX";

static void make_folders(const char *path)
{
	char all[PATH_MAX];

	(void)snprintf(all, sizeof(all), "%s%s", root, path);
	for (char *p = all + strlen(root) + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(all, 0755) < 0)
			assert_int_equal(errno, EEXIST);
		*p = '/';
	}
}

static void put(const char *path, mode_t mode, const char *text)
{
	char all[PATH_MAX];
	int fd;

	make_folders(path);
	(void)snprintf(all, sizeof(all), "%s%s", root, path);
	(void)unlink(all);
	fd = open(all, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static void put_socket(const char *path, mode_t mode)
{
	char all[PATH_MAX];
	int fd = -1;

	make_folders(path);
	(void)snprintf(all, sizeof(all), "%s%s", root, path);
	assert_int_equal(sock_listen(all, mode, &fd), 0);
	assert_int_equal(close(fd), 0);
}

static void change_mode(const char *path, mode_t mode)
{
	char all[PATH_MAX];

	(void)snprintf(all, sizeof(all), "%s%s", root, path);
	assert_int_equal(chmod(all, mode), 0);
}

static void take_away(const char *path)
{
	char all[PATH_MAX];

	(void)snprintf(all, sizeof(all), "%s%s", root, path);
	assert_int_equal(unlink(all), 0);
}

#define AUTH_IDP                                                                             \
	"auth [success=2 user_unknown=ignore authinfo_unavail=ignore module_unknown=ignore " \
	"ignore=ignore default=die] pam_idp.so\n"
#define AUTH_REST                                                             \
	"auth [success=1 default=ignore] pam_unix.so nullok try_first_pass\n" \
	"auth requisite pam_deny.so\nauth required pam_permit.so\n"
#define ACCOUNT_UNIX                                                             \
	"account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so\n" \
	"account requisite pam_deny.so\naccount required pam_permit.so\n"
#define ACCOUNT_IDP                                                                               \
	"account [success=1 default=ignore] pam_localuser.so\n"                                   \
	"account [success=ok new_authtok_reqd=ok user_unknown=ignore ignore=ignore default=bad] " \
	"pam_idp.so\n"

/* Everything as the package leaves it. */
static void make_healthy(void)
{
	char text[512];

	put("/etc/nsswitch.conf", 0644,
	    "# comment\npasswd:\t\tfiles systemd idp\ngroup: files [SUCCESS=merge] systemd idp # x\n"
	    "hosts: files dns\n");
	put("/etc/pam.d/common-auth", 0644, AUTH_IDP AUTH_REST);
	put("/etc/pam.d/common-account", 0644, ACCOUNT_UNIX ACCOUNT_IDP);
	put("/etc/pam.d/sshd", 0644,
	    "# PAM\n@include common-auth\naccount required pam_nologin.so\n@include common-account\n");
	put("/etc/pam.d/login", 0644, "auth include common-auth\naccount include common-account\n");
	put("/etc/pam.d/sudo", 0644, "@include common-auth\n@include common-account\n");
	put("/etc/ssh/sshd_config", 0644,
	    "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\nKbdInteractiveAuthentication no\n"
	    "LoginGraceTime 10m\nMatch User x\nUsePAM no\n");
	put("/etc/ssh/sshd_config.d/10-idp.conf", 0644, "KbdInteractiveAuthentication=yes\n");
	(void)snprintf(text, sizeof(text),
		       "root:x:%u:0::/root:/bin/sh\nidp-agentd:x:%u:900::/:/bin/false\n"
		       "bob:x:1000:1000::/home/bob:/bin/sh\n",
		       (unsigned)getuid(), (unsigned)getuid());
	put("/etc/passwd", 0644, text);
	(void)snprintf(text, sizeof(text), "root:x:0:\nidp-admin:x:%u:\nbob:x:1000:\n",
		       (unsigned)getgid());
	put("/etc/group", 0644, text);
	put("/etc/shadow", 0600, "root:$y$j9T$x$y:1:0:99999:7:::\nbob:!:1:0:99999:7:::\n");
	put("/etc/subuid", 0644, "bob:100000:65536\n");
	put("/etc/login.defs", 0644,
	    "#UID_MAX 4000000000\nUID_MAX 60000\nGID_MAX\t60000\nLOGIN_TIMEOUT 0\n");
	put(IDP_SYSCONFDIR "/idp/idp.conf", 0640,
	    "[provider corp]\nissuer = https://id.example.org\nclient_id = host\n"
	    "[allow staff]\nneed = group:staff\n");
	put_socket("/run/idp/agent.sock", 0666);
	put_socket("/run/idp/control.sock", 0660);
	put("/run/idp/db/identity.snap", 0644, "");
	put("/var/lib/idp/state.db", 0600, "");
	change_mode("/var/lib/idp", 0700);
	put("/usr/lib64/libnss_idp.so.2", 0644, "");
	put("/usr/lib64/security/pam_idp.so", 0644, "");
	put("/usr/lib/systemd/system/idp-agentd.socket", 0644, "");
	put("/usr/lib/systemd/system/idp-agentd.service", 0644, "");
	put("/usr/lib/systemd/system/idp-agentd-control.socket", 0644, "");
	put("/usr/lib/systemd/system/idp-netd.socket", 0644, "");
	put("/etc/systemd/system/sockets.target.wants/idp-agentd.socket", 0644, "");
	put("/etc/systemd/system/sockets.target.wants/idp-agentd-control.socket", 0644, "");
	put("/etc/systemd/system/sockets.target.wants/idp-netd.socket", 0644, "");
	put("/etc/systemd/system/multi-user.target.wants/idp-agentd.service", 0644, "");
}

static void examine(struct rows *rows)
{
	struct doctor doctor = DOCTOR_NULL;

	assert_int_equal(doctor_open(&doctor, root, rows), 0);
	assert_int_equal(doctor_run(&doctor), 0);
	doctor_close(&doctor);
}

static void print_rows(const struct rows *rows)
{
	for (const struct row *row = rows->first; row; row = row->next)
		(void)fprintf(stderr, "  %s %s: %s\n", row_get(row, "level"), row_get(row, "topic"),
			      row_get(row, "text"));
}

/* Nothing but ok, and notes. */
static void assert_healthy(void)
{
	struct rows rows = { 0 };

	examine(&rows);
	for (const struct row *row = rows.first; row; row = row->next) {
		const char *level = row_get(row, "level");

		if (strcmp(level, "ok") == 0 || strcmp(level, "note") == 0)
			continue;
		print_rows(&rows);
		fail_msg("%s", row_get(row, "text"));
	}
	rows_done(&rows);
}

/* A finding of this level whose text has these words, and a remedy. Then heals the tree. */
static void assert_found(const char *level, const char *words)
{
	struct rows rows = { 0 };
	const struct row *row;

	examine(&rows);
	for (row = rows.first; row; row = row->next) {
		if (strcmp(row_get(row, "level"), level) == 0 &&
		    strstr(row_get(row, "text"), words))
			break;
	}
	if (!row) {
		print_rows(&rows);
		fail_msg("no %s with \"%s\"", level, words);
		return;
	}
	if (strcmp(level, "ok") != 0)
		assert_string_not_equal(row_get(row, "remedy"), "");
	rows_done(&rows);
	make_healthy();
}

static void test_a_healthy_host_has_no_findings(void **state _unused_)
{
	make_healthy();
	assert_healthy();
}

static void test_nsswitch(void **state _unused_)
{
	make_healthy();
	put("/etc/nsswitch.conf", 0644, "passwd: files\ngroup: files idp\n");
	assert_found("error", "\"passwd\" does not name idp");
	put("/etc/nsswitch.conf", 0644, "passwd: files idp\n");
	assert_found("error", "\"group\" does not name idp");
	put("/etc/nsswitch.conf", 0644, "passwd: idp files\ngroup: files idp\n");
	assert_found("error", "\"passwd\" asks idp before files");
	put("/etc/nsswitch.conf", 0644, "passwd: files [NOTFOUND=return] idp\ngroup: files idp\n");
	assert_found("error", "\"passwd\" ends the search before idp");
	put("/etc/nsswitch.conf", 0644, "passwd: files [!SUCCESS=return] idp\ngroup: files idp\n");
	assert_found("error", "\"passwd\" ends the search before idp");
	put("/etc/nsswitch.conf", 0644, "passwd: files idp\ngroup: files idp\ninitgroups: files\n");
	assert_found("error", "\"initgroups\" does not name idp");
	put("/etc/nsswitch.conf", 0644, "#passwd: files idp\ngroup: files idp\n");
	assert_found("error", "\"passwd\" does not name idp");
	take_away("/etc/nsswitch.conf");
	assert_found("error", "/etc/nsswitch.conf cannot be read");
}

static void test_pam_auth(void **state _unused_)
{
	make_healthy();
	put("/etc/pam.d/common-auth", 0644, AUTH_REST);
	assert_found("warning", "sshd: people of the platform cannot sign in here");
	put("/etc/pam.d/common-auth", 0644, "auth required pam_idp.so\n" AUTH_REST);
	assert_found("error", "sshd: pam_idp refuses users it does not know");
	put("/etc/pam.d/common-auth", 0644, "auth [success=2 default=die] pam_idp.so\n" AUTH_REST);
	assert_found("error", "local users and root are locked out");
	put("/etc/pam.d/common-auth", 0644, "auth [default=ignore] pam_idp.so\n" AUTH_REST);
	assert_found("error", "sshd: a sign-in the platform permits does not count");
	put("/etc/pam.d/common-auth", 0644, AUTH_REST "auth optional pam_idp.so\n");
	assert_found("error", "sshd: the stack ends before pam_idp");
	put("/etc/pam.d/common-auth", 0644,
	    "auth required pam_unix.so\nauth sufficient pam_idp.so\n");
	assert_found("error", "sshd: pam_unix is required before pam_idp");
	put("/etc/pam.d/common-auth", 0644,
	    "auth sufficient pam_unix.so\nauth sufficient pam_idp.so\nauth required pam_deny.so\n");
	assert_found("note", "sshd: people of the platform are asked for a UNIX password first");
	put("/etc/pam.d/common-auth", 0644,
	    "auth sufficient /lib/security/pam_idp.so debug\nauth required pam_unix.so\n");
	assert_found("ok", "sshd: people of the platform can sign in");
}

static void test_pam_account(void **state _unused_)
{
	make_healthy();
	put("/etc/pam.d/common-account", 0644, ACCOUNT_UNIX);
	assert_found("error", "sshd: account management does not ask pam_idp");
	put("/etc/pam.d/common-account", 0644, ACCOUNT_UNIX);
	assert_found("warning", "sudo: account management does not ask pam_idp");
	put("/etc/pam.d/common-account", 0644, ACCOUNT_UNIX "account optional pam_idp.so\n");
	assert_found("error", "sshd: a refusal by account management does not count");
	put("/etc/pam.d/common-account", 0644,
	    ACCOUNT_UNIX "account [success=ok default=bad] pam_idp.so\n");
	assert_found("error", "sshd: account management refuses local users and root");
	put("/etc/pam.d/common-account", 0644,
	    "account sufficient pam_unix.so\naccount required pam_idp.so\n");
	assert_found("error", "sshd: account management is finished before pam_idp");
	put("/etc/pam.d/common-account", 0644, ACCOUNT_UNIX "account required pam_idp.so\n");
	assert_found("ok", "sshd: account management asks the agent");
}

static void test_pam_files_that_include_each_other_end(void **state _unused_)
{
	make_healthy();
	put("/etc/pam.d/common-auth", 0644, "@include common-auth\n@include sshd\n" AUTH_REST);
	assert_found("warning", "sshd: people of the platform cannot sign in here");
	put("/etc/pam.d/sshd", 0644, "@include ../../../../../../etc/hostname\n\0");
	assert_found("error", "sshd: account management does not ask pam_idp");
}

static void test_modules(void **state _unused_)
{
	make_healthy();
	take_away("/usr/lib64/security/pam_idp.so");
	assert_found("error", "pam_idp.so is in none of the folders");
	take_away("/usr/lib64/libnss_idp.so.2");
	assert_found("error", "libnss_idp.so.2 is in none of the folders");
	change_mode("/usr/lib64/security/pam_idp.so", 0666);
	assert_found("error", "can be changed by others than root");
}

static void test_sshd(void **state _unused_)
{
	make_healthy();
	put("/etc/ssh/sshd_config", 0644, "# nothing\n");
	assert_found("error", "UsePAM is not yes");
	put("/etc/ssh/sshd_config.d/10-idp.conf", 0644, "ChallengeResponseAuthentication no\n");
	assert_found("error", "KbdInteractiveAuthentication is no");
	put("/etc/ssh/sshd_config.d/20-x.conf", 0644, "AuthenticationMethods publickey,password\n");
	assert_found("warning", "AuthenticationMethods leaves keyboard-interactive out");
	take_away("/etc/ssh/sshd_config.d/20-x.conf");
	put("/etc/ssh/sshd_config", 0644, "UsePAM yes\nLoginGraceTime 1m30s\n");
	assert_found("note", "LoginGraceTime is 90 s");
	put("/etc/ssh/sshd_config", 0644, "UsePAM yes\n");
	assert_found("note", "LoginGraceTime is 120 s");
	put("/etc/ssh/sshd_config", 0644, "Match User x\nUsePAM yes\n");
	assert_found("error", "UsePAM is not yes");
	put("/etc/ssh/sshd_config", 0644, "UsePAM yes\nLoginGraceTime 0\n");
	assert_found("ok", "sshd asks PAM");
}

#define KEYS_COMMAND IDP_LIBEXECDIR "/idp-authorized-keys"

static void test_sshd_asks_for_keys(void **state _unused_)
{
	make_healthy();
	put(IDP_SYSCONFDIR "/idp/idp.conf", 0640,
	    "[provider corp]\nissuer = https://id.example.org\nclient_id = host\n"
	    "[directory d]\nkind = scim\nurl = https://id.example.org/scim\nauth = bearer\n"
	    "token = credential:t\nssh_keys_from = /keys\n[allow staff]\nneed = group:staff\n");
	assert_found("warning", "the directory tells keys for ssh, and sshd does not ask for them");
	put("/etc/ssh/sshd_config.d/20-x.conf", 0644,
	    "AuthorizedKeysCommand " KEYS_COMMAND " %u %t\n");
	assert_found("error", "AuthorizedKeysCommandUser is not set");
	put("/etc/ssh/sshd_config.d/20-x.conf", 0644,
	    "AuthorizedKeysCommand " KEYS_COMMAND " %u\nAuthorizedKeysCommandUser nobody\n");
	assert_found("error", "AuthorizedKeysCommandUser is nobody");
	put("/etc/ssh/sshd_config.d/20-x.conf", 0644,
	    "AuthorizedKeysCommand " KEYS_COMMAND " %u\nAuthorizedKeysCommandUser idp-keys\n");
	assert_found("error", KEYS_COMMAND ", which is not there");
	put(KEYS_COMMAND, 0755, "");
	assert_found("ok", "sshd asks for the keys that the directory tells");
}

static void test_owners_and_modes(void **state _unused_)
{
	make_healthy();
	change_mode(IDP_SYSCONFDIR "/idp/idp.conf", 0660);
	assert_found("error", "idp.conf has mode 0660");
	change_mode("/run/idp", 0777);
	assert_found("error", "/run/idp has mode 0777");
	change_mode("/run/idp", 0755);
	change_mode("/run/idp/control.sock", 0666);
	assert_found("error", "/run/idp/control.sock has mode 0666");
	change_mode("/run/idp/agent.sock", 0600);
	assert_found("error", "/run/idp/agent.sock has mode 0600: it should have at least 0666");
	change_mode("/run/idp/db/identity.snap", 0666);
	assert_found("error", "identity.snap has mode 0666");
	change_mode("/var/lib/idp", 0755);
	assert_found("error", "/var/lib/idp has mode 0755");
	change_mode("/var/lib/idp/state.db", 0644);
	assert_found("error", "state.db has mode 0644");
	take_away("/run/idp/agent.sock");
	put("/run/idp/agent.sock", 0666, "");
	assert_found("error", "/run/idp/agent.sock is not of the kind");
	put("/etc/passwd", 0644, "root:x:0:0:::\nidp-agentd:x:4242:900:::\n");
	assert_found("error", "not to idp-agentd");
	put("/etc/group", 0644, "idp-admin:x:4242:\n");
	assert_found("error", "not to idp-admin");
}

static void test_break_glass(void **state _unused_)
{
	static const char *const locked[] = { "root:!:1::::::\n", "root:*:1::::::\n",
					      "root:!$y$x:1::::::\n", "root::1::::::\n", "root\n",
					      "", "toor:$y$x:1\n" };
	static const char conf[] =
		"[provider corp]\nissuer = https://id.example.org\nclient_id = host\n"
		"[allow staff]\nneed = group:staff\n[agent]\nbreak_glass = root bob\n";

	make_healthy();
	assert_found("ok", "root gets in without the platform");
	for (size_t i = 0; i < ELEMENTSOF(locked); i++) {
		put("/etc/shadow", 0600, locked[i]);
		assert_found("warning", "no user of break_glass has a password or an ssh key");
	}
	put("/etc/shadow", 0600, "root:*:1\n");
	put("/root/.ssh/authorized_keys", 0600, "ssh-ed25519 AAAA\n");
	assert_found("ok", "root gets in without the platform");
	take_away("/root/.ssh/authorized_keys");
	put(IDP_SYSCONFDIR "/idp/idp.conf", 0640, conf);
	put("/etc/shadow", 0600, "root:*:1\nbob:$y$x:1\n");
	assert_found("ok", "bob gets in without the platform");
	put(IDP_SYSCONFDIR "/idp/idp.conf", 0640, conf);
	put("/etc/shadow", 0600, "root:*:1\nbob:$y$x:1\n");
	put("/etc/passwd", 0644,
	    "root:x:0:0::/root:/bin/sh\nbob:x:1000:1000::/home/bob:/usr/sbin/nologin\n");
	assert_found("warning", "no user of break_glass has");
	put(IDP_SYSCONFDIR "/idp/idp.conf", 0640, conf);
	put("/etc/passwd", 0644, "root:x:0:0::/root:/bin/sh\nbob:x\n");
	assert_found("warning", "break_glass names bob, whom /etc/passwd does not know");
}

static void test_ids(void **state _unused_)
{
	char text[4096] = "";

	make_healthy();
	put("/etc/group", 0644, "evil:x:1879048192:\n");
	assert_found("error", "the local group evil has the id 1879048192");
	put("/etc/subuid", 0644, "bob:100000:65536\nbob:1879048000:65536\n");
	assert_found("warning", "/etc/subuid gives ids from 1879048000 on to containers of bob:");
	make_healthy();
	put("/etc/subgid", 0644, "eve:2000000000:65536\n");
	assert_found("warning", "/etc/subgid gives ids from 2000000000 on to containers of eve:");
	take_away("/etc/subgid");
	put("/usr/lib/systemd/system/systemd-mountfsd.service", 0644, "[Unit]\n");
	assert_found("note", "gives ids from 2147352576 to 2147418111 to trees of containers");
	take_away("/usr/lib/systemd/system/systemd-mountfsd.service");
	put(IDP_SYSCONFDIR "/idp/idp.conf", 0640,
	    "[agent]\nid_range = 500000-600000\n[provider corp]\n"
	    "issuer = https://id.example.org\nclient_id = host\n[allow staff]\nneed = group:staff\n");
	assert_found("error", "id_range: the system reserves 524288");
	put("/etc/login.defs", 0644, "SUB_UID_MAX 2000000000\n");
	assert_found("warning", "SUB_UID_MAX is 2000000000: useradd may give containers ids");
	put("/etc/login.defs", 0644, "UID_MAX 2147483647\n");
	assert_found("warning", "UID_MAX is 2147483647");
	for (unsigned i = 0; i < 8; i++) {
		size_t used = strlen(text);

		(void)snprintf(text + used, sizeof(text) - used, "u%u:x:%u:100:::\n", i,
			       2147483640u + i);
	}
	put("/etc/passwd", 0644, text);
	assert_found("error", "so have 3 more in /etc/passwd");
	put("/etc/passwd", 0644, "odd\n:::\na:b:c\nx:y:99999999999999999999:\nz:x:-1:\n");
	assert_found("ok", "no local user or group has an id from 1879048192 to 2147483647");
	put(IDP_SYSCONFDIR "/idp/idp.conf", 0640,
	    "[agent]\nid_range = 1900000000-1900000999\n"
	    "[provider corp]\nissuer = https://id.example.org\nclient_id = host\n"
	    "[allow staff]\nneed = group:staff\n");
	put("/etc/group", 0644, "mine:x:1900000999:\nfree:x:1879048192:\n");
	assert_found("error", "the local group mine has the id 1900000999");
}

static void test_units(void **state _unused_)
{
	make_healthy();
	take_away("/usr/lib/systemd/system/idp-agentd.service");
	assert_found("error", "idp-agentd.service is not installed");
	take_away("/etc/systemd/system/sockets.target.wants/idp-agentd.socket");
	assert_found("error", "idp-agentd.socket is not enabled");
}

static void test_the_console(void **state _unused_)
{
	make_healthy();
	put("/etc/login.defs", 0644, "LOGIN_TIMEOUT 30\nLOGIN_TIMEOUT\t60\n");
	assert_found("note", "LOGIN_TIMEOUT is 60 s");
	take_away("/etc/login.defs");
	assert_found("note", "LOGIN_TIMEOUT is 60 s");
	put("/etc/login.defs", 0644, "LOGIN_TIMEOUT 600\n");
	assert_healthy();
}

static void test_config(void **state _unused_)
{
	make_healthy();
	put(IDP_SYSCONFDIR "/idp/idp.conf", 0640, "[provider corp]\nisuer = https://x.example\n");
	assert_found("error", "idp.conf:2: ");
	take_away(IDP_SYSCONFDIR "/idp/idp.conf");
	assert_found("error", "idp.conf");
}

static void test_links_do_not_lead_out_of_the_tree(void **state _unused_)
{
	char path[PATH_MAX];

	make_healthy();
	take_away("/etc/nsswitch.conf");
	put("/somewhere", 0644, "passwd: files idp\ngroup: files idp\n");
	(void)snprintf(path, sizeof(path), "%s/etc/nsswitch.conf", root);
	assert_int_equal(symlink("/somewhere", path), 0);
	assert_healthy();
	make_healthy();
}

static void test_a_tree_that_is_not_there_is_an_error(void **state _unused_)
{
	struct doctor doctor = DOCTOR_NULL;
	struct rows rows = { 0 };

	assert_int_equal(doctor_open(&doctor, "/nonexistent", &rows), -ENOENT);
	assert_int_equal(doctor_open(&doctor, "/dev/null", &rows), -ENOTDIR);
	doctor_close(&doctor);
}

static int remove_entry(const char *path, const struct stat *st _unused_, int type _unused_,
			struct FTW *ftw _unused_)
{
	return remove(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_healthy_host_has_no_findings),
		TEST(test_nsswitch),
		TEST(test_pam_auth),
		TEST(test_pam_account),
		TEST(test_pam_files_that_include_each_other_end),
		TEST(test_modules),
		TEST(test_sshd),
		TEST(test_sshd_asks_for_keys),
		TEST(test_owners_and_modes),
		TEST(test_ids),
		TEST(test_break_glass),
		TEST(test_units),
		TEST(test_the_console),
		TEST(test_config),
		TEST(test_links_do_not_lead_out_of_the_tree),
		TEST(test_a_tree_that_is_not_there_is_an_error),
	};
	int n_failed;

	if (!mkdtemp(root) || chmod(root, 0755) < 0)
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	return n_failed;
}
