// SPDX-License-Identifier: GPL-2.0-or-later
#include "missing.h"

#include <string.h>

#include "incident.h"
#include "units.h"

static const struct {
	const char *path, *words;
	bool is_quiet; /* the format text shows it in another line, or does not show it at all */
} fields[] = {
	[MISSING_SIGNAL_SITE] = { "signal.site", "kernel function", false },
	[MISSING_SIGNAL_HANDLER_SYMBOL] = { "signal.handler_symbol", "name of the handler", false },
	[MISSING_SENDER] = { "signal.sender", "sender", true },
	[MISSING_SENDER_SYSCALL] = { "signal.sender.syscall", "system call of the sender", false },
	[MISSING_FAULT] = { "fault", "what the instruction accessed", false },
	[MISSING_FAULT_ADDRESS] = { "fault.address", "address", true },
	[MISSING_FAULT_PATH] = { "fault.mapping.path", "mapped file", true },
	[MISSING_FAULT_REGISTERS] = { "fault.registers", "registers", true },
	[MISSING_ABORT_MESSAGE] = { "abort.message", "message", true },
	[MISSING_SENDER_EXE] = { "signal.sender.exe", "executable of the sender", true },
	[MISSING_SENDER_CMDLINE] = { "signal.sender.cmdline", "command line of the sender", true },
	[MISSING_SENDER_UNIT] = { "signal.sender.unit", "unit of the sender", true },
	[MISSING_SENDER_CONTAINER] = { "signal.sender.container", "container of the sender", true },
	[MISSING_SENDER_ANCESTORS] = { "signal.sender.ancestors", "parents of the sender", true },
	[MISSING_TERMINAL] = { "signal.terminal", "terminal", false },
	[MISSING_EXE] = { "process.exe", "executable", false },
	[MISSING_CMDLINE] = { "process.cmdline", "command line", false },
	[MISSING_START_TIME] = { "process.start_time", "start time", false },
	[MISSING_CGROUP_PATH] = { "process.cgroup.path", "cgroup", false },
	[MISSING_UNIT] = { "process.unit", "unit", true },
	[MISSING_CONTAINER] = { "process.container", "container", true },
	[MISSING_POD] = { "process.pod", "pod", true },
	[MISSING_CONTAINER_NAME] = { "process.container_name", "name of the container", true },
	[MISSING_POD_NAME] = { "process.pod_name", "name of the pod", true },
	[MISSING_RUNTIME] = { "process.runtime", "runtime", false },
	[MISSING_END] = { "end", "end", false },
	[MISSING_SYSCALL] = { "syscall", "system call", false },
	[MISSING_SYSCALL_NAME] = { "syscall.name", "system call", false },
	[MISSING_FD] = { "syscall.fd", "fd", false },
	[MISSING_BYTES] = { "syscall.bytes", "bytes", false },
	[MISSING_OBJECT] = { "object", "object", false },
	[MISSING_OBJECT_PATH] = { "object.path", "path", false },
	[MISSING_OBJECT_ADDRESSES] = { "object.local", "addresses", true },
	[MISSING_OBJECT_PEER_PID] = { "object.peer_pid", "PID of the peer socket", true },
	[MISSING_OBJECT_PEER_INODE] = { "object.peer_inode", "inode of the peer socket", true },
	[MISSING_OBJECT_PEER_CLOSED] = { "object.peer_closed", "state of the peer socket", true },
	[MISSING_OBJECT_SOCKETPAIR] = { "object.socketpair", "origin of the socket", true },
	[MISSING_PEER] = { "peer_process", "peer process", false },
	[MISSING_PEER_COMM] = { "peer_process.comm", "name of the peer process", false },
	[MISSING_PEER_EXE] = { "peer_process.exe", "executable of the peer process", true },
	[MISSING_PEER_CMDLINE] = { "peer_process.cmdline", "command line of the peer process",
				   true },
	[MISSING_PEER_UID] = { "peer_process.uid", "user of the peer process", true },
	[MISSING_PEER_UNIT] = { "peer_process.unit", "unit of the peer process", true },
	[MISSING_PEER_CONTAINER] = { "peer_process.container", "container of the peer process",
				     true },
	[MISSING_PEER_POD] = { "peer_process.pod", "pod of the peer process", true },
	[MISSING_PEER_CONTAINER_NAME] = { "peer_process.container_name",
					  "name of the peer process's container", true },
	[MISSING_PEER_POD_NAME] = { "peer_process.pod_name", "name of the peer process's pod",
				    true },
	[MISSING_PEER_START] = { "peer_process.start_time", "start time of the peer process",
				 true },
	[MISSING_PEER_EXIT] = { "peer_process.exit", "end of the peer process", true },
	[MISSING_PEER_AGO] = { "peer_process.ago_us", "time of the close", true },
	[MISSING_CONNECTED] = { "cause.timeline.connected", "time of the connection", true },
	[MISSING_FIN_RECEIVED] = { "cause.timeline.fin_received", "time of the FIN", true },
	[MISSING_LOCAL_SHUTDOWN] = { "cause.timeline.local_shutdown", "time of the shutdown",
				     true },
	[MISSING_CLOSED] = { "cause.timeline.closed", "end of the connection", true },
	[MISSING_ERROR] = { "cause.timeline.error", "error of the connection", true },
	[MISSING_TIMELINE] = { "cause.timeline", "timeline", true },
	[MISSING_STACK] = { "stack", "stack", false },
	[MISSING_NOTES] = { "notes", "notes", true },
	[MISSING_LINKS] = { "links", "links", true },
	[MISSING_CORE_PATH] = { "core.path", "name of the core", true },
	[MISSING_ADVICE] = { "advice", "advice", true },
};

