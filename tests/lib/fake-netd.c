/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One thread, blocking with deadlines: the test decides who speaks when. */
#include "tests/lib/fake-netd.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/sock.h"

#define FAKE_WAIT (30 * USEC_PER_SEC)

int fake_netd_listen(struct fake_netd *netd, const char *path)
{
	*netd = (struct fake_netd){ .listener = -1, .fd = -1 };
	buf_init(&netd->out, WIRE_MESSAGE_MAX);
	return sock_listen(path, 0600, &netd->listener);
}

void fake_netd_hang_up(struct fake_netd *netd)
{
	macro_closep(&netd->fd);
	netd->fd = -1;
}

void fake_netd_close(struct fake_netd *netd)
{
	fake_netd_hang_up(netd);
	macro_closep(&netd->listener);
	netd->listener = -1;
	buf_done(&netd->out);
}

int fake_netd_send(struct fake_netd *netd)
{
	int r = wire_end(&netd->out);

	return r < 0 ? r
		     : sock_send(netd->fd, netd->out.data, netd->out.len, clock_now() + FAKE_WAIT);
}

static void fake_netd_on_setup(struct fake_netd *netd, struct wire_in *in)
{
	uint32_t n;

	netd->revision = wire_get_u32(in);
	(void)wire_get_str(in, WIRE_STRING_MAX);
	(void)wire_get_str(in, WIRE_STRING_MAX);
	n = wire_get_count(in);
	for (uint32_t i = 0; i < n; i++) {
		struct wire_field field = wire_get_field(in);

		if (field.type == 'S')
			(void)snprintf(netd->secret, sizeof(netd->secret), "%s", field.value);
		if (strcmp(field.key, "dpop_jkt") == 0)
			(void)snprintf(netd->jkt, sizeof(netd->jkt), "%s", field.value);
	}
	netd->setups++;
}

static int fake_netd_on_setup_end(struct fake_netd *netd, struct wire_in *in)
{
	netd->revision = wire_get_u32(in);
	wire_begin(&netd->out, MSG_READY, 0);
	wire_put_u32(&netd->out, netd->revision);
	return fake_netd_send(netd);
}

static int fake_netd_receive(struct fake_netd *netd, usec_t deadline, struct wire_in *ret_in)
{
	size_t len;
	int r = sock_receive(netd->fd, netd->in, sizeof(netd->in), deadline, &len);

	return r < 0 ? r : wire_open(ret_in, netd->in, len);
}

int fake_netd_next(struct fake_netd *netd, usec_t wait, struct wire_in *ret_in)
{
	usec_t deadline = clock_now() + wait;

	for (;;) {
		int r = fake_netd_receive(netd, deadline, ret_in);

		if (r < 0)
			return r;
		if (ret_in->type == MSG_SETUP)
			fake_netd_on_setup(netd, ret_in);
		else if (ret_in->type != MSG_SETUP_END)
			return 0;
		else if (fake_netd_on_setup_end(netd, ret_in) < 0)
			return -EPIPE;
	}
}

