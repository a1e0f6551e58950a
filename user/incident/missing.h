/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The facts that can be unknown in an incident, and the reasons. A field has a JSON path and words
 * for people. A reason has a code and words. Each of them is written once, in missing.c.
 */
#pragma once

#include <stdbool.h>

struct incident;

/* In the order of the output. */
enum missing_field {
	MISSING_PEER,
	MISSING_PEER_COMM,
	MISSING_PEER_EXE,
	MISSING_PEER_CMDLINE,
	MISSING_PEER_UID,
	MISSING_PEER_UNIT,
	MISSING_PEER_CONTAINER,
	MISSING_PEER_POD,
	MISSING_PEER_CONTAINER_NAME,
	MISSING_PEER_POD_NAME,
	MISSING_PEER_START,
	MISSING_PEER_AGO,
	MISSING_PEER_EXIT,
	MISSING_SIGNAL_SITE,
	MISSING_SIGNAL_HANDLER_SYMBOL,
	MISSING_SENDER,
	MISSING_SENDER_SYSCALL,
	MISSING_FAULT,
	MISSING_FAULT_ADDRESS,
	MISSING_FAULT_PATH,
	MISSING_FAULT_REGISTERS,
	MISSING_ABORT_MESSAGE,
	MISSING_SENDER_EXE,
	MISSING_SENDER_CMDLINE,
	MISSING_SENDER_UNIT,
	MISSING_SENDER_CONTAINER,
	MISSING_SENDER_ANCESTORS,
	MISSING_TERMINAL,
	MISSING_EXE,
	MISSING_CMDLINE,
	MISSING_START_TIME,
	MISSING_CGROUP_PATH,
	MISSING_UNIT,
	MISSING_CONTAINER,
	MISSING_POD,
	MISSING_CONTAINER_NAME,
	MISSING_POD_NAME,
	MISSING_RUNTIME,
	MISSING_END,
	MISSING_SYSCALL,
	MISSING_SYSCALL_NAME,
	MISSING_FD,
	MISSING_BYTES,
	MISSING_OBJECT,
	MISSING_OBJECT_PATH,
	MISSING_OBJECT_ADDRESSES,
	MISSING_OBJECT_PEER_PID,
	MISSING_OBJECT_PEER_INODE,
	MISSING_OBJECT_PEER_CLOSED,
	MISSING_OBJECT_SOCKETPAIR,
	MISSING_CONNECTED,
	MISSING_FIN_RECEIVED,
	MISSING_LOCAL_SHUTDOWN,
	MISSING_CLOSED,
	MISSING_ERROR,
	MISSING_TIMELINE,
	MISSING_STACK,
	MISSING_NOTES,
	MISSING_LINKS,
	MISSING_CORE_PATH,
	MISSING_ADVICE,
	MISSING_FIELDS,
};

