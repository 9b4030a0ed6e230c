// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules a token request has to keep, as the platform writes them down, each with the word its
// own log has for the breach. Nothing beyond the rules is forgiven: what the platform only logs
// today (another claim, another member of the header, nbf) is refused here.

import crypto from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const KID = /^[A-Za-z0-9_-]{43}$/;
const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const HEADER = ['alg', 'kid', 'typ'];
const CLAIMS = ['iss', 'sub', 'aud', 'jti', 'iat', 'exp', 'purposeId', 'digest'];
const FORM = ['client_id', 'client_assertion', 'client_assertion_type', 'grant_type'];

export class Refused extends Error {
	constructor(code, detail = code) { super(detail); this.code = code; }
}

const refuse = (code, detail) => { throw new Refused(code, detail); };

/** A part of a compact JWS: canonical base64url of one JSON object without a member twice. */
export function readPart(text, code) {
	const bytes = Buffer.from(text, 'base64url');
	if (!/^[A-Za-z0-9_-]+$/.test(text) || bytes.toString('base64url') !== text) refuse(code, 'not base64url');
	const raw = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	const value = JSON.parse(raw);
	if (value === null || typeof value !== 'object' || Array.isArray(value)) refuse(code, 'not an object');
	if (JSON.stringify(value).length !== raw.length) refuse(code, 'a member twice, or written oddly');
	return value;
}

function split(jws) {
	try {
		const parts = jws.split('.');
		if (parts.length !== 3) refuse('invalidClientAssertionFormat', `${parts.length} parts`);
		return { header: readPart(parts[0], 'invalidClientAssertionFormat'), claims: readPart(parts[1], 'invalidClientAssertionFormat'), parts };
	} catch (error) {
		throw error instanceof Refused ? error : new Refused('invalidClientAssertionFormat', error.message);
	}
}

function checkForm(form) {
	for (const name of form.keys()) {
		if (!FORM.includes(name)) refuse('invalidRequest', `nobody knows the parameter ${name}`);
		if (form.getAll(name).length !== 1) refuse('invalidRequest', `${name} twice`);
	}
	if (form.get('client_assertion_type') !== TYPE) refuse('invalidAssertionType');
	if (form.get('grant_type') !== 'client_credentials') refuse('invalidGrantType');
	if (form.has('client_id') && !UUID.test(form.get('client_id'))) refuse('invalidClientIdFormat');
	if (!form.get('client_assertion')) refuse('invalidClientAssertionFormat', 'none');
}

function checkHeader(header) {
	if (header.alg === undefined) refuse('algorithmNotFound');
	if (header.alg !== 'RS256') refuse('algorithmNotAllowed', String(header.alg));
	if (header.kid === undefined) refuse('kidNotFound');
	if (typeof header.kid !== 'string' || !KID.test(header.kid)) refuse('invalidKidFormat', String(header.kid));
	if (header.typ !== 'JWT') refuse('invalidHeader', `typ ${header.typ}`);
	for (const name of Object.keys(header)) if (!HEADER.includes(name)) refuse('clientAssertionInvalidClaims', `header has ${name}`);
}

function checkDigest(digest) {
	if (digest === undefined) return;
	if (digest === null || typeof digest !== 'object' || Object.keys(digest).sort().join() !== 'alg,value') refuse('invalidDigestFormat');
	if (digest.alg !== 'SHA256') refuse('invalidHashAlgorithm', String(digest.alg));
	if (typeof digest.value !== 'string' || digest.value.length !== 64) refuse('invalidHashLength');
	if (!/^[0-9a-f]{64}$/.test(digest.value)) refuse('invalidDigestFormat', 'not lower case hex');
}

function checkClaims(claims, expected, now) {
	const time = (name, code) => {
		if (!claims[name]) refuse(code);
		if (!Number.isInteger(claims[name])) refuse('clientAssertionInvalidClaims', `${name} is no number of seconds`);
	};
	if (!claims.jti || typeof claims.jti !== 'string') refuse('jtiNotFound');
	time('iat', 'issuedAtNotFound');
	time('exp', 'expNotFound');
	if (!claims.iss) refuse('issuerNotFound');
	if (!claims.sub) refuse('subjectNotFound');
	if (!UUID.test(claims.sub)) refuse('invalidSubjectFormat', String(claims.sub));
	if (claims.iss !== claims.sub) refuse('clientAssertionInvalidClaims', 'iss is not the client');
	if (typeof claims.aud !== 'string' && !Array.isArray(claims.aud)) refuse('invalidAudienceFormat');
	if (![].concat(claims.aud).includes(expected)) refuse('invalidAudience', String(claims.aud));
	if (claims.purposeId !== undefined && !UUID.test(claims.purposeId)) refuse('invalidPurposeIdClaimFormat', String(claims.purposeId));
	checkDigest(claims.digest);
	if (claims.nbf !== undefined) refuse('notBeforeError', 'nbf has no place here');
	for (const name of Object.keys(claims)) if (!CLAIMS.includes(name)) refuse('clientAssertionInvalidClaims', `payload has ${name}`);
	if (claims.exp <= now) refuse('tokenExpiredError');
	if (claims.iat > now + 10) refuse('jsonWebTokenError', 'iat is to come');
	if (claims.exp <= claims.iat) refuse('clientAssertionInvalidClaims', 'exp before iat');
}

/**
 * Who asks, and for what: { client, purpose (null for a client of the platform's own interface),
 * header, claims }. Throws Refused.
 */
export function checkRequest({ form, world, audience, now }) {
	checkForm(form);
	const { header, claims, parts } = split(form.get('client_assertion'));
	checkHeader(header);
	checkClaims(claims, audience, now);
	if (form.has('client_id') && form.get('client_id') !== claims.sub) refuse('invalidSubject');
	const client = world.clients.get(claims.sub.toLowerCase());
	const key = client?.keys.get(header.kid);
	if (!key) refuse('tokenGenerationStatesEntryNotFound', 'no such client, or not with this key');
	if (!crypto.verify('sha256', Buffer.from(`${parts[0]}.${parts[1]}`), key, Buffer.from(parts[2], 'base64url'))) {
		refuse('invalidSignature');
	}
	if (client.kind === 'api') {
		if (claims.purposeId !== undefined) refuse('unexpectedKeyType', 'a client of the interface asks for no purpose');
		return { client, purpose: null, header, claims };
	}
	if (!claims.purposeId) refuse('purposeIdNotProvided');
	const purpose = world.purposes.get(claims.purposeId.toLowerCase());
	const broken = world.brokenLink(client, purpose);
	if (broken) refuse(broken);
	return { client, purpose, header, claims };
}
