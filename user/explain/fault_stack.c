// SPDX-License-Identifier: GPL-2.0-or-later
#include "fault_stack.h"

#include <signal.h>

#include "fault_words.h"

/*
 * The bytes below the stack pointer that an instruction may access: of a call, a red zone, a frame
 * that the instruction is just making. Above it everything may be in the frame of the function.
 */
#define BELOW_POINTER 65536u
#define PAGE_LEAST 4096u

enum kind {
	KIND_NONE,
	KIND_LIMIT,  /* the main thread: RLIMIT_STACK */
	KIND_GAP,    /* the main thread: the gap to the mapping below */
	KIND_GROWTH, /* the main thread: it could not grow for another reason */
	KIND_GUARD,  /* a mapping without access below the stack */
	KIND_MARKED, /* MADV_GUARD_INSTALL: the mapping does not show it */
};

static bool has(const struct ev_mapping *mapping, uint64_t address)
{
	return mapping->start <= address && address < mapping->end;
}

static bool permits_nothing(const struct ev_mapping *mapping)
{
	return !(mapping->flags & (MAPPING_READ | MAPPING_WRITE | MAPPING_EXEC));
}

/* The access is one that goes with the stack pointer SP, at the end of its stack. */
static bool is_by_pointer(uint64_t address, uint64_t sp)
{
	return sp <= address ? address - sp < BELOW_POINTER * 128ULL
			     : sp - address <= BELOW_POINTER;
}

/* acct_stack_growth() and expand_downwards() in mm/ */
static enum kind kind_of_growth(const struct ev_fault *fault)
{
	uint64_t page = fault->address & ~(uint64_t)(PAGE_LEAST - 1);

	if (fault->stack_limit != UINT64_MAX && fault->above.end - page > fault->stack_limit)
		return KIND_LIMIT;
	if (fault->below.end && !permits_nothing(&fault->below) &&
	    fault->address - fault->below.end < fault->stack_gap)
		return KIND_GAP;
	return KIND_GROWTH;
}

static enum kind kind_of_unmapped(const struct ev_fault *fault, uint64_t sp)
{
	const struct ev_mapping *stack = &fault->above;

	if (stack->flags & MAPPING_GROWS_DOWN && has(stack, fault->stack_start) &&
	    sp < stack->start + BELOW_POINTER)
		return kind_of_growth(fault);
	return KIND_NONE;
}

static enum kind kind_of(const struct incident *incident)
{
	const struct ev_fault *fault = &incident->fault.seen;
	uint64_t sp = incident->registers.sp;

	if (incident->signal.number != SIGSEGV || !incident->registers.have ||
	    !(fault->flags & EV_FAULT_HAVE_MAPPINGS))
		return KIND_NONE;
	if (!is_by_pointer(fault->address, sp) || fault->access == EV_ACCESS_EXECUTE)
		return KIND_NONE;
	if (!fault->at.end)
		return kind_of_unmapped(fault, sp);
	if (permits_nothing(&fault->at) && !fault->at.inode &&
	    fault->above.start == fault->at.end && fault->above.flags & MAPPING_WRITE &&
	    sp < fault->above.start + BELOW_POINTER)
		return KIND_GUARD;
	/* SEGV_MAPERR although it is mapped. */
	if (incident->signal.code == 1 && fault->at.flags & MAPPING_WRITE &&
	    (has(&fault->at, sp) || sp < fault->at.start))
		return KIND_MARKED;
	return KIND_NONE;
}

bool fault_is_stack_overflow(const struct incident *incident)
{
	return incident->fault.have && kind_of(incident) != KIND_NONE;
}

static void tell_main(const struct ev_fault *fault, enum kind kind, struct text *text)
{
	text_add(text, "the stack of the main thread overflowed at 0x%llx: ", fault->address);
	if (kind == KIND_LIMIT)
		text_add(text, "it may have %llu bytes (RLIMIT_STACK, ulimit -s)",
			 fault->stack_limit);
	else if (kind == KIND_GAP)
		text_add(text,
			 "%llu bytes below it is another mapping, and the kernel keeps "
			 "%llu bytes free",
			 fault->address - fault->below.end, fault->stack_gap);
	else
		text_add(text, "the kernel did not let it grow (RLIMIT_AS, locked memory)");
}

void fault_tell_stack_overflow(const struct incident *incident, struct text *text)
{
	const struct ev_fault *fault = &incident->fault.seen;
	enum kind kind = kind_of(incident);

	switch (kind) {
	case KIND_GUARD:
		text_add(
			text,
			"the stack of the thread overflowed at 0x%llx, into the guard below it (%llu bytes without access); its mapping "
			"has %llu bytes",
			fault->address, fault->at.end - fault->at.start,
			fault->above.end - fault->above.start);
		return;
	case KIND_MARKED:
		text_add(
			text,
			"the stack of the thread overflowed at 0x%llx, into a guard that is inside of its mapping (MADV_GUARD_INSTALL) of "
			"%llu bytes",
			fault->address, fault->at.end - fault->at.start);
		return;
	default:
		tell_main(fault, kind, text);
	}
}
