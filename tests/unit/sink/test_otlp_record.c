// SPDX-License-Identifier: GPL-2.0-or-later
/* Do the records and requests of OTLP say what the incident says, in the form of the protocol? */
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "otlp_record.h"
#include "otlp_request.h"
#include "samples.h"
#include "stack_frames.h"
#include "units.h"

#define ITEMS_MAX 8

static const struct ev_session session = { .id = 0x5f0c2a91, .host = "web-12" };
static struct sample sample;

/* Items as the sink's thread gets them. */
static struct strbuf items;
static size_t ends[ITEMS_MAX], count;

static int forget(void **state)
{
	strbuf_free(&items);
	items = (struct strbuf){ 0 };
	count = 0;
	return 0;
}

static void add_incident(const char *pod, const char *container)
{
	strcpy(sample.incident.process.names.pod, pod);
	strcpy(sample.incident.process.names.container, container);
	otlp_add_incident(&session, &sample.incident, &sample.explanation, &items);
	assert_false(items.failed);
	ends[count++] = items.length;
}

static struct json_object *request_of(const struct otlp_resource *resource)
{
	struct strbuf buf = { 0 };
	struct json_object *request;

	otlp_add_request(resource, items.text, ends, count, &buf);
	assert_false(buf.failed);
	request = json_tokener_parse(buf.text);
	assert_non_null(request);
	strbuf_free(&buf);
	return request;
}

static struct json_object *plain_request(void)
{
	static const struct otlp_resource resource = { .host = "web-12", .service_name = "s" };

	return request_of(&resource);
}

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *found = NULL;

	json_object_object_get_ex(object, key, &found);
	return found;
}

static struct json_object *item(struct json_object *object, const char *key, size_t index)
{
	struct json_object *list = member(object, key);

	assert_true(json_object_is_type(list, json_type_array));
	return json_object_array_get_idx(list, index);
}

static struct json_object *records(struct json_object *request, size_t resource)
{
	return member(item(item(request, "resourceLogs", resource), "scopeLogs", 0), "logRecords");
}

/* Of {"attributes": [...]}: the value; NULL: there is none. */
static struct json_object *attribute(struct json_object *holder, const char *key)
{
	struct json_object *list = member(holder, "attributes"), *found = NULL;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);

		if (strcmp(json_object_get_string(member(entry, "key")), key))
			continue;
		assert_null(found);
		found = member(entry, "value");
	}
	return found;
}

/* The value is {"KIND": "TEXT"}: integers are strings, too. */
static void expect(struct json_object *holder, const char *key, const char *kind, const char *text)
{
	struct json_object *value = member(attribute(holder, key), kind);

	assert_true(json_object_is_type(value, json_type_string));
	assert_string_equal(json_object_get_string(value), text);
}

static void expect_text(struct json_object *holder, const char *key, const char *text)
{
	struct json_object *value = member(holder, key);

	assert_true(json_object_is_type(value, json_type_string));
	assert_string_equal(json_object_get_string(value), text);
}

static void test_incident(void **state)
{
	struct json_object *request, *record;

	sample_tcp(&sample);
	sample.explanation.class = CLASS_SERVICE_DIED;
	sample.explanation.severity = SEVERITY_ERROR;
	add_incident("", "");
	request = plain_request();
	record = json_object_array_get_idx(records(request, 0), 0);
	expect_text(record, "timeUnixNano", "1795269802117004518");
	expect_text(record, "eventName", "sigpath.incident");
	expect_text(record, "severityText", "error");
	assert_true(json_object_is_type(member(record, "severityNumber"), json_type_int));
	assert_int_equal(json_object_get_int(member(record, "severityNumber")), 17);
	expect_text(member(record, "body"), "stringValue",
		    "SIGPIPE killed server[812/815]  write(fd 7, 14 bytes): peer closed, then "
		    "reset: it sent FIN 6.003 s before, we wrote 13 bytes 1.001 s before, it "
		    "answered RST");
	expect(record, "process.pid", "intValue", "812");
	expect(record, "process.executable.name", "stringValue", "server");
	expect(record, "network.transport", "stringValue", "tcp");
	expect(record, "network.type", "stringValue", "ipv4");
	expect(record, "network.peer.address", "stringValue", "127.0.0.1");
	expect(record, "network.peer.port", "intValue", "51234");
	expect(record, "sigpath.class", "stringValue", "service_died");
	expect(record, "sigpath.peer.exit_signal", "intValue", "11");
	assert_null(attribute(record, "code.stacktrace"));
	assert_null(attribute(record, "sigpath.sender.pid"));
	json_object_put(request);
}

