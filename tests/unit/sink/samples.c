// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The incidents that the tests of sinks share, and functions that write them to a file and read it.
 */
#include "samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "cleanup.h"

static void require(bool fact, const char *what)
{
	if (fact)
		return;
	fprintf(stderr, "samples: %s\n", what);
	abort();
}

void sample_set_path(struct incident_path *path, const char *text)
{
	path->have = true;
	snprintf(path->text, sizeof(path->text), "%s", text);
}

void sample_set_cmdline(struct incident_cmdline *cmdline, const char *const *args)
{
	size_t used = 0;

	cmdline->have = true;
	cmdline->count = 0;
	for (; *args; args++) {
		size_t size = strlen(*args) + 1;

		require(used + size <= sizeof(cmdline->bytes), "the command line is too long");
		memcpy(cmdline->bytes + used, *args, size);
		cmdline->args[cmdline->count++] = cmdline->bytes + used;
		used += size;
	}
}

void sample_bare(struct sample *sample)
{
	struct incident *incident = &sample->incident;

	memset(sample, 0, sizeof(*sample));
	strcpy(incident->id, "5f0c2a91-000017");
	incident->number = 17;
	incident->time = (struct timespec){ 1795269802, 117004518 };
	incident->subject = EV_SUBJECT_WRITE;
	incident->outcome = EV_OUTCOME_KILLED;
	incident->signal.number = 13;
	incident->signal.origin = EV_ORIGIN_KERNEL;
	incident->signal.disposition = EV_DISPOSITION_DEFAULT;
	incident->process.pid = 812;
	incident->process.tid = 812;
	incident->process.uid = 1000;
	incident->process.gid = 1000;
	incident->process.ns_pid = 812;
	strcpy(incident->process.comm, "server");
	strcpy(incident->process.thread, "server");
	sample->explanation.code = "unknown";
	sample->explanation.confidence = CONFIDENCE_UNKNOWN;
	sample->explanation.class = CLASS_PROCESS_DIED;
	sample->explanation.severity = SEVERITY_WARNING;
}

void sample_write(struct sample *sample, enum ev_object_type type)
{
	struct incident_syscall *call = &sample->incident.syscall;

	sample_bare(sample);
	call->have = true;
	call->abi = EV_ABI_X86_64;
	call->number = 1;
	call->name = "write";
	call->have_fd = true;
	call->fd = 7;
	call->have_bytes = true;
	call->bytes = 14;
	sample->incident.object.type = type;
	sample->incident.object.inode = 90311;
}

static void fill_tcp(struct incident_object *object)
{
	object->family = AF_INET;
	object->sock_type = SOCK_STREAM;
	object->protocol = 6;
	object->state = 7;
	object->shutdown = 3;
	object->have_addresses = true;
	strcpy(object->local_address, "127.0.0.1");
	object->local_port = 8088;
	strcpy(object->peer_address, "127.0.0.1");
	object->peer_port = 51234;
	object->tcp.bytes_sent = 13;
	object->tcp.unacked_bytes = 13;
}

void sample_tcp(struct sample *sample)
{
	static const char *const args[] = { "./server", "--port", "8088", NULL };
	static const char *const peer_args[] = { "nc", "-l", NULL };
	struct incident *incident = &sample->incident;
	struct explanation *explanation = &sample->explanation;

	sample_write(sample, EV_OBJECT_TCP);
	fill_tcp(&incident->object);
	incident->signal.site = "sk_stream_error";
	incident->process.tid = 815;
	sample_set_path(&incident->process.exe, "/srv/app/server");
	sample_set_cmdline(&incident->process.cmdline, args);
	incident->process.start = (struct timespec){ 1795269601, 220000000 };
	incident->process.cgroup_id = 5123;
	sample_set_path(&incident->process.cgroup, "/system.slice/server.service");
	strcpy(incident->process.names.unit, "server.service");
	incident->peer = (struct incident_peer_process){
		.have = true,
		.pid = 4321,
		.tid = 4322,
		.have_comm = true,
		.comm = "nc",
		.how = PEER_HOW_CLOSED,
		.confidence = CONFIDENCE_CERTAIN,
		.have_ago = true,
		.ago_ns = 6003100000,
		.have_exit = true,
		.exit_status = 11,
		.start = { 1795269603, 0 },
		.have_uid = true,
		.uid = 1001,
	};
	sample_set_path(&incident->peer.exe, "/bin/nc");
	sample_set_cmdline(&incident->peer.cmdline, peer_args);
	sample_set_path(&incident->peer.cgroup, "/system.slice/nc.service");
	strcpy(incident->peer.names.unit, "nc.service");
	explanation->code = "peer_closed_then_reset";
	explanation->confidence = CONFIDENCE_CERTAIN;
	strcpy(explanation->text, "peer closed, then reset: it sent FIN 6.003 s before, we wrote "
				  "13 bytes 1.001 s before, it answered RST");
	strcpy(explanation->disposition, "default: the process is terminated, no core is written "
					 "(a shell shows 141)");
	explanation->timeline_count = 2;
	explanation->timeline[0] = (struct timeline_entry){ "fin_received", 6003100000, false, 0 };
	explanation->timeline[1] = (struct timeline_entry){ "last_write", 1001400000, true, 13 };
	explanation->note_count = 1;
	explanation->notes[0].code = "service_inactive";
	strcpy(explanation->notes[0].text, "systemd takes it for a clean exit");
	explanation->advice_count = 1;
	explanation->advice[0] =
		(struct advice){ "ignore_sigpipe",
				 "ignore SIGPIPE at start-up, or use MSG_NOSIGNAL; then handle "
				 "EPIPE as a closed connection" };
}

