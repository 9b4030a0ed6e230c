/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * This code runs in every process of the host, as whoever runs it.
 *
 *  1. MUST NOT hang: every wait has a deadline, and after one passed nobody in this process
 *     waits again for NSS_AWAY.
 *  2. MUST tell an outage (UNAVAIL) from "there is no such record" (NOTFOUND).
 *  3. MUST NOT ask the agent for what can never be its: invalid and reserved names, reserved ids.
 *  4. MUST NOT answer with them either, whoever said so.
 *  5. MUST keep errno, every file descriptor, the signal mask and the heap as they were.
 *  6. MUST NOT ask from inside of idp-agentd: it would wait for itself. Who runs a set-uid program
 *     chooses its name; such a one is never idp-agentd.
 */
#include "nss_idp/backend.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "common/client.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/name.h"

#define AGENT_NAME    "idp-agentd"
#define QUESTION_ROOM 256u /* header, one name */

struct snapshot backend_snapshot = SNAPSHOT_INIT(NSS_SNAPSHOT_PATH);

/* Until when (clock_now()) the agent is not asked because it let a deadline pass. */
static _Atomic usec_t away_until;

static enum nss_status fail(enum nss_status status, int error, int *errnop)
{
	*errnop = error;
	return status;
}

static enum nss_status verdict(enum backend_found found, int *errnop)
{
	switch (found) {
	case BACKEND_FOUND:
		return NSS_STATUS_SUCCESS;
	case BACKEND_NO_ROOM:
		return fail(NSS_STATUS_TRYAGAIN, ERANGE, errnop);
	case BACKEND_NO_MEMORY:
		return fail(NSS_STATUS_TRYAGAIN, ENOMEM, errnop);
	case BACKEND_ABSENT:
		break;
	}
	return fail(NSS_STATUS_NOTFOUND, ENOENT, errnop);
}

/* ---- the agent ---- */

/* 3: what nobody but a stranger would ask. */
static bool may_be_ours(const struct backend_query *query)
{
	if (!query->name)
		return backend_id_is_ours(NULL, query->id);
	if (query->type == MSG_GETGRNAM)
		return name_is_group(query->name, query->name_len) &&
		       !name_is_reserved_group(query->name);
	return name_is_user(query->name, query->name_len) && !name_is_reserved_user(query->name);
}

/*
 * sshd asks for the passwd entry before anybody could sign in, so a person's first login needs an
 * answer there and nowhere else. The name is the kernel's: sshd overwrites its arguments.
 */
static bool in_sshd(void)
{
	char name[16] = ""; /* TASK_COMM_LEN */

	return prctl(PR_GET_NAME, name) == 0 && strncmp(name, "sshd", 4) == 0;
}

static enum wire_type question_type(const struct backend_query *query)
{
	return query->type == MSG_GETPWNAM && in_sshd() ? MSG_GETPWNAM_LOGIN : query->type;
}

static int send_question(const struct backend_query *query, struct client *client, usec_t deadline)
{
	uint8_t memory[QUESTION_ROOM];
	struct buf out;

	buf_init_fixed(&out, memory, sizeof(memory));
	client_begin(client, &out, question_type(query));
	if (query->name)
		wire_put_strn(&out, query->name, query->name_len);
	else
		wire_put_u32(&out, query->id);
	return client_send(client, &out, deadline);
}

/* Asks and has the reply judged. *ret_found is only written on success. */
static int converse(const struct backend_query *query, void *memory, size_t room, usec_t deadline,
		    enum backend_found *ret_found)
{
	struct client client = CLIENT_NULL;
	const usec_t connected = clock_add(clock_now(), NSS_CONNECT_DEADLINE);
	struct wire_in in = { .serial = 0 };
	int r;

	r = client_open(&client, NSS_AGENT_PATH, connected < deadline ? connected : deadline);
	if (r == 0)
		r = send_question(query, &client, deadline);
	if (r == 0)
		r = client_receive(&client, memory, room, deadline, &in);
	client_close(&client);
	if (r < 0)
		return r;
	if (in.type == MSG_NOTFOUND && wire_close(&in) == 0) {
		*ret_found = BACKEND_ABSENT;
		return 0;
	}
	if (in.type == MSG_UNAVAIL)
		return -EAGAIN;
	if (in.type != query->reply)
		return -EPROTO;
	*ret_found = query->from_wire(query, &in);
	return 0;
}

/* A reply may be WIRE_MESSAGE_MAX long: too much for a stack, and the heap is not ours. */
static int ask(const struct backend_query *query, enum backend_found *ret_found)
{
	const usec_t now = clock_now();
	void *memory;
	int r;

	if (now < atomic_load_explicit(&away_until, memory_order_relaxed))
		return -ETIMEDOUT;
	memory = mmap(NULL, WIRE_MESSAGE_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	r = converse(query, memory, WIRE_MESSAGE_MAX, clock_add(now, NSS_DEADLINE), ret_found);
	IGNORE(munmap(memory, WIRE_MESSAGE_MAX));
	if (r == -ETIMEDOUT)
		atomic_store_explicit(&away_until, clock_add(clock_now(), NSS_AWAY),
				      memory_order_relaxed);
	return r;
}

static __attribute__((__noinline__, __cold__)) enum nss_status
ask_agent(const struct backend_query *query, int *errnop)
{
	const int saved = errno;
	enum backend_found found = BACKEND_ABSENT;
	int state, r;

	if (!may_be_ours(query))
		return verdict(BACKEND_ABSENT, errnop);
	if (strcmp(program_invocation_short_name, AGENT_NAME) == 0 && !getauxval(AT_SECURE))
		return fail(NSS_STATUS_UNAVAIL, EDEADLK, errnop);
	/* A cancelled thread would leave the connection and the memory behind. */
	IGNORE(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state));
	r = ask(query, &found);
	IGNORE(pthread_setcancelstate(state, NULL));
	errno = saved;
	if (r < 0) /* ERANGE would read as "your buffer is too small" */
		return fail(NSS_STATUS_UNAVAIL, r == -ERANGE ? EIO : -r, errnop);
	return verdict(found, errnop);
}

/* ---- the snapshot ---- */

/* *ret_found is final when *ret_complete; otherwise an absent record may exist. */
static _always_inline_ int look(const struct backend_query *query, enum backend_found *ret_found,
				uint32_t *ret_flags)
{
	_uninitialized_ struct snapshot_view view;
	int r;

	for (unsigned i = 0; i < SNAPSHOT_RETRIES_MAX; i++) {
		r = snapshot_enter(&backend_snapshot, &view);
		if (r < 0)
			return r;
		*ret_flags = view.map->flags;
		*ret_found = query->from_view(query, &view);
		if (__builtin_expect(snapshot_leave(&view), true))
			return 0;
	}
	return -ESTALE;
}

enum nss_status backend_run(const struct backend_query *query, int *errnop)
{
	enum backend_found found;
	uint32_t flags;

	if (look(query, &found, &flags) < 0)
		return ask_agent(query, errnop);
	if (found != BACKEND_ABSENT || (flags & SNAPSHOT_COMPLETE))
		return verdict(found, errnop);
	return ask_agent(query, errnop);
}

enum nss_status backend_step(const struct backend_query *query, int *errnop)
{
	enum backend_found found;
	uint32_t flags;
	const int r = look(query, &found, &flags);

	if (r < 0)
		return fail(NSS_STATUS_UNAVAIL, r == -ERANGE ? EIO : -r, errnop);
	if (!(flags & SNAPSHOT_ENUMERATE))
		found = BACKEND_ABSENT;
	return verdict(found, errnop);
}
