#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
// The real identity platform of the tests and the demo: the certified oidc-provider and a SCIM 2.0
// server over the same people, by TLS under a CA of its own.
//
//     platform.mjs --state DIR [--address 127.0.0.1] [--port 8443] [--name localhost] [--code-life 600] [--matrix] [--stdin]
//
// Prints "ready ISSUER". DIR gets ca.pem, control (a unix socket, see control.mjs), host.key (the
// private key of the client host-key), host-ps256.key and host-eddsa.key (of those clients) and
// host-tls.pem with host-tls.key (the certificate of the client host-tls), and
// client-secret (of host-basic, host-post and host-dpop). --matrix: strict, with the clients of
// platform/matrix.mjs beside these, and every refresh token good for one use.

import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import express from 'express';
import { endWithParent, options } from './lib/args.mjs';
import { ensureClient, ensureServer } from './lib/ca.mjs';
import { memoryAdapter } from './platform/adapter.mjs';
import { listenControl } from './platform/control.mjs';
import { Front } from './platform/front.mjs';
import { interactionRoutes } from './platform/interaction.mjs';
import { ALGS, matrixClients } from './platform/matrix.mjs';
import { People } from './platform/people.mjs';
import { certificatePrint, checkProof } from './platform/proof.mjs';
import { hostKeys, makeProvider, newSigningKey, publicJwk } from './platform/provider.mjs';
import { scimRoutes } from './platform/scim.mjs';

const USAGE = 'platform.mjs --state DIR [--address A] [--port N] [--name HOST] [--code-life SECONDS] [--matrix] [--stdin]';
const args = options({
	state: { type: 'string' },
	address: { type: 'string', default: '127.0.0.1' },
	port: { type: 'string', default: '8443' },
	name: { type: 'string', default: 'localhost' },
	'code-life': { type: 'string', default: '600' },
	matrix: { type: 'boolean' },
	stdin: { type: 'boolean' },
}, USAGE);
if (!args.state) {
	process.stderr.write(`--state is missing\nusage: ${USAGE}\n`);
	process.exit(2);
}

const dir = path.resolve(args.state);
const tls = ensureServer(dir);
ensureClient(dir, { name: 'host-tls' });
const secretFile = path.join(dir, 'client-secret');
if (!fs.existsSync(secretFile)) fs.writeFileSync(secretFile, crypto.randomBytes(24).toString('base64url'), { mode: 0o600 });

class Platform {
	constructor() {
		this.people = People.withCast();
		this.adapter = memoryAdapter();
		this.keys = (args.matrix ? ALGS : ['RS256', 'ES256']).map((alg) => newSigningKey(alg));
		this.acr = 'urn:example:mfa';
		this.front = new Front({ address: args.address, port: Number(args.port), tls, handler: (req, res) => this.app(req, res) });
		this.settings = {
			people: this.people, adapter: this.adapter, secret: fs.readFileSync(secretFile, 'utf8'), hostKeys: hostKeys(dir),
			nonceSecret: crypto.randomBytes(32), cookieKey: crypto.randomBytes(24).toString('hex'), codeLife: Number(args['code-life']),
			scopes: { known: [], refused: [] }, // beside its own; the verb scopes changes them
			life: { access: 600 }, // seconds; the verb token-life changes it
			matrix: args.matrix && matrixClients(dir),
		};
	}

	async start() {
		await this.front.listen();
		this.issuer = `https://${args.name}:${this.front.port}`;
		this.build();
		this.app = express();
		this.app.disable('x-powered-by');
		this.app.use('/interaction', interactionRoutes(this));
		this.app.use('/scim/v2', scimRoutes(this.people, (token, scheme, request) => this.authorize(token, scheme, request)));
		this.app.use((req, res) => this.callback(req, res));
		await listenControl(this, path.join(dir, 'control'));
	}

	build() {
		this.provider = makeProvider({ ...this.settings, issuer: this.issuer, keys: this.keys });
		this.callback = this.provider.callback();
	}

	/** New keys sign from now on. The old ones stay published unless keep=no. */
	rotate({ keep = 'yes' } = {}) {
		const fresh = [newSigningKey('RS256'), newSigningKey('ES256')];
		this.keys = keep === 'yes' ? [...fresh, ...this.keys] : fresh;
		this.build();
		return { keys: this.keys.map((k) => k.kid) };
	}

	/** Scopes it has beside its own, and names for which it says invalid_scope. */
	scopes({ known = '', refused = '' }) {
		const words = (text) => text.split(' ').filter(Boolean);
		this.settings.scopes = { known: words(known), refused: words(refused) };
		this.build();
		return this.settings.scopes;
	}

	/** A client of private_key_jwt whose key somebody else has. */
	addKey({ id, alg, spki }) {
		this.settings.hostKeys[id] = publicJwk(Buffer.from(spki, 'base64'), alg);
		this.build();
		return { kid: this.settings.hostKeys[id].kid };
	}

	/** The directory is open to a token of client_credentials that was given the scope. */
	async authorize(token, scheme, request) {
		const found = await this.provider.ClientCredentials.find(token);
		if (!found || !(found.scope ?? '').split(' ').includes('scim:read')) throw new Error('this token does not open the directory');
		const shown = certificatePrint(request.socket);
		if (found['x5t#S256'] && found['x5t#S256'] !== shown) throw new Error('this token is bound to another certificate');
		if (scheme !== (found.jkt ? 'DPoP' : 'Bearer')) throw new Error(`this is no ${scheme} token`);
		if (found.jkt) await checkProof(request, `${this.issuer}${request.originalUrl.split('?')[0]}`, token, found.jkt);
		return found.clientId;
	}
}

const platform = new Platform();
await platform.start();
if (args.stdin) endWithParent();
process.stdout.write(`ready ${platform.issuer}\n`);
