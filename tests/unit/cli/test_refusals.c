// SPDX-License-Identifier: GPL-2.0-or-later
/* Wrong command lines and their error messages. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "command_line.h"
#include "options.h"
#include "units.h"

#ifdef SIGPATH_STATIC
#define NO_USER "is not in /etc/passwd, and a static sigpath knows no other users; give the number"
#else
#define NO_USER "is not a user of this host"
#endif

struct wrong_case {
	const char *words[WORDS_MAX];
	const char *message; /* between "sigpath: " and " (see sigpath --help)" */
};

#define CLASSES                                                                            \
	"service_died, process_died, process_exited, sent_signal, kernel_signal, misuse, " \
	"own_shutdown, log_pipe_gone, peer_crashed, peer_killed, pipeline_broken, "        \
	"pipeline_done, connection_lost, client_gone, peer_gone or write_failed"
#define NO_SIGNAL \
	"a signal: a name such as PIPE, SIGTERM or RTMIN+3, a number from 1 to 64, or fatal"
#define NO_ADDRESS "an address such as 10.0.0.7, 10.0.0.7:80, ::1 or [::1]:80"
#define NO_TIME "a time such as 5, 1.5s, 500ms, 2m, 1h or 1d"
#define NO_SIZE "a size such as 262144, 512K, 2M or 1G"

