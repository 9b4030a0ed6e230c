#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
// Is the strict platform strict? One good request of each kind, and then each with one thing wrong:
// it must be refused with that word. TAP on standard output.
//
//     rules.mjs DIR      (keys are made there)

import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { b64, compact, newKey } from '../lib/jose.mjs';
import { checkRequest } from './assertion.mjs';
import { checkProof } from './proof.mjs';
import { IDS, World, readUpload, thumbprint } from './world.mjs';

const dir = process.argv[2];
const world = new World(dir);
const AUD = 'auth.interop.test/client-assertion';
const URL_ = 'https://auth.interop.test/token.oauth2';
const now = 1700000000;
const keys = Object.fromEntries(['A', 'B', 'API'].map((name) => [name, crypto.createPrivateKey(fs.readFileSync(path.join(dir, `client-${name.toLowerCase()}.key`)))]));
const kid = (name) => thumbprint(crypto.createPublicKey(keys[name]));

function request(change = {}) {
	const who = change.who ?? 'A';
	const t = {
		header: { kid: kid(who), alg: 'RS256', typ: 'JWT' },
		claims: { iss: IDS[who], sub: IDS[who], aud: AUD, jti: crypto.randomUUID(), iat: now, exp: now + 60, purposeId: IDS.P1, ...change.claims },
		key: keys[who],
	};
	change.edit?.(t);
	for (const name of Object.keys(t.claims)) if (t.claims[name] === undefined) delete t.claims[name];
	const jws = t.jws ?? compact(t.header, t.claims, t.sign ?? 'RS256', t.key);
	const form = new URLSearchParams({
		client_id: t.claims.sub ?? '', client_assertion: change.jws?.(jws) ?? jws, grant_type: 'client_credentials',
		client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
	});
	change.form?.(form);
	return checkRequest({ form, world, audience: AUD, now });
}

