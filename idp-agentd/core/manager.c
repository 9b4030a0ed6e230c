/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order: configuration, record, snapshot (published before anybody is told we are ready), the
 * link, everything that answers, the sockets. It ends in the opposite order.
 */
#include "idp-agentd/core/manager.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "common/log.h"
#include "idp-agentd/core/audit.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/card-mint.h"
#include "idp-agentd/core/clockwatch.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/desk.h"
#include "idp-agentd/core/lookup.h"
#include "idp-agentd/core/nss.h"
#include "idp-agentd/core/passes.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/policy.h"
#include "idp-agentd/core/publishing.h"
#include "idp-agentd/core/regroup.h"
#include "idp-agentd/core/self.h"
#include "idp-agentd/core/server.h"
#include "idp-agentd/core/signin.h"
#include "idp-agentd/core/ticket.h"
#include "idp-agentd/core/wallet.h"

#define MANAGER_FOUND_PAUSE USEC_PER_MINUTE /* between passes that found people cause */

struct manager {
	const struct manager_options *options;
	sd_event *event;
	struct authority authority;
	bool opened, linked;
	usec_t found_at;
	struct publishing *publishing;
	struct regroup *regroup;
	struct minter *minter;
	struct peer *peer;
	struct lookup *lookup;
	struct wallets *wallets;
	struct selves *selves;
	struct desk *desk;
	struct tickets *tickets;
	struct nss nss;
	struct signins *signins;
	struct passes *passes;
	struct clockwatch *clockwatch;
	struct control *control;
	struct server *server;
	struct policy *policy;
};

/* ---- words to systemd ---- */

static void manager_say_status(struct manager *manager)
{
	struct publish_counts counts;
	struct peer_status peer;
	char policy[REASON_MAX];
	uint64_t time;

	publishing_get_status(manager->publishing, &counts, &time);
	peer_get_status(manager->peer, &peer);
	policy_say(manager->policy, policy);
	IGNORE(sd_notifyf(0, "STATUS=%s%s%llu people, %llu groups; idp-netd is %s", policy,
			  *policy ? "; " : "", (unsigned long long)counts.people,
			  (unsigned long long)counts.groups,
			  peer.ready       ? "ready"
			  : peer.connected ? "starting"
					   : "away"));
}

/* ---- callbacks between the parts ---- */

static void manager_on_publish(void *userdata)
{
	publishing_request(((struct manager *)userdata)->publishing);
}

static void manager_on_shown(void *userdata)
{
	regroup_request(((struct manager *)userdata)->regroup);
	passes_shown(((struct manager *)userdata)->passes);
}

static void manager_on_pass(void *userdata)
{
	publishing_wait(((struct manager *)userdata)->publishing, manager_on_shown, userdata);
}

static void manager_on_regrouped(void *userdata)
{
	publishing_run_one(((struct manager *)userdata)->publishing);
}

/*
 * A directory has told us of one person, but not of their groups: those come with a pass, which
 * is not waited for. Many people found at once cause one pass.
 */
static void manager_on_found(void *userdata)
{
	struct manager *manager = userdata;
	usec_t now = clock_now();

	publishing_request(manager->publishing);
	if (manager->found_at && now < clock_add(manager->found_at, MANAGER_FOUND_PAUSE))
		return;
	manager->found_at = now;
	IGNORE(passes_request(manager->passes, "", false, false, NULL)); /* else at its time */
}

/* What the record says of times is of no use now: the directories confirm everybody anew. */
static void manager_on_clock(void *userdata, int64_t seconds)
{
	struct manager *manager = userdata;

	log_notice("the clock was set by %lld seconds; the directories are asked again",
		   (long long)seconds);
	publishing_request(manager->publishing); /* accounts may have ended */
	IGNORE(passes_request(manager->passes, "", true, false, NULL)); /* else at its time */
}

