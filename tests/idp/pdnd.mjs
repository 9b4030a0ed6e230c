#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
// The authorization server of an interoperability platform (PDND), strict: it gives vouchers to
// programs, and to nobody who breaks one of its rules. Only node's own modules.
//
//     pdnd.mjs --state DIR [--address 127.0.0.1] [--port 0] [--stdin]
//
// Prints "ready PORT". DIR gets ca.pem and the keys of the clients of pdnd/world.mjs (client-a.key,
// client-b.key, client-api.key). POST /token.oauth2 is the token endpoint, /.well-known/jwks.json the
// keys, POST /eservice an e-service that takes vouchers; GET /_counters and POST /_control are for tests.

import crypto from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { endWithParent, options } from './lib/args.mjs';
import { ensureServer } from './lib/ca.mjs';
import { compact, newKey } from './lib/jose.mjs';
import { Refused, checkRequest, readPart } from './pdnd/assertion.mjs';
import { control } from './pdnd/control.mjs';
import { checkProof } from './pdnd/proof.mjs';
import { IDS, World } from './pdnd/world.mjs';

const USAGE = 'pdnd.mjs --state DIR [--address A] [--port N] [--stdin]';
const args = options({
	state: { type: 'string' }, address: { type: 'string', default: '127.0.0.1' }, port: { type: 'string', default: '0' }, stdin: { type: 'boolean' },
}, USAGE);
if (!args.state) {
	process.stderr.write(`--state is missing\nusage: ${USAGE}\n`);
	process.exit(2);
}
const dir = path.resolve(args.state);
const ISSUER = 'interop.test';
const AUDIENCE = 'auth.interop.test/client-assertion';
const BODY_MAX = 65536;

const platform = {
	world: null, key: newKey('RS256', '7d1c9a3e-0f52-4b68-9a41-2f6f3e1d8c55'), typ: 'at+jwt', // the kid of a voucher is a UUID
	skew: 0, fail: null, spoil: null, limit: null, used: 0, interval: 1000, seenJti: new Set(), proofs: new Set(), shown: new Set(),
	counters: { requests: 0, issued: 0, refused: 0, replayed: 0, eservice: 0, codes: {}, pairs: {} }, last: {},
};

const now = () => Math.floor(Date.now() / 1000) + platform.skew;

function send(res, status, body, headers = {}) {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	res.writeHead(status, {
		'content-type': status >= 400 ? 'application/problem+json' : 'application/json',
		date: new Date(now() * 1000).toUTCString(), 'content-length': Buffer.byteLength(text), ...headers,
	});
	res.end(text);
}

/** RFC 7807, and as little as can be: the real word is in the counters. */
function problem(res, status, code, headers = {}) {
	const texts = { 400: ['The request contains bad syntax or cannot be fulfilled.', 'Bad request'], 429: ['Too Many Requests', 'Too many requests'], 500: ['Unexpected error', 'Unexpected error'] };
	const [title, detail] = texts[status] ?? texts[500];
	const errors = [{ code, detail: 'Unable to generate a token for the given request' }];
	send(res, status, { title, type: 'about:blank', status, detail, errors, correlationId: crypto.randomUUID() }, headers);
}

const rateHeaders = () => (platform.limit === null ? {} : {
	'x-rate-limit-limit': String(platform.limit), 'x-rate-limit-remaining': String(Math.max(0, platform.limit - platform.used)),
	'x-rate-limit-interval': String(platform.interval),
});

function note(map, key) { map[key] = (map[key] ?? 0) + 1; }

function voucherClaims({ client, purpose, claims }, jkt) {
	const eservice = purpose && platform.world.eservices.get(purpose.eservice);
	const iat = now();
	const payload = {
		jti: crypto.randomUUID(), iss: ISSUER, aud: purpose ? eservice.aud.join(',') : `${ISSUER}/api`, client_id: client.id, sub: client.id,
		iat, nbf: iat, exp: iat + (purpose ? eservice.life : 600),
	};
	if (purpose) {
		Object.assign(payload, { purposeId: purpose.id, producerId: IDS.X.replace(/^e/, 'd'), consumerId: IDS.A.replace(/^0a/, 'cc'), eserviceId: eservice.id, descriptorId: IDS.Y.replace(/^e/, 'f') });
	} else Object.assign(payload, { organizationId: IDS.A.replace(/^0a/, 'cc'), role: 'm2m' });
	if (claims.digest) payload.digest = claims.digest;
	if (jkt) payload.cnf = { jkt };
	return payload;
}

/** What a platform must never answer, by name: the host has to notice. */
const SPOILS = {
	'other-purpose': (p) => { p.purposeId = IDS.P3; }, 'other-client': (p) => { p.client_id = p.sub = IDS.B; },
	'other-aud': (p) => { p.aud = 'https://evil.test/'; }, 'aud-prefix': (p) => { p.aud += '/more'; }, 'no-purpose': (p) => { delete p.purposeId; },
	'other-issuer': (p) => { p.iss = 'evil.test'; }, 'no-cnf': (p) => { delete p.cnf; }, 'strange-cnf': (p) => { p.cnf = { jkt: 'A'.repeat(43) }; },
	'unasked-cnf': (p) => { p.cnf = { jkt: 'A'.repeat(43) }; }, 'no-digest': (p) => { delete p.digest; }, expired: (p) => { p.exp = p.iat - 10; p.nbf = p.iat - 20; },
	'no-exp': (p) => { delete p.exp; }, 'no-jti': (p) => { delete p.jti; }, 'long-jti': (p) => { p.jti = 'j'.repeat(5000); }, 'control-jti': (p) => { p.jti = 'a\u001b[2Jb'; },
};

