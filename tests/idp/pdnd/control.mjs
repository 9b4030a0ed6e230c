// SPDX-License-Identifier: LGPL-2.1-or-later
// What a test has the platform do, by a form with the member "do". Names are those of world.mjs.
//
//     do=suspend what=P1 | do=activate what=P1      a purpose or an e-service
//     do=agreement what=P1 state=suspended          likewise
//     do=detach client=B purpose=P2 | do=attach ... without deleting either
//     do=life what=X seconds=60                     of the vouchers for an e-service
//     do=skew seconds=3600                          the platform's clock
//     do=fail status=503 times=2 [retry=1]          the next requests, whoever asks
//     do=limit requests=1 interval=500 | do=limit   so many requests and no more; none: as many as like
//     do=typ word=dpop+jwt                          of the vouchers' header
//     do=spoil how=other-purpose | do=spoil         what a platform must never answer
//     do=key client=A pem=... | do=drop-key client=A kid=...

import { Refused } from './assertion.mjs';

const VERBS = {
	suspend: (p, f) => { (p.world.purpose(f.what) ?? p.world.eservice(f.what)).state = 'suspended'; },
	activate: (p, f) => { (p.world.purpose(f.what) ?? p.world.eservice(f.what)).state = 'active'; },
	agreement: (p, f) => { p.world.purpose(f.what).agreement = f.state; },
	detach: (p, f) => { p.world.purpose(f.purpose).clients.delete(p.world.client(f.client).id); },
	attach: (p, f) => { p.world.purpose(f.purpose).clients.add(p.world.client(f.client).id); },
	life: (p, f) => { p.world.eservice(f.what).life = Number(f.seconds); },
	skew: (p, f) => { p.skew = Number(f.seconds); },
	fail: (p, f) => { p.fail = { status: Number(f.status), times: Number(f.times ?? 1), headers: f.retry ? { 'retry-after': f.retry } : {} }; },
	limit: (p, f) => { p.limit = f.requests === undefined ? null : Number(f.requests); p.used = 0; p.interval = Number(f.interval ?? 1000); },
	typ: (p, f) => { p.typ = f.word; },
	spoil: (p, f) => { p.spoil = f.how ?? null; },
	key: (p, f) => ({ kid: p.world.addKey(p.world.client(f.client), f.pem) }),
	'drop-key': (p, f) => { p.world.client(f.client).keys.delete(f.kid); },
};

export function control(platform, form) {
	const f = Object.fromEntries(form);
	if (!VERBS[f.do]) throw new Refused('control', `nobody knows ${f.do}`);
	return VERBS[f.do](platform, f) ?? { done: f.do };
}
