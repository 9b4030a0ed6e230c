#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
// An identity platform that misbehaves on request. The issuer names the case:
//
//     https://127.0.0.1:PORT/CASE[,key=value...][~tag]
//
// Each spelling is a tenant of its own: keys, codes and counters are never shared, so tests may
// run side by side; ~tag exists to tell two uses of one case apart. Everything but what the case
// spoils is as a good platform does it. See README.md for the cases and keys.
//
//     mock.mjs [--address 127.0.0.1] [--port 0] --state DIR [--stdin]
//
// Prints "ready PORT" when it listens. DIR gets ca.pem (what a client must pin) and ports: one
// "NAME PORT" line for each extra listener whose TLS itself is wrong. --stdin: end with stdin.

import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { endWithParent, options } from './lib/args.mjs';
import { ensureClient, ensureServer } from './lib/ca.mjs';
import { compact, newKey } from './lib/jose.mjs';
import { cases, faults, twinKey } from './mock/cases.mjs';
import { Context } from './mock/context.mjs';
import { realm, realmPath } from './mock/keycloak.mjs';
import { groups, person, resource } from './mock/people.mjs';
import { forget, issue, newRefreshTokens, spend } from './mock/refresh.mjs';

const USAGE = 'mock.mjs [--address A] [--port N] --state DIR [--stdin]';
const args = options({
	address: { type: 'string', default: '127.0.0.1' },
	port: { type: 'string', default: '0' },
	state: { type: 'string' },
	stdin: { type: 'boolean' },
}, USAGE);
if (!args.state) {
	process.stderr.write(`--state is missing\nusage: ${USAGE}\n`);
	process.exit(2);
}

const tenants = new Map();
const keyring = new Map(); // generating RSA keys costs 100 ms: all tenants sign with the same ones
const rawByPort = new Map();

const key = (alg) => {
	if (!keyring.has(alg)) keyring.set(alg, newKey(alg, `mock-${alg.toLowerCase()}`));
	return keyring.get(alg);
};

function tenant(name) {
	if (tenants.has(name)) return tenants.get(name);
	const [spelling] = name.split('~');
	const [caseName, ...pairs] = spelling.split(',');
	const hooks = cases[caseName] ?? (faults[caseName] ? { fault: faults[caseName] } : null);
	if (!hooks) return null;
	const keys = Object.fromEntries(pairs.map((p) => p.split('=')));
	const algs = [...new Set(['RS256', 'ES256', keys.alg ?? 'RS256'])];
	const made = {
		name, hooks, params: keys, keys: algs.map(key), alg: keys.alg ?? 'RS256',
		codes: new Map(), pushed: new Map(), access: new Set(['static-token']), refresh: newRefreshTokens(), revoked: [], counts: {}, last: {},
	};
	tenants.set(name, made);
	return made;
}

const ENDPOINTS = {
	'.well-known/openid-configuration': 'discovery', auth: 'auth', par: 'par', callback: 'callback', device: 'device', token: 'token', jwks: 'jwks', userinfo: 'userinfo',
	'stranger-jwks': 'jwks', '.well-known/jwks.json': 'jwks', 'scim/v2/Users': 'users', 'scim/v2/Groups': 'groups', 'scim/v2/ServiceProviderConfig': 'scim-config',
	introspect: 'introspection', revoke: 'revocation', _counters: 'counters', _change: 'change',
};

function split(pathname) {
	const oauth = /^\/\.well-known\/(oauth-authorization-server|openid-configuration)\/([^/]+)$/.exec(pathname);
	if (oauth) return { name: decodeURIComponent(oauth[2]), endpoint: 'discovery', rfc8414: oauth[1] === 'oauth-authorization-server' };
	const [, name = '', ...rest] = pathname.split('/');
	const group = /^scim\/v2\/Groups\/([^/]+)(\/members)?$/.exec(rest.join('/'));
	if (group) return { name: decodeURIComponent(name), endpoint: group[2] ? 'members' : 'group', id: decodeURIComponent(group[1]) };
	return { name: decodeURIComponent(name), endpoint: ENDPOINTS[rest.join('/')] ?? (realmPath(rest) === null ? undefined : 'realm'), rfc8414: false };
}

