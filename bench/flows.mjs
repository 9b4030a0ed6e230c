// SPDX-License-Identifier: LGPL-2.1-or-later
// Many device flows pending at once in one agent: what each costs in memory and processor time, and
// how late its polls are. As root:
//
//     node bench/flows.mjs BUILDDIR [FLOWS [SECONDS]]      (1000 flows, 60 seconds)
//
// Both daemons are real and sockets lie in a folder of their own, so nothing of this machine
// changes. The platform is below: a loopback responder that knows when each code was last answered.
// A poll is late by what passes between that answer plus the interval and the next request, so the
// responder's own loop is in it; how late that loop was is told beside it.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import readline from 'node:readline';
import { ensureServer } from '../tests/idp/lib/ca.mjs';
import { compact, newKey } from '../tests/idp/lib/jose.mjs';

const [build, flows = 1000, seconds = 60] = process.argv.slice(2).map((arg, i) => (i ? Number(arg) : path.resolve(arg)));
const INTERVAL = 5;
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'idp-bench-flows.'));
const program = (name) => path.join(build, name);
const env = { ...process.env, LD_LIBRARY_PATH: program('.libs') };
const now = () => Number(process.hrtime.bigint() / 1000n);
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const say = (text) => process.stdout.write(`${text}\n`);
const children = [];
process.on('exit', () => {
	for (const child of children) child.kill('SIGKILL');
	fs.rmSync(work, { recursive: true, force: true });
});

/* ---- the platform ---- */

const tls = ensureServer(work);
const key = newKey('ES256', 'k1');
const codes = new Map(); // device_code -> { user, answered }
const late = []; // microseconds
let issuer;
let polls = 0;
let measuring = false;

function list(req, all) {
	const url = new URL(req.url, issuer);
	const start = Number(url.searchParams.get('startIndex') ?? 1);
	const Resources = all.slice(start - 1, start - 1 + Number(url.searchParams.get('count') ?? 100));
	return { schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], totalResults: all.length, startIndex: start, itemsPerPage: Resources.length, Resources };
}

const users = Array.from({ length: flows }, (_, i) => ({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id: `p${i}`, userName: `u${i}`, active: true }));
const groups = [{ schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], id: 'g', displayName: 'crew', members: users.map((u) => ({ value: u.id })) }];

function token(form) {
	const code = codes.get(form.get('device_code'));
	polls++;
	if (measuring && code.answered) late.push(now() - code.answered - INTERVAL * 1e6);
	if (code.user === undefined) return [400, { error: 'authorization_pending' }, code];
	const iat = Math.floor(Date.now() / 1000);
	const id_token = compact({ alg: 'ES256', kid: 'k1', typ: 'JWT' }, {
		iss: issuer, aud: 'bench', iat, exp: iat + 600, sub: `p${code.user.slice(1)}`, preferred_username: code.user, groups: ['crew'],
	}, 'ES256', key.privateKey);
	return [200, { access_token: 'a', token_type: 'Bearer', expires_in: 600, id_token }];
}

function device() {
	const n = codes.size;
	const code = { answered: 0 };
	codes.set(`device-${n}`, code);
	return [200, { device_code: `device-${n}`, user_code: `CODE-${n}`, expires_in: 600, interval: INTERVAL, verification_uri: `${issuer}/verify` }, code];
}

const metadata = () => ({
	issuer, token_endpoint: `${issuer}/token`, device_authorization_endpoint: `${issuer}/device`, jwks_uri: `${issuer}/jwks`,
	id_token_signing_alg_values_supported: ['ES256'],
});

async function serve(req, res) {
	const routes = {
		'/.well-known/openid-configuration': () => [200, metadata()], '/jwks': () => [200, { keys: [key.jwk] }],
		'/scim/Users': () => [200, list(req, users)], '/scim/Groups': () => [200, list(req, groups)], '/device': device, '/token': token,
	};
	const parts = [];
	for await (const part of req) parts.push(part);
	const route = routes[req.url.split('?')[0]];
	const [status, answer, code] = route ? route(new URLSearchParams(Buffer.concat(parts).toString())) : [404, {}];
	const body = JSON.stringify(answer);
	res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
	if (code) code.answered = now();
}

/* ---- the host ---- */

function run(name, file, args) {
	const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
	const log = fs.createWriteStream(path.join(work, `${name}.log`));
	child.stderr.pipe(log);
	children.push(child);
	return child;
}

