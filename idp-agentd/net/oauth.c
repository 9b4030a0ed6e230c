/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OAuth answers. MUST: every text is bounded and printable before it leaves this file; a token
 * is copied once, into memory that is erased; a number out of range is an error, not a guess; what
 * is handed on as properties of an answer holds no token.
 */
#include "idp-agentd/net/oauth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/reason.h"
#include "idp-agentd/net/json.h"
#include "idp-agentd/net/url.h"

/* The lifetime INDIGO IAM means when it leaves expires_in out; RFC 8628 wants it said. */
#define OAUTH_EXPIRES_DEFAULT 600

static bool oauth_is_vschar(const char *text)
{
	for (; *text; text++)
		if (*text <= 0x20 || *text >= 0x7f)
			return false;
	return true;
}

/* A member that is a text of visible ASCII, 1 to max bytes. */
static int oauth_get_word(const json_t *object, const char *key, size_t max, const char **ret_text)
{
	const char *text = NULL;
	int r = json_get_text(object, key, max, &text);

	if (r == JSON_E_ABSENT)
		return r;
	if (r != 0 || !*text || !oauth_is_vschar(text))
		return JSON_E_TYPE;
	*ret_text = text;
	return 0;
}

static int oauth_get_secret(const json_t *object, const char *key, size_t max,
			    struct secret **ret_secret)
{
	const char *text = NULL;
	int r = oauth_get_word(object, key, max, &text);

	if (r == JSON_E_ABSENT)
		return r;
	if (r != 0)
		return OAUTH_E_SHAPE;
	*ret_secret = secret_new(text, strlen(text));
	return *ret_secret ? 0 : -ENOMEM;
}

/* Seconds as a number, or as the digits in a text that older platforms send. */
static int oauth_get_seconds(const json_t *object, const char *key, int64_t fallback,
			     int64_t *ret_seconds)
{
	const char *text = NULL;
	char *end = NULL;
	int r = json_get_int(object, key, 0, INT32_MAX, ret_seconds);

	if (r == 0)
		return 0;
	if (r == JSON_E_ABSENT) {
		*ret_seconds = fallback;
		return 0;
	}
	if (oauth_get_word(object, key, 9, &text) != 0 ||
	    strspn(text, "0123456789") != strlen(text))
		return OAUTH_E_SHAPE;
	*ret_seconds = strtol(text, &end, 10);
	return 0;
}

static int oauth_parse_object(const void *body, size_t len, json_t **ret_object)
{
	int r = json_parse(body, len, HTTP_BODY_MAX, JSON_ROOT_OBJECT, ret_object);

	return r > 0 ? OAUTH_E_JSON : r;
}

void oauth_error_parse(const void *body, size_t len, struct oauth_error *ret_error)
{
	_cleanup_(json_release_p) json_t *object = NULL;
	const char *text = NULL;

	*ret_error = (struct oauth_error){ .code = "" };
	if (oauth_parse_object(body, len, &object) != 0)
		return;
	if (oauth_get_word(object, "error", sizeof(ret_error->code) - 1, &text) == 0)
		reason_copy_printable(text, ret_error->code, sizeof(ret_error->code));
	/* RFC 6749, or the "detail" of a problem document (RFC 9457). */
	if (json_get_text(object, "error_description", HTTP_BODY_MAX, &text) == 0 ||
	    json_get_text(object, "detail", HTTP_BODY_MAX, &text) == 0)
		reason_copy_printable(text, ret_error->text, sizeof(ret_error->text));
}

static int oauth_device_uris(const json_t *object, struct oauth_device *device)
{
	const char *uri = NULL;
	const char *complete = NULL;

	/* "verification_url" is what was deployed before the RFC, and still is in places. */
	if (oauth_get_word(object, "verification_uri", URL_LEN_MAX, &uri) != 0 &&
	    oauth_get_word(object, "verification_url", URL_LEN_MAX, &uri) != 0)
		return OAUTH_E_SHAPE;
	if (!url_is_https(uri))
		return OAUTH_E_URL;
	device->uri = strdup(uri);
	if (!device->uri)
		return -ENOMEM;
	if (oauth_get_word(object, "verification_uri_complete", URL_LEN_MAX, &complete) != 0 ||
	    !url_is_https(complete))
		return 0;
	device->uri_complete = strdup(complete);
	return device->uri_complete ? 0 : -ENOMEM;
}

static int oauth_device_times(const json_t *object, struct oauth_device *device)
{
	int64_t expires = 0;
	int64_t interval = 0;
	int r = oauth_get_seconds(object, "expires_in", OAUTH_EXPIRES_DEFAULT, &expires);

	if (r == 0)
		r = oauth_get_seconds(object, "interval", DEVICE_INTERVAL_DEFAULT / USEC_PER_SEC,
				      &interval);
	if (r != 0)
		return r;
	if (expires == 0)
		return OAUTH_E_SHAPE;
	device->expires_in = (usec_t)expires * USEC_PER_SEC;
	if (device->expires_in > FLOW_LIFE_MAX)
		device->expires_in = FLOW_LIFE_MAX;
	device->interval = interval > 0 ? (usec_t)interval * USEC_PER_SEC : USEC_PER_SEC;
	/* Longer than the code lives means: never. Asking sooner than told is not ours to decide.
	 */
	if (device->interval > FLOW_LIFE_MAX)
		device->interval = FLOW_LIFE_MAX;
	return 0;
}