const claim = (name, value) => ({ edit: (t) => { t.claims[name] = value; } });
const header = (name, value) => ({ edit: (t) => { t.header[name] = value; } });
const form = (fn) => ({ form: fn });
const SHA = crypto.createHash('sha256').update('evidence').digest('hex');
const small = newKey('RS256', 'small', { bits: 1024 });
const ec = newKey('ES256', 'ec');
const good = [
	['A/P1', {}], ['A/P2', claim('purposeId', IDS.P2)], ['B/P2', { who: 'B', ...claim('purposeId', IDS.P2) }], ['B/P3', { who: 'B', ...claim('purposeId', IDS.P3) }],
	['api', { who: 'API', ...claim('purposeId', undefined) }], ['digest', claim('digest', { alg: 'SHA256', value: SHA })],
	['aud in a list', claim('aud', [AUD, 'other'])], ['no client_id', form((f) => f.delete('client_id'))],
];
const bad = [
	['A/P3', claim('purposeId', IDS.P3), 'tokenGenerationStatesEntryNotFound'],
	['B/P1', { who: 'B' }, 'tokenGenerationStatesEntryNotFound'],
	['a purpose nobody knows', claim('purposeId', crypto.randomUUID()), 'tokenGenerationStatesEntryNotFound'],
	['nbf', claim('nbf', now), 'notBeforeError'],
	['another claim', claim('scope', 'x'), 'clientAssertionInvalidClaims'],
	['another header', header('cty', 'JWT'), 'clientAssertionInvalidClaims'],
	['crit', header('crit', ['exp']), 'clientAssertionInvalidClaims'],
	['no typ', { edit: (t) => { delete t.header.typ; } }, 'invalidHeader'],
	['typ at+jwt', header('typ', 'at+jwt'), 'invalidHeader'],
	['no alg', { edit: (t) => { delete t.header.alg; } }, 'algorithmNotFound'],
	['PS256', { edit: (t) => { t.header.alg = t.sign = 'PS256'; } }, 'algorithmNotAllowed'],
	['ES256', { edit: (t) => { t.header.alg = t.sign = 'ES256'; t.key = ec.privateKey; } }, 'algorithmNotAllowed'],
	['none', { edit: (t) => { t.header.alg = t.sign = 'none'; } }, 'algorithmNotAllowed'],
	['no kid', { edit: (t) => { delete t.header.kid; } }, 'kidNotFound'],
	['a kid of 36', header('kid', crypto.randomUUID()), 'invalidKidFormat'],
	['a kid of 48', header('kid', 'A'.repeat(48)), 'invalidKidFormat'],
	['a strange key', { edit: (t) => { t.header.kid = kid('B'); t.key = keys.B; } }, 'tokenGenerationStatesEntryNotFound'],
	['a wrong signature', { edit: (t) => { t.key = keys.B; } }, 'invalidSignature'],
	['no jti', claim('jti', undefined), 'jtiNotFound'], ['empty jti', claim('jti', ''), 'jtiNotFound'],
	['no iat', claim('iat', undefined), 'issuedAtNotFound'], ['iat 0', claim('iat', 0), 'issuedAtNotFound'],
	['iat text', claim('iat', String(now)), 'clientAssertionInvalidClaims'], ['iat to come', claim('iat', now + 60), 'jsonWebTokenError'],
	['no exp', claim('exp', undefined), 'expNotFound'], ['expired', claim('exp', now), 'tokenExpiredError'],
	['no iss', claim('iss', undefined), 'issuerNotFound'], ['another iss', claim('iss', IDS.B), 'clientAssertionInvalidClaims'],
	['no sub', claim('sub', undefined), 'subjectNotFound', (f) => f.delete('client_id')],
	['sub no UUID', claim('sub', 'client-a'), 'invalidSubjectFormat', (f) => f.delete('client_id')],
	['another client_id', form((f) => f.set('client_id', IDS.B)), 'invalidSubject'],
	['client_id no UUID', form((f) => f.set('client_id', 'a')), 'invalidClientIdFormat'],
	['no aud', claim('aud', undefined), 'invalidAudienceFormat'], ['aud with scheme', claim('aud', `https://${AUD}`), 'invalidAudience'],
	['aud joined by a comma', claim('aud', `${AUD},other`), 'invalidAudience'], ['aud the endpoint', claim('aud', URL_), 'invalidAudience'],
	['purposeId no UUID', claim('purposeId', 'P1'), 'invalidPurposeIdClaimFormat'], ['no purposeId', claim('purposeId', undefined), 'purposeIdNotProvided'],
	['api with a purpose', { who: 'API' }, 'unexpectedKeyType'],
	['digest a text', claim('digest', SHA), 'invalidDigestFormat'], ['digest SHA-256', claim('digest', { alg: 'SHA-256', value: SHA }), 'invalidHashAlgorithm'],
	['digest of 63', claim('digest', { alg: 'SHA256', value: SHA.slice(1) }), 'invalidHashLength'],
	['digest in capitals', claim('digest', { alg: 'SHA256', value: SHA.toUpperCase() }), 'invalidDigestFormat'],
	['digest with more', claim('digest', { alg: 'SHA256', value: SHA, of: 'x' }), 'invalidDigestFormat'],
	['grant', form((f) => f.set('grant_type', 'authorization_code')), 'invalidGrantType'],
	['assertion type', form((f) => f.set('client_assertion_type', 'jwt')), 'invalidAssertionType'],
	['a scope', form((f) => f.set('scope', 'x')), 'invalidRequest'], ['twice', form((f) => f.append('client_id', IDS.A)), 'invalidRequest'],
	['no assertion', form((f) => f.delete('client_assertion')), 'invalidClientAssertionFormat'],
	['four parts', { jws: (jws) => `${jws}.x` }, 'invalidClientAssertionFormat'], ['padding', { jws: (jws) => jws.replace('.', '=.') }, 'invalidClientAssertionFormat'],
	['a claim twice', { edit: (t) => { t.jws = compact(t.header, JSON.stringify(t.claims).replace('{', `{"iss":"${IDS.B}",`), 'RS256', t.key); } }, 'invalidClientAssertionFormat'],
];
const chain = [
	['suspended purpose', () => { world.purpose('P1').state = 'suspended'; }, 'inactivePurpose'],
	['suspended agreement', () => { world.purpose('P1').state = 'active'; world.purpose('P1').agreement = 'suspended'; }, 'inactiveAgreement'],
	['suspended e-service', () => { world.purpose('P1').agreement = 'active'; world.eservice('X').state = 'suspended'; }, 'inactiveEService'],
	['detached client', () => { world.eservice('X').state = 'active'; world.purpose('P1').clients.delete(IDS.A); }, 'tokenGenerationStatesEntryNotFound'],
	['attached again', () => { world.purpose('P1').clients.add(IDS.A); }, ''],
	['a key withdrawn', () => { world.client('A').keys.clear(); }, 'tokenGenerationStatesEntryNotFound'],
];
const spki = (key) => key.export({ type: 'spki', format: 'pem' });
const uploads = [
	['a good key', spki(newKey('RS256', 'x').publicKey), ''], ['a private key', keys.A.export({ type: 'pkcs8', format: 'pem' }), 'not a public key'],
	['a short key', spki(small.publicKey), 'too short'], ['a key of EC', spki(ec.publicKey), 'not an RSA key'], ['two keys', spki(small.publicKey) + spki(ec.publicKey), 'several keys'],
	['no key', 'hello', 'no key'], ['a certificate', '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n', 'a certificate'],
];

