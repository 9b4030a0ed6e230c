/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every key of idp.conf, once. Include it with CONFIG_KEY() and RULE_KEY() defined (either may
 * be left out); no include guard on purpose. From these rows come the parser, its messages, the
 * defaults, etc/idp.conf's consistency test, the table test and the man page's check.
 *
 * To add a key: a field in config.h (CONFIG_KEY only), a row here, a paragraph in
 * man/idp.conf.5, a commented line in etc/idp.conf. The tests find the rest.
 *
 *   CONFIG_KEY(kind, field, key, type, default, min, max, words, flags, help)
 *   RULE_KEY(kind, key, type, min, max, words, flags, help)       read by access-parse.c
 *
 * type     what the value must look like (enum config_type)
 * default  as it would be written; NULL: unset
 * min max  of a text or a word its length, of a list its items, of a time its seconds
 * words    of CHOICE and of lists over a closed set: the words, in the order of their enum
 * flags    MUST (has to be written), NET (idp-netd gets it), MANY (key stands for any key)
 */
/* clang-format off */
#ifndef CONFIG_KEY
#define CONFIG_KEY(kind, field, key, type, def, min, max, words, flags, help)
#endif
#ifndef RULE_KEY
#define RULE_KEY(kind, key, type, min, max, words, flags, help)
#endif

#define CONFIG_ALGS "RS256|RS384|RS512|PS256|PS384|PS512|ES256|ES384|ES512|EdDSA"

/* [agent] */
CONFIG_KEY(agent, id_range, "id_range", RANGE, "1879048192-2147483647", 0, UINT32_MAX, NULL, 0,
	   "The user and group ids this host may give to people; never a range the system reserves.")
CONFIG_KEY(agent, id_collisions, "id_collisions", CHOICE, "refuse", 0, 0, "refuse|probe", 0,
	   "What becomes of a new person or group whose id, drawn by hash, another has already.")
CONFIG_KEY(agent, home, "home", TEMPLATE, "/home/%u", 1, PATH_LEN_MAX, NULL, 0,
	   "Home folder of a person whose platform names none, or one outside homes; %u is the user name.")
CONFIG_KEY(agent, homes, "homes", PATHS, NULL, 0, 64, NULL, 0,
	   "The folders below which a platform may put a home; unset: /home and the one home begins with.")
CONFIG_KEY(agent, shell, "shell", PATH, "/bin/bash", 1, PATH_LEN_MAX, NULL, 0,
	   "Shell of a person whose platform names none, or one that is not among shells.")
CONFIG_KEY(agent, shells, "shells", PATHS, NULL, 0, 64, NULL, 0,
	   "The shells a platform may choose; unset: only those in /etc/shells.")
CONFIG_KEY(agent, break_glass, "break_glass", NAMES, "root", 1, 64, NULL, 0,
	   "Local users who never touch the platform, whatever happens.")
CONFIG_KEY(agent, sync_interval, "sync_interval", TIME, "15m", 30, 7 * 86400, NULL, 0,
	   "How often every directory is asked for changes.")
CONFIG_KEY(agent, offline, "offline", TIME, "24h", 0, 30 * 86400, NULL, 0,
	   "How long people known to this host may still enter while the platform is out of reach.")
CONFIG_KEY(agent, enumerate, "enumerate", BOOL, "no", 0, 0, NULL, 0,
	   "Whether getent passwd and getent group list everybody.")
CONFIG_KEY(agent, log_level, "log_level", CHOICE, "info", 0, 0, "error|warning|notice|info|debug", 0,
	   "The least urgent messages that are still logged.")
CONFIG_KEY(agent, vault_key, "vault_key", SECRET, NULL, 1, PATH_LEN_MAX, NULL, 0,
	   "Where the key that seals the tokens of sessions is kept; unset: the agent makes one.")

/* [provider NAME] */
CONFIG_KEY(provider, preset, "preset", CHOICE, "generic", 0, 0,
	   "generic|keycloak|indigo-iam|pingfederate|opencity|prenly|spid|pdnd", NET,
	   "Which product the platform is, for its peculiarities.")
CONFIG_KEY(provider, issuer, "issuer", ISSUER, NULL, 1, ISSUER_LEN_MAX, NULL, MUST | NET,
	   "The issuer, byte for byte as the platform writes it in its tokens.")
