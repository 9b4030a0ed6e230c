/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which configuration is in force after mistakes, crashes and reboots: the real files and the real
 * disk, and nobody who signs in. What is in force is told by the client_id of its provider.
 */
#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/log.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/policy-internal.h"
#include "idp-agentd/core/policy-shelf.h"
#include "idp-agentd/core/policy.h"

#define CONF(id)                                                                 \
	"[provider corp]\nissuer = https://id.example.org\nclient_id = " id "\n" \
	"[allow staff]\nneed = group:staff\n"

static char folder[64];
static sd_event *event;
static struct policy *policy;
static struct config *in_force;
static int apply_fails; /* -errno of the next ones */
static unsigned n_changed;
static char reason[REASON_MAX];

static const struct policy_listener nobody = { .quiet = true };
static const struct policy_session first = { .name = "login:audit:7" };

static void keep_quiet(int priority, const char *text)
{
	(void)priority;
	(void)text;
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int begin(void **state)
{
	(void)state;
	log_set_handler(keep_quiet);
	(void)snprintf(folder, sizeof(folder), "/tmp/test-policy-XXXXXX");
	if (!mkdtemp(folder) || chdir(folder) < 0 || mkdir("conf.d", 0755) < 0 ||
	    mkdir("db", 0755) < 0 || mkdir("state", 0700) < 0)
		return -1;
	apply_fails = 0;
	return sd_event_new(&event) < 0 ? -1 : 0;
}

/* The agent is gone, in order or not: nothing here depends on how. */
static void stop(void)
{
	policy = policy_free(policy);
	in_force = config_free(in_force);
}

static int end(void **state)
{
	(void)state;
	stop();
	event = sd_event_unref(event);
	return chdir("/") < 0 || nftw(folder, drop, 8, FTW_DEPTH | FTW_PHYS) < 0 ? -1 : 0;
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(name, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(name, 0644), 0);
}

static int on_apply(void *userdata, struct config *config)
{
	(void)userdata;
	if (apply_fails)
		return apply_fails;
	config_free(in_force);
	in_force = config;
	return 0;
}

static void on_changed(void *userdata)
{
	(void)userdata;
	n_changed++;
}

/* 0: the agent runs. */
static int start(void)
{
	static char paths[3][128]; /* the parts borrow them */
	const struct policy_parts parts = {
		.path = paths[0],
		.state = paths[1],
		.snapshot = paths[2],
		.apply = on_apply,
		.changed = on_changed,
	};
	int r;

	(void)snprintf(paths[0], sizeof(paths[0]), "%s/idp.conf", folder);
	(void)snprintf(paths[1], sizeof(paths[1]), "%s/state", folder);
	(void)snprintf(paths[2], sizeof(paths[2]), "%s/db/identity.snap", folder);
	stop();
	assert_int_equal(policy_new(&parts, &policy), 0);
	r = policy_start(policy, reason, &in_force);
	assert_true(r == 0 || *reason);
	return r == 0 ? policy_attach(policy, event) : r;
}

static const char *id(void)
{
	return in_force ? in_force->providers[0].client_id : "(none)";
}

static void reboot_machine(void)
{
	stop();
	assert_int_equal(unlink("db/boot"), 0);
}

static void run_events(usec_t most)
{
	usec_t until = clock_now() + most;

	while (policy_error(policy)[0] == '\0' && clock_now() < until)
		assert_true(sd_event_run(event, USEC_PER_SEC / 10) >= 0);
}

static enum policy_files files_now(void)
{
	struct policy_status status;

	policy_get_status(policy, &status);
	return status.files;
}

static bool on_trial(void)
{
	struct policy_status status;

	policy_get_status(policy, &status);
	assert_int_equal(status.trial, status.until > 0);
	return status.trial;
}

static void start_good(void)
{
	put("idp.conf", CONF("good"));
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "good");
	assert_string_equal(policy_error(policy), "");
}

static void begin_trial(uint32_t seconds)
{
	put("idp.conf", CONF("tried"));
	assert_int_equal(policy_apply(policy, NULL, seconds, &first, nobody, reason), 0);
	assert_string_equal(id(), "tried");
	assert_true(on_trial());
}

