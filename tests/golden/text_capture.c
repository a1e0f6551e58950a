/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The case `terminal`: incidents that are hard to read on a terminal. Long command lines, the stack
 * of an interpreter, wide and combining characters, names that the kernel has cut, repeats.
 */
#include <string.h>

#include "capture_builder.h"

#define GROUP 77 /* of the kernel: by it repeats find their incident */

/* The names of a stack, as --strip-memory keeps them. */
struct names {
	struct {
		struct ev_frames head;
		struct ev_frame frames[32];
		char texts[2048];
	} block;
	size_t count;
};

/* The place of TEXT among the texts, plus 1. */
static __u32 add_text(struct names *names, const char *text)
{
	__u32 at = names->block.head.text_size;

	strcpy(names->block.texts + at, text);
	names->block.head.text_size += strlen(text) + 1;
	return at + 1;
}

static void add_frame(struct names *names, const char *symbol, const char *module, const char *file,
		      unsigned int line)
{
	names->block.frames[names->count] = (struct ev_frame){
		.address = 0x55d0c0001000 + names->count,
		.symbol = add_text(names, symbol),
		.module = add_text(names, module),
		.file = file ? add_text(names, file) : 0,
		.line = line,
	};
	names->count++;
}

static void set_stack(struct builder *builder, struct names *names, const char *runtime)
{
	static const char *const kernel[] = { "pipe_write", "vfs_write", "ksys_write" };
	struct ev_frames *head = &names->block.head;

	head->size = sizeof(*head);
	head->stride = sizeof(names->block.frames[0]);
	head->user_count = names->count;
	head->kernel_count = 3;
	head->flags = EV_FRAMES_HAVE_STACK | EV_FRAMES_COMPLETE;
	head->method = 1;
	head->runtime = add_text(names, runtime);
	for (int i = 0; i < 3; i++)
		names->block.frames[names->count++].symbol = add_text(names, kernel[i]);
	head->site = names->block.frames[head->user_count].symbol;
	/* The texts follow the frames. */
	memmove(&names->block.frames[names->count], names->block.texts, head->text_size);
	builder_have(builder, EV_BLOCK_THREAD, false);
	builder_set_bytes(builder, EV_BLOCK_FRAMES, &names->block,
			  sizeof(*head) + names->count * sizeof(struct ev_frame) + head->text_size);
}

static void set_pipe(struct builder *builder)
{
	builder->fixed.object = (struct ev_object){
		.type = EV_OBJECT_PIPE,
		.mode = 010600,
		.file_flags = 1,
		.inode = 16356,
		.dev = 13,
		.pipe = { .writers = 1,
			  .r_counter = 1,
			  .w_counter = 1,
			  .unread_buffers = 14,
			  .max_buffers = 16 },
	};
}

static void set_names(struct builder *builder, const char *comm, const char *thread)
{
	struct ev_process *process = &builder->fixed.process;

	memset(process->comm, 0, sizeof(process->comm));
	memset(process->thread_comm, 0, sizeof(process->thread_comm));
	memcpy(process->comm, comm, strnlen(comm, sizeof(process->comm) - 1));
	strncpy(process->thread_comm, thread, sizeof(process->thread_comm) - 1);
}

/* A worker of a Python service, AFTER_MS later than other incidents of this file. */
static void python_worker(struct builder *builder, FILE *file, unsigned int after_ms)
{
	static const char python[] = "/usr/bin/python3.11";
	static const char cmdline[] =
		"/usr/bin/python3\0/srv/collector/bin/gunicorn\0collector.wsgi:application\0--bind\0"
		"unix:/run/collector.sock\0--workers\0"
		"8\0--worker-class\0gthread\0--threads\0"
		"4\0--access-logfile\0-\0--forwarded-allow-ips\0*";
	struct builder_fixed *incident = &builder->fixed;
	struct names names = { 0 };

	builder_begin(builder);
	incident->head.header.time_ns += UINT64_C(1000000) * after_ms;
	incident->head.group = GROUP;
	set_names(builder, "gunicorn", "gunicorn");
	set_pipe(builder);
	incident->process.tid = incident->process.ns_tid = 812;
	incident->signal.disposition = EV_DISPOSITION_IGNORE;
	incident->signal.outcome = EV_OUTCOME_IGNORED;
	builder_set_cmdline(builder, cmdline, sizeof(cmdline));
	builder_set_path(builder, EV_BLOCK_EXE, python);
	builder_set_path(builder, EV_BLOCK_CGROUP, "/system.slice/collector.service");
	add_frame(&names, "__GI___libc_write", "/lib/x86_64-linux-gnu/libc.so.6", "write.c", 26);
	add_frame(&names, "_Py_write", python, "fileutils.c", 1896);
	add_frame(&names, "_io_FileIO_write", python, "fileio.c.h", 276);
	for (int i = 0; i < 9; i++)
		add_frame(&names, i % 2 ? "_PyFunction_Vectorcall" : "_PyEval_EvalFrameDefault",
			  python, "ceval.c", 4233);
	add_frame(&names, "Py_BytesMain", python, "main.c", 732);
	add_frame(&names, "__libc_start_call_main", "/lib/x86_64-linux-gnu/libc.so.6", NULL, 0);
	add_frame(&names, "__libc_start_main", "/lib/x86_64-linux-gnu/libc.so.6", NULL, 0);
	add_frame(&names, "_start", python, NULL, 0);
	set_stack(builder, &names, "python");
	builder_write(builder, file);
}

