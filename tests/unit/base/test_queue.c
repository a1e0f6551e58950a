/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queue between two threads: order, bound, closing from either side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue.h"

#define RECORDS 20000
/* What a number takes. */
#define NUMBER_BYTES (sizeof(size_t) + sizeof(uint32_t))

static uint32_t pop_number(struct queue *queue, bool *ret_behind)
{
	uint32_t number = UINT32_MAX;
	size_t size = sizeof(number);

	if (queue_pop(queue, -1, &number, sizeof(number), &size, ret_behind) != QUEUE_OK)
		return UINT32_MAX;
	assert_int_equal(size, sizeof(number));
	return number;
}

static void keeps_order_and_bytes(void **state)
{
	struct queue *queue;
	unsigned char bytes[300];
	bool behind;

	assert_int_equal(queue_new(1 << 20, &queue), 0);
	for (uint32_t i = 0; i < 100; i++) {
		memset(bytes, i, sizeof(bytes));
		assert_int_equal(queue_push(queue, bytes, sizeof(bytes) - i, -1), QUEUE_OK);
	}
	queue_close(queue);
	for (uint32_t i = 0; i < 100; i++) {
		unsigned char record[sizeof(bytes)];
		size_t size;

		assert_int_equal(queue_pop(queue, -1, record, sizeof(record), &size, &behind),
				 QUEUE_OK);
		assert_int_equal(size, sizeof(bytes) - i);
		for (size_t at = 0; at < size; at++)
			assert_int_equal(record[at], i);
	}
	assert_int_equal(pop_number(queue, &behind), UINT32_MAX);
	assert_int_equal(queue_push(queue, bytes, 1, -1), QUEUE_CLOSED);
	queue_free(queue);
}

static void says_when_it_is_behind(void **state)
{
	struct queue *queue;
	uint32_t i = 0;
	bool behind;

	assert_int_equal(queue_new(100 * NUMBER_BYTES, &queue), 0);
	for (; i < 60; i++)
		assert_int_equal(queue_push(queue, &i, sizeof(i), -1), QUEUE_OK);
	for (i = 0; i < 60; i++) {
		assert_int_equal(pop_number(queue, &behind), i);
		assert_int_equal(behind, i < 10);
	}
	queue_free(queue);
}

static void *produce(void *context)
{
	for (uint32_t i = 0; i < RECORDS; i++)
		if (queue_push(context, &i, sizeof(i), -1) != QUEUE_OK)
			return (void *)1;
	queue_close(context);
	return NULL;
}

/* Room for four records: the producer waits most of the time, and nothing is lost. */
static void a_full_queue_makes_the_producer_wait(void **state)
{
	struct queue *queue;
	pthread_t producer;
	void *failed;
	bool behind;

	assert_int_equal(queue_new(4 * NUMBER_BYTES, &queue), 0);
	assert_int_equal(pthread_create(&producer, NULL, produce, queue), 0);
	for (uint32_t i = 0; i < RECORDS; i++)
		assert_int_equal(pop_number(queue, &behind), i);
	assert_int_equal(pop_number(queue, &behind), UINT32_MAX);
	pthread_join(producer, &failed);
	assert_null(failed);
	queue_free(queue);
}

/* The consumer has seen enough: a producer that waits for room must not hang. */
static void closing_wakes_the_producer(void **state)
{
	struct queue *queue;
	pthread_t producer;
	void *failed;
	bool behind;

	assert_int_equal(queue_new(4 * NUMBER_BYTES, &queue), 0);
	assert_int_equal(pthread_create(&producer, NULL, produce, queue), 0);
	assert_int_equal(pop_number(queue, &behind), 0);
	queue_close(queue);
	pthread_join(producer, &failed);
	assert_non_null(failed);
	queue_free(queue);
}

