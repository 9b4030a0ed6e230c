/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MUST:
 *  1. 200 is said in one place, and only for WIRE_VERIFIED_YES read whole;
 *  2. no value ends its header, begins another or holds a byte that a program behind could take for
 *     a separator of its own: facts are visible ASCII, everything else is %-encoded, lists have one
 *     blank between their items;
 *  3. a list that does not fit is left out whole and named: half a list would be a wrong one.
 */
#include "idp-verifyd/reply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/limits.h"
#include "common/reason.h"

#define REPLY_FACTS_MAX     32u
#define REPLY_LIST_MAX      2048u
#define REPLY_CHALLENGE_MAX 768u

struct list {
	char text[REPLY_LIST_MAX + 1];
	size_t len;
	bool omitted;
};

/* One answer as it is being put together. */
struct reply {
	const char *status;
	const char *more; /* another header, with its end; NULL none */
	const char *code, *text;
	char challenge[REPLY_CHALLENGE_MAX];
	struct buf *facts; /* lines of headers; NULL none */
};

/* ---- values ---- */

static bool is_plain(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '%';
}

/* MUST 2. The bytes written, or 0: there is no room (an empty text needs none). */
static size_t encode(const char *from, char *to, size_t room)
{
	size_t n = 0;

	for (; *from; from++) {
		unsigned char c = (unsigned char)*from;

		if (n + 3 >= room)
			return 0;
		if (is_plain(c))
			to[n++] = (char)c;
		else
			n += (size_t)snprintf(to + n, 4, "%%%02X", c);
	}
	to[n] = '\0';
	return n;
}

/* What stands between quotes in a challenge (RFC 6750 section 3): no quote, no backslash. */
static void quote(const char *from, char *to, size_t room)
{
	reason_copy_printable(from, to, room);
	for (; *to; to++)
		if (*to == '"' || *to == '\\')
			*to = '\'';
}

/* ---- lists ---- */

/* MUST 3. */
static void list_add(struct list *list, const char *item)
{
	size_t room = sizeof(list->text) - list->len, n;

	if (list->omitted || *item == '\0')
		return;
	if (list->len > 0 && room > 1) {
		list->text[list->len] = ' ';
		room--;
	}
	n = encode(item, list->text + list->len + (list->len > 0), room);
	if (n == 0)
		list->omitted = true;
	else
		list->len += n + (list->len > 0);
	list->text[list->omitted ? 0 : list->len] = '\0';
}

static void list_read(struct wire_in *in, struct list *list)
{
	uint32_t n = wire_get_count(in);

	list->len = 0;
	list->omitted = false;
	list->text[0] = '\0';
	for (uint32_t i = 0; i < n; i++)
		list_add(list, wire_get_str(in, WIRE_STRING_MAX));
}

/* ---- the whole of it ---- */

static void reply_put(struct buf *out, const struct request *request, const struct reply *reply)
{
	char reason[REASON_MAX], text[REASON_MAX], body[2 * REASON_MAX + 4];
	int len;

	reason_copy_printable(reply->code, reason, sizeof(reason));
	reason_copy_printable(reply->text, text, sizeof(text));
	len = snprintf(body, sizeof(body), "%s%s%s\n", reason, *text ? ": " : "", text);
	buf_printf(out,
		   "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
		   "Cache-Control: no-store\r\nConnection: %s\r\nIdp-Reason: %s\r\n",
		   reply->status, len, request->keep ? "keep-alive" : "close", reason);
	buf_put_text(out, reply->more ? reply->more : "");
	if (*reply->challenge)
		buf_printf(out, "WWW-Authenticate: %s\r\n", reply->challenge);
	if (reply->facts)
		buf_put(out, reply->facts->data, reply->facts->len);
	buf_put_text(out, "\r\n");
	if (!request->head)
		buf_put(out, body, (size_t)len);
}

/* ---- refusals of our own ---- */

#define RETRY_AFTER "Retry-After: 5\r\n"

/* To a request that is none. */
static const struct refusal {
	const char *status, *more, *code, *text;
} refusals[] = {
	[REQUEST_BAD] = { "400 Bad Request", "", "bad-request",
			  "That is no request of a web server." },
	[REQUEST_METHOD] = { "405 Method Not Allowed", "Allow: GET, HEAD\r\n", "bad-method",
			     "Only GET and HEAD are understood." },
	[REQUEST_NOT_FOUND] = { "404 Not Found", "", "no-resource", "Ask for /verify/RESOURCE." },
	[REQUEST_QUERY] = { "400 Bad Request", "", "query",
			    "There is a query; a token is taken from the header Authorization "
			    "only." },
	[REQUEST_BODY] = { "400 Bad Request", "", "body",
			   "A body is announced; nginx must be told: proxy_pass_request_body off; "
			   "proxy_set_header Content-Length \"\";" },
	[REQUEST_VERSION] = { "505 HTTP Version Not Supported", "", "bad-version",
			      "Only HTTP/1.1 and HTTP/1.0 are understood." },
	[REQUEST_TOO_LONG] = { "431 Request Header Fields Too Large", "", "too-long",
			       "The headers are too long; let only Authorization through." },
};

