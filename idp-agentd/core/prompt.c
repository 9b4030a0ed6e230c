/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a person reads. MUST: every byte that came from a peer goes through prompt_put_clean() or
 * has passed prompt_url_ok(); the text never holds an escape, a bell, a carriage return or a
 * bidirectional override.
 */
#include "idp-agentd/core/prompt.h"

#include <errno.h>
#include <qrencode.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/limits.h"
#include "common/utf8.h"

/* ---- cleaning ---- */

/* Controls of C0 and C1, line separators, and what turns the direction of text or hides in it. */
static bool prompt_char_ok(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad)
		return false;
	if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e))
		return false;
	return !(c >= 0x2060 && c <= 0x206f) && c != 0xfeff && !(c >= 0xe0000 && c <= 0xe0fff) &&
	       c != 0x61c;
}

void prompt_put_clean(struct buf *out, const char *text, size_t max)
{
	for (size_t written = 0; *text && written < max;) {
		uint32_t c = 0;
		size_t n = utf8_decode(text, UTF8_LEN_MAX, &c);

		if (!n || !prompt_char_ok(c))
			buf_put(out, "?", 1);
		else if (written + n > max)
			return;
		else
			buf_put(out, text, n);
		text += n ? n : 1;
		written += n ? n : 1;
	}
}

static bool prompt_is_loopback(const char *host)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1", "[::1]" };

	for (size_t i = 0; i < ELEMENTSOF(hosts); i++) {
		size_t len = strlen(hosts[i]);

		if (!strncmp(host, hosts[i], len) && strchr(":/", host[len]))
			return true; /* strchr finds the NUL as well */
	}
	return false;
}

static bool prompt_may_open(const char *url, size_t max)
{
	size_t len = strlen(url);
	const char *host;

	if (!strncmp(url, "https://", 8))
		host = url + 8;
	else if (!strncmp(url, "http://", 7) && prompt_is_loopback(url + 7))
		host = url + 7;
	else
		return false;
	if (len > max || !*host || *host == '/' || *host == ':')
		return false;
	for (size_t i = 0; i < len; i++)
		if (url[i] <= ' ' || url[i] > '~' || strchr("\"<>\\^`{|}", url[i]))
			return false;
	/* user@host in front of the real host is how people are led astray */
	return !memchr(host, '@', strcspn(host, "/?#"));
}

bool prompt_url_ok(const char *url)
{
	return prompt_may_open(url, PROMPT_URL_MAX);
}

bool prompt_address_ok(const char *url)
{
	return prompt_may_open(url, LOGIN_URL_MAX);
}

/* ---- QR ---- */

static bool prompt_dark(const QRcode *qr, int x, int y)
{
	if (x < 0 || y < 0 || x >= qr->width || y >= qr->width)
		return false;
	return qr->data[y * qr->width + x] & 1;
}

/* Two modules a character, light ones drawn, so that it reads on a dark terminal; one module of
 * quiet zone around is what scanners need in practice. */
static void prompt_put_qr_rows(struct buf *out, const QRcode *qr)
{
	static const char *const blocks[2][2] = { { "█", "▀" }, { "▄", " " } };

	for (int y = -1; y <= qr->width; y += 2) {
		for (int x = -1; x <= qr->width; x++) {
			bool upper = prompt_dark(qr, x, y);
			bool lower = y + 1 > qr->width || prompt_dark(qr, x, y + 1);

			buf_put_text(out, blocks[upper][lower]);
		}
		buf_put_text(out, "\n");
	}
}

void prompt_put_qr(struct buf *out, const char *content)
{
	QRcode *qr = QRcode_encodeString8bit(content, 0, QR_ECLEVEL_L);

	if (!qr)
		return;
	if ((qr->width + 3) / 2 <= PROMPT_QR_ROWS)
		prompt_put_qr_rows(out, qr);
	QRcode_free(qr);
}

/* ---- texts ---- */

static void prompt_put_source(struct buf *out, const struct prompt_who *who, const char *word)
{
	if (!*who->source)
		return;
	buf_put_text(out, word);
	prompt_put_clean(out, who->source, PROMPT_WORD_MAX);
}

/* Two lines: with a QR of the usual size, why and what for, all of it fits 24 rows. */
static void prompt_put_account(struct buf *out, const struct prompt_who *who)
{
	buf_put_text(out, "  account  ");
	prompt_put_clean(out, who->user, PROMPT_WORD_MAX);
	buf_put_text(out, " on ");
	prompt_put_clean(out, who->host, PROMPT_WORD_MAX);
	buf_put_text(out, "\n  service  ");
	prompt_put_clean(out, who->service, PROMPT_WORD_MAX);
	prompt_put_source(out, who, ", from ");
	buf_put_text(out, "\n");
}

