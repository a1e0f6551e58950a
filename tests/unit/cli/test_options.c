// SPDX-License-Identifier: GPL-2.0-or-later
/* Right command lines and their options. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "command_line.h"
#include "options.h"
#include "units.h"

#define BIT(n) (UINT64_C(1) << (n))
#define SIGNAL(n) BIT((n)-1)
#define OUTPUT(path, format, own) .outputs = { { path, format, own } }, .output_count = 1

struct right_case {
	const char *words[WORDS_MAX]; /* after "sigpath" */
	struct options want; /* signals and buffer_bytes: 0 is the default, SIGPIPE and 2 MiB */
	const char *command; /* argv[0] of COMMAND */
};

static const struct right_case right_cases[] = {
	{ { NULL }, { 0 }, NULL },
	{ { "trace" }, { 0 }, NULL },
	{ { "check", "--format", "json" },
	  { .command = COMMAND_CHECK, .format = FORMAT_JSON },
	  NULL },
	{ { "--epipe", "all" }, { .epipe = EPIPE_ALL }, NULL },
	{ { "--epipe", "none" }, { .epipe = EPIPE_NONE }, NULL },
	/* what to trace */
	{ { "-p", "7" }, { .pid_count = 1, .pids = { 7 } }, NULL },
	{ { "--pid=7,9" }, { .pid_count = 2, .pids = { 7, 9 } }, NULL },
	{ { "-p7", "-p", "9,7,9", "--pid", "4194304" },
	  { .pid_count = 3, .pids = { 7, 9, 4194304 } },
	  NULL },
	{ { "trace", "-p", "007" }, { .pid_count = 1, .pids = { 7 } }, NULL },
	{ { "-q", "trace", "-p", "7" }, { .quiet = true, .pid_count = 1, .pids = { 7 } }, NULL },
	{ { "-t", "12" }, { .tid = 12 }, NULL },
	{ { "-t", "12", "-p", "10" }, { .tid = 12, .pid_count = 1, .pids = { 10 } }, NULL },
	{ { "-f", "-p", "7" }, { .follow = true, .pid_count = 1, .pids = { 7 } }, NULL },
	{ { "-u", "0" }, { .have_uid = true }, NULL },
	{ { "--run-as", "4000000000" },
	  { .run_as = { .have = true, .user = { .uid = 4000000000u, .gid = 4000000000u } } },
	  NULL },
	{ { "-u", "root" }, { .have_uid = true }, NULL },
	{ { "--user", "4294967294" }, { .have_uid = true, .uid = 4294967294u }, NULL },
	{ { "--cgroup", "/system.slice" }, { .cgroup = "/system.slice" }, NULL },
	/* Which incidents. */
	{ { "--object", "pipe" }, { .objects = BIT(EV_OBJECT_PIPE) }, NULL },
	{ { "--object", "tcp,unix", "--object", "fifo,tcp" },
	  { .objects = BIT(EV_OBJECT_TCP) | BIT(EV_OBJECT_UNIX) | BIT(EV_OBJECT_FIFO) },
	  NULL },
	{ { "--object", "pipe,fifo,tcp,unix,mptcp,sctp,vsock,socket,file" },
	  { .objects = 0x3fe },
	  NULL },
	{ { "--outcome=killed" }, { .outcomes = BIT(EV_OUTCOME_KILLED) }, NULL },
	{ { "--outcome", "killed,ignored,handled,pending,suppressed,protected,traced,delivered" },
	  { .outcomes = 0x1fe },
	  NULL },
	{ { "--class", "service_died,misuse", "--class=write_failed" },
	  { .classes = BIT(CLASS_SERVICE_DIED) | BIT(CLASS_MISUSE) | BIT(CLASS_WRITE_FAILED) },
	  NULL },
	{ { "--class", "!pipeline_done" }, { .classes_not = BIT(CLASS_PIPELINE_DONE) }, NULL },
	{ { "--class", "!client_gone", "--class", "!peer_gone,!client_gone" },
	  { .classes_not = BIT(CLASS_CLIENT_GONE) | BIT(CLASS_PEER_GONE) },
	  NULL },
	{ { "--min-severity", "info" }, { .min_severity = SEVERITY_INFO }, NULL },
	{ { "--min-severity", "error", "--min-severity=notice" },
	  { .min_severity = SEVERITY_NOTICE },
	  NULL },
	{ { "-r", "x", "--class", "sent_signal", "--min-severity", "warning" },
	  { .read = "x", .classes = BIT(CLASS_SENT_SIGNAL), .min_severity = SEVERITY_WARNING },
	  NULL },
	{ { "-s", "PIPE" }, { .signals = SIGNAL(13) }, NULL },
	{ { "-s", "sigterm,KILL,1" }, { .signals = SIGNAL(15) | SIGNAL(9) | SIGNAL(1) }, NULL },
	{ { "-s", "TERM", "--signal", "SigUsr1" }, { .signals = SIGNAL(15) | SIGNAL(10) }, NULL },
	{ { "-s", "64,RTMIN,SIGRTMIN+3,rtmax-1" },
	  { .signals = SIGNAL(64) | SIGNAL(34) | SIGNAL(37) | SIGNAL(63) },
	  NULL },
	{ { "-s", "PIPE,Fatal" }, { .signals = SIGNAL(13), .fatal = true }, NULL },
	{ { "--exits", "nonzero" }, { .exits = EXITS_NONZERO }, NULL },
	{ { "-s", "IOT,CLD,POLL" }, { .signals = SIGNAL(6) | SIGNAL(17) | SIGNAL(29) }, NULL },
	/* When to stop. */
	{ { "-d", "5" }, { .duration_ns = 5 * NSEC_PER_SEC }, NULL },
	{ { "-d", "5s" }, { .duration_ns = 5 * NSEC_PER_SEC }, NULL },
	{ { "-d", "500ms" }, { .duration_ns = NSEC_PER_SEC / 2 }, NULL },
	{ { "-d", "2m" }, { .duration_ns = 120 * NSEC_PER_SEC }, NULL },
	{ { "-d", "1h" }, { .duration_ns = 3600 * NSEC_PER_SEC }, NULL },
	{ { "-d", "2d" }, { .duration_ns = 172800 * NSEC_PER_SEC }, NULL },
	{ { "-d", "1.5" }, { .duration_ns = NSEC_PER_SEC / 2 * 3 }, NULL },
	{ { "-d", ".25s" }, { .duration_ns = NSEC_PER_SEC / 4 }, NULL },
	{ { "-d", "0.0000000019s" }, { .duration_ns = 1 }, NULL },
	{ { "--duration", "1.1h" }, { .duration_ns = 3960 * NSEC_PER_SEC }, NULL },
	{ { "--count", "1" }, { .count = 1 }, NULL },
	{ { "--count", "18446744073709551615" }, { .count = UINT64_MAX }, NULL },
	/* output */
	{ { "-o", "x" }, { OUTPUT("x", FORMAT_TEXT, false) }, NULL },
	{ { "-o", "x.json" }, { OUTPUT("x.json", FORMAT_JSON, true) }, NULL },
	{ { "-o", "a/x.jsonl" }, { OUTPUT("a/x.jsonl", FORMAT_JSON, true) }, NULL },
	{ { "-o", "x.json.txt" }, { OUTPUT("x.json.txt", FORMAT_TEXT, true) }, NULL },
	{ { "-o", "json" }, { OUTPUT("json", FORMAT_TEXT, false) }, NULL },
	{ { "-o", "json:x.txt" }, { OUTPUT("x.txt", FORMAT_JSON, true) }, NULL },
	{ { "-o", "text:-" }, { OUTPUT("-", FORMAT_TEXT, true) }, NULL },
	{ { "--output=json:/dev/stderr" }, { OUTPUT("/dev/stderr", FORMAT_JSON, true) }, NULL },
	{ { "-o", "json:text:x" }, { OUTPUT("text:x", FORMAT_JSON, true) }, NULL },
	{ { "-o", "./a:b" }, { OUTPUT("./a:b", FORMAT_TEXT, false) }, NULL },
	{ { "-o", "./json:b" }, { OUTPUT("./json:b", FORMAT_TEXT, false) }, NULL },
	{ { "-o", "/x/a:b" }, { OUTPUT("/x/a:b", FORMAT_TEXT, false) }, NULL },
	{ { "-o", "x", "-o", "json:-", "-o", "y.jsonl" },
	  { .outputs = { { "x", FORMAT_TEXT, false },
			 { "-", FORMAT_JSON, true },
			 { "y.jsonl", FORMAT_JSON, true } },
	    .output_count = 3 },
	  NULL },
	/* --format is for the outputs that name no format, wherever it stands. */
	{ { "-o", "x", "-o", "y.txt", "--format", "json", "-o", "text:z" },
	  { .outputs = { { "x", FORMAT_JSON, false },
			 { "y.txt", FORMAT_TEXT, true },
			 { "z", FORMAT_TEXT, true } },
	    .output_count = 3,
	    .format = FORMAT_JSON },
	  NULL },
	{ { "--format", "json", "-o", "x.json" },
	  { OUTPUT("x.json", FORMAT_JSON, true), .format = FORMAT_JSON },
	  NULL },
	{ { "--format=json" }, { .format = FORMAT_JSON }, NULL },
	{ { "-w", "x.jsonl" }, { .write = "x.jsonl" }, NULL },
	{ { "-o", "x", "-w", "y" }, { OUTPUT("x", FORMAT_TEXT, false), .write = "y" }, NULL },
	{ { "-r", "-", "-o", "-" }, { OUTPUT("-", FORMAT_TEXT, false), .read = "-" }, NULL },
	{ { "-r", "x", "--outcome", "killed", "--count", "2" },
	  { .read = "x", .outcomes = BIT(EV_OUTCOME_KILLED), .count = 2 },
	  NULL },
	{ { "-r", "x", "-p", "7,9", "-t", "8", "-u", "0" },
	  { .read = "x", .pid_count = 2, .pids = { 7, 9 }, .tid = 8, .have_uid = true },
	  NULL },
	{ { "-r", "x", "--cgroup", "/a", "--object=tcp", "-s", "TERM" },
	  { .read = "x", .cgroup = "/a", .objects = BIT(EV_OBJECT_TCP), .signals = SIGNAL(15) },
	  NULL },
	{ { "--history", "none" }, { .history = HISTORY_NONE }, NULL },
	{ { "--advice", "none" }, { .advice = ADVICE_NONE }, NULL },
	{ { "--color", "always" }, { .color = COLOR_ALWAYS }, NULL },
	{ { "--color", "never", "--color=auto" }, { .color = COLOR_AUTO }, NULL },
	{ { "--time", "utc" }, { .time = TEXT_TIME_UTC }, NULL },
	{ { "--time=iso" }, { .time = TEXT_TIME_ISO }, NULL },
	{ { "--time", "delta" }, { .time = TEXT_TIME_DELTA }, NULL },
	{ { "--time", "epoch" }, { .time = TEXT_TIME_EPOCH }, NULL },
	{ { "--time", "epoch", "--time", "local" }, { .time = TEXT_TIME_LOCAL }, NULL },
	{ { "--full" }, { .full = true }, NULL },
	{ { "--stack-depth", "1" }, { .stack_depth = 1 }, NULL },
	{ { "--stack-depth=128" }, { .stack_depth = 128 }, NULL },
	/* other */
	{ { "--burst", "0", "--window", "500ms" }, { .burst = 0, .window_ns = 500000000 }, NULL },
	{ { "--buffer-size", "262144" }, { .buffer_bytes = 262144 }, NULL },
	{ { "--stack", "user", "--stack-size", "4K" },
	  { .stack = STACK_USER, .stack_bytes = 4096 },
	  NULL },
	{ { "--stack-size", "32768" }, { .stack_bytes = 32768 }, NULL },
	{ { "--to", "journal", "--to", "syslog:/dev/log", "--to=otlp:http://[::1]:4318", "--to",
	    "otlp" },
	  { .to = { { DESTINATION_JOURNAL, NULL },
		    { DESTINATION_SYSLOG, "/dev/log" },
		    { DESTINATION_OTLP, "http://[::1]:4318" },
		    { DESTINATION_OTLP, NULL } },
	    .to_count = 4 },
	  NULL },
	{ { "-w", "-", "--to", "journal" },
	  { .write = "-", .to = { { DESTINATION_JOURNAL, NULL } }, .to_count = 1 },
	  NULL },
	{ { "-w", "x", "--output-mode", "0664" }, { .write = "x", .output_mode = 0664 }, NULL },
	{ { "-w", "x", "--truncate" }, { .write = "x", .truncate = true }, NULL },
	{ { "-o", "x", "--rotate-size", "100M", "--rotate-compress" },
	  { OUTPUT("x", FORMAT_TEXT, false), .rotation = { .bytes = 100 << 20, .compress = true } },
	  NULL },
	{ { "-w", "x", "--rotate-time", "1d", "--rotate-keep", "1000" },
	  { .write = "x", .rotation = { .period_ns = 86400 * NSEC_PER_SEC, .keep = 1000 } },
	  NULL },
	{ { "-r", "y", "-o", "x", "--truncate" },
	  { OUTPUT("x", FORMAT_TEXT, false), .read = "y", .truncate = true },
	  NULL },
	{ { "--buffer-size", "512K" }, { .buffer_bytes = 512 << 10 }, NULL },
	{ { "--buffer-size", "4m" }, { .buffer_bytes = 4 << 20 }, NULL },
	{ { "--buffer-size", "1G" }, { .buffer_bytes = 1 << 30 }, NULL },
	{ { "--pidfile", "x" }, { .pidfile = "x" }, NULL },
	{ { "-q" }, { .quiet = true }, NULL },
	{ { "-v" }, { .verbose = true }, NULL },
	{ { "-V" }, { .command = COMMAND_VERSION }, NULL },
	{ { "-q", "--help", "--nonsense" }, { .command = COMMAND_HELP, .quiet = true }, NULL },
	{ { "-p", "1", "-h", "--", "x" },
	  { .command = COMMAND_HELP, .pid_count = 1, .pids = { 1 } },
	  NULL },
	/* a command */
	{ { "--", "ls" }, { 0 }, "ls" },
	{ { "-f", "--", "ls", "-l" }, { .follow = true }, "ls" },
	{ { "--no-follow", "--", "ls", "-l" }, { .no_follow = true }, "ls" },
	{ { "trace", "-q", "--", "trace", "--", "-p" }, { .quiet = true }, "trace" },
	{ { "--", "--", "x" }, { 0 }, "--" },
	{ { "-o", "--" }, { OUTPUT("--", FORMAT_TEXT, false) }, NULL },
	{ { "-o", "--", "--", "ls" }, { OUTPUT("--", FORMAT_TEXT, false) }, "ls" },
	{ { "-u", "0", "--", "ls" }, { .have_uid = true }, "ls" },
};

