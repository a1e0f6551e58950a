// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of options: the names, the texts of --help, the words that an argument may be. */
#include "option_table.h"

#include "classes.h"
#include "destinations.h"
#include "formats.h"
#include "nearest.h"
#include "units.h"
#include "words.h"

/* The enums begin with 1. */
static const char *object_word(size_t index)
{
	return word_object_type((enum ev_object_type)(index + 1));
}

static const char *outcome_word(size_t index)
{
	return word_outcome((enum ev_outcome)(index + 1));
}

static const char *class_word(size_t index)
{
	return class_name((enum incident_class)(index + 1));
}

static const char *severity_word(size_t index)
{
	return severity_name((enum severity)index);
}

static const char *destination_word(size_t index)
{
	return index < destination_count ? destination_table[index].name : NULL;
}

static const struct option_word epipe_words[] = {
	{ "stream", EPIPE_STREAM },
	{ "all", EPIPE_ALL },
	{ "none", EPIPE_NONE },
	{ NULL, 0 },
};

static const struct option_word history_words[] = {
	{ "all", HISTORY_ALL },
	{ "none", HISTORY_NONE },
	{ NULL, 0 },
};

static const struct option_word stack_words[] = {
	{ "all", STACK_ALL },
	{ "user", STACK_USER },
	{ "kernel", STACK_KERNEL },
	{ "none", STACK_NONE },
	{ NULL, 0 },
};

static const struct option_word exits_words[] = {
	{ "none", EXITS_NONE },
	{ "nonzero", EXITS_NONZERO },
	{ NULL, 0 },
};

static const struct option_word advice_words[] = {
	{ "all", ADVICE_ALL },
	{ "none", ADVICE_NONE },
	{ NULL, 0 },
};

static const struct option_word color_words[] = {
	{ "auto", COLOR_AUTO },
	{ "always", COLOR_ALWAYS },
	{ "never", COLOR_NEVER },
	{ NULL, 0 },
};

static const struct option_word time_words[] = {
	{ "local", TEXT_TIME_LOCAL }, { "utc", TEXT_TIME_UTC },	    { "iso", TEXT_TIME_ISO },
	{ "delta", TEXT_TIME_DELTA }, { "epoch", TEXT_TIME_EPOCH }, { NULL, 0 },
};

static const struct option_word redact_words[] = {
	{ "auth", REDACT_AUTH },
	{ "none", REDACT_NONE },
	{ "args", REDACT_ARGS },
	{ "all", REDACT_ALL },
	{ NULL, 0 },
};

static const struct option_word metrics_label_words[] = {
	{ "none", METRICS_LABEL_NONE },
	{ "unit", METRICS_LABEL_UNIT },
	{ NULL, 0 },
};

/* --help and --version are commands: the parse ends with them. */
static int parse_help(const struct option_spec *spec, const char *text, struct options *ret_options,
		      struct strbuf *why)
{
	ret_options->command = COMMAND_HELP;
	return 0;
}

static int parse_version(const struct option_spec *spec, const char *text,
			 struct options *ret_options, struct strbuf *why)
{
	ret_options->command = COMMAND_VERSION;
	return 0;
}

#define TO(field) .offset = offsetof(struct options, field)
#define WORDS(list) COMPLETE_WORDS, .words = list
#define TRACED (RUN_LIVE | RUN_REPLAY)