function proof(edit = () => {}) {
	const pair = newKey('ES256', 'p');
	const { kty, crv, x, y } = pair.publicKey.export({ format: 'jwk' });
	const t = { header: { alg: 'ES256', jwk: { crv, kty, x, y }, typ: 'dpop+jwt' }, claims: { jti: 'n1', htm: 'POST', htu: URL_, iat: now }, key: pair.privateKey };
	edit(t);
	return t.jws ?? compact(t.header, t.claims, t.sign ?? 'ES256', t.key);
}
const proofs = [
	['good', () => {}, ''], ['typ', (t) => { t.header.typ = 'JWT'; }, 'invalidDPoPTyp'], ['an assertion', (t) => { delete t.header.jwk; }, 'invalidDPoPHeader'],
	['EdDSA', (t) => { t.header.alg = 'EdDSA'; }, 'dpopAlgorithmNotAllowed'], ['kid', (t) => { t.header.kid = 'x'; }, 'invalidDPoPHeader'],
	['private half', (t) => { t.header.jwk.d = 'AA'; }, 'invalidDPoPJwk'], ['htm', (t) => { t.claims.htm = 'GET'; }, 'invalidDPoPHtm'],
	['htu', (t) => { t.claims.htu += '/'; }, 'invalidDPoPHtu'], ['old', (t) => { t.claims.iat = now - 61; }, 'invalidDPoPIat'], ['new', (t) => { t.claims.iat = now + 11; }, 'invalidDPoPIat'],
	['ath', (t) => { t.claims.ath = 'x'; }, 'invalidDPoPClaims'], ['nonce', (t) => { t.claims.nonce = 'x'; }, 'invalidDPoPClaims'],
	['signature', (t) => { t.key = ec.privateKey; }, 'invalidDPoPSignature'], ['parts', (t) => { t.jws = `${b64('{}')}.${b64('{}')}`; }, 'invalidDPoPFormat'],
];

let count = 0;
let failed = 0;
function check(name, wanted, fn) {
	let got = '';
	try { fn(); } catch (error) { got = error.code ?? error.message; }
	const ok = wanted === '' ? got === '' : got.startsWith(wanted);
	failed += ok ? 0 : 1;
	process.stdout.write(`${ok ? 'ok' : 'not ok'} ${++count} - ${name}${ok ? '' : `: ${got || 'taken'}, not ${wanted || 'taken'}`}\n`);
}

for (const [name, change] of good) check(`taken: ${name}`, '', () => request(change));
for (const [name, change, code, more] of bad) check(name, code, () => request(more ? { ...change, form: more } : change));
for (const [name, act, code] of chain) check(name, code, () => { act(); request(); });
for (const [name, pem, code] of uploads) check(`upload: ${name}`, code, () => readUpload(pem));
for (const [name, edit, code] of proofs) check(`proof: ${name}`, code, () => checkProof({ proof: proof(edit), method: 'POST', url: URL_, now, seen: new Set() }));
const seen = new Set();
check('proof: once', '', () => checkProof({ proof: proof(), method: 'POST', url: URL_, now, seen }));
check('proof: the number again', 'dpopJtiAlreadyUsed', () => checkProof({ proof: proof(), method: 'POST', url: URL_, now, seen }));
process.stdout.write(`1..${count}\n`);
process.exit(failed ? 1 : 0);
