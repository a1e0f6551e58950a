/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line. One table (options.c) is the source of the parser, of --help, of the shell
 * completion and of the check that the man page is complete.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>
#include <sys/types.h>

#include "classes.h"
#include "config.h"
#include "destinations.h"
#include "event.h"
#include "formats.h"
#include "redact.h"
#include "users.h"

#define OPTIONS_PIDS_MAX 1024
#define OPTIONS_OUTPUTS_MAX 8
#define OPTIONS_TO_MAX 4

enum options_command {
	COMMAND_TRACE,
	COMMAND_CHECK,
	COMMAND_HELP,
	COMMAND_VERSION,
};

/* Whether hooks watch connections and closes, to learn who closed the other end and when. */
enum options_history { HISTORY_ALL, HISTORY_NONE };
/* Which stacks of the failing thread are recorded and shown. */
enum options_stack { STACK_ALL, STACK_USER, STACK_KERNEL, STACK_NONE };
/* Whether processes that end themselves with an error are reported. */
enum options_exits { EXITS_NONE, EXITS_NONZERO };
enum options_advice { ADVICE_ALL, ADVICE_NONE };
enum options_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* One -o. */
struct options_output {
	const char *path; /* see options_is_standard() */
	enum line_format format;
	bool has_own_format; /* from FORMAT: or from the suffix, not from --format */
};

/* One --to. */
struct options_destination {
	enum destination kind;
	const char *address; /* NULL: the default */
};

/* When a file of -o or -w becomes FILE.1. */
struct options_rotation {
	uint64_t bytes;	    /* before it becomes larger; 0: whatever its size is */
	uint64_t period_ns; /* whole seconds; 0: whatever the time is */
	unsigned int keep;  /* old files */
	bool compress;	    /* the old files */
};

/* Where the numbers for Prometheus go, and which there are. */
enum options_metrics_label { METRICS_LABEL_NONE, METRICS_LABEL_UNIT };
struct options_metrics {
	const char *file; /* NULL: none */
	in_port_t port;	  /* 0: no server */
	int family;	  /* AF_INET, AF_INET6; AF_UNSPEC: loopback of both */
	struct in_addr v4;
	struct in6_addr v6;
	enum options_metrics_label label;
};

/* A list; without EXCLUDED only these pass, with it all others do. Empty: all. */
#define OPTIONS_NAMES_MAX 16
struct options_name {
	const char *text; /* not ended by a NUL */
	size_t length;
};
struct options_names {
	size_t count;
	bool excluded;
	struct options_name list[OPTIONS_NAMES_MAX];
};

struct options_peer {
	struct in6_addr address; /* IPv4: mapped */
	uint16_t port;		 /* 0: any */
};
struct options_peers {
	size_t count;
	bool excluded;
	struct options_peer list[OPTIONS_NAMES_MAX];
};

/* From how many incidents on the run fails; 0: none of these does. */
struct options_fail_on {
	bool have;
	uint64_t killed; /* processes */
	uint64_t classes[CLASS_LAST + 1];
};

struct config;

