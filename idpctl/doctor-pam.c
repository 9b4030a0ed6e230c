/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/doctor.h"

/*
 * The PAM stacks: is pam_idp asked, can local users still get in, does a refusal count? A stack is
 * read with what it includes, flat; each line is judged by what its control does with the codes
 * pam_idp(8) documents.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOPIC     "pam"
#define LINES_MAX 512u
#define DEPTH_MAX 8u
#define REMEDY    "pam-auth-update --enable idp, or see THE STACK in pam_idp(8)"

struct line {
	char control[256];
	char module[64];
};

/* One management group of one service. */
struct stack {
	const char *service;
	const char *group; /* "auth", "account" */
	size_t n;
	struct line lines[LINES_MAX];
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void stack_read(struct doctor *doctor, struct stack *stack, const char *file,
		       unsigned depth);

/* "auth required pam_x.so", "auth include common-auth", "-session optional pam_y.so". */
// NOLINTNEXTLINE(misc-no-recursion)
static void stack_take(struct doctor *doctor, struct stack *stack, char *text, unsigned depth)
{
	const char *group = doctor_word(&text);
	const char *control;
	const char *module;

	if (!group)
		return;
	if (group[0] == '-')
		group++;
	if (strcmp(group, "@include") == 0) {
		module = doctor_word(&text);
		if (module)
			stack_read(doctor, stack, module, depth + 1);
		return;
	}
	if (strcasecmp(group, stack->group) != 0)
		return;
	control = doctor_word(&text);
	module = doctor_word(&text);
	if (!control || !module)
		return;
	if (strcmp(control, "include") == 0 || strcmp(control, "substack") == 0) {
		stack_read(doctor, stack, module, depth + 1);
		return;
	}
	if (stack->n == LINES_MAX)
		return;
	(void)snprintf(stack->lines[stack->n].control, sizeof(stack->lines[0].control), "%s",
		       control);
	(void)snprintf(stack->lines[stack->n].module, sizeof(stack->lines[0].module), "%s",
		       base_name(module));
	stack->n++;
}

// NOLINTNEXTLINE(misc-no-recursion)
static void stack_read(struct doctor *doctor, struct stack *stack, const char *file, unsigned depth)
{
	_cleanup_free_ char *text = NULL;
	char path[512];
	char *rest;
	char *line;

	if (depth > DEPTH_MAX)
		return;
	(void)snprintf(path, sizeof(path), "%s%s", file[0] == '/' ? "" : "/etc/pam.d/", file);
	if (doctor_read(doctor, path, &text) < 0)
		return;
	rest = text;
	while ((line = doctor_line(&rest))) {
		line[strcspn(line, "#")] = '\0';
		stack_take(doctor, stack, line, depth);
	}
}

static const struct line *stack_find(const struct stack *stack, const char *module)
{
	for (size_t i = 0; i < stack->n; i++) {
		if (strcmp(stack->lines[i].module, module) == 0)
			return &stack->lines[i];
	}
	return NULL;
}

/* The value of key in "[a=b c=d]", copied to action; false when it does not stand there. */
static bool bracket_value(const char *control, const char *key, char *action, size_t room)
{
	size_t len = strlen(key);

	for (const char *p = control; *p; p++) {
		bool begins = p == control || strchr("[ \t", p[-1]);

		if (!begins || strncmp(p, key, len) != 0 || p[len] != '=')
			continue;
		(void)snprintf(action, room, "%.*s", (int)strcspn(p + len + 1, " \t]"),
			       p + len + 1);
		return true;
	}
	return false;
}

/* What a control does with a code: "ok", "done", "bad", "die", "ignore", "reset" or a number. */
static const char *action_of(const char *control, const char *code, char action[static 32])
{
	bool success = strcmp(code, "success") == 0;
	bool ignore = strcmp(code, "ignore") == 0;

	if (control[0] == '[') {
		if (bracket_value(control, code, action, 32) ||
		    bracket_value(control, "default", action, 32))
			return action;
		return "bad";
	}
	if (ignore)
		return "ignore";
	if (strcasecmp(control, "sufficient") == 0)
		return success ? "done" : "ignore";
	if (strcasecmp(control, "optional") == 0)
		return success ? "ok" : "ignore";
	if (success)
		return "ok";
	return strcasecmp(control, "requisite") == 0 ? "die" : "bad";
}

static bool refuses(const char *control, const char *code)
{
	char memory[32];
	const char *action = action_of(control, code, memory);

	return strcmp(action, "bad") == 0 || strcmp(action, "die") == 0;
}

/* Does the search end, successfully, at this line? */
static bool finishes(const struct line *line)
{
	char memory[32];

	return strcmp(action_of(line->control, "success", memory), "done") == 0;
}

/* Is there a line before idp that lets local users jump over it? */
static bool guarded(const struct stack *stack, const struct line *idp)
{
	const struct line *guard = stack_find(stack, "pam_localuser.so");
	char memory[32];
	const char *action;

	if (!guard || guard > idp)
		return false;
	action = action_of(guard->control, "success", memory);
	return strcmp(action, "done") == 0 || (action[0] >= '1' && action[0] <= '9');
}

/* pam_unix refuses who has no password here; a deny right behind it ends it for them. */
static bool unreachable(const struct stack *stack, const struct line *idp)
{
	bool unix_seen = false;

	for (const struct line *line = stack->lines; line < idp; line++) {
		if (strcmp(line->module, "pam_unix.so") == 0) {
			unix_seen = true;
			if (refuses(line->control, "user_unknown") &&
			    strcasecmp(line->control, "required") != 0)
				return true;
		}
		if (unix_seen && strcmp(line->module, "pam_deny.so") == 0 &&
		    refuses(line->control, "auth_err"))
			return true;
	}
	return false;
}

static void judge_auth(struct doctor *doctor, const struct stack *stack, const struct line *idp)
{
	const struct line *local = stack_find(stack, "pam_unix.so");
	char memory[32];
	const char *success = action_of(idp->control, "success", memory);

	if (refuses(idp->control, "user_unknown") && !guarded(stack, idp))
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, REMEDY,
			    "%s: pam_idp refuses users it does not know: local users and root are "
			    "locked out.",
			    stack->service);
	else if (strcmp(success, "ignore") == 0 || refuses(idp->control, "success"))
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, REMEDY,
			    "%s: a sign-in the platform permits does not count.", stack->service);
	else if (unreachable(stack, idp))
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, REMEDY,
			    "%s: the stack ends before pam_idp for users without a UNIX password.",
			    stack->service);
	else if (local && local < idp && strcasecmp(local->control, "required") == 0)
		doctor_find(
			doctor, WIRE_FINDING_ERROR, TOPIC, REMEDY,
			"%s: pam_unix is required before pam_idp: people of the platform have no "
			"UNIX password.",
			stack->service);
	else if (local && local < idp)
		doctor_find(doctor, WIRE_FINDING_NOTE, TOPIC, REMEDY,
			    "%s: people of the platform are asked for a UNIX password first.",
			    stack->service);
	else
		doctor_find(doctor, WIRE_FINDING_OK, TOPIC, "",
			    "%s: people of the platform can sign in, local users as before.",
			    stack->service);
}

