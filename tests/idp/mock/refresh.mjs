// SPDX-License-Identifier: LGPL-2.1-or-later
// Refresh tokens, kept well and badly (RFC 6749 section 6, OIDC Core 12, RFC 7009). A good platform
// rotates: a token is used once, and one that comes a second time costs the whole family (RFC 9700
// 4.14.2). "static-refresh" is alice's, in every case.

import crypto from 'node:crypto';

const fail = (error, status = 400, more = {}) => ({ status, body: { error, ...more } });

/** Of a tenant: token -> { user, scope, family, used }. */
export const newRefreshTokens = () => new Map([['static-refresh', { user: 'alice', scope: 'openid profile', family: 'static' }]]);

export function issue(c, { user, scope, family = crypto.randomUUID() }) {
	const token = `mock-refresh-${crypto.randomBytes(18).toString('base64url')}`;
	c.tenant.refresh.set(token, { user, scope, family });
	return token;
}

/** The token that was given, or null: unknown, or used before, which ends its family. */
export function spend(c) {
	const token = c.form.get('refresh_token');
	const found = c.tenant.refresh.get(token);
	if (!found) return null;
	if (found.used) {
		forget(c, token);
		return null;
	}
	found.used = !c.tenant.hooks.rotatesNot;
	return found;
}

/** RFC 7009 section 2.1: with a refresh token goes what was made from it. */
export function forget(c, token) {
	const family = c.tenant.refresh.get(token)?.family;
	for (const [other, { family: theirs }] of c.tenant.refresh) if (theirs === family) c.tenant.refresh.delete(other);
}

const renew = (change) => ({ renew: change });
const put = (more) => renew((d) => { Object.assign(d, more); });
const told = (reply) => ({ revoke: reply });
/** The ID token of a refresh; the one of the sign-in stays good. */
const renewed = (change) => ({ token: (t, c) => { if (c.form.get('grant_type') === 'refresh_token') return change(t, c); return undefined; } });
const claims = (change) => renewed((t) => { Object.assign(t.claims, change(t.claims)); });

export const refreshCases = {
	'refresh-offered': { tokens: (d, c) => { d.refresh_token = issue(c, { user: 'alice', scope: d.scope }); } },
	'refresh-kept': { rotatesNot: true },
	'refresh-same': { rotatesNot: true, renew: (d, c) => { d.refresh_token = c.form.get('refresh_token'); } },
	'refresh-same-somebody': { ...claims(() => ({ sub: 'u-bob' })), rotatesNot: true, renew: (d, c) => { d.refresh_token = c.form.get('refresh_token'); } },
	'refresh-no-id-token': renew((d) => { delete d.id_token; }),
	'refresh-somebody': claims(() => ({ sub: 'u-bob' })),
	'refresh-wrong-iss': claims(() => ({ iss: 'https://evil.example' })),
	'refresh-wrong-aud': claims(() => ({ aud: 'somebody-else' })),
	'refresh-expired': claims((t) => ({ iat: t.iat - 7200, exp: t.iat - 3600 })),
	'refresh-at-hash': claims(() => ({ at_hash: 'LDktKdoQak3Pk0cnXxCltA' })),
	'refresh-forged': renew((d) => { d.id_token = `${d.id_token.slice(0, -8)}AAAAAAAA`; }),
	'refresh-typ-logout': renewed((t) => { t.header.typ = 'logout+jwt'; }),
	'refresh-id-token-number': put({ id_token: 7 }),
	'refresh-token-type-mac': put({ token_type: 'mac' }),
	'refresh-no-access': renew((d) => { delete d.access_token; }),
	'refresh-huge': renew((d) => { d.access_token = 'a'.repeat(20000); }),
	'refresh-fat': renew((d) => { d.access_token = 'a'.repeat(16000); d.refresh_token = 'r'.repeat(16000); }),
	'refresh-narrowed': put({ scope: 'openid' }),
	'refresh-scope-controls': put({ scope: 'openid\u001b[2J' }),
	'refresh-no-scope': renew((d) => { delete d.scope; }),
	'refresh-no-expires': renew((d) => { delete d.expires_in; }),
	'refresh-uid-other': put({ user_id: 'u-bob' }),
	'refresh-uid-same': put({ user_id: 'u-alice' }),
	'refresh-refused': { spend: () => fail('invalid_grant', 400, { error_description: 'Session not active\u001b[2J' }) },
	'refresh-refused-401': { spend: () => fail('invalid_grant', 401) },
	'refresh-invalid-grant-500': { spend: () => fail('invalid_grant', 500) },
	'refresh-invalid-client': { spend: () => fail('invalid_client', 401) },
	'refresh-invalid-target': { spend: () => fail('invalid_target') },
	'refresh-invalid-scope': { spend: () => fail('invalid_scope') },
	'refresh-unauthorized': { spend: () => fail('unauthorized_client') },
	'refresh-twice': renew((d) => JSON.stringify(d).replace('{', '{"access_token":"x",')),
	'revoke-never': { discovery: (d) => { delete d.revocation_endpoint; } },
	'revoke-refused': told(() => fail('invalid_client', 401)),
	'revoke-unsupported-access': told((c) => (c.form.get('token_type_hint') === 'access_token' ? fail('unsupported_token_type') : undefined)),
	'revoke-unsupported': told(() => fail('unsupported_token_type')),
	'revoke-503': told(() => fail('temporarily_unavailable', 503)),
	'revoke-204': told(() => ({ status: 204 })),
	'logout-long': { discovery: (d) => { d.end_session_endpoint += `/${'x'.repeat(600)}`; } },
	'logout-never': { discovery: (d) => { delete d.end_session_endpoint; } },
};
