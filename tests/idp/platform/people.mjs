// SPDX-License-Identifier: LGPL-2.1-or-later
// Everybody the platform knows. One object serves sign-in and directory alike, so the subject of
// a token and the id of a SCIM resource are the same by construction.

import crypto from 'node:crypto';

const FIRST_UID = 1900000001;
const FIRST_GID = 1900500001;
const MEANING = new Set(['name', 'display', 'email', 'uid', 'gid', 'home', 'shell', 'loa', 'active', 'entitlements', 'password', 'keys']);

/** The same name gets the same id after a restart; a rename keeps it. */
function newId(kind, name) {
	const h = crypto.createHash('sha256').update(`${kind}:${name}`).digest('hex');
	return `${h.slice(0, 8)}-${h.slice(8, 12)}-8${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`;
}

export class People {
	constructor() {
		this.users = new Map(); // id -> user
		this.groups = new Map(); // id -> group, members a Set of user ids
		this.nextUid = FIRST_UID;
		this.nextGid = FIRST_GID;
		this.touched = Date.now();
	}

	/** The cast of the tests. dave has no uidNumber: the host has to find him one. */
	static withCast() {
		const people = new People();
		for (const name of ['crew', 'admins', 'contractors']) people.addGroup({ name });
		people.addUser({ name: 'alice', groups: 'crew,admins' });
		people.addUser({ name: 'bob', groups: 'crew' });
		people.addUser({ name: 'carol', groups: 'contractors', loa: '1' });
		people.addUser({ name: 'dave', groups: 'crew', uid: 'none' });
		return people;
	}

	user(name) {
		const found = this.findUser(name);
		if (!found) throw new Error(`nobody here is called ${name}`);
		return found;
	}

	group(name) {
		for (const g of this.groups.values()) if (g.name === name) return g;
		throw new Error(`no group here is called ${name}`);
	}

	findUser(name) {
		for (const u of this.users.values()) if (u.name === name) return u;
		return undefined;
	}

	addUser({ name, groups = 'crew', uid, ...rest }) {
		if (!name) throw new Error('a person needs a name');
		if (this.findUser(name)) throw new Error(`${name} is here already`);
		const now = new Date();
		const user = {
			id: newId('user', name), name, display: `${name[0].toUpperCase()}${name.slice(1)} Example`, email: `${name}@example.test`,
			uid: uid === 'none' ? undefined : Number(uid ?? this.nextUid++), gid: this.group('crew').gid, home: `/home/${name}`,
			shell: '/bin/bash', loa: '2', active: true, entitlements: [], password: 'demo', created: now, modified: now,
		};
		this.users.set(user.id, user);
		this.changeUser(name, rest);
		for (const g of groups.split(',').filter(Boolean)) this.join(g, name);
		return user;
	}

	changeUser(name, fields) {
		const user = this.user(name);
		for (const [key, value] of Object.entries(fields)) {
			if (!MEANING.has(key)) throw new Error(`a person has no ${key}`);
			if (key === 'uid' || key === 'gid') user[key] = value === 'none' ? undefined : Number(value);
			else if (key === 'active') user.active = value === 'true' || value === true;
			else if (key === 'keys') user.keys = value.split('\n').filter(Boolean);
			else if (key === 'entitlements') user.entitlements = value.split(',').filter(Boolean);
			else user[key] = value;
		}
		user.modified = new Date();
		return user;
	}

	removeUser(name) {
		const { id } = this.user(name);
		this.users.delete(id);
		for (const g of this.groups.values()) if (g.members.delete(id)) g.modified = new Date();
	}

	addGroup({ name, gid }) {
		if (!name) throw new Error('a group needs a name');
		const now = new Date();
		const group = { id: newId('group', name), name, gid: gid === 'none' ? undefined : Number(gid ?? this.nextGid++), members: new Set(), created: now, modified: now };
		this.groups.set(group.id, group);
		return group;
	}

	removeGroup(name) { this.groups.delete(this.group(name).id); }

	join(groupName, name) {
		const group = this.group(groupName);
		group.members.add(this.user(name).id);
		group.modified = new Date();
	}

	leave(groupName, name) {
		const group = this.group(groupName);
		group.members.delete(this.user(name).id);
		group.modified = new Date();
	}

	/** COUNT people called PREFIX1, PREFIX2, ... at once, members of one GROUP. */
	/** age: so many seconds ago. What is asked for by time is then not everybody. */
	bulk(count, prefix = 'user', group = 'crew', age = 0) {
		const team = this.group(group);
		const now = new Date(Date.now() - 1000 * age);
		for (let i = 1; i <= count; i++) {
			const name = `${prefix}${i}`;
			const id = newId('user', name);
			this.users.set(id, {
				id, name, display: `Person ${i}`, email: `${name}@example.test`, uid: this.nextUid++, gid: team.gid, home: `/home/${name}`,
				shell: '/bin/bash', loa: '2', active: true, entitlements: [], password: 'demo', created: now, modified: now,
			});
			team.members.add(id);
		}
		team.modified = now;
	}

	bulkRemove(prefix = 'user') {
		for (const [id, u] of this.users) {
			if (!u.name.startsWith(prefix)) continue;
			this.users.delete(id);
			for (const g of this.groups.values()) g.members.delete(id);
		}
	}

	groupsOf(user) {
		return [...this.groups.values()].filter((g) => g.members.has(user.id));
	}

	/** What a token about USER may say. */
	claims(user) {
		return {
			sub: user.id, preferred_username: user.name, name: user.display, email: user.email, email_verified: true,
			groups: this.groupsOf(user).map((g) => g.name), loa: user.loa, entitlements: user.entitlements,
		};
	}
}
