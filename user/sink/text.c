// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An incident for people: a headline and what is known, most telling first. What is absent takes
 * no line; what could not be found out is named in the last one.
 *
 * 14:03:22.117 SIGPIPE killed server[812/815]  write(fd 7, 14 bytes)
 *     object      tcp 127.0.0.1:8088 -> 127.0.0.1:51234  CLOSE
 *     cause       peer closed, then reset: it sent FIN 6.003 s before, ...
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

#include "duration.h"
#include "path.h"
#include "line_format.h"
#include "words.h"

#define KEY_COLUMN 12
#define CONTINUATION "                " /* the indent and the key column */

#define COLOR_KILLED "\033[1;31m"
#define COLOR_SURVIVED "\033[33m"
#define COLOR_DIM "\033[2m"
#define COLOR_OFF "\033[0m"

void text_add_escaped(struct strbuf *buf, const char *text)
{
	strbuf_add_escaped(buf, text, strlen(text));
}

void text_add_path(struct strbuf *buf, const struct incident_path *path)
{
	if (path->truncated)
		strbuf_add_text(buf, ".../");
	text_add_escaped(buf, path->text);
}

void text_add_time(const struct line_options *options, struct timespec time, struct strbuf *buf)
{
	struct tm parts = { 0 };

	if (options->utc)
		gmtime_r(&time.tv_sec, &parts);
	else
		localtime_r(&time.tv_sec, &parts);
	strbuf_printf(buf, "%02d:%02d:%02d.%03ld", parts.tm_hour, parts.tm_min, parts.tm_sec,
		      time.tv_nsec / 1000000);
}

static void fact_begin(const struct line_options *options, const char *key, struct strbuf *buf)
{
	strbuf_printf(buf, "    %s%-*s%s", options->color ? COLOR_DIM : "", KEY_COLUMN, key,
		      options->color ? COLOR_OFF : "");
}

static void fact_end(struct strbuf *buf)
{
	strbuf_add_text(buf, "\n");
}

static void add_text_fact(const struct line_options *options, const char *key, const char *text,
			  struct strbuf *buf)
{
	if (!text[0])
		return;
	fact_begin(options, key, buf);
	text_add_escaped(buf, text);
	fact_end(buf);
}

static const char *outcome_color(enum ev_outcome outcome)
{
	switch (outcome) {
	case EV_OUTCOME_KILLED:
		return COLOR_KILLED;
	case EV_OUTCOME_IGNORED:
	case EV_OUTCOME_HANDLED:
	case EV_OUTCOME_PENDING:
		return COLOR_SURVIVED;
	default:
		return NULL;
	}
}

/* server[812/815 worker-3], server[812/815], server[812] */
static void add_task(const struct incident_process *process, struct strbuf *buf)
{
	text_add_escaped(buf, process->comm);
	strbuf_printf(buf, "[%u", process->pid);
	if (process->tid != process->pid)
		strbuf_printf(buf, "/%u", process->tid);
	if (process->thread[0] && strcmp(process->thread, process->comm)) {
		strbuf_add_text(buf, " ");
		text_add_escaped(buf, process->thread);
	}
	strbuf_add_text(buf, "]");
}

static void add_flags(const struct incident_syscall *call, struct strbuf *buf)
{
	const char *names[WORD_FLAGS_MAX];
	uint64_t rest;
	size_t count = word_flags(call->flags_kind, call->flags, names, &rest);

	for (size_t i = 0; i < count; i++)
		strbuf_printf(buf, "%s%s", i ? "|" : ", ", names[i]);
	if (rest)
		strbuf_printf(buf, "%s0x%" PRIx64, count ? "|" : ", ", rest);
}

/* sendto(fd 7, 14 bytes, MSG_DONTWAIT) [i386], io_uring write(fd ?, 14 bytes) */
static void add_syscall(const struct incident_syscall *call, struct strbuf *buf)
{
	char number[WORD_SIZE];

	if (call->have_uring)
		strbuf_printf(buf, "  io_uring %s",
			      word_or_number(word_uring_op(call->uring_op), call->uring_op,
					     number));
	else if (call->name)
		strbuf_printf(buf, "  %s", call->name);
	else
		strbuf_printf(buf, "  syscall %u", call->number);
	if (call->have_fd)
		strbuf_printf(buf, "(fd %d", call->fd);
	else
		strbuf_add_text(buf, "(fd ?");
	if (call->have_bytes)
		strbuf_printf(buf, ", %" PRIu64 " %s", call->bytes,
			      call->bytes == 1 ? "byte" : "bytes");
	add_flags(call, buf);
	strbuf_add_text(buf, ")");
	/* The others are what the machine itself speaks. */
	if (call->have &&
	    (call->abi == EV_ABI_I386 || call->abi == EV_ABI_X32 || call->abi == EV_ABI_ARM))
		strbuf_printf(buf, " [%s]", word_abi(call->abi));
}

