// SPDX-License-Identifier: LGPL-2.1-or-later
// The pages a person sees: plain HTML that a screen reader, a keyboard and approve.mjs can use.
// Nothing is loaded from anywhere else, and no script runs.

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escape = (text) => String(text ?? '').replace(/[&<>"']/g, (c) => ENTITIES[c]);

const STYLE = `
:root { color-scheme: light dark; font: 1.05rem/1.5 system-ui, sans-serif; --line: #8885; --main: #1d4f91; background: #8881; }
body { max-width: 30rem; margin: 0 auto; padding: 2rem 1rem; }
header { color: var(--main); font-weight: 600; margin: 0 0 .8rem .2rem; }
main { background: Canvas; border: 1px solid var(--line); border-radius: .6rem; padding: 1.2rem 1.6rem 1.6rem; }
footer { font-size: .85rem; opacity: .75; margin: .8rem .2rem; }
h1 { font-size: 1.5rem; margin: .2rem 0 1rem; }
label { display: block; margin: 1rem 0 .25rem; }
input { font: inherit; padding: .5rem; width: 100%; box-sizing: border-box; border: 1px solid #888; border-radius: .3rem; }
#code { font: 1.5rem ui-monospace, monospace; letter-spacing: .12em; text-transform: uppercase; }
button { font: inherit; padding: .55rem 1.2rem; margin: 1.2rem .6rem 0 0; border: 1px solid #888; border-radius: .3rem; background: Canvas; color: CanvasText; cursor: pointer; }
button.main { background: var(--main); border-color: var(--main); color: #fff; }
:focus-visible { outline: .15rem solid #e08a00; outline-offset: .1rem; }
.choice { display: flex; flex-wrap: wrap; }
.code { font: 1.8rem ui-monospace, monospace; letter-spacing: .15em; text-align: center; margin: 1rem 0; padding: .6rem; border: 1px dashed #888; border-radius: .3rem; }
.error { border-inline-start: .3rem solid #c33; padding-inline-start: .7rem; }
@media (prefers-color-scheme: dark) { :root { --main: #3b78c9; } header { color: #8fb8ee; } }
`;

/** What a scope lets the hosts know, in words for the person. */
const SCOPES = {
	openid: 'who you are', profile: 'your name, user name and groups', email: 'your mail address',
	offline_access: 'that you still exist, while you are away',
};

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
<header>Example Organisation</header>
<main>
<h1>${escape(title)}</h1>
${body}
</main>
<footer>A platform for tests and demonstrations only.</footer>
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
	const field = '<label for="code">Enter the code that your terminal shows</label>';
	const input = form.replace(/<input\s+(?:value="[^"]*" )?[^>]*name="user_code"[^>]*><\/input>/s,
		`${field}<input id="code" name="user_code" autocomplete="off" autocapitalize="characters" spellcheck="false" placeholder="ABCD-EFGH" autofocus>`)
		.replace('</form>', '<button type="submit" class="main">Continue</button></form>');
	return page('Sign in on another device', `${error(message)}${input}`);
}

export function confirmCode(form, client, code) {
	const buttons = `<button type="submit" class="main" autofocus>Yes, this is my code</button>
<button type="submit" name="abort" value="yes">No, cancel</button>`;
	return page('Is this your code?', `<p><strong>${escape(client)}</strong> wants to sign you in. Go on only if <strong>you</strong>
started this, just now, and your terminal shows this very code:</p>
<p class="code">${escape(code)}</p>
${form.replace('</form>', `${buttons}</form>`)}`);
}

export function done() {
	return page('Done', `<p id="done"><strong>Go back to your terminal and press Enter there.</strong></p>
<p>You can close this page.</p>`);
}

export function login({ action, hint, message, people }) {
	return page('Sign in', `${error(message)}
<form id="login" method="post" action="${escape(action)}">
<label for="name">User name</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required value="${escape(hint)}"${hint ? '' : ' autofocus'}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${hint ? ' autofocus' : ''}>
<button type="submit" class="main">Sign in</button>
</form>
<p>People here: ${people.map(escape).join(', ')}. Everybody's password is <kbd>demo</kbd>.</p>`);
}

export function consent({ action, abort, client, scopes, name }) {
	const items = scopes.map((s) => `<li>${escape(SCOPES[s] ?? s)}</li>`).join('');
	return page('Allow access?', `<p>You are signed in as <strong>${escape(name)}</strong>. <strong>${escape(client)}</strong> asks to know:</p>
<ul>${items}</ul>
<div class="choice">
<form id="consent" method="post" action="${escape(action)}"><button type="submit" class="main" autofocus>Allow</button></form>
<form id="refuse" method="post" action="${escape(abort)}"><button type="submit">Refuse</button></form>
</div>`);
}

export function failure(title, text) {
	return page(title, `<p class="error" role="alert">${escape(text)}</p>`);
}