/* ---- the last good one ---- */

static void test_wrong_files_start_with_the_last_good(void **state)
{
	static const char *const wrong[] = { "", "[provider", "[provider corp]\nissuer = x\n",
					     CONF("x") "colour = red\n" };
	(void)state;
	put("idp.conf", "nonsense");
	assert_int_not_equal(start(), 0); /* there never was a good one */
	start_good();
	for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
		put("idp.conf", wrong[i]);
		assert_int_equal(start(), 0);
		assert_string_equal(id(), "good");
		assert_non_null(strstr(policy_error(policy), "idp.conf"));
	}
	assert_int_equal(unlink("idp.conf"), 0);
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "good");
	assert_int_equal(files_now(), POLICY_FILES_REFUSED);
	/* a file that anybody may write is no better */
	put("idp.conf", CONF("stranger"));
	assert_int_equal(chmod("idp.conf", 0666), 0);
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "good");
	/* and right ones are taken at once */
	put("idp.conf", CONF("right"));
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "right");
	assert_string_equal(policy_error(policy), "");
}

static void test_drop_ins_are_kept_with_it(void **state)
{
	(void)state;
	put("idp.conf", CONF("good"));
	put("conf.d/10-a b.conf", "[deny mallory]\nneed = user:mallory\n");
	assert_int_equal(start(), 0);
	put("idp.conf", "nonsense");
	assert_int_equal(unlink("conf.d/10-a b.conf"), 0);
	assert_int_equal(start(), 0);
	assert_true(in_force->n_sections > 3);
	assert_string_equal(in_force->sections[2].name, "mallory");
	assert_non_null(strstr(in_force->sections[2].place.file, "/conf.d/10-a b.conf"));
}

static void test_a_reload_of_wrong_files_changes_nothing(void **state)
{
	struct config *config = NULL;
	char hash[POLICY_HASH_SIZE];
	(void)state;
	start_good();
	put("idp.conf", CONF("x") "colour = red\n");
	assert_int_equal(policy_reload(policy, nobody, reason), POLICY_E_INVALID);
	assert_int_equal(policy_apply(policy, NULL, 0, &first, nobody, reason), POLICY_E_INVALID);
	assert_int_equal(policy_apply(policy, NULL, 60, &first, nobody, reason), POLICY_E_INVALID);
	assert_int_equal(policy_check(policy, nobody, reason, hash, &config), POLICY_E_INVALID);
	assert_string_equal(id(), "good");
	assert_non_null(strstr(policy_error(policy), "idp.conf:6: "));
	assert_false(on_trial());
	put("idp.conf", CONF("next"));
	assert_int_equal(policy_check(policy, nobody, reason, hash, &config), 0);
	config_free(config);
	assert_string_equal(id(), "good");
	assert_int_equal(files_now(), POLICY_FILES_CHANGED);
	assert_int_equal(policy_reload(policy, nobody, reason), 0);
	assert_string_equal(id(), "next");
	assert_string_equal(policy_error(policy), "");
	assert_int_equal(files_now(), POLICY_FILES_SAME);
}

static void test_a_damaged_copy_is_not_used(void **state)
{
	struct policy_status status;
	char path[128];
	(void)state;
	start_good();
	policy_get_status(policy, &status);
	(void)snprintf(path, sizeof(path), "state/policy/%s", status.hash);
	put(path, "idp-policy 1\n8 105\nidp.conf\n" CONF("evil") "\n");
	put("idp.conf", "nonsense");
	assert_int_not_equal(start(), 0);
	assert_string_equal(id(), "(none)");
	/* the next good start writes it anew */
	start_good();
	put("idp.conf", "nonsense");
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "good");
}

/* ---- trials ---- */

