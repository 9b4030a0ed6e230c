/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. the browser is told nothing before the agent has said its verdict;
 *  2. an answer is sent only when the agent waits for one, whoever brings it;
 *  3. what is said to a terminal has passed text_put().
 */
#include "idpctl/login-talk.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/buf.h"
#include "idpctl/text.h"

#define LOOK_AGAIN USEC_PER_SEC /* at what cannot be polled: a child, a terminal's foreground */
#define FLUSH      (3 * USEC_PER_SEC)

enum { FD_AGENT = 0, FD_SIGNALS, FD_PASTE, FD_LISTEN, N_FDS = FD_LISTEN + LOGIN_LISTEN_FDS };

/* ---- words ---- */

static void say_line(struct login_talk *talk, const char *line, size_t len, const char *end)
{
	char copy[WIRE_STRING_MAX > 8192u ? 8192u : WIRE_STRING_MAX], memory[sizeof(copy)];
	struct buf out;

	len = len < sizeof(copy) ? len : sizeof(copy) - 1;
	memcpy(copy, line, len);
	copy[len] = '\0';
	buf_init_fixed(&out, memory, sizeof(memory));
	text_put(&out, copy);
	if (buf_end(&out) == 0)
		(void)fprintf(talk->say, "%s%s", memory, end);
}

void login_talk_say(struct login_talk *talk, const char *text)
{
	if (talk->midline)
		(void)fputc('\n', talk->say);
	talk->midline = false;
	while (*text) {
		size_t len = strcspn(text, "\n");

		say_line(talk, text, len, text[len] ? "\n" : "");
		talk->midline = !text[len];
		text += len + (text[len] != '\0');
	}
	(void)fflush(talk->say);
}

static void end_with(struct login_end *end, uint32_t result, const char *reason, const char *text)
{
	end->result = result;
	(void)snprintf(end->reason, sizeof(end->reason), "%s", reason);
	(void)snprintf(end->text, sizeof(end->text), "%s", text);
}

/* ---- the browser's page ---- */

static void show_page(struct login_talk *talk, unsigned status, const char *title, const char *text,
		      const char *remark)
{
	const struct login_page page = {
		.status = status, .title = title, .text = text, .remark = remark
	};

	if (talk->listen)
		login_listen_reply(talk->listen, &page);
}

static void show_end(struct login_talk *talk, const struct login_end *end)
{
	if (end->result == WIRE_PERMIT)
		show_page(talk, 200, "You are signed in",
			  "You can close this window and go back to your terminal.", NULL);
	else
		show_page(talk, 403, "You are not signed in",
			  *end->text ? end->text : "The sign-in has ended.",
			  "You can close this window and go back to your terminal.");
}

/* ---- from the agent ---- */

int login_talk_read_done(struct wire_in *in, struct login_end *ret_end)
{
	uint32_t result = wire_get_u32(in);
	const char *reason = wire_get_str(in, REASON_MAX);
	const char *text = wire_get_str(in, WIRE_STRING_MAX);

	for (uint32_t n = wire_get_count(in); n > 0; n--)
		IGNORE(!wire_get_str(in, WIRE_STRING_MAX)); /* for PAM's environment */
	if (wire_close(in) < 0 || result > WIRE_BUSY)
		return -EBADMSG;
	*ret_end = (struct login_end){ 0 };
	end_with(ret_end, result, reason, text);
	return 0;
}

/* The first line of the prompt is the reason. */
static int take_ask(struct login_talk *talk, struct wire_in *in)
{
	char reason[REASON_MAX];
	const char *text;

	IGNORE(wire_get_u32(in)); /* nothing here is hidden */
	text = wire_get_str(in, WIRE_STRING_MAX);
	if (wire_close(in) < 0)
		return -EBADMSG;
	(void)snprintf(reason, sizeof(reason), "%.*s", (int)strcspn(text, "\n"), text);
	show_page(talk, 400, "That was not the answer", reason,
		  "The sign-in goes on: see your terminal.");
	login_talk_say(talk, text);
	talk->asked = true;
	return 0;
}

