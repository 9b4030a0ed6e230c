/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idpctl login: the authorization code flow of a native application (RFC 8252), for a person who
 * is at work on this host already. The agent says where the browser may come back to and what to
 * open; login-talk.c carries what comes back.
 */
#include "idpctl/login.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/buf.h"
#include "idpctl/answer.h"
#include "idpctl/commands.h"
#include "idpctl/login-browser.h"
#include "idpctl/login-talk.h"
#include "idpctl/text.h"

/* The agent's answer to where, and what it opens. */
struct login {
	const struct invocation *invocation;
	struct login_talk talk;
	struct login_here here;
	char path[WIRE_STRING_MAX];
	char url[LOGIN_URL_MAX + 1];
	uint32_t seconds;
	bool page; /* the browser ends at a page of the site */
	struct login_end end;
};

/* ---- asking the agent ---- */

static int login_ask(struct login *login, enum wire_type type, struct wire_in *ret_in)
{
	struct client *client = &login->talk.client;
	const struct invocation *invocation = login->invocation;
	usec_t deadline = clock_add(clock_now(), PAM_REPLY_DEADLINE);
	struct buf out;
	int r;

	buf_init(&out, WIRE_MESSAGE_MAX);
	client_begin(client, &out, type);
	wire_put_str(&out, invocation->n_args > 0 ? invocation->args[0] : "");
	if (type == MSG_LOGIN)
		wire_put_u32(&out, login->talk.listen ? login->here.port : 0);
	r = client_send(client, &out, deadline);
	buf_done(&out);
	if (r < 0)
		return r;
	return client_receive(client, login->talk.memory, WIRE_MESSAGE_MAX, deadline, ret_in);
}

/* 1: the agent has said its last word, in login->end. */
static int login_done(struct login *login, struct wire_in *in)
{
	int r = in->type == MSG_DONE ? login_talk_read_done(in, &login->end) : -EPROTO;

	return r < 0 ? r : 1;
}

/* Where the browser may come back to. */
static int login_where(struct login *login)
{
	struct wire_in in;
	uint32_t port;
	int r = login_ask(login, MSG_LOGIN_WHERE, &in);

	if (r < 0)
		return r;
	if (in.type != MSG_LOGIN_HERE) {
		r = login_done(login, &in);
		login->page = r == 1 && strcmp(login->end.reason, "redirect-page") == 0;
		return login->page ? 0 : r;
	}
	port = wire_get_u32(&in);
	(void)snprintf(login->path, sizeof(login->path), "%s", wire_get_str(&in, WIRE_STRING_MAX));
	if (wire_close(&in) < 0 || port > UINT16_MAX || *login->path != '/')
		return -EBADMSG;
	login->here = (struct login_here){ .port = (uint16_t)port, .path = login->path };
	return 0;
}

/* Pasting goes on where listening does not. */
static void login_open_port(struct login *login)
{
	int r;

	if (login->page)
		return;
	r = login_listen_new(&login->here, &login->talk.listen);
	if (r == 0)
		return;
	(void)fprintf(login->talk.say, "No browser can come back to this machine: ");
	if (r == -EADDRINUSE)
		(void)fprintf(login->talk.say, "another program is at port %u.\n",
			      login->here.port);
	else
		(void)fprintf(login->talk.say, "%s.\n", text_error(r));
}

static int login_begin(struct login *login)
{
	struct wire_in in;
	const char *url;
	int r = login_ask(login, MSG_LOGIN, &in);

	while (r == 0 && in.type == MSG_SAY) {
		IGNORE(wire_get_u32(&in));
		login_talk_say(&login->talk, "This will ask for: ");
		login->talk.midline = false;
		login_talk_say(&login->talk, wire_get_str(&in, WIRE_STRING_MAX));
		login_talk_say(&login->talk, "");
		r = client_receive(&login->talk.client, login->talk.memory, WIRE_MESSAGE_MAX,
				   clock_add(clock_now(), PAM_REPLY_DEADLINE), &in);
	}
	if (r < 0)
		return r;
	if (in.type != MSG_BROWSE)
		return login_done(login, &in);
	url = wire_get_str(&in, LOGIN_URL_MAX);
	(void)snprintf(login->url, sizeof(login->url), "%s", url);
	login->seconds = wire_get_u32(&in);
	return wire_close(&in) < 0 || strncmp(login->url, "http", 4) ? -EBADMSG : 0;
}

/* ---- telling the person ---- */

/* Opens the browser, or says why the person has to. */
static bool login_open_browser(struct login *login)
{
	const struct login_desktop desktop = { .browser = getenv("BROWSER"),
					       .display = getenv("DISPLAY"),
					       .wayland_display = getenv("WAYLAND_DISPLAY") };
	char name[LOGIN_BROWSER_MAX], text[LOGIN_BROWSER_MAX + 64];
	int r;

	if (login->invocation->given & OPTION_NO_BROWSER)
		return false;
	r = login_browser_open(&desktop, login->url, name, &login->talk.browser);
	if (r < 0)
		(void)fprintf(login->talk.say, "No browser can be opened here: %s.\n",
			      text_error(r));
	if (r != 0)
		return false;
	(void)snprintf(text, sizeof(text), "Opening this address with %s:\n", name);
	login_talk_say(&login->talk, text);
	return true;
}