static bool finished_before(const struct stack *stack, const struct line *idp)
{
	for (const struct line *line = stack->lines; line < idp; line++) {
		if (strcmp(line->module, "pam_unix.so") == 0 && finishes(line))
			return true;
		if (strcmp(line->module, "pam_permit.so") == 0 && finishes(line))
			return true;
	}
	return false;
}

static void judge_account(struct doctor *doctor, const struct stack *stack, const struct line *idp)
{
	if (refuses(idp->control, "ignore") && !guarded(stack, idp))
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC,
			    "add ignore=ignore to the control of pam_idp",
			    "%s: account management refuses local users and root.", stack->service);
	else if (!refuses(idp->control, "perm_denied") ||
		 !refuses(idp->control, "authinfo_unavail"))
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, REMEDY,
			    "%s: a refusal by account management does not count.", stack->service);
	else if (finished_before(stack, idp))
		doctor_find(doctor, WIRE_FINDING_ERROR, TOPIC, REMEDY,
			    "%s: account management is finished before pam_idp is asked.",
			    stack->service);
	else
		doctor_find(doctor, WIRE_FINDING_OK, TOPIC, "",
			    "%s: account management asks the agent%s.", stack->service,
			    strcmp(stack->service, "sshd") ? "" : ", also after a sign-in by key");
}

