// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A second evaluator, written from idp.conf(5) and from nothing else, in another language: random
 * rules and random people are decided by both. access-reference.mjs DECIDE [ROUNDS [SEED]]
 */
import { spawnSync } from "node:child_process";
import { BlockList, isIPv4, isIPv6 } from "node:net";

const [decide, rounds = "1200", seed = "20260101"] = process.argv.slice(2);
const NOW = 1700000000;
const LEEWAY = 30;

/* ---- chance ---- */

let state = BigInt(seed) * 6364136223846793005n + 1442695040888963407n;
const U64 = (1n << 64n) - 1n;
const chance = (n) => {
	state = (state * 6364136223846793005n + 1442695040888963407n) & U64;
	return Number((state >> 33n) % BigInt(n));
};
const one = (list) => list[chance(list.length)];
const some = (list, most) => {
	const taken = [];

	for (let n = chance(most + 1); n > 0; n--)
		taken.push(one(list));
	return [...new Set(taken)];
};

/* ---- reading a configuration: just what the generator writes ---- */

const split = (text) => text.split(" ").filter((word) => word);
const seconds = (text) =>
	text === "no" ? 0 : Number(text.slice(0, -1)) * { s: 1, m: 60, h: 3600, d: 86400 }[text.at(-1)];

function read(text) {
	const sections = [];

	for (const line of text.split("\n")) {
		const head = /^\[(\S+) (\S+)\]$/.exec(line);

		if (head)
			sections.push({ kind: head[1], name: head[2], keys: new Map() });
		else if (line)
			sections.at(-1).keys.set(line.slice(0, line.indexOf(" = ")), line.slice(line.indexOf(" = ") + 3));
	}
	return sections;
}

/* ---- conditions: "y", "n" or "?" ---- */

const yes = (holds) => (holds ? "y" : "n");
const best = (truths) => (truths.includes("y") ? "y" : truths.includes("?") ? "?" : "n");
const known = (text, wanted) => (text === undefined ? "?" : yes(text === wanted));
const listed = (list, wanted, unknown) => (list.includes(wanted) ? "y" : unknown ? "?" : "n");

function inside(net, from) {
	if (from === undefined || (from !== "" && !isIPv4(from) && !isIPv6(from)))
		return "?";
	if (from === "" || net === "local")
		return yes(from === "" && net === "local");
	const list = new BlockList(), mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(from);
	const address = mapped ? mapped[1] : from;
	const [base, bits] = net.split("/");
	const family = (text) => (isIPv4(text) ? "ipv4" : "ipv6");

	list.addSubnet(base, bits === undefined ? (isIPv4(base) ? 32 : 128) : Number(bits), family(base));
	return yes(family(base) === family(address) && list.check(address, family(address)));
}

function segments(path) {
	const parts = path.slice(1).split("/");

	if (!path.startsWith("/"))
		return null;
	if (parts.at(-1) === "")
		parts.pop();
	return parts.some((part) => part === "" || part === "." || part === "..") ? null : parts;
}

function covers(granted, wanted) {
	const [g, w] = [granted, wanted].map((text) => [text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 1)]);
	const [have, need] = [segments(g[1]), segments(w[1])];

	return granted.includes(":") && g[0] === w[0] && have !== null && need !== null &&
		have.every((part, i) => need[i] === part);
}

function signedInWithin(who, age) {
	return who.auth_time > 0 && who.auth_time <= NOW + LEEWAY && NOW - who.auth_time <= age;
}

function impliedBy(config, provider, role) {
	const got = new Set([role]);
	let before;

	do {
		before = got.size;
		for (const table of config.filter((section) => section.kind === "roles"))
			for (const [from, to] of table.keys)
				if (from !== "provider" && got.has(from) &&
				    (!table.keys.has("provider") || table.keys.get("provider") === provider))
					split(to).forEach((implied) => got.add(implied));
	} while (got.size > before);
	return got;
}

/* The rungs of the ladder that the atom stands on, or undefined. */
function rungs(config, atom) {
	const kind = atom.slice(0, atom.indexOf(":")), value = atom.slice(atom.indexOf(":") + 1);
	const dot = value.lastIndexOf(".");
	const name = kind === "loa" && dot < 0 ? "loa" : `${kind}.${value.slice(0, dot)}`;
	const ladder = config.find((section) => section.kind === "ladder" && section.name === name);

	if ((kind !== "loa" && kind !== "acr") || (kind === "acr" && /[:/]/.test(value)) || !ladder)
		return undefined;
	const level = Number(value.slice(dot + 1));

	return [...ladder.keys].filter(([rung]) => Number(rung) >= level)
		.flatMap(([, ways]) => ways.split(" | ")).map((way) => ({ way, acr: kind === "acr" }));
}

