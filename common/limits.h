/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_LIMITS_H
#define IDP_COMMON_LIMITS_H

/*
 * Every number that bounds what a peer, a platform or a person can make us spend, with its
 * reason. Times are microseconds (usec_t). A row that belongs to one module only still stands
 * here: a reviewer reads the whole budget on one page.
 */

#include "common/clock.h"

/* clang-format off */

/* names and ids */
#define NAME_LEN_MAX       32u  /* useradd(8) and utmp agree on 32 bytes */
#define GROUP_NAME_LEN_MAX 64u  /* platforms have long group names; groupadd stops at 32 */
#define ISSUER_LEN_MAX     512u /* an issuer is a URL somebody typed */
#define LOGOUT_URL_MAX     2048u /* what every browser and proxy still takes */
#define SUBJECT_LEN_MAX    255u /* OIDC Core section 2: sub is at most 255 ASCII characters */
#define GECOS_LEN_MAX      256u
#define PATH_LEN_MAX       256u        /* home, shell */
#define UID_RANGE_FLOOR    1879048192u /* first id systemd's table lists as unused */
#define UID_RANGE_CEILING  2147483647u /* last id that is positive as int32 */

/* wire */
#define WIRE_MESSAGE_MAX 65536u /* one SEQPACKET message; the kernel keeps boundaries */
#define WIRE_STRING_MAX  32768u /* no single field may fill a message */
#define WIRE_ARRAY_MAX   4096u

/* local clients of idp-agentd */
#define CLIENTS_MAX         4096u /* connections of everybody together */
#define CLIENTS_PER_UID_MAX 64u   /* one person's; root's are not counted (root is not a stranger) \
				   */
#define CLIENTS_RESERVE    512u   /* descriptors kept for root, the record and ourselves */
#define CLIENT_IDLE_MAX    (60 * USEC_PER_SEC)
#define IDMAP_SILENCE_MAX  CLIENT_IDLE_MAX       /* an import keeps others waiting meanwhile */
#define CLIENT_OUT_MAX     (256u * 1024u)        /* unsent replies a slow reader may pile up */
#define CONTROL_OUT_MAX    (32u * 1024u * 1024u) /* the members of the largest group, for an admin */
#define STRANGER_PAM_BURST 16u /* PAM requests of one user who is not root, at once */
#define STRANGER_PAM_REFILL \
	(500 * USEC_PER_MSEC)                   /* and then one so often: the journal has an end */
#define NSS_DEADLINE         (3 * USEC_PER_SEC) /* a lookup answers by then, or is UNAVAIL */
#define NSS_CONNECT_DEADLINE (500 * USEC_PER_MSEC)
#define NSS_AWAY \
	(5 * USEC_PER_SEC) /* after a deadline passed, a process asks nothing for so long */
#define PAM_REPLY_DEADLINE (45 * USEC_PER_SEC) /* agentd says something (SAY at least) by then */
#define PAM_TOTAL_DEADLINE (15 * USEC_PER_MINUTE)
#define PAM_CONNECT_DEADLINE \
	(3 * USEC_PER_SEC) /* the socket unit listens even while agentd starts */
#define PAM_ACCOUNT_DEADLINE \
	(10 * USEC_PER_SEC)      /* account and session are decided from the store */
#define PAM_ASKS_MAX         64u /* prompts of one dialog; a code lives ten minutes, an ASK about one */
#define PAM_SAYS_MAX         256u      /* lines of one dialog, signs of life among them */
#define PAM_ANSWER_MAX       16384u    /* what a person types or pastes: a token of JWS_LEN_MAX */
#define PAM_ENV_MAX          16u       /* variables one verdict may set */
#define SESSION_MAX_VARIABLE "IDP_SESSION_MAX" /* of OPEN: seconds the session may last */
#define SESSION_MAX_DIGITS   8u /* a year in seconds */
#define PAM_ITEM_MAX         256u      /* rhost, tty, ruser, service: a DNS name is at most 255 */
#define PAM_PASSWD_FILE_MAX  67108864u /* /etc/passwd larger than that is a mistake */
#define CTL_REPLY_DEADLINE   (5 * USEC_PER_MINUTE) /* a sync may be silent while a page commits */
#define CHECK_FINDINGS_MAX   128u /* about one provider; scopes may each have one */
#define CTL_ROWS_MAX         200000u               /* rows one answer may have */
#define CLOCKWATCH_PERIOD     (15 * USEC_PER_SEC) /* between looks at the wall clock */
#define CLOCKWATCH_LEAST      60 /* seconds; less is how a clock is kept right */
#define PLACEHOLDERS_MAX      4096u /* sshd processes that were shown one, remembered */
#define PLACEHOLDER_LIFE      (2 * PAM_TOTAL_DEADLINE) /* a LoginGraceTime is shorter */
#define LOOKUP_NEGATIVE_LIFE (60 * USEC_PER_SEC)
#define LOOKUP_NEGATIVE_MAX  10000u
#define LOOKUP_MARGIN        (300 * USEC_PER_MSEC) /* an answer needs so long to arrive in time */
#define LOOKUP_LIFE          (10 * USEC_PER_SEC) /* a question goes on for the next who asks, then ends */
#define LOOKUP_BURST         32u /* questions to the platform one user may cause at once */
#define LOOKUP_REFILL        (100 * USEC_PER_MSEC) /* and then one so often */
#define LOOKUP_RESERVE       64u  /* of the next line, for root alone: sshd asks before a login */
#define LOOKUP_PENDING_MAX   256u /* questions to the platform under way at once */