static const struct {
	const char *code, *text;
} reasons[] = {
	[WHY_NOT_RECORDED] = { "not_recorded", "not recorded" },
	[WHY_NOT_ASKED_FOR] = { "not_asked_for", "user stacks were not requested" },
	[WHY_BEHIND] = { "behind", "skipped because sigpath could not keep up" },
	[WHY_CUT_OFF] = { "cut_off", "truncated: it was too long" },
	[WHY_REDACTED] = { "redacted", "hidden by --redact all" },
	[WHY_CORE_NAME] = { "named_by_kernel", "kernel.core_pattern has something that only the "
					       "kernel knows" },
	[WHY_MESSAGE_TOO_LONG] = { "message_too_long", "left out: too long for syslog" },

	[WHY_PROCESS_GONE] = { "process_gone", "the process had ended" },
	[WHY_STILL_RUNS] = { "still_runs", "the process still ran" },
	[WHY_NOT_KEPT] = { "not_kept",
			   "the process had ended, and sigpath no longer had what it was" },
	[WHY_PROCESS_STUCK] = { "process_stuck",
				"the process waits in the kernel, and a read could wait with it" },
	[WHY_PROCESS_RENAMED] = { "process_renamed", "the process had changed its name by then" },
	[WHY_NOT_IN_PROC] = { "not_in_proc",
			      "/proc here does not show the process: it is in another "
			      "PID namespace" },
	[WHY_NO_PERMISSION] = { "no_permission", "no permission to read it in /proc" },
	[WHY_NO_MEMORY] = { "no_memory", "the process had freed its memory" },
	[WHY_NOT_RESIDENT] = { "not_resident", "its memory was not resident" },
	[WHY_OTHER_PROCESS] = { "other_process",
				"the signal came while another process was running" },
	[WHY_UNREADABLE] = { "unreadable", "the kernel could not read it" },
	[WHY_NOT_FOLLOWED] = { "not_followed", "sigpath did not wait for it" },
	[WHY_END_UNSEEN] = { "end_unseen", "the process is gone, and no hook saw how it ended" },
	[WHY_END_OVERWRITTEN] = { "end_overwritten",
				  "a process that ended later took its place in the list of exits" },
	[WHY_PROGRAM_UNREADABLE] = { "program_unreadable", "the executable could not be read" },
	[WHY_NO_CGROUP] = { "no_cgroup", "the cgroup is not known" },
	[WHY_CGROUP_CUT_OFF] = { "cgroup_cut_off", "the cgroup path is truncated" },
	[WHY_NO_UNIT] = { "no_unit", "no systemd unit in the cgroup path" },
	[WHY_NOT_IN_A_CONTAINER] = { "not_in_one", "not in a container" },
	[WHY_NOT_IN_A_POD] = { "not_in_one", "not in a pod" },
	[WHY_NAME_TOO_LONG] = { "name_too_long", "its name is too long" },
	[WHY_CGROUP_OF_OTHERS] = { "cgroup_of_others",
				   "this part of the cgroup tree may belong to somebody who chooses the names in it" },
	[WHY_NAMES_OF_USER] = { "container_of_user",
				"what a user's own runtime has on disk is not read" },
	[WHY_NOT_ON_DISK] = { "not_on_disk", "no file or directory of a runtime is about it" },
	[WHY_SOURCES_DISAGREE] = { "sources_disagree",
				   "files or directories of the runtimes disagree about it" },
	[WHY_STATE_UNREADABLE] = { "state_unreadable",
				   "the runtime's file about it is not as expected" },
	[WHY_TOO_MANY_ENTRIES] = { "too_many_entries",
				   "a directory of the runtimes has too many entries" },

	[WHY_NO_SYSCALL] = { "no_syscall", "no system call was under way" },
	[WHY_NO_SYSCALL_OF_SENDER] = { "no_syscall", "not sent by a system call" },
	[WHY_NO_TERMINAL] = { "no_terminal",
			      "it was taken from the process before the signal was sent" },
	[WHY_NO_NAME_FOR_NUMBER] = { "no_name_for_number", "its number has no name" },
	[WHY_URING_WORKER] = { "io_uring_worker",
			       "an io_uring thread is not inside a system call" },
	[WHY_NOT_A_WRITE] = { "not_a_write", "the system call does not write to an fd" },
	[WHY_URING_UNKNOWN] = { "io_uring_unknown",
				"io_uring: the request that failed is not known, for example because it was tried again" },
	[WHY_URING_FIXED_FILE] = { "io_uring_fixed_file", "io_uring: a registered file has no fd" },
	[WHY_URING_WORKER_FD] = { "io_uring_worker",
				  "io_uring worker thread: before Linux 5.19 a request keeps its file, not its fd" },
	[WHY_AIO_MANY] = { "aio_many",
			   "io_submit of several requests: any of them may have failed" },
	[WHY_FD_UNREADABLE] = { "not_resident", "the memory that names it was not resident" },
	[WHY_BYTES_UNREADABLE] = { "bytes_unreadable",
				   "the length could not be read, or the call sends several messages" },

	[WHY_FD_UNKNOWN] = { "fd_unknown", "the fd of the call is not known" },
	[WHY_FD_CLOSED] = { "fd_closed", "another thread closed the fd meanwhile" },
	[WHY_FD_REUSED] = { "fd_reused", "the fd now refers to another file" },
	[WHY_NOT_IP] = { "not_ip", "not an IP socket" },
	[WHY_NO_PEER_RECORDED] = { "not_recorded", "the kernel recorded none" },
	[WHY_NO_PEER_SOCKET] = { "no_peer", "there is no peer socket" },
	[WHY_PEER_SOCKET_CLOSED] = { "peer_closed", "a closed socket has none" },

	[WHY_CLOSE_NOT_SEEN] = { "close_not_seen",
				 "this kernel lets no hook see who closes or shuts down such an end, unless by its exit" },
	[WHY_CLOSED_BEFORE_START] = { "before_start",
				      "it was closed before sigpath started, or newer closes took its place" },
	[WHY_CLOSED_BY_KERNEL] = { "closed_by_kernel",
				   "the kernel freed it later; who gave it up is not known" },
	[WHY_NOT_WATCHED_ENDS] = { "not_watched", "no hook watched who closes ends in this run" },
	[WHY_REMOTE] = { "remote_or_not_recorded",
			 "no process of this host was seen closing it: the peer is remote, or closed before sigpath started" },
	[WHY_ONLY_HALF_CLOSED] = { "only_half_closed",
				   "the process at the other end had only shut down sending; who reset the connection is not known" },
	[WHY_TYPE_NOT_WATCHED] = { "type_not_watched",
				   "no hook watches who closes sockets of this type" },
	[WHY_OWN_SHUTDOWN] = { "own_shutdown", "this side shut its end down" },
	[WHY_NOT_CONNECTED] = { "not_connected", "the socket had no connection" },
	[WHY_LISTENING] = { "listening", "a listening socket has no other end" },
	[WHY_NO_OTHER_END] = { "no_other_end", "such a file has no other end" },
	[WHY_OBJECT_UNKNOWN] = { "object_unknown", "the object is not known" },

	[WHY_BEFORE_START] = { "before_start",
			       "it was before sigpath started, or newer connections took its place" },
	[WHY_NOT_WATCHED] = { "not_watched", "no hook watched connections in this run" },
	[WHY_HOOK_MISSED] = { "hook_missed",
			      "the kernel did not run the hook for it, although it did when the connection was made" },
	[WHY_FIN_AFTER_SHUTDOWN] = { "after_shutdown",
				     "no hook sees it after this side has shut down" },
	[WHY_NO_ERROR_HOOK] = { "no_error_hook",
				"this kernel does not report it (inet_sk_error_report, 5.14), or there was none" },

	[WHY_NOT_TOLD_BY_CPU] = { "not_told_by_cpu",
				  "the processor does not give the address of such a fault" },
	[WHY_NO_MESSAGE] = { "no_message",
			     "the C library kept none, or sigpath does not know where it does" },

	[WHY_NO_KERNEL_STACK] = { "no_kernel_stack", "no kernel stack was captured" },
	[WHY_KERNEL_NOT_ASKED_FOR] = { "kernel_stack_not_asked_for",
				       "kernel stacks were not requested" },
	[WHY_OTHER_BOOT] = { "other_boot", "recorded during another boot" },
	[WHY_KERNEL_ADDRESSES_HIDDEN] = { "kernel_addresses_hidden",
					  "the kernel hides its addresses (CAP_SYSLOG, kptr_restrict)" },
	[WHY_KALLSYMS_UNREADABLE] = { "kallsyms_unreadable", "/proc/kallsyms could not be read" },
	[WHY_NO_MODULE] = { "no_module", "no module at its address" },
	[WHY_ELF_UNREADABLE] = { "elf_unreadable", "the ELF files could not be read" },
	[WHY_NO_USER_STACK] = { "no_user_stack", "an io_uring thread has no user stack" },
	[WHY_NOT_CURRENT] = { "not_current",
			      "the thread was not running when the signal was sent" },
	[WHY_FILE_REMOTE] = { "file_remote",
			      "its file is on a remote or FUSE file system; --remote-files reads it" },
	[WHY_FILE_COSTLY] = { "file_costly",
			      "its file took too much time earlier, or stopped its reader" },
	[WHY_FILE_SYSTEM_HANGS] = { "file_system_hangs", "a file system did not answer" },
	[WHY_READERS_STUCK] = { "readers_stuck",
				"several child processes still wait for a file system that does not answer" },
	[WHY_USER_LIMIT] = { "user_limit",
			     "the stacks of this user's processes took too much CPU time" },
};

