// SPDX-License-Identifier: GPL-2.0-or-later
/* A bounded queue of records between two threads. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "queue.h"

struct node {
	struct node *next;
	size_t size;
	max_align_t bytes[];
};

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t not_empty, not_full;
	struct node *first, **last;
	size_t bytes, bytes_max;
	bool closed;
};

int queue_new(size_t bytes_max, struct queue **ret_queue)
{
	struct queue *queue = calloc(1, sizeof(*queue));
	pthread_condattr_t attributes;

	if (!queue)
		return -ENOMEM;
	pthread_mutex_init(&queue->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&queue->not_empty, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_cond_init(&queue->not_full, NULL);
	queue->last = &queue->first;
	queue->bytes_max = bytes_max;
	*ret_queue = queue;
	return 0;
}

void queue_free(struct queue *queue)
{
	if (!queue)
		return;
	while (queue->first) {
		struct node *node = queue->first;

		queue->first = node->next;
		free(node);
	}
	pthread_cond_destroy(&queue->not_full);
	pthread_cond_destroy(&queue->not_empty);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

bool queue_push(struct queue *queue, const void *record, size_t size)
{
	struct node *node = malloc(sizeof(*node) + size);
	bool taken;

	if (!node)
		return false;
	node->next = NULL;
	node->size = size;
	memcpy(node->bytes, record, size);
	pthread_mutex_lock(&queue->lock);
	while (queue->first && queue->bytes + size > queue->bytes_max && !queue->closed)
		pthread_cond_wait(&queue->not_full, &queue->lock);
	taken = !queue->closed;
	if (taken) {
		*queue->last = node;
		queue->last = &node->next;
		queue->bytes += size;
		pthread_cond_signal(&queue->not_empty);
	}
	pthread_mutex_unlock(&queue->lock);
	if (!taken)
		free(node);
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
	while (!queue->first && !queue->closed) {
		if (timeout_ms < 0)
			pthread_cond_wait(&queue->not_empty, &queue->lock);
		else if (pthread_cond_timedwait(&queue->not_empty, &queue->lock, &end))
			return false;
	}
	return true;
}

enum queue_state queue_pop(struct queue *queue, int timeout_ms, void **ret_record, size_t *ret_size,
			   bool *ret_behind)
{
	struct node *node;
	bool waited;

	pthread_mutex_lock(&queue->lock);
	waited = wait_for_record(queue, timeout_ms);
	node = queue->first;
	if (node) {
		queue->first = node->next;
		if (!queue->first)
			queue->last = &queue->first;
		*ret_behind = queue->bytes > queue->bytes_max / 2;
		queue->bytes -= node->size;
		pthread_cond_signal(&queue->not_full);
	}
	pthread_mutex_unlock(&queue->lock);
	if (!node)
		return waited ? QUEUE_CLOSED : QUEUE_TIMEOUT;
	*ret_size = node->size;
	/* The caller frees what it gets: move the record to the front of its memory. */
	*ret_record = node;
	memmove(node, node->bytes, *ret_size);
	return QUEUE_RECORD;
}