/* sent by bash[12] uid 1000 with kill */
static void add_sender(const struct incident_signal *signal, struct strbuf *buf)
{
	const struct incident_sender *sender = &signal->sender;
	const char *code = word_si_code(signal->code);

	if (!sender->have) {
		strbuf_printf(buf, "  sent by a process that is not known%s%s",
			      code ? ", with " : "", code ? code : "");
		return;
	}
	strbuf_add_text(buf, "  sent by ");
	text_add_escaped(buf, sender->comm);
	strbuf_printf(buf, "[%u", sender->pid);
	if (sender->tid != sender->pid)
		strbuf_printf(buf, "/%u", sender->tid);
	strbuf_printf(buf, "] uid %u", sender->uid);
	if (sender->have_syscall && sender->syscall)
		strbuf_printf(buf, " with %s", sender->syscall);
}

static void add_headline(const struct line_options *options, const struct incident *incident,
			 struct strbuf *buf)
{
	const char *color = options->color ? outcome_color(incident->outcome) : NULL;
	const char *outcome = word_outcome(incident->outcome);
	char signal[WORD_SIZE];

	strbuf_add_text(buf, color ? color : "");
	text_add_time(options, incident->time, buf);
	strbuf_printf(buf, " %s %s ", word_signal(incident->signal.number, signal),
		      outcome ? outcome : "?");
	add_task(&incident->process, buf);
	if (incident->signal.origin == EV_ORIGIN_PROCESS)
		add_sender(&incident->signal, buf);
	else if (incident->syscall.have || incident->syscall.have_uring)
		add_syscall(&incident->syscall, buf);
	strbuf_add_text(buf, color ? COLOR_OFF : "");
	strbuf_add_text(buf, "\n");
}

void text_add_duration(struct strbuf *buf, uint64_t ns)
{
	char text[DURATION_SIZE];

	strbuf_add_text(buf, duration_text(ns, DURATION_FINE, text));
}

/* nc[4321], same-host socket closed by it, 6.0 s before */
static void add_peer(const struct line_options *options, const struct incident_peer_process *peer,
		     struct strbuf *buf)
{
	if (!peer->have)
		return;
	fact_begin(options, "peer", buf);
	if (peer->confidence != CONFIDENCE_CERTAIN)
		strbuf_add_text(buf, "probably ");
	if (peer->have_comm) {
		text_add_escaped(buf, peer->comm);
		strbuf_printf(buf, "[%u]", peer->pid);
	} else {
		strbuf_printf(buf, "pid %u", peer->pid);
	}
	if (peer->how)
		strbuf_printf(buf, ", %s", word_peer_how_text(peer->how));
	if (peer->have_ago) {
		strbuf_add_text(buf, ", ");
		text_add_duration(buf, peer->ago_ns);
		strbuf_add_text(buf, " before");
	}
	fact_end(buf);
}

static void add_cause(const struct line_options *options, const struct explanation *explanation,
		      struct strbuf *buf)
{
	if (!explanation->text[0])
		return;
	fact_begin(options, "cause", buf);
	text_add_escaped(buf, explanation->text);
	if (explanation->confidence == CONFIDENCE_LIKELY)
		strbuf_add_text(buf, " (likely)");
	fact_end(buf);
}

/* As a shell would want it, where quotes are needed to see the arguments apart. */
static void add_argument(const char *argument, struct strbuf *buf)
{
	bool plain = argument[0];

	for (const char *at = argument; *at; at++)
		if (!isalnum((unsigned char)*at) && (unsigned char)*at < 0x80 &&
		    !strchr("_-+=:,./@%^~[]{}?*!#", *at))
			plain = false;
	if (plain) {
		text_add_escaped(buf, argument);
		return;
	}
	strbuf_add_text(buf, "'");
	while (*argument) {
		size_t length = strcspn(argument, "'");

		strbuf_add_escaped(buf, argument, length);
		argument += length;
		if (*argument) {
			strbuf_add_text(buf, "'\\''");
			argument++;
		}
	}
	strbuf_add_text(buf, "'");
}

/* The command line does not tell which file runs: another name, or none at all. */
static bool exe_is_news(const struct incident_process *process)
{
	const char *first;

	if (!process->exe.have)
		return false;
	if (process->exe_deleted || !process->cmdline.have || !process->cmdline.count)
		return true;
	first = process->cmdline.args[0];
	if (first[0] == '/')
		return strcmp(first, process->exe.text) != 0;
	return strcmp(path_leaf(first), path_leaf(process->exe.text)) != 0;
}

/* Two spaces between the parts of a fact. */
static void add_part(struct strbuf *buf, size_t start, const char *key)
{
	strbuf_printf(buf, "%s%s", buf->length == start ? "" : "  ", key);
}

static void add_named_part(struct strbuf *buf, size_t start, const char *key, const char *text)
{
	if (!text[0])
		return;
	add_part(buf, start, key);
	text_add_escaped(buf, text);
}