/* The link came up, went down, or is ready. */
static void manager_audit_link(struct manager *manager)
{
	struct peer_status peer;
	const struct audit_event event = {
		.kind = AUDIT_LINK,
		.priority = manager->linked ? LOG_WARNING : LOG_INFO,
		.message = manager->linked ? "idp-netd is away: nobody new can sign in"
					   : "idp-netd is there",
		.result = manager->linked ? "away" : "there",
	};

	peer_get_status(manager->peer, &peer);
	if (peer.connected == manager->linked)
		return;
	manager->linked = peer.connected;
	audit_write(&event);
}

static void manager_on_link(void *userdata)
{
	struct manager *manager = userdata;

	manager_audit_link(manager);
	if (manager->passes)
		passes_on_link(manager->passes);
	if (manager->wallets && manager->linked)
		wallets_on_link(manager->wallets);
	manager_say_status(manager);
}

static int manager_on_nss(void *userdata, struct conn *conn, struct wire_in *in)
{
	return nss_request(&((struct manager *)userdata)->nss, conn, in);
}

static int manager_on_pam(void *userdata, struct conn *conn, struct wire_in *in)
{
	return signins_request(((struct manager *)userdata)->signins, conn, in);
}

static int manager_on_self(void *userdata, struct conn *conn, struct wire_in *in)
{
	return selves_request(((struct manager *)userdata)->selves, conn, in);
}

static int manager_on_desk(void *userdata, struct conn *conn, struct wire_in *in)
{
	return desk_request(((struct manager *)userdata)->desk, conn, in);
}

static int manager_on_control(void *userdata, struct conn *conn, struct wire_in *in)
{
	return control_request(((struct manager *)userdata)->control, conn, in);
}

/* ---- configuration ---- */

static int manager_apply(void *userdata, struct config *config)
{
	struct manager *manager = userdata;
	int r = authority_reconfigure(&manager->authority, config);

	if (r < 0)
		return r;
	log_set_level(config_log_level(config));
	peer_configure(manager->peer);
	wallets_configure(manager->wallets);
	desk_configure(manager->desk);
	minter_check(manager->minter);
	publishing_request(manager->publishing);
	regroup_request(manager->regroup);
	r = passes_configure(manager->passes);
	if (r < 0)
		log_error("the directories are read by the old schedule: %s", strerrordesc_np(-r));
	return 0;
}

static void manager_on_policy(void *userdata)
{
	manager_say_status(userdata);
}

static int manager_reload(void *userdata, struct policy_listener listener,
			  char reason[static REASON_MAX])
{
	struct manager *manager = userdata;
	int r;

	IGNORE(sd_notify(0, "RELOADING=1"));
	r = policy_reload(manager->policy, listener, reason);
	IGNORE(sd_notify(0, "READY=1"));
	manager_say_status(manager);
	return r;
}

/* ---- signals ---- */

static int manager_on_stop(sd_event_source *source, const struct signalfd_siginfo *info,
			   void *userdata)
{
	(void)source;
	(void)info;
	return sd_event_exit(((struct manager *)userdata)->event, 0);
}

static int manager_on_hup(sd_event_source *source, const struct signalfd_siginfo *info,
			  void *userdata)
{
	const struct policy_listener nobody = { .fn = NULL };
	char reason[REASON_MAX];

	(void)source;
	(void)info;
	IGNORE(manager_reload(userdata, nobody, reason)); /* says everything itself */
	return 0;
}

static int manager_watch_signals(struct manager *manager)
{
	static const int stops[] = { SIGTERM, SIGINT };
	int r = sd_event_add_signal(manager->event, NULL, SIGHUP | SD_EVENT_SIGNAL_PROCMASK,
				    manager_on_hup, manager);

	for (size_t i = 0; i < ELEMENTSOF(stops) && r >= 0; i++)
		r = sd_event_add_signal(manager->event, NULL, stops[i] | SD_EVENT_SIGNAL_PROCMASK,
					manager_on_stop, manager);
	return r;
}

