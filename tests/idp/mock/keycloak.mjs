// SPDX-License-Identifier: LGPL-2.1-or-later
// The admin REST API of a Keycloak realm over the mock's people, as far as an agent reads it, by what
// is documented and by what its issues tell of versions: lists by first= and max=, no totals;
// accounts of clients not in the plain list of users, but in every other one; subGroups inline
// before 23 (old=1), a subGroupCount and groups/ID/children since; roles/NAME/users has those who
// were given the role themselves, not by a group or a composite.
//
// A case may have realm(answer, c): changes or replaces what a request gets. c.path is what was
// asked for below the realm ("users", "groups/ID/members"), c.first and c.max as asked.

import { resource } from './people.mjs';

const PREFIX = 'admin/realms/corp';
const SERVICE = { id: 'k-service', username: 'service-account-web', enabled: true, emailVerified: false };
const GROUPS = [
	{ name: 'sales', members: ['bob'], roles: ['viewer'], gid: '1879048200', inside: [
		{ name: 'emea', members: ['carol'], inside: [{ name: 'it', members: ['erin', 'web'] }] },
		{ name: 'apac', members: ['dave'] },
	] },
	{ name: 'unix', members: ['alice', 'bob', 'carol', 'dave', 'erin', 'web'] },
];
const ROLES = [
	{ name: 'default-roles-corp', made: ['offline_access'], users: ['alice', 'bob', 'carol', 'dave', 'erin'] },
	{ name: 'manager', made: ['worker'], users: ['alice'] },
	{ name: 'offline_access', users: [] },
	{ name: 'worker', users: ['bob', 'web'] },
	{ name: 'viewer', users: ['carol'] },
];

const json = (status, body) => ({ status, headers: { 'content-type': 'application/json' }, body });
const gone = (what) => json(404, { error: `Could not find ${what}` });

function user(n) {
	const from = resource(n);
	const posix = Object.values(from).find((v) => v?.uidNumber);
	const [firstName, lastName] = from.displayName.split(' ');
	return {
		id: `k-${from.userName}`, username: from.userName, firstName, lastName, email: `${from.userName}@example.test`,
		emailVerified: from.userName !== 'bob', enabled: from.userName !== 'dave', totp: false, notBefore: 0,
		createdTimestamp: 1700000000000 + n, disableableCredentialTypes: [], access: { view: true },
		requiredActions: from.userName === 'carol' ? ['UPDATE_PASSWORD'] : [],
		attributes: {
			uidNumber: [String(posix.uidNumber)], gidNumber: [String(posix.gidNumber)], homeDirectory: [posix.homeDirectory],
			loginShell: [posix.loginShell], unixName: [from.userName],
			...(from.userName === 'alice' ? { sshPublicKey: ['ssh-ed25519 AAAA one', 'ssh-ed25519 BBBB two'] } : {}),
		},
	};
}

/** All people in the order of their names, as the realm gives them. */
function people(c) {
	const count = Number(c.tenant.params.people ?? 5);
	c.tenant.realm ??= Array.from({ length: count }, (_, n) => user(n)).sort((a, b) => (a.username < b.username ? -1 : 1));
	return c.tenant.realm;
}

const brief = ({ attributes, requiredActions, ...rest }) => rest;
const named = (c, names) => names.map((n) => (n === 'web' ? SERVICE : people(c).find((u) => u.username === n))).filter(Boolean);

function flat(groups, parent) {
	return groups.flatMap((g) => {
		const path = `${parent?.path ?? ''}/${g.name}`;
		const node = { ...g, id: `g-${path.slice(1).replaceAll('/', '-')}`, path, parentId: parent?.id };
		return [node, ...flat(g.inside ?? [], node)];
	});
}

const all = () => flat(GROUPS);
const inside = (node) => all().filter((g) => g.parentId === node.id);

