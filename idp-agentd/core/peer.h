/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_PEER_H
#define IDP_CORE_PEER_H

/*
 * The link to idp-netd: connects, comes back after every loss, tells it the configuration, and
 * carries questions out and answers in. Nothing idp-netd says is believed before it has passed
 * wire_open(), the flow table and permit_net(); one wrong word ends the link, and every question
 * under way hears lost().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/macro.h"
#include "common/wire.h"
#include "idp-agentd/core/flows.h"

struct authority;
struct key;
struct minter;
struct peer;
struct secret;
struct sd_event;

struct peer_signin {
	enum permit_flow kind; /* PERMIT_FLOW_DEVICE, _CODE or _PASSWORD */
	const char *provider;
	const char *user;              /* PERMIT_FLOW_PASSWORD: of the platform */
	const struct secret *password; /* likewise, of at most PAM_ANSWER_MAX bytes */
	const char *const *scopes;
	size_t n_scopes;
	const char *const *acr;
	size_t n_acr;
	uint32_t max_age;         /* UINT32_MAX none */
	const char *resource;     /* RFC 8707; NULL none */
	const char *redirect_uri; /* PERMIT_FLOW_CODE; NULL the provider's */
	bool keep;                /* TOKENS is to come before IDENTITY */
};

/* A request for a voucher, with all that is to be signed for it. */
struct peer_vouch {
	const char *provider, *url, *client_id;
	const struct secret *assertion;
	const struct secret *proof; /* NULL: a bearer voucher */
};

/* An access token that was shown to a service of this host, as it came with a request. */
struct peer_shown {
	const char *provider;
	const struct secret *token; /* of at most JWS_LEN_MAX bytes */
	const struct secret *proof; /* of DPoP, of at most PROOF_LEN_MAX bytes; NULL: Bearer */
	const char *method;         /* of the request the proof is for, "GET"; only with it */
	const char *address;        /* likewise, https://HOST/PATH as the client wrote it */
};

struct peer_status {
	bool connected;
	bool ready;      /* it has confirmed the configuration in force */
	uint64_t since;  /* seconds since 1970 of the last change */
	uint64_t losses; /* links lost since the start */
};

/* changed: called when the link comes up or goes down; may be NULL. minter outlives the peer. */
int peer_new(struct sd_event *event, const char *path, struct authority *authority,
	     struct minter *minter, void (*changed)(void *userdata), void *userdata,
	     struct peer **ret_peer) _must_check_;
struct peer *peer_free(struct peer *peer);
DEFINE_CLEANUP(struct peer *, peer_free);

/* The configuration has changed. */
void peer_configure(struct peer *peer);
/* The key of this host's DPoP proofs, made when there was none; it stays the peer's. -ENOMEM, -EIO. */
int peer_proof_key(struct peer *peer, const struct key **ret_key) _must_check_;
void peer_get_status(const struct peer *peer, struct peer_status *ret_status);

/* Questions. -ENOTCONN when there is no link now, -ENOBUFS when too much is under way. */
int peer_ask_signin(struct peer *peer, const struct peer_signin *signin,
		    const struct flow_owner *ops, void *owner, uint64_t *ret_flow) _must_check_;
/* An access token that somebody presents, of at most JWS_LEN_MAX bytes. */
int peer_ask_token(struct peer *peer, const char *provider, const struct secret *token,
		   const struct flow_owner *ops, void *owner, uint64_t *ret_flow) _must_check_;
/*
 * Whose is it? Unlike peer_ask_token() this also says it of a program and of a visitor nobody
 * knows: identity->workload and ->anonymous. It signs nobody in.
 */
int peer_ask_verify(struct peer *peer, const struct peer_shown *shown, const struct flow_owner *ops,
		    void *owner, uint64_t *ret_flow) _must_check_;
/* resource: "" that of the sign-in. */
int peer_ask_refresh(struct peer *peer, const char *provider, const struct secret *refresh,
		     const char *sub, const char *resource, const struct flow_owner *ops,
		     void *owner, uint64_t *ret_flow) _must_check_;
/* Either may be NULL; without both only the end_session_endpoint is asked for. */
int peer_ask_revoke(struct peer *peer, const char *provider, const struct secret *refresh,
		    const struct secret *access, const struct flow_owner *ops, void *owner,
		    uint64_t *ret_flow) _must_check_;
/* A logout token that somebody brings, of at most JWS_LEN_MAX bytes. */
int peer_ask_logout(struct peer *peer, const char *provider, const struct secret *token,
		    const struct flow_owner *ops, void *owner, uint64_t *ret_flow) _must_check_;
int peer_ask_voucher(struct peer *peer, const struct peer_vouch *vouch,
		     const struct flow_owner *ops, void *owner, uint64_t *ret_flow) _must_check_;
int peer_ask_sync(struct peer *peer, const char *directory, const char *provider, bool full,
		  const char *cursor, const struct flow_owner *ops, void *owner,
		  uint64_t *ret_flow) _must_check_;
int peer_ask_find(struct peer *peer, const char *directory, const char *provider,
		  enum wire_find what, const char *value, const struct flow_owner *ops, void *owner,
		  uint64_t *ret_flow) _must_check_;
int peer_ask_probe(struct peer *peer, const char *name, const struct flow_owner *ops, void *owner,
		   uint64_t *ret_flow) _must_check_;

/* Which of these scopes does the platform refuse? canary: one that does not exist, "" none. */
struct peer_scopes {
	const char *provider;
	const char *const *scopes;
	size_t n; /* at most SCOPES_ASKED_MAX */
	const char *canary;
	const char *resource; /* RFC 8707; NULL none */
};
int peer_ask_scopes(struct peer *peer, const struct peer_scopes *ask, const struct flow_owner *ops,
		    void *owner, uint64_t *ret_flow) _must_check_;

/* What the person pasted, for a flow of PERMIT_FLOW_CODE. -ENOTCONN. */
int peer_redirect(struct peer *peer, uint64_t flow, const struct secret *pasted) _must_check_;
/* n records more may come. */
void peer_credit(struct peer *peer, uint64_t flow, uint32_t n);
/* The answer is not wanted any more; lost() is not called. 0 or an ended flow is fine. */
void peer_abort(struct peer *peer, uint64_t flow);

#endif
