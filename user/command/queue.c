// SPDX-License-Identifier: GPL-2.0-or-later
/* A bounded queue of records between two threads. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

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

	if (!queue)
		return -ENOMEM;
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->not_empty, NULL);
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

void *queue_pop(struct queue *queue, size_t *ret_size, bool *ret_behind)
{
	struct node *node;
	void *record;

	pthread_mutex_lock(&queue->lock);
	while (!queue->first && !queue->closed)
		pthread_cond_wait(&queue->not_empty, &queue->lock);
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
		return NULL;
	*ret_size = node->size;
	/* The caller frees what it gets: move the record to the front of its memory. */
	record = node;
	memmove(record, node->bytes, *ret_size);
	return record;
}
