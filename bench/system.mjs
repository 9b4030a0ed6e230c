// SPDX-License-Identifier: LGPL-2.1-or-later
// The measuring of bench/system.sh, inside the namespaces it made: one platform, one idp-netd and
// one idp-agentd for each number of people, all new, one after the other.

import { spawn, execFile } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { promisify } from 'node:util';

const [build, work, ...sizes] = process.argv.slice(2);
const rounds = Number(process.env.ROUNDS ?? 7);
const logins = Number(process.env.LOGINS ?? 24);
const TEAM = 500; // people of one team; everybody is in one
const PAGE = 100; // the default of idp.conf
const REAL = 1000; // more people than that come from pages.mjs: see there
const PORT = 8443;
const SNAPSHOT = '/run/idp/db/identity.snap';
const POSIX = 'urn:ietf:params:scim:schemas:extension:posix:2.0';
const program = (name) => path.join(build, name);
const HELPER = program('bench/bench-system');
const env = { ...process.env, LD_LIBRARY_PATH: program('.libs') };

const execFileAsync = promisify(execFile);
const output = async (file, ...args) => (await execFileAsync(file, args, { env, maxBuffer: 1 << 26 })).stdout.trim();
const now = () => Number(process.hrtime.bigint() / 1000n);
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const say = (text) => process.stdout.write(`${text}\n`);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const ms = (us) => (us / 1000).toFixed(us < 10000 ? 2 : us < 100000 ? 1 : 0);
const times = (a, b) => `${(a / b).toFixed(a / b < 10 ? 1 : 0)}x`;

/* ---- processes ---- */

/** A program whose lines carry the time they were read; it goes down when we do. */
class Process {
	constructor(name, file, args) {
		this.lines = [];
		this.waiting = [];
		this.child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
		process.on('exit', () => this.child.kill('SIGKILL')); // also when measuring went wrong
		this.ended = new Promise((resolve) => { this.child.on('close', resolve); });
		for (const stream of [this.child.stdout, this.child.stderr]) {
			readline.createInterface({ input: stream }).on('line', (text) => this.hear({ text, time: now() }));
		}
		this.log = fs.createWriteStream(path.join(work, `${name}.log`), { flags: 'a' });
	}

	hear(line) {
		this.lines.push(line);
		this.log.write(`${line.time} ${line.text}\n`);
		this.waiting = this.waiting.filter(({ pattern, resolve }) => !pattern.test(line.text) || resolve(line));
	}

