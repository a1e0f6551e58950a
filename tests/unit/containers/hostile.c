// SPDX-License-Identifier: GPL-2.0-or-later
/* Contradictions, files of others, and files that are none: no name, with the reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "tree.h"

static void expect_states(struct ev_names names, enum ev_names_state container,
			  enum ev_names_state pod)
{
	assert_int_equal(names.container_state, container);
	assert_int_equal(names.pod_state, pod);
	assert_string_equal(names.container, "");
	if (pod != EV_NAMES_FOUND)
		assert_string_equal(names.pod, "");
}

static void test_two_directories(void **state)
{
	tree_directory(PODS "shop_cart_" POD);
	tree_directory(PODS "shop_other_" POD);
	expect_states(tree_find("", POD, EV_RUNTIME_UNKNOWN), EV_NAMES_NOT_ASKED,
		      EV_NAMES_DISAGREE);
}

static void test_two_sources(void **state)
{
	tree_directory(PODS "shop_cart_" POD);
	tree_file(CONTAINERD_FILE(ID), CONTAINERD_JSON("cart", "cart", "bank", POD));
	expect_states(tree_find(ID, POD, EV_RUNTIME_CONTAINERD), EV_NAMES_DISAGREE,
		      EV_NAMES_DISAGREE);
	tree_file(CONTAINERD_FILE(ID), CONTAINERD_JSON("cart", "other", "shop", POD));
	expect_states(tree_find(ID, POD, EV_RUNTIME_CONTAINERD), EV_NAMES_DISAGREE,
		      EV_NAMES_DISAGREE);
	tree_file(CONTAINERD_FILE(ID), CONTAINERD_JSON("cart", "cart", "shop", POD));
	tree_file(CONTAINERS "cart_shop_other-" ID ".log", "");
	expect_states(tree_find(ID, POD, EV_RUNTIME_CONTAINERD), EV_NAMES_DISAGREE, EV_NAMES_FOUND);
}

/* The runtime says that the container is of another pod than the cgroup path. */
static void test_other_pod(void **state)
{
	tree_directory(PODS "shop_cart_" POD);
	tree_file(CONTAINERD_FILE(ID),
		  CONTAINERD_JSON("cart", "cart", "shop", "00000000-0011-2233-4455-66778899aabb"));
	expect_states(tree_find(ID, POD, EV_RUNTIME_CONTAINERD), EV_NAMES_DISAGREE,
		      EV_NAMES_DISAGREE);
}

static void test_other_container(void **state)
{
	tree_file("var/lib/docker/containers/" ID "/config.v2.json",
		  "{\"ID\":\"" OTHER_ID "\",\"Name\":\"/web\"}");
	expect_states(tree_find(ID, "", EV_RUNTIME_DOCKER), EV_NAMES_UNREADABLE,
		      EV_NAMES_NOT_ASKED);
	tree_file("var/lib/containers/storage/overlay-containers/containers.json",
		  "[{\"id\":\"" ID "\",\"names\":[\"a\"]},{\"id\":\"" ID "\",\"names\":[\"b\"]}]");
	expect_states(tree_find(ID, "", EV_RUNTIME_PODMAN), EV_NAMES_DISAGREE, EV_NAMES_NOT_ASKED);
}

static void test_names_that_are_none(void **state)
{
	static const char *const files[] = {
		"",
		"{",
		"[]]",
		CONTAINERD_JSON("cart", "cart\\u001b[31m", "shop", POD),
		CONTAINERD_JSON("cart", "Cart", "shop", POD),
		CONTAINERD_JSON("ca rt", "cart", "shop", POD),
		CONTAINERD_JSON("cart", "cart", "shop/../..", POD),
		"{\"annotations\":{\"io.kubernetes.cri.sandbox-uid\":\"" POD "\","
		"\"io.kubernetes.cri.sandbox-name\":\"a\",\"io.kubernetes.cri.sandbox-name\":\"b\"}}",
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		tree_file(CONTAINERD_FILE(ID), files[i]);
		expect_states(tree_find(ID, POD, EV_RUNTIME_CONTAINERD), EV_NAMES_UNREADABLE,
			      EV_NAMES_UNREADABLE);
	}
	tree_directory(PODS "shop_" POD);
	expect_states(tree_find("", POD, EV_RUNTIME_UNKNOWN), EV_NAMES_NOT_ASKED,
		      EV_NAMES_UNREADABLE);
}

