// SPDX-License-Identifier: LGPL-2.1-or-later
// What each case of the mock does wrong. A case is an object of hooks; a hook that is absent
// means "as a good platform would". README.md lists them for people.
//
//   discovery(doc, c)        changes or replaces the metadata document (a string is sent raw)
//   device(answer, c)        the same for the device authorization answer
//   poll(c)                  what the Nth poll of a device code gets: a reply, or null for tokens
//   back(params, c)          what the browser is sent back with after the authorization endpoint
//   par(c)                   takes the answer to a pushed request over
//   redeem(c)                what a code that is right gets instead of tokens: a reply, or null
//   tokens(answer, c)        the token answer
//   token({header, claims, alg, key}, c)   the ID token before it is signed; a string is the token
//   jwks(doc, c)             the key set
//   userinfo(doc, c)
//   introspection(doc, c)    what the platform says about a token
//   tokenType                token_type of every token
//   spend(c)                 what a refresh token that is right gets instead of tokens: a reply, or null
//   renew(answer, c)         the answer to a refresh; rotatesNot: the old refresh token stays good
//   revoke(c)                what a revocation gets: a reply, or undefined for 200
//   respond(c)               takes a whole request over: true when it has answered
//   scim(page, c)            a page of the directory
//
// c is the context of one request: see mock.mjs.

import crypto from 'node:crypto';
import { b64, compact, newKey } from '../lib/jose.mjs';
import { dpop } from './dpop.mjs';
import { keycloakCases } from './keycloak.mjs';
import { mtls } from './mtls.mjs';
import { refreshCases } from './refresh.mjs';

const json = (status, body, headers = {}) => ({ status, headers: { 'content-type': 'application/json', ...headers }, body });
const fail = (error, status = 400) => json(status, { error });
const html = (status) => ({ status, headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Not found</title><h1>Not found</h1>' });
const claims = (change) => ({ token: (t) => { Object.assign(t.claims, change(t.claims)); } });
const without = (name) => ({ token: (t) => { delete t.claims[name]; } });
const header = (change) => ({ token: (t) => { Object.assign(t.header, change); } });
const meta = (change) => ({ discovery: (d, c) => { Object.assign(d, change(c, d)); } });
const device = (change) => ({ device: (d) => { Object.assign(d, change); } });
const deviceWithout = (name) => ({ device: (d) => { delete d[name]; } });
const at = (endpoint, reply) => ({ respond: (c) => (c.endpoint === endpoint ? c.send(reply(c)) : false) });
const foreign = (c) => c.origin.replace('127.0.0.1', 'localhost');

let spare;
const spareKeys = () => (spare ??= { rsa: newKey('RS256', 'stranger'), ec: newKey('ES256', 'stranger-ec'), small: newKey('RS256', 'small', { bits: 1024 }) });

const discovery = {
	'discovery-issuer-other': meta(() => ({ issuer: 'https://evil.example' })),
	'discovery-issuer-slash': meta((c) => ({ issuer: `${c.issuer}/` })),
	'discovery-issuer-case': meta((c) => ({ issuer: c.issuer.replace('https', 'HTTPS') })),
	'discovery-issuer-missing': meta(() => ({ issuer: undefined })),
	'discovery-issuer-array': meta((c) => ({ issuer: [c.issuer] })),
	'discovery-no-device': meta(() => ({ device_authorization_endpoint: undefined })),
	'discovery-no-token': meta(() => ({ token_endpoint: undefined })),
	'discovery-no-jwks': meta(() => ({ jwks_uri: undefined })),
	'discovery-http-endpoint': meta((c, d) => ({ token_endpoint: d.token_endpoint.replace('https:', 'http:') })),
	'discovery-foreign-endpoint': meta((c, d) => ({ token_endpoint: d.token_endpoint.replace(c.origin, foreign(c)) })),
	'discovery-file-endpoint': meta(() => ({ jwks_uri: 'file:///etc/passwd' })),
	'discovery-endpoint-number': meta(() => ({ token_endpoint: 7 })),
	'discovery-array': { discovery: (d) => [d] },
	'discovery-duplicate': { discovery: (d) => JSON.stringify(d).replace('{', '{"issuer":"https://evil.example",') },
	'discovery-deep': { discovery: () => '['.repeat(100000) + ']'.repeat(100000) },
	'discovery-nul': meta((c) => ({ issuer: `${c.issuer}\u0000x` })),
	'discovery-bad-utf8': { discovery: (d) => Buffer.concat([Buffer.from(JSON.stringify(d).slice(0, -1)), Buffer.from(',"x":"\xff\xfe"}', 'latin1')]) },
	'discovery-bom': { discovery: (d) => `\ufeff${JSON.stringify(d)}` },
	'discovery-trailing': { discovery: (d) => `${JSON.stringify(d)}{}` },
	'discovery-html-type': { respond: (c) => (c.endpoint === 'discovery' ? c.send({ status: 200, headers: { 'content-type': 'text/html' }, body: c.metadata() }) : false) },
	'oauth-only': { respond: (c) => (c.endpoint === 'discovery' && !c.rfc8414 ? c.send(html(404)) : false) },
	'oidc-only': { respond: (c) => (c.endpoint === 'discovery' && c.rfc8414 ? c.send(html(404)) : false) },
};

// Transport faults hit every endpoint by default, or the one named by `at=`:
// garbage,at=token and so on. See mock.mjs: aim().
const transport = {
	garbage: () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: '{"issuer": "https://127.0.0.1' }),
	empty: () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: '' }),
	'html-404': () => html(404),
	'error-500': () => json(500, { error: 'server_error' }),
	'error-502-html': () => html(502),
	'error-503-retry': () => json(503, { error: 'temporarily_unavailable' }, { 'retry-after': '3600' }),
	'error-429': () => json(429, { error: 'too_many_requests' }, { 'retry-after': '2' }),
	'redirect-loop': (c) => ({ status: 302, headers: { location: c.url.href }, body: '' }),
	'redirect-foreign': (c) => ({ status: 302, headers: { location: c.url.href.replace(c.origin, foreign(c)) }, body: '' }),
	'redirect-http': (c) => ({ status: 302, headers: { location: c.url.href.replace('https:', 'http:') }, body: '' }),
	'redirect-file': () => ({ status: 302, headers: { location: 'file:///etc/passwd' }, body: '' }),
	'redirect-same': (c) => (c.url.searchParams.has('moved') ? null : { status: 302, headers: { location: `${c.url.href}${c.url.search ? '&' : '?'}moved=1` }, body: '' }),
	'redirect-none': () => ({ status: 302, headers: {}, body: '' }),
	big: () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.alloc(10 * 1024 * 1024, 0x20) }),
	endless: (c) => c.endless(),
	trickle: (c) => c.trickle(),
	hang: (c) => c.hang(),
	reset: (c) => c.reset(),
	'truncated-length': (c) => c.truncate(false),
	'truncated-chunked': (c) => c.truncate(true),
	'truncated-tls': (c) => c.cut(),
	'gzip-bomb': (c) => c.bomb(),
	'header-flood': () => json(200, {}, Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`x-flood-${i}`, 'y'.repeat(1000)]))),
	'skewed-date': (c) => c.skew(3600),
	'not-http': (c) => c.raw('SSH-2.0-OpenSSH_9.2\r\n'),
};