	line(pattern, seconds) {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error(`${this.child.spawnfile} never said ${pattern}`)), seconds * 1000);
			this.waiting.push({ pattern, resolve: (line) => { clearTimeout(timer); resolve(line); } });
		});
	}

	get pid() { return this.child.pid; }

	/** Processor time of all its threads so far, in microseconds; the kernel counts in ticks of 10 ms. */
	cpu() {
		const fields = fs.readFileSync(`/proc/${this.pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ');
		return (Number(fields[11]) + Number(fields[12])) * 10000;
	}

	memory() {
		const kib = (text, field) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
		const rollup = fs.readFileSync(`/proc/${this.pid}/smaps_rollup`, 'utf8');
		const status = fs.readFileSync(`/proc/${this.pid}/status`, 'utf8');
		return {
			pss: kib(rollup, 'Pss'), own: kib(rollup, 'Private_Clean') + kib(rollup, 'Private_Dirty'), peak: kib(status, 'VmHWM'),
		};
	}

	async stop() {
		this.child.kill('SIGTERM');
		const timer = setTimeout(() => this.child.kill('SIGKILL'), 10000);
		await this.ended;
		clearTimeout(timer);
	}
}

/* ---- the platform ---- */

class Platform extends Process {
	static async start(people) {
		const state = path.join(work, 'state');
		fs.rmSync(path.join(state, 'control'), { force: true });
		const kept = people > REAL;
		const platform = new Platform('platform', 'node', kept
			? [new URL('pages.mjs', import.meta.url).pathname, '--state', state, '--port', String(PORT), '--people', String(people), '--stdin']
			: [path.join(work, 'platform.mjs'), '--state', state, '--port', String(PORT), '--stdin']);
		const ready = await platform.line(/^ready /, 120);
		platform.state = state;
		platform.issuer = ready.text.slice(6);
		platform.kept = kept;
		if (!kept) await platform.fill(people);
		return platform;
	}

	tell(verb, fields = {}) {
		const body = new URLSearchParams(fields).toString();
		return new Promise((resolve, reject) => {
			const request = http.request({ socketPath: path.join(this.state, 'control'), path: `/${verb}`, method: 'POST' }, (answer) => {
				const parts = [];
				answer.on('data', (part) => parts.push(part));
				answer.on('end', () => (answer.statusCode === 200 ? resolve(JSON.parse(Buffer.concat(parts))) : reject(new Error(Buffer.concat(parts)))));
			});
			request.on('error', reject);
			request.end(body);
		});
	}

	/** N people beside the four of the cast, in teams. */
	async fill(n) {
		for (let team = 1; n > 0; team++) {
			const count = Math.min(n, TEAM);
			await this.tell('group-add', { name: `team${team}` });
			await this.tell('bulk', { count, prefix: `t${team}u`, group: `team${team}`, age: 86400 });
			n -= count;
		}
	}

	curl(...args) {
		return output('curl', '-sS', '--fail', '--cacert', path.join(this.state, 'ca.pem'), ...args);
	}

	async token() {
		if (this.kept) return fs.readFileSync(path.join(this.state, 'token'), 'utf8').trim();
		const secret = fs.readFileSync(path.join(this.state, 'client-secret'), 'utf8');
		const answer = await this.curl('-u', `host-basic:${secret}`, '-d', 'grant_type=client_credentials&scope=scim:read', `${this.issuer}/token`);
		return JSON.parse(answer).access_token;
	}

	/** One request by a client that does nothing else, TLS handshake included: microseconds, bytes. */
	async get(token, resource) {
		const answer = await this.curl('-o', '/dev/null', '-w', '%{time_total} %{size_download}', '-H', `authorization: Bearer ${token}`, `${this.issuer}/scim/v2/${resource}`);
		const [seconds, bytes] = answer.split(' ').map(Number);
		return { time: seconds * 1e6, bytes };
	}

	/** The pages of a full pass, fetched in the same order over one connection by curl. */
	async readAll(token, people, groups) {
		const urls = [];
		for (const [list, n] of [['Users', people], ['Groups', groups]]) {
			for (let start = 1; start <= n; start += PAGE) urls.push(`${this.issuer}/scim/v2/${list}?startIndex=${start}&count=${PAGE}`);
		}
		const file = path.join(work, 'urls');
		fs.writeFileSync(file, urls.map((url) => `url = "${url}"\noutput = /dev/null\n`).join(''));
		const began = now();
		const sizes = await this.curl('-w', '%{size_download}\n', '-H', `authorization: Bearer ${token}`, '-K', file);
		return { time: now() - began, bytes: sizes.split('\n').reduce((sum, size) => sum + Number(size), 0), pages: urls.length };
	}
}

/* ---- the host ---- */

const config = ({ issuer, state, kept }) => `[agent]
log_level = debug
[provider corp]
issuer = ${issuer}
client_id = host-basic
${kept ? 'client_auth = none' : `client_auth = client_secret_basic\nclient_secret = file:${state}/client-secret`}
ca = ${state}/ca.pem
[directory corp]
kind = scim
url = ${issuer}/scim/v2
${kept ? `auth = bearer\ntoken = file:${state}/token` : 'token_scope = scim:read'}
page_size = ${PAGE}
interval = 7d
uid_from = /${POSIX}:User/uidNumber
gid_from = /${POSIX}:User/gidNumber
group_gid_from = /${POSIX}:Group/gidNumber
[allow crew]
need = group:crew
`;

class Host {
	static async start(platform) {
		const host = new Host();
		const state = path.join(work, 'record');
		for (const folder of [state, '/run/idp/db']) fs.rmSync(folder, { recursive: true, force: true });
		fs.mkdirSync(state, { mode: 0o700 });
		fs.mkdirSync('/run/idp/db', { mode: 0o755 });
		fs.writeFileSync(path.join(work, 'idp.conf'), config(platform), { mode: 0o600 });
		host.state = state;
		host.net = new Process('netd', program('idp-netd'), ['--listen', '/run/idp/net.sock']);
		while (!fs.existsSync('/run/idp/net.sock')) await pause(10);
		host.core = new Process('agentd', program('idp-agentd/core/idp-agentd'), ['--config', path.join(work, 'idp.conf'), '--state', state,
			'--snapshot', SNAPSHOT, '--net', '/run/idp/net.sock', '--agent', '/run/idp/agent.sock', '--control', '/run/idp/control.sock']);
		host.began = now();
		return host;
	}

	cpu() { return { core: this.core.cpu(), net: this.net.cpu() }; }

	/** Until all are published; a pass that fails would be tried again for hours. */
	async firstPass(people) {
		const failed = this.core.line(/pass failed/, 1e6).then(({ text }) => { throw new Error(text); });
		await Promise.race([this.core.line(/groups.*, complete$/, 300 + people / 500), failed]);
	}

	async stop() {
		await this.core.stop();
		await this.net.stop();
	}
}

const sync = (...args) => output(program('idpctl/idpctl'), 'sync', ...args);
const size = (file) => fs.statSync(file).size;
/** Of all files that lookups read: a base and what changed since. */
const publishedBytes = () => fs.readdirSync(path.dirname(SNAPSHOT)).filter((name) => name.startsWith('identity.')).reduce((sum, name) => sum + size(path.join(path.dirname(SNAPSHOT), name)), 0);

/* ---- (a) a change ---- */

/** Changes the display name of one person and asks for a synchronisation, until getpwnam() says so. */
async function change(platform, host, display) {
	await platform.tell('person-change', { name: 't1u1', display });
	const seen = output(HELPER, 'see', 't1u1', display, '300');
	await pause(50); // the helper is up and looking
	const read = host.net.line(/directory corp: \d+ users/, 300);
	const began = now();
	const done = sync().then(now);
	const visible = Number(await seen);
	const last = (await read).time;
	return { whole: visible - began, ours: visible - last, early: (await done) - visible };
}

async function changes(platform, host, token) {
	const list = [];
	const trips = [];
	for (let i = 0; i < rounds; i++) {
		trips.push((await platform.get(token, 'Users?startIndex=1&count=1')).time);
		list.push(await change(platform, host, `Changed ${i}`));
	}
	const [floor, bytes] = (await output(HELPER, 'replace', SNAPSHOT, '15')).split(' ').map(Number);
	const pick = (key) => median(list.map((one) => one[key]));
	return { whole: pick('whole'), ours: pick('ours'), early: pick('early'), trip: median(trips), floor, bytes };
}

/* ---- (d) full passes ---- */

async function pass(host, ask) {
	const before = host.cpu();
	const began = now();
	await ask();
	const time = now() - began;
	await pause(1500); // publishing, and what a daemon puts off
	const after = host.cpu();
	return { time, core: after.core - before.core, net: after.net - before.net };
}

/* ---- (c) sign-ins ---- */

async function loginOnce(platform, user) {
	const approve = `node ${work}/approve.mjs --quiet --ca ${platform.state}/ca.pem --as ${user} "$@"`;
	const answer = await output(HELPER, 'login', path.join(work, 'pam.d'), 'bench', user, approve);
	const [whole, approving] = answer.split(' ').map(Number);
	return whole - approving;
}

async function requestsOf(platform, user) {
	await platform.tell('reset');
	await loginOnce(platform, user);
	const counters = await platform.tell('counters');
	// the browser's are the pages of a person, not ours
	return Object.fromEntries(Object.entries(counters).filter(([name]) => /well-known|jwks|token|device\/auth|userinfo|\/scim/.test(name)));
}

const describe = (requests) => `${Object.values(requests).reduce((a, b) => a + b, 0)} (${Object.entries(requests).map(([name, n]) => `${name}${n > 1 ? ` x${n}` : ''}`).join(', ')})`;

async function signIns(platform, host) {
	const folder = path.join(work, 'pam.d');
	fs.mkdirSync(folder, { recursive: true });
	const module = program('.libs/pam_idp.so');
	fs.writeFileSync(path.join(folder, 'bench'), `auth required ${module}\naccount required ${module}\n`);
	const users = Array.from({ length: 8 }, (_, i) => `login${i}`);
	for (const name of users) await platform.tell('person-add', { name });
	await sync('--full');
	const first = await requestsOf(platform, users[0]);
	const later = await requestsOf(platform, users[0]);
	const before = host.cpu();
	const spans = [];
	for (let done = 0; done < logins; done += users.length) {
		spans.push(...await Promise.all(users.slice(0, Math.min(users.length, logins - done)).map((user) => loginOnce(platform, user))));
	}
	const after = host.cpu();
	return { first, later, core: (after.core - before.core) / spans.length, net: (after.net - before.net) / spans.length, n: spans.length };
}

/* ---- one number of people ---- */

async function measure(people) {
	const platform = await Platform.start(people);
	const token = await platform.token();
	const host = await Host.start(platform);
	const idle = { core: host.core.memory(), net: host.net.memory() };
	const initial = await pass(host, () => host.firstPass(people));
	const { users, groups } = await platform.tell('state');
	const server = await platform.readAll(token, users, groups);
	const again = await pass(host, () => sync('--full'));
	const partial = await pass(host, () => sync());
	const seen = await changes(platform, host, token);
	await pause(6000); // superseded snapshots are given back after five seconds
	const memory = { core: host.core.memory(), net: host.net.memory() };
	const result = {
		people, idle, initial, server, again, partial, seen, memory, record: size(path.join(host.state, 'state.db')), published: publishedBytes(), load: os.loadavg()[0],
		logins: logins > 0 && (people === 1000 || sizes.length === 1) ? await signIns(platform, host) : null,
	};
	await host.stop();
	await platform.stop();
	return result;
}

/* ---- tables ---- */

const mib = (bytes) => (bytes / 1048576).toFixed(1);

function show(results) {
	say('\nA change at the platform, until getpwnam() sees it; medians, milliseconds:\n');
	say('| people | one request | same bytes replaced | floor | read by idp-netd to visible | idpctl sync to visible | ratio | idpctl sync returns after visible |');
	say('|---|---|---|---|---|---|---|---|');
	for (const { people, seen } of results) {
		const floor = seen.trip + seen.floor;
		say(`| ${people} | ${ms(seen.trip)} | ${ms(seen.floor)} | ${ms(floor)} | ${ms(seen.ours)} | ${ms(seen.whole)} | ${times(seen.whole, floor)} | ${ms(seen.early)} |`);
	}
	say('\nFull passes; server: the same pages by curl. Processor time of ours is per person:\n');
	say('| people | pages | MiB | server s | first pass s | ratio | again s | ratio | first: idp-agentd us | idp-netd us | again: idp-agentd us | idp-netd us | partial s |');
	say('|---|---|---|---|---|---|---|---|---|---|---|---|---|');
	for (const { people, server, initial, again, partial } of results) {
		const each = (us) => (us / people).toFixed(1);
		say(`| ${people} | ${server.pages} | ${mib(server.bytes)} | ${(server.time / 1e6).toFixed(2)} | ${(initial.time / 1e6).toFixed(2)} | ${times(initial.time, server.time)} | ${(again.time / 1e6).toFixed(2)} | ${times(again.time, server.time)} | ${each(initial.core)} | ${each(initial.net)} | ${each(again.core)} | ${each(again.net)} | ${(partial.time / 1e6).toFixed(2)} |`);
	}
	say('\nMemory after all that, MiB; own: pages nobody else has; peak: VmHWM, everything mapped included:\n');
	say('| people | published | record | idp-agentd PSS | own | peak | idp-netd PSS | own | peak | both PSS |');
	say('|---|---|---|---|---|---|---|---|---|---|');
	for (const { people, published, record, memory: { core, net } } of results) {
		const k = (kib) => (kib / 1024).toFixed(1);
		say(`| ${people} | ${mib(published)} | ${mib(record)} | ${k(core.pss)} | ${k(core.own)} | ${k(core.peak)} | ${k(net.pss)} | ${k(net.own)} | ${k(net.peak)} | ${k(core.pss + net.pss)} |`);
	}
	for (const { people, logins: found } of results) {
		if (!found) continue;
		say(`\nOne device-code sign-in of ${found.n}, ${people} people: idp-agentd ${ms(found.core)} ms, idp-netd ${ms(found.net)} ms of processor time.`);
		say(`Requests to the platform of a first one: ${describe(found.first)}; of a later one: ${describe(found.later)}.`);
	}
	say(`\nLoad average meanwhile: ${results.map((r) => r.load.toFixed(1)).join(', ')}.`);
}

/** The bare figures, for bench/report.mjs: lines as bench-nss prints them. */
function figures({ people, seen, server, initial, again, partial, memory: { core, net }, record, published, logins: found }) {
	const lines = [];
	const put = (name, row, values) => { for (const [column, value] of Object.entries(values)) lines.push([name, people, row, column, 'value', value].join('\t')); };
	put('change', 'change', { trip: seen.trip, replace: seen.floor, ours: seen.ours, whole: seen.whole });
	put('pass', 'server', { time: server.time, pages: server.pages, bytes: server.bytes });
	for (const [row, one] of Object.entries({ first: initial, again, partial })) put('pass', row, { time: one.time, core: one.core / people, net: one.net / people });
	put('daemons', 'idp-agentd', { pss: core.pss, peak: core.peak });
	put('daemons', 'idp-netd', { pss: net.pss, peak: net.peak });
	put('daemons', 'files', { published, record });
	if (found) put('login', 'login', { core: found.core, net: found.net });
	fs.appendFileSync(process.env.FIGURES, lines.map((line) => `${line}\n`).join(''));
}

const results = [];
for (const people of sizes.map(Number)) {
	process.stderr.write(`${people} people ...\n`);
	results.push(await measure(people));
	show(results.slice(-1));
	if (process.env.FIGURES) figures(results.at(-1));
}
say('\n---- all ----');
show(results);
process.exit(0);
