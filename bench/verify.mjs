// SPDX-License-Identifier: LGPL-2.1-or-later
// What it costs to ask idp-verifyd before each request. As root, with nginx installed:
//
//     node bench/verify.mjs BUILDDIR [SECONDS [CONNECTIONS]]      (5 seconds, 16 connections)
//
// All daemons are real, in a folder of their own; the platform is a loopback responder that gives
// its keys. Every request brings one of 64 tokens. nginx answers each from a back end of its own,
// bare, with auth_request to an empty location of itself, and with auth_request to idp-verifyd. All in
// one run, taking turns, three rounds; the median round is told.

import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ensureServer } from '../tests/idp/lib/ca.mjs';
import { compact, newKey } from '../tests/idp/lib/jose.mjs';

const [build, seconds = 5, connections = 16] = process.argv.slice(2).map((arg, i) => (i ? Number(arg) : path.resolve(arg)));
const ROUNDS = 3;
const TOKENS = 64;
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'idp-bench-verify.'));
const at = (name) => path.join(work, name);
const program = (name) => path.join(build, name);
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const say = (text) => process.stdout.write(`${text}\n`);
const children = new Map();
process.on('exit', () => {
	for (const child of children.values()) child.kill('SIGKILL');
	fs.rmSync(work, { recursive: true, force: true });
});

/* ---- the platform ---- */

const tls = ensureServer(work);
const algs = ['ES256', 'RS256'];
const keys = Object.fromEntries(algs.map((alg) => [alg, newKey(alg, alg)]));

