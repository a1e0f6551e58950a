// SPDX-License-Identifier: GPL-2.0-or-later
/* Questions about a plan, and its words. */
#include "plan.h"

#include <stdio.h>

static const char *const object_names[OBJECT_COUNT] = {
	[OBJECT_PIPE] = "pipe",
	[OBJECT_FIFO] = "fifo",
	[OBJECT_PAIR_STREAM] = "socketpair",
	[OBJECT_PAIR_SEQPACKET] = "socketpair-seqpacket",
	[OBJECT_UNIX_STREAM] = "unix",
	[OBJECT_UNIX_STREAM_ABSTRACT] = "unix-abstract",
	[OBJECT_UNIX_SEQPACKET] = "unix-seqpacket",
	[OBJECT_UNIX_SEQPACKET_ABSTRACT] = "unix-seqpacket-abstract",
	[OBJECT_TCP4] = "tcp4",
	[OBJECT_TCP6] = "tcp6",
	[OBJECT_TCP_MAPPED] = "tcp-mapped",
	[OBJECT_TCP_VETH] = "tcp-veth",
};

static const char *const manner_names[MANNER_COUNT] = {
	[MANNER_PLAIN] = "plain",
	[MANNER_UNREAD] = "unread",
	[MANNER_LINGER] = "linger",
	[MANNER_HALF] = "half-close",
	[MANNER_HALF_UNREAD] = "data-half-close-unread",
	[MANNER_HALF_WRITE] = "half-close-data-unread",
	[MANNER_SHUT_RD] = "shut-rd",
	[MANNER_SHUT_RDWR] = "shut-rdwr",
	[MANNER_LISTENER] = "listener",
	[MANNER_LOCAL_WR] = "local-shut-wr",
	[MANNER_LOCAL_RDWR] = "local-shut-rdwr",
};

static const char *const drop_names[DROP_COUNT] = {
	[DROP_CLOSE] = "close",	    [DROP_CLOSE_EXIT] = "close-exit", [DROP_EXEC] = "exec",
	[DROP_EXIT] = "exit0",	    [DROP_EXIT_CODE] = "exit-code",   [DROP_SIGKILL] = "sigkill",
	[DROP_SIGSEGV] = "sigsegv",
};

static const char *const obtain_names[OBTAIN_COUNT] = {
	[OBTAIN_FORK] = "fork",	    [OBTAIN_FORK_EXEC] = "fork+exec",
	[OBTAIN_SCM] = "scm",	    [OBTAIN_HIGH_EXEC] = "fork+exec-high",
	[OBTAIN_REOPEN] = "reopen", [OBTAIN_SHELL] = "shell",
};

static const char *const call_names[CALL_COUNT] = {
	[CALL_WRITE] = "write",	      [CALL_WRITEV] = "writev",	  [CALL_SEND] = "send",
	[CALL_SENDTO] = "sendto",     [CALL_SENDMSG] = "sendmsg", [CALL_SENDMMSG] = "sendmmsg",
	[CALL_SENDFILE] = "sendfile", [CALL_SPLICE] = "splice",	  [CALL_TEE] = "tee",
	[CALL_VMSPLICE] = "vmsplice",
};

static const char *const disposition_names[DISPOSITION_COUNT] = {
	[DISPOSITION_DEFAULT] = "default",
	[DISPOSITION_IGNORE] = "ignore",
	[DISPOSITION_HANDLER] = "handler",
	[DISPOSITION_BLOCKED] = "blocked",
};

static const char *const when_names[DECOY_COUNT] = {
	[DECOY_EARLY] = "early",	   [DECOY_JUST_BEFORE] = "just-before",
	[DECOY_JUST_AFTER] = "just-after", [DECOY_LATER] = "later",
	[DECOY_STAYS] = "stays",
};

