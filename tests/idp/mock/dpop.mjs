// SPDX-License-Identifier: LGPL-2.1-or-later
// Tokens bound to their holder (RFC 9449), kept well and badly. The tests' authority writes what a
// proof was asked for, METHOD|URL|NONCE|ATH, where a proof would be: what is judged here is what
// idp-netd asked, and whether it obeys a nonce once and no more. Real proofs meet platform.mjs.

import crypto from 'node:crypto';

const RESOURCES = ['userinfo', 'users', 'groups'];
const hash = (token) => crypto.createHash('sha256').update(token).digest('base64url');

/** What is wrong with the request's proof, or undefined. */
function wrong(c, [method, url, , ath]) {
	const token = /^DPoP (.+)$/.exec(c.req.headers.authorization ?? '')?.[1];
	if (method !== c.req.method) return 'htm';
	if (url !== `${c.origin}${c.url.pathname}`) return 'htu';
	if (c.endpoint === 'token') return ath === '' ? undefined : 'ath at the token endpoint';
	if (!token) return 'the token did not come as a DPoP token';
	return ath === hash(token) ? undefined : 'ath';
}

/** nonce(c, theirs) -> the nonce the server wants instead (null: content), or an array of headers. */
const bound = (nonce = () => null, type = 'DPoP') => ({
	tokenType: type,
	discovery(d) { d.dpop_signing_alg_values_supported = ['ES256', 'EdDSA']; },
	respond(c) {
		if (c.endpoint !== 'token' && !RESOURCES.includes(c.endpoint)) return false;
		const asked = (c.req.headers.dpop ?? '').split('|');
		const status = c.endpoint === 'token' ? 400 : 401;
		const trouble = asked.length === 4 ? wrong(c, asked) : 'no proof';
		if (trouble) return c.send({ status, body: { error: 'invalid_dpop_proof', error_description: trouble } });
		const wanted = nonce(c, asked[2]);
		if (wanted === null) return false;
		const headers = wanted === '' ? {} : { 'dpop-nonce': wanted };
		if (status === 401) headers['www-authenticate'] = 'DPoP error="use_dpop_nonce", error_description="once more"';
		return c.send({ status, headers, body: status === 400 ? { error: 'use_dpop_nonce' } : '' });
	},
});

const fixed = (c, theirs) => {
	const ours = c.endpoint === 'token' ? 'nonce.of-the~token' : 'nonce.of-the~resource';
	return theirs === ours ? null : ours;
};

/** Each good answer brings the nonce of the next request: only the very first has to be sent twice. */
const rolling = (c, theirs) => {
	const t = c.tenant;
	if (t.nonce === undefined || theirs !== t.nonce) return (t.nonce = crypto.randomUUID());
	t.nonce = crypto.randomUUID();
	c.headers['dpop-nonce'] = t.nonce;
	return null;
};

export const dpop = {
	dpop: bound(),
	'dpop-bearer': bound(undefined, 'Bearer'),
	'dpop-type-missing': { ...bound(), tokens: (d) => { delete d.token_type; } },
	'dpop-no-es256': { ...bound(), discovery(d) { d.dpop_signing_alg_values_supported = ['RS256']; } },
	'dpop-nonce': bound(fixed),
	'dpop-nonce-rolling': bound(rolling),
	'dpop-nonce-endless': bound(() => crypto.randomUUID()),
	'dpop-nonce-endless-userinfo': bound((c) => (c.endpoint === 'userinfo' ? crypto.randomUUID() : null)),
	'dpop-nonce-long': bound(() => 'n'.repeat(600)),
	'dpop-nonce-spaces': bound(() => 'two words'),
	'dpop-nonce-quote': bound(() => 'a"b'),
	'dpop-nonce-missing': bound(() => ''),
	'dpop-nonce-twice': bound(() => ['first', 'second']),
};
