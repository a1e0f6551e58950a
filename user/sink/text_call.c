// SPDX-License-Identifier: GPL-2.0-or-later
/* What happened to whom, in one line: the outcome, the process, and the call or the sender. */
#include <inttypes.h>
#include <string.h>

#include "line_format.h"
#include "words.h"

size_t text_cut_bytes(const char *name, size_t length)
{
	static const uint8_t marks[] = { 0, 0xc0, 0xe0, 0xf0 };

	for (size_t back = 1; back <= 3 && back <= length; back++) {
		uint8_t byte = (uint8_t)name[length - back];

		if ((byte & 0xc0) == 0x80)
			continue;
		return byte >= marks[back] && byte >= 0xc2 && byte <= 0xf4 ? back : 0;
	}
	return 0;
}

void text_add_comm(struct strbuf *buf, const char *comm)
{
	size_t length = strlen(comm), cut = 0;

	/* The kernel cuts a longer name, and does not look where characters end. */
	if (length == EV_COMM_LEN - 1)
		cut = text_cut_bytes(comm, length);
	strbuf_add_name(buf, comm, length - cut);
	if (cut)
		strbuf_add_text(buf, "...");
}

static void add_pair(struct strbuf *buf, uint32_t pid, uint32_t tid)
{
	strbuf_printf(buf, tid == pid ? "%u" : "%u/%u", pid, tid);
}

void text_add_outcome(enum ev_outcome outcome, uint32_t number, struct strbuf *buf)
{
	char signal[WORD_SIZE];

	if (outcome == EV_OUTCOME_SUPPRESSED) {
		strbuf_add_text(buf, TEXT_SILENT_EPIPE " ");
		return;
	}
	/* An exit has none. */
	if (number)
		strbuf_printf(buf, "%s ", word_signal(number, signal));
	strbuf_printf(buf, "%s ", word_outcome(outcome) ?: "?");
}

void text_add_numbers(struct strbuf *buf, uint32_t pid, uint32_t tid, struct incident_here pid_here,
		      struct incident_here tid_here)
{
	uint32_t here = incident_number_here(pid, pid_here);

	if (here)
		add_pair(buf, here, incident_number_here(tid, tid_here));
	if (here == pid)
		return;
	strbuf_add_text(buf, here ? " (host:" : "host:");
	add_pair(buf, pid, tid);
	strbuf_add_text(buf, here ? ")" : "");
}

/* server[812/815 worker-3], server[812/815], server[812], java[812/815 "GC Thread#0"] */
void text_add_task(const struct incident_process *process, struct strbuf *buf)
{
	text_add_comm(buf, process->comm);
	strbuf_add_text(buf, "[");
	text_add_numbers(buf, process->pid, process->tid, process->pid_here, process->tid_here);
	if (process->thread[0] && strcmp(process->thread, process->comm)) {
		strbuf_add_text(buf, " ");
		text_add_comm(buf, process->thread);
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

static void add_arguments(const struct incident_syscall *call, struct strbuf *buf)
{
	strbuf_add_text(buf, "(");
	if (call->have_fd)
		strbuf_printf(buf, "fd %d", call->fd);
	else if (call->fd_status != EV_FD_NOT_A_WRITE)
		strbuf_add_text(buf, "fd ?");
	if (call->have_bytes)
		strbuf_printf(buf, ", %" PRIu64 " %s", call->bytes,
			      call->bytes == 1 ? "byte" : "bytes");
	add_flags(call, buf);
	strbuf_add_text(buf, ")");
}

/* sendto(fd 7, 14 bytes, MSG_DONTWAIT) [i386], io_uring write(fd ?, 14 bytes), pause() */
void text_add_syscall(const struct incident_syscall *call, struct strbuf *buf)
{
	char number[WORD_SIZE];

	if (call->have_uring)
		strbuf_printf(buf, "io_uring %s",
			      word_or_number(word_uring_op(call->uring_op), call->uring_op,
					     number));
	else if (call->name)
		strbuf_printf(buf, "%s", call->name);
	else
		strbuf_printf(buf, "syscall %u", call->number);
	add_arguments(call, buf);
	/* The other ABIs are the native ones. */
	if (call->have && (call->abi == EV_ABI_I386 || call->abi == EV_ABI_X32 ||
			   call->abi == EV_ABI_ARM || call->abi == EV_ABI_RISCV32))
		strbuf_printf(buf, " [%s]", word_abi(call->abi));
}

/* "sent by bash[12] uid 1000 with kill" */
void text_add_sender(const struct incident_signal *signal, struct strbuf *buf)
{
	const struct incident_sender *sender = &signal->sender;
	const char *code = word_si_code(signal->number, signal->code);

	if (!sender->have) {
		strbuf_printf(buf, "sent by a process that is not known%s%s", code ? ", with " : "",
			      code ? code : "");
		return;
	}
	strbuf_add_text(buf, "sent by ");
	text_add_comm(buf, sender->comm);
	strbuf_add_text(buf, "[");
	text_add_numbers(buf, sender->pid, sender->tid, sender->pid_here, sender->tid_here);
	strbuf_printf(buf, "] uid %u", sender->uid);
	if (sender->have_syscall && sender->syscall)
		strbuf_printf(buf, " with %s", sender->syscall);
}

void text_add_headline(const struct incident *incident, struct strbuf *buf)
{
	text_add_outcome(incident->outcome, incident->signal.number, buf);
	text_add_task(&incident->process, buf);
	if (incident->signal.origin == EV_ORIGIN_PROCESS) {
		strbuf_add_text(buf, "  ");
		text_add_sender(&incident->signal, buf);
	} else if (incident->syscall.have || incident->syscall.have_uring) {
		strbuf_add_text(buf, "  ");
		text_add_syscall(&incident->syscall, buf);
	}
}