/* the link to idp-netd */
#define PEER_OUT_MAX (4u * 1024u * 1024u) /* unsent questions; a mouth that takes no more is dead \
					   */

/* keys in a token, held by idp-keyd */
#define KEY_URI_MAX     1024u  /* RFC 7512 sets no bound; every attribute of a token is at most 32 bytes */
#define KEY_BYTES_MAX   16384u /* what is signed at once: an assertion with a JWK of RSA 8192 */
#define KEY_PIN_MAX     256u   /* tokens stop at 64 or earlier */
#define CARD_DEADLINE   (10 * USEC_PER_SEC) /* a slow card takes two; below HTTP_REQUEST_DEADLINE */
#define CARD_QUEUE_MAX  64u    /* signatures waited for; a card makes a few a second at best */
#define CARD_KEYS_MAX   8u     /* public halves kept; a host has one key a provider */
#define KEYD_CLIENTS_MAX 4u    /* the authority, and those who run idp-agentd --check meanwhile */
#define KEYD_REFUSED_MAX 8u    /* tokens whose PIN was wrong; beyond it none is tried */

/* idp-verifyd, whom web servers ask */
#define VERIFYD_HEAD_MAX   40960u /* what nginx lets in unasked (4 buffers of 8 KiB), and what it adds */
#define VERIFYD_REPLY_MAX  4000u  /* the head of an answer: nginx gives it a page, proxy_buffer_size */
#define VERIFYD_CONNS_MAX  1024u  /* connections; those by TCP, which anybody here can open, take half */
#define VERIFYD_HEAD_TIME  (5 * USEC_PER_SEC)  /* a head is here whole so long after its first byte */
#define VERIFYD_IDLE       (75 * USEC_PER_SEC) /* longer than nginx keeps a connection: it ends it first */
#define VERIFYD_WRITE_TIME (5 * USEC_PER_SEC)  /* and an answer is taken */
#define VERIFYD_ASK_TIME   (20 * USEC_PER_SEC) /* the authority has answered; below proxy_read_timeout */
#define VERIFYD_LINKS_MAX  32u /* questions to it at once: half of CLIENTS_PER_UID_MAX */

/* idp-userdbd, which any process may ask through varlink */
#define CALL_NAME_MAX      256u /* of a name that is asked for; no valid one is as long */
#define USERDBD_CALL_MAX   16384u /* one call; systemd's are below 300 bytes */
#define USERDBD_CONNS_MAX  512u /* connections, and */
#define USERDBD_UID_MAX    64u  /* of one user who is not root; systemd-userwork has at most 64 */
#define USERDBD_CALL_TIME  (5 * USEC_PER_SEC)  /* a call is here whole so long after its first byte, */
#define USERDBD_WRITE_TIME (10 * USEC_PER_SEC) /* a part of an answer is taken, */
#define USERDBD_IDLE       USEC_PER_MINUTE     /* and the next call comes; systemd connects anew each time */
#define USERDBD_HELD_SMALL (1024u * 1024u) /* bytes one caller may hold whatever the others do, */
#define USERDBD_HELD_MAX   (256ull * 1024 * 1024) /* and all of them together; the unit allows 1 GiB */
#define USERDBD_OUT_MAX    (16u * 1024u * 1024u) /* one message, as systemd's varlink takes it */

