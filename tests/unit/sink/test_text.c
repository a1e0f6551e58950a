// SPDX-License-Identifier: GPL-2.0-or-later
/* The format text: complete incidents, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <cmocka.h>

#include "cleanup.h"
#include "samples.h"
#include "stack_frames.h"

/* Long lines: test_layout.c tests how they are wrapped. */
static const struct sample_lines plain = {
	.format = FORMAT_TEXT,
	.options = { .text.time = TEXT_TIME_UTC, .width = 1000 },
};
static struct sample sample;

static void expect(const char *expected)
{
	cleanup(cleanup_free) char *text = sample_render(&plain, &sample);

	assert_string_equal(text, expected);
}

#define expect_line(begin, expected) sample_expect_line(&plain, &sample, begin, expected)

/* The name of the field is the type of the object. */
static void expect_object(const char *expected)
{
	int type = (int)strcspn(expected, " ");
	char line[1024], begin[64];

	snprintf(line, sizeof(line), "    %-8.*s%s", type, expected,
		 expected + type + strspn(expected + type, " "));
	snprintf(begin, sizeof(begin), "    %.*s", type, expected);
	expect_line(begin, line);
}

static void expect_headline(const char *expected)
{
	expect_line("14:03:22.117", expected);
}

static void test_classic(void **state)
{
	sample_tcp(&sample);
	expect("2026-11-21 14:03:22.117 +00:00  server[812/815] killed by SIGPIPE in write(fd 7, 14 bytes)\n"
	       "    why     peer closed, then reset: it sent FIN 6.003 s before, we wrote 13 "
	       "bytes 1.001 s before, it answered RST   [certain]\n"
	       "    peer    nc[4321] \"nc -l\", closed the other end, 6.003 s before; it died of "
	       "SIGSEGV   [certain]\n"
	       "    tcp     127.0.0.1:8088 -> 127.0.0.1:51234  CLOSE, sent 13 bytes\n"
	       "    who     ./server --port 8088  uid 1000  unit server.service\n"
	       "    note    systemd takes it for a clean exit\n"
	       "    do      ignore SIGPIPE at start-up, or use MSG_NOSIGNAL; then handle EPIPE "
	       "as a closed connection\n");
}

static void test_nothing_known(void **state)
{
	sample_bare(&sample);
	expect("2026-11-21 14:03:22.117 +00:00  server[812] killed by SIGPIPE\n"
	       "    who     uid 1000\n");
}

/* Only where the class says more than the lines around it. */
static void test_class(void **state)
{
	sample_bare(&sample);
	strcpy(sample.explanation.text, "the reader closed its end");
	sample.explanation.class = CLASS_PIPELINE_DONE;
	sample.explanation.severity = SEVERITY_INFO;
	expect("2026-11-21 14:03:22.117 +00:00  server[812] killed by SIGPIPE\n"
	       "    why     the reader closed its end\n"
	       "    who     uid 1000\n");
	sample.explanation.class_text = "the reader had seen enough";
	expect("2026-11-21 14:03:22.117 +00:00  server[812] killed by SIGPIPE\n"
	       "    why     the reader closed its end\n"
	       "    class   pipeline_done (info): the reader had seen enough\n"
	       "    who     uid 1000\n");
}

static void test_unknown_fields(void **state)
{
	sample_bare(&sample);
	incident_note_missing(&sample.incident, MISSING_CMDLINE, WHY_NOT_RESIDENT);
	incident_note_missing(&sample.incident, MISSING_CONTAINER, WHY_NOT_IN_A_CONTAINER);
	incident_note_missing(&sample.incident, MISSING_PEER, WHY_REMOTE);
	expect("2026-11-21 14:03:22.117 +00:00  server[812] killed by SIGPIPE\n"
	       "    who     uid 1000\n"
	       "    unknown peer process (no process of this host was seen closing it: the peer "
	       "is remote, or closed before sigpath started), command line (its memory was not "
	       "resident)\n");
	/* A file has none, so nothing is unknown. */
	sample_bare(&sample);
	incident_note_missing(&sample.incident, MISSING_PEER, WHY_NO_OTHER_END);
	expect("2026-11-21 14:03:22.117 +00:00  server[812] killed by SIGPIPE\n"
	       "    who     uid 1000\n");
	/* The cgroup path already shows it: no line. */
	sample_bare(&sample);
	incident_note_missing(&sample.incident, MISSING_CONTAINER, WHY_NOT_IN_A_CONTAINER);
	expect("2026-11-21 14:03:22.117 +00:00  server[812] killed by SIGPIPE\n"
	       "    who     uid 1000\n");
}

