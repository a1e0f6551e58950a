// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of all scenarios. The programs themselves say what sigpath must report. */
#include "cases.h"

#include <signal.h>

#define HOST(case_name, file, verb)                                               \
	{                                                                         \
		.name = case_name, .program = "scenario-" file, .scenario = verb, \
		.start = START_HOST                                               \
	}
#define ATTACH(case_name, file, verb, ...)                                        \
	{                                                                         \
		.name = case_name, .program = "scenario-" file, .scenario = verb, \
		.start = START_ATTACH, __VA_ARGS__                                \
	}
#define FILTER(case_name, verb, ...)                                                \
	{                                                                           \
		.name = case_name, .program = "scenario-filters", .scenario = verb, \
		.start = START_HOST, __VA_ARGS__                                    \
	}
#define FOREIGN(case_name, verb, ...)                                               \
	{                                                                           \
		.name = case_name, .program = "scenario-foreign", .scenario = verb, \
		.start = START_HOST, __VA_ARGS__                                    \
	}
/* Who or what ended the process. */
#define SENT_BY(case_name, file, verb, ...)                                                \
	{                                                                                  \
		.name = "cause-" case_name, .program = "scenario-" file, .scenario = verb, \
		.start = START_HOST, .options = {                                          \
			"-s",                                                              \
			__VA_ARGS__                                                        \
		}                                                                          \
	}
#define SENT(case_name, verb) SENT_BY(case_name, "sent", verb, "TERM,KILL,USR1,USR2")
#define TIMER(case_name, verb) SENT_BY(case_name, "sent-kernel", verb, "USR1,ALRM,VTALRM,PROF")
#define DEATH(case_name, file, verb, signals)                                     \
	{                                                                         \
		.name = case_name, .program = "scenario-" file, .scenario = verb, \
		.start = START_HOST, .options = {                                 \
			"-s",                                                     \
			signals                                                   \
		}                                                                 \
	}
/* The kernel kills. */
#define KILLED_BY(file, verb) DEATH("killed-" verb, file, verb, "KILL,XCPU,XFSZ,SYS,SEGV,TERM")
#define KILLED(verb) KILLED_BY("killed", verb)
#define KILLED_RARELY(verb) KILLED_BY("killed-rarely", verb)
/* Takes a CPU for seconds, or lets the kernel choose whom it kills. */
#define KILLED_ALONE(verb)                                                              \
	{                                                                               \
		.name = "killed-" verb, .program = "scenario-killed", .scenario = verb, \
		.start = START_HOST, .options = { "-s", "KILL,XCPU" }, .alone = true    \
	}
#define FAULT(case_name, file, verb) DEATH(case_name, file, verb, "SEGV,BUS,FPE,ILL,TRAP")
#define ABORT(case_name, verb) DEATH(case_name, "aborts", verb, "ABRT")
#define FATAL(case_name, file, verb) DEATH(case_name, file, verb, "fatal")
#define COMMAND(case_name, verb, ...)                                               \
	{                                                                           \
		.name = case_name, .program = "scenario-filters", .scenario = verb, \
		.start = START_COMMAND, __VA_ARGS__                                 \
	}

#define SILENT(case_name, verb, ...)                                               \
	{                                                                          \
		.name = case_name, .program = "scenario-silent", .scenario = verb, \
		.start = START_HOST, __VA_ARGS__                                   \
	}

/* The error that ended a connection is certain only if inet_sk_error_report (5.14) saw it. */
#define HISTORY(case_name, file, verb)                                            \
	{                                                                         \
		.name = case_name, .program = "scenario-" file, .scenario = verb, \
		.start = START_HOST, .needs = "tcp_history"                       \
	}
/* The same scenario on a kernel without that hook. */
#define NO_ERROR(case_name, file, verb)                                                 \
	{                                                                               \
		.name = case_name, .program = "scenario-" file, .scenario = verb,       \
		.start = START_HOST, .lacks = "tcp_history", .degraded_is_enough = true \
	}

