/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_WIRE_H
#define IDP_COMMON_WIRE_H

/*
 * The one language spoken between our processes: SEQPACKET messages of at most WIRE_MESSAGE_MAX
 * bytes, { u16 magic, u8 version, u8 class, u16 type, u16 flags, u32 serial }, then the fields of
 * the message's signature, little-endian. Golden bytes: tests/data/wire. See idp-wire(7).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/cursor.h"
#include "common/macro.h"

#define WIRE_MAGIC      0x4449u /* "ID" */
#define WIRE_VERSION    1u
#define WIRE_HEADER_LEN 12u

enum wire_class {
	WIRE_NSS = 1,
	WIRE_PAM = 2,
	WIRE_CTL = 3,
	WIRE_NET = 4,
	WIRE_SELF = 5,
	WIRE_KEY = 6,
	WIRE_DESK = 7,
};

enum wire_type {
#define WIRE_MESSAGE(name, number, class, signature) MSG_##name = (number),
#include "common/wire-messages.h"
#undef WIRE_MESSAGE
};

/* Zero is "no" (DONE). */
enum wire_result {
	WIRE_DENY = 0,     /* the answer is no; the text says why */
	WIRE_PERMIT = 1,   /* a positive verdict */
	WIRE_NOT_OURS = 2, /* a local or unknown user: PAM goes on without us */
	WIRE_UNAVAIL = 3,  /* could not be found out in time */
	WIRE_EXPIRED = 4,  /* account: locked, ended, or stale beyond policy */
	WIRE_BUSY = 5,     /* too many sign-ins pending for this person or source */
};

/* Zero is "no" (VERIFIED). */
enum wire_verified {
	WIRE_VERIFIED_NO = 0,          /* the access rules say no */
	WIRE_VERIFIED_YES = 1,         /* they say yes */
	WIRE_VERIFIED_TOKEN = 2,       /* the token is none that is believed */
	WIRE_VERIFIED_SIGN_IN = 3,     /* no; a token of a newer or stronger sign-in could bring a yes */
	WIRE_VERIFIED_UNAVAIL = 4,     /* could not be found out now */
	WIRE_VERIFIED_NO_RESOURCE = 5, /* no [service] of that name */
};

enum wire_say { WIRE_SAY_INFO = 0, WIRE_SAY_ERROR = 1 };
enum wire_ask { WIRE_ASK_HIDDEN = 0, WIRE_ASK_ECHO = 1 };
enum wire_find { WIRE_FIND_USER_NAME = 1, WIRE_FIND_GROUP_NAME = 2, WIRE_FIND_SUBJECT = 3 };
enum wire_finding {
	WIRE_FINDING_OK = 0,
	WIRE_FINDING_NOTE = 1,
	WIRE_FINDING_WARNING = 2,
	WIRE_FINDING_ERROR = 3,
	/* Facts: the text names one, the remedy is its value. */
	WIRE_FINDING_OFFER = 4, /* the platform says so of itself */
	WIRE_FINDING_USE = 5    /* what a sign-in would use; "" nothing */
};

struct wire_field {
	char type; /* 's' 'n' 'b' 'S' */
	const char *key;
	const char *value;
};

/* ---- writing: begin, put in the order of the signature, end ---- */

/* out is reset. flags are 0 in this version. */
void wire_begin(struct buf *out, enum wire_type type, uint32_t serial);
void wire_put_bool(struct buf *out, bool value);
void wire_put_u32(struct buf *out, uint32_t value);
void wire_put_u64(struct buf *out, uint64_t value);
/* A NULL text is the empty string. */
void wire_put_str(struct buf *out, const char *text);
/* Exactly len bytes, which hold no NUL (else the buffer's error is set). */
void wire_put_strn(struct buf *out, const char *text, size_t len);
/* The count of an 'a', 'i' or 'f'; then exactly that many elements. */
void wire_put_count(struct buf *out, size_t n);
void wire_put_field(struct buf *out, char type, const char *key, const char *value);
/* 0, or the first error; also checks what was put against the signature: -EPROTO is our own bug. */
int wire_end(struct buf *out) _must_check_;

/* ---- reading: open, get in the order of the signature, then cursor_end(&in.cursor) ---- */

struct wire_in {
	enum wire_type type;
	enum wire_class class;
	uint32_t serial;
	struct cursor cursor;
};

/*
 * Checks the header, that the type is known and that the whole body fits its signature, every
 * string NUL-terminated without a NUL inside, nothing left over: after 0 the getters cannot run
 * off the end. -EBADMSG otherwise. The message memory must stay while in is used.
 */
int wire_open(struct wire_in *in, const void *bytes, size_t len) _must_check_;
bool wire_get_bool(struct wire_in *in);
uint32_t wire_get_u32(struct wire_in *in);
uint64_t wire_get_u64(struct wire_in *in);
/* Inside the message. Longer than max bytes: "" and the cursor's error is set. Never NULL. */
const char *wire_get_str(struct wire_in *in, size_t max);
uint32_t wire_get_count(struct wire_in *in);
struct wire_field wire_get_field(struct wire_in *in);
/* Nothing but success means the fields may be acted upon. */
int wire_close(const struct wire_in *in) _must_check_;

/* ---- tables ---- */

/* "GETPWNAM", or NULL for a number nobody defined. */
const char *wire_name(uint16_t type);
const char *wire_signature(uint16_t type);
/* One line for a debug log; secrets as "<n bytes>"; always NUL-terminated, cut at room. */
void wire_print(const void *bytes, size_t len, char *text, size_t room);

#endif