const deviceCases = {
	'device-404-html': at('device', () => html(404)),
	'device-no-interval': deviceWithout('interval'),
	'device-no-expires': deviceWithout('expires_in'),
	'device-no-uri': deviceWithout('verification_uri'),
	'device-no-complete': deviceWithout('verification_uri_complete'),
	'device-no-user-code': deviceWithout('user_code'),
	'device-no-device-code': deviceWithout('device_code'),
	'device-uri-url-spelling': { device: (d) => { d.verification_url = d.verification_uri; delete d.verification_uri; } },
	'device-interval-zero': device({ interval: 0 }),
	'device-interval-negative': device({ interval: -5 }),
	'device-interval-huge': device({ interval: 4294967296 }),
	'device-interval-string': device({ interval: '1' }),
	'device-interval-float': device({ interval: 0.001 }),
	'device-expires-zero': device({ expires_in: 0 }),
	'device-expires-soon': device({ expires_in: 3 }),
	'device-expires-huge': device({ expires_in: 9007199254740993 }),
	'device-code-controls': device({ user_code: 'AB\u001b[31mCD\r\nroot: ok' }),
	'device-code-long': device({ user_code: 'A'.repeat(4096) }),
	'device-code-empty': device({ user_code: '' }),
	'device-code-bidi': device({ user_code: 'AB\u202eDC' }),
	'device-uri-http': { device: (d) => { d.verification_uri = d.verification_uri.replace('https:', 'http:'); } },
	'device-uri-script': device({ verification_uri: 'javascript:alert(1)', verification_uri_complete: 'javascript:alert(2)' }),
	'device-uri-controls': device({ verification_uri: 'https://x\u001b]8;;https://evil.example\u0007y/' }),
	'device-uri-long': device({ verification_uri: `https://x.example/${'a'.repeat(8000)}` }),
	'device-duplicate': { device: (d) => JSON.stringify(d).replace('{', '{"user_code":"EVIL-CODE",') },
	'device-invalid-client': at('device', () => json(401, { error: 'invalid_client' }, { 'www-authenticate': 'Basic realm="x"' })),
	'device-unauthorized-client': at('device', () => fail('unauthorized_client')),
	'device-invalid-scope': at('device', () => json(400, { error: 'invalid_scope', error_description: "One or more requested scope is not allowed for client 'x'" })),
	'device-error-200': at('device', () => json(200, { error: 'invalid_request' })),
	'device-error-controls': at('device', () => json(400, { error: 'invalid_scope', error_description: 'x\u001b[2Jy\nroot: granted' })),
};

/** What a request may ask for: the parameter allow=a+b, and openid=must: not without openid. */
const allowed = (c) => new Set((c.tenant.params.allow ?? 'openid').split('+'));
const scopeRefused = (c) => {
	const asked = (c.form.get('scope') ?? '').split(' ').filter(Boolean);
	if (c.tenant.params.openid === 'must' && !asked.includes('openid')) return true;
	return !c.tenant.params.drops && asked.some((s) => !allowed(c).has(s));
};
const scopes = (endpoints, more = {}) => ({
	...meta((c) => ({ scopes_supported: c.tenant.params.lists === 'no' ? undefined : [...allowed(c)], ...more })),
	respond: (c) => (endpoints.includes(c.endpoint) && scopeRefused(c) ? c.send(fail('invalid_scope')) : false),
});

const scopeCases = {
	scopes: scopes(['device', 'par']),
	'scopes-par': scopes(['par'], { device_authorization_endpoint: undefined }),
	'scopes-not-device': {
		...scopes(['par']),
		respond: (c) => (c.endpoint === 'device' ? c.send(fail('unauthorized_client')) : c.endpoint === 'par' && scopeRefused(c) ? c.send(fail('invalid_scope')) : false),
	},
	'scopes-nowhere': scopes([], { device_authorization_endpoint: undefined, pushed_authorization_request_endpoint: undefined }),
	// two scopes that are fine alone and refused together
	'scopes-rivals': {
		...scopes([]),
		respond: (c) => (c.endpoint === 'device' && /\ba\b.*\bb\b/.test(c.form.get('scope')) ? c.send(fail('invalid_scope')) : false),
	},
	// a page of whoever owns the hotel's network
	'scopes-portal': at('device', () => html(200)),
	'scopes-down': at('device', () => json(503, {})),
};

const back = (change) => ({ back: (p, c) => ({ ...p, ...change(p, c) }) });
const pushed = (reply) => ({ par: (c) => c.send(reply(c)) });
const URI = 'urn:ietf:params:oauth:request_uri:';

