#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
// Tells a running platform what to do:  control.mjs SOCKET VERB [field=value ...]
// The verbs are in platform/control.mjs; README.md lists them. The same from a shell:
//     curl --unix-socket SOCKET --data-urlencode field=value http://platform/VERB

import http from 'node:http';

const [socketPath, verb, ...pairs] = process.argv.slice(2);
if (!verb) {
	process.stderr.write('usage: control.mjs SOCKET VERB [field=value ...]\n');
	process.exit(2);
}
const body = new URLSearchParams(pairs.map((p) => [p.slice(0, p.indexOf('=')), p.slice(p.indexOf('=') + 1)])).toString();
const req = http.request({ socketPath, path: `/${verb}`, method: 'POST' }, (res) => {
	res.pipe(process.stdout);
	res.on('end', () => { process.exitCode = res.statusCode === 200 ? 0 : 1; });
});
req.on('error', (error) => {
	process.stderr.write(`control: ${socketPath}: ${error.message}\n`);
	process.exitCode = 1;
});
req.end(body);
