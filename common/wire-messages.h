/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every message of the wire, once. Include it with WIRE_MESSAGE(name, number, class, signature)
 * defined; from these rows come the enum, the names, the signature check, the debug printer, the
 * fuzz dictionary and idp-wire(7). No include guard on purpose.
 *
 * To add a message: a row here (numbers are never used twice), a row in the table of who may say
 * it when (core/client.c, core/peer.c, net/link.c), a golden vector in tests/data/wire.
 *
 * Signature letters:
 *   b  u8, 0 or 1          u  u32              t  u64
 *   s  string: u32 length, bytes without NUL, one NUL that is not counted
 *   S  the same, secret: the printer shows its length only
 *   a  array of s: u32 count, strings      i  array of u32: u32 count, values
 *   f  fields: u32 count, each { u8 type: 's' text, 'n' integer, 'b' true/false, 'S' secret;
 *                                s key; s value }
 */
/* clang-format off */
#ifndef WIRE_MESSAGE
#error "define WIRE_MESSAGE(name, number, class, signature) first"
#endif

/* NSS: any process may ask */
WIRE_MESSAGE(GETPWNAM,	  0x0101, NSS, "s")	  /* name */
WIRE_MESSAGE(GETPWUID,	  0x0102, NSS, "u")	  /* uid */
WIRE_MESSAGE(GETGRNAM,	  0x0103, NSS, "s")	  /* name */
WIRE_MESSAGE(GETGRGID,	  0x0104, NSS, "u")	  /* gid */
WIRE_MESSAGE(INITGROUPS,  0x0105, NSS, "s")	  /* user name */
WIRE_MESSAGE(GETPWNAM_LOGIN, 0x0106, NSS, "s")	  /* name; asked by sshd, which looks up before anybody could sign in */
WIRE_MESSAGE(SSH_KEYS,	  0x0107, NSS, "s")	  /* user name; asked by idp-authorized-keys */
WIRE_MESSAGE(USER,	  0x0181, NSS, "suusss")  /* name uid gid gecos home shell */
WIRE_MESSAGE(GROUP,	  0x0182, NSS, "sua")	  /* name gid members */
WIRE_MESSAGE(GIDS,	  0x0183, NSS, "i")	  /* supplementary gids */
WIRE_MESSAGE(NOTFOUND,	  0x0184, NSS, "")
WIRE_MESSAGE(UNAVAIL,	  0x0185, NSS, "")
WIRE_MESSAGE(KEYS_OF_USER, 0x0186, NSS, "a")	  /* public keys, "TYPE BASE64" each */

/* PAM: root; any other uid only for itself. service user rhost tty ruser flags */
WIRE_MESSAGE(AUTH,	  0x0201, PAM, "sssssu")
WIRE_MESSAGE(ACCT,	  0x0202, PAM, "sssssu")
WIRE_MESSAGE(OPEN,	  0x0203, PAM, "sssssu")
WIRE_MESSAGE(CLOSE,	  0x0204, PAM, "sssssu")
WIRE_MESSAGE(CHAUTHTOK,	  0x0205, PAM, "sssssu")
WIRE_MESSAGE(CANCEL,	  0x0206, PAM, "")
WIRE_MESSAGE(ANSWER,	  0x0207, PAM, "S")	  /* what the person typed, or where the browser ended */
WIRE_MESSAGE(LOGIN_WHERE, 0x0208, PAM, "s")	  /* provider ("" mine): where may my browser come back to? */
WIRE_MESSAGE(LOGIN,	  0x0209, PAM, "su")	  /* provider ("" mine), port of this machine that waits for it
							  (0 none: I shall paste) */
WIRE_MESSAGE(SAY,	  0x0281, PAM, "us")	  /* enum wire_say, text */
WIRE_MESSAGE(ASK,	  0x0282, PAM, "us")	  /* enum wire_ask, the whole prompt */
WIRE_MESSAGE(DONE,	  0x0283, PAM, "ussa")	  /* enum wire_result, reason code, text, NAME=value */
WIRE_MESSAGE(LOGIN_HERE,  0x0284, PAM, "us")	  /* port to listen at (0 any free one), path */
WIRE_MESSAGE(BROWSE,	  0x0285, PAM, "su")	  /* in the place of ASK: address to open, seconds it may be opened
							  (0 not said) */

