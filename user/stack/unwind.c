// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unwind frame by frame: by call frame information, or else by layouts that the kernel or the ABI
 * defines. Nothing is guessed.
 */
#include "unwind.h"

#include <errno.h>
#include <string.h>

#include "cfi.h"
#include "fallback.h"
#include "maps.h"

/* How far outside of the snapshot an address is still part of the same stack. */
#define SAME_STACK_BYTES (8u << 20)

struct progress {
	struct space *space;
	const struct snapshot *snapshot;
	struct machine machine;
	struct unwound *unwound;
	bool is_exact; /* the pc is the interrupted instruction, not a return address */
	bool last_was_signal;
	uint64_t floor;	     /* the frame is above this: the stack pointer, if known */
	uint64_t record_end; /* of the frame record that this step used; 0: none */
	unsigned int cfi_steps, pointer_steps;
};

struct module *space_find(struct space *space, uint64_t address, size_t *ret_index)
{
	const struct snapshot_module *mapping = maps_find(space->mappings, space->count, address);
	struct module *module;

	*ret_index = SIZE_MAX;
	if (!mapping)
		return NULL;
	*ret_index = (size_t)(mapping - space->mappings);
	module = &space->modules[*ret_index];
	if (!module->tried) {
		module->tried = true;
		space->load(space, *ret_index);
	}
	space->enter(space, *ret_index);
	return module;
}

static uint64_t value_of(const struct progress *progress, unsigned int number)
{
	const struct registers *registers = &progress->machine.registers;

	return registers_know(registers, number) ? registers->value[number] : 0;
}

/* The bits that pointer authentication puts above an address of 48 bits. */
static uint64_t strip(const struct progress *progress, uint64_t pc)
{
	switch (progress->machine.abi->abi) {
	case EV_ABI_AARCH64:
		return pc & UINT64_C(0xffffffffffff);
	case EV_ABI_I386:
		return (uint32_t)pc;
	default:
		return pc;
	}
}

static int stop(struct progress *progress, enum reason reason)
{
	progress->unwound->reason = reason;
	return -ENOENT;
}

static int stop_complete(struct progress *progress)
{
	progress->unwound->complete = true;
	return -ENOENT;
}

/* Why a step found no memory. */
static int stop_at_memory(struct progress *progress)
{
	const struct stack_memory *memory = &progress->machine.memory;
	uint64_t sp = progress->floor, end = memory->start + memory->size;

	if (sp < memory->start || (sp > end && sp - end > SAME_STACK_BYTES))
		return stop(progress, REASON_ELSEWHERE);
	return stop(progress,
		    progress->snapshot->stack_truncated ? REASON_SHORT : REASON_ELSEWHERE);
}

static size_t read_code(const struct module *module, uint64_t address, void *buffer, size_t size)
{
	if (!module || !module->image)
		return 0;
	return elf_file_read_code(image_elf(module->image), address - module->bias, buffer, size);
}

/* Does the code before PC call the function of the innermost frame? */
static bool is_called_from(struct progress *progress, const struct module *leaf, uint64_t leaf_pc,
			   uint64_t pc)
{
	struct module *module;
	unsigned char code[8];
	const char *name;
	uint64_t start;
	size_t index;

	if (!leaf || !leaf->image ||
	    image_find_function(leaf->image, leaf_pc - leaf->bias, progress->space->deadline,
				&start, &name))
		return false;
	module = space_find(progress->space, pc - 1, &index);
	if (read_code(module, pc - sizeof(code), code, sizeof(code)) != sizeof(code))
		return false;
	return fallback_is_call_of(progress->machine.abi, code, sizeof(code), pc,
				   start + leaf->bias);
}

static bool is_in_go_function(struct progress *progress, const struct module *module, uint64_t pc,
			      const char *prefix)
{
	const char *name;
	uint64_t start;

	return module && module->image && image_is_go(module->image) &&
	       !image_find_function(module->image, pc - 1 - module->bias, progress->space->deadline,
				    &start, &name) &&
	       !strncmp(name, prefix, strlen(prefix));
}

/*
 * If the frame pointer register held something else, no call precedes the address that it leads to.
 */
