/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Order: PROBE (what the platform lists), SCOPE_PROBE (what it refuses), judgement. MUST: nothing
 * of the configuration is held over a wait; nothing is called refused that was not asked about.
 */
#include "idp-agentd/core/scope-check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/limits.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/job.h"
#include "idp-agentd/core/peer.h"
#include "idp-agentd/core/scope-book.h"

struct scope_check {
	struct scope_check_order order;
	char provider[CONFIG_NAME_MAX + 1];
	uint64_t flow;
	bool answers;               /* the platform told a fact */
	char *offered;              /* NULL: not read yet */
	char trouble[REASON_MAX];   /* why the platform could not be asked; "" it could */
	char nowhere[REASON_MAX];   /* why it could not be asked for scopes; "" it could */
	char *words;                /* asked about, cut into list */
	size_t n;
	const char *list[SCOPES_ASKED_MAX];
	struct scope_know know;
	const char *refused[SCOPES_ASKED_MAX]; /* of list */
};

static const struct config *check_config(const struct scope_check *check)
{
	return check->order.ops->config(check->order.userdata);
}

/* The last thing done. */
static void check_done(struct scope_check *check)
{
	const struct scope_check_ops *ops = check->order.ops;
	void *userdata = check->order.userdata;

	scope_check_free(check);
	ops->done(userdata);
}

static void _printf_(4, 5) check_say(const struct scope_check *check, enum wire_finding level,
				     const char *remedy, const char *format, ...)
{
	struct scope_finding finding = { .level = level };
	va_list args;

	va_start(args, format);
	IGNORE(vsnprintf(finding.text, sizeof(finding.text), format, args) < 0);
	va_end(args);
	(void)snprintf(finding.remedy, sizeof(finding.remedy), "%s", remedy);
	check->order.ops->found(check->order.userdata, &finding);
}

/* ---- judgement ---- */

/* What a look finds, sign-ins may know at once. */
static void check_note(const struct scope_check *check, const struct scope_entry *entry,
		       enum scope_state state)
{
	struct scope_book *book = check->order.authority->scopes;

	if (!check->know.probed || check->know.bare)
		return;
	if (state == SCOPE_REFUSED)
		IGNORE(scope_book_refuse(book, check->provider, entry->name, clock_now()));
	else
		IGNORE(scope_book_take(book, check->provider, entry->name));
}

static bool check_is_off(const struct scope_check *check, const struct scope_entry *entry)
{
	return scope_book_is_off(check->order.authority->scopes, entry->name);
}

static void check_tell_row(const struct scope_check *check, const struct scope_entry *entry)
{
	const struct scope_check_ops *ops = check->order.ops;
	enum scope_state state = scope_state(&check->know, entry->name);

	check_note(check, entry, state);
	if (ops->row)
		ops->row(check->order.userdata, entry, state, check_is_off(check, entry));
}

static void check_tell_findings(const struct scope_check *check, const struct scope_entry *entry)
{
	const struct scope_check_ops *ops = check->order.ops;
	struct scope_finding finding;

	scope_judge_alone(entry, &finding);
	if (finding.level > WIRE_FINDING_OK)
		ops->found(check->order.userdata, &finding);
	scope_judge(&check->know, entry, check_is_off(check, entry), &finding);
	if (finding.level > WIRE_FINDING_OK)
		ops->found(check->order.userdata, &finding);
}

static void check_tell_steps(const struct scope_check *check, const struct scope_entry *entry)
{
	const struct scope_check_ops *ops = check->order.ops;
	char text[SCOPE_WORDS_MAX];

	if (!ops->step || check_is_off(check, entry) ||
	    scope_state(&check->know, entry->name) != SCOPE_REFUSED)
		return;
	for (size_t i = 0; scope_step(&check->know, entry, check->provider, i, text); i++)
		ops->step(check->order.userdata, entry->name, i + 1, text);
}

static void check_tell_trouble(const struct scope_check *check)
{
	if (*check->trouble)
		check_say(check, WIRE_FINDING_WARNING,
			  "idpctl provider check says what is wrong with it.",
			  "the platform could not be asked (%s): what it offered last is taken",
			  check->trouble);
	else if (*check->nowhere)
		check_say(check, WIRE_FINDING_NOTE, "",
			  "which scopes it refuses cannot be found out without a person: %s",
			  check->nowhere);
	else if (!check->know.probed)
		check_say(check, WIRE_FINDING_WARNING, "Try again.",
			  "which scopes it refuses could not be found out: its answers contradict "
			  "one another");
	else if (check->know.takes_any)
		check_say(check, WIRE_FINDING_NOTE, "",
			  "it takes a request for a scope that does not exist: what it does not "
			  "know it drops without a word");
}