static void test_nobody_confirms(void **state)
{
	(void)state;
	start_good();
	begin_trial(1);
	run_events(60 * USEC_PER_SEC);
	assert_string_equal(id(), "good");
	assert_non_null(strstr(policy_error(policy), "nobody confirmed it in time"));
	assert_false(on_trial());
	assert_int_equal(files_now(), POLICY_FILES_ROLLED_BACK);
	/* neither a reload nor a restart nor a reboot brings it back */
	assert_int_equal(policy_reload(policy, nobody, reason), POLICY_E_ROLLED_BACK);
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "good");
	assert_non_null(strstr(policy_error(policy), "nobody confirmed it in time"));
	reboot_machine();
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "good");
	/* other files do, and so does whoever says so */
	assert_int_equal(policy_apply(policy, NULL, 0, &first, nobody, reason), 0);
	assert_string_equal(id(), "tried");
	assert_string_equal(policy_error(policy), "");
	put("idp.conf", CONF("other"));
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "other");
}

static void test_a_crash_does_not_end_a_trial(void **state)
{
	(void)state;
	start_good();
	begin_trial(60);
	put("idp.conf", CONF("edited meanwhile"));
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "tried");
	assert_true(on_trial());
	stop();
	assert_int_equal(start(), 0);
	begin_trial(1);
	stop();
	IGNORE(usleep(1200000)); /* nobody is there when its time is up */
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "good");
	assert_false(on_trial());
}

static void test_a_reboot_ends_a_trial(void **state)
{
	(void)state;
	start_good();
	begin_trial(3600);
	reboot_machine();
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "good");
	assert_non_null(strstr(policy_error(policy), "the machine was started anew"));
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "good");
	assert_int_equal(policy_confirm(policy, &first, true, reason), POLICY_E_NO_TRIAL);
}

static const char with_secret[] = CONF("good") "[provider other]\nissuer = https://o.example.org\n"
					       "client_id = o\nclient_auth = client_secret_basic\n"
					       "client_secret = file:%s/secret\n";

/* What was before needs a secret that is gone: the trial stays, and goes back when it can. */
static void test_a_way_back_that_is_blocked(void **state)
{
	char text[1024];
	(void)state;
	(void)snprintf(text, sizeof(text), with_secret, folder);
	put("secret", "s3cret\n");
	assert_int_equal(chmod("secret", 0600), 0);
	put("idp.conf", text);
	assert_int_equal(start(), 0);
	assert_int_equal(in_force->n_providers, 2);
	/* nothing is tried that could not be gone back from */
	put("idp.conf", CONF("tried"));
	assert_int_equal(rename("secret", "away"), 0);
	assert_int_equal(policy_apply(policy, NULL, 60, &first, nobody, reason),
			 POLICY_E_NO_WAY_BACK);
	assert_non_null(strstr(reason, "the policy before could not come back: "));
	assert_non_null(strstr(reason, "secret"));
	assert_string_equal(id(), "good");
	assert_false(on_trial());
	assert_int_equal(rename("away", "secret"), 0);
	begin_trial(1);
	assert_int_equal(rename("secret", "away"), 0);
	IGNORE(usleep(1200000));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(start(), 0);
		assert_string_equal(id(), "tried");
		assert_true(on_trial());
		assert_int_equal(policy_rollback(policy, reason), POLICY_E_INVALID);
		assert_non_null(strstr(reason, "secret"));
		reboot_machine();
	}
	assert_int_equal(rename("away", "secret"), 0);
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "good");
	assert_false(on_trial());
}

/* What was written while something else was on trial was never said to be good. */
static void test_what_was_edited_during_a_trial_waits(void **state)
{
	(void)state;
	start_good();
	begin_trial(3600);
	put("idp.conf", CONF("edited"));
	assert_int_equal(policy_reload(policy, nobody, reason), POLICY_E_ON_TRIAL);
	assert_int_equal(policy_apply(policy, NULL, 0, &first, nobody, reason), POLICY_E_ON_TRIAL);
	assert_string_equal(id(), "tried");
	reboot_machine();
	assert_int_equal(start(), 0);
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "good");
	put("idp.conf", CONF("edited anew"));
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "edited anew");
}