static void assert_same_text(const char *got, const char *want)
{
	assert_int_equal(got != NULL, want != NULL);
	if (got)
		assert_string_equal(got, want);
}

static void assert_outputs(const struct options *got, const struct options *want)
{
	assert_int_equal(got->output_count, want->output_count);
	for (size_t i = 0; i < want->output_count; i++) {
		assert_string_equal(got->outputs[i].path, want->outputs[i].path);
		assert_int_equal(got->outputs[i].format, want->outputs[i].format);
		assert_int_equal(got->outputs[i].has_own_format, want->outputs[i].has_own_format);
	}
	assert_int_equal(got->to_count, want->to_count);
	for (size_t i = 0; i < want->to_count; i++) {
		assert_int_equal(got->to[i].kind, want->to[i].kind);
		assert_same_text(got->to[i].address, want->to[i].address);
	}
}

static void assert_options(const struct options *got, const struct right_case *right)
{
	const struct options *want = &right->want;

	assert_int_equal(got->command, want->command);
	assert_int_equal(got->pid_count, want->pid_count);
	assert_memory_equal(got->pids, want->pids, sizeof(got->pids));
	assert_int_equal(got->tid, want->tid);
	assert_int_equal(got->follow, want->follow);
	assert_int_equal(got->no_follow, want->no_follow);
	assert_int_equal(got->have_uid, want->have_uid);
	assert_int_equal(got->run_as.have, want->run_as.have);
	assert_int_equal(got->run_as.user.uid, want->run_as.user.uid);
	assert_int_equal(got->run_as.user.gid, want->run_as.user.gid);
	assert_int_equal(got->uid, want->uid);
	assert_same_text(got->cgroup, want->cgroup);
	assert_int_equal(got->fatal, want->fatal);
	assert_int_equal(got->exits, want->exits);
	/* Without -s: SIGPIPE. In a replay: all signals in the capture. */
	assert_true(got->signals == (want->signals ? want->signals
				     : want->read  ? UINT64_MAX
						   : SIGNAL(13)));
	assert_int_equal(got->epipe, want->epipe);
	assert_int_equal(got->burst, want->window_ns ? want->burst : 10);
	assert_int_equal(got->window_ns, want->window_ns ? want->window_ns : 1000000000);
	assert_int_equal(got->stack, want->stack);
	assert_int_equal(got->stack_bytes, want->stack_bytes ? want->stack_bytes : 16384);
	assert_int_equal(got->objects, want->objects);
	assert_int_equal(got->outcomes, want->outcomes);
	assert_int_equal(got->classes, want->classes);
	assert_int_equal(got->classes_not, want->classes_not);
	assert_int_equal(got->min_severity, want->min_severity);
	assert_same_text(got->argv ? got->argv[0] : NULL, right->command);
	assert_int_equal(got->count, want->count);
	assert_int_equal(got->duration_ns, want->duration_ns);
	assert_outputs(got, want);
	assert_same_text(got->write, want->write);
	assert_same_text(got->read, want->read);
	assert_int_equal(got->output_mode, want->output_mode ? want->output_mode : 0600);
	assert_int_equal(got->truncate, want->truncate);
	assert_int_equal(got->rotation.bytes, want->rotation.bytes);
	assert_int_equal(got->rotation.period_ns, want->rotation.period_ns);
	assert_int_equal(got->rotation.keep, want->rotation.keep ?: 7);
	assert_int_equal(got->rotation.compress, want->rotation.compress);
	assert_int_equal(got->format, want->format);
	assert_int_equal(got->advice, want->advice);
	assert_int_equal(got->history, want->history);
	assert_int_equal(got->color, want->color);
	assert_int_equal(got->time, want->time);
	assert_int_equal(got->full, want->full);
	assert_int_equal(got->stack_depth, want->stack_depth);
	assert_same_text(got->pidfile, want->pidfile);
	assert_int_equal(got->quiet, want->quiet);
	assert_int_equal(got->verbose, want->verbose);
	assert_int_equal(got->buffer_bytes, want->buffer_bytes ? want->buffer_bytes : 2 << 20);
}