/* Which scopes there are can depend on the resource (RFC 8707), and the look names none. */
static bool check_is_bare(const struct config *config)
{
	for (size_t i = 0; i < config->n_services; i++)
		if (config->services[i].flow != CONFIG_FLOW_TOKEN && config->services[i].resource)
			return true;
	return false;
}

static void check_judge(struct scope_check *check)
{
	const struct config *config = check_config(check);
	const struct config_provider *provider = config_provider(config, check->provider);
	_cleanup_(scope_table_freep) struct scope_table *table = NULL;

	check->know.offered = check->offered ? check->offered : "";
	check->know.client_id = provider ? provider->client_id : "";
	check->know.refused = check->refused;
	check->know.bare = check_is_bare(config);
	if (!provider) /* a reload came between */
		check_say(check, WIRE_FINDING_WARNING, "Try again.",
			  "the provider is gone: the configuration has changed meanwhile");
	else if (scope_table_new(config, provider, &table) < 0)
		check_say(check, WIRE_FINDING_ERROR, "Try again.", "memory is short");
	for (size_t i = 0; table && i < table->n; i++)
		check_tell_row(check, &table->items[i]);
	check_tell_trouble(check);
	for (size_t i = 0; table && i < table->n; i++)
		check_tell_findings(check, &table->items[i]);
	for (size_t i = 0; table && i < table->n; i++)
		check_tell_steps(check, &table->items[i]);
	check_done(check);
}

/* ---- what it refuses ---- */

static bool check_asked(const struct scope_check *check, const char *name, const char **ret)
{
	for (size_t i = 0; i < check->n; i++)
		if (strcmp(check->list[i], name) == 0) {
			*ret = check->list[i];
			return true;
		}
	return false;
}

static int check_read_scopes(struct scope_check *check, struct wire_in *in)
{
	const char *said[SCOPES_ASKED_MAX];
	const char *where = wire_get_str(in, REASON_MAX);
	bool takes_any = wire_get_bool(in);
	bool whole = wire_get_bool(in);
	uint32_t n = wire_get_count(in);

	if (n > check->n)
		return -EPROTO;
	for (uint32_t i = 0; i < n; i++)
		said[i] = wire_get_str(in, WIRE_STRING_MAX);
	if (wire_close(in) < 0)
		return -EPROTO;
	for (uint32_t i = 0; i < n; i++)
		if (!check_asked(check, said[i], &check->refused[i]))
			return -EPROTO;
	check->know.n_refused = n;
	check->know.takes_any = takes_any;
	check->know.probed = whole;
	if (!*where)
		(void)snprintf(check->nowhere, sizeof(check->nowhere),
			       "it has neither a device authorization endpoint nor one for pushed "
			       "requests");
	return 0;
}

static int check_on_scopes(void *owner, uint64_t flow, struct wire_in *in, bool last)
{
	struct scope_check *check = owner;
	int r = 0;

	(void)flow;
	(void)last; /* both are */
	check->flow = 0;
	if (in->type == MSG_SCOPES) {
		r = check_read_scopes(check, in);
	} else {
		const char *code = wire_get_str(in, REASON_MAX);
		const char *text = wire_get_str(in, WIRE_STRING_MAX);

		(void)snprintf(check->nowhere, sizeof(check->nowhere), "%s",
			       *text ? text : code);
		r = wire_close(in) < 0 ? -EPROTO : 0;
	}
	check_judge(check);
	return r;
}

static void check_on_lost(void *owner, uint64_t flow)
{
	struct scope_check *check = owner;

	(void)flow;
	check->flow = 0;
	(void)snprintf(check->trouble, sizeof(check->trouble), "the link to idp-netd was lost");
	check_judge(check);
}

static const struct flow_owner check_scopes_flow = { .message = check_on_scopes,
						     .lost = check_on_lost };