static void test_a_policy_on_trial_may_be_loaded_again(void **state)
{
	(void)state;
	start_good();
	begin_trial(3600);
	assert_int_equal(policy_reload(policy, nobody, reason), 0);
	assert_string_equal(id(), "tried");
	assert_true(on_trial());
}

static void test_a_second_trial_goes_back_to_the_first_start(void **state)
{
	(void)state;
	start_good();
	begin_trial(3600);
	put("idp.conf", CONF("again"));
	assert_int_equal(policy_apply(policy, NULL, 3600, &first, nobody, reason), 0);
	assert_string_equal(id(), "again");
	put("idp.conf", CONF("good"));
	assert_int_equal(policy_apply(policy, NULL, 3600, &first, nobody, reason), POLICY_E_SAME);
	assert_int_equal(policy_rollback(policy, reason), 0);
	assert_string_equal(id(), "good");
	assert_string_equal(policy_error(policy), ""); /* the files say the same */
	assert_int_equal(policy_rollback(policy, reason), POLICY_E_NOTHING);
	assert_int_equal(policy_apply(policy, NULL, 60, &first, nobody, reason), POLICY_E_SAME);
}

static void test_who_may_confirm(void **state)
{
	const usec_t before = clock_now(), later = before + USEC_PER_HOUR;
	const struct {
		struct policy_session session;
		int wanted;
	} cases[] = {
		{ { "login:audit:7", later }, POLICY_E_SAME_SESSION },
		{ { "login:audit:7", before }, POLICY_E_SAME_SESSION },
		{ { "login:audit:6", before }, POLICY_E_OLD_SESSION },
		{ { "login:audit:6", 0 }, POLICY_E_OLD_SESSION },
		{ { "process:1:2", later }, POLICY_E_NO_SESSION },
		{ { "", later }, POLICY_E_NO_SESSION },
		{ { "login:audit:8", later }, 0 },
	};
	(void)state;
	start_good();
	assert_int_equal(policy_confirm(policy, &first, true, reason), POLICY_E_NO_TRIAL);
	begin_trial(3600);
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		assert_int_equal(policy_confirm(policy, &cases[i].session, false, reason),
				 cases[i].wanted);
		assert_int_equal(on_trial(), cases[i].wanted != 0);
	}
	reboot_machine();
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "tried");
	assert_string_equal(policy_error(policy), "");
}

static void test_where_nobody_signs_in_processes_are_compared(void **state)
{
	static const struct policy_session from_process = { "process:9:1", 0 };
	const struct policy_session same = { "process:9:1", clock_now() + USEC_PER_HOUR };
	const struct policy_session newer = { "process:10:5", clock_now() + USEC_PER_HOUR };
	(void)state;
	start_good();
	put("idp.conf", CONF("tried"));
	assert_int_equal(policy_apply(policy, NULL, 3600, &from_process, nobody, reason), 0);
	assert_int_equal(policy_confirm(policy, &same, false, reason), POLICY_E_SAME_SESSION);
	assert_int_equal(policy_confirm(policy, &newer, false, reason), 0);
	put("idp.conf", CONF("forced"));
	assert_int_equal(policy_apply(policy, NULL, 3600, &from_process, nobody, reason), 0);
	assert_int_equal(policy_confirm(policy, &same, true, reason), 0);
}

static void test_going_back_by_hand(void **state)
{
	(void)state;
	start_good();
	assert_int_equal(policy_rollback(policy, reason), POLICY_E_NOTHING);
	put("idp.conf", CONF("bad idea"));
	assert_int_equal(policy_reload(policy, nobody, reason), 0);
	assert_int_equal(policy_rollback(policy, reason), 0);
	assert_string_equal(id(), "good");
	assert_non_null(strstr(policy_error(policy), "an administrator went back"));
	assert_int_equal(policy_reload(policy, nobody, reason), POLICY_E_ROLLED_BACK);
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "good");
	put("idp.conf", CONF("better"));
	assert_int_equal(policy_reload(policy, nobody, reason), 0);
	assert_string_equal(policy_error(policy), "");
}

/* ---- a machine that fails ---- */

