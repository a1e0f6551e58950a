// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tracer's half. Question and answer are in shared memory, and a socket tells when they are
 * ready. A hostile file may control the reader, so the answer is hostile too: copy it, then check
 * the copy.
 *
 * There are several readers. The first one reads only files that nobody but root can write, and
 * answers for everybody. Each of the others has read other files, and answers for one owner.
 */
#include "isolated.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "blame.h"
#include "cpu_budget.h"
#include "deadline.h"
#include "isolated_take.h"
#include "reader.h"
#include "reason.h"
#include "servers.h"
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
/* CPU time of a reader between two questions: its start, or the end of an answer. */
#define IDLE_MOST_MS (100u * USER_SLOWER)

/* As in bpf/core/owner.bpf.h: /etc/subuid gives one user a block of uids. */
#define SUBUID_FIRST 100000u
#define SUBUID_MASK 0xffffu

#define SOFT_READERS (SPAWNER_PAIRS - 1)

struct isolated {
	struct stack_options options;
	struct spawner own_spawner; /* if nobody has started one */
	struct readers readers;
	struct reader steady;
	struct soft {
		struct reader reader;
		struct file_owner owner; /* for whom it answers */
		uint64_t used;		 /* number of its last question */
	} soft[SOFT_READERS];
	uint64_t questions;
	bool steady_has_history;    /* it has answered, so it has something to lose */
	const struct reader *asked; /* whose answer counts */
	uint32_t own_mnt_ns;
	struct bad_files bad;
	struct cpu_budget budget;
	struct servers servers;
};

/* Started by stack_start_spawner(), for all unwinders. */
static struct spawner early_spawner = { .socket = -1 };

int stack_start_spawner(void)
{
	return early_spawner.pid ? 0 : spawner_start(&early_spawner);
}

void stack_stop_spawner(void)
{
	spawner_stop(&early_spawner);
}

void isolated_copy_snapshot(struct snapshot *to, const struct snapshot *from)
{
	memcpy(to, from, offsetof(struct snapshot, modules));
	if (to->module_count > SNAPSHOT_MODULES_MAX)
		to->module_count = SNAPSHOT_MODULES_MAX;
	for (size_t i = 0; i < to->module_count; i++) {
		const struct snapshot_module *module = &from->modules[i];
		size_t length = strnlen(module->path, sizeof(module->path) - 1);

		memcpy(&to->modules[i], module, offsetof(struct snapshot_module, path) + length);
		to->modules[i].path[length] = '\0';
	}
}

int isolated_new(const struct stack_options *options, struct isolated **ret_isolated)
{
	struct isolated *isolated = calloc(1, sizeof(*isolated));
	struct stat own;
	int error = 0;

	if (!isolated)
		return -ENOMEM;
	isolated->options = *options;
	isolated->readers.spawner = &early_spawner;
	isolated->steady = (struct reader){ .all = &isolated->readers, .number = 0 };
	for (unsigned int i = 0; i < SOFT_READERS; i++)
		isolated->soft[i].reader =
			(struct reader){ .all = &isolated->readers, .number = 1 + i };
	if (!stat("/proc/self/ns/mnt", &own))
		isolated->own_mnt_ns = (uint32_t)own.st_ino;
	if (options->user_limit)
		isolated->budget = (struct cpu_budget){
			.most_ns = USER_MOST_MS * NSEC_PER_MSEC,
			.second_ns = USER_SECOND_MS * NSEC_PER_MSEC,
		};
	servers_init(&isolated->servers, options->user_limit);
	if (!early_spawner.pid) {
		error = spawner_start(&isolated->own_spawner);
		isolated->readers.spawner = &isolated->own_spawner;
	}
	if (error) {
		free(isolated);
		return error;
	}
	*ret_isolated = isolated;
	return 0;
}

void isolated_free(struct isolated *isolated)
{
	if (!isolated)
		return;
	reader_free(&isolated->steady);
	for (size_t i = 0; i < SOFT_READERS; i++)
		reader_free(&isolated->soft[i].reader);
	spawner_stop(&isolated->own_spawner);
	free(isolated);
}

static void rest(struct reader *reader)
{
	reader_stop(reader);
	if (reader->answer)
		reader->answer->cache_bytes = 0;
}

void isolated_rest(struct isolated *isolated)
{
	rest(&isolated->steady);
	for (size_t i = 0; i < SOFT_READERS; i++)
		rest(&isolated->soft[i].reader);
}