static void judge_absence(struct doctor *doctor, const struct stack *stack, bool door)
{
	bool account = strcmp(stack->group, "account") == 0;

	if (account && door)
		doctor_find(
			doctor, WIRE_FINDING_ERROR, TOPIC, REMEDY,
			"%s: account management does not ask pam_idp: who is no longer permitted "
			"still gets in, by key for example.",
			stack->service);
	else if (account)
		doctor_find(doctor, WIRE_FINDING_WARNING, TOPIC, REMEDY,
			    "%s: account management does not ask pam_idp.", stack->service);
	else
		doctor_find(doctor, door ? WIRE_FINDING_WARNING : WIRE_FINDING_NOTE, TOPIC, REMEDY,
			    "%s: people of the platform cannot sign in here.", stack->service);
}

/* True when the service exists. */
static bool check_service(struct doctor *doctor, const char *service, bool door)
{
	static const char *const groups[] = { "account", "auth" };
	static struct stack stack;
	struct stat st;
	char path[128];

	(void)snprintf(path, sizeof(path), "/etc/pam.d/%s", service);
	if (doctor_stat(doctor, path, &st) < 0)
		return false;
	/* Nobody signs in to cron. */
	for (size_t i = 0; i < (strcmp(service, "cron") == 0 ? 1 : 2); i++) {
		const struct line *idp;

		stack = (struct stack){ .service = service, .group = groups[i] };
		stack_read(doctor, &stack, service, 0);
		idp = stack_find(&stack, "pam_idp.so");
		if (!idp)
			judge_absence(doctor, &stack, door);
		else if (i == 0)
			judge_account(doctor, &stack, idp);
		else
			judge_auth(doctor, &stack, idp);
	}
	return true;
}

/* Where distributions keep modules. */
static void check_installed(struct doctor *doctor, const char *what, const char *file)
{
	static const char *const folders[] = { "/usr/lib/x86_64-linux-gnu",
					       "/usr/lib/aarch64-linux-gnu",
					       "/usr/lib/riscv64-linux-gnu",
					       "/usr/lib/powerpc64le-linux-gnu",
					       "/usr/lib/s390x-linux-gnu",
					       "/usr/lib/i386-linux-gnu",
					       "/usr/lib/arm-linux-gnueabihf",
					       "/usr/lib64",
					       "/usr/lib",
					       "/lib/x86_64-linux-gnu",
					       "/lib/aarch64-linux-gnu",
					       "/lib64",
					       "/lib" };
	struct stat st;
	char path[256];

	for (size_t i = 0; i < ELEMENTSOF(folders); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folders[i], file);
		if (doctor_stat(doctor, path, &st) < 0)
			continue;
		if (st.st_uid != doctor->trusted || (st.st_mode & 022))
			doctor_find(doctor, WIRE_FINDING_ERROR, what, "chown root, chmod go-w",
				    "%s can be changed by others than root.", path);
		else
			doctor_find(doctor, WIRE_FINDING_OK, what, "", "%s is installed.", path);
		return;
	}
	doctor_find(doctor, WIRE_FINDING_ERROR, what, "install it, from the package idp-agent",
		    "%s is in none of the folders for libraries.", base_name(file));
}

void doctor_check_pam(struct doctor *doctor)
{
	static const struct {
		const char *service;
		bool door; /* people come in from outside here */
	} services[] = { { "sshd", true },
			 { "login", true },
			 { "sudo", false },
			 { "su", false },
			 { "cron", false } };
	bool any = false;

	check_installed(doctor, "nsswitch", "libnss_idp.so.2");
	check_installed(doctor, TOPIC, "security/pam_idp.so");
	for (size_t i = 0; i < ELEMENTSOF(services); i++)
		any |= check_service(doctor, services[i].service, services[i].door);
	if (!any)
		doctor_find(doctor, WIRE_FINDING_WARNING, TOPIC, "see pam_idp(8)",
			    "/etc/pam.d has none of the services sshd, login, sudo, su.");
}