void sample_sent(struct sample *sample)
{
	static const char *const args[] = { "pkill", "-9", "a b", NULL };
	struct incident_sender *sender = &sample->incident.signal.sender;

	sample_bare(sample);
	sample->incident.subject = EV_SUBJECT_SENT;
	sample->incident.signal.number = 9;
	sample->incident.signal.origin = EV_ORIGIN_PROCESS;
	*sender = (struct incident_sender){ .have = true,
					    .pid = 990,
					    .tid = 990,
					    .uid = 1001,
					    .comm = "pkill",
					    .have_syscall = true,
					    .syscall = "kill",
					    .ancestor_count = 2,
					    .ancestors = { { .pid = 971, .comm = "bash" },
							   { .pid = 970, .comm = "sshd" } } };
	sample_set_path(&sender->exe, "/usr/bin/pkill");
	sample_set_cmdline(&sender->cmdline, args);
	strcpy(sender->names.unit, "session-3.scope");
	strcpy(sender->names.container, "0123");
	sample->incident.signal.terminal =
		(struct incident_terminal){ .have = true, .name = "pts/3" };
}

void sample_killed(struct sample *sample)
{
	struct incident *incident = &sample->incident;

	sample_bare(sample);
	incident->stop = (struct incident_stop){ .have = true,
						 .number = SIGTERM,
						 .outcome = EV_OUTCOME_HANDLED,
						 .ago_ns = 1203000000,
						 .pid = 1,
						 .comm = "systemd" };
	incident->limit = (struct incident_limit){ .have = true,
						   .kind = EV_LIMIT_CPU,
						   .is_hard = true,
						   .soft = 1,
						   .hard = 2,
						   .have_used = true,
						   .used = 2001000000 };
	incident->memory = (struct incident_memory){
		.have = true,
		.flags = EV_MEMORY_OF_CGROUP | EV_MEMORY_HAVE_SIZE | EV_MEMORY_HAVE_CGROUP,
		.resident = 4096,
		.swapped = 8192,
		.score_adj = -1000,
		.cgroup_limit = 20480,
		.cgroup_usage = 20479,
		.limit_cgroup = "a.service",
		.chosen_pid = 800,
		.chosen_comm = "y",
		.trigger_pid = 900,
		.trigger_comm = "x",
		.trigger_uid = 33,
	};
	incident->seccomp =
		(struct incident_seccomp){ .have = true, .action = EV_SECCOMP_KILL_PROCESS };
	incident->namespace_end = (struct incident_namespace){
		.have = true, .pid = 700, .comm = "tini", .status = 3 << 8
	};
}

/* For tests/validate_json.py. */
static void keep_line(const char *line)
{
	const char *dir = getenv("SIGPATH_TEST_JSON_DIR");
	cleanup(cleanup_fclose) FILE *file = NULL;
	static bool started;
	char path[4096];

	if (!dir)
		return;
	snprintf(path, sizeof(path), "%s/unit.jsonl", dir);
	file = fopen(path, started ? "ae" : "we");
	started = true;
	require(file && fputs(line, file) >= 0, path);
}

static char *take_text(struct strbuf *buf, const struct sample_lines *lines)
{
	require(!buf->failed, "memory");
	if (lines->format == FORMAT_JSON)
		keep_line(buf->text);
	return buf->text;
}

static struct line_options with_session(const struct sample_lines *lines)
{
	static const struct ev_session session = { .id = 0x5f0c2a91,
						   .host = "web-12",
						   .boot_id =
							   "3f0d6f0e-5c55-4c8e-a6a1-0f6b0f6c1f5a" };
	struct line_options options = lines->options;

	options.session = &session;
	return options;
}

char *sample_render(const struct sample_lines *lines, const struct sample *sample)
{
	const struct line_options options = with_session(lines);
	struct strbuf buf = { 0 };

	line_renderer(lines->format)
		->incident(&options, &sample->incident, &sample->explanation, &buf);
	return take_text(&buf, lines);
}

void sample_expect_line(const struct sample_lines *lines, const struct sample *sample,
			const char *begin, const char *expected)
{
	cleanup(cleanup_free) char *text = sample_render(lines, sample);
	char *line = strstr(text, begin);

	assert_non_null(line);
	line[strcspn(line, "\n")] = '\0';
	assert_string_equal(line, expected);
}

char *sample_render_lost(const struct sample_lines *lines, uint64_t count)
{
	const struct line_renderer *renderer = line_renderer(lines->format);
	const struct line_options options = with_session(lines);
	struct strbuf buf = { 0 };

	if (renderer->lost)
		renderer->lost(&options, count, (struct timespec){ 1795269804, 0 }, &buf);
	return take_text(&buf, lines);
}

char *sample_render_repeat(const struct sample_lines *lines, const struct sink_repeat *repeat)
{
	const struct line_options options = with_session(lines);
	struct strbuf buf = { 0 };

	line_renderer(lines->format)->repeat(&options, repeat, &buf);
	return take_text(&buf, lines);
}

char *sample_render_end(const struct sample_lines *lines, const struct sink_end *end)
{
	const struct line_options options = with_session(lines);
	struct strbuf buf = { 0 };

	line_renderer(lines->format)->end(&options, end, &buf);
	return take_text(&buf, lines);
}

char *sample_render_summary(const struct sample_lines *lines, const struct sink_summary *summary)
{
	const struct line_renderer *renderer = line_renderer(lines->format);
	const struct line_options options = with_session(lines);
	struct strbuf buf = { 0 };

	if (renderer->summary)
		renderer->summary(&options, summary, &buf);
	return take_text(&buf, lines);
}
