// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages for syslog: their fields and their length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "samples.h"
#include "stack_frames.h"
#include "syslog_message.h"
#include "units.h"

static struct ev_session session = { .id = 0x5f0c2a91, .host = "web 12" };
static struct sample sample;
static struct stack stack;

static struct syslog_format format_of(bool is_local, size_t size)
{
	return (struct syslog_format){ .session = &session, .is_local = is_local, .size = size };
}

/* The caller frees it. */
static char *render(struct syslog_format *format, const struct sample *what)
{
	struct strbuf buf = { 0 };

	syslog_add_incident(format, &what->incident, &what->explanation, &buf);
	assert_false(buf.failed);
	syslog_format_free(format);
	for (size_t i = 0; i < buf.length; i++)
		assert_true((unsigned char)buf.text[i] >= ' ' && buf.text[i] != 0x7f);
	return buf.text;
}

static void assert_ends_with(const char *text, const char *end)
{
	assert_true(strlen(text) >= strlen(end));
	assert_string_equal(text + strlen(text) - strlen(end), end);
}

/* --- RFC 5424 --- */

static void structured(void **state)
{
	struct syslog_format format = format_of(false, SYSLOG_SIZE_DEFAULT);
	char head[128];
	char *text;

	sample_tcp(&sample);
	sample.explanation.class = CLASS_SERVICE_DIED;
	sample.explanation.severity = SEVERITY_ERROR;
	text = render(&format, &sample);
	snprintf(head, sizeof(head),
		 "<27>1 2026-11-21T14:03:22.117004Z web?12 sigpath %d incident [sigpath@32473 ",
		 getpid());
	assert_memory_equal(text, head, strlen(head));
	assert_non_null(strstr(text, " class=\"service_died\" severity=\"error\" "));
	assert_non_null(strstr(text, " comm=\"server\" pid=\"812\" uid=\"1000\""));
	assert_non_null(strstr(text, " peer_address=\"127.0.0.1:51234\""));
	assert_null(strstr(text, "left_out"));
	assert_non_null(strstr(text, "] SIGPIPE killed server[812]: "));
	free(text);
}

/* As the headline of text has it. */
static void without_a_signal(void **state)
{
	struct syslog_format format = format_of(false, SYSLOG_SIZE_DEFAULT);
	char *text;

	sample_tcp(&sample);
	sample.incident.outcome = EV_OUTCOME_SUPPRESSED;
	text = render(&format, &sample);
	assert_non_null(strstr(text, "] EPIPE (no signal) server[812]: "));
	free(text);
}

static void assert_part(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no%s in %s", part, text);
}

static void death(void **state)
{
	struct syslog_format format = format_of(false, SYSLOG_SIZE_DEFAULT);
	char *text;

	sample_sent(&sample);
	text = render(&format, &sample);
	assert_part(text, " terminal=\"pts/3\" sender_comm=\"pkill\" sender_pid=\"990\" "
			  "sender_uid=\"1001\" sender_unit=\"session-3.scope\" "
			  "sender_container=\"0123\" sender_parents=\"bash < sshd\"");
	assert_part(text,
		    " sender_exe=\"/usr/bin/pkill\" sender_cmdline=\"pkill -9 'a b'\"] SIGKILL");
	free(text);
	sample.incident.signal.sender.cmdline.have = false;
	sample.incident.signal.sender.exe.truncated = true;
	text = render(&format, &sample);
	assert_part(text, " sender_exe=\"...//usr/bin/pkill\"] ");
	free(text);
	sample_killed(&sample);
	text = render(&format, &sample);
	assert_part(text,
		    " stop_signal=\"SIGTERM\" stop_outcome=\"handled\" stop_ago_us=\"1203000\" "
		    "stop_comm=\"systemd\" stop_pid=\"1\" stop_uid=\"0\" limit=\"RLIMIT_CPU\" "
		    "limit_reached=\"hard\" oom_memory_of=\"cgroup\" oom_resident_bytes=\"4096\" "
		    "oom_score_adj=\"-1000\" oom_cgroup=\"a.service\" oom_chosen_comm=\"y\" "
		    "oom_chosen_pid=\"800\" seccomp_action=\"kill_process\" init_comm=\"tini\"");
	assert_null(strstr(text, "sender"));
	free(text);
}

/* The quotes of a value, its brackets, and what could end the line. */
static void hostile_value(void **state)
{
	struct syslog_format format = format_of(false, SYSLOG_SIZE_DEFAULT);
	char *text;

	sample_bare(&sample);
	strcpy(sample.incident.process.comm, "\"]\\\n<27>1 x");
	text = render(&format, &sample);
	assert_non_null(strstr(text, " comm=\"\\\"\\]\\\\\\\\\\\\n<27>1 x\" "));
	free(text);
}

