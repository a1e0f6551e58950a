/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds the JSON of what sigpath must report, from inside the process that it is about. Written
 * by hand and not with json-c so that the 32-bit program needs no 32-bit library.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <sys/socket.h>
#include <sys/types.h>

#define FACT_BYTES 16384

struct fact {
	size_t length;
	char text[FACT_BYTES];
};

void fact_start(struct fact *fact);
void fact_open(struct fact *fact, const char *key);
void fact_close(struct fact *fact);
void fact_text(struct fact *fact, const char *key, const char *text);
void fact_number(struct fact *fact, const char *key, long long number);
/* The value is JSON already: a list, null, or a matcher such as {"$any":true}. */
void fact_json(struct fact *fact, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* FIELD is among what is missing. */
void fact_missing(struct fact *fact, const char *field);

/* Writes {"fact":{...}} and with a LABEL (or NULL) the name by which a case expects it absent. */
void fact_emit(const struct fact *fact, const char *label);
/* Writes what was built as it is. */
void fact_emit_line(const struct fact *fact);

/* process: who it is, in a few fields. For all of them: fact_process. */
void fact_identity(struct fact *fact);
void fact_process(struct fact *fact);
/* Where the root of the cgroup2 hierarchy is mounted; false if nowhere. */
bool cgroup2_mount(char *ret_path, size_t size);

/* syscall. FLAGS is a JSON list, or NULL for none. */
void fact_syscall(struct fact *fact, const char *name, long number, int fd, long long bytes,
		  const char *flags);
#define fact_call(fact, name, fd, bytes, flags) \
	fact_syscall(fact, #name, SYS_##name, fd, bytes, flags)

struct sender {
	pid_t pid, tid;
	uid_t uid;
	char comm[16];
	const char *syscall;
};

/* subject, signal, outcome, and the cause if somebody sent it. */
struct signal_fact {
	int number; /* 0: SIGPIPE */
	const char *disposition, *result, *outcome;
	bool blocked;
	uintptr_t handler;	     /* 0: none */
	const struct sender *sender; /* NULL: the kernel */
	const char *subject;	     /* NULL: "sent" by the sender, else "write" */
	const char *code_name;	     /* of si_code; NULL: there is no siginfo */
};

void fact_signal(struct fact *fact, const struct signal_fact *expected);
/* The common two: default action and death, SIG_IGN and life. */
void fact_killed(struct fact *fact);
void fact_ignored(struct fact *fact);

/* fact_cause.c */
#define EVIDENCE_TIMELINE_MAX 9

struct evidence {
	const char *code, *confidence;
	const char *text;			     /* a part of the sentence */
	const char *timeline[EVIDENCE_TIMELINE_MAX]; /* all of its words, or none to not ask */
	const char *missing;			     /* a field with a reason, or NULL */
};

/* The process at the other end, for certain. */
void fact_peer(struct fact *fact, pid_t pid);

void fact_cause(struct fact *fact, const char *code);
void fact_evidence(struct fact *fact, const struct evidence *evidence);

#define FATAL_BYTES 14 /* of the write that kills */

/* Starts the fact of the fatal write to FD; fact_finish_fatal_write() tells why and does it. */
void fact_start_fatal_write(struct fact *fact, int fd);
noreturn void fact_finish_fatal_write(struct fact *fact, int fd, const struct evidence *evidence);
/* Both, with nothing more to say. */
noreturn void fact_fatal_write(int fd, const struct evidence *evidence);

/* One frame of the user stack, innermost first. */
struct frame_fact {
	const char *symbol; /* "?": it has none; "*": any or none; "...": any number of frames */
	const char *module; /* how it ends, or NULL */
	const char *file;   /* likewise */
	int line;	    /* with FILE */
	bool is_inlined;
};

#define STACK_FACT_FRAMES 16

struct stack_fact {
	const char *method;			     /* NULL: any */
	const char *reason;			     /* NULL: the stack is complete; "*": perhaps */
	struct frame_fact frames[STACK_FACT_FRAMES]; /* these and no others */
};

void fact_stack(struct fact *fact, const struct stack_fact *expected);

/* The addresses of a socket, which it no longer tells once the connection is broken. */
struct addresses {
	struct sockaddr_storage local, peer;
	socklen_t local_length, peer_length;
};

void addresses_take(int fd, struct addresses *ret_addresses);

/* object: TYPE and what fstat knows of FD; FAMILY may be NULL. */
void fact_object(struct fact *fact, int fd, const char *type, const char *family);
void fact_pipe(struct fact *fact, int fd);
void fact_fifo(struct fact *fact, int fd, const char *path);
/* Counters as TCP_INFO tells them now; ULP may be NULL. */
void fact_tcp(struct fact *fact, int fd, const struct addresses *addresses, const char *state,
	      const char *ulp);
/* PATH_KEY is path or abstract, or NULL; PEER_PID 0 if none is expected. */
void fact_unix(struct fact *fact, int fd, const char *path_key, const char *path, pid_t peer_pid);