static size_t cache_bytes(const struct reader *reader)
{
	return reader->answer ? reader->answer->cache_bytes : 0;
}

size_t isolated_cache_bytes(const struct isolated *isolated)
{
	size_t bytes = cache_bytes(&isolated->steady);

	for (size_t i = 0; i < SOFT_READERS; i++)
		bytes += cache_bytes(&isolated->soft[i].reader);
	return bytes;
}

static struct file_owner owner_of(const struct target *target)
{
	struct file_owner owner = { .is_one = true, .uid = target->uid, .mnt_ns = target->mnt_ns };

	if (owner.uid >= SUBUID_FIRST)
		owner.uid -= (owner.uid - SUBUID_FIRST) & SUBUID_MASK;
	return owner;
}

/*
 * Root's services on the host are not one owner: a file of somebody else in one of them says
 * nothing about the others.
 */
static bool is_root_of_the_host(const struct isolated *isolated, const struct file_owner *owner)
{
	return !owner->uid && (!owner->mnt_ns || owner->mnt_ns == isolated->own_mnt_ns);
}

static void put_question(struct isolated *isolated, struct reader *reader,
			 const struct target *target, const struct snapshot *snapshot,
			 const struct stack_question *question)
{
	struct isolated_question *shared = reader->question;
	struct file_owner owner = owner_of(target);
	size_t size = snapshot->have ? snapshot->stack_size : 0;

	bad_files_copy(&isolated->bad, &owner, &shared->bad);
	reader_hung_devs(&isolated->readers, shared->bad.hung_devs);
	shared->question = *question;
	shared->target = *target;
	isolated_copy_snapshot(&shared->snapshot, snapshot);
	if (size > sizeof(shared->stack_bytes)) {
		size = sizeof(shared->stack_bytes);
		shared->snapshot.stack_truncated = true;
	}
	if (size)
		memcpy(shared->stack_bytes, snapshot->stack, size);
	shared->snapshot.stack_size = size;
	reader->answer->progress.done = 0;
	reader->answer->progress.watch = (struct file_watch){};
	*reader->notes = (struct opener_notes){};
}

void isolated_hurry(struct isolated *isolated)
{
	atomic_store(&isolated->readers.hurry, true);
}

unsigned int isolated_progress(const struct isolated *isolated)
{
	return atomic_load(&isolated->readers.progress);
}

static void fail(enum reason reason, struct stack *ret_stack)
{
	ret_stack->method = STACK_METHOD_NONE;
	ret_stack->complete = false;
	reason_set(reason, ret_stack);
	ret_stack->count = 0;
	ret_stack->text_used = 0;
}

/* What is blamed now counts for those for whom READER answers. */
static void set_blamed_owner(struct isolated *isolated, const struct reader *reader,
			     const struct target *target)
{
	bool is_soft = reader != &isolated->steady || reader->notes->soft;

	isolated->bad.owner = is_soft ? owner_of(target) : (struct file_owner){};
}

/* The file that the reader, or its opener, waits for. */
static void note_hang(struct isolated *isolated, const struct reader *reader,
		      const struct reader_end *ended)
{
	struct file_watch watch = reader->answer->progress.watch;
	struct file_id file;

	/* What the opener says is true. */
	if (reader->notes->at.inode)
		watch = (struct file_watch){ .mapping = reader->notes->at };
	file = blame_for_hang(&isolated->bad, &watch, ended->aside);
	if (ended->aside && (!isolated->bad.owner.is_one || reader->notes->at.inode))
		isolated->readers.aside[ended->place] = file;
}

/*
 * Ends the reader after ERROR of reader_wait(), and finds out which file was the cause.
 * -ECONNRESET: somebody else has killed it, which no file can.
 */
