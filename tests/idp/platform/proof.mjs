// SPDX-License-Identifier: LGPL-2.1-or-later
// What a resource server checks of a token that is bound to its holder (RFC 8705 section 3, RFC
// 9449 section 7): the certificate; the scheme, the proof's own signature, that it is for this request and this token, and its key.

import crypto from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';

/** The thumbprint of the certificate a client showed (RFC 8705 section 3.1), if it showed one. */
export function certificatePrint(socket) {
	const { raw } = socket.getPeerCertificate();
	return raw && crypto.createHash('sha256').update(raw).digest('base64url');
}

const seen = new Set(); // a proof is shown once

/** request, its whole address, the token, and the thumbprint the token is bound to: or throws. */
export async function checkProof(request, address, token, jkt) {
	const { payload, protectedHeader } = await jwtVerify(request.header('DPoP') ?? '', EmbeddedJWK, { typ: 'dpop+jwt', maxTokenAge: '60s', clockTolerance: 5 });
	const ath = crypto.createHash('sha256').update(token).digest('base64url');
	if (payload.htm !== request.method || payload.htu !== address) throw new Error(`this proof is for ${payload.htm} ${payload.htu}`);
	if (payload.ath !== ath) throw new Error('this proof is for another token');
	if (await calculateJwkThumbprint(protectedHeader.jwk) !== jkt) throw new Error('this token is bound to another key');
	if (seen.has(payload.jti)) throw new Error('this proof was shown before');
	seen.add(payload.jti);
}