enum missing_reason {
	WHY_NONE = 0, /* it is not missing */
	WHY_NOT_RECORDED,
	WHY_NOT_ASKED_FOR,
	WHY_BEHIND,
	WHY_CUT_OFF,
	WHY_REDACTED,
	WHY_CORE_NAME,
	WHY_MESSAGE_TOO_LONG,
	/* processes */
	WHY_PROCESS_GONE,
	WHY_STILL_RUNS,
	WHY_NOT_KEPT,
	WHY_PROCESS_RENAMED,
	WHY_PROCESS_STUCK,
	WHY_NOT_IN_PROC,
	WHY_NO_PERMISSION,
	WHY_NO_MEMORY,
	WHY_NOT_RESIDENT,
	WHY_OTHER_PROCESS,
	WHY_UNREADABLE,
	WHY_NOT_FOLLOWED,
	WHY_END_UNSEEN,
	WHY_END_OVERWRITTEN,
	WHY_PROGRAM_UNREADABLE,
	WHY_NO_CGROUP,
	WHY_CGROUP_CUT_OFF,
	WHY_NO_UNIT,
	WHY_NOT_IN_A_CONTAINER,
	WHY_NOT_IN_A_POD,
	WHY_NAME_TOO_LONG,
	WHY_CGROUP_OF_OTHERS,
	WHY_NAMES_OF_USER,
	WHY_NOT_ON_DISK,
	WHY_SOURCES_DISAGREE,
	WHY_STATE_UNREADABLE,
	WHY_TOO_MANY_ENTRIES,
	/* the system call and its fd */
	WHY_NO_SYSCALL,
	WHY_NO_SYSCALL_OF_SENDER,
	WHY_NO_TERMINAL,
	WHY_NO_NAME_FOR_NUMBER,
	WHY_URING_WORKER,
	WHY_NOT_A_WRITE,
	WHY_URING_UNKNOWN,
	WHY_URING_FIXED_FILE,
	WHY_URING_WORKER_FD,
	WHY_AIO_MANY,
	WHY_FD_UNREADABLE,
	WHY_BYTES_UNREADABLE,
	/* the object */
	WHY_FD_UNKNOWN,
	WHY_FD_CLOSED,
	WHY_FD_REUSED,
	WHY_NOT_IP,
	WHY_NO_PEER_RECORDED,
	WHY_NO_PEER_SOCKET,
	WHY_PEER_SOCKET_CLOSED,
	/* the process at the other end */
	WHY_CLOSE_NOT_SEEN,
	WHY_CLOSED_BEFORE_START,
	WHY_CLOSED_BY_KERNEL,
	WHY_NOT_WATCHED_ENDS,
	WHY_REMOTE,
	WHY_ONLY_HALF_CLOSED,
	WHY_TYPE_NOT_WATCHED,
	WHY_OWN_SHUTDOWN,
	WHY_NOT_CONNECTED,
	WHY_LISTENING,
	WHY_NO_OTHER_END,
	WHY_OBJECT_UNKNOWN,
	/* the past of a connection */
	WHY_BEFORE_START,
	WHY_NOT_WATCHED,
	WHY_HOOK_MISSED,
	WHY_FIN_AFTER_SHUTDOWN,
	WHY_NO_ERROR_HOOK,
	/* faults and aborts */
	WHY_NOT_TOLD_BY_CPU,
	WHY_NO_MESSAGE,
	/* stacks */
	WHY_NO_KERNEL_STACK,
	WHY_KERNEL_NOT_ASKED_FOR,
	WHY_OTHER_BOOT,
	WHY_KERNEL_ADDRESSES_HIDDEN,
	WHY_KALLSYMS_UNREADABLE,
	WHY_NO_MODULE,
	WHY_ELF_UNREADABLE,
	WHY_NO_USER_STACK,
	WHY_NOT_CURRENT,
	WHY_FILE_REMOTE,
	WHY_FILE_COSTLY,
	WHY_FILE_SYSTEM_HANGS,
	WHY_READERS_STUCK,
	WHY_USER_LIMIT,
	WHY_REASONS,
};

/* There is no such thing, so people need not be told that it is not known. */
bool missing_is_nothing(enum missing_reason reason);
/* "process.cmdline" */
const char *missing_path(enum missing_field field);
/* "command line" */
const char *missing_words(enum missing_field field);
/* True if the format text reports that FIELD is unknown. JSON always does. */
bool missing_is_told(enum missing_field field);

/* "not_resident" */
const char *missing_code(enum missing_reason reason);
/* The first reason with the code CODE; WHY_NONE: no reason has it. */
enum missing_reason missing_find(const char *code);
/* "its memory was not resident" */
const char *missing_text(enum missing_reason reason);

/* Records that FIELD is unknown because of REASON. An earlier reason stays. */
void incident_note_missing(struct incident *incident, enum missing_field field,
			   enum missing_reason reason);
/* Replaces the reason by REASON. WHY_NONE: FIELD is known now. */
void incident_set_missing(struct incident *incident, enum missing_field field,
			  enum missing_reason reason);
/* WHY_NONE: FIELD is not missing. */
enum missing_reason incident_why_missing(const struct incident *incident, enum missing_field field);
