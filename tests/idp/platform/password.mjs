// SPDX-License-Identifier: LGPL-2.1-or-later
// The resource owner's password (RFC 6749 section 4.3), which oidc-provider leaves out for good
// reasons and lets one register: for hosts that are told to use it all the same.

import { errors } from 'oidc-provider';

const words = (text) => new Set((text ?? '').split(' ').filter(Boolean));

export function registerPasswordGrant(provider, people, resourceServer) {
	provider.registerGrantType('password', async (ctx, next) => {
		const { username, password, scope, resource } = ctx.oidc.params;
		const { client } = ctx.oidc;
		const user = people.findUser(username ?? '');
		if (!user?.active || user.password !== password) throw new errors.InvalidGrant('wrong user name or password');
		const account = await provider.Account.findAccount(ctx, user.id);
		const grant = new provider.Grant({ accountId: user.id, clientId: client.clientId });
		grant.addOIDCScope([...words(scope)].join(' '));
		const grantId = await grant.save();
		ctx.oidc.entity('Account', account);
		ctx.oidc.entity('Grant', grant);
		const at = new provider.AccessToken({ accountId: user.id, client, grantId, gty: 'password' });
		if (resource) {
			const server = resourceServer(resource);
			at.resourceServer = new provider.ResourceServer(resource, server);
			at.scope = server.scope;
		} else {
			at.scope = grant.getOIDCScopeFiltered(words(scope));
		}
		ctx.oidc.entity('AccessToken', at);
		const token = await at.save();
		const about = new provider.IdToken({ ...await account.claims('id_token', scope, {}, []), auth_time: Math.floor(Date.now() / 1000) }, { ctx });
		about.scope = grant.getOIDCScopeFiltered(words(scope));
		about.set('at_hash', token);
		ctx.body = {
			access_token: token, expires_in: at.expiration, token_type: at.tokenType, scope: at.scope,
			id_token: words(scope).has('openid') ? await about.issue({ use: 'idtoken' }) : undefined,
		};
		await next();
	}, ['username', 'password', 'scope', 'resource']);
}
