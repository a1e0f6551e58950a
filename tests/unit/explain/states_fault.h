/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults and aborts, as the hook records them. */
#pragma once

#include "states.h"
#include "stack_frames.h"

#define PAGE 4096u
#define STACK_TOP 0x7ffffffff000u
#define STACK_LIMIT (8u << 20)

enum { SEEN_READ = 1, SEEN_WRITE = 2, SEEN_EXECUTE = 4, SEEN_GROWS_DOWN = 0x100 };

/* An access to ADDRESS, with nothing around it. */
static void prepare_fault(struct incident *incident, uint32_t number, int code, uint64_t address,
			  enum ev_access access)
{
	struct ev_fault *seen = &incident->fault.seen;

	prepare_write(incident, EV_OBJECT_NONE);
	incident->subject = EV_SUBJECT_FAULT;
	incident->syscall.have = false;
	incident->signal.number = number;
	incident->signal.code = code;
	incident->fault.have = true;
	seen->flags = EV_FAULT_HAVE_ADDRESS | EV_FAULT_HAVE_MAPPINGS | EV_FAULT_HAVE_TRAP;
	seen->address = address;
	seen->access = access;
	seen->stack_limit = STACK_LIMIT;
	seen->stack_start = STACK_TOP - 256;
	seen->stack_gap = 256 * PAGE;
	incident->registers.have = true;
	incident->registers.sp = STACK_TOP - 2 * PAGE;
}

static struct ev_mapping mapping_of(uint64_t start, uint64_t pages, uint64_t flags)
{
	return (struct ev_mapping){ .start = start, .end = start + pages * PAGE, .flags = flags };
}

static void map_file(struct incident *incident, uint64_t size, uint64_t flags)
{
	struct ev_fault *seen = &incident->fault.seen;

	seen->at = mapping_of(seen->address & ~(uint64_t)(PAGE - 1), 4, flags);
	seen->at.inode = 90;
	seen->at.offset = 2 * PAGE;
	seen->at.file_size = size;
	incident->fault.path.have = true;
	strcpy(incident->fault.path.text, "/srv/cache");
}

static void trap_instruction(struct incident *incident)
{
	prepare_fault(incident, SIGTRAP, 0x80, 0, EV_ACCESS_UNKNOWN);
	incident->fault.seen.flags = EV_FAULT_HAVE_TRAP;
}

static void trap_step(struct incident *incident)
{
	trap_instruction(incident);
	incident->signal.code = 2;
}

static void division(struct incident *incident)
{
	prepare_fault(incident, SIGFPE, 1, 0x400100, EV_ACCESS_UNKNOWN);
}

static void floating_point(struct incident *incident)
{
	prepare_fault(incident, SIGFPE, 3, 0x400100, EV_ACCESS_UNKNOWN);
}

static void illegal(struct incident *incident)
{
	prepare_fault(incident, SIGILL, 2, 0x400100, EV_ACCESS_UNKNOWN);
}

static void bad_memory(struct incident *incident)
{
	prepare_fault(incident, SIGBUS, 4, 0x7f0000001000, EV_ACCESS_UNKNOWN);
}

static void misaligned(struct incident *incident)
{
	prepare_fault(incident, SIGBUS, 1, 0x7f0000001001, EV_ACCESS_READ);
}

static void misaligned_somewhere(struct incident *incident)
{
	misaligned(incident);
	incident->fault.seen.flags = EV_FAULT_HAVE_TRAP;
}

static void behind_file(struct incident *incident)
{
	prepare_fault(incident, SIGBUS, 2, 0x7f0000001010, EV_ACCESS_READ);
	map_file(incident, 100, SEEN_READ);
}

static void no_huge_page(struct incident *incident)
{
	prepare_fault(incident, SIGBUS, 2, 0x7f0000000000, EV_ACCESS_WRITE);
	map_file(incident, 1 << 24, SEEN_READ | SEEN_WRITE | 0x400000);
}