static void login_say_address(struct login *login)
{
	bool opened = login_open_browser(login);
	FILE *say = login->talk.say;

	if (!opened && login->seconds)
		(void)fprintf(say,
			      "Open this address in a browser, within %u seconds, and sign in "
			      "there:\n",
			      login->seconds);
	else if (!opened)
		(void)fprintf(say, "Open this address in a browser and sign in there:\n");
	(void)fputc('\n', say);
	login_talk_say(&login->talk, login->url);
	login->talk.midline = false;
	(void)fprintf(say, "\n\n");
}

/* What is waited for, and how the person may help. */
static void login_say_waiting(struct login *login)
{
	FILE *say = login->talk.say;
	bool paste = login->talk.paste.fd >= 0;

	if (login->talk.listen)
		(void)fprintf(say,
			      "Waiting for the browser at port %u (ten minutes; Ctrl-C stops).\n",
			      login->here.port);
	if (paste && login->page)
		(void)fprintf(say, "Your browser ends at a page with a code: copy it, or that "
				   "page's whole address,\nand paste it here: ");
	else if (paste && login->talk.listen)
		(void)fprintf(say, "If it ends at a page that it cannot show, copy the whole "
				   "address of that page\nand paste it here: ");
	else if (paste)
		(void)fprintf(say, "Your browser ends at a page that it cannot show, and that is "
				   "right: copy the\nwhole address of that page and paste it "
				   "here: ");
	(void)fflush(say);
	login->talk.midline = paste;
}

/* ---- the end ---- */

static const char *login_user(void)
{
	const struct passwd *entry = getpwuid(getuid());

	return entry ? entry->pw_name : "yourself";
}

static int login_show_end(const struct login *login)
{
	_cleanup_answer_ struct answer answer = { 0 };
	const struct login_end *end = &login->end;
	bool in = end->result == WIRE_PERMIT;
	char text[sizeof(end->text)];
	struct row *row = NULL;

	if (in)
		(void)snprintf(text, sizeof(text), "You are signed in as %s.", login_user());
	else
		(void)snprintf(text, sizeof(text), "%s",
			       *end->text ? end->text : "You are not signed in.");
	if (control_end_set(&answer.end, in ? EXIT_FINE : EXIT_NEGATIVE, in ? "" : end->reason,
			    text) < 0)
		return answer_no_memory();
	if (in && login->invocation->json) {
		row = rows_add(&answer.rows, "login");
		if (!row || row_put(row, 's', "user", login_user()) < 0)
			return answer_no_memory();
	}
	return answer_show(login->invocation, "login", &answer);
}

/* As the shell expects of a program that was stopped. */
static void login_die_of(int signal)
{
	sigset_t set;

	(void)fflush(stdout);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, signal);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	(void)raise(signal);
}

/* ---- all of it ---- */

/*
 * Signals come as messages, so that the person is told, and the browser. One that is ignored when
 * we start (nohup, the background of a script) stays ignored: as a message it would come all the
 * same, since a blocked signal is kept.
 */
static int login_catch_signals(void)
{
	static const int stops[] = { SIGINT, SIGTERM, SIGHUP };
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ELEMENTSOF(stops); i++) {
		struct sigaction action;

		if (sigaction(stops[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			(void)sigaddset(&set, stops[i]);
	}
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* 0 and 1: login->end is the last word. */
static int login_converse(struct login *login)
{
	struct login_talk *talk = &login->talk;
	int r = client_open(&talk->client, login->invocation->socket,
			    clock_add(clock_now(), PAM_CONNECT_DEADLINE));

	if (r == 0)
		r = login_where(login);
	if (r != 0)
		return r;
	login_open_port(login);
	r = login_begin(login);
	if (r != 0)
		return r;
	talk->signals = login_catch_signals();
	login_say_address(login);
	/* A script's other input is not ours, unless it is the only way. */
	if (isatty(STDIN_FILENO) == 1 || !talk->listen ||
	    (login->invocation->given & OPTION_NO_BROWSER))
		talk->paste.fd = STDIN_FILENO;
	login_say_waiting(login);
	return login_talk_run(talk, &login->end);
}

static struct login *login_free(struct login *login)
{
	if (!login)
		return NULL;
	login_listen_free(login->talk.listen);
	login_paste_done(&login->talk.paste);
	client_close(&login->talk.client);
	free(login->talk.memory);
	free(login);
	return NULL;
}
DEFINE_CLEANUP(struct login *, login_free);

int run_login(const struct invocation *invocation)
{
	_cleanup_(login_freep) struct login *login = calloc(1, sizeof(*login));
	_cleanup_answer_ struct answer answer = { 0 };
	int r, status;

	if (!login)
		return answer_no_memory();
	login->invocation = invocation;
	login->talk.say = invocation->json ? stderr : stdout;
	login->talk.client = CLIENT_NULL;
	login->talk.signals = login->talk.paste.fd = -1;
	login->talk.memory = malloc(WIRE_MESSAGE_MAX);
	if (!login->talk.memory)
		return answer_no_memory();
	r = login_converse(login);
	if (r < 0)
		return answer_unreachable(invocation, "login", r, &answer);
	status = login_show_end(login);
	if (login->end.signal)
		login_die_of(login->end.signal);
	return status;
}