static void severities(void **state)
{
	static const struct {
		enum severity severity;
		const char *priority;
	} cases[] = { { SEVERITY_INFO, "<30>1" },
		      { SEVERITY_NOTICE, "<29>1" },
		      { SEVERITY_WARNING, "<28>1" },
		      { SEVERITY_ERROR, "<27>1" } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct syslog_format format = format_of(false, SYSLOG_SIZE_DEFAULT);
		char *text;

		sample_bare(&sample);
		sample.explanation.severity = cases[i].severity;
		text = render(&format, &sample);
		assert_memory_equal(text, cases[i].priority, strlen(cases[i].priority));
		free(text);
	}
}

/* What does not fit is named, and the sentence is cut between two characters. */
static void what_does_not_fit(void **state)
{
	struct syslog_format format = format_of(false, 900);
	char *text;

	sample_tcp(&sample);
	memset(sample.incident.process.names.unit, 'u', 250);
	for (size_t i = 0; i + 2 < sizeof(sample.explanation.text); i += 2)
		memcpy(sample.explanation.text + i, "\u00e4", 2);
	text = render(&format, &sample);
	assert_true(strlen(text) <= 900 && strlen(text) > 890);
	assert_non_null(strstr(text, " left_out=\"unit"));
	assert_ends_with(text, "\u00e4...");
	free(text);
}

/* --- lengths, with the worst that a process can choose --- */

#define PID_MAX_LIMIT (4 << 20)
#define FILL(array) memset((array), '\x01', sizeof(array) - 1)

static void fill_path(struct incident_path *path)
{
	path->have = path->truncated = true;
	FILL(path->text);
}

static void fill_cmdline(struct incident_cmdline *cmdline)
{
	cmdline->have = cmdline->truncated = true;
	FILL(cmdline->bytes);
	cmdline->count = 1;
	cmdline->args[0] = cmdline->bytes;
}

static void fill_names(struct incident_names *names)
{
	FILL(names->unit);
	FILL(names->container);
	FILL(names->pod);
	FILL(names->container_name);
	FILL(names->pod_name);
	FILL(names->pod_namespace);
	names->have_user = true;
	names->user = UINT32_MAX;
	names->runtime = EV_RUNTIME_NSPAWN;
}

static void fill_process(struct incident *incident)
{
	struct incident_process *process = &incident->process;
	struct incident_peer_process *peer = &incident->peer;

	FILL(process->comm);
	FILL(process->thread);
	FILL(process->parent_comm);
	fill_path(&process->exe);
	fill_path(&process->root);
	fill_path(&process->cgroup);
	fill_cmdline(&process->cmdline);
	fill_names(&process->names);
	peer->have = peer->have_comm = peer->have_uid = true;
	peer->confidence = CONFIDENCE_CERTAIN;
	FILL(peer->comm);
	fill_path(&peer->exe);
	fill_path(&peer->cgroup);
	fill_cmdline(&peer->cmdline);
	fill_names(&peer->names);
	incident->core = (struct incident_core){ .state = CORE_WRITTEN,
						 .target = CORE_TARGET_FILE,
						 .have_pattern = true };
	FILL(incident->core.path);
	FILL(incident->core.pattern);
	incident->link_count = INCIDENT_LINKS_MAX;
	for (size_t i = 0; i < INCIDENT_LINKS_MAX; i++)
		incident->links[i] =
			(struct incident_link){ .what = LINK_PEER_DIED,
						.id = "ffffffff-18446744073709551615" };
}

static void fill_explanation(struct explanation *explanation)
{
	FILL(explanation->text);
	FILL(explanation->disposition);
	explanation->timeline_count = EXPLANATION_TIMELINE_MAX;
	for (size_t i = 0; i < EXPLANATION_TIMELINE_MAX; i++)
		explanation->timeline[i] =
			(struct timeline_entry){ "last_write", UINT64_MAX, true, UINT64_MAX };
	FILL(explanation->core_advice);
	FILL(explanation->death_advice);
	explanation->advice[0] = (struct advice){ "read_core_file", explanation->core_advice };
	explanation->advice_count = 1;
	explanation->note_count = EXPLANATION_NOTES_MAX;
	for (size_t i = 0; i < EXPLANATION_NOTES_MAX; i++) {
		explanation->notes[i].code = "note";
		FILL(explanation->notes[i].text);
	}
}

