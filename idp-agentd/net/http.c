/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HTTPS on the event loop: curl's multi interface driven by sd-event. MUST:
 *  1. only https, TLS 1.2 or later, peer and name always verified, against the pinned authority
 *     alone where one is configured;
 *  2. nothing from the environment: no proxy, no .netrc, no cookies;
 *  3. no redirect unless the order allows it, then only https to the same origin, and few;
 *  4. a body never grows past the order's limit, a request never lasts past its deadline;
 *  5. a body that ends early is an error, never a shorter answer;
 *  6. headers and bodies may hold secrets: they are erased, and never logged.
 */
#include "idp-agentd/net/http.h"

#include <errno.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "idp-agentd/net/http-loop.h"
#include "idp-agentd/net/http-text.h"
#include "idp-agentd/net/url.h"

#define HTTP_REDIRECTS_MAX 3u

/* ---- lifetime of a request ---- */

static void http_slist_erase(struct curl_slist *list)
{
	for (struct curl_slist *item = list; item; item = item->next)
		secret_erase(item->data, strlen(item->data));
	curl_slist_free_all(list);
}

static void http_unlink(struct http_request *request)
{
	if (!request->self)
		return;
	*request->self = request->next;
	if (request->next)
		request->next->self = request->self;
	request->http->n_requests--;
}

static struct http_request *http_request_free(struct http_request *request)
{
	if (!request)
		return NULL;
	http_unlink(request);
	if (request->easy) {
		IGNORE(curl_multi_remove_handle(request->http->multi,
						request->easy)); /* not added yet */
		curl_easy_cleanup(request->easy);
	}
	http_slist_erase(request->headers);
	free(request->url);
	free(request->ca);
	secret_free(request->cert);
	secret_free(request->key);
	buf_done(&request->form);
	buf_done(&request->body);
	free(request);
	return NULL;
}
DEFINE_CLEANUP(struct http_request *, http_request_free);

struct http_request *http_cancel(struct http_request *request)
{
	return http_request_free(request);
}

/* ---- what is said about failures ---- */

static enum http_error http_verify_error(const struct http_request *request)
{
	long verdict = X509_V_OK;

	IGNORE(curl_easy_getinfo(request->easy, CURLINFO_SSL_VERIFYRESULT,
				 &verdict)); /* stays OK */
	switch (verdict) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return HTTP_E_EXPIRED;
	case X509_V_OK:
	case X509_V_ERR_UNSPECIFIED: /* curl's start value: the chain was fine, then it looked on */
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return HTTP_E_NAME; /* the chain is fine: it is another host's */
	default:
		return HTTP_E_UNTRUSTED;
	}
}

/*
 * TLS 1.3 tells a client late that its certificate will not do: by an alert where an answer should
 * be, which OpenSSL names and curl passes on in its text.
 */
static bool http_is_refused_certificate(const struct http_request *request, CURLcode code)
{
	if (code == CURLE_SSL_CERTPROBLEM)
		return true;
	return (code == CURLE_RECV_ERROR || code == CURLE_SSL_CONNECT_ERROR) &&
	       strstr(request->detail, "alert") &&
	       (strstr(request->detail, "certificate") || strstr(request->detail, "unknown ca"));
}

static enum http_error http_error_of(const struct http_request *request, CURLcode code)
{
	if (code == CURLE_OK)
		return HTTP_OK;
	if (request->too_large || code == CURLE_FILESIZE_EXCEEDED)
		return HTTP_E_TOO_LARGE;
	if (code == CURLE_COULDNT_RESOLVE_HOST)
		return HTTP_E_DNS;
	if (code == CURLE_COULDNT_CONNECT)
		return HTTP_E_CONNECT;
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		return http_verify_error(request);
	if (http_is_refused_certificate(request, code))
		return HTTP_E_CERTIFICATE;
	if (code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR)
		return HTTP_E_CA;
	if (code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CIPHER)
		return HTTP_E_TLS;
	if (code == CURLE_OPERATION_TIMEDOUT)
		return HTTP_E_TIMEOUT;
	if (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
	    code == CURLE_SEND_ERROR)
		return HTTP_E_TRUNCATED;
	if (code == CURLE_URL_MALFORMAT)
		return HTTP_E_URL;
	if (code == CURLE_OUT_OF_MEMORY || code == CURLE_WRITE_ERROR)
		return HTTP_E_MEMORY;
	return HTTP_E_PROTOCOL;
}