/* To one that shows no token that could be looked at. */
static const struct {
	const char *error, *code, *text;
} shown[] = {
	[SHOWN_MALFORMED] = { "invalid_request", "bad-authorization", "That is no access token." },
	[SHOWN_NOTHING] = { "", "no-token", "No token was shown." },
	[SHOWN_OTHER] = { "", "no-token", "What was shown is no access token." },
	[SHOWN_TWICE] = { "invalid_request", "two-tokens",
			  "There is more than one Authorization." },
	[SHOWN_TOO_LONG] = { "invalid_request", "too-long", "That token is too long." },
	[SHOWN_NO_PROOF] = { "invalid_dpop_proof", "no-proof",
			     "There is not exactly one DPoP proof." },
	[SHOWN_NO_PLACE] = { "invalid_request", "no-place",
			     "This web server does not say which request a DPoP proof is for "
			     "(Idp-Method, Idp-Url)." },
};

/* The beginning of a challenge; the resource has no byte that would have to be quoted. */
static void challenge_begin(struct reply *reply, const struct request *request, const char *error)
{
	int n = snprintf(reply->challenge, sizeof(reply->challenge), "%s realm=\"%.*s\"",
			 request->dpop ? "DPoP" : "Bearer", (int)request->resource.len,
			 request->resource.at);

	if (*error && n > 0)
		(void)snprintf(reply->challenge + n, sizeof(reply->challenge) - (size_t)n,
			       ", error=\"%s\"", error);
}

/* One more attribute, whole or not at all. */
static void challenge_add(struct reply *reply, const char *name, const char *value)
{
	char quoted[REPLY_CHALLENGE_MAX];
	size_t n = strlen(reply->challenge), room = sizeof(reply->challenge) - n;
	int len;

	if (*value == '\0' || strlen(value) >= sizeof(quoted))
		return;
	quote(value, quoted, sizeof(quoted));
	len = snprintf(reply->challenge + n, room, ", %s=\"%s\"", name, quoted);
	if (len < 0 || (size_t)len >= room)
		reply->challenge[n] = '\0';
}

/* For people: it may be cut. */
static void challenge_describe(struct reply *reply, const char *text)
{
	char cut[REASON_MAX];

	reason_copy_printable(text, cut, sizeof(cut));
	challenge_add(reply, "error_description", cut);
}

void reply_put_refusal(struct buf *out, const struct request *request, enum request_verdict verdict)
{
	struct reply reply = { .facts = NULL };

	if (verdict == REQUEST_GOOD) {
		reply.status = "401 Unauthorized";
		reply.code = shown[request->shown].code;
		reply.text = shown[request->shown].text;
		challenge_begin(&reply, request, shown[request->shown].error);
		if (*shown[request->shown].error)
			challenge_describe(&reply, reply.text);
	} else {
		reply.status = refusals[verdict].status;
		reply.more = refusals[verdict].more;
		reply.code = refusals[verdict].code;
		reply.text = refusals[verdict].text;
	}
	reply_put(out, request, &reply);
}

const char *reply_refusal(enum request_verdict verdict)
{
	return refusals[verdict].text;
}

void reply_put_unavailable(struct buf *out, const struct request *request, const char *code,
			   const char *text)
{
	const struct reply reply = {
		.status = "503 Service Unavailable",
		.more = RETRY_AFTER,
		.code = code,
		.text = text,
	};

	reply_put(out, request, &reply);
}

/* ---- the authority's ---- */

/* VERIFIED, whose texts lie in the message. */
struct said {
	uint32_t outcome;
	const char *code, *text;
	size_t n;
	struct wire_field facts[REPLY_FACTS_MAX];
	struct list scopes, groups, roles;
};

static const char *said_fact(const struct said *said, const char *key)
{
	for (size_t i = 0; i < said->n; i++)
		if (strcmp(said->facts[i].key, key) == 0)
			return said->facts[i].value;
	return "";
}

static int said_read(struct wire_in *in, struct said *said)
{
	said->outcome = wire_get_u32(in);
	said->code = wire_get_str(in, REASON_MAX);
	said->text = wire_get_str(in, WIRE_STRING_MAX);
	said->n = wire_get_count(in);
	if (said->n > REPLY_FACTS_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < said->n; i++)
		said->facts[i] = wire_get_field(in);
	list_read(in, &said->scopes);
	list_read(in, &said->groups);
	list_read(in, &said->roles);
	return wire_close(in) < 0 ? -EBADMSG : 0;
}

/* room: what is left for headers. MUST 3. */
static void facts_put(struct buf *facts, size_t room, const char *name, const char *value,
		      struct list *omitted)
{
	if (*value == '\0')
		return;
	if (facts->len + strlen(name) + strlen(value) + 4 > room)
		list_add(omitted, name);
	else
		buf_printf(facts, "%s: %s\r\n", name, value);
}