static void test_a_full_disk(void **state)
{
	const struct rlimit none = { 0, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };
	struct policy_status status;
	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	start_good();
	put("idp.conf", CONF("tried"));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	/* no trial that could not be gone back from; a plain change still works, and is told */
	assert_int_equal(policy_apply(policy, NULL, 60, &first, nobody, reason), POLICY_E_NOT_KEPT);
	assert_string_equal(id(), "good");
	assert_int_equal(policy_reload(policy, nobody, reason), 0);
	assert_string_equal(id(), "tried");
	policy_get_status(policy, &status);
	assert_non_null(strstr(status.unkept, "/policy cannot be written"));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	assert_int_equal(policy_reload(policy, nobody, reason), 0);
	policy_get_status(policy, &status);
	assert_string_equal(status.unkept, "");
	/* a trial goes back without the disk, and is confirmed with it only */
	put("idp.conf", CONF("again"));
	assert_int_equal(policy_apply(policy, NULL, 60, &first, nobody, reason), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(policy_confirm(policy, &first, true, reason), POLICY_E_NOT_KEPT);
	assert_true(on_trial());
	assert_int_equal(policy_rollback(policy, reason), 0);
	assert_string_equal(id(), "tried");
	assert_false(on_trial());
	assert_int_equal(policy_reload(policy, nobody, reason), POLICY_E_ROLLED_BACK);
	/* what was gone back from stays away, though the record could not be told */
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "tried");
	assert_false(on_trial());
	/* nor is a newer one lost, once there is room again */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	put("idp.conf", CONF("newer"));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(policy_reload(policy, nobody, reason), 0);
	assert_int_equal(policy_on_timer(policy->timer, 0, policy), 0);
	policy_get_status(policy, &status);
	assert_non_null(strstr(status.unkept, "/policy cannot be written"));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	assert_int_equal(policy_on_timer(policy->timer, 0, policy), 0);
	policy_get_status(policy, &status);
	assert_string_equal(status.unkept, "");
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "newer");
	assert_int_equal(policy_rollback(policy, reason), 0);
	assert_string_equal(id(), "tried");
}

/* From what the disk did not take a rollback goes one policy back, as from any other. */
static void test_one_step_back_with_a_full_disk(void **state)
{
	const struct rlimit none = { 0, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };
	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	start_good();
	put("idp.conf", CONF("second"));
	assert_int_equal(policy_reload(policy, nobody, reason), 0);
	put("idp.conf", CONF("third"));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(policy_reload(policy, nobody, reason), 0);
	assert_string_equal(id(), "third");
	assert_int_equal(policy_rollback(policy, reason), 0);
	assert_string_equal(id(), "second");
	assert_int_equal(policy_reload(policy, nobody, reason), POLICY_E_ROLLED_BACK);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
}

static void test_what_cannot_be_applied_is_not_tried(void **state)
{
	(void)state;
	start_good();
	apply_fails = -ENOMEM;
	put("idp.conf", CONF("tried"));
	assert_int_equal(policy_apply(policy, NULL, 60, &first, nobody, reason), POLICY_E_INVALID);
	assert_false(on_trial());
	assert_string_equal(id(), "good");
	apply_fails = 0;
	begin_trial(1);
	apply_fails = -ENOMEM; /* it cannot go back now: tried again, and told by the log */
	for (unsigned i = 0; i < 15; i++)
		assert_true(sd_event_run(event, USEC_PER_SEC / 10) >= 0);
	assert_true(on_trial());
	apply_fails = 0;
	assert_int_equal(policy_rollback(policy, reason), 0);
	assert_string_equal(id(), "good");
}