static void worst(enum ev_object_type type)
{
	struct incident *incident = &sample.incident;

	sample_write(&sample, type);
	incident->process.pid = incident->process.tid = incident->process.ppid = PID_MAX_LIMIT;
	incident->process.uid = incident->process.gid = UINT32_MAX;
	incident->peer.pid = incident->peer.tid = PID_MAX_LIMIT;
	incident->process.mnt_ns = incident->process.net_ns = incident->process.pid_ns = UINT32_MAX;
	fill_process(incident);
	fill_explanation(&sample.explanation);
	incident->object.have_path = true;
	fill_path(&incident->object.path);
	incident->object.have_addresses = true;
	incident->object.local_port = incident->object.peer_port = UINT16_MAX;
	/* The kernel's own text. */
	strcpy(incident->object.local_address, "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255");
	strcpy(incident->object.peer_address, incident->object.local_address);
	FILL(incident->object.local_scope);
	FILL(incident->object.peer_scope);
	FILL(incident->object.unix_.path);
	incident->object.unix_.path_length = sizeof(incident->object.unix_.path);
	for (size_t i = 0; i < MISSING_FIELDS; i++)
		/* A write has no sender, and no fault. */
		if (i < MISSING_SENDER || i > MISSING_TERMINAL)
			incident->missing[i] = WHY_OTHER_PROCESS;
	incident->kernel_stack.count = INCIDENT_KERNEL_FRAMES_MAX;
	stack.count = STACK_FRAMES_MAX;
	for (size_t i = 0; i < stack.count; i++)
		stack.frames[i] = (struct stack_frame){ .symbol = "]", .module = "\x01" };
	stack.complete = true;
	incident->stack = &stack;
}

static void the_worst_fits(void **state)
{
	static const size_t sizes[] = { SYSLOG_SIZE_UDP, SYSLOG_SIZE_DEFAULT };

	memset(session.host, 'h', sizeof(session.host) - 1);
	memset(session.boot_id, 'b', 36);
	for (int type = 0; type <= EV_OBJECT_VSOCK; type++) {
		struct syslog_format local = format_of(true, SYSLOG_SIZE_DEFAULT);
		struct json_object *json;
		char *text;

		worst(type);
		text = render(&local, &sample);
		assert_in_range(strlen(text), 1, SYSLOG_SIZE_DEFAULT);
		json = json_tokener_parse(strstr(text, "@cee: ") + strlen("@cee: "));
		assert_non_null(json);
		json_object_put(json);
		free(text);
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			struct syslog_format format = format_of(false, sizes[i]);

			text = render(&format, &sample);
			assert_in_range(strlen(text), 1, sizes[i]);
			assert_non_null(strstr(text, " comm="));
			assert_non_null(strstr(text, " class="));
			free(text);
		}
	}
}

/* No write, so no object and no peer. */
static void worst_fault(void)
{
	struct incident *incident = &sample.incident;

	worst(EV_OBJECT_NONE);
	incident->subject = EV_SUBJECT_FAULT;
	incident->peer.have = incident->syscall.have = false;
	for (size_t i = 0; i < MISSING_FIELDS; i++)
		incident->missing[i] = i < MISSING_SIGNAL_SITE || i > MISSING_RUNTIME
					       ? WHY_NONE
					       : WHY_OTHER_PROCESS;
	incident->fault.have = true;
	memset(&incident->fault.seen, 0xff, sizeof(incident->fault.seen));
	incident->fault.seen.access = EV_ACCESS_EXECUTE;
	fill_path(&incident->fault.path);
	incident->abort.have = true;
	FILL(incident->abort.message);
	incident->registers = (struct incident_registers){ .have = true,
							   .abi = EV_ABI_AARCH64,
							   .count = EV_REGISTERS_MAX };
	memset(incident->registers.value, 0xff, sizeof(incident->registers.value));
}

static void the_worst_fault_fits(void **state)
{
	struct syslog_format format = format_of(true, SYSLOG_SIZE_DEFAULT);
	struct json_object *json, *fault;
	char *text;

	worst_fault();
	text = render(&format, &sample);
	assert_in_range(strlen(text), 1, SYSLOG_SIZE_DEFAULT);
	json = json_tokener_parse(strstr(text, "@cee: ") + strlen("@cee: "));
	fault = json_object_object_get(json, "fault");
	assert_string_equal(json_object_get_string(json_object_object_get(fault, "access")),
			    "execute");
	assert_null(json_object_object_get(fault, "registers"));
	json_object_put(json);
	free(text);
}

