// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture_deaths.h"

#include <string.h>

#define SECOND UINT64_C(1000000000)
#define CORE_BIT 0x80

/* A crash of pid PID at the address 0, with what decides about its core. */
static void write_crash(struct builder *builder, FILE *file, uint32_t pid,
			const struct ev_core *core)
{
	struct builder_fixed *incident = &builder->fixed;

	builder_begin(builder);
	incident->head.subject = EV_SUBJECT_FAULT;
	incident->process.pid = incident->process.ns_pid = pid;
	incident->process.tid = incident->process.ns_tid = pid;
	incident->signal.number = 11;
	incident->signal.code = 1;
	incident->signal.flags = 0;
	builder_have(builder, EV_BLOCK_CALL, false);
	builder_have(builder, EV_BLOCK_OBJECT, false);
	builder_have(builder, EV_BLOCK_DETAIL, false);
	if (core)
		builder_set_bytes(builder, EV_BLOCK_CORE, core, sizeof(*core));
	builder_write(builder, file);
}

/* Of the last one that was written. */
static void write_end(const struct builder *builder, FILE *file, uint64_t number,
		      enum ev_core_given_up given_up, int status)
{
	const struct ev_process *process = &builder->fixed.process;
	struct ev_core_end end = {
		.header = { .kind = EV_KIND_END,
			    .version = EV_VERSION,
			    .size = sizeof(end),
			    .time_ns = BUILDER_EVENT_NS + 2 * SECOND },
		.number = number,
		.incident_ns = BUILDER_EVENT_NS,
		.start_boot_ns = process->start_boot_ns,
		.pid = process->pid,
		.signal = 11,
		.uid = process->uid,
		.status = status,
		.given_up = given_up,
	};

	memcpy(end.comm, process->comm, sizeof(end.comm));
	fwrite(&end, sizeof(end), 1, file);
}

void deaths_with_cores(struct builder *builder, FILE *file)
{
	struct ev_core core = {
		.limit = UINT64_MAX,
		.dumpable = EV_DUMPABLE_YES,
		.flags = EV_CORE_PATTERN,
		.pattern = "/var/core/core.%p.%s",
	};

	write_crash(builder, file, 812, &core);
	write_end(builder, file, 1, EV_CORE_SEEN, 11 | CORE_BIT);
	/* A name that is relative, and whose end is not known. */
	core.uses_pid = 1;
	strcpy(core.pattern, "core");
	write_crash(builder, file, 813, &core);
	write_end(builder, file, 2, EV_CORE_RUN_ENDED, 0);
	core.flags |= EV_CORE_WRITING;
	strcpy(core.pattern,
	       "|/usr/lib/systemd/systemd-coredump %P %u %g %s %t 9223372036854775808 %h");
	write_crash(builder, file, 814, &core);
	write_end(builder, file, 3, EV_CORE_SEEN, 11);
	/* Known at once. */
	core.flags = EV_CORE_PATTERN | EV_CORE_EXITED;
	core.status = 11 | CORE_BIT;
	core.end_ns = BUILDER_EVENT_NS + 1;
	write_crash(builder, file, 815, &core);
	core.flags = EV_CORE_PATTERN;
	core.limit = 0;
	strcpy(core.pattern, "core.%t");
	write_crash(builder, file, 816, &core);
	/* From the file before this one. */
	write_end(builder, file, 7, EV_CORE_SEEN, 11 | CORE_BIT);
	/* An older sigpath. */
	write_crash(builder, file, 817, NULL);
}

