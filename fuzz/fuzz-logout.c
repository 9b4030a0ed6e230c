/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A template, a NUL, a client id. What is taken becomes an https address of the very host that is
 * written in it, without a brace; what is refused says why.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "idp-agentd/core/config-value.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/logout-url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char url[LOGOUT_URL_MAX + 1], reason[REASON_MAX] = "";
	char *text = calloc(1, size + 2);
	struct logout_values values = { .return_uri = "https://a.example/?b={c}",
					.error_uri = "https://e.example/" };
	int r;

	if (!text)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	values.client_id = text + strlen(text) + 1;
	if (values.client_id > text + size)
		values.client_id = "";
	r = logout_url_build(text, &values, reason, url);
	if (r != 0 && (r != CONFIG_E_REFUSED || !*reason))
		abort();
	if (r == 0 && (strpbrk(url, "{}") || !config_value_is_url(url) ||
		       strncmp(url, text, strcspn(text + 8, "/?") + 8) != 0))
		abort();
	free(text);
	return 0;
}
