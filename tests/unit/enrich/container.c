// SPDX-License-Identifier: GPL-2.0-or-later
/* The forms of cgroup paths of systemd and the container runtimes, and hostile ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "enrich.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER_ID "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD "1c2d3e4f-0011-2233-4455-66778899aabb"
#define POD_ "1c2d3e4f_0011_2233_4455_66778899aabb"
#define STATIC_POD "00112233445566778899aabbccddeeff"
#define A40 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG_NAME A40 A40

static const struct {
	const char *path, *unit, *container, *pod;
} shapes[] = {
	{ "/", "", "", "" },
	{ "", "", "", "" },
	{ "/init.scope", "init.scope", "", "" },
	{ "/system.slice/server.service", "server.service", "", "" },
	{ "/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", "", "" },
	{ "/system.slice/docker.socket", "docker.socket", "", "" },
	{ "/system.slice/srv-data.mount", "srv-data.mount", "", "" },
	{ "/system.slice/dev-sda2.swap", "dev-sda2.swap", "", "" },
	{ "/system.slice/server.service/supervisor", "server.service", "", "" },
	{ "/system.slice/_cpu.service", "cpu.service", "", "" },
	{ "/user.slice/user-1000.slice/session-3.scope", "session-3.scope", "", "" },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/x.service", "x.service", "",
	  "" },
	{ "/user.slice/user-1000.slice/user@1000.service/init.scope", "init.scope", "", "" },
	{ "/user.slice/user-1000.slice", "", "", "" },
	{ "/system.slice/systemd-nspawn@web.service", "systemd-nspawn@web.service", "", "" },

	{ "/system.slice/docker-" ID ".scope", "docker-" ID ".scope", ID, "" },
	{ "/system.slice/docker-" ID ".scope/init.scope", "init.scope", ID, "" },
	{ "/docker/" ID, "", ID, "" },
	{ "/docker/" ID "/system.slice/nginx.service", "nginx.service", ID, "" },
	{ "/machine.slice/libpod-" ID ".scope", "libpod-" ID ".scope", ID, "" },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope/container",
	  "libpod-" ID ".scope", ID, "" },
	{ "/libpod_parent/libpod-" ID, "", ID, "" },
	{ "/machine.slice/libpod-conmon-" ID ".scope", "libpod-conmon-" ID ".scope", "", "" },
	{ "/system.slice/nerdctl-" ID ".scope", "nerdctl-" ID ".scope", ID, "" },
	{ "/actions_job/" ID, "", ID, "" },

	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD_
	  ".slice/cri-containerd-" ID ".scope",
	  "cri-containerd-" ID ".scope", ID, POD },
	{ "/kubepods.slice/kubepods-pod" POD_ ".slice/crio-" ID ".scope", "crio-" ID ".scope", ID,
	  POD },
	{ "/kubepods.slice/kubepods-pod" POD_ ".slice/crio-" ID ".scope/container",
	  "crio-" ID ".scope", ID, POD },
	{ "/kubepods.slice/kubepods-pod" POD_ ".slice/crio-conmon-" ID ".scope",
	  "crio-conmon-" ID ".scope", "", POD },
	{ "/kubepods.slice/kubepods-burstable-pod" STATIC_POD ".slice/docker-" ID ".scope",
	  "docker-" ID ".scope", ID, STATIC_POD },
	{ "/kubepods/burstable/pod" POD "/" ID, "", ID, POD },
	{ "/kubepods/pod" POD "/" ID, "", ID, POD },
	{ "/kubepods/besteffort/pod" STATIC_POD "/" ID, "", ID, STATIC_POD },
	{ "/system.slice/containerd.service/kubepods-besteffort-pod" POD_
	  ".slice:cri-containerd:" ID,
	  "containerd.service", ID, POD },
	/* kind: the node is a container, and who is root in it names the pods. */
	{ "/docker/" ID "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" POD_
	  ".slice/cri-containerd-" OTHER_ID ".scope",
	  "cri-containerd-" OTHER_ID ".scope", ID, "" },
	{ "/system.slice/k3s.service/kubepods/besteffort/pod" POD "/" ID, "k3s.service", ID, POD },
	{ "/default/" ID, "", ID, "" },
	{ "/k8s.io/" ID, "", ID, "" },

	{ "/lxc.payload.web/system.slice/nginx.service", "nginx.service", "web", "" },
	{ "/lxc.payload.web", "", "web", "" },
	{ "/lxc/web", "", "web", "" },
	{ "/lxc.payload/web", "", "web", "" },
	{ "/lxc.monitor.web", "", "", "" },
	{ "/machine.slice/machine-web.scope", "machine-web.scope", "web", "" },
	{ "/machine.slice/machine-web.scope/payload/system.slice/nginx.service", "nginx.service",
	  "web", "" },
	{ "/machine.slice/machine-web.scope/supervisor", "machine-web.scope", "", "" },
	{ "/machine.slice/machine-web\\x2dtwo.scope/payload", "machine-web\\x2dtwo.scope",
	  "web-two", "" },
	{ "/machine.slice/machine-qemu\\x2d1\\x2ddebian.scope/libvirt/emulator",
	  "machine-qemu\\x2d1\\x2ddebian.scope", "", "" },
	{ "/machine.slice/systemd-nspawn@web.service/payload", "systemd-nspawn@web.service", "web",
	  "" },
	{ "/machine.slice/systemd-nspawn@web.service/supervisor", "systemd-nspawn@web.service", "",
	  "" },

	/* Almost valid, but not. */
	{ "/system.slice/.service", "", "", "" },
	{ "/system.slice/_", "", "", "" },
	{ "/x.service.d", "", "", "" },
	{ "/evil\n.service", "", "", "" },
	{ "/\x1b[31m.scope", "", "", "" },
	{ "/docker/0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", "", "", "" },
	{ "/docker/" ID "0", "", "", "" },
	{ "/docker-.scope", "docker-.scope", "", "" },
	{ "/kubepods/pod", "", "", "" },
	{ "/kubepods/podcast", "", "", "" },
	{ "/kubepods/pod1c2d3e4f-0011-2233-4455-66778899aab-", "", "", "" },
	{ "/kubepods/pod------------------------------------", "", "", "" },
	{ "/lxc.payload.", "", "", "" },
	{ "/machine-\\x2.scope", "machine-\\x2.scope", "\\x2", "" },
	{ "/machine-\\x00\\xzz.scope", "machine-\\x00\\xzz.scope", "\\x00\\xzz", "" },
	{ "///system.slice//server.service///", "server.service", "", "" },
	{ ":::", "", "", "" },
};