/* LOGGER is killed by pid 700, and then `yes` writes into its pipe. */
void deaths_that_are_related(struct builder *builder, FILE *file)
{
	struct builder_fixed *incident = &builder->fixed;
	const struct ev_closer closer = {
		.time_ns = BUILDER_EVENT_NS + 300000,
		.start_boot_ns = UINT64_C(900000000000),
		.pid = 4321,
		.tid = 4321,
		.flags = EV_CLOSER_EXITED,
		.exit_code = 9,
		.comm = "logger",
	};

	builder_begin(builder);
	incident->head.subject = EV_SUBJECT_SENT;
	incident->process.pid = incident->process.tid = closer.pid;
	incident->process.start_boot_ns = closer.start_boot_ns;
	memcpy(incident->process.comm, closer.comm, EV_COMM_LEN);
	memcpy(incident->process.thread_comm, closer.comm, EV_COMM_LEN);
	incident->signal.number = 9;
	incident->signal.origin = EV_ORIGIN_PROCESS;
	incident->signal.flags = EV_SIGNAL_GROUP;
	builder_have(builder, EV_BLOCK_SENDER, true);
	incident->sender = (struct ev_sender){ .pid = 700, .tid = 700, .comm = "supervisor" };
	builder_have(builder, EV_BLOCK_OBJECT, false);
	builder_have(builder, EV_BLOCK_DETAIL, false);
	builder_write(builder, file);

	builder_begin(builder);
	builder_have(builder, EV_BLOCK_EVIDENCE, true);
	incident->head.header.time_ns = BUILDER_EVENT_NS + 500000;
	incident->object = (struct ev_object){
		.type = EV_OBJECT_PIPE,
		.mode = 010600,
		.inode = 16356,
		.pipe = { .writers = 1, .r_counter = 1, .w_counter = 1 },
	};
	incident->evidence = (struct ev_history){ .watched_since_ns = BUILDER_EVENT_NS - SECOND,
						  .watched = EV_WATCHED_RELEASES,
						  .peer = closer };
	builder_write(builder, file);
	/* Another process with the same number. */
	incident->evidence.peer.start_boot_ns++;
	builder_write(builder, file);
}

/* The kernel chose pid 700 of a cgroup, and killed PID with it or as that one. */
static void write_oom(struct builder *builder, FILE *file, uint32_t pid, const char *comm)
{
	struct builder_fixed *incident = &builder->fixed;
	struct ev_memory memory = {
		.resident = (uint64_t)pid << 20,
		.cgroup_id = 77,
		.limit_cgroup_id = 77,
		.cgroup_limit = UINT64_C(1) << 30,
		.cgroup_usage = UINT64_C(1) << 30,
		.flags = EV_MEMORY_OF_CGROUP | EV_MEMORY_GROUP | EV_MEMORY_HAVE_SIZE |
			 EV_MEMORY_HAVE_CGROUP | (pid == 700 ? 0 : EV_MEMORY_ALONG),
		.trigger_pid = 700,
		.trigger_comm = "hog",
		.chosen_pid = 700,
		.chosen_start_boot_ns = UINT64_C(900000000000),
		.chosen_comm = "hog",
		.limit_cgroup = "web.service",
	};

	builder_begin(builder);
	incident->head.subject = EV_SUBJECT_OOM;
	incident->process.pid = incident->process.tid = pid;
	incident->process.start_boot_ns = memory.chosen_start_boot_ns + pid - 700;
	memset(incident->process.comm, 0, EV_COMM_LEN);
	memset(incident->process.thread_comm, 0, EV_COMM_LEN);
	strcpy(incident->process.comm, comm);
	strcpy(incident->process.thread_comm, comm);
	incident->signal.number = 9;
	incident->signal.flags = EV_SIGNAL_GROUP | EV_SIGNAL_NO_INFO;
	incident->signal.place = EV_PLACE_OOM;
	incident->signal.placed = EV_PLACED_COMPARED;
	builder_have(builder, EV_BLOCK_CALL, false);
	builder_have(builder, EV_BLOCK_OBJECT, false);
	builder_have(builder, EV_BLOCK_DETAIL, false);
	builder_set_bytes(builder, EV_BLOCK_MEMORY, &memory, sizeof(memory));
	builder_write(builder, file);
}

/* The chosen one dies when it is back from the kernel: after the first of the others. */
void deaths_together(struct builder *builder, FILE *file)
{
	write_oom(builder, file, 701, "worker");
	write_oom(builder, file, 700, "hog");
	write_oom(builder, file, 702, "worker");
}
