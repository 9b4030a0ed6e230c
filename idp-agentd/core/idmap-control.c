/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* idpctl idmap: who has which id, who was refused, and what root gives by hand. */
#include "idp-agentd/core/idmap-control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/log.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/conn.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/idmap-import.h"
#include "idp-agentd/core/job.h"
#include "idp-agentd/core/lookup.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/publishing.h"
#include "idp-agentd/core/row.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store-ids.h"
#include "idp-agentd/core/store-person.h"

#define PAGE        128u  /* ids looked at for one answer; as many as fit are sent */
#define CLASHES     32u   /* read at a time */
#define CLASHES_MAX 1000u /* told one by one */
#define DOCTOR_MAX  5u

static void end_failed(struct conn *conn, int r)
{
	char text[REASON_MAX];

	(void)snprintf(text, sizeof(text), "The record cannot be read or written: %s.",
		       strerrordesc_np(r < 0 ? -r : EIO));
	row_end(conn, 1, "store", text);
}

/* ---- IDMAP_EXPORT ---- */

/* Lines of text after this one, "" at the end. */
static int fill_page(const struct idmap *map, const struct idmap_line *after, bool first,
		     struct buf *out)
{
	_cleanup_free_ struct idmap_line *lines = calloc(PAGE, sizeof(*lines));
	size_t n = 0;
	int r;

	if (!lines)
		return -ENOMEM;
	if (first)
		idmap_file_put_head(out, map->first, map->last);
	r = store_ids_after(map->store, after, PAGE, lines, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		if (out->len + IDMAP_LINE_MAX >= WIRE_STRING_MAX)
			break;
		idmap_line_put(out, &lines[i]);
	}
	return r != 0 ? r : buf_end(out);
}

static int control_export(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	struct idmap_line after = { .kind = IDMAP_PERSON };
	const char *cursor = wire_get_str(in, IDMAP_LINE_MAX);
	bool first = !*cursor;
	char reason[REASON_MAX];
	struct buf text;
	struct row row;
	int r = 0;

	if (!first)
		r = idmap_line_read(cursor, strlen(cursor), &after, reason);
	if (wire_close(in) < 0 || r != 0)
		return -EPROTO;
	buf_init(&text, WIRE_STRING_MAX);
	r = fill_page(&parts->authority->idmap, &after, first, &text);
	if (r == 0) {
		buf_put_u8(&text, 0);
		r = buf_end(&text);
	}
	if (r == 0) {
		row_begin(&row, "ids");
		row_put_text(&row, "lines", (const char *)text.data);
		row_send(&row, conn);
		row_end(conn, 0, "", "");
	} else {
		end_failed(conn, r);
	}
	buf_done(&text);
	return 0;
}

/* ---- who was refused ---- */

struct told {
	uint64_t n; /* in all */
	int (*each)(struct told *told, const struct idmap *map, const struct store_clash *clash);
	void *userdata;
};

static int each_clash(const struct idmap *map, struct told *told)
{
	_cleanup_free_ struct store_clash *clashes = calloc(CLASHES, sizeof(*clashes));
	struct idmap_line after = { .kind = IDMAP_PERSON };
	size_t n = CLASHES;
	int r = clashes ? 0 : -ENOMEM;

	while (r == 0 && n == CLASHES) {
		r = store_clashes_after(map->store, &after, CLASHES, clashes, &n);
		for (size_t i = 0; i < n && r == 0; i++) {
			bool counts = false;

			after = clashes[i].who;
			r = idmap_weigh_clash(map, &clashes[i], &counts);
			if (r == 0 && counts)
				r = told->each(told, map, &clashes[i]);
			told->n += r == 0 && counts;
		}
	}
	return r;
}

