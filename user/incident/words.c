// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables of names. Values of newer kernels are given as numbers, so that this builds with older
 * headers.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "units.h"
#include "words.h"

#define NAME_IN(table, index) \
	((size_t)(index) < ARRAY_SIZE(table) ? (table)[(size_t)(index)] : NULL)

static const char *const subjects[] = {
	[EV_SUBJECT_WRITE] = "write",
	[EV_SUBJECT_SENT] = "sent",
	[EV_SUBJECT_LIMIT] = "limit",
	[EV_SUBJECT_KERNEL] = "kernel",
	[EV_SUBJECT_FAULT] = "fault",
	[EV_SUBJECT_ABORT] = "abort",
	[EV_SUBJECT_SECCOMP] = "seccomp",
	[EV_SUBJECT_OOM] = "oom",
	[EV_SUBJECT_NAMESPACE_END] = "namespace_end",
	[EV_SUBJECT_UNEXPLAINED] = "unexplained",
	[EV_SUBJECT_EXIT] = "exit",
};
static const char *const confidences[] = {
	[CONFIDENCE_CERTAIN] = "certain",
	[CONFIDENCE_LIKELY] = "likely",
	[CONFIDENCE_UNKNOWN] = "unknown",
};
static const struct {
	const char *code, *text;
} peer_hows[] = {
	[PEER_HOW_CLOSED] = { "closed", "closed the other end" },
	[PEER_HOW_CLOSED_BY_EXIT] = { "closed_by_exit", "closed the other end when it exited" },
	[PEER_HOW_CLOSED_LISTENER] = { "closed_listener",
				       "closed the listening socket before it accepted the connection" },
	[PEER_HOW_DISCONNECTED] = { "disconnected", "disconnected the other end" },
	[PEER_HOW_SHUT_DOWN] = { "shut_down", "shut down the other end" },
	[PEER_HOW_STARTED_WITH] = { "started_with",
				    "was started as the only reader and has ended" },
};
static const char *const stack_methods[] = {
	[STACK_METHOD_DWARF] = "dwarf",
	[STACK_METHOD_FRAME_POINTER] = "frame_pointer",
	[STACK_METHOD_MIXED] = "mixed",
};
static const char *const ability_states[] = {
	[ABILITY_OK] = "ok",
	[ABILITY_DEGRADED] = "degraded",
	[ABILITY_MISSING] = "missing",
};
static const char *const outcomes[] = {
	[EV_OUTCOME_KILLED] = "killed",		[EV_OUTCOME_IGNORED] = "ignored",
	[EV_OUTCOME_HANDLED] = "handled",	[EV_OUTCOME_PENDING] = "pending",
	[EV_OUTCOME_SUPPRESSED] = "suppressed", [EV_OUTCOME_PROTECTED] = "protected",
	[EV_OUTCOME_TRACED] = "traced",		[EV_OUTCOME_DELIVERED] = "delivered",
	[EV_OUTCOME_EXITED] = "exited",
};
static const char *const origins[] = {
	[EV_ORIGIN_KERNEL] = "kernel",
	[EV_ORIGIN_PROCESS] = "process",
};
static const char *const dispositions[] = {
	[EV_DISPOSITION_DEFAULT] = "default",
	[EV_DISPOSITION_IGNORE] = "ignore",
	[EV_DISPOSITION_HANDLER] = "handler",
};
static const char *const results[] = {
	[EV_RESULT_DELIVERED] = "delivered",
	[EV_RESULT_IGNORED] = "ignored",
	[EV_RESULT_ALREADY_PENDING] = "already_pending",
	[EV_RESULT_OVERFLOW_FAIL] = "overflow_fail",
	[EV_RESULT_LOSE_INFO] = "lose_info",
	[EV_RESULT_NOT_SENT] = "not_sent",
};
static const char *const abis[] = {
	[EV_ABI_X86_64] = "x86_64",   [EV_ABI_I386] = "i386", [EV_ABI_X32] = "x32",
	[EV_ABI_AARCH64] = "aarch64", [EV_ABI_ARM] = "arm",   [EV_ABI_RISCV64] = "riscv64",
	[EV_ABI_RISCV32] = "riscv32",
};
static const char *const object_types[] = {
	[EV_OBJECT_PIPE] = "pipe",   [EV_OBJECT_FIFO] = "fifo",	    [EV_OBJECT_TCP] = "tcp",
	[EV_OBJECT_UNIX] = "unix",   [EV_OBJECT_SOCKET] = "socket", [EV_OBJECT_FILE] = "file",
	[EV_OBJECT_MPTCP] = "mptcp", [EV_OBJECT_SCTP] = "sctp",	    [EV_OBJECT_VSOCK] = "vsock",
};
/* include/net/tcp_states.h */
static const char *const states[] = {
	[1] = "ESTABLISHED", [2] = "SYN_SENT",	[3] = "SYN_RECV", [4] = "FIN_WAIT1",
	[5] = "FIN_WAIT2",   [6] = "TIME_WAIT", [7] = "CLOSE",	  [8] = "CLOSE_WAIT",
	[9] = "LAST_ACK",    [10] = "LISTEN",	[11] = "CLOSING", [12] = "NEW_SYN_RECV",
};
/* include/linux/socket.h */
static const char *const families[] = {
	[0] = "unspec",	    [1] = "unix",     [2] = "inet",    [3] = "ax25",	[4] = "ipx",
	[5] = "appletalk",  [6] = "netrom",   [9] = "x25",     [10] = "inet6",	[11] = "rose",
	[15] = "key",	    [16] = "netlink", [17] = "packet", [21] = "rds",	[24] = "pppox",
	[26] = "llc",	    [27] = "ib",      [28] = "mpls",   [29] = "can",	[30] = "tipc",
	[31] = "bluetooth", [32] = "iucv",    [33] = "rxrpc",  [35] = "phonet", [36] = "ieee802154",
	[37] = "caif",	    [38] = "alg",     [39] = "nfc",    [40] = "vsock",	[41] = "kcm",
	[42] = "qipcrtr",   [43] = "smc",     [44] = "xdp",    [45] = "mctp",
};
static const char *const socktypes[] = {
	[1] = "stream",	   [2] = "dgram", [3] = "raw",	   [4] = "rdm",
	[5] = "seqpacket", [6] = "dccp",  [10] = "packet",
};
/* enum io_uring_op, include/uapi/linux/io_uring.h */
static const char *const uring_ops[] = { "IORING_OP_NOP",
					 "IORING_OP_READV",
					 "IORING_OP_WRITEV",
					 "IORING_OP_FSYNC",
					 "IORING_OP_READ_FIXED",
					 "IORING_OP_WRITE_FIXED",
					 "IORING_OP_POLL_ADD",
					 "IORING_OP_POLL_REMOVE",
					 "IORING_OP_SYNC_FILE_RANGE",
					 "IORING_OP_SENDMSG",
					 "IORING_OP_RECVMSG",
					 "IORING_OP_TIMEOUT",
					 "IORING_OP_TIMEOUT_REMOVE",
					 "IORING_OP_ACCEPT",
					 "IORING_OP_ASYNC_CANCEL",
					 "IORING_OP_LINK_TIMEOUT",
					 "IORING_OP_CONNECT",
					 "IORING_OP_FALLOCATE",
					 "IORING_OP_OPENAT",
					 "IORING_OP_CLOSE",
					 "IORING_OP_FILES_UPDATE",
					 "IORING_OP_STATX",
					 "IORING_OP_READ",
					 "IORING_OP_WRITE",
					 "IORING_OP_FADVISE",
					 "IORING_OP_MADVISE",
					 "IORING_OP_SEND",
					 "IORING_OP_RECV",
					 "IORING_OP_OPENAT2",
					 "IORING_OP_EPOLL_CTL",
					 "IORING_OP_SPLICE",
					 "IORING_OP_PROVIDE_BUFFERS",
					 "IORING_OP_REMOVE_BUFFERS",
					 "IORING_OP_TEE",
					 "IORING_OP_SHUTDOWN",
					 "IORING_OP_RENAMEAT",
					 "IORING_OP_UNLINKAT",
					 "IORING_OP_MKDIRAT",
					 "IORING_OP_SYMLINKAT",
					 "IORING_OP_LINKAT",
					 "IORING_OP_MSG_RING",
					 "IORING_OP_FSETXATTR",
					 "IORING_OP_SETXATTR",
					 "IORING_OP_FGETXATTR",
					 "IORING_OP_GETXATTR",
					 "IORING_OP_SOCKET",
					 "IORING_OP_URING_CMD",
					 "IORING_OP_SEND_ZC",
					 "IORING_OP_SENDMSG_ZC",
					 "IORING_OP_READ_MULTISHOT",
					 "IORING_OP_WAITID",
					 "IORING_OP_FUTEX_WAIT",
					 "IORING_OP_FUTEX_WAKE",
					 "IORING_OP_FUTEX_WAITV",
					 "IORING_OP_FIXED_FD_INSTALL",
					 "IORING_OP_FTRUNCATE",
					 "IORING_OP_BIND",
					 "IORING_OP_LISTEN",
					 "IORING_OP_RECV_ZC",
					 "IORING_OP_EPOLL_WAIT",
					 "IORING_OP_READV_FIXED",
					 "IORING_OP_WRITEV_FIXED",
					 "IORING_OP_PIPE" };