/* The record of the sample alone, which the caller holds by *RET_REQUEST. */
static struct json_object *record_of_sample(struct json_object **ret_request)
{
	forget(NULL);
	add_incident("", "");
	*ret_request = plain_request();
	return json_object_array_get_idx(records(*ret_request, 0), 0);
}

static void test_sender(void **state)
{
	struct json_object *request, *record, *list;

	sample_sent(&sample);
	record = record_of_sample(&request);
	expect(record, "sigpath.sender.comm", "stringValue", "pkill");
	expect(record, "sigpath.sender.exe", "stringValue", "/usr/bin/pkill");
	expect(record, "sigpath.sender.unit", "stringValue", "session-3.scope");
	expect(record, "sigpath.sender.container", "stringValue", "0123");
	expect(record, "sigpath.sender.syscall", "stringValue", "kill");
	expect(record, "sigpath.sender.parent_pid", "intValue", "971");
	expect(record, "sigpath.terminal", "stringValue", "pts/3");
	list = member(member(attribute(record, "sigpath.sender.command_args"), "arrayValue"),
		      "values");
	assert_int_equal(json_object_array_length(list), 3);
	expect_text(json_object_array_get_idx(list, 2), "stringValue", "a b");
	list = member(member(attribute(record, "sigpath.sender.ancestors"), "arrayValue"),
		      "values");
	assert_int_equal(json_object_array_length(list), 2);
	expect_text(json_object_array_get_idx(list, 1), "stringValue", "sshd");
	json_object_put(request);
	sample.incident.signal.sender.cmdline.have = false;
	sample.incident.signal.sender.ancestor_count = 0;
	sample.incident.signal.terminal.have = false;
	record = record_of_sample(&request);
	assert_null(attribute(record, "sigpath.sender.command_args"));
	assert_null(attribute(record, "sigpath.sender.ancestors"));
	assert_null(attribute(record, "sigpath.terminal"));
	json_object_put(request);
}

static void test_killed(void **state)
{
	struct json_object *request, *record;

	sample_killed(&sample);
	record = record_of_sample(&request);
	expect(record, "sigpath.limit.name", "stringValue", "RLIMIT_CPU");
	expect(record, "sigpath.limit.reached", "stringValue", "hard");
	expect(record, "sigpath.limit.hard", "intValue", "2");
	expect(record, "sigpath.limit.used_us", "intValue", "2001000");
	assert_null(attribute(record, "sigpath.limit.size_bytes"));
	expect(record, "sigpath.oom.memory_of", "stringValue", "cgroup");
	expect(record, "sigpath.oom.resident_bytes", "intValue", "4096");
	expect(record, "sigpath.oom.score_adj", "intValue", "-1000");
	expect(record, "sigpath.oom.cgroup.name", "stringValue", "a.service");
	expect(record, "sigpath.oom.cgroup.limit_bytes", "intValue", "20480");
	expect(record, "sigpath.oom.trigger.comm", "stringValue", "x");
	expect(record, "sigpath.oom.chosen.pid", "intValue", "800");
	expect(record, "sigpath.oom.chosen.comm", "stringValue", "y");
	expect(record, "sigpath.stop.signal", "stringValue", "SIGTERM");
	expect(record, "sigpath.stop.outcome", "stringValue", "handled");
	expect(record, "sigpath.stop.ago_us", "intValue", "1203000");
	expect(record, "sigpath.stop.pid", "intValue", "1");
	expect(record, "sigpath.stop.comm", "stringValue", "systemd");
	expect(record, "sigpath.seccomp.action", "stringValue", "kill_process");
	expect(record, "sigpath.namespace_end.init_comm", "stringValue", "tini");
	expect(record, "sigpath.namespace_end.exit_status", "intValue", "3");
	json_object_put(request);
	sample.incident.limit.have = sample.incident.memory.have = false;
	sample.incident.seccomp.have = sample.incident.namespace_end.have = false;
	sample.incident.stop.have = false;
	record = record_of_sample(&request);
	assert_null(attribute(record, "sigpath.stop.signal"));
	assert_null(attribute(record, "sigpath.limit.name"));
	assert_null(attribute(record, "sigpath.oom.score_adj"));
	assert_null(attribute(record, "sigpath.seccomp.action"));
	assert_null(attribute(record, "sigpath.namespace_end.init_pid"));
	json_object_put(request);
}

