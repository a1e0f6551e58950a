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

/* BYTES_MAX: of records waiting. 0 or -ENOMEM. */
int queue_new(size_t bytes_max, struct queue **ret_queue);
void queue_free(struct queue *queue);

/* Copies a record in; waits while the queue is full. False if it is closed or there is no memory. */
bool queue_push(struct queue *queue, const void *record, size_t size);

/* No more records will come; what is in is still handed out. */
void queue_close(struct queue *queue);

/*
 * The oldest record, which the caller frees, and its size; NULL when the queue is closed and empty.
 * RET_BEHIND: the queue is more than half full.
 */
void *queue_pop(struct queue *queue, size_t *ret_size, bool *ret_behind);