static void facts_put_list(struct buf *facts, size_t room, const char *name,
			   const struct list *list, struct list *omitted)
{
	if (list->omitted)
		list_add(omitted, name);
	else
		facts_put(facts, room, name, list->text, omitted);
}

/* Who it is comes first, and so has room in any case. */
static void said_put_facts(const struct said *said, struct buf *facts)
{
	static const struct {
		const char *key, *name;
	} rows[] = {
		{ "kind", "Idp-Kind" },           { "provider", "Idp-Provider" },
		{ "subject", "Idp-Subject" },     { "user", "Idp-User" },
		{ "client", "Idp-Client" },       { "purpose", "Idp-Purpose" },
		{ "eservice", "Idp-Eservice" },   { "consumer", "Idp-Consumer" },
		{ "tenant", "Idp-Tenant" },       { "issuer", "Idp-Issuer" },
		{ "rule", "Idp-Rule" },           { "acr", "Idp-Acr" },
		{ "auth_time", "Idp-Auth-Time" },
	};
	const size_t room = VERIFYD_REPLY_MAX - 1024; /* the rest of the head, and Idp-Omitted */
	struct list omitted = { .len = 0 };
	char value[REPLY_LIST_MAX];

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const char *fact = said_fact(said, rows[i].key);

		if (*fact && encode(fact, value, sizeof(value)) == 0)
			list_add(&omitted, rows[i].name);
		else if (*fact)
			facts_put(facts, room, rows[i].name, value, &omitted);
	}
	facts_put_list(facts, room, "Idp-Scopes", &said->scopes, &omitted);
	facts_put_list(facts, room, "Idp-Roles", &said->roles, &omitted);
	facts_put_list(facts, room, "Idp-Groups", &said->groups, &omitted);
	facts_put(facts, VERIFYD_REPLY_MAX, "Idp-Omitted", omitted.text, &omitted);
}

/* 403: RFC 6750 section 3.1 knows one reason for it, the others are this host's. */
static void said_forbid(const struct said *said, const struct request *request, struct reply *reply)
{
	reply->status = "403 Forbidden";
	if (said->scopes.len == 0)
		return;
	challenge_begin(reply, request, "insufficient_scope");
	challenge_describe(reply, said->text);
	challenge_add(reply, "scope", said->scopes.text);
}

static void said_challenge(const struct said *said, const struct request *request,
			   struct reply *reply)
{
	bool newer = said->outcome == WIRE_VERIFIED_SIGN_IN;

	reply->status = "401 Unauthorized";
	challenge_begin(reply, request,
			newer ? "insufficient_user_authentication" : "invalid_token");
	challenge_describe(reply, said->text);
	if (!newer)
		return;
	challenge_add(reply, "acr_values", said_fact(said, "acr_values"));
	challenge_add(reply, "max_age", said_fact(said, "max_age"));
}

static void said_reply(const struct said *said, const struct request *request, struct reply *reply,
		       struct buf *facts)
{
	reply->code = said->code;
	reply->text = said->text;
	switch ((enum wire_verified)said->outcome) {
	case WIRE_VERIFIED_YES: /* MUST 1 */
		said_put_facts(said, facts);
		reply->facts = facts;
		reply->status = "200 OK";
		return;
	case WIRE_VERIFIED_TOKEN:
	case WIRE_VERIFIED_SIGN_IN:
		said_challenge(said, request, reply);
		return;
	case WIRE_VERIFIED_UNAVAIL:
		reply->status = "503 Service Unavailable";
		reply->more = RETRY_AFTER;
		return;
	case WIRE_VERIFIED_NO_RESOURCE:
		reply->status = "404 Not Found";
		return;
	case WIRE_VERIFIED_NO:
		break;
	}
	said_forbid(said, request, reply);
}

/* END: the question was not taken. */
static int put_end(struct buf *out, const struct request *request, struct wire_in *in)
{
	const char *code, *text;

	(void)wire_get_u32(in);
	code = wire_get_str(in, REASON_MAX);
	text = wire_get_str(in, WIRE_STRING_MAX);
	if (wire_close(in) < 0)
		return -EBADMSG;
	reply_put_unavailable(out, request, code, text);
	return 0;
}

int reply_put_answer(struct buf *out, const struct request *request, struct wire_in *in)
{
	struct reply reply = { .status = "403 Forbidden" };
	char memory[VERIFYD_REPLY_MAX];
	struct buf facts;
	struct said said;

	if (in->type == MSG_END)
		return put_end(out, request, in);
	if (in->type != MSG_VERIFIED || said_read(in, &said) < 0)
		return -EBADMSG;
	buf_init_fixed(&facts, memory, sizeof(memory));
	said_reply(&said, request, &reply, &facts);
	if (buf_end(&facts) < 0)
		return -EBADMSG;
	reply_put(out, request, &reply);
	return 0;
}