static int clash_row(struct told *told, const struct idmap *map, const struct store_clash *clash)
{
	char holder[IDMAP_HOLDER_MAX], memory[2048];
	struct buf command;
	struct row row;
	int r;

	if (told->n >= CLASHES_MAX)
		return 0;
	buf_init_fixed(&command, memory, sizeof(memory));
	r = idmap_say_holder(map, clash->who.id, holder);
	if (r == 0)
		r = idmap_say_command(map, &clash->who, &command);
	if (r < 0 && r != -EMSGSIZE)
		return r;
	row_begin(&row, "clash");
	row_put_text(&row, "name", clash->who.name);
	row_put_text(&row, "kind", clash->who.kind == IDMAP_GROUP ? "group" : "user");
	row_put_number(&row, "id", clash->who.id);
	row_put_text(&row, "holder", *holder ? holder : "nobody any more");
	row_put_text(&row, "settle", r != 0	  ? "widen id_range"
				     : *holder ? memory
					       : "idpctl sync --full");
	row_put_text(&row, clash->who.kind == IDMAP_GROUP ? "directory" : "issuer",
		     clash->who.realm);
	row_put_text(&row, clash->who.kind == IDMAP_GROUP ? "dir_id" : "subject", clash->who.key);
	row_send(&row, told->userdata);
	return 0;
}

static int control_clashes(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	struct told told = { .each = clash_row, .userdata = conn };
	char text[REASON_MAX];
	int r;

	if (wire_close(in) < 0)
		return -EPROTO;
	r = each_clash(&parts->authority->idmap, &told);
	if (r != 0) {
		end_failed(conn, r);
		return 0;
	}
	(void)snprintf(text, sizeof(text), "%llu %s no id because another has it.",
		       (unsigned long long)told.n, told.n == 1 ? "has" : "have");
	row_end(conn, told.n > 0, told.n > 0 ? "clashes" : "", told.n > 0 ? text : "");
	return 0;
}

static int clash_finding(struct told *told, const struct idmap *map,
			 const struct store_clash *clash)
{
	char holder[IDMAP_HOLDER_MAX], memory[2048], text[2 * REASON_MAX];
	struct buf command;
	int r;

	if (told->n >= DOCTOR_MAX)
		return 0;
	buf_init_fixed(&command, memory, sizeof(memory));
	r = idmap_say_holder(map, clash->who.id, holder);
	if (r == 0)
		r = idmap_say_command(map, &clash->who, &command);
	if (r < 0 && r != -EMSGSIZE)
		return r;
	(void)snprintf(text, sizeof(text), "%s%.64s has no id: %u, the candidate, has %s.",
		       clash->who.kind == IDMAP_GROUP ? "The group " : "", clash->who.name,
		       clash->who.id, *holder ? holder : "nobody any more");
	job_tell(told->userdata, &(struct finding){ WIRE_FINDING_ERROR, "ids", text,
						    r != 0	? "Widen id_range."
						    : *holder ? memory
							      : "idpctl sync --full" });
	return 0;
}

void idmap_doctor(struct job *job)
{
	struct told told = { .each = clash_finding, .userdata = job };
	char text[REASON_MAX];
	int r = each_clash(&job->parts->authority->idmap, &told);

	if (r < 0)
		(void)snprintf(text, sizeof(text), "Who was refused an id cannot be read: %s.",
			       strerrordesc_np(-r));
	else if (told.n > DOCTOR_MAX)
		(void)snprintf(text, sizeof(text), "So have %llu more.",
			       (unsigned long long)(told.n - DOCTOR_MAX));
	else
		return;
	job_tell(job, &(struct finding){ WIRE_FINDING_ERROR, "ids", text,
					 r < 0 ? "See the journal." : "idpctl idmap check" });
}

/* ---- IDMAP_ASSIGN ---- */

struct assign {
	struct job job;
	struct idmap_line line;
	struct lookup_waiter *waiter;
};