static void test_local_time(void **state)
{
	struct sample_lines local = { .format = FORMAT_TEXT };
	cleanup(cleanup_free) char *text = NULL;

	setenv("TZ", "XXX-05:30", 1);
	/* As sinks_new() does. */
	tzset();
	sample_bare(&sample);
	text = sample_render(&local, &sample);
	unsetenv("TZ");
	assert_memory_equal(text, "2026-11-21 19:33:22.117 +05:30  ", 32);
}

static void test_colors(void **state)
{
	struct sample_lines color = { .format = FORMAT_TEXT,
				      .options = { .text.time = TEXT_TIME_UTC, .color = true } };
	cleanup(cleanup_free) char *killed = NULL, *ignored = NULL, *protected = NULL;

	sample_bare(&sample);
	killed = sample_render(&color, &sample);
	assert_string_equal(
		killed,
		"\033[1;31m2026-11-21 14:03:22.117 +00:00  server[812] killed by SIGPIPE\033[0m\n"
		"    \033[2mwho     \033[0muid 1000\n");
	sample.incident.outcome = EV_OUTCOME_IGNORED;
	ignored = sample_render(&color, &sample);
	assert_memory_equal(ignored, "\033[33m2026", 9);
	sample.incident.outcome = EV_OUTCOME_PROTECTED;
	protected = sample_render(&color, &sample);
	assert_string_equal(strtok(protected, "\n"),
			    "2026-11-21 14:03:22.117 +00:00  server[812] protected from SIGPIPE");
}

static void test_tasks(void **state)
{
	struct incident_process *process = &sample.incident.process;

	sample_bare(&sample);
	process->tid = 815;
	strcpy(process->thread, "worker-3");
	expect_headline("14:03:22.117 +00:00  server[812/815 worker-3] killed by SIGPIPE");
	process->thread[0] = '\0';
	expect_headline("14:03:22.117 +00:00  server[812/815] killed by SIGPIPE");
	sample.incident.outcome = EV_OUTCOME_IGNORED;
	sample.incident.signal.dying = true;
	expect_headline("14:03:22.117 +00:00  server[812/815] got SIGPIPE while it was ending");
	/* No signal, so it has no name either. */
	sample.incident.outcome = EV_OUTCOME_SUPPRESSED;
	expect_headline("14:03:22.117 +00:00  server[812/815] EPIPE (no signal)");
	sample.incident.outcome = EV_OUTCOME_KILLED;
}

static void test_calls(void **state)
{
	struct incident_syscall *call = &sample.incident.syscall;

	sample_write(&sample, EV_OBJECT_NONE);
	call->name = "sendto";
	call->flags_kind = EV_FLAGS_MSG;
	call->flags = MSG_DONTWAIT;
	expect_headline("14:03:22.117 +00:00  server[812] killed by SIGPIPE in "
			"sendto(fd 7, 14 bytes, MSG_DONTWAIT)");
	call->flags |= MSG_MORE | 0x10000000;
	call->abi = EV_ABI_I386;
	call->bytes = 1;
	expect_headline("14:03:22.117 +00:00  server[812] killed by SIGPIPE in "
			"sendto(fd 7, 1 byte, MSG_DONTWAIT|MSG_MORE|0x10000000) [i386]");
	call->name = NULL;
	call->number = 999;
	call->abi = EV_ABI_X86_64;
	call->flags_kind = EV_FLAGS_NONE;
	call->have_bytes = call->have_fd = false;
	expect_headline("14:03:22.117 +00:00  server[812] killed by SIGPIPE in syscall 999(fd ?)");
	call->have_uring = true;
	call->uring_op = 23;
	expect_headline(
		"14:03:22.117 +00:00  server[812] killed by SIGPIPE in io_uring IORING_OP_WRITE(fd ?)");
	call->have = false;
	call->uring_op = 250;
	expect_headline("14:03:22.117 +00:00  server[812] killed by SIGPIPE in io_uring 250(fd ?)");
}