/* CTL: control.sock, root and the admin group */
WIRE_MESSAGE(STATUS,	  0x0301, CTL, "")
WIRE_MESSAGE(SHOW_USER,	  0x0302, CTL, "s")	  /* name */
WIRE_MESSAGE(SHOW_GROUP,  0x0303, CTL, "s")	  /* name */
WIRE_MESSAGE(SYNC,	  0x0304, CTL, "sbb")	  /* directory ("" all), full, force past the deletion guard */
WIRE_MESSAGE(WHY,	  0x0305, CTL, "ss")	  /* user, service: the last decision */
WIRE_MESSAGE(DOCTOR,	  0x0306, CTL, "")	  /* what the agent can see; idpctl adds what the host shows */
WIRE_MESSAGE(RELOAD,	  0x0307, CTL, "")
WIRE_MESSAGE(FLUSH,	  0x0308, CTL, "")	  /* forget negative answers */
WIRE_MESSAGE(PROVIDER_CHECK, 0x0309, CTL, "s")	  /* provider ("" all): what is configured, offered, used, missing */
WIRE_MESSAGE(REBIND,	  0x030a, CTL, "sbb")	  /* provider, keep its people, yes: what idp.conf says of it now holds */
WIRE_MESSAGE(BACKCHANNEL, 0x030b, CTL, "sS")	  /* provider, a logout token somebody brings */
WIRE_MESSAGE(CAN,	  0x030c, CTL, "sssab")	  /* user, service, whom to become ("" not said), conditions to
							  suppose, nothing else counts: what would be decided */
WIRE_MESSAGE(POLICY_SHOW, 0x030d, CTL, "s")	  /* service: who may use it, in sentences */
WIRE_MESSAGE(POLICY_CHECK, 0x030e, CTL, "")	  /* would the files be taken, and what would become of it? */
WIRE_MESSAGE(POLICY_APPLY, 0x030f, CTL, "usb")	  /* seconds on trial (0 for good), session of who asks ("" not known),
							  also when the check finds something */
WIRE_MESSAGE(POLICY_CONFIRM, 0x0310, CTL, "stb")  /* session of who asks, when it began (microseconds since boot),
							  believe it whatever session it is */
WIRE_MESSAGE(POLICY_ROLLBACK, 0x0311, CTL, "")
WIRE_MESSAGE(PDND,	  0x0315, CTL, "s")	  /* graph, lint or doctor: of clients, purposes and e-services */
WIRE_MESSAGE(PDND_KEY,	  0x0316, CTL, "ss")	  /* show, new, rotate, use or drop; client */
WIRE_MESSAGE(SCOPE_CHECK, 0x0312, CTL, "sb")	  /* provider ("" all), with the steps that put it right: scopes asked
							  for, against the rules and the platform */
WIRE_MESSAGE(SCOPE_SET,	  0x0313, CTL, "sb")	  /* scope, whether sign-ins ask for it */
WIRE_MESSAGE(SCOPE_LIST,  0x0314, CTL, "b")	  /* what is asked for and needed; or else the register, to hand over */
WIRE_MESSAGE(IDMAP_EXPORT, 0x0317, CTL, "s")	  /* the last line that was told ("" from the start): who has which id */
WIRE_MESSAGE(IDMAP_IMPORT, 0x0318, CTL, "b")	  /* only try it; then IDMAP_LINES, each answered with PROGRESS */
WIRE_MESSAGE(IDMAP_LINES, 0x0319, CTL, "s")	  /* whole lines of the file ("" there are no more) */
WIRE_MESSAGE(IDMAP_ASSIGN, 0x031a, CTL, "bssu")	  /* a group, issuer or directory ("" a name follows), subject or id
							  there, id to be given (0 none any more) */
WIRE_MESSAGE(IDMAP_CLASHES, 0x031b, CTL, "")	  /* who was refused because another has the id */
WIRE_MESSAGE(ROW,	  0x0381, CTL, "sf")	  /* kind of row, its fields in order of display */
WIRE_MESSAGE(PROGRESS,	  0x0382, CTL, "uus")	  /* done, total (0 unknown), what */
WIRE_MESSAGE(END,	  0x0383, CTL, "uss")	  /* exit status, reason code, text */

/* NET, core to net. The first t is always the flow: one question and all of its answers */
WIRE_MESSAGE(SETUP,	  0x0401, NET, "ussf")	  /* revision, section kind, name, keys and values */
WIRE_MESSAGE(SETUP_END,	  0x0402, NET, "u")	  /* revision: what was not named is gone */
WIRE_MESSAGE(DEVICE,	  0x0403, NET, "tsaausb") /* flow provider scopes acr_values max_age(UINT32_MAX none) resource,
							  whether its tokens are wanted */
