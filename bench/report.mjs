// SPDX-License-Identifier: LGPL-2.1-or-later
// From the bare figures of bench/nss.sh and bench/system.sh to tables and plots:
//
//	node report.mjs tables FIGURES...		markdown on standard output
//	node report.mjs docs DIR FIGURES...	the same between the marks "<!-- figures: NAME -->" and
//						"<!-- end of NAME -->" of DIR/performance.md, and DIR/bench-NAME.svg
//
// A figure is a line: TABLE TAB PEOPLE TAB ROW TAB COLUMN TAB STATISTIC TAB VALUE.

import fs from 'node:fs';
import path from 'node:path';
import { bars, lines } from './plot.mjs';

const COLUMNS = ['floor', 'idp', 'sssd', 'sssd socket', 'nslcd', 'db', 'cache', 'extrausers', 'files', 'files-10'];
const TITLES = { sssd: 'SSSD, mapped cache', 'sssd socket': 'SSSD, socket', nslcd: 'nslcd + slapd', db: 'libnss-db', cache: 'libnss-cache', extrausers: 'libnss-extrausers', 'files-10': 'files, ten people' };
const SHORT = { sssd: 'SSSD cache', 'sssd socket': 'SSSD socket', 'files-10': 'files, 10' };

const figures = [];
const read = (file) => fs.readFileSync(file, 'utf8').split('\n').filter((line) => line).map((line) => {
	const [table, people, row, column, statistic, value] = line.split('\t');
	return { table, people: Number(people), row, column, statistic, value: Number(value) };
});

const distinct = (list) => [...new Set(list)];
const select = (fields) => figures.filter((figure) => Object.entries(fields).every(([key, value]) => figure[key] === value));
const value = (fields) => select(fields)[0]?.value;
const columnsOf = (list) => COLUMNS.filter((column) => list.some((figure) => figure.column === column));
/** Three digits that count. */
const digits = (n) => (n > 0 && n < 0.1 ? String(Number(n.toPrecision(1))) : wide(n));
const wide = (n) => (n >= 100 || n === 0 ? n.toFixed(0) : n >= 10 ? n.toFixed(n % 1 ? 1 : 0) : n.toFixed(n % 1 ? 2 : 0)).replace(/\.0+$/, '');
const count = (n) => n.toLocaleString('en');
const time = (ns) => (ns >= 1e9 ? `${digits(ns / 1e9)} s` : ns >= 1e6 ? `${digits(ns / 1e6)} ms` : ns >= 1e3 ? `${digits(ns / 1e3)} us` : `${digits(ns)} ns`);
const times = (ratio) => `${ratio >= 100 ? count(Math.round(ratio)) : ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(ratio >= 3 ? 1 : 2)}x`;
const rate = (n) => (n >= 1e6 ? `${digits(n / 1e6)} M` : n >= 1e3 ? `${digits(n / 1e3)} k` : digits(n));

