#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
// Many people with browsers at once: reads "TAG URL" a line and says "TAG ADDRESS" for each, the
// address at which that browser ended, or "TAG failed: WHY", in whatever order they get there.
//
//     crowd.mjs --ca FILE --as NAME [--password demo]

import fs from 'node:fs';
import readline from 'node:readline';
import { options } from './lib/args.mjs';
import { Browser } from './lib/browser.mjs';
import { visit } from './lib/person.mjs';

const USAGE = 'crowd.mjs --ca FILE --as NAME [--password P]';
const args = options({ ca: { type: 'string' }, as: { type: 'string' }, password: { type: 'string', default: 'demo' } }, USAGE);
if (!args.ca || !args.as) {
	process.stderr.write(`usage: ${USAGE}\n`);
	process.exit(2);
}
const ca = fs.readFileSync(args.ca);

async function one(url) {
	const browser = new Browser({ ca, timeout: 60000 });
	const page = await visit({ browser, as: args.as, password: args.password, say: () => {} }, url);
	browser.agent.destroy();
	if (page.alert || page.status >= 400) throw new Error(page.alert || `${page.status} ${page.title}`);
	return page.url.href;
}

for await (const line of readline.createInterface({ input: process.stdin })) {
	const [tag, url] = line.split(' ');
	one(url).then((end) => end, (error) => `failed: ${error.message}`).then((said) => process.stdout.write(`${tag} ${said}\n`));
}
