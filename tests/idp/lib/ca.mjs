// SPDX-License-Identifier: LGPL-2.1-or-later
// A certificate authority of our own, made by openssl(1) at start and kept in a state directory:
// nothing on the host trusts it, so a test proves that the pinned CA is what is trusted.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const NAMES = 'DNS:localhost,DNS:idp.test,IP:127.0.0.1,IP:::1';

function openssl(...args) {
	return execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

function newKey(file) {
	openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file);
}

/** Makes DIR/NAME.pem (the authority) with DIR/NAME.key, unless both are there and of today. */
export function ensureAuthority(dir, name = 'ca') {
	fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
	const key = path.join(dir, `${name}.key`);
	const cert = path.join(dir, `${name}.pem`);
	if (fs.existsSync(cert) && fs.existsSync(key)) return { key, cert };
	newKey(key);
	openssl('req', '-x509', '-new', '-key', key, '-out', cert, '-days', '30', '-subj',
		`/CN=idp-agent test authority ${name}`, '-addext', 'basicConstraints=critical,CA:TRUE',
		'-addext', 'keyUsage=critical,keyCertSign,cRLSign');
	return { key, cert };
}

/** A certificate for a client of that name: DIR/NAME.pem and DIR/NAME.key. */
export function ensureClient(dir, { authority = 'ca', name }) {
	const ca = ensureAuthority(dir, authority);
	const [key, cert, csr, ext] = ['key', 'pem', 'csr', 'ext'].map((suffix) => path.join(dir, `${name}.${suffix}`));
	if (fs.existsSync(cert)) return;
	newKey(key);
	openssl('req', '-new', '-key', key, '-subj', `/CN=${name}`, '-out', csr);
	fs.writeFileSync(ext, 'extendedKeyUsage=clientAuth\nbasicConstraints=CA:FALSE\n');
	openssl('x509', '-req', '-in', csr, '-CA', ca.cert, '-CAkey', ca.key, '-CAcreateserial', '-days', '29', '-extfile', ext, '-out', cert);
}

/** A server certificate signed by that authority; returns what https.createServer takes. */
export function ensureServer(dir, { authority = 'ca', name = 'server', san = NAMES, expired = false } = {}) {
	const ca = ensureAuthority(dir, authority);
	const key = path.join(dir, `${name}.key`);
	const cert = path.join(dir, `${name}.pem`);
	const csr = path.join(dir, `${name}.csr`);
	const ext = path.join(dir, `${name}.ext`);
	if (!fs.existsSync(cert)) {
		newKey(key);
		openssl('req', '-new', '-key', key, '-subj', '/CN=idp-agent test platform', '-out', csr);
		fs.writeFileSync(ext, `subjectAltName=${san}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n`);
		const days = expired ? ['-days', '-1'] : ['-days', '29'];
		openssl('x509', '-req', '-in', csr, '-CA', ca.cert, '-CAkey', ca.key, '-CAcreateserial',
			...days, '-extfile', ext, '-out', cert);
	}
	return {
		key: fs.readFileSync(key),
		cert: Buffer.concat([fs.readFileSync(cert), fs.readFileSync(ca.cert)]),
		ca: fs.readFileSync(ca.cert),
	};
}