static const enum missing_reason fd_statuses[] = {
	[EV_FD_NO_SYSCALL] = WHY_NO_SYSCALL,	    [EV_FD_NOT_A_WRITE] = WHY_NOT_A_WRITE,
	[EV_FD_URING_UNKNOWN] = WHY_URING_UNKNOWN,  [EV_FD_AIO_MANY] = WHY_AIO_MANY,
	[EV_FD_UNREADABLE] = WHY_FD_UNREADABLE,	    [EV_FD_URING_FIXED] = WHY_URING_FIXED_FILE,
	[EV_FD_URING_WORKER] = WHY_URING_WORKER_FD,
};
static const enum missing_reason object_statuses[] = {
	[EV_OBJECT_NO_FD] = WHY_FD_UNKNOWN,
	[EV_OBJECT_FD_CLOSED] = WHY_FD_CLOSED,
	[EV_OBJECT_REUSED] = WHY_FD_REUSED,
};

const char *word_subject(enum ev_subject subject)
{
	return NAME_IN(subjects, subject);
}

const char *word_confidence(enum confidence confidence)
{
	return NAME_IN(confidences, confidence);
}

const char *word_peer_how(enum peer_how how)
{
	return (size_t)how < ARRAY_SIZE(peer_hows) ? peer_hows[how].code : NULL;
}