static void test_severities(void **state)
{
	static const struct {
		enum severity severity;
		int number;
	} cases[] = {
		{ SEVERITY_INFO, 9 },
		{ SEVERITY_NOTICE, 10 },
		{ SEVERITY_WARNING, 13 },
		{ SEVERITY_ERROR, 17 },
	};

	sample_bare(&sample);
	sample.explanation.class = CLASS_PROCESS_DIED;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct json_object *request;

		forget(NULL);
		sample.explanation.severity = cases[i].severity;
		add_incident("", "");
		request = plain_request();
		assert_int_equal(json_object_get_int(
					 member(json_object_array_get_idx(records(request, 0), 0),
						"severityNumber")),
				 cases[i].number);
		json_object_put(request);
	}
}

static void test_stack(void **state)
{
	static struct stack stack = {
		.method = STACK_METHOD_DWARF,
		.complete = true,
		.count = 3,
		.frames = { { .address = 0x10, .module = "/lib/libc.so.6", .module_offset = 0x10 },
			    { .symbol = "bad\n  name\"\\",
			      .file = "/src/a.c",
			      .line = 7,
			      .module = "/srv/x" },
			    { .symbol = "main", .module = "/srv/x" } },
	};
	struct json_object *request, *record;

	sample_bare(&sample);
	sample.incident.stack = &stack;
	add_incident("", "");
	request = plain_request();
	record = json_object_array_get_idx(records(request, 0), 0);
	expect(record, "code.stacktrace", "stringValue",
	       "0x10  libc.so.6\n\"bad\\n  name\\\"\\\\\"  a.c:7\nmain  x");
	expect(record, "code.function.name", "stringValue", "bad\\n  name\"\\\\");
	expect(record, "code.file.path", "stringValue", "/src/a.c");
	expect(record, "code.line.number", "intValue", "7");
	json_object_put(request);
}

static void test_one_resource_for_each_container(void **state)
{
	struct json_object *request, *resource;

	sample_bare(&sample);
	add_incident("pod-1", "c1");
	add_incident("", "");
	add_incident("pod-1", "c2");
	add_incident("pod-1", "c1");
	add_incident("pod-2", "c1");
	request = plain_request();
	assert_int_equal(json_object_array_length(member(request, "resourceLogs")), 4);
	assert_int_equal(json_object_array_length(records(request, 0)), 2);
	assert_int_equal(json_object_array_length(records(request, 1)), 1);
	resource = member(item(request, "resourceLogs", 0), "resource");
	expect(resource, "k8s.pod.uid", "stringValue", "pod-1");
	expect(resource, "container.id", "stringValue", "c1");
	expect(resource, "host.name", "stringValue", "web-12");
	expect(resource, "service.name", "stringValue", "s");
	resource = member(item(request, "resourceLogs", 1), "resource");
	assert_null(attribute(resource, "k8s.pod.uid"));
	assert_null(attribute(resource, "container.id"));
	json_object_put(request);
}

static void test_names_of_a_container(void **state)
{
	struct incident_names *names = &sample.incident.process.names;
	struct json_object *request, *resource;

	sample_bare(&sample);
	names->runtime = EV_RUNTIME_CRIO;
	strcpy(names->container_name, "cart");
	strcpy(names->pod_name, "cart-0");
	strcpy(names->pod_namespace, "shop");
	add_incident("pod-1", "c1");
	names->pod_name[0] = names->pod_namespace[0] = '\0';
	add_incident("", "c2");
	/* Of a user, who can choose the id: not of the resource. */
	names->have_user = true;
	names->user = 1000;
	add_incident("", "c3");
	request = plain_request();
	resource = member(item(request, "resourceLogs", 0), "resource");
	expect(resource, "k8s.pod.uid", "stringValue", "pod-1");
	expect(resource, "k8s.pod.name", "stringValue", "cart-0");
	expect(resource, "k8s.namespace.name", "stringValue", "shop");
	expect(resource, "k8s.container.name", "stringValue", "cart");
	expect(resource, "container.runtime.name", "stringValue", "cri-o");
	assert_null(attribute(resource, "container.name"));
	resource = member(item(request, "resourceLogs", 1), "resource");
	expect(resource, "container.name", "stringValue", "cart");
	assert_null(attribute(resource, "k8s.container.name"));
	resource = member(item(request, "resourceLogs", 2), "resource");
	assert_null(attribute(resource, "container.id"));
	assert_null(attribute(resource, "container.name"));
	expect(json_object_array_get_idx(records(request, 2), 0), "sigpath.container",
	       "stringValue", "c3");
	expect(json_object_array_get_idx(records(request, 2), 0), "sigpath.container.user",
	       "intValue", "1000");
	json_object_put(request);
}