function metadata(c) {
	return {
		issuer: c.issuer,
		authorization_endpoint: `${c.issuer}/auth`,
		pushed_authorization_request_endpoint: `${c.issuer}/par`,
		authorization_response_iss_parameter_supported: true,
		code_challenge_methods_supported: ['S256'],
		device_authorization_endpoint: `${c.issuer}/device`,
		token_endpoint: `${c.issuer}/token`,
		userinfo_endpoint: `${c.issuer}/userinfo`,
		jwks_uri: `${c.issuer}/jwks`,
		introspection_endpoint: `${c.issuer}/introspect`,
		revocation_endpoint: `${c.issuer}/revoke`,
		end_session_endpoint: `${c.issuer}/logout`,
		response_types_supported: ['code'],
		subject_types_supported: ['public'],
		grant_types_supported: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code', 'client_credentials', 'refresh_token'],
		token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
		id_token_signing_alg_values_supported: c.keys.map((k) => k.alg),
		scopes_supported: ['openid', 'profile', 'email', 'groups', 'offline_access'],
		claims_supported: ['sub', 'preferred_username', 'name', 'email', 'groups', 'acr', 'amr', 'auth_time', 'loa'],
	};
}

/** Applies hook NAME to DOC and sends what comes of it. */
function finish(c, name, doc, headers = {}) {
	const changed = c.tenant.hooks[name]?.(doc, c);
	if (changed === true) return true;
	return c.send({ headers, body: changed ?? doc });
}

function idToken(c, user, more = {}) {
	const now = Math.floor(Date.now() / 1000);
	const chosen = c.keys.find((k) => k.alg === c.tenant.alg);
	const t = {
		header: { alg: chosen.alg, typ: 'JWT', kid: chosen.kid },
		claims: {
			iss: c.issuer, aud: c.client, iat: now, exp: now + 600, auth_time: now,
			acr: 'urn:example:mfa', amr: ['pwd', 'otp'], ...person(user), ...more,
		},
		alg: chosen.alg, key: chosen.privateKey,
	};
	return c.tenant.hooks.token?.(t, c) ?? compact(t.header, t.claims, t.alg, t.key);
}

function newAccess(c, user) {
	c.tenant.client = c.client; // userinfo is asked with the token alone
	const token = `mock-access-${crypto.randomBytes(18).toString('base64url')}`;
	c.tenant.access.add(token);
	if (user) c.tenant.access[token] = user;
	return token;
}

const tokenType = (c) => c.tenant.hooks.tokenType ?? 'Bearer';

function pollDevice(c) {
	const code = c.tenant.codes.get(c.form.get('device_code'));
	if (!code || code.client !== c.client) return c.json({ error: 'invalid_grant' }, 400);
	const now = Date.now();
	code.times.push(now);
	code.polls++;
	c.code = code;
	if (now > code.ends) return c.json({ error: 'expired_token' }, 400);
	const reply = c.tenant.hooks.poll?.(c);
	if (reply === true) return true;
	if (reply) return c.send(reply);
	if (code.polls <= Number(c.tenant.params.polls ?? 1)) return c.json({ error: 'authorization_pending' }, 400);
	c.tenant.codes.delete(c.form.get('device_code'));
	const user = c.tenant.params.user ?? c.tenant.hooks.user ?? 'alice';
	return finish(c, 'tokens', {
		access_token: newAccess(c, user), token_type: tokenType(c), expires_in: 600, scope: code.scope, id_token: idToken(c, user),
	});
}

/** The person signs in at once: what the browser is sent back with. */
function authorize(c) {
	const asked = c.tenant.pushed.get(c.url.searchParams.get('request_uri')) ?? c.url.searchParams;
	c.tenant.pushed.delete(c.url.searchParams.get('request_uri'));
	const target = asked.get('redirect_uri');
	if (!target || asked.get('response_type') !== 'code' || asked.get('code_challenge_method') !== 'S256' || asked.get('client_id') !== c.url.searchParams.get('client_id')) {
		return c.send({ status: 400, headers: { 'content-type': 'text/html' }, body: '<title>Bad request</title>' });
	}
	const code = crypto.randomBytes(24).toString('base64url');
	c.tenant.codes.set(code, {
		client: asked.get('client_id'), scope: asked.get('scope') ?? '', redirect: target, challenge: asked.get('code_challenge'), nonce: asked.get('nonce'),
	});
	const params = { code, state: asked.get('state') ?? undefined, iss: c.issuer };
	const to = new URL(target);
	for (const [name, value] of Object.entries(c.tenant.hooks.back?.(params, c) ?? params)) if (value !== undefined) to.searchParams.append(name, value);
	return c.send({ status: 302, headers: { location: to.href } });
}

