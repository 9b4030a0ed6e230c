/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/commands-idmap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/limits.h"
#include "common/reason.h"
#include "idp-agentd/core/localnames.h"
#include "idpctl/answer.h"
#include "idpctl/commands.h"
#include "idpctl/idmap-compare.h"
#include "idpctl/idmap-talk.h"
#include "idpctl/text.h"

static int complain(const char *name, const char *what)
{
	char memory[PATH_LEN_MAX * 4];
	struct buf text;

	buf_init_fixed(&text, memory, sizeof(memory));
	text_put(&text, name);
	(void)fprintf(stderr, "idpctl: %s: %s\n", buf_end(&text) < 0 ? "that file" : memory, what);
	return EXIT_USAGE;
}

/* ---- export ---- */

struct exported {
	struct idmap_digest *digest;
	uint64_t n;
};

static int export_line(void *userdata, const char *line, size_t len)
{
	struct exported *exported = userdata;

	exported->n += len > 0 && *line != '#';
	return 0;
}

static int export_page(void *userdata, const char *text, size_t len)
{
	struct exported *exported = userdata;
	int r = idmap_each_line(text, len, export_line, exported);

	if (r == 0 && fwrite(text, 1, len, stdout) != len)
		r = -EIO;
	return r < 0 ? r : idmap_digest_add(exported->digest, text, len);
}

static int export_end(struct exported *exported)
{
	struct buf out;
	int r;

	buf_init(&out, REASON_MAX);
	r = idmap_digest_put_end(exported->digest, exported->n, &out);
	if (r == 0)
		r = buf_end(&out);
	if (r == 0 && (fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0))
		r = -EIO;
	buf_done(&out);
	return r;
}

static int export_failed(const struct invocation *invocation, const char *command, int r,
			 struct answer *answer)
{
	if (r == -ENOMEM)
		return answer_no_memory();
	if (r != -EIO)
		return answer_unreachable(invocation, command, r, answer);
	(void)fprintf(stderr, "idpctl: the ids cannot be written: what is there is cut\n");
	return EXIT_INTERNAL;
}

static int export_verb(const struct invocation *invocation, const char *command)
{
	_cleanup_answer_ struct answer answer = { 0 };
	_cleanup_(idmap_digest_freep) struct idmap_digest *digest = idmap_digest_new();
	struct exported exported = { .digest = digest };
	int r;

	if (!digest)
		return answer_no_memory();
	r = idmap_talk_export(invocation, export_page, &exported, &answer);
	if (r == 0 && answer.end.status != 0)
		return answer_show(invocation, command, &answer);
	if (r == 0)
		r = export_end(&exported);
	return r == 0 ? EXIT_FINE : export_failed(invocation, command, r, &answer);
}

/* ---- import ---- */

static int import_verb(const struct invocation *invocation, const char *command)
{
	_cleanup_answer_ struct answer answer = { 0 };
	char reason[REASON_MAX] = "";
	int r = idmap_talk_import(invocation, invocation->args[1],
				  (invocation->given & OPTION_DRY_RUN) != 0, &answer, reason);

	if (r == -ENOMEM)
		return answer_no_memory();
	if (r < 0)
		return answer_unreachable(invocation, command, r, &answer);
	if (r == IDMAP_TALK_E_FILE)
		return complain(invocation->args[1], reason);
	return answer_show(invocation, command, &answer);
}

/* ---- check ---- */

struct checked {
	struct idmap_compare *compare;
	char reason[REASON_MAX];
};

static int check_line(void *userdata, const char *line, size_t len)
{
	struct checked *checked = userdata;

	return idmap_compare_here(checked->compare, line, len, checked->reason);
}

static int check_page(void *userdata, const char *text, size_t len)
{
	return idmap_each_line(text, len, check_line, userdata);
}

static void put_counts(struct buf *out, const struct idmap_counts *counts, bool file)
{
	buf_printf(out, "%llu ids on this host", (unsigned long long)counts->here);
	if (file)
		buf_printf(out,
			   ", %llu in the file: %llu the same, %llu differ, %llu only here, %llu "
			   "only there, %llu of one here and another there",
			   (unsigned long long)counts->there, (unsigned long long)counts->same,
			   (unsigned long long)counts->differing,
			   (unsigned long long)counts->only_here,
			   (unsigned long long)counts->only_there,
			   (unsigned long long)counts->swapped);
	buf_put_text(out, ".");
	if (counts->wrong > 0)
		buf_printf(out, " %llu of this host are wrong.", (unsigned long long)counts->wrong);
}

