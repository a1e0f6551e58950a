// SPDX-License-Identifier: GPL-2.0-or-later
/* What the process does with requests: it sends, waits, tries again, and keeps them on disk. */
#include "otlp_exporter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "otlp_confine.h"
#include "otlp_http.h"
#include "otlp_spool.h"

/* The wait between two tries doubles from the first to the last. */
#define WAIT_FIRST_NS NSEC_PER_SEC
#define WAIT_LAST_NS (30 * NSEC_PER_SEC)
/* With a spool the tracer does not wait longer for the answer of a collector. */
#define SPOOLED_NS (500 * NSEC_PER_MSEC)
/* A collector that changes its mind all the time must not fill stderr. */
#define SAY_NS (60 * NSEC_PER_SEC)
#define ORDER_MOST (UINT32_C(64) << 20)
#define FOREVER_MS 3600000

/* What the process works on. */
struct batch {
	char *body; /* NULL: none */
	size_t size;
	uint32_t items;
	uint64_t number; /* in the spool; 0: it is not there */
};

struct exporter {
	const struct otlp_settings *settings;
	int socket;
	struct otlp_http *http;
	struct otlp_spool *spool; /* NULL: none */
	struct batch batch;
	struct batch next; /* waits in memory, because the disk did not take it */
	bool sending;
	/* the order without an answer */
	bool owes;
	uint64_t owed_number; /* of the batch; 0: it is not in the spool */
	uint32_t owed_items;
	uint64_t owed_since_ns;
	/* trying again */
	uint64_t wait_ns, next_ns;
	bool failing, failure_was_said;
	uint64_t failure_said_ns, refusal_said_ns, dropped_said_ns;
	uint64_t spool_rejected;
};

/* --- messages --- */

static bool is_time_to_say(uint64_t *said_ns)
{
	uint64_t now = clock_now_ns();

	if (*said_ns && now - *said_ns < SAY_NS)
		return false;
	*said_ns = now;
	return true;
}

static void note_failure(struct exporter *exporter, const char *why)
{
	if (!exporter->failing && is_time_to_say(&exporter->failure_said_ns)) {
		exporter->failure_was_said = true;
		log_warning("%s: not delivered, sigpath tries again: %s", exporter->settings->name,
			    why);
	}
	exporter->failing = true;
}

static void note_success(struct exporter *exporter)
{
	if (exporter->failure_was_said)
		log_warning("%s: delivered again", exporter->settings->name);
	exporter->failing = exporter->failure_was_said = false;
	exporter->wait_ns = 0;
}

static void note_dropped(struct exporter *exporter)
{
	if (is_time_to_say(&exporter->dropped_said_ns))
		log_warning("%s: the spool is full: the oldest items are dropped",
			    exporter->settings->name);
}

static void note_refusal(struct exporter *exporter, uint64_t items, const char *why)
{
	if (is_time_to_say(&exporter->refusal_said_ns))
		log_warning("%s: %" PRIu64 " %s refused for good: %s", exporter->settings->name,
			    items, items == 1 ? "item was" : "items were", why);
}

/* --- the tracer --- */

