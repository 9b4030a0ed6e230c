/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/commands-scope.h"

/* What is asked for must be written alike in three places; these commands look at all three. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "idp-agentd/core/scope-file.h"
#include "idpctl/answer.h"
#include "idpctl/commands-examine.h"
#include "idpctl/commands.h"
#include "idpctl/scope-diff.h"
#include "idpctl/text.h"

/* ---- what is asked of the agent; args[0] is the verb ---- */

static void put_check(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->n_args > 1 ? invocation->args[1] : "");
	wire_put_bool(out, strcmp(invocation->args[0], "doctor") == 0);
}

static void put_set(struct buf *out, const struct invocation *invocation)
{
	wire_put_str(out, invocation->args[1]);
	wire_put_bool(out, strcmp(invocation->args[0], "enable") == 0);
}

static void put_list(struct buf *out, const struct invocation *invocation)
{
	wire_put_bool(out, strcmp(invocation->args[0], "list") == 0);
}

static int scope_check_verb(const struct invocation *invocation, const char *command)
{
	return examine_ask_and_show(invocation, command, MSG_SCOPE_CHECK, put_check);
}

static int scope_set_verb(const struct invocation *invocation, const char *command)
{
	return answer_ask_and_show(invocation, command, MSG_SCOPE_SET, put_set);
}

static int scope_list_verb(const struct invocation *invocation, const char *command)
{
	return answer_ask_and_show(invocation, command, MSG_SCOPE_LIST, put_list);
}

/* ---- export ---- */

static int export_file(const struct answer *answer)
{
	struct buf body, file;
	int r;

	buf_init(&body, SCOPE_FILE_MAX);
	buf_init(&file, SCOPE_FILE_MAX + REASON_MAX);
	scope_diff_put_body(&answer->rows, &body);
	r = scope_file_write(&body, &file);
	if (r == 0 && fwrite(file.data, 1, file.len, stdout) != file.len)
		r = -EIO;
	buf_done(&file);
	buf_done(&body);
	return r < 0 ? answer_no_memory() : EXIT_FINE;
}

static int scope_export_verb(const struct invocation *invocation, const char *command)
{
	_cleanup_answer_ struct answer answer = { 0 };
	int r = answer_ask(invocation, MSG_SCOPE_LIST, put_list, &answer);

	if (r < 0)
		return answer_unreachable(invocation, command, r, &answer);
	if (invocation->json || answer.end.status != 0)
		return answer_show(invocation, command, &answer);
	return export_file(&answer);
}

/* ---- import ---- */

static int complain(const char *name, const char *what)
{
	char memory[PATH_LEN_MAX * 4];
	struct buf text;

	buf_init_fixed(&text, memory, sizeof(memory));
	text_put(&text, name);
	(void)fprintf(stderr, "idpctl: %s: %s\n", buf_end(&text) < 0 ? "that file" : memory, what);
	return EXIT_USAGE;
}

/* "-" is standard input. 0, -E2BIG or another -errno. */
static int import_read(const char *name, struct buf *out)
{
	bool stdin_is = strcmp(name, "-") == 0;
	FILE *file = stdin_is ? stdin : fopen(name, "re");
	char part[4096];
	size_t n;
	int r = 0;

	if (!file)
		return -errno;
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		buf_put(out, part, n);
	if (ferror(file))
		r = -EIO;
	if (!stdin_is)
		(void)fclose(file);
	return r < 0 ? r : buf_end(out);
}

static int import_load(const char *name, struct scope_file **ret_file)
{
	char reason[REASON_MAX];
	struct buf text;
	int r;

	buf_init(&text, SCOPE_FILE_MAX);
	r = import_read(name, &text);
	if (r == 0)
		r = scope_file_read((const char *)text.data, text.len, reason, ret_file);
	buf_done(&text);
	if (r == 0)
		return EXIT_FINE;
	if (r == -ENOMEM)
		return answer_no_memory();
	return complain(name, r == -EMSGSIZE ? "it is longer than a megabyte"
			      : r < 0	     ? strerrordesc_np(-r)
					     : reason);
}

static int import_end(struct answer *shown, const char *name, const struct scope_file *file,
		      size_t n)
{
	char text[4 * REASON_MAX];

	if (n == 0)
		(void)snprintf(text, sizeof(text), "%zu scope%s: nothing differs.%s", file->n,
			       file->n == 1 ? "" : "s", file->hashed ? "" : " The file has no hash: it was written by hand.");
	else
		(void)snprintf(text, sizeof(text),
			       "%zu difference%s. Nothing was changed. To take the file over: install "
			       "-m 0644 %.200s " IDP_SYSCONFDIR
			       "/idp/conf.d/20-scopes.conf, take its [scope] sections out of other "
			       "files, then idpctl config check && idpctl reload",
			       n, n == 1 ? "" : "s", name);
	return control_end_set(&shown->end, n == 0 ? EXIT_FINE : EXIT_NEGATIVE,
			       n == 0 ? "" : "differs", text);
}

static int scope_import_verb(const struct invocation *invocation, const char *command)
{
	_cleanup_answer_ struct answer answer = { 0 }, shown = { 0 };
	_cleanup_(scope_file_freep) struct scope_file *file = NULL;
	size_t n = 0;
	int r = import_load(invocation->args[1], &file);

	if (r != EXIT_FINE || !file)
		return r;
	r = answer_ask(invocation, MSG_SCOPE_LIST, put_list, &answer);
	if (r < 0)
		return answer_unreachable(invocation, command, r, &answer);
	if (answer.end.status != 0)
		return answer_show(invocation, command, &answer);
	if (scope_diff(&answer.rows, file, &shown.rows, &n) < 0 ||
	    import_end(&shown, invocation->args[1], file, n) < 0)
		return answer_no_memory();
	return answer_show(invocation, command, &shown);
}

/* ---- which ---- */

int run_scope(const struct invocation *invocation)
{
	static const struct {
		const char *verb, *command;
		int n_min, n_max; /* arguments behind the verb */
		int (*run)(const struct invocation *invocation, const char *command);
	} verbs[] = {
		{ "list", "scope list", 0, 0, scope_list_verb },
		{ "check", "scope check", 0, 1, scope_check_verb },
		{ "doctor", "scope doctor", 0, 1, scope_check_verb },
		{ "disable", "scope disable", 1, 1, scope_set_verb },
		{ "enable", "scope enable", 1, 1, scope_set_verb },
		{ "export", "scope export", 0, 0, scope_export_verb },
		{ "import", "scope import", 1, 1, scope_import_verb },
	};

	for (size_t i = 0; i < ELEMENTSOF(verbs); i++) {
		int n = invocation->n_args - 1;

		if (strcmp(invocation->args[0], verbs[i].verb) == 0 && n >= verbs[i].n_min &&
		    n <= verbs[i].n_max)
			return verbs[i].run(invocation, verbs[i].command);
	}
	(void)fprintf(stderr, "idpctl: scope takes list, check [PROVIDER], doctor [PROVIDER], disable "
			      "NAME, enable NAME, export or import FILE; see idpctl --help\n");
	return EXIT_USAGE;
}
