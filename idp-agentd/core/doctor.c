/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* idpctl doctor: what the authority sees by itself, and what idp-netd finds when it looks. */
#include "idp-agentd/core/doctor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/binding.h"
#include "idp-agentd/core/card-mint.h"
#include "idp-agentd/core/config.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/doctor-people.h"
#include "idp-agentd/core/examine.h"
#include "idp-agentd/core/idmap-control.h"
#include "idp-agentd/core/job.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/pin.h"
#include "idp-agentd/core/policy-check.h"
#include "idp-agentd/core/publishing.h"
#include "idp-agentd/core/scope-book.h"
#include "idp-agentd/core/wallet.h"

struct doctor {
	struct job job;
	size_t n_keys; /* in tokens, that are being tried */
};

static void doctor_say(struct job *job, enum wire_finding level, const char *topic,
		       const char *text, const char *remedy)
{
	job_tell(job, &(struct finding){ level, topic, text, remedy });
}

/* When the platforms and the tokens have been looked at. */
static void doctor_end(struct doctor *doctor)
{
	if (!doctor->job.flow && doctor->n_keys == 0)
		job_end_findings(&doctor->job);
}

struct doctor_topic {
	struct job *job;
	const char *topic;
};

static void doctor_on_examined(void *userdata, enum wire_finding level, const char *text,
			       const char *remedy)
{
	const struct doctor_topic *about = userdata;

	job_tell(about->job, &(struct finding){ level, about->topic, text, remedy });
}

/* A fact is nothing to tell; what this host asks for beyond it is. */
static void doctor_examine(struct job *job, const struct finding *fact)
{
	struct doctor_topic about = { job, fact->topic };
	const struct examine examine = { job->parts->authority->config, doctor_on_examined,
					 &about };

	if (strncmp(fact->topic, "provider ", STRLEN("provider ")) == 0)
		examine_fact(&examine, fact->topic + STRLEN("provider "), fact->level, fact->text,
			     fact->remedy);
}

static int doctor_on_finding(struct job *job, struct wire_in *in)
{
	struct finding finding;
	int r = finding_read(in, &finding);

	if (r < 0)
		return r;
	if (finding.level >= WIRE_FINDING_OFFER)
		doctor_examine(job, &finding);
	else
		job_tell(job, &finding);
	return 0;
}

static int doctor_on_message(void *owner, uint64_t flow, struct wire_in *in, bool last)
{
	struct doctor *doctor = owner;
	int r = 0;

	(void)flow;
	if (in->type == MSG_FINDING)
		r = doctor_on_finding(&doctor->job, in);
	else if (in->type == MSG_FAILED)
		doctor_say(&doctor->job, WIRE_FINDING_ERROR, "network", "idp-netd could not look.",
			   "See the journal of idp-netd.");
	if (last) {
		doctor->job.flow = 0;
		doctor_end(doctor);
	}
	return r;
}

static void doctor_on_lost(void *owner, uint64_t flow)
{
	struct doctor *doctor = owner;

	(void)flow;
	doctor->job.flow = 0;
	doctor_say(&doctor->job, WIRE_FINDING_ERROR, "network", "The link to idp-netd was lost.",
		   "See the journal of idp-netd.");
	doctor_end(doctor);
}

static const struct flow_owner doctor_flow = {
	.message = doctor_on_message,
	.lost = doctor_on_lost,
};

/* Providers whose people were bound otherwise than idp.conf says. */
static void doctor_look_at_guards(struct job *job)
{
	const struct binding_guards *guards = job->parts->authority->guards;
	char text[2 * REASON_MAX], remedy[REASON_MAX];

	for (size_t i = 0; guards && i < guards->n; i++) {
		const struct binding_guard *guard = &guards->items[i];

		(void)snprintf(text, sizeof(text),
			       "Provider %.64s: %llu people are bound by %.100s of %.160s, and "
			       "idp.conf now says otherwise: nobody signs in there.",
			       guard->provider, (unsigned long long)guard->people, guard->subject,
			       guard->issuer);
		(void)snprintf(remedy, sizeof(remedy),
			       "Put it back in idp.conf, or: idpctl provider rebind %.64s",
			       guard->provider);
		doctor_say(job, WIRE_FINDING_ERROR, "bindings", text, remedy);
	}
}

