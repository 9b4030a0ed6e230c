// SPDX-License-Identifier: LGPL-2.1-or-later
// One request to the mock: what was asked, of which case, and every way to answer it badly.
// The server hands raw TCP sockets along, so that a reply can end without TLS's close_notify.

import zlib from 'node:zlib';

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' };

export class Context {
	constructor({ req, res, rawSocket, origin, url, tenant, endpoint, rfc8414, id, form }) {
		Object.assign(this, { req, res, rawSocket, origin, url, tenant, endpoint, rfc8414, id, form });
		this.issuer = `${origin}/${tenant.name}`;
		this.keys = tenant.keys;
		this.headers = {};
		const basic = /^Basic (.+)$/.exec(req.headers.authorization ?? '');
		const user = basic ? decodeURIComponent(Buffer.from(basic[1], 'base64').toString().split(':')[0].replace(/\+/g, ' ')) : null;
		this.client = form.get('client_id') ?? user ?? assertionSubject(form.get('client_assertion'));
	}

	hits(name) { return this.tenant.counts[name] ?? 0; }
	note(name) { this.tenant.counts[name] = this.hits(name) + 1; return true; }

	/** reply: { status, headers, body }; an object body is sent as JSON. */
	send({ status = 200, headers = {}, body = '' }) {
		const bytes = Buffer.isBuffer(body) || typeof body === 'string' ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
		this.res.writeHead(status, { ...JSON_TYPE, ...this.headers, ...headers, 'content-length': bytes.length });
		this.res.end(bytes);
		return true;
	}

	json(body, status = 200) { return this.send({ status, body }); }

	skew(seconds) {
		this.res.sendDate = false;
		this.headers.date = new Date(Date.now() + seconds * 1000).toUTCString();
		return null;
	}

	hang() { return true; }

	/** TCP reset: the peer sees ECONNRESET. */
	reset() { this.rawSocket.resetAndDestroy(); return true; }

	/** Half a body, then the TCP connection ends without TLS saying so. */
	truncate(chunked) {
		const body = '{"Resources":[],"issuer":"' + 'x'.repeat(400);
		if (chunked) this.res.writeHead(200, { ...JSON_TYPE, 'transfer-encoding': 'chunked' });
		else this.res.writeHead(200, { ...JSON_TYPE, 'content-length': 4000 });
		this.res.write(body, () => setTimeout(() => this.rawSocket.destroy(), 50));
		return true;
	}

	/** A whole body without a length, ended by the TCP connection and never by TLS. */
	cut() {
		this.res.useChunkedEncodingByDefault = false;
		this.res.shouldKeepAlive = false;
		this.res.writeHead(200, JSON_TYPE);
		this.res.write(JSON.stringify(this.metadata()), () => setTimeout(() => this.rawSocket.destroy(), 50));
		return true;
	}

	/** A chunked body without end, at a few megabytes a second, until the peer goes. */
	endless() {
		this.res.writeHead(200, JSON_TYPE);
		const block = Buffer.alloc(256 * 1024, 0x20);
		const timer = setInterval(() => { if (!this.res.writableNeedDrain) this.res.write(block); }, 50);
		this.res.on('close', () => clearInterval(timer));
		return true;
	}

	/** One byte a second: never idle, never done. */
	trickle() {
		this.res.writeHead(200, JSON_TYPE);
		this.res.write('{');
		const timer = setInterval(() => this.res.write(' '), 1000);
		this.res.on('close', () => clearInterval(timer));
		return true;
	}

	/** 64 MiB of blanks in 64 KiB of gzip. */
	bomb() {
		const body = zlib.gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20));
		return this.send({ headers: { 'content-encoding': 'gzip' }, body });
	}

	/** Bytes that are no HTTP at all (inside TLS), then the end. */
	raw(text) { this.req.socket.end(text); return true; }
}

function assertionSubject(jwt) {
	try {
		return JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url')).sub;
	} catch {
		return null;
	}
}
