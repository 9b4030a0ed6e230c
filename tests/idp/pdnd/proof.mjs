// SPDX-License-Identifier: LGPL-2.1-or-later
// A DPoP proof (RFC 9449) as the platform reads it at its token endpoint, and as an e-service reads
// it beside a voucher. No nonces: this platform has none.

import crypto from 'node:crypto';
import { Refused, readPart } from './assertion.mjs';
import { thumbprint } from './world.mjs';

const refuse = (code, detail) => { throw new Refused(code, detail); };

function verify(alg, key, input, signature) {
	return alg === 'ES256' ? crypto.verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature) : crypto.verify('sha256', input, key, signature);
}

function readKey(header) {
	if (header.typ !== 'dpop+jwt') refuse('invalidDPoPTyp', String(header.typ));
	if (!['RS256', 'ES256'].includes(header.alg)) refuse('dpopAlgorithmNotAllowed', String(header.alg));
	if (Object.keys(header).sort().join() !== 'alg,jwk,typ') refuse('invalidDPoPHeader');
	const wanted = header.jwk?.kty === 'RSA' ? 'e,kty,n' : 'crv,kty,x,y';
	if (Object.keys(header.jwk ?? {}).sort().join() !== wanted) refuse('invalidDPoPJwk', 'not exactly the public half');
	const key = crypto.createPublicKey({ key: header.jwk, format: 'jwk' });
	if ((header.alg === 'RS256') !== (key.asymmetricKeyType === 'rsa')) refuse('invalidDPoPJwk', 'of another algorithm');
	return key;
}

/** SEEN: a set of numbers (jti) used before. VOUCHER: when the proof goes along with one. The thumbprint. */
export function checkProof({ proof, method, url, now, seen, voucher }) {
	const parts = proof.split('.');
	if (parts.length !== 3) refuse('invalidDPoPFormat');
	const header = readPart(parts[0], 'invalidDPoPFormat');
	const claims = readPart(parts[1], 'invalidDPoPFormat');
	const key = readKey(header);
	const wanted = voucher ? 'ath,htm,htu,iat,jti' : 'htm,htu,iat,jti';
	if (Object.keys(claims).sort().join() !== wanted) refuse('invalidDPoPClaims', Object.keys(claims).join());
	if (claims.htm !== method) refuse('invalidDPoPHtm');
	if (claims.htu !== url) refuse('invalidDPoPHtu', `${claims.htu} instead of ${url}`);
	if (!Number.isInteger(claims.iat) || claims.iat > now + 10 || claims.iat < now - 60) refuse('invalidDPoPIat');
	if (voucher && claims.ath !== crypto.createHash('sha256').update(voucher).digest('base64url')) refuse('invalidDPoPAth');
	if (!verify(header.alg, key, Buffer.from(`${parts[0]}.${parts[1]}`), Buffer.from(parts[2], 'base64url'))) refuse('invalidDPoPSignature');
	if (typeof claims.jti !== 'string' || !claims.jti || seen.has(claims.jti)) refuse('dpopJtiAlreadyUsed');
	seen.add(claims.jti);
	return thumbprint(key);
}
