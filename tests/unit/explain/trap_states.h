/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Incidents of those who have fallen into a trap, as real programs leave them behind. */
#pragma once

#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include "explain.h"
#include "stack_frames.h"

static struct incident incident;
static struct stack trap_stack;
static struct stack_frame trap_handler;

/* A write(2) that killed the process. */
static inline void prepare_write(struct incident *of, enum ev_object_type type)
{
	of->subject = EV_SUBJECT_WRITE;
	of->outcome = EV_OUTCOME_KILLED;
	of->signal.number = SIGPIPE;
	of->signal.origin = EV_ORIGIN_KERNEL;
	of->signal.disposition = EV_DISPOSITION_DEFAULT;
	of->process.pid = of->process.tid = 812;
	of->process.pgid = 812;
	of->process.ppid = 1;
	of->process.runtime = RUNTIME_NATIVE;
	strcpy(of->process.parent_comm, "bash");
	of->syscall.have = of->syscall.have_fd = true;
	of->syscall.fd = 7;
	of->object.type = type;
	of->object.state = TCP_CLOSE;
}

/* A complete stack of these symbols, innermost first, all of one module. */
static inline void frames_are(const char *first, ...)
{
	va_list args;

	memset(&trap_stack, 0, sizeof(trap_stack));
	trap_stack.complete = true;
	va_start(args, first);
	for (const char *symbol = first; symbol; symbol = va_arg(args, const char *)) {
		trap_stack.frames[trap_stack.count].symbol = symbol;
		trap_stack.frames[trap_stack.count].module = "/srv/app/server";
		trap_stack.count++;
	}
	va_end(args);
	incident.stack = &trap_stack;
}

static inline void handler_is(const char *symbol, const char *module)
{
	trap_handler = (struct stack_frame){ .symbol = symbol, .module = module };
	incident.handler_frame = &trap_handler;
	incident.signal.disposition = EV_DISPOSITION_HANDLER;
	incident.signal.handler = 0x45ec40;
	incident.outcome = EV_OUTCOME_HANDLED;
}

static inline void died_later(struct incident *of)
{
	of->end.state = EV_END_ENDED;
	of->end.status = SIGPIPE;
}

static inline void go_write(struct incident *of)
{
	prepare_write(of, EV_OBJECT_TCP);
	of->process.runtime = RUNTIME_GO;
	handler_is("runtime.sigtramp", "/srv/app/server");
	of->end.state = EV_END_ALIVE;
}

static inline void go_socket(struct incident *of)
{
	go_write(of);
	frames_are("runtime/internal/syscall.Syscall6", "syscall.write",
		   "internal/poll.(*FD).Write", "net.(*conn).Write", "main.main", "runtime.goexit",
		   NULL);
}

static inline void go_standard_output(struct incident *of)
{
	go_write(of);
	of->object.type = EV_OBJECT_PIPE;
	of->syscall.fd = 1;
	died_later(of);
	frames_are("syscall.write", "internal/poll.(*FD).Write", "os.(*File).Write", "fmt.Println",
		   "main.main", "runtime.goexit", NULL);
}

static inline void go_foreign_thread(struct incident *of)
{
	go_write(of);
	of->process.runtime = RUNTIME_GO_CGO;
	of->process.tid = 815;
	handler_is("runtime.cgoSigtramp.abi0", "/srv/app/server");
	died_later(of);
	frames_are("writev", "uplink::send_event", "uplink::run", "start_thread", "clone3", NULL);
}

/* After its handler, the process sent itself the signal. */
static inline void raised_later(struct incident *of)
{
	died_later(of);
	of->outcome = EV_OUTCOME_KILLED;
	of->end.raised = true;
	of->end.raised_tid = 815;
	of->end.raised_after_ns = 40100;
}

static inline void handler_raises(struct incident *of)
{
	prepare_write(of, EV_OBJECT_TCP);
	handler_is("on_pipe", "/srv/app/server");
	raised_later(of);
}

static inline void own_signal(struct incident *of)
{
	prepare_write(of, EV_OBJECT_NONE);
	of->subject = EV_SUBJECT_SENT;
	of->signal.origin = EV_ORIGIN_PROCESS;
	of->signal.sender = (struct incident_sender){
		.have = true, .pid = 812, .tid = 812, .have_syscall = true, .syscall = "tgkill"
	};
	of->syscall.have = false;
}

static inline void ruby_write(struct incident *of)
{
	prepare_write(of, EV_OBJECT_PIPE);
	of->process.runtime = RUNTIME_RUBY;
	handler_is(NULL, "/usr/lib/x86_64-linux-gnu/libruby-3.1.so.3.1.2");
	of->end.state = EV_END_ALIVE;
}

/* println!() in its main thread. */
static inline void rust_println(struct incident *of)
{
	prepare_write(of, EV_OBJECT_PIPE);
	of->process.runtime = RUNTIME_RUST;
	of->outcome = EV_OUTCOME_IGNORED;
	of->signal.disposition = EV_DISPOSITION_IGNORE;
	frames_are("write", "std::io::stdio::_print", "crab::main", "main", NULL);
}

/* The same without names. */
static inline void rust_panic(struct incident *of)
{
	rust_println(of);
	frames_are("write", "?", "main", NULL);
	of->end.state = EV_END_ENDED;
	of->end.status = 101 << 8;
}

static inline void blocked_here_only(struct incident *of)
{
	prepare_write(of, EV_OBJECT_PIPE);
	of->outcome = EV_OUTCOME_PENDING;
	of->signal.blocked = true;
	of->process.threads = 3;
	of->process.threads_open = 2;
}

static inline void openssl(struct incident *of)
{
	prepare_write(of, EV_OBJECT_TCP);
	frames_are("write", "sock_write", "ssl3_write_bytes", "SSL_write", "main", NULL);
}

static inline void stdio(struct incident *of)
{
	prepare_write(of, EV_OBJECT_TCP);
	frames_are("write", "_IO_file_write", "new_do_write", "fflush", "main", NULL);
}

static inline void journal(struct incident *of)
{
	static const char path[] = "/run/systemd/journal/stdout";

	prepare_write(of, EV_OBJECT_UNIX);
	of->syscall.fd = 2;
	of->object.unix_.path_length = sizeof(path);
	memcpy(of->object.unix_.path, path, sizeof(path));
}

static inline void journal_survivor(struct incident *of)
{
	journal(of);
	of->outcome = EV_OUTCOME_IGNORED;
	of->signal.disposition = EV_DISPOSITION_IGNORE;
}

static inline void service_death(struct incident *of)
{
	prepare_write(of, EV_OBJECT_TCP);
	strcpy(of->process.parent_comm, "systemd");
	strcpy(of->process.names.unit, "server.service");
}

static inline void ignore_inherited(struct incident *of)
{
	prepare_write(of, EV_OBJECT_PIPE);
	of->outcome = EV_OUTCOME_IGNORED;
	of->signal.disposition = EV_DISPOSITION_IGNORE;
	of->process.parent_ignores = ANSWER_YES;
	of->process.flags = EV_PROCESS_PARENT_FORKED;
}

static inline void default_restored(struct incident *of)
{
	prepare_write(of, EV_OBJECT_PIPE);
	of->process.parent_ignores = ANSWER_YES;
	of->process.flags = EV_PROCESS_PARENT_FORKED;
}

static inline void runtime_ignores(struct incident *of, enum incident_runtime runtime)
{
	prepare_write(of, EV_OBJECT_PIPE);
	of->process.runtime = runtime;
	of->outcome = EV_OUTCOME_IGNORED;
	of->signal.disposition = EV_DISPOSITION_IGNORE;
}
