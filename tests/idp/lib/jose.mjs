// SPDX-License-Identifier: LGPL-2.1-or-later
// Just enough JOSE to make good tokens and, on purpose, bad ones. Only node's own crypto, so
// the mock needs no package at all.

import crypto from 'node:crypto';

export const b64 = (value) => Buffer.from(value).toString('base64url');

const HASH = { 256: 'sha256', 384: 'sha384', 512: 'sha512' };
const CURVE = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/** A key pair that fits ALG: { kid, alg, privateKey, publicKey, jwk }. */
export function newKey(alg, kid, { bits = 2048 } = {}) {
	let pair;
	if (alg.startsWith('ES')) pair = crypto.generateKeyPairSync('ec', { namedCurve: CURVE[alg] });
	else if (alg === 'EdDSA') pair = crypto.generateKeyPairSync('ed25519');
	else pair = crypto.generateKeyPairSync('rsa', { modulusLength: bits });
	const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg };
	return { kid, alg, ...pair, jwk };
}

/** Signs the bytes INPUT with KEY under algorithm ALG. */
export function signature(input, alg, key) {
	if (alg === 'none') return '';
	const data = Buffer.from(input);
	if (alg.startsWith('HS')) {
		return crypto.createHmac(HASH[alg.slice(2)], key).update(data).digest('base64url');
	}
	if (alg === 'EdDSA') return crypto.sign(null, data, key).toString('base64url');
	const hash = HASH[alg.slice(2)];
	if (alg.startsWith('ES')) return crypto.sign(hash, data, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
	if (alg.startsWith('PS')) {
		return crypto.sign(hash, data, {
			key, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: crypto.constants.RSA_PSS_SALTLEN_DIGEST,
		}).toString('base64url');
	}
	return crypto.sign(hash, data, key).toString('base64url');
}

/** A compact JWS. HEADER and PAYLOAD are objects, or strings to send as they are. */
export function compact(header, payload, alg, key) {
	const text = (v) => (typeof v === 'string' ? v : JSON.stringify(v));
	const input = `${b64(text(header))}.${b64(text(payload))}`;
	return `${input}.${signature(input, alg, key)}`;
}
