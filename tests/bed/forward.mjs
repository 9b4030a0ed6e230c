#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
// Passes connections on:  forward.mjs FROM TO, each tcp:PORT (on 127.0.0.1) or unix:PATH.
// Two of them, joined by a unix socket, lead from the host's loopback into another network
// namespace without routing anything. Prints "ready FROM".

import fs from 'node:fs';
import net from 'node:net';

const [from, to] = process.argv.slice(2);
if (!from || !to) {
	process.stderr.write('usage: forward.mjs tcp:PORT|unix:PATH tcp:PORT|unix:PATH\n');
	process.exit(2);
}

const place = (text) => {
	const [kind, where] = [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)];
	return kind === 'unix' ? { path: where } : { host: '127.0.0.1', port: Number(where) };
};
const source = place(from);
if (source.path) fs.rmSync(source.path, { force: true });

const server = net.createServer({ allowHalfOpen: true }, (near) => {
	const far = net.connect({ ...place(to), allowHalfOpen: true });
	const end = () => { near.destroy(); far.destroy(); };
	near.on('error', end);
	far.on('error', end);
	near.pipe(far).pipe(near);
});
server.on('error', (error) => {
	process.stderr.write(`forward: ${from}: ${error.message}\n`);
	process.exit(1);
});
server.listen(source, () => process.stdout.write(`ready ${from}\n`));
