// SPDX-License-Identifier: GPL-2.0-or-later
#include "make_sent.h"

/* SIGTERM from another process, after which nothing of the command line could be read. */
static void sent_by_process_begin(struct builder *builder)
{
	struct builder_fixed *incident = &builder->fixed;

	builder_begin(builder);
	incident->signal = (struct ev_signal){
		.number = 15,
		.flags = EV_SIGNAL_GROUP,
		.origin = EV_ORIGIN_PROCESS,
		.disposition = EV_DISPOSITION_DEFAULT,
		.outcome = EV_OUTCOME_KILLED,
	};
	incident->sender = (struct ev_sender){
		.pid = 990,
		.tid = 990,
		.uid = 0,
		.number = 62,
		.abi = EV_ABI_X86_64,
		.comm = "kill-script",
	};
	incident->head.subject = EV_SUBJECT_SENT;
	builder_have(builder, EV_BLOCK_SENDER, true);
	builder_have(builder, EV_BLOCK_THREAD, false);
	builder_have(builder, EV_BLOCK_CALL, false);
	builder_have(builder, EV_BLOCK_OBJECT, false);
	builder_have(builder, EV_BLOCK_DETAIL, false);
	incident->process.tid = incident->process.ns_tid = 812;
	builder_set_path(builder, EV_BLOCK_CMDLINE, NULL);
}

void make_sent(struct builder *builder, FILE *file)
{
	sent_by_process_begin(builder);
	builder_write(builder, file);
}

/* What sigpath adds of the sender. */
static const struct ev_peer systemd = {
	.pid = 1,
	.start_boot_ns = UINT64_C(4000000),
	.flags = EV_PEER_LIVES,
	.exe_length = 24,
	.exe = "systemd\0systemd\0lib\0usr",
	.cmdline_length = 11,
	.cmdline = "/sbin/init",
	.cgroup_length = 11,
	.cgroup = "init.scope",
};

/* The service ignores SIGTERM, so systemd kills it after TimeoutStopSec=. */
static void stop_timeout(struct builder *builder, FILE *file)
{
	struct builder_fixed *incident = &builder->fixed;

	builder_begin(builder);
	incident->signal = (struct ev_signal){
		.number = 9,
		.flags = EV_SIGNAL_GROUP,
		.origin = EV_ORIGIN_PROCESS,
		.disposition = EV_DISPOSITION_DEFAULT,
		.outcome = EV_OUTCOME_KILLED,
	};
	incident->sender = (struct ev_sender){
		.pid = systemd.pid,
		.tid = systemd.pid,
		.number = 424,
		.abi = EV_ABI_X86_64,
		.comm = "systemd",
		.start_boot_ns = systemd.start_boot_ns,
		.stop = { .time_ns = BUILDER_EVENT_NS - UINT64_C(90001200000),
			  .start_boot_ns = systemd.start_boot_ns,
			  .pid = systemd.pid,
			  .number = 15,
			  .disposition = EV_DISPOSITION_IGNORE,
			  .outcome = EV_OUTCOME_IGNORED,
			  .comm = "systemd" },
	};
	incident->head.subject = EV_SUBJECT_SENT;
	builder_have(builder, EV_BLOCK_SENDER, true);
	builder_have(builder, EV_BLOCK_THREAD, false);
	builder_have(builder, EV_BLOCK_CALL, false);
	builder_have(builder, EV_BLOCK_OBJECT, false);
	builder_have(builder, EV_BLOCK_DETAIL, false);
	builder_set_bytes(builder, EV_BLOCK_SENDER_PEER, &systemd, sizeof(systemd));
	builder_write(builder, file);
}

/* SIGKILL from somebody's shell, which started pkill for it. */
static void by_pkill(struct builder *builder, FILE *file)
{
	static const struct ev_peer pkill = {
		.pid = 990,
		.start_boot_ns = UINT64_C(999000000000),
		.exe_length = 14,
		.exe = "pkill\0bin\0usr",
		.cmdline_length = 16,
		.cmdline = "pkill\0-9\0server",
		.cgroup_length = 43,
		.cgroup = "session-3.scope\0user-1000.slice\0user.slice",
	};
	struct builder_fixed *incident = &builder->fixed;

	sent_by_process_begin(builder);
	incident->signal.number = 9;
	incident->sender.uid = 1000;
	incident->sender.start_boot_ns = pkill.start_boot_ns;
	incident->sender.ancestor_count = 3;
	incident->sender.ancestors[0] = (struct ev_ancestor){ .pid = 971, .comm = "bash" };
	incident->sender.ancestors[1] = (struct ev_ancestor){ .pid = 970, .comm = "sshd" };
	incident->sender.ancestors[2] = (struct ev_ancestor){ .pid = 901, .comm = "sshd" };
	builder_set_bytes(builder, EV_BLOCK_SENDER_PEER, &pkill, sizeof(pkill));
	builder_write(builder, file);
}

/* SIGTERM went to a handler, which then writes to a connection that is gone. */
static void dies_while_it_ends(struct builder *builder, FILE *file)
{
	const struct ev_stop stop = {
		.time_ns = BUILDER_EVENT_NS - UINT64_C(1203000000),
		.start_boot_ns = systemd.start_boot_ns,
		.pid = systemd.pid,
		.number = 15,
		.disposition = EV_DISPOSITION_HANDLER,
		.outcome = EV_OUTCOME_HANDLED,
		.comm = "systemd",
	};

	builder_begin(builder);
	builder_set_bytes(builder, EV_BLOCK_STOP, &stop, sizeof(stop));
	builder_write(builder, file);
}

void make_stopped(struct builder *builder, FILE *file)
{
	stop_timeout(builder, file);
	by_pkill(builder, file);
	dies_while_it_ends(builder, file);
}