/* In a directory of root, but not what root alone can have written, or not what it seems. */
static void test_files_of_others(void **state)
{
	static const char good[] = CONTAINERD_JSON("cart", "cart", "shop", POD);

	tree_file(CONTAINERD_FILE(ID), good);
	fchownat(tree, CONTAINERD_FILE(ID), 1000, 1000, 0);
	expect_states(tree_find(ID, POD, EV_RUNTIME_CONTAINERD), EV_NAMES_UNREADABLE,
		      EV_NAMES_UNREADABLE);
	fchownat(tree, CONTAINERD_FILE(ID), 0, 0, 0);
	fchmodat(tree, CONTAINERD_FILE(ID), 0666, 0);
	expect_states(tree_find(ID, POD, EV_RUNTIME_CONTAINERD), EV_NAMES_UNREADABLE,
		      EV_NAMES_UNREADABLE);
	unlinkat(tree, CONTAINERD_FILE(ID), 0);
	tree_file("elsewhere/config.json", good);
	symlinkat("/elsewhere/config.json", tree, CONTAINERD_FILE(ID));
	expect_states(tree_find(ID, POD, EV_RUNTIME_CONTAINERD), EV_NAMES_UNREADABLE,
		      EV_NAMES_UNREADABLE);
	unlinkat(tree, CONTAINERD_FILE(ID), 0);
	/* Whoever opens a FIFO to read it waits. */
	mkfifoat(tree, CONTAINERD_FILE(ID), 0644);
	expect_states(tree_find(ID, POD, EV_RUNTIME_CONTAINERD), EV_NAMES_UNREADABLE,
		      EV_NAMES_UNREADABLE);
	tree_directory(PODS "shop_cart_" POD);
	fchmodat(tree, PODS, 0777, 0);
	expect_states(tree_find("", POD, EV_RUNTIME_UNKNOWN), EV_NAMES_NOT_ASKED,
		      EV_NAMES_UNREADABLE);
}

static void test_sizes(void **state)
{
	int fd;

	tree_file(CONTAINERD_FILE(ID), CONTAINERD_JSON("cart", "cart", "shop", POD));
	fd = openat(tree, CONTAINERD_FILE(ID), O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 1ll << 40), 0);
	close(fd);
	expect_states(tree_find(ID, POD, EV_RUNTIME_CONTAINERD), EV_NAMES_UNREADABLE,
		      EV_NAMES_UNREADABLE);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Not all entries are looked at, so that a name would not be known to be the only one. */
static void test_many_entries(void **state)
{
	char path[256];
	double start;

	tree_directory(PODS "shop_cart_" POD);
	for (int i = 0; i < 25000; i++) {
		snprintf(path, sizeof(path), PODS "shop_p%d_%08d-0011-2233-4455-66778899aabb", i,
			 i);
		assert_int_equal(mkdirat(tree, path, 0755), 0);
	}
	start = seconds();
	expect_states(tree_find("", POD, EV_RUNTIME_UNKNOWN), EV_NAMES_NOT_ASKED, EV_NAMES_MANY);
	assert_true(seconds() - start < 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, tree_begin, tree_end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_two_directories),
		TEST(test_two_sources),
		TEST(test_other_pod),
		TEST(test_other_container),
		TEST(test_names_that_are_none),
		TEST(test_files_of_others),
		TEST(test_sizes),
		TEST(test_many_entries),
	};

	if (geteuid()) {
		puts("not root: the files of runtimes belong to root");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
