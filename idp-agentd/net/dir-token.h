/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_DIR_TOKEN_H
#define IDP_NET_DIR_TOKEN_H

/*
 * The bearer token a directory is read with: the configured one, or one of the client_credentials
 * grant, fetched by whichever flow needs it first and shared by all until it ages.
 */

#include "common/macro.h"
#include "idp-agentd/net/call.h"
#include "idp-agentd/net/document.h"

struct dir_request;
struct directory;

/* Embedded in a flow that reads a directory. */
struct dir_token {
	struct net *net;
	struct directory *directory; /* the flow holds it */
	struct call call;            /* that fetches the token */
	struct call page;            /* that reads with it; never both at once */
	struct waiter waiter;
	/* As waiter.ready: ok means dir_token_get() gives one. */
	void (*ready)(void *userdata, bool ok, const char *code, const char *text);
	void *userdata;
};

void dir_token_init(struct dir_token *token, struct net *net, uint64_t flow,
		    struct directory *directory,
		    void (*ready)(void *userdata, bool ok, const char *code, const char *text),
		    void *userdata);
/* Stops; others who waited for this flow's fetch begin their own. */
void dir_token_done(struct dir_token *token);
/* ready() will be called, perhaps before this returns. */
void dir_token_want(struct dir_token *token);
void dir_token_signed(struct dir_token *token, const char *why_not, const struct secret *assertion);
/* Asks the directory for a page with the token there is. -EACCES: there is none now. */
int dir_token_read(struct dir_token *token, const struct dir_request *request, http_done_fn done,
		   void *userdata) _must_check_;
/* NULL when there is none now. */
const struct secret *dir_token_get(const struct directory *directory);
/* The directory did not take it: forgotten. False when that cannot help (a configured token). */
bool dir_token_reject(struct directory *directory) _must_check_;

#endif