static void parses_what_is_right(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(right_cases); i++) {
		cleanup(cleanup_free) char *errors = NULL;
		char *argv[WORDS_MAX + 2];
		struct options options;
		int err = parse(right_cases[i].words, &options, &errors, argv);

		if (err || *errors)
			print_words(right_cases[i].words);
		assert_string_equal(errors, "");
		assert_int_equal(err, 0);
		assert_options(&options, &right_cases[i]);
	}
}

static void hands_the_command_on_as_it_is(void **state)
{
	const char *const words[WORDS_MAX] = { "-q", "--", "ls", "-p", "--help", "--" };
	cleanup(cleanup_free) char *errors = NULL;
	char *argv[WORDS_MAX + 2];
	struct options options;

	assert_int_equal(parse(words, &options, &errors, argv), 0);
	assert_ptr_equal(options.argv, &argv[3]);
	assert_string_equal(options.argv[2], "--help");
	assert_string_equal(options.argv[3], "--");
	assert_null(options.argv[4]);
	assert_int_equal(options.pid_count, 0);
}

static void lives_without_argv(void **state)
{
	char *argv[] = { NULL };
	struct options options;

	assert_int_equal(options_parse(0, argv, &options), 0);
	assert_int_equal(options.command, COMMAND_TRACE);
}

