/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded queue of items (byte strings) between two threads: records for the worker, or lines for
 * the thread of a sink. It uses only as much memory as the waiting items need.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct queue;

/* The result of a push or a pop. */
enum queue_state {
	QUEUE_OK,
	QUEUE_FULL,    /* push: no space within the time */
	QUEUE_TIMEOUT, /* pop: no item within the time, or interrupted */
	QUEUE_TOO_BIG, /* push: larger than the queue. pop: larger than the buffer; the item stays */
	QUEUE_CLOSED,  /* pop: closed, and empty */
};

/* CAPACITY: most bytes of waiting items; each item needs sizeof(size_t) more. 0 or -ENOMEM. */
int queue_new(size_t capacity, struct queue **ret_queue);
void queue_free(struct queue *queue);

/* Copies an item into the queue. Waits for space, at most TIMEOUT_MS (-1: for ever). */
enum queue_state queue_push(struct queue *queue, const void *item, size_t size, int timeout_ms);

/*
 * Like queue_push(), but does not wake the consumer at once. It wakes when enough bytes wait to be
 * handled together, or at queue_wake().
 */
enum queue_state queue_push_quietly(struct queue *queue, const void *item, size_t size,
				    int timeout_ms);
/* Makes the consumer take the waiting items. */
void queue_wake(struct queue *queue);

/* Makes a pop that waits, or else the next one that would wait, return QUEUE_TIMEOUT at once. */
void queue_interrupt(struct queue *queue);
/* From now on no push waits for space, and those that do return QUEUE_FULL. */
void queue_stop_waiting(struct queue *queue);

/* No more items will come. Waiting items can still be popped. */
void queue_close(struct queue *queue);

/*
 * Copies the oldest item to BUFFER of CAPACITY bytes. Waits for an item, at most TIMEOUT_MS (-1:
 * for ever). RET_SIZE: size of the item, also if it is too big. RET_BEHIND (may be NULL): the queue
 * was more than half full.
 */
enum queue_state queue_pop(struct queue *queue, int timeout_ms, void *buffer, size_t capacity,
			   size_t *ret_size, bool *ret_behind);

/* True if no item waits now. */
bool queue_is_empty(struct queue *queue);