static void test_from_process(void **state)
{
	struct incident *incident = &sample.incident;

	sample_bare(&sample);
	incident->signal.number = 15;
	incident->signal.origin = EV_ORIGIN_PROCESS;
	strcpy(incident->process.comm, "sleep");
	strcpy(incident->process.thread, "sleep");
	incident->process.pid = incident->process.tid = incident->process.ns_pid = 55;
	incident->signal.sender = (struct incident_sender){
		.have = true,
		.pid = 12,
		.tid = 12,
		.uid = 1000,
		.comm = "bash",
		.have_syscall = true,
		.syscall = "kill",
	};
	strcpy(sample.explanation.text, "process 12 sent the signal");
	expect("2026-11-21 14:03:22.117 +00:00  sleep[55] killed by SIGTERM, sent by bash[12] uid 1000 with kill\n"
	       "    why     process 12 sent the signal\n"
	       "    who     uid 1000\n");
	incident->signal.sender.tid = 13;
	incident->signal.sender.syscall = NULL;
	expect_headline(
		"14:03:22.117 +00:00  sleep[55] killed by SIGTERM, sent by bash[12/13] uid 1000");
	incident->signal.sender.have = false;
	incident->signal.code = -2;
	expect_headline(
		"14:03:22.117 +00:00  sleep[55] killed by SIGTERM, sent by a process that is not "
		"known, with SI_TIMER");
}

static void test_tcp_objects(void **state)
{
	struct incident_object *object = &sample.incident.object;

	sample_tcp(&sample);
	object->family = AF_INET6;
	strcpy(object->local_address, "::1");
	strcpy(object->peer_address, "fe80::1");
	strcpy(object->peer_scope, "eth0");
	strcpy(object->tcp.raw.ulp, "tls");
	object->error = 104;
	expect_object(
		"tcp [::1]:8088 -> [fe80::1%eth0]:51234  CLOSE, error ECONNRESET, sent 13 bytes, tls");
	/* Without a NUL: all 16 bytes are the name. */
	memset(object->tcp.raw.ulp, '\033', sizeof(object->tcp.raw.ulp));
	object->error = 0;
	object->peer_port = 0;
	expect_object(
		"tcp [::1]:8088, no peer  CLOSE, sent 13 bytes, \\x1b\\x1b\\x1b\\x1b\\x1b\\x1b\\x1b\\x1b"
		"\\x1b\\x1b\\x1b\\x1b\\x1b\\x1b\\x1b\\x1b");
	object->have_addresses = false;
	object->type = EV_OBJECT_MPTCP;
	object->state = 99;
	expect_object("mptcp  99");
	object->type = EV_OBJECT_SCTP;
	object->state = 1;
	expect_object("sctp  ESTABLISHED");
}

static void test_unix_objects(void **state)
{
	struct ev_unix *end = &sample.incident.object.unix_;

	sample_write(&sample, EV_OBJECT_UNIX);
	expect_object("unix unnamed");
	end->flags = EV_UNIX_PEER_HAVE;
	end->peer_pid = 4321;
	expect_object("unix socketpair, SO_PEERCRED pid 4321");
	end->flags |= EV_UNIX_PEER_PID_GONE;
	memcpy(end->path, "/run/x.sock", 12);
	end->path_length = 12;
	expect_object("unix /run/x.sock, SO_PEERCRED pid 4321 (gone)");
	sample.incident.peer.have = true;
	sample.incident.peer.pid = 4321;
	expect_object("unix /run/x.sock");
	expect_line("    peer    ", "    peer    pid 4321");
	end->flags = EV_UNIX_PEER_HAVE | EV_UNIX_ABSTRACT;
	memcpy(end->path, "\0ab\0\033c", 6);
	end->path_length = 6;
	expect_object("unix @ab\\x00\\x1bc");
	/* A full sun_path has no NUL. A wrong length is limited. */
	end->flags = EV_UNIX_PEER_HAVE;
	memset(end->path, 'p', sizeof(end->path));
	end->path_length = UINT32_MAX;
	sample.incident.object.error = 104;
	expect_object("unix pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp"
		      "pppppppppppppppppppppppppppppppppppppp, error ECONNRESET");
}