const char *word_peer_how_text(enum peer_how how)
{
	return (size_t)how < ARRAY_SIZE(peer_hows) ? peer_hows[how].text : NULL;
}

const char *word_stack_method(enum stack_method method)
{
	return NAME_IN(stack_methods, method);
}

const char *word_ability_state(enum ability_state state)
{
	return NAME_IN(ability_states, state);
}

const char *word_outcome(enum ev_outcome outcome)
{
	return NAME_IN(outcomes, outcome);
}

const char *word_origin(enum ev_origin origin)
{
	return NAME_IN(origins, origin);
}

const char *word_end(const struct incident_end *end)
{
	switch (end->state) {
	case EV_END_ALIVE:
		return "alive";
	case EV_END_ENDED:
		return WIFSIGNALED(end->status) ? "killed" : "exited";
	case EV_END_NOT_ASKED:
	case EV_END_UNKNOWN:
		break;
	}
	return NULL;
}

const char *word_disposition(enum ev_disposition disposition)
{
	return NAME_IN(dispositions, disposition);
}

const char *word_runtime(enum incident_runtime runtime)
{
	static const char *const runtimes[] = {
		[RUNTIME_NATIVE] = "native", [RUNTIME_GO] = "go",
		[RUNTIME_GO_CGO] = "go+cgo", [RUNTIME_RUST] = "rust",
		[RUNTIME_PYTHON] = "python", [RUNTIME_JVM] = "jvm",
		[RUNTIME_NODE] = "node",     [RUNTIME_DOTNET] = "dotnet",
		[RUNTIME_PERL] = "perl",     [RUNTIME_RUBY] = "ruby",
		[RUNTIME_PHP] = "php",	     [RUNTIME_ERLANG] = "erlang",
	};

	return NAME_IN(runtimes, runtime);
}

