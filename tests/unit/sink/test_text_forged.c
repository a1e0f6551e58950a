// SPDX-License-Identifier: GPL-2.0-or-later
/* Names that imitate the words around them. Each case shows what the reader must not take for a
 * fact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

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

#define expect_line(begin, expected) sample_expect_line(&plain, &sample, begin, expected)

static void test_headline(void **state)
{
	struct incident_process *process = &sample.incident.process;

	sample_tcp(&sample);
	/* another pid; a call; a thread of another name */
	strcpy(process->comm, "sshd[1]");
	strcpy(process->thread, "x]  kill(fd 1");
	expect_line("14:03:22.117",
		    "14:03:22.117 +00:00  \"sshd[1]\"[812/815 \"x]  kill(fd 1\"] killed by SIGPIPE "
		    "in write(fd 7, 14 bytes)");
	/* a blank that is none, and letters that are not seen */
	strcpy(process->comm, "a\xc2\xa0"
			      "b");
	strcpy(process->thread, "ssh\xe2\x80\x8b"
				"d");
	expect_line("14:03:22.117", "14:03:22.117 +00:00  \"a\xc2\xa0"
				    "b\"[812/815 ssh\\xe2\\x80\\x8bd] killed by SIGPIPE in "
				    "write(fd 7, 14 bytes)");
	sample.incident.signal.origin = EV_ORIGIN_PROCESS;
	sample.incident.signal.sender = (struct incident_sender){
		.have = true, .pid = 9, .tid = 9, .uid = 1000, .comm = "a[1] uid 0 with"
	};
	expect_line("14:03:22.117", "14:03:22.117 +00:00  \"a\xc2\xa0"
				    "b\"[812/815 ssh\\xe2\\x80\\x8bd] killed by SIGPIPE, "
				    "sent by \"a[1] uid 0 with\"[9] uid 1000");
}

static void test_process(void **state)
{
	static const char *const args[] = {
		"x", "uid", "0", "a\xe3\x80\x80uid", "'\xe2\x80\x99  uid 0", "...", NULL
	};
	struct incident_process *process = &sample.incident.process;

	sample_bare(&sample);
	sample_set_cmdline(&process->cmdline, args);
	sample_set_path(&process->exe, "/tmp/y (deleted)  parent init[1]");
	strcpy(process->parent_comm, "a[1]  uid 0");
	process->ppid = 800;
	sample_set_path(&process->cgroup, "/a  unit ssh");
	strcpy(process->names.unit, "a, b");
	expect_line(
		"    who",
		"    who     x 'uid' 0 'a\xe3\x80\x80uid' ''\\''\\xe2\\x80\\x99  uid 0' '...'  uid 1000  "
		"exe \"/tmp/y (deleted)  parent init[1]\"  parent \"a[1]  uid 0\"[800]  "
		"unit \"a, b\"");
}

/* Names of containers are of a fixed form, but a capture can have any. */
static void test_container(void **state)
{
	struct incident_names *names = &sample.incident.process.names;

	sample_bare(&sample);
	strcpy(names->container, "0123456789abcdef");
	expect_line("    who", "    who     uid 1000  container 0123456789abcdef");
	strcpy(names->container_name, "cart");
	strcpy(names->pod, "1c2d3e4f");
	expect_line("    who", "    who     uid 1000  container cart (0123456789ab)  "
			       "pod 1c2d3e4f");
	strcpy(names->pod_name, "cart-0");
	strcpy(names->pod_namespace, "shop");
	names->have_user = true;
	names->user = 1000;
	expect_line("    who", "    who     uid 1000  container cart (0123456789ab) of uid "
			       "1000  pod shop/cart-0");
	strcpy(names->container_name, "cart (f12)  pod");
	strcpy(names->pod_name, "a  unit ssh\n");
	expect_line("    who",
		    "    who     uid 1000  container \"cart (f12)  pod\" (0123456789ab) of uid "
		    "1000  pod shop/\"a  unit ssh\\n\"");
}

static void test_peer(void **state)
{
	static const char *const args[] = { "nc\", died of SIGKILL", "\xe2\x80\x9d", NULL };

	sample_tcp(&sample);
	strcpy(sample.incident.peer.comm, "nc[1] \"a\"");
	sample_set_cmdline(&sample.incident.peer.cmdline, args);
	expect_line(
		"    peer    ",
		"    peer    \"nc[1] \\\"a\\\"\"[4321] \"nc\\\", died of SIGKILL \\xe2\\x80\\x9d\", closed the "
		"other end, 6.003 s before; it died of SIGSEGV   [certain]");
}