const KINDS = /^(scope|path-scope|group|role|product|entitlement|site|origin|loa|acr|amr|user|uuid|tenant|provider|client|purpose|eservice|consumer|subject|from|fresh|claim):/;

function judge(config, who, atom) {
	const colon = atom.indexOf(":"), kind = atom.slice(0, colon), value = atom.slice(colon + 1);
	const ladder = rungs(config, atom);

	if (ladder)
		return best(ladder.map(({ way, acr }) =>
			KINDS.test(way) ? judge(config, who, way) : yes((acr ? who.acr : who.loa) === way)));
	switch (kind) {
	case "scope": return listed(who.scope, value);
	case "path-scope": return yes(who.scope.some((granted) => covers(granted, value)));
	case "group": return listed(who.group, value, who.groups_unknown);
	case "entitlement": return listed(who.entitlement, value, who.entitlements_unknown);
	case "product": return listed(who.product, value, who.products_unknown);
	case "role": return who.role.some((role) => impliedBy(config, who.provider, role).has(value))
		? "y" : who.roles_unknown ? "?" : "n";
	case "amr": return listed(who.amr, value);
	case "loa": return yes(who.loa !== undefined && /^(0|[1-9]\d*)$/.test(who.loa) && Number(who.loa) >= Number(value));
	case "acr": return yes(who.acr === value);
	case "subject": return known(who.subject, value);
	case "from": return inside(value, who.from);
	case "fresh": return yes(signedInWithin(who, seconds(value)));
	case "claim": return yes(who.claim.includes(value));
	default: return known(who[kind], value); /* one text */
	}
}

/* ---- the decision ---- */

const TOLD = /^(group|entitlement|role|product|site|origin|uuid|tenant|claim|amr|loa|acr):/;

function decideOnce(config, who) {
	const refuse = (code) => ["deny", code, "", "", "-", "-", "-"];
	const truth = (atom) => judge(config, who, atom);
	const hope = (atom, hoped) => (truth(atom) === "?" && who.signing_in && TOLD.test(atom) ? hoped : truth(atom));
	const atoms = (rule, key) => split(rule.keys.get(key) ?? "");
	const byName = (a, b) => (a.name < b.name ? -1 : 1);
	const selected = (rule, key, text) =>
		!rule.keys.has(key) ? "y" : known(text, "") === "?" ? "?" : yes(atoms(rule, key).includes(text));
	const as = (rule) => who.as === undefined && who.service === "sudo" && rule.keys.has("as")
		? (atoms(rule, "as").includes("root") ? "y" : "?") : selected(rule, "as", who.as);
	const fits = (rule) => {
		const all = [selected(rule, "service", who.service), selected(rule, "on", who.host), as(rule),
			     rule.keys.has("from") ? best(atoms(rule, "from").map((net) => inside(net, who.from))) : "y"];

		return all.includes("n") ? "n" : all.includes("?") ? "?" : "y";
	};
	const comes = (atom) => {
		const ladder = rungs(config, atom);

		return /^(scope|path-scope|fresh):/.test(atom) || (atom.startsWith("acr:") && !ladder) ||
			(ladder ?? []).some(({ way, acr }) => way.startsWith("acr:") || (acr && !KINDS.test(way))) ||
			(who.signing_in && TOLD.test(atom));
	};

	if (who.anonymous)
		return refuse("anonymous");
	if (who.subject === "workload" && !who.workload_ok)
		return refuse("workload-token");
	if (who.details_missing && !who.signing_in)
		return refuse("details-required");

	for (const rule of config.filter((section) => section.kind === "deny").sort(byName)) {
		const any = atoms(rule, "any");

		if (fits(rule) !== "n" && atoms(rule, "need").every((atom) => hope(atom, "n") !== "n") &&
		    (any.length === 0 || any.some((atom) => hope(atom, "n") !== "n")) &&
		    atoms(rule, "never").every((atom) => hope(atom, "y") !== "y"))
			return Object.assign(refuse("denied-by"), { 2: rule.name });
	}

	const held = [], open = [];

	for (const rule of config.filter((section) => section.kind === "allow").sort(byName)) {
		const any = atoms(rule, "any"), missing = [];
		let brought = true, levels = 0, fresh = 0;

		if (fits(rule) !== "y")
			continue;
		for (const atom of atoms(rule, "need").filter((need) => truth(need) !== "y")) {
			missing.push(atom);
			brought &&= comes(atom);
			levels += atom.startsWith("loa:");
			fresh += atom.startsWith("fresh:");
		}
		if (any.length > 0 && !any.some((atom) => truth(atom) === "y")) {
			missing.push(any.join("|"));
			brought &&= any.some(comes);
		}
		for (const atom of atoms(rule, "never").filter((never) => hope(never, "n") !== "n")) {
			missing.push(`!${atom}`);
			brought = false;
		}
		if (missing.length === 0)
			held.push(rule);
		else
			open.push({ rule, missing, brought, levels, fresh });
	}
	if (held.length > 0) {
		const least = (key) => Math.min(...held.filter((rule) => rule.keys.has(key)).map((rule) => seconds(rule.keys.get(key))));
		const tell = (time) => (time === Infinity ? "-" : String(time));

		if (least("max-age") !== Infinity && !signedInWithin(who, least("max-age"))) {
			const age = held.find((rule) => rule.keys.has("max-age") && seconds(rule.keys.get("max-age")) === least("max-age"));

			return [who.may_step_up ? "step-up" : "deny", "stale-login", held[0].name, `max-age=${age.keys.get("max-age")}`, "-", "-", "-"];
		}
		return ["permit", "permit", held[0].name, "", tell(least("session")), tell(least("offline")), tell(least("max-age"))];
	}
	if (open.length === 0)
		return refuse("no-rule");
	const close = open.reduce((a, b) => (b.brought !== a.brought ? (b.brought ? b : a) : b.missing.length < a.missing.length ? b : a));
	const code = close.levels === close.missing.length ? "loa-too-low"
		: close.fresh === close.missing.length ? "stale-login" : "missing";

	return [close.brought && who.may_step_up ? "step-up" : "deny", code, close.rule.name, close.missing.join(" "), "-", "-", "-"];
}