function redeem(c) {
	const code = c.tenant.codes.get(c.form.get('code'));
	const challenge = crypto.createHash('sha256').update(c.form.get('code_verifier') ?? '').digest('base64url');
	c.tenant.codes.delete(c.form.get('code'));
	if (!code || code.client !== c.client || code.redirect !== c.form.get('redirect_uri') || code.challenge !== challenge) return c.json({ error: 'invalid_grant' }, 400);
	const reply = c.tenant.hooks.redeem?.(c);
	if (reply) return c.send(reply);
	const user = c.tenant.params.user ?? c.tenant.hooks.user ?? 'alice';
	return finish(c, 'tokens', {
		access_token: newAccess(c, user), token_type: 'Bearer', expires_in: 600, scope: code.scope, id_token: idToken(c, user, { nonce: code.nonce ?? undefined }),
	});
}

/** RFC 6749 section 6: a new access token, a new refresh token unless the case keeps the old one, a new ID token. */
function refresh(c) {
	const reply = c.tenant.hooks.spend?.(c);
	if (reply) return c.send(reply);
	const found = spend(c);
	if (!found) return c.json({ error: 'invalid_grant', error_description: 'that refresh token is not good (any more)' }, 400);
	return finish(c, 'renew', {
		access_token: newAccess(c, found.user), token_type: tokenType(c), expires_in: Number(c.tenant.params.life ?? 600), scope: found.scope,
		id_token: idToken(c, found.user), refresh_token: found.used ? issue(c, found) : undefined,
	});
}

/** RFC 6749 section 4.3: everybody's password is "right of NAME". */
function password(c) {
	const user = c.form.get('username');
	if (c.form.get('password') !== `right of ${user}`) return c.json({ error: 'invalid_grant', error_description: 'no' }, 400);
	return finish(c, 'tokens', {
		access_token: newAccess(c, user), token_type: tokenType(c), expires_in: 600, scope: c.form.get('scope') ?? '', id_token: idToken(c, user),
	});
}