WIRE_MESSAGE(ABORT,	  0x0404, NET, "t")	  /* flow */
WIRE_MESSAGE(SIGNED,	  0x0405, NET, "tsS")	  /* flow, "" or why not, client assertion or proof */
WIRE_MESSAGE(DIR_SYNC,	  0x0406, NET, "tsbs")	  /* flow directory full cursor */
WIRE_MESSAGE(DIR_FIND,	  0x0407, NET, "tsus")	  /* flow directory enum wire_find value */
WIRE_MESSAGE(CREDIT,	  0x0408, NET, "tu")	  /* flow, records more */
WIRE_MESSAGE(PROBE,	  0x0409, NET, "ts")	  /* flow, provider or directory ("" all) */
WIRE_MESSAGE(AUTHCODE,	  0x040a, NET, "tsaausbs") /* the same, and the redirect_uri ("" the provider's) */
WIRE_MESSAGE(REDIRECT,	  0x040b, NET, "tS")	  /* flow, what the person pasted */
WIRE_MESSAGE(TOKEN_CHECK, 0x040c, NET, "tsS")	  /* flow provider, the access token somebody presents */
WIRE_MESSAGE(REVOKE,	  0x040d, NET, "tsSS")	  /* flow provider, refresh token ("" none), access token ("" none) */
WIRE_MESSAGE(REFRESH,	  0x040e, NET, "tsSss")	  /* flow provider, refresh token, sub it was given for, resource */
WIRE_MESSAGE(LOGOUT_CHECK, 0x040f, NET, "tsS")	  /* flow provider, a logout token somebody brings */
WIRE_MESSAGE(PASSWORD,	  0x0411, NET, "tssSaausb") /* flow provider user password, and the rest of DEVICE */
WIRE_MESSAGE(VOUCH,	  0x0412, NET, "tsssSS")  /* flow provider token_endpoint client_id, client assertion,
							  DPoP proof ("" a bearer voucher) */
WIRE_MESSAGE(TOKEN_VERIFY, 0x0414, NET, "tsSSss") /* flow provider, an access token that was shown to a service of this
							  host, the DPoP proof beside it ("" it came as Bearer), the
							  method and the address of the request it is for */
WIRE_MESSAGE(SCOPE_PROBE, 0x0413, NET, "tsass")	  /* flow provider scopes, one that does not exist ("" none), resource:
							  which of them are refused? Nobody signs in */

/* NET, net to core */
WIRE_MESSAGE(READY,	  0x0481, NET, "u")	  /* revision of the set-up now in force */
WIRE_MESSAGE(CODE,	  0x0482, NET, "tsssuu")  /* flow verification_uri verification_uri_complete user_code expires_in interval */
WIRE_MESSAGE(IDENTITY,	  0x0483, NET, "tssssaaasattfa") /* flow provider iss sub name groups entitlements scopes acr amr
							  auth_time exp (seconds since 1970) flattened claims, marks: which
							  lists are not known ("groups", "entitlements"), and in answer
							  to TOKEN_VERIFY "workload", "anonymous" */
WIRE_MESSAGE(DENIED,	  0x0484, NET, "tss")	  /* flow, OAuth error or reason code, text: the platform or the person said no */
WIRE_MESSAGE(FAILED,	  0x0485, NET, "tss")	  /* flow, reason code, text: it could not be found out */
WIRE_MESSAGE(SIGN,	  0x0486, NET, "tss")	  /* flow provider audience: please mint a client assertion */
WIRE_MESSAGE(DIR_USER,	  0x0487, NET, "tsssuusssbtf") /* flow id sub name uid gid(UINT32_MAX none) gecos home shell active
							  end_time(0 none) attributes */
WIRE_MESSAGE(DIR_GROUP,	  0x0488, NET, "tssubba") /* flow id name gid first last member ids: long groups come in parts */
WIRE_MESSAGE(DIR_PROGRESS, 0x0489, NET, "tuu")	  /* flow done total(0 unknown) */
WIRE_MESSAGE(DIR_END,	  0x048a, NET, "tbsuuss") /* flow complete cursor users groups, reason code ("" fine), text */
WIRE_MESSAGE(FINDING,	  0x048b, NET, "tusss")	  /* flow, enum wire_finding, topic, text, remedy */
WIRE_MESSAGE(PROBE_END,	  0x048c, NET, "t")	  /* flow */
WIRE_MESSAGE(PROVE,	  0x048d, NET, "tsssss")  /* flow provider htm htu nonce("" none) ath("" none): please make a DPoP proof */
WIRE_MESSAGE(AUTH_URL,	  0x048e, NET, "tsu")	  /* flow, address to open, seconds it may be opened (0 not said) */
WIRE_MESSAGE(REPASTE,	  0x048f, NET, "ts")	  /* flow, reason code: that was no answer of this flow; it may be tried again */
WIRE_MESSAGE(TOKENS,	  0x0490, NET, "tsSSSsst") /* flow token_type, access, refresh ("" none) and ID token ("" none),
							  scope ("" not said), resource, expiry of the access token
							  (seconds since 1970, 0 not said) */
