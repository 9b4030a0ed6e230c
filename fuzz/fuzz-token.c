/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as the answer of the device authorization endpoint, of the token endpoint, and as an
 * OAuth error. What is taken is bounded and printable; only a sound token answer is a yes.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/net/device.h"
#include "idp-agentd/net/oauth.h"
#include "idp-agentd/net/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void require_printable(const char *text, size_t room)
{
	size_t len = strnlen(text, room);

	require(len < room);
	for (size_t i = 0; i < len; i++)
		require(text[i] >= 0x20 && text[i] < 0x7f);
}

static void try_device(const void *body, size_t len)
{
	struct oauth_device device;
	struct device machine;

	if (oauth_device_parse(body, len, &device) == 0) {
		require(device.device_code && device.device_code->len > 0);
		require_printable(device.user_code, sizeof(device.user_code));
		require(*device.user_code && url_is_https(device.uri));
		require(!device.uri_complete || url_is_https(device.uri_complete));
		require(device.expires_in > 0 && device.expires_in <= FLOW_LIFE_MAX);
		require(device.interval >= USEC_PER_SEC && device.interval <= FLOW_LIFE_MAX);
		device_begin(&machine, &device, USEC_PER_HOUR);
		require(device_deadline(&machine) > USEC_PER_HOUR);
	}
	oauth_device_done(&device);
}

static void try_poll(const char *body, size_t len, unsigned status)
{
	const struct http_answer answer = { .status = status, .body = body, .body_len = len };
	struct oauth_tokens tokens;
	struct oauth_error error;
	enum device_event event = device_read(&answer, false, &tokens, &error);

	require((event == DEVICE_TOKENS) == (tokens.access_token != NULL));
	require(event != DEVICE_TOKENS || status == 200);
	require_printable(error.code, sizeof(error.code));
	require_printable(error.text, sizeof(error.text));
	oauth_tokens_done(&tokens);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_device(data, size);
	try_poll((const char *)data, size, 200);
	try_poll((const char *)data, size, 400);
	return 0;
}