/* ---- reading the headers ---- */

static const char *http_header(const struct http_request *request, const char *name)
{
	struct curl_header *header = NULL;

	if (curl_easy_header(request->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return NULL;
	return header->value;
}

/* A header that there is once, or NULL: of two nobody knows which is meant. */
static const char *http_only_header(const struct http_request *request, const char *name)
{
	struct curl_header *header = NULL;

	if (curl_easy_header(request->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK ||
	    header->amount != 1)
		return NULL;
	return header->value;
}

static void http_read_content_type(const struct http_request *request, struct http_answer *answer)
{
	const char *value = http_header(request, "Content-Type");
	size_t n = 0;

	if (!value)
		return;
	while (n + 1 < sizeof(answer->content_type) && value[n] && !strchr("; \t", value[n])) {
		char c = value[n];

		answer->content_type[n++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	answer->content_type[n] = '\0';
}

static void http_read_headers(const struct http_request *request, struct http_answer *answer)
{
	const char *value;
	long status = 0;

	if (curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
	    status > 0 && status < 1000)
		answer->status = (unsigned)status;
	http_read_content_type(request, answer);
	value = http_header(request, "Date");
	if (value) {
		time_t date = curl_getdate(value, NULL);

		answer->date = date > 0 ? (int64_t)date : HTTP_DATE_NONE;
	}
	answer->dpop_nonce = http_only_header(request, "DPoP-Nonce");
	answer->challenge = http_header(request, "WWW-Authenticate");
	answer->etag = http_only_header(request, "ETag");
	value = http_header(request, "Cache-Control");
	if (value)
		answer->max_age = http_parse_max_age(value);
	value = http_header(request, "Retry-After");
	if (value)
		answer->retry_after = http_parse_retry_after(
			value, (int64_t)curl_getdate(value, NULL),
			answer->date != HTTP_DATE_NONE ? answer->date : (int64_t)time(NULL));
	if (answer->retry_after == 0 && answer->status == 429)
		answer->retry_after =
			http_parse_rate_limit(http_header(request, "X-Rate-Limit-Remaining"),
					      http_header(request, "X-Rate-Limit-Interval"));
}

/* ---- setting a transfer up ---- */

static size_t http_on_body(char *bytes, size_t size, size_t n, void *userdata)
{
	struct http_request *request = userdata;

	buf_put(&request->body, bytes, size * n);
	if (request->body.error == -EMSGSIZE)
		request->too_large = true;
	return request->body.error < 0 ? 0 : size * n;
}

/* MUST 1, 2 and 4 stand here, option by option. */
static CURLcode http_set_guards(const struct http_request *request)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
		{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
		{ CURLOPT_NOSIGNAL, 1 },
		/* HTTP/1.1 does all we need with less code a stranger can reach. */
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_CONNECTTIMEOUT_MS, (long)(HTTP_CONNECT_DEADLINE / USEC_PER_MSEC) },
		{ CURLOPT_TIMEOUT_MS, (long)(HTTP_REQUEST_DEADLINE / USEC_PER_MSEC) },
		/* A resolver thread that hangs is let go of, not waited for: the loop never blocks.
		 */
		{ CURLOPT_QUICK_EXIT, 1 },
	};
	const struct {
		CURLoption option;
		const char *value;
	} texts[] = {
		{ CURLOPT_PROTOCOLS_STR, "https" },
		{ CURLOPT_REDIR_PROTOCOLS_STR, "https" },
		{ CURLOPT_PROXY, "" },
		{ CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION },
	};

	for (size_t i = 0; i < ELEMENTSOF(numbers); i++) {
		CURLcode code =
			curl_easy_setopt(request->easy, numbers[i].option, numbers[i].value);

		if (code != CURLE_OK)
			return code;
	}
	for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
		CURLcode code = curl_easy_setopt(request->easy, texts[i].option, texts[i].value);

		if (code != CURLE_OK)
			return code;
	}
	if (!request->ca)
		return CURLE_OK;
	if (curl_easy_setopt(request->easy, CURLOPT_CAPATH, NULL) != CURLE_OK)
		return CURLE_BAD_FUNCTION_ARGUMENT;
	return curl_easy_setopt(request->easy, CURLOPT_CAINFO, request->ca);
}

/* Both live as long as the request, so that curl makes no copy nobody erases. */
static CURLcode http_set_certificate(const struct http_request *request)
{
	struct curl_blob cert = { .flags = CURL_BLOB_NOCOPY }, key = { .flags = CURL_BLOB_NOCOPY };
	CURLcode code;

	if (!request->cert || !request->key)
		return CURLE_OK;
	cert.data = request->cert->text;
	cert.len = request->cert->len;
	key.data = request->key->text;
	key.len = request->key->len;
	code = curl_easy_setopt(request->easy, CURLOPT_SSLCERT_BLOB, &cert);
	return code == CURLE_OK ? curl_easy_setopt(request->easy, CURLOPT_SSLKEY_BLOB, &key) : code;
}

static CURLcode http_set_data(struct http_request *request)
{
	CURL *easy = request->easy;
	CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, request->url);

	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->detail);
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_on_body);
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
					(curl_off_t)request->body.limit);
	if (code != CURLE_OK || !request->posts)
		return code;
	/* curl sends again, also a POST, when a connection it had kept breaks without an answer. */
	code = curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->once ? 1L : 0L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
					(curl_off_t)request->form.len);
	if (code == CURLE_OK)
		code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, (const char *)request->form.data);
	return code;
}