function issue(res, found, jkt) {
	const claims = voucherClaims(found, jkt);
	let type = jkt ? 'DPoP' : 'Bearer';
	SPOILS[platform.spoil]?.(claims);
	if (platform.spoil === 'other-type') type = jkt ? 'Bearer' : 'DPoP';
	let token = compact({ alg: 'RS256', use: 'sig', typ: platform.typ, kid: platform.key.kid }, claims, 'RS256', platform.key.privateKey);
	if (platform.spoil === 'not-a-jws') token = 'opaque-voucher';
	if (platform.spoil === 'not-json') return send(res, 200, '<html>maintenance</html>', { 'content-type': 'text/html' });
	platform.counters.issued++;
	platform.last.voucher = claims;
	return send(res, 200, { access_token: token, token_type: type, expires_in: claims.exp - claims.iat }, { 'cache-control': 'no-cache, no-store', ...rateHeaders() });
}

function token(req, res, body) {
	const form = new URLSearchParams(body);
	platform.counters.requests++;
	platform.last = { path: req.url, dpop: Boolean(req.headers.dpop), contentType: req.headers['content-type'] };
	if (platform.fail && platform.fail.times-- > 0) return problem(res, platform.fail.status, '015-0000', platform.fail.headers);
	if (platform.limit !== null && platform.used++ >= platform.limit) return problem(res, 429, '015-9999', rateHeaders());
	try {
		if (req.headers['content-type']?.split(';')[0] !== 'application/x-www-form-urlencoded') throw new Refused('invalidRequest', 'not a form');
		if (req.headers.authorization !== undefined) throw new Refused('invalidRequest', 'a client proves itself by its assertion alone');
		const found = checkRequest({ form, world: platform.world, audience: AUDIENCE, now: now() });
		platform.last.header = found.header;
		platform.last.claims = found.claims;
		if (platform.seenJti.has(found.claims.jti)) platform.counters.replayed++; // the platform does not look; we count
		platform.seenJti.add(found.claims.jti);
		const jkt = req.headers.dpop === undefined ? null
			: checkProof({ proof: req.headers.dpop, method: 'POST', url: `https://${req.headers.host}${req.url}`, now: now(), seen: platform.proofs });
		note(platform.counters.pairs, `${found.client.name}/${found.purpose?.name ?? '-'}`);
		return issue(res, found, jkt);
	} catch (error) {
		if (!(error instanceof Refused)) throw error;
		platform.counters.refused++;
		note(platform.counters.codes, error.code);
		platform.last.refused = `${error.code}: ${error.message}`;
		return problem(res, 400, '015-0008', rateHeaders());
	}
}

/** An e-service: takes a voucher in the one header, bound ones with their proof. */
function eservice(req, res) {
	platform.counters.eservice++;
	try {
		const [scheme, voucher = ''] = (req.headers.authorization ?? '').split(' ');
		const parts = voucher.split('.');
		if (parts.length !== 3) throw new Refused('no voucher');
		const claims = readPart(parts[1], 'voucher');
		if (!crypto.verify('sha256', Buffer.from(`${parts[0]}.${parts[1]}`), platform.key.publicKey, Buffer.from(parts[2], 'base64url'))) throw new Refused('signature');
		if (claims.exp <= now()) throw new Refused('expired');
		if ((scheme === 'DPoP') !== Boolean(claims.cnf)) throw new Refused('scheme');
		if (claims.cnf) {
			const url = `https://${req.headers.host}${req.url.split('?')[0]}`;
			if (checkProof({ proof: req.headers.dpop ?? '', method: req.method, url, now: now(), seen: platform.shown, voucher }) !== claims.cnf.jkt) throw new Refused('jkt');
		}
		send(res, 200, { purposeId: claims.purposeId ?? null, client_id: claims.client_id });
	} catch (error) {
		send(res, 401, { refused: error.message });
	}
}

function answer(req, res, body) {
	const route = `${req.method} ${req.url.split('?')[0]}`;
	if (route === 'POST /token.oauth2') return token(req, res, body);
	if (route === 'GET /.well-known/jwks.json') return send(res, 200, { keys: [platform.key.jwk] });
	if (route === 'GET /_counters') return send(res, 200, { ...platform.counters, last: platform.last });
	if (route === 'POST /_control') return send(res, 200, control(platform, new URLSearchParams(body)));
	if (req.url.startsWith('/eservice')) return eservice(req, res);
	return send(res, 404, { title: 'Not Found', type: 'about:blank', status: 404 });
}

function listener(req, res) {
	const chunks = [];
	let size = 0;
	req.on('data', (chunk) => {
		size += chunk.length;
		if (size > BODY_MAX) req.destroy(); else chunks.push(chunk);
	});
	req.on('end', () => {
		try {
			answer(req, res, Buffer.concat(chunks).toString());
		} catch (error) {
			process.stderr.write(`${error.stack}\n`);
			if (!res.headersSent) problem(res, 500, '015-0000');
		}
	});
}

const tls = ensureServer(dir);
platform.world = new World(dir);
if (args.stdin) endWithParent();
const server = https.createServer(tls, listener);
server.listen(Number(args.port), args.address, () => {
	fs.writeFileSync(path.join(dir, 'port'), `${server.address().port}\n`);
	process.stdout.write(`ready ${server.address().port}\n`);
});
