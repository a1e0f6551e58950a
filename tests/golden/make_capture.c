/* SPDX-License-Identifier: GPL-2.0-or-later */
/* make-capture CASE: writes one golden case's capture file to stdout; without a case, lists them. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "capture_builder.h"
#include "capture_deaths.h"
#include "make_faults.h"
#include "make_kills.h"
#include "make_sent.h"

static void set_tcp(struct ev_object *object, const char *local, int local_port, const char *peer,
		    int peer_port)
{
	int family = strchr(local, ':') ? AF_INET6 : AF_INET;

	*object = (struct ev_object){
		.type = EV_OBJECT_TCP,
		.state = 7,
		.shutdown = 3,
		.family = family,
		.sock_type = 1,
		.protocol = 6,
		.local_port = local_port,
		.peer_port = peer_port,
		.mode = 0140777,
		.file_flags = 2,
		.inode = 90311,
		.dev = 8,
		.net_ns = 4026531840u,
	};
	inet_pton(family, local, object->local_address);
	inet_pton(family, peer, object->peer_address);
}

/* The classic: FIN, a write that is sent, the RST, and the write that kills. */
static void tcp_classic(struct builder *builder, FILE *file)
{
	struct ev_object *object = &builder->fixed.object;

	builder_begin(builder);
	set_tcp(object, "127.0.0.1", 8088, "127.0.0.1", 51234);
	object->socket_flags = EV_SOCKET_DONE;
	object->tcp = (struct ev_tcp){
		.bytes_sent = 13,
		.bytes_received = 1,
		.mstamp_us = 999115600,
		.jiffies_now = 4295142292,
		.write_seq = 1014,
		.snd_una = 1001,
		.snd_nxt = 1014,
		.rcv_nxt = 5002,
		.lsndtime = (uint32_t)(4295142292 - 250),
		.rcv_tstamp = (uint32_t)(4295142292 - 1501),
		.lrcvtime = (uint32_t)(4295142292 - 1501),
		.snd_wnd = 65536,
	};
	builder_write(builder, file);
}

static void pipe_pipeline(struct builder *builder, FILE *file)
{
	struct builder_fixed *incident = &builder->fixed;

	builder_begin(builder);
	incident->process.tid = incident->process.ns_tid = incident->process.pid;
	memset(incident->process.comm, 0, EV_COMM_LEN);
	memset(incident->process.thread_comm, 0, EV_COMM_LEN);
	strcpy(incident->process.comm, "yes");
	strcpy(incident->process.thread_comm, "yes");
	builder_set_path(builder, EV_BLOCK_EXE, "/usr/bin/yes");
	builder_set_cmdline(builder, "yes", 4);
	builder_set_path(builder, EV_BLOCK_CGROUP, "/user.slice/user-1000.slice/session-3.scope");
	incident->call.fd = 1;
	incident->call.bytes = 8192;
	incident->object = (struct ev_object){
		.type = EV_OBJECT_PIPE,
		.mode = 010600,
		.file_flags = 1,
		.inode = 16356,
		.dev = 14,
		.pipe = { .readers = 0,
			  .writers = 1,
			  .r_counter = 1,
			  .w_counter = 1,
			  .unread_buffers = 14,
			  .max_buffers = 16 },
	};
	builder_write(builder, file);
}

/* A handler, an i386 program, a unix socket with a path; then a blocked signal on an abstract one. */
static void unix_sockets(struct builder *builder, FILE *file)
{
	static const char name[] = "\0sigpath-test";
	struct builder_fixed *incident = &builder->fixed;
	struct ev_unix *unix_ = &incident->object.unix_;

	builder_begin(builder);
	incident->signal.disposition = EV_DISPOSITION_HANDLER;
	incident->signal.handler = 0x8049a20;
	incident->signal.outcome = EV_OUTCOME_HANDLED;
	incident->call.abi = EV_ABI_I386;
	incident->call.number = 369;
	incident->call.flags_kind = EV_FLAGS_MSG;
	incident->call.flags = 0x40;
	incident->object = (struct ev_object){
		.type = EV_OBJECT_UNIX,
		.state = 1,
		.shutdown = 3,
		.family = AF_UNIX,
		.sock_type = 1,
		.mode = 0140777,
		.file_flags = 2,
		.inode = 90400,
		.dev = 8,
		.error = 104,
	};
	unix_->flags = EV_UNIX_PEER_HAVE | EV_UNIX_PEER_DEAD | EV_UNIX_PEER_PID_GONE |
		       EV_UNIX_PATH_IS_PEER;
	unix_->peer_pid = 4321;
	unix_->path_length = sizeof("/run/app.sock");
	memcpy(unix_->path, "/run/app.sock", unix_->path_length);
	builder_write(builder, file);

	incident->signal.disposition = EV_DISPOSITION_DEFAULT;
	incident->signal.handler = 0;
	incident->signal.flags |= EV_SIGNAL_BLOCKED;
	incident->signal.outcome = EV_OUTCOME_PENDING;
	incident->signal.result = EV_RESULT_ALREADY_PENDING;
	incident->object.error = 0;
	unix_->flags = EV_UNIX_PEER_HAVE | EV_UNIX_PEER_DEAD | EV_UNIX_ABSTRACT;
	unix_->path_length = sizeof(name) - 1;
	memcpy(unix_->path, name, unix_->path_length);
	builder_write(builder, file);
}