static int take_say(struct login_talk *talk, struct wire_in *in)
{
	const char *text;

	IGNORE(wire_get_u32(in));
	text = wire_get_str(in, WIRE_STRING_MAX);
	if (wire_close(in) < 0)
		return -EBADMSG;
	if (*text) { /* without it, a sign of life */
		login_talk_say(talk, text);
		login_talk_say(talk, "");
	}
	return 0;
}

/* *ret_over: ret_end is the agent's last word. */
static int take_message(struct login_talk *talk, struct login_end *ret_end, bool *ret_over)
{
	struct wire_in in;
	int r = client_receive(&talk->client, talk->memory, WIRE_MESSAGE_MAX,
			       clock_add(clock_now(), PAM_CONNECT_DEADLINE), &in);

	if (r < 0)
		return r;
	if (in.type == MSG_SAY)
		return take_say(talk, &in);
	if (in.type == MSG_ASK)
		return take_ask(talk, &in);
	if (in.type != MSG_DONE)
		return -EPROTO;
	*ret_over = true;
	return login_talk_read_done(&in, ret_end);
}

/* ---- to the agent ---- */

static int send_reply(struct login_talk *talk, enum wire_type type, const struct secret *answer)
{
	struct buf out;
	int r;

	buf_init_secret(&out, WIRE_MESSAGE_MAX);
	wire_begin(&out, type, talk->client.serial);
	if (answer)
		wire_put_strn(&out, answer->text, answer->len);
	r = client_send(&talk->client, &out, clock_add(clock_now(), PAM_CONNECT_DEADLINE));
	buf_done(&out);
	return r == -EPIPE ? 0 : r; /* its last word may be in our queue */
}

/* MUST 2. */
static int send_answer(struct login_talk *talk, const struct secret *answer)
{
	if (!talk->asked)
		return 0;
	talk->asked = false;
	talk->patience = clock_add(clock_now(), PAM_REPLY_DEADLINE);
	if (talk->listen)
		login_listen_hold(talk->listen);
	return send_reply(talk, MSG_ANSWER, answer);
}

/* ---- from the terminal ---- */

static int take_paste(struct login_talk *talk)
{
	_cleanup_(secret_freep) struct secret *line = NULL;
	int r = login_paste_read(&talk->paste, &line);

	if (r == LOGIN_PASTE_MORE)
		return 0;
	talk->midline = false; /* the person's own line end */
	if (r < 0)
		return r;
	if (!talk->asked && r != LOGIN_PASTE_END)
		login_talk_say(talk, "An answer is being looked at already.\n");
	else if (r == LOGIN_PASTE_LINE)
		return send_answer(talk, line);
	else if (r == LOGIN_PASTE_EMPTY)
		login_talk_say(talk, "Copy the whole address at which your browser ended, and "
				     "paste it here: ");
	else if (r == LOGIN_PASTE_LONG)
		login_talk_say(talk, "No address is as long as that. Paste it again: ");
	return 0;
}

/* A browser that could not be opened has to be known of; one that was closed does not. */
static void look_at_browser(struct login_talk *talk)
{
	int status;

	if (talk->browser <= 0 || waitpid(talk->browser, &status, WNOHANG) != talk->browser)
		return;
	talk->browser = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		login_talk_say(talk, "The browser could not be opened. Please open that address "
				     "in one yourself.\n");
}