const handlers = {
	auth: authorize,
	callback: (c) => c.send({ headers: { 'content-type': 'text/html' }, body: '<title>Your code</title>' }),

	par(c) {
		const request_uri = `urn:ietf:params:oauth:request_uri:${crypto.randomBytes(16).toString('base64url')}`;
		const asked = new URLSearchParams(c.form);
		asked.set('client_id', c.client);
		c.tenant.pushed.set(request_uri, asked);
		return c.tenant.hooks.par?.(c) ?? c.json({ request_uri, expires_in: 60 }, 201);
	},

	discovery: (c) => finish(c, 'discovery', metadata(c)),
	jwks: (c) => finish(c, 'jwks', { keys: c.keys.map((k) => ({ ...k.jwk })) }),

	device(c) {
		const letters = Array.from(crypto.randomBytes(8), (b) => 'BCDFGHJKLMNPQRSTVWXZ'[b % 20]).join('');
		const user_code = `${letters.slice(0, 4)}-${letters.slice(4)}`;
		const device_code = crypto.randomBytes(32).toString('base64url');
		const expires_in = Number(c.tenant.params.expires ?? 600);
		c.tenant.codes.set(device_code, {
			client: c.client, scope: c.form.get('scope') ?? '', polls: 0, times: [], ends: Date.now() + expires_in * 1000,
		});
		return finish(c, 'device', {
			device_code, user_code, expires_in, interval: Number(c.tenant.params.interval ?? 1),
			verification_uri: `${c.issuer}/verify`, verification_uri_complete: `${c.issuer}/verify?user_code=${user_code}`,
		});
	},

	token(c) {
		const grant = c.form.get('grant_type');
		if (grant === 'urn:ietf:params:oauth:grant-type:device_code') return pollDevice(c);
		if (grant === 'authorization_code') return redeem(c);
		if (grant === 'password') return password(c);
		if (grant === 'refresh_token') return refresh(c);
		if (grant === 'client_credentials') {
			return c.json({ access_token: newAccess(c), token_type: tokenType(c), expires_in: Number(c.tenant.params.life ?? 600), scope: c.form.get('scope') ?? '' });
		}
		return c.json({ error: 'unsupported_grant_type' }, 400);
	},

	userinfo(c) {
		const token = bearer(c);
		if (!c.tenant.access.has(token)) return c.json({ error: 'invalid_token' }, 401);
		return finish(c, 'userinfo', person(c.tenant.access[token] ?? 'alice'));
	},

	/** Of a token of its own what it granted; of a JWT what stands in it: the test has signed it. */
	introspection(c) {
		const token = c.form.get('token') ?? '';
		const claims = jwtClaims(token);
		if (!c.tenant.access.has(token) && !claims) return c.json({ active: false });
		const now = Math.floor(Date.now() / 1000);
		return finish(c, 'introspection', {
			active: true, iss: c.issuer, client_id: 'a-portal', aud: 'https://host.test', token_type: 'Bearer',
			scope: 'openid profile', username: 'alice', exp: now + 600, iat: now, ...person(c.tenant.access[token] ?? 'alice'), ...claims,
		});
	},

	/** RFC 7009: the answer is the same for a token that nobody knows. */
	revocation(c) {
		c.tenant.revoked.push(`${c.form.get('token_type_hint')} ${c.form.get('token')}`);
		c.tenant.access.delete(c.form.get('token'));
		forget(c, c.form.get('token'));
		return c.send(c.tenant.hooks.revoke?.(c) ?? { status: 200 });
	},

	users(c) {
		const total = Number(c.tenant.params.people ?? 3);
		if (!c.tenant.change) return list(c, total, resource, (all) => all.filter((u) => matches(c, u, 'userName')));
		const all = changed(c.tenant.change, total);
		return list(c, all.length, (i) => all[i], (some) => some.filter((u) => matches(c, u, 'userName')));
	},

	groups(c) {
		const all = groups(Number(c.tenant.params.people ?? 3));
		return list(c, all.length, (i) => all[i], (some) => some.filter((g) => matches(c, g, 'displayName')));
	},

	realm: (c) => realm(c, bearer(c)),
	/** One group, as members read apart are asked for. */
	group(c) {
		const found = groups(Number(c.tenant.params.people ?? 3)).find((g) => g.id === c.id);
		if (!found) return c.json({ status: '404' }, 404);
		return finish(c, 'group', found, { 'content-type': 'application/scim+json' });
	},

	/** The members of one, in pages of their own (INDIGO IAM). */
	members(c) {
		const found = groups(Number(c.tenant.params.people ?? 3)).find((g) => g.id === c.id);
		if (!found) return c.json({ status: '404' }, 404);
		return list(c, found.members.length, (i) => found.members[i], (all) => all);
	},

	/** ?gone=NAME&modified=NAME&disabled=NAME&added=N: what happened to the people since. */
	change(c) {
		const of = (key) => new Set(c.url.searchParams.getAll(key));
		c.tenant.change = { gone: of('gone'), modified: of('modified'), disabled: of('disabled'), added: Number(c.url.searchParams.get('added') ?? 0), at: new Date().toISOString() };
		return c.json({});
	},

	'scim-config': (c) => finish(c, 'service', { patch: { supported: false }, filter: { supported: true, maxResults: 1000 } }, { 'content-type': 'application/scim+json' }),
	counters: (c) => c.json({ counts: c.tenant.counts, last: c.tenant.last, revoked: c.tenant.revoked, codes: [...c.tenant.codes.values()] }),
};

function jwtClaims(token) {
	try {
		return JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
	} catch {
		return null;
	}
}

const bearer = (c) => /^(?:Bearer|DPoP) (.+)$/.exec(c.req.headers.authorization ?? '')?.[1];

function changed({ gone, modified, disabled, added, at }, total) {
	const all = Array.from({ length: total + added }, (_, n) => resource(n)).filter((u) => !gone.has(u.userName));
	for (const u of all) {
		if (modified.has(u.userName)) u.displayName += ' the Second';
		if (disabled.has(u.userName)) u.active = false;
		if (modified.has(u.userName) || disabled.has(u.userName) || all.indexOf(u) >= total - gone.size) u.meta.lastModified = at;
	}
	for (const u of all.slice(total - gone.size)) u.meta.created = at;
	return all;
}

