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

const COLUMNS = ['floor', 'files-10', 'idp', 'sssd', 'idp, same keys', 'sssd socket', 'nslcd', 'db', 'cache', 'extrausers', 'files'];
const TITLES = { 'idp, same keys': 'idp, as few keys', sssd: 'SSSD, mapped cache', 'sssd socket': 'SSSD, socket', nslcd: 'nslcd + slapd', db: 'libnss-db', cache: 'libnss-cache', extrausers: 'libnss-extrausers', 'files-10': 'files, ten people' };
const SHORT = { 'idp, same keys': 'idp, few keys', sssd: 'SSSD cache', 'sssd socket': 'SSSD socket', 'files-10': 'files, 10' };

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
		return { text: `${grid('calls', people, 'calls', `${count(people)} people`, digits)}\n\n![system calls](bench-calls.svg)`, plots: { calls: bars({ title: 'System calls of the caller, each lookup', subtitle: `${count(people)} people, a second lookup of the same; less is better`, panels, say: digits, linear: true }) } };
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
	change() {
		const rows = sizesOf('change').map((people) => ({ people, ...rowOf('change', people, 'change') }));
		if (rows.length === 0) return null;
		const ms = (us) => time(us * 1e3);
		const head = ['people', 'one request', 'same bytes replaced', 'floor: both', 'agent: last record read to visible', 'whole: idpctl sync to visible', 'whole to floor'];
		const body = rows.map(({ people, trip, replace, ours, whole }) => [count(people), ms(trip), ms(replace), ms(trip + replace), ms(ours), ms(whole), times(whole / (trip + replace))]);
		const panels = rows.map(({ people, trip, replace, ours, whole }) => ({ title: `${count(people)} people`, bars: [{ name: 'floor', value: (trip + replace) * 1e3 }, { name: 'idp, agent', value: ours * 1e3 }, { name: 'idp, whole', value: whole * 1e3 }] }));
		return { text: `${table(head, body)}\n\n![a change](bench-change.svg)`, plots: { change: bars({ title: 'From a change at the platform until getpwnam() sees it', subtitle: 'median, logarithmic scale; less is better', panels, say: time }) } };
	},
	publish() {
		const sizes = sizesOf('publish');
		if (sizes.length === 0) return null;
		const rowsOf = (people) => distinct(select({ table: 'publish', people }).map((one) => one.row)).map((row) => ({ row, ...rowOf('publish', people, row) }));
		const body = sizes.flatMap((people) => rowsOf(people).map(({ row, ms, worst, kB }) => [count(people), row, time(ms * 1e6), time(worst * 1e6), `${digits(kB / 1e3)} MB`]));
		const panels = sizes.map((people) => ({ title: `${count(people)} people`, bars: rowsOf(people).map(({ row, ms }) => ({ name: /^a base/.test(row) ? 'a base' : /first/.test(row) ? 'idp, first' : /next/.test(row) ? 'idp, next' : 'idp, busy', value: ms * 1e6 })) }));
		return { text: `${table(['people', 'from commit to seen', 'median', 'worst', 'file'], body)}\n\n![publishing](bench-publish.svg)`, plots: { publish: bars({ title: 'From a commit in the record until a lookup sees it', subtitle: 'median; a base: the whole of it; logarithmic scale; less is better', panels, say: time }) } };
	},
	pass() {
		const people = sizesOf('pass');
		if (people.length === 0) return null;
		const kinds = ['first', 'again', 'partial'];
		const rows = people.flatMap((n) => {
			const server = rowOf('pass', n, 'server');
			return kinds.map((kind) => {
				const one = rowOf('pass', n, kind);
				return [count(n), kind, kind === 'partial' ? '-' : time(server.time * 1e3), time(one.time * 1e3), kind === 'partial' ? '-' : time(Math.max(0, one.time - server.time) * 1e3), ...[one.core, one.net].map((us) => (n < 1000 ? '-' : `${us.toFixed(1)} us`))];
			});
		});
		const panels = people.map((n) => ({ title: `${count(n)} people`, bars: [{ name: 'server', value: rowOf('pass', n, 'server').time * 1e3 }, ...kinds.map((kind) => ({ name: `idp, ${kind}`, value: rowOf('pass', n, kind).time * 1e3 }))] }));
		return { text: `${table(['people', 'pass', "the server's, alone", 'whole', 'ours: the rest', 'idp-agentd, a person', 'idp-netd, a person'], rows)}\n\n![passes](bench-pass.svg)`, plots: { pass: bars({ title: 'A pass over the directory', subtitle: 'server: the same pages by curl alone; time on the wall, logarithmic scale; less is better', panels, say: time }) } };
	},
	daemons() {
		const people = sizesOf('daemons');
		if (people.length === 0) return null;
		const mib = (kib) => digits(kib / 1024);
		const rows = people.map((n) => {
			const [core, net, files] = ['idp-agentd', 'idp-netd', 'files'].map((row) => rowOf('daemons', n, row));
			return [count(n), mib(files.published / 1024), mib(files.record / 1024), mib(core.pss), mib(core.peak), mib(net.pss), mib(net.peak), mib(core.pss + net.pss)];
		});
		const panels = people.map((n) => ({
			title: `${count(n)} people`,
			bars: [...['idp-agentd', 'idp-netd'].map((name) => ({ name, value: rowOf('daemons', n, name).pss / 1024 })), ...['sssd', 'nslcd'].map((name) => ({ name: SHORT[name] === 'SSSD cache' ? 'SSSD' : name, value: value({ table: 'memory', people: n, column: name }) }))].filter((bar) => bar.value !== undefined),
		}));
		return { text: `${table(['people', 'published', 'record', 'idp-agentd', 'peak', 'idp-netd', 'peak', 'both PSS'], rows)}\n\n![memory](bench-daemons.svg)`, plots: { daemons: bars({ title: 'Memory of the daemons (PSS)', subtitle: 'MiB, all processes of each, after the bench of each; logarithmic scale; less is better', panels, say: (n) => `${digits(n)} MiB` }) } };
	},
	targets() {
		const rows = targets();
		return rows.length === 0 ? null : { text: table(['what', 'target', 'found', ''], rows), plots: {} };
	},
	machine() {
		const found = select({ table: 'machine' });
		return found.length === 0 ? null : { text: found.map((one) => one.row).join('; ').concat('.'), plots: {} };
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

/** The columns of one row as an object. */
function rowOf(name, people, row) {
	return Object.fromEntries(select({ table: name, people, row }).map((one) => [one.column, one.value]));
}

const QUESTIONS = ['getpwnam hit', 'getpwuid hit', 'getgrnam, 50 members', 'initgroups, 5 groups'];
const lookup = (people, row, column) => value({ table: 'lookup', people, row, column, statistic: 'mean' });

/** idp to another column, each question: [text, the worst]. */
function ratios(people, rows, column, of = 'idp', over = true) {
	const found = rows.map((row) => [row, lookup(people, row, of), lookup(people, row, column)]).filter((one) => one[1] && one[2]).map(([row, a, b]) => [row, over ? a / b : b / a]);
	if (found.length === 0) return null;
	const list = found.map((one) => one[1]);
	return { text: found.map(([row, ratio]) => `${row.replace(/ hit|, 50 members|, 5 groups| miss/, '')} ${times(ratio)}`).join(', '), worst: over ? Math.max(...list) : Math.min(...list) };
}

const verdict = (good) => (good ? 'met' : 'missed');

/** The targets that a run of bench/all.sh can judge. */
function targets() {
	const rows = [];
	const most = (what, limit, found, ratio, unit) => { if (found !== undefined && !Number.isNaN(found)) rows.push([what, unit(limit, true), ratio ?? unit(found), verdict(found <= limit)]); };
	for (const [people, limit] of [[1000, 2], [100000, 1.2], [1000000, 1.2]]) {
		const found = ratios(people, QUESTIONS, 'floor');
		if (found) most(`a hit, ${count(people)} people`, limit, found.worst, found.text, (n) => `${n}x the floor`);
	}
	for (const [people, limit, of] of [[1000, 8, 'idp'], [100000, 4, 'idp, same keys']]) {
		const found = ratios(people, QUESTIONS, 'sssd', of, false);
		if (found) rows.push([`a hit beside SSSD's mapped cache, ${count(people)} people`, `${limit}x faster`, found.text, verdict(found.worst >= limit)]);
	}
	for (const people of [1000, 100000, 1000000]) {
		const found = ratios(people, ['getpwnam miss'], 'floor');
		if (found) most(`a miss, ${count(people)} people`, 2, found.worst, times(found.worst), (n) => `${n}x the floor`);
	}
	most('system calls of a lookup, hit or miss', 0, select({ table: 'calls', column: 'idp' }).reduce((sum, one) => sum + one.value, select({ table: 'calls', column: 'idp' }).length ? 0 : NaN), null, String);
	for (const row of ['getent passwd', 'id']) {
		const [people] = sizesOf('cold').slice(-1);
		const [ours, base] = ['idp', 'files-10'].map((column) => value({ table: 'cold', people, row, column, statistic: 'p50' }));
		if (ours && base) most(`a whole process: ${row} NAME`, 1.1, ours / base, null, (n) => `${n.toFixed(2)}x files with ten people`);
	}
	for (const people of sizesOf('change').slice(-1)) most(`a change until it is seen, agent's part, ${count(people)} people`, 50, rowOf('change', people, 'change').ours / 1e3, null, (n) => `${digits(n)} ms`);
	for (const people of sizesOf('publish').slice(-1)) {
		const rows = distinct(select({ table: 'publish', people }).map((one) => one.row)).map((row) => ({ row, ...rowOf('publish', people, row) }));
		const next = rows.find((one) => /next/.test(one.row)), base = rows.find((one) => /^a base/.test(one.row));
		if (next) most(`a change from commit to seen, ${count(people)} people`, 50, next.ms, `${digits(next.ms)} ms, worst ${digits(next.worst)} ms`, (n) => `${digits(n)} ms`);
		if (base) most(`the longest step while all ${count(people)} people are published`, 20, base.worst, null, (n) => `${digits(n)} ms`);
	}
	for (const people of sizesOf('pass').slice(-1)) {
		const again = rowOf('pass', people, 'again');
		most(`a full pass, processor time a person, ${count(people)} people`, 10, again.core + again.net, null, (n) => `${digits(n)} us`);
	}
	most('the published file for 1,000,000 people', 100, value({ table: 'size', people: 1000000, column: 'idp' }) / 1.048576, null, (n) => `${digits(n)} MiB`);
	for (const people of sizesOf('daemons').slice(-1)) most(`both daemons, ${count(people)} people`, 40, (rowOf('daemons', people, 'idp-agentd').pss + rowOf('daemons', people, 'idp-netd').pss) / 1024, null, (n) => `${digits(n)} MiB PSS`);
	for (const people of sizesOf('login')) { const { core, net } = rowOf('login', people, 'login'); most('a sign-in, processor time in both daemons', 5, (core + net) / 1e3, null, (n) => `${digits(n)} ms`); }
	return rows;
}

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
		lines: columnsOf(all.filter((one) => one.row === row && one.column !== 'idp, same keys')).map((column) => ({
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
