// SPDX-License-Identifier: GPL-2.0-or-later
#include "make_kills.h"

#include <signal.h>

static void begin(struct builder *builder, enum ev_subject subject, int number, enum ev_place place)
{
	struct builder_fixed *incident = &builder->fixed;

	builder_begin(builder);
	incident->head.subject = subject;
	incident->signal.number = number;
	incident->signal.place = place;
	incident->signal.placed = EV_PLACED_COMPARED;
	builder_have(builder, EV_BLOCK_THREAD, false);
	builder_have(builder, EV_BLOCK_CALL, false);
	builder_have(builder, EV_BLOCK_OBJECT, false);
	builder_have(builder, EV_BLOCK_DETAIL, false);
}

static void cpu_time(struct builder *builder, FILE *file)
{
	const struct ev_limit limit = {
		.soft = 2,
		.hard = 2,
		.used = UINT64_C(2004000000),
		.flags = EV_LIMIT_HARD | EV_LIMIT_HAVE_USED,
		.kind = EV_LIMIT_CPU,
	};

	begin(builder, EV_SUBJECT_LIMIT, SIGKILL, EV_PLACE_CPU_TIMER);
	builder_set_bytes(builder, EV_BLOCK_LIMIT, &limit, sizeof(limit));
	builder_write(builder, file);
}

static void memory(struct builder *builder, FILE *file, uint32_t flags, uint64_t limit_id)
{
	const struct ev_memory memory = {
		.resident = 18 << 20,
		.tables = 80 << 10,
		.cgroup_id = 5123,
		.cgroup_limit = 20 << 20,
		.cgroup_usage = 20 << 20,
		.limit_cgroup_id = limit_id,
		.flags = flags | EV_MEMORY_HAVE_SIZE,
		.trigger_pid = 812,
		.trigger_uid = 1000,
		.trigger_comm = "server",
		.limit_cgroup = "server.service",
	};

	begin(builder, EV_SUBJECT_OOM, SIGKILL, EV_PLACE_OOM);
	builder_set_bytes(builder, EV_BLOCK_MEMORY, &memory, sizeof(memory));
	builder_write(builder, file);
}

static void filter(struct builder *builder, FILE *file)
{
	const struct ev_seccomp seccomp = {
		.ip = 0x7f393f38138f,
		.number = 83,
		.arch = 0xc000003e,
		.filters = 1,
		.mode = 2,
		.action = EV_SECCOMP_KILL_PROCESS,
		.abi = EV_ABI_X86_64,
	};

	begin(builder, EV_SUBJECT_SECCOMP, SIGSYS, EV_PLACE_SECCOMP);
	builder->fixed.signal.code = 1;
	builder_have(builder, EV_BLOCK_CALL, true);
	builder->fixed.call = (struct ev_syscall){ .flags_present = EV_SYSCALL_HAVE,
						   .fd = -1,
						   .fd_status = EV_FD_NOT_A_WRITE,
						   .number = 83,
						   .abi = EV_ABI_X86_64,
						   .args = { 0x7ffc00001000, 0755 } };
	builder_set_bytes(builder, EV_BLOCK_SECCOMP, &seccomp, sizeof(seccomp));
	builder_write(builder, file);
}

static void namespace_end(struct builder *builder, FILE *file)
{
	const struct ev_namespace init = {
		.start_boot_ns = UINT64_C(799000000000),
		.pid = 700,
		.status = 3 << 8,
		.inode = 4026532251u,
		.comm = "tini",
	};

	begin(builder, EV_SUBJECT_NAMESPACE_END, SIGKILL, EV_PLACE_NAMESPACE);
	builder_set_bytes(builder, EV_BLOCK_NAMESPACE, &init, sizeof(init));
	builder_write(builder, file);
}

void make_kills(struct builder *builder, FILE *file)
{
	cpu_time(builder, file);
	memory(builder, file, EV_MEMORY_OF_CGROUP | EV_MEMORY_HAVE_CGROUP, 5123);
	memory(builder, file, EV_MEMORY_OF_HOST, 0);
	filter(builder, file);
	namespace_end(builder, file);
}
