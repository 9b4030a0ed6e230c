/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/voucher-plan.h"

#include "common/limits.h"

/* ---- holds ---- */

static void hold_for(struct voucher_hold *hold, usec_t pause, usec_t now)
{
	hold->pause = pause;
	hold->until = clock_add(now, pause);
}

static usec_t next_pause(usec_t last, usec_t first, usec_t most)
{
	if (last < first)
		return first;
	return last > most / 2 ? most : last * 2;
}

/* A pause of the other kind says nothing about how long this one should be. */
void voucher_hold_refused(struct voucher_hold *hold, usec_t now)
{
	usec_t last = hold->refused ? hold->pause : 0;

	hold->refused = true;
	hold_for(hold, next_pause(last, VOUCHER_REFUSED_FIRST, VOUCHER_REFUSED_MAX), now);
}

void voucher_hold_trouble(struct voucher_hold *hold, usec_t wait, usec_t now)
{
	usec_t last = hold->refused ? 0 : hold->pause;
	usec_t pause = next_pause(last, VOUCHER_TROUBLE_FIRST, VOUCHER_TROUBLE_MAX);

	hold->refused = false;
	if (wait > VOUCHER_REFUSED_MAX)
		wait = VOUCHER_REFUSED_MAX;
	hold_for(hold, pause, now);
	if (wait > pause)
		hold->until = clock_add(now, wait);
}

void voucher_hold_clear(struct voucher_hold *hold)
{
	*hold = (struct voucher_hold){ .until = 0 };
}

/* ---- terms ---- */

void voucher_term_set(struct voucher_term *term, usec_t life, usec_t now)
{
	term->got = now;
	term->end = clock_add(now, life);
}

bool voucher_term_is_alive(const struct voucher_term *term, usec_t now)
{
	return term->end != 0 && clock_add(now, VOUCHER_LEFT) <= term->end;
}

static usec_t term_renewal(const struct voucher_term *term)
{
	return term->got + (term->end - term->got) / 5 * 4;
}

/* ---- both ---- */

enum voucher_step voucher_step(const struct voucher_term *term, const struct voucher_hold *hold,
			       usec_t now)
{
	bool alive = voucher_term_is_alive(term, now);

	if (alive && now < term_renewal(term))
		return VOUCHER_GIVE;
	if (now >= hold->until)
		return VOUCHER_ASK;
	return alive ? VOUCHER_GIVE : VOUCHER_HELD;
}

usec_t voucher_renewal(const struct voucher_term *term, const struct voucher_hold *hold)
{
	usec_t at = term->end ? term_renewal(term) : 0;

	if (!term->wanted)
		return USEC_INFINITY;
	return at > hold->until ? at : hold->until;
}

/* A hold is remembered for as long again: the next refusal is to double it. */
usec_t voucher_oblivion(const struct voucher_term *term, const struct voucher_hold *hold)
{
	usec_t forgiven = hold->until ? clock_add(hold->until, hold->pause) : 0;

	return forgiven > term->end ? forgiven : term->end;
}
