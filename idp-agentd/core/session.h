/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_SESSION_H
#define IDP_CORE_SESSION_H

/*
 * One PAM conversation as a pure state machine: events and the time go in, actions and the next
 * deadline come out. It knows no socket, no database and no clock; what it must know about people
 * and rules it asks its world, a table of functions. See the MUST list in session.c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/macro.h"
#include "common/wire.h"
#include "idp-agentd/core/prompt.h"

struct identity;
struct secret;

#define SESSION_TEXT_MAX   8192u
#define SESSION_REASON_MAX REASON_MAX
#define SESSION_AGAIN_MAX  1024u
#define SESSION_WORD_MAX   256u  /* of a service, terminal or remote user */
#define SESSION_HOST_MAX   1025u /* NI_MAXHOST */

enum session_state {
	SESSION_NONE = 0, /* nothing was asked yet */
	SESSION_FINDING,  /* a directory is asked whether it knows the name */
	SESSION_STARTING, /* the platform is asked for a code */
	SESSION_ASKED,    /* the prompt is out: the person reads, the platform waits */
	SESSION_TYPING,   /* the prompt is out: nothing goes on before the person has answered it */
	SESSION_PENDING,  /* Enter was pressed before the platform said anything */
	SESSION_CHECKING, /* idp-netd has what the person typed */
	SESSION_HELD,     /* the platform has answered; the prompt is still out */
	SESSION_OVER,     /* DONE was said, or nobody listens any more */
};
#define SESSION_STATES (SESSION_OVER + 1)

enum session_event {
	SESSION_START = 0, /* the request itself */
	SESSION_FOUND,     /* the directory has answered; ask the world again */
	SESSION_CODE,      /* struct session_code: of a device flow */
	SESSION_ADDRESS,   /* struct session_address: of a code flow */
	SESSION_REPASTE,   /* struct session_refusal: what was typed is no answer, try again */
	SESSION_IDENTITY,  /* struct identity */
	SESSION_REFUSED,   /* struct session_refusal: the platform or the person said no */
	SESSION_FAILED,    /* struct session_refusal: it could not be found out */
	SESSION_ANSWER,    /* the person answered the prompt; answer has the text */
	SESSION_CANCEL,    /* the module gave up and wants a DONE */
	SESSION_HANGUP,    /* the module is gone */
	SESSION_TIMEOUT,   /* the deadline passed */
	SESSION_REPLACED,  /* the same service asks anew at the same terminal: that one counts */
};
#define SESSION_EVENTS (SESSION_REPLACED + 1)

enum session_kind {
	SESSION_KIND_NONE = 0,
	SESSION_KIND_AUTH,
	SESSION_KIND_ACCT,
	SESSION_KIND_OPEN,
	SESSION_KIND_CLOSE,
	SESSION_KIND_CHAUTHTOK,
};

/* What the module sent, plus whose process it is. Strings belong to the session. */
struct session_request {
	enum session_kind kind;
	char *service, *user, *rhost, *tty, *ruser;
	bool browse;      /* who asks opens the address: no prompt, and a code flow in any case */
	bool placeholder; /* whose process it is was shown one of user, and may know no more */
	uint16_t port; /* browse: of this machine, where the browser is waited for; 0 it is not */
};

/* What the record says about a name, now. All zero: nobody we know. */
struct session_person {
	bool local;     /* a local, break-glass or impossible name: never ours */
	bool withheld;  /* a record exists, of somebody who left or who is not for this host */
	bool known;     /* a record exists */
	bool askable;   /* unknown, but a directory can be asked for it */
	bool learnable; /* unknown, but a sign-in may teach us who it is */
	bool active;    /* known: the platform has not disabled it */
	bool ended;     /* known: its end time has passed */
	bool fresh;     /* known: confirmed recently enough for the account phase */
	char iss[ISSUER_LEN_MAX + 1];
	char sub[SUBJECT_LEN_MAX + 1];
	char name[NAME_LEN_MAX + 1]; /* what the person is called here when that is not what was
				      * asked about (an alias), else "" */
};