/* ---- making rules and people ---- */

const ATOMS = [
	"scope:x", "scope:y", "path-scope:read:/a/b", "path-scope:read:/ab", "group:a", "group:b", "role:A", "role:B", "role:C",
	"role:D", "product:P", "entitlement:e", "site:LNF", "origin:self", "origin:application", "loa:1", "loa:2", "loa:3",
	"loa:n.2", "acr:m", "acr:s.1", "acr:s.2", "acr:https://a.example/2", "amr:otp", "user:alice", "user:bob", "uuid:u1",
	"tenant:t1", "tenant:t2", "provider:corp", "provider:city", "client:c1", "purpose:p1", "eservice:e1", "consumer:k1",
	"subject:person", "subject:workload", "from:192.0.2.0/24", "from:2001:db8::/32", "from:local", "from:0.0.0.0/0",
	"fresh:10m", "fresh:2h", "claim:/c=1", "claim:/c/d=x=y",
];
const PROVIDERS = "[provider corp]\nissuer = https://a.example.org\nclient_id = x\n" +
	"[provider city]\nissuer = https://b.example.org\nclient_id = x\n";
const LADDERS = [
	"[ladder loa]\n1 = claim:/loa=1 | one\n2 = two | entitlement:e | origin:self\n3 = role:D | three | acr:m\n",
	"[ladder loa]\n3 = three\n1 = one\n2 = tenant:t1 | two\n", "",
];
const ROLES = [
	"[roles r]\nA = B C\n[roles s]\nprovider = city\nC = D\nB = D\n", "[roles r]\nB = A\n", "",
	"[roles r]\nprovider = corp\nA = B\n[roles s]\nprovider = city\nB = A\n",
];

function makeRule(index) {
	const kind = chance(3) ? "allow" : "deny", name = one(["a", "B", "b", "z", "_"]) + index;
	const key = (name_, values) => (values.length ? `${name_} = ${values.join(" ")}\n` : "");
	let need = some(ATOMS, 3), text = "";

	if (need.length === 0)
		need = [one(ATOMS)];
	text += key("service", chance(2) ? some(["sshd", "sudo", "x"], 2) : []);
	text += key("on", chance(4) ? [] : some(["h1", "h2"], 2));
	text += key("as", chance(5) ? [] : some(["root", "bob"], 2));
	text += key("from", chance(5) ? [] : some(["local", "192.0.2.0/24", "198.51.100.7", "2001:db8::/32", "::/0"], 2));
	text += key("need", need) + key("any", chance(2) ? some(ATOMS, 3) : []) + key("never", chance(3) ? [] : some(ATOMS, 2));
	if (kind === "allow")
		text += key("session", some(["1h", "90m", "2h"], 1)) + key("offline", some(["no", "1h", "2d"], 1)) +
			key("max-age", chance(4) ? [] : some(["20m", "1200s", "8h"], 1));
	return `[${kind} ${name}]\n${text}`;
}

function makeConfig() {
	const rules = Array.from({ length: 1 + chance(8) }, (_, i) => makeRule(i));
	const levels = one(LADDERS) || "[ladder loa]\n1 = claim:/x=1\n2 = x2\n3 = x3\n";

	return PROVIDERS + levels + "[ladder loa.n]\n2 = two | three\n[ladder acr.s]\n1 = low | acr:m\n2 = https://a.example/2\n" +
		one(ROLES) + rules.join("");
}

