// SPDX-License-Identifier: GPL-2.0-or-later
/* Each filter of a replay against one incident. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "filter.h"
#include "units.h"

#define BIT(n) (UINT64_C(1) << (n))
#define ALL_SIGNALS .signals = UINT64_MAX
#define NAME(word)                     \
	{                              \
		word, sizeof(word) - 1 \
	}
#define ONE(word)                  \
	{                          \
		1, false,          \
		{                  \
			NAME(word) \
		}                  \
	}

/* A worker thread of nginx that died on a TCP socket. */
static struct incident an_incident(void)
{
	return (struct incident){
		.outcome = EV_OUTCOME_KILLED,
		.signal = { .number = 13 },
		.object = { .type = EV_OBJECT_TCP },
		.process = { .pid = 812,
			     .tid = 815,
			     .uid = 1000,
			     .comm = "nginx",
			     .thread = "worker-3",
			     .cgroup = { .have = true, .text = "/system.slice/web.service" } },
	};
}

static const struct {
	struct options options;
	bool want;
} cases[] = {
	{ { ALL_SIGNALS }, true },
	{ { ALL_SIGNALS, .pids = { 812 }, .pid_count = 1 }, true },
	{ { ALL_SIGNALS, .pids = { 1, 812 }, .pid_count = 2 }, true },
	{ { ALL_SIGNALS, .pids = { 815 }, .pid_count = 1 }, false },
	{ { ALL_SIGNALS, .tid = 815 }, true },
	{ { ALL_SIGNALS, .tid = 812 }, false },
	{ { ALL_SIGNALS, .have_uid = true, .uid = 1000 }, true },
	{ { ALL_SIGNALS, .have_uid = true }, false },
	{ { ALL_SIGNALS, .comms = ONE("nginx") }, true },
	{ { ALL_SIGNALS, .comms = ONE("worker-3") }, true },
	{ { ALL_SIGNALS, .comms = ONE("ngin") }, false },
	{ { ALL_SIGNALS, .comms = ONE("nginx2") }, false },
	{ { ALL_SIGNALS, .comms = { 2, false, { NAME("yes"), NAME("nginx") } } }, true },
	{ { ALL_SIGNALS, .comms = { 2, true, { NAME("yes"), NAME("nginx") } } }, false },
	{ { ALL_SIGNALS, .comms = { 2, true, { NAME("yes"), NAME("worker-3") } } }, false },
	{ { ALL_SIGNALS, .comms = { 2, true, { NAME("yes"), NAME("seq") } } }, true },
	{ { .signals = BIT(12) }, true },
	{ { .signals = BIT(14) | BIT(8) }, false },
	{ { ALL_SIGNALS, .objects = BIT(EV_OBJECT_PIPE) | BIT(EV_OBJECT_TCP) }, true },
	{ { ALL_SIGNALS, .objects = BIT(EV_OBJECT_PIPE) }, false },
	{ { ALL_SIGNALS, .outcomes = BIT(EV_OUTCOME_KILLED) }, true },
	{ { ALL_SIGNALS, .outcomes = BIT(EV_OUTCOME_IGNORED) }, false },
	/* One filter that does not match is enough. */
	{ { ALL_SIGNALS, .comms = ONE("nginx"), .tid = 815, .have_uid = true, .uid = 0 }, false },
	{ { ALL_SIGNALS, .pids = { 812 }, .pid_count = 1, .comms = ONE("yes") }, false },
};

static void each_filter_decides(void **state)
{
	struct incident incident = an_incident();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (filter_wants(&cases[i].options, &incident) != cases[i].want)
			fail_msg("case %zu is wrong", i);
	}
}

/* A capture from a PID namespace: the numbers are those there. */
static void numbers_are_those_of_the_namespace(void **state)
{
	const struct options here = { ALL_SIGNALS, .pids = { 7 }, .pid_count = 1, .tid = 9 };
	const struct options host = { ALL_SIGNALS, .pids = { 812 }, .pid_count = 1 };
	struct incident incident = an_incident();

	incident.process.pid_here = (struct incident_here){ true, 7 };
	incident.process.tid_here = (struct incident_here){ true, 9 };
	assert_true(filter_wants(&here, &incident));
	assert_false(filter_wants(&host, &incident));
	/* It has none there. */
	incident.process.pid_here.number = 0;
	assert_false(filter_wants(&here, &incident));
	assert_false(filter_wants(&host, &incident));
}

#define ADDRESS(...)                       \
	{                                  \
		.s6_addr = { __VA_ARGS__ } \
	}
#define V4(...) ADDRESS([10] = 0xff, 0xff, __VA_ARGS__)