const char *word_result(enum ev_result result)
{
	return NAME_IN(results, result);
}

const char *word_abi(enum ev_abi abi)
{
	return NAME_IN(abis, abi);
}

const char *word_object_type(enum ev_object_type type)
{
	return NAME_IN(object_types, type);
}

const char *word_signal(uint32_t number, char buffer[WORD_SIZE])
{
	const char *short_name = number < 32 ? sigabbrev_np((int)number) : NULL;
	uint32_t first_realtime = (uint32_t)SIGRTMIN;

	if (!number)
		snprintf(buffer, WORD_SIZE, "none");
	else if (short_name)
		snprintf(buffer, WORD_SIZE, "SIG%s", short_name);
	else if (number == first_realtime)
		snprintf(buffer, WORD_SIZE, "SIGRTMIN");
	else if (number > first_realtime && number <= 64)
		snprintf(buffer, WORD_SIZE, "SIGRTMIN+%u", number - first_realtime);
	else
		snprintf(buffer, WORD_SIZE, "SIG%u", number);
	return buffer;
}

/* include/uapi/asm-generic/siginfo.h */
static const struct {
	uint32_t signal; /* 0: any */
	int code;
	const char *name;
} si_codes[] = {
	{ 0, 0, "SI_USER" },
	{ 0, 0x80, "SI_KERNEL" },
	{ 0, -1, "SI_QUEUE" },
	{ 0, -2, "SI_TIMER" },
	{ 0, -3, "SI_MESGQ" },
	{ 0, -4, "SI_ASYNCIO" },
	{ 0, -5, "SI_SIGIO" },
	{ 0, -6, "SI_TKILL" },
	{ 0, -60, "SI_ASYNCNL" },
	{ SIGILL, 1, "ILL_ILLOPC" },
	{ SIGILL, 2, "ILL_ILLOPN" },
	{ SIGILL, 3, "ILL_ILLADR" },
	{ SIGILL, 4, "ILL_ILLTRP" },
	{ SIGILL, 5, "ILL_PRVOPC" },
	{ SIGILL, 6, "ILL_PRVREG" },
	{ SIGILL, 7, "ILL_COPROC" },
	{ SIGILL, 8, "ILL_BADSTK" },
	{ SIGFPE, 1, "FPE_INTDIV" },
	{ SIGFPE, 2, "FPE_INTOVF" },
	{ SIGFPE, 3, "FPE_FLTDIV" },
	{ SIGFPE, 4, "FPE_FLTOVF" },
	{ SIGFPE, 5, "FPE_FLTUND" },
	{ SIGFPE, 6, "FPE_FLTRES" },
	{ SIGFPE, 7, "FPE_FLTINV" },
	{ SIGFPE, 8, "FPE_FLTSUB" },
	{ SIGFPE, 14, "FPE_FLTUNK" },
	{ SIGSEGV, 1, "SEGV_MAPERR" },
	{ SIGSEGV, 2, "SEGV_ACCERR" },
	{ SIGSEGV, 3, "SEGV_BNDERR" },
	{ SIGSEGV, 4, "SEGV_PKUERR" },
	{ SIGSEGV, 8, "SEGV_MTEAERR" },
	{ SIGSEGV, 9, "SEGV_MTESERR" },
	{ SIGSEGV, 10, "SEGV_CPERR" },
	{ SIGBUS, 1, "BUS_ADRALN" },
	{ SIGBUS, 2, "BUS_ADRERR" },
	{ SIGBUS, 3, "BUS_OBJERR" },
	{ SIGBUS, 4, "BUS_MCEERR_AR" },
	{ SIGBUS, 5, "BUS_MCEERR_AO" },
	{ SIGTRAP, 1, "TRAP_BRKPT" },
	{ SIGTRAP, 2, "TRAP_TRACE" },
	{ SIGTRAP, 3, "TRAP_BRANCH" },
	{ SIGTRAP, 4, "TRAP_HWBKPT" },
	{ SIGTRAP, 6, "TRAP_PERF" },
	{ SIGCHLD, 1, "CLD_EXITED" },
	{ SIGCHLD, 2, "CLD_KILLED" },
	{ SIGCHLD, 3, "CLD_DUMPED" },
	{ SIGCHLD, 4, "CLD_TRAPPED" },
	{ SIGCHLD, 5, "CLD_STOPPED" },
	{ SIGCHLD, 6, "CLD_CONTINUED" },
	{ SIGPOLL, 1, "POLL_IN" },
	{ SIGPOLL, 2, "POLL_OUT" },
	{ SIGPOLL, 3, "POLL_MSG" },
	{ SIGPOLL, 4, "POLL_ERR" },
	{ SIGPOLL, 5, "POLL_PRI" },
	{ SIGPOLL, 6, "POLL_HUP" },
	{ SIGSYS, 1, "SYS_SECCOMP" },
	{ SIGSYS, 2, "SYS_USER_DISPATCH" },
};