function serve(issuer, req, res) {
	const answers = { '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/jwks` }, '/jwks': { keys: algs.map((alg) => keys[alg].jwk) } };
	const body = JSON.stringify(answers[req.url] ?? {});
	res.writeHead(answers[req.url] ? 200 : 404, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}

function tokens(issuer, alg) {
	const iat = Math.floor(Date.now() / 1000);
	return Array.from({ length: TOKENS }, (_, i) => compact({ alg, kid: alg, typ: 'at+jwt' }, {
		iss: issuer, aud: 'bench', iat, exp: iat + 3600, sub: `s${i}`, client_id: 'portal', scope: 'openid read', jti: `${i}`,
	}, alg, keys[alg].privateKey)).join('\n');
}

/* ---- the host ---- */

function run(name, file, args) {
	const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
	child.stderr.pipe(fs.createWriteStream(at(`${name}.log`)));
	child.on('exit', (code) => { if (code) say(`${name} ended: ${fs.readFileSync(at(`${name}.log`), 'utf8')}`); });
	children.set(name, child);
}

async function until(file) {
	for (let i = 0; i < 1000 && !fs.existsSync(at(file)); i++) await pause(10);
}

const nginx = (port) => `daemon off; master_process off; pid ${at('nginx.pid')}; error_log ${at('nginx.err')};
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 100000000;
  client_body_temp_path ${at('n1')}; proxy_temp_path ${at('n2')}; fastcgi_temp_path ${at('n3')}; uwsgi_temp_path ${at('n4')}; scgi_temp_path ${at('n5')};
  upstream back { server unix:${at('back')}; keepalive 64; keepalive_requests 100000000; }
  upstream idp { server unix:${at('verify')}; keepalive 64; keepalive_requests 100000000; }
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  server {
    listen 127.0.0.1:${port};
    location /bare/ { proxy_pass http://back/; }
    location /empty/ { auth_request /_empty; proxy_pass http://back/; }
    location /idp/ { auth_request /_idp; auth_request_set $s $upstream_http_idp_subject; proxy_set_header Connection ""; proxy_set_header Idp-Subject $s; proxy_pass http://back/; }
    location = /_empty { internal; return 204; }
    location = /_idp { internal; proxy_pass http://idp/verify/api; proxy_set_header Connection ""; proxy_pass_request_body off; proxy_set_header Content-Length ""; }
  }
  server { listen unix:${at('back')}; location / { return 200 "hello"; } }
}
`;

async function start(issuer, port) {
	fs.mkdirSync(at('state'), { mode: 0o700 });
	fs.writeFileSync(at('idp.conf'), `[provider corp]
mode = jwt
issuer = ${issuer}
audience = bench
algs = ES256 RS256
ca = ${at('ca.pem')}
[service api]
provider = corp
[allow readers]
service = api
need = scope:read
`, { mode: 0o600 });
	fs.writeFileSync(at('nginx.conf'), nginx(port));
	run('netd', program('idp-netd'), ['--listen', at('net.sock')]);
	await until('net.sock');
	run('agentd', program('idp-agentd/core/idp-agentd'), ['--config', at('idp.conf'), '--state', at('state'),
		'--snapshot', at('snap'), '--net', at('net.sock'), '--agent', at('agent.sock'), '--control', at('control.sock')]);
	await until('control.sock');
	run('verifyd', program('idp-verifyd/idp-verifyd'), ['--listen', at('verify'), '--agent', at('agent.sock')]);
	await until('verify');
	run('nginx', '/usr/sbin/nginx', ['-c', at('nginx.conf'), '-p', work]);
	await until('back');
	await pause(500);
}

/** Processor time so far of a daemon, in microseconds. */
function cpu(name) {
	const fields = fs.readFileSync(`/proc/${children.get(name).pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ');
	return (Number(fields[11]) + Number(fields[12])) * 10000;
}

const DAEMONS = ['verifyd', 'agentd', 'netd'];

async function load(kind, where, target, file) {
	const before = DAEMONS.map(cpu);
	const { stdout } = await promisify(execFile)(program('bench/bench-verify'), [kind, String(where), target, at(file), String(connections), String(seconds)]);
	const [, good, other, p50, p99, most] = /^(\d+) good (\d+) other, (\d+) (\d+) (\d+)/.exec(stdout).map(Number);
	if (other > 0) throw new Error(`${kind} ${target}: ${other} of ${good + other} were no yes`);
	return { rate: good / seconds, p50, p99, most, cpu: DAEMONS.map((name, i) => (cpu(name) - before[i]) / Math.max(good, 1)) };
}

const server = https.createServer({ ...tls, keepAliveTimeout: 60000 });
server.listen(0, '127.0.0.1', async () => {
	const issuer = `https://localhost:${server.address().port}`;
	const port = 20000 + (process.pid % 20000);
	server.on('request', (req, res) => serve(issuer, req, res));
	await start(issuer, port);
	for (const alg of algs) fs.writeFileSync(at(alg), `${tokens(issuer, alg)}\n`);
	const rows = [['nginx, no check', 'http', port, '/bare/', 'ES256'], ['nginx, auth_request to nothing', 'http', port, '/empty/', 'ES256']];
	for (const alg of algs) {
		rows.push([`nginx, auth_request to idp-verifyd, ${alg}`, 'http', port, '/idp/', alg]);
		rows.push([`idp-verifyd itself, ${alg}`, 'local', at('verify'), '/verify/api', alg]);
		rows.push([`the desk of idp-agentd, ${alg}`, 'desk', at('agent.sock'), 'api', alg]);
	}
	const results = rows.map(() => []);
	for (let round = 0; round < ROUNDS; round++) {
		for (const [i, row] of rows.entries()) {
			results[i].push(await load(...row.slice(1)));
		}
	}
	say(`| ${connections} connections | requests a second | to no check | p50 us | p99 us | most us | processor us a request: idp-verifyd | idp-agentd | idp-netd |`);
	say('|---|---|---|---|---|---|---|---|---|');
	let floor;
	for (const [i, [name]] of rows.entries()) {
		const r = results[i].sort((a, b) => a.rate - b.rate)[Math.floor(ROUNDS / 2)];
		floor ??= r.rate;
		const spent = i < 2 ? ['-', '-', '-'] : r.cpu.map((us) => us.toFixed(0));
		say(`| ${name} | ${r.rate.toFixed(0)} | ${(r.rate / floor).toFixed(2)}x | ${r.p50} | ${r.p99} | ${r.most} | ${spent.join(' | ')} |`);
	}
	process.exit(0);
});
