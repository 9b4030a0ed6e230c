#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
// The person with a browser, for machines that have none: opens the address that the prompt shows,
// goes through the platform's pages and says what it sees. No back door: whatever a person cannot
// do, this cannot do either.
//
//     approve.mjs --ca FILE --as NAME [--password demo] [--deny | --refuse] [--address] [--jar FILE] URL [CODE]
//
// --address: says the address at which it ended as "address: URL", as somebody copies it from the bar.
// --jar: its cookies come from there and go back there, so that the platform knows the person again.
// --deny: "No, cancel" when asked whether it is the right code. --refuse: sign in, then refuse consent.

import fs from 'node:fs';
import { options } from './lib/args.mjs';
import { Browser } from './lib/browser.mjs';
import { visit } from './lib/person.mjs';

const USAGE = 'approve.mjs --ca FILE --as NAME [--password P] [--deny | --refuse] [--address] [--jar FILE] [--quiet] URL [CODE]';
const args = options({
	ca: { type: 'string' }, as: { type: 'string' }, password: { type: 'string', default: 'demo' },
	deny: { type: 'boolean' }, refuse: { type: 'boolean' }, address: { type: 'boolean' }, jar: { type: 'string' }, quiet: { type: 'boolean' },
}, USAGE);
const [address, code] = args._;
if (!args.ca || !args.as || !address) {
	process.stderr.write(`usage: ${USAGE}\n`);
	process.exit(2);
}

const browser = new Browser({ ca: fs.readFileSync(args.ca) });
if (args.jar && fs.existsSync(args.jar)) browser.load(JSON.parse(fs.readFileSync(args.jar, 'utf8')));
const say = (text) => { if (!args.quiet) process.stdout.write(`browser: ${text}\n`); };
try {
	const page = await visit({ browser, say, as: args.as, password: args.password, deny: args.deny, refuse: args.refuse }, address, code);
	if (args.jar) fs.writeFileSync(args.jar, JSON.stringify(browser.save()), { mode: 0o600 });
	if (args.address) {
		process.stdout.write(`address: ${page.url.href}\n`);
		process.exit(0);
	}
	const done = page.html.includes('id="done"');
	if (done) process.exit(0);
	if ((args.deny || args.refuse) && page.status < 500) process.exit(0);
	process.stderr.write(`approve: ended at "${page.title}": ${page.alert || page.url}\n`);
	process.exit(1);
} catch (error) {
	process.stderr.write(`approve: ${error.message}\n`);
	process.exit(1);
}