const char *word_si_code(uint32_t signal, int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(si_codes); i++)
		if (si_codes[i].code == code &&
		    (!si_codes[i].signal || si_codes[i].signal == signal))
			return si_codes[i].name;
	return NULL;
}

const char *word_state(uint8_t state)
{
	return NAME_IN(states, state);
}

const char *word_family(uint16_t family)
{
	return NAME_IN(families, family);
}

const char *word_socktype(uint16_t sock_type)
{
	return NAME_IN(socktypes, sock_type);
}

const char *word_protocol(uint16_t family, uint16_t protocol)
{
	/* Other families number their protocols by themselves. */
	if (family != 2 && family != 10)
		return NULL;
	switch (protocol) {
	case 1:
		return "icmp";
	case 6:
		return "tcp";
	case 17:
		return "udp";
	case 33:
		return "dccp";
	case 58:
		return "icmpv6";
	case 132:
		return "sctp";
	case 136:
		return "udplite";
	case 256:
		return "smc";
	case 262:
		return "mptcp";
	default:
		return NULL;
	}
}

const char *word_errno(uint32_t number, char buffer[WORD_SIZE])
{
	return word_or_number(number <= 4095 ? strerrorname_np((int)number) : NULL, number, buffer);
}

const char *word_or_number(const char *label, uint32_t number, char buffer[WORD_SIZE])
{
	if (label)
		return label;
	snprintf(buffer, WORD_SIZE, "%u", number);
	return buffer;
}

const char *word_uring_op(uint8_t op)
{
	return NAME_IN(uring_ops, op);
}

enum missing_reason word_fd_status(enum ev_fd_status status)
{
	return (size_t)status < ARRAY_SIZE(fd_statuses) ? fd_statuses[status] : WHY_NONE;
}

enum missing_reason word_object_status(enum ev_object_status status)
{
	return (size_t)status < ARRAY_SIZE(object_statuses) ? object_statuses[status] : WHY_NONE;
}