/* Who closed a pipe or a unix socket and lives is known only if a hook can see it. */
#define ACCUSED(verb)                                                                     \
	{                                                                                 \
		.name = "accused-" verb, .program = "scenario-accused", .scenario = verb, \
		.start = START_HOST                                                       \
	}
#define ACCUSED_SEEN(verb)                                                                \
	{                                                                                 \
		.name = "accused-" verb, .program = "scenario-accused", .scenario = verb, \
		.start = START_HOST, .needs = "closers"                                   \
	}
#define UNSEEN(case_name, file, verb)                                               \
	{                                                                           \
		.name = case_name, .program = "scenario-" file, .scenario = verb,   \
		.start = START_HOST, .lacks = "closers", .degraded_is_enough = true \
	}
#define ACCUSED_UNSEEN(verb) UNSEEN("accused-" verb, "accused", verb)

#define JOINED(case_name, verb, ...)                                               \
	{                                                                          \
		.name = case_name, .program = "scenario-deaths", .scenario = verb, \
		.start = START_HOST, .alone = true, .options = {                   \
			__VA_ARGS__                                                \
		}                                                                  \
	}

const struct test_case cases[] = {
	HOST("process-main-thread", "process", "main-thread"),
	HOST("process-second-thread", "process", "second-thread"),
	HOST("process-leader-gone", "process", "leader-gone"),
	HOST("process-grandchild", "process", "grandchild"),
	HOST("process-vfork-child", "process", "vfork-child"),
	HOST("process-namespaces", "process", "namespaces"),
	HOST("process-other-user", "process", "other-user"),
	HOST("process-effective-user", "process", "effective-user"),
	HOST("process-cgroup", "process", "cgroup"),
	ATTACH("process-attached", "process", "main-thread"),
	ATTACH("process-attached-thread", "process", "second-thread"),

	HOST("syscall-write", "syscalls", "write"),
	HOST("syscall-writev", "syscalls", "writev"),
	HOST("syscall-pwritev2", "syscalls", "pwritev2"),
	HOST("syscall-sendto", "syscalls", "sendto"),
	HOST("syscall-sendto-flags", "syscalls", "sendto-flags"),
	HOST("syscall-sendmsg", "syscalls", "sendmsg"),
	HOST("syscall-sendmmsg", "syscalls", "sendmmsg"),
	HOST("syscall-sendfile", "syscalls", "sendfile"),
	HOST("syscall-sendfile-pipe", "syscalls", "sendfile-pipe"),
	HOST("syscall-splice-socket", "syscalls", "splice-socket"),
	HOST("syscall-splice-pipe", "syscalls", "splice-pipe"),
	HOST("syscall-tee", "syscalls", "tee"),
	HOST("syscall-vmsplice", "syscalls", "vmsplice"),

	HOST("i386-write", "syscalls-i386", "write"),
	HOST("i386-writev", "syscalls-i386", "writev"),
	HOST("i386-pwritev2", "syscalls-i386", "pwritev2"),
	HOST("i386-sendto", "syscalls-i386", "sendto"),
	HOST("i386-sendmsg", "syscalls-i386", "sendmsg"),
	HOST("i386-sendmmsg", "syscalls-i386", "sendmmsg"),
	HOST("i386-socketcall", "syscalls-i386", "socketcall"),
	HOST("i386-sendfile", "syscalls-i386", "sendfile"),
	HOST("i386-sendfile64", "syscalls-i386", "sendfile64"),
	HOST("i386-splice-socket", "syscalls-i386", "splice-socket"),
	HOST("i386-splice-pipe", "syscalls-i386", "splice-pipe"),
	HOST("i386-tee", "syscalls-i386", "tee"),
	HOST("i386-vmsplice", "syscalls-i386", "vmsplice"),

	HOST("async-aio", "async", "aio"),
	HOST("async-uring-inline", "async", "uring-inline"),
	HOST("async-uring-vector", "async", "uring-vector"),
	HOST("async-uring-chain", "async", "uring-chain"),
	HOST("async-uring-retried", "async", "uring-retried"),
	HOST("async-uring-retried-in-kill", "async", "uring-retried-in-kill"),
	HOST("async-uring-worker", "async", "uring-worker"),
	HOST("async-uring-worker-vector", "async", "uring-worker-vector"),
	HOST("async-uring-poller", "async", "uring-poller"),
	HOST("async-uring-registered", "async", "uring-registered"),
	HOST("async-uring-poller-registered", "async", "uring-poller-registered"),

	SILENT("silent-tcp", "tcp-nosignal", .needs = "socket_errors"),
	SILENT("silent-tcp-all", "tcp-nosignal", .options = { "--epipe", "all" },
	       .needs = "silent_epipe", .degraded_is_enough = true),
	SILENT("silent-unix", "unix-nosignal", .options = { "--epipe", "all" },
	       .needs = "silent_epipe", .degraded_is_enough = true),
	SILENT("silent-seqpacket", "seqpacket", .options = { "--epipe", "all" },
	       .needs = "silent_epipe", .degraded_is_enough = true),
	SILENT("silent-datagram", "datagram", .options = { "--epipe", "all" },
	       .needs = "silent_epipe", .degraded_is_enough = true),
	SILENT("silent-udp", "udp", .options = { "--epipe", "all" }, .needs = "silent_epipe",
	       .degraded_is_enough = true),
	SILENT("silent-udp6", "udp6", .options = { "--epipe", "all" }, .needs = "silent_epipe",
	       .degraded_is_enough = true),
	SILENT("silent-and-signal", "signal-once", .options = { "--epipe", "all" }),
	SILENT("silent-after-pipe", "after-pipe", .options = { "--epipe", "all" },
	       .needs = "silent_epipe", .degraded_is_enough = true),
	/* They count repeats, and another case could be one. */
	SILENT("silent-after-counted-pipe", "after-counted-pipe",
	       .options = { "--epipe", "all", "--burst", "1" }, .needs = "silent_epipe",
	       .degraded_is_enough = true, .alone = true),
	SILENT("silent-after-own-signal", "after-own-signal",
	       .options = { "--epipe", "all", "--burst", "1" }, .needs = "silent_epipe",
	       .degraded_is_enough = true, .alone = true),
	SILENT("unwanted-then-wanted", "unwanted-then-wanted", .options = { "--comm", "sp-wanted" },
	       .needs = "socket_errors", .degraded_is_enough = true),
	{ .name = "silent-uring",
	  .program = "scenario-async",
	  .scenario = "uring-send",
	  .start = START_HOST,
	  .options = { "--epipe", "all" },
	  .needs = "silent_epipe" },
	SILENT("earlier-error", "earlier-error", .needs = "socket_errors"),
	SILENT("replaced-tcp", "replaced-tcp-seen", .needs = "socket_errors"),
	SILENT("replaced-tcp-unseen", "replaced-tcp-unseen", .lacks = "socket_errors"),
	SILENT("replaced-pipe", "replaced-pipe"),

	HOST("object-pipe", "objects", "pipe"),
	HOST("object-fifo", "objects", "fifo"),
	HOST("object-partial-pipe", "objects", "partial-pipe"),
	HOST("object-unix-path", "objects", "unix-path"),
	HOST("object-unix-abstract", "objects", "unix-abstract"),
	HOST("object-unix-pair", "objects", "unix-pair"),
	HOST("object-mptcp", "objects", "mptcp"),
	HOST("object-sctp", "objects", "sctp"),
	HOST("object-vsock", "objects", "vsock"),
	HOST("object-tls", "objects", "tls"),
	HOST("object-link-local-server", "tcp", "link-local-server"),
	HOST("object-link-local-client", "tcp", "link-local-client"),

	HOST("tcp-classic-server", "tcp", "classic-server"),
	HOST("tcp-classic-client", "tcp", "classic-client"),
	HOST("tcp-classic-v6", "tcp", "classic-v6"),
	HOST("tcp-after-exchange", "tcp", "after-exchange"),
	HOST("tcp-own-shutdown", "tcp", "own-shutdown"),
	HOST("tcp-never-connected", "tcp", "never-connected"),
	HOST("tcp-reset", "tcp", "reset"),
	HOST("peer-dual-stack", "peers", "dual-stack"),
	HOST("peer-same-ports-elsewhere", "peers", "same-ports-elsewhere"),
	ACCUSED("pipe-exited"),
	ACCUSED("pipe-killed"),
	ACCUSED("unix-exited"),
	ACCUSED("unix-killed"),
	ACCUSED("tcp-listener"),
	ACCUSED("tcp-reused-port"),
	ACCUSED("tcp-same-addresses-elsewhere"),
	ACCUSED("tcp-half-close-unread"),
	ACCUSED("tcp-killed"),
	ACCUSED("tcp-disconnect"),
	ACCUSED("tcp-shut-down"),
	ACCUSED("tcp-never-connected"),
	ACCUSED("tcp-shut-down-here"),
	ACCUSED_SEEN("pipe-closed"),
	ACCUSED_SEEN("unix-closed"),
	ACCUSED_SEEN("unix-shut-down"),
	ACCUSED_SEEN("unix-shut-down-here"),
	ACCUSED_SEEN("unix-listener"),
	ACCUSED_UNSEEN("pipe-closed-unseen"),
	ACCUSED_UNSEEN("unix-closed-unseen"),
	ACCUSED_UNSEEN("unix-shut-down-unseen"),
	ACCUSED_UNSEEN("unix-listener-unseen"),
	ATTACH("tcp-attached", "tcp", "classic-server"),

	HOST("cause-reset-by-process", "causes", "reset-by-process"),
	HOST("cause-reset-unseen", "causes", "reset-unseen"),
	HOST("cause-classic", "causes", "classic"),
	HOST("cause-classic-unseen", "causes", "classic-unseen"),
	HOST("cause-half-close", "causes", "half-close"),
	HOST("cause-shutdown-by-thread", "causes", "shutdown-by-thread"),
	HOST("cause-shutdown-unseen", "causes", "shutdown-unseen"),
	HOST("cause-shutdown-both-ways", "causes", "shutdown-both-ways"),
	HOST("cause-both-ways-unseen", "causes", "both-ways-unseen"),
	HOST("cause-listening", "causes", "listening"),
	HOST("cause-disconnected", "causes", "disconnected"),
	{ .name = "cause-socket-map",
	  .program = "scenario-causes-other",
	  .scenario = "socket-map",
	  .start = START_HOST,
	  .needs = "socket_errors" },
	{ .name = "cause-socket-map-unseen",
	  .program = "scenario-causes-other",
	  .scenario = "socket-map-unseen",
	  .start = START_HOST,
	  .lacks = "socket_errors" },
	UNSEEN("cause-unix-shutdown", "causes-other", "unix-shutdown"),
	{ .name = "cause-datagram-shutdown",
	  .program = "scenario-causes-other",
	  .scenario = "datagram-shutdown",
	  .start = START_HOST,
	  .options = { "--epipe", "all" },
	  .needs = "silent_epipe",
	  .degraded_is_enough = true },
	{ .name = "cause-datagram-peer",
	  .program = "scenario-causes-other",
	  .scenario = "datagram-peer",
	  .start = START_HOST,
	  .options = { "--epipe", "all" },
	  .needs = "silent_epipe",
	  .degraded_is_enough = true },
	HOST("cause-mptcp-shutdown", "causes-other", "mptcp-shutdown"),
	HOST("cause-timer", "causes-other", "timer"),
	HOST("cause-two-requests", "causes-other", "two-requests"),
	HISTORY("cause-timeout", "network", "timeout"),
	NO_ERROR("cause-timeout-without-error", "network", "timeout-without-error"),
	HOST("cause-timeout-unseen", "network", "timeout-unseen"),
	HISTORY("cause-timeout-zero-window", "network", "timeout-zero-window"),
	HISTORY("cause-keepalive", "network", "keepalive"),
	NO_ERROR("cause-keepalive-without-error", "network", "keepalive-without-error"),
	HOST("cause-keepalive-unseen", "network", "keepalive-unseen"),
	HISTORY("cause-destroyed", "network", "destroyed"),
	NO_ERROR("cause-destroyed-without-error", "network", "destroyed-without-error"),
	HOST("cause-destroyed-unseen", "network", "destroyed-unseen"),
	HOST("cause-connect-refused", "network", "connect-refused"),
	HOST("cause-connect-refused-unseen", "network", "connect-refused-unseen"),
	HOST("cause-connect-refused-blocking", "network", "connect-refused-blocking"),
	HOST("cause-connect-silent", "network", "connect-silent"),
	HISTORY("cause-connect-unreachable", "network", "connect-unreachable"),
	NO_ERROR("cause-connect-unreachable-without-error", "network",
		 "connect-unreachable-without-error"),
	HOST("cause-reset-from-afar", "network", "reset-from-afar"),

	HOST("disposition-default", "dispositions", "default"),
	HOST("disposition-ignore", "dispositions", "ignore"),
	HOST("disposition-handler", "dispositions", "handler"),
	HOST("disposition-handler-info", "dispositions", "handler-info"),
	HOST("disposition-blocked", "dispositions", "blocked"),
	HOST("disposition-blocked-twice", "dispositions", "blocked-twice"),
	HOST("disposition-blocked-and-ignored", "dispositions", "blocked-and-ignored"),
	HOST("disposition-traced", "dispositions", "traced"),
	HOST("disposition-handler-exits", "ends", "handler-exits"),
	HOST("disposition-handler-lives-on", "ends", "handler-lives-on"),
	HOST("disposition-unblocked-later", "ends", "unblocked-later"),
	HOST("disposition-traced-to-death", "ends", "traced-to-death"),
	HOST("disposition-raised-in-handler", "ends", "raised-in-handler"),
	HOST("disposition-raised-at-once", "ends", "raised-at-once"),
	HOST("disposition-raised-and-traced", "ends", "raised-and-traced"),
	HOST("disposition-killed-in-handler", "ends", "killed-in-handler"),
	HOST("disposition-raised-after-handler", "ends", "raised-after-handler"),
	HOST("disposition-raised-and-handled", "ends", "raised-and-handled"),
	{ .name = "disposition-raised-or-survived",
	  .program = "scenario-ends",
	  .scenario = "raised-or-survived",
	  .start = START_HOST,
	  .options = { "--outcome", "killed" } },
	HOST("disposition-ignore-exits", "ends", "ignore-exits"),
	HOST("disposition-end-is-overwritten", "ends", "end-is-overwritten"),
	HOST("disposition-namespace-init", "dispositions", "namespace-init"),
	HOST("disposition-namespace-init-ignore", "dispositions", "namespace-init-ignore"),

	JOINED("death-killed", "killed", "-s", "fatal"),
	JOINED("death-unblocked", "unblocked", "-s", "PIPE,fatal"),
	JOINED("death-injected", "injected", "-s", "fatal"),
	JOINED("death-thread-alone", "thread-alone", "-s", "fatal"),
	JOINED("exit-status", "exit", "--exits", "nonzero"),
	FOREIGN("foreign-kill", "kill"),
	FOREIGN("foreign-tgkill", "tgkill"),
	FOREIGN("foreign-sigqueue", "sigqueue"),
	FOREIGN("foreign-pidfd", "pidfd"),
	FOREIGN("foreign-by-itself", "by-itself"),
	FOREIGN("foreign-kill-itself", "kill-itself"),
	FOREIGN("foreign-term", "term", .options = { "-s", "TERM,USR1" }),
	FOREIGN("foreign-usr1-handler", "usr1", .options = { "-s", "TERM,USR1" }),
	FOREIGN("foreign-sigkill", "sigkill", .options = { "-s", "KILL" }),
	FOREIGN("foreign-abort", "abort", .options = { "-s", "ABRT" }),
	FOREIGN("foreign-fault", "fault", .options = { "-s", "SEGV" }),
	FAULT("cause-fault-null", "faults", "null"),
	FAULT("cause-fault-null-jump", "faults", "null-jump"),
	FAULT("cause-fault-ignored", "faults", "ignored"),
	FAULT("cause-fault-in-handler", "faults", "in-handler"),
	FAULT("cause-fault-hole", "faults", "hole"),
	FAULT("cause-fault-kernel", "faults", "kernel"),
	FAULT("cause-fault-constant", "faults", "constant"),
	FAULT("cause-fault-data", "faults", "data"),
	FAULT("cause-fault-nothing", "faults", "nothing"),
	FAULT("cause-fault-guard", "faults", "guard"),
	FAULT("cause-fault-stack-main", "faults", "stack-main"),
	FAULT("cause-fault-stack-thread", "faults", "stack-thread"),
	FAULT("cause-fault-stack-marked", "faults", "stack-marked"),
	FAULT("cause-fault-not-canonical", "faults-code", "not-canonical"),
	FAULT("cause-fault-truncated", "faults-bus", "truncated"),
	FAULT("cause-fault-tmpfs", "faults-bus", "tmpfs"),
	FAULT("cause-fault-huge", "faults-bus", "huge"),
	FAULT("cause-fault-missing", "faults-bus", "missing"),
	FAULT("cause-fault-io", "faults-bus", "io"),
	FAULT("cause-fault-poisoned", "faults-bus", "poisoned"),
	FAULT("cause-fault-misaligned", "faults-code", "misaligned"),
	FAULT("cause-fault-divide", "faults-code", "divide"),
	FAULT("cause-fault-float", "faults-code", "float"),
	FAULT("cause-fault-illegal", "faults-code", "illegal"),
	FAULT("cause-fault-breakpoint", "faults-code", "breakpoint"),
	ABORT("cause-abort-assert", "assert"),
	ABORT("cause-abort-free", "free"),
	ABORT("cause-abort-smash", "smash"),
	ABORT("cause-abort-fortify", "fortify"),
	ABORT("cause-abort-plain", "abort"),
	/* The record is made when the signal is delivered. */
	FATAL("fatal-fault-null", "faults", "null"),
	FATAL("fatal-fault-stack-thread", "faults", "stack-thread"),
	FATAL("fatal-fault-truncated", "faults-bus", "truncated"),
	FATAL("fatal-abort-assert", "aborts", "assert"),
	FOREIGN("foreign-not-asked", "term", .absent = "victim"),
	KILLED_ALONE("cpu-limit"),
	KILLED_ALONE("cpu-limit-hard"),
	KILLED_ALONE("rttime-limit"),
	KILLED("file-size"),
	KILLED("file-size-truncate"),
	KILLED("seccomp-trap"),
	KILLED("seccomp-process"),
	FATAL("killed-seccomp-thread", "killed", "seccomp-thread"),
	FATAL("killed-seccomp-strict", "killed", "seccomp-strict"),
	KILLED("memory-cgroup"),
	KILLED("namespace-end"),
	KILLED("namespace-init"),
	KILLED_RARELY("debugger-ended"),
	KILLED_RARELY("exec"),
	KILLED_RARELY("signal-frame"),
	KILLED_RARELY("by-debugger"),
	KILLED_RARELY("by-bpf"),
	KILLED_RARELY("rseq"),
	KILLED_RARELY("sigreturn"),
	KILLED_ALONE("host-memory"),

	SENT("sent-by-process", "by-process"),
	SENT("sent-by-itself", "by-itself"),
	SENT("forged-timer", "forged-timer"),
	SENT("stop-timeout", "stop-timeout"),
	/* A signal that ends nothing is no incident there, and is kept all the same. */
	{ .name = "cause-stop-timeout-fatal",
	  .program = "scenario-sent",
	  .scenario = "stop-timeout",
	  .start = START_HOST,
	  .options = { "-s", "fatal" },
	  .absent = "ignored" },
	SENT("term-by-another", "term-by-another"),
	SENT_BY("stopped-by-manager", "stopped", "by-manager", "TERM"),
	SENT_BY("stopped-by-namesake", "stopped", "by-namesake", "TERM"),
	SENT("parent-died", "parent-died"),
	SENT("parent-thread-died", "parent-thread-died"),
	/* When the leader of a session ends, its own group gets SIGHUP as well. */
	SENT_BY("interrupt-key", "sent-kernel", "interrupt-key", "INT"),
	SENT_BY("hang-up", "sent-kernel", "hang-up", "HUP"),
	SENT_BY("session-end", "sent-kernel", "session-end", "HUP"),
	SENT("cgroup-kill", "cgroup-kill"),
	TIMER("timer-real", "timer-real"),
	TIMER("timer-virtual", "timer-virtual"),
	TIMER("timer-prof", "timer-prof"),
	TIMER("timer-posix", "timer-posix"),
	TIMER("descriptor", "descriptor"),
	DEATH("core-limited", "cores", "limited", "SEGV"),
	DEATH("core-not-dumpable", "cores", "not-dumpable", "ABRT"),
	DEATH("core-other-signal", "cores", "other-signal", "TERM"),
	DEATH("core-written", "cores", "written", "SEGV"),
	DEATH("related-killed", "related", "killed", "PIPE,KILL"),
	DEATH("related-aborted", "related", "aborted", "PIPE,ABRT"),
	DEATH("related-raised", "related", "raised", "PIPE,TERM"),

	FILTER("filter-pid", "processes", .options = { "-p", "{first}" }, .absent = "second"),
	FILTER("filter-pid-two", "processes", .options = { "-p", "{first},{second}" }),
	ATTACH("filter-pid-threads", "filters", "threads"),
	FILTER("filter-tid", "threads", .options = { "-t", "{tid}" }, .absent = "second,main"),
	FILTER("filter-user", "users", .options = { "-u", "{uid}" }, .absent = "second"),
	FILTER("filter-comm", "comms", .options = { "--comm", "sp-first" }, .absent = "second"),
	FILTER("filter-cgroup", "cgroups", .options = { "--cgroup", "{cgroup}" },
	       .absent = "second"),
	ATTACH("filter-follow", "filters", "family", .options = { "-f" }),
	ATTACH("filter-no-follow", "filters", "family", .absent = "child,grandchild"),
	FILTER("filter-object", "objects", .options = { "--object", "unix" }, .absent = "pipe"),
	FILTER("filter-object-tcp", "objects", .options = { "--object", "tcp" },
	       .absent = "pipe,unix"),
	FILTER("filter-outcome", "outcomes", .options = { "--outcome", "killed" },
	       .absent = "ignored"),
	ATTACH("filter-count", "filters", "five-writes", .options = { "--count", "2" }, .count = 2),

	HOST("stack-omitted", "stacks", "omitted"),
	HOST("stack-omitted-lives", "stacks", "omitted-lives"),
	HOST("stack-socket", "stacks", "socket"),
	HOST("stack-socket-lives", "stacks", "socket-lives"),
	HOST("stack-pointers", "stacks", "pointers"),
	HOST("stack-pointers-lives", "stacks", "pointers-lives"),
	HOST("stack-neither", "stacks", "neither"),
	HOST("stack-lines", "stacks", "lines"),
	HOST("stack-inlined", "stacks", "inlined"),
	HOST("stack-static", "stacks", "static"),
	HOST("stack-static-pie", "stacks", "static-pie"),
	HOST("stack-static-pie-lives", "stacks", "static-pie-lives"),
	HOST("stack-separate", "stacks", "separate"),
	HOST("stack-static-separate", "stacks", "static-separate"),
	HOST("stack-lld", "stacks", "lld"),
	HOST("stack-stripped", "stacks", "stripped"),
	HOST("stack-exports", "stacks", "exports"),
	HOST("stack-debug-by-id", "stacks", "debug-by-id"),
	HOST("stack-debug-by-link", "stacks", "debug-by-link"),
	HOST("stack-debug-by-link-lives", "stacks", "debug-by-link-lives"),
	HOST("stack-minidebug", "stacks", "minidebug"),
	HOST("stack-thread", "stacks", "thread"),
	HOST("stack-thread-lives", "stacks", "thread-lives"),
	HOST("stack-handler", "stacks", "handler"),
	HOST("stack-handler-lives", "stacks", "handler-lives"),
	HOST("stack-alternate", "stacks", "alternate"),
	HOST("stack-alternate-lives", "stacks", "alternate-lives"),
	HOST("stack-deep", "stacks", "deep"),
	HOST("stack-too-deep", "stacks", "too-deep"),
	HOST("stack-jit", "stacks", "jit"),
	HOST("stack-jit-map", "stacks", "jit-map"),
	HOST("stack-jit-map-lives", "stacks", "jit-map-lives"),
	HOST("stack-jit-shared", "stacks", "jit-shared"),
	HOST("stack-jit-memfd", "stacks", "jit-memfd"),
	HOST("stack-jit-memfd-map", "stacks", "jit-memfd-map"),
	HOST("stack-long-path", "stacks", "long-path"),
	HOST("stack-long-path-lives", "stacks", "long-path-lives"),
	HOST("stack-memfd", "stacks", "memfd"),
	HOST("stack-memfd-lives", "stacks", "memfd-lives"),
	HOST("stack-chroot", "stacks", "chroot"),
	HOST("stack-chroot-lives", "stacks", "chroot-lives"),
	HOST("stack-chroot-debug", "stacks", "chroot-debug"),
	HOST("stack-chroot-debug-lives", "stacks", "chroot-debug-lives"),
	HOST("stack-chroot-jit-map", "stacks", "chroot-jit-map"),
	HOST("stack-chroot-jit-map-lives", "stacks", "chroot-jit-map-lives"),
	HOST("stack-namespace-chroot", "stacks", "namespace-chroot"),
	HOST("stack-namespace", "stacks", "namespace"),
	HOST("stack-namespace-lives", "stacks", "namespace-lives"),
	HOST("stack-deleted", "stacks", "deleted"),
	HOST("stack-deleted-lives", "stacks", "deleted-lives"),
	HOST("stack-replaced", "stacks", "replaced"),
	HOST("stack-replaced-lives", "stacks", "replaced-lives"),
	HOST("stack-i386", "stacks", "i386"),
	HOST("stack-i386-static", "stacks", "i386-static"),
	HOST("stack-i386-lives", "stacks", "i386-lives"),
	HOST("stack-i386-handler", "stacks", "i386-handler"),

	COMMAND("command-follow", "family"),
	COMMAND("command-no-follow", "family", .options = { "--no-follow" },
		.absent = "child,grandchild"),
	COMMAND("command-exit-status", "exit-with-7", .exit_status = 7),
	COMMAND("command-killed", "die-of-sigpipe", .death_signal = SIGPIPE),
	COMMAND("command-streams", "copy", .copies = true),
};

const size_t case_count = sizeof(cases) / sizeof(cases[0]);
