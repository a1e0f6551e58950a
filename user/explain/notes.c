// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What people trip over: rules of runtimes, of service managers and of inheritance that decided
 * this incident and that its facts alone do not tell. Each is said only where its evidence is in
 * the incident; docs/advice.md has a section for every code.
 */
#include "rules.h"

#include <string.h>

#include "code.h"

static bool is_to_stdio(const struct incident *incident)
{
	return incident->syscall.have_fd &&
	       (incident->syscall.fd == 1 || incident->syscall.fd == 2);
}

/* Not only installed: a handler does not run for MSG_NOSIGNAL, or while the signal is blocked. */
static bool is_handled(const struct incident *incident)
{
	return incident->outcome == EV_OUTCOME_HANDLED;
}

static bool is_default(const struct incident *incident)
{
	return incident->signal.disposition == EV_DISPOSITION_DEFAULT;
}

static bool is_ignored(const struct incident *incident)
{
	return incident->signal.disposition == EV_DISPOSITION_IGNORE;
}

bool note_is_go_stdio(const struct incident *incident)
{
	return is_failed_write(incident) && code_runs_on(incident, "go") && is_handled(incident) &&
	       is_to_stdio(incident) && code_is_go(incident);
}

bool note_is_go_foreign(const struct incident *incident)
{
	return is_failed_write(incident) && code_runs_on(incident, "go") && is_handled(incident) &&
	       code_is_not_go(incident);
}

static bool is_go_socket(const struct incident *incident)
{
	return is_failed_write(incident) && code_runs_on(incident, "go") && is_handled(incident) &&
	       !is_to_stdio(incident) && code_is_go(incident);
}

static bool is_raised_by_itself(const struct incident *incident)
{
	const struct incident_sender *sender = &incident->signal.sender;

	return sender->have && incident->signal.number == SIGPIPE &&
	       sender->pid == incident->process.pid && sender->syscall &&
	       (!strcmp(sender->syscall, "tgkill") || !strcmp(sender->syscall, "tkill"));
}

static bool is_python_ignoring(const struct incident *incident)
{
	return is_failed_write(incident) && code_runs_on(incident, "python") &&
	       is_ignored(incident);
}

static bool is_rust_ignoring(const struct incident *incident)
{
	return is_failed_write(incident) && code_runs_on(incident, "rust") && is_ignored(incident);
}

static bool is_node_ignoring(const struct incident *incident)
{
	return is_failed_write(incident) && code_runs_on(incident, "node") && is_ignored(incident);
}

static bool is_jvm_handling(const struct incident *incident)
{
	return is_failed_write(incident) && code_runs_on(incident, "jvm") && is_handled(incident);
}

static bool is_restored(const struct incident *incident)
{
	return is_failed_write(incident) && is_default(incident) &&
	       incident->outcome == EV_OUTCOME_KILLED &&
	       (code_runs_on(incident, "python") || code_runs_on(incident, "rust"));
}

static bool is_child_of_python(const struct incident *incident)
{
	return is_failed_write(incident) && is_default(incident) &&
	       incident->outcome == EV_OUTCOME_KILLED && !code_runs_on(incident, "python") &&
	       !strncmp(incident->process.parent_comm, "python", strlen("python"));
}

/* Where the runtime ignores it anyway, the parent changes nothing. */
static bool is_inherited(const struct incident *incident)
{
	return is_failed_write(incident) && is_ignored(incident) &&
	       incident->process.parent_ignores == ANSWER_YES && !is_python_ignoring(incident) &&
	       !is_rust_ignoring(incident) && !is_node_ignoring(incident);
}

static bool is_blocked_here_only(const struct incident *incident)
{
	return is_failed_write(incident) && incident->signal.blocked &&
	       incident->process.main_thread_blocks == ANSWER_NO &&
	       !(incident->process.flags & EV_PROCESS_IO_WORKER);
}

static bool is_by_tls_library(const struct incident *incident)
{
	return is_failed_write(incident) && incident->syscall.have && incident->syscall.name &&
	       (!strcmp(incident->syscall.name, "write") ||
		!strcmp(incident->syscall.name, "writev")) &&
	       incident->outcome == EV_OUTCOME_KILLED && code_find_tls_library(incident);
}