static const struct snapshot no_snapshot;
static struct incident incident;

static void enrich_path(const char *path, bool truncated)
{
	static const struct enrich_options replay = { .live = false, .proc_root = "/nonexistent" };

	memset(&incident, 0, sizeof(incident));
	incident.subject = EV_SUBJECT_SENT;
	incident.process.cgroup.have = true;
	incident.process.cgroup.truncated = truncated;
	assert_true(strlen(path) < sizeof(incident.process.cgroup.text));
	strcpy(incident.process.cgroup.text, path);
	enrich(&incident, &no_snapshot, &replay);
}

static void assert_reason(enum missing_field field, const char *value, enum missing_reason reason)
{
	assert_int_equal(incident_why_missing(&incident, field), value[0] ? WHY_NONE : reason);
}

static void test_shapes(void **state)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		enrich_path(shapes[i].path, false);
		if (strcmp(incident.process.names.unit, shapes[i].unit) != 0 ||
		    strcmp(incident.process.names.container, shapes[i].container) != 0 ||
		    strcmp(incident.process.names.pod, shapes[i].pod) != 0)
			fail_msg("%s: unit %s, container %s, pod %s", shapes[i].path,
				 incident.process.names.unit, incident.process.names.container,
				 incident.process.names.pod);
		assert_reason(MISSING_UNIT, shapes[i].unit, WHY_NO_UNIT);
		assert_reason(MISSING_CONTAINER, shapes[i].container, WHY_NOT_IN_A_CONTAINER);
		assert_reason(MISSING_POD, shapes[i].pod, WHY_NOT_IN_A_POD);
	}
}

static void test_unknown_path(void **state)
{
	static const struct enrich_options replay = { .live = false, .proc_root = "/nonexistent" };

	memset(&incident, 0, sizeof(incident));
	enrich(&incident, &no_snapshot, &replay);
	assert_reason(MISSING_UNIT, "", WHY_NO_CGROUP);
	assert_reason(MISSING_CONTAINER, "", WHY_NO_CGROUP);
	assert_reason(MISSING_POD, "", WHY_NO_CGROUP);
}

