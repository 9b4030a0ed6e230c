/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One id as a line of text. */

#include "idp-agentd/core/idmap-file.h"

#include <string.h>

#include "common/reason.h"
#include "common/utf8.h"
#include "idp-agentd/core/person.h"

#define FIELDS 7u

static const char *const kinds[] = { [IDMAP_PERSON] = "person", [IDMAP_GROUP] = "group" };
static const char *const states[] = { [IDMAP_LIVE] = "live",
				      [IDMAP_RETIRED] = "retired",
				      [IDMAP_GIVEN] = "given" };

/* ---- writing ---- */

void idmap_line_put(struct buf *out, const struct idmap_line *line)
{
	buf_printf(out, "%s\t%u\t", kinds[line->kind], line->id);
	if (line->gid == PERSON_ID_NONE)
		buf_put_text(out, "-");
	else
		buf_printf(out, "%u", line->gid);
	buf_printf(out, "\t%s\t%s\t%s\t%s\n", states[line->state], line->name, line->realm,
		   line->key);
}

/* ---- reading ---- */

bool idmap_read_number(const char *text, size_t len, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (len == 0 || len > 20 || (text[0] == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text[i] - '0');
		if (value > max)
			return false;
	}
	*ret = value;
	return true;
}

struct field {
	const char *text;
	size_t len;
};

static int shape(char reason[static REASON_MAX], const char *text)
{
	return reason_refuse(IDMAP_FILE_E_SHAPE, reason, "%s", text);
}

static int split(const char *text, size_t len, struct field fields[static FIELDS])
{
	for (size_t i = 0; i < FIELDS; i++) {
		const char *tab = memchr(text, '\t', len);

		fields[i].text = text;
		fields[i].len = tab ? (size_t)(tab - text) : len;
		if (!tab)
			return i + 1 == FIELDS ? 0 : IDMAP_FILE_E_SHAPE;
		len -= fields[i].len + 1;
		text = tab + 1;
	}
	return IDMAP_FILE_E_SHAPE; /* a tab behind the last */
}

static bool find_word(const struct field *field, const char *const *words, size_t n, size_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(words[i]) == field->len && memcmp(words[i], field->text, field->len) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool read_id(const struct field *field, uint32_t *ret)
{
	uint64_t value;

	if (!idmap_read_number(field->text, field->len, UINT32_MAX - 1, &value))
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* Not empty, bounded, no control byte. */
static bool read_text(const struct field *field, size_t max, char *ret_text)
{
	if (field->len == 0 || field->len > max || memchr(field->text, '\0', field->len))
		return false;
	memcpy(ret_text, field->text, field->len);
	ret_text[field->len] = '\0';
	return !utf8_has_control(ret_text);
}

static int read_ids(const struct field *fields, struct idmap_line *line,
		    char reason[static REASON_MAX])
{
	if (!read_id(&fields[1], &line->id))
		return shape(reason, "field 2, the id, is not a number of 0 to 4294967294");
	line->gid = PERSON_ID_NONE;
	if (fields[2].len == 1 && fields[2].text[0] == '-')
		return 0;
	if (!read_id(&fields[2], &line->gid))
		return shape(reason, "field 3, the group id, is neither a number of 0 to "
				     "4294967294 nor -");
	if (line->kind == IDMAP_GROUP && line->gid != line->id)
		return shape(reason, "field 3, the group id, is another than field 2");
	return 0;
}

int idmap_line_read(const char *text, size_t len, struct idmap_line *ret_line,
		    char reason[static REASON_MAX])
{
	struct field fields[FIELDS];
	struct idmap_line line;
	size_t kind, state;
	int r;

	if (split(text, len, fields) != 0)
		return shape(reason, "there must be 7 fields with one tab between: person or "
				     "group, id, group id, state, name, issuer or directory, "
				     "subject or id there");
	if (!find_word(&fields[0], kinds, ELEMENTSOF(kinds), &kind))
		return shape(reason, "field 1 is neither person nor group");
	if (!find_word(&fields[3], states, ELEMENTSOF(states), &state))
		return shape(reason, "field 4, the state, is not live, retired or given");
	line.kind = (enum idmap_kind)kind;
	line.state = (enum idmap_state)state;
	r = read_ids(fields, &line, reason);
	if (r != 0)
		return r;
	if (!read_text(&fields[4], IDMAP_NAME_MAX, line.name))
		return shape(reason, "field 5, the name, is empty, too long or not text");
	if (!read_text(&fields[5], ISSUER_LEN_MAX, line.realm))
		return shape(reason, "field 6, the issuer or directory, is empty, too long or not "
				     "text");
	if (!read_text(&fields[6], SUBJECT_LEN_MAX, line.key))
		return shape(reason, "field 7, the subject or id, is empty, longer than 255 bytes "
				     "or not text");
	*ret_line = line;
	return 0;
}
