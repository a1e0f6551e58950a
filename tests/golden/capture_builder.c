/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "capture_builder.h"

void capture_write_session(FILE *file)
{
	struct ev_session session = {
		.magic = EV_SESSION_MAGIC,
		.size = sizeof(session),
		.version = EV_VERSION,
		.id = 0x5f0c2a91,
		.hz = 250,
		.realtime_offset_ns = BUILDER_CLOCK_OFFSET_NS,
		.boottime_offset_ns = BUILDER_CLOCK_OFFSET_NS,
		.release = "6.12.0-amd64",
		.machine = "x86_64",
		.host = "web-12",
	};

	fwrite(&session, sizeof(session), 1, file);
}

/* Where builder_fixed has the blocks of fixed size. */
static const struct ev_span places[EV_BLOCKS] = {
#define PLACE(member)                                               \
	{                                                           \
		offsetof(struct builder_fixed, member),             \
			sizeof(((struct builder_fixed *)0)->member) \
	}
	[EV_BLOCK_SIGNAL] = PLACE(signal),
	[EV_BLOCK_PROCESS] = PLACE(process),
	[EV_BLOCK_THREAD] = PLACE(thread),
	[EV_BLOCK_CALL] = PLACE(call),
	[EV_BLOCK_EVIDENCE] = PLACE(evidence),
	[EV_BLOCK_SENDER] = PLACE(sender),
	[EV_BLOCK_OBJECT] = { offsetof(struct builder_fixed, object), EV_OBJECT_COMMON_SIZE },
	[EV_BLOCK_DETAIL] = { offsetof(struct builder_fixed, object) + EV_OBJECT_COMMON_SIZE,
			      EV_OBJECT_DETAIL_SIZE },
};

void builder_have(struct builder *builder, enum ev_block block, bool have)
{
	builder->fixed.head.block[block] = have ? places[block] : (struct ev_span){ 0 };
}

/* Not inlined: gcc 12 would take the union's first member for all there is to write to. */
__attribute__((noinline)) static void append(struct builder *builder, enum ev_block block,
					     const void *bytes, size_t size)
{
	if (builder->size + size > sizeof(builder->bytes))
		abort();
	memcpy(builder->bytes + builder->size, bytes, size);
	builder->size += size;
	builder->fixed.head.block[block].length += size;
}

void builder_set_bytes(struct builder *builder, enum ev_block block, const void *bytes, size_t size)
{
	builder->fixed.head.block[block] = (struct ev_span){ .offset = builder->size };
	append(builder, block, bytes, size);
}

void builder_set_path(struct builder *builder, enum ev_block block, const char *path)
{
	const char *end;

	builder_set_bytes(builder, block, "", 0);
	if (!path) {
		builder->fixed.head.block[block].flags = EV_SPAN_UNREAD;
		return;
	}
	/* Components from the leaf to the root, as the kernel side walks the tree. */
	for (end = path + strlen(path); end > path;) {
		const char *start = end;

		while (start > path && start[-1] != '/')
			start--;
		if (start < end) {
			append(builder, block, start, end - start);
			append(builder, block, "", 1);
		}
		end = start > path ? start - 1 : path;
	}
}

void builder_set_cmdline(struct builder *builder, const char *args, size_t size)
{
	builder_set_bytes(builder, EV_BLOCK_CMDLINE, args, size);
}

static void set_head(struct ev_incident *head)
{
	head->header = (struct ev_header){ .kind = EV_KIND_INCIDENT,
					   .version = EV_VERSION,
					   .cpu = 1,
					   .time_ns = BUILDER_EVENT_NS };
	head->subject = EV_SUBJECT_WRITE;
	head->block_count = EV_BLOCKS;
}

void builder_begin(struct builder *builder)
{
	static const char cmdline[] = "./server\0--port\0"
				      "8088";
	struct builder_fixed *incident = &builder->fixed;

	memset(builder, 0, sizeof(*builder));
	builder->size = sizeof(*incident);
	set_head(&incident->head);
	for (int block = EV_BLOCK_SIGNAL; block <= EV_BLOCK_DETAIL; block++)
		builder_have(builder, block, true);
	incident->signal = (struct ev_signal){
		.number = 13,
		.flags = EV_SIGNAL_NO_INFO,
		.origin = EV_ORIGIN_KERNEL,
		.disposition = EV_DISPOSITION_DEFAULT,
		.result = EV_RESULT_DELIVERED,
		.outcome = EV_OUTCOME_KILLED,
	};
	incident->process = (struct ev_process){
		.pid = 812,
		.tid = 815,
		.ppid = 800,
		.ns_pid = 812,
		.ns_tid = 815,
		.pid_ns = 4026531836u,
		.net_ns = 4026531840u,
		.mnt_ns = 4026531841u,
		.uid = 1000,
		.gid = 1000,
		.start_boot_ns = 800000000000,
		.cgroup_id = 5123,
		.exe_inode = 131077,
		.exe_dev = 8u << 20 | 1,
		.comm = "server",
		.thread_comm = "worker-3",
		.parent_comm = "bash",
	};
	incident->call = (struct ev_syscall){
		.flags_present = EV_SYSCALL_HAVE | EV_SYSCALL_HAVE_BYTES,
		.number = 1,
		.abi = EV_ABI_X86_64,
		.fd = 7,
		.bytes = 14,
		.args = { 7, 0x7ffc00001000, 14 },
	};
	incident->thread = (struct ev_thread){
		.abi = EV_ABI_X86_64,
		.register_count = 17,
		.ip = 0x7f393f38138f,
		.sp = 0x7ffc00000f00,
		.registers = { [7] = 0x7ffc00000f00, [16] = 0x7f393f38138f },
	};
	builder_set_path(builder, EV_BLOCK_EXE, "/srv/app/server");
	builder_set_cmdline(builder, cmdline, sizeof(cmdline));
	builder_set_path(builder, EV_BLOCK_CGROUP, "/system.slice/server.service");
}

void builder_write(struct builder *builder, FILE *file)
{
	builder->fixed.head.header.size = builder->size;
	fwrite(builder->bytes, builder->size, 1, file);
}