static const char *const connection_names[DECOY_CONNECTION_COUNT] = {
	[DECOY_NO_CONNECTION] = "",	  [DECOY_EARLIER] = "+earlier-connection",
	[DECOY_ELSEWHERE] = "+elsewhere", [DECOY_SAME_TUPLE] = "+same-tuple",
	[DECOY_SAME_PORT] = "+same-port",
};

bool plan_is_pipe(const struct plan *plan)
{
	return plan->object == OBJECT_PIPE || plan->object == OBJECT_FIFO;
}

bool plan_is_unix(const struct plan *plan)
{
	return plan->object >= OBJECT_PAIR_STREAM && plan->object <= OBJECT_UNIX_SEQPACKET_ABSTRACT;
}

bool plan_is_seqpacket(const struct plan *plan)
{
	return plan->object == OBJECT_PAIR_SEQPACKET || plan->object == OBJECT_UNIX_SEQPACKET ||
	       plan->object == OBJECT_UNIX_SEQPACKET_ABSTRACT;
}

bool plan_is_tcp(const struct plan *plan)
{
	return plan->object >= OBJECT_TCP4;
}

bool plan_has_name(const struct plan *plan)
{
	return plan->object >= OBJECT_UNIX_STREAM;
}

bool plan_is_local(const struct plan *plan)
{
	return plan->manner == MANNER_LOCAL_WR || plan->manner == MANNER_LOCAL_RDWR;
}

bool plan_is_shutdown(const struct plan *plan)
{
	return plan->manner == MANNER_SHUT_RD || plan->manner == MANNER_SHUT_RDWR;
}

bool plan_leaves_unread(const struct plan *plan)
{
	return plan->manner == MANNER_UNREAD || plan->manner == MANNER_HALF_UNREAD;
}

bool plan_needs_namespace(const struct plan *plan)
{
	return plan_is_tcp(plan) && plan->inner_network;
}

bool drop_is_end(enum drop drop)
{
	return drop >= DROP_EXIT;
}

const struct plan_holder *plan_closer(const struct plan *plan)
{
	return &plan->holders[plan->order[plan->holder_count - 1]];
}

static const char *tcp_kind(const struct plan *plan)
{
	switch (plan->manner) {
	case MANNER_UNREAD:
	case MANNER_LINGER:
		return "tcp_reset";
	case MANNER_HALF:
	case MANNER_HALF_UNREAD:
	case MANNER_HALF_WRITE:
		return "tcp_half_close";
	case MANNER_SHUT_RD:
	case MANNER_SHUT_RDWR:
		return "tcp_shutdown";
	case MANNER_LISTENER:
		return "tcp_listener";
	default:
		return "tcp_closed";
	}
}

const char *plan_kind(const struct plan *plan)
{
	if (plan->before_start)
		return "closed_before_start";
	if (plan->pipeline)
		return "pipeline";
	if (plan->object == OBJECT_PIPE)
		return "pipe";
	if (plan->object == OBJECT_FIFO)
		return "fifo";
	if (plan_is_local(plan))
		return "local_shutdown";
	if (plan_is_tcp(plan))
		return tcp_kind(plan);
	if (plan->manner == MANNER_LISTENER)
		return "unix_listener";
	return plan_is_shutdown(plan) ? "unix_shutdown" : "unix_closed";
}

const char *plan_closer_end(const struct plan *plan)
{
	if (plan_is_local(plan) || plan_is_shutdown(plan))
		return "lives on";
	if (plan->queue)
		return plan->queue == QUEUE_EXIT ? "exits, queued" : "garbage";
	if (drop_is_end(plan_closer(plan)->drop))
		return "exits";
	/* In a pipeline it ends by itself, some of them after the write. */
	if (plan->pipeline && plan_closer(plan)->exit_us > plan->pause_us)
		return "lives on";
	return plan_closer(plan)->drop == DROP_CLOSE_EXIT ? "exits later" : "lives on";
}