CONFIG_KEY(provider, client_id, "client_id", TEXT, NULL, 1, 255, NULL, NET,
	   "The name under which this host is registered at the platform; none with mode = jwt.")
CONFIG_KEY(provider, client_auth, "client_auth", CHOICE, "none", 0, 0,
	   "none|client_secret_basic|client_secret_post|private_key_jwt|tls_client_auth|self_signed_tls_client_auth", NET,
	   "How this host proves to be that client.")
CONFIG_KEY(provider, client_secret, "client_secret", SECRET, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "Where the client secret is kept.")
CONFIG_KEY(provider, client_key, "client_key", KEY, NULL, 1, KEY_URI_MAX, NULL, 0,
	   "Where the private key (PEM) for private_key_jwt is kept; pkcs11:URI: in a token, which signs.")
CONFIG_KEY(provider, client_kid, "client_kid", WORD, NULL, 1, 255, NULL, 0,
	   "The key id the platform knows that key by; thumbprint: the one of RFC 7638; unset: none is sent.")
CONFIG_KEY(provider, client_alg, "client_alg", CHOICE, "RS256", 0, 0, CONFIG_ALGS, 0,
	   "The algorithm of private_key_jwt.")
CONFIG_KEY(provider, client_aud, "client_aud", WORD, NULL, 1, ISSUER_LEN_MAX, NULL, NET,
	   "The audience of private_key_jwt, where the platform wants another than its token endpoint.")
CONFIG_KEY(provider, client_cert, "client_cert", SECRET, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "Where this host's certificate (PEM, its chain behind it) is kept, for tls_client_auth.")
CONFIG_KEY(provider, tls_key, "tls_key", SECRET, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "Where the private key of that certificate is kept; idp-netd, which speaks TLS, is given it.")
CONFIG_KEY(provider, dpop, "dpop", BOOL, "no", 0, 0, NULL, NET,
	   "Whether access tokens are bound to this host by DPoP (RFC 9449); unbound ones are then refused.")
CONFIG_KEY(provider, ca, "ca", PATH, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "A file of CA certificates (PEM); only these are trusted for this provider.")
CONFIG_KEY(provider, algs, "algs", WORDS, "RS256 PS256 ES256 EdDSA", 1, 16, CONFIG_ALGS, NET,
	   "The signature algorithms a token of this provider may have.")
CONFIG_KEY(provider, scope, "scope", SCOPES, "openid profile", 1, 64, NULL, NET,
	   "What every sign-in asks for; a service and the [scope] register add to it.")
CONFIG_KEY(provider, mode, "mode", CHOICE, "oidc", 0, 0, "oidc|oauth2|jwt", NET,
	   "oidc: the platform signs ID tokens; oauth2: it does not; jwt: nobody signs in, tokens are checked.")
CONFIG_KEY(provider, subject_from, "subject_from", SUBJECT, "id_token", 1, PATH_LEN_MAX, NULL, NET,
	   "Where the platform says who somebody is: id_token, userinfo, userinfo:/NAME or token:/NAME; with mode = jwt /NAME.")
CONFIG_KEY(provider, name_from, "name_from", POINTER, "/preferred_username", 1, PATH_LEN_MAX, NULL, NET,
	   "The claim that is the user name.")
CONFIG_KEY(provider, groups_from, "groups_from", SOURCE, "/groups", 1, PATH_LEN_MAX, NULL, NET,
	   "The claim that lists the groups; with a prefix (userinfo:/groups) only the one there.")
CONFIG_KEY(provider, entitlements_from, "entitlements_from", SOURCE, "/entitlements", 1, PATH_LEN_MAX, NULL, NET,
	   "The claim that lists the entitlements; with a prefix only the one there.")
CONFIG_KEY(provider, loa_from, "loa_from", POINTER, "/loa", 1, PATH_LEN_MAX, NULL, NET,
	   "The claim that holds the level of assurance.")
CONFIG_KEY(provider, roles_from, "roles_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The claim that lists the roles; unset: nobody is known to have one.")
CONFIG_KEY(provider, products_from, "products_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The claim that lists the products somebody has bought.")
CONFIG_KEY(provider, site_from, "site_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The claim that says where somebody works.")
CONFIG_KEY(provider, origin_from, "origin_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The claim that says how the identity was born.")
CONFIG_KEY(provider, uuid_from, "uuid_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The claim that names the identity for ever, where the subject does not.")
CONFIG_KEY(provider, tenant_from, "tenant_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The claim that says to which tenant of the platform somebody belongs.")
CONFIG_KEY(provider, details_from, "details_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The claim that lists what the platform still has to ask of somebody: they wait outside.")
CONFIG_KEY(provider, no_mail, "no_mail", WORDS, NULL, 1, 16, NULL, NET,
	   "Domains whose mail addresses stand for none: the platform makes them up.")