static void test_pipe_objects(void **state)
{
	struct incident_object *object = &sample.incident.object;

	sample_write(&sample, EV_OBJECT_PIPE);
	object->pipe.writers = 1;
	expect_object("pipe 90311, 0 readers, 1 writer");
	object->pipe = (struct ev_pipe){ .readers = 1, .writers = 2, .unread_buffers = 3 };
	expect_object("pipe 90311, 1 reader, 2 writers, 3 unread buffers");
	object->type = EV_OBJECT_FIFO;
	object->pipe = (struct ev_pipe){ .writers = 1, .unread_buffers = 1 };
	expect_object("fifo 90311, 0 readers, 1 writer, 1 unread buffer");
	object->have_path = true;
	sample_set_path(&object->path, "/tmp/a\nb");
	expect_object("fifo /tmp/a\\nb, 0 readers, 1 writer, 1 unread buffer");
}

static void test_other_objects(void **state)
{
	struct incident_object *object = &sample.incident.object;

	sample_write(&sample, EV_OBJECT_VSOCK);
	object->state = 8;
	object->vsock = (struct ev_vsock){ 2, 1024, 3, 5000, 3, 0 };
	expect_object("vsock 2:1024 -> 3:5000  CLOSE_WAIT");
	object->type = EV_OBJECT_SOCKET;
	object->family = AF_INET;
	object->sock_type = SOCK_DGRAM;
	object->protocol = 17;
	object->state = 1;
	object->have_addresses = true;
	strcpy(object->local_address, "10.0.0.1");
	strcpy(object->peer_address, "10.0.0.2");
	object->local_port = 5353;
	object->peer_port = 53;
	expect_object("socket inet dgram udp 10.0.0.1:5353 -> 10.0.0.2:53  ESTABLISHED");
	object->family = 250;
	object->sock_type = 77;
	object->have_addresses = false;
	expect_object("socket family 250 type 77 protocol 17  ESTABLISHED");
	object->type = EV_OBJECT_FILE;
	expect_object("file inode 90311");
	object->have_path = true;
	sample_set_path(&object->path, "dir/leaf");
	object->path.truncated = true;
	object->status = EV_OBJECT_FD_MOVED;
	expect_object("file .../dir/leaf (another thread closed or reused the fd meanwhile)");
}

static void test_process_line(void **state)
{
	static const struct sample_lines full = {
		.format = FORMAT_TEXT,
		.options = { .width = 1000, .text.full = true },
	};
	static const char *const args[] = { "/bin/sh", "-c", "it's \"a\" | b", "", NULL };
	struct incident_process *process = &sample.incident.process;

	sample_bare(&sample);
	sample_set_path(&process->exe, "/usr/bin/dash");
	expect_line("    who", "    who     uid 1000  exe /usr/bin/dash");
	sample_set_cmdline(&process->cmdline, args);
	process->cmdline.truncated = true;
	expect_line("    who", "    who     /bin/sh -c 'it'\\''s \"a\" | b' '' ...  "
			       "uid 1000  exe /usr/bin/dash");
	sample_set_path(&process->exe, "/bin/sh");
	process->cmdline.truncated = false;
	process->cmdline.count = 1;
	expect_line("    who", "    who     /bin/sh  uid 1000");
	process->exe_deleted = true;
	process->ppid = 800;
	strcpy(process->parent_comm, "ba sh");
	process->tracer_pid = 9;
	process->ns_pid = 7;
	sample_set_path(&process->cgroup, "a/b");
	process->cgroup.truncated = true;
	strcpy(process->names.unit, "x.service");
	strcpy(process->names.container, "0123abcd");
	strcpy(process->names.pod, "9f3e");
	expect_line("    who",
		    "    who     /bin/sh  uid 1000  exe /bin/sh (deleted)  parent \"ba sh\"[800]  "
		    "traced by pid 9  container 0123abcd  pod 9f3e"
		    "  pid in its namespace 7");
	sample_expect_line(
		&full, &sample, "    who",
		"    who     /bin/sh  uid 1000  exe /bin/sh (deleted)  parent \"ba sh\"[800]  "
		"traced by pid 9  cgroup .../a/b  unit x.service  container 0123abcd  pod 9f3e  pid in its "
		"namespace 7");
	process->names.container[0] = process->names.pod[0] = '\0';
	process->ppid = process->tracer_pid = process->ns_pid = 0;
	expect_line("    who",
		    "    who     /bin/sh  uid 1000  exe /bin/sh (deleted)  unit x.service");
	process->names.unit[0] = '\0';
	expect_line("    who",
		    "    who     /bin/sh  uid 1000  exe /bin/sh (deleted)  cgroup .../a/b");
}

