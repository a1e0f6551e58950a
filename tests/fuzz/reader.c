// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input is what readers do that files have taken over: what they write to the memory that they
 * share with the tracer, and how they end. The spawner is replaced, so a reader is no process here.
 * It answers inside of message_send(), which the linker wraps, as soon as it is asked.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "incident.h"
#include "isolated_memory.h"
#include "message.h"
#include "opener.h"
#include "spawner.h"
#include "stack.h"
#include "units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No process has this number. */
#define NOBODY INT32_MAX

/* What one reader does when it is asked. */
struct act {
	uint8_t end;	/* how it ends; even: it answers */
	uint8_t status; /* of wait() */
	uint8_t notes;	/* of its opener */
	uint8_t cpu;	/* time that it has used, in 100 ms */
	uint8_t done;	/* the parts of its answer */
	uint8_t uid;	/* who is asked about */
	uint8_t what;	/* is asked */
	uint8_t length; /* of the bytes that fill the answer */
};

/* The pairs that run. */
static struct pair {
	struct isolated_answer *answer; /* NULL: it does not run */
	struct opener_notes *notes;
	int reader, opener; /* their ends of the sockets; reader -1: it has ended */
} pairs[SPAWNER_PAIRS];

static struct act act;
static const uint8_t *bytes;

int spawner_start(struct spawner *ret_spawner)
{
	*ret_spawner = (struct spawner){ .pid = NOBODY, .socket = -1 };
	return 0;
}

void spawner_stop(struct spawner *spawner)
{
	*spawner = (struct spawner){ .socket = -1 };
}

static void *map(int fd, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		abort();
	return memory;
}

int spawner_start_pair(struct spawner *spawner, unsigned int number,
		       const struct spawner_ends *ends, struct spawner_pair *ret_pair)
{
	struct pair *pair = &pairs[number];

	*ret_pair = (struct spawner_pair){ .place = -1, .aside = act.end >> 4 };
	if (act.end == 0xff)
		return -EBUSY;
	if (act.end == 0xfd)
		return -ECHILD;
	ret_pair->reader = ret_pair->opener = NOBODY;
	pair->answer = map(ends->answer, sizeof(*pair->answer));
	pair->notes = map(ends->notes, sizeof(*pair->notes));
	pair->reader = dup(ends->reader);
	pair->opener = dup(ends->opener);
	return 0;
}

int spawner_stop_pair(struct spawner *spawner, unsigned int number, struct spawner_pair *ret_pair)
{
	struct pair *pair = &pairs[number];

	if (!pair->answer)
		abort();
	munmap(pair->answer, sizeof(*pair->answer));
	munmap(pair->notes, sizeof(*pair->notes));
	if (pair->reader >= 0)
		close(pair->reader);
	close(pair->opener);
	pair->answer = NULL;
	*ret_pair = (struct spawner_pair){
		.status = act.notes & 8 ? act.status << 8 : act.status,
		.cpu_ns = act.cpu * 100 * NSEC_PER_MSEC,
		.place = act.end & 8 ? act.end >> 4 & (SPAWNER_ASIDE_MAX - 1) : -1,
	};
	return act.end == 0xfb ? -ECHILD : 0;
}

static void fill(void *to, size_t size)
{
	for (size_t at = 0; act.length && at < size; at += act.length)
		memcpy((uint8_t *)to + at, bytes, act.length < size - at ? act.length : size - at);
}

/* Pointers of the reader into its own text, or beside it. */
static void point(struct isolated_answer *shared, struct stack *stack)
{
	uintptr_t text = shared->base + ((uintptr_t)stack->text - (uintptr_t)shared);

	stack->count %= STACK_FRAMES_MAX + 2;
	stack->text_used %= STACK_TEXT_BYTES + 2;
	for (size_t i = 0; i + 4 <= act.length && i / 4 < STACK_FRAMES_MAX; i += 4) {
		stack->frames[i / 4].symbol = (const char *)(text + bytes[i] * 16u);
		stack->frames[i / 4].module = (const char *)(text + bytes[i + 1] * 16u);
		stack->frames[i / 4].build_id = (const char *)(text + bytes[i + 2] * 16u);
		stack->frames[i / 4].file = (const char *)(text - 128 + bytes[i + 3]);
	}
}

