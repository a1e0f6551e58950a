// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parent's half: jobs and answers lie in memory that both share, a socket says when to look.
 * The answer of a child that a hostile file has taken over is hostile, too: it is copied, then
 * checked.
 */
#include "isolated.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "deadline.h"
#include "isolated_child.h"
#include "reason.h"

/* What the child has beyond its time limit before it is killed: its own alarm comes first. */
#define GRACE_MS 1000

struct isolated {
	struct stack_options options;
	struct isolated_shared *shared;
	pid_t child; /* 0: none runs */
	int socket;
};

static int start_child(struct isolated *isolated)
{
	int ends[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	child = fork();
	if (child == 0)
		isolated_child_main(&isolated->options, isolated->shared, ends[1]);
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return -errno;
	}
	isolated->child = child;
	isolated->socket = ends[0];
	return 0;
}

/* The signal that had ended it before, or else SIGKILL; 0: it had ended otherwise, or there was
 * none. */
static int stop_child(struct isolated *isolated)
{
	int status = 0;

	if (!isolated->child)
		return 0;
	close(isolated->socket);
	/* It has not been waited for, so the number is still its own. */
	kill(isolated->child, SIGKILL);
	while (waitpid(isolated->child, &status, 0) < 0 && errno == EINTR)
		;
	isolated->child = 0;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

int isolated_new(const struct stack_options *options, struct isolated **ret_isolated)
{
	struct isolated *isolated = calloc(1, sizeof(*isolated));

	if (!isolated)
		return -ENOMEM;
	isolated->options = *options;
	isolated->shared = mmap(NULL, sizeof(*isolated->shared), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (isolated->shared == MAP_FAILED) {
		free(isolated);
		return -ENOMEM;
	}
	*ret_isolated = isolated;
	return 0;
}

void isolated_free(struct isolated *isolated)
{
	if (!isolated)
		return;
	stop_child(isolated);
	munmap(isolated->shared, sizeof(*isolated->shared));
	free(isolated);
}

void isolated_rest(struct isolated *isolated)
{
	stop_child(isolated);
	isolated->shared->cache_bytes = 0;
}

size_t isolated_cache_bytes(const struct isolated *isolated)
{
	return isolated->shared->cache_bytes;
}

static void put_job(struct isolated *isolated, const struct target *target,
		    const struct snapshot *snapshot, uint64_t address, enum isolated_job job)
{
	struct isolated_shared *shared = isolated->shared;
	size_t size = snapshot->have ? snapshot->stack_size : 0;

	shared->job = job;
	shared->address = address;
	shared->target = *target;
	memcpy(&shared->snapshot, snapshot, offsetof(struct snapshot, modules));
	memcpy(shared->snapshot.modules, snapshot->modules,
	       snapshot->module_count * sizeof(snapshot->modules[0]));
	if (size > sizeof(shared->stack_bytes)) {
		size = sizeof(shared->stack_bytes);
		shared->snapshot.stack_truncated = true;
	}
	if (size)
		memcpy(shared->stack_bytes, snapshot->stack, size);
	shared->snapshot.stack = shared->stack_bytes;
	shared->snapshot.stack_size = size;
	shared->plain.count = shared->stack.count = 0;
	shared->plain.reason = NULL;
}

/* 0; -ETIME; -EPIPE: the child is no more. */
static int wait_for_child(struct isolated *isolated)
{
	uint64_t end = clock_now_ns() +
		       (DEADLINE_STRETCH * (uint64_t)isolated->options.time_limit_ms + GRACE_MS) *
			       1000000u;
	char byte = 0;

	if (send(isolated->socket, &byte, 1, MSG_NOSIGNAL) != 1)
		return -EPIPE;
	for (;;) {
		struct pollfd wait = { .fd = isolated->socket, .events = POLLIN };
		uint64_t now = clock_now_ns();
		int ready;

		if (now >= end)
			return -ETIME;
		ready = poll(&wait, 1, (int)((end - now) / 1000000u) + 1);
		if (ready > 0)
			return recv(isolated->socket, &byte, 1, MSG_DONTWAIT) == 1 ? 0 : -EPIPE;
		if (ready < 0 && errno != EINTR)
			return -EPIPE;
	}
}

/* The text that TEXT, a pointer into FROM, stands for in TO. */
static const char *take_text(const struct stack *from, const struct stack *to, const char *text)
{
	uintptr_t start = (uintptr_t)from->text, at = (uintptr_t)text;

	if (!text || at < start || at - start >= to->text_used)
		return NULL;
	return to->text + (at - start);
}

static void take_frame(const struct stack *from, const struct stack *to, struct stack_frame *frame)
{
	unsigned char flag;

	frame->symbol = take_text(from, to, frame->symbol);
	frame->module = take_text(from, to, frame->module);
	frame->build_id = take_text(from, to, frame->build_id);
	frame->file = take_text(from, to, frame->file);
	memcpy(&flag, &frame->is_inlined, 1);
	frame->is_inlined = flag & 1;
	memcpy(&flag, &frame->module_changed, 1);
	frame->module_changed = flag & 1;
}

static void take_answer(const struct stack *from, struct stack *ret_stack)
{
	unsigned char complete;
	unsigned int method;
	size_t count = from->count, used = from->text_used;

	memcpy(&complete, &from->complete, 1);
	memcpy(&method, &from->method, sizeof(method));
	ret_stack->complete = complete & 1;
	ret_stack->method = method <= STACK_METHOD_MIXED ? (enum stack_method)method
							 : STACK_METHOD_NONE;
	ret_stack->reason = from->reason;
	if (!reason_is_text(ret_stack->reason))
		ret_stack->reason = reason_text(REASON_BROKEN);
	ret_stack->count = count <= STACK_FRAMES_MAX ? count : 0;
	ret_stack->text_used = used <= STACK_TEXT_BYTES ? used : 0;
	memcpy(ret_stack->text, from->text, ret_stack->text_used);
	if (ret_stack->text_used)
		ret_stack->text[ret_stack->text_used - 1] = '\0';
	memcpy(ret_stack->frames, from->frames, ret_stack->count * sizeof(ret_stack->frames[0]));
	for (size_t i = 0; i < ret_stack->count; i++)
		take_frame(from, ret_stack, &ret_stack->frames[i]);
}

static void fail(enum reason reason, struct stack *ret_stack)
{
	ret_stack->method = STACK_METHOD_NONE;
	ret_stack->complete = false;
	ret_stack->reason = reason_text(reason);
	ret_stack->count = 0;
	ret_stack->text_used = 0;
}

/* The child died or was late: what it had found before it looked for names. */
static void take_rest(const struct isolated *isolated, bool is_late, struct stack *ret_stack)
{
	if (!isolated->shared->plain.count) {
		fail(is_late ? REASON_TIME : REASON_BROKEN, ret_stack);
		return;
	}
	take_answer(&isolated->shared->plain, ret_stack);
	if (!ret_stack->reason)
		ret_stack->reason = reason_text(is_late ? REASON_TIME_NAMES : REASON_BROKEN_NAMES);
}

/* 0, or as of wait_for_child, and the child has been stopped. */
static int ask(struct isolated *isolated, const struct target *target,
	       const struct snapshot *snapshot, uint64_t address, enum isolated_job job)
{
	int error, number;

	put_job(isolated, target, snapshot, address, job);
	error = wait_for_child(isolated);
	if (!error)
		return 0;
	/* First nobody writes any more. Its own alarms have ended what took too long. */
	number = stop_child(isolated);
	return number == SIGALRM || number == SIGPROF ? -ETIME : error;
}

static void run(struct isolated *isolated, const struct target *target,
		const struct snapshot *snapshot, uint64_t address, enum isolated_job job,
		struct stack *ret_stack)
{
	int error;

	if (!isolated->child && start_child(isolated)) {
		fail(REASON_NO_CHILD, ret_stack);
		return;
	}
	error = ask(isolated, target, snapshot, address, job);
	if (error)
		take_rest(isolated, error == -ETIME, ret_stack);
	else
		take_answer(&isolated->shared->stack, ret_stack);
}

void isolated_unwind(struct isolated *isolated, const struct target *target,
		     const struct snapshot *snapshot, struct stack *ret_stack)
{
	run(isolated, target, snapshot, 0, ISOLATED_UNWIND, ret_stack);
}

void isolated_name(struct isolated *isolated, const struct target *target,
		   const struct snapshot *snapshot, uint64_t address, struct stack *ret_stack)
{
	run(isolated, target, snapshot, address, ISOLATED_NAME, ret_stack);
}

uint32_t isolated_find_program(struct isolated *isolated, const struct target *target,
			       const struct snapshot *snapshot)
{
	if ((!isolated->child && start_child(isolated)) ||
	    ask(isolated, target, snapshot, 0, ISOLATED_PROGRAM))
		return 0;
	return isolated->shared->program_marks;
}