static void tmpfs_full(struct incident *incident)
{
	prepare_fault(incident, SIGBUS, 2, 0x7f0000001010, EV_ACCESS_WRITE);
	map_file(incident, 1 << 24, SEEN_READ | SEEN_WRITE);
	incident->fault.seen.flags |= EV_FAULT_HAVE_BLOCKS;
	incident->fault.seen.blocks_limit = incident->fault.seen.blocks_used = 1000;
}

static void tmpfs_nearly_full(struct incident *incident)
{
	tmpfs_full(incident);
	incident->fault.seen.blocks_used = 980;
}

static void tmpfs_half_full(struct incident *incident)
{
	tmpfs_full(incident);
	incident->fault.seen.blocks_limit = 100000;
}

static void tmpfs_half_full_read(struct incident *incident)
{
	tmpfs_half_full(incident);
	incident->fault.seen.access = EV_ACCESS_READ;
}

static void user_fault(struct incident *incident)
{
	prepare_fault(incident, SIGBUS, 2, 0x7f0000001010, EV_ACCESS_READ);
	incident->fault.seen.at = mapping_of(0x7f0000001000, 1, SEEN_READ | SEEN_WRITE | 0x200);
}

static void disk_error(struct incident *incident)
{
	prepare_fault(incident, SIGBUS, 2, 0x7f0000001010, EV_ACCESS_READ);
	map_file(incident, 1 << 24, SEEN_READ);
}

static void swap_error(struct incident *incident)
{
	user_fault(incident);
	incident->fault.seen.at.flags = SEEN_READ | SEEN_WRITE;
}

/* The stack of the main thread ends at ADDRESS + 16, and so does the stack pointer. */
static void main_stack(struct incident *incident, uint64_t address)
{
	struct ev_fault *seen = &incident->fault.seen;

	prepare_fault(incident, SIGSEGV, 1, address, EV_ACCESS_WRITE);
	seen->above = (struct ev_mapping){ .start = (address | (PAGE - 1)) + 1,
					   .end = STACK_TOP,
					   .flags = SEEN_READ | SEEN_WRITE | SEEN_GROWS_DOWN };
	incident->registers.sp = address + 8;
}

static void stack_limit(struct incident *incident)
{
	main_stack(incident, STACK_TOP - STACK_LIMIT - 8);
}

static void stack_gap(struct incident *incident)
{
	main_stack(incident, STACK_TOP - 100 * PAGE - 8);
	incident->fault.seen.below = mapping_of(STACK_TOP - 200 * PAGE, 4, SEEN_READ | SEEN_WRITE);
}

static void stack_growth(struct incident *incident)
{
	main_stack(incident, STACK_TOP - 100 * PAGE - 8);
}

/* Below the stack, but the stack pointer is not there. */
static void wild_below_stack(struct incident *incident)
{
	stack_limit(incident);
	incident->registers.sp = STACK_TOP - 2 * PAGE;
}

static void thread_guard(struct incident *incident)
{
	struct ev_fault *seen = &incident->fault.seen;

	prepare_fault(incident, SIGSEGV, 2, 0x7f0000000ff8, EV_ACCESS_WRITE);
	seen->at = mapping_of(0x7f0000000000, 1, 0);
	seen->above = mapping_of(0x7f0000001000, 2048, SEEN_READ | SEEN_WRITE);
	incident->registers.sp = 0x7f0000001000;
}

static void thread_marked_guard(struct incident *incident)
{
	prepare_fault(incident, SIGSEGV, 1, 0x7f0000000ff8, EV_ACCESS_WRITE);
	incident->fault.seen.at = mapping_of(0x7f0000000000, 2048, SEEN_READ | SEEN_WRITE);
	incident->registers.sp = 0x7f0000001000;
}

static void guard(struct incident *incident)
{
	thread_marked_guard(incident);
	incident->registers.sp = STACK_TOP - 2 * PAGE;
}

