/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_NET_HTTP_LOOP_H
#define IDP_NET_HTTP_LOOP_H

/* What http.c (requests) and http-loop.c (curl's multi interface on sd-event) share; nobody else.
 */

#include <curl/curl.h>
#include <systemd/sd-event.h>

#include "idp-agentd/net/http.h"

struct http {
	sd_event *event;
	CURLM *multi;
	sd_event_source *timer;
	struct http_request *requests;
	size_t n_requests;
};

struct http_request {
	struct http *http;
	struct http_request *next;
	struct http_request **self; /* the pointer that points here */
	CURL *easy;
	struct curl_slist *headers;
	char *url;
	char *ca;
	struct secret *cert, *key;
	struct buf form;
	struct buf body;
	bool posts;
	bool redirects, once;
	bool too_large;
	unsigned n_redirects;
	http_done_fn done;
	void *userdata;
	char detail[CURL_ERROR_SIZE];
};

/* The transfer is over: answers the callback and frees the request, or starts a redirect. */
void http_finish(struct http_request *request, CURLcode code);

#endif
