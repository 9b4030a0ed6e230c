/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A directory that speaks SCIM 2.0: DIR_SYNC reads all users, then all groups; DIR_FIND asks for
 * one. MUST:
 *  1. "complete" is said only after both lists came whole (pager.h);
 *  2. no more records are sent than the authority gave credit for (a find needs none: it is few);
 *  3. every retry is counted and waited for; no server can keep a flow for ever.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/reason.h"
#include "idp-agentd/net/dir-scim.h"
#include "idp-agentd/net/dir.h"
#include "idp-agentd/net/directory.h"
#include "idp-agentd/net/flow.h"
#include "idp-agentd/net/net.h"
#include "idp-agentd/net/provider.h"
#include "idp-agentd/net/reply.h"
#include "idp-agentd/net/timer.h"
#include "idp-agentd/net/url.h"

#define DIR_SCIM_FIND_PAGE 20u /* who has this name: one, or a few whose case differs */

static struct dir_scim *dir_scim_free(struct dir_scim *dir)
{
	if (!dir)
		return NULL;
	dir_token_done(&dir->token);
	sd_event_source_disable_unref(dir->timer);
	scim_page_done(&dir->page);
	pager_done(&dir->pager);
	directory_unref(dir->directory);
	free(dir->value);
	free(dir);
	return NULL;
}
DEFINE_CLEANUP(struct dir_scim *, dir_scim_free);

/* The flow is gone after this. */
void dir_scim_end(struct dir_scim *dir, const char *code, const char *text)
{
	char skipped[REASON_MAX];
	struct reply_dir_end end = { .complete = !*code, .cursor = "", .code = code, .text = text };

	end.users = dir->n_users;
	end.groups = dir->n_groups;
	if (!*code && dir->n_skipped > 0) {
		reason_format(skipped, sizeof(skipped),
			      "%u records were left out; the first: %.180s", dir->n_skipped,
			      dir->skipped);
		end.text = skipped;
	}
	if (*code)
		log_warning("directory %s: %s (%s)", dir->directory->name, text, code);
	else if (!dir->find)
		log_info("directory %s: %u users, %u groups%s%s", dir->directory->name,
			 dir->n_users, dir->n_groups, *end.text ? "; " : "", end.text);
	reply_dir_end(dir->net->outlet, dir->flow, &end);
	flow_end(dir->net->flows, dir->flow);
}

/* ---- asking ---- */

static int dir_scim_put_filter(struct dir_scim *dir, struct buf *out)
{
	const struct directory_paths *paths = &dir->directory->paths;
	const char *base = dir->groups ? NULL : dir->directory->filter;
	const char *pointer = dir->groups ? paths->group_name : paths->name;

	if (!dir->find) {
		buf_put_text(out, base ? base : "");
		return 0;
	}
	if (dir->what == WIRE_FIND_SUBJECT)
		pointer = paths->subject;
	return scim_put_filter(out, base, pointer, dir->value);
}

static int dir_scim_put_url(struct dir_scim *dir, struct buf *out)
{
	struct buf filter;
	int r;

	buf_init(&filter, URL_LEN_MAX);
	r = dir_scim_put_filter(dir, &filter);
	if (r == 0)
		r = buf_end(&filter);
	if (r == 0) {
		directory_put_url(dir->directory, out, dir->groups ? "Groups" : "Users",
				  pager_start(&dir->pager),
				  dir->find ? DIR_SCIM_FIND_PAGE : dir->directory->page_size);
		if (filter.len > 0) {
			buf_put_text(out, "&filter=");
			url_put_escaped(out, (const char *)filter.data, false);
		}
	}
	buf_done(&filter);
	return r != 0 ? r : buf_end(out);
}

static int dir_scim_request(struct dir_scim *dir)
{
	struct buf url;
	int r;

	buf_init(&url, URL_LEN_MAX);
	r = dir_scim_put_url(dir, &url);
	if (r == 0)
		r = dir_token_read(&dir->token, (const char *)url.data, dir_scim_on_answer, dir);
	buf_done(&url);
	return r;
}

static void dir_scim_on_token(void *userdata, bool ok, const char *code, const char *text)
{
	struct dir_scim *dir = userdata;
	int r;

	if (!ok) {
		dir_scim_end(dir, code, text);
		return;
	}
	r = dir_scim_request(dir);
	if (r == SCIM_E_PATH)
		dir_scim_end(
			dir, "configuration",
			"an attribute of this directory cannot be searched for: it is inside a list");
	else if (r < 0)
		dir_scim_end(dir, "internal", strerrordesc_np(-r));
}

void dir_scim_ask(struct dir_scim *dir)
{
	dir_token_want(&dir->token);
}

/* ---- the flow ---- */

static void dir_scim_on_free(void *state)
{
	dir_scim_free(state);
}

static void dir_scim_on_sign(void *state, const char *why_not, const struct secret *assertion)
{
	struct dir_scim *dir = state;

	dir_token_signed(&dir->token, why_not, assertion);
}

static void dir_scim_on_credit(void *state, uint32_t n)
{
	struct dir_scim *dir = state;

	dir->credit = n > UINT32_MAX - dir->credit ? UINT32_MAX : dir->credit + n;
	dir_scim_pump(dir);
}

static const struct flow_ops dir_scim_ops = {
	.free = dir_scim_on_free,
	.sign = dir_scim_on_sign,
	.credit = dir_scim_on_credit,
};

static int dir_scim_on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	dir_scim_ask(userdata);
	return 0;
}

static int dir_scim_new(struct net *net, const struct dir_order *order, struct dir_scim **ret_dir)
{
	_cleanup_(dir_scim_freep) struct dir_scim *dir = calloc(1, sizeof(*dir));
	int r;

	if (!dir)
		return -ENOMEM;
	dir->net = net;
	dir->flow = order->flow;
	dir->directory = directory_ref(order->directory);
	dir->find = order->find;
	dir->what = order->what;
	dir->groups = order->find && order->what == WIRE_FIND_GROUP_NAME;
	dir_token_init(&dir->token, net, order->flow, dir->directory, dir_scim_on_token, dir);
	dir->value = strdup(order->value);
	if (!dir->value)
		return -ENOMEM;
	r = pager_init(&dir->pager);
	if (r < 0)
		return r;
	r = timer_new(net->event, 0, dir_scim_on_time, dir, &dir->timer);
	if (r < 0)
		return r;
	*ret_dir = TAKE_PTR(dir);
	return 0;
}

int dir_scim_start(struct net *net, const struct dir_order *order)
{
	_cleanup_(dir_scim_freep) struct dir_scim *dir = NULL;
	int r = dir_scim_new(net, order, &dir);

	if (r < 0)
		return r;
	r = flow_add(net->flows, order->flow, &dir_scim_ops, dir);
	if (r < 0)
		return r;
	dir_scim_ask(TAKE_PTR(dir));
	return 0;
}
