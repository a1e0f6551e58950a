// SPDX-License-Identifier: GPL-2.0-or-later
/* The process at the other end. */
#include <string.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "layout.h"
#include "line_format.h"
#include "text_fields.h"
#include "words.h"

/* On a terminal: the command line of the process itself matters more. */
#define CMDLINE_COLUMNS 60

void text_add_quoted_cmdline(const struct line_options *options,
			     const struct incident_cmdline *cmdline, struct strbuf *buf)
{
	cleanup(strbuf_free) struct strbuf text = { 0 };
	bool is_cut = false;
	size_t size;

	for (size_t i = 0; i < cmdline->count; i++) {
		strbuf_add_text(&text, i ? " " : "");
		strbuf_add_text(&text, cmdline->args[i]);
	}
	buf->failed |= text.failed;
	if (buf->failed)
		return;
	size = text.length - (cmdline->truncated ? text_cut_bytes(text.text, text.length) : 0);
	if (options->is_terminal && !options->text.full) {
		size_t fits = layout_fit(text.text, size, CMDLINE_COLUMNS);

		is_cut = fits < size;
		size = fits;
	}
	strbuf_add_text(buf, "\"");
	strbuf_add_inside(buf, text.text ?: "", size, '"');
	strbuf_add_text(buf, cmdline->truncated && !is_cut ? " ...\"" : "\"");
	if (is_cut)
		strbuf_printf(buf, "... %zu" LAYOUT_GLUE "more" LAYOUT_GLUE "bytes (--full)",
			      text.length - size);
}

/* shipper[5279] "shipper --to s3" */
static void add_who(const struct line_options *options, const struct incident_peer_process *peer,
		    struct strbuf *buf)
{
	char number[INCIDENT_NUMBER_SIZE];

	incident_number_text(peer->pid, peer->pid_here, number);
	if (peer->have_comm) {
		text_add_comm(buf, peer->comm);
		strbuf_printf(buf, "[%s]", number);
	} else {
		strbuf_printf(buf, "pid %s", number);
	}
	if (!peer->cmdline.have || !peer->cmdline.count)
		return;
	strbuf_add_text(buf, " ");
	text_add_quoted_cmdline(options, &peer->cmdline, buf);
}

/* The exit closed the end, and says more than that it did. */
static bool exit_is_news(const struct incident_peer_process *peer)
{
	return peer->have_exit && (!WIFEXITED(peer->exit_status) || WEXITSTATUS(peer->exit_status));
}

static void add_exit(const struct incident_peer_process *peer, struct strbuf *buf)
{
	char name[WORD_SIZE];

	if (WIFSIGNALED(peer->exit_status))
		strbuf_printf(buf, "died of %s", word_signal(WTERMSIG(peer->exit_status), name));
	else
		strbuf_printf(buf, "exited with status %d", WEXITSTATUS(peer->exit_status));
}

/* shipper[5279] "shipper --to s3", died of SIGSEGV 31.6 ms before */
void text_add_peer(const struct line_options *options, const struct incident_peer_process *peer,
		   struct strbuf *buf)
{
	bool by_exit = peer->how == PEER_HOW_CLOSED_BY_EXIT && exit_is_news(peer);

	add_who(options, peer, buf);
	if (by_exit) {
		strbuf_add_text(buf, ", ");
		add_exit(peer, buf);
	} else if (peer->how) {
		strbuf_printf(buf, ", %s", word_peer_how_text(peer->how));
	}
	if (peer->have_ago) {
		strbuf_add_text(buf, by_exit ? " " : ", ");
		text_add_duration(buf, peer->ago_ns);
		strbuf_add_text(buf, " before");
	}
	/* Its end came after it had closed the end. */
	if (!by_exit && exit_is_news(peer)) {
		strbuf_add_text(buf, "; it ");
		add_exit(peer, buf);
	}
}
