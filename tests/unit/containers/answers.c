// SPDX-License-Identifier: GPL-2.0-or-later
/* The answers that are kept: for how long, and for whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "answers.h"

#define NOW 1000000000ull

static struct answers answers;

static struct state_question question(int number)
{
	struct state_question result = { .runtime = EV_RUNTIME_DOCKER };

	snprintf(result.id, sizeof(result.id), "%064x", number);
	return result;
}

static struct ev_names named(const char *container)
{
	struct ev_names names = { .container_state = container[0] ? EV_NAMES_FOUND
								  : EV_NAMES_NONE };

	strcpy(names.container, container);
	return names;
}

static void keep(int number, unsigned long long now_ns, const char *container)
{
	struct state_question of = question(number);
	struct ev_names names = named(container);

	answers_keep(&answers, &of, now_ns, &names);
}

static const struct ev_names *find(int number, unsigned long long now_ns)
{
	struct state_question of = question(number);

	return answers_find(&answers, &of, now_ns);
}

static int forget(void **state)
{
	memset(&answers, 0, sizeof(answers));
	return 0;
}

static void test_age(void **state)
{
	assert_null(find(1, NOW));
	keep(1, NOW, "web");
	assert_string_equal(find(1, NOW + ANSWERS_NS - 1)->container, "web");
	assert_null(find(1, NOW + ANSWERS_NS));
	assert_null(find(2, NOW));
	/* Nothing is known of a container of another runtime, or in a pod. */
	struct state_question other = question(1);

	other.runtime = EV_RUNTIME_PODMAN;
	assert_null(answers_find(&answers, &other, NOW));
	other = question(1);
	strcpy(other.uid, "u");
	assert_null(answers_find(&answers, &other, NOW));
}

/* The name outlives what the runtime has on disk, and a new name replaces it. */
static void test_end_of_a_container(void **state)
{
	keep(1, NOW, "web");
	keep(1, NOW + ANSWERS_NS, "");
	assert_string_equal(find(1, NOW + ANSWERS_NS)->container, "web");
	assert_int_equal(find(1, NOW + ANSWERS_NS)->container_state, EV_NAMES_FOUND);
	keep(1, NOW + 2 * ANSWERS_NS, "renamed");
	assert_string_equal(find(1, NOW + 2 * ANSWERS_NS)->container, "renamed");
}

static void test_contradiction(void **state)
{
	struct state_question of = question(1);
	struct ev_names names = { .container_state = EV_NAMES_DISAGREE };

	keep(1, NOW, "web");
	answers_keep(&answers, &of, NOW + 1, &names);
	assert_int_equal(find(1, NOW + 1)->container_state, EV_NAMES_DISAGREE);
	assert_string_equal(find(1, NOW + 1)->container, "");
}

/* The memory has a limit, and the newest stay. */
static void test_many(void **state)
{
	int known = 0;

	for (int i = 0; i < 100000; i++)
		keep(i, NOW + i, "web");
	for (int i = 0; i < 100000; i++)
		known += find(i, NOW + 100000) != NULL;
	assert_true(known <= ANSWERS_SETS * ANSWERS_WAYS);
	assert_true(known > ANSWERS_SETS * ANSWERS_WAYS / 2);
	assert_non_null(find(99999, NOW + 100000));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_age, forget),
		cmocka_unit_test_setup(test_end_of_a_container, forget),
		cmocka_unit_test_setup(test_contradiction, forget),
		cmocka_unit_test_setup(test_many, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
