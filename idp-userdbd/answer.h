/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_USERDBD_ANSWER_H
#define IDP_USERDBD_ANSWER_H

/*
 * What io.systemd.UserDatabase says to a call (systemd.io/USER_GROUP_API), message by message: an
 * answer may list a million people, and is made as fast as it is taken. Knows no socket.
 */

#include "common/buf.h"
#include "common/macro.h"

struct answer;
struct call;

enum { ANSWER_MORE = 1 };

/* The answer to a call, or to what call_parse() made of it (outcome). -ENOMEM. */
int answer_new(const struct call *call, int outcome, struct answer **ret_answer) _must_check_;
struct answer *answer_free(struct answer *answer);
DEFINE_CLEANUP(struct answer *, answer_free);

/*
 * Puts the next message, its NUL included, or nothing where it takes long to find. ANSWER_MORE:
 * there are others; 0: that was the last one;
 * -ENOMEM, -EMSGSIZE (of out).
 */
int answer_next(struct answer *answer, struct buf *out) _must_check_;

/* Bytes it holds until it is freed. */
size_t answer_held(const struct answer *answer) _must_check_;

#endif
