/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_ACCESS_TOKEN_H
#define IDP_NET_ACCESS_TOKEN_H

/*
 * May this access token be taken at this host, for a person's sign-in or by one of its services? Of
 * a token that is a JWT the verified payload is judged (RFC 9068 section 4), of any token the
 * platform's answer about it (RFC 7662 section 2.2). Pure: the time is handed in.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "idp-agentd/net/claims.h"

enum access_outcome {
	ACCESS_E_JSON = 1,  /* not one JSON object */
	ACCESS_E_SHAPE,     /* a claim of the wrong type, too long or out of range */
	ACCESS_E_ISSUER,    /* iss absent from a token, or another's */
	ACCESS_E_AUDIENCE,  /* not for this host */
	ACCESS_E_SUBJECT,   /* sub absent, empty, over 255 bytes or not printable ASCII */
	ACCESS_E_EXPIRED,   /* exp absent or past */
	ACCESS_E_FUTURE,    /* iat absent from a token, or in the future; so nbf and auth_time */
	ACCESS_E_CLIENT,    /* it does not say which client it was issued to */
	ACCESS_E_KIND,      /* an ID token or a refresh token */
	ACCESS_E_BOUND,     /* bound to a key that whoever presents it would have to prove */
	ACCESS_E_PROOF,     /* what was proven is another key */
	ACCESS_E_WORKLOAD,  /* it is about a program, not about a person */
	ACCESS_E_ANONYMOUS, /* the platform gives such a token to anybody */
	ACCESS_E_TENANT,    /* of another tenant of the platform, or of none */
	ACCESS_E_LIFE,      /* good for longer than any token of ours may be */
	ACCESS_E_DIFFERS,   /* the token and the platform's answer about it disagree */
	ACCESS_E_POLICY,    /* our own policy names no issuer or no audience: nothing passes */
};

struct access_policy {
	const char *issuer;      /* byte for byte; required */
	const char *client_id;   /* ours; NULL only where clientless */
	bool clientless;         /* tokens need not say which client they were issued to */
	bool issuer_unsaid;      /* nor by whom: then the key says it */
	const char *tenant;      /* NULL: tokens name none; else the one that is ours */
	const char *tenant_from; /* JSON pointer */
	const char *subject;     /* JSON pointer; NULL: /sub */
	const char *jkt;         /* thumbprint of the key that was proven; NULL: none was */
	bool anyone;   /* programs and unknown visitors are said, not refused: nobody signs in */
	bool programs; /* the platform gives its tokens to programs alone */
	/* JSON pointer to what a visitor nobody knows cannot show: no UUID, and not the subject.
	 * NULL: there are no such visitors. */
	const char *person;
	bool fiscal_code;         /* it is a fiscal code, but for whoever has a role of ... */
	const char *person_roles; /* words with one space between; NULL: none */
	const char *roles;        /* JSON pointer to the roles, an array; NULL: none */
	int64_t life_max;         /* seconds from iat to exp; 0: any */
	/* What aud must hold one of, words with one space between. NULL: no JWT passes by itself;
	 * what the platform is asked about must have been issued to our own client, or for it. */
	const char *audiences;
	char aud_separator; /* of a text that names several; NUL: a text is one audience */
	bool both;   /* the token and the platform's answer about it are judged, each in turn */
	bool typed;  /* the header says at+jwt, so this is no ID token */
	int64_t now; /* seconds since 1970 */
	int64_t leeway;
};

struct access_claims {
	struct token_claims token; /* the whole payload or answer, and what an identity needs */
	const char *client_id;     /* client_id, else azp; lives in the json; "" when absent */
	char *scopes;              /* words with one space between; NULL: it does not say */
	bool bearer; /* an answer that says: this is a bearer token, or one of DPoP where proven */
	bool workload;  /* a program's; only where the policy takes anyone's */
	bool anonymous; /* likewise, a visitor's whom nobody knows */
};

#define ACCESS_CLAIMS_NULL ((struct access_claims){ .client_id = "" })

/*
 * Judges the payload of a JWT whose signature is verified. 0, -ENOMEM or ACCESS_E_* with
 * ret_claims->token.reason; all else is only there on 0. access_claims_done() in every case.
 */
int access_token_check(const struct access_policy *policy, const void *payload, size_t len,
		       struct access_claims *ret_claims) _must_check_;
/* The same for an answer that says active; takes a reference to it. policy->typed is not read. */
int access_answer_check(const struct access_policy *policy, json_t *answer,
			struct access_claims *ret_claims) _must_check_;
/*
 * The answer about a token joins what the token itself says; on 0 claims says what both say. Of
 * scopes and expiry the answer's and the earlier one win. ACCESS_E_DIFFERS, -ENOMEM.
 */
int access_claims_join(struct access_claims *claims,
		       const struct access_claims *answer) _must_check_;
void access_claims_done(struct access_claims *claims);

/* A token is visible ASCII of a closed set (RFC 6750 section 2.1): no other byte leaves us. */
bool access_token_is_sound(const char *text, size_t len) _must_check_;

/* The reason on the wire ("token-expired", "workload-token"), and a word that says it exactly. */
const char *access_code(int outcome);
const char *access_reason(int outcome);

#endif