/* sign-in flows */
#define FLOWS_MAX            2048u /* twice the thousand that may stand before their codes at once */
#define FLOWS_FIND_MAX       512u  /* lookups beside them: neither takes the other's room */
#define FLOWS_VERIFY_MAX     512u  /* tokens that services are shown, likewise */
#define FLOWS_VOUCHER_MAX    512u  /* and vouchers: twice those for one message each */
#define FLOWS_PER_USER_MAX   3u   /* one person's at one source */
#define FLOWS_PER_NAME_MAX   12u  /* one person's from other hosts; this host's terminals apart */
#define FLOWS_PER_SOURCE_MAX 32u
#define FLOW_LIFE_MAX        (10 * USEC_PER_MINUTE) /* whatever the platform's expires_in says */
#define LOGIN_START_DEADLINE \
	(40 * USEC_PER_SEC) /* a code is there by then; below PAM_REPLY_DEADLINE */
#define LOGIN_PATIENCE          (40 * USEC_PER_SEC) /* after Enter, before asking again; likewise */
#define LOGIN_TOKEN_LIFE        (2 * USEC_PER_MINUTE) /* to paste a token; as long as sshd waits */
#define LOGIN_REPASTES_MAX      3u   /* wrong answers that may be put right; then a new sign-in */
#define LOGIN_URL_MAX           2048u /* an address a person copies; browsers take as much */
#define LOGIN_CODE_MAX          64u /* a code a person types; RFC 8628 section 6.1 recommends 8 */
#define PASSWORD_TRIES_FREE     3u /* wrong passwords of one person without a wait: typing slips */
#define PASSWORD_BRAKE_FIRST    (15 * USEC_PER_SEC) /* after the next one; doubles with each */
#define PASSWORD_BRAKE_MAX      (15 * USEC_PER_MINUTE) /* a stranger's guesses must not lock out for ever */
#define PASSWORD_BRAKE_FORGET   (1 * USEC_PER_HOUR) /* without another wrong one */
#define PASSWORD_BRAKE_PEOPLE   1024u /* who is remembered; then the one whose wait ends first goes */
#define TICKET_LIFE             (2 * USEC_PER_MINUTE) /* from one window to another; as LOGIN_TOKEN_LIFE */
#define TICKETS_PER_USER_MAX    4u   /* who needs more makes them one after the other */
#define TICKETS_MAX             256u /* each holds a token of up to 16 KiB */
#define SCOPES_ASKED_MAX    128u /* scopes of one sign-in, and of one look for those that are refused */
#define SCOPE_QUESTIONS_MAX 64u  /* requests of one such look: each leaves a code at the platform */
#define SCOPE_REFUSED_LIFE  (5 * USEC_PER_MINUTE) /* so long nobody looks again, nor asks for an
						    optional scope that was refused */
#define SCOPES_OFF_MAX      64u  /* scopes that are disabled; a host asks for fewer */
#define DEVICE_INTERVAL_DEFAULT (5 * USEC_PER_SEC)  /* RFC 8628 section 3.5 */
#define DEVICE_INTERVAL_MAX     (60 * USEC_PER_SEC) /* where backing off from a dead network ends */
#define DEVICE_SLOW_DOWN_STEP   (5 * USEC_PER_SEC)  /* RFC 8628 section 3.5 */

