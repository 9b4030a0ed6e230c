#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
// A real browser, for "idpctl login" to open: goes to ADDRESS in a headless Chromium and says what a
// person there would see, and what a screen reader would hear.
//
//     chromium.mjs FOLDER ADDRESS
//
// FOLDER gets "result", a line for each thing looked at ("ok - ..." or "not ok - ..."), whole from the
// moment it is there, and screenshots: desktop and phone, light and dark.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';

const [folder, address] = process.argv.slice(2);
const lines = [];
const say = (good, what, detail = '') => lines.push(`${good ? 'ok' : 'not ok'} - ${what}${good || !detail ? '' : `: ${detail}`}`);
const is = (what, got, wanted) => say(JSON.stringify(got) === JSON.stringify(wanted), what, `${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);

/** The browser at the other end of two pipes: messages in JSON with a NUL behind each. */
class Chromium {
	constructor(profile) {
		this.child = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
			'--disable-component-update', '--disable-dev-shm-usage', `--user-data-dir=${profile}`, '--remote-debugging-pipe', 'about:blank'],
		{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true });
		this.waiting = new Map();
		this.listeners = [];
		this.last = 0;
		this.rest = '';
		this.child.on('error', (error) => this.fail(error));
		this.child.on('exit', () => this.fail(new Error('chromium has ended')));
		this.child.stdio[4].on('data', (bytes) => this.take(bytes.toString()));
	}

	/** With all the processes it has made: one that lives on would write into the profile while it is removed. */
	async kill() {
		const gone = new Promise((resolve) => { this.child.on('close', resolve); });
		process.kill(-this.child.pid, 'SIGKILL');
		await gone;
	}

	fail(error) {
		for (const { reject } of this.waiting.values()) reject(error);
		this.waiting.clear();
	}

	take(text) {
		const messages = (this.rest + text).split('\0');
		this.rest = messages.pop();
		for (const message of messages.map((one) => JSON.parse(one))) {
			const one = this.waiting.get(message.id);
			this.waiting.delete(message.id);
			if (one && message.error) one.reject(new Error(message.error.message));
			else if (one) one.resolve(message.result);
			else for (const listener of this.listeners) listener(message);
		}
	}

	ask(method, params = {}) {
		this.last += 1;
		this.child.stdio[3].write(`${JSON.stringify({ id: this.last, method, params, sessionId: this.session })}\0`);
		return new Promise((resolve, reject) => { this.waiting.set(this.last, { resolve, reject }); });
	}

	once(method) {
		return new Promise((resolve) => { this.listeners.push((message) => { if (message.method === method) resolve(message.params); }); });
	}
}

/** The pixels of a PNG of 8 bits a channel, as Chromium makes them: { width, height, at(x, y) -> [r, g, b] }. */
function pixels(png) {
	const width = png.readUInt32BE(16), height = png.readUInt32BE(20), size = png[25] === 6 ? 4 : 3;
	const parts = [];
	for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
		if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
	const raw = zlib.inflateSync(Buffer.concat(parts)), row = width * size, out = Buffer.alloc(row * height);
	const paeth = (a, b, c) => {
		const pa = Math.abs(b - c), pb = Math.abs(a - c), pc = Math.abs(a + b - 2 * c);
		return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
	};
	for (let y = 0; y < height; y++)
		for (let x = 0; x < row; x++) {
			const a = x >= size ? out[y * row + x - size] : 0, b = y ? out[(y - 1) * row + x] : 0, c = y && x >= size ? out[(y - 1) * row + x - size] : 0;
			out[y * row + x] = raw[y * (row + 1) + 1 + x] + [0, a, b, (a + b) >> 1, paeth(a, b, c)][raw[y * (row + 1)]];
		}
	return { width, height, at: (x, y) => [...out.subarray(y * row + x * size, y * row + x * size + 3)] };
}

/** Of two colours as CSS computes them: WCAG 2.1, 1.4.3. */
function contrast(one, other) {
	const light = (colour) => {
		const [r, g, b] = colour.match(/\d+/g).map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
	return (a + 0.05) / (b + 0.05);
}

async function evaluate(browser, expression) {
	const { result } = await browser.ask('Runtime.evaluate', { expression: `JSON.stringify(${expression})` });
	return JSON.parse(result.value);
}

async function lookAt(browser, name, { width, height, mobile, scheme }) {
	await browser.ask('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile });
	await browser.ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
	const { data } = await browser.ask('Page.captureScreenshot', { format: 'png' });
	const png = Buffer.from(data, 'base64');
	fs.writeFileSync(path.join(folder, `${name}.png`), png);
	const picture = pixels(png);
	const ground = picture.at(2, 2);
	let ink = 0;
	for (let y = 0; y < picture.height; y++) for (let x = 0; x < picture.width; x++) if (picture.at(x, y).join() !== ground.join()) ink++;
	const share = ink / (picture.width * picture.height);
	say(share > 0.004 && share < 0.4, `${name}: there is something on it, and room`, `${(share * 100).toFixed(2)} % is not the ground`);
	say(scheme === 'dark' ? ground.every((c) => c < 40) : ground.every((c) => c > 240), `${name}: the ground is ${scheme}`, ground.join());
	const style = await evaluate(browser, `['body', 'h1', 'p'].map((one) => getComputedStyle(document.querySelector(one)))
		.map((style) => ({ colour: style.color, ground: style.backgroundColor, size: parseFloat(style.fontSize) }))`);
	const least = Math.min(...style.map((one) => contrast(one.colour, style[0].ground)));
	say(least >= 7, `${name}: contrast`, least.toFixed(1));
	say(style[2].size >= 16, `${name}: letters`, style[2].size);
	const [wide, room] = await evaluate(browser, '[document.documentElement.scrollWidth, innerWidth]');
	say(wide <= room, `${name}: nothing hangs over`, `${wide} of ${room}`);
}

async function look(browser) {
	const requests = [], complaints = [];
	browser.listeners.push(({ method, params }) => {
		if (method === 'Network.requestWillBeSent') requests.push(params.request.url);
		if (method === 'Log.entryAdded' && params.entry.level !== 'verbose') complaints.push(params.entry.text);
	});
	const { targetId } = await browser.ask('Target.createTarget', { url: 'about:blank' });
	browser.session = (await browser.ask('Target.attachToTarget', { targetId, flatten: true })).sessionId;
	for (const domain of ['Page', 'Network', 'Log', 'Runtime', 'Accessibility']) await browser.ask(`${domain}.enable`);
	const loaded = browser.once('Page.loadEventFired');
	const answered = browser.once('Network.responseReceived');
	await browser.ask('Page.navigate', { url: address });
	await loaded;
	is('the status', (await answered).response.status, 200);
	const page = await evaluate(browser, `{ title: document.title, lang: document.documentElement.lang, mode: document.compatMode,
		h1: [...document.querySelectorAll('h1')].map((one) => one.textContent), text: document.querySelector('p').textContent,
		scripts: document.scripts.length, links: document.querySelectorAll('[src], link:not([href^="data:"])').length }`);
	is('the page', page, {
		title: 'You are signed in', lang: 'en', mode: 'CSS1Compat', h1: ['You are signed in'],
		text: 'You can close this window and go back to your terminal.', scripts: 0, links: 0,
	});
	const { nodes } = await browser.ask('Accessibility.getFullAXTree');
	const heard = nodes.filter((node) => !node.ignored).map((node) => `${node.role.value}: ${node.name?.value ?? ''}`);
	for (const one of ['RootWebArea: You are signed in', 'main: ', 'heading: You are signed in'])
		say(heard.includes(one), `a screen reader hears "${one}"`, heard.join(' | '));
	for (const scheme of ['light', 'dark']) {
		await lookAt(browser, `desktop-${scheme}`, { width: 1280, height: 800, mobile: false, scheme });
		await lookAt(browser, `phone-${scheme}`, { width: 360, height: 640, mobile: true, scheme });
	}
	is('no request but for the page', requests.filter((url) => !url.startsWith('data:')), [address]);
	is('no complaint of the browser', complaints, []);
}

const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'idp-chromium-'));
const browser = new Chromium(profile);
const tooLate = setTimeout(() => browser.fail(new Error('chromium does not answer')), 90000);
try {
	await look(browser);
} catch (error) {
	say(false, 'chromium looked at the page', error.message);
}
clearTimeout(tooLate);
fs.writeFileSync(path.join(folder, 'result.new'), `${lines.join('\n')}\n`);
fs.renameSync(path.join(folder, 'result.new'), path.join(folder, 'result'));
if (browser.child.pid) await browser.kill();
fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
process.exit(0);
