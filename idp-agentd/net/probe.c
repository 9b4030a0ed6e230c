/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PROBE: walks providers, then directories, one request at a time. The metadata and keys are
 * fetched afresh, past the caches, since it is the platform of now that is asked about.
 */
#include "idp-agentd/net/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/net/dir-backend.h"
#include "idp-agentd/net/dir-token.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/flow.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/probe-judge.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/registry.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/scim.h"
#include "idp-agentd/net/url.h"

struct probe {
	struct net *net;
	char *name;
	struct probe_say say;
	size_t at; /* of the providers, then of the directories */
	bool directories;
	unsigned n_looked;
	size_t n_keys;             /* sets of the provider that were looked at */
	struct provider *provider; /* under look; counted */
	struct directory *directory;
	bool has_token; /* token is in use */
	struct dir_token token;
	struct http_request *request;
	sd_event_source *turn; /* the next one is looked at from the loop: no depth of calls */
};

static void probe_release(struct probe *probe)
{
	probe->request = http_cancel(probe->request);
	if (probe->has_token)
		dir_token_done(&probe->token);
	probe->has_token = false;
	probe->provider = provider_unref(probe->provider);
	probe->directory = directory_unref(probe->directory);
}

static struct probe *probe_free(struct probe *probe)
{
	if (!probe)
		return NULL;
	probe_release(probe);
	sd_event_source_disable_unref(probe->turn);
	free(probe->name);
	free(probe);
	return NULL;
}
DEFINE_CLEANUP(struct probe *, probe_free);

static void probe_next(struct probe *probe)
{
	if (sd_event_source_set_enabled(probe->turn, SD_EVENT_ONESHOT) >= 0)
		return;
	reply_probe_end(probe->net->outlet, probe->say.flow);
	flow_end(probe->net->flows, probe->say.flow);
}

/* ---- a provider ---- */

static int probe_get(struct probe *probe, const char *url, http_done_fn done)
{
	const struct http_order order = {
		.url = url,
		.ca = probe->provider->ca,
		.redirects = true,
	};

	return http_start(probe->net->http, &order, done, probe, &probe->request);
}

static void probe_on_keys(void *userdata, const struct http_answer *answer);

/* Of the provider, then of each of its instances. */
static void probe_ask_keys(struct probe *probe)
{
	const struct provider *provider = probe->provider;
	const char *url = provider_endpoint(provider, PROVIDER_JWKS);

	if (probe->n_keys > 0 && probe->n_keys <= provider->n_instances) {
		const struct instance *instance = &provider->instances[probe->n_keys - 1];

		url = instance->keys.url;
		reason_format(probe->say.topic, sizeof(probe->say.topic), "instance %.80s",
			      instance->issuer);
	}
	if (probe->n_keys > provider->n_instances || !url ||
	    probe_get(probe, url, probe_on_keys) < 0)
		probe_next(probe);
}

static void probe_on_keys(void *userdata, const struct http_answer *answer)
{
	struct probe *probe = userdata;

	probe->request = NULL;
	probe_judge_keys(&probe->say, answer);
	probe->n_keys++;
	probe_ask_keys(probe);
}

/* What was found becomes what is known: the endpoints are judged as a sign-in would use them. */
static void probe_on_metadata(void *userdata, const struct http_answer *answer)
{
	struct probe *probe = userdata;
	struct metadata metadata = METADATA_NULL;

	probe->request = NULL;
	if (!probe_judge_answer(&probe->say, answer, "metadata")) {
		probe_next(probe);
		return;
	}
	probe_judge_clock(&probe->say, answer->date, (int64_t)(clock_real() / USEC_PER_SEC));
	if (!probe_judge_document(&probe->say, probe->provider, answer, &metadata)) {
		probe_next(probe);
		return;
	}
	metadata_done(&probe->provider->metadata);
	probe->provider->metadata = metadata;
	probe_tell_facts(&probe->say, probe->provider, &metadata);
	probe_judge_metadata(&probe->say, probe->provider, &metadata);
	probe_ask_keys(probe);
}

static void probe_look_at_provider(struct probe *probe, struct provider *provider)
{
	const struct document *document = &provider->metadata_document;
	char reason[REASON_MAX];
	const char *url;

	probe->provider = provider_ref(provider);
	probe->n_keys = 0;
	if (*provider->broken) {
		probe_error(&probe->say, provider->broken, "Correct it in idp.conf, then reload.");
		probe_next(probe);
		return;
	}
	if (provider->discovery == DISCOVERY_NONE) {
		probe_tell_facts(&probe->say, provider, &provider->metadata);
		probe_judge_metadata(&probe->say, provider, &provider->metadata);
		probe_ask_keys(probe);
		return;
	}
	url = document->ops->url(document->owner, reason);
	if (!url || probe_get(probe, url, probe_on_metadata) < 0) {
		probe_error(&probe->say, "its metadata has no address",
			    "Check issuer= in idp.conf.");
		probe_next(probe);
	}
}

/* ---- a directory ---- */

#define PROBE_DIRECTORY_REMEDY \
	"Put that right; idp.conf(5) tells what this kind of directory needs."

/* enum dir_next or -errno, with its sentence. */
static void probe_say_looked(const struct probe *probe, int looked, const struct dir_word *word)
{
	if (looked == DIR_NEXT_WHOLE)
		probe_ok(&probe->say, word->text);
	else if (looked == DIR_NEXT_REFUSED)
		probe_error(&probe->say, word->text, PROBE_DIRECTORY_REMEDY);
	else
		probe_error(&probe->say, "it could not be looked at",
			    "Look for idp-netd in the journal.");
}

