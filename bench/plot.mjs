// SPDX-License-Identifier: LGPL-2.1-or-later
// Plots as SVG that a person can read in a text editor too: the same figures give the same bytes.
// No fonts and no scripts from elsewhere; light and dark follow the reader's own setting.

const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.head { font-weight: 600 }
.faint { fill: #59636e; font-size: 11px }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.stem { stroke: #8c959f; stroke-width: 2 }
.dot { fill: #8c959f }
.line { fill: none; stroke: #8c959f; stroke-width: 1.5 }
.lead { fill: none; stroke: #8c959f; stroke-width: 0.5 }
.floor { stroke-dasharray: 3 3 }
.ours { font-weight: 600; fill: #0550ae }
.stem.ours, .line.ours { fill: none; stroke: #0969da; stroke-width: 3 }
.dot.ours { fill: #0969da }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.faint { fill: #9198a1 }
.grid { stroke: #3d444d }
.ours { fill: #79c0ff }
.stem.ours, .line.ours { stroke: #4493f8 }
.dot.ours { fill: #4493f8 }
}
`;

const escape = (text) => String(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const round = (n) => Math.round(n * 10) / 10;
const put = (x, y, text, kind = '', anchor = 'start') => `<text x="${round(x)}" y="${round(y)}"${kind ? ` class="${kind}"` : ''}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}>${escape(text)}</text>`;
const stroke = (x1, y1, x2, y2, kind) => `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${kind}"/>`;
const kindOf = (name) => (/^idp/.test(name) ? 'ours' : name === 'floor' ? 'floor' : '');

function document(width, height, title, subtitle, body) {
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
		`<title>${escape(title)}</title>`, `<style>${STYLE}</style>`,
		put(16, 26, title, 'title'), put(16, 44, subtitle, 'faint'), ...body, '</svg>', '',
	].join('\n');
}

/** The powers of ten around the values, as [low, high] of exponents. */
function decades(values) {
	const positive = values.filter((value) => value > 0);
	const low = Math.floor(Math.log10(Math.min(...positive)));
	return [low, Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive))))];
}

/**
 * Panels side by side in two columns, each a line for every bar, all on one logarithmic scale (or
 * one from 0 on, when linear).
 * panels: [{ title, bars: [{ name, value }] }]; say(value) gives the label with its unit.
 */
export function bars({ title, subtitle, panels, say, linear = false }) {
	const COLUMN = 470, ROW = 17, NAMES = 100, LABELS = 70;
	const two = panels.length > 1;
	const values = panels.flatMap((panel) => panel.bars.map((bar) => bar.value));
	const [low, high] = linear ? [0, Math.ceil(Math.max(...values) / 10)] : decades(values);
	const scale = linear ? (value) => value / 10 : (value) => Math.log10(Math.max(value, 10 ** low));
	const tick = linear ? (n) => n * 10 : (n) => 10 ** n;
	const span = COLUMN - NAMES - LABELS - 24;
	const at = (value) => NAMES + ((scale(value) - low) / (high - low)) * span;
	const body = [];
	const bottom = [60, 60];
	panels.forEach((panel) => {
		const column = two && bottom[1] < bottom[0] ? 1 : 0;
		const left = 16 + column * COLUMN;
		const top = bottom[column];
		const end = top + 12 + panel.bars.length * ROW;
		body.push(put(left, top + 6, panel.title, 'head'));
		const step = Math.max(1, Math.ceil((high - low) / 4));
		for (let n = low; n <= high; n += step) {
			const x = left + at(tick(n));
			body.push(stroke(x, top + 12, x, end + 2, 'grid'), put(x, end + 14, say(tick(n)), 'faint', 'middle'));
		}
		panel.bars.forEach((bar, i) => {
			const y = top + 12 + (i + 0.5) * ROW;
			const x = left + at(bar.value);
			const kind = kindOf(bar.name);
			body.push(put(left + NAMES - 8, y + 4, bar.name, kind === 'ours' ? 'ours' : '', 'end'));
			body.push(stroke(left + NAMES, y, x, y, `stem ${kind}`.trim()), `<circle cx="${round(x)}" cy="${round(y)}" r="4" class="${`dot ${kind}`.trim()}"/>`);
			body.push(put(x + 9, y + 4, bar.text ?? say(bar.value), kind === 'ours' ? 'ours' : ''));
		});
		bottom[column] = end + 38;
	});
	return document(two ? 16 + 2 * COLUMN : 32 + COLUMN, Math.max(...bottom), title, subtitle, body);
}

/** Moves labels apart that would lie over one another, keeping their order. */
function spread(labels, gap, low, high) {
	const sorted = [...labels].sort((a, b) => a.y - b.y);
	for (let i = 1; i < sorted.length; i++) sorted[i].y = Math.max(sorted[i].y, sorted[i - 1].y + gap);
	for (let i = sorted.length - 1, most = high; i >= 0; i--, most -= gap) sorted[i].y = Math.max(low, Math.min(sorted[i].y, most));
	return sorted;
}

/**
 * Panels of lines over the number of people, both axes logarithmic, each line named at its end.
 * panels: [{ title, lines: [{ name, points: [[people, value], ...] }] }]
 */
export function lines({ title, subtitle, panels, say }) {
	const WIDTH = 470, HEIGHT = 240, LEFT = 62, RIGHT = 104, TOP = 22, BOTTOM = 26;
	const all = panels.flatMap((panel) => panel.lines.flatMap((line) => line.points));
	const [x0, x1] = decades(all.map(([people]) => people));
	const [y0, y1] = decades(all.map(([, value]) => value));
	const people = [...new Set(all.map(([n]) => n))].sort((a, b) => a - b);
	const name = (n) => (n >= 1e6 ? `${n / 1e6}M` : n >= 1e3 ? `${n / 1e3}k` : String(n));
	const body = [];
	panels.forEach((panel, i) => {
		const left = 16 + (i % 2) * WIDTH;
		const top = 60 + Math.floor(i / 2) * HEIGHT;
		const floor = top + HEIGHT - 20 - BOTTOM;
		const x = (n) => left + LEFT + ((Math.log10(n) - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT - 16);
		const y = (v) => floor - ((Math.log10(v) - y0) / (y1 - y0)) * (floor - top - TOP);
		body.push(put(left, top + 6, panel.title, 'head'));
		for (let e = y0; e <= y1; e += y1 - y0 > 5 ? 2 : 1) body.push(stroke(left + LEFT, y(10 ** e), x(10 ** x1), y(10 ** e), 'grid'), put(left + LEFT - 6, y(10 ** e) + 4, say(10 ** e), 'faint', 'end'));
		for (const n of people) body.push(put(x(n), floor + 16, name(n), 'faint', 'middle'));
		for (const line of panel.lines) {
			const kind = kindOf(line.name);
			body.push(`<polyline points="${line.points.map(([n, v]) => `${round(x(n))},${round(y(v))}`).join(' ')}" class="${`line ${kind}`.trim()}"/>`);
			for (const [n, v] of line.points) body.push(`<circle cx="${round(x(n))}" cy="${round(y(v))}" r="3" class="${`dot ${kind}`.trim()}"/>`);
		}
		const labels = panel.lines.map((line) => { const [n, v] = line.points.at(-1); return { name: line.name, x: x(n), from: y(v), y: y(v) + 4 }; });
		const column = x(10 ** x1) + 20;
		for (const label of spread(labels, 13, top + 18, floor + 4)) {
			body.push(`<polyline points="${round(label.x + 5)},${round(label.from)} ${round(column - 12)},${round(label.from)} ${round(column - 3)},${round(label.y - 4)}" class="lead"/>`);
			body.push(put(column, label.y, label.name, kindOf(label.name) === 'ours' ? 'ours' : ''));
		}
	});
	return document(16 + (panels.length > 1 ? 2 : 1) * WIDTH, 60 + Math.ceil(panels.length / 2) * HEIGHT, title, subtitle, body);
}