bool note_is_tls(const struct incident *incident)
{
	return is_by_tls_library(incident);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && !strcmp(text + length - end_length, end);
}

/* systemd starts the main process of a service itself; of Type=forking it adopts it. */
bool note_is_service(const struct incident *incident)
{
	return incident->outcome == EV_OUTCOME_KILLED && incident->signal.number == SIGPIPE &&
	       incident->process.ppid == 1 && ends_with(incident->process.unit, ".service");
}

static bool is_journal(const struct incident *incident)
{
	return is_failed_write(incident) && is_to_stdio(incident) &&
	       incident->object.type == EV_OBJECT_UNIX &&
	       ((incident->object.have_path &&
		 !strcmp(incident->object.path.text, "/run/systemd/journal/stdout")) ||
		(incident->peer.have && incident->peer.have_comm &&
		 !strncmp(incident->peer.comm, "systemd-journal", EV_COMM_LEN - 1)));
}

static const struct {
	const char *code;
	bool (*applies)(const struct incident *incident);
	const char *text;
} rules_of_notes[] = {
	{ "go_stdio", note_is_go_stdio,
	  "Go's rule: when a write to descriptor 1 or 2 fails with EPIPE, its runtime sets SIGPIPE to "
	  "default and raises it again, and the process dies" },
	{ "go_foreign_code", note_is_go_foreign,
	  "the call was not made by Go code: on behalf of such code Go's handler passes SIGPIPE on to "
	  "what was set before it, by default death" },
	{ "go_socket", is_go_socket,
	  "Go's handler does nothing for descriptors other than 1 and 2: the write returns EPIPE" },
	{ "raised_again", is_raised_by_itself,
	  "a signal that a thread sends itself is raise(): runtimes pass SIGPIPE on so; the write that "
	  "failed is an incident of its own, just before" },
	{ "python_ignores", is_python_ignoring,
	  "Python ignores SIGPIPE from its start: the call raises BrokenPipeError" },
	{ "rust_ignores", is_rust_ignoring,
	  "Rust's std ignores SIGPIPE from the start: the call returns BrokenPipe, and println! panics" },
	{ "node_ignores", is_node_ignoring,
	  "Node.js ignores SIGPIPE from its start: the stream emits an error, EPIPE" },
	{ "jvm_handles", is_jvm_handling,
	  "the handler of the Java virtual machine does nothing: the call throws IOException, and "
	  "System.out only remembers it (checkError())" },
	{ "default_restored", is_restored,
	  "Python and Rust's std ignore SIGPIPE from the start: this program has set the default "
	  "action again" },
	{ "child_of_python", is_child_of_python,
	  "Python's subprocess gives its children the default action of SIGPIPE back "
	  "(restore_signals)" },
	{ "inherited_ignore", is_inherited,
	  "the parent ignores SIGPIPE, too: SIG_IGN is inherited across fork() and execve()" },
	{ "blocked_in_thread", is_blocked_here_only,
	  "SIGPIPE is blocked in this thread, not in the main thread: a mask is each thread's own" },
	{ "tls_write", is_by_tls_library,
	  "the TLS library writes with write(), where no MSG_NOSIGNAL can be given" },
	{ "service_inactive", note_is_service,
	  "systemd takes a death by SIGPIPE for a clean exit: the unit becomes inactive, not failed, "
	  "and Restart=on-failure does not start it again" },
	{ "journal_restarted", is_journal,
	  "descriptor 1 or 2 led to the journal: a systemd-journald that was restarted without its "
	  "streams leaves a broken socket behind" },
};

void notes_add(const struct incident *incident, struct explanation *explanation)
{
	for (size_t i = 0; i < sizeof(rules_of_notes) / sizeof(rules_of_notes[0]); i++) {
		if (explanation->note_count == EXPLANATION_NOTES_MAX)
			return;
		if (rules_of_notes[i].applies(incident))
			explanation->notes[explanation->note_count++] = (struct note){
				.code = rules_of_notes[i].code,
				.text = rules_of_notes[i].text,
			};
	}
}

const char *notes_code(size_t index)
{
	return index < sizeof(rules_of_notes) / sizeof(rules_of_notes[0])
		       ? rules_of_notes[index].code
		       : NULL;
}