/* As the runtimes write them; v1 with cgroupfs has the path of v2 without the slices. */
static void test_runtimes(void **state)
{
	static const struct {
		const char *path;
		enum ev_container_runtime runtime;
	} rows[] = {
		{ "/system.slice/docker-" ID ".scope", EV_RUNTIME_DOCKER },
		{ "/docker/" ID, EV_RUNTIME_DOCKER },
		{ "/machine.slice/libpod-" ID ".scope", EV_RUNTIME_PODMAN },
		{ "/libpod_parent/libpod-" ID, EV_RUNTIME_PODMAN },
		{ "/kubepods.slice/kubepods-pod" POD_ ".slice/cri-containerd-" ID ".scope",
		  EV_RUNTIME_CONTAINERD },
		{ "/system.slice/containerd.service/kubepods-pod" POD_ ".slice:cri-containerd:" ID,
		  EV_RUNTIME_CONTAINERD },
		{ "/kubepods.slice/kubepods-pod" POD_ ".slice/crio-" ID ".scope", EV_RUNTIME_CRIO },
		{ "/kubepods/burstable/pod" POD "/" ID, EV_RUNTIME_UNKNOWN },
		{ "/lxc.payload.web", EV_RUNTIME_LXC },
		{ "/machine.slice/machine-web.scope", EV_RUNTIME_NSPAWN },
		{ "/machine.slice/systemd-nspawn@web.service/payload", EV_RUNTIME_NSPAWN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enrich_path(rows[i].path, false);
		if (incident.process.names.runtime != rows[i].runtime)
			fail_msg("%s: %d", rows[i].path, incident.process.names.runtime);
		assert_false(incident.process.names.have_user);
	}
}

/*
 * A user can make each of these: below the manager of its own units, in a service that gives it a
 * part of the tree, in a container whose root it is. None may be taken for the container or the pod
 * of somebody else.
 */
static void test_names_of_others(void **state)
{
	static const char *const manager = "/user.slice/user-1000.slice/user@1000.service/";
	static const char *const parts[] = {
		"/system.slice/runner.service/",
		"/user.slice/user-1000.slice/session-3.scope/",
		"/user/alice/1/",
		"/jobs/",
	};
	static const char *const names[] = {
		"docker-" ID ".scope",
		"docker/" ID,
		"kubepods.slice/kubepods-pod" POD_ ".slice/cri-containerd-" ID ".scope",
		"kubepods/burstable/pod" POD "/" ID,
		"x.slice/crio-" ID ".scope",
		"containerd.service/kubepods-pod" POD_ ".slice:cri-containerd:" ID,
		"lxc.payload.web",
		"machine.slice/machine-web.scope/payload",
	};
	char path[EV_PATH_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct incident_names *found = &incident.process.names;

		for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
			snprintf(path, sizeof(path), "%s%s", parts[k], names[i]);
			enrich_path(path, false);
			assert_string_equal(found->container, "");
			assert_string_equal(found->pod, "");
			assert_reason(MISSING_CONTAINER, "", WHY_CGROUP_OF_OTHERS);
		}
		snprintf(path, sizeof(path), "%sapp.slice/%s", manager, names[i]);
		enrich_path(path, false);
		assert_string_not_equal(found->container, "");
		assert_true(found->have_user);
		assert_int_equal(found->user, 1000);
		assert_string_equal(found->pod, "");
		/* Where the container is in a container, it is the outer one. */
		snprintf(path, sizeof(path), "/system.slice/docker-" OTHER_ID ".scope/%s",
			 names[i]);
		enrich_path(path, false);
		assert_string_equal(found->container, OTHER_ID);
		assert_string_equal(found->pod, "");
	}
	/* user@1000.service is systemd's where it is below user-1000.slice. */
	enrich_path("/system.slice/user@1000.service/docker-" ID ".scope", false);
	assert_string_equal(incident.process.names.container, "");
	enrich_path("/user.slice/user-1001.slice/user@1000.service/docker-" ID ".scope", false);
	assert_string_equal(incident.process.names.container, "");
	/* What is above the part that is known may belong to anybody. */
	enrich_path("system.slice/docker-" ID ".scope", true);
	assert_string_equal(incident.process.names.container, "");
	assert_reason(MISSING_CONTAINER, "", WHY_CGROUP_CUT_OFF);
}

/* The names of a record, and what it says against them. */
static void record_names(struct ev_names names, const char *path)
{
	static const struct enrich_options replay = { .live = false, .proc_root = "/nonexistent" };

	memset(&incident, 0, sizeof(incident));
	incident.process.pid = 812;
	incident.process.start_boot_ns = 7;
	incident.process.cgroup.have = true;
	strcpy(incident.process.cgroup.text, path);
	incident.on_disk = names;
	enrich(&incident, &no_snapshot, &replay);
}