struct session_verdict {
	bool permit;                     /* zero is no */
	char reason[SESSION_REASON_MAX]; /* "permit rule=staff", "no-rule", "missing=group:staff" */
	char say[SESSION_REASON_MAX];    /* a sentence for the person, or "" */
	char more[SESSION_REASON_MAX];   /* no permit, and what a new sign-in could bring that is
					  * missing, in words; "" nothing could */
	bool told;      /* no permit, for what the platform tells of the person: it counts */
	usec_t session; /* how long what came of it may be kept; USEC_INFINITY no bound */
};

struct session_code {
	const char *uri, *uri_complete, *code;
	usec_t life;
};

struct session_address {
	const char *url;
	usec_t life; /* it must be opened by then; 0 it does not say */
};

struct session_refusal {
	const char *code, *text;
};

/* How the person shows who they are. */
enum session_way {
	SESSION_WAY_DEVICE = 0, /* a code, entered on another device */
	SESSION_WAY_CODE,       /* a browser, whose last address is brought back */
	SESSION_WAY_TOKEN,      /* an access token in the place of a password */
	SESSION_WAY_PASSWORD,   /* the password of the platform itself */
};

/* What the service's configuration asks of a sign-in. */
struct session_flow {
	enum session_way way;
	const char *redirect_uri; /* SESSION_WAY_CODE: where the browser ends */
	const char *provider;
	const char *const *scopes;
	size_t n_scopes;
	const char *const *acr;
	size_t n_acr;
	uint32_t max_age;     /* UINT32_MAX none */
	const char *resource; /* RFC 8707; NULL none */
	int prompt;           /* enum prompt_style */
	bool keep;            /* whether the tokens of it are wanted */
	const char *asks; /* what is asked for, fit for a terminal (prompt_join_asks()), or NULL */
};

/*
 * Zero, -errno, or what is said at the function; every other answer ends the session with UNAVAIL,
 * never with PERMIT.
 */
struct session_world {
	void *userdata;
	int (*find)(void *userdata, const char *user, struct session_person *ret);
	/* How a person of this service signs in; person may be one nobody knows yet. */
	int (*flow)(void *userdata, const struct session_request *request,
		    const struct session_person *person, struct session_flow *ret);
	/* May one more flow of this person from this source begin? */
	bool (*admit)(void *userdata, const struct session_request *request);
	/* May one more password of this person be tried? It counts as wrong until it was right. */
	bool (*attempt)(void *userdata, const struct session_request *request);
	/* A ticket is exchanged for its token (the caller's), and good no more; NULL: what was
	 * typed is a token itself. SESSION_E_TICKET. */
	int (*ticket)(void *userdata, const struct session_request *request,
		      const struct secret *typed, struct secret **ret_token);
	/* The access rules; identity is NULL in the account phase. */
	int (*judge)(void *userdata, const struct session_request *request,
		     const struct session_person *person, const struct identity *identity,
		     struct session_verdict *ret);
	/*
	 * The flow that asks for what the last judge() has missed, after it has said more, in the
	 * same step.
	 */
	int (*more)(void *userdata, const struct session_request *request,
		    const struct session_person *person, struct session_flow *ret);
	/* Binds a person nobody knew; SESSION_E_TAKEN when the name or the subject is another's. */
	int (*learn)(void *userdata, const char *user, const struct identity *identity);
	/* Keeps what a granted sign-in said, for the account phase; no answer hangs on it. */
	int (*remember)(void *userdata, const struct session_request *request,
			const struct identity *identity);
	/*
	 * A refused sign-in of a known person, with told: what it said takes the place of what an
	 * older one did. It is no sign-in for all that; no answer hangs on it.
	 */
	int (*retract)(void *userdata, const struct session_request *request,
		       const struct identity *identity);
	/* A session begins (OPEN) or has ended (CLOSE), permitted either way. It cannot fail. */
	void (*count)(void *userdata, const struct session_request *request);
	const char *host;
};

enum {
	SESSION_E_TAKEN = 1,
	SESSION_E_TICKET,    /* ticket: used, expired, another's, or never one */
	SESSION_E_FORBIDDEN, /* flow: not with this provider (password_grant) */
	SESSION_E_GUARDED,   /* flow: the people of the provider were bound otherwise (binding.h) */
	SESSION_E_SCOPES,    /* flow, more: of all the scopes to ask for none is left */
};