const codeCases = {
	'code-iss-wrong': back(() => ({ iss: 'https://evil.example' })),
	'code-iss-slash': back((p) => ({ iss: `${p.iss}/` })),
	'code-iss-missing': back(() => ({ iss: undefined })),
	'code-iss-never': { ...back(() => ({ iss: undefined })), ...meta(() => ({ authorization_response_iss_parameter_supported: undefined })) },
	'code-iss-unasked': meta(() => ({ authorization_response_iss_parameter_supported: false })),
	'code-iss-wrong-unasked': { ...back(() => ({ iss: 'https://evil.example' })), ...meta(() => ({ authorization_response_iss_parameter_supported: false })) },
	'code-state-changed': back((p) => ({ state: `${p.state.slice(0, -1)}${p.state.endsWith('A') ? 'B' : 'A'}` })),
	'code-state-missing': back(() => ({ state: undefined })),
	'code-state-extra': back(() => ({ state: 'nobody-sent-one' })),
	'code-nothing': back(() => ({ code: undefined })),
	'code-denied': back(() => ({ code: undefined, error: 'access_denied', error_description: 'The person said no' })),
	'code-error': back(() => ({ code: undefined, error: 'invalid_scope', error_description: 'No such scope\u001b[31m' })),
	'code-unavailable': back(() => ({ code: undefined, error: 'temporarily_unavailable' })),
	'code-both': back(() => ({ error: 'access_denied' })),
	'code-denied-by-other': back(() => ({ code: undefined, error: 'access_denied', iss: 'https://evil.example' })),
	'code-used': { redeem: () => fail('invalid_grant') },
	'code-stolen': back((p, c) => { // another sign-in's code: its challenge is not ours
		const code = `stolen-${p.code}`;
		c.tenant.codes.set(code, { ...c.tenant.codes.get(p.code), challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' });
		return { code };
	}),
	'code-redeem-500': { redeem: () => json(503, { error: 'temporarily_unavailable' }) },
	'code-redeem-client': { redeem: () => json(401, { error: 'invalid_client' }) },
	'nonce-missing': without('nonce'),
	'nonce-number': claims(() => ({ nonce: 7 })),
	'c-hash-wrong': claims(() => ({ c_hash: 'LDktKdoQak3Pk0cnXxCltA' })),
	'par-never': meta(() => ({ pushed_authorization_request_endpoint: undefined })),
	'par-nowhere': meta(() => ({ pushed_authorization_request_endpoint: undefined, require_pushed_authorization_requests: true })),
	'par-refused': pushed(() => fail('invalid_request')),
	'par-404-html': pushed(() => html(404)),
	'par-500': pushed(() => html(500)),
	'par-garbage': pushed(() => json(201, '{"request_uri": "urn')),
	'par-no-uri': pushed(() => json(201, { expires_in: 60 })),
	'par-no-expires': pushed(() => json(201, { request_uri: `${URI}x` })),
	'par-expires-zero': pushed(() => json(201, { request_uri: `${URI}x`, expires_in: 0 })),
	'par-uri-long': pushed(() => json(201, { request_uri: URI + 'x'.repeat(600), expires_in: 60 })),
	'par-uri-controls': pushed(() => json(201, { request_uri: `${URI}x\u001b[2J`, expires_in: 60 })),
	'no-pkce': meta(() => ({ code_challenge_methods_supported: undefined })),
	'pkce-plain': meta(() => ({ code_challenge_methods_supported: ['plain'] })),
	'auth-nowhere': meta(() => ({ authorization_endpoint: undefined })),
	'auth-query': meta((c, d) => ({ authorization_endpoint: `${d.authorization_endpoint}?tenant=a%20b` })),
};

const polls = {
	pending: { poll: () => fail('authorization_pending') },
	'slow-down': { poll: () => fail('slow_down') },
	'slow-down-once': { poll: (c) => (c.code.polls === 1 ? fail('slow_down') : null) },
	denied: { poll: () => fail('access_denied') },
	'denied-stays-pending': { poll: () => fail('authorization_pending') },
	'code-expired': { poll: () => fail('expired_token') },
	'invalid-grant': { poll: () => fail('invalid_grant') },
	'unknown-error': { poll: () => fail('computer_says_no') },
	'error-200': { poll: () => json(200, { error: 'authorization_pending' }) },
	'error-once': { poll: (c) => (c.code.polls === 1 ? json(500, {}) : null) },
	'reset-once': { poll: (c) => (c.code.polls === 1 ? c.reset() : null) },
	'someone-else': { user: 'bob' },
	'no-id-token': { tokens: (t) => { delete t.id_token; } },
	'empty-id-token': { tokens: (t) => { t.id_token = ''; } },
	'id-token-number': { tokens: (t) => { t.id_token = 7; } },
	'two-id-tokens': { tokens: (t) => JSON.stringify(t).replace('{', `{"id_token":"${t.id_token}",`) },
	'no-expires-in': { tokens: (t) => { delete t.expires_in; } },
	'token-type-lower': { tokens: (t) => { t.token_type = 'bearer'; } },
	'token-type-mac': { tokens: (t) => { t.token_type = 'mac'; } },
	'with-refresh': { tokens: (t) => { t.refresh_token = `refresh-${crypto.randomUUID()}`; } },
};

const idTokens = {
	'wrong-iss': claims(() => ({ iss: 'https://evil.example' })),
	'iss-slash': claims((t) => ({ iss: `${t.iss}/` })),
	'wrong-aud': claims(() => ({ aud: 'somebody-else' })),
	'aud-list': claims((t) => ({ aud: [t.aud] })),
	'aud-foreign': claims((t) => ({ aud: [t.aud, 'somebody-else'] })),
	'aud-azp': claims((t) => ({ aud: [t.aud, 'somebody-else'], azp: t.aud })),
	'azp-wrong': claims(() => ({ azp: 'somebody-else' })),
	'nonce-wrong': claims(() => ({ nonce: 'nobody-asked-for-this' })),
	expired: claims((t) => ({ iat: t.iat - 7200, exp: t.iat - 3600 })),
	'exp-string': claims((t) => ({ exp: String(t.exp) })),
	'exp-float': claims((t) => ({ exp: t.exp + 0.5 })),
	'exp-huge': claims(() => ({ exp: 1e300 })),
	'exp-negative': claims(() => ({ exp: -1 })),
	'iat-future': claims((t) => ({ iat: t.iat + 86400, exp: t.exp + 86400 })),
	'nbf-future': claims((t) => ({ nbf: t.iat + 86400 })),
	'no-iss': without('iss'), 'no-sub': without('sub'), 'no-aud': without('aud'), 'no-exp': without('exp'), 'no-iat': without('iat'),
	'no-name': without('preferred_username'),
	'sub-empty': claims(() => ({ sub: '' })),
	'sub-long': claims(() => ({ sub: 's'.repeat(300) })),
	'sub-number': claims(() => ({ sub: 12345 })),
	'sub-nul': claims((t) => ({ sub: `${t.sub}\u0000x` })),
	'name-root': claims(() => ({ preferred_username: 'root' })),
	'name-controls': claims(() => ({ preferred_username: 'alice\nroot::0:0' })),
	'name-long': claims(() => ({ preferred_username: 'a'.repeat(4096) })),
	'name-upper': claims(() => ({ preferred_username: 'Alice' })),
	'groups-string': claims(() => ({ groups: 'staff' })),
	'groups-root': claims(() => ({ groups: ['root', 'sudo', 'wheel', 'docker'] })),
	'groups-many': claims(() => ({ groups: Array.from({ length: 1000 }, (_, i) => `g${i}`) })),
	'claims-many': claims(() => Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`c${i}`, 'v']))),
	'claims-deep': { token: (t) => raw(t, JSON.stringify(t.claims).replace('{', `{"x":${'['.repeat(200)}${']'.repeat(200)},`)) },
	'token-long': claims(() => ({ filler: 'f'.repeat(20000) })),
	'duplicate-sub': { token: (t) => raw(t, JSON.stringify(t.claims).replace('{', '{"sub":"u-root",')) },
	'duplicate-alg': { token: (t) => sign(JSON.stringify(t.header).replace('{', '{"alg":"none",'), t.claims, t.alg, t.key) },
	'alg-none': { token: (t) => sign({ ...t.header, alg: 'none' }, t.claims, 'none') },
	'alg-none-signed': { token: (t) => sign({ ...t.header, alg: 'none' }, t.claims, t.alg, t.key) },
	'alg-lower': header({ alg: 'rs256' }),
	'alg-missing': header({ alg: undefined }),
	'hs256-public': { token: (t, c) => sign({ ...t.header, alg: 'HS256' }, t.claims, 'HS256', c.keys[0].publicKey.export({ type: 'spki', format: 'pem' })) },
	'alg-swapped': { token: (t) => sign({ ...t.header, alg: 'PS256' }, t.claims, 'PS256', t.key) },
	'alg-swapped-header': header({ alg: 'ES256' }),
	'signature-wrong': { token: (t) => sign(t.header, t.claims, 'RS256', spareKeys().rsa.privateKey) },
	'signature-cut': { token: (t) => sign(t.header, t.claims, t.alg, t.key).slice(0, -8) },
	'signature-empty': { token: (t) => sign(t.header, t.claims, 'none') },
	'payload-changed': { token: (t) => { const p = sign(t.header, t.claims, t.alg, t.key).split('.'); p[1] = b64(JSON.stringify({ ...t.claims, sub: 'u-bob', preferred_username: 'bob' })); return p.join('.'); } },
	'kid-unknown': header({ kid: 'never-heard-of' }),
	'kid-absent': header({ kid: undefined }),
	'kid-number': header({ kid: 7 }),
	'header-jku': { token: (t, c) => sign({ ...t.header, kid: 'stranger', jku: `${c.issuer}/stranger-jwks` }, t.claims, 'RS256', spareKeys().rsa.privateKey) },
	'header-elsewhere': { token: (t, c) => sign({ ...t.header, kid: undefined, [c.tenant.params.by]: `https://127.0.0.1:${c.tenant.params.to}/keys` }, t.claims, 'RS256', spareKeys().rsa.privateKey) },
	'header-jwk': { token: (t) => sign({ ...t.header, kid: undefined, jwk: spareKeys().rsa.jwk }, t.claims, 'RS256', spareKeys().rsa.privateKey) },
	'header-crit': header({ crit: ['exp'] }),
	'header-b64': header({ b64: false, crit: ['b64'] }),
	'typ-access-token': header({ typ: 'at+jwt' }),
	'typ-logout': header({ typ: 'logout+jwt' }),
	'four-parts': { token: (t) => `${sign(t.header, t.claims, t.alg, t.key)}.` },
	'five-parts': { token: () => 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA' },
	'json-form': { token: (t) => { const [p, q, s] = sign(t.header, t.claims, t.alg, t.key).split('.'); return JSON.stringify({ protected: p, payload: q, signature: s }); } },
	padded: { token: (t) => sign(t.header, t.claims, t.alg, t.key).split('.').map((p) => p + '='.repeat((4 - (p.length % 4)) % 4)).join('.') },
	spaced: { token: (t) => ` ${sign(t.header, t.claims, t.alg, t.key)}` },
	workload: { token: (t) => { t.claims.sub = t.claims.aud; t.claims.client_id = t.claims.aud; } },
};