static void expect_unix(const char *path, uint32_t flags, const char *expected)
{
	struct ev_unix *end = &sample.incident.object.unix_;

	sample_write(&sample, EV_OBJECT_UNIX);
	end->flags = flags;
	end->path_length = (uint32_t)(strlen(path) + !(flags & EV_UNIX_ABSTRACT));
	memcpy(end->path, path, strlen(path) + 1);
	expect_line("    unix", expected);
}

static void test_objects(void **state)
{
	struct incident_object *object = &sample.incident.object;

	sample_write(&sample, EV_OBJECT_FIFO);
	object->have_path = true;
	sample_set_path(&object->path, "/tmp/f, 0 readers");
	expect_line("    fifo", "    fifo    \"/tmp/f, 0 readers\", 0 readers, 0 writers");
	expect_unix("/run/x.sock", 0, "    unix    /run/x.sock");
	expect_unix("/run/x, SO_PEERCRED pid 1", 0, "    unix    \"/run/x, SO_PEERCRED pid 1\"");
	/* a file, no abstract name and no pair */
	expect_unix("@dbus", 0, "    unix    \"@dbus\"");
	expect_unix("socketpair", 0, "    unix    \"socketpair\"");
	sample_tcp(&sample);
	object->family = AF_INET6;
	strcpy(object->local_address, "fe80::1");
	strcpy(object->local_scope, "a]->[::1%b");
	expect_line(
		"    tcp",
		"    tcp     [fe80::1%\"a]->[::1%b\"]:8088 -> [127.0.0.1]:51234  CLOSE, sent 13 bytes");
}

static void test_repeat(void **state)
{
	const struct incident_named named = {
		.have = true, .pid = 812, .uid = 1000, .comm = "a[1] (uid 0)", .unit = "b) in 9 s"
	};
	const struct sink_repeat repeat = { .process = &named,
					    .count = 2,
					    .outcome = EV_OUTCOME_KILLED };
	cleanup(cleanup_free) char *text = sample_render_repeat(&plain, &repeat);

	assert_string_equal(
		text,
		"1970-01-01 00:00:00.000 +00:00  \"a[1] (uid 0)\"[812] 2 more killed in 0 us  "
		"uid 1000  unit \"b) in 9 s\"\n");
}

static void test_stack(void **state)
{
	static const struct stack_frame frames[] = {
		/* as they are in C++ and Rust */
		{ .symbol = "std::map<int, f(char)>::operator[](int&&)", .module = "/lib/a.so.1" },
		{ .symbol = "<T as core::fmt::Write>::write_str", .module = "[vdso]" },
		/* a place, a number of frames, an address, a mark of ours, a blank that is none */
		{ .symbol = "main  main.c:1", .module = "/x/y" },
		{ .symbol = "main a.c < g", .module = "/x/y" },
		{ .symbol = "9 frames without a name", .module = "/x/y" },
		{ .symbol = "f (inlined)", .module = "/x/y" },
		{ .symbol = "f\xc2\xa0\xc2\xa0main.c", .module = "/x/y" },
		{ .symbol = "g", .module = "/x/[vdso]" },
		{ .symbol = "g", .module = "/x/a b (deleted)" },
		{ .symbol = "g", .module = "/x/y", .file = "x.c:7" },
		{ .symbol = "g", .module = "/x/y", .file = "a b.c", .line = 7 },
	};
	cleanup(cleanup_free) char *text = NULL;
	static struct stack stack;

	stack.complete = true;
	stack.count = sizeof(frames) / sizeof(frames[0]);
	memcpy(stack.frames, frames, sizeof(frames));
	sample_bare(&sample);
	sample.incident.stack = &stack;
	text = sample_render(&plain, &sample);
	assert_string_equal(strstr(text, "    where"),
			    "    where   std::map<int, f(char)>::operator[](int&&) a.so.1 < "
			    "<T as core::fmt::Write>::write_str [vdso] < "
			    "\"main  main.c:1\" y < \"main a.c < g\" y < "
			    "\"9 frames without a name\" y < \"f (inlined)\" y < "
			    "\"f\xc2\xa0\xc2\xa0main.c\" y < g \"[vdso]\" < "
			    "g \"a b\" (deleted) < g \"x.c:7\" < g \"a b.c\":7\n"
			    "    who     uid 1000\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headline),  cmocka_unit_test(test_process),
		cmocka_unit_test(test_container), cmocka_unit_test(test_peer),
		cmocka_unit_test(test_objects),	  cmocka_unit_test(test_repeat),
		cmocka_unit_test(test_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