static const struct ev_names names_of_812 = {
	.pid = 812,
	.start_boot_ns = 7,
	.container_state = EV_NAMES_FOUND,
	.pod_state = EV_NAMES_FOUND,
	.runtime = EV_RUNTIME_CRIO,
	.container = "cart",
	.pod = "cart-0",
	.pod_namespace = "shop",
};

#define IN_POD "/kubepods/pod" POD "/" ID

static void test_names_of_a_record(void **state)
{
	const struct incident_names *found = &incident.process.names;

	record_names(names_of_812, IN_POD);
	assert_string_equal(found->container_name, "cart");
	assert_string_equal(found->pod_name, "cart-0");
	assert_string_equal(found->pod_namespace, "shop");
	assert_int_equal(found->runtime, EV_RUNTIME_CRIO);
	assert_reason(MISSING_CONTAINER_NAME, "x", WHY_NONE);
	assert_reason(MISSING_POD_NAME, "x", WHY_NONE);
	/* LXC has no other name than that of the path. */
	record_names((struct ev_names){ 0 }, "/lxc.payload.web");
	assert_string_equal(found->container_name, "web");
	assert_reason(MISSING_POD_NAME, "x", WHY_NONE);
	/* Nothing of a process outside of containers. */
	record_names(names_of_812, "/system.slice/server.service");
	assert_string_equal(found->container_name, "");
	assert_string_equal(found->pod_name, "");
}

/* A capture can be hostile, or older than this. */
static void test_names_that_do_not_count(void **state)
{
	struct ev_names names = names_of_812;

	names.pid = 813;
	record_names(names, IN_POD);
	assert_string_equal(incident.process.names.pod_name, "");
	assert_reason(MISSING_POD_NAME, "", WHY_NOT_RECORDED);
	names = names_of_812;
	names.start_boot_ns++;
	record_names(names, IN_POD);
	assert_string_equal(incident.process.names.container_name, "");
	names = names_of_812;
	memset(names.container, 'x', sizeof(names.container));
	memset(names.pod_namespace, 'x', sizeof(names.pod_namespace));
	names.runtime = 200;
	record_names(names, IN_POD);
	assert_string_equal(incident.process.names.container_name, "");
	assert_string_equal(incident.process.names.pod_name, "");
	assert_int_equal(incident.process.names.runtime, EV_RUNTIME_UNKNOWN);
	assert_reason(MISSING_POD_NAME, "", WHY_STATE_UNREADABLE);
	names = names_of_812;
	names.container_state = EV_NAMES_DISAGREE;
	names.pod_state = EV_NAMES_NONE;
	record_names(names, IN_POD);
	assert_reason(MISSING_CONTAINER_NAME, "", WHY_SOURCES_DISAGREE);
	assert_reason(MISSING_POD_NAME, "", WHY_NOT_ON_DISK);
	/* The container of a user is not looked up, whatever a record says. */
	record_names(names_of_812,
		     "/user.slice/user-1000.slice/user@1000.service/libpod-" ID ".scope");
	assert_string_equal(incident.process.names.container_name, "");
	assert_reason(MISSING_CONTAINER_NAME, "", WHY_NAMES_OF_USER);
}

static void test_cut_path(void **state)
{
	enrich_path("deep/er/server.service", true);
	assert_string_equal(incident.process.names.unit, "server.service");
	assert_reason(MISSING_UNIT, "x", WHY_NONE);
	assert_reason(MISSING_CONTAINER, "", WHY_CGROUP_CUT_OFF);
	assert_reason(MISSING_POD, "", WHY_CGROUP_CUT_OFF);
}

static void test_long_names(void **state)
{
	char path[EV_PATH_MAX];

	enrich_path("/lxc.payload." LONG_NAME, false);
	assert_string_equal(incident.process.names.container, "");
	assert_reason(MISSING_CONTAINER, "", WHY_NAME_TOO_LONG);

	/* Longer than any file name. The kernel never has it, but it must not overflow. */
	memset(path, 'a', sizeof(path));
	strcpy(path + sizeof(path) - sizeof(".service"), ".service");
	enrich_path(path, false);
	assert_reason(MISSING_UNIT, "", WHY_NO_UNIT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_runtimes),
		cmocka_unit_test(test_names_of_others),
		cmocka_unit_test(test_names_of_a_record),
		cmocka_unit_test(test_names_that_do_not_count),
		cmocka_unit_test(test_unknown_path),
		cmocka_unit_test(test_cut_path),
		cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
