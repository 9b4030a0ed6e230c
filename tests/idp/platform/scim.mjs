// SPDX-License-Identifier: LGPL-2.1-or-later
// SCIM 2.0 (RFC 7643, 7644) over the same people, read-only, with the POSIX attributes in a schema
// extension, as RFC 7643 section 3.3 asks of whoever needs more than the core has. scimmy takes only
// names under urn:ietf:params:scim:schemas:extension.
//
// express must stay at 4: under express 5 the router's paging is ignored and each page is page 1.

import SCIMMY from 'scimmy';
import SCIMMYRouters from 'scimmy-routers';
import { POSIX_GROUP, POSIX_USER } from '../mock/people.mjs';

const { Attribute, SchemaDefinition } = SCIMMY.Types;

function userExtension() {
	return new SchemaDefinition('PosixUser', POSIX_USER, 'What a Unix host needs to know of a person', [
		new Attribute('integer', 'uidNumber', { direction: 'both' }),
		new Attribute('integer', 'gidNumber', { direction: 'both' }),
		new Attribute('string', 'homeDirectory', { caseExact: true }),
		new Attribute('string', 'loginShell', { caseExact: true }),
		new Attribute('string', 'loa', { caseExact: true }),
		new Attribute('string', 'sshKeys', { multiValued: true, caseExact: true }),
	]);
}

function groupExtension() {
	return new SchemaDefinition('PosixGroup', POSIX_GROUP, 'What a Unix host needs to know of a group', [
		new Attribute('integer', 'gidNumber', { direction: 'both' }),
	]);
}

function asUser(u) {
	return {
		id: u.id, userName: u.name, displayName: u.display, active: u.active, emails: [{ value: u.email, primary: true }],
		meta: { created: u.created, lastModified: u.modified },
		[POSIX_USER]: { uidNumber: u.uid, gidNumber: u.gid, homeDirectory: u.home, loginShell: u.shell, loa: u.loa, sshKeys: u.keys },
	};
}

function asGroup(people, g) {
	return {
		id: g.id, displayName: g.name, meta: { created: g.created, lastModified: g.modified },
		members: [...g.members].map((id) => ({ value: id, display: people.users.get(id)?.name, type: 'User' })),
		[POSIX_GROUP]: { gidNumber: g.gid },
	};
}

/**
 * What scimmy asks for: one resource, or a list. scimmy takes the whole list and cuts the page
 * itself, which costs a second a page at 10,000 people; a page is cut here.
 */
function answer(resource, all, convert) {
	if (resource.id) {
		const one = all.get(resource.id);
		if (!one) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
		return convert(one);
	}
	const { startIndex = 1, count = 20 } = resource.constraints ?? {};
	const list = [...all.values()];
	const found = resource.filter ? resource.filter.match(list.map(convert)) : list;
	const shown = (part) => (resource.filter ? part : part.map(convert));
	if (!resource.constraints || (startIndex > 1 && startIndex <= count)) return shown(found);
	resource.constraints.totalResults = found.length;
	return shown(found.slice(startIndex - 1, startIndex - 1 + count));
}

/** authorize(token, scheme, request) -> the client's id, or throws. */
export function scimRoutes(people, authorize) {
	SCIMMY.Schemas.User.definition.extend(userExtension());
	SCIMMY.Schemas.Group.definition.extend(groupExtension());
	SCIMMY.Config.set({ patch: false, filter: { supported: true, maxResults: 1000 }, sort: false });
	SCIMMY.Resources.declare(SCIMMY.Resources.User).egress((resource) => answer(resource, people.users, asUser));
	SCIMMY.Resources.declare(SCIMMY.Resources.Group).egress((resource) => answer(resource, people.groups, (g) => asGroup(people, g)));
	return new SCIMMYRouters({
		type: 'bearer',
		docUri: 'https://www.rfc-editor.org/rfc/rfc7644',
		async handler(request) {
			const [, scheme, token] = /^(Bearer|DPoP) (.+)$/.exec(request.header('Authorization') ?? '') ?? [];
			if (!token) throw new Error('a token is needed');
			return authorize(token, scheme, request);
		},
	});
}
