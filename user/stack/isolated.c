// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parent's half. Question and answer are in shared memory, and a socket tells when they are
 * ready. A hostile file may control the child, so the answer is hostile too: copy it, then check
 * the copy.
 *
 * The parent has threads when it starts a child. A child that only forks would inherit locks that
 * other threads held (of stdio, for example), all memory of the parent, and what the parent shares
 * with the kernel. So the child executes this program again and gets two descriptors.
 */
#include "isolated.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "deadline.h"
#include "isolated_child.h"
#include "reason.h"
#include "units.h"

/* Time after the child's limit before the parent kills it. The child's own alarm comes first. */
#define GRACE_MS 1000
/* Wait for the end of a killed child. A file system that hangs can delay it without limit. */
#define END_MS 500
/* How often to look whether the child makes progress. */
#define LOOK_MS 100
/* In a hurry, a child that used no CPU time for so long is not waited for. */
#define IDLE_MS 300
/* The exit status of a child that could not execute this program again. */
#define NOT_STARTED 127

struct isolated {
	struct stack_options options;
	struct isolated_shared *shared;
	int shared_fd;
	pid_t child; /* 0: none runs */
	pid_t stuck; /* killed, but not ended: the next one has to wait for that; 0: none */
	int socket;
	atomic_bool hurry;
	atomic_uint progress;
};

/*
 * Runs in the child of fork(). Other threads of the parent may have held any lock, so it makes
 * system calls only. If the parent has given up capabilities, execve() would bring back those of
 * root and of the file; no_new_privs prevents that.
 */