static bool is_return_address(struct progress *progress, uint64_t pc)
{
	unsigned char code[8];
	size_t index, length = sizeof(code);
	struct module *module;

	pc = strip(progress, pc);
	module = space_find(progress->space, pc - 1, &index);
	if (!module)
		return false;
	/* Code that is not in a file cannot be checked. */
	if (read_code(module, pc - length, code, length) != length)
		return true;
	/*
	 * A goroutine starts as if runtime.goexit had called its function. There was no such call.
	 */
	return fallback_ends_with_call(progress->machine.abi, code, length) ||
	       is_in_go_function(progress, module, pc, "runtime.goexit");
}

/*
 * A function that keeps no frame pointer leaves that of a caller, and a step by it skips frames.
 * That happened if the call at the destination goes to another file than MODULE, the file of this
 * frame. Within one file a tail call looks the same.
 */
static bool skips_frames(struct progress *progress, const struct module *module, uint64_t pc)
{
	unsigned char code[8];
	size_t index;
	struct module *caller, *called;
	uint64_t target;

	pc = strip(progress, pc);
	caller = space_find(progress->space, pc - 1, &index);
	if (read_code(caller, pc - sizeof(code), code, sizeof(code)) != sizeof(code) ||
	    fallback_call_target(progress->machine.abi, code, sizeof(code), pc, &target))
		return false;
	called = space_find(progress->space, target, &index);
	return called && called->image && called != module &&
	       (!module || called->image != module->image) &&
	       !image_is_plt(called->image, target - called->bias);
}

/* 0; -ENOENT: no way on, and the reason is set. */
static int step_without_cfi(struct progress *progress, const struct module *module, uint64_t pc,
			    struct registers *ret_caller)
{
	const struct machine *machine = &progress->machine;
	struct registers caller;
	int error;

	/* Otherwise the frame of the caller would be taken for the frame of this leaf. */
	if (progress->is_exact && !fallback_leaf(machine, &caller) &&
	    is_called_from(progress, module, pc, caller.value[machine->abi->pc])) {
		*ret_caller = caller;
		progress->pointer_steps++;
		return 0;
	}
	error = fallback_frame_pointer(machine, &caller);
	if (error == -ENOENT && progress->pointer_steps)
		return stop_complete(progress);
	if (!error && progress->pointer_steps && !caller.value[machine->abi->pc])
		return stop_complete(progress);
	if (error || !is_return_address(progress, caller.value[machine->abi->pc]) ||
	    skips_frames(progress, module, caller.value[machine->abi->pc]))
		return stop(progress, !module ? REASON_NO_MODULE : module->why ?: REASON_NO_CFI);
	*ret_caller = caller;
	progress->pointer_steps++;
	progress->record_end = value_of(progress, machine->abi->fp) + 2 * machine->abi->word_bytes;
	return 0;
}

static int step_by_cfi(struct progress *progress, const struct module *module, uint64_t lookup,
		       struct registers *ret_caller, struct cfi_step *ret_step)
{
	int error = -ENOENT;
	Dwarf_CFI *cfi;

	for (unsigned int i = 0;
	     error == -ENOENT && module && module->image && (cfi = image_cfi(module->image, i));
	     i++)
		error = cfi_step(cfi, lookup - module->bias, &progress->machine, ret_caller,
				 ret_step);
	return error;
}

static bool is_vdso(const struct progress *progress, size_t mapping)
{
	return mapping != SIZE_MAX && !strcmp(progress->space->mappings[mapping].path, "[vdso]");
}

static void note_signal(struct progress *progress)
{
	progress->last_was_signal = true;
	progress->unwound->frames[progress->unwound->count - 1].symbol = "<signal handler called>";
}