const sign = (h, p, alg, key) => compact(h, p, alg, key);
const raw = (t, payload) => sign(t.header, payload, t.alg, t.key);

const keySets = {
	'jwks-empty': { jwks: () => ({ keys: [] }) },
	'jwks-missing': { jwks: () => ({}) },
	'jwks-oct': { jwks: (d) => { d.keys.push({ kty: 'oct', kid: 'shared', k: 'c2VjcmV0' }); } },
	'jwks-private': { jwks: (d, c) => ({ keys: c.keys.map((k) => ({ ...k.privateKey.export({ format: 'jwk' }), kid: k.kid, use: 'sig' })) }) },
	'jwks-small': { jwks: () => ({ keys: [spareKeys().small.jwk] }), token: (t) => sign({ ...t.header, kid: 'small' }, t.claims, 'RS256', spareKeys().small.privateKey) },
	'jwks-duplicate-kid': { jwks: (d) => { d.keys.push({ ...spareKeys().rsa.jwk, kid: d.keys[0].kid }); } },
	'jwks-many': { jwks: (d) => { for (let i = 0; i < 5000; i++) d.keys.push({ ...d.keys[0], kid: `k${i}` }); } },
	'jwks-enc': { jwks: (d) => { for (const k of d.keys) k.use = 'enc'; } },
	'jwks-alg-other': { jwks: (d) => { for (const k of d.keys) if (k.kty === 'RSA') k.alg = 'PS512'; } },
	'jwks-no-alg': { jwks: (d) => { for (const k of d.keys) delete k.alg; } },
	'jwks-no-kid': { jwks: (d) => { for (const k of d.keys) delete k.kid; } },
	'jwks-one-no-kid': { jwks: (d) => ({ keys: [{ ...d.keys[0], kid: undefined }] }), token: (t) => { t.header.kid = undefined; } },
	'jwks-unknown-members': { jwks: (d) => { d.keys.unshift({ kty: 'XYZ', kid: 'future', q: 1 }); } },
	'jwks-bad-curve': { jwks: (d) => { d.keys.unshift({ kty: 'EC', crv: 'P-256', kid: 'off', x: b64(Buffer.alloc(32, 1)), y: b64(Buffer.alloc(32, 1)) }); } },
	// The first fetch shows the old set only; tokens are signed by the new key.
	'jwks-rotated': { jwks: (d, c) => (c.hits('jwks') === 1 ? undefined : { keys: [spareKeys().rsa.jwk] }), token: (t) => sign({ ...t.header, kid: 'stranger' }, t.claims, 'RS256', spareKeys().rsa.privateKey) },
};

