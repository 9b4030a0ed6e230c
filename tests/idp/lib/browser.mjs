// SPDX-License-Identifier: LGPL-2.1-or-later
// What a browser does with plain HTML pages: cookies, redirects, forms. No script, no cache.

import https from 'node:https';

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", apos: "'" };
const text = (html) => html.replace(/&(amp|lt|gt|quot|apos|#39);/g, (all, name) => ENTITIES[name]);
const attribute = (tag, name) => {
	const found = new RegExp(`\\s${name}="([^"]*)"`, 'i').exec(tag);
	return found ? text(found[1]) : undefined;
};

/** Every form of a page: { id, action, method, fields: {name: value}, buttons: [{name, value, label}] }. */
function forms(html, base) {
	return [...html.matchAll(/(<form\b[^>]*>)(.*?)<\/form>/gis)].map(([, tag, body]) => ({
		id: attribute(tag, 'id'),
		action: new URL(attribute(tag, 'action') ?? '', base),
		method: (attribute(tag, 'method') ?? 'get').toUpperCase(),
		fields: Object.fromEntries([...body.matchAll(/<input\b[^>]*>/gis)].map(([i]) => [attribute(i, 'name'), attribute(i, 'value') ?? ''])),
		buttons: [...body.matchAll(/(<button\b[^>]*>)(.*?)<\/button>/gis)].map(([, b, label]) => ({
			name: attribute(b, 'name'), value: attribute(b, 'value'), label: text(label),
		})),
	}));
}

export class Browser {
	constructor({ ca, timeout = 15000 }) {
		this.agent = new https.Agent({ ca, keepAlive: true });
		this.timeout = timeout;
		this.jar = new Map(); // origin -> Map(name -> value)
	}

	save() { return [...this.jar].map(([origin, cookies]) => [origin, [...cookies]]); }

	load(saved) { this.jar = new Map(saved.map(([origin, cookies]) => [origin, new Map(cookies)])); }

	cookies(origin) {
		if (!this.jar.has(origin)) this.jar.set(origin, new Map());
		return this.jar.get(origin);
	}

	request(url, { method = 'GET', body } = {}) {
		const cookies = this.cookies(url.origin);
		const headers = { accept: 'text/html', 'user-agent': 'approve' };
		if (cookies.size) headers.cookie = [...cookies].map(([n, v]) => `${n}=${v}`).join('; ');
		if (body !== undefined) Object.assign(headers, { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) });
		return new Promise((resolve, reject) => {
			const req = https.request(url, { method, headers, agent: this.agent, timeout: this.timeout }, (res) => {
				const parts = [];
				res.on('data', (part) => parts.push(part));
				res.on('error', reject);
				res.on('end', () => {
					for (const line of res.headers['set-cookie'] ?? []) this.keep(cookies, line);
					resolve({ status: res.statusCode, location: res.headers.location, html: Buffer.concat(parts).toString() });
				});
			});
			req.on('timeout', () => req.destroy(new Error(`${url.origin} did not answer`)));
			req.on('error', reject);
			req.end(body);
		});
	}

	// Paths are not kept apart: the platform's cookies differ by name.
	keep(cookies, line) { // eslint-disable-line class-methods-use-this
		const [pair, ...rest] = line.split(';').map((s) => s.trim());
		const at = pair.indexOf('=');
		const value = pair.slice(at + 1);
		const gone = value === '' || rest.some((a) => /^expires=Thu, 01 Jan 1970/i.test(a));
		if (gone) cookies.delete(pair.slice(0, at));
		else cookies.set(pair.slice(0, at), value);
	}

	/** A place that does not answer: the address stays in the bar. */
	nowhere(url) {
		this.page = { url, status: 0, html: '', forms: [], title: 'This page cannot be shown', alert: '' };
		return this.page;
	}

	/** Opens ADDRESS and follows where it leads. */
	async open(address, options) {
		let url = new URL(address);
		let answer = await this.request(url, options);
		for (let hops = 0; answer.status >= 300 && answer.status < 400 && answer.location; hops++) {
			if (hops === 20) throw new Error(`${url} leads in circles`);
			url = new URL(answer.location, url);
			if (url.protocol !== 'https:') return this.nowhere(url);
			try {
				answer = await this.request(url);
			} catch (error) {
				if (url.origin === new URL(address).origin) throw error;
				return this.nowhere(url);
			}
		}
		this.page = {
			url, status: answer.status, html: answer.html, forms: forms(answer.html, url),
			title: text(/<title>(.*?)<\/title>/is.exec(answer.html)?.[1] ?? ''),
			alert: text(/<p class="error"[^>]*>(.*?)<\/p>/is.exec(answer.html)?.[1] ?? ''),
		};
		return this.page;
	}

	/** Fills a form and presses the button called LABEL (else the first one). */
	submit(form, values = {}, label = undefined) {
		const button = label ? form.buttons.find((b) => b.label.startsWith(label)) : form.buttons[0];
		if (label && !button) throw new Error(`the page has no button "${label}"`);
		const fields = { ...form.fields, ...values };
		if (button?.name) fields[button.name] = button.value;
		return this.open(form.action, { method: form.method, body: new URLSearchParams(fields).toString() });
	}
}