/* tokens of a session */
#define TOKENS_KEPT_MAX    (30 * USEC_PER_DAY) /* whatever a rule says; a person signs in once a month */
#define TOKEN_LIFE_LEFT    (60 * USEC_PER_SEC) /* a token handed out is good for so long, or a fifth of its life */
#define TOKEN_LIFE_UNSAID  (5 * USEC_PER_MINUTE) /* of an access token whose expires_in was not said */
#define TOKEN_WAITERS_MAX  64u /* of one person's refresh: as many as he may have connections */
#define TOKEN_AUDIENCES_MAX 16u /* tokens for other audiences kept in memory for one person */
#define TOKEN_REFRESHES_MAX 256u /* under way at once; who finds no room is told to come again */
#define WALLET_SWEEP       USEC_PER_MINUTE /* how late what has ended may still be on the disk */
#define WALLET_SWEEP_PAUSE (100 * USEC_PER_MSEC) /* between parts of a long look */
#define SELF_BURST         64u /* requests about oneself at once: as many as there may be connections */
#define SELF_REFILL        (100 * USEC_PER_MSEC) /* and then one so often: each costs a read of the record */
#define DESK_BURST         64u /* requests at the desk at once, and */
#define DESK_REFILL        (20 * USEC_PER_MSEC) /* then one so often: each costs reads of the record */
#define DESK_COMPLAINTS_BURST  16u /* refusals of one user told to the journal at once, and */
#define DESK_COMPLAINTS_REFILL USEC_PER_SEC /* then one so often */
#define VOUCHER_REFUSED_FIRST USEC_PER_MINUTE /* a pair the platform refused is left alone so long, */
#define VOUCHER_REFUSED_MAX   USEC_PER_HOUR /* then twice as long; an hour is what an operator waits */
#define VOUCHER_TROUBLE_FIRST (2 * USEC_PER_SEC) /* the same where there was no answer */
#define VOUCHER_TROUBLE_MAX   USEC_PER_MINUTE
#define VOUCHER_LEFT          (5 * USEC_PER_SEC) /* a voucher handed out is good for a request that begins now */
#define VOUCHERS_MAX          1024u /* kept at once; then the one that ends first goes */
#define VOUCHERS_DIGEST_MAX   256u  /* of them, those for one message each: they must not push out the others */
#define VOUCHERS_ASKED_MAX    64u   /* of these, asked for by one user and not answered yet */
#define VOUCHER_WAITERS_MAX   256u  /* for one voucher; a service forks no more at once */
#define VOUCHER_ASKERS_MAX    8u    /* users noted for one voucher; a pair belongs to one or two */
#define VOUCHER_SKEW_MAX      30    /* seconds of clock difference that platforms forgive */
#define LOGOUTS_KEPT_MAX   1024u /* numbers of logout tokens; beyond it the oldest goes */

/* what a platform may send */
#define HTTP_BODY_MAX             1048576u  /* 1 MiB */
#define HTTP_PAGE_MAX             16777216u /* 16 MiB: a page of a directory */
#define HTTP_HEADER_MAX           65536u    /* one header of ours: a bearer token inside */
#define HTTP_CONNECT_DEADLINE     (10 * USEC_PER_SEC)
#define HTTP_REQUEST_DEADLINE     (30 * USEC_PER_SEC)
#define HTTP_CONNECTIONS_MAX      64u /* a platform must not find us rude, nor descriptors run out */
#define HTTP_HOST_CONNECTIONS_MAX 16u
#define HTTP_RETRIES_MAX          5u /* of one page of a directory, on 429 and 5xx */
#define HTTP_RETRY_AFTER_MAX \
	(5 * USEC_PER_MINUTE)               /* a longer one ends the pass: the next one tries */
#define METADATA_LIFE_DEFAULT USEC_PER_HOUR /* discovery and keys without Cache-Control */
#define METADATA_LIFE_MIN     (5 * USEC_PER_MINUTE) /* max-age=0 must not mean a fetch a login */
#define METADATA_LIFE_MAX     USEC_PER_DAY
#define METADATA_GRACE        USEC_PER_DAY /* an outage this long does not stop verification */
#define METADATA_RETRY_MIN    (2 * USEC_PER_SEC) /* after a failure, doubled each time */
#define METADATA_RETRY_MAX    (30 * USEC_PER_SEC) /* people wait for the platform to come back */
#define NET_OUT_MAX           67108864u /* 64 MiB: unsent messages to the authority */
#define PROVIDERS_MAX         64u
#define JSON_DEPTH_MAX        32u
#define JSON_OPENED_MAX       1000000u /* arrays and objects: each takes 200 bytes, were it "{}" in a page */
#define JWS_LEN_MAX           16384u
#define PROOF_LEN_MAX         8192u /* of a DPoP proof: its header has a public key of 8192 bits */
#define PROOF_LIFE_SEC        60 /* how old a proof may be; the platforms we know say the same */
#define PROOF_AHEAD_SEC       10 /* and how far its clock may be before ours */
#define PROOFS_SEEN_MAX       65536u /* remembered, so that none passes twice: 900 a second */
#define PROOFS_KEY_MAX        (PROOFS_SEEN_MAX / 16u) /* of one key: 57 a second; it stops itself only */
#define SHOWN_ASKED_MAX       8u /* tokens shown to services a platform is asked about at once: of 16 connections */
#define METHOD_LEN_MAX        32u /* of a request; no method in use is longer */
#define INSTANCES_MAX         16u /* of one platform; each has keys of its own to fetch */
#define JWKS_KEYS_MAX         64u
#define JWKS_REFETCH_BURST    3u
#define JWKS_REFETCH_REFILL   (60 * USEC_PER_SEC)
#define CLAIMS_PAIRS_MAX      256u
#define DPOP_NONCE_MAX        512u /* RFC 9449 sets no bound; what is deployed is below 100 */
#define DPOP_ORIGINS_MAX      64u  /* places whose last nonce is kept; the oldest goes first */
#define CLAIMS_BYTES_MAX      32768u
#define REVOCATIONS_MAX           64u /* at once; a token that finds no room expires by itself */
#define INTROSPECT_LIFE_MAX       (60 * USEC_PER_SEC) /* how long a revoked token may go on */
#define INTROSPECT_KEPT_MAX       256u /* answers of one provider; a host has fewer people a minute */
#define LOGOUT_TOKEN_LIFE_MAX     86400 /* seconds; a logout token's jti is remembered as long */
#define LOGOUT_WORD_MAX           255u  /* sid, jti; OIDC Core bounds sub so, and nothing these */
#define TOKEN_LEEWAY_SEC      30 /* seconds of clock difference forgiven in iat, nbf, exp */