static void waits_no_longer_than_asked(void **state)
{
	struct queue *queue;
	char record = 0;
	size_t size;
	bool behind;

	assert_int_equal(queue_new(16, &queue), 0);
	assert_int_equal(queue_pop(queue, 1, &record, 1, &size, &behind), QUEUE_TIMEOUT);
	assert_true(queue_is_empty(queue));
	assert_int_equal(queue_push(queue, "x", 1, -1), QUEUE_OK);
	assert_false(queue_is_empty(queue));
	assert_int_equal(queue_pop(queue, 1, &record, 1, &size, &behind), QUEUE_OK);
	assert_int_equal(record, 'x');
	queue_close(queue);
	assert_int_equal(queue_pop(queue, 1, &record, 1, &size, &behind), QUEUE_CLOSED);
	queue_free(queue);
}

/* Records of all sizes, so that the end of the ring comes at every byte of one. */
static void the_ring_ends_anywhere(void **state)
{
	unsigned char bytes[40], record[sizeof(bytes)];
	struct queue *queue;
	size_t size;
	bool behind;

	assert_int_equal(queue_new(101, &queue), 0);
	memset(bytes, 0, sizeof(bytes));
	/* One stays in, or the ring would begin anew. */
	assert_int_equal(queue_push(queue, bytes, 1, -1), QUEUE_OK);
	for (unsigned int i = 1; i < 1000; i++) {
		memset(bytes, i, sizeof(bytes));
		assert_int_equal(queue_push(queue, bytes, 1 + i % sizeof(bytes), -1), QUEUE_OK);
		assert_int_equal(queue_pop(queue, -1, record, sizeof(record), &size, &behind),
				 QUEUE_OK);
		assert_int_equal(size, 1 + (i - 1) % sizeof(bytes));
		for (size_t at = 0; at < size; at++)
			assert_int_equal(record[at], (unsigned char)(i - 1));
	}
	queue_free(queue);
}

static void does_not_wait_for_room_when_not_asked(void **state)
{
	struct queue *queue;
	uint32_t i = 0;
	bool behind;

	assert_int_equal(queue_new(NUMBER_BYTES, &queue), 0);
	assert_int_equal(queue_push(queue, &i, sizeof(i), 0), QUEUE_OK);
	assert_int_equal(queue_push(queue, &i, sizeof(i), 0), QUEUE_FULL);
	assert_int_equal(queue_push(queue, &i, sizeof(i), 1), QUEUE_FULL);
	assert_int_equal(pop_number(queue, &behind), 0);
	assert_int_equal(queue_push(queue, &i, sizeof(i), 0), QUEUE_OK);
	queue_free(queue);
}

/* What does not fit the buffer stays, and its size is told. */
static void a_small_buffer_takes_nothing(void **state)
{
	struct queue *queue;
	char item[5];
	size_t size;

	assert_int_equal(queue_new(100, &queue), 0);
	assert_int_equal(queue_push(queue, "hello", 5, -1), QUEUE_OK);
	assert_int_equal(queue_pop(queue, -1, item, 4, &size, NULL), QUEUE_TOO_BIG);
	assert_int_equal(size, 5);
	assert_int_equal(queue_pop(queue, -1, item, 5, &size, NULL), QUEUE_OK);
	assert_memory_equal(item, "hello", 5);
	queue_free(queue);
}

struct consumer {
	struct queue *queue;
	atomic_int taken;
};

static void *consume(void *context)
{
	struct consumer *consumer = context;
	char item[1000];
	size_t size;

	while (queue_pop(consumer->queue, -1, item, sizeof(item), &size, NULL) == QUEUE_OK)
		consumer->taken++;
	return NULL;
}

static void wait_for_taken(struct consumer *consumer, int taken)
{
	for (int ms = 0; consumer->taken != taken && ms < 5000; ms++)
		usleep(1000);
	assert_int_equal(consumer->taken, taken);
}