static int end_question(struct isolated *isolated, struct reader *reader, int error,
			const struct target *target, uint64_t before_ns, uint64_t *ret_cpu_ns)
{
	/* Stop the reader before anything is read. SIGALRM and SIGPROF are its own alarms. */
	struct reader_end ended = reader_stop(reader);
	const struct file_watch *watch = &reader->answer->progress.watch;
	bool alarm = WIFSIGNALED(ended.status) &&
		     (WTERMSIG(ended.status) == SIGALRM || WTERMSIG(ended.status) == SIGPROF);

	*ret_cpu_ns = ended.cpu_ns > before_ns ? ended.cpu_ns - before_ns : 0;
	if (WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == SPAWNER_NOT_STARTED)
		return -ECHILD;
	if (alarm)
		error = -ETIME;
	if (error == -EPIPE && WIFSIGNALED(ended.status) && WTERMSIG(ended.status) == SIGKILL)
		error = -ECONNRESET;
	if (error == -ECONNRESET)
		return error;
	set_blamed_owner(isolated, reader, target);
	if (error == -EDEADLK)
		note_hang(isolated, reader, &ended);
	else if (error == -ETIME)
		blame_for_time(&isolated->bad, watch, *ret_cpu_ns);
	else
		blame_for_crash(&isolated->bad, watch, ended.status);
	return error;
}

/* Ends a reader that has worked without a question: its owner pays, if there is one. */
static void end_hostile(struct isolated *isolated, struct reader *reader)
{
	uint64_t idle_ns = reader_idle_ns(reader);

	if (idle_ns < IDLE_MOST_MS * NSEC_PER_MSEC)
		return;
	reader_stop(reader);
	for (size_t i = 0; i < SOFT_READERS; i++)
		if (reader == &isolated->soft[i].reader)
			cpu_budget_spend(&isolated->budget, isolated->soft[i].owner.uid,
					 clock_now_ns(), idle_ns);
}

/* One attempt of try(). -ECONNRESET: another one may succeed. */
static int ask(struct isolated *isolated, struct reader *reader, bool steady_only,
	       const struct target *target, const struct snapshot *snapshot,
	       const struct stack_question *question)
{
	uint64_t left_ns = cpu_budget_left(&isolated->budget, target->uid, clock_now_ns());
	struct target limited = *target;
	uint64_t before_ns, cpu_ns;
	int error = 0;

	if (left_ns < USER_LEAST_MS * NSEC_PER_MSEC)
		return -EDQUOT;
	limited.time_limit_ms = isolated->options.time_limit_ms;
	if (left_ns / NSEC_PER_MSEC < limited.time_limit_ms)
		limited.time_limit_ms = (unsigned int)(left_ns / NSEC_PER_MSEC);
	limited.servers_ms = servers_left_ms(&isolated->servers, target->uid, clock_now_ns());
	end_hostile(isolated, reader);
	if (!reader->child)
		error = reader_start(reader, &isolated->options, &isolated->bad);
	if (error)
		return error;
	put_question(isolated, reader, &limited, snapshot, question);
	before_ns = reader_cpu_ns(reader);
	error = reader_wait(reader, steady_only, limited.time_limit_ms);
	if (error) {
		error = end_question(isolated, reader, error, target, before_ns, &cpu_ns);
	} else {
		reader->idle_since_ns = reader_cpu_ns(reader);
		cpu_ns = reader->idle_since_ns - before_ns;
		set_blamed_owner(isolated, reader, target);
		blame_for_cost(&isolated->bad, &reader->answer->progress.watch);
	}
	cpu_budget_spend(&isolated->budget, target->uid, clock_now_ns(), cpu_ns);
	servers_note(&isolated->servers, target->uid, clock_now_ns(), reader->notes->servers_ns,
		     reader->notes->servers_longest_ns);
	return error;
}

/* A reader that was killed, perhaps long before this question, is replaced once. */
static int try(struct isolated *isolated, struct reader *reader, bool steady_only,
	       const struct target *target, const struct snapshot *snapshot,
	       const struct stack_question *question)
{
	int error = ask(isolated, reader, steady_only, target, snapshot, question);

	isolated->asked = reader;
	if (error != -ECONNRESET)
		return error;
	return ask(isolated, reader, steady_only, target, snapshot, question);
}

/* The reader that answers for OWNER, or one that can be replaced: the one that waits longest. */
static struct soft *find_soft(struct isolated *isolated, const struct file_owner *owner)
{
	struct soft *oldest = &isolated->soft[0];

	for (size_t i = 0; i < SOFT_READERS; i++) {
		struct soft *soft = &isolated->soft[i];

		if (soft->reader.child && file_owner_is_same(&soft->owner, owner))
			return soft;
		if (oldest->reader.child && (!soft->reader.child || soft->used < oldest->used))
			oldest = soft;
	}
	return oldest;
}

