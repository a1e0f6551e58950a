// SPDX-License-Identifier: GPL-2.0-or-later
/* The evidence for the well-known traps. */
#include "traps.h"

#include <string.h>
#include <sys/wait.h>

#include "path.h"
#include "stack_frames.h"
#include "supervisor.h"

static bool starts_with(const char *text, const char *prefix)
{
	return text && !strncmp(text, prefix, strlen(prefix));
}

static bool is_write(const struct incident *incident)
{
	return incident->subject == EV_SUBJECT_WRITE;
}

static bool has_symbol(const struct incident *incident, const char *prefix)
{
	for (size_t i = 0; incident->stack && i < incident->stack->count; i++)
		if (starts_with(incident->stack->frames[i].symbol, prefix))
			return true;
	return false;
}

static bool has_module(const struct incident *incident, const char *prefix)
{
	for (size_t i = 0; incident->stack && i < incident->stack->count; i++) {
		const char *module = incident->stack->frames[i].module;

		if (module && starts_with(path_leaf(module), prefix))
			return true;
	}
	return false;
}

bool trap_dies(const struct incident *incident)
{
	const struct incident_end *end = &incident->end;

	if (incident->death.thread_alone)
		return false;
	if (incident->outcome == EV_OUTCOME_KILLED)
		return true;
	/* If it was ignored, a later one has killed the process. */
	return incident->outcome != EV_OUTCOME_IGNORED && end->state == EV_END_ENDED &&
	       WIFSIGNALED(end->status) &&
	       (uint32_t)WTERMSIG(end->status) == incident->signal.number;
}

bool trap_is_go_handler(const struct incident *incident)
{
	const struct stack_frame *handler = incident->handler_frame;

	return incident->signal.disposition == EV_DISPOSITION_HANDLER && handler &&
	       (starts_with(handler->symbol, "runtime.sigtramp") ||
		starts_with(handler->symbol, "runtime.cgoSigtramp"));
}

/* The handler must have run. It does not run for MSG_NOSIGNAL, or while the signal is blocked. */
static bool runs_go_handler(const struct incident *incident)
{
	return is_write(incident) &&
	       (incident->outcome == EV_OUTCOME_HANDLED || incident->end.raised) &&
	       trap_is_go_handler(incident);
}

bool trap_is_jvm_handler(const struct incident *incident)
{
	const struct stack_frame *handler = incident->handler_frame;

	return incident->signal.disposition == EV_DISPOSITION_HANDLER && handler &&
	       handler->module && starts_with(path_leaf(handler->module), "libjvm.so");
}

/* install_sighandler(SIGPIPE, sig_do_nothing) of signal.c, or sighandler() for a trap in Ruby. */
bool trap_is_ruby_handler(const struct incident *incident)
{
	const struct stack_frame *handler = incident->handler_frame;
	const struct incident_path *exe = &incident->process.exe;

	return incident->process.runtime == RUNTIME_RUBY &&
	       incident->signal.disposition == EV_DISPOSITION_HANDLER && handler &&
	       handler->module &&
	       (starts_with(path_leaf(handler->module), "libruby") ||
		(exe->have && !strcmp(handler->module, exe->text)));
}

static bool is_standard(const struct incident *incident)
{
	return incident->syscall.have_fd &&
	       (incident->syscall.fd == 1 || incident->syscall.fd == 2);
}

/*
 * println!() panics if the write fails. The exit status of a panic in the main thread is 101. A
 * program that handles the error has neither.
 */
bool trap_is_rust_panic(const struct incident *incident)
{
	const struct incident_end *end = &incident->end;

	return incident->process.runtime == RUNTIME_RUST &&
	       (has_symbol(incident, "std::io::stdio::_print") ||
		has_symbol(incident, "std::io::stdio::_eprint") ||
		(end->state == EV_END_ENDED && WIFEXITED(end->status) &&
		 WEXITSTATUS(end->status) == 101));
}

/* epipecheck() of os/file_unix.go: only for writes through os.File, and only for these two. */
bool trap_is_go_standard_output(const struct incident *incident)
{
	return runs_go_handler(incident) && is_standard(incident) &&
	       has_symbol(incident, "os.(*File).");
}

bool trap_is_go_write(const struct incident *incident)
{
	return has_symbol(incident, "syscall.");
}

bool trap_is_go_socket(const struct incident *incident)
{
	return runs_go_handler(incident) && trap_is_go_write(incident) && !is_standard(incident) &&
	       !trap_dies(incident);
}

/*
 * The stacks of Go's own threads begin in its runtime. C code that Go called has
 * runtime.asmcgocall() above it. So a complete stack with neither belongs to a thread that other
 * code created.
 */
bool trap_is_go_foreign_thread(const struct incident *incident)
{
	return runs_go_handler(incident) && incident->end.state != EV_END_ALIVE &&
	       incident->stack && incident->stack->complete && incident->stack->count > 0 &&
	       !has_symbol(incident, "runtime.");
}