/* ---- putting together ---- */

static int manager_make_wallets(struct manager *manager)
{
	const struct wallets_parts parts = {
		.event = manager->event,
		.authority = &manager->authority,
		.peer = manager->peer,
		.time = authority_time,
	};
	struct selves_parts selves = { .authority = &manager->authority };
	int r = wallets_new(&parts, &manager->wallets);

	if (r < 0)
		return r;
	r = tickets_new(manager->event, &manager->tickets);
	if (r < 0)
		return r;
	selves.wallets = manager->wallets;
	selves.tickets = manager->tickets;
	return selves_new(&selves, &manager->selves);
}

static int manager_make_parts(struct manager *manager)
{
	const struct lookup_parts lookup = {
		.event = manager->event,
		.authority = &manager->authority,
		.peer = manager->peer,
		.publish = manager_on_found,
		.userdata = manager,
	};
	const struct passes_parts passes = {
		.event = manager->event,
		.authority = &manager->authority,
		.peer = manager->peer,
		.publish = manager_on_pass,
		.userdata = manager,
	};
	struct signins_parts signins = {
		.event = manager->event,
		.authority = &manager->authority,
		.peer = manager->peer,
		.publish = manager_on_publish,
		.publish_now = manager_on_regrouped,
		.userdata = manager,
	};
	const struct desk_parts desk = {
		.event = manager->event,
		.authority = &manager->authority,
		.peer = manager->peer,
	};
	int r = manager_make_wallets(manager);

	if (r < 0)
		return r;
	r = desk_new(&desk, &manager->desk);
	if (r >= 0)
		r = lookup_new(&lookup, &manager->lookup);
	if (r < 0)
		return r;
	signins.lookup = manager->lookup;
	signins.wallets = manager->wallets;
	signins.tickets = manager->tickets;
	manager->nss = (struct nss){ .authority = &manager->authority, .lookup = manager->lookup };
	r = signins_new(&signins, &manager->signins);
	if (r < 0)
		return r;
	r = passes_new(&passes, &manager->passes);
	if (r < 0)
		return r;
	r = clockwatch_new(manager->event, manager_on_clock, manager, &manager->clockwatch);
	return r < 0 ? r : passes_configure(manager->passes);
}

static int manager_make_server(struct manager *manager)
{
	const struct server_handlers handlers = {
		.userdata = manager,
		.nss = manager_on_nss,
		.pam = manager_on_pam,
		.control = manager_on_control,
		.self = manager_on_self,
		.desk = manager_on_desk,
	};
	struct control_parts control = {
		.event = manager->event,
		.authority = &manager->authority,
		.peer = manager->peer,
		.desk = manager->desk,
		.minter = manager->minter,
		.lookup = manager->lookup,
		.signins = manager->signins,
		.wallets = manager->wallets,
		.passes = manager->passes,
		.publishing = manager->publishing,
		.policy = manager->policy,
		.config_path = manager->options->config,
		.started = authority_time(),
		.reload = manager_reload,
		.userdata = manager,
	};
	int r = server_new(manager->event, &handlers, &manager->server);

	if (r < 0)
		return r;
	control.server = manager->server;
	r = control_new(&control, &manager->control);
	if (r < 0)
		return r;
	r = server_listen(manager->server, manager->options->agent_fd, PERMIT_AGENT);
	return r < 0 ? r
		     : server_listen(manager->server, manager->options->control_fd, PERMIT_CONTROL);
}

