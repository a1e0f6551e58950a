// SPDX-License-Identifier: GPL-2.0-or-later
#include "make_faults.h"

#include <signal.h>
#include <string.h>

static void begin(struct builder *builder, int number, int code)
{
	struct builder_fixed *incident = &builder->fixed;

	builder_begin(builder);
	incident->head.subject = EV_SUBJECT_FAULT;
	incident->signal.number = number;
	incident->signal.code = code;
	builder_have(builder, EV_BLOCK_CALL, false);
	builder_have(builder, EV_BLOCK_OBJECT, false);
	builder_have(builder, EV_BLOCK_DETAIL, false);
	incident->thread = (struct ev_thread){
		.abi = EV_ABI_X86_64,
		.register_count = 17,
		.ip = 0x55d0c0001149,
		.sp = 0x7ffd00001000,
		.registers = { [6] = 0x7ffd00001040, [7] = 0x7ffd00001000, [16] = 0x55d0c0001149 }
	};
}

static struct ev_fault access_of(uint64_t address, enum ev_access access)
{
	return (struct ev_fault){
		.flags = EV_FAULT_HAVE_ADDRESS | EV_FAULT_HAVE_MAPPINGS | EV_FAULT_HAVE_TRAP |
			 EV_FAULT_MAIN_THREAD,
		.address = address,
		.access = access,
		.trap = 14,
		.error_code = access == EV_ACCESS_WRITE ? 6 : 4,
		.stack_limit = 8 << 20,
		.stack_start = 0x7ffd00002000,
		.stack_gap = 1 << 20,
		.above = { .start = 0x55d0c0000000, .end = 0x55d0c0001000, .flags = 1, .inode = 7 },
	};
}

void make_faults(struct builder *builder, FILE *file)
{
	struct ev_fault fault = access_of(0x18, EV_ACCESS_READ);

	begin(builder, SIGSEGV, 1);
	builder_set_bytes(builder, EV_BLOCK_FAULT, &fault, sizeof(fault));
	builder_write(builder, file);

	fault = access_of(0x7f1000002010, EV_ACCESS_WRITE);
	fault.at = (struct ev_mapping){ .start = 0x7f1000000000,
					.end = 0x7f1000004000,
					.offset = 0x1000,
					.inode = 131079,
					.dev = 8u << 20 | 1,
					.flags = 0xb,
					.file_size = 100,
					.fs = 0xef53 };
	begin(builder, SIGBUS, 2);
	builder_set_bytes(builder, EV_BLOCK_FAULT, &fault, sizeof(fault));
	builder_set_path(builder, EV_BLOCK_FAULT_PATH, "/srv/app/a b\n\033[2J");
	builder_write(builder, file);

	/* Not canonical: the processor tells no address. */
	fault = (struct ev_fault){ .flags = EV_FAULT_HAVE_TRAP, .trap = 13, .stack_limit = ~0ULL };
	begin(builder, SIGSEGV, 0x80);
	builder_set_bytes(builder, EV_BLOCK_FAULT, &fault, sizeof(fault));
	builder_write(builder, file);
}

void make_aborts(struct builder *builder, FILE *file)
{
	static const char assertion[] =
		"server: main.c:7: serve: Assertion `text[0] != \"\033[31m\"' failed.\n";
	struct builder_fixed *incident = &builder->fixed;

	begin(builder, SIGABRT, -6);
	incident->head.subject = EV_SUBJECT_ABORT;
	incident->signal.origin = EV_ORIGIN_PROCESS;
	incident->sender = (struct ev_sender){ .pid = 812,
					       .tid = 815,
					       .uid = 1000,
					       .number = 234,
					       .abi = EV_ABI_X86_64,
					       .comm = "server" };
	builder_have(builder, EV_BLOCK_SENDER, true);
	builder_set_bytes(builder, EV_BLOCK_MESSAGE, assertion, sizeof(assertion));
	builder_write(builder, file);
}