/* Those of sigpath's own container would be wrong for another one. */
static void test_attributes_of_the_environment(void **state)
{
	static const struct otlp_attribute attributes[] = {
		{ "k8s.node.name", "n" }, { "k8s.pod.uid", "own" },    { "container.id", "own" },
		{ "host.name", "h" },	  { "service.name", "other" }, { "a\"b", "c\x01" },
	};
	static const struct otlp_resource given = { "web-12", "s", attributes,
						    ARRAY_SIZE(attributes) };
	struct json_object *request, *resource;

	sample_bare(&sample);
	add_incident("", "");
	request = request_of(&given);
	resource = member(item(request, "resourceLogs", 0), "resource");
	expect(resource, "k8s.node.name", "stringValue", "n");
	expect(resource, "host.name", "stringValue", "h");
	expect(resource, "service.name", "stringValue", "s");
	expect(resource, "a\"b", "stringValue", "c\\x01");
	assert_null(attribute(resource, "k8s.pod.uid"));
	assert_null(attribute(resource, "container.id"));
	json_object_put(request);
}

static void test_repeat_and_lost(void **state)
{
	const struct sink_repeat repeat = {
		.of = "5f0c2a91-000017",
		.group = "0123456789ab",
		.class = CLASS_CLIENT_GONE,
		.severity = SEVERITY_INFO,
		.count = UINT64_MAX,
		.first = { 1795269802, 1 },
		.last = { 1795269803, 2 },
		.outcome = EV_OUTCOME_IGNORED,
	};
	struct json_object *request, *record;

	otlp_add_repeat(&session, &repeat, &items);
	ends[count++] = items.length;
	otlp_add_lost(&session, 3, (struct timespec){ 1795269804, 0 }, &items);
	ends[count++] = items.length;
	request = plain_request();
	record = json_object_array_get_idx(records(request, 0), 0);
	expect_text(record, "eventName", "sigpath.repeat");
	expect_text(record, "timeUnixNano", "1795269803000000002");
	expect(record, "sigpath.of", "stringValue", "5f0c2a91-000017");
	/* The protocol has no type for it. */
	expect(record, "sigpath.count", "stringValue", "18446744073709551615");
	record = json_object_array_get_idx(records(request, 0), 1);
	expect_text(record, "eventName", "sigpath.lost");
	expect(record, "sigpath.count", "intValue", "3");
	assert_null(member(record, "severityNumber"));
	json_object_put(request);
}

static void test_end(void **state)
{
	const struct incident_named named = {
		.have = true, .pid = 812, .uid = 1000, .comm = "a\nb"
	};
	const struct incident_core core = { .state = CORE_WRITTEN, .path = "/c/core.812" };
	const struct sink_end end = {
		.id = "5f0c2a91-000017",
		.time = { 1795269803, 2 },
		.have_of = true,
		.class = CLASS_SERVICE_DIED,
		.severity = SEVERITY_ERROR,
		.signal = 11,
		.process = &named,
		.core = &core,
	};
	struct json_object *request, *record;

	otlp_add_end(&session, &end, &items);
	ends[count++] = items.length;
	request = plain_request();
	record = json_object_array_get_idx(records(request, 0), 0);
	expect_text(record, "eventName", "sigpath.end");
	expect_text(record, "timeUnixNano", "1795269803000000002");
	expect(record, "sigpath.id", "stringValue", "5f0c2a91-000017");
	expect(record, "sigpath.core", "stringValue", "written");
	expect(record, "sigpath.core.path", "stringValue", "/c/core.812");
	expect(record, "sigpath.class", "stringValue", "service_died");
	expect(record, "process.pid", "intValue", "812");
	assert_null(attribute(record, "sigpath.core.why"));
	json_object_put(request);
}

/* A capture file may hold any of these. */
static void test_hostile_times(void **state)
{
	static const struct timespec times[] = {
		{ 0, 0 }, { -1, 0 }, { INT64_MAX, 0 }, { 1, -1 }, { INT64_MIN, 999999999 },
	};

	sample_bare(&sample);
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		struct json_object *request;

		forget(NULL);
		sample.incident.time = times[i];
		add_incident("", "");
		request = plain_request();
		expect_text(json_object_array_get_idx(records(request, 0), 0), "timeUnixNano", "0");
		json_object_put(request);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_incident, forget),
		cmocka_unit_test_teardown(test_sender, forget),
		cmocka_unit_test_teardown(test_killed, forget),
		cmocka_unit_test_teardown(test_severities, forget),
		cmocka_unit_test_teardown(test_stack, forget),
		cmocka_unit_test_teardown(test_one_resource_for_each_container, forget),
		cmocka_unit_test_teardown(test_names_of_a_container, forget),
		cmocka_unit_test_teardown(test_attributes_of_the_environment, forget),
		cmocka_unit_test_teardown(test_repeat_and_lost, forget),
		cmocka_unit_test_teardown(test_end, forget),
		cmocka_unit_test_teardown(test_hostile_times, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
