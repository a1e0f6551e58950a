// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parent's half. Question and answer are in shared memory, and a socket tells when they are
 * ready. A hostile file may control the child, so the answer is hostile too: copy it, then check
 * the copy.
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "blame.h"
#include "cleanup.h"
#include "cpu_budget.h"
#include "deadline.h"
#include "isolated_child.h"
#include "isolated_take.h"
#include "reader.h"
#include "reason.h"
#include "units.h"

/* CPU time of the stacks of one user: at most at once, for each second, and least for a question. */
#ifdef __SANITIZE_ADDRESS__
#define USER_SLOWER 4
#else
#define USER_SLOWER 1
#endif
#define USER_MOST_MS (1500u * USER_SLOWER)
#define USER_SECOND_MS (250u * USER_SLOWER)
#define USER_LEAST_MS 200u

struct isolated {
	struct stack_options options;
	struct isolated_shared *shared;
	int shared_fd;
	bool shared_is_old; /* one that was put aside still has this memory */
	struct reader reader;
	struct bad_files bad;
	struct cpu_budget budget;
};

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
	shared->parent = getpid();
	strcpy(shared->proc_root, options->proc_root);
	strcpy(shared->debug_dir, options->debug_dir);
	return 0;
}

/* New memory, instead of that of a child that may still write to it. */
static int renew_memory(struct isolated *isolated)
{
	struct isolated_shared *old = isolated->shared;
	int old_fd = isolated->shared_fd, error;

	isolated->shared = NULL;
	error = share_memory(isolated) ?: share_options(isolated);
	if (error) {
		if (isolated->shared)
			munmap(isolated->shared, sizeof(*isolated->shared));
		cleanup_close(&isolated->shared_fd);
		isolated->shared = old;
		isolated->shared_fd = old_fd;
		return error;
	}
	munmap(old, sizeof(*old));
	close(old_fd);
	isolated->shared_is_old = false;
	return 0;
}

static struct reader_end stop(struct isolated *isolated)
{
	struct reader_end ended = reader_stop(&isolated->reader);

	isolated->shared_is_old |= ended.aside;
	return ended;
}

/* 0; -EBUSY: too many are put aside; -ECHILD. */
static int start(struct isolated *isolated)
{
	if (isolated->reader.child)
		return 0;
	if (!reader_reap(&isolated->reader, &isolated->bad))
		return -EBUSY;
	if (isolated->shared_is_old && renew_memory(isolated))
		return -ECHILD;
	return reader_start(&isolated->reader, isolated->shared_fd);
}

int isolated_new(const struct stack_options *options, struct isolated **ret_isolated)
{
	struct isolated *isolated = calloc(1, sizeof(*isolated));
	int error;

	if (!isolated)
		return -ENOMEM;
	isolated->options = *options;
	isolated->shared_fd = -1;
	if (options->user_limit)
		isolated->budget = (struct cpu_budget){
			.most_ns = USER_MOST_MS * NSEC_PER_MSEC,
			.second_ns = USER_SECOND_MS * NSEC_PER_MSEC,
		};
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
	stop(isolated);
	if (isolated->shared)
		munmap(isolated->shared, sizeof(*isolated->shared));
	cleanup_close(&isolated->shared_fd);
	free(isolated);
}

void isolated_rest(struct isolated *isolated)
{
	stop(isolated);
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

	shared->bad = isolated->bad;
	reader_hung_devs(&isolated->reader, shared->bad.hung_devs);
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
	shared->progress.watch = (struct file_watch){};
}

void isolated_hurry(struct isolated *isolated)
{
	atomic_store(&isolated->reader.hurry, true);
}

unsigned int isolated_progress(const struct isolated *isolated)
{
	return atomic_load(&isolated->reader.progress);
}

static void fail(enum reason reason, struct stack *ret_stack)
{
	ret_stack->method = STACK_METHOD_NONE;
	ret_stack->complete = false;
	reason_set(reason, ret_stack);
	ret_stack->count = 0;
	ret_stack->text_used = 0;
}

/*
 * Ends the child after ERROR of reader_wait(), and finds out which file was the cause. -ECONNRESET:
 * somebody else has killed it, which no file can.
 */
static int end_question(struct isolated *isolated, int error, uint64_t before_ns,
			uint64_t *ret_cpu_ns)
{
	/* Stop the child before anything is read. SIGALRM and SIGPROF are its own alarms. */
	const struct file_watch *watch = &isolated->shared->progress.watch;
	struct reader_end ended = stop(isolated);
	bool alarm = WIFSIGNALED(ended.status) &&
		     (WTERMSIG(ended.status) == SIGALRM || WTERMSIG(ended.status) == SIGPROF);
	struct file_id file;

	*ret_cpu_ns = ended.cpu_ns > before_ns ? ended.cpu_ns - before_ns : 0;
	if (WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == READER_NOT_STARTED)
		return -ECHILD;
	if (alarm)
		error = -ETIME;
	if (error == -EPIPE && WIFSIGNALED(ended.status) && WTERMSIG(ended.status) == SIGKILL)
		return -ECONNRESET;
	if (error == -EDEADLK) {
		file = blame_for_hang(&isolated->bad, watch, ended.aside);
		reader_note_aside(&isolated->reader, &file);
	} else if (error == -ETIME) {
		blame_for_time(&isolated->bad, watch, *ret_cpu_ns);
	} else {
		blame_for_crash(&isolated->bad, watch, ended.status);
	}
	return error;
}

