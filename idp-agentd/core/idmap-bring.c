/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An import: lines as they come, each weighed and kept aside, and all of them in force at once, or
 * none. MUST:
 *  1. nothing counts before the whole file was read, its end was right and nothing was refused;
 *  2. whoever is gone, and whatever fails, leaves the record as it was;
 *  3. until then nobody gets an id that stands in the file, nor another id than stands there;
 *  4. whoever was kept waiting by that is looked for again at the end, whatever the end is, and
 *     a client that falls silent brings it about.
 */
#include "idp-agentd/core/idmap-control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/log.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/idmap-import.h"
#include "idp-agentd/core/passes.h"
#include "idp-agentd/core/publishing.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/store-ids.h"
#include "idp-agentd/core/timer.h"

#define SHOWN_MAX  100u  /* conflicts told one by one */
#define TRIM_SLICE 1000u /* rows of imports that came to nothing, removed a message */

struct bring {
	const struct control_parts *parts;
	struct conn *conn;
	struct idmap_reader *reader;
	sd_event_source *silence;
	bool dry_run;
	bool waited; /* somebody was refused meanwhile (idmap.h), or may come in now */
	uint64_t n_lines, n_new, n_same, n_refused;
};

static void bring_free(struct bring *bring)
{
	struct idmap *map = &bring->parts->authority->idmap;

	map->importing = 0; /* MUST 2: what is aside counts for nothing */
	map->waited = NULL;
	if (bring->waited) /* MUST 4: a directory that tells changes only does not name them again */
		IGNORE(passes_request(bring->parts->passes, "", true, false, NULL));
	sd_event_source_disable_unref(bring->silence);
	idmap_reader_free(bring->reader);
	free(bring);
}

static void bring_on_gone(void *userdata)
{
	log_notice("an import of ids was given up: nothing was changed");
	bring_free(userdata);
}

static void bring_end(struct bring *bring, uint32_t status, const char *code, const char *text)
{
	row_end(bring->conn, status, code, text);
	conn_end_job(bring->conn);
	bring_free(bring);
}

static void bring_failed(struct bring *bring, int r)
{
	char text[REASON_MAX];

	(void)snprintf(text, sizeof(text), "Nothing was changed: the record cannot be written: %s.",
		       strerrordesc_np(r < 0 ? -r : EIO));
	bring_end(bring, 1, "store", text);
}

static void bring_bad(struct bring *bring, const char *reason)
{
	char text[2 * REASON_MAX];

	(void)snprintf(text, sizeof(text), "Nothing was changed: %s.", reason);
	bring_end(bring, 1, "bad-file", text);
}

static void bring_progress(const struct bring *bring)
{
	struct buf out;

	conn_begin(bring->conn, &out, MSG_PROGRESS);
	wire_put_u32(&out, bring->n_lines < UINT32_MAX ? (uint32_t)bring->n_lines : UINT32_MAX);
	wire_put_u32(&out, 0);
	wire_put_str(&out, "ids");
	conn_send(bring->conn, &out);
}

static void bring_refuse(struct bring *bring, const char *reason)
{
	struct row row;

	if (bring->n_refused++ >= SHOWN_MAX)
		return;
	row_begin(&row, "conflict");
	row_put_number(&row, "line", bring->n_lines);
	row_put_text(&row, "text", reason);
	row_send(&row, bring->conn);
}

/* One line. 0, IDMAP_FILE_E_SHAPE with a reason, or -errno. */
static int bring_line(struct bring *bring, const char *text, size_t len,
		      char reason[static REASON_MAX])
{
	const struct idmap *map = &bring->parts->authority->idmap;
	struct idmap_line line;
	int r = idmap_reader_next(bring->reader, text, len, &line, reason);

	bring->n_lines++;
	if (r == IDMAP_FILE_E_NONE)
		return 0;
	if (r != 0)
		return r;
	r = idmap_import(map, &line, reason);
	if (r == 0)
		bring->n_new++;
	else if (r == IDMAP_IMPORT_SAME)
		bring->n_same++;
	else if (r > 0)
		bring_refuse(bring, reason);
	return r < 0 ? r : 0;
}

static int bring_lines(struct bring *bring, const char *text, char reason[static REASON_MAX])
{
	int r = 0;

	while (r == 0 && *text) {
		size_t len = strcspn(text, "\n");

		if (!text[len])
			return -EPROTO; /* a line is never cut in two */
		r = bring_line(bring, text, len, reason);
		text += len + 1;
	}
	return r;
}

