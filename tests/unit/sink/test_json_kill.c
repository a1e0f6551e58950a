// SPDX-License-Identifier: GPL-2.0-or-later
/* The keys "oom", "limit", "seccomp" and "namespace_end", and the line of seccomp in the text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "json_tree.h"

static struct sample sample;

static void expect_rendered(const char *path, const char *expected)
{
	struct json_object *tree = render(&sample);

	expect(tree, path, expected);
	json_object_put(tree);
}

static void test_none(void **state)
{
	sample_bare(&sample);
	expect_rendered("/oom", "null");
	expect_rendered("/limit", "null");
	expect_rendered("/seccomp", "null");
	expect_rendered("/namespace_end", "null");
}

static void test_memory(void **state)
{
	struct incident_memory *memory = &sample.incident.memory;

	sample_bare(&sample);
	sample.incident.subject = EV_SUBJECT_OOM;
	memory->have = true;
	expect_rendered("/oom", "{\"memory_of\":null,\"group\":false,\"resident_bytes\":null,"
				"\"swapped_bytes\":null,\"page_table_bytes\":null,\"score_adj\":0,"
				"\"cgroup\":null,\"trigger\":null,\"chosen\":null}");
	*memory = (struct incident_memory){
		.have = true,
		.flags = EV_MEMORY_OF_CGROUP | EV_MEMORY_GROUP | EV_MEMORY_HAVE_SIZE |
			 EV_MEMORY_HAVE_CGROUP,
		.resident = 4096,
		.swapped = 8192,
		.tables = 100,
		.score_adj = -1000,
		.cgroup_id = 7,
		.limit_cgroup_id = 5,
		.cgroup_limit = 20480,
		.cgroup_usage = 20479,
		.limit_cgroup = "a\033b",
		.trigger_pid = 900,
		.trigger_comm = "x\"y",
		.trigger_uid = 33,
		.chosen_pid = 901,
		.chosen_comm = "a\"b",
	};
	expect_rendered("/oom",
			"{\"memory_of\":\"cgroup\",\"group\":true,\"resident_bytes\":4096,"
			"\"swapped_bytes\":8192,\"page_table_bytes\":100,\"score_adj\":-1000,"
			"\"cgroup\":{\"id\":5,\"name\":\"a\\\\x1bb\",\"is_at_limit\":true,"
			"\"limit_bytes\":20480,\"usage_bytes\":20479},\"trigger\":{\"pid\":900,"
			"\"pid_here\":900,\"comm\":\"x\\\"y\",\"uid\":33},"
			"\"chosen\":{\"pid\":901,\"pid_here\":901,\"comm\":\"a\\\"b\"}}");
	memory->flags = EV_MEMORY_OF_HOST | EV_MEMORY_HAVE_CGROUP;
	memory->limit_cgroup_id = 0;
	memory->limit_cgroup[0] = '\0';
	memory->cgroup_limit = INCIDENT_NO_LIMIT;
	expect_rendered("/oom/memory_of", "\"host\"");
	expect_rendered("/oom/cgroup", "{\"id\":7,\"name\":null,\"is_at_limit\":false,"
				       "\"limit_bytes\":null,\"usage_bytes\":20479}");
}

static void test_limits(void **state)
{
	struct incident_limit *limit = &sample.incident.limit;

	sample_bare(&sample);
	sample.incident.subject = EV_SUBJECT_LIMIT;
	*limit = (struct incident_limit){ .have = true,
					  .kind = EV_LIMIT_CPU,
					  .is_hard = true,
					  .soft = 1,
					  .hard = 2,
					  .have_used = true,
					  .used = 2001000000 };
	expect_rendered("/limit",
			"{\"name\":\"RLIMIT_CPU\",\"reached\":\"hard\",\"soft\":1,\"hard\":2,"
			"\"unit\":\"s\",\"used_us\":2001000,\"size_bytes\":null,"
			"\"offset_bytes\":null}");
	limit->kind = EV_LIMIT_RTTIME;
	limit->is_hard = false;
	limit->hard = INCIDENT_NO_LIMIT;
	limit->used = 5;
	expect_rendered("/limit",
			"{\"name\":\"RLIMIT_RTTIME\",\"reached\":\"soft\",\"soft\":1,\"hard\":null,"
			"\"unit\":\"us\",\"used_us\":5,\"size_bytes\":null,"
			"\"offset_bytes\":null}");
	limit->kind = EV_LIMIT_FSIZE;
	expect_rendered("/limit/unit", "\"bytes\"");
	expect_rendered("/limit/used_us", "null");
	expect_rendered("/limit/size_bytes", "5");
	limit->have_used = false;
	limit->have_offset = true;
	limit->offset = 6;
	expect_rendered("/limit/size_bytes", "null");
	expect_rendered("/limit/offset_bytes", "6");
}

static void test_seccomp(void **state)
{
	static const struct sample_lines text = { .format = FORMAT_TEXT };
	cleanup(cleanup_free) char *lines = NULL;

	sample_bare(&sample);
	sample.incident.subject = EV_SUBJECT_SECCOMP;
	sample.incident.seccomp = (struct incident_seccomp){
		.have = true, .action = EV_SECCOMP_KILL_PROCESS, .filters = 2, .ip = 0x1234
	};
	sample.incident.syscall.args[1] = 0x1ed;
	expect_rendered("/seccomp",
			"{\"action\":\"kill_process\",\"mode\":\"filter\",\"filters\":2,"
			"\"arguments\":null,\"ip\":null}");
	sample.incident.seccomp.have_args = true;
	expect_rendered("/seccomp/arguments",
			"[\"0x0\",\"0x1ed\",\"0x0\",\"0x0\",\"0x0\",\"0x0\"]");
	expect_rendered("/seccomp/ip", "\"0x1234\"");
	lines = sample_render(&text, &sample);
	assert_non_null(strstr(lines, "    seccomp kill_process, 2 filters, arguments 0x0, "
				      "0x1ed, 0x0, 0x0, 0x0, 0x0\n"));
	sample.incident.seccomp.action = EV_SECCOMP_UNKNOWN;
	sample.incident.seccomp.is_strict = true;
	expect_rendered("/seccomp/action", "null");
	expect_rendered("/seccomp/mode", "\"strict\"");
}

static void test_namespace(void **state)
{
	struct incident_namespace *init = &sample.incident.namespace_end;

	sample_bare(&sample);
	sample.incident.subject = EV_SUBJECT_NAMESPACE_END;
	*init = (struct incident_namespace){
		.have = true, .pid = 700, .comm = "init", .status = 9, .inode = 77
	};
	expect_rendered(
		"/namespace_end",
		"{\"inode\":77,\"init_pid\":700,\"init_pid_here\":700,\"init_comm\":\"init\","
		"\"exit_status\":null,\"signal\":\"SIGKILL\"}");
	init->status = 3 << 8;
	expect_rendered("/namespace_end/exit_status", "3");
	expect_rendered("/namespace_end/signal", "null");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),	  cmocka_unit_test(test_memory),
		cmocka_unit_test(test_limits),	  cmocka_unit_test(test_seccomp),
		cmocka_unit_test(test_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
