/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UserInfo. MUST: its sub is exactly the ID token's; the token is sent to the endpoint of the
 * checked metadata and nowhere else (http.c follows no redirect here).
 */
#include "idp-agentd/net/userinfo.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "common/reason.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/provider.h"

int userinfo_start(struct net *net, const struct provider *provider, const struct secret *token,
		   http_done_fn done, void *userdata, struct http_request **ret_request)
{
	const struct http_order order = {
		.url = provider_endpoint(provider, PROVIDER_USERINFO),
		.ca = provider->ca,
		.bearer = token,
	};

	return order.url ? http_start(net->http, &order, done, userdata, ret_request) : -ENOTSUP;
}

/* OIDC Core section 2: ASCII; and nothing a log or a terminal minds. */
static bool userinfo_is_subject(const char *sub)
{
	const char *at = sub;

	while (*at >= 0x20 && *at < 0x7f)
		at++;
	return at > sub && !*at;
}

int userinfo_read(const struct http_answer *answer, const char *subject,
		  char reason[static REASON_MAX], json_t **ret_object)
{
	_cleanup_(json_release_p) json_t *object = NULL;
	const char *sub = NULL;
	int r;

	if (answer->error != HTTP_OK)
		return reason_refuse(USERINFO_E_UNREACHABLE, reason, "%s", answer->reason);
	if (answer->status >= 500 || answer->status == 429)
		return reason_refuse(USERINFO_E_UNREACHABLE, reason,
				     "the platform could not say who this is just now (userinfo)");
	if (answer->status != 200)
		return reason_refuse(USERINFO_E_REFUSED, reason,
				     "the platform did not let us read its userinfo");
	if (strcmp(answer->content_type, "application/jwt") == 0)
		return reason_refuse(
			USERINFO_E_SHAPE, reason,
			"userinfo came as a signed token: set its answer to plain JSON");
	r = json_parse(answer->body, answer->body_len, HTTP_BODY_MAX, JSON_ROOT_OBJECT, &object);
	if (r < 0)
		return r;
	if (r > 0 || json_get_text(object, "sub", SUBJECT_LEN_MAX, &sub) != 0 ||
	    !userinfo_is_subject(sub))
		return reason_refuse(USERINFO_E_SHAPE, reason,
				     "userinfo is not a JSON object that says sub");
	if (subject && strcmp(sub, subject) != 0)
		return reason_refuse(USERINFO_E_SOMEBODY, reason,
				     "userinfo is about somebody else than the ID token");
	*ret_object = TAKE_PTR(object);
	return 0;
}

const char *userinfo_reason(int outcome)
{
	switch (outcome) {
	case USERINFO_E_UNREACHABLE:
		return "userinfo-unreachable";
	case USERINFO_E_REFUSED:
		return "userinfo-refused";
	case USERINFO_E_SHAPE:
		return "userinfo-shape";
	case USERINFO_E_SOMEBODY:
		return "userinfo-somebody";
	default:
		return "userinfo-failed";
	}
}