static void assert_names(const struct options_names *names, const char *want)
{
	char text[64] = "";

	for (size_t i = 0; i < names->count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%.*s|",
			 names->excluded ? "!" : "", (int)names->list[i].length,
			 names->list[i].text);
	assert_string_equal(text, want);
}

static void lists_of_names_add_up(void **state)
{
	const char *const words[WORDS_MAX] = {
		"--unit",      "a,b c",	  "--unit",	"d",	     "--peer-comm",
		"!x",	       "--cause", "no_readers", "--comm",    "!exactly15bytes!,!seq",
		"--container", "web",	  "--pod",	"shop/web-0"
	};
	cleanup(cleanup_free) char *errors = NULL;
	char *argv[WORDS_MAX + 2];
	struct options options;

	assert_int_equal(parse(words, &options, &errors, argv), 0);
	assert_names(&options.units, "a|b c|d|");
	assert_names(&options.peer_comms, "!x|");
	assert_names(&options.causes, "no_readers|");
	assert_names(&options.comms, "!exactly15bytes!|!seq|");
	assert_names(&options.containers, "web|");
	assert_names(&options.pods, "shop/web-0|");
}

static void limits_of_fail_on(void **state)
{
	const char *const words[WORDS_MAX] = { "--fail-on", "killed,client_gone=5", "--fail-on",
					       "write_failed=1000000" };
	cleanup(cleanup_free) char *errors = NULL;
	char *argv[WORDS_MAX + 2];
	struct options options;

	assert_int_equal(parse(words, &options, &errors, argv), 0);
	assert_true(options.fail_on.have);
	assert_int_equal(options.fail_on.killed, 1);
	assert_int_equal(options.fail_on.classes[CLASS_CLIENT_GONE], 5);
	assert_int_equal(options.fail_on.classes[CLASS_WRITE_FAILED], 1000000);
	assert_int_equal(options.fail_on.classes[CLASS_PEER_GONE], 0);
}