#define expect_peer(text) expect_line("    peer    ", "    peer    " text "   [certain]")

static void test_peer_and_cause(void **state)
{
	struct incident_peer_process *peer = &sample.incident.peer;

	sample_tcp(&sample);
	peer->ago_ns = 20510000;
	peer->exit_status = 0;
	expect_peer("nc[4321] \"nc -l\", closed the other end, 20.5 ms before");
	peer->how = PEER_HOW_CLOSED_BY_EXIT;
	expect_peer("nc[4321] \"nc -l\", closed the other end when it exited, 20.5 ms before");
	peer->exit_status = 11;
	expect_peer("nc[4321] \"nc -l\", died of SIGSEGV 20.5 ms before");
	peer->exit_status = 3 << 8;
	peer->cmdline.have = false;
	expect_peer("nc[4321], exited with status 3 20.5 ms before");
	peer->how = PEER_HOW_NONE;
	peer->have_exit = false;
	peer->have_ago = false;
	expect_peer("nc[4321]");
	strcpy(sample.explanation.text, "timeout");
	sample.explanation.confidence = CONFIDENCE_LIKELY;
	expect_line("    why", "    why     timeout   [likely]");
	sample.explanation.advice[1] = (struct advice){ "second", "second" };
	sample.explanation.advice_count = 2;
	expect_line("            second", "            second");
	strcpy(sample.explanation.notes[1].text, "another");
	sample.explanation.note_count = 2;
	expect_line("            another", "            another");
}

/* A hostile process chooses a name to fake another line. */
static void test_hostile(void **state)
{
	static const char *const args[] = { "a\033]0;t\007", "x\n14:03:23.000 SIGPIPE", "\xff",
					    NULL };
	static const char headline[] =
		"2026-11-21 14:03:22.117 +00:00  \"\\x1b[2J\\n\\xe2\\x80\\xae\""
		"[812/815 \\xc2\\x9b\\x0d\\t\\\\] killed by SIGPIPE in "
		"write(fd 7";
	struct incident *incident = &sample.incident;
	cleanup(cleanup_free) char *text = NULL;
	size_t lines = 0;

	sample_tcp(&sample);
	strcpy(incident->process.comm, "\033[2J\n\xe2\x80\xae");
	strcpy(incident->process.thread, "\xc2\x9b\r\t\\");
	strcpy(incident->process.parent_comm, "\x7f\xed\xa0\x80");
	incident->process.ppid = 1;
	sample_set_cmdline(&incident->process.cmdline, args);
	sample_set_path(&incident->process.exe, "/tmp/\033[31m");
	sample_set_path(&incident->process.cgroup, "/\x1b\n");
	strcpy(incident->process.names.unit, "\033.service");
	strcpy(incident->process.names.container, "\033");
	strcpy(incident->process.names.pod, "\n");
	strcpy(incident->peer.comm, "\033\033");
	strcpy(sample.explanation.text, "it was \033[0m\n");
	text = sample_render(&plain, &sample);
	for (char *at = text; *at; at++) {
		assert_true((unsigned char)*at >= 0x20 || *at == '\n');
		lines += *at == '\n';
	}
	assert_int_equal(lines, 7);
	assert_memory_equal(text, headline, sizeof(headline) - 1);
}

static void test_lost_and_summary_are_not_incidents(void **state)
{
	struct sink_summary summary = { .incidents = 1 };

	/* stderr says them: test_sink.c. */
	assert_null(sample_render_lost(&plain, 1));
	assert_null(sample_render_summary(&plain, &summary));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classic),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_class),
		cmocka_unit_test(test_unknown_fields),
		cmocka_unit_test(test_local_time),
		cmocka_unit_test(test_colors),
		cmocka_unit_test(test_tasks),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_from_process),
		cmocka_unit_test(test_tcp_objects),
		cmocka_unit_test(test_unix_objects),
		cmocka_unit_test(test_pipe_objects),
		cmocka_unit_test(test_other_objects),
		cmocka_unit_test(test_process_line),
		cmocka_unit_test(test_peer_and_cause),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_lost_and_summary_are_not_incidents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
