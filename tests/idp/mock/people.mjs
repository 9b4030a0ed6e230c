// SPDX-License-Identifier: LGPL-2.1-or-later
// The people every mock tenant knows, as claims of a sign-in and as resources of the directory.

export const POSIX_USER = 'urn:ietf:params:scim:schemas:extension:posix:2.0:User';
export const POSIX_GROUP = 'urn:ietf:params:scim:schemas:extension:posix:2.0:Group';
const BORN = '2026-01-01T00:00:00Z';
const FIRST_UID = 1879048292;
const NAMED = ['alice', 'bob', 'carol', 'dave', 'erin'];
const GROUPS = {
	staff: ['alice', 'bob', 'carol', 'dave', 'erin'],
	admins: ['alice'],
	'team with spaces': ['carol'],
};

export const person = (name) => ({
	sub: `u-${name}`,
	preferred_username: name,
	name: `${name[0].toUpperCase()}${name.slice(1)} Example`,
	email: `${name}@example.test`,
	groups: Object.keys(GROUPS).filter((g) => GROUPS[g].includes(name)),
	loa: '2',
});

/** The Nth user of a directory (0 is alice); those past the named ones are made up. */
export function resource(n) {
	const name = NAMED[n] ?? `user${n}`;
	const uid = FIRST_UID + n;
	return {
		schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', POSIX_USER],
		id: `u-${name}`,
		externalId: `x-${name}`,
		userName: name,
		displayName: person(name).name,
		active: true,
		[POSIX_USER]: { uidNumber: uid, gidNumber: FIRST_UID - 1, homeDirectory: `/home/${name}`, loginShell: '/bin/bash' },
		meta: { resourceType: 'User', version: `W/"${n}"`, created: BORN, lastModified: BORN },
	};
}

export function groups(count) {
	const known = (name) => NAMED.indexOf(name) < count;
	return Object.entries(GROUPS).map(([name, members], i) => ({
		schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group', POSIX_GROUP],
		id: `g-${i}`,
		displayName: name,
		members: members.filter(known).map((m) => ({ value: `u-${m}`, display: m, type: 'User' })),
		[POSIX_GROUP]: { gidNumber: FIRST_UID - 100 + i },
		meta: { resourceType: 'Group', created: BORN, lastModified: BORN },
	}));
}
