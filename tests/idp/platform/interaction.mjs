// SPDX-License-Identifier: LGPL-2.1-or-later
// Sign-in and consent: the two stops between "yes, this is my code" and "done".

import express from 'express';
import * as pages from './pages.mjs';

const AMR = { 'urn:example:mfa': ['pwd', 'otp'], 'urn:example:pwd': ['pwd'] };

/** How well this sign-in went: the next of the list, of which the last stays; "asked" is the first context that was asked for. */
function reachedAcr(platform, { params }) {
	const [next, ...rest] = platform.acr.split(',');
	if (rest.length) platform.acr = rest.join(',');
	if (next !== 'asked') return next;
	return (params.acr_values ?? '').split(' ').find((value) => AMR[value]) ?? 'urn:example:pwd';
}

/** Grants everything that was asked for, as one click on "Allow" does. */
async function grantAll(provider, details) {
	const { grantId, prompt, params, session } = details;
	const grant = (grantId && await provider.Grant.find(grantId))
		|| new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
	const { missingOIDCScope = [], missingOIDCClaims = [], missingResourceScopes = {} } = prompt.details;
	if (missingOIDCScope.length) grant.addOIDCScope(missingOIDCScope.join(' '));
	if (missingOIDCClaims.length) grant.addOIDCClaims(missingOIDCClaims);
	for (const [indicator, scopes] of Object.entries(missingResourceScopes)) grant.addResourceScope(indicator, scopes.join(' '));
	return grant.save();
}

export function interactionRoutes(platform) {
	const router = express.Router();
	const form = express.urlencoded({ extended: false, limit: '16kb' });
	const show = (res, html, status = 200) => res.status(status).set(pages.HEADERS).send(html);
	const active = () => [...platform.people.users.values()].filter((u) => u.active);
	const loginPage = (details, message) => pages.login({
		action: `/interaction/${details.uid}/login`, hint: details.params.login_hint, message, people: active().slice(0, 12).map((u) => u.name),
	});

	router.get('/:uid', async (req, res, next) => {
		try {
			const details = await platform.provider.interactionDetails(req, res);
			if (details.prompt.name === 'login') { show(res, loginPage(details)); return; }
			const client = await platform.provider.Client.find(details.params.client_id);
			const user = platform.people.users.get(details.session.accountId);
			show(res, pages.consent({
				action: `/interaction/${details.uid}/consent`, abort: `/interaction/${details.uid}/abort`, client: client.clientName,
				scopes: details.prompt.details.missingOIDCScope ?? [], name: user?.display,
			}));
		} catch (error) { next(error); }
	});

	router.post('/:uid/login', form, async (req, res, next) => {
		try {
			const details = await platform.provider.interactionDetails(req, res);
			const user = platform.people.findUser(String(req.body.name ?? ''));
			if (!user?.active || user.password !== req.body.password) {
				show(res, loginPage(details, 'User name and password do not fit.'), 403);
				return;
			}
			const acr = reachedAcr(platform, details);
			await platform.provider.interactionFinished(req, res, {
				login: { accountId: user.id, acr, amr: AMR[acr], remember: false },
			}, { mergeWithLastSubmission: false });
		} catch (error) { next(error); }
	});

	router.post('/:uid/consent', form, async (req, res, next) => {
		try {
			const details = await platform.provider.interactionDetails(req, res);
			const grantId = await grantAll(platform.provider, details);
			await platform.provider.interactionFinished(req, res, { consent: { grantId } }, { mergeWithLastSubmission: true });
		} catch (error) { next(error); }
	});

	router.post('/:uid/abort', form, async (req, res, next) => {
		try {
			await platform.provider.interactionFinished(req, res, {
				error: 'access_denied', error_description: 'The person refused',
			}, { mergeWithLastSubmission: false });
		} catch (error) { next(error); }
	});

	// next is what tells express that this handles errors
	router.use((error, req, res, next) => { // eslint-disable-line no-unused-vars
		show(res, pages.failure('That did not work', error.error_description ?? error.message), 400);
	});
	return router;
}