struct options {
	enum options_command command;
	const char *config;  /* --config; NULL: none */
	struct config *file; /* what it had; NULL: none; see config_file.h */
	/* what to trace */
	size_t pid_count;
	pid_t pids[OPTIONS_PIDS_MAX];
	pid_t tid;	/* 0: any */
	bool follow;	/* wait for the children too; see options_follow() */
	bool no_follow; /* only COMMAND */
	bool have_uid;
	uid_t uid;
	struct options_names comms; /* of the process or the thread; at most 15 bytes each */
	const char *cgroup; /* NULL: any; a directory of cgroup2, or a path below its root */
	uint64_t signals;   /* bit N-1 for signal N */
	bool fatal;	    /* and every signal that ends a process */
	enum options_exits exits;
	uint32_t objects;  /* bit enum ev_object_type; 0: all */
	uint32_t outcomes; /* bit enum ev_outcome; 0: all */
	uint32_t classes;  /* bit enum incident_class; 0: all but classes_not */
	uint32_t classes_not;
	enum severity min_severity;
	struct options_names causes;	 /* codes */
	struct options_names units;	 /* with or without .service */
	struct options_names containers; /* names or ids */
	struct options_names pods;	 /* names, with or without the namespace, or uids */
	struct options_names peer_comms; /* of the process at the other end */
	struct options_peers peers;	 /* addresses of the other end */
	enum config_epipe epipe;
	enum options_history history;
	enum options_stack stack;
	bool remote_files;  /* read program files on remote and FUSE file systems, too */
	size_t stack_bytes; /* of user stack to copy: a multiple of 4096 */
	char *const *own;   /* the words of the command line of sigpath, without COMMAND */
	int own_count;
	char **argv; /* the command to run, NULL-terminated; NULL: none */
	/* when to stop */
	uint64_t count;	      /* 0: no limit */
	uint64_t duration_ns; /* 0: no limit */
	struct options_fail_on fail_on;
	/* where it goes */
	struct options_output outputs[OPTIONS_OUTPUTS_MAX]; /* no two with the same path */
	size_t output_count;
	struct options_destination to[OPTIONS_TO_MAX]; /* no two alike */
	size_t to_count;   /* no output either: stdout, or stderr beside a command, in `format` */
	const char *spool; /* a directory for what --to otlp has not delivered; NULL: none */
	struct options_metrics metrics;
	const char *write;  /* -w; see options_is_standard() */
	const char *read;   /* -r; likewise */
	mode_t output_mode; /* of the files of -o and -w */
	bool truncate;	    /* empties these files first */
	struct options_rotation rotation;
	enum line_format format;
	bool summary_only; /* no incident is written, only what they were at the end */
	enum options_advice advice;
	enum options_color color;
	enum text_time time;
	bool full;	      /* text: nothing is cut, folded or said by reference */
	uint64_t stack_depth; /* text: frames that are shown; 0: not said */
	enum redact redact;
	bool strip_memory; /* -w has names of frames instead of memory */
	struct {
		bool have;
		struct users_identity user;
	} run_as;	     /* who the trace becomes when it is ready */
	const char *pidfile; /* NULL: none */
	bool quiet;
	bool verbose;
	uint64_t burst; /* incidents of a group that are shown in a window; 0: no limit */
	uint64_t window_ns;
	/* incidents that are shown a second: of one owner, and of all; 0: no limit */
	uint64_t rate_each, rate_all;
	size_t buffer_bytes; /* ring buffer: a power of two */
};

/*
 * Parses ARGV, and the file of --config, into RET_OPTIONS, whose strings point into ARGV and into
 * what options_free() frees. 0; or -EINVAL after one line on stderr that names the wrong word, what
 * is allowed, and `sigpath --help`, or after a line for each error of the file; -ENOMEM, likewise.
 */
int options_parse(int argc, char **argv, struct options *ret_options);
void options_free(struct options *options);

/*
 * The same command line as that of OPTIONS, in a running trace, with a new file of --config: BYTES,
 * which this frees. User names are not looked up, so --user and --run-as mean nothing in
 * RET_OPTIONS. 0; -EINVAL or -ENOMEM after errors, which it has said.
 */
int options_read_again(const struct options *options, char *bytes, size_t size,
		       struct options *ret_options);
/* Whether the files of both set option ROW of the table to something else, and decide it. */
bool options_differ(const struct options *one, const struct options *other, size_t row);

/* Whether child processes are traced. Those of COMMAND are, unless --no-follow says otherwise. */
bool options_follow(const struct options *options);

/* PATH is "-", which stands for stdin or stdout. */
bool options_is_standard(const char *path);
/* Whether files are rotated. */
bool options_rotate(const struct options *options);
/* Whether numbers for Prometheus are wanted. */
bool options_have_metrics(const struct options *options);
/* Whether PATH is one of the outputs. */
bool options_have_output(const struct options *options, const char *path);

/* Prints --help, made from the table, to stdout. */
void options_print_help(void);
/* Prints one option on each line, with its short form and its argument's name, for tests. */
void options_print_table(void);
