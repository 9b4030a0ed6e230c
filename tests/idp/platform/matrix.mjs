// SPDX-License-Identifier: LGPL-2.1-or-later
// A client for each way a host can prove itself, each once with and once without DPoP, at a
// platform that is as strict as it can be made. tests/module/test-interop.c walks through them.

import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ensureClient } from '../lib/ca.mjs';
import { newKey } from '../lib/jose.mjs';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
/** Of the hosts' keys, and of the platform's: its clients' ID tokens take turns. */
export const ALGS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
// every byte of a secret (RFC 6749 appendix A.2) that one of the two encodings has to escape
const SECRET = 'p%41s:q+r s&t=u"v\\w/x?y#z~';

/** DIR/matrix-ALG.key (PEM) is what a host is given; the client with its public half. */
function keyClient(dir, alg) {
	const { privateKey, jwk } = newKey(alg, 'host');
	fs.writeFileSync(path.join(dir, `matrix-${alg}.key`), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
	return {
		token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: alg,
		jwks: { keys: [jwk] },
	};
}

/** A certificate nobody signed but its own key (RFC 8705 section 2.2), registered with the client. */
function selfSigned(dir) {
	const [key, cert] = ['key', 'pem'].map((suffix) => path.join(dir, `matrix-self.${suffix}`));
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert,
		'-days', '29', '-subj', '/CN=matrix-self'], { stdio: ['ignore', 'pipe', 'pipe'] });
	const { raw, publicKey } = new crypto.X509Certificate(fs.readFileSync(cert));
	return {
		token_endpoint_auth_method: 'self_signed_tls_client_auth',
		jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), use: 'sig', kid: 'self', x5c: [raw.toString('base64')] }] },
	};
}

/** The clients, NAME and NAME-dpop, and code-NAME, which must push their requests; DIR gets matrix-secret and the keys. */
export function matrixClients(dir) {
	fs.writeFileSync(path.join(dir, 'matrix-secret'), SECRET, { mode: 0o600 });
	ensureClient(dir, { name: 'matrix-tls' });
	const ways = {
		none: { token_endpoint_auth_method: 'none' },
		basic: { token_endpoint_auth_method: 'client_secret_basic', client_secret: SECRET },
		post: { token_endpoint_auth_method: 'client_secret_post', client_secret: SECRET },
		...Object.fromEntries(ALGS.map((alg) => [`jwt-${alg}`, keyClient(dir, alg)])),
		tls: { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=matrix-tls' },
		'self-signed': selfSigned(dir),
	};
	const all = Object.entries(ways).flatMap(([name, way], i) => [false, true].map((dpop) => ({
		...way, client_id: `${name}${dpop ? '-dpop' : ''}`, client_name: 'Unix hosts', application_type: 'native',
		response_types: ['code'], redirect_uris: ['http://127.0.0.1/'],
		grant_types: [DEVICE_GRANT, 'authorization_code', 'refresh_token', ...(name === 'none' ? [] : ['client_credentials'])],
		dpop_bound_access_tokens: dpop,
		...(/tls/.test(way.token_endpoint_auth_method) ? { tls_client_certificate_bound_access_tokens: !dpop } : {}),
		id_token_signed_response_alg: ALGS[(2 * i + Number(dpop)) % ALGS.length],
	})));
	// oidc-provider wants a device authorization pushed too where it wants that of a request
	const pushing = all.map((client) => ({ ...client, client_id: `code-${client.client_id}`, require_pushed_authorization_requests: true }));
	return [...all, ...pushing];
}

/** What makes the provider stricter than it is for the other tests. */
export const strict = {
	fapi: { enabled: true, profile: '2.0' },
};