/* One attempt of run(). -ECONNRESET: another one may succeed. */
static int ask(struct isolated *isolated, const struct target *target,
	       const struct snapshot *snapshot, const struct stack_question *question)
{
	uint64_t left_ns = cpu_budget_left(&isolated->budget, target->uid, clock_now_ns());
	struct target limited = *target;
	uint64_t before_ns, cpu_ns;
	int error;

	if (left_ns < USER_LEAST_MS * NSEC_PER_MSEC)
		return -EDQUOT;
	limited.time_limit_ms = isolated->options.time_limit_ms;
	if (left_ns / NSEC_PER_MSEC < limited.time_limit_ms)
		limited.time_limit_ms = (unsigned int)(left_ns / NSEC_PER_MSEC);
	error = start(isolated);
	if (error)
		return error;
	put_question(isolated, &limited, snapshot, question);
	before_ns = reader_cpu_ns(&isolated->reader);
	error = reader_wait(&isolated->reader, limited.time_limit_ms);
	if (error) {
		error = end_question(isolated, error, before_ns, &cpu_ns);
	} else {
		cpu_ns = reader_cpu_ns(&isolated->reader) - before_ns;
		blame_for_cost(&isolated->bad, &isolated->shared->progress.watch);
	}
	cpu_budget_spend(&isolated->budget, target->uid, clock_now_ns(), cpu_ns);
	return error;
}

/*
 * 0, or -errno, and the child has been stopped: -EBUSY: too many are put aside; -EDQUOT: the user
 * has used up their time. A child that was killed, perhaps long before this question, is replaced
 * once.
 */
static int run(struct isolated *isolated, const struct target *target,
	       const struct snapshot *snapshot, const struct stack_question *question)
{
	int error = ask(isolated, target, snapshot, question);

	return error == -ECONNRESET ? ask(isolated, target, snapshot, question) : error;
}

/* The reason for no frames, or for frames without names. */
static enum reason why(int error, bool have_frames)
{
	switch (error) {
	case -ECHILD:
		return REASON_NO_CHILD;
	case -EBUSY:
		return REASON_READERS_STUCK;
	case -EDQUOT:
		return REASON_USER_LIMIT;
	case -EDEADLK:
		return REASON_FILE_SYSTEM_HANGS;
	case -ETIME:
		return have_frames ? REASON_TIME_NAMES : REASON_TIME;
	default:
		return have_frames ? REASON_BROKEN_NAMES : REASON_BROKEN;
	}
}

/* DONE: the parts that the child completed, all of them or those before it died. */
static void take_frames(const struct isolated *isolated, uint32_t done, int error,
			struct stack *ret_stack)
{
	const struct isolated_shared *shared = isolated->shared;

	if (done & ENGINE_STACK) {
		isolated_take_stack(shared, &shared->answer.stack, shared->progress.stack_reason,
				    ret_stack);
	} else if (done & ENGINE_PLAIN && shared->progress.plain.count) {
		isolated_take_stack(shared, &shared->progress.plain, shared->progress.plain_reason,
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
	int error = run(isolated, target, snapshot, question);
	const struct isolated_shared *shared = isolated->shared; /* run() may have renewed it */
	bool asked = error != -ECHILD && error != -EBUSY && error != -EDQUOT;
	uint32_t done = asked ? shared->progress.done : 0;

	if (question->frames)
		take_frames(isolated, done, error, &ret_answer->stack);
	if (question->program && done & ENGINE_PROGRAM) {
		ret_answer->program = shared->answer.program;
		ret_answer->program_reason = shared->answer.program_reason;
		if (ret_answer->program_reason >= WHY_REASONS)
			ret_answer->program_reason = WHY_PROGRAM_UNREADABLE;
	} else if (question->program) {
		ret_answer->program = 0;
		ret_answer->program_reason =
			reason_of_missing(why(error, false), WHY_PROGRAM_UNREADABLE);
	}
	if (!question->address)
		return;
	if (done & ENGINE_NAME)
		isolated_take_name(shared, &ret_answer->name);
	else
		ret_answer->name = (struct stack_name){
			.reason = reason_of_missing(why(error, false), WHY_ELF_UNREADABLE),
		};
}