/* In one transaction that need not outlive the power: the seal is what must. */
static int bring_take(struct bring *bring, const char *text, char reason[static REASON_MAX])
{
	struct store *store = bring->parts->authority->store;
	bool own, more;
	int r = store_enter(store, STORE_RELAXED, &own);

	if (r != 0)
		return r;
	r = store_leave(store, own, bring_lines(bring, text, reason));
	return r != 0 ? r
		      : store_trim_given(store, bring->parts->authority->idmap.importing, TRIM_SLICE,
					 &more);
}

static void bring_audit(const struct bring *bring)
{
	char message[128], asker[16];
	const struct audit_event event = {
		.kind = AUDIT_CONFIG,
		.priority = LOG_NOTICE,
		.message = message,
		.result = "imported",
		.asker = asker,
	};

	(void)snprintf(asker, sizeof(asker), "%u", conn_peer(bring->conn)->uid);
	(void)snprintf(message, sizeof(message), "ids were imported: %llu are kept for who comes",
		       (unsigned long long)bring->n_new);
	audit_write(&event);
}

static void bring_summary(const struct bring *bring, const char *what, char *text, size_t room)
{
	(void)snprintf(text, room, "%s: %llu new, %llu as they are here, %llu refused.", what,
		       (unsigned long long)bring->n_new, (unsigned long long)bring->n_same,
		       (unsigned long long)bring->n_refused);
}

/* MUST 1 */
static void bring_finish(struct bring *bring)
{
	struct authority *authority = bring->parts->authority;
	char reason[REASON_MAX], text[2 * REASON_MAX];
	size_t n_groups = 0;
	int r = idmap_reader_end(bring->reader, reason);

	if (r != 0) {
		bring_bad(bring, reason);
		return;
	}
	if (bring->n_refused > 0 || bring->dry_run) {
		bring_summary(bring, bring->dry_run ? "Tried only, nothing was changed"
						    : "Nothing was changed",
			      text, sizeof(text));
		bring_end(bring, bring->n_refused > 0, bring->n_refused > 0 ? "conflicts" : "",
			  text);
		return;
	}
	r = store_seal_given(authority->store, authority->idmap.importing);
	if (r != 0) {
		bring_failed(bring, r);
		return;
	}
	authority->idmap.importing = 0; /* it counts as any other from here on */
	bring_audit(bring);
	r = idmap_claim_waiting(&authority->idmap, &n_groups);
	if (r != 0)
		log_error("groups that were refused do not have their ids yet: %s",
			  strerrordesc_np(-r));
	if (n_groups > 0)
		publishing_request(bring->parts->publishing);
	bring_summary(bring, "Imported", text, sizeof(text));
	bring->waited = bring->n_new > 0; /* who was refused may come in now; else at its time */
	bring_end(bring, 0, "", text);
}

static int bring_on_silence(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	bring_bad(userdata, "no more of the file has come for too long");
	return 0;
}

static int bring_on_message(void *userdata, struct wire_in *in)
{
	struct bring *bring = userdata;
	const char *text = wire_get_str(in, WIRE_STRING_MAX);
	char reason[REASON_MAX] = "";
	int r;

	if (wire_close(in) < 0 ||
	    timer_set(bring->silence, clock_add(clock_now(), IDMAP_SILENCE_MAX)) < 0)
		return -EPROTO;
	if (!*text) {
		bring_finish(bring);
		return 0;
	}
	r = bring_take(bring, text, reason);
	if (r == -EPROTO)
		return r;
	if (r < 0)
		bring_failed(bring, r);
	else if (r > 0)
		bring_bad(bring, reason);
	else
		bring_progress(bring);
	return 0;
}

static const struct conn_job bring_job = { .message = bring_on_message, .gone = bring_on_gone };

int idmap_bring_request(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	struct idmap *map = &parts->authority->idmap;
	bool dry_run = wire_get_bool(in);
	struct bring *bring;
	int r;

	if (wire_close(in) < 0)
		return -EPROTO;
	if (map->importing) {
		row_end(conn, 1, "busy", "Nothing was changed: another import is under way.");
		return 0;
	}
	bring = calloc(1, sizeof(*bring));
	if (!bring)
		return -ENOMEM;
	*bring = (struct bring){ .parts = parts, .conn = conn, .dry_run = dry_run };
	conn_begin_job(conn, &bring_job, bring, PERMIT_TALK);
	conn_set_state(conn, PERMIT_ASKED);
	bring->reader = idmap_reader_new();
	map->waited = &bring->waited;
	r = bring->reader ? sd_event_add_time(parts->event, &bring->silence, CLOCK_BOOTTIME,
					      clock_add(clock_now(), IDMAP_SILENCE_MAX),
					      USEC_PER_SEC, bring_on_silence, bring)
			  : -ENOMEM;
	if (r >= 0)
		r = store_begin_given(parts->authority->store, &map->importing);
	if (r != 0)
		bring_failed(bring, r);
	else
		bring_progress(bring);
	return 0;
}