/** Processor time so far, in microseconds, and PSS in KiB. */
function cost(child) {
	const fields = fs.readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ');
	const pss = /^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${child.pid}/smaps_rollup`, 'utf8'))[1];
	return { cpu: (Number(fields[11]) + Number(fields[12])) * 10000, pss: Number(pss) };
}

async function start() {
	const at = (name) => path.join(work, name);
	fs.mkdirSync(at('state'), { mode: 0o700 });
	fs.writeFileSync(at('token'), 't\n', { mode: 0o600 });
	fs.writeFileSync(at('idp.conf'), `[provider corp]
issuer = ${issuer}
client_id = bench
algs = ES256
ca = ${at('ca.pem')}
[directory corp]
kind = scim
url = ${issuer}/scim
auth = bearer
token = file:${at('token')}
page_size = 1000
[allow crew]
need = group:crew
`, { mode: 0o600 });
	const net = run('netd', program('idp-netd'), ['--listen', at('net.sock')]);
	while (!fs.existsSync(at('net.sock'))) await pause(10);
	const core = run('agentd', program('idp-agentd/core/idp-agentd'), ['--config', at('idp.conf'), '--state', at('state'),
		'--snapshot', at('snap'), '--net', at('net.sock'), '--agent', at('agent.sock'), '--control', at('control.sock')]);
	while (!fs.existsSync(at('control.sock'))) await pause(10);
	await new Promise((resolve) => { run('sync', program('idpctl/idpctl'), ['--socket', at('control.sock'), 'sync']).on('close', resolve); });
	await pause(1000);
	return { net, core };
}

/** Everybody begins; comes back when all prompts are out. */
async function begin() {
	const people = run('people', program('bench/bench-flows'), [path.join(work, 'agent.sock'), String(flows)]);
	const shown = new Map(); // code -> user
	let pending;
	let ended;
	people.pending = new Promise((resolve) => { pending = resolve; });
	people.result = new Promise((resolve) => { ended = resolve; });
	readline.createInterface({ input: people.stdout }).on('line', (line) => {
		const [user, code] = line.split(' ');
		if (line === 'pending') pending(shown);
		else if (user === 'permit') ended(line);
		else shown.set(code, user);
	});
	people.on('close', (status) => { if (status) { say(`bench-flows: ${status}`); process.exit(1); } });
	return people;
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const ms = (us) => (us / 1000).toFixed(1);

const server = https.createServer({ ...tls, keepAliveTimeout: 60000 }, serve).listen(0, '127.0.0.1', async () => {
	issuer = `https://localhost:${server.address().port}`;
	const { net, core } = await start();
	const idle = { net: cost(net), core: cost(core) };
	const began = now();
	const people = await begin();
	const shown = await people.pending;
	const ready = now() - began;
	await pause(2 * INTERVAL * 1000);
	const loop = monitorEventLoopDelay({ resolution: 1 });
	const before = { net: cost(net), core: cost(core) };
	const first = polls;
	loop.enable();
	measuring = true;
	await pause(seconds * 1000);
	measuring = false;
	loop.disable();
	const after = { net: cost(net), core: cost(core) };
	const asked = polls - first;
	for (const [code, user] of shown) codes.get(`device-${code.slice(5)}`).user = user;
	const approved = now();
	people.stdin.write('\n');
	const result = await people.result;
	const ending = now() - approved;
	late.sort((a, b) => a - b);
	const each = (name) => ((before[name].pss - idle[name].pss) / flows).toFixed(1);
	const load = (name) => ((after[name].cpu - before[name].cpu) / 1000 / seconds).toFixed(1);
	say(`| flows | prompts out after s | PSS a flow, KiB: idp-agentd | idp-netd | idle PSS, MiB: idp-agentd | idp-netd | ms of processor a second: idp-agentd | idp-netd | polls a second |`);
	say('|---|---|---|---|---|---|---|---|---|');
	say(`| ${flows} | ${(ready / 1e6).toFixed(1)} | ${each('core')} | ${each('net')} | ${(idle.core.pss / 1024).toFixed(1)} | ${(idle.net.pss / 1024).toFixed(1)} | ${load('core')} | ${load('net')} | ${(asked / seconds).toFixed(0)} |`);
	say('\n| polls | late by ms: least | median | 90 % | 99 % | most | the responder\'s loop, 99 % |');
	say('|---|---|---|---|---|---|---|');
	say(`| ${late.length} | ${ms(late[0])} | ${ms(at(late, 0.5))} | ${ms(at(late, 0.9))} | ${ms(at(late, 0.99))} | ${ms(late[late.length - 1])} | ${ms(loop.percentile(99) / 1000)} |`);
	say(`\nAll approved at once: ${result}, ${(ending / 1e6).toFixed(1)} s later (the interval is ${INTERVAL} s).`);
	process.exit(result === `permit ${flows} other 0` && late[0] >= 0 ? 0 : 1);
});