/* No write, so no object and no peer; all of the sender that a process can choose. */
static void worst_sender(void)
{
	struct incident *incident = &sample.incident;
	struct incident_sender *sender = &incident->signal.sender;

	worst(EV_OBJECT_NONE);
	incident->subject = EV_SUBJECT_SENT;
	incident->signal.origin = EV_ORIGIN_PROCESS;
	incident->peer.have = incident->syscall.have = false;
	for (size_t i = 0; i < MISSING_FIELDS; i++)
		incident->missing[i] = i < MISSING_EXE || i > MISSING_RUNTIME ? WHY_NONE
									      : WHY_OTHER_PROCESS;
	sender->have = true;
	sender->pid = sender->tid = PID_MAX_LIMIT;
	FILL(sender->comm);
	fill_path(&sender->exe);
	fill_path(&sender->cgroup);
	fill_cmdline(&sender->cmdline);
	fill_names(&sender->names);
	sender->ancestor_count = EV_ANCESTORS_MAX;
	for (size_t i = 0; i < EV_ANCESTORS_MAX; i++) {
		sender->ancestors[i].pid = PID_MAX_LIMIT;
		FILL(sender->ancestors[i].comm);
	}
	incident->signal.terminal.have = true;
	FILL(incident->signal.terminal.name);
}

static void the_worst_sender_fits(void **state)
{
	struct syslog_format format = format_of(true, SYSLOG_SIZE_DEFAULT);
	struct json_object *json, *sender;
	char *text;

	worst_sender();
	text = render(&format, &sample);
	assert_in_range(strlen(text), 1, SYSLOG_SIZE_DEFAULT);
	json = json_tokener_parse(strstr(text, "@cee: ") + strlen("@cee: "));
	sender = json_object_object_get(json_object_object_get(json, "signal"), "sender");
	assert_int_equal(json_object_get_int(json_object_object_get(sender, "pid")), PID_MAX_LIMIT);
	assert_null(json_object_object_get(sender, "exe"));
	json_object_put(json);
	free(text);
	/* By UDP: what did not fit is named, as far as the names have room. */
	format = format_of(false, 1232);
	text = render(&format, &sample);
	assert_in_range(strlen(text), 1, 1232);
	assert_part(text, " left_out=\"unit,container_name,pod,");
	assert_part(text, ",...\"] ");
	free(text);
}

static const char *reason_of(struct json_object *json, const char *field)
{
	struct json_object *list = json_object_object_get(json, "missing");

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);
		const char *name = json_object_get_string(json_object_object_get(entry, "field"));

		if (!strcmp(name, field))
			return json_object_get_string(json_object_object_get(entry, "code"));
	}
	return NULL;
}

static struct json_object *render_json(size_t size)
{
	struct syslog_format format = format_of(true, size);
	struct json_object *json;
	char *text = render(&format, &sample);

	json = json_tokener_parse(strstr(text, "@cee: ") + strlen("@cee: "));
	assert_non_null(json);
	free(text);
	return json;
}

/* Each level leaves out what it must, and says so. */
static void levels(void **state)
{
	struct syslog_format whole = format_of(true, SIZE_MAX);
	struct json_object *json, *stack_json;
	size_t shorter;
	char *text;

	worst(EV_OBJECT_PIPE);
	memset(sample.incident.missing, 0, sizeof(sample.incident.missing));
	text = render(&whole, &sample);
	json = render_json(strlen(text));
	assert_null(reason_of(json, "stack"));
	json_object_put(json);

	json = render_json(strlen(text) - 1);
	assert_null(reason_of(json, "stack"));
	stack_json = json_object_object_get(json, "stack");
	assert_int_equal(json_object_array_length(json_object_object_get(stack_json, "user")), 12);
	assert_int_equal(json_object_array_length(json_object_object_get(stack_json, "kernel")), 0);
	assert_false(json_object_get_boolean(json_object_object_get(stack_json, "complete")));
	assert_string_equal(json_object_get_string(json_object_object_get(stack_json, "reason")),
			    "message_too_long");
	shorter = strlen(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN));
	json_object_put(json);

	json = render_json(shorter);
	assert_string_equal(reason_of(json, "stack") ?: "", "message_too_long");
	assert_null(json_object_object_get(json, "stack"));
	assert_string_not_equal(reason_of(json, "process.cmdline") ?: "", "message_too_long");
	json_object_put(json);

	json = render_json(SYSLOG_SIZE_DEFAULT);
	for (size_t i = 0; i < 4; i++) {
		static const char *const gone[] = { "stack", "process.cmdline", "peer_process.exe",
						    "notes" };

		assert_string_equal(reason_of(json, gone[i]) ?: "", "message_too_long");
	}
	json_object_put(json);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structured),
		cmocka_unit_test(without_a_signal),
		cmocka_unit_test(death),
		cmocka_unit_test(hostile_value),
		cmocka_unit_test(severities),
		cmocka_unit_test(what_does_not_fit),
		cmocka_unit_test(the_worst_fits),
		cmocka_unit_test(the_worst_fault_fits),
		cmocka_unit_test(the_worst_sender_fits),
		cmocka_unit_test(levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