static void answer(const struct pair *pair)
{
	struct isolated_answer *shared = pair->answer;

	fill(shared, sizeof(*shared));
	shared->progress.done = act.done;
	if (act.done & 0x10) {
		shared->base = 0x10000;
		point(shared, &shared->answer.stack);
		point(shared, &shared->progress.plain);
	}
	if (act.done & 0x20)
		shared->progress.watch.costly_count %= WATCH_COSTLY_MAX + 2;
	if (act.notes & 4)
		fill(&pair->notes->at, sizeof(pair->notes->at));
	pair->notes->soft = act.notes & 1;
	pair->notes->refused = act.notes & 2;
}

int __real_message_send(int socket, const void *message, size_t size, const int *fds,
			size_t fd_count);
int __wrap_message_send(int socket, const void *message, size_t size, const int *fds,
			size_t fd_count);

/* The message is the byte that begins a question, for a reader or for an opener. */
int __wrap_message_send(int socket, const void *message, size_t size, const int *fds,
			size_t fd_count)
{
	char byte;

	if (act.end == 0xf9 || __real_message_send(socket, message, size, fds, fd_count))
		return -EPIPE;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct pair *pair = &pairs[i];

		if (!pair->answer || pair->reader < 0 ||
		    recv(pair->reader, &byte, 1, MSG_DONTWAIT) != 1)
			continue;
		answer(pair);
		if (!(act.end & 1))
			return send(pair->reader, "", 1, MSG_NOSIGNAL) == 1 ? 0 : -EPIPE;
		close(pair->reader);
		pair->reader = -1;
	}
	return 0;
}

static void check_text(const struct stack *stack, const char *text)
{
	if (text && (text < stack->text || text >= stack->text + stack->text_used ||
		     strlen(text) >= (size_t)(stack->text + stack->text_used - text)))
		__builtin_trap();
}

static void check(const struct stack_question *question, const struct stack_answer *given)
{
	const struct stack *stack = &given->stack;

	if (question->frames &&
	    (stack->count > STACK_FRAMES_MAX || stack->text_used > STACK_TEXT_BYTES ||
	     stack->method > STACK_METHOD_MIXED))
		__builtin_trap();
	for (size_t i = 0; question->frames && i < stack->count; i++) {
		check_text(stack, stack->frames[i].symbol);
		check_text(stack, stack->frames[i].module);
		check_text(stack, stack->frames[i].build_id);
		check_text(stack, stack->frames[i].file);
	}
	if (question->program && given->program_reason >= WHY_REASONS)
		__builtin_trap();
	if (question->address &&
	    (memchr(given->name.symbol, 0, sizeof(given->name.symbol)) == NULL ||
	     given->name.reason >= WHY_REASONS))
		__builtin_trap();
}

static void ask(struct stack_unwinder *unwinder)
{
	static struct incident incident;
	static struct snapshot snapshot;
	static struct stack_answer given;
	const struct stack_question question = {
		.frames = act.what & 1,
		.program = act.what & 2,
		.address = act.what & 4,
	};

	incident.process.uid = act.uid & 0x80 ? 100000u + act.uid : act.uid;
	incident.process.mnt_ns = act.what >> 4;
	snapshot.have = act.what & 8;
	snapshot.stack = bytes;
	snapshot.stack_size = act.length;
	stack_ask(unwinder, &incident, &snapshot, &question, &given);
	check(&question, &given);
}

/* Between two questions. */
static void change(struct stack_unwinder *unwinder)
{
	stack_cache_bytes(unwinder);
	stack_progress(unwinder);
	if (act.what == 0xff)
		stack_rest(unwinder);
	if (act.what == 0xfe)
		stack_hurry(unwinder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct stack_options options = {
		.isolated = true,
		.user_limit = size % 2,
		.time_limit_ms = 1000,
	};
	struct stack_unwinder *unwinder;

	if (stack_unwinder_new(&options, &unwinder))
		abort();
	for (unsigned int i = 0; size > sizeof(act) && i < 16; i++) {
		memcpy(&act, data, sizeof(act));
		data += sizeof(act);
		size -= sizeof(act);
		if (act.length > size)
			act.length = (uint8_t)size;
		bytes = data;
		data += act.length;
		size -= act.length;
		ask(unwinder);
		change(unwinder);
	}
	stack_unwinder_free(unwinder);
	return 0;
}