function makePerson() {
	const maybe = (list) => (chance(4) ? one(list) : undefined);
	const flag = (n) => chance(n) === 0;

	return {
		user: maybe(["alice", "bob", "carol", ""]), service: maybe(["sshd", "sudo", "y"]), host: maybe(["h1", "h3"]),
		from: maybe(["", "192.0.2.9", "198.51.100.7", "2001:db8::1", "::ffff:192.0.2.1", "host.example.org", "::1"]),
		as: maybe(["root", "bob"]), provider: maybe(["corp", "city", ""]), subject: maybe(["person", "person", "workload"]),
		loa: maybe(["one", "two", "three", "1", "2", "02"]), acr: maybe(["m", "low", "https://a.example/2", "M"]),
		site: maybe(["LNF", "lnf", ""]), origin: maybe(["self", "application", ""]), uuid: maybe(["u1", ""]),
		tenant: maybe(["t1", "t2", ""]), client: maybe(["c1", ""]), purpose: maybe(["p1", "p2", ""]),
		eservice: maybe(["e1", ""]), consumer: maybe(["k1", ""]),
		auth_time: one([0, NOW - 60, NOW - 3600, NOW - 86400, NOW + 20, NOW + 31, NOW - 600, NOW - 601]), now: NOW,
		group: some(["a", "b", "A"], 2), role: some(["A", "B", "C", "D", "E"], 2), product: some(["P", "Q"], 2),
		entitlement: some(["e", "f"], 1), amr: some(["otp", "pwd"], 2),
		scope: some(["x", "y", "read:/", "read:/a", "read:/a/", "read:/a/b/c", "read:/a/../a", "read:/a//b", "X"], 3),
		claim: some(["/c=1", "/c=2", "/c/d=x=y", "/loa=1", "/x=1"], 2),
		workload_ok: flag(2), may_step_up: flag(2), signing_in: flag(3), anonymous: flag(12), details_missing: flag(12),
		groups_unknown: flag(8), roles_unknown: flag(8), products_unknown: flag(8), entitlements_unknown: flag(8),
	};
}

function spell(who) {
	const lines = ["who"];

	for (const [field, value] of Object.entries(who)) {
		if (Array.isArray(value))
			value.forEach((item) => lines.push(`${field} ${item}`));
		else if (value === true)
			lines.push(field);
		else if (value !== undefined && value !== false)
			lines.push(`${field} ${value}`);
	}
	return lines.join("\n") + "\n.\n";
}

/* ---- both ---- */

const wanted = [], questions = [];

for (let round = 0; round < Number(rounds); round++) {
	const text = makeConfig(), config = read(text);

	questions.push(`config ${Buffer.byteLength(text)}\n${text}`);
	wanted.push({ text, line: "taken" });
	for (let i = 0; i < 12; i++) {
		const who = makePerson();

		questions.push(spell(who));
		wanted.push({ text, who, line: decideOnce(config, who).join("\t") });
	}
}

const run = spawnSync(decide, { input: questions.join(""), maxBuffer: 1 << 28 });
const got = run.stdout.toString().split("\n");
const seen = new Map();

console.log("1..2");
if (run.status !== 0)
	console.log(`# access-decide: ${run.error ?? run.signal ?? run.stderr}`.replace(/\n/g, "\n# "));
for (const [i, { text, who, line }] of wanted.entries())
	if (got[i] !== line) {
		console.log(`not ok 1 - seed ${seed}, answer ${i}`);
		console.log(`# wanted ${line}\n# got    ${got[i]}\n${text}\n${JSON.stringify(who)}`.replace(/\n/g, "\n# "));
		process.exit(1);
	} else if (who) {
		const kind = line.split("\t").slice(0, 2).join(" ");

		seen.set(kind, (seen.get(kind) ?? 0) + 1);
	}
console.log(`ok 1 - ${wanted.length} answers are the same`);
/* Every kind of decision came up often enough to mean something. */
const rare = ["permit permit", "deny no-rule", "deny denied-by", "deny missing", "step-up missing", "deny loa-too-low",
	"deny stale-login", "step-up stale-login", "deny anonymous", "deny workload-token", "deny details-required"]
	.filter((kind) => !(seen.get(kind) >= Number(rounds) / 60));
console.log(`# ${[...seen].map(([kind, n]) => `${kind}: ${n}`).join(", ")}`);
console.log(rare.length ? `not ok 2 - too few of: ${rare.join(", ")}` : "ok 2 - all kinds of decisions");
process.exit(rare.length || run.status ? 1 : 0);