function matches(c, item, attribute) {
	const base = /^(?:active eq true|\(active eq true\) and (.*))$/.exec(c.url.searchParams.get('filter') ?? '');
	if (base && !item.active) return false;
	const filter = base ? base[1] : c.url.searchParams.get('filter');
	const since = /^meta\.lastModified ge "([^"]*)"$/.exec(filter ?? '');
	if (since) return Date.parse(item.meta.lastModified) >= Date.parse(since[1]);
	const found = new RegExp(`^${attribute} eq ("(?:[^"\\\\]|\\\\.)*")$`).exec(filter ?? '');
	return !found || item[attribute] === JSON.parse(found[1]);
}

function list(c, total, at, narrow) {
	if (!c.tenant.access.has(bearer(c))) return c.json({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '401' }, 401);
	const query = c.url.searchParams;
	c.start = Math.max(1, Number(query.get('startIndex') ?? 1));
	c.count = Math.min(Math.max(1, Number(query.get('count') ?? 100)), 1000);
	c.first = () => at(0);
	const start = c.tenant.hooks.startIndex?.(c) ?? c.start;
	const filtered = query.has('filter') ? narrow(Array.from({ length: total }, (_, i) => at(i))) : null;
	const size = filtered?.length ?? total;
	const Resources = [];
	if (query.has('cursor') && c.tenant.hooks.cursor) return byCursor(c, filtered ?? Array.from({ length: total }, (_, i) => at(i)));
	for (let i = Math.max(0, start - 1); i < Math.min(size, start - 1 + c.count); i++) Resources.push(filtered ? filtered[i] : at(i));
	const page = {
		schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], totalResults: size, startIndex: start, itemsPerPage: Resources.length, Resources,
	};
	const type = { 'content-type': c.tenant.hooks.scimType ?? 'application/scim+json' };
	if (c.tenant.hooks.etag) {
		type.etag = c.tenant.hooks.etag(page, c);
		if (c.req.headers['if-none-match'] === type.etag) return c.note('304') && c.send({ status: 304, headers: type });
	}
	if (c.endpoint === 'users') return finish(c, 'scim', page, type);
	return finish(c, c.endpoint, page, type);
}

/** RFC 9865: the cursor is opaque; here it is the index, disguised. */
function byCursor(c, all) {
	const given = c.url.searchParams.get('cursor');
	const start = given === '' ? 0 : Number(given.replace(/^c-/, ''));
	if (!Number.isInteger(start)) return c.json({ status: '400', scimType: 'invalidCursor', detail: 'The cursor is not one of ours' }, 400);
	const Resources = all.slice(start, start + c.count);
	const page = { schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], totalResults: all.length, itemsPerPage: Resources.length, Resources };
	if (start + c.count < all.length) page.nextCursor = `c-${start + c.count}`;
	c.start = start + 1;
	const done = c.tenant.hooks.cursor(page, c);
	return done === true ? true : c.send({ headers: { 'content-type': 'application/scim+json' }, body: done ?? page });
}

/** A transport fault hits every endpoint, or only the one that at= names. */
function aim(c) {
	const { fault } = c.tenant.hooks;
	if (!fault || (c.tenant.params.at && c.tenant.params.at !== c.endpoint)) return false;
	const after = Number(c.tenant.params.after ?? 0);
	if (c.hits(c.endpoint) <= after) return false;
	const reply = fault(c);
	return reply && reply !== true ? c.send(reply) : reply;
}

