/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * curl's multi interface on sd-event: curl says which sockets and which time matter to it, the
 * loop says when they are due. No request is finished anywhere but in http_collect(), which runs
 * from the loop only, so that no callback ever runs inside http_start() or http_cancel().
 */
#include "idp-agentd/net/http-loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "common/clock.h"
#include "idp-agentd/net/timer.h"

/* curl's short timers drive its handshakes: the loop's usual 250 ms would slow every request. */
#define HTTP_TIMER_ACCURACY USEC_PER_MSEC

static void http_collect(struct http *http)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http->multi, &left))) {
		struct http_request *request = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request) !=
			    CURLE_OK ||
		    !request)
			continue;
		http_finish(request, code);
	}
}

/* ---- curl on sd-event ---- */

static int http_on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct http *http = userdata;
	int mask = 0;
	int running;

	(void)source;
	if (events & (EPOLLIN | EPOLLHUP))
		mask |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		mask |= CURL_CSELECT_ERR;
	IGNORE(curl_multi_socket_action(http->multi, fd, mask, &running)); /* told per transfer */
	http_collect(http);
	return 0;
}

static int http_on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct http *http = userdata;
	int running;

	(void)source;
	(void)usec;
	/* Told per transfer. */
	IGNORE(curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running));
	http_collect(http);
	return 0;
}

static int http_watch_socket(CURL *easy, curl_socket_t fd, int what, void *userdata, void *watched)
{
	struct http *http = userdata;
	sd_event_source *source = watched;
	uint32_t events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		sd_event_source_disable_unref(source);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	if (source)
		return sd_event_source_set_io_events(source, events) < 0 ? -1 : 0;
	if (sd_event_add_io(http->event, &source, fd, events, http_on_io, http) < 0)
		return -1;
	return curl_multi_assign(http->multi, fd, source) == CURLM_OK ? 0 : -1;
}

static int http_watch_time(CURLM *multi, long timeout_ms, void *userdata)
{
	struct http *http = userdata;
	usec_t at = USEC_INFINITY;

	(void)multi;
	if (timeout_ms >= 0)
		at = clock_add(clock_now(), (usec_t)timeout_ms * USEC_PER_MSEC);
	return timer_set(http->timer, at) < 0 ? -1 : 0;
}

static CURLMcode http_set_multi(struct http *http)
{
	CURLMcode code = curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, http_watch_socket);

	if (code == CURLM_OK)
		code = curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	if (code == CURLM_OK)
		code = curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, http_watch_time);
	if (code == CURLM_OK)
		code = curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	if (code == CURLM_OK)
		code = curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
					 (long)HTTP_HOST_CONNECTIONS_MAX);
	if (code == CURLM_OK)
		code = curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
					 (long)HTTP_CONNECTIONS_MAX);
	return code;
}

int http_new(struct sd_event *event, struct http **ret_http)
{
	_cleanup_(http_freep) struct http *http = calloc(1, sizeof(*http));
	int r;

	if (!http)
		return -ENOMEM;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -ENOMEM;
	http->event = sd_event_ref(event);
	r = timer_new(event, HTTP_TIMER_ACCURACY, http_on_time, http, &http->timer);
	if (r < 0)
		return r;
	http->multi = curl_multi_init();
	if (!http->multi || http_set_multi(http) != CURLM_OK)
		return -ENOMEM;
	*ret_http = TAKE_PTR(http);
	return 0;
}

struct http *http_free(struct http *http)
{
	if (!http)
		return NULL;
	while (http->requests)
		http_cancel(http->requests);
	if (http->multi)
		IGNORE(curl_multi_cleanup(http->multi)); /* nothing is left that could fail */
	sd_event_source_disable_unref(http->timer);
	sd_event_unref(http->event);
	free(http);
	return NULL;
}

size_t http_count(const struct http *http)
{
	return http->n_requests;
}