_Static_assert(ARRAY_SIZE(fields) == MISSING_FIELDS, "each field has its words");
_Static_assert(ARRAY_SIZE(reasons) == WHY_REASONS, "each reason has its words");

const char *missing_path(enum missing_field field)
{
	return fields[field].path;
}

const char *missing_words(enum missing_field field)
{
	return fields[field].words;
}

bool missing_is_told(enum missing_field field)
{
	return !fields[field].is_quiet;
}

bool missing_is_nothing(enum missing_reason reason)
{
	return reason == WHY_NO_OTHER_END || reason == WHY_LISTENING;
}

const char *missing_code(enum missing_reason reason)
{
	return reasons[reason].code;
}

enum missing_reason missing_find(const char *code)
{
	for (int reason = WHY_NONE + 1; reason < WHY_REASONS; reason++)
		if (!strcmp(reasons[reason].code, code))
			return (enum missing_reason)reason;
	return WHY_NONE;
}

const char *missing_text(enum missing_reason reason)
{
	return reasons[reason].text;
}

void incident_note_missing(struct incident *incident, enum missing_field field,
			   enum missing_reason reason)
{
	if (!incident->missing[field])
		incident->missing[field] = reason;
}

void incident_set_missing(struct incident *incident, enum missing_field field,
			  enum missing_reason reason)
{
	incident->missing[field] = reason;
}

enum missing_reason incident_why_missing(const struct incident *incident, enum missing_field field)
{
	return incident->missing[field];
}
