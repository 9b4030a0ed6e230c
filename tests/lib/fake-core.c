/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A scripted authority. Every wait has a deadline, so that a broken idp-netd fails a test fast. */
#include "tests/lib/fake-core.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/sock.h"

#define FAKE_CORE_START (10 * USEC_PER_SEC)

static int fake_core_connect(struct fake_core *core)
{
	usec_t deadline = clock_add(clock_now(), FAKE_CORE_START);
	int r;

	do {
		r = sock_connect(core->path, deadline, &core->fd);
		if (r == -ENOENT || r == -ECONNREFUSED)
			usleep(10000);
	} while ((r == -ENOENT || r == -ECONNREFUSED) && clock_now() < deadline);
	return r;
}

/* Everything idp-netd logs goes to a file, so that a test can look for what must not be there. */
static void fake_core_child(const struct fake_core *core, const char *program)
{
	int fd = open(core->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that dies leaves nothing running */
	if (fd < 0 || (!getenv("IDP_TEST_DEBUG") && dup2(fd, STDERR_FILENO) < 0))
		_exit(127);
	execl(program, program, "--listen", core->path, "--debug", (char *)NULL);
	_exit(127);
}

bool fake_core_logged(const struct fake_core *core, const char *text)
{
	static char bytes[16 * 1024 * 1024];
	FILE *f = fopen(core->log, "re");
	size_t len = f ? fread(bytes, 1, sizeof(bytes), f) : 0;

	if (f)
		IGNORE(fclose(f));
	return memmem(bytes, len, text, strlen(text)) != NULL;
}

int fake_core_start(struct fake_core *core, const char *dir)
{
	const char *top = getenv("top_builddir");
	char program[4096];

	*core = (struct fake_core){ .pid = -1, .fd = -1, .assertion = "assertion" };
	buf_init(&core->out, WIRE_MESSAGE_MAX);
	if (snprintf(program, sizeof(program), "%s/idp-netd", top && *top ? top : ".") < 0 ||
	    snprintf(core->path, sizeof(core->path), "%s/net.sock", dir) < 0)
		return -EINVAL;
	if (snprintf(core->log, sizeof(core->log), "%s/netd.log", dir) < 0)
		return -EINVAL;
	core->pid = fork();
	if (core->pid < 0)
		return -errno;
	if (core->pid == 0)
		fake_core_child(core, program);
	return fake_core_connect(core);
}

int fake_core_reconnect(struct fake_core *core)
{
	if (core->fd >= 0)
		close(core->fd);
	core->fd = -1;
	return fake_core_connect(core);
}

int fake_core_stop(struct fake_core *core)
{
	int status = -1;

	if (core->fd >= 0)
		close(core->fd);
	core->fd = -1;
	buf_done(&core->out);
	if (core->pid <= 0)
		return -ESRCH;
	IGNORE(kill(core->pid, SIGTERM)); /* it may have ended by itself */
	for (;;) {
		if (waitpid(core->pid, &status, 0) == core->pid)
			return status;
		if (errno != EINTR)
			return -errno;
	}
}

int fake_core_send(struct fake_core *core)
{
	int r = wire_end(&core->out);

	if (r < 0)
		return r;
	return sock_send(core->fd, core->out.data, core->out.len,
			 clock_add(clock_now(), FAKE_CORE_START));
}

static void fake_core_read_sign(struct fake_core *core, struct wire_in *in)
{
	core->signs++;
	IGNORE(wire_get_str(in, WIRE_STRING_MAX)[0]); /* the provider */
	IGNORE(snprintf(core->audience, sizeof(core->audience), "%s",
			wire_get_str(in, WIRE_STRING_MAX)) < 0);
}

/* METHOD|URL|NONCE|ATH instead of a proof. */
static void fake_core_read_prove(struct fake_core *core, struct wire_in *in, char *proof,
				 size_t room)
{
	const char *method, *url, *nonce, *ath;

	core->proves++;
	IGNORE(wire_get_str(in, WIRE_STRING_MAX)[0]);
	method = wire_get_str(in, WIRE_STRING_MAX);
	url = wire_get_str(in, WIRE_STRING_MAX);
	nonce = wire_get_str(in, WIRE_STRING_MAX);
	ath = wire_get_str(in, WIRE_STRING_MAX);
	IGNORE(snprintf(proof, room, "%s|%s|%s|%s", method, url, nonce, ath) < 0);
}

/* SIGN and PROVE: the authority makes it, or says why not. */
static int fake_core_sign(struct fake_core *core, struct wire_in *in)
{
	uint64_t flow = wire_get_u64(in);
	const char *made = core->assertion;
	char proof[2048];

	if (core->sign) {
		int r = core->sign(flow, in, &core->out);

		return r < 0 ? r : fake_core_send(core);
	}
	if (in->type == MSG_SIGN) {
		fake_core_read_sign(core, in);
	} else {
		fake_core_read_prove(core, in, proof, sizeof(proof));
		made = core->assertion ? proof : NULL;
	}
	wire_begin(&core->out, MSG_SIGNED, 0);
	wire_put_u64(&core->out, flow);
	wire_put_str(&core->out, made ? "" : "no key");
	wire_put_str(&core->out, made ? made : "");
	return fake_core_send(core);
}

int fake_core_next(struct fake_core *core, usec_t wait, struct wire_in *ret_in)
{
	usec_t deadline = clock_add(clock_now(), wait);
	size_t len = 0;
	char line[300];
	int r;

	for (;;) {
		r = sock_receive(core->fd, core->in, sizeof(core->in), deadline, &len);
		if (r < 0)
			return r;
		if (getenv("IDP_TEST_DEBUG")) {
			wire_print(core->in, len, line, sizeof(line));
			fprintf(stderr, "# %s\n", line);
		}
		r = wire_open(ret_in, core->in, len);
		if (r < 0 || (ret_in->type != MSG_SIGN && ret_in->type != MSG_PROVE))
			return r;
		r = fake_core_sign(core, ret_in);
		if (r < 0)
			return r;
	}
}

int fake_core_setup(struct fake_core *core, uint32_t revision, const char *kind, const char *name,
		    const char *const *pairs)
{
	size_t n = 0;

	while (pairs[2 * n])
		n++;
	wire_begin(&core->out, MSG_SETUP, 0);
	wire_put_u32(&core->out, revision);
	wire_put_str(&core->out, kind);
	wire_put_str(&core->out, name);
	wire_put_count(&core->out, n);
	for (size_t i = 0; i < n; i++) {
		bool secret = strcmp(pairs[2 * i], "client_secret") == 0 ||
			      strcmp(pairs[2 * i], "token") == 0 ||
			      strcmp(pairs[2 * i], "client_cert") == 0 ||
			      strcmp(pairs[2 * i], "tls_key") == 0;

		wire_put_field(&core->out, secret ? 'S' : 's', pairs[2 * i], pairs[2 * i + 1]);
	}
	return fake_core_send(core);
}

int fake_core_setup_end(struct fake_core *core, uint32_t revision)
{
	struct wire_in in;
	int r;

	wire_begin(&core->out, MSG_SETUP_END, 0);
	wire_put_u32(&core->out, revision);
	r = fake_core_send(core);
	if (r == 0)
		r = fake_core_next(core, FAKE_CORE_START, &in);
	if (r < 0)
		return r;
	return in.type == MSG_READY && wire_get_u32(&in) == revision ? 0 : -EPROTO;
}

/* Who tries which password; NULL for the other ways. */
struct fake_core_who {
	const char *user, *password;
};

static int fake_core_signin(struct fake_core *core, enum wire_type type, uint64_t flow,
			    const char *provider, const char *scopes,
			    const struct fake_core_who *who)
{
	size_t n = 0;

	for (const char *at = scopes; *at; at += strspn(at, " "), n++)
		at += strcspn(at, " ");
	wire_begin(&core->out, type, 0);
	wire_put_u64(&core->out, flow);
	wire_put_str(&core->out, provider);
	if (who) {
		wire_put_str(&core->out, who->user);
		wire_put_str(&core->out, who->password);
	}
	wire_put_count(&core->out, n);
	for (const char *at = scopes; *at; at += strspn(at, " ")) {
		wire_put_strn(&core->out, at, strcspn(at, " "));
		at += strcspn(at, " ");
	}
	wire_put_count(&core->out, 0);
	wire_put_u32(&core->out, UINT32_MAX);
	wire_put_str(&core->out, core->resource ? core->resource : "");
	wire_put_bool(&core->out, core->keep);
	if (type == MSG_AUTHCODE)
		wire_put_str(&core->out, "");
	return fake_core_send(core);
}

int fake_core_password(struct fake_core *core, uint64_t flow, const char *user,
		       const char *password, const char *scopes)
{
	const struct fake_core_who who = { user, password };

	return fake_core_signin(core, MSG_PASSWORD, flow, "p", scopes, &who);
}

int fake_core_device(struct fake_core *core, uint64_t flow, const char *provider,
		     const char *scopes)
{
	return fake_core_signin(core, MSG_DEVICE, flow, provider, scopes, NULL);
}

int fake_core_authcode(struct fake_core *core, uint64_t flow, const char *provider,
		       const char *scopes)
{
	return fake_core_signin(core, MSG_AUTHCODE, flow, provider, scopes, NULL);
}

int fake_core_redirect(struct fake_core *core, uint64_t flow, const char *pasted)
{
	wire_begin(&core->out, MSG_REDIRECT, 0);
	wire_put_u64(&core->out, flow);
	wire_put_str(&core->out, pasted);
	return fake_core_send(core);
}

static int fake_core_with_token(struct fake_core *core, enum wire_type type, uint64_t flow,
				const char *provider, const char *token)
{
	wire_begin(&core->out, type, 0);
	wire_put_u64(&core->out, flow);
	wire_put_str(&core->out, provider);
	wire_put_str(&core->out, token);
	return fake_core_send(core);
}

int fake_core_token(struct fake_core *core, uint64_t flow, const char *provider, const char *token)
{
	return fake_core_with_token(core, MSG_TOKEN_CHECK, flow, provider, token);
}

int fake_core_shown(struct fake_core *core, uint64_t flow, const char *provider, const char *token,
		    const char *proof, const char *method, const char *address)
{
	wire_begin(&core->out, MSG_TOKEN_VERIFY, 0);
	wire_put_u64(&core->out, flow);
	wire_put_str(&core->out, provider);
	wire_put_str(&core->out, token);
	wire_put_str(&core->out, proof);
	wire_put_str(&core->out, method);
	wire_put_str(&core->out, address);
	return fake_core_send(core);
}

int fake_core_logout(struct fake_core *core, uint64_t flow, const char *provider, const char *token)
{
	return fake_core_with_token(core, MSG_LOGOUT_CHECK, flow, provider, token);
}

int fake_core_refresh(struct fake_core *core, uint64_t flow, const char *provider,
		      const char *token, const char *subject)
{
	wire_begin(&core->out, MSG_REFRESH, 0);
	wire_put_u64(&core->out, flow);
	wire_put_str(&core->out, provider);
	wire_put_str(&core->out, token);
	wire_put_str(&core->out, subject);
	wire_put_str(&core->out, core->resource ? core->resource : "");
	return fake_core_send(core);
}

int fake_core_revoke(struct fake_core *core, uint64_t flow, const char *provider,
		     const char *refresh_token, const char *access_token)
{
	wire_begin(&core->out, MSG_REVOKE, 0);
	wire_put_u64(&core->out, flow);
	wire_put_str(&core->out, provider);
	wire_put_str(&core->out, refresh_token);
	wire_put_str(&core->out, access_token);
	return fake_core_send(core);
}

int fake_core_abort(struct fake_core *core, uint64_t flow)
{
	wire_begin(&core->out, MSG_ABORT, 0);
	wire_put_u64(&core->out, flow);
	return fake_core_send(core);
}

int fake_core_credit(struct fake_core *core, uint64_t flow, uint32_t n)
{
	wire_begin(&core->out, MSG_CREDIT, 0);
	wire_put_u64(&core->out, flow);
	wire_put_u32(&core->out, n);
	return fake_core_send(core);
}
