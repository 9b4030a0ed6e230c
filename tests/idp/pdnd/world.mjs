// SPDX-License-Identifier: LGPL-2.1-or-later
// Who may ask for what at the interoperability platform of the tests: clients with their keys,
// purposes with their clients, e-services. A client reaches a purpose only while the whole chain is
// active: the purpose, the agreement, the e-service, the client's place in the purpose, a key.
//
//     A -> P1 P2,  B -> P2 P3,  P1 P2 -> X,  P3 -> Y;  API: a client of the platform's own interface

import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

export const IDS = {
	A: '0a000000-0000-4000-8000-00000000000a', B: '0b000000-0000-4000-8000-00000000000b', API: '0c000000-0000-4000-8000-00000000000c',
	P1: '10000000-0000-4000-8000-000000000001', P2: '10000000-0000-4000-8000-000000000002', P3: '10000000-0000-4000-8000-000000000003',
	X: 'e0000000-0000-4000-8000-00000000000e', Y: 'e0000000-0000-4000-8000-00000000000f',
};

/** RFC 7638, which is what the platform calls a kid. */
export function thumbprint(key) {
	const jwk = key.export({ format: 'jwk' });
	const text = jwk.kty === 'RSA' ? JSON.stringify({ e: jwk.e, kty: jwk.kty, n: jwk.n }) : JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });
	return crypto.createHash('sha256').update(text).digest('base64url');
}

/** What a person may upload as the key of a client: one public RSA key of 2048 bits or more. */
export function readUpload(pem) {
	const labels = [...pem.matchAll(/-----BEGIN ([A-Z ]+)-----/g)].map((m) => m[1]);
	if (labels.length !== 1) throw new Error(labels.length ? 'several keys' : 'no key');
	if (labels[0] === 'CERTIFICATE') throw new Error('a certificate');
	if (labels[0] !== 'PUBLIC KEY') throw new Error(`not a public key: ${labels[0]}`);
	const key = crypto.createPublicKey(pem);
	if (key.asymmetricKeyType !== 'rsa') throw new Error('not an RSA key');
	if (key.asymmetricKeyDetails.modulusLength < 2048) throw new Error('too short');
	return key;
}

export class World {
	/** Makes DIR/client-a.key and so on where they are not there yet. */
	constructor(dir) {
		const client = (name, kind) => {
			const made = { id: IDS[name], name, kind, keys: new Map() };
			const file = path.join(dir, `client-${name.toLowerCase()}.key`);
			if (!fs.existsSync(file)) {
				const { privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
				fs.writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
			}
			this.addKey(made, crypto.createPublicKey(fs.readFileSync(file)).export({ type: 'spki', format: 'pem' }));
			return [made.id, made];
		};
		const eservice = (name, aud) => [IDS[name], { id: IDS[name], name, aud, life: 600, state: 'active' }];
		const purpose = (name, of, clients) => [IDS[name], {
			id: IDS[name], name, eservice: IDS[of], clients: new Set(clients.map((c) => IDS[c])), state: 'active', agreement: 'active',
		}];
		this.clients = new Map([client('A', 'eservice'), client('B', 'eservice'), client('API', 'api')]);
		this.eservices = new Map([eservice('X', ['https://x.pa.test/api/v1']), eservice('Y', ['https://y.pa.test/api/v1', 'https://y2.pa.test/api/v1'])]);
		this.purposes = new Map([purpose('P1', 'X', ['A']), purpose('P2', 'X', ['A', 'B']), purpose('P3', 'Y', ['B'])]);
	}

	addKey(client, pem) {
		const key = readUpload(pem);
		const kid = thumbprint(key);
		client.keys.set(kid, key);
		return kid;
	}

	/** By id, or by the name above. */
	client(word) { return this.clients.get(IDS[word] ?? word); }

	purpose(word) { return this.purposes.get(IDS[word] ?? word); }

	eservice(word) { return this.eservices.get(IDS[word] ?? word); }

	/** The first broken link between a client and a purpose, or null. */
	brokenLink(client, purpose) {
		const eservice = purpose && this.eservices.get(purpose.eservice);
		if (!purpose || !purpose.clients.has(client.id)) return 'tokenGenerationStatesEntryNotFound';
		if (purpose.state !== 'active') return 'inactivePurpose';
		if (purpose.agreement !== 'active') return 'inactiveAgreement';
		return eservice.state === 'active' ? null : 'inactiveEService';
	}
}
