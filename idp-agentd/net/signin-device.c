/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * To tokens by a device code (RFC 8628): device authorization; CODE; polls, driven by the pure
 * machine of device.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/net/http-text.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/signin-flow.h"
#include "idp-agentd/net/timer.h"
#include "idp-agentd/net/url.h"

#define SIGNIN_GRANT         "urn:ietf:params:oauth:grant-type:device_code"
#define SIGNIN_POLL_ACCURACY (20 * USEC_PER_MSEC) /* sd-event's own 250 ms are a person's wait */

/* ---- polling ---- */

static int signin_arm(struct signin *signin)
{
	return timer_set(signin->timer, device_deadline(&signin->device));
}

static void signin_polled(struct signin *signin, const struct oauth_error *error)
{
	switch (signin->device.state) {
	case DEVICE_WAITING:
		if (signin_arm(signin) < 0)
			signin_fail(signin, "internal", "the agent's clock could not be set");
		return;
	case DEVICE_GRANTED:
		signin_check(signin);
		return;
	case DEVICE_DENIED:
		signin_deny(signin, "access-denied", "the sign-in was refused at the platform");
		return;
	case DEVICE_EXPIRED:
		signin_deny(signin, "expired-code", "the code expired before it was approved");
		return;
	case DEVICE_NONE:
	case DEVICE_ASKING:
	case DEVICE_FAILED:
		break;
	}
	signin_refused(signin, error);
}

static void signin_on_token(void *userdata, const struct http_answer *answer)
{
	struct signin *signin = userdata;
	struct oauth_error error;
	enum device_event event =
		device_read(answer, signin->provider->dpop, &signin->tokens, &error);

	if (device_answer(&signin->device, event, clock_now()) < 0) {
		signin_fail(signin, "internal", "an answer came that nobody asked for");
		return;
	}
	if (event == DEVICE_UNREACHABLE)
		log_debug("provider %s: poll: %s", signin->provider->name,
			  *error.text ? error.text : "unreachable");
	signin_polled(signin, &error);
}

static int signin_poll(struct signin *signin)
{
	const char *url = provider_endpoint(signin->provider, PROVIDER_TOKEN);
	struct buf *form = call_form(&signin->call);

	if (!url)
		return -ENOTSUP;
	url_put_pair(form, "grant_type", SIGNIN_GRANT);
	url_put_pair(form, "device_code", signin->device_code->text);
	provider_put_resource(signin->provider, form, signin->resource);
	return call_start(&signin->call, url);
}

static int signin_on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct signin *signin = userdata;
	struct oauth_error error = { .code = "" };

	(void)source;
	(void)usec;
	if (!device_due(&signin->device, clock_now()))
		signin_polled(signin, &error);
	else if (signin_poll(signin) < 0)
		signin_fail(signin, "internal", "the platform could not be asked");
	return 0;
}

/* ---- the code ---- */

static int signin_begin_polls(struct signin *signin, struct oauth_device *code)
{
	device_begin(&signin->device, code, clock_now());
	signin->device_code = TAKE_PTR(code->device_code);
	signin_want_keys(signin);
	signin->call.done = signin_on_token;
	return signin_arm(signin);
}

static void signin_take_code(struct signin *signin, struct oauth_device *code)
{
	const struct reply_code reply = {
		.uri = code->uri,
		.uri_complete = code->uri_complete,
		.user_code = code->user_code,
		.expires_in = (uint32_t)(code->expires_in / USEC_PER_SEC),
		.interval = (uint32_t)(code->interval / USEC_PER_SEC),
	};

	if (signin_begin_polls(signin, code) < 0) {
		signin_fail(signin, "internal", "the agent's clock could not be set");
		return;
	}
	reply_code(signin->net->outlet, signin->flow, &reply);
}

static void signin_on_device(void *userdata, const struct http_answer *answer)
{
	struct signin *signin = userdata;
	struct oauth_device code = OAUTH_DEVICE_NULL;
	char text[REASON_MAX];
	int r;

	if (answer->error != HTTP_OK) {
		signin_fail(signin, http_reason(answer->error), answer->reason);
		return;
	}
	if (answer->status != 200) {
		signin_no_answer(signin, answer, "code");
		return;
	}
	r = oauth_device_parse(answer->body, answer->body_len, &code);
	if (r == 0) {
		signin_take_code(signin, &code);
	} else {
		reason_format(text, sizeof(text), "device authorization: %s", oauth_sentence(r));
		signin_fail(signin, "platform-garbage", text);
	}
	oauth_device_done(&code);
}

static void signin_device_begin(struct signin *signin)
{
	const char *url = provider_endpoint(signin->provider, PROVIDER_DEVICE);
	struct buf *form = call_form(&signin->call);
	char max_age[16];
	int r;

	if (!url || !provider_endpoint(signin->provider, PROVIDER_TOKEN)) {
		signin_fail(signin, "not-offered",
			    "the platform offers no sign-in with a device code");
		return;
	}
	/* Also beside HTTP Basic: INDIGO IAM and others look for it here. clientauth adds it else.
	 */
	if (signin->provider->auth == CLIENTAUTH_BASIC)
		url_put_pair(form, "client_id", signin->provider->client_id);
	if (*signin->scopes)
		url_put_pair(form, "scope", signin->scopes);
	if (*signin->acr_values)
		url_put_pair(form, "acr_values", signin->acr_values);
	provider_put_resource(signin->provider, form, signin->resource);
	if (signin->max_age != UINT32_MAX &&
	    snprintf(max_age, sizeof(max_age), "%u", signin->max_age) > 0)
		url_put_pair(form, "max_age", max_age);
	r = call_start(&signin->call, url);
	if (r < 0)
		signin_fail(signin, "internal", strerrordesc_np(-r));
}

static int signin_device_prepare(struct signin *signin)
{
	signin->call.done = signin_on_device;
	return timer_new(signin->net->event, SIGNIN_POLL_ACCURACY, signin_on_time, signin,
			 &signin->timer);
}

const struct signin_way signin_device_way = {
	.endpoint = PROVIDER_DEVICE,
	.prepare = signin_device_prepare,
	.begin = signin_device_begin,
};
