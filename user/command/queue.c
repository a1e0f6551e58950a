// SPDX-License-Identifier: GPL-2.0-or-later
/* A bounded queue of records between two threads. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "queue.h"

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t not_empty, not_full;
	unsigned char *bytes; /* a ring: of each record its size, then itself */
	size_t capacity;
	size_t start, used;
	bool closed;
};

int queue_new(size_t capacity, struct queue **ret_queue)
{
	struct queue *queue = calloc(1, sizeof(*queue));
	pthread_condattr_t attributes;

	if (!queue)
		return -ENOMEM;
	queue->bytes = malloc(capacity);
	if (!queue->bytes) {
		free(queue);
		return -ENOMEM;
	}
	queue->capacity = capacity;
	pthread_mutex_init(&queue->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&queue->not_empty, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_cond_init(&queue->not_full, NULL);
	*ret_queue = queue;
	return 0;
}

void queue_free(struct queue *queue)
{
	if (!queue)
		return;
	pthread_cond_destroy(&queue->not_full);
	pthread_cond_destroy(&queue->not_empty);
	pthread_mutex_destroy(&queue->lock);
	free(queue->bytes);
	free(queue);
}

/* For the bytes that begin at AT: how many come before the ring's end. */
static size_t first_part(const struct queue *queue, size_t at, size_t size)
{
	return size < queue->capacity - at ? size : queue->capacity - at;
}

static void put(struct queue *queue, const void *bytes, size_t size)
{
	size_t at = (queue->start + queue->used) % queue->capacity;
	size_t first = first_part(queue, at, size);

	memcpy(queue->bytes + at, bytes, first);
	memcpy(queue->bytes, (const unsigned char *)bytes + first, size - first);
	queue->used += size;
}

static void take(struct queue *queue, void *bytes, size_t size)
{
	size_t first = first_part(queue, queue->start, size);

	memcpy(bytes, queue->bytes + queue->start, first);
	memcpy((unsigned char *)bytes + first, queue->bytes, size - first);
	queue->used -= size;
	/* As long as little waits, little of the ring is ever touched. */
	queue->start = queue->used ? (queue->start + size) % queue->capacity : 0;
}

bool queue_push(struct queue *queue, const void *record, size_t size)
{
	size_t needed = sizeof(size) + size;
	bool taken;

	if (needed > queue->capacity)
		return false;
	pthread_mutex_lock(&queue->lock);
	while (queue->used + needed > queue->capacity && !queue->closed)
		pthread_cond_wait(&queue->not_full, &queue->lock);
	taken = !queue->closed;
	if (taken) {
		put(queue, &size, sizeof(size));
		put(queue, record, size);
		pthread_cond_signal(&queue->not_empty);
	}
	pthread_mutex_unlock(&queue->lock);
	return taken;
}

void queue_close(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->closed = true;
	pthread_cond_broadcast(&queue->not_empty);
	pthread_cond_broadcast(&queue->not_full);
	pthread_mutex_unlock(&queue->lock);
}

/* Until there is a record or the queue is closed; false when the time is over. */
static bool wait_for_record(struct queue *queue, int timeout_ms)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += timeout_ms / 1000;
	end.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (end.tv_nsec >= 1000000000L) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000L;
	}
	while (!queue->used && !queue->closed) {
		if (timeout_ms < 0)
			pthread_cond_wait(&queue->not_empty, &queue->lock);
		else if (pthread_cond_timedwait(&queue->not_empty, &queue->lock, &end))
			return false;
	}
	return true;
}

enum queue_state queue_pop(struct queue *queue, int timeout_ms, void *buffer, size_t *ret_size,
			   bool *ret_behind)
{
	enum queue_state state;

	pthread_mutex_lock(&queue->lock);
	if (!wait_for_record(queue, timeout_ms)) {
		state = QUEUE_TIMEOUT;
	} else if (!queue->used) {
		state = QUEUE_CLOSED;
	} else {
		state = QUEUE_RECORD;
		*ret_behind = queue->used > queue->capacity / 2;
		take(queue, ret_size, sizeof(*ret_size));
		take(queue, buffer, *ret_size);
		pthread_cond_signal(&queue->not_full);
	}
	pthread_mutex_unlock(&queue->lock);
	return state;
}

bool queue_is_empty(struct queue *queue)
{
	bool is_empty;

	pthread_mutex_lock(&queue->lock);
	is_empty = !queue->used;
	pthread_mutex_unlock(&queue->lock);
	return is_empty;
}
