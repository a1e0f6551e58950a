// SPDX-License-Identifier: GPL-2.0-or-later
/* A ring of bytes, a lock, and one condition for each side. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "queue.h"

/* This number of bytes of quiet items wakes the consumer. */
#define QUIET_BYTES 65536

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t not_empty, not_full;
	unsigned char *bytes; /* a ring: for each item its size, then its bytes */
	size_t capacity;
	size_t start, used;
	bool woken;	  /* since the consumer began to wait */
	bool interrupted; /* the consumer must not wait */
	bool hurried;	  /* pushes do not wait */
	bool closed;
};

int queue_new(size_t capacity, struct queue **ret_queue)
{
	struct queue *queue = calloc(1, sizeof(*queue));

	if (!queue)
		return -ENOMEM;
	queue->bytes = malloc(capacity);
	if (!queue->bytes) {
		free(queue);
		return -ENOMEM;
	}
	queue->capacity = capacity;
	pthread_mutex_init(&queue->lock, NULL);
	clock_condition_init(&queue->not_empty);
	clock_condition_init(&queue->not_full);
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

/* The number of bytes from AT to the end of the ring. */
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

/* SIZE of the bytes that wait, from OFFSET on. */
static void copy_out(const struct queue *queue, size_t offset, void *bytes, size_t size)
{
	size_t at = (queue->start + offset) % queue->capacity;
	size_t first = first_part(queue, at, size);

	memcpy(bytes, queue->bytes + at, first);
	memcpy((unsigned char *)bytes + first, queue->bytes, size - first);
}

static void drop(struct queue *queue, size_t size)
{
	queue->used -= size;
	/* While few bytes wait, only a small part of the ring is used. */
	queue->start = queue->used ? (queue->start + size) % queue->capacity : 0;
}

/* Waits for CONDITION, at most until END; NULL: for ever. False after END. */
static bool wait_until(struct queue *queue, pthread_cond_t *condition, const struct timespec *end)
{
	if (!end)
		return !pthread_cond_wait(condition, &queue->lock);
	return !pthread_cond_timedwait(condition, &queue->lock, end);
}

/* The end of a wait that begins now; NULL if it has no end. */
static const struct timespec *end_of_wait(int timeout_ms, struct timespec *end)
{
	if (timeout_ms < 0)
		return NULL;
	*end = clock_after_ms(timeout_ms);
	return end;
}

static void wake(struct queue *queue)
{
	queue->woken = true;
	pthread_cond_signal(&queue->not_empty);
}

/* The caller holds the lock. */
static enum queue_state push(struct queue *queue, const void *item, size_t size, int timeout_ms)
{
	size_t needed = sizeof(size) + size;
	const struct timespec *end = NULL;
	struct timespec time;

	if (needed > queue->capacity)
		return QUEUE_TOO_BIG;
	while (queue->used + needed > queue->capacity && !queue->closed) {
		if (!timeout_ms || queue->hurried)
			return QUEUE_FULL;
		end = end ? end : end_of_wait(timeout_ms, &time);
		/* An item that fills the queue wakes the consumer at once. */
		wake(queue);
		if (!wait_until(queue, &queue->not_full, end))
			return QUEUE_FULL;
	}
	if (queue->closed)
		return QUEUE_CLOSED;
	put(queue, &size, sizeof(size));
	put(queue, item, size);
	return QUEUE_OK;
}

enum queue_state queue_push(struct queue *queue, const void *item, size_t size, int timeout_ms)
{
	enum queue_state state;

	pthread_mutex_lock(&queue->lock);
	state = push(queue, item, size, timeout_ms);
	wake(queue);
	pthread_mutex_unlock(&queue->lock);
	return state;
}

enum queue_state queue_push_quietly(struct queue *queue, const void *item, size_t size,
				    int timeout_ms)
{
	enum queue_state state;

	pthread_mutex_lock(&queue->lock);
	state = push(queue, item, size, timeout_ms);
	if (queue->used >= QUIET_BYTES || state != QUEUE_OK)
		wake(queue);
	pthread_mutex_unlock(&queue->lock);
	return state;
}

void queue_wake(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	if (queue->used)
		wake(queue);
	pthread_mutex_unlock(&queue->lock);
}

void queue_interrupt(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->interrupted = true;
	pthread_cond_signal(&queue->not_empty);
	pthread_mutex_unlock(&queue->lock);
}

void queue_stop_waiting(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->hurried = true;
	pthread_cond_broadcast(&queue->not_full);
	pthread_mutex_unlock(&queue->lock);
}

void queue_close(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->closed = true;
	pthread_cond_broadcast(&queue->not_empty);
	pthread_cond_broadcast(&queue->not_full);
	pthread_mutex_unlock(&queue->lock);
}

/* Waits until there is an item or the queue is closed. False if the time is over. */
static bool wait_for_item(struct queue *queue, int timeout_ms)
{
	const struct timespec *end;
	struct timespec time;

	if (queue->used || queue->closed)
		return true;
	if (!timeout_ms)
		return false;
	end = end_of_wait(timeout_ms, &time);
	queue->woken = false;
	while (!(queue->used && queue->woken) && !queue->closed && !queue->interrupted)
		if (!wait_until(queue, &queue->not_empty, end))
			return queue->used;
	queue->interrupted = false;
	return queue->used || queue->closed;
}

enum queue_state queue_pop(struct queue *queue, int timeout_ms, void *buffer, size_t capacity,
			   size_t *ret_size, bool *ret_behind)
{
	enum queue_state state = QUEUE_OK;

	pthread_mutex_lock(&queue->lock);
	if (!wait_for_item(queue, timeout_ms)) {
		state = QUEUE_TIMEOUT;
	} else if (!queue->used) {
		state = QUEUE_CLOSED;
	} else {
		if (ret_behind)
			*ret_behind = queue->used > queue->capacity / 2;
		copy_out(queue, 0, ret_size, sizeof(*ret_size));
		if (*ret_size > capacity) {
			state = QUEUE_TOO_BIG;
		} else {
			copy_out(queue, sizeof(*ret_size), buffer, *ret_size);
			drop(queue, sizeof(*ret_size) + *ret_size);
			pthread_cond_signal(&queue->not_full);
		}
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