/* Appends a line of both; "Name:" alone keeps curl from sending its own. */
static int http_add_header(struct http_request *request, const char *name, const char *value)
{
	struct buf line;
	struct curl_slist *list = NULL;

	buf_init_secret(&line, HTTP_HEADER_MAX);
	buf_put_text(&line, name);
	buf_put_text(&line, value);
	if (buf_end(&line) == 0)
		list = curl_slist_append(request->headers, (const char *)line.data);
	buf_done(&line);
	if (!list)
		return -ENOMEM;
	request->headers = list;
	return 0;
}

static int http_add_headers(struct http_request *request, const struct http_order *order)
{
	int r = http_add_header(request,
				"Accept: ", order->accept ? order->accept : "application/json");

	if (r == 0)
		r = http_add_header(request, "Expect:", "");
	if (r == 0 && order->authorization)
		r = http_add_header(request, "Authorization: ", order->authorization);
	if (r == 0 && order->bearer)
		r = http_add_header(
			request, order->proof ? "Authorization: DPoP " : "Authorization: Bearer ",
			order->bearer->text);
	if (r == 0 && order->etag)
		r = http_add_header(request, "If-None-Match: ", order->etag);
	if (r == 0 && order->proof)
		r = http_add_header(request, "DPoP: ", order->proof->text);
	if (r == 0 && request->posts)
		r = http_add_header(request, "Content-Type: ", "application/x-www-form-urlencoded");
	return r;
}

static int http_request_new(struct http *http, const struct http_order *order,
			    struct http_request **ret_request)
{
	_cleanup_(http_request_freep) struct http_request *request = calloc(1, sizeof(*request));
	int r;

	if (!request)
		return -ENOMEM;
	request->http = http;
	buf_init_secret(&request->form, HTTP_BODY_MAX);
	buf_init_secret(&request->body, order->body_max ? order->body_max : HTTP_BODY_MAX);
	request->redirects = order->redirects;
	request->once = order->once;
	request->posts = order->form != NULL;
	request->url = strdup(order->url ? order->url : "");
	request->ca = order->ca ? strdup(order->ca) : NULL;
	request->cert = order->cert ? secret_new(order->cert->text, order->cert->len) : NULL;
	request->key = order->key ? secret_new(order->key->text, order->key->len) : NULL;
	if (!request->url || (order->ca && !request->ca) || (order->cert && !request->cert) ||
	    (order->key && !request->key))
		return -ENOMEM;
	if (order->form)
		buf_put(&request->form, order->form->data, order->form->len);
	r = buf_end(&request->form);
	if (r < 0)
		return r;
	r = http_add_headers(request, order);
	if (r < 0)
		return r;
	request->easy = curl_easy_init();
	if (!request->easy)
		return -ENOMEM;
	*ret_request = TAKE_PTR(request);
	return 0;
}