/* directory */
#define DIR_CREDIT 256u /* records the authority takes before it says "more" */
#define DIR_CURSOR_MAX 4096u /* of the text a directory's next pass begins with */
#define DIR_ETAG_MAX   256u  /* of one answer; a longer one is not kept (RFC 9110 sets no bound) */
#define DIR_SILENCE_MAX \
	(2 * USEC_PER_MINUTE) /* a directory that says nothing so long is given up */
#define PUBLISH_DEBOUNCE \
	(20 * USEC_PER_MSEC)          /* changes that come together are published together */
#define DIR_RECORDS_MAX      4000000u /* a directory that never ends is a broken one */
#define DIR_STAGED_MAX       (2048ull * 1024 * 1024) /* bytes one pass may put on our disk */
#define DIR_TRANSACTION_ROWS 500u
#define GROUP_MEMBERS_MAX    200000u
#define DIR_FILE_MAX         4194304u /* 4 MiB: 20,000 people, read in one go between two sign-ins */
#define USER_GROUPS_MAX      2000u
#define GROUP_DEPTH_MAX      32u /* groups inside groups count so far down, and no further */
#define SSH_KEYS_MAX         64u    /* of one person */
#define SSH_KEYS_LEN_MAX     16384u /* bytes of them all; one of RSA with 16384 bits has 2.8 KiB */
#define LABELS_MAX           64u
#define LABELS_LEN_MAX       4096u

/* snapshot */
#define SNAPSHOT_SIZE_MAX    (1u << 30)         /* bytes; 4,000,000 people with 20 groups each */
#define SNAPSHOT_NAMES_MAX   (8u << 20)         /* bytes of members' names, all at 100,000 people; the rest are numbers */
#define SNAPSHOT_GRACE       (5 * USEC_PER_SEC) /* a lookup under way is over by then */
#define SNAPSHOT_PROBE_MAX   128u /* a table that probes further is built again with another key */
#define SNAPSHOT_RETRIES_MAX 8u   /* files taken back under one lookup before it gives up */

/* configuration */
#define CONFIG_FILE_MAX     (1024u * 1024u)
#define CONFIG_LINE_MAX     8192u
#define CONFIG_SECTIONS_MAX 16384u /* ten thousand rules, and what they name */
#define CONFIG_FILES_MAX    256u   /* drop-ins in conf.d */
#define POLICY_TEXT_MAX     (16u * 1024u * 1024u) /* all of them together; the last good ones are kept in memory */
#define POLICY_CONFIRM_LEAST 30u    /* seconds; nobody signs in faster */
#define POLICY_CONFIRM_MOST  86400u /* a trial that nobody looks at for a day is none */
#define POLICY_SESSION_MAX  128u   /* how idpctl names the session somebody is in */
#define POLICY_AGAIN        USEC_PER_MINUTE /* between attempts to go back that could not be made */
#define CONFIG_NAME_MAX     64u    /* of a section: rule names stand in reason codes */
#define CONFIG_PROBLEMS_MAX 64u    /* told at once; nobody reads more */
#define CONFIG_SECRET_MAX   65536u /* a PEM key of RSA 16384 has 13 KiB */
#define REASON_MAX          256u   /* people-facing detail in a result record */

/* clang-format on */

#endif