let twin;
export const twinKey = () => (twin ??= newKey('RS256', 'mock-rs256')); // the name of the others' key, and another key

// What products are known for, each by itself and well-formed otherwise: docs/platforms.md.
const quirks = {
	'device-404-empty': at('device', () => ({ status: 404, headers: { 'content-type': 'text/plain' }, body: '' })),
	'issuer-ends-in-slash': { ...meta((c) => ({ issuer: `${c.issuer}/` })), ...claims((t) => ({ iss: `${t.iss}/` })) },
	'scope-absent': { tokens: (t) => { delete t.scope; } },
	'scope-narrowed': { tokens: (t) => { t.scope = 'openid'; } },
	'typ-own': header({ typ: 'id_token+jwt' }),
	'typ-absent': header({ typ: undefined }),
	'kid-absent-two': { jwks: (d) => { d.keys.push(spareKeys().rsa.jwk); }, ...header({ kid: undefined }) },
	'jwks-twin': { jwks: () => ({ keys: [twinKey().jwk] }), token: (t) => sign(t.header, t.claims, 'RS256', twinKey().privateKey) },
	'jwks-twin-foreign': { jwks: () => ({ keys: [twinKey().jwk] }) },
	'twin-foreign': { token: (t) => sign(t.header, t.claims, 'RS256', twinKey().privateKey) },
	// Only the second token is by the new key; from the second fetch on the old key is withdrawn.
	'jwks-withdrawn': {
		jwks: (d, c) => (c.hits('jwks') === 1 ? undefined : { keys: [spareKeys().rsa.jwk] }),
		token: (t, c) => (c.note('id-token') && c.hits('id-token') === 2 ? sign({ ...t.header, kid: 'stranger' }, t.claims, 'RS256', spareKeys().rsa.privateKey) : undefined),
	},
};

const infos = {
	'userinfo-other-sub': { userinfo: (d) => { d.sub = 'u-bob'; } },
	'userinfo-no-sub': { userinfo: (d) => { delete d.sub; } },
	'userinfo-401': at('userinfo', () => json(401, { error: 'invalid_token' }, { 'www-authenticate': 'Bearer error="invalid_token"' })),
	...signedInfos(),
};

// A userinfo answer under the name of a token. make(p, c): what is sent for the payload p.
function signedInfo(make, type = 'application/jwt') {
	return {
		respond(c) {
			if (c.endpoint !== 'userinfo') return false;
			const payload = { ...c.person(), iss: c.issuer, aud: c.tenant.client ?? 'a-portal' }; // static-token and JWTs are a portal's
			return c.send({ status: 200, headers: { 'content-type': type }, body: make(payload, c) });
		},
	};
}

function signedInfos() {
	const now = () => Math.floor(Date.now() / 1000);
	const claims = (change) => signedInfo((p, c) => c.sign({ ...p, ...change(p, c) }));
	const form = (make) => signedInfo((p, c) => make(p, c.keys[0], c));
	const head = (k, change) => ({ alg: k.alg, typ: 'JWT', kid: k.kid, ...change });
	return {
		'userinfo-signed': claims(() => ({})),
		'userinfo-signed-times': claims(() => ({ iat: now(), exp: now() + 60 })),
		'userinfo-signed-aud-list': claims((p) => ({ aud: [p.aud] })),
		'userinfo-signed-expired': claims(() => ({ iat: now() - 7200, exp: now() - 3600 })),
		'userinfo-signed-future': claims(() => ({ iat: now() + 7200 })),
		'userinfo-signed-other-sub': claims(() => ({ sub: 'u-bob' })),
		'userinfo-signed-no-sub': claims(() => ({ sub: undefined })),
		'userinfo-signed-other-iss': claims(() => ({ iss: 'https://evil.example' })),
		'userinfo-signed-no-iss': claims(() => ({ iss: undefined })),
		'userinfo-signed-other-aud': claims(() => ({ aud: 'somebody-else' })),
		'userinfo-signed-no-aud': claims(() => ({ aud: undefined })),
		'userinfo-signed-wrong-key': form((p, k) => sign(head(k), p, 'RS256', spareKeys().rsa.privateKey)),
		'userinfo-signed-none': form((p, k) => sign(head(k, { alg: 'none' }), p, 'none')),
		'userinfo-signed-hs256': form((p, k) => sign(head(k, { alg: 'HS256' }), p, 'HS256', k.publicKey.export({ type: 'spki', format: 'pem' }))),
		'userinfo-signed-typ': form((p, k) => sign(head(k, { typ: 'at+jwt' }), p, k.alg, k.privateKey)),
		'userinfo-signed-cut': form((p, k) => sign(head(k), p, k.alg, k.privateKey).slice(0, -8)),
		'userinfo-signed-newer': { ...form((p) => sign({ alg: 'RS256', kid: 'stranger' }, p, 'RS256', spareKeys().rsa.privateKey)), jwks: (d, c) => { if (c.hits('jwks') > 1) d.keys.push(spareKeys().rsa.jwk); } },
		'userinfo-json-as-jwt': signedInfo((p) => JSON.stringify(p)),
		'userinfo-jwt-as-json': signedInfo((p, c) => c.sign(p), 'application/json'),
		'userinfo-jwt-as-text': signedInfo((p, c) => c.sign(p), 'text/plain'),
		'userinfo-empty-jwt': signedInfo(() => ''),
	};
}