/* A consumer sleeps through quiet items until it is woken, or until there are many. */
static void quiet_items_do_not_wake(void **state)
{
	static const char item[1000] = "";
	struct consumer consumer = { 0 };
	pthread_t thread;

	assert_int_equal(queue_new(1 << 20, &consumer.queue), 0);
	assert_int_equal(pthread_create(&thread, NULL, consume, &consumer), 0);
	assert_int_equal(queue_push(consumer.queue, item, sizeof(item), -1), QUEUE_OK);
	wait_for_taken(&consumer, 1);
	usleep(20000);
	for (int i = 0; i < 3; i++)
		assert_int_equal(queue_push_quietly(consumer.queue, item, sizeof(item), -1),
				 QUEUE_OK);
	usleep(20000);
	assert_int_equal(consumer.taken, 1);
	queue_wake(consumer.queue);
	wait_for_taken(&consumer, 4);
	usleep(20000);
	for (int i = 0; i < 66; i++)
		assert_int_equal(queue_push_quietly(consumer.queue, item, sizeof(item), -1),
				 QUEUE_OK);
	for (int ms = 0; consumer.taken < 65 && ms < 5000; ms++)
		usleep(1000);
	assert_true(consumer.taken >= 65);
	queue_close(consumer.queue);
	pthread_join(thread, NULL);
	assert_int_equal(consumer.taken, 70);
	queue_free(consumer.queue);
}

static void an_item_larger_than_the_queue_is_refused(void **state)
{
	struct queue *queue;
	char bytes[16] = "";

	assert_int_equal(queue_new(sizeof(size_t) + sizeof(bytes) - 1, &queue), 0);
	assert_int_equal(queue_push(queue, bytes, sizeof(bytes), -1), QUEUE_TOO_BIG);
	assert_int_equal(queue_push(queue, bytes, sizeof(bytes) - 1, -1), QUEUE_OK);
	queue_free(queue);
}

static void *interrupt_later(void *context)
{
	usleep(20000);
	queue_interrupt(context);
	return NULL;
}

/* A wait, or else the next wait. Not two, and no item is lost. */
static void an_interruption_ends_one_wait(void **state)
{
	uint32_t number = 7;
	struct queue *queue;
	pthread_t thread;
	size_t size;

	assert_int_equal(queue_new(1 << 10, &queue), 0);
	assert_int_equal(pthread_create(&thread, NULL, interrupt_later, queue), 0);
	assert_int_equal(queue_pop(queue, -1, &number, sizeof(number), &size, NULL), QUEUE_TIMEOUT);
	pthread_join(thread, NULL);
	queue_interrupt(queue);
	assert_int_equal(queue_push(queue, &number, sizeof(number), 0), QUEUE_OK);
	assert_int_equal(pop_number(queue, NULL), 7);
	assert_int_equal(queue_pop(queue, -1, &number, sizeof(number), &size, NULL), QUEUE_TIMEOUT);
	assert_int_equal(queue_pop(queue, 1, &number, sizeof(number), &size, NULL), QUEUE_TIMEOUT);
	queue_free(queue);
}

static void *stop_waiting_later(void *context)
{
	usleep(20000);
	queue_stop_waiting(context);
	return NULL;
}

static void a_push_can_be_told_not_to_wait(void **state)
{
	unsigned char item[400] = { 0 };
	struct queue *queue;
	pthread_t thread;

	assert_int_equal(queue_new(500, &queue), 0);
	assert_int_equal(queue_push(queue, item, sizeof(item), -1), QUEUE_OK);
	assert_int_equal(pthread_create(&thread, NULL, stop_waiting_later, queue), 0);
	assert_int_equal(queue_push(queue, item, sizeof(item), -1), QUEUE_FULL);
	assert_int_equal(queue_push(queue, item, sizeof(item), -1), QUEUE_FULL);
	pthread_join(thread, NULL);
	queue_free(queue);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_order_and_bytes),
		cmocka_unit_test(says_when_it_is_behind),
		cmocka_unit_test(a_full_queue_makes_the_producer_wait),
		cmocka_unit_test(closing_wakes_the_producer),
		cmocka_unit_test(waits_no_longer_than_asked),
		cmocka_unit_test(the_ring_ends_anywhere),
		cmocka_unit_test(does_not_wait_for_room_when_not_asked),
		cmocka_unit_test(a_small_buffer_takes_nothing),
		cmocka_unit_test(quiet_items_do_not_wake),
		cmocka_unit_test(an_interruption_ends_one_wait),
		cmocka_unit_test(a_push_can_be_told_not_to_wait),
		cmocka_unit_test(an_item_larger_than_the_queue_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