static void not_canonical(struct incident *incident)
{
	prepare_fault(incident, SIGSEGV, 0x80, 0, EV_ACCESS_UNKNOWN);
	incident->fault.seen.flags = EV_FAULT_HAVE_TRAP;
	incident->fault.seen.trap = 13;
}

static void stack_not_canonical(struct incident *incident)
{
	not_canonical(incident);
	incident->signal.number = SIGBUS;
	incident->fault.seen.trap = 12;
}

/* The kernel sent it for another reason: the number is that of an older exception. */
static void old_trap(struct incident *incident)
{
	not_canonical(incident);
	incident->fault.seen.trap = 14;
}

static void null_read(struct incident *incident)
{
	prepare_fault(incident, SIGSEGV, 1, 0x18, EV_ACCESS_READ);
}

static void null_call(struct incident *incident)
{
	prepare_fault(incident, SIGSEGV, 1, 0, EV_ACCESS_EXECUTE);
}

static void unmapped(struct incident *incident)
{
	prepare_fault(incident, SIGSEGV, 1, 0x7f0000001010, EV_ACCESS_READ);
	incident->fault.seen.below = mapping_of(0x7f0000000000, 1, SEEN_READ);
	incident->fault.seen.above = mapping_of(0x7f0000003000, 1, SEEN_READ);
}

static void kernel_address(struct incident *incident)
{
	prepare_fault(incident, SIGSEGV, 1, 0xffff888000000000, EV_ACCESS_READ);
}

static void forbidden(struct incident *incident, enum ev_access access, uint64_t flags)
{
	prepare_fault(incident, SIGSEGV, 2, 0x7f0000001010, access);
	incident->fault.seen.at = mapping_of(0x7f0000001000, 1, flags);
}

static void write_to_constant(struct incident *incident)
{
	prepare_fault(incident, SIGSEGV, 2, 0x7f0000001010, EV_ACCESS_WRITE);
	map_file(incident, 1 << 24, SEEN_READ);
}

static void jump_to_data(struct incident *incident)
{
	forbidden(incident, EV_ACCESS_EXECUTE, SEEN_READ | SEEN_WRITE);
}

static void read_nothing(struct incident *incident)
{
	forbidden(incident, EV_ACCESS_READ, 0);
}

static void protection_key(struct incident *incident)
{
	forbidden(incident, EV_ACCESS_READ, SEEN_READ | SEEN_WRITE);
	incident->signal.code = 4;
}

static void fault_of_other(struct incident *incident)
{
	prepare_fault(incident, SIGSEGV, 1, 0, EV_ACCESS_UNKNOWN);
	incident->fault.have = false;
}

static void prepare_abort(struct incident *incident, const char *message)
{
	sent_by_itself(incident);
	incident->subject = EV_SUBJECT_ABORT;
	incident->signal.number = SIGABRT;
	incident->abort.have = message;
	if (message)
		strcpy(incident->abort.message, message);
}

static void assertion(struct incident *incident)
{
	prepare_abort(incident, "server: server.c:37: main: Assertion `n > 0' failed.");
}

/* Another C library, which keeps no message. */
static void assertion_on_stack(struct incident *incident)
{
	static const struct stack stack = { .count = 3,
					    .frames = { { .symbol = "raise" },
							{ .symbol = "abort" },
							{ .symbol = "__assert_fail" } } };

	prepare_abort(incident, NULL);
	incident->stack = &stack;
}

static void double_free(struct incident *incident)
{
	prepare_abort(incident, "free(): double free detected in tcache 2");
}

static void smashed(struct incident *incident)
{
	prepare_abort(incident, "*** stack smashing detected ***: terminated");
}

static void overflowed(struct incident *incident)
{
	prepare_abort(incident, "*** buffer overflow detected ***: terminated");
}

static void aborted(struct incident *incident)
{
	prepare_abort(incident, NULL);
}