// Values as JSON spells them: what a JavaScript number cannot hold is put in as text.
const values = {
	text: '"u-7"', integer: '4815', most: '9007199254740991', over: '9007199254740992', rounded: '9007199254740993', huge: '18446744073709551617',
	float: '1.5', whole: '1.0', exponent: '1e3', zero: '0', 'minus-zero': '-0', negative: '-7', empty: '""', null: 'null', true: 'true',
	object: '{"id":7}', array: '["u-7"]', control: '"u\\u001b[2J"', 'not-ascii': '"\u00fc"', long: `"${'u'.repeat(256)}"`, client: '"host-public"',
	list: '["aow","crew"]', 'empty-list': '[]', string: '"aow"', number: '7', bool: 'true',
	'list-number': '["aow",7]', 'list-null': '["aow",null]', 'list-object': '["aow",{"id":"x"}]', nested: '[["aow"]]', absent: undefined,
};

/** The document with NAME set to the value that the key of the issuer names, in that very spelling. */
function put(c, doc, name, key) {
	const raw = values[c.tenant.params[key]];
	if (raw === undefined) return doc;
	return (typeof doc === 'string' ? doc : JSON.stringify(doc)).replace(/}$/, `,"${name}":${raw}}`);
}

// Platforms that speak plain OAuth: two endpoints and nothing else, or userinfo besides.
const only = (...endpoints) => ({ respond: (c) => (endpoints.includes(c.endpoint) ? false : c.send(html(404))) });
const plainTokens = { tokens: (t, c) => { const { id_token, ...rest } = t; return put(c, put(c, { ...rest, refresh_token: 'refresh-secret', preferred_username: 'alice', customer_number: 'c-1', groups: ['staff'] }, 'user_id', 'uid'), 'products', 'list'); } };
const oauth2 = {
	oauth2: { ...only('device', 'token'), ...plainTokens },
	'oauth2-id-token': { ...only('device', 'token'), tokens: (t, c) => put(c, t, 'user_id', 'uid') },
	'oauth2-userinfo': { ...only('device', 'token', 'userinfo'), ...plainTokens, userinfo: (d, c) => put(c, put(c, { ...d, sub: undefined }, 'id', 'id'), 'products', 'list') },
	'oauth2-signed': { respond: (c) => only('device', 'token', 'userinfo').respond(c) || signedInfo((p) => c.sign(p)).respond(c), ...plainTokens },
	// OpenID with a list of the shape that the key of the issuer names
	lists: { token: (t, c) => raw(t, put(c, put(c, { ...t.claims, groups: undefined }, 'groups', 'groups'), 'entitlements', 'list')), userinfo: (d, c) => put(c, { sub: d.sub }, 'products', 'products') },
};

const says = (change) => ({ introspection: (d, c) => { Object.assign(d, change(d, c)); } });
const saysNo = (...names) => ({ introspection: (d) => { for (const name of names) delete d[name]; } });

