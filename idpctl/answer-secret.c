/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/answer-secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/client.h"
#include "common/limits.h"

static int read_token(bool needed, struct secret **ret_token)
{
	char text[JWS_LEN_MAX + 2];
	bool nothing = !needed && isatty(STDIN_FILENO) == 1;
	size_t len = nothing ? 0 : fread(text, 1, sizeof(text), stdin);
	int r = ferror(stdin) ? -EIO : len == sizeof(text) ? -E2BIG : 0;

	while (len > 0 && strchr(" \t\r\n", text[len - 1]))
		len--;
	if (r == 0 && ((needed && len == 0) || memchr(text, '\0', len)))
		r = -EINVAL;
	if (r == 0) {
		*ret_token = secret_new(text, len);
		r = *ret_token ? 0 : -ENOMEM;
	}
	secret_erase(text, sizeof(text));
	return r;
}

int answer_read_token(const char *name, bool needed, struct secret **ret_token)
{
	int r = read_token(needed, ret_token);

	if (r == 0)
		return EXIT_FINE;
	(void)fprintf(stderr, "idpctl: no %s on standard input: %s\n", name,
		      r == -E2BIG              ? "that is too long"
		      : r == -EINVAL && needed ? "there is nothing, or no text"
		      : r == -EINVAL           ? "that is no text"
					       : strerrordesc_np(-r));
	return r == -ENOMEM ? EXIT_INTERNAL : EXIT_USAGE;
}

int answer_ask_secret(const struct invocation *invocation, enum wire_type type, answer_put_fn put,
		      enum wire_type is, answer_take_fn take, void *ret_said, struct answer *answer)
{
	_cleanup_(client_close) struct client client = CLIENT_NULL;
	_cleanup_free_ void *memory = malloc(WIRE_MESSAGE_MAX);
	_cleanup_(buf_done) struct buf request;
	struct wire_in in;
	int r;

	buf_init_secret(&request, WIRE_MESSAGE_MAX);
	if (!memory)
		return -ENOMEM;
	r = client_open(&client, invocation->socket, clock_add(clock_now(), PAM_CONNECT_DEADLINE));
	if (r < 0)
		return r;
	client_begin(&client, &request, type);
	put(&request, invocation);
	r = client_send(&client, &request, clock_add(clock_now(), CTL_REPLY_DEADLINE));
	if (r == 0)
		r = client_receive(&client, memory, WIRE_MESSAGE_MAX,
				   clock_add(clock_now(), CTL_REPLY_DEADLINE), &in);
	if (r == 0 && in.type == is)
		r = take(&in, ret_said);
	else if (r == 0)
		r = in.type == MSG_END ? control_take_end(&in, &answer->end) : -EPROTO;
	secret_erase(memory, WIRE_MESSAGE_MAX);
	return r;
}

int answer_show_secret(const struct secret *secret, const char *remark)
{
	if (isatty(STDOUT_FILENO) == 1)
		(void)fprintf(stderr, "idpctl: %s\n", remark);
	if (fwrite(secret->text, 1, secret->len, stdout) != secret->len ||
	    fputc('\n', stdout) == EOF)
		return EXIT_INTERNAL;
	return EXIT_FINE;
}