/* From the frame at PC to its caller. 0; -ENOENT: the end, said in the result. */
static int step(struct progress *progress, uint64_t pc, uint64_t lookup, size_t mapping,
		const struct module *module, struct registers *ret_caller)
{
	const struct machine *machine = &progress->machine;
	struct code_bytes code;
	struct cfi_step how;
	int error;

	progress->last_was_signal = false;
	progress->record_end = 0;
	code.length = read_code(module, pc, code.bytes, sizeof(code.bytes));
	error = fallback_signal_frame(machine, &code, ret_caller);
	if (error == -ENOENT && !progress->is_exact && machine->abi->abi == EV_ABI_I386 &&
	    is_vdso(progress, mapping))
		error = fallback_vdso32_signal(machine, ret_caller);
	if (error != -ENOENT) {
		note_signal(progress);
		return error ? stop_at_memory(progress) : 0;
	}
	if (progress->is_exact && machine->abi->abi == EV_ABI_I386 && is_vdso(progress, mapping)) {
		progress->unwound->frames[progress->unwound->count - 1].symbol =
			"__kernel_vsyscall";
		progress->cfi_steps++;
		return fallback_vdso32_syscall(machine, ret_caller) ? stop_at_memory(progress) : 0;
	}
	/*
	 * It switched from the goroutine's stack to the thread's stack; its CFI does not describe
	 * that.
	 */
	if (!progress->is_exact && is_in_go_function(progress, module, pc, "runtime.asmcgocall"))
		return stop(progress, REASON_ELSEWHERE);
	error = step_by_cfi(progress, module, lookup, ret_caller, &how);
	if (error == -ENOENT ||
	    (error == -EFAULT && !registers_know(&machine->registers, machine->abi->sp)))
		return step_without_cfi(progress, module, pc, ret_caller);
	if (error)
		return error == -EFAULT ? stop_at_memory(progress) : stop(progress, REASON_CORRUPT);
	progress->cfi_steps++;
	if (how.is_signal_frame)
		note_signal(progress);
	return how.is_outermost ? stop_complete(progress) : 0;
}

/* Takes the caller's registers over. */
static int advance(struct progress *progress, const struct registers *caller)
{
	const struct machine_abi *abi = progress->machine.abi;
	bool may_stay = progress->is_exact && abi->link != MACHINE_NO_REGISTER;
	uint64_t floor = progress->record_end;

	if (!registers_know(caller, abi->pc) || !strip(progress, caller->value[abi->pc]))
		return stop_complete(progress);
	/* A stack grows downwards; a signal may have come on another one. */
	if (registers_know(caller, abi->sp))
		floor = caller->value[abi->sp];
	if (!progress->last_was_signal &&
	    (floor < progress->floor || (floor == progress->floor && !may_stay)))
		return stop(progress, REASON_LOOP);
	progress->floor = floor;
	progress->machine.registers = *caller;
	progress->is_exact = progress->last_was_signal;
	return 0;
}

static int one_frame(struct progress *progress)
{
	struct unwound *unwound = progress->unwound;
	uint64_t pc = strip(progress, value_of(progress, progress->machine.abi->pc));
	uint64_t lookup = progress->is_exact ? pc : pc - 1;
	struct registers caller;
	struct module *module;
	size_t mapping;
	int error;

	if (deadline_is_over(progress->space->deadline))
		return stop(progress, REASON_TIME);
	if (unwound->count == STACK_FRAMES_MAX)
		return stop(progress, REASON_FULL);
	module = space_find(progress->space, lookup, &mapping);
	if (!module && unwound->count)
		return stop(progress, progress->space->truncated ? REASON_NO_MODULE_TRUNCATED
								 : REASON_NO_MODULE);
	unwound->frames[unwound->count++] = (struct unwound_frame){ pc, lookup, mapping, NULL };
	error = step(progress, pc, lookup, mapping, module, &caller);
	return error ? error : advance(progress, &caller);
}

static void set_registers(struct progress *progress)
{
	const struct machine_abi *abi = progress->machine.abi;

	for (unsigned int i = 0; i < abi->register_count; i++) {
		uint64_t value = progress->snapshot->registers[i];

		registers_set(&progress->machine.registers, i,
			      abi->word_bytes == 4 ? (uint32_t)value : value);
	}
}

void unwind(struct space *space, const struct snapshot *snapshot, struct unwound *ret_unwound)
{
	struct progress progress = {
		.space = space,
		.snapshot = snapshot,
		.machine = {
			.abi = machine_find_abi(snapshot->abi),
			.memory = { snapshot->sp, snapshot->stack, snapshot->stack_size },
		},
		.unwound = ret_unwound,
		.is_exact = true,
	};

	memset(ret_unwound, 0, offsetof(struct unwound, frames));
	if (!progress.machine.abi) {
		ret_unwound->reason = REASON_ABI;
		return;
	}
	set_registers(&progress);
	progress.floor = value_of(&progress, progress.machine.abi->sp);
	while (!one_frame(&progress))
		;
	if (progress.cfi_steps)
		ret_unwound->method = progress.pointer_steps ? STACK_METHOD_MIXED
							     : STACK_METHOD_DWARF;
	else if (progress.pointer_steps)
		ret_unwound->method = STACK_METHOD_FRAME_POINTER;
}