static void assign_end(struct assign *assign)
{
	const struct idmap *map = &assign->job.parts->authority->idmap;
	_cleanup_(person_freep) struct person *person = NULL;
	char text[REASON_MAX];
	int r = store_find_subject(map->store, assign->line.realm, assign->line.key, &person);

	if (r == 0)
		(void)snprintf(text, sizeof(text), "%.64s has uid %u now.", person->name,
			       person->uid);
	else
		(void)snprintf(text, sizeof(text),
			       "%.64s gets uid %u when the directory next names the person: idpctl "
			       "sync --full",
			       assign->line.name, assign->line.id);
	job_end(&assign->job, 0, "", text);
}

static void assign_on_found(void *userdata, enum lookup_outcome outcome)
{
	struct assign *assign = userdata;

	(void)outcome; /* the record tells */
	assign->waiter = NULL;
	assign_end(assign);
}

static void assign_abandon(struct job *job)
{
	lookup_cancel(((struct assign *)job)->waiter);
}

static const struct job_ops assign_ops = { .abandon = assign_abandon };

/* The person may come in at once: the directories are asked for the name. */
static int assign_look(const struct control_parts *parts, struct conn *conn,
		       const struct idmap_line *line)
{
	struct assign *assign = calloc(1, sizeof(*assign));
	struct lookup_waiter *waiter = NULL;

	if (!assign)
		return -ENOMEM;
	assign->line = *line;
	job_begin(&assign->job, &assign_ops, parts, conn);
	IGNORE(lookup_flush(parts->lookup)); /* it was looked up in vain, most likely */
	if (lookup_user(parts->lookup, line->name, 0, clock_add(clock_now(), NSS_DEADLINE),
			assign_on_found, assign, &waiter) < 0)
		assign_end(assign);
	else if (waiter)
		assign->waiter = waiter;
	return 0;
}

/* A group that clashed is in the record, without a gid. */
static int assign_group(const struct control_parts *parts, struct conn *conn,
			const struct idmap_line *line)
{
	const struct authority *authority = parts->authority;
	_cleanup_(group_freep) struct group *group = NULL;
	char reason[REASON_MAX] = "", text[2 * REASON_MAX];
	int r = store_find_group_dir_id(authority->store, line->realm, line->key, &group);

	if (r < 0)
		return r;
	if (r == 0 && !group->retired && group->gid == PERSON_ID_NONE)
		r = idmap_claim_group(&authority->idmap, group, reason);
	if (r < 0)
		return r;
	if (r == 0 && group->gid == line->id) {
		publishing_request(parts->publishing);
		(void)snprintf(text, sizeof(text), "The group %.64s has gid %u now.", line->name,
			       line->id);
	} else {
		(void)snprintf(text, sizeof(text), "%.64s gets gid %u when the directory next names it.%s%s",
			       line->name, line->id, *reason ? " " : "", reason);
	}
	row_end(conn, 0, "", text);
	return 0;
}

static void assign_audit(const struct conn *conn, const struct idmap_line *line)
{
	char message[160], asker[16], detail[REASON_MAX];
	const struct audit_event event = {
		.kind = AUDIT_CONFIG,
		.priority = LOG_NOTICE,
		.message = message,
		.result = line->id ? "assigned" : "taken-back",
		.detail = detail,
		.asker = asker,
	};

	(void)snprintf(asker, sizeof(asker), "%u", conn_peer(conn)->uid);
	if (line->id)
		(void)snprintf(message, sizeof(message), "%s%.64s was given id %u by hand",
			       line->kind == IDMAP_GROUP ? "the group " : "", line->name, line->id);
	else
		(void)snprintf(message, sizeof(message), "no id is kept for %s%.64s any more",
			       line->kind == IDMAP_GROUP ? "the group " : "", line->name);
	(void)snprintf(detail, sizeof(detail), "%.120s of %.120s", line->key, line->realm);
	audit_write(&event);
}