static int ask_soft(struct isolated *isolated, struct soft *soft, const struct file_owner *owner,
		    const struct target *target, const struct snapshot *snapshot,
		    const struct stack_question *question)
{
	int error;

	if (!file_owner_is_same(&soft->owner, owner))
		reader_stop(&soft->reader);
	soft->owner = *owner;
	soft->used = ++isolated->questions;
	error = try(isolated, &soft->reader, false, target, snapshot, question);
	if (is_root_of_the_host(isolated, owner))
		reader_stop(&soft->reader);
	return error;
}

/* The steady reader had nothing to lose, and has read a file of OWNER. */
static void make_soft(struct isolated *isolated, const struct file_owner *owner)
{
	struct soft *soft = find_soft(isolated, owner);
	struct reader before = soft->reader;

	soft->reader = isolated->steady;
	soft->owner = *owner;
	soft->used = ++isolated->questions;
	isolated->steady = before;
	isolated->asked = &soft->reader;
	reader_stop(&isolated->steady);
	if (is_root_of_the_host(isolated, owner))
		reader_stop(&soft->reader);
}

/*
 * 0, or -errno, and the reader has been stopped: -EBUSY: too many are put aside; -EDQUOT: the user
 * has used up their time.
 */
static int run(struct isolated *isolated, const struct target *target,
	       const struct snapshot *snapshot, const struct stack_question *question)
{
	const struct file_owner owner = owner_of(target);
	struct soft *soft = find_soft(isolated, &owner);
	struct reader *reader = &isolated->steady;
	bool fresh;
	int error;

	if (soft->reader.child && file_owner_is_same(&soft->owner, &owner))
		return ask_soft(isolated, soft, &owner, target, snapshot, question);
	fresh = !reader->child || !isolated->steady_has_history;
	error = try(isolated, reader, !fresh, target, snapshot, question);
	isolated->steady_has_history = reader->child;
	if (error == -EBUSY || error == -ECHILD || error == -EDQUOT || !reader->notes)
		return error;
	if (reader->notes->refused && !error)
		return ask_soft(isolated, soft, &owner, target, snapshot, question);
	if (reader->notes->soft) {
		isolated->steady_has_history = false;
		make_soft(isolated, &owner);
	}
	return error;
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

/* DONE: the parts that the reader completed, all of them or those before it died. */
static void take_frames(const struct isolated_answer *answer, uint32_t done, int error,
			struct stack *ret_stack)
{
	if (done & ENGINE_STACK) {
		isolated_take_stack(answer, &answer->answer.stack, answer->progress.stack_reason,
				    ret_stack);
	} else if (done & ENGINE_PLAIN && answer->progress.plain.count) {
		isolated_take_stack(answer, &answer->progress.plain, answer->progress.plain_reason,
				    ret_stack);
		if (!ret_stack->reason)
			reason_set(why(error, true), ret_stack);
	} else {
		fail(why(error, false), ret_stack);
	}
}

static void take_program(const struct isolated_answer *answer, uint32_t done, int error,
			 struct stack_answer *ret_answer)
{
	if (!(done & ENGINE_PROGRAM)) {
		ret_answer->program = 0;
		ret_answer->program_reason =
			reason_of_missing(why(error, false), WHY_PROGRAM_UNREADABLE);
		return;
	}
	ret_answer->program = answer->answer.program;
	ret_answer->program_reason = answer->answer.program_reason;
	if (ret_answer->program_reason >= WHY_REASONS)
		ret_answer->program_reason = WHY_PROGRAM_UNREADABLE;
}

void isolated_ask(struct isolated *isolated, const struct target *target,
		  const struct snapshot *snapshot, const struct stack_question *question,
		  struct stack_answer *ret_answer)
{
	int error = run(isolated, target, snapshot, question);
	const struct isolated_answer *answer = isolated->asked->answer;
	bool asked = error != -ECHILD && error != -EBUSY && error != -EDQUOT;
	uint32_t done = asked ? answer->progress.done : 0;

	if (question->frames)
		take_frames(answer, done, error, &ret_answer->stack);
	if (question->program)
		take_program(answer, done, error, ret_answer);
	if (!question->address)
		return;
	if (done & ENGINE_NAME)
		isolated_take_name(answer, &ret_answer->name);
	else
		ret_answer->name = (struct stack_name){
			.reason = reason_of_missing(why(error, false), WHY_ELF_UNREADABLE),
		};
}