/* False: the tracer has ended. */
static bool receive(int socket, void *bytes, size_t size)
{
	char *at = bytes;

	while (size) {
		ssize_t got = recv(socket, at, size, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		size -= (size_t)got;
	}
	return true;
}

static void send_answer(struct exporter *exporter, uint32_t rejected, bool is_spooled)
{
	uint32_t rest = exporter->owed_items - rejected;
	struct otlp_result result = {
		.delivered = is_spooled ? 0 : rest,
		.rejected = rejected,
		.spooled = is_spooled ? rest : 0,
		.spool_rejected = exporter->spool_rejected,
	};

	if (exporter->spool) {
		struct otlp_spool_counts counts = otlp_spool_count(exporter->spool);

		result.spool_dropped = counts.dropped;
		result.waiting = counts.waiting;
	}
	exporter->owes = false;
	if (send(exporter->socket, &result, sizeof(result), MSG_NOSIGNAL) != sizeof(result))
		_exit(0);
}

static int put_in_spool(struct exporter *exporter, struct batch *batch)
{
	struct otlp_spool_counts before = otlp_spool_count(exporter->spool), after;
	int error = otlp_spool_put(exporter->spool, batch->body, batch->size, batch->items,
				   exporter->batch.number, &batch->number);

	after = otlp_spool_count(exporter->spool);
	if (after.dropped != before.dropped || after.dropped_before != before.dropped_before)
		note_dropped(exporter);
	return error;
}

/* A spool that cannot be written leaves the request in memory, as without one. */
static void take_order(struct exporter *exporter, char *body, const struct otlp_order *order)
{
	struct batch batch = { body, order->size, order->items, 0 };
	int error = 0;

	exporter->owes = true;
	exporter->owed_items = order->items;
	exporter->owed_since_ns = clock_now_ns();
	if (exporter->spool)
		error = put_in_spool(exporter, &batch);
	if (error)
		note_failure(exporter, strerror(-error));
	exporter->owed_number = batch.number;
	if (batch.number)
		free(body);
	else
		exporter->next = batch;
}

static void read_order(struct exporter *exporter)
{
	struct otlp_order order;
	char *body;

	if (!receive(exporter->socket, &order, sizeof(order)) || order.size > ORDER_MOST)
		_exit(0);
	body = malloc(order.size ?: 1);
	/* The next one needs memory, too, and so does what is under way: the run goes on without. */
	if (!body) {
		log_error("%s: out of memory", exporter->settings->name);
		_exit(1);
	}
	if (!receive(exporter->socket, body, order.size))
		_exit(0);
	take_order(exporter, body, &order);
}

/* --- a request --- */

static void load_batch(struct exporter *exporter)
{
	struct otlp_spooled oldest;

	if (exporter->batch.body)
		return;
	if (exporter->next.body) {
		exporter->batch = exporter->next;
		exporter->next = (struct batch){ 0 };
		return;
	}
	if (!exporter->spool || otlp_spool_oldest(exporter->spool, &oldest))
		return;
	exporter->batch = (struct batch){ oldest.body, oldest.size, oldest.items, oldest.number };
}

static uint64_t random_up_to(uint64_t most)
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
		number = clock_now_ns();
	return number % (most + 1);
}

/* From half of the wait to all of it, so that many hosts do not come back at once. */
static void put_off(struct exporter *exporter, uint64_t asked_ns)
{
	uint64_t wait = exporter->wait_ns ? exporter->wait_ns * 2 : WAIT_FIRST_NS;

	if (wait > WAIT_LAST_NS)
		wait = WAIT_LAST_NS;
	exporter->wait_ns = wait;
	if (asked_ns)
		wait = asked_ns + random_up_to(WAIT_FIRST_NS / 4);
	else
		wait = wait / 2 + random_up_to(wait / 2);
	exporter->next_ns = clock_now_ns() + wait;
}

/* It needs no further try. */
static void settle(struct exporter *exporter, uint32_t rejected)
{
	struct batch *batch = &exporter->batch;
	bool is_owed = exporter->owes && exporter->owed_number == batch->number;

	if (batch->number) {
		if (!is_owed && otlp_spool_is_own(exporter->spool, batch->number))
			exporter->spool_rejected += rejected;
		otlp_spool_remove(exporter->spool, batch->number);
	}
	free(batch->body);
	*batch = (struct batch){ 0 };
	if (is_owed)
		send_answer(exporter, rejected, false);
}

static void note_answer(struct exporter *exporter, const struct otlp_answer *answer)
{
	uint64_t rejected = answer->rejected < exporter->batch.items ? answer->rejected
								     : exporter->batch.items;

	exporter->sending = false;
	if (!exporter->batch.body)
		return;
	switch (answer->verdict) {
	case OTLP_DELIVERED:
		note_success(exporter);
		if (rejected)
			note_refusal(exporter, rejected, answer->text);
		settle(exporter, (uint32_t)rejected);
		break;
	case OTLP_REFUSED:
		note_success(exporter);
		note_refusal(exporter, exporter->batch.items, answer->text);
		settle(exporter, exporter->batch.items);
		break;
	case OTLP_RETRY:
		note_failure(exporter, answer->text);
		put_off(exporter, answer->retry_after_ns);
		break;
	}
}