CONFIG_KEY(provider, leeway, "leeway", TIME, "30s", 0, 60, NULL, NET,
	   "How far the platform's clock may differ from ours.")
CONFIG_KEY(provider, discovery, "discovery", DISCOVERY, "oidc", 1, ISSUER_LEN_MAX, NULL, NET,
	   "Where the endpoints are described: oidc, oauth (RFC 8414), the document's address, or no.")
CONFIG_KEY(provider, device_endpoint, "device_endpoint", URL, NULL, 1, ISSUER_LEN_MAX, NULL, NET,
	   "The device authorization endpoint, instead of the one discovery finds.")
CONFIG_KEY(provider, token_endpoint, "token_endpoint", URL, NULL, 1, ISSUER_LEN_MAX, NULL, NET,
	   "The token endpoint, instead of the one discovery finds.")
CONFIG_KEY(provider, jwks_uri, "jwks_uri", URL, NULL, 1, ISSUER_LEN_MAX, NULL, NET,
	   "The platform's keys, instead of those discovery finds.")
CONFIG_KEY(provider, userinfo_endpoint, "userinfo_endpoint", URL, NULL, 1, ISSUER_LEN_MAX, NULL, NET,
	   "The userinfo endpoint, instead of the one discovery finds.")
CONFIG_KEY(provider, authorization_endpoint, "authorization_endpoint", URL, NULL, 1, ISSUER_LEN_MAX, NULL, NET,
	   "The authorization endpoint, instead of the one discovery finds.")
CONFIG_KEY(provider, par_endpoint, "par_endpoint", URL, NULL, 1, ISSUER_LEN_MAX, NULL, NET,
	   "The pushed authorization request endpoint, instead of the one discovery finds.")
CONFIG_KEY(provider, introspection_endpoint, "introspection_endpoint", URL, NULL, 1, ISSUER_LEN_MAX, NULL, NET,
	   "The introspection endpoint, instead of the one discovery finds.")
CONFIG_KEY(provider, revocation_endpoint, "revocation_endpoint", URL, NULL, 1, ISSUER_LEN_MAX, NULL, NET,
	   "The revocation endpoint, instead of the one discovery finds.")
CONFIG_KEY(provider, end_session_endpoint, "end_session_endpoint", URL, NULL, 1, ISSUER_LEN_MAX, NULL, NET,
	   "The end session endpoint, instead of the one discovery finds.")
CONFIG_KEY(provider, redirect_uri, "redirect_uri", REDIRECT, "http://127.0.0.1/", 1, ISSUER_LEN_MAX, NULL, NET,
	   "Where the browser ends with flow = code: its own machine, or a page that shows the code.")
CONFIG_KEY(provider, password_grant, "password_grant", BOOL, "no", 0, 0, NULL, NET,
	   "Whether services with flow = password may hand people's passwords to this platform.")
CONFIG_KEY(provider, state, "state", CHOICE, "on", 0, 0, "on|off", NET,
	   "Whether a sign-in in a browser carries a state; off only where a nonce or PKCE binds it.")
CONFIG_KEY(provider, par, "par", CHOICE, "auto", 0, 0, "auto|require|no", NET,
	   "Whether the request of such a sign-in is pushed first (RFC 9126); auto: where it is offered.")
CONFIG_KEY(provider, resource_parameter, "resource_parameter", CHOICE, "resource", 0, 0, "resource|audience", NET,
	   "What the platform calls the parameter that says what an access token is for.")
CONFIG_KEY(provider, logout_url, "logout_url", LOGOUT, NULL, 1, LOGOUT_URL_MAX, NULL, 0,
	   "Where a browser ends a person's session; {client_id}, {return_uri} and {error_uri} stand for values.")
CONFIG_KEY(provider, typ, "typ", WORD, NULL, 1, 64, NULL, NET,
	   "The typ every ID token must have; unset: JWT or none.")
CONFIG_KEY(provider, verify, "verify", CHOICE, "jwks", 0, 0, "jwks|introspect|both", NET,
	   "What verifies an access token that somebody presents: the keys, the platform, or both.")
