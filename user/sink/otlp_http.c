// SPDX-License-Identifier: GPL-2.0-or-later
#include "otlp_http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "otlp_library.h"
#include "otlp_partial.h"
#include "units.h"

#define REPLY_MOST 65536 /* an answer is a few bytes, or a page of a proxy */
#define RETRY_AFTER_MOST_S 3600

const char otlp_http_missing[] = "libcurl or json-c is not installed";

const char *otlp_libraries(void)
{
	struct otlp_library library;

	return otlp_library_load(&library) ? NULL : library.curl_version();
}

struct otlp_http {
	struct otlp_library library;
	const struct otlp_settings *settings;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	unsigned char *packed; /* the body of the request under way, if it is compressed */
	char reply[REPLY_MOST];
	size_t reply_size;
	bool running;
};

static size_t keep_reply(char *bytes, size_t one, size_t count, void *context)
{
	struct otlp_http *http = context;
	size_t left = sizeof(http->reply) - 1 - http->reply_size;
	size_t kept = count < left ? count : left;

	memcpy(http->reply + http->reply_size, bytes, kept);
	http->reply_size += kept;
	/* The rest is read and forgotten: the connection stays usable. */
	return one * count;
}

static bool add_header(struct otlp_http *http, const char *text)
{
	struct curl_slist *headers = http->library.curl_slist_append(http->headers, text);

	if (headers)
		http->headers = headers;
	return headers;
}

static int set_headers(struct otlp_http *http)
{
	const struct otlp_settings *settings = http->settings;
	bool ok = add_header(http, "Content-Type: application/json");

	/* Without this libcurl asks first and waits a second for the answer. */
	ok = ok && add_header(http, "Expect:");
	if (settings->compress)
		ok = ok && add_header(http, "Content-Encoding: gzip");
	for (size_t i = 0; i < settings->header_count; i++)
		ok = ok && add_header(http, settings->headers[i]);
	return ok ? 0 : -ENOMEM;
}