/* What the record names is there, also after a trial that could not begin. */
static void test_a_trial_that_cannot_begin_costs_nothing(void **state)
{
	struct policy_status status;
	char path[128];
	(void)state;
	start_good();
	put("idp.conf", CONF("second"));
	assert_int_equal(policy_reload(policy, nobody, reason), 0);
	put("idp.conf", CONF("tried"));
	apply_fails = -ENOMEM;
	assert_int_equal(policy_apply(policy, NULL, 60, &first, nobody, reason), POLICY_E_INVALID);
	apply_fails = 0;
	assert_string_equal(id(), "second");
	assert_int_equal(policy_rollback(policy, reason), 0);
	assert_string_equal(id(), "good");
	begin_trial(3600);
	put("idp.conf", CONF("another"));
	apply_fails = -ENOMEM;
	assert_int_equal(policy_apply(policy, NULL, 60, &first, nobody, reason), POLICY_E_INVALID);
	apply_fails = 0;
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "tried");
	assert_true(on_trial());
	/* who confirms finds it kept, whatever became of its text meanwhile */
	policy_get_status(policy, &status);
	(void)snprintf(path, sizeof(path), "state/policy/%s", status.hash);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(policy_confirm(policy, &first, true, reason), 0);
	put("idp.conf", "nonsense");
	assert_int_equal(start(), 0);
	assert_string_equal(id(), "tried");
}

/* Killed at any moment: whatever was asked for, the agent starts, and a trial ends. */
static void test_killed_at_any_moment(void **state)
{
	unsigned n_trials = 0, n = 0;
	(void)state;
	start_good();
	for (useconds_t delay = 0; delay < 80; delay++) {
		const char *now;
		pid_t child;

		put("idp.conf", CONF("tried"));
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			IGNORE(policy_apply(policy, NULL, 3600, &first, nobody, reason));
			for (;;)
				IGNORE(policy_rollback(policy, reason) ||
				       policy_apply(policy, NULL, 3600, &first, nobody, reason));
		}
		IGNORE(usleep(delay * 100));
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		assert_int_equal(start(), 0);
		now = id();
		n_trials += on_trial();
		n++;
		if (on_trial()) {
			assert_string_equal(now, "tried");
			assert_int_equal(policy_rollback(policy, reason), 0);
		}
		put("idp.conf", CONF("good"));
		assert_int_equal(start(), 0);
		assert_string_equal(id(), "good");
	}
	print_message("# %u of %u were killed on trial\n", n_trials, n);
}

/* ---- what is written ---- */