/* The closing sentence: what was counted, then what the agent says of clashes. */
static int check_end(struct answer *answer, const struct idmap_counts *counts, bool file)
{
	bool bad = counts->wrong > 0 || counts->differing > 0 || counts->swapped > 0;
	char memory[8 * REASON_MAX];
	struct buf text;

	buf_init_fixed(&text, memory, sizeof(memory));
	put_counts(&text, counts, file);
	if (answer->end.status != 0)
		buf_printf(&text, " %.400s", answer->end.text);
	if (buf_end(&text) < 0)
		return -ENOMEM;
	if (answer->end.status != 0)
		bad = true;
	return control_end_set(&answer->end, bad, bad ? "findings" : "", memory);
}

static int check_with(const struct invocation *invocation, const char *command, FILE *file,
		      struct answer *answer)
{
	_cleanup_answer_ struct answer exported = { 0 };
	_cleanup_(localnames_freep) struct localnames *locals = NULL;
	_cleanup_(idmap_compare_freep) struct idmap_compare *compare = NULL;
	struct checked checked = { .reason = "" };
	struct idmap_counts counts;
	int r;

	/* Cannot be read: then those of the agent, which shows nobody with such an id, must do. */
	IGNORE(localnames_new(NULL, NULL, &locals));
	checked.compare = compare = idmap_compare_new(file, locals, &answer->rows);
	if (!compare)
		return answer_no_memory();
	r = idmap_talk_export(invocation, check_page, &checked, &exported);
	if (r == 0 && exported.end.status != 0)
		return answer_show(invocation, command, &exported);
	if (r == 0)
		r = idmap_compare_end(compare, checked.reason, &counts);
	if (r == IDMAP_FILE_E_SHAPE)
		return complain(invocation->args[1], checked.reason);
	if (r == -ENOMEM)
		return answer_no_memory();
	if (r == 0)
		r = answer_ask(invocation, MSG_IDMAP_CLASHES, NULL, answer);
	if (r < 0)
		return answer_unreachable(invocation, command, r, answer);
	if (check_end(answer, &counts, file) < 0)
		return answer_no_memory();
	return answer_show(invocation, command, answer);
}

static int check_verb(const struct invocation *invocation, const char *command)
{
	_cleanup_answer_ struct answer answer = { 0 };
	const char *name = invocation->n_args > 1 ? invocation->args[1] : NULL;
	FILE *file;
	int r;

	if (!name || strcmp(name, "-") == 0)
		return check_with(invocation, command, name ? stdin : NULL, &answer);
	file = fopen(name, "re");
	if (!file)
		return complain(name, strerrordesc_np(errno));
	r = check_with(invocation, command, file, &answer);
	(void)fclose(file);
	return r;
}

/* ---- assign ---- */

static bool assign_id(const struct invocation *invocation, uint32_t *ret_id)
{
	const char *text = invocation->args[invocation->n_args - 1];
	uint64_t id = 0;

	if (strcmp(text, "none") != 0 &&
	    (text_parse_number(text, &id) < 0 || id == 0 || id >= UINT32_MAX))
		return false;
	*ret_id = (uint32_t)id;
	return true;
}

static void put_assign(struct buf *out, const struct invocation *invocation)
{
	bool by_name = invocation->n_args == 3;
	uint32_t id = 0;

	IGNORE(assign_id(invocation, &id)); /* looked at before */
	wire_put_bool(out, strcmp(invocation->args[0], "assign-group") == 0);
	wire_put_str(out, by_name ? "" : invocation->args[1]);
	wire_put_str(out, invocation->args[by_name ? 1 : 2]);
	wire_put_u32(out, id);
}

static int assign_verb(const struct invocation *invocation, const char *command)
{
	uint32_t id;

	if (!assign_id(invocation, &id))
		return complain(invocation->args[invocation->n_args - 1],
				"an id is a number above 0, or none to take back what was given");
	return answer_ask_and_show(invocation, command, MSG_IDMAP_ASSIGN, put_assign);
}

/* ---- which ---- */

int run_idmap(const struct invocation *invocation)
{
	static const struct {
		const char *verb, *command;
		int n_min, n_max; /* arguments behind the verb */
		int (*run)(const struct invocation *invocation, const char *command);
	} verbs[] = {
		{ "export", "idmap export", 0, 0, export_verb },
		{ "import", "idmap import", 1, 1, import_verb },
		{ "check", "idmap check", 0, 1, check_verb },
		{ "assign", "idmap assign", 2, 3, assign_verb },
		{ "assign-group", "idmap assign-group", 2, 3, assign_verb },
	};

	for (size_t i = 0; i < ELEMENTSOF(verbs); i++) {
		int n = invocation->n_args - 1;

		if (strcmp(invocation->args[0], verbs[i].verb) == 0 && n >= verbs[i].n_min &&
		    n <= verbs[i].n_max)
			return verbs[i].run(invocation, verbs[i].command);
	}
	(void)fprintf(stderr, "idpctl: idmap takes export, import FILE [--dry-run], check [FILE], assign "
			      "USER|ISSUER SUBJECT UID or assign-group GROUP|DIRECTORY ID GID; see "
			      "idpctl --help\n");
	return EXIT_USAGE;
}