static const struct wrong_case wrong_cases[] = {
	/* words */
	{ { "attach" },
	  "'attach' is not a command of sigpath (trace, check); to run a program, use: sigpath -- attach" },
	{ { "chekc" }, "'chekc': expected trace or check; did you mean 'check'?" },
	{ { "check", "-p", "7" }, "option --pid cannot be used with check" },
	{ { "check", "--", "ls" }, "check takes no COMMAND" },
	{ { "--epipe", "some" }, "option --epipe: 'some': expected stream, all or none" },
	{ { "-o", "--", "ls" },
	  "'ls' is not a command of sigpath (trace, check); to run a program, use: sigpath -- ls" },
	{ { "" },
	  "'' is not a command of sigpath (trace, check); to run a program, use: sigpath -- " },
	{ { "trace", "-q", "ls" }, "unexpected argument 'ls'; put '--' before a program to run" },
	{ { "trace", "trace" }, "unexpected argument 'trace'; put '--' before a program to run" },
	{ { "--" }, "'--' must be followed by a COMMAND" },
	{ { "trace", "-q", "--" }, "'--' must be followed by a COMMAND" },
	{ { "--", "" }, "the COMMAND after '--' is empty" },
	{ { "a\033[31m\nb" },
	  "'a\\x1b[31m\\nb' is not a command of sigpath (trace, check); "
	  "to run a program, use: sigpath -- a\\x1b[31m\\nb" },
	/* names of options */
	{ { "--nonsense" }, "unknown option '--nonsense'" },
	{ { "--ouput=x" }, "unknown option '--ouput=x'; did you mean --output?" },
	{ { "--outcmoe", "x" }, "unknown option '--outcmoe'; did you mean --outcome?" },
	{ { "--dur", "1" }, "option '--dur' is incomplete: write --duration" },
	{ { "--dur=1" }, "option '--dur' is incomplete: write --duration" },
	{ { "check", "--verb" }, "option '--verb' is incomplete: write --verbose" },
	{ { "-q", "--durat" }, "option '--durat' is incomplete: write --duration" },
	{ { "--nonsense=7" }, "unknown option '--nonsense=7'" },
	{ { "-Z" }, "unknown option '-Z'" },
	{ { "-qZv" }, "unknown option '-Z'" },
	{ { "-q", "-" },
	  "'-' is not a command of sigpath (trace, check); "
	  "to run a program, use: sigpath -- -" },
	{ { "--co", "x" },
	  "option '--co' is ambiguous: --comm, --container, --count, --color, --config" },
	{ { "--ou=x" }, "option '--ou' is ambiguous: --outcome, --output, --output-mode" },
	{ { "--quiet=yes" }, "option --quiet takes no argument" },
	{ { "-p" }, "option --pid needs an argument: PID[,PID...]" },
	{ { "-q", "--count" }, "option --count needs an argument: N" },
	/* Their arguments. */
	{ { "-p", "0" }, "option --pid: '0': expected a PID from 1 to 4194304" },
	{ { "-p", "-1" }, "option --pid: '-1': expected a PID from 1 to 4194304" },
	{ { "-p", "+1" }, "option --pid: '+1': expected a PID from 1 to 4194304" },
	{ { "-p", " 1" }, "option --pid: ' 1': expected a PID from 1 to 4194304" },
	{ { "-p", "0x10" }, "option --pid: '0x10': expected a PID from 1 to 4194304" },
	{ { "-p", "4194305" }, "option --pid: '4194305': expected a PID from 1 to 4194304" },
	{ { "-p", "18446744073709551617" },
	  "option --pid: '18446744073709551617': expected a PID from 1 to 4194304" },
	{ { "-p", "1,x" },
	  "option --pid: 'x': expected a PID from 1 to 4194304; --comm takes names" },
	{ { "-p", "" }, "option --pid: '' has an empty item" },
	{ { "-p", "1," }, "option --pid: '1,' has an empty item" },
	{ { "-p", "1,,2" }, "option --pid: '1,,2' has an empty item" },
	{ { "-t", "0" }, "option --tid: '0': expected a TID from 1 to 4194304" },
	{ { "-t", "1,2" }, "option --tid: '1,2': expected a TID from 1 to 4194304" },
	{ { "-u", "no such user" }, "option --user: 'no such user' " NO_USER },
	{ { "-u", "" }, "option --user: '' " NO_USER },
	{ { "--run-as", "no such user" }, "option --run-as: 'no such user' " NO_USER },
	{ { "--run-as", "4294967295" },
	  "option --run-as: '4294967295': expected a user ID below 4294967295" },
	{ { "-u", "4294967295" },
	  "option --user: '4294967295': expected a user ID below 4294967295" },
	{ { "--comm", "sixteen bytes..." },
	  "option --comm: 'sixteen bytes...' has 16 bytes, "
	  "but the kernel keeps only the first 15 of a name" },
	{ { "--comm", "yes,sixteen bytes..." },
	  "option --comm: 'sixteen bytes...' has 16 bytes, "
	  "but the kernel keeps only the first 15 of a name" },
	{ { "--comm", "!sixteen bytes..." },
	  "option --comm: 'sixteen bytes...' has 16 bytes, "
	  "but the kernel keeps only the first 15 of a name" },
	{ { "--peer-comm", "sixteen bytes..." },
	  "option --peer-comm: 'sixteen bytes...' has 16 bytes, "
	  "but the kernel keeps only the first 15 of a name" },
	{ { "--comm", "" }, "option --comm: '' has an empty item" },
	{ { "--comm", "yes,!seq" }, "option --comm: '!seq' mixes items with and without '!'" },
	{ { "--cgroup", "" }, "option --cgroup: '' is empty" },
	{ { "--object", "tcp,pip" },
	  "option --object: 'pip': expected pipe, fifo, tcp, unix, socket, file, mptcp, sctp or "
	  "vsock; did you mean 'pipe'?" },
	{ { "--object", "TCP" },
	  "option --object: 'TCP': expected pipe, fifo, tcp, unix, socket, file, mptcp, sctp or "
	  "vsock; did you mean 'tcp'?" },
	{ { "--outcome", "dead" },
	  "option --outcome: 'dead': expected killed, ignored, handled, pending, suppressed, "
	  "protected, traced, delivered or exited" },
	{ { "--class", "dead" }, "option --class: 'dead': expected " CLASSES },
	{ { "--class", "!dead" }, "option --class: 'dead': expected " CLASSES },
	{ { "--class", "!!misuse" },
	  "option --class: '!misuse': expected " CLASSES "; did you mean 'misuse'?" },
	{ { "--class", "!" }, "option --class: '': expected " CLASSES },
	{ { "--class", "misuse," }, "option --class: 'misuse,' has an empty item" },
	{ { "--class", "misuse,!own_shutdown" },
	  "option --class: 'misuse,!own_shutdown' mixes classes with and without '!'" },
	{ { "--class", "!misuse", "--class", "own_shutdown" },
	  "option --class: 'own_shutdown' mixes classes with and without '!'" },
	{ { "--min-severity", "err" },
	  "option --min-severity: 'err': expected info, notice, warning or error" },
	{ { "--min-severity", "" },
	  "option --min-severity: '': expected info, notice, warning or error" },
	{ { "check", "--class", "misuse" }, "option --class cannot be used with check" },
	{ { "--unit", "a,,b" }, "option --unit: 'a,,b' has an empty item" },
	{ { "--unit", "!" }, "option --unit: '' is empty" },
	{ { "--unit", "a,!b" }, "option --unit: '!b' mixes items with and without '!'" },
	{ { "--unit", "a", "--unit", "!b" },
	  "option --unit: '!b' mixes items with and without '!'" },
	{ { "--unit", "1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7" },
	  "option --unit: '1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7' exceeds the limit of 16 items" },
	{ { "--peer", "web" }, "option --peer: 'web': expected " NO_ADDRESS },
	{ { "--peer", "10.0.0.7:" }, "option --peer: '10.0.0.7:': expected " NO_ADDRESS },
	{ { "--peer", "[::1" }, "option --peer: '[::1': expected " NO_ADDRESS },
	{ { "--peer", "[::1]80" }, "option --peer: '[::1]80': expected " NO_ADDRESS },
	{ { "--peer", "10.0.0.7:0" },
	  "option --peer: '10.0.0.7:0': expected a port from 1 to 65535" },
	{ { "--peer", "10.0.0.7:65536" },
	  "option --peer: '10.0.0.7:65536': expected a port from 1 to 65535" },
	{ { "--peer", "!10.0.0.7,10.0.0.8" },
	  "option --peer: '10.0.0.8' mixes items with and without '!'" },
	{ { "--fail-on", "kill" },
	  "option --fail-on: 'kill': expected killed, " CLASSES "; did you mean 'killed'?" },
	{ { "--fail-on", "killed=0" },
	  "option --fail-on: 'killed=0': expected a number of 1 or more behind '='" },
	{ { "--fail-on", "misuse=" },
	  "option --fail-on: 'misuse=': expected a number of 1 or more behind '='" },
	{ { "check", "--fail-on", "killed" }, "option --fail-on cannot be used with check" },
	{ { "-s", "SIGFOO" }, "option --signal: 'SIGFOO': expected " NO_SIGNAL },
	{ { "-s", "SIGPPIE" },
	  "option --signal: 'SIGPPIE': expected " NO_SIGNAL "; did you mean PIPE?" },
	{ { "-s", "SIG" }, "option --signal: 'SIG': expected " NO_SIGNAL },
	{ { "-s", "0" }, "option --signal: '0': expected " NO_SIGNAL },
	{ { "-s", "65" }, "option --signal: '65': expected " NO_SIGNAL },
	{ { "-s", "SIG13" }, "option --signal: 'SIG13': expected " NO_SIGNAL },
	{ { "-s", "RTMIN+31" }, "option --signal: 'RTMIN+31': expected " NO_SIGNAL },
	{ { "-s", "RTMIN-1" }, "option --signal: 'RTMIN-1': expected " NO_SIGNAL },
	{ { "-s", "RTMIN+" }, "option --signal: 'RTMIN+': expected " NO_SIGNAL },
	{ { "-d", "0" }, "option --duration: '0': expected a time longer than zero" },
	{ { "-d", "0.0s" }, "option --duration: '0.0s': expected a time longer than zero" },
	{ { "-d", "soon" }, "option --duration: 'soon': expected " NO_TIME },
	{ { "-d", "" }, "option --duration: '': expected " NO_TIME },
	{ { "-d", "5 s" }, "option --duration: '5 s': expected " NO_TIME },
	{ { "-d", "5." }, "option --duration: '5.': expected " NO_TIME },
	{ { "-d", "." }, "option --duration: '.': expected " NO_TIME },
	{ { "-d", "1e3" }, "option --duration: '1e3': expected " NO_TIME },
	{ { "-d", "-5" }, "option --duration: '-5': expected " NO_TIME },
	{ { "-d", "5w" }, "option --duration: '5w': expected " NO_TIME },
	{ { "-d", "5124096h" }, "option --duration: '5124096h' is too long" },
	{ { "-d", "18446744073.9" }, "option --duration: '18446744073.9' is too long" },
	{ { "-d", "99999999999999999999" },
	  "option --duration: '99999999999999999999' is too long" },
	{ { "--count", "abc" }, "option --count: 'abc': expected a number" },
	{ { "--count", "1.5" }, "option --count: '1.5': expected a number" },
	{ { "--count", "0" }, "option --count: '0': expected a number of 1 or more" },
	{ { "--count", "18446744073709551616" },
	  "option --count: '18446744073709551616': expected a number up to 18446744073709551615" },
	{ { "--buffer-size", "128K" },
	  "option --buffer-size: '128K': expected a size from 256K to 1G" },
	{ { "--burst", "many" }, "option --burst: 'many': expected a number" },
	{ { "--burst", "4294967296" },
	  "option --burst: '4294967296': expected a number up to 4294967295" },
	{ { "--window", "0" }, "option --window: '0': expected a time longer than zero" },
	{ { "--output-mode", "0668" },
	  "option --output-mode: '0668': expected an octal mode such as 0640" },
	{ { "--output-mode", "00600" },
	  "option --output-mode: '00600': expected an octal mode such as 0640" },
	{ { "--output-mode", "" },
	  "option --output-mode: '': expected an octal mode such as 0640" },
	{ { "--output-mode", "0666" },
	  "option --output-mode: '0666': expected a mode from 0600 to 0664: only owner and group may write" },
	{ { "--output-mode", "0440" },
	  "option --output-mode: '0440': expected a mode from 0600 to 0664: only owner and group may write" },
	{ { "--output-mode", "0640" }, "option --output-mode needs --output or --write" },
	{ { "--truncate" }, "option --truncate needs --output or --write" },
	{ { "--rotate-size", "1M" }, "option --rotate-size needs --output or --write" },
	{ { "-o", "x", "--rotate-keep", "3" },
	  "option --rotate-keep needs --rotate-size or --rotate-time" },
	{ { "-w", "x", "--rotate-compress" },
	  "option --rotate-compress needs --rotate-size or --rotate-time" },
	{ { "--rotate-size", "much" },
	  "option --rotate-size: 'much': expected a size such as 500K, 100M or 1G" },
	{ { "--rotate-size", "4095" },
	  "option --rotate-size: '4095': expected a size from 4K to 1024G" },
	{ { "--rotate-size", "1025G" },
	  "option --rotate-size: '1025G': expected a size from 4K to 1024G" },
	{ { "--rotate-time", "daily" }, "option --rotate-time: 'daily': expected " NO_TIME },
	{ { "--rotate-time", "1.5s" },
	  "option --rotate-time: '1.5s': expected a whole number of seconds" },
	{ { "--rotate-keep", "0" }, "option --rotate-keep: '0': expected a number from 1 to 1000" },
	{ { "--rotate-keep", "1001" },
	  "option --rotate-keep: '1001': expected a number from 1 to 1000" },
	{ { "--stack-size", "64K" }, "option --stack-size: '64K': expected a size from 4K to 32K" },
	{ { "--stack-size", "0" }, "option --stack-size: '0': expected a size from 4K to 32K" },
	{ { "--stack-size", "5000" }, "option --stack-size: '5000': expected a multiple of 4K" },
	{ { "--stack-size", "much" },
	  "option --stack-size: 'much': expected a size such as 16384 or 16K" },
	{ { "--stack", "some" }, "option --stack: 'some': expected all, user, kernel or none" },
	{ { "--buffer-size", "2G" },
	  "option --buffer-size: '2G': expected a size from 256K to 1G" },
	{ { "--buffer-size", "18446744073709551615G" },
	  "option --buffer-size: '18446744073709551615G': expected a size from 256K to 1G" },
	{ { "--buffer-size", "3M" }, "option --buffer-size: '3M': expected a power of two" },
	{ { "--buffer-size", "2MB" }, "option --buffer-size: '2MB': expected " NO_SIZE },
	{ { "--buffer-size", "M" }, "option --buffer-size: 'M': expected " NO_SIZE },
	{ { "--format", "xml" }, "option --format: 'xml': expected text, oneline or json" },
	{ { "--time", "CET" }, "option --time: 'CET': expected local, utc, iso, delta or epoch" },
	{ { "--stack-depth", "0" }, "option --stack-depth: '0': expected a number of 1 or more" },
	{ { "--stack-depth", "129" },
	  "option --stack-depth: '129' is more than 128, which no stack has" },
	{ { "--stack-depth", "3", "--full" },
	  "options --stack-depth and --full cannot be used together" },
	{ { "--color=yes" }, "option --color: 'yes': expected auto, always or never" },
	{ { "-o", "" }, "option --output: '' is empty" },
	{ { "-o", "json:" }, "option --output: 'json:' has no file name after the format" },
	{ { "-o", "foo:bar" },
	  "option --output: 'foo:bar' does not begin with a format (text, oneline, json); to write a file of "
	  "this name, use './foo:bar'" },
	{ { "-o", ":\n" },
	  "option --output: ':\\n' does not begin with a format (text, oneline, json); to write a file of "
	  "this name, use './:\\n'" },
	{ { "-o", "x", "-o", "json:x" }, "option --output: 'x' is already an output" },
	{ { "-o", "-", "-o", "json:-" }, "option --output: '-' is already an output" },
	{ { "--format", "text", "-o", "x.json" },
	  "option --format has no effect: 'x.json' sets another format; use FORMAT:FILE" },
	{ { "--format", "json", "-o", "json.txt", "-o", "text:x" },
	  "option --format has no effect: 'x' sets another format; use FORMAT:FILE" },
	{ { "-r", "" }, "option --read: '' is empty" },
	{ { "--to", "journa" },
	  "option --to: 'journa': expected journal, syslog or otlp; did you mean 'journal'?" },
	{ { "--to", "" }, "option --to: '': expected journal, syslog or otlp" },
	{ { "--to", "journal:x" },
	  "option --to: 'journal:x' has an address, and journal takes none" },
	{ { "--to", "otlp:" }, "option --to: 'otlp:' has no URL after the colon" },
	{ { "--to", "syslog", "--to", "syslog" },
	  "option --to: 'syslog' is already a destination" },
	{ { "--to", "syslog:a", "--to", "syslog:b", "--to", "syslog:c", "--to", "syslog:d", "--to",
	    "otlp" },
	  "option --to: 'otlp' exceeds the limit of 4 destinations" },
	/* combinations */
	{ { "-r", "x", "--", "ls" }, "option --read and a COMMAND cannot be used together" },
	{ { "-r", "x", "-o", "y", "-o", "json:x" },
	  "options --output and --read name the same file" },
	{ { "-w", "-" },
	  "option --write - needs --output FILE or --to, because incidents go to stdout by default" },
	{ { "-w", "-", "-o", "x", "-o", "json:-" },
	  "options --output and --write name the same file" },
	{ { "-w", "x", "-o", "x" }, "options --output and --write name the same file" },
	{ { "-p", "1", "--", "ls" }, "option --pid and a COMMAND cannot be used together" },
	{ { "-t", "1", "--", "ls" }, "option --tid and a COMMAND cannot be used together" },
	{ { "-f" }, "option --follow needs --pid or a COMMAND" },
	{ { "--no-follow" }, "option --no-follow needs a COMMAND" },
	{ { "-f", "--no-follow", "--", "ls" },
	  "options --follow and --no-follow cannot be used together" },
	{ { "-f", "-t", "1" }, "option --follow needs --pid or a COMMAND" },
	{ { "--stack", "none", "--stack-size", "8K" },
	  "option --stack-size has no effect: --stack none copies no stack memory" },
	{ { "--stack-size", "8K", "--stack", "kernel" },
	  "option --stack-size has no effect: --stack kernel copies no stack memory" },
	{ { "-s", "TERM", "--epipe", "all" },
	  "option --epipe has no effect: it needs PIPE among the signals of --signal" },
	{ { "-q", "-v" }, "options --quiet and --verbose cannot be used together" },
};

static void refuses_what_is_wrong(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrong_cases); i++) {
		cleanup(cleanup_free) char *errors = NULL;
		char want[512], *argv[WORDS_MAX + 2];
		struct options options, untouched;
		int err;

		memset(&options, 0x5a, sizeof(options));
		memset(&untouched, 0x5a, sizeof(untouched));
		err = parse(wrong_cases[i].words, &options, &errors, argv);
		snprintf(want, sizeof(want), "sigpath: %s (see sigpath --help)\n",
			 wrong_cases[i].message);
		if (err != -EINVAL)
			print_words(wrong_cases[i].words);
		assert_string_equal(errors, want);
		assert_int_equal(err, -EINVAL);
		assert_memory_equal(&options, &untouched, sizeof(options));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_wrong),
	};

	return cmocka_run_group_tests_name("refusals", tests, NULL, NULL);
}