/* One description; %h is the host, any other % stands for itself. */
static void prompt_put_description(struct buf *out, const char *text, const char *host)
{
	while (*text) {
		const char *place = strstr(text, "%h");
		size_t len = place ? (size_t)(place - text) : strlen(text);
		char part[PROMPT_ASKS_MAX];

		len = len < sizeof(part) ? len : sizeof(part) - 1;
		memcpy(part, text, len);
		part[len] = '\0';
		prompt_put_clean(out, part, sizeof(part));
		if (!place)
			return;
		prompt_put_clean(out, host, PROMPT_WORD_MAX);
		text = place + 2;
	}
}

void prompt_join_asks(const char *const *descriptions, size_t n, const char *host, char *text,
		      size_t room)
{
	static const char more[] = "; ...";
	size_t len = 0;

	*text = '\0';
	for (size_t i = 0; i < n; i++) {
		char one[PROMPT_ASKS_MAX];
		struct buf out;
		size_t need;

		buf_init_fixed(&out, one, sizeof(one));
		prompt_put_description(&out, descriptions[i], host);
		need = buf_end(&out) < 0 ? room : strlen(one) + (len ? 2 : 0);
		if (len + need + sizeof(more) > room) {
			(void)snprintf(text + len, room - len, "%s", len ? more : more + 2);
			return;
		}
		len += (size_t)snprintf(text + len, room - len, "%s%s", len ? "; " : "", one);
	}
}

/* Whether part is one of the parts of text, as prompt_join_asks() has joined them. */
static bool prompt_has_part(const char *text, const char *part, size_t len)
{
	for (;;) {
		const char *end = strstr(text, "; ");
		size_t n = end ? (size_t)(end - text) : strlen(text);

		if (n == len && !memcmp(text, part, len))
			return true;
		if (!end)
			return false;
		text = end + 2;
	}
}

/* What a second sign-in has named as the reason for it is not said again. */
static void prompt_put_asks(struct buf *out, const struct prompt_who *who)
{
	const char *lead = "This will ask for: ", *end;

	for (const char *part = who->asks; part && *part; part = end ? end + 2 : NULL) {
		size_t len;

		end = strstr(part, "; ");
		len = end ? (size_t)(end - part) : strlen(part);
		if (who->more && prompt_has_part(who->more, part, len))
			continue;
		buf_put_text(out, lead);
		prompt_put_clean(out, part, len);
		lead = "; ";
	}
	if (*lead == ';')
		buf_put_text(out, "\n");
}

/* Whoever has just signed in takes the same prompt once more for a mistake, unless told why. */
static bool prompt_put_more(struct buf *out, const struct prompt_who *who)
{
	if (!who->more || !*who->more)
		return false;
	buf_put_text(out, "More is needed for ");
	prompt_put_clean(out, who->service, PROMPT_WORD_MAX);
	buf_put_text(out, ": ");
	prompt_put_clean(out, who->more, PROMPT_ASKS_MAX);
	buf_put_text(out, ".\n");
	return true;
}

static void prompt_put_sentence(struct buf *out, const struct prompt_who *who)
{
	buf_put_text(out, "Sign in as ");
	prompt_put_clean(out, who->user, PROMPT_WORD_MAX);
	buf_put_text(out, " for ");
	prompt_put_clean(out, who->service, PROMPT_WORD_MAX);
	buf_put_text(out, " on ");
	prompt_put_clean(out, who->host, PROMPT_WORD_MAX);
	prompt_put_source(out, who, ", asked from ");
	buf_put_text(out, ".\n");
}

/* begun: there is a line before it that says what this is. */
static void prompt_put_who(struct buf *out, const struct prompt_who *who, bool begun)
{
	bool brief = who->style == PROMPT_STYLE_SHORT;

	if (!prompt_put_more(out, who) && !begun && !brief)
		buf_put_text(out, "A sign-in is asked for:\n");
	if (brief)
		prompt_put_sentence(out, who);
	else
		prompt_put_account(out, who);
	prompt_put_asks(out, who);
	if (!brief)
		buf_put_text(out,
			     "Approve it only if you are starting it yourself, here and now.\n");
}

/*
 * First, so that what a small screen loses is its upper edge and no word; but not in the first
 * line, where clients of ssh put something before it. False: there is none.
 */
