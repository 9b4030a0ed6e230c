#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
// A program that has a token: signs a person in with the device flow, as a portal or a command line
// would, and prints one token of the answer. With --machine it is its own client's token.
//
//     token.mjs --issuer URL --ca FILE --as NAME [--client ID] [--scope S] [--resource URI] [--print id_token]
//     token.mjs --issuer URL --ca FILE --machine --client ID --secret FILE [--resource URI] [--scope S]
//     token.mjs --issuer URL --ca FILE --revoke TOKEN [--client ID] [--secret FILE]

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import { fileURLToPath } from 'node:url';
import { options } from './lib/args.mjs';

const USAGE = 'token.mjs --issuer URL --ca FILE (--as NAME | --machine | --revoke TOKEN) [--client ID] [--secret FILE] [--scope S] [--resource URI] [--print MEMBER]';
const args = options({
	issuer: { type: 'string' }, ca: { type: 'string' }, as: { type: 'string' }, machine: { type: 'boolean' }, revoke: { type: 'string' },
	client: { type: 'string', default: 'unix-hosts' }, secret: { type: 'string' }, scope: { type: 'string', default: 'openid profile' },
	resource: { type: 'string' }, print: { type: 'string', default: 'access_token' },
}, USAGE);
if (!args.issuer || !args.ca || !(args.as || args.machine || args.revoke)) {
	process.stderr.write(`usage: ${USAGE}\n`);
	process.exit(2);
}
const ca = fs.readFileSync(args.ca);
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** GET, or POST of FORM as the client: { status, body }. */
function ask(url, form) {
	const headers = {};
	const body = form && new URLSearchParams(Object.entries(form).filter(([, v]) => v !== undefined));
	if (form && args.secret) {
		const pair = [args.client, fs.readFileSync(args.secret, 'utf8').trim()].map(encodeURIComponent).join(':');
		headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
	} else if (form) body.set('client_id', args.client);
	if (form) headers['content-type'] = 'application/x-www-form-urlencoded';
	return new Promise((resolve, reject) => {
		const req = https.request(url, { method: form ? 'POST' : 'GET', headers, ca }, (res) => {
			const parts = [];
			res.on('data', (part) => parts.push(part));
			res.on('end', () => {
				const text = Buffer.concat(parts).toString();
				resolve({ status: res.statusCode, body: text.startsWith('{') ? JSON.parse(text) : {} });
			});
		});
		req.on('error', reject);
		req.end(body?.toString());
	});
}

function approve(device) {
	const program = fileURLToPath(new URL('./approve.mjs', import.meta.url));
	const child = spawn(process.execPath, [program, '--quiet', '--ca', args.ca, '--as', args.as, device.verification_uri_complete], { stdio: ['ignore', 'ignore', 'inherit'] });
	return new Promise((resolve, reject) => {
		child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the browser gave ${code}`))));
	});
}

async function signIn(metadata) {
	const { status, body: device } = await ask(metadata.device_authorization_endpoint, { scope: args.scope, resource: args.resource });
	if (status !== 200) throw new Error(JSON.stringify(device));
	await approve(device);
	for (;;) {
		const form = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: device.device_code, resource: args.resource };
		const { status: polled, body } = await ask(metadata.token_endpoint, form);
		if (polled === 200) return body;
		if (body.error !== 'authorization_pending' && body.error !== 'slow_down') throw new Error(JSON.stringify(body));
		await sleep(500);
	}
}

try {
	const { body: metadata } = await ask(`${args.issuer}/.well-known/openid-configuration`);
	let answer;
	if (args.revoke) {
		const { status } = await ask(metadata.revocation_endpoint, { token: args.revoke });
		process.exit(status === 200 ? 0 : 1);
	} else if (args.machine) {
		({ body: answer } = await ask(metadata.token_endpoint, { grant_type: 'client_credentials', resource: args.resource, scope: args.resource && args.scope }));
	} else answer = await signIn(metadata);
	if (!answer[args.print]) throw new Error(`no ${args.print}: ${JSON.stringify(answer)}`);
	process.stdout.write(`${answer[args.print]}\n`);
} catch (error) {
	process.stderr.write(`token: ${error.message}\n`);
	process.exit(1);
}