/* Go's own two ways to do so have notes of their own. */
bool trap_is_raised(const struct incident *incident)
{
	return incident->end.raised && !trap_is_go_standard_output(incident) &&
	       !trap_is_go_foreign_thread(incident);
}

bool trap_is_own_signal(const struct incident *incident)
{
	const struct incident_sender *sender = &incident->signal.sender;

	return incident->subject == EV_SUBJECT_SENT && sender->have &&
	       sender->pid == incident->process.pid && !incident->end.raised;
}

bool trap_is_blocked_here_only(const struct incident *incident)
{
	return is_write(incident) && incident->signal.blocked &&
	       incident->signal.disposition != EV_DISPOSITION_IGNORE &&
	       !(incident->process.flags & EV_PROCESS_IO_WORKER) &&
	       incident->process.threads_open > 0;
}

static bool dies_in_plain_write(const struct incident *incident)
{
	const struct incident_object *object = &incident->object;

	return is_write(incident) && trap_dies(incident) && object->type != EV_OBJECT_PIPE &&
	       object->type != EV_OBJECT_FIFO && object->type != EV_OBJECT_FILE &&
	       object->type != EV_OBJECT_NONE && incident->syscall.have &&
	       incident->syscall.flags_kind != EV_FLAGS_MSG;
}

/* sock_write() of crypto/bio/bss_sock.c calls write(). */
bool trap_is_openssl(const struct incident *incident)
{
	return dies_in_plain_write(incident) &&
	       (has_module(incident, "libssl.so") || has_module(incident, "libcrypto.so") ||
		has_symbol(incident, "SSL_") || has_symbol(incident, "BIO_"));
}

bool trap_is_stdio(const struct incident *incident)
{
	return dies_in_plain_write(incident) && !trap_is_openssl(incident) &&
	       (has_symbol(incident, "_IO_file_write") ||
		has_symbol(incident, "_IO_new_file_write"));
}

/*
 * systemd calls setsid() before it executes the main process, so the main process leads its own
 * group. Processes that daemons leave to systemd normally do not.
 */
bool trap_is_service_death(const struct incident *incident)
{
	const struct incident_process *process = &incident->process;

	return trap_dies(incident) && supervisor_is_service(process->names.unit) &&
	       !strcmp(process->parent_comm, "systemd") && process->pgid == process->pid;
}

bool trap_is_journal(const struct incident *incident)
{
	static const char path[] = "/run/systemd/journal/stdout";
	const struct ev_unix *end = &incident->object.unix_;

	if (incident->object.type != EV_OBJECT_UNIX || !is_write(incident))
		return false;
	if (incident->peer.have && incident->peer.have_comm &&
	    starts_with(incident->peer.comm, "systemd-journal"))
		return true;
	return end->path_length >= sizeof(path) - 1 && end->path_length <= sizeof(path) &&
	       !memcmp(end->path, path, sizeof(path) - 1);
}

static bool ignores_at_start(enum incident_runtime runtime)
{
	return runtime == RUNTIME_PYTHON || runtime == RUNTIME_RUST || runtime == RUNTIME_NODE;
}

/* The parent started it to run another program, and so could pass on its disposition. */
static bool is_started_by_parent(const struct incident *incident)
{
	return incident->process.flags & EV_PROCESS_PARENT_FORKED &&
	       !(incident->process.flags & EV_PROCESS_SAME_PROGRAM);
}

bool trap_is_inherited_ignore(const struct incident *incident)
{
	return is_write(incident) && incident->outcome == EV_OUTCOME_IGNORED &&
	       incident->signal.disposition == EV_DISPOSITION_IGNORE &&
	       incident->process.parent_ignores == ANSWER_YES && is_started_by_parent(incident) &&
	       !ignores_at_start(incident->process.runtime);
}

bool trap_is_restored_default(const struct incident *incident)
{
	return is_write(incident) && trap_dies(incident) &&
	       incident->signal.disposition == EV_DISPOSITION_DEFAULT &&
	       incident->process.parent_ignores == ANSWER_YES && is_started_by_parent(incident) &&
	       !ignores_at_start(incident->process.runtime);
}

bool trap_is_runtime_ignore(const struct incident *incident, enum incident_runtime runtime)
{
	return is_write(incident) && incident->process.runtime == runtime &&
	       incident->outcome == EV_OUTCOME_IGNORED &&
	       incident->signal.disposition == EV_DISPOSITION_IGNORE;
}

bool trap_is_runtime_undone(const struct incident *incident, enum incident_runtime runtime)
{
	return is_write(incident) && incident->process.runtime == runtime && trap_dies(incident) &&
	       incident->signal.disposition == EV_DISPOSITION_DEFAULT;
}