async function handle(req, res) {
	// the door where certificates are shown leads into the same house
	const host = req.socket.localPort === extra.mtls ? `${args.address}:${port}` : req.headers.host;
	const origin = `https://${host}`;
	const url = new URL(req.url, origin);
	const { name, endpoint, rfc8414, id } = split(url.pathname);
	const t = tenant(name);
	const body = await readBody(req);
	if (!t || !endpoint) {
		res.writeHead(404, { 'content-type': 'text/plain' }).end(t ? 'no such endpoint\n' : `no such case: ${name}\n`);
		return;
	}
	const c = new Context({
		req, res, origin, url, tenant: t, endpoint, rfc8414, id, form: new URLSearchParams(body), rawSocket: rawByPort.get(req.socket.remotePort),
	});
	c.person = () => person(t.params.user ?? 'alice');
	c.sign = (payload) => compact({ alg: t.keys[0].alg, typ: 'JWT', kid: t.keys[0].kid }, payload, t.keys[0].alg, t.keys[0].privateKey);
	c.metadata = () => metadata(c);
	c.door = (listener) => `https://${args.address}:${extra[listener]}`;
	if (endpoint !== 'counters' && endpoint !== 'change') {
		c.note(endpoint);
		t.last[endpoint] = { method: req.method, path: req.url, authorization: req.headers.authorization, accept: req.headers.accept, agent: req.headers['user-agent'], type: req.headers['content-type'], form: Object.fromEntries(c.form) };
		if (aim(c) || t.hooks.respond?.(c)) return;
	}
	handlers[endpoint](c);
}

async function readBody(req) {
	const parts = [];
	for await (const part of req) parts.push(part);
	return Buffer.concat(parts).toString();
}

const answer = (req, res) => handle(req, res).catch((error) => {
	process.stderr.write(`mock: ${req.url}: ${error.stack}\n`);
	if (!res.headersSent) res.writeHead(500);
	res.end();
});

/** TLS behind a plain listener, so that cases can cut the wire under TLS. */
function listen(port, tlsOptions) {
	const server = https.createServer({ ...tlsOptions, keepAliveTimeout: 30000 }, answer);
	server.on('tlsClientError', () => {});
	const front = net.createServer((socket) => {
		const { remotePort } = socket;
		rawByPort.set(remotePort, socket);
		socket.on('close', () => { if (rawByPort.get(remotePort) === socket) rawByPort.delete(remotePort); });
		socket.on('error', () => {});
		server.emit('connection', socket);
	});
	return bound(front, port);
}

/** node closes where other servers say by an alert that a certificate will not do: openssl(1) does say it. */
async function refuser() {
	const probe = net.createServer();
	const port = await bound(probe, 0);
	await new Promise((resolve) => { probe.close(resolve); });
	const file = (name) => path.join(state, name);
	const child = spawn('openssl', ['s_server', '-accept', `${args.address}:${port}`, '-cert', file('server.pem'), '-key', file('server.key'),
		'-CAfile', file('ca.pem'), '-Verify', '1', '-verify_return_error', '-www', '-quiet'], { stdio: 'ignore' });
	process.on('exit', () => child.kill());
	process.on('SIGTERM', () => process.exit(0));
	return port;
}

function bound(server, port) {
	return new Promise((resolve, reject) => {
		server.on('error', reject);
		server.listen(port, args.address, () => resolve(server.address().port));
	});
}

const state = path.resolve(args.state);
const good = ensureServer(state);
ensureClient(state, { name: 'host' });
ensureClient(state, { name: 'strange-host', authority: 'stranger-ca' });
const extra = {
	'tls-untrusted': await listen(0, ensureServer(state, { authority: 'stranger-ca', name: 'stranger' })),
	'tls-expired': await listen(0, ensureServer(state, { name: 'expired', expired: true })),
	'tls-wrong-name': await listen(0, ensureServer(state, { name: 'wrong-name', san: 'DNS:elsewhere.test' })),
	'tls-old': await listen(0, { ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
	mtls: await listen(0, { ...good, requestCert: true, rejectUnauthorized: true }),
	'mtls-alert': await refuser(),
	'plain-http': await bound(http.createServer(answer), 0),
	'never-speaks': await bound(net.createServer((s) => s.on('error', () => {})), 0),
	'closes-at-once': await bound(net.createServer((s) => s.destroy()), 0),
};
const port = await listen(Number(args.port), good);
// For tests that write access tokens of their own; its kid is mock-rs256.
fs.writeFileSync(path.join(state, 'rs256.pem'), key('RS256').privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
// The key of the case jwks-twin, whose kid is the same.
fs.writeFileSync(path.join(state, 'twin.pem'), twinKey().privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
fs.writeFileSync(path.join(state, 'ports'), Object.entries(extra).map(([name, n]) => `${name} ${n}\n`).join(''));
if (args.stdin) endWithParent();
process.stdout.write(`ready ${port}\n`);