static void repeats(FILE *file, enum ev_outcome outcome, uint64_t group, uint32_t pid)
{
	struct ev_repeat repeat = {
		.header = { .kind = EV_KIND_REPEAT,
			    .version = EV_VERSION,
			    .size = sizeof(repeat),
			    .time_ns = BUILDER_EVENT_NS + UINT64_C(3000000000) },
		.group = group,
		.count = 48211,
		.first_ns = BUILDER_EVENT_NS + UINT64_C(1200000000),
		.last_ns = BUILDER_EVENT_NS + UINT64_C(3000000000),
		.outcome = outcome,
		.named = { .pid = pid, .uid = 1000, .comm = "gunicorn" },
	};

	strcpy(repeat.named.cgroup, "collector.service");
	fwrite(&repeat, sizeof(repeat), 1, file);
}

/* A deep stack of a native program, with symbols of C++. */
static void deep_stack(struct builder *builder, FILE *file)
{
	static const char cmdline[] = "sh\0-c\0while read -r line; do printf '%s\\n' \"$line\" | "
				      "tee -a /var/log/import.log; done <input # nightly import of "
				      "all customers, started by hand\0argument";
	static const char server[] = "/srv/app/server";
	struct names names = { 0 };

	builder_begin(builder);
	builder->fixed.head.header.time_ns += UINT64_C(4000000000);
	set_pipe(builder);
	builder_set_cmdline(builder, cmdline, sizeof(cmdline));
	add_frame(&names, "write", "/lib/x86_64-linux-gnu/libc.so.6", NULL, 0);
	add_frame(&names,
		  "boost::asio::detail::write_op<socket, buffers>::operator()(int, unsigned long)",
		  server, "/usr/include/boost/asio/impl/write.hpp", 313);
	add_frame(&names, "session::send(std::string_view) const", server, "session.cpp", 118);
	for (int i = 0; i < 10; i++)
		add_frame(&names, i % 2 ? "tree::visit(node*)" : "tree::descend", server,
			  "tree.cpp", 40 + i);
	add_frame(&names, "main", server, "main.cpp", 14);
	set_stack(builder, &names, "native");
	builder_write(builder, file);
}

/* Five characters of two columns each; the kernel has cut the fifth after two bytes. */
static void wide_names(struct builder *builder, FILE *file)
{
	static const char cmdline[] =
		"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe5\x87\xa6\xe7\x90\x86\0"
		"--\xe5\x85\xa5\xe5\x8a\x9b=/\xe3\x83\x87\xe3\x83\xbc\xe3\x82\xbf/\xe9\xa1\xa7\xe5\xae\xa2\xe4\xb8\x80\xe8\xa6\xa7.csv\0"
		"cafe\xcc\x81\0\xe0\xa4\xa8\xe0\xa4\xae\xe0\xa4\xb8\xe0\xa5\x8d\xe0\xa4\xa4\xe0\xa5\x87\0"
		"\xff\xfe\0\xe2\x80\xae"
		"gnp.exe";

	builder_begin(builder);
	builder->fixed.head.header.time_ns += UINT64_C(5000000000);
	set_names(builder, "a\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe5\x87\xa6\xe7\x90",
		  "\xe5\x8f\x97\xe4\xbf\xa1 #2");
	set_pipe(builder);
	builder->fixed.object.type = EV_OBJECT_FIFO;
	builder_set_cmdline(builder, cmdline, sizeof(cmdline));
	builder_set_path(
		builder, EV_BLOCK_PATH,
		"/srv/\xe5\x8f\x97\xe4\xbf\xa1\xe3\x83\x88\xe3\x83\xac\xe3\x82\xa4/"
		"re\xcc\x81sume\xcc\x81/\xe5\x8f\x97\xe4\xbf\xa1\xe3\x83\x88\xe3\x83\xac\xe3\x82\xa4/"
		"\xe5\x8f\x97\xe4\xbf\xa1\xe3\x83\x88\xe3\x83\xac\xe3\x82\xa4.fifo");
	builder_write(builder, file);
}

/* EPIPE came without a signal, on another day. */
static void no_signal(struct builder *builder, FILE *file)
{
	builder_begin(builder);
	builder->fixed.head.header.time_ns += UINT64_C(86400000000000);
	builder->fixed.signal = (struct ev_signal){
		.number = 13,
		.flags = EV_SIGNAL_NO_INFO,
		.disposition = EV_DISPOSITION_DEFAULT,
		.result = EV_RESULT_NOT_SENT,
		.origin = EV_ORIGIN_KERNEL,
		.outcome = EV_OUTCOME_SUPPRESSED,
	};
	builder->fixed.call.number = 44;
	builder->fixed.call.flags_kind = EV_FLAGS_MSG;
	builder->fixed.call.flags = 0x4000;
	builder_write(builder, file);
}

void terminal_case(struct builder *builder, FILE *file)
{
	python_worker(builder, file, 0);
	python_worker(builder, file, 1200);
	repeats(file, EV_OUTCOME_IGNORED, GROUP, 812);
	repeats(file, EV_OUTCOME_KILLED, 0, 0);
	deep_stack(builder, file);
	wide_names(builder, file);
	no_signal(builder, file);
}
