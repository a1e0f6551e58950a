/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "capture_builder.h"

/* The machine had been up for 1000 s at 2026-11-21T14:03:22.117004518Z. */
#define EVENT_NS UINT64_C(1000117004518)
#define EVENT_REALTIME_NS INT64_C(1795269802117004518)

void capture_write_session(FILE *file)
{
	struct ev_session session = {
		.magic = EV_SESSION_MAGIC,
		.size = sizeof(session),
		.version = EV_VERSION,
		.id = 0x5f0c2a91,
		.hz = 250,
		.realtime_offset_ns = EVENT_REALTIME_NS - (int64_t)EVENT_NS,
		.boottime_offset_ns = EVENT_REALTIME_NS - (int64_t)EVENT_NS,
		.release = "6.12.0-amd64",
		.machine = "x86_64",
	};

	fwrite(&session, sizeof(session), 1, file);
}

/* Not inlined: gcc 12 would take the union's first member for all there is to write to. */
__attribute__((noinline)) static void append(struct builder *builder, struct ev_span *span,
					     const void *bytes, size_t size)
{
	if (!span->offset) {
		span->offset = builder->size;
		span->length = 0;
	}
	if (builder->size + size > sizeof(builder->bytes))
		abort();
	memcpy(builder->bytes + builder->size, bytes, size);
	builder->size += size;
	span->length += size;
}

void builder_set_path(struct builder *builder, struct ev_span *span, const char *path)
{
	const char *end;

	memset(span, 0, sizeof(*span));
	append(builder, span, "", 0);
	if (!path) {
		span->flags = EV_SPAN_UNREAD;
		return;
	}
	/* Components from the leaf to the root, as the kernel side walks the tree. */
	for (end = path + strlen(path); end > path;) {
		const char *start = end;

		while (start > path && start[-1] != '/')
			start--;
		if (start < end) {
			append(builder, span, start, end - start);
			append(builder, span, "", 1);
		}
		end = start > path ? start - 1 : path;
	}
}

void builder_set_cmdline(struct builder *builder, const char *args, size_t size)
{
	memset(&builder->fixed.cmdline, 0, sizeof(builder->fixed.cmdline));
	append(builder, &builder->fixed.cmdline, args, size);
}

void builder_begin(struct builder *builder)
{
	static const char cmdline[] = "./server\0--port\0"
				      "8088";
	struct ev_incident *incident = &builder->fixed;

	memset(builder, 0, sizeof(*builder));
	builder->size = sizeof(*incident);
	incident->header = (struct ev_header){
		.kind = EV_KIND_INCIDENT, .version = EV_VERSION, .cpu = 1, .time_ns = EVENT_NS
	};
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
	incident->syscall = (struct ev_syscall){
		.flags_present = EV_SYSCALL_HAVE | EV_SYSCALL_HAVE_BYTES,
		.number = 1,
		.abi = EV_ABI_X86_64,
		.fd = 7,
		.bytes = 14,
		.args = { 7, 0x7ffc00001000, 14 },
		.ip = 0x7f393f38138f,
		.sp = 0x7ffc00000f00,
	};
	builder_set_path(builder, &incident->exe, "/srv/app/server");
	builder_set_cmdline(builder, cmdline, sizeof(cmdline));
	builder_set_path(builder, &incident->cgroup, "/system.slice/server.service");
	builder_set_path(builder, &incident->path, "/");
	/* No stack was asked for. */
	append(builder, &incident->kernel_stack, "", 0);
	append(builder, &incident->stack, "", 0);
	append(builder, &incident->modules, "", 0);
}

void builder_write(struct builder *builder, FILE *file)
{
	builder->fixed.header.size = builder->size;
	fwrite(builder->bytes, builder->size, 1, file);
}