int fake_netd_welcome(struct fake_netd *netd)
{
	struct pollfd pollfd = { .fd = netd->listener, .events = POLLIN };
	struct wire_in in;
	int r;

	if (poll(&pollfd, 1, (int)(FAKE_WAIT / USEC_PER_MSEC)) <= 0)
		return -ETIMEDOUT;
	netd->fd = accept4(netd->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (netd->fd < 0)
		return -errno;
	netd->setups = 0;
	do {
		r = fake_netd_receive(netd, clock_now() + FAKE_WAIT, &in);
		if (r < 0)
			return r;
		if (in.type == MSG_SETUP)
			fake_netd_on_setup(netd, &in);
		else if (in.type != MSG_SETUP_END)
			return -EPROTO;
	} while (in.type != MSG_SETUP_END);
	return fake_netd_on_setup_end(netd, &in);
}

int fake_netd_expect(struct fake_netd *netd, enum wire_type type, uint64_t *ret_flow)
{
	struct wire_in in;
	int r = fake_netd_next(netd, FAKE_WAIT, &in);

	if (r < 0)
		return r;
	if (in.type != type) {
		(void)fprintf(stderr, "# wanted %s, got %s\n", wire_name((uint16_t)type),
			      wire_name((uint16_t)in.type));
		return -EPROTO;
	}
	*ret_flow = wire_get_u64(&in);
	return 0;
}

int fake_netd_code(struct fake_netd *netd, uint64_t flow, const char *uri, const char *code,
		   uint32_t life)
{
	wire_begin(&netd->out, MSG_CODE, 0);
	wire_put_u64(&netd->out, flow);
	wire_put_str(&netd->out, uri);
	wire_put_str(&netd->out, "");
	wire_put_str(&netd->out, code);
	wire_put_u32(&netd->out, life);
	wire_put_u32(&netd->out, 5);
	return fake_netd_send(netd);
}

int fake_netd_auth_url(struct fake_netd *netd, uint64_t flow, const char *url, uint32_t life)
{
	wire_begin(&netd->out, MSG_AUTH_URL, 0);
	wire_put_u64(&netd->out, flow);
	wire_put_str(&netd->out, url);
	wire_put_u32(&netd->out, life);
	return fake_netd_send(netd);
}

int fake_netd_repaste(struct fake_netd *netd, uint64_t flow, const char *code)
{
	wire_begin(&netd->out, MSG_REPASTE, 0);
	wire_put_u64(&netd->out, flow);
	wire_put_str(&netd->out, code);
	return fake_netd_send(netd);
}

static void put_claims(struct fake_netd *netd, const char *name)
{
	size_t n = 0;

	while (netd->claims && netd->claims[n])
		n++;
	wire_put_count(&netd->out, n + 1);
	wire_put_field(&netd->out, 's', "/preferred_username", name);
	for (size_t i = 0; i < n; i++) {
		char path[128];
		size_t len = strcspn(netd->claims[i], "=");

		(void)snprintf(path, sizeof(path), "%.*s", (int)len, netd->claims[i]);
		wire_put_field(&netd->out, 's', path, netd->claims[i] + len + 1);
	}
}

int fake_netd_identity(struct fake_netd *netd, uint64_t flow, const char *provider, const char *iss,
		       const char *sub, const char *name, const char *group)
{
	struct buf *out = &netd->out;

	wire_begin(out, MSG_IDENTITY, 0);
	wire_put_u64(out, flow);
	wire_put_str(out, provider);
	wire_put_str(out, iss);
	wire_put_str(out, sub);
	wire_put_str(out, name);
	wire_put_count(out, *group ? 1 : 0);
	if (*group)
		wire_put_str(out, group);
	wire_put_count(out, 0);                   /* entitlements */
	wire_put_count(out, netd->scope ? 2 : 1); /* scopes */
	wire_put_str(out, "openid");
	if (netd->scope)
		wire_put_str(out, netd->scope);
	wire_put_str(out, netd->acr);
	wire_put_count(out, 0); /* amr */
	wire_put_u64(out, clock_real() / USEC_PER_SEC - netd->login_age);
	wire_put_u64(out, clock_real() / USEC_PER_SEC + 300);
	put_claims(netd, name);
	wire_put_count(out, netd->unknown ? 1 : 0);
	if (netd->unknown)
		wire_put_str(out, netd->unknown);
	return fake_netd_send(netd);
}

int fake_netd_refuse(struct fake_netd *netd, enum wire_type type, uint64_t flow, const char *code)
{
	wire_begin(&netd->out, type, 0);
	wire_put_u64(&netd->out, flow);
	wire_put_str(&netd->out, code);
	wire_put_str(&netd->out, "said the fake");
	return fake_netd_send(netd);
}

int fake_netd_person(struct fake_netd *netd, uint64_t flow, const char *id, const char *name,
		     bool active, const char *ssh_keys)
{
	struct buf *out = &netd->out;

	wire_begin(out, MSG_DIR_USER, 0);
	wire_put_u64(out, flow);
	wire_put_str(out, id);
	wire_put_str(out, id);
	wire_put_str(out, name);
	wire_put_u32(out, UINT32_MAX);
	wire_put_u32(out, UINT32_MAX);
	wire_put_str(out, "A Person");
	wire_put_str(out, "");
	wire_put_str(out, "");
	wire_put_bool(out, active);
	wire_put_u64(out, 0);
	wire_put_count(out, *ssh_keys ? 1 : 0);
	if (*ssh_keys)
		wire_put_field(out, 's', "ssh_keys", ssh_keys);
	return fake_netd_send(netd);
}

int fake_netd_user(struct fake_netd *netd, uint64_t flow, const char *id, const char *name)
{
	return fake_netd_person(netd, flow, id, name, true, "");
}

int fake_netd_group(struct fake_netd *netd, uint64_t flow, const char *name,
		    const char *const *members)
{
	struct buf *out = &netd->out;
	size_t n = 0;

	while (members[n])
		n++;
	wire_begin(out, MSG_DIR_GROUP, 0);
	wire_put_u64(out, flow);
	wire_put_str(out, name);
	wire_put_str(out, name);
	wire_put_u32(out, UINT32_MAX);
	wire_put_bool(out, true);
	wire_put_bool(out, true);
	wire_put_count(out, n);
	for (size_t i = 0; i < n; i++)
		wire_put_str(out, members[i]);
	return fake_netd_send(netd);
}

int fake_netd_end(struct fake_netd *netd, uint64_t flow, bool complete, const char *code)
{
	wire_begin(&netd->out, MSG_DIR_END, 0);
	wire_put_u64(&netd->out, flow);
	wire_put_bool(&netd->out, complete);
	wire_put_str(&netd->out, "");
	wire_put_u32(&netd->out, 0);
	wire_put_u32(&netd->out, 0);
	wire_put_str(&netd->out, code);
	wire_put_str(&netd->out, "");
	return fake_netd_send(netd);
}

int fake_netd_tokens(struct fake_netd *netd, uint64_t flow, const struct fake_tokens *tokens)
{
	struct buf *out = &netd->out;

	wire_begin(out, MSG_TOKENS, 0);
	wire_put_u64(out, flow);
	wire_put_str(out, tokens->type ? tokens->type : "Bearer");
	wire_put_str(out, tokens->access);
	wire_put_str(out, tokens->refresh);
	wire_put_str(out, "");
	wire_put_str(out, tokens->scope ? tokens->scope : "openid");
	wire_put_str(out, tokens->resource);
	wire_put_u64(out, tokens->life ? clock_real() / USEC_PER_SEC + tokens->life : 0);
	return fake_netd_send(netd);
}

int fake_netd_revoked(struct fake_netd *netd, uint64_t flow, bool told, const char *endpoint)
{
	wire_begin(&netd->out, MSG_REVOKED, 0);
	wire_put_u64(&netd->out, flow);
	wire_put_bool(&netd->out, told);
	wire_put_str(&netd->out, endpoint);
	return fake_netd_send(netd);
}