function shown(c, node) {
	const old = c.tenant.params.old === '1';
	const full = c.url.searchParams.get('briefRepresentation') === 'false';
	return {
		id: node.id, name: node.name, path: node.path,
		...(old ? { subGroups: inside(node).map((g) => shown(c, g)) } : { parentId: node.parentId, subGroupCount: inside(node).length, subGroups: [] }),
		...(full ? { attributes: node.gid ? { gidNumber: [node.gid] } : {}, realmRoles: node.roles ?? [], clientRoles: {} } : {}),
	};
}

/** Groups whose name is asked for, with the way down to them, as both old and new ones show it. */
function searched(c, nodes, name) {
	return nodes.flatMap((node) => {
		const below = searched(c, inside(node), name);
		if (node.name !== name && !below.length) return [];
		return [{ ...shown(c, node), subGroups: below }];
	});
}

const role = (r) => ({ id: `r-${r.name}`, name: r.name, composite: Boolean(r.made), clientRole: false, containerId: 'corp', attributes: {} });

function users(c) {
	const query = c.url.searchParams;
	const lower = (text) => text.toLowerCase();
	const everybody = [...people(c), SERVICE];
	if (query.has('username')) return everybody.filter((u) => (query.get('exact') === 'true' ? u.username === lower(query.get('username')) : u.username.includes(lower(query.get('username')))));
	if (query.has('q')) {
		const [key, value] = query.get('q').split(':');
		return everybody.filter((u) => u.attributes?.[key]?.includes(value));
	}
	return query.get('briefRepresentation') === 'false' ? people(c) : people(c).map(brief);
}

/** What the request gets: a list (to be cut), a value, or a reply with a status. */
function answer(c) {
	const [kind, id, what] = c.path.split('/').map(decodeURIComponent);
	const roleAt = kind === 'roles-by-id' ? ROLES.find((r) => `r-${r.name}` === id) : ROLES.find((r) => r.name === id);
	const group = all().find((g) => g.id === id);
	if (kind === 'users' && !id) return users(c);
	if (c.path === 'users/count') return people(c).length;
	if (kind === 'users') return people(c).find((u) => u.id === id) ?? gone('user');
	if (kind === 'groups' && !id) {
		const tops = all().filter((g) => !g.parentId);
		return c.url.searchParams.has('search') ? searched(c, tops, c.url.searchParams.get('search')) : tops.map((g) => shown(c, g));
	}
	if (kind === 'groups' && !group) return gone('group by id');
	if (kind === 'groups' && !what) return shown(c, group);
	if (what === 'children') return c.tenant.params.old === '1' ? json(404, { error: 'HTTP 404 Not Found' }) : inside(group).map((g) => shown(c, g));
	if (what === 'members') return named(c, group.members).map(brief);
	if (kind === 'roles' && !id) return ROLES.map(role);
	if (!roleAt) return gone('role');
	if (what === 'composites') return ROLES.filter((r) => roleAt.made?.includes(r.name)).map(role).concat({ id: 'r-client', name: 'view-users', clientRole: true, composite: false });
	if (what === 'users') return named(c, roleAt.users).map(brief);
	return all().filter((g) => g.roles?.includes(roleAt.name)).map((g) => shown(c, g));
}

export const realmPath = (rest) => {
	const path = rest.join('/');
	return path === PREFIX || path.startsWith(`${PREFIX}/`) ? path.slice(PREFIX.length + 1) : null;
};

export function realm(c, token) {
	const query = c.url.searchParams;
	c.path = realmPath(c.url.pathname.split('/').slice(2)) ?? '';
	c.first = Number(query.get('first') ?? 0);
	c.max = Number(query.get('max') ?? 100);
	c.people = () => people(c);
	if (!c.tenant.access.has(token)) return c.json({ error: 'HTTP 401 Unauthorized' }, 401);
	c.tenant.hooks.before?.(c);
	let found = answer(c);
	if (found?.status) return c.send(found);
	const cap = Number(c.tenant.params.cap ?? c.max);
	const from = c.tenant.hooks.heedless ? 0 : c.first;
	if (Array.isArray(found) && !/composites$/.test(c.path)) found = found.slice(from, from + Math.min(c.max, cap));
	const changed = c.tenant.hooks.realm?.(found, c);
	return changed === true || c.send({ body: JSON.stringify(changed ?? found) });
}