static void test_a_record_is_whole_or_nothing(void **state)
{
	struct policy_record record = { .trial = true, .applied = 5, .until = UINT64_MAX - 1 };
	struct policy_record found;
	char text[4096];
	size_t len;
	FILE *file;
	int shelf;
	(void)state;
	assert_int_equal(policy_shelf_open("state", &shelf), 0);
	assert_int_equal(policy_shelf_read(shelf, &found), -ENOENT);
	memset(record.force, 'a', POLICY_HASH_LEN);
	memset(record.before, 'b', POLICY_HASH_LEN);
	memset(record.refused[1], 'c', POLICY_HASH_LEN);
	(void)snprintf(record.boot, sizeof(record.boot), "0123456789abcdef");
	(void)snprintf(record.session, sizeof(record.session), "login:audit:7");
	assert_int_equal(policy_shelf_write(shelf, &record), 0);
	assert_int_equal(policy_shelf_read(shelf, &found), 0);
	assert_memory_equal(&found, &record, sizeof(found));
	file = fopen("state/policy/record", "re");
	assert_non_null(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	(void)fclose(file);
	for (size_t i = 0; i + 1 < len; i++) { /* of the last line its end may be missing */
		file = fopen("state/policy/record", "we");
		assert_non_null(file);
		assert_int_equal(fwrite(text, 1, i, file), i);
		assert_int_equal(fclose(file), 0);
		assert_int_not_equal(policy_shelf_read(shelf, &found), 0);
	}
	assert_int_equal(close(shelf), 0);
}

static void hash_of(const char *text, char hash[static POLICY_HASH_SIZE])
{
	const struct config_source source = { .file = "x", .text = text, .len = strlen(text) };
	struct config_problems problems = { 0 };
	struct config *config = NULL;

	assert_int_equal(config_parse(&source, 1, &problems, &config), 0);
	assert_int_equal(policy_rules_hash(config, hash), 0);
	config_free(config);
	config_problems_done(&problems);
}

static void test_rules_have_one_fingerprint_in_any_order(void **state)
{
	static const char head[] = "[provider corp]\nissuer = https://id.example.org\nclient_id = ";
	static const char *const same[] = {
		"h1\n[allow a]\nservice = sshd\nneed = group:a\n[deny b]\nneed = user:b\n",
		"h2\n[deny b]\n# a word\nneed = user:b\n\n[allow a]\nneed = group:a\nservice = sshd\n",
	};
	static const char *const other[] = {
		"h1\n[allow a]\nneed = group:a\n[deny b]\nneed = user:b\n",
		"h1\n[allow a]\nservice = sshd\nneed = group:b\n[deny b]\nneed = user:b\n",
		"h1\n[allow c]\nservice = sshd\nneed = group:a\n[deny b]\nneed = user:b\n",
	};
	char text[512], one[POLICY_HASH_SIZE], two[POLICY_HASH_SIZE];
	(void)state;
	(void)snprintf(text, sizeof(text), "%s%s", head, same[0]);
	hash_of(text, one);
	(void)snprintf(text, sizeof(text), "%s%s", head, same[1]);
	hash_of(text, two);
	assert_string_equal(one, two);
	for (size_t i = 0; i < ELEMENTSOF(other); i++) {
		(void)snprintf(text, sizeof(text), "%s%s", head, other[i]);
		hash_of(text, two);
		assert_string_not_equal(one, two);
	}
}

static void test_texts_come_back(void **state)
{
	struct config_files *files = config_files_new(), *back = NULL;
	struct buf text;
	(void)state;
	assert_non_null(files);
	files->n = 2;
	files->sources[0] = (struct config_source){ "/e/idp.conf", "a\0b", 3 };
	files->sources[1] = (struct config_source){ "/e/conf.d/1\n2.conf", "", 0 };
	buf_init(&text, 1024);
	assert_int_equal(policy_text_pack(files, "/f", &text), -EINVAL);
	buf_reset(&text);
	assert_int_equal(policy_text_pack(files, "/e", &text), 0);
	for (size_t i = 0; i < text.len; i++) {
		struct config_files *part = NULL;

		/* a text that ends between two files is one of fewer files: the hash is the guard
		 */
		if (policy_text_unpack(text.data, i, "/e", &part) == 0)
			assert_true(part->n < 2);
		config_files_free(part);
	}
	assert_int_equal(policy_text_unpack(text.data, text.len, "/g", &back), 0);
	assert_int_equal(back->n, 2);
	assert_string_equal(back->sources[0].file, "/g/idp.conf");
	assert_int_equal(back->sources[0].len, 3);
	assert_memory_equal(back->sources[0].text, "a\0b", 3);
	assert_string_equal(back->sources[1].file, "/g/conf.d/1\n2.conf");
	config_files_free(back);
	config_files_free(files);
	buf_done(&text);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_wrong_files_start_with_the_last_good),
		CASE(test_drop_ins_are_kept_with_it),
		CASE(test_a_reload_of_wrong_files_changes_nothing),
		CASE(test_a_damaged_copy_is_not_used),
		CASE(test_nobody_confirms),
		CASE(test_a_crash_does_not_end_a_trial),
		CASE(test_a_reboot_ends_a_trial),
		CASE(test_a_way_back_that_is_blocked),
		CASE(test_what_was_edited_during_a_trial_waits),
		CASE(test_a_policy_on_trial_may_be_loaded_again),
		CASE(test_a_second_trial_goes_back_to_the_first_start),
		CASE(test_who_may_confirm),
		CASE(test_where_nobody_signs_in_processes_are_compared),
		CASE(test_going_back_by_hand),
		CASE(test_a_full_disk),
		CASE(test_one_step_back_with_a_full_disk),
		CASE(test_what_cannot_be_applied_is_not_tried),
		CASE(test_a_trial_that_cannot_begin_costs_nothing),
		CASE(test_killed_at_any_moment),
		CASE(test_a_record_is_whole_or_nothing),
		CASE(test_rules_have_one_fingerprint_in_any_order),
		CASE(test_texts_come_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