_Noreturn static void become_reader(int socket, int shared)
{
	static char name[] = "sigpath", argument[] = ISOLATED_ARGUMENT;
	char *argv[] = { name, argument, NULL };

	/* Each may have the number that the other one needs. */
	socket = fcntl(socket, F_DUPFD_CLOEXEC, ISOLATED_SHARED + 1);
	shared = fcntl(shared, F_DUPFD_CLOEXEC, ISOLATED_SHARED + 1);
	if (dup2(socket, ISOLATED_SOCKET) >= 0 && dup2(shared, ISOLATED_SHARED) >= 0 &&
	    !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		execve("/proc/self/exe", argv, environ);
	_exit(NOT_STARTED);
}

static int start_child(struct isolated *isolated)
{
	sigset_t all, before;
	int ends[2], error;
	pid_t child;

	if (isolated->stuck && waitpid(isolated->stuck, NULL, WNOHANG) == 0)
		return -EBUSY;
	isolated->stuck = 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	/* The parent's signal handlers must not run in the child, which shares its descriptors. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	child = fork();
	if (child == 0)
		become_reader(ends[1], isolated->shared_fd);
	error = child < 0 ? -errno : 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
	if (error) {
		close(ends[0]);
		return error;
	}
	isolated->child = child;
	isolated->socket = ends[0];
	return 0;
}

/* Its wait status; 0 if it has not ended yet: then it is in STUCK. */
static int stop_child(struct isolated *isolated)
{
	int status = 0;

	if (!isolated->child)
		return 0;
	close(isolated->socket);
	/* It has not been reaped, so its PID cannot belong to another process. */
	kill(isolated->child, SIGKILL);
	isolated->stuck = isolated->child;
	isolated->child = 0;
	for (unsigned int i = 0; i < END_MS; i++) {
		if (waitpid(isolated->stuck, &status, WNOHANG) != 0) {
			isolated->stuck = 0;
			return status;
		}
		usleep(1000);
	}
	return 0;
}

/*
 * Sealed, because a hostile child could truncate the file and the parent would get SIGBUS. The name
 * is visible in /proc/PID/maps.
 */
static int share_memory(struct isolated *isolated)
{
	const size_t size = sizeof(*isolated->shared);

	isolated->shared_fd = memfd_create("sigpath-stack", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (isolated->shared_fd < 0 || ftruncate(isolated->shared_fd, (off_t)size) ||
	    fcntl(isolated->shared_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return -errno;
	isolated->shared =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, isolated->shared_fd, 0);
	if (isolated->shared != MAP_FAILED)
		return 0;
	isolated->shared = NULL;
	return -errno;
}

static int share_options(struct isolated *isolated)
{
	const struct stack_options *options = &isolated->options;
	struct isolated_shared *shared = isolated->shared;

	if (strlen(options->proc_root) >= sizeof(shared->proc_root) ||
	    strlen(options->debug_dir) >= sizeof(shared->debug_dir))
		return -ENAMETOOLONG;
	/* share_memory() has not failed: the analyzer takes -errno for 0. */
	shared->options = *options; /* NOLINT(clang-analyzer-core.NullDereference) */
	strcpy(shared->proc_root, options->proc_root);
	strcpy(shared->debug_dir, options->debug_dir);
	return 0;
}

int isolated_new(const struct stack_options *options, struct isolated **ret_isolated)
{
	struct isolated *isolated = calloc(1, sizeof(*isolated));
	int error;

	if (!isolated)
		return -ENOMEM;
	isolated->options = *options;
	error = share_memory(isolated);
	if (!error)
		error = share_options(isolated);
	if (error) {
		isolated_free(isolated);
		return error;
	}
	*ret_isolated = isolated;
	return 0;
}

void isolated_free(struct isolated *isolated)
{
	if (!isolated)
		return;
	stop_child(isolated);
	if (isolated->shared)
		munmap(isolated->shared, sizeof(*isolated->shared));
	cleanup_close(&isolated->shared_fd);
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

/* Most of a module is room for its path. */
static void copy_modules(struct snapshot *to, const struct snapshot *from)
{
	for (size_t i = 0; i < from->module_count; i++) {
		const struct snapshot_module *module = &from->modules[i];

		memcpy(&to->modules[i], module,
		       offsetof(struct snapshot_module, path) + strlen(module->path) + 1);
	}
}

static void put_question(struct isolated *isolated, const struct target *target,
			 const struct snapshot *snapshot, const struct stack_question *question)
{
	struct isolated_shared *shared = isolated->shared;
	size_t size = snapshot->have ? snapshot->stack_size : 0;

	shared->question = *question;
	shared->target = *target;
	memcpy(&shared->snapshot, snapshot, offsetof(struct snapshot, modules));
	copy_modules(&shared->snapshot, snapshot);
	if (size > sizeof(shared->stack_bytes)) {
		size = sizeof(shared->stack_bytes);
		shared->snapshot.stack_truncated = true;
	}
	if (size)
		memcpy(shared->stack_bytes, snapshot->stack, size);
	shared->snapshot.stack_size = size;
	shared->progress.done = 0;
}

void isolated_hurry(struct isolated *isolated)
{
	atomic_store(&isolated->hurry, true);
}

unsigned int isolated_progress(const struct isolated *isolated)
{
	return atomic_load(&isolated->progress);
}

/* All CPU time that the child has used. */
static uint64_t cpu_time_ns(const struct isolated *isolated)
{
	clockid_t clock;

	return clock_getcpuclockid(isolated->child, &clock) ? 0 : clock_ns(clock);
}

/*
 * A child on a slow machine uses CPU time while it works. A child that waits for a file system that
 * hangs uses none.
 */
struct watch {
	uint64_t cpu_ns;      /* at the last progress */
	uint64_t progress_ns; /* CLOCK_MONOTONIC, of the last progress */
};

/* Whether the child is worth waiting for, although there is a hurry. */
static bool is_at_work(struct isolated *isolated, struct watch *watch)
{
	uint64_t now = clock_now_ns(), cpu_ns = cpu_time_ns(isolated);

	if (cpu_ns >= watch->cpu_ns + NSEC_PER_MSEC) {
		*watch = (struct watch){ .cpu_ns = cpu_ns, .progress_ns = now };
		atomic_fetch_add(&isolated->progress, 1);
	}
	return now - watch->progress_ns < IDLE_MS * NSEC_PER_MSEC;
}

/* 0; -ETIME; -EPIPE: the child has ended. */
static int wait_for_child(struct isolated *isolated)
{
	uint64_t begin = clock_now_ns();
	uint64_t limit_ms = DEADLINE_STRETCH * (uint64_t)isolated->options.time_limit_ms + GRACE_MS;
	struct pollfd wait = { .fd = isolated->socket, .events = POLLIN };
	struct watch watch = { .progress_ns = begin };
	char byte = 0;

	if (send(isolated->socket, &byte, 1, MSG_NOSIGNAL) != 1)
		return -EPIPE;
	while (clock_now_ns() - begin < limit_ms * NSEC_PER_MSEC) {
		int ready = poll(&wait, 1, LOOK_MS);

		if (ready > 0)
			return recv(isolated->socket, &byte, 1, MSG_DONTWAIT) == 1 ? 0 : -EPIPE;
		if (ready < 0 && errno != EINTR)
			return -EPIPE;
		if (!is_at_work(isolated, &watch) && atomic_load(&isolated->hurry))
			return -ETIME;
	}
	return -ETIME;
}

/* The child's own address of PART, which is inside of what is shared. */
static uintptr_t address_in_child(const struct isolated_shared *shared, const void *part)
{
	return shared->base + ((uintptr_t)part - (uintptr_t)shared);
}

/* Our copy of TEXT, the child's pointer into the text that begins at START there. */
static const char *take_text(uintptr_t start, const struct stack *to, const char *text)
{
	uintptr_t at = (uintptr_t)text;

	if (!text || at < start || at - start >= to->text_used)
		return NULL;
	return to->text + (at - start);
}

static bool take_flag(const bool *from)
{
	unsigned char flag;

	/* Hostile memory may hold a value that is not a valid bool. */
	memcpy(&flag, from, 1);
	return flag & 1;
}

static void take_frame(uintptr_t start, const struct stack *to, struct stack_frame *frame)
{
	frame->symbol = take_text(start, to, frame->symbol);
	frame->module = take_text(start, to, frame->module);
	frame->build_id = take_text(start, to, frame->build_id);
	frame->file = take_text(start, to, frame->file);
	frame->is_inlined = take_flag(&frame->is_inlined);
	frame->module_changed = take_flag(&frame->module_changed);
}

static void take_stack(const struct isolated_shared *shared, const struct stack *from,
		       enum reason reason, struct stack *ret_stack)
{
	uintptr_t start = address_in_child(shared, from->text);
	size_t count = from->count, used = from->text_used;
	unsigned int method;

	memcpy(&method, &from->method, sizeof(method));
	ret_stack->complete = take_flag(&from->complete);
	ret_stack->method = method <= STACK_METHOD_MIXED ? (enum stack_method)method
							 : STACK_METHOD_NONE;
	reason_set(reason, ret_stack);
	ret_stack->count = count <= STACK_FRAMES_MAX ? count : 0;
	ret_stack->text_used = used <= STACK_TEXT_BYTES ? used : 0;
	memcpy(ret_stack->text, from->text, ret_stack->text_used);
	if (ret_stack->text_used)
		ret_stack->text[ret_stack->text_used - 1] = '\0';
	memcpy(ret_stack->frames, from->frames, ret_stack->count * sizeof(ret_stack->frames[0]));
	for (size_t i = 0; i < ret_stack->count; i++)
		take_frame(start, ret_stack, &ret_stack->frames[i]);
}

static void take_name(const struct isolated_shared *shared, struct stack_name *ret_name)
{
	const struct stack_name *from = &shared->answer.name;
	struct stack_frame *frame = &ret_name->frame;

	memcpy(ret_name, from, sizeof(*ret_name));
	ret_name->have = take_flag(&from->have);
	if (ret_name->have)
		ret_name->reason = WHY_NONE;
	else if (!ret_name->reason || ret_name->reason >= WHY_REASONS)
		ret_name->reason = WHY_ELF_UNREADABLE;
	ret_name->symbol[sizeof(ret_name->symbol) - 1] = '\0';
	ret_name->module[sizeof(ret_name->module) - 1] = '\0';
	frame->symbol = frame->symbol ? ret_name->symbol : NULL;
	frame->module = frame->module ? ret_name->module : NULL;
	frame->build_id = frame->file = NULL;
	frame->is_inlined = false;
	frame->module_changed = take_flag(&frame->module_changed);
}

static void fail(enum reason reason, struct stack *ret_stack)
{
	ret_stack->method = STACK_METHOD_NONE;
	ret_stack->complete = false;
	reason_set(reason, ret_stack);
	ret_stack->count = 0;
	ret_stack->text_used = 0;
}

/* 0, or -errno, and the child has been stopped. */
static int run(struct isolated *isolated, const struct target *target,
	       const struct snapshot *snapshot, const struct stack_question *question)
{
	int error, status;

	if (!isolated->child && start_child(isolated))
		return -ECHILD;
	put_question(isolated, target, snapshot, question);
	error = wait_for_child(isolated);
	if (!error)
		return 0;
	/* Stop the child before anything is read. SIGALRM and SIGPROF are its own alarms. */
	status = stop_child(isolated);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_STARTED)
		return -ECHILD;
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGPROF))
		return -ETIME;
	return error;
}

/* The reason for no frames, or for frames without names. */
static enum reason why(int error, bool have_frames)
{
	if (error == -ECHILD)
		return REASON_NO_CHILD;
	if (error == -ETIME)
		return have_frames ? REASON_TIME_NAMES : REASON_TIME;
	return have_frames ? REASON_BROKEN_NAMES : REASON_BROKEN;
}

/* DONE: the parts that the child completed, all of them or those before it died. */
static void take_frames(const struct isolated *isolated, uint32_t done, int error,
			struct stack *ret_stack)
{
	const struct isolated_shared *shared = isolated->shared;

	if (done & ENGINE_STACK) {
		take_stack(shared, &shared->answer.stack, shared->progress.stack_reason, ret_stack);
	} else if (done & ENGINE_PLAIN && shared->progress.plain.count) {
		take_stack(shared, &shared->progress.plain, shared->progress.plain_reason,
			   ret_stack);
		if (!ret_stack->reason)
			reason_set(why(error, true), ret_stack);
	} else {
		fail(why(error, false), ret_stack);
	}
}

void isolated_ask(struct isolated *isolated, const struct target *target,
		  const struct snapshot *snapshot, const struct stack_question *question,
		  struct stack_answer *ret_answer)
{
	const struct isolated_shared *shared = isolated->shared;
	int error = run(isolated, target, snapshot, question);
	uint32_t done = error == -ECHILD ? 0 : shared->progress.done;

	if (question->frames)
		take_frames(isolated, done, error, &ret_answer->stack);
	if (question->program)
		ret_answer->program = done & ENGINE_PROGRAM ? shared->answer.program : 0;
	if (!question->address)
		return;
	if (done & ENGINE_NAME)
		take_name(shared, &ret_answer->name);
	else
		ret_answer->name = (struct stack_name){ .reason = WHY_ELF_UNREADABLE };
}
