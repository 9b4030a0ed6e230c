/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fields are built here and cleaned here; the journal's own protocol takes bytes with a length,
 * so nothing in a value can begin another field.
 */
#include "idp-agentd/core/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "common/buf.h"
#include "common/log.h"
#include "idp-agentd/core/prompt.h"
#include "idp-agentd/core/syncer.h"

#define AUDIT_FIELDS_MAX 21u
#define AUDIT_FIELD_MAX  1024u

/* One for each kind; never changed, never used for anything else. */
static const char *const audit_ids[] = {
	[AUDIT_DECISION] = "a6112e4bb1564e9d9a04642717c33392",
	[AUDIT_SESSION] = "f7056c431f0842ce8d9c06124893629c",
	[AUDIT_LEARNED] = "11f95567e64147b4bc24b946cf28ebfa",
	[AUDIT_SYNC] = "509c8eada1624aacaae0bed309fc654c",
	[AUDIT_CONFIG] = "c0892b70475d4a4a86469135eb37c1a8",
	[AUDIT_LINK] = "5d0adeee71ee41aab3e0629b7e887786",
	[AUDIT_REBIND] = "b3c1d4a9f0674d25a8b07c1e6d5f2e94",
	[AUDIT_KEY] = "47f6287d9e5a44f88c4cbcd14da5b34d",
	[AUDIT_TOKENS] = "eb22a470d1c7814064d87d84ab32cbaf",
	[AUDIT_VOUCHER] = "8c4b2c68aa754b7c82db1471a959f29c",
};

struct audit_fields {
	size_t n;
	struct iovec iov[AUDIT_FIELDS_MAX];
	char text[AUDIT_FIELDS_MAX][AUDIT_FIELD_MAX];
};

static void audit_put(struct audit_fields *fields, const char *name, const char *value)
{
	struct buf out;

	if (!value || !*value || fields->n == AUDIT_FIELDS_MAX)
		return;
	buf_init_fixed(&out, fields->text[fields->n], AUDIT_FIELD_MAX);
	buf_put_text(&out, name);
	buf_put_text(&out, "=");
	prompt_put_clean(&out, value, AUDIT_FIELD_MAX - out.len - 2);
	if (buf_end(&out) < 0)
		return;
	fields->iov[fields->n++] = (struct iovec){ .iov_base = out.data, .iov_len = out.len };
}

static int audit_send(const struct audit_event *event)
{
	struct audit_fields fields = { .n = 0 };
	char priority[2] = { (char)('0' + (event->priority & 7)), '\0' };

	audit_put(&fields, "MESSAGE", event->message);
	audit_put(&fields, "MESSAGE_ID", audit_ids[event->kind]);
	audit_put(&fields, "PRIORITY", priority);
	audit_put(&fields, "SYSLOG_IDENTIFIER", "idp-agentd");
	audit_put(&fields, "IDP_USER", event->user);
	audit_put(&fields, "IDP_SERVICE", event->service);
	audit_put(&fields, "IDP_RESULT", event->result);
	audit_put(&fields, "IDP_REASON", event->reason);
	audit_put(&fields, "IDP_DETAIL", event->detail);
	audit_put(&fields, "IDP_SOURCE", event->source);
	audit_put(&fields, "IDP_TTY", event->tty);
	audit_put(&fields, "IDP_PROVIDER", event->provider);
	audit_put(&fields, "IDP_SUBJECT", event->subject);
	audit_put(&fields, "IDP_RULE", event->rule);
	audit_put(&fields, "IDP_DIRECTORY", event->directory);
	audit_put(&fields, "IDP_STEP_UP", event->step_up);
	audit_put(&fields, "IDP_ASKER", event->asker);
	audit_put(&fields, "IDP_JTI", event->jti);
	audit_put(&fields, "IDP_CLIENT", event->client);
	audit_put(&fields, "IDP_PURPOSE", event->purpose);
	audit_put(&fields, "IDP_AUDIENCE", event->audience);
	return sd_journal_sendv(fields.iov, (int)fields.n);
}

void audit_write(const struct audit_event *event)
{
	const char *detail = event->detail ? event->detail : "";

	if (event->priority > log_get_level())
		return;
	if (getenv("JOURNAL_STREAM") && audit_send(event) >= 0)
		return;
	log_write(event->priority, "%s%s%s%s", event->message, *detail ? " (" : "", detail,
		  *detail ? ")" : "");
}

void audit_sync(const char *directory, bool full, const struct syncer_result *result,
		const char *error)
{
	char message[512];
	const struct audit_event event = {
		.kind = AUDIT_SYNC,
		.priority = *error ? LOG_WARNING : LOG_INFO,
		.message = message,
		.result = *error ? "failed" : "done",
		.detail = error,
		.directory = directory,
	};

	(void)snprintf(
		message, sizeof(message),
		"directory %s: %s pass %s, %llu people, %llu added, %llu changed, %llu gone, "
		"%llu refused",
		directory, full ? "full" : "short", *error ? "failed" : "done",
		(unsigned long long)result->seen, (unsigned long long)result->added,
		(unsigned long long)result->changed, (unsigned long long)result->retired,
		(unsigned long long)result->refused);
	audit_write(&event);
	for (size_t i = 0; i < result->n_problems && i < SYNCER_PROBLEMS_MAX; i++)
		log_warning("directory %s: %s", directory, result->problems[i]);
}

const char *audit_result(enum wire_result result)
{
	switch (result) {
	case WIRE_DENY:
		return "deny";
	case WIRE_PERMIT:
		return "permit";
	case WIRE_NOT_OURS:
		return "not-ours";
	case WIRE_UNAVAIL:
		return "unavailable";
	case WIRE_EXPIRED:
		return "expired";
	case WIRE_BUSY:
		return "busy";
	}
	return "deny";
}
