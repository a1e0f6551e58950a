// SPDX-License-Identifier: GPL-2.0-or-later
/* The layouts of the runtimes and of the kubelet: whose names are found where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tree.h"

static void expect_names(struct ev_names names, const char *container, const char *pod,
			 const char *pod_namespace)
{
	assert_string_equal(names.container, container);
	assert_string_equal(names.pod, pod);
	assert_string_equal(names.pod_namespace, pod_namespace);
	if (container[0])
		assert_int_equal(names.container_state, EV_NAMES_FOUND);
	if (pod[0])
		assert_int_equal(names.pod_state, EV_NAMES_FOUND);
}

static void test_nothing(void **state)
{
	struct ev_names names = tree_find(ID, POD, EV_RUNTIME_UNKNOWN);

	expect_names(names, "", "", "");
	assert_int_equal(names.container_state, EV_NAMES_NONE);
	assert_int_equal(names.pod_state, EV_NAMES_NONE);
	names = tree_find(ID, "", EV_RUNTIME_DOCKER);
	assert_int_equal(names.pod_state, EV_NAMES_NOT_ASKED);
}

static void test_kubelet(void **state)
{
	tree_directory(PODS "shop_cart-7d9f_" POD "/cart");
	tree_directory(PODS "shop_other-1_00000000-0011-2233-4455-66778899aabb/cart");
	expect_names(tree_find(ID, POD, EV_RUNTIME_CONTAINERD), "", "cart-7d9f", "shop");
	tree_file(CONTAINERS "cart-7d9f_shop_cart-" ID ".log", "");
	tree_file(CONTAINERS "cart-7d9f_shop_sidecar-" OTHER_ID ".log", "");
	expect_names(tree_find(ID, POD, EV_RUNTIME_CONTAINERD), "cart", "cart-7d9f", "shop");
	expect_names(tree_find(OTHER_ID, POD, EV_RUNTIME_UNKNOWN), "sidecar", "cart-7d9f", "shop");
	/* A pod without a container: conmon, or what the kubelet runs in it. */
	expect_names(tree_find("", POD, EV_RUNTIME_UNKNOWN), "", "cart-7d9f", "shop");
	/* A static pod has a hash. */
	tree_directory(PODS "kube-system_etcd-n1_00112233445566778899aabbccddeeff/etcd");
	expect_names(tree_find("", "00112233445566778899aabbccddeeff", EV_RUNTIME_UNKNOWN), "",
		     "etcd-n1", "kube-system");
}

static void test_containerd(void **state)
{
	struct ev_names names;

	tree_file(CONTAINERD_FILE(ID), CONTAINERD_JSON("cart", "cart-0", "shop", POD));
	names = tree_find(ID, POD, EV_RUNTIME_CONTAINERD);
	expect_names(names, "cart", "cart-0", "shop");
	names = tree_find(ID, POD, EV_RUNTIME_UNKNOWN);
	expect_names(names, "cart", "cart-0", "shop");
	assert_int_equal(names.runtime, EV_RUNTIME_CONTAINERD);
	/* The runtime is known, and it is another one. */
	expect_names(tree_find(ID, POD, EV_RUNTIME_CRIO), "", "", "");
	tree_file("run/containerd/io.containerd.runtime.v2.task/default/" ID "/config.json",
		  "{\"annotations\":{\"nerdctl/name\":\"web_1\",\"nerdctl/hostname\":\"x\"}}");
	expect_names(tree_find(ID, "", EV_RUNTIME_CONTAINERD), "web_1", "", "");
}

#define CRIO_JSON                                                                         \
	"{\"annotations\":{\"io.kubernetes.container.name\":\"cart\","                    \
	"\"io.kubernetes.pod.name\":\"cart-0\",\"io.kubernetes.pod.namespace\":\"shop\"," \
	"\"io.kubernetes.pod.uid\":\"" POD "\",\"io.kubernetes.cri-o.Labels\":\"{}\"}}"

static void test_crio(void **state)
{
	struct ev_names names;

	tree_file("var/lib/containers/storage/overlay-containers/" ID "/userdata/config.json",
		  CRIO_JSON);
	names = tree_find(ID, POD, EV_RUNTIME_UNKNOWN);
	expect_names(names, "cart", "cart-0", "shop");
	assert_int_equal(names.runtime, EV_RUNTIME_CRIO);
	tree_file("run/containers/storage/overlay-containers/" OTHER_ID "/userdata/config.json",
		  CRIO_JSON);
	expect_names(tree_find(OTHER_ID, POD, EV_RUNTIME_CRIO), "cart", "cart-0", "shop");
}

#define DOCKER_FILE "var/lib/docker/containers/" ID "/config.v2.json"

static void test_docker(void **state)
{
	tree_file(DOCKER_FILE,
		  "{\"StreamConfig\":{},\"State\":{\"Running\":true},\"ID\":\"" ID "\",\"Config\":"
		  "{\"Hostname\":\"x\",\"Labels\":{\"io.kubernetes.pod.name\":\"faked\"}},"
		  "\"Name\":\"/web.1\"}");
	expect_names(tree_find(ID, "", EV_RUNTIME_DOCKER), "web.1", "", "");
	/* By cri-dockerd. */
	tree_file(DOCKER_FILE,
		  "{\"ID\":\"" ID "\",\"Config\":{\"Labels\":{"
		  "\"io.kubernetes.container.name\":\"cart\",\"io.kubernetes.pod.name\":\"cart-0\","
		  "\"io.kubernetes.pod.namespace\":\"shop\",\"io.kubernetes.pod.uid\":\"" POD
		  "\"}},"
		  "\"Name\":\"/k8s_cart_cart-0_shop_" POD "_0\"}");
	expect_names(tree_find(ID, POD, EV_RUNTIME_DOCKER), "cart", "cart-0", "shop");
}

static void test_podman(void **state)
{
	static const char list[] = "[{\"id\":\"" OTHER_ID
				   "\",\"names\":[\"db\"],\"image\":\"\",\"created\":\"\"},"
				   "{\"id\":\"" ID "\",\"names\":[\"web\",\"alias\"],\"metadata\":"
				   "\"{\\\"name\\\":\\\"no\\\"}\"}]";

	tree_file("var/lib/containers/storage/overlay-containers/containers.json", list);
	expect_names(tree_find(ID, "", EV_RUNTIME_PODMAN), "web", "", "");
	expect_names(tree_find(OTHER_ID, "", EV_RUNTIME_UNKNOWN), "db", "", "");
	/* podman run --rm, with another storage driver. */
	unlinkat(tree, "var/lib/containers/storage/overlay-containers/containers.json", 0);
	tree_file("var/lib/containers/storage/vfs-containers/volatile-containers.json", list);
	expect_names(tree_find(ID, "", EV_RUNTIME_PODMAN), "web", "", "");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, tree_begin, tree_end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_nothing), TEST(test_kubelet), TEST(test_containerd),
		TEST(test_crio),    TEST(test_docker),	TEST(test_podman),
	};

	if (geteuid()) {
		puts("not root: the files of runtimes belong to root");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
