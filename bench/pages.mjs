// SPDX-License-Identifier: LGPL-2.1-or-later
// A directory that costs almost nothing: the pages that tests/idp would give for so many people,
// in the very same form, made once and kept. The real one needs about a millisecond a person and
// page, which at 100,000 people hides whatever the host does.
//
//     pages.mjs --state DIR --port N --people N [--stdin]
//
// Prints "ready ISSUER". DIR gets ca.pem, token (the bearer token that opens it) and control, a unix
// socket that knows person-change (name, display) and state.

import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';

const work = process.env.WORK;
const { ensureServer } = await import(`${work}/lib/ca.mjs`);
const { endWithParent, options } = await import(`${work}/lib/args.mjs`);
const { People } = await import(`${work}/platform/people.mjs`);
const { POSIX_GROUP, POSIX_USER } = await import(`${work}/mock/people.mjs`);

const args = options({ state: { type: 'string' }, port: { type: 'string' }, people: { type: 'string' }, stdin: { type: 'boolean' } }, 'pages.mjs');
const TEAM = 500;
const base = `https://localhost:${args.port}/scim/v2`;
const tls = ensureServer(args.state);
fs.writeFileSync(path.join(args.state, 'token'), 'bench-token\n', { mode: 0o600 });

const people = People.withCast();
for (let left = Number(args.people), team = 1; left > 0; left -= TEAM, team++) {
	people.addGroup({ name: `team${team}` });
	people.bulk(Math.min(left, TEAM), `t${team}u`, `team${team}`);
}

const user = (u) => ({
	schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', POSIX_USER], id: u.id,
	meta: { resourceType: 'User', created: u.created, lastModified: u.modified, location: `${base}/Users/${u.id}` },
	userName: u.name, displayName: u.display, active: u.active, emails: [{ value: u.email, primary: true }],
	[POSIX_USER]: { uidNumber: u.uid, gidNumber: u.gid, homeDirectory: u.home, loginShell: u.shell, loa: u.loa },
});
const group = (g) => ({
	schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group', POSIX_GROUP], id: g.id,
	meta: { resourceType: 'Group', created: g.created, lastModified: g.modified, location: `${base}/Groups/${g.id}` },
	displayName: g.name, members: [...g.members].map((id) => ({ value: id, $ref: `${base}/Users/${id}`, display: people.users.get(id)?.name, type: 'User' })),
	[POSIX_GROUP]: { gidNumber: g.gid },
});
const lists = { Users: { all: [...people.users.values()], form: user }, Groups: { all: [...people.groups.values()], form: group } };
const kept = new Map(); // "Users 1 1000" -> the page

function page(name, start, count) {
	const key = `${name} ${start} ${count}`;
	if (!kept.has(key)) {
		const { all, form } = lists[name];
		const Resources = all.slice(start - 1, start - 1 + count).map(form);
		kept.set(key, Buffer.from(JSON.stringify({
			schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], totalResults: all.length, startIndex: start,
			itemsPerPage: Resources.length, Resources,
		})));
	}
	return kept.get(key);
}

https.createServer({ ...tls, keepAliveTimeout: 60000 }, (req, res) => {
	const url = new URL(req.url, base);
	const name = /^\/scim\/v2\/(Users|Groups)$/.exec(url.pathname)?.[1];
	if (req.headers.authorization !== 'Bearer bench-token') { res.writeHead(401).end(); return; }
	if (!name) { res.writeHead(404).end(); return; }
	const body = page(name, Number(url.searchParams.get('startIndex') ?? 1), Number(url.searchParams.get('count') ?? 1000));
	res.writeHead(200, { 'content-type': 'application/scim+json', 'content-length': body.length }).end(body);
}).listen(Number(args.port), '127.0.0.1', () => process.stdout.write(`ready https://localhost:${args.port}\n`));

http.createServer(async (req, res) => {
	const parts = [];
	for await (const part of req) parts.push(part);
	const { name, display } = Object.fromEntries(new URLSearchParams(Buffer.concat(parts).toString()));
	if (req.url === '/person-change') {
		people.changeUser(name, { display });
		for (const key of kept.keys()) {
			const [list, start, count] = key.split(' ');
			const at = lists.Users.all.findIndex((u) => u.name === name) + 1;
			if (list === 'Users' && at >= Number(start) && at < Number(start) + Number(count)) kept.delete(key);
		}
	}
	res.writeHead(200).end(JSON.stringify({ users: people.users.size, groups: people.groups.size }));
}).listen(path.join(args.state, 'control'));
if (args.stdin) endWithParent();