function table(head, rows) {
	return [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');
}

/** Rows and columns of one statistic; cell(value, value of the floor) gives the text. */
function grid(name, people, statistic, corner, cell, keep = () => true) {
	const list = select({ table: name, people, statistic }).filter(keep);
	const columns = columnsOf(list);
	return table([corner, ...columns.map((column) => TITLES[column] ?? column)], distinct(list.map((one) => one.row)).map((row) => {
		const floor = value({ table: name, people, row, column: 'floor', statistic });
		return [row, ...columns.map((column) => {
			const found = value({ table: name, people, row, column, statistic });
			return found === undefined ? '-' : cell(found, column === 'floor' ? undefined : floor);
		})];
	}));
}

const barsOf = (name, people, row, statistic) => columnsOf(select({ table: name, people, row, statistic })).map((column) => ({ name: SHORT[column] ?? column, value: value({ table: name, people, row, column, statistic }) }));
const panelsOf = (name, people, statistic) => distinct(select({ table: name, people, statistic }).map((one) => one.row)).map((row) => ({ title: row, bars: barsOf(name, people, row, statistic) }));
const sizesOf = (name) => distinct(figures.filter((figure) => figure.table === name).map((figure) => figure.people)).sort((a, b) => a - b);

/* ---- each block: { text, plots } or null when nothing was measured ---- */

const blocks = {
	lookups() {
		const sizes = sizesOf('lookup');
		if (sizes.length === 0) return null;
		const parts = [], plots = {};
		for (const people of sizes) {
			parts.push(`**${count(people)} people**, mean of a lookup (ratio to the floor):\n`, grid('lookup', people, 'mean', '', (found, floor) => (floor ? `${time(found)} (${times(found / floor)})` : time(found))), '');
			parts.push('p50 and p99 of single lookups:\n', percentiles(people), '', `![${count(people)} people](bench-lookups-${people}.svg)`, '');
			plots[`lookups-${people}`] = bars({ title: `A lookup with ${count(people)} people`, subtitle: 'mean time, logarithmic scale; less is better', panels: panelsOf('lookup', people, 'mean'), say: time });
		}
		plots.growth = growth();
		parts.push('How each grows with the number of people:\n', '![growth](bench-growth.svg)');
		return { text: parts.join('\n'), plots };
	},
	threads() {
		const sizes = sizesOf('threads');
		if (sizes.length === 0) return null;
		const parts = [];
		for (const people of sizes) parts.push(`Hits of getpwnam a second, ${count(people)} people:\n`, grid('threads', people, 'rate', '', (found) => rate(found)), '');
		const panels = sizes.flatMap((people) => panelsOf('threads', people, 'rate').map((panel) => ({ ...panel, title: `${count(people)} people, ${panel.title}` })));
		return { text: `${parts.join('\n')}\n![threads](bench-threads.svg)`, plots: { threads: bars({ title: 'Hits of getpwnam a second, all threads together', subtitle: 'logarithmic scale; more is better', panels, say: rate }) } };
	},
	calls() {
		const [people] = sizesOf('calls');
		if (people === undefined) return null;
		const panels = panelsOf('calls', people, 'calls').map((panel) => ({ ...panel, bars: panel.bars.map((bar) => ({ ...bar, text: digits(bar.value) })) }));
		return { text: `${grid('calls', people, 'calls', `${count(people)} people`, digits)}\n\n![system calls](bench-calls.svg)`, plots: { calls: bars({ title: 'System calls of the caller, each lookup', subtitle: `${count(people)} people, a second lookup of the same; logarithmic scale, 0 at the left edge`, panels, say: digits }) } };
	},
	cold() {
		const sizes = sizesOf('cold');
		if (sizes.length === 0) return null;
		const parts = [], panels = [];
		for (const people of sizes) {
			const list = select({ table: 'cold', people, statistic: 'mean' });
			const columns = ['files-10', ...columnsOf(list).filter((column) => column !== 'files-10')];
			parts.push(table([`${count(people)} people`, ...columns.map((column) => TITLES[column] ?? column)], distinct(list.map((one) => one.row)).flatMap((row) => {
				const base = value({ table: 'cold', people, row, column: 'files-10', statistic: 'p50' });
				return ['p50', 'p99'].map((statistic) => [`${row} ${statistic}`, ...columns.map((column) => {
					const found = value({ table: 'cold', people, row, column, statistic });
					return found === undefined ? '-' : `${time(found * 1e3)}${statistic === 'p50' && column !== 'files-10' ? ` (${times(found / base)})` : ''}`;
				})]);
			})), '');
			for (const panel of panelsOf('cold', people, 'p50')) panels.push({ title: `${panel.title}, ${count(people)} people`, bars: panel.bars.map((bar) => ({ ...bar, value: bar.value * 1e3 })) });
		}
		return { text: `${parts.join('\n')}\n![whole processes](bench-cold.svg)`, plots: { cold: bars({ title: 'A whole process: getent passwd NAME, id NAME', subtitle: 'median, by the clock on the wall, logarithmic scale; less is better', panels, say: time }) } };
	},
	sizes() {
		const list = [...select({ table: 'size' }), ...select({ table: 'memory' })];
		if (list.length === 0) return null;
		const columns = columnsOf(list);
		const rows = [];
		for (const people of distinct(list.map((one) => one.people))) {
			for (const row of distinct(list.filter((one) => one.people === people).map((one) => one.row))) {
				rows.push([count(people), row, ...columns.map((column) => { const found = list.find((one) => one.people === people && one.row === row && one.column === column); return found ? digits(found.value) : '-'; })]);
			}
		}
		const panels = distinct(list.map((one) => `${one.people}\t${one.row}`)).map((key) => {
			const [people, row] = key.split('\t');
			return { title: `${row}, ${count(Number(people))} people`, bars: list.filter((one) => one.people === Number(people) && one.row === row).map((one) => ({ name: SHORT[one.column] ?? one.column, value: Math.max(one.value, 0.001), text: digits(one.value) })) };
		});
		return { text: `${table(['people', '', ...columns.map((column) => TITLES[column] ?? column)], rows)}\n\n![files and memory](bench-sizes.svg)`, plots: { sizes: bars({ title: 'What lies in files, and what daemons hold', subtitle: 'MB of files, MiB of memory (PSS); logarithmic scale; less is better', panels, say: digits }) } };
	},
};

function percentiles(people) {
	const list = select({ table: 'lookup', people, statistic: 'p50' });
	const columns = columnsOf(list);
	return table(['', ...columns.map((column) => TITLES[column] ?? column)], distinct(list.map((one) => one.row)).map((row) => [row, ...columns.map((column) => {
		const [p50, p99] = ['p50', 'p99'].map((statistic) => value({ table: 'lookup', people, row, column, statistic }));
		return p50 === undefined ? '-' : `${time(p50)}, ${time(p99)}`;
	})]));
}

function growth() {
	const all = select({ table: 'lookup', statistic: 'mean' });
	const panels = distinct(all.map((one) => one.row)).filter((row) => distinct(all.filter((one) => one.row === row).map((one) => one.people)).length > 1).map((row) => ({
		title: row,
		lines: columnsOf(all.filter((one) => one.row === row)).map((column) => ({
			name: SHORT[column] ?? column, points: all.filter((one) => one.row === row && one.column === column).map((one) => [one.people, one.value]).sort((a, b) => a[0] - b[0]),
		})),
	}));
	return lines({ title: 'A lookup, by number of people', subtitle: 'mean time over people, both scales logarithmic; less is better', panels, say: time });
}

/* ---- where it goes ---- */

function replaceBlock(text, name, content) {
	const begin = `<!-- figures: ${name} -->`, end = `<!-- end of ${name} -->`;
	const from = text.indexOf(begin), to = text.indexOf(end);
	if (from < 0 || to < from) {
		process.stderr.write(`report: performance.md has no marks for '${name}': its table is left out\n`);
		return text;
	}
	return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

const [verb, ...rest] = process.argv.slice(2);
const dir = verb === 'docs' ? rest.shift() : null;
if (!['tables', 'docs'].includes(verb) || rest.length === 0) {
	process.stderr.write('usage: report.mjs tables FIGURES...\n       report.mjs docs DIR FIGURES...\n');
	process.exit(2);
}
for (const file of rest) figures.push(...read(file));
const page = dir && path.join(dir, 'performance.md');
let text = page ? fs.readFileSync(page, 'utf8') : '';
for (const [name, make] of Object.entries(blocks)) {
	const block = make();
	if (!block) continue;
	if (!page) {
		process.stdout.write(`${block.text.replace(/\n*!\[.*\]\(.*\)/g, '')}\n\n`);
		continue;
	}
	text = replaceBlock(text, name, block.text);
	for (const [plot, svg] of Object.entries(block.plots)) fs.writeFileSync(path.join(dir, `bench-${plot}.svg`), svg);
}
if (page) fs.writeFileSync(page, text);
