/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What any program may send to the port where idpctl login waits. The properties: what is handed
 * on is printable and inside what was read, at the path that was asked for; and no beginning of an
 * answer is anything but unfinished.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "idpctl/login-request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answer(const char *bytes, size_t size, const struct login_request *request)
{
	if (request->target < bytes || request->target + request->target_len > bytes + size ||
	    request->host < bytes || request->host + request->host_len > bytes + size)
		abort();
	for (size_t i = 0; i < request->target_len; i++)
		if (request->target[i] <= ' ' || request->target[i] > '~')
			abort();
	if (memcmp(request->target, "/cb?", 4) != 0 || request->host_len < 10)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct login_here here = { 4711, "/cb" };
	const char *bytes = (const char *)data;
	struct login_request request;

	if (size > LOGIN_REQUEST_MAX)
		size = LOGIN_REQUEST_MAX;
	if (login_request_read(bytes, size, &here, &request) != LOGIN_REQUEST_ANSWER) {
		if (request.target)
			abort();
		return 0;
	}
	check_answer(bytes, size, &request);
	for (size_t i = 0; i < size; i++)
		if (login_request_read(bytes, i, &here, &request) != LOGIN_REQUEST_MORE)
			abort();
	return 0;
}
