/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded queue of items (byte strings) between two threads: records on their way to the worker,
 * lines on their way to the writer of an output. Its memory is touched only as far as items wait.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct queue;

/* How an item was taken in, or handed out. */
enum queue_state {
	QUEUE_OK,
	QUEUE_FULL,    /* push: no room within the time */
	QUEUE_TIMEOUT, /* pop: nothing came within the time */
	QUEUE_TOO_BIG, /* push: larger than the queue. pop: larger than the buffer; it stays */
	QUEUE_CLOSED,  /* pop: closed, and empty */
};

/* CAPACITY: bytes of items waiting, each with sizeof(size_t) for itself. 0 or -ENOMEM. */
int queue_new(size_t capacity, struct queue **ret_queue);
void queue_free(struct queue *queue);

/* Copies an item in; waits for room, TIMEOUT_MS at the most (-1: for ever). */
enum queue_state queue_push(struct queue *queue, const void *item, size_t size, int timeout_ms);

/*
 * As queue_push(), but a consumer that waits goes on waiting until so many bytes wait that it pays
 * to handle them together, or until queue_wake().
 */
enum queue_state queue_push_quietly(struct queue *queue, const void *item, size_t size,
				    int timeout_ms);
/* The consumer takes what waits. */
void queue_wake(struct queue *queue);

/* No more items will come; what is in is still handed out. */
void queue_close(struct queue *queue);

/*
 * Copies the oldest item to BUFFER of CAPACITY bytes; waits for it, TIMEOUT_MS at the most (-1: for
 * ever). RET_SIZE: of the item, also where it is too big. RET_BEHIND (may be NULL): the queue was
 * more than half full.
 */
enum queue_state queue_pop(struct queue *queue, int timeout_ms, void *buffer, size_t capacity,
			   size_t *ret_size, bool *ret_behind);

/* Nothing waits at this moment. */
bool queue_is_empty(struct queue *queue);