/* What root has taken out by hand, and may have forgotten. */
static void doctor_look_at_scopes(struct job *job)
{
	const struct scope_book *book = job->parts->authority->scopes;
	char text[2 * REASON_MAX], remedy[2 * REASON_MAX];
	const char *name;

	for (size_t i = 0; (name = scope_book_off_at(book, i)); i++) {
		(void)snprintf(text, sizeof(text),
			       "Scope %.200s is disabled: sign-ins do not ask for it, and a rule "
			       "that needs it lets in only who was granted it before, or shows a "
			       "token with it.",
			       name);
		(void)snprintf(remedy, sizeof(remedy),
			       "When the platform knows it: idpctl scope enable %.200s", name);
		doctor_say(job, WIRE_FINDING_WARNING, "scopes", text, remedy);
	}
}

/* After a change of id_range, most likely. */
static void doctor_say_range(struct job *job, uint64_t n)
{
	const struct idmap *map = &job->parts->authority->idmap;
	char text[REASON_MAX];

	(void)snprintf(text, sizeof(text),
		       "%llu of the record %s an id outside of id_range %u-%u, and nobody sees them.",
		       (unsigned long long)n, n == 1 ? "has" : "have", map->first, map->last);
	doctor_say(job, WIRE_FINDING_WARNING, "ids", text,
		   "Widen id_range again: ids once given are never changed. idpctl idmap check "
		   "names them.");
}

/* What the authority sees by itself. */
static void doctor_look(struct job *job)
{
	struct publish_counts counts;
	struct wallets_status wallets;
	uint64_t published;

	publishing_get_status(job->parts->publishing, &counts, &published);
	policy_check_doctor(job);
	if (!published)
		doctor_say(job, WIRE_FINDING_ERROR, "snapshot",
			   "The snapshot could not be written since the start.",
			   "See the journal; check the space and the owner of its folder.");
	else
		doctor_say(job, WIRE_FINDING_OK, "snapshot", "The snapshot is written.", "");
	doctor_look_at_people(job);
	doctor_look_at_guards(job);
	idmap_doctor(job);
	doctor_look_at_scopes(job);
	wallets_get_status(job->parts->wallets, &wallets);
	if (!wallets.ready)
		doctor_say(job, WIRE_FINDING_WARNING, "tokens", wallets.reason,
			   "No tokens of sessions are kept until then; correct it, then idpctl "
			   "reload.");
	if (counts.hidden[PUBLISH_LOCAL])
		doctor_say(job, WIRE_FINDING_WARNING, "names",
			   "Some people of the platform have a name or id of this host's own.",
			   "idpctl user NAME says who; rename the local account or the person.");
	if (counts.hidden[PUBLISH_RANGE])
		doctor_say_range(job, counts.hidden[PUBLISH_RANGE]);
}

/* A key in a token has signed, or not. */
static void doctor_on_key(void *userdata, uint64_t id, const struct secret *made, const char *why)
{
	struct doctor *doctor = userdata;

	(void)id;
	if (made)
		doctor_say(&doctor->job, WIRE_FINDING_OK, "token", "The key in the token signs.",
			   "");
	else
		doctor_say(&doctor->job, WIRE_FINDING_ERROR, "token", why,
			   "See the journal of idp-keyd, and idp-keyd(8).");
	doctor->n_keys--;
	doctor_end(doctor);
}

static void doctor_try_keys(struct doctor *doctor)
{
	const struct control_parts *parts = doctor->job.parts;
	const struct config *config = parts->authority->config;
	char reason[REASON_MAX];

	for (size_t i = 0; i < config->n_providers; i++) {
		const struct config_provider *provider = &config->providers[i];

		if (!config_is_token_key(provider->client_key))
			continue;
		if (minter_mint(parts->minter, provider, pin_own_audience(provider), doctor_on_key,
				doctor, i, reason) == 0)
			doctor->n_keys++;
		else
			doctor_say(&doctor->job, WIRE_FINDING_ERROR, "token", reason, "");
	}
}

static void doctor_abandon(struct job *job)
{
	minter_forget(job->parts->minter, job);
}

static const struct job_ops doctor_ops = { .abandon = doctor_abandon };

int doctor_request(const struct control_parts *parts, struct conn *conn)
{
	struct doctor *doctor = calloc(1, sizeof(*doctor));
	struct job *job;

	if (!doctor)
		return -ENOMEM;
	job = &doctor->job;
	job_begin(job, &doctor_ops, parts, conn);
	doctor_look(job);
	doctor_try_keys(doctor);
	if (peer_ask_probe(parts->peer, "", &doctor_flow, doctor, &job->flow) >= 0)
		return 0;
	job->flow = 0;
	doctor_say(job, WIRE_FINDING_ERROR, "network", "idp-netd is not connected.",
		   "systemctl status idp-netd.socket idp-netd.service");
	doctor_end(doctor);
	return 0;
}