WIRE_MESSAGE(REVOKED,	  0x0491, NET, "tbs")	  /* flow, whether the platform took the first of them, end_session_endpoint ("" none) */
WIRE_MESSAGE(LOGGED_OUT,  0x0492, NET, "tsssst") /* flow, iss, sub ("" only sid), sid ("" every session), jti, until
							  when it would be taken (seconds since 1970): so long it
							  is remembered, and refused when it comes again */
WIRE_MESSAGE(VOUCHED,	  0x0493, NET, "tSsstttssf") /* flow, voucher ("" none), token_type, typ of its header,
							  expires_in, the platform's clock (seconds since 1970, 0
							  not said), seconds it asks to be left alone, reason code
							  ("" fine), text, flattened claims */
WIRE_MESSAGE(DIR_GONE,	  0x0495, NET, "tbs")	  /* flow, is it a group, id: the directory has it no more */
WIRE_MESSAGE(SCOPES,	  0x0494, NET, "tsbba")	  /* flow, where it was asked ("device", "par", "" nowhere), whether
							  even the one that does not exist is taken, whether that is
							  all there is to say, the scopes that are refused */

/* SELF: any process, about the person whose user id it has; answered with these, ROW and END */
WIRE_MESSAGE(WHOAMI,	  0x0501, SELF, "")
WIRE_MESSAGE(TOKEN,	  0x0502, SELF, "s")	  /* audience ("" the one of the sign-in) */
WIRE_MESSAGE(LOGOUT,	  0x0503, SELF, "")
WIRE_MESSAGE(TICKET,	  0x0504, SELF, "S")	  /* access token ("" the one of the sign-in) */
WIRE_MESSAGE(TOKEN_IS,	  0x0581, SELF, "Sts")	  /* access token, expiry (seconds since 1970, 0 not said), its type */
WIRE_MESSAGE(TICKET_IS,	  0x0582, SELF, "Su")	  /* a word that stands for it once, seconds it is good for */

/* KEY: key.sock, idp-agentd to idp-keyd and back. One request at a time */
WIRE_MESSAGE(KEY_PUBLIC,  0x0601, KEY, "s")	  /* pkcs11: URI */
WIRE_MESSAGE(KEY_SIGN,	  0x0602, KEY, "ssS")	  /* URI, algorithm of RFC 7518, what is to be signed */
WIRE_MESSAGE(KEY_IS,	  0x0681, KEY, "s")	  /* base64url of the SubjectPublicKeyInfo */
WIRE_MESSAGE(SIGNED_IS,	  0x0682, KEY, "s")	  /* base64url of the signature as JWS writes it */
WIRE_MESSAGE(KEY_NO,	  0x0683, KEY, "ss")	  /* reason code, text */

/* DESK: any process, about what its user and groups may have; answered with these, ROW and END */
WIRE_MESSAGE(PURPOSES,	  0x0701, DESK, "s")	  /* purpose ("" all of mine) */
WIRE_MESSAGE(VOUCHER,	  0x0702, DESK, "sssbss") /* purpose ("" none: a client of kind api), client ("" the
							  first I may use), digest ("" none), whether it is to be
							  bound by DPoP, and of its proof the method and address */
WIRE_MESSAGE(VERIFY,	  0x0703, DESK, "sSSss")  /* resource, the access token somebody shows for it, the DPoP
							  proof beside it ("" it came as Bearer), the method and
							  the address of the request (with a proof only) */
WIRE_MESSAGE(VOUCHER_IS,  0x0781, DESK, "SstSss") /* voucher, its type, expiry (seconds since 1970), DPoP proof
							  ("" none), purpose, client */
WIRE_MESSAGE(VERIFIED,	  0x0782, DESK, "ussfaaa") /* enum wire_verified, reason code, text, facts of who it
							  is; scopes, groups, roles (of a no: the scopes it
							  takes, where only those are missing) */
/* clang-format on */
