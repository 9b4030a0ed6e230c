// SPDX-License-Identifier: LGPL-2.1-or-later
// The pages a person sees: plain HTML that a screen reader, a keyboard and approve.mjs can use.
// Nothing is loaded from anywhere else, and no script runs.

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escape = (text) => String(text ?? '').replace(/[&<>"']/g, (c) => ENTITIES[c]);

const STYLE = `
:root { color-scheme: light dark; font: 1.05rem/1.5 system-ui, sans-serif; }
body { max-width: 30rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; }
label { display: block; margin: 1rem 0 .25rem; }
input { font: inherit; padding: .4rem; width: 100%; box-sizing: border-box; }
button { font: inherit; padding: .5rem 1.2rem; margin: 1.5rem .8rem 0 0; }
.code { font: 1.6rem ui-monospace, monospace; letter-spacing: .15em; }
.error { border-inline-start: .3rem solid #c33; padding-inline-start: .7rem; }
`;

export function page(title, body) {
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

export const HEADERS = {
	'content-type': 'text/html; charset=utf-8',
	'cache-control': 'no-store',
	'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
	'referrer-policy': 'no-referrer',
};

const error = (text) => (text ? `<p class="error" role="alert">${escape(text)}</p>` : '');

export function enterCode(form, message) {
	const field = '<label for="code">The code that your terminal shows</label>';
	const input = form.replace(/<input\s+(?:value="[^"]*" )?[^>]*name="user_code"[^>]*><\/input>/s,
		`${field}<input id="code" name="user_code" autocomplete="off" autocapitalize="characters" spellcheck="false" autofocus>`)
		.replace('</form>', '<button type="submit">Continue</button></form>');
	return page('Sign in on another device', `${error(message)}${input}`);
}

export function confirmCode(form, client, code) {
	const buttons = `<button type="submit" autofocus>Yes, this is my code</button>
<button type="submit" name="abort" value="yes">No, cancel</button>`;
	return page('Is this your code?', `<p>${escape(client)} wants to sign somebody in. Go on only if <strong>you</strong> started
this, just now, and your terminal shows the very same code:</p>
<p class="code">${escape(code)}</p>
${form.replace('</form>', `${buttons}</form>`)}`);
}

export function done() {
	return page('Done', '<p id="done">You can close this page and go back to your terminal.</p>');
}

export function login({ action, hint, message, people }) {
	return page('Sign in', `${error(message)}
<form id="login" method="post" action="${escape(action)}">
<label for="name">User name</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required value="${escape(hint)}"${hint ? '' : ' autofocus'}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${hint ? ' autofocus' : ''}>
<button type="submit">Sign in</button>
</form>
<p>This platform exists for tests and demonstrations only. Known people: ${people.map(escape).join(', ')}.
Everybody's password is <kbd>demo</kbd>.</p>`);
}

export function consent({ action, abort, client, scopes, name }) {
	const items = scopes.map((s) => `<li>${escape(s)}</li>`).join('');
	return page('Allow access?', `<p>${escape(client)} asks to know about <strong>${escape(name)}</strong>:</p>
<ul>${items}</ul>
<form id="consent" method="post" action="${escape(action)}"><button type="submit" autofocus>Allow</button></form>
<form id="refuse" method="post" action="${escape(abort)}"><button type="submit">Refuse</button></form>`);
}

export function failure(title, text) {
	return page(title, `<p class="error" role="alert">${escape(text)}</p>`);
}