/* True if libcurl takes OPTION; nothing is tried after the first that it does not take. */
#define SET(option, value) \
	(http->library.curl_easy_setopt(http->easy, CURLOPT_##option, (value)) == CURLE_OK)

static int set_options(struct otlp_http *http)
{
	const struct otlp_settings *settings = http->settings;
	bool ok = SET(NOSIGNAL, 1L) && SET(URL, settings->url) &&
		  SET(PROTOCOLS_STR, "http,https") && SET(FOLLOWLOCATION, 0L) && SET(POST, 1L) &&
		  SET(HTTPHEADER, http->headers) && SET(USERAGENT, "sigpath/" SIGPATH_VERSION) &&
		  SET(TIMEOUT_MS, (long)settings->timeout_ms) && SET(WRITEFUNCTION, keep_reply) &&
		  SET(WRITEDATA, http);

	if (settings->certificate)
		ok = ok && SET(CAINFO, settings->certificate);
	if (settings->client_key)
		ok = ok && SET(SSLKEY, settings->client_key) &&
		     SET(SSLCERT, settings->client_certificate);
	return ok ? 0 : -EINVAL;
}

int otlp_http_new(const struct otlp_settings *settings, struct otlp_http **ret_http)
{
	struct otlp_http *http = calloc(1, sizeof(*http));
	int error;

	if (!http)
		return -ENOMEM;
	http->settings = settings;
	error = otlp_library_load(&http->library);
	if (error) {
		free(http);
		return error;
	}
	if (http->library.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
		http->multi = http->library.curl_multi_init();
		http->easy = http->library.curl_easy_init();
	}
	error = http->multi && http->easy ? set_headers(http) : -ENOMEM;
	error = error ?: set_options(http);
	if (error)
		otlp_http_free(http);
	else
		*ret_http = http;
	return error;
}

static void end_request(struct otlp_http *http)
{
	if (http->running)
		http->library.curl_multi_remove_handle(http->multi, http->easy);
	http->running = false;
	free(http->packed);
	http->packed = NULL;
}

void otlp_http_free(struct otlp_http *http)
{
	if (!http)
		return;
	end_request(http);
	http->library.curl_easy_cleanup(http->easy);
	http->library.curl_multi_cleanup(http->multi);
	http->library.curl_slist_free_all(http->headers);
	free(http);
}

/* gzip (RFC 1952): 16 more than the bits of the window. */
static int pack(const char *body, size_t size, unsigned char **ret_packed, size_t *ret_size)
{
	z_stream stream = { 0 };
	uLong most;
	int state;

	if (size > UINT32_MAX || deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16,
					      8, Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	most = deflateBound(&stream, size);
	*ret_packed = malloc(most);
	if (!*ret_packed) {
		deflateEnd(&stream);
		return -ENOMEM;
	}
	stream.next_in = (unsigned char *)body;
	stream.avail_in = (uInt)size;
	stream.next_out = *ret_packed;
	stream.avail_out = (uInt)most;
	state = deflate(&stream, Z_FINISH);
	*ret_size = stream.total_out;
	deflateEnd(&stream);
	return state == Z_STREAM_END ? 0 : -ENOMEM;
}

int otlp_http_begin(struct otlp_http *http, const char *body, size_t size)
{
	int error = 0;

	if (http->settings->compress) {
		error = pack(body, size, &http->packed, &size);
		body = (const char *)http->packed;
	}
	http->reply_size = 0;
	if (error || !SET(POSTFIELDS, body) || !SET(POSTFIELDSIZE_LARGE, (curl_off_t)size) ||
	    http->library.curl_multi_add_handle(http->multi, http->easy) != CURLM_OK) {
		end_request(http);
		return -ENOMEM;
	}
	http->running = true;
	return 0;
}

static bool is_retryable(long status)
{
	return status == 429 || (status >= 502 && status <= 504);
}

static void judge(struct otlp_http *http, CURLcode result, struct otlp_answer *answer)
{
	struct strbuf text = STRBUF_IN(answer->text);
	curl_off_t retry_after = 0;
	long status = 0;

	*answer = (struct otlp_answer){ .verdict = OTLP_RETRY };
	http->reply[http->reply_size] = '\0';
	if (result != CURLE_OK) {
		strbuf_add_text(&text, http->library.curl_easy_strerror(result));
		return;
	}
	http->library.curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
	http->library.curl_easy_getinfo(http->easy, CURLINFO_RETRY_AFTER, &retry_after);
	strbuf_printf(&text, "HTTP status %ld", status);
	if (status >= 200 && status < 300) {
		answer->verdict = OTLP_DELIVERED;
		otlp_partial_read(&http->library, http->reply, &answer->rejected, &text);
	} else if (is_retryable(status)) {
		if (retry_after > RETRY_AFTER_MOST_S)
			retry_after = RETRY_AFTER_MOST_S;
		if (retry_after > 0)
			answer->retry_after_ns = (uint64_t)retry_after * NSEC_PER_SEC;
	} else {
		answer->verdict = OTLP_REFUSED;
		otlp_partial_message(&http->library, http->reply, &text);
	}
}

bool otlp_http_wait(struct otlp_http *http, int fd, int timeout_ms, struct otlp_answer *ret_answer)
{
	struct curl_waitfd wait = { .fd = fd, .events = CURL_WAIT_POLLIN };
	int running = 0, left;
	CURLMsg *message;

	http->library.curl_multi_perform(http->multi, &running);
	if (running || !http->running)
		http->library.curl_multi_poll(http->multi, &wait, fd >= 0, timeout_ms, NULL);
	if (running)
		http->library.curl_multi_perform(http->multi, &running);
	while ((message = http->library.curl_multi_info_read(http->multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		judge(http, message->data.result, ret_answer);
		end_request(http);
		return true;
	}
	return false;
}
