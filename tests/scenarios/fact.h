/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds the JSON that sigpath must report. The process that the incident is about calls it. It
 * does not use json-c, so that the 32-bit program needs no 32-bit library.
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
/* The value is already JSON: a list, null, or a matcher such as {"$any":true}. */
void fact_json(struct fact *fact, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* FIELD must be in `missing`. */
void fact_missing(struct fact *fact, const char *field);

/* Writes {"fact":{...}}. A case uses LABEL (or NULL) to say that this fact must be absent. */
void fact_emit(const struct fact *fact, const char *label);
/* Writes the JSON without anything around it. */
void fact_emit_line(const struct fact *fact);

/* process: a few fields that identify it. fact_process adds all fields. */
void fact_identity(struct fact *fact);
void fact_process(struct fact *fact);
/* The mount point of the cgroup2 hierarchy; false if it is not mounted. */
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

/* subject, signal, outcome, and the cause if a process sent the signal. */
struct signal_fact {
	int number; /* 0: SIGPIPE */
	const char *disposition, *outcome;
	const char *result; /* NULL: any */
	bool blocked;
	uintptr_t handler;	     /* 0: none */
	const struct sender *sender; /* NULL: the kernel */
	const char *subject;	     /* NULL: "sent" by the sender, else "write" */
	const char *code_name;	     /* of si_code; NULL: there is no siginfo */
	bool by_itself;		     /* the sender is the process */
	const char *reason;	     /* disposition_text; NULL: any */
};

void fact_signal(struct fact *fact, const struct signal_fact *expected);
/* The two common cases: killed by the default action, and SIG_IGN. */
void fact_killed(struct fact *fact);
void fact_ignored(struct fact *fact);

/* fact_cause.c */
#define EVIDENCE_TIMELINE_MAX 9

struct evidence {
	const char *code, *confidence;
	const char *text;			     /* a part of the sentence */
	const char *timeline[EVIDENCE_TIMELINE_MAX]; /* all of its words; empty: not checked */
	const char *missing;			     /* a field that must have a reason, or NULL */
};

/* The process at the other end, with confidence "certain". */
void fact_peer(struct fact *fact, pid_t pid);

void fact_cause(struct fact *fact, const char *code);
void fact_evidence(struct fact *fact, const struct evidence *evidence);

#define FATAL_BYTES 14 /* size of the write that kills */

/* Starts the fact of a fatal write to FD. fact_finish_fatal_write() adds the cause and writes. */
void fact_start_fatal_write(struct fact *fact, int fd);
noreturn void fact_finish_fatal_write(struct fact *fact, int fd, const struct evidence *evidence);
/* Both steps, for a fact without further values. */
noreturn void fact_fatal_write(int fd, const struct evidence *evidence);

/*
 * The functions through which the C library makes a system call that pthread_cancel() can
 * interrupt: none before glibc 2.41, up to three since then. They are static: without a table of
 * local symbols they have no names.
 */
#define FRAMES_OF_CALL "<system call>"

/* One frame of the user stack, innermost first. */
struct frame_fact {
	const char *symbol; /* "?": no name; "*": any name or none; "...": any number of frames */
	const char *module; /* its last part, or NULL */
	const char *file;   /* likewise */
	int line;	    /* with FILE */
	bool is_inlined;
};

#define STACK_FACT_FRAMES 16

struct stack_fact {
	const char *method; /* NULL: any */
	const char *reason; /* NULL: the stack must be complete; "*": it may be */
	struct frame_fact frames[STACK_FACT_FRAMES]; /* exactly these */
};

void fact_stack(struct fact *fact, const struct stack_fact *expected);

/* The addresses of a socket. It does not return them after the connection is broken. */
struct addresses {
	struct sockaddr_storage local, peer;
	socklen_t local_length, peer_length;
};

void addresses_take(int fd, struct addresses *ret_addresses);

/* object: TYPE and the values of fstat for FD; FAMILY may be NULL. */
void fact_object(struct fact *fact, int fd, const char *type, const char *family);
void fact_pipe(struct fact *fact, int fd);
void fact_fifo(struct fact *fact, int fd, const char *path);
/* Counters as TCP_INFO returns them now; ULP may be NULL. */
void fact_tcp(struct fact *fact, int fd, const struct addresses *addresses, const char *state,
	      const char *ulp);
/* PATH_KEY is "path", "abstract" or NULL. PEER_PID is 0 if no peer is expected. */
void fact_unix(struct fact *fact, int fd, const char *path_key, const char *path, pid_t peer_pid);