static void begin_request(struct exporter *exporter)
{
	const struct batch *batch = &exporter->batch;

	if (exporter->sending || !batch->body || clock_now_ns() < exporter->next_ns)
		return;
	if (otlp_http_begin(exporter->http, batch->body, batch->size)) {
		note_failure(exporter, "out of memory");
		put_off(exporter, 0);
		return;
	}
	exporter->sending = true;
}

/* What is on disk is safe: the tracer need not wait for a collector that does not answer. */
static void answer_from_spool(struct exporter *exporter)
{
	if (exporter->owes && exporter->owed_number &&
	    (exporter->failing || clock_now_ns() - exporter->owed_since_ns >= SPOOLED_NS))
		send_answer(exporter, 0, true);
}

/* Milliseconds up to the next thing that depends on the time. */
static int time_left_ms(const struct exporter *exporter)
{
	uint64_t now = clock_now_ns(), end = now + FOREVER_MS * NSEC_PER_MSEC;

	if (exporter->batch.body && !exporter->sending)
		end = exporter->next_ns;
	if (exporter->owes && exporter->owed_number && exporter->owed_since_ns + SPOOLED_NS < end)
		end = exporter->owed_since_ns + SPOOLED_NS;
	return end > now ? (int)((end - now) / NSEC_PER_MSEC) + 1 : 0;
}

/* -1: the tracer has ended. 1: there is an order. */
static int look_at_socket(int socket)
{
	char byte;
	ssize_t got = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	return got ? 1 : -1;
}

_Noreturn static void work(struct exporter *exporter)
{
	for (;;) {
		struct otlp_answer answer;
		int order;

		load_batch(exporter);
		begin_request(exporter);
		if (otlp_http_wait(exporter->http, exporter->socket, time_left_ms(exporter),
				   &answer))
			note_answer(exporter, &answer);
		answer_from_spool(exporter);
		order = look_at_socket(exporter->socket);
		/* An order comes only after the answer to the last one. */
		if (order < 0 || (order && exporter->owes))
			_exit(0);
		if (order)
			read_order(exporter);
	}
}

/* --- the start --- */

static int open_spool(struct exporter *exporter, int directory_fd, struct strbuf *why)
{
	if (directory_fd < 0)
		return 0;
	return otlp_spool_open(directory_fd, exporter->settings->spool, OTLP_SPOOL_BYTES, why,
			       &exporter->spool);
}

static int prepare(struct exporter *exporter, const struct rights_user *user, int directory_fd,
		   struct strbuf *why)
{
	int error = otlp_http_new(exporter->settings, &exporter->http);

	if (error == -ENOSYS)
		strbuf_add_text(why, otlp_http_missing);
	else if (error == -EINVAL)
		strbuf_add_text(why, "libcurl does not take these settings");
	error = error ?: otlp_confine_files(exporter->settings, user, directory_fd);
	error = error ?: open_spool(exporter, directory_fd, why);
	error = error ?: otlp_confine_calls();
	if (error && !why->length)
		strbuf_add_text(why, strerror(-error));
	return error;
}

void otlp_exporter_run(const struct otlp_settings *settings, const struct rights_user *user,
		       int socket, int directory_fd)
{
	struct exporter exporter = { .settings = settings, .socket = socket };
	struct otlp_hello hello = { 0 };
	struct strbuf why = STRBUF_IN(hello.text);

	hello.error = prepare(&exporter, user, directory_fd, &why);
	if (send(socket, &hello, sizeof(hello), MSG_NOSIGNAL) != sizeof(hello) || hello.error)
		_exit(1);
	work(&exporter);
}