static void addresses(void **state)
{
	static const struct {
		const char *text, *address;
		uint16_t port;
	} cases[] = {
		{ "10.0.0.7", "::ffff:10.0.0.7", 0 },
		{ "10.0.0.7:80", "::ffff:10.0.0.7", 80 },
		{ "!10.0.0.7:80", "::ffff:10.0.0.7", 80 },
		{ "fe80::1", "fe80::1", 0 },
		{ "[fe80::1]", "fe80::1", 0 },
		{ "[fe80::1]:65535", "fe80::1", 65535 },
		{ "::ffff:10.0.0.7", "::ffff:10.0.0.7", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *const words[WORDS_MAX] = { "--peer", cases[i].text };
		cleanup(cleanup_free) char *errors = NULL;
		char *argv[WORDS_MAX + 2], text[INET6_ADDRSTRLEN];
		struct options options;

		assert_int_equal(parse(words, &options, &errors, argv), 0);
		assert_int_equal(options.peers.count, 1);
		assert_int_equal(options.peers.excluded, cases[i].text[0] == '!');
		inet_ntop(AF_INET6, &options.peers.list[0].address, text, sizeof(text));
		assert_string_equal(text, cases[i].address);
		assert_int_equal(options.peers.list[0].port, cases[i].port);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_what_is_right),
		cmocka_unit_test(lists_of_names_add_up),
		cmocka_unit_test(limits_of_fail_on),
		cmocka_unit_test(addresses),
		cmocka_unit_test(hands_the_command_on_as_it_is),
		cmocka_unit_test(lives_without_argv),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
