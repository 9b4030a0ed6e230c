// SPDX-License-Identifier: LGPL-2.1-or-later
// The command lines of this folder: --name VALUE or --flag, nothing else; a typo is an error.

import { parseArgs } from 'node:util';

export function options(known, usage) {
	try {
		const { values, positionals } = parseArgs({ options: known, allowPositionals: true });
		return { ...values, _: positionals };
	} catch (error) {
		process.stderr.write(`${error.message}\nusage: ${usage}\n`);
		process.exit(2);
	}
}

/** Ends the program when whoever started it has gone: its end of our stdin closes. */
export function endWithParent() {
	process.stdin.resume();
	process.stdin.on('end', () => process.exit(0));
	process.stdin.on('error', () => process.exit(0));
}