/* What the driver does after a step, in this order. At most one of each. */
struct session_out {
	bool find;       /* ask the directories for asked; then SESSION_FOUND */
	bool start_flow; /* flow, with token; then SESSION_CODE, SESSION_ADDRESS or what a check
			    says */
	const struct secret *token; /* SESSION_WAY_TOKEN: to check; the input's answer or our own */
	const struct secret *password; /* SESSION_WAY_PASSWORD: to try; likewise */
	const struct secret *redirect; /* to the flow; it is the input's answer */
	bool abort;                    /* the flow is of no use any more */
	bool alive;                    /* tell the module that it is being worked on */
	bool ask;
	bool browse; /* ask: the text is an address, and nothing but that */
	bool done;
	struct session_flow flow; /* start_flow */
	enum wire_ask ask_style;
	unsigned seconds;                /* browse: it must be opened by then; 0 it does not say */
	enum wire_result result;         /* done */
	char reason[SESSION_REASON_MAX]; /* done: stable code, for audit and why */
	char detail[REASON_MAX];         /* done: what the person is not told; for the journal */
	char text[SESSION_TEXT_MAX];     /* ask, done */
	usec_t session;  /* done, permitted by a verdict or opened: see session_verdict */
	usec_t deadline; /* SESSION_TIMEOUT is due then; USEC_INFINITY never */
};

struct session {
	enum session_state state;
	struct session_request request; /* its user is the person's name, where that is known */
	char *asked;                    /* the user that was asked about */
	const struct session_world *world;
	struct identity *identity; /* SESSION_HELD: what the platform said, ours */
	struct {
		enum wire_result result;
		char reason[SESSION_REASON_MAX], detail[REASON_MAX];
	} refusal;                         /* SESSION_HELD without identity */
	char provider[SESSION_REASON_MAX]; /* the flow's provider: an IDENTITY of another is refused
					    */
	enum session_way way;
	char redirect_uri[ISSUER_LEN_MAX + 1];
	bool stepped; /* the second sign-in is under way, or was; the first was of: */
	char first_iss[ISSUER_LEN_MAX + 1], first_sub[SUBJECT_LEN_MAX + 1];
	char more[SESSION_REASON_MAX]; /* why there is a second one, in words */
	struct secret *token;          /* what a ticket stood for, until session_forget() */
	bool cut;                      /* the token may have lost its end */
	unsigned repastes;             /* wrong answers so far */
	bool flow_open;                /* the platform still works for us */
	bool was_unknown;              /* nobody knew the person when it began */
	bool found;                    /* the directories were asked already */
	int prompt;
	char asks[PROMPT_ASKS_MAX];
	char again[SESSION_AGAIN_MAX]; /* the prompt after an Enter that came too early */
	usec_t code_until;             /* the code is worthless from then on */
	usec_t over_at;                /* whatever happens, DONE by then */
};

/* What an event brings; only the member of its event is read. */
struct session_input {
	const struct session_code *code;
	const struct session_address *address;
	struct identity *identity; /* taken over by the session, whatever step returns */
	const struct session_refusal *refusal;
	const struct secret *answer; /* what the person typed; ends with the step */
};

/* Copies the request. -ENOMEM. The world must outlive the session. */
int session_init(struct session *session, const struct session_request *request,
		 const struct session_world *world) _must_check_;
/* Frees its strings. */
void session_request_done(struct session_request *request);
/* Frees what it holds; a session that is all zero is fine. */
void session_done(struct session *session);
/* The driver has carried out a step: what was to be sent is kept no longer. */
void session_forget(struct session *session);

/*
 * One step. ret_out is written always. -EPROTO: this event has no place in this state; the
 * session is over without a DONE, and out->abort says whether a flow must be ended. The caller
 * closes the connection (client's fault) or the link (netd's fault).
 */
int session_step(struct session *session, enum session_event event, struct session_input *input,
		 usec_t now, struct session_out *ret_out) _must_check_;

/*
 * The flow that a session waits for begins anew, since the platform refused what it asked for:
 * flow asks for less, and the prompt will say so. -EPROTO: it waits for none, or not for this one.
 */
int session_again(struct session *session, const struct session_flow *flow) _must_check_;

/* The DONE for a session that idp-netd broke with an event out of turn. */
void session_break(struct session_out *ret_out);

/* What a person is told for a reason code of the conversation itself; NULL: it is of the rules. */
const char *session_text(const char *reason);

/* For logs and idpctl. */
const char *session_kind_name(enum session_kind kind);

#endif