/* What --strip-memory writes: frames with names, and no stack. */
static void without_memory(struct builder *builder, FILE *file)
{
	static const char texts[] = "send_reply\0/srv/app/server\0server.c\0"
				    "abcd\0go\0no_unwind_information\0pipe_write\0vfs_write";
	struct {
		struct ev_frames head;
		struct ev_frame frames[5];
		char texts[sizeof(texts)];
	} block = {
		.head = { .size = sizeof(block.head),
			  .stride = sizeof(block.frames[0]),
			  .user_count = 2,
			  .kernel_count = 2,
			  .text_size = sizeof(texts),
			  .flags = EV_FRAMES_HAVE_STACK | EV_FRAMES_HAVE_HANDLER,
			  .method = 1,
			  .reason = 45,
			  .runtime = 42,
			  .site = 67 },
		.frames = { { .address = 0x55d0c0001149,
			      .symbol = 1,
			      .symbol_offset = 25,
			      .module = 12,
			      .module_offset = 0x1149,
			      .file = 28,
			      .line = 118,
			      .build_id = 37,
			      .flags = EV_FRAME_INLINED },
			    { .address = 0x55d0c0001200, .module = 12, .module_offset = 0x1200 },
			    { .symbol = 67, .symbol_offset = 5 },
			    { .address = 0xffffffffc0000000 },
			    { .address = 0x55d0c0001300, .symbol = 1, .module = 12 } },
	};
	struct builder_fixed *incident = &builder->fixed;

	builder_begin(builder);
	memcpy(block.texts, texts, sizeof(texts));
	incident->signal.disposition = EV_DISPOSITION_HANDLER;
	incident->signal.outcome = EV_OUTCOME_HANDLED;
	incident->signal.handler = 0x55d0c0001300;
	builder_have(builder, EV_BLOCK_THREAD, false);
	builder_set_bytes(builder, EV_BLOCK_FRAMES, &block, sizeof(block));
	builder_write(builder, file);
}

/* Adds a mapping of the file PATH, whose components are in the order of a path span. */
static void add_module(unsigned char **at, const struct ev_module *module, const char *path)
{
	memcpy(*at, module, sizeof(*module));
	memcpy(*at + sizeof(*module), path, module->path_length);
	*at += sizeof(*module) + module->path_length;
}

/* A stack whose files are gone by now: a program, a deleted library, code of no file. */
static void with_a_stack(struct builder *builder, FILE *file)
{
	static const char program[] = "server\0app\0nowhere", library[] = "libold.so.1\0nowhere";
	const uint64_t kernel[] = { 0xffffffff81234567, 0xffffffffc0001000 };
	unsigned char modules[512], *end = modules;
	struct builder_fixed *incident = &builder->fixed;
	uint64_t stack[64] = { 0 };

	builder_begin(builder);
	incident->thread = (struct ev_thread){
		.abi = EV_ABI_X86_64,
		.register_count = 17,
		.ip = 0x7f1000001010,
		.sp = 0x7ffd00001000,
		.registers = { [6] = 0x7ffd00001040, [7] = 0x7ffd00001000, [16] = 0x7f1000001010 }
	};
	stack[8] = 0x7ffd00001080;
	stack[9] = 0x55d0c0001149;
	stack[16] = 0;
	stack[17] = 0x7f2000000100;
	add_module(&end,
		   &(struct ev_module){ .start = 0x55d0c0001000,
					.end = 0x55d0c0003000,
					.offset = 0x1000,
					.inode = 131077,
					.dev = 8u << 20 | 1,
					.path_length = sizeof(program),
					.fs = 0xef53 },
		   program);
	add_module(&end,
		   &(struct ev_module){ .start = 0x7f1000001000,
					.end = 0x7f1000002000,
					.inode = 131078,
					.dev = 8u << 20 | 1,
					.flags = EV_MODULE_DELETED,
					.path_length = sizeof(library),
					.fs = 0xef53 },
		   library);
	add_module(&end, &(struct ev_module){ .start = 0x7f2000000000, .end = 0x7f2000001000 }, "");
	add_module(&end,
		   &(struct ev_module){ .start = 0x7ffd00100000,
					.end = 0x7ffd00101000,
					.flags = EV_MODULE_VDSO },
		   "");
	builder_set_bytes(builder, EV_BLOCK_STACK, stack, sizeof(stack));
	builder_set_bytes(builder, EV_BLOCK_MODULES, modules, end - modules);
	incident->head.block[EV_BLOCK_MODULES].stride = sizeof(struct ev_module);
	builder_set_bytes(builder, EV_BLOCK_KERNEL_STACK, kernel, sizeof(kernel));
	builder_write(builder, file);
}