bool plan_is_knowable(const struct plan *plan, const struct sight *sight)
{
	/* The kernel's collector lets go of garbage, whoever made it. */
	if (plan->before_start || plan->queue == QUEUE_CYCLE)
		return false;
	/* So what such an exit closes may have been in a message of its own, or garbage. */
	if (plan->queue == QUEUE_EXIT && sight->collects_in_place)
		return false;
	if (sight->closes || plan_is_tcp(plan) || plan_is_local(plan))
		return true;
	return !plan->queue && !plan_is_shutdown(plan) && drop_is_end(plan_closer(plan)->drop);
}

/* Appends the holders to TEXT, in the order in which they let go. Returns the new length. */
static int holders_text(const struct plan *plan, char *text, int length)
{
	static const char *const agains[AGAIN_COUNT] = { "", ",exec-early", ",exec-late" };

	if (plan->pipeline)
		length += snprintf(text + length, PLAN_TEXT_SIZE - length, "%s%s",
				   plan->shell_slow ? " shell-slow" : "",
				   plan->holders[0].traits.exec ? "" : " no-exec");
	for (int i = 0; i < plan->holder_count && length < PLAN_TEXT_SIZE; i++) {
		const struct plan_holder *holder = &plan->holders[plan->order[i]];

		length += snprintf(text + length, PLAN_TEXT_SIZE - length, " holder%d(%s%s%s",
				   plan->order[i],
				   plan->order[i] ? obtain_names[holder->obtain] : "first",
				   holder->dup ? ",dup" : "", agains[holder->again]);
		if (plan->pipeline && plan->order[i] && length < PLAN_TEXT_SIZE)
			length += snprintf(text + length, PLAN_TEXT_SIZE - length, " of %d",
					   holder->from);
		if (length < PLAN_TEXT_SIZE)
			length +=
				snprintf(text + length, PLAN_TEXT_SIZE - length, ") %s%s",
					 drop_names[holder->drop],
					 plan->together && i == plan->holder_count - 2 ? " &" : "");
		if (plan->pipeline && length < PLAN_TEXT_SIZE)
			length += snprintf(text + length, PLAN_TEXT_SIZE - length, " %u+%u us",
					   holder->drop == DROP_CLOSE_EXIT ? holder->exit_us : 0,
					   holder->gap_us);
	}
	return length;
}

const char *plan_text(const struct plan *plan, char text[PLAN_TEXT_SIZE])
{
	int length = snprintf(
		text, PLAN_TEXT_SIZE, "%s %s%s%s%s%s%s%s%s by %s%s %s;", object_names[plan->object],
		manner_names[plan->manner], plan_leaves_unread(plan) && plan->fills ? " full" : "",
		plan->before_start ? " before-start" : "", plan->pid_namespace ? " pidns" : "",
		plan_needs_namespace(plan) ? " netns" : "",
		plan->writer_is_root ? " writer=root" : "", plan->peer_is_root ? " peer=root" : "",
		!plan_has_name(plan)   ? ""
		: plan->writer_accepts ? " writer-accepts"
				       : " writer-connects",
		call_names[plan->call], plan->no_signal ? "+MSG_NOSIGNAL" : "",
		disposition_names[plan->disposition]);

	length = holders_text(plan, text, length);
	if (plan->queue && length < PLAN_TEXT_SIZE)
		length += snprintf(text + length, PLAN_TEXT_SIZE - length, "%s",
				   plan->queue == QUEUE_EXIT ? ",queued" : ",garbage");
	for (int i = 0; i < plan->decoy_count && length < PLAN_TEXT_SIZE; i++) {
		const struct plan_decoy *decoy = &plan->decoys[i];

		length += snprintf(text + length, PLAN_TEXT_SIZE - length, "; decoy %s %s%s%s",
				   when_names[decoy->when], drop_names[decoy->drop],
				   connection_names[decoy->connection], decoy->held ? "+held" : "");
	}
	if (length < PLAN_TEXT_SIZE)
		snprintf(text + length, PLAN_TEXT_SIZE - length, "; pause %u+%u us", plan->pause_us,
			 plan->second_pause_us);
	return text;
}