static void add_command(const struct incident_process *process, size_t start, struct strbuf *buf)
{
	const struct incident_cmdline *cmdline = &process->cmdline;

	for (size_t i = 0; cmdline->have && i < cmdline->count; i++) {
		strbuf_add_text(buf, i ? " " : "");
		add_argument(cmdline->args[i], buf);
	}
	if (cmdline->have && cmdline->truncated)
		strbuf_add_text(buf, " ...");
	add_part(buf, start, "uid ");
	strbuf_printf(buf, "%u", process->uid);
	if (exe_is_news(process)) {
		add_part(buf, start, "exe ");
		text_add_path(buf, &process->exe);
		strbuf_add_text(buf, process->exe_deleted ? " (deleted)" : "");
	}
}

/* ./server --port 8088  uid 1000  parent bash[800]  runtime go  cgroup /system.slice/server.service
 */
static void add_process(const struct line_options *options, const struct incident_process *process,
			struct strbuf *buf)
{
	size_t start;

	fact_begin(options, "process", buf);
	start = buf->length;
	add_command(process, start, buf);
	if (process->ppid) {
		add_named_part(buf, start, "parent ",
			       process->parent_comm[0] ? process->parent_comm : "?");
		strbuf_printf(buf, "[%u]", process->ppid);
	}
	if (process->runtime > RUNTIME_NATIVE)
		add_named_part(buf, start, "runtime ", word_runtime(process->runtime));
	if (process->tracer_pid) {
		add_part(buf, start, "traced by pid ");
		strbuf_printf(buf, "%u", process->tracer_pid);
	}
	if (process->cgroup.have) {
		add_part(buf, start, "cgroup ");
		text_add_path(buf, &process->cgroup);
	}
	if (!process->cgroup.have || strcmp(path_leaf(process->cgroup.text), process->unit))
		add_named_part(buf, start, "unit ", process->unit);
	add_named_part(buf, start, "container ", process->container);
	add_named_part(buf, start, "pod ", process->pod);
	if (process->ns_pid && process->ns_pid != process->pid) {
		add_part(buf, start, "pid in its namespace ");
		strbuf_printf(buf, "%u", process->ns_pid);
	}
	fact_end(buf);
}

static void add_stacks(const struct line_options *options, const struct incident *incident,
		       struct strbuf *buf)
{
	if (incident->stack) {
		fact_begin(options, "stack", buf);
		text_add_stack(incident->stack, buf);
		fact_end(buf);
	}
	if (incident->kernel_stack.count) {
		fact_begin(options, "kernel", buf);
		text_add_kernel_stack(&incident->kernel_stack, buf);
		fact_end(buf);
	}
}

/* One line each, behind the key of the first. */
static void add_line(const struct line_options *options, const char *key, size_t index,
		     const char *text, struct strbuf *buf)
{
	if (index)
		strbuf_add_text(buf, CONTINUATION);
	else
		fact_begin(options, key, buf);
	text_add_escaped(buf, text);
	fact_end(buf);
}

/* unknown     command line (the page was not resident), peer process (not on this host) */
static void add_unknown(const struct line_options *options, const struct incident *incident,
			struct strbuf *buf)
{
	bool first = true;

	for (size_t i = 0; i < MISSING_FIELDS; i++) {
		if (!incident->missing[i] || !missing_is_told(i))
			continue;
		if (first)
			fact_begin(options, "unknown", buf);
		else
			strbuf_add_text(buf, ", ");
		first = false;
		strbuf_printf(buf, "%s (%s)", missing_words(i), missing_text(incident->missing[i]));
	}
	if (!first)
		fact_end(buf);
}

/* Only where the signal itself did not decide it. */
static void add_end(const struct line_options *options, const struct incident_end *end,
		    struct strbuf *buf)
{
	const char *label = word_end(end);
	char signal[WORD_SIZE];

	if (!label)
		return;
	fact_begin(options, "end", buf);
	strbuf_add_text(buf, label);
	if (end->state == EV_END_ENDED && WIFSIGNALED(end->status))
		strbuf_printf(buf, " by %s", word_signal(WTERMSIG(end->status), signal));
	else if (end->state == EV_END_ENDED)
		strbuf_printf(buf, " with status %d", WEXITSTATUS(end->status));
	strbuf_add_text(buf, ", ");
	text_add_duration(buf, end->after_ns);
	strbuf_add_text(buf, " later");
	fact_end(buf);
}

static void render_incident(const struct line_options *options, const struct incident *incident,
			    const struct explanation *explanation, struct strbuf *buf)
{
	add_headline(options, incident, buf);
	if (incident->object.type != EV_OBJECT_NONE) {
		fact_begin(options, "object", buf);
		text_add_object(incident, buf);
		fact_end(buf);
	}
	add_peer(options, &incident->peer, buf);
	add_cause(options, explanation, buf);
	add_text_fact(options, "disposition", explanation->disposition, buf);
	add_end(options, &incident->end, buf);
	add_stacks(options, incident, buf);
	add_process(options, &incident->process, buf);
	for (size_t i = 0; i < explanation->note_count; i++)
		add_line(options, "note", i, explanation->notes[i].text, buf);
	for (size_t i = 0; i < explanation->advice_count; i++)
		add_line(options, "advice", i, explanation->advice[i].text, buf);
	add_unknown(options, incident, buf);
}

const struct line_renderer text_lines = {
	.incident = render_incident,
	.repeat = text_render_repeat,
};