int oauth_device_parse(const void *body, size_t len, struct oauth_device *ret_device)
{
	_cleanup_(json_release_p) json_t *object = NULL;
	const char *user_code = NULL;
	int r;

	*ret_device = OAUTH_DEVICE_NULL;
	r = oauth_parse_object(body, len, &object);
	if (r != 0)
		return r;
	r = oauth_get_secret(object, "device_code", JWS_LEN_MAX, &ret_device->device_code);
	if (r != 0)
		return r == JSON_E_ABSENT ? OAUTH_E_SHAPE : r;
	if (json_get_text(object, "user_code", OAUTH_USER_CODE_MAX, &user_code) != 0 || !*user_code)
		return OAUTH_E_SHAPE;
	reason_copy_printable(user_code, ret_device->user_code, sizeof(ret_device->user_code));
	/* A code a person would copy wrongly is no code. */
	if (strcmp(user_code, ret_device->user_code) != 0)
		return OAUTH_E_SHAPE;
	r = oauth_device_uris(object, ret_device);
	if (r != 0)
		return r;
	return oauth_device_times(object, ret_device);
}

void oauth_device_done(struct oauth_device *device)
{
	device->device_code = secret_free(device->device_code);
	free(device->uri);
	free(device->uri_complete);
	*device = OAUTH_DEVICE_NULL;
}

/*
 * Takes out of the object what is a secret or was meant for the client alone, now and in answers
 * to come: RFC 6749 section 5.1, OIDC Core 3.1.3.3, OpenID Connect Native SSO, RFC 8693.
 */
static void oauth_strip(json_t *object)
{
	static const char *const members[] = {
		"access_token",
		"refresh_token",
		"id_token",
		"device_secret",
		"token_type",
		"expires_in",
		"scope",
		"refresh_expires_in",
		"refresh_token_expires_in",
		"issued_token_type",
		"client_secret",
		"subject_token",
		"actor_token",
	};

	for (size_t i = 0; i < ELEMENTSOF(members); i++)
		IGNORE(json_object_del(object, members[i])); /* absent is fine */
}

int oauth_tokens_parse(const void *body, size_t len, bool dpop, struct oauth_tokens *ret_tokens)
{
	_cleanup_(json_release_p) json_t *object = NULL;
	const char *text = NULL;
	int64_t expires = 0;
	int r;

	*ret_tokens = OAUTH_TOKENS_NULL;
	r = oauth_parse_object(body, len, &object);
	if (r != 0)
		return r;
	r = oauth_get_secret(object, "access_token", JWS_LEN_MAX, &ret_tokens->access_token);
	if (r != 0)
		return r == JSON_E_ABSENT ? OAUTH_E_SHAPE : r;
	r = oauth_get_word(object, "token_type", 64, &text);
	if (r != 0)
		return OAUTH_E_SHAPE;
	if (strcasecmp(text, dpop ? "DPoP" : "Bearer") != 0)
		return OAUTH_E_TYPE;
	r = oauth_get_secret(object, "id_token", JWS_LEN_MAX, &ret_tokens->id_token);
	if (r != 0 && r != JSON_E_ABSENT)
		return r;
	r = oauth_get_secret(object, "refresh_token", JWS_LEN_MAX, &ret_tokens->refresh_token);
	if (r < 0) /* one of a wrong kind is as good as none: it could not be used */
		return r;
	r = oauth_get_seconds(object, "expires_in", 0, &expires);
	if (r != 0)
		return r;
	ret_tokens->expires_in = (usec_t)expires * USEC_PER_SEC;
	r = json_get_text(object, "scope", OAUTH_SCOPE_MAX, &text);
	if (r != 0 && r != JSON_E_ABSENT)
		return OAUTH_E_SHAPE;
	ret_tokens->scope = r == 0 ? strdup(text) : NULL;
	if (r == 0 && !ret_tokens->scope)
		return -ENOMEM;
	oauth_strip(object);
	ret_tokens->properties = TAKE_PTR(object);
	return 0;
}

void oauth_tokens_done(struct oauth_tokens *tokens)
{
	tokens->access_token = secret_free(tokens->access_token);
	tokens->id_token = secret_free(tokens->id_token);
	tokens->refresh_token = secret_free(tokens->refresh_token);
	free(tokens->scope);
	json_release_p(&tokens->properties);
	*tokens = OAUTH_TOKENS_NULL;
}

const char *oauth_sentence(int outcome)
{
	switch (outcome) {
	case OAUTH_E_JSON:
		return "the answer is not a JSON object";
	case OAUTH_E_SHAPE:
		return "the answer lacks a member it must have, or one is of the wrong kind";
	case OAUTH_E_URL:
		return "the address where people enter their code is not an https address";
	case OAUTH_E_TYPE:
		return "the token is of another kind than this host asks for (token_type): Bearer, "
		       "or DPoP where dpop = yes";
	default:
		return "the answer could not be read";
	}
}