/* Where a help text ends with a colon, help.c adds the words of the argument. */
/* clang-format off */
const struct option_spec option_table[] = {
	{ "pid", 'p', "PID[,PID...]", "only these processes (as ps counts here); stop when all of them have ended",
	  GROUP_WATCH, TRACED, parse_pids, TO(pids), COMPLETE_PID, .list = true },
	{ "tid", 't', "TID", "only this thread",
	  GROUP_WATCH, TRACED, parse_tid, TO(tid), COMPLETE_PID },
	{ "follow", 'f', NULL, "with -p: trace child processes too; with COMMAND: wait for them too",
	  GROUP_WATCH, RUN_LIVE, parse_flag, TO(follow) },
	{ "no-follow", 0, NULL, "with COMMAND: do not trace its child processes",
	  GROUP_WATCH, RUN_LIVE, parse_flag, TO(no_follow) },
	{ "user", 'u', "USER", "only processes of this user (name or number)",
	  GROUP_WATCH, TRACED, parse_user, TO(uid), COMPLETE_USER },
	{ "comm", 0, "LIST", "only processes and threads with these names (at most 15 bytes each); with a ! "
	  "before each, all but these ('!yes,!seq')",
	  GROUP_WATCH, TRACED, parse_comms, TO(comms), COMPLETE_COMM, .list = true },
	{ "cgroup", 0, "PATH", "only processes in this cgroup and below it: a directory of cgroup2, or "
	  "a path below its root",
	  GROUP_WATCH, TRACED, parse_text, TO(cgroup), COMPLETE_DIRECTORY },

	{ "object", 0, "LIST", "only failed writes to these objects:",
	  GROUP_SELECT, TRACED, parse_set, TO(objects), COMPLETE_WORDS, .word_at = object_word,
	  .list = true },
	{ "outcome", 0, "LIST", "only incidents with these outcomes:",
	  GROUP_SELECT, TRACED, parse_set, TO(outcomes), COMPLETE_WORDS, .word_at = outcome_word,
	  .list = true },
	{ "class", 0, "LIST", "only incidents of these classes; with a ! before each, all but these "
	  "('!pipeline_done'). The summary counts the others as filtered:",
	  GROUP_SELECT, TRACED, parse_classes, TO(classes), COMPLETE_WORDS, .word_at = class_word,
	  .list = true, .negates = true, .rereads = true },
	{ "min-severity", 0, "LEVEL", "only incidents of at least this severity. The summary counts the others "
	  "as filtered:",
	  GROUP_SELECT, TRACED, parse_severity, TO(min_severity), COMPLETE_WORDS,
	  .word_at = severity_word, .rereads = true },
	{ "cause", 0, "LIST", "only incidents of these causes (docs/causes.md). A ! before each item of this "
	  "and the next five lists: all but these. The summary counts the others as filtered",
	  GROUP_SELECT, TRACED, parse_names, TO(causes), COMPLETE_CAUSE, .list = true,
	  .negates = true },
	{ "unit", 0, "LIST", "only processes of these systemd units, with or without .service",
	  GROUP_SELECT, TRACED, parse_names, TO(units), COMPLETE_NOTHING, .list = true },
	{ "container", 0, "LIST", "only processes in these containers: names, ids, or the first 12 digits of an id",
	  GROUP_SELECT, TRACED, parse_names, TO(containers), COMPLETE_NOTHING, .list = true },
	{ "pod", 0, "LIST", "only processes in these pods of Kubernetes: NAME, NAMESPACE/NAME, or uid",
	  GROUP_SELECT, TRACED, parse_names, TO(pods), COMPLETE_NOTHING, .list = true },
	{ "peer", 0, "ADDRESS[:PORT]", "only connections to these other ends, several with commas",
	  GROUP_SELECT, TRACED, parse_peers, TO(peers), COMPLETE_NOTHING, .list = true },
	{ "peer-comm", 0, "LIST", "only incidents where a process with such a name was at the other end",
	  GROUP_SELECT, TRACED, parse_comms, TO(peer_comms), COMPLETE_COMM, .list = true },
	{ "signal", 's', "LIST", "these signals instead of SIGPIPE, by name or number, from any sender. "
	  "'fatal' is every signal that ends a process; 'PIPE,fatal' also reports SIGPIPE of those that go on",
	  GROUP_SELECT, TRACED, parse_signals, TO(signals), COMPLETE_SIGNAL, .list = true },
	{ "exits", 0, "WHICH", "processes that end themselves. 'nonzero' reports each that exits with another status "
	  "than 0, with the stack at its exit:",
	  GROUP_SELECT, RUN_LIVE, parse_choice, TO(exits), WORDS(exits_words) },
	{ "epipe", 0, "WHICH", "EPIPE errors without a signal. 'stream' reports TCP sockets where the "
	  "kernel allows it, and costs other sends nothing. 'all' reports every socket and adds about "
	  "25 ns to each send on the host (more without the tracepoint sock_send_length: see 'sigpath "
	  "check'). 'none' reports signals only:",
	  GROUP_SELECT, RUN_LIVE, parse_choice, TO(epipe), WORDS(epipe_words) },
	{ "history", 0, "WHICH", "how to learn who closed the other end, and when. 'all' watches the "
	  "connections and closes of the whole host (about 1 us for each TCP connection). 'none' uses only "
	  "the state of the broken socket or pipe:",
	  GROUP_SELECT, RUN_LIVE, parse_choice, TO(history), WORDS(history_words) },
	{ "stack", 0, "WHICH", "which stacks of the failing thread to show:",
	  GROUP_SELECT, TRACED, parse_choice, TO(stack), WORDS(stack_words) },
	{ "stack-size", 0, "SIZE", "how much of the user stack to copy: 4K to 32K, a multiple of 4K "
	  "(default 16K)",
	  GROUP_SELECT, RUN_LIVE, parse_stack_size, TO(stack_bytes) },
	{ "remote-files", 0, NULL, "for stacks, read program files on remote and FUSE file systems too, which "
	  "can hang (see docs/security.md)",
	  GROUP_SELECT, TRACED, parse_flag, TO(remote_files) },

	{ "duration", 'd', "TIME", "stop after this time: 5, 1.5s, 500ms, 2m, 1h",
	  GROUP_STOP, RUN_LIVE, parse_duration, TO(duration_ns) },
	{ "count", 0, "N", "stop after N incidents",
	  GROUP_STOP, TRACED, parse_count, TO(count) },
	{ "fail-on", 0, "WHAT[=N]", "exit with status 3 if this happened, N times or more (default 1); with COMMAND "
	  "only if its own status is 0. A list:",
	  GROUP_STOP, TRACED, parse_fail_on, TO(fail_on), COMPLETE_WORDS, .word_at = fail_on_word,
	  .list = true },

	{ "output", 'o', "[FORMAT:]FILE", "write to FILE instead of stdout; - is stdout. The format is "
	  "FORMAT, else that of the suffix of FILE, else that of --format. Up to 8 outputs",
	  GROUP_OUTPUT, TRACED, parse_output, TO(outputs), COMPLETE_OUTPUT, .repeats = true },
	{ "to", 0, "NAME[:ADDRESS]", "send incidents to a log system instead of stdout. Up to 4:",
	  GROUP_OUTPUT, TRACED, parse_destination, TO(to), COMPLETE_DESTINATION, .word_at = destination_word,
	  .repeats = true },
	{ "spool", 0, "DIR", "keep what --to otlp has not delivered in DIR, for the next run too (at most 64 MiB)",
	  GROUP_OUTPUT, TRACED, parse_text, TO(spool), COMPLETE_DIRECTORY },
	{ "metrics", 0, "PLACE", "numbers for Prometheus: in a file whose name ends with .prom, or at "
	  "http://[ADDRESS]:PORT/metrics. Without ADDRESS only this host can read them. Once each",
	  GROUP_OUTPUT, TRACED, parse_metrics, TO(metrics), COMPLETE_FILE, .repeats = true },
	{ "metrics-label", 0, "LABEL", "'unit' also counts the incidents of each systemd unit:",
	  GROUP_OUTPUT, TRACED, parse_choice, TO(metrics.label), WORDS(metrics_label_words) },
	{ "write", 'w', "FILE", "save the raw records to FILE for -r; - is stdout",
	  GROUP_OUTPUT, RUN_LIVE, parse_text, TO(write), COMPLETE_FILE },
	{ "output-mode", 0, "MODE", "mode of the files of -o and -w: octal, 0600 to 0664 (default 0600)",
	  GROUP_OUTPUT, TRACED, parse_output_mode, TO(output_mode) },
	{ "truncate", 0, NULL, "empty the files of -o and -w first. Without it -o appends, and -w refuses a FILE that "
	  "is not empty",
	  GROUP_OUTPUT, TRACED, parse_flag, TO(truncate) },
	{ "rotate-size", 0, "SIZE", "rotate the files of -o and -w before they get larger than this: FILE becomes FILE.1, "
	  "FILE.1 becomes FILE.2 ...",
	  GROUP_OUTPUT, TRACED, parse_rotate_size, TO(rotation.bytes) },
	{ "rotate-time", 0, "TIME", "rotate them in each period of this length: 1d is at midnight, 1h at each full hour",
	  GROUP_OUTPUT, TRACED, parse_rotate_time, TO(rotation.period_ns) },
	{ "rotate-keep", 0, "N", "keep this many old files (default 7)",
	  GROUP_OUTPUT, TRACED, parse_rotate_keep, TO(rotation.keep) },
	{ "rotate-compress", 0, NULL, "compress old files with gzip: FILE.1.gz",
	  GROUP_OUTPUT, TRACED, parse_flag, TO(rotation.compress) },
	{ "strip-memory", 0, NULL, "-w saves the names on the stacks, and no memory of the processes, so that "
	  "FILE can be shared",
	  GROUP_OUTPUT, RUN_LIVE, parse_flag, TO(strip_memory) },
	{ "read", 'r', "FILE", "read the records of FILE instead of tracing; - is stdin. Needs no "
	  "privileges",
	  GROUP_OUTPUT, RUN_REPLAY, parse_text, TO(read), COMPLETE_FILE },
	{ "format", 0, "FORMAT", "format of stdout, and of each output that sets no format itself:",
	  GROUP_OUTPUT, RUN_ANY, parse_format, TO(format), COMPLETE_WORDS, .word_at = format_name },
	{ "summary-only", 0, NULL, "write no incidents and repeats: only the table of the run at its end, and "
	  "at SIGUSR2",
	  GROUP_OUTPUT, TRACED, parse_flag, TO(summary_only) },
	{ "advice", 0, "WHICH", "whether to suggest what to do about an incident:",
	  GROUP_OUTPUT, TRACED, parse_choice, TO(advice), WORDS(advice_words), .rereads = true },
	{ "redact", 0, "WHICH", "what to hide in command lines, in every output and in -w. 'auth' hides values "
	  "that look like passwords and tokens, and cannot find all of them; 'args' hides all arguments, "
	  "'all' the command line:",
	  GROUP_OUTPUT, TRACED, parse_choice, TO(redact), WORDS(redact_words), .rereads = true },
	{ "color", 0, "WHEN", "whether to colour text; 'auto' colours it on a terminal:",
	  GROUP_OUTPUT, TRACED, parse_choice, TO(color), WORDS(color_words) },
	{ "time", 0, "HOW", "times in text. 'local' and 'utc' add the date where it is needed, and say the time zone "
	  "once; 'delta' is the time since the line before:",
	  GROUP_OUTPUT, TRACED, parse_choice, TO(time), WORDS(time_words) },
	{ "stack-depth", 0, "N", "show N frames of a stack in text (default: 8 on a terminal, all elsewhere)",
	  GROUP_OUTPUT, TRACED, parse_stack_depth, TO(stack_depth) },
	{ "full", 0, NULL, "in text, print each stack and all frames, arguments and facts",
	  GROUP_OUTPUT, TRACED, parse_flag, TO(full) },

	{ "burst", 0, "K", "rate limit: show the first K of similar incidents in each window and count "
	  "the rest; 0 shows all (default 10)",
	  GROUP_OTHER, RUN_LIVE, parse_burst, TO(burst) },
	{ "window", 0, "TIME", "length of the window of --burst (default 1s)",
	  GROUP_OTHER, RUN_LIVE, parse_duration, TO(window_ns) },
	{ "rate", 0, "N[,M]", "rate limit: show at most N incidents a second of one user or service, "
	  "and M in all; the rest is counted; 0: no limit (default 100,1000)",
	  GROUP_OTHER, RUN_LIVE, parse_rate, TO(rate_each) },
	{ "buffer-size", 0, "SIZE", "size of the ring buffer: a power of two from 256K to 1G (default 2M)",
	  GROUP_OTHER, RUN_LIVE, parse_buffer_size, TO(buffer_bytes) },
	{ "run-as", 0, "USER", "once ready, go on as this user (name or number) and with its groups. Without "
	  "it, sigpath stays who it is, and gives up its capabilities as well",
	  GROUP_OTHER, RUN_LIVE, parse_run_as, TO(run_as), COMPLETE_USER },
	{ "pidfile", 0, "FILE", "once ready, write the PID of sigpath to FILE, which is locked until the end; then it is "
	  "emptied",
	  GROUP_OTHER, RUN_LIVE, parse_text, TO(pidfile), COMPLETE_FILE },
	{ "config", 0, "FILE", "read options from FILE: name = value, with the long names. Those of the command line "
	  "win; its -o, --to or -w replace all outputs of FILE, and its metrics. SIGHUP reads it again",
	  GROUP_OTHER, RUN_LIVE | RUN_CHECK, parse_text, TO(config), COMPLETE_FILE },
	{ "quiet", 'q', NULL, "print only warnings and errors to stderr",
	  GROUP_OTHER, RUN_ANY, parse_flag, TO(quiet) },
	{ "verbose", 'v', NULL, "print to stderr what is attached and what this kernel does not offer",
	  GROUP_OTHER, RUN_ANY, parse_flag, TO(verbose) },
	{ "version", 'V', NULL, "print the version and exit",
	  GROUP_OTHER, RUN_ANY, parse_version, TO(command) },
	{ "help", 'h', NULL, "print this help and exit",
	  GROUP_OTHER, RUN_ANY, parse_help, TO(command) },
};
/* clang-format on */

const size_t option_count = ARRAY_SIZE(option_table);
_Static_assert(ARRAY_SIZE(option_table) <= OPTION_ROWS_MAX, "OPTION_ROWS_MAX is too small");

const char *option_word(const struct option_spec *spec, size_t index)
{
	if (spec->word_at)
		return spec->word_at(index);
	return spec->words ? spec->words[index].word : NULL;
}

const char *option_nearest(const char *typed)
{
	struct nearest nearest = { 0 };

	for (size_t i = 0; i < option_count; i++)
		nearest_add(&nearest, typed, option_table[i].name);
	return nearest.word;
}
