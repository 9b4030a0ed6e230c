// SPDX-License-Identifier: LGPL-2.1-or-later
// The tests' own way in: HTTP on a unix socket, POST /VERB with form fields, JSON back. Nothing
// here approves a sign-in: that goes through the pages, as a person does it.

import fs from 'node:fs';
import http from 'node:http';

const yes = (done) => done ?? { ok: true };
const summary = (u) => ({ id: u.id, name: u.name, uid: u.uid, gid: u.gid, active: u.active, loa: u.loa });

/** verb -> (platform, fields) -> what to answer */
const VERBS = {
	'person-add': (p, f) => summary(p.people.addUser(f)),
	'person-change': (p, { name, ...fields }) => summary(p.people.changeUser(name, fields)),
	'person-rename': (p, { name, to }) => summary(p.people.changeUser(name, { name: to })),
	'person-disable': (p, { name }) => summary(p.people.changeUser(name, { active: false })),
	'person-enable': (p, { name }) => summary(p.people.changeUser(name, { active: true })),
	'person-remove': (p, { name }) => yes(p.people.removeUser(name)),
	'person-show': (p, { name }) => p.people.claims(p.people.user(name)),
	'group-add': (p, f) => { p.people.addGroup(f); return yes(); },
	'group-remove': (p, { name }) => yes(p.people.removeGroup(name)),
	'group-join': (p, { group, name }) => yes(p.people.join(group, name)),
	'group-leave': (p, { group, name }) => yes(p.people.leave(group, name)),
	bulk: (p, { count, prefix, group, age }) => yes(p.people.bulk(Number(count), prefix, group, Number(age ?? 0))),
	'bulk-remove': (p, { prefix }) => yes(p.people.bulkRemove(prefix)),
	// every token, code and session that is of any use to a thief, for tests that look for leaks
	secrets: (p, { kind }) => p.adapter.secrets(kind),
	rotate: (p, f) => p.rotate(f),
	// a client that proves itself by this key (SubjectPublicKeyInfo, base64), known by its thumbprint
	'client-key': (p, f) => p.addKey(f),
	scopes: (p, f) => p.scopes(f),
	acr: (p, { value }) => { p.acr = value; return yes(); },
	age: (p, { seconds }) => yes(p.adapter.age(Number(seconds))),
	mode: async (p, { mode }) => yes(await p.front.setMode(mode)),
	// of access tokens given from now on
	'token-life': (p, { seconds }) => { p.settings.life.access = Number(seconds); return yes(); },
	skew: (p, { seconds }) => { p.front.skewSeconds = Number(seconds); return yes(); },
	counters: (p) => p.front.requests,
	reset: (p) => { p.front.requests = {}; return yes(); },
	state: (p) => ({ issuer: p.issuer, mode: p.front.mode, users: p.people.users.size, groups: p.people.groups.size, keys: p.keys.map((k) => k.kid) }),
};

async function fields(req) {
	const parts = [];
	for await (const part of req) parts.push(part);
	return Object.fromEntries(new URLSearchParams(Buffer.concat(parts).toString()));
}

export function listenControl(platform, file) {
	fs.rmSync(file, { force: true });
	const server = http.createServer(async (req, res) => {
		const verb = req.url.slice(1);
		try {
			if (!Object.hasOwn(VERBS, verb)) throw new Error(`no such verb: ${verb}. There are: ${Object.keys(VERBS).join(' ')}`);
			const body = await VERBS[verb](platform, await fields(req));
			res.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
		} catch (error) {
			res.writeHead(400, { 'content-type': 'application/json' }).end(`${JSON.stringify({ error: error.message })}\n`);
		}
	});
	return new Promise((resolve, reject) => {
		server.on('error', reject);
		server.listen(file, () => { fs.chmodSync(file, 0o600); resolve(server); });
	});
}