/* The names of the table, which is gone after this. */
static int check_list(struct scope_check *check)
{
	const struct config *config = check_config(check);
	const struct config_provider *provider = config_provider(config, check->provider);
	_cleanup_(scope_table_freep) struct scope_table *table = NULL;
	struct buf words;
	char *save = NULL;
	int r;

	if (!provider)
		return -ENOENT;
	r = scope_table_new(config, provider, &table);
	if (r < 0)
		return r;
	buf_init(&words, WIRE_MESSAGE_MAX);
	for (size_t i = 0; i < table->n && i < SCOPES_ASKED_MAX; i++)
		buf_printf(&words, "%s%s", i ? " " : "", table->items[i].name);
	r = buf_end(&words);
	if (r == 0)
		check->words = (char *)TAKE_PTR(words.data);
	buf_done(&words);
	for (char *word = r == 0 ? strtok_r(check->words, " ", &save) : NULL;
	     word && check->n < ELEMENTSOF(check->list); word = strtok_r(NULL, " ", &save))
		check->list[check->n++] = word;
	return r;
}

/* A name that no platform has; another one each time, lest somebody registers it. */
static void check_canary(char canary[static 32])
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0)
		number = clock_now();
	(void)snprintf(canary, 32, "no-such-scope-%llx", (unsigned long long)number);
}

static int check_ask_scopes(struct scope_check *check)
{
	struct peer_scopes ask = { .provider = check->provider };
	char canary[32];
	int r = check_list(check);

	if (r < 0)
		return r;
	check_canary(canary);
	ask.scopes = check->list;
	ask.n = check->n;
	ask.canary = canary;
	return peer_ask_scopes(check->order.peer, &ask, &check_scopes_flow, check, &check->flow);
}

/* ---- what it lists ---- */

static void check_take_offer(struct scope_check *check)
{
	const struct config_provider *provider =
		config_provider(check_config(check), check->provider);
	struct scope_book *book = check->order.authority->scopes;

	if (!provider)
		return;
	if (*check->trouble)
		IGNORE(scope_book_offered(book, provider->issuer, &check->offered));
	else if (check->answers)
		scope_book_offer(book, provider->issuer, check->offered ? check->offered : "");
}

static void check_go_on(struct scope_check *check)
{
	check_take_offer(check);
	if (*check->trouble || check_ask_scopes(check) < 0)
		check_judge(check);
}

static int check_read_fact(struct scope_check *check, struct wire_in *in)
{
	struct finding finding;
	int r = finding_read(in, &finding);

	if (r < 0 || strncmp(finding.topic, "provider ", STRLEN("provider ")) != 0)
		return r;
	if (finding.level == WIRE_FINDING_ERROR && !*check->trouble && !check->answers)
		(void)snprintf(check->trouble, sizeof(check->trouble), "%s", finding.text);
	if (finding.level >= WIRE_FINDING_OFFER) {
		*check->trouble = '\0'; /* it answers: whatever else is wrong with it */
		check->answers = true;
	}
	if (finding.level == WIRE_FINDING_OFFER && strcmp(finding.text, "scopes_supported") == 0) {
		free(check->offered);
		check->offered = strdup(finding.remedy);
		r = check->offered ? 0 : -ENOMEM;
	}
	return r;
}

static int check_on_fact(void *owner, uint64_t flow, struct wire_in *in, bool last)
{
	struct scope_check *check = owner;
	int r = 0;

	(void)flow;
	if (in->type == MSG_FINDING)
		r = check_read_fact(check, in);
	else if (in->type == MSG_FAILED)
		(void)snprintf(check->trouble, sizeof(check->trouble), "idp-netd could not look");
	if (last) {
		check->flow = 0;
		check_go_on(check);
	}
	return r == -ENOMEM ? 0 : r;
}

static const struct flow_owner check_facts_flow = { .message = check_on_fact,
						    .lost = check_on_lost };

/* ---- life ---- */

int scope_check_begin(const struct scope_check_order *order, struct scope_check **ret_check)
{
	struct scope_check *check = calloc(1, sizeof(*check));
	int r;

	if (!check)
		return -ENOMEM;
	check->order = *order;
	(void)snprintf(check->provider, sizeof(check->provider), "%s", order->provider);
	check->offered = order->offered ? strdup(order->offered) : NULL;
	if (order->offered) {
		r = check->offered ? 0 : -ENOMEM;
		if (r == 0)
			r = check_ask_scopes(check);
	} else {
		r = peer_ask_probe(order->peer, check->provider, &check_facts_flow, check,
				   &check->flow);
	}
	if (r < 0) {
		scope_check_free(check);
		return r;
	}
	*ret_check = check;
	return 0;
}

struct scope_check *scope_check_free(struct scope_check *check)
{
	if (!check)
		return NULL;
	peer_abort(check->order.peer, check->flow);
	free(check->offered);
	free(check->words);
	free(check);
	return NULL;
}