static void http_link(struct http *http, struct http_request *request)
{
	request->next = http->requests;
	request->self = &http->requests;
	if (request->next)
		request->next->self = &request->next;
	http->requests = request;
	http->n_requests++;
}

int http_start(struct http *http, const struct http_order *order, http_done_fn done, void *userdata,
	       struct http_request **ret_request)
{
	_cleanup_(http_request_freep) struct http_request *request = NULL;
	int r;

	/* Every address was checked where it was read; one that is bad here is our own mistake. */
	if (!url_is_https(order->url))
		return -EINVAL;
	r = http_request_new(http, order, &request);
	if (r < 0)
		return r;
	request->done = done;
	request->userdata = userdata;
	if (http_set_guards(request) != CURLE_OK || http_set_data(request) != CURLE_OK ||
	    http_set_certificate(request) != CURLE_OK)
		return -EIO;
	if (curl_multi_add_handle(http->multi, request->easy) != CURLM_OK)
		return -ENOMEM;
	http_link(http, request);
	*ret_request = TAKE_PTR(request);
	return 0;
}

/* ---- finishing ---- */

/* Sends the request again where it was redirected to, if it may: true when it is under way. */
static bool http_redirect(struct http_request *request, struct http_answer *answer)
{
	char *target = NULL;
	char *copy;

	if (answer->status < 300 || answer->status > 399 || answer->status == 304)
		return false;
	answer->error = HTTP_E_REDIRECT;
	if (!request->redirects || request->posts || request->n_redirects >= HTTP_REDIRECTS_MAX)
		return false;
	if (curl_easy_getinfo(request->easy, CURLINFO_REDIRECT_URL, &target) != CURLE_OK ||
	    !target || !url_same_origin(request->url, target))
		return false;
	copy = strdup(target);
	if (!copy)
		return false;
	free(request->url);
	request->url = copy;
	request->n_redirects++;
	buf_reset(&request->body);
	if (curl_multi_remove_handle(request->http->multi, request->easy) != CURLM_OK ||
	    curl_easy_setopt(request->easy, CURLOPT_URL, request->url) != CURLE_OK)
		return false;
	return curl_multi_add_handle(request->http->multi, request->easy) == CURLM_OK;
}

/*
 * MUST 5 for a body that lasts until the connection closes: curl takes a connection that was cut
 * for one that was closed, so such a body could be half of one. Nobody we talk to sends them.
 */
static bool http_is_bounded(const struct http_request *request, const struct http_answer *answer)
{
	const char *coding = http_header(request, "Transfer-Encoding");

	if (answer->status == 204 || answer->status == 304 ||
	    http_header(request, "Content-Length"))
		return true;
	return coding && strcasestr(coding, "chunked");
}

void http_finish(struct http_request *request, CURLcode code)
{
	struct http_answer answer = { .date = HTTP_DATE_NONE, .max_age = HTTP_MAX_AGE_NONE };

	answer.error = http_error_of(request, code);
	http_read_headers(request, &answer);
	if (answer.error == HTTP_OK && http_redirect(request, &answer))
		return;
	if (answer.error == HTTP_OK && !http_is_bounded(request, &answer))
		answer.error = HTTP_E_TRUNCATED;
	if (buf_end(&request->body) < 0 && answer.error == HTTP_OK)
		answer.error = HTTP_E_MEMORY;
	if (answer.error != HTTP_OK)
		http_explain(answer.error, request->url, answer.reason, sizeof(answer.reason));
	answer.body = answer.error == HTTP_OK ? (const char *)request->body.data : "";
	answer.body_len = answer.error == HTTP_OK ? request->body.len : 0;
	request->done(request->userdata, &answer);
	http_request_free(request);
}
