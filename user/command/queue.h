/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records between the reader of the ring buffer and the slow stages, which unwind, symbolise and
 * write on a thread of their own. Bounded in bytes: a full queue makes the reader wait, the
 * kernel's ring buffer fills, and what finds no room there is counted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct queue;

/* CAPACITY: bytes of records waiting, each with sizeof(size_t) for itself. 0 or -ENOMEM. */
int queue_new(size_t capacity, struct queue **ret_queue);
void queue_free(struct queue *queue);

/* Copies a record in; waits while there is no room. False if the queue is closed, or too small for
 * it. */
bool queue_push(struct queue *queue, const void *record, size_t size);

/* No more records will come; what is in is still handed out. */
void queue_close(struct queue *queue);

enum queue_state { QUEUE_RECORD, QUEUE_TIMEOUT, QUEUE_CLOSED };

/*
 * Copies the oldest record to BUFFER, which has room for the largest; waits for it, TIMEOUT_MS at
 * the most (-1: for ever). RET_BEHIND: the queue was more than half full. QUEUE_CLOSED: it is
 * closed and empty.
 */
enum queue_state queue_pop(struct queue *queue, int timeout_ms, void *buffer, size_t *ret_size,
			   bool *ret_behind);

/* Nothing waits at this moment. */
bool queue_is_empty(struct queue *queue);
