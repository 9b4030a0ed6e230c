/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Device flow, the waiting. MUST:
 *  1. the platform is never asked more often than its interval, and a slow_down is kept for good;
 *  2. nothing happens after the code has expired, whatever the platform still says;
 *  3. only 200 with a well-formed token answer is a yes.
 */
#include "idp-agentd/net/device.h"

#include <errno.h>
#include <string.h>

#include "common/limits.h"
#include "common/reason.h"
#include "idp-agentd/net/http-text.h"

static usec_t device_wait(const struct device *device)
{
	usec_t wait = device->interval;

	for (unsigned i = 0; i < device->failures && wait < DEVICE_INTERVAL_MAX; i++)
		wait *= 2;
	/* Backing off ends there, but never below what the platform asked for. */
	if (wait > DEVICE_INTERVAL_MAX && wait > device->interval)
		wait = device->interval > DEVICE_INTERVAL_MAX ? device->interval
							      : DEVICE_INTERVAL_MAX;
	return wait;
}

void device_begin(struct device *device, const struct oauth_device *code, usec_t now)
{
	*device = (struct device){
		.state = DEVICE_WAITING,
		.interval = code->interval,
		.expires = clock_add(now, code->expires_in),
		.next = clock_add(now, code->interval),
	};
}

bool device_due(struct device *device, usec_t now)
{
	if (device->state != DEVICE_WAITING)
		return false;
	if (now >= device->expires) {
		device->state = DEVICE_EXPIRED;
		return false;
	}
	if (now < device->next)
		return false;
	device->state = DEVICE_ASKING;
	return true;
}

/* Row: what happens in DEVICE_ASKING. In every other state every event is -EPROTO. */
static enum device_state device_next_state(enum device_event event)
{
	switch (event) {
	case DEVICE_TOKENS:
		return DEVICE_GRANTED;
	case DEVICE_PENDING:
	case DEVICE_SLOW_DOWN:
	case DEVICE_UNREACHABLE:
		return DEVICE_WAITING;
	case DEVICE_NO:
		return DEVICE_DENIED;
	case DEVICE_TOO_LATE:
		return DEVICE_EXPIRED;
	case DEVICE_BROKEN:
		return DEVICE_FAILED;
	}
	return DEVICE_FAILED;
}

int device_answer(struct device *device, enum device_event event, usec_t now)
{
	if (device->state != DEVICE_ASKING)
		return -EPROTO;
	device->state = device_next_state(event);
	if (event == DEVICE_SLOW_DOWN)
		device->interval = clock_add(device->interval, DEVICE_SLOW_DOWN_STEP);
	if (event != DEVICE_UNREACHABLE)
		device->failures = 0;
	else if (device->failures < 16)
		device->failures++;
	if (now >= device->expires)
		device->state = DEVICE_EXPIRED;
	device->next = clock_add(now, device_wait(device));
	return 0;
}

usec_t device_deadline(const struct device *device)
{
	if (device->state != DEVICE_WAITING)
		return USEC_INFINITY;
	return device->next < device->expires ? device->next : device->expires;
}

static enum device_event device_event_of(const char *code)
{
	static const struct {
		const char *code;
		enum device_event event;
	} rows[] = {
		{ "authorization_pending", DEVICE_PENDING },
		{ "slow_down", DEVICE_SLOW_DOWN },
		{ "access_denied", DEVICE_NO },
		/* Some platforms use the word of the browser for a person who pressed "no". */
		{ "authorization_declined", DEVICE_NO },
		{ "expired_token", DEVICE_TOO_LATE },
		{ "temporarily_unavailable", DEVICE_UNREACHABLE },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++)
		if (strcmp(code, rows[i].code) == 0)
			return rows[i].event;
	return DEVICE_BROKEN;
}

enum device_event device_read(const struct http_answer *answer, bool dpop,
			      struct oauth_tokens *ret_tokens, struct oauth_error *ret_error)
{
	*ret_tokens = OAUTH_TOKENS_NULL;
	*ret_error = (struct oauth_error){ .code = "" };
	if (answer->error != HTTP_OK) {
		reason_copy_printable(answer->reason, ret_error->text, sizeof(ret_error->text));
		return http_may_pass(answer->error) ? DEVICE_UNREACHABLE : DEVICE_BROKEN;
	}
	if (answer->status == 200) {
		int r = oauth_tokens_parse(answer->body, answer->body_len, dpop, ret_tokens);

		if (r == 0)
			return DEVICE_TOKENS;
		oauth_tokens_done(ret_tokens);
		reason_copy_printable(oauth_sentence(r), ret_error->text, sizeof(ret_error->text));
		return DEVICE_BROKEN;
	}
	oauth_error_parse(answer->body, answer->body_len, ret_error);
	if (answer->status == 429)
		return DEVICE_SLOW_DOWN;
	if (answer->status >= 500)
		return DEVICE_UNREACHABLE;
	return device_event_of(ret_error->code);
}