// ---- what cases do wrong ----

const forbid = (path) => ({ realm: (a, c) => (path.test(c.path) ? c.send(json(403, { error: 'HTTP 403 Forbidden' })) : undefined) });
const half = (act) => ({ realm: (a, c) => (c.path === 'users' && c.first > 0 ? act(c) : undefined) });
const once = (reply) => half((c) => (c.hits('realm-fault') === 0 && c.note('realm-fault') ? c.send(reply) : undefined));
const between = (change) => ({ before: (c) => { if (c.path === 'users' && c.first > 0 && c.hits('changed') === 0 && c.note('changed')) change(c.people()); } });
const newcomer = (name) => ({ ...user(0), id: `k-${name}`, username: name });
const counts = (change) => ({ realm: (a, c) => (c.path === 'users/count' && c.note('count') ? change(a, c) : undefined) });

export const keycloakCases = {
	keycloak: {},
	'keycloak-heedless': { heedless: true },
	'keycloak-leaves': between((all) => { all.shift(); }),
	'keycloak-joins': between((all) => { all.unshift(newcomer('aaron')); }),
	'keycloak-swap': between((all) => { all.shift(); all.push(newcomer('zoe')); }),
	'keycloak-duplicate': { realm: (a, c) => { if (c.path === 'users' && c.first > 0 && a.length > 1) a[1] = c.people()[0]; } },
	'keycloak-count-high': counts((n) => n + 3),
	'keycloak-count-low': counts((n) => n - 3),
	'keycloak-count-moves': counts((n, c) => n - c.hits('count') % 2),
	'keycloak-count-object': counts((n) => ({ count: n })),
	'keycloak-nobody': { realm: (a, c) => (c.path === 'users/count' ? 0 : []) },
	'keycloak-403-users': forbid(/^users/),
	'keycloak-403-groups': forbid(/^groups/),
	'keycloak-403-members': forbid(/members$/),
	'keycloak-403-roles': forbid(/^roles/),
	'keycloak-401': { realm: (a, c) => c.send(json(401, { error: 'HTTP 401 Unauthorized' })) },
	'keycloak-no-realm': { realm: (a, c) => c.send(json(404, { error: 'Realm not found.' })) },
	'keycloak-login-page': { realm: (a, c) => c.send({ headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Sign in</title>' }) },
	'keycloak-error-object': { realm: (a, c) => (c.path === 'groups' ? { error: 'unknown_error' } : undefined) },
	'keycloak-group-gone': { realm: (a, c) => (/unix\/members$/.test(c.path) ? c.send(gone('group by id')) : undefined) },
	'keycloak-group-twice': { realm: (a, c) => { if (c.path === 'groups') a.push(a[0]); } },
	'keycloak-child-twice': { realm: (a, c) => { if (/children$/.test(c.path)) a.push({ id: 'g-unix', name: 'unix', subGroupCount: 0 }); } },
	'keycloak-bad-records': { realm: (a, c) => { if (c.path === 'users' && a.length > 2) { delete a[0].username; a[1].attributes.uidNumber = ['x']; } } },
	'keycloak-bad-group': { realm: (a, c) => { if (c.path === 'groups') a[0].attributes.gidNumber = ['none']; } },
	'keycloak-429-once': once({ ...json(429, {}), headers: { 'retry-after': '1' } }),
	'keycloak-500-once': once(json(500, { error: 'unknown_error' })),
	'keycloak-401-once': once(json(401, { error: 'HTTP 401 Unauthorized' })),
	'keycloak-truncated-half': half((c) => c.truncate(false)),
	'keycloak-garbage-half': half((c) => c.send({ body: '[{"id":"' })),
};
