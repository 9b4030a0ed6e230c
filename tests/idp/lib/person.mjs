// SPDX-License-Identifier: LGPL-2.1-or-later
// What a person does with the platform's pages, one after the other. No back door: whatever a
// person cannot do, this cannot do either.

const STEPS_MAX = 12;

/**
 * who: { browser, as, password, deny, refuse, say }. Opens ADDRESS, signs in, allows (or not), and
 * returns the page at which it ended; throws where a person would be at a loss.
 */
export async function visit(who, address, code) {
	const { browser } = who;
	let signedIn = false;

	/** What is done on a page: returns the next page, or null at the end. */
	const act = (page) => {
		const byId = (id) => page.forms.find((f) => f.id === id);
		const has = (field) => page.forms.find((f) => field in f.fields);
		const login = byId('login');
		if (login) {
			if (signedIn) throw new Error(page.alert || 'the platform asks for the password again');
			signedIn = true;
			return browser.submit(login, { name: who.as, password: who.password });
		}
		if (byId('consent')) return browser.submit(byId(who.refuse ? 'refuse' : 'consent'));
		const confirm = has('confirm');
		if (confirm) return browser.submit(confirm, {}, who.deny ? 'No' : 'Yes');
		const entry = has('user_code');
		if (entry && page.alert) return null;
		// a page that posts itself on in a browser that runs scripts
		if (entry && entry.fields.user_code) return browser.submit(entry);
		if (entry) {
			if (!code) throw new Error('the page asks for a code and none was given');
			return browser.submit(entry, { user_code: code });
		}
		return null;
	};

	let page = await browser.open(address);
	for (let steps = 0; steps < STEPS_MAX; steps++) {
		who.say(`${page.title}${page.alert ? ` (${page.alert})` : ''}`);
		const next = await act(page);
		if (!next) break;
		page = next;
	}
	return page;
}