const introspections = {
	'introspect-active-text': says(() => ({ active: 'true' })),
	'introspect-active-one': says(() => ({ active: 1 })),
	'introspect-active-null': says(() => ({ active: null })),
	'introspect-no-active': saysNo('active'),
	'introspect-twice': { introspection: (d) => JSON.stringify(d).replace('{', '{"active":false,') },
	'introspect-inactive': says(() => ({ active: false })),
	'introspect-no-exp': saysNo('exp'),
	'introspect-expired': says((d) => ({ exp: d.iat - 3600 })),
	'introspect-exp-text': says((d) => ({ exp: String(d.exp) })),
	'introspect-exp-soon': says((d) => ({ exp: d.iat + 2 })),
	'introspect-nbf-future': says((d) => ({ nbf: d.iat + 3600 })),
	'introspect-other-sub': says(() => ({ sub: 'u-bob' })),
	'introspect-other-client': says(() => ({ client_id: 'another' })),
	'introspect-other-iss': says(() => ({ iss: 'https://evil.example' })),
	'introspect-no-iss': saysNo('iss'),
	'introspect-aud-other': says(() => ({ aud: 'https://somebody-else.test' })),
	'introspect-aud-list': says((d) => ({ aud: ['https://somebody-else.test', d.aud] })),
	'introspect-aud-spaces': says((d) => ({ aud: `https://somebody-else.test ${d.aud}` })),
	'introspect-aud-number': says(() => ({ aud: 7 })),
	'introspect-no-aud': saysNo('aud'),
	'introspect-to-us': { introspection: (d, c) => { delete d.aud; d.client_id = c.client; } },
	'introspect-dpop': says(() => ({ token_type: 'DPoP' })),
	'introspect-bound': says(() => ({ cnf: { jkt: 'x' } })),
	'introspect-workload': says((d) => ({ sub: d.client_id })),
	'introspect-no-sub': saysNo('sub', 'username'),
	'introspect-name-only': saysNo('sub'),
	'introspect-id-token': says(() => ({ nonce: 'n' })),
	'introspect-no-type': saysNo('token_type'),
	'introspect-refresh': { ...saysNo('token_type'), respond: (c) => (c.endpoint === 'userinfo' ? c.json({ error: 'invalid_token' }, 401) : false) },
	'introspect-no-groups': saysNo('groups', 'preferred_username'),
	'introspect-no-groups-bob': { ...saysNo('groups'), userinfo: (d) => { d.sub = 'u-bob'; } },
	'introspect-groups-text': says(() => ({ groups: 'staff' })),
	'introspect-groups-numbers': says(() => ({ groups: ['staff', 7] })),
	'introspect-groups-object': says(() => ({ groups: { staff: true } })),
	'introspect-no-openid': { introspection: (d) => { delete d.groups; d.scope = 'x'; } },
	'introspect-401': at('introspection', () => json(401, { error: 'invalid_client' }, { 'www-authenticate': 'Basic realm="x"' })),
	'introspect-html': at('introspection', () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Sign in</title>' })),
	'introspect-signed': { respond: (c) => (c.endpoint === 'introspection' ? c.send({ headers: { 'content-type': 'application/token-introspection+jwt' }, body: c.sign({ token_introspection: { active: true } }) }) : false) },
	'introspect-revoked': { introspection: (d, c) => (c.hits('introspection') > 1 ? { active: false } : undefined) },
	'no-introspection': meta(() => ({ introspection_endpoint: undefined })),
};

const page = (c) => Math.floor((c.start - 1) / c.count);

const directories = {
	'scim-same-page': { startIndex: () => 1 },
	'scim-total-high': { scim: (p) => { p.totalResults += 50; } },
	'scim-total-low': { scim: (p) => { p.totalResults = Math.max(1, p.totalResults - 50); } },
	'scim-total-missing': { scim: (p) => { delete p.totalResults; } },
	'scim-total-string': { scim: (p) => { p.totalResults = String(p.totalResults); } },
	'scim-total-changes': { scim: (p, c) => { p.totalResults += page(c); } },
	'scim-duplicates': { scim: (p, c) => { if (page(c) > 0 && p.Resources.length) p.Resources[0] = c.first(); } },
	'scim-endless': { startIndex: () => 1, scim: (p) => { p.totalResults = 1000000; for (const r of p.Resources) { r.id = crypto.randomUUID(); r.userName = `u${r.id.slice(0, 8)}`; } } },
	'scim-zero-page': { scim: (p, c) => { if (page(c) > 0) { p.Resources = []; p.itemsPerPage = 0; } } },
	'scim-no-resources': { scim: (p) => { delete p.Resources; } },
	'scim-resources-object': { scim: (p) => { p.Resources = {}; } },
	'scim-reset-half': { scim: (p, c) => (page(c) === 1 ? c.reset() : undefined) },
	'scim-truncated-half': { scim: (p, c) => (page(c) === 1 ? c.truncate(false) : undefined) },
	'scim-500-half': { scim: (p, c) => (page(c) === 1 ? c.send(json(500, { status: '500' })) : undefined) },
	'scim-500-once': { scim: (p, c) => (page(c) === 1 && c.hits('scim-fault') === 0 && c.note('scim-fault') ? c.send(json(500, { status: '500' })) : undefined) },
	'scim-429-once': { scim: (p, c) => (page(c) === 1 && c.hits('scim-fault') === 0 && c.note('scim-fault') ? c.send(json(429, {}, { 'retry-after': '1' })) : undefined) },
	'scim-401-once': { scim: (p, c) => (page(c) === 1 && c.hits('scim-fault') === 0 && c.note('scim-fault') ? c.send(json(401, {}, { 'www-authenticate': 'Bearer error="invalid_token"' })) : undefined) },
	'scim-401': { scim: (p, c) => c.send(json(401, { status: '401' }, { 'www-authenticate': 'Bearer' })) },
	'scim-garbage-half': { scim: (p, c) => (page(c) === 1 ? c.send({ status: 200, headers: { 'content-type': 'application/scim+json' }, body: '{"Resources":[{"id":"' }) : undefined) },
	'scim-empty': { scim: (p) => { p.totalResults = 0; p.Resources = []; } },
	'scim-duplicate-members': { scim: (p) => JSON.stringify(p).replace('"userName"', '"userName":"root","userName"') },
	'scim-bad-records': { scim: (p) => { p.Resources = p.Resources.concat(badPeople()); p.totalResults = p.Resources.length; } },
	'scim-big-record': { scim: (p) => { if (p.Resources[0]) p.Resources[0].displayName = 'x'.repeat(1024 * 1024); } },
	'scim-plain-json': { scimType: 'application/json' },
	'scim-reset-once': { scim: (p, c) => (page(c) === 1 && c.hits('scim-fault') === 0 && c.note('scim-fault') ? c.reset() : undefined) },
	'scim-truncated-once': { scim: (p, c) => (page(c) === 1 && c.hits('scim-fault') === 0 && c.note('scim-fault') ? c.truncate(true) : undefined) },
	// The server's clock is a day behind: only its own Date tells how long to wait.
	'scim-429-date': { scim: (p, c) => (page(c) === 1 && c.hits('scim-fault') === 0 && c.note('scim-fault') ? c.skew(-86400) ?? c.send(json(429, {}, { 'retry-after': new Date(Date.now() - 86399e3).toUTCString() })) : undefined) },
	'scim-from-zero': { startIndex: (c) => Number(c.url.searchParams.get('startIndex')) + 1, scim: (p) => { p.startIndex -= 1; }, groups: (p) => { p.startIndex -= 1; } },
	'scim-index-lies': { scim: (p) => { p.startIndex -= 1; p.itemsPerPage = 7; } },
	'scim-no-ids': { scim: (p) => { p.Resources.forEach((r, i) => { if (i % 2) delete r.id; }); } },
	'scim-attributes-drop': { scim: (p, c) => { if (c.url.searchParams.has('attributes')) for (const r of p.Resources) { delete r.active; delete r[POSIX]; } } },
	'scim-attributes': { scim: selects },
	'scim-attributes-refused': { respond: (c) => (c.url.searchParams.has('attributes') ? c.send(json(400, { status: '400', scimType: 'invalidValue' })) : false) },
	'scim-etag': { etag: (p) => `W/"${crypto.createHash('sha256').update(JSON.stringify(p)).digest('hex').slice(0, 20)}"`, service: noFilter },
	'scim-etag-delta': { etag: (p) => `"${crypto.createHash('sha256').update(JSON.stringify(p)).digest('hex')}"` },
	'scim-no-filter': { service: noFilter },
	'scim-no-time-filter': { respond: (c) => (c.url.searchParams.get('filter')?.includes('lastModified') ? c.send(json(400, { status: '400', scimType: 'invalidFilter' })) : false) },
	'scim-429-first': { respond: (c) => (c.endpoint === 'scim-config' && c.hits('scim-fault') === 0 && c.note('scim-fault') ? c.send(json(429, {}, { 'retry-after': '1' })) : false) },
	'scim-no-service': { respond: (c) => (c.endpoint === 'scim-config' ? c.send(json(404, { status: '404' })) : false) },
	'scim-cursor': { service: withCursors, cursor: () => undefined },
	'scim-cursor-no-total': { service: withCursors, cursor: (p) => { delete p.totalResults; } },
	'scim-cursor-circle': { service: withCursors, cursor: (p, c) => { p.nextCursor = `c-${c.count}`; } },
	'scim-cursor-again': { service: withCursors, cursor: (p) => { p.nextCursor = 'c-0'; } },
	'scim-cursor-mill': { service: withCursors, cursor: (p) => { p.Resources = []; p.nextCursor = `c-${crypto.randomInt(1e9)}`; } },
	'scim-cursor-long': { service: withCursors, cursor: (p) => { p.nextCursor = 'c'.repeat(2000); } },
	'scim-cursor-short': { service: withCursors, cursor: (p) => { delete p.nextCursor; } },
	'scim-cursor-expired': { service: withCursors, cursor: (p, c) => (c.start > 1 ? c.send(json(400, { status: '400', scimType: 'expiredCursor', detail: 'The cursor is too old' })) : undefined) },
	'scim-cursor-duplicates': { service: withCursors, cursor: (p, c) => { if (c.start > 1 && p.Resources.length) p.Resources[0] = c.first(); } },
	'scim-nested': { groups: (p) => { p.Resources[0].members.push({ value: 'g-1', type: 'Group' }); } },
	'scim-apart': { groups: noMembers },
	'scim-apart-gone': { groups: noMembers, respond: (c) => (c.id === 'g-1' ? c.send(json(404, { status: '404' })) : false) },
	'scim-apart-garbage': { groups: noMembers, group: (g) => { g.members = 'all of them'; } },
	'scim-apart-refused': { groups: noMembers, respond: (c) => (c.id === 'g-1' ? c.send(json(403, { status: '403' })) : false) },
	'scim-paged-short': { groups: noMembers, members: (p) => { p.totalResults += 1; } },
	'scim-paged-again': { groups: noMembers, startIndex: (c) => (c.endpoint === 'members' ? 1 : c.start) },
	indigo: { groups: noMembers, scim: (p, c) => { p.Resources.forEach(asIndigo); selects(p, c); } },
};

const POSIX = 'urn:ietf:params:scim:schemas:extension:posix:2.0:User';
const INDIGO = 'urn:indigo-dc:scim:schemas:IndigoUser';

function noFilter(s) { s.filter.supported = false; }
function withCursors(s) { s.pagination = { cursor: true, index: false, defaultPaginationMethod: 'cursor' }; }
function noMembers(p) { for (const g of p.Resources) delete g.members; }

/** Only what attributes= names, as RFC 7644 section 3.4.2.5 has it; an extension whole or in part. */
function selects(p, c) {
	const names = c.url.searchParams.get('attributes')?.split(',');
	if (!names) return;
	for (const r of p.Resources)
		for (const key of Object.keys(r)) {
			if (key === 'id' || key === 'schemas' || names.includes(key)) continue;
			const inside = names.filter((n) => n.startsWith(`${key}:`)).map((n) => n.slice(key.length + 1));
			if (!inside.length) delete r[key];
			else for (const k of Object.keys(r[key])) if (!inside.includes(k)) delete r[key][k];
		}
}

function asIndigo(r, i) {
	r[INDIGO] = {
		sshKeys: i ? [] : [{ display: 'laptop', primary: true, value: 'AAAAC3NzaC1lZDI1NTE5AAAAIHMsO1sZ0Vb1J4u8dkZ0sVw0Z2P8yN0xH0L0cS0m0x1a', fingerprint: 'x', created: '2026-01-01T00:00:00.000+01:00' }],
		endTime: '2030-01-01T00:00:00.000+01:00', labels: [{ prefix: 'indigo-iam', name: 'site', value: 'LNF' }],
	};
}

function badPeople() {
	const POSIX = 'urn:ietf:params:scim:schemas:extension:posix:2.0:User';
	const bad = (id, userName, posix) => ({ schemas: [POSIX], id, userName, displayName: userName, active: true, [POSIX]: posix });
	return [
		bad('u-bad-1', 'root', { uidNumber: 0, gidNumber: 0, homeDirectory: '/root', loginShell: '/bin/sh' }),
		bad('u-bad-2', 'colon:name', { uidNumber: 1879050000 }),
		bad('u-bad-3', 'line\nroot::0:0', { uidNumber: 1879050001 }),
		bad('u-bad-4', '', { uidNumber: 1879050002 }),
		bad('u-bad-5', 'low', { uidNumber: 1000 }),
		bad('u-bad-6', 'negative', { uidNumber: -1 }),
		bad('u-bad-7', 'floaty', { uidNumber: 1879050003.5 }),
		bad('u-bad-8', 'nobody2', { uidNumber: 65534 }),
		bad('u-bad-9', 'twin', { uidNumber: 1879048292 }),
		bad('u-bad-10', 'homeless', { uidNumber: 1879050005, homeDirectory: 'relative/home' }),
		bad('u-bad-11', 'shelly', { uidNumber: 1879050006, loginShell: '/tmp/evil sh\n' }),
		{ userName: 'noid' }, { id: 7, userName: 'numid' }, null, 'text', [],
	];
}

/** Every case by name: { hooks } where transport faults are aimed by `at=`. */
export const cases = { good: {}, ...dpop, ...mtls, ...discovery, ...deviceCases, ...codeCases, ...polls, ...idTokens, ...keySets, ...quirks, ...infos, ...introspections, ...oauth2, ...directories, ...keycloakCases, ...refreshCases, ...scopeCases };
export const faults = transport;