static int manager_make(struct manager *manager)
{
	int r = sd_event_default(&manager->event);

	if (r < 0)
		return r;
	r = manager_watch_signals(manager);
	if (r < 0)
		return r;
	r = publishing_new(manager->event, &manager->authority, &manager->publishing);
	if (r < 0)
		return r;
	publishing_run(manager->publishing);
	r = regroup_new(manager->event, &manager->authority, manager_on_publish, manager,
			&manager->regroup);
	if (r < 0)
		return r;
	r = minter_new(manager->event, manager->options->key, &manager->authority,
		       &manager->minter);
	if (r < 0)
		return r;
	minter_check(manager->minter);
	r = peer_new(manager->event, manager->options->net, &manager->authority, manager->minter,
		     manager_on_link, manager, &manager->peer);
	if (r < 0)
		return r;
	r = manager_make_parts(manager);
	if (r >= 0)
		r = manager_make_server(manager);
	if (r >= 0)
		r = policy_attach(manager->policy, manager->event);
	if (r >= 0)
		r = sd_event_set_watchdog(manager->event, true);
	return r < 0 ? r : 0;
}

static void manager_done(struct manager *manager)
{
	manager->server = server_free(manager->server);
	manager->control = control_free(manager->control);
	manager->clockwatch = clockwatch_free(manager->clockwatch);
	manager->passes = passes_free(manager->passes);
	manager->signins = signins_free(manager->signins);
	manager->lookup = lookup_free(manager->lookup);
	manager->desk = desk_free(manager->desk);
	manager->selves = selves_free(manager->selves);
	manager->tickets = tickets_free(manager->tickets);
	manager->wallets = wallets_free(manager->wallets);
	manager->peer = peer_free(manager->peer);
	manager->minter = minter_free(manager->minter);
	manager->regroup = regroup_free(manager->regroup);
	manager->publishing = publishing_free(manager->publishing);
	manager->policy = policy_free(manager->policy);
	if (manager->opened)
		authority_close(&manager->authority);
	manager->event = sd_event_unref(manager->event);
}

/* The configuration to start with: the files', or the one that was kept. */
static int manager_choose(struct manager *manager, char reason[static REASON_MAX],
			  struct config **ret_config)
{
	const struct policy_parts parts = {
		.path = manager->options->config,
		.state = manager->options->state,
		.snapshot = manager->options->snapshot,
		.apply = manager_apply,
		.changed = manager_on_policy,
		.userdata = manager,
	};
	int r = policy_new(&parts, &manager->policy);

	*reason = '\0';
	if (r < 0)
		(void)snprintf(reason, REASON_MAX, "%s", strerrordesc_np(-r));
	return r < 0 ? r : policy_start(manager->policy, reason, ret_config);
}

static int manager_open(struct manager *manager)
{
	char reason[REASON_MAX];
	struct config *config = NULL;

	if (manager_choose(manager, reason, &config)) {
		IGNORE(sd_notifyf(0, "STATUS=configuration refused: %s", reason));
		log_error("%s is refused, and no good one is kept", manager->options->config);
		return MANAGER_EXIT_CONFIG;
	}
	log_set_level(config_log_level(config));
	if (authority_open(&manager->authority, config, manager->options->state,
			   manager->options->snapshot, reason)) {
		config_free(config);
		IGNORE(sd_notifyf(0, "STATUS=%s", reason));
		log_error("%s", reason);
		return MANAGER_EXIT_RECORD;
	}
	manager->opened = true;
	return MANAGER_EXIT_OK;
}

int manager_run(const struct manager_options *options)
{
	struct manager manager = { .options = options };
	int r, code = manager_open(&manager);

	if (code) {
		manager.policy = policy_free(manager.policy);
		return code;
	}
	r = manager_make(&manager);
	if (r >= 0) {
		manager_say_status(&manager);
		IGNORE(sd_notify(0, "READY=1"));
		log_info("idp-agentd %s is ready", PACKAGE_VERSION);
		r = sd_event_loop(manager.event);
		IGNORE(sd_notify(0, "STOPPING=1"));
	}
	if (r < 0)
		log_error("%s", strerrordesc_np(-r));
	manager_done(&manager);
	return r < 0 ? MANAGER_EXIT_FAILED : MANAGER_EXIT_OK;
}