CONFIG_KEY(provider, audience, "audience", WORDS, NULL, 1, 16, NULL, NET,
	   "The names by which an access token may be meant for this host.")
CONFIG_KEY(provider, access_typ, "access_typ", WORDS, "at+jwt", 1, 4, NULL, NET,
	   "The typ every access token that is a JWT must have; of several one.")
CONFIG_KEY(provider, token_life, "token_life", TIME, NULL, 60, 365 * 86400, NULL, NET,
	   "The longest an access token may be good for, from iat to exp; unset: any; with mode = jwt 24h.")
CONFIG_KEY(provider, tenant, "tenant", WORD, NULL, 1, 255, NULL, NET,
	   "With mode = jwt: the tenant an access token must be of, where tokens have no audience.")
CONFIG_KEY(provider, instances, "instances", WORDS, NULL, 1, INSTANCES_MAX, NULL, NET,
	   "With mode = jwt: TENANT=ADDRESS of other instances of the platform, each with keys of its own.")
CONFIG_KEY(provider, holders, "holders", CHOICE, "people", 0, 0, "people|programs", NET,
	   "With mode = jwt: whose the tokens are.")
CONFIG_KEY(provider, person_from, "person_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "With mode = jwt: the claim that a visitor nobody knows has as a UUID, as the subject, or not at all.")
CONFIG_KEY(provider, person_form, "person_form", CHOICE, "any", 0, 0, "any|fiscal-code", NET,
	   "What that claim must be of a person.")
CONFIG_KEY(provider, person_roles, "person_roles", WORDS, NULL, 1, 16, NULL, NET,
	   "The roles that no such visitor has: whoever has one needs no person_form.")

CONFIG_KEY(provider, aud_form, "aud_form", CHOICE, "list", 0, 0, "list|comma|space", NET,
	   "How access tokens and answers about them name several audiences: a list, or one joined text.")
CONFIG_KEY(provider, iss_form, "iss_form", CHOICE, "url", 0, 0, "url|name|none", NET,
	   "Whether the issuer is an address, a mere name, or with mode = jwt not in the tokens at all.")

CONFIG_KEY(provider, token_audiences, "token_audiences", WORDS, NULL, 1, 16, NULL, 0,
	   "The audiences for which people may have access tokens of their session; unset: none.")

/* [directory NAME] */
CONFIG_KEY(directory, kind, "kind", CHOICE, NULL, 0, 0, "scim|userinfo|keycloak|file", MUST | NET,
	   "scim, keycloak: ask a server for all people and groups; file: read them from one; userinfo: learn people as they sign in.")
CONFIG_KEY(directory, provider, "provider", NAME, NULL, 1, CONFIG_NAME_MAX, NULL, NET,
	   "The provider whose issuer these people belong to; unset: the only one.")
CONFIG_KEY(directory, url, "url", URL, NULL, 1, ISSUER_LEN_MAX, NULL, NET,
	   "Base address of SCIM, the part before /Users; of a realm's admin API, https://HOST/admin/realms/REALM.")
CONFIG_KEY(directory, path, "path", PATH, "/etc/idp/directory.json", 1, PATH_LEN_MAX, NULL, NET,
	   "The file of kind = file.")
CONFIG_KEY(directory, auth, "auth", CHOICE, "client_credentials", 0, 0, "client_credentials|bearer", NET,
	   "What opens the directory: a token fetched as the provider's client, or a fixed one.")
CONFIG_KEY(directory, token, "token", SECRET, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "Where the token for auth = bearer is kept.")
CONFIG_KEY(directory, token_scope, "token_scope", SCOPES, NULL, 0, 64, NULL, NET,
	   "The scopes to ask for with auth = client_credentials.")
CONFIG_KEY(directory, filter, "filter", TEXT, NULL, 1, 1024, NULL, NET,
	   "A SCIM filter that says who is to be known on this host.")
CONFIG_KEY(directory, groups, "groups", WORDS, "groups", 1, 2, "groups|roles", NET,
	   "What of a realm of Keycloak becomes groups: its groups, its realm roles, or both.")
CONFIG_KEY(directory, require, "require", WORDS, NULL, 1, 2, "email|actions", NET,
	   "Who counts as disabled in a realm of Keycloak: without a verified address; with required actions left to do.")
CONFIG_KEY(directory, page_size, "page_size", NUMBER, "100", 1, 10000, NULL, NET,
	   "How many records to ask for at once.")
CONFIG_KEY(directory, paging, "paging", CHOICE, "auto", 0, 0, "auto|index|cursor", NET,
	   "How a list goes on from page to page; auto: by cursors where the server says so.")
CONFIG_KEY(directory, delta, "delta", CHOICE, "auto", 0, 0, "auto|yes|no", NET,
	   "Between full readings, ask for what changed since; auto: people, where the server filters.")
CONFIG_KEY(directory, attributes, "attributes", CHOICE, "auto", 0, 0, "auto|yes|no", NET,
	   "Ask for the attributes that are used and no others; auto: unless the server breaks them.")
CONFIG_KEY(directory, members, "members", CHOICE, "inline", 0, 0, "inline|apart|paged", NET,
	   "Where members of a group are read: with it, one by one, or in pages of their own.")
CONFIG_KEY(directory, interval, "interval", TIME, NULL, 30, 7 * 86400, NULL, 0,
	   "How often this directory is asked for changes; unset: sync_interval of [agent].")
CONFIG_KEY(directory, full_interval, "full_interval", TIME, "24h", 300, 30 * 86400, NULL, 0,
	   "How often all of it is read, so that whoever is gone is found out.")
CONFIG_KEY(directory, subject_from, "subject_from", POINTER, "/id", 1, PATH_LEN_MAX, NULL, NET,
	   "The attribute that equals sub in the provider's tokens.")
CONFIG_KEY(directory, name_from, "name_from", POINTER, "/userName", 1, PATH_LEN_MAX, NULL, NET,
	   "The attribute that is the user name.")
CONFIG_KEY(directory, uid_from, "uid_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The attribute that is the user id; unset: this host gives the ids.")
CONFIG_KEY(directory, gid_from, "gid_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The attribute that is the id of the primary group; unset: the user id.")
CONFIG_KEY(directory, gecos_from, "gecos_from", POINTER, "/displayName", 1, PATH_LEN_MAX, NULL, NET,
	   "The attribute that is the full name.")
CONFIG_KEY(directory, home_from, "home_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The attribute that is the home folder; unset: home of [agent].")
CONFIG_KEY(directory, shell_from, "shell_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The attribute that is the shell; unset: shell of [agent].")
CONFIG_KEY(directory, loa_from, "loa_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The attribute that is the level of assurance.")
CONFIG_KEY(directory, origin_from, "origin_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The attribute that says how the identity was born.")
CONFIG_KEY(directory, end_time_from, "end_time_from", POINTER, "/urn:indigo-dc:scim:schemas:IndigoUser/endTime", 1,
	   PATH_LEN_MAX, NULL, NET, "The attribute that says when the account ends.")
CONFIG_KEY(directory, ssh_keys_from, "ssh_keys_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The attribute that holds keys for ssh; unset: the preset's.")
CONFIG_KEY(directory, labels_from, "labels_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The attribute that holds labels; unset: the preset's.")
CONFIG_KEY(directory, group_name_from, "group_name_from", POINTER, "/displayName", 1, PATH_LEN_MAX, NULL, NET,
	   "The attribute that is a group's name.")
CONFIG_KEY(directory, group_gid_from, "group_gid_from", POINTER, NULL, 1, PATH_LEN_MAX, NULL, NET,
	   "The attribute that is a group's id; unset: this host gives the ids.")
CONFIG_KEY(directory, min_loa, "min_loa", NUMBER, NULL, 0, 9, NULL, 0,
	   "People below this level of assurance do not exist on this host.")
CONFIG_KEY(directory, hide, "hide", WORDS, "disabled ended below-min-loa", 1, 3,
	   "disabled|ended|below-min-loa|nobody", 0,
	   "Who is not even seen by processes of this host; nobody of them gets in either way.")
CONFIG_KEY(directory, domain, "domain", WORD, NULL, 1, NAME_LEN_MAX - 2, NULL, 0,
	   "The domain of its people: the part behind the @ of a qualified name.")
CONFIG_KEY(directory, names, "names", CHOICE, "short", 0, 0, "short|qualified", 0,
	   "Whether its people are called alice or alice@DOMAIN here.")
CONFIG_KEY(directory, aliases, "aliases", BOOL, "no", 0, 0, NULL, 0,
	   "Whether the other form of a name is found as well, where nobody else has it.")
CONFIG_KEY(directory, name_case, "name_case", CHOICE, "exact", 0, 0, "exact|lower", 0,
	   "Whether names with capital letters are refused, or their A-Z read as a-z.")

/* [service NAME] */
CONFIG_KEY(service, flow, "flow", CHOICE, "device", 0, 0, "device|code|token|password", 0,
	   "How people sign in through this PAM service.")
CONFIG_KEY(service, scope, "scope", SCOPES, NULL, 0, 64, NULL, 0,
	   "What a sign-in asks for beside the provider's scope.")
CONFIG_KEY(service, acr, "acr", ACRS, NULL, 0, 16, NULL, 0,
	   "The authentication contexts to ask for, most wanted first.")
CONFIG_KEY(service, resource, "resource", RESOURCE, NULL, 1, ISSUER_LEN_MAX, NULL, 0,
	   "What the access token is to be for (RFC 8707), as the platform knows it.")
CONFIG_KEY(service, max_age, "max_age", TIME, NULL, 0, 365 * 86400, NULL, 0,
	   "How long ago the person may have signed in at the platform.")
CONFIG_KEY(service, provider, "provider", NAME, NULL, 1, CONFIG_NAME_MAX, NULL, 0,
	   "Where people sign in; unset: the first provider.")
CONFIG_KEY(service, pin, "pin", CHOICE, "no", 0, 0, "no", 0,
	   "Whether a number shown by the platform has to be typed back.")
CONFIG_KEY(service, prompt, "prompt", CHOICE, "full", 0, 0, "full|short|plain", 0,
	   "full: with the QR code; short: one paragraph; plain: no QR code, nothing but ASCII.")

CONFIG_KEY(service, tokens, "tokens", CHOICE, "keep", 0, 0, "keep|drop", 0,
	   "Whether the tokens of a sign-in are kept for the person; sudo and su drop them unless theirs says keep.")
CONFIG_KEY(service, at_close, "at_close", CHOICE, "revoke", 0, 0, "revoke|keep", 0,
	   "What becomes of them when the last session of the person ends.")

/* [client NAME]: an application of this host, as a platform of machines knows it */
CONFIG_KEY(client, provider, "provider", NAME, NULL, 1, CONFIG_NAME_MAX, NULL, 0,
	   "The provider that knows this client; unset: the only one.")
CONFIG_KEY(client, client_id, "client_id", TEXT, NULL, 1, 255, NULL, MUST,
	   "The client's id at the platform.")
CONFIG_KEY(client, kind, "kind", CHOICE, "eservice", 0, 0, "eservice|api", 0,
	   "eservice: asks vouchers for purposes; api: for the interfaces of the platform itself.")
CONFIG_KEY(client, key, "key", SECRET, NULL, 1, PATH_LEN_MAX, NULL, 0,
	   "Where the client's private key (PEM) is kept; unset: the agent keeps one.")
CONFIG_KEY(client, users, "users", NAMES, NULL, 1, 64, NULL, 0,
	   "The users whose processes may act as this client.")
CONFIG_KEY(client, groups, "groups", GROUPS, NULL, 1, 64, NULL, 0,
	   "The groups whose processes may act as this client.")

/* [purpose NAME]: what vouchers are asked for */
CONFIG_KEY(purpose, id, "id", UUID, NULL, 1, 64, NULL, MUST,
	   "The purpose's id at the platform.")
CONFIG_KEY(purpose, clients, "clients", WORDS, NULL, 1, 64, NULL, MUST,
	   "The clients that are associated with this purpose.")
CONFIG_KEY(purpose, eservice, "eservice", NAME, NULL, 1, CONFIG_NAME_MAX, NULL, MUST,
	   "The e-service that this purpose is about.")
CONFIG_KEY(purpose, users, "users", NAMES, NULL, 1, 64, NULL, 0,
	   "The users whose processes may have vouchers for this purpose; unset: its clients say.")
CONFIG_KEY(purpose, groups, "groups", GROUPS, NULL, 1, 64, NULL, 0,
	   "The groups whose processes may have vouchers for this purpose; unset: its clients say.")

/* [eservice NAME] */
CONFIG_KEY(eservice, provider, "provider", NAME, NULL, 1, CONFIG_NAME_MAX, NULL, 0,
	   "The provider that issues vouchers for this e-service; unset: the only one.")
CONFIG_KEY(eservice, id, "id", UUID, NULL, 1, 64, NULL, 0,
	   "The e-service's id at the platform, for rules about vouchers of others.")
CONFIG_KEY(eservice, audience, "audience", WORDS, NULL, 1, 16, NULL, 0,
	   "The audiences that its vouchers name.")

/* [scope NAME]: what this host protects */
RULE_KEY(scope, "protects", WORDS, 1, 64, NULL, MUST,
	 "The services that this scope opens.")
RULE_KEY(scope, "description", TEXT, 1, 256, NULL, 0,
	 "What granting it means, in words for the person; %h is this host.")
RULE_KEY(scope, "provider", NAME, 1, CONFIG_NAME_MAX, NULL, 0,
	 "The provider that knows this scope; unset: every provider.")
RULE_KEY(scope, "request", CHOICE, 0, 0, "always|on-demand", 0,
	 "always: every sign-in of its services asks for it; on-demand: only when a rule misses it.")
RULE_KEY(scope, "optional", BOOL, 0, 0, NULL, 0,
	 "Whether a sign-in goes on without it when the platform does not know it.")

/* [ladder NAME] */
RULE_KEY(ladder, "N", RUNG, 1, 64, NULL, MANY | MUST,
	 "What reaches this rung: values or atoms with | between them.")

/* [roles NAME]: which imply which */
RULE_KEY(roles, "provider", NAME, 1, CONFIG_NAME_MAX, NULL, 0,
	 "The provider whose roles these are; unset: every provider.")
RULE_KEY(roles, "ROLE", WORDS, 1, 64, NULL, MANY | MUST,
	 "The roles that whoever has this one has as well.")

/* [allow NAME], [deny NAME] */
#define RULE_KEYS_OF(kind) \
	RULE_KEY(kind, "service", WORDS, 1, 64, NULL, 0, \
		 "The PAM services this rule is about; unset: all.") \
	RULE_KEY(kind, "on", WORDS, 1, 64, NULL, 0, \
		 "The hosts this rule is about; unset: all.") \
	RULE_KEY(kind, "from", NETS, 1, 64, NULL, 0, \
		 "The networks people come from, or local; unset: anywhere.") \
	RULE_KEY(kind, "as", NAMES, 1, 64, NULL, 0, \
		 "The users somebody wants to become; unset: any.") \
	RULE_KEY(kind, "need", ATOMS, 1, 64, NULL, 0, \
		 "All of these must hold.") \
	RULE_KEY(kind, "any", ATOMS, 1, 64, NULL, 0, \
		 "At least one of these must hold.") \
	RULE_KEY(kind, "never", ATOMS, 1, 64, NULL, 0, \
		 "None of these may hold.")
RULE_KEYS_OF(allow)
RULE_KEY(allow, "session", TIME, 60, 365 * 86400, NULL, 0,
	 "How long a session may last.")
RULE_KEY(allow, "offline", TIME, 0, 30 * 86400, NULL, 0,
	 "How long after a sign-in the person may enter while the platform is out of reach; no: never.")
RULE_KEY(allow, "max-age", TIME, 0, 365 * 86400, NULL, 0,
	 "How long ago the person may have signed in at the platform.")
RULE_KEY(allow, "say", TEXT, 1, 200, NULL, 0,
	 "What to tell a person whom only this rule's conditions keep out.")
RULE_KEYS_OF(deny)
RULE_KEY(deny, "say", TEXT, 1, 200, NULL, 0,
	 "What to tell the person.")
#undef RULE_KEYS_OF

/* [expect NAME]: tests that live beside the rules */
RULE_KEY(expect, "who", ATOMS, 1, 64, NULL, MUST,
	 "The person of the test: what holds for them.")
RULE_KEY(expect, "SERVICE", VERDICT, 1, 256, NULL, MANY | MUST,
	 "permit, deny or step-up, and optionally the reason that is expected.")

/* [groups NAME] */
RULE_KEY(groups, "provider", NAME, 1, CONFIG_NAME_MAX, NULL, 0,
	 "The provider whose people these lines are about; unset: every provider.")
RULE_KEY(groups, "unknown", CHOICE, 0, 0, "ignore", 0,
	 "What happens to values that are not listed: they are ignored.")
RULE_KEY(groups, "ATOM", WORDS, 1, 64, NULL, MANY | MUST,
	 "The Unix groups of whoever the atom holds for.")

#undef CONFIG_ALGS
#undef CONFIG_KEY
#undef RULE_KEY
/* clang-format on */
