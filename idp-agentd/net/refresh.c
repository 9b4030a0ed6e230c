/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ageing of fetched documents. Up to 80 % of its life a document is simply used; then it is
 * renewed behind the user's back; past its life the next user waits for a new one; when that
 * cannot be had, the old one serves for METADATA_GRACE more, and not a moment longer.
 */
#include "idp-agentd/net/refresh.h"

#include "common/limits.h"

static usec_t refresh_age(const struct refresh *refresh, usec_t now)
{
	return now > refresh->fetched ? now - refresh->fetched : 0;
}

bool refresh_usable(const struct refresh *refresh, usec_t now)
{
	return refresh->have &&
	       refresh_age(refresh, now) < clock_add(refresh->life, METADATA_GRACE);
}

enum refresh_verdict refresh_look(const struct refresh *refresh, usec_t now)
{
	bool may_ask = now >= refresh->retry_at;
	usec_t age = refresh_age(refresh, now);

	if (!refresh_usable(refresh, now))
		return may_ask ? REFRESH_FETCH : REFRESH_REFUSE;
	if (!may_ask || age < refresh->life / 5 * 4)
		return REFRESH_USE;
	return age < refresh->life ? REFRESH_USE_AND_FETCH : REFRESH_FETCH;
}

bool refresh_spend(struct refresh *refresh, usec_t now)
{
	usec_t back;

	if (now < refresh->retry_at)
		return false;
	if (refresh->spent == 0)
		refresh->refilled = now;
	back = now > refresh->refilled ? (now - refresh->refilled) / JWKS_REFETCH_REFILL : 0;
	refresh->spent -= back < refresh->spent ? (unsigned)back : refresh->spent;
	refresh->refilled += back * JWKS_REFETCH_REFILL;
	if (refresh->spent >= JWKS_REFETCH_BURST)
		return false;
	refresh->spent++;
	return true;
}

void refresh_done(struct refresh *refresh, usec_t now, usec_t max_age)
{
	refresh->have = true;
	refresh->fetched = now;
	refresh->failures = 0;
	refresh->retry_at = 0;
	if (max_age == USEC_INFINITY)
		refresh->life = METADATA_LIFE_DEFAULT;
	else if (max_age < METADATA_LIFE_MIN)
		refresh->life = METADATA_LIFE_MIN;
	else
		refresh->life = max_age < METADATA_LIFE_MAX ? max_age : METADATA_LIFE_MAX;
}

void refresh_failed(struct refresh *refresh, usec_t now)
{
	usec_t wait = METADATA_RETRY_MIN;

	for (unsigned i = 0; i < refresh->failures && wait < METADATA_RETRY_MAX; i++)
		wait *= 2;
	if (refresh->failures < UINT16_MAX)
		refresh->failures++;
	refresh->retry_at = clock_add(now, wait < METADATA_RETRY_MAX ? wait : METADATA_RETRY_MAX);
}
