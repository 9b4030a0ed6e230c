// SPDX-License-Identifier: LGPL-2.1-or-later
// The listener: TLS behind a plain socket, so that the platform can vanish as a machine does
// (refused), stall as a firewall makes it (hang), or fail (error), and come back.

import https from 'node:https';
import net from 'node:net';

export class Front {
	constructor({ address, port, tls, handler }) {
		this.address = address;
		this.port = port;
		this.mode = 'up';
		this.sockets = new Set();
		this.requests = {};
		this.skewSeconds = 0;
		this.server = https.createServer({ ...tls, requestCert: true, rejectUnauthorized: false, keepAliveTimeout: 60000 }, (req, res) => this.handle(req, res, handler));
		this.server.on('tlsClientError', () => {});
	}

	handle(req, res, handler) {
		const name = `${req.method} ${req.url.split('?')[0].replace(/\/(interaction|device(?!\/auth$)|auth)\/.*/, '/$1')}`;
		this.requests[name] = (this.requests[name] ?? 0) + 1;
		if (this.skewSeconds) {
			res.sendDate = false;
			res.setHeader('date', new Date(Date.now() + this.skewSeconds * 1000).toUTCString());
		}
		if (this.mode === 'hang') return;
		if (this.mode === 'error') { res.writeHead(503, { 'content-type': 'text/plain' }).end('down for maintenance\n'); return; }
		handler(req, res);
	}

	async listen() {
		this.raw = net.createServer((socket) => {
			this.sockets.add(socket);
			socket.on('close', () => this.sockets.delete(socket));
			socket.on('error', () => {});
			this.server.emit('connection', socket);
		});
		await new Promise((resolve, reject) => {
			this.raw.once('error', reject);
			this.raw.listen(this.port, this.address, resolve);
		});
		this.port = this.raw.address().port;
	}

	/** mode: up, refuse, hang or error. */
	async setMode(mode) {
		if (!['up', 'refuse', 'hang', 'error'].includes(mode)) throw new Error(`no such mode: ${mode}`);
		const wasRefusing = this.mode === 'refuse';
		if (mode === 'refuse' && !wasRefusing) {
			const closed = new Promise((resolve) => { this.raw.close(resolve); });
			for (const socket of this.sockets) socket.destroy();
			await closed;
		}
		this.mode = mode;
		if (wasRefusing && mode !== 'refuse') await this.listen();
	}
}