static void probe_on_look(void *userdata, const struct http_answer *answer)
{
	struct probe *probe = userdata;
	struct dir_word word = { .code = "" };

	if (answer->error != HTTP_OK)
		(void)probe_judge_answer(&probe->say, answer, probe->directory->url);
	else
		probe_say_looked(probe,
				 probe->directory->backend->looked(probe->directory, answer, &word),
				 &word);
	probe_next(probe);
}

static int probe_ask_look(struct probe *probe)
{
	struct dir_request request = { .body_max = HTTP_PAGE_MAX };
	struct dir_word word = { .code = "" };
	int r;

	buf_init(&request.url, URL_LEN_MAX);
	r = probe->directory->backend->look(probe->directory, &request, &word);
	if (r == DIR_NEXT_ASK)
		r = buf_end(&request.url);
	if (r == 0)
		r = dir_token_read(&probe->token, &request, probe_on_look, probe);
	buf_done(&request.url);
	return r;
}

/* What needs no request. */
static void probe_look_here(struct probe *probe)
{
	struct dir_request request = { .body_max = 0 };
	struct dir_word word = { .code = "" };

	probe_say_looked(probe, probe->directory->backend->look(probe->directory, &request, &word),
			 &word);
	probe_next(probe);
}

static void probe_on_users(void *userdata, const struct http_answer *answer)
{
	struct probe *probe = userdata;

	probe_judge_directory(&probe->say, probe->directory, answer);
	probe_next(probe);
}

static int probe_ask_users(struct probe *probe)
{
	struct dir_request request = { .accept = SCIM_TYPES, .body_max = HTTP_PAGE_MAX };
	int r;

	buf_init(&request.url, URL_LEN_MAX);
	directory_put_url(probe->directory, &request.url, "Users", 1, 1);
	r = buf_end(&request.url);
	if (r == 0)
		r = dir_token_read(&probe->token, &request, probe_on_users, probe);
	buf_done(&request.url);
	return r;
}

static void probe_on_token(void *userdata, bool ok, const char *code, const char *text)
{
	struct probe *probe = userdata;

	(void)code;
	if (ok &&
	    (probe->directory->backend->look ? probe_ask_look(probe) : probe_ask_users(probe)) == 0)
		return;
	probe_error(&probe->say, ok ? "it could not be asked" : text,
		    "Check client_id, client_auth and client_secret, and that the client may use "
		    "the client_credentials grant; or set auth=bearer.");
	probe_next(probe);
}

static void probe_look_at_directory(struct probe *probe, struct directory *directory)
{
	probe->directory = directory_ref(directory);
	if (*directory->broken) {
		probe_error(&probe->say, directory->broken, "Correct it in idp.conf, then reload.");
		probe_next(probe);
		return;
	}
	if (!directory->backend->lists) {
		probe_note(&probe->say,
			   "people become known as they sign in: there is no list to read");
		probe_next(probe);
		return;
	}
	if (!directory->backend->http) {
		probe_look_here(probe);
		return;
	}
	dir_token_init(&probe->token, probe->net, probe->say.flow, directory, probe_on_token,
		       probe);
	probe->has_token = true;
	dir_token_want(&probe->token);
}

/* ---- one after the other ---- */

static bool probe_wants(const struct probe *probe, const char *name)
{
	return !*probe->name || strcmp(probe->name, name) == 0;
}

static void probe_set_topic(struct probe *probe, const char *kind, const char *name)
{
	probe->n_looked++;
	reason_format(probe->say.topic, sizeof(probe->say.topic), "%s %.64s", kind, name);
}

/* True when something is being looked at. */
static bool probe_step(struct probe *probe)
{
	struct provider *provider = NULL;
	struct directory *directory = NULL;

	while (!probe->directories) {
		provider = registry_provider_at(probe->net->registry, probe->at++);
		if (!provider) {
			probe->directories = true;
			probe->at = 0;
		} else if (probe_wants(probe, provider->name)) {
			probe_set_topic(probe, "provider", provider->name);
			probe_look_at_provider(probe, provider);
			return true;
		}
	}
	while ((directory = registry_directory_at(probe->net->registry, probe->at++))) {
		if (!probe_wants(probe, directory->name))
			continue;
		probe_set_topic(probe, "directory", directory->name);
		probe_look_at_directory(probe, directory);
		return true;
	}
	return false;
}

static int probe_on_turn(sd_event_source *source, void *userdata)
{
	struct probe *probe = userdata;

	(void)source;
	probe_release(probe);
	if (probe_step(probe))
		return 0;
	if (probe->n_looked == 0)
		probe_error(&probe->say, "no provider or directory of that name is configured",
			    "See 'idpctl status' for the names there are.");
	reply_probe_end(probe->net->outlet, probe->say.flow);
	flow_end(probe->net->flows, probe->say.flow);
	return 0;
}

static void probe_on_free(void *state)
{
	probe_free(state);
}

static void probe_on_sign(void *state, const char *why_not, const struct secret *assertion)
{
	struct probe *probe = state;

	if (probe->has_token)
		dir_token_signed(&probe->token, why_not, assertion);
}

static const struct flow_ops probe_ops = { .free = probe_on_free, .sign = probe_on_sign };

int probe_start(struct net *net, uint64_t flow, const char *name)
{
	_cleanup_(probe_freep) struct probe *probe = calloc(1, sizeof(*probe));
	int r;

	if (!probe)
		return -ENOMEM;
	probe->net = net;
	probe->say = (struct probe_say){ .outlet = net->outlet, .flow = flow, .topic = "network" };
	probe->name = strdup(name);
	if (!probe->name)
		return -ENOMEM;
	r = sd_event_add_defer(net->event, &probe->turn, probe_on_turn, probe);
	if (r < 0)
		return r;
	r = flow_add(net->flows, flow, &probe_ops, probe);
	if (r < 0)
		return r;
	TAKE_PTR(probe);
	return 0;
}