static const struct {
	struct options options;
	bool want;
} selections[] = {
	{ { .causes = { 0 } }, true },
	{ { .causes = { 2, false, { NAME("peer_gone"), NAME("no_readers") } } }, true },
	{ { .causes = { 1, false, { NAME("peer_gone") } } }, false },
	{ { .causes = { 1, false, { NAME("no_reader") } } }, false },
	{ { .causes = { 1, true, { NAME("no_readers") } } }, false },
	{ { .causes = { 1, true, { NAME("peer_gone") } } }, true },
	{ { .units = { 1, false, { NAME("web") } } }, true },
	{ { .units = { 1, false, { NAME("web.service") } } }, true },
	{ { .units = { 1, false, { NAME("web.s") } } }, false },
	{ { .units = { 1, true, { NAME("web") } } }, false },
	{ { .containers = ONE("web-1") }, true },
	{ { .containers = ONE("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef") },
	  true },
	{ { .containers = ONE("0123456789ab") }, true },
	{ { .containers = ONE("0123456789abcd") }, true },
	{ { .containers = ONE("0123456789a") }, false },
	{ { .containers = ONE("123456789abc") }, false },
	{ { .containers = ONE("web") }, false },
	{ { .containers = { 2, true, { NAME("db"), NAME("0123456789ab") } } }, false },
	{ { .containers = { 1, true, { NAME("db") } } }, true },
	{ { .pods = ONE("shop-7") }, true },
	{ { .pods = ONE("prod/shop-7") }, true },
	{ { .pods = ONE("6a0f-11") }, true },
	{ { .pods = ONE("test/shop-7") }, false },
	{ { .pods = ONE("prod") }, false },
	{ { .pods = ONE("prod/") }, false },
	{ { .pods = ONE("shop") }, false },
	{ { .pods = { 2, true, { NAME("x"), NAME("prod/shop-7") } } }, false },
	{ { .peer_comms = { 1, false, { NAME("head") } } }, true },
	{ { .peer_comms = { 1, true, { NAME("head") } } }, false },
	{ { .peers = { 1, false, { { V4(10, 0, 0, 7), 0 } } } }, true },
	{ { .peers = { 1, false, { { V4(10, 0, 0, 7), 80 } } } }, true },
	{ { .peers = { 1, false, { { V4(10, 0, 0, 7), 81 } } } }, false },
	{ { .peers = { 2, false, { { V4(10, 0, 0, 8), 0 }, { V4(10, 0, 0, 7), 80 } } } }, true },
	{ { .peers = { 1, true, { { V4(10, 0, 0, 7), 0 } } } }, false },
	/* All lists must let it pass. */
	{ { .units = { 1, false, { NAME("web") } }, .peer_comms = { 1, true, { NAME("head") } } },
	  false },
};

static void each_list_selects(void **state)
{
	struct incident incident = an_incident();

	strcpy(incident.process.names.unit, "web.service");
	strcpy(incident.process.names.container,
	       "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	strcpy(incident.process.names.container_name, "web-1");
	strcpy(incident.process.names.pod, "6a0f-11");
	strcpy(incident.process.names.pod_name, "shop-7");
	strcpy(incident.process.names.pod_namespace, "prod");
	incident.peer =
		(struct incident_peer_process){ .have = true, .have_comm = true, .comm = "head" };
	incident.object.have_addresses = true;
	strcpy(incident.object.peer_address, "10.0.0.7");
	incident.object.peer_port = 80;
	for (size_t i = 0; i < ARRAY_SIZE(selections); i++) {
		if (filter_selects(&selections[i].options, &incident, "no_readers") !=
		    selections[i].want)
			fail_msg("selection %zu is wrong", i);
	}
}

/* What an incident does not have is in no list. */
static void nothing_is_in_no_list(void **state)
{
	static const struct {
		struct options with, without;
	} lists[] = {
		{ { .units = { 1, false, { NAME("web") } } },
		  { .units = { 1, true, { NAME("web") } } } },
		{ { .containers = ONE("web") }, { .containers = { 1, true, { NAME("web") } } } },
		{ { .pods = ONE("shop-7") }, { .pods = { 1, true, { NAME("shop-7") } } } },
		{ { .peer_comms = { 1, false, { NAME("head") } } },
		  { .peer_comms = { 1, true, { NAME("head") } } } },
		{ { .peers = { 1, false, { { V4(10, 0, 0, 7), 0 } } } },
		  { .peers = { 1, true, { { V4(10, 0, 0, 7), 0 } } } } },
	};
	const struct incident incident = an_incident();

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		assert_false(filter_selects(&lists[i].with, &incident, "no_readers"));
		assert_true(filter_selects(&lists[i].without, &incident, "no_readers"));
	}
}