static bool take_signal(struct login_talk *talk, struct login_end *end)
{
	struct signalfd_siginfo info;

	if (read(talk->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return false;
	*end = (struct login_end){ .signal = (int)info.ssi_signo };
	end_with(end, WIRE_DENY, "cancelled", "The sign-in was stopped.");
	return true;
}

/* ---- waiting ---- */

static usec_t earlier(usec_t a, usec_t b)
{
	return a < b ? a : b;
}

static int wait_for(const struct login_talk *talk, struct pollfd *fds, usec_t until)
{
	usec_t now = clock_now(), wait;

	fds[FD_AGENT] = (struct pollfd){ .fd = talk->client.fd, .events = POLLIN };
	fds[FD_SIGNALS] = (struct pollfd){ .fd = talk->signals, .events = POLLIN };
	fds[FD_PASTE] =
		(struct pollfd){ .fd = login_paste_may_read(&talk->paste) ? talk->paste.fd : -1,
				 .events = POLLIN };
	for (size_t i = FD_LISTEN; i < N_FDS; i++)
		fds[i] = (struct pollfd){ .fd = -1 };
	if (talk->listen)
		until = earlier(until, login_listen_wait(talk->listen, fds + FD_LISTEN));
	if (talk->browser > 0 || talk->paste.fd >= 0)
		until = earlier(until, clock_add(now, LOOK_AGAIN));
	wait = until > now ? until - now : 0;
	if (poll(fds, N_FDS, (int)(wait / USEC_PER_MSEC) + 1) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

static int take_browser(struct login_talk *talk, const struct pollfd *fds)
{
	_cleanup_(secret_freep) struct secret *answer = NULL;

	if (!talk->listen)
		return 0;
	answer = login_listen_work(talk->listen, fds + FD_LISTEN, clock_now());
	if (!answer)
		return 0;
	login_talk_say(talk, "Your browser has come back. ");
	return send_answer(talk, answer);
}

/* Whatever is over without the agent's saying so. */
static bool is_over(const struct login_talk *talk, struct login_end *end)
{
	*end = (struct login_end){ 0 };
	if (clock_now() >= talk->until)
		end_with(end, WIRE_DENY, "expired-code",
			 "Nobody signed in within ten minutes. Please start again.");
	else if (talk->asked && !talk->listen && talk->paste.fd < 0)
		end_with(end, WIRE_DENY, "cancelled",
			 "No browser can come back here, and nothing was pasted.");
	else
		return false;
	return true;
}

/* One turn; *ret_over: ret_end holds how it ended. */
static int turn(struct login_talk *talk, struct login_end *ret_end, bool *ret_over)
{
	struct pollfd fds[N_FDS];
	int r = wait_for(talk, fds, talk->asked ? talk->until : talk->patience);

	if (r < 0)
		return r;
	if (fds[FD_AGENT].revents)
		return take_message(talk, ret_end, ret_over);
	if (fds[FD_SIGNALS].revents && take_signal(talk, ret_end)) {
		*ret_over = true;
		return 0;
	}
	look_at_browser(talk);
	r = take_browser(talk, fds);
	if (r == 0 && fds[FD_PASTE].revents)
		r = take_paste(talk);
	if (r < 0)
		return r;
	if (!talk->asked && clock_now() >= talk->patience)
		return -ETIMEDOUT;
	*ret_over = is_over(talk, ret_end);
	return 0;
}

/* Until the browser has its page. */
static void flush_page(struct login_talk *talk)
{
	usec_t until = clock_add(clock_now(), FLUSH);
	struct pollfd fds[LOGIN_LISTEN_FDS];

	while (talk->listen && login_listen_is_busy(talk->listen) && clock_now() < until) {
		usec_t now = clock_now();
		usec_t then = earlier(until, login_listen_wait(talk->listen, fds));

		if (poll(fds, LOGIN_LISTEN_FDS,
			 then > now ? (int)((then - now) / USEC_PER_MSEC) + 1 : 0) < 0 &&
		    errno != EINTR)
			return;
		secret_free(login_listen_work(talk->listen, fds, clock_now()));
	}
}

int login_talk_run(struct login_talk *talk, struct login_end *ret_end)
{
	bool over = false;
	int r = 0;

	talk->asked = true;
	talk->until = clock_add(clock_now(), FLOW_LIFE_MAX);
	while (r == 0 && !over)
		r = turn(talk, ret_end, &over);
	if (r == 0 && *ret_end->reason && strcmp(ret_end->reason, "cancelled") == 0)
		IGNORE(send_reply(talk, MSG_CANCEL, NULL)); /* hanging up says the same */
	login_talk_say(talk, "");
	if (r < 0)
		end_with(ret_end, WIRE_UNAVAIL, "unreachable",
			 "This host's agent has gone away meanwhile.");
	show_end(talk, ret_end);
	flush_page(talk);
	return r;
}