/*
 * sigpath ran in a PID namespace of its own, where the process of the incident has another number,
 * and the sender and the process that closed the other end have none.
 */
static void pid_namespace(struct builder *builder, FILE *file)
{
	struct ev_numbers numbers = {
		.pid_ns = 4026532201u,
		.number = { [EV_NUMBER_PID] = 7,
			    [EV_NUMBER_TID] = 9,
			    [EV_NUMBER_PARENT] = 1,
			    [EV_NUMBER_UNIX_PEER] = 5 },
	};
	struct builder_fixed *incident = &builder->fixed;

	builder_begin(builder);
	incident->signal.origin = EV_ORIGIN_PROCESS;
	incident->signal.number = 15;
	incident->signal.flags = EV_SIGNAL_GROUP;
	incident->head.subject = EV_SUBJECT_SENT;
	incident->sender = (struct ev_sender){ .pid = 990, .tid = 991, .comm = "kill-script" };
	builder_have(builder, EV_BLOCK_SENDER, true);
	builder_have(builder, EV_BLOCK_OBJECT, false);
	builder_have(builder, EV_BLOCK_DETAIL, false);
	builder_set_bytes(builder, EV_BLOCK_NUMBERS, &numbers, sizeof(numbers));
	builder_write(builder, file);

	builder_begin(builder);
	incident->object = (struct ev_object){
		.type = EV_OBJECT_UNIX,
		.family = AF_UNIX,
		.sock_type = 1,
		.mode = 0140777,
		.inode = 90400,
		.unix_ = { .flags = EV_UNIX_PEER_HAVE | EV_UNIX_PEER_DEAD, .peer_pid = 4000 },
	};
	incident->evidence = (struct ev_history){
		.watched_since_ns = 1,
		.watched = EV_WATCHED_RELEASES,
		.peer = { .time_ns = BUILDER_EVENT_NS - 1000000,
			  .start_boot_ns = 900000000000,
			  .pid = 4321,
			  .tid = 4322,
			  .comm = "nc" },
	};
	incident->process.ns_pid = incident->process.ns_tid = 1;
	builder_have(builder, EV_BLOCK_EVIDENCE, true);
	numbers.number[EV_NUMBER_TID] = 7;
	incident->process.tid = 812;
	builder_set_bytes(builder, EV_BLOCK_NUMBERS, &numbers, sizeof(numbers));
	builder_write(builder, file);

	incident->evidence.peer.time_ns = 0;
	incident->evidence.peer.pid = 0;
	builder_write(builder, file);
}

#define CONTAINER "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define IN_POD                                                                                   \
	"/kubepods.slice/kubepods-pod1c2d3e4f_0011_2233_4455_66778899aabb.slice/crio-" CONTAINER \
	".scope"

/* In a pod whose names were on disk; where they contradicted each other; a container of a user. */
static void containers(struct builder *builder, FILE *file)
{
	struct builder_fixed *incident = &builder->fixed;
	struct ev_names names = {
		.pid = 812,
		.container_state = EV_NAMES_FOUND,
		.pod_state = EV_NAMES_FOUND,
		.runtime = EV_RUNTIME_CRIO,
		.container = "cart",
		.pod = "cart-7d9f-x2x4z",
		.pod_namespace = "shop",
	};

	builder_begin(builder);
	names.start_boot_ns = incident->process.start_boot_ns;
	builder_set_path(builder, EV_BLOCK_CGROUP, IN_POD);
	builder_set_bytes(builder, EV_BLOCK_NAMES, &names, sizeof(names));
	builder_write(builder, file);

	names.container_state = names.pod_state = EV_NAMES_DISAGREE;
	builder_set_bytes(builder, EV_BLOCK_NAMES, &names, sizeof(names));
	builder_write(builder, file);

	builder_set_path(
		builder, EV_BLOCK_CGROUP,
		"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" CONTAINER
		".scope/container");
	builder_write(builder, file);
}