static const struct {
	const char *wanted, *cgroup;
	bool want;
} cgroups[] = {
	{ "/system.slice/web.service", "/system.slice/web.service", true },
	{ "/system.slice", "/system.slice/web.service", true },
	{ "system.slice", "/system.slice/web.service", true },
	{ "/system.slice/", "/system.slice/web.service", true },
	{ "//system.slice//web.service//", "/system.slice/web.service", true },
	{ "/", "/system.slice/web.service", true },
	{ "/", "/", true },
	{ "/sys/fs/cgroup", "/system.slice/web.service", true },
	{ "/sys/fs/cgroup/system.slice", "/system.slice/web.service", true },
	{ "/sys/fs/cgroup/unified/system.slice", "/system.slice/web.service", true },
	{ "/sys/fs/cgroup/unified/system.slice", "/unified/system.slice", true },
	/* Whole components only. */
	{ "/system", "/system.slice/web.service", false },
	{ "/system.slice/web", "/system.slice/web.service", false },
	{ "/system.slice/web.service/a", "/system.slice/web.service", false },
	{ "/system.slice", "/", false },
	{ "/web.service", "/system.slice/web.service", false },
	{ "/sys/fs/cgroup2/system.slice", "/system.slice/web.service", false },
	{ "/sys/fs/cgroup/user.slice", "/system.slice/web.service", false },
};

static void cgroups_are_compared_by_component(void **state)
{
	struct incident incident = an_incident();

	for (size_t i = 0; i < ARRAY_SIZE(cgroups); i++) {
		struct options options = { ALL_SIGNALS, .cgroup = cgroups[i].wanted };

		strcpy(incident.process.cgroup.text, cgroups[i].cgroup);
		if (filter_wants(&options, &incident) != cgroups[i].want)
			fail_msg("--cgroup %s is wrong about %s", cgroups[i].wanted,
				 cgroups[i].cgroup);
	}
}

static void an_unknown_cgroup_does_not_match(void **state)
{
	struct options options = { ALL_SIGNALS, .cgroup = "/system.slice" };
	struct incident incident = an_incident();

	assert_true(filter_wants(&options, &incident));
	incident.process.cgroup.truncated = true;
	assert_false(filter_wants(&options, &incident));
	incident.process.cgroup.truncated = false;
	incident.process.cgroup.have = false;
	assert_false(filter_wants(&options, &incident));
}

static const struct {
	struct options options;
	enum incident_class class;
	enum severity severity;
	bool want;
} class_cases[] = {
	{ {}, CLASS_PIPELINE_DONE, SEVERITY_INFO, true },
	{ { .classes = BIT(CLASS_MISUSE) }, CLASS_MISUSE, SEVERITY_WARNING, true },
	{ { .classes = BIT(CLASS_MISUSE) }, CLASS_PIPELINE_DONE, SEVERITY_INFO, false },
	{ { .classes = BIT(CLASS_SERVICE_DIED) }, CLASS_SERVICE_DIED, SEVERITY_ERROR, true },
	{ { .classes = BIT(CLASS_WRITE_FAILED) }, CLASS_WRITE_FAILED, SEVERITY_NOTICE, true },
	{ { .classes_not = BIT(CLASS_PIPELINE_DONE) }, CLASS_PIPELINE_DONE, SEVERITY_INFO, false },
	{ { .classes_not = BIT(CLASS_PIPELINE_DONE) }, CLASS_MISUSE, SEVERITY_WARNING, true },
	{ { .min_severity = SEVERITY_NOTICE }, CLASS_PIPELINE_DONE, SEVERITY_INFO, false },
	{ { .min_severity = SEVERITY_NOTICE }, CLASS_PEER_GONE, SEVERITY_NOTICE, true },
	{ { .min_severity = SEVERITY_ERROR }, CLASS_MISUSE, SEVERITY_WARNING, false },
	{ { .min_severity = SEVERITY_ERROR }, CLASS_SERVICE_DIED, SEVERITY_ERROR, true },
	/* Both have to let it pass. */
	{ { .classes = BIT(CLASS_CLIENT_GONE), .min_severity = SEVERITY_NOTICE },
	  CLASS_CLIENT_GONE,
	  SEVERITY_INFO,
	  false },
};

static void class_and_severity_decide(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(class_cases); i++)
		if (filter_wants_class(&class_cases[i].options, class_cases[i].class,
				       class_cases[i].severity) != class_cases[i].want)
			fail_msg("case %zu", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_filter_decides),
		cmocka_unit_test(each_list_selects),
		cmocka_unit_test(nothing_is_in_no_list),
		cmocka_unit_test(numbers_are_those_of_the_namespace),
		cmocka_unit_test(cgroups_are_compared_by_component),
		cmocka_unit_test(an_unknown_cgroup_does_not_match),
		cmocka_unit_test(class_and_severity_decide),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