static bool prompt_put_scan(struct buf *out, const struct prompt_device *what)
{
	size_t before = out->len, empty;

	if (what->who.style == PROMPT_STYLE_PLAIN)
		return false;
	buf_put_text(out, "A sign-in is asked for. Scan this, or read on below it:\n");
	empty = out->len;
	prompt_put_qr(out, *what->uri_complete ? what->uri_complete : what->uri);
	if (out->len > empty)
		return true;
	out->len = before;
	return false;
}

static void prompt_put_open(struct buf *out, const struct prompt_device *what)
{
	buf_put_text(out, "Open ");
	prompt_put_clean(out, what->uri, PROMPT_URL_MAX);
	buf_put_text(out, "\nin a browser and enter the code ");
	prompt_put_clean(out, what->code, LOGIN_CODE_MAX);
}

int prompt_device(const struct prompt_device *what, char *text, size_t room)
{
	struct buf out;

	buf_init_fixed(&out, text, room);
	prompt_put_who(&out, &what->who, prompt_put_scan(&out, what));
	prompt_put_open(&out, what);
	buf_put_text(&out, "\nthen press Enter here: ");
	return buf_end(&out);
}

int prompt_again(const struct prompt_device *what, char *text, size_t room)
{
	struct buf out;

	buf_init_fixed(&out, text, room);
	buf_put_text(&out, "Not approved yet. ");
	prompt_put_open(&out, what);
	buf_put_text(&out, "\nthen press Enter here: ");
	return buf_end(&out);
}

/* ---- the code flow ---- */

/* Alone on its lines and whole, so that one click or one drag takes it. */
static void prompt_put_address(struct buf *out, const struct prompt_browser *what)
{
	buf_put_text(out, "Open this address in a browser");
	if (what->seconds)
		buf_printf(out, ", within %u seconds,", what->seconds);
	buf_put_text(out, " and sign in there:\n\n");
	prompt_put_clean(out, what->url, LOGIN_URL_MAX);
	buf_put_text(out, "\n\n");
}

int prompt_browser(const struct prompt_browser *what, char *text, size_t room)
{
	struct buf out;

	buf_init_fixed(&out, text, room);
	prompt_put_who(&out, &what->who, false);
	prompt_put_address(&out, what);
	if (!strncmp(what->redirect_uri, "https://", 8)) {
		buf_put_text(&out,
			     "Your browser ends at a page with a code: copy it, or that page's "
			     "whole address,\n");
	} else {
		buf_put_text(&out,
			     "Your browser ends at a page that it cannot show, and that is "
			     "right: copy the\nwhole address of that page, which begins with ");
		prompt_put_clean(&out, what->redirect_uri, PROMPT_URL_MAX);
		buf_put_text(&out, "\n");
	}
	buf_put_text(&out, "and paste it here: ");
	return buf_end(&out);
}

/* idp-netd's reasons for REPASTE. Add a row here when one is added there. */
static const char *prompt_repaste_reason(const char *reason)
{
	static const struct {
		const char *reason, *text;
	} rows[] = {
		{ "paste-empty", "Nothing was pasted." },
		{ "paste-no-code", "The sign-in does not end at that address: it holds no code." },
		{ "paste-cut", "That address is not whole: its end is missing." },
		{ "paste-other", "That address belongs to another sign-in." },
		{ "paste-unknown", "The identity platform does not know that code." },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (!strcmp(rows[i].reason, reason))
			return rows[i].text;
	return "That is neither an address nor a code."; /* paste-unclear */
}

int prompt_repaste(const char *reason, char *text, size_t room)
{
	struct buf out;

	buf_init_fixed(&out, text, room);
	buf_put_text(&out, prompt_repaste_reason(reason));
	buf_put_text(&out,
		     "\nCopy the whole address at which your browser ended, and paste it here: ");
	return buf_end(&out);
}

int prompt_password(const char *user, const char *provider, char *text, size_t room)
{
	struct buf out;

	buf_init_fixed(&out, text, room);
	buf_put_text(&out, "Password for ");
	prompt_put_clean(&out, user, PROMPT_WORD_MAX);
	buf_put_text(&out, " at ");
	prompt_put_clean(&out, provider, PROMPT_WORD_MAX);
	buf_put_text(&out, ": ");
	return buf_end(&out);
}

int prompt_token(const char *host, char *text, size_t room)
{
	struct buf out;

	buf_init_fixed(&out, text, room);
	buf_put_text(&out, "Access token for ");
	prompt_put_clean(&out, host, PROMPT_WORD_MAX);
	buf_put_text(&out, ": ");
	return buf_end(&out);
}
