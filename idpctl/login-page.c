/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST: no byte of a text becomes markup, the policy of the page allows nothing but its own style,
 * and no browser keeps it: its address held a code.
 */
#include "idpctl/login-page.h"

#include <errno.h>

#include "common/macro.h"

/* Contrast of 15 to 1 and more, both ways; it grows with the letters that somebody has chosen. */
const char login_page_style[] =
	":root{color-scheme:light dark}"
	"body{margin:0;min-height:100vh;display:grid;place-items:center;"
	"font:1.125rem/1.6 system-ui,sans-serif;background:#fff;color:#1a1a1a}"
	"main{box-sizing:border-box;width:100%;max-width:40rem;padding:2rem;"
	"border-left:.375rem solid #0b57d0;overflow-wrap:anywhere}"
	"h1{margin:0 0 1rem;font-size:1.75rem;line-height:1.25}"
	"p{margin:.5rem 0 0}"
	"@media(prefers-color-scheme:dark){body{background:#121212;color:#f2f2f2}"
	"main{border-color:#8ab4f8}}";

/* Another style has another hash: test-login-page says which. */
const char login_page_style_hash[] = "xSnEC4F+h7X6tLTPKKe8aYB2nfgOzHrMvgjipybXjjs=";

static const char *reason_phrase(unsigned status)
{
	static const struct {
		unsigned status;
		const char *phrase;
	} rows[] = {
		{ 200, "OK" },
		{ 400, "Bad Request" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 421, "Misdirected Request" },
		{ 431, "Request Header Fields Too Large" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (rows[i].status == status)
			return rows[i].phrase;
	return "Error";
}

static void put_escaped(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '&')
			buf_put_text(out, "&amp;");
		else if (*text == '<')
			buf_put_text(out, "&lt;");
		else if (*text == '>')
			buf_put_text(out, "&gt;");
		else if ((unsigned char)*text < ' ' || *text == 0x7f)
			buf_put_u8(out, '?');
		else
			buf_put(out, text, 1);
	}
}

static void put_body(struct buf *out, const struct login_page *page)
{
	buf_put_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			  "<meta name=\"viewport\" content=\"width=device-width, "
			  "initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">\n<title>");
	put_escaped(out, page->title);
	buf_put_text(out, "</title>\n<style>");
	buf_put_text(out, login_page_style);
	buf_put_text(out, "</style>\n</head>\n<body>\n<main>\n<h1>");
	put_escaped(out, page->title);
	buf_put_text(out, "</h1>\n<p>");
	put_escaped(out, page->text);
	if (page->remark) {
		buf_put_text(out, "</p>\n<p>");
		put_escaped(out, page->remark);
	}
	buf_put_text(out, "</p>\n</main>\n</body>\n</html>\n");
}

void login_page_put(struct buf *out, const struct login_page *page)
{
	struct buf body;

	buf_init(&body, LOGIN_PAGE_MAX);
	put_body(&body, page);
	buf_printf(out, "HTTP/1.1 %u %s\r\n", page->status, reason_phrase(page->status));
	buf_printf(out,
		   "Content-Type: text/html; charset=utf-8\r\n"
		   "Content-Length: %zu\r\n"
		   "Connection: close\r\n"
		   "Cache-Control: no-store\r\n"
		   "Content-Security-Policy: default-src 'none'; img-src data:; "
		   "style-src 'sha256-%s'; base-uri 'none'; form-action 'none'; "
		   "frame-ancestors 'none'\r\n"
		   "Referrer-Policy: no-referrer\r\n"
		   "X-Content-Type-Options: nosniff\r\n"
		   "%s\r\n",
		   body.len, login_page_style_hash, page->status == 405 ? "Allow: GET\r\n" : "");
	if (buf_end(&body) < 0)
		out->error = body.error ? body.error : -ENOMEM;
	else if (!page->head)
		buf_put(out, body.data, body.len);
	buf_done(&body);
}