/* What a hostile program can put into names: escapes, newlines, bytes that are no UTF-8. */
static void hostile_names(struct builder *builder, FILE *file)
{
	static const char cmdline[] = "evil\0\033]0;owned\007\0line\nbreak\0\xc3\x28\0\xe2\x80\xae";
	struct builder_fixed *incident = &builder->fixed;

	builder_begin(builder);
	memcpy(incident->process.comm, "\033[31mred\n\xff\xfe\0\0\0\0\0", EV_COMM_LEN);
	memcpy(incident->process.thread_comm, "0123456789abcdef", EV_COMM_LEN);
	builder_set_path(builder, EV_BLOCK_EXE, "/tmp/a\nb/\033[2J");
	builder_set_cmdline(builder, cmdline, sizeof(cmdline));
	incident->object = (struct ev_object){
		.type = EV_OBJECT_FIFO,
		.mode = 010600,
		.inode = 77,
		.dev = 8u << 20 | 1,
		.pipe = { .writers = 1, .r_counter = 2, .w_counter = 1, .max_buffers = 16 },
	};
	builder_set_path(builder, EV_BLOCK_PATH, "/tmp/fifo \"quoted\"\\\x80");
	builder_write(builder, file);
}

static void lost_records(struct builder *builder, FILE *file)
{
	struct ev_lost lost = {
		.header = { .kind = EV_KIND_LOST,
			    .version = EV_VERSION,
			    .size = sizeof(lost),
			    .time_ns = UINT64_C(1000500000000) },
		.count = 48211,
	};

	tcp_classic(builder, file);
	fwrite(&lost, sizeof(lost), 1, file);
	pipe_pipeline(builder, file);
}

/* The clock is set back by an hour between two incidents. */
static void clock_set(struct builder *builder, FILE *file)
{
	struct ev_clock clock = {
		.header = { .kind = EV_KIND_CLOCK,
			    .version = EV_VERSION,
			    .size = sizeof(clock),
			    .time_ns = UINT64_C(1000500000000) },
		.realtime_offset_ns = BUILDER_CLOCK_OFFSET_NS - 3600 * 1000000000LL,
		.boottime_offset_ns = BUILDER_CLOCK_OFFSET_NS - 3600 * 1000000000LL,
	};

	pipe_pipeline(builder, file);
	fwrite(&clock, sizeof(clock), 1, file);
	pipe_pipeline(builder, file);
}

static void truncated(struct builder *builder, FILE *file)
{
	tcp_classic(builder, file);
	builder_begin(builder);
	builder->fixed.head.header.size = builder->size;
	fwrite(builder->bytes, builder->size / 2, 1, file);
}

static void corrupt(struct builder *builder, FILE *file)
{
	struct ev_header impossible = { .kind = EV_KIND_INCIDENT,
					.version = EV_VERSION,
					.size = 3 };

	/* A span that points outside of its record: counted, and the next record is read. */
	builder_begin(builder);
	builder->fixed.head.block[EV_BLOCK_EXE].length = 100000;
	builder_write(builder, file);
	tcp_classic(builder, file);
	fwrite(&impossible, sizeof(impossible), 1, file);
}

static const struct {
	const char *name;
	void (*write)(struct builder *builder, FILE *file);
} cases[] = {
	{ "tcp-classic", tcp_classic },
	{ "pipe-pipeline", pipe_pipeline },
	{ "unix-sockets", unix_sockets },
	{ "sent-by-process", make_sent },
	{ "without-memory", without_memory },
	{ "with-a-stack", with_a_stack },
	{ "containers", containers },
	{ "hostile-names", hostile_names },
	{ "lost-records", lost_records },
	{ "clock-set", clock_set },
	{ "truncated", truncated },
	{ "corrupt", corrupt },
	{ "pid-namespace", pid_namespace },
	{ "faults", make_faults },
	{ "aborts", make_aborts },
	{ "stopped", make_stopped },
	{ "kills", make_kills },
	{ "cores", deaths_with_cores },
	{ "related", deaths_that_are_related },
	{ "together", deaths_together },
	{ "terminal", terminal_case },
};

int main(int argc, char **argv)
{
	static struct builder builder;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (argc < 2) {
			puts(cases[i].name);
		} else if (!strcmp(argv[1], cases[i].name)) {
			capture_write_session(stdout);
			cases[i].write(&builder, stdout);
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}
