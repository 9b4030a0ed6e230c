/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-userdbd/call.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "idp-userdbd/describe.h"

static_assert(CALL_NAME_MAX > NAME_LEN_MAX && CALL_NAME_MAX > GROUP_NAME_LEN_MAX,
	      "a name that was cut is nobody's");

#define USERDB  DESCRIBE_USERDB
#define VARLINK DESCRIBE_VARLINK

static void json_freep(json_t **json)
{
	json_decref(*json);
}

/* Cuts what is too long: it is for the caller's eyes. */
static void call_set_word(struct call *call, const char *word)
{
	size_t len = strlen(word);

	if (len > CALL_NAME_MAX)
		len = CALL_NAME_MAX;
	while (len > 0 && ((unsigned char)word[len] & 0xc0) == 0x80)
		len--; /* not in the middle of a character */
	memcpy(call->word, word, len);
	call->word[len] = '\0';
}

static int call_refuse(struct call *call, enum call_outcome outcome, const char *word)
{
	call_set_word(call, word);
	return (int)outcome;
}

static int call_read_method(struct call *call, const char *method)
{
	static const struct {
		const char *name;
		enum call_method method;
	} methods[] = {
		{ USERDB ".GetUserRecord", CALL_USER },
		{ USERDB ".GetGroupRecord", CALL_GROUP },
		{ USERDB ".GetMemberships", CALL_MEMBERSHIPS },
		{ VARLINK ".GetInfo", CALL_INFO },
		{ VARLINK ".GetInterfaceDescription", CALL_DESCRIPTION },
	};
	const char *dot = strrchr(method, '.');
	size_t len = dot ? (size_t)(dot - method) : 0;

	for (size_t i = 0; i < ELEMENTSOF(methods); i++)
		if (strcmp(methods[i].name, method) == 0) {
			call->method = methods[i].method;
			return 0;
		}
	if ((len == STRLEN(USERDB) && memcmp(method, USERDB, len) == 0) ||
	    (len == STRLEN(VARLINK) && memcmp(method, VARLINK, len) == 0))
		return call_refuse(call, CALL_E_METHOD, method);
	call_set_word(call, method);
	if (len <= CALL_NAME_MAX)
		call->word[len] = '\0';
	return CALL_E_INTERFACE;
}

/* null counts as absent. A name that is too long for anybody is still too long when it was cut. */
static int call_read_name(struct call *call, const json_t *parameters, const char *key,
			  char ret[static CALL_NAME_MAX + 1], bool *ret_has)
{
	const json_t *value = json_object_get(parameters, key);
	size_t len;

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_string(value))
		return call_refuse(call, CALL_E_PARAMETER, key);
	len = json_string_length(value);
	if (len == 0)
		return call_refuse(call, CALL_E_PARAMETER, key);
	if (len > CALL_NAME_MAX)
		len = CALL_NAME_MAX;
	memcpy(ret, json_string_value(value), len);
	ret[len] = '\0';
	*ret_has = true;
	return 0;
}

static int call_read_id(struct call *call, const json_t *parameters, const char *key, uint32_t *ret,
			bool *ret_has)
{
	const json_t *value = json_object_get(parameters, key);

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) >= UINT32_MAX)
		return call_refuse(call, CALL_E_PARAMETER, key);
	*ret = (uint32_t)json_integer_value(value);
	*ret_has = true;
	return 0;
}

/* systemd.io/USER_GROUP_API: the caller says whom it means to speak to. */
static int call_read_service(struct call *call, const json_t *parameters)
{
	const json_t *service = json_object_get(parameters, "service");

	if (!json_is_string(service))
		return call_refuse(call, CALL_E_PARAMETER, "service");
	if (strcmp(json_string_value(service), CALL_SERVICE) != 0)
		return call_refuse(call, CALL_E_SERVICE, json_string_value(service));
	return 0;
}

static int call_read_description(struct call *call, const json_t *parameters)
{
	bool has = false;
	int r = call_read_name(call, parameters, "interface", call->word, &has);

	if (r == 0 && !has)
		return call_refuse(call, CALL_E_PARAMETER, "interface");
	return r == 0 && !describe_has(call->word) ? CALL_E_INTERFACE : r;
}

static int call_read_parameters(struct call *call, const json_t *parameters)
{
	int r;

	if (parameters && !json_is_null(parameters) && !json_is_object(parameters))
		return call_refuse(call, CALL_E_PARAMETER, "parameters");
	if (call->method == CALL_INFO)
		return 0;
	if (call->method == CALL_DESCRIPTION)
		return call_read_description(call, parameters);
	r = call_read_service(call, parameters);
	if (r == 0 && call->method != CALL_GROUP)
		r = call_read_name(call, parameters, "userName", call->user, &call->has_user);
	if (r == 0 && call->method == CALL_USER)
		r = call_read_id(call, parameters, "uid", &call->uid, &call->has_uid);
	if (r == 0 && call->method != CALL_USER)
		r = call_read_name(call, parameters, "groupName", call->group, &call->has_group);
	if (r == 0 && call->method == CALL_GROUP)
		r = call_read_id(call, parameters, "gid", &call->gid, &call->has_gid);
	return r;
}

/* Whether more than one record may come of it. */
static bool call_has_parts(const struct call *call)
{
	switch (call->method) {
	case CALL_USER:
		return !call->has_user && !call->has_uid;
	case CALL_GROUP:
		return !call->has_group && !call->has_gid;
	case CALL_MEMBERSHIPS:
		return true;
	case CALL_UNKNOWN:
	case CALL_INFO:
	case CALL_DESCRIPTION:
		break;
	}
	return false;
}

int call_parse(const char *bytes, size_t len, struct call *ret_call)
{
	_cleanup_(json_freep) json_t *json = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *method = json_object_get(json, "method");
	int r;

	if (!json_is_object(json) || !json_is_string(method))
		return CALL_E_BROKEN;
	*ret_call = (struct call){
		.more = json_is_true(json_object_get(json, "more")),
		.oneway = json_is_true(json_object_get(json, "oneway")),
	};
	if (json_is_true(json_object_get(json, "upgrade")))
		return CALL_E_BROKEN; /* to no protocol we know: nothing after it could be read */
	r = call_read_method(ret_call, json_string_value(method));
	if (r == 0)
		r = call_read_parameters(ret_call, json_object_get(json, "parameters"));
	if (r == 0 && call_has_parts(ret_call) && !ret_call->more)
		r = CALL_E_MORE;
	return r;
}
