/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nothing here waits without a deadline; nothing is left behind in keyd_run_done(). */
#include "tests/lib/test.h"

#include "tests/lib/keyd.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/b64url.h"
#include "common/limits.h"
#include "common/sock.h"

#define KEYD_WAIT (30 * USEC_PER_SEC) /* only a test that fails waits so long */

int keyd_run_prepare(struct keyd_run *run)
{
	const char *top = getenv("top_srcdir");
	char command[4300];
	int status;

	*run = (struct keyd_run){ .folder = "/tmp/idp-keyd-XXXXXX" };
	if (!mkdtemp(run->folder))
		return -errno;
	(void)snprintf(run->socket, sizeof(run->socket), "%s/key", run->folder);
	(void)snprintf(command, sizeof(command), "%s/tests/lib/softhsm.sh %s", top ? top : ".",
		       run->folder);
	status = system(command);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		return -ENOENT;
	return status == 0 ? 0 : -EIO;
}

/* OpenSC's module that writes down every call and asks another one. */
static const char *keyd_find_spy(void)
{
	static const char *const paths[] = { "/usr/lib/x86_64-linux-gnu/pkcs11-spy.so",
					     "/usr/lib/aarch64-linux-gnu/pkcs11-spy.so" };

	for (size_t i = 0; i < ELEMENTSOF(paths); i++)
		if (access(paths[i], R_OK) == 0)
			return paths[i];
	return NULL;
}

static void keyd_exec(const struct keyd_run *run)
{
	char program[4096], module[256] = "", path[128];
	const char *top = getenv("top_builddir"), *spy = keyd_find_spy();
	FILE *file;
	int log;

	(void)snprintf(path, sizeof(path), "%s/log", run->folder);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (log >= 0)
		(void)dup2(log, STDERR_FILENO);
	(void)snprintf(path, sizeof(path), "%s/module", run->folder);
	file = fopen(path, "re");
	if (!file || !fgets(module, sizeof(module), file))
		_exit(126);
	module[strcspn(module, "\n")] = '\0';
	(void)snprintf(path, sizeof(path), "%s/softhsm2.conf", run->folder);
	(void)setenv("SOFTHSM2_CONF", path, 1);
	(void)snprintf(path, sizeof(path), "%s/spy", run->folder);
	(void)setenv("PKCS11SPY_OUTPUT", path, 1);
	(void)setenv("PKCS11SPY", module, 1);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that dies leaves nothing running */
	(void)snprintf(program, sizeof(program), "%s/idp-keyd/idp-keyd", top ? top : ".");
	(void)execl(program, program, "--listen", run->socket, "--module", spy ? spy : module,
		    (char *)NULL);
	_exit(127);
}

int keyd_run_start(struct keyd_run *run)
{
	usec_t deadline = clock_now() + KEYD_WAIT;
	int fd, r;

	run->pid = fork();
	if (run->pid < 0)
		return -errno;
	if (run->pid == 0)
		keyd_exec(run);
	do {
		if (waitpid(run->pid, NULL, WNOHANG) != 0)
			return -ESRCH; /* it refused to start: see the log */
		r = sock_connect(run->socket, clock_now(), &fd);
		if (r >= 0)
			return close(fd);
		(void)poll(NULL, 0, 5);
	} while (clock_now() < deadline);
	return r;
}

void keyd_run_stop(struct keyd_run *run, int signal)
{
	if (run->pid <= 0)
		return;
	(void)kill(run->pid, signal);
	(void)waitpid(run->pid, NULL, 0);
	run->pid = 0;
}

void keyd_run_done(struct keyd_run *run)
{
	char command[128];

	keyd_run_stop(run, SIGTERM);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", run->folder);
	IGNORE(system(command));
}

size_t keyd_run_spied(const struct keyd_run *run, const char *text)
{
	char path[128], line[4096];
	size_t n = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/spy", run->folder);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		n += strstr(line, text) != NULL;
	if (file)
		(void)fclose(file);
	return n;
}

const char *keyd_run_uri(const struct keyd_run *run, const char *label, const char *pin)
{
	static char uri[512];

	(void)snprintf(uri, sizeof(uri), "pkcs11:token=demo;object=%s?pin-source=file:%s/%s.pin",
		       label, run->folder, pin);
	return uri;
}

static int keyd_hear(struct client *client, struct keyd_reply *reply)
{
	static uint8_t memory[WIRE_MESSAGE_MAX];
	struct wire_in in;
	int r = client_receive(client, memory, sizeof(memory), clock_now() + KEYD_WAIT, &in);

	if (r < 0)
		return r;
	*reply = (struct keyd_reply){ .type = in.type };
	(void)snprintf(reply->text, sizeof(reply->text), "%s", wire_get_str(&in, 4095));
	if (in.type == MSG_KEY_NO)
		(void)snprintf(reply->why, sizeof(reply->why), "%s", wire_get_str(&in, 511));
	return wire_close(&in);
}

int keyd_run_ask(const struct keyd_run *run, const char *uri, const char *alg, const char *bytes,
		 struct keyd_reply *ret_reply)
{
	struct client client = CLIENT_NULL;
	_cleanup_(buf_done) struct buf out;
	int r = client_open(&client, run->socket, clock_now() + KEYD_WAIT);

	buf_init(&out, WIRE_MESSAGE_MAX);
	if (r < 0)
		return r;
	client_begin(&client, &out, alg ? MSG_KEY_SIGN : MSG_KEY_PUBLIC);
	wire_put_str(&out, uri);
	if (alg) {
		wire_put_str(&out, alg);
		wire_put_str(&out, bytes);
	}
	r = client_send(&client, &out, clock_now() + KEYD_WAIT);
	if (r >= 0)
		r = keyd_hear(&client, ret_reply);
	client_close(&client);
	return r;
}

EVP_PKEY *keyd_run_public(const struct keyd_run *run, const char *label)
{
	uint8_t der[2048];
	const unsigned char *at = der;
	struct keyd_reply reply;
	EVP_PKEY *pkey;
	size_t len;

	assert_int_equal(keyd_run_ask(run, keyd_run_uri(run, label, "good"), NULL, NULL, &reply),
			 0);
	if (reply.type != MSG_KEY_IS)
		fail_msg("%s: %s", label, reply.why);
	assert_int_equal(b64url_decode(reply.text, strlen(reply.text), der, sizeof(der), &len), 0);
	pkey = d2i_PUBKEY(NULL, &at, (long)len);
	assert_non_null(pkey);
	return pkey;
}

jwt_t *keyd_run_read_token(const struct keyd_run *run, const char *label, const char *token)
{
	EVP_PKEY *pkey = keyd_run_public(run, label);
	BIO *bio = BIO_new(BIO_s_mem());
	jwt_t *jwt = NULL;
	char *pem = NULL;
	long len;

	assert_int_equal(PEM_write_bio_PUBKEY(bio, pkey), 1);
	len = BIO_get_mem_data(bio, &pem);
	assert_int_equal(jwt_decode(&jwt, token, (const unsigned char *)pem, (int)len), 0);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return jwt;
}