/* Who was refused under this name. False: END is sent. */
static bool find_refused(const struct idmap *map, struct conn *conn, const char *name,
			 struct idmap_line *line)
{
	_cleanup_(person_freep) struct person *person = NULL;
	struct store_clash clashes[2];
	char text[2 * REASON_MAX];
	bool group = line->kind == IDMAP_GROUP;
	size_t n = 0;
	int r = store_clashes_of(map->store, line->kind, name, ELEMENTSOF(clashes), clashes, &n);

	if (r != 0) {
		end_failed(conn, r);
		return false;
	}
	if (n == 1) {
		uint32_t id = line->id;

		*line = clashes[0].who;
		line->id = id;
		return true;
	}
	if (n > 1)
		(void)snprintf(text, sizeof(text),
			       "More than one called %.64s was refused: say which, by %s; idpctl "
			       "idmap check lists them.",
			       name, group ? "DIRECTORY and ID" : "ISSUER and SUBJECT");
	else if (!group && store_find_name(map->store, name, &person) == 0)
		(void)snprintf(text, sizeof(text),
			       "%.64s has uid %u, and ids once given are never changed.", name,
			       person->uid);
	else
		(void)snprintf(text, sizeof(text),
			       "Nobody called %.64s was refused an id here. For somebody who has not been "
			       "seen yet: idpctl idmap assign%s",
			       name, group ? "-group DIRECTORY ID GID" : " ISSUER SUBJECT UID");
	row_end(conn, 1, n > 1 ? "ambiguous" : "not-found", text);
	return false;
}

static int assign_do(const struct control_parts *parts, struct conn *conn,
		     const struct idmap_line *line)
{
	const struct idmap *map = &parts->authority->idmap;
	char reason[REASON_MAX] = "", text[2 * REASON_MAX];
	int r = line->id ? idmap_assign(map, line, reason) : idmap_take_back(map, line, reason);

	if (r < 0) {
		end_failed(conn, r);
		return 0;
	}
	if (r == IDMAP_IMPORT_SAME) {
		row_end(conn, 0, "", "It has this id already.");
		return 0;
	}
	if (r > 0) {
		(void)snprintf(text, sizeof(text), "Nothing was changed: %s.", reason);
		row_end(conn, 1, r == IDMAP_E_TAKEN ? "taken" : "refused", text);
		return 0;
	}
	assign_audit(conn, line);
	if (!line->id) {
		row_end(conn, 0, "", "No id is kept any more.");
		return 0;
	}
	return line->kind == IDMAP_GROUP ? assign_group(parts, conn, line)
					 : assign_look(parts, conn, line);
}

static int control_assign(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	struct idmap_line line = { .kind = wire_get_bool(in) ? IDMAP_GROUP : IDMAP_PERSON };
	const char *realm = wire_get_str(in, ISSUER_LEN_MAX);
	const char *key = wire_get_str(in, SUBJECT_LEN_MAX);

	line.id = wire_get_u32(in);
	if (wire_close(in) < 0)
		return -EPROTO;
	line.gid = line.kind == IDMAP_GROUP ? line.id : PERSON_ID_NONE;
	if (!*realm) {
		if (!find_refused(&parts->authority->idmap, conn, key, &line))
			return 0;
		line.gid = line.kind == IDMAP_GROUP ? line.id : PERSON_ID_NONE;
	} else {
		(void)snprintf(line.realm, sizeof(line.realm), "%s", realm);
		(void)snprintf(line.key, sizeof(line.key), "%s", key);
		(void)snprintf(line.name, sizeof(line.name), "%s", key);
	}
	return assign_do(parts, conn, &line);
}

int idmap_control_request(const struct control_parts *parts, struct conn *conn, struct wire_in *in)
{
	if (in->type == MSG_IDMAP_EXPORT)
		return control_export(parts, conn, in);
	if (in->type == MSG_IDMAP_CLASHES)
		return control_clashes(parts, conn, in);
	return in->type == MSG_IDMAP_ASSIGN ? control_assign(parts, conn, in) : -EPROTO;
}
