// SPDX-License-Identifier: LGPL-2.1-or-later
// The certified OpenID provider, set up the way an organisation would: a public native client for
// its Unix hosts, confidential ones for each way a host can prove itself, device flow, two keys.

import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import Provider from 'oidc-provider';
import { newKey } from '../lib/jose.mjs';
import { strict } from './matrix.mjs';
import * as pages from './pages.mjs';
import { registerPasswordGrant } from './password.mjs';

const SCOPES = ['openid', 'offline_access', 'profile', 'email', 'scim:read'];
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const MONTH = 30 * 24 * 3600;

/** A signing key pair as a private JWK. */
export function newSigningKey(alg) {
	const kid = `${alg.toLowerCase()}-${crypto.randomBytes(6).toString('hex')}`;
	return { ...newKey(alg).privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

/** A key of a private_key_jwt client: DIR/NAME (PEM) is what a host is given; its public JWK. */
function hostKey(dir, name, alg) {
	const file = path.join(dir, name);
	if (!fs.existsSync(file)) fs.writeFileSync(file, newKey(alg).privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
	return { ...crypto.createPublicKey(fs.readFileSync(file)).export({ format: 'jwk' }), use: 'sig', alg };
}

/** RFC 7638: the required members, in order. */
function thumbprint({ crv, e, kty, n, x, y }) {
	const members = { RSA: { e, kty, n }, EC: { crv, kty, x, y }, OKP: { crv, kty, x } }[kty];
	return crypto.createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

/** DER of a SubjectPublicKeyInfo as the JWK of a client that is known by its thumbprint. */
export function publicJwk(der, alg) {
	const key = { ...crypto.createPublicKey({ key: der, format: 'der', type: 'spki' }).export({ format: 'jwk' }), use: 'sig', alg };
	return { ...key, kid: thumbprint(key) };
}

/** The keys of the three private_key_jwt clients; two are known by their thumbprint. */
export function hostKeys(dir) {
	const [rs256, ps256, eddsa] = [['host.key', 'RS256'], ['host-ps256.key', 'PS256'], ['host-eddsa.key', 'EdDSA']].map(([name, alg]) => hostKey(dir, name, alg));
	return {
		'host-key': { ...rs256, kid: 'host-key' },
		'host-ps256': { ...ps256, kid: thumbprint(ps256) },
		'host-eddsa': { ...eddsa, kid: thumbprint(eddsa) },
	};
}

function clients(secret, keys) {
	// a host may also send people to a browser: it ends at their own machine, or at a page that shows the code
	const host = { application_type: 'native', response_types: ['code'], redirect_uris: ['http://127.0.0.1/', 'http://[::1]/', 'https://codes.example.test/shown'] };
	const device = { ...host, grant_types: [DEVICE_GRANT, 'authorization_code', 'refresh_token'] };
	const machine = { ...host, grant_types: [DEVICE_GRANT, 'authorization_code', 'client_credentials'], client_secret: secret };
	return [
		{ ...device, client_id: 'unix-hosts', client_name: 'Unix hosts', token_endpoint_auth_method: 'none' },
		{ ...device, client_id: 'unix-hosts-es256', client_name: 'Unix hosts', token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'ES256' },
		{ ...device, client_id: 'unix-hosts-jwt', client_name: 'Unix hosts', application_type: 'native', token_endpoint_auth_method: 'none', userinfo_signed_response_alg: 'RS256' },
		{ ...host, client_id: 'host-password', client_name: 'Unix hosts', client_secret: secret, token_endpoint_auth_method: 'client_secret_basic', grant_types: ['password', 'authorization_code'] },
		{ ...machine, client_id: 'host-basic', client_name: 'Unix hosts', token_endpoint_auth_method: 'client_secret_basic' },
		{ ...machine, client_id: 'host-post', client_name: 'Unix hosts', token_endpoint_auth_method: 'client_secret_post' },
		{
			...machine, client_id: 'host-wallet', client_name: 'Unix hosts', token_endpoint_auth_method: 'client_secret_basic',
			grant_types: [...machine.grant_types, 'refresh_token'],
		},
		{
			...machine, client_id: 'host-dpop', client_name: 'Unix hosts', token_endpoint_auth_method: 'client_secret_basic',
			dpop_bound_access_tokens: true,
		},
		{
			...machine, client_secret: undefined, client_id: 'host-tls', client_name: 'Unix hosts', token_endpoint_auth_method: 'tls_client_auth',
			tls_client_auth_subject_dn: 'CN=host-tls', tls_client_certificate_bound_access_tokens: true,
		},
		...Object.entries(keys).map(([id, key]) => ({
			...machine, client_secret: undefined, client_id: id, client_name: 'Unix hosts',
			token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: key.alg, jwks: { keys: [key] },
		})),
		{
			client_id: 'web', client_name: 'A web page', client_secret: secret, grant_types: ['authorization_code', 'refresh_token'],
			response_types: ['code'], redirect_uris: ['https://localhost/callback'],
		},
		{
			client_id: 'native', client_name: 'A program on a desktop', application_type: 'native', token_endpoint_auth_method: 'none',
			grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], redirect_uris: ['http://127.0.0.1/callback'],
		},
	];
}

const account = (people, user) => ({
	accountId: user.id,
	async claims() { return people.claims(user); },
});

/** Access tokens for a resource: a JWT as RFC 9068 has it, small enough for ssh's prompt; opaque where it is called so. */
const resourceServer = (resource) => ({
	scope: 'host:login', audience: resource,
	...(/opaque/.test(resource) ? { accessTokenFormat: 'opaque' } : { accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
});

const send = (ctx, html) => {
	ctx.body = html;
	for (const [name, value] of Object.entries(pages.HEADERS)) ctx.set(name, value);
};

/**
 * { issuer, people, adapter, keys, secret, hostKeys, nonceSecret, cookieKey, codeLife, matrix, scopes } -> a Provider.
 * Made anew, with the same adapter, to rotate keys.
 */
export function makeProvider(s) {
	const listed = [...SCOPES, ...s.scopes.known];
	// what a platform refuses it has, but not for these clients: a name it has not it would only drop
	const bound = (client) => (s.scopes.refused.length ? { ...client, scope: listed.join(' ') } : client);
	const provider = new Provider(s.issuer, {
		adapter: s.adapter,
		clients: [...clients(s.secret, s.hostKeys), ...(s.matrix || [])].map(bound),
		jwks: { keys: s.keys },
		cookies: { keys: [s.cookieKey] },
		claims: {
			openid: ['sub', 'acr', 'amr', 'auth_time'],
			profile: ['preferred_username', 'name', 'groups', 'loa', 'entitlements'],
			email: ['email', 'email_verified'],
		},
		scopes: [...listed, ...s.scopes.refused],
		acrValues: ['urn:example:pwd', 'urn:example:mfa'],
		conformIdTokenClaims: false,
		/** What an access token says of its person, as most platforms can be set up to do. */
		async extraTokenClaims(ctx, token) {
			const user = s.people.users.get(token.accountId);
			const { preferred_username, groups } = user ? await s.people.claims(user) : {}; // eslint-disable-line camelcase
			return user && token.aud ? { preferred_username, groups } : undefined;
		},
		async findAccount(ctx, id) {
			const user = s.people.users.get(id);
			return user?.active ? account(s.people, user) : undefined;
		},
		features: {
			devInteractions: { enabled: false },
			clientCredentials: { enabled: true },
			introspection: { enabled: true },
			revocation: { enabled: true },
			jwtUserinfo: { enabled: true },
			pushedAuthorizationRequests: { enabled: true },
			...(s.matrix ? strict : {}),
			mTLS: {
				enabled: true,
				certificateBoundAccessTokens: true,
				tlsClientAuth: true,
				selfSignedTlsClientAuth: true,
				getCertificate: (ctx) => { const { raw } = ctx.socket.getPeerCertificate(); return raw && new crypto.X509Certificate(raw); },
				certificateAuthorized: (ctx) => ctx.socket.authorized,
				certificateSubjectMatches: (ctx, property, expected) => property === 'tls_client_auth_subject_dn' && new crypto.X509Certificate(ctx.socket.getPeerCertificate().raw).subject === expected,
			},
			dPoP: { enabled: true, nonceSecret: s.nonceSecret, requireNonce: () => true },
			resourceIndicators: {
				enabled: true,
				defaultResource: () => undefined,
				useGrantedResource: () => false,
				getResourceServerInfo: (ctx, resource) => resourceServer(resource),
			},
			deviceFlow: {
				enabled: true,
				async userCodeInputSource(ctx, form, out, error) {
					const message = !error ? undefined : error.userCode || error.name === 'NoCodeError'
						? 'That code is unknown, used up or too old.' : 'The request was cancelled.';
					send(ctx, pages.enterCode(form, message));
				},
				async userCodeConfirmSource(ctx, form, client, info, code) { send(ctx, pages.confirmCode(form, client.clientName, code)); },
				async successSource(ctx) { send(ctx, pages.done()); },
			},
		},
		pkce: { methods: ['S256'], required: () => true },
		clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
		...(s.matrix ? { issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token') } : {}),
		// each is good for one use, where nothing but the token proves who brings it, and for host-wallet
		rotateRefreshToken: ({ oidc: { client } }) => Boolean(s.matrix) || client.clientAuthMethod === 'none' || client.clientId === 'host-wallet',
		interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
		async renderError(ctx, out) { send(ctx, pages.failure('That did not work', `${out.error}: ${out.error_description ?? ''}`)); },
		routes: { device_authorization: '/device/auth', code_verification: '/device' },
		ttl: {
			AccessToken: () => s.life.access, AuthorizationCode: 60, ClientCredentials: 600, DeviceCode: s.codeLife, Grant: MONTH,
			IdToken: 600, Interaction: 600, RefreshToken: MONTH, Session: 3600,
		},
	});
	provider.use(async (ctx, next) => {
		await next();
		if (ctx.oidc?.route === 'discovery') ctx.body.scopes_supported = listed;
	});
	// A person signs in by name and password on every visit: tests bring a fresh cookie jar anyway.
	registerPasswordGrant(provider, s.people, resourceServer);
	provider.on('server_error', (ctx, error) => process.stderr.write(`platform: ${error.stack}\n`));
	return provider;
}
