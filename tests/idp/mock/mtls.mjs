// SPDX-License-Identifier: LGPL-2.1-or-later
// Clients that prove themselves by a certificate (RFC 8705): the door where it is shown, tokens that
// are bound to it, and metadata that name that door badly.

const DOORS = ['device_authorization_endpoint', 'token_endpoint', 'userinfo_endpoint'];
const aliases = (change, listener = 'mtls') => ({
	discovery(d, c) { d.mtls_endpoint_aliases = change(Object.fromEntries(DOORS.map((name) => [name, d[name].replace(c.origin, c.door(listener))]))); },
});

/** The certificate's thumbprint, if it was shown and is one of ours. */
const print = (c) => (c.req.socket.authorized ? c.req.socket.getPeerCertificate().fingerprint256 : undefined);

export const mtls = {
	mtls: {
		...aliases((doors) => doors),
		respond(c) {
			if (!['device', 'token', 'userinfo'].includes(c.endpoint)) return false;
			if (c.endpoint === 'userinfo') return print(c) === c.tenant.print ? false : c.json({ error: 'invalid_token' }, 401);
			if (!print(c) || c.form.get('client_id') !== c.req.socket.getPeerCertificate().subject.CN) return c.json({ error: 'invalid_client' }, 401);
			c.tenant.print = print(c);
			return false;
		},
	},
	'mtls-alert': aliases((doors) => doors, 'mtls-alert'),
	'mtls-alias-http': aliases((doors) => ({ ...doors, token_endpoint: doors.token_endpoint.replace('https:', 'http:') })),
	'mtls-alias-number': aliases((doors) => ({ ...doors, token_endpoint: 7 })),
	'mtls-aliases-array': aliases((doors) => Object.values(doors)),
};
