// SPDX-License-Identifier: GPL-2.0-or-later
/* The process at the other end, in one line of text. */
#include <string.h>
#include <sys/wait.h>

#include "line_format.h"
#include "words.h"

void text_add_quoted_cmdline(const struct incident_cmdline *cmdline, struct strbuf *buf)
{
	strbuf_add_text(buf, "\"");
	for (size_t i = 0; i < cmdline->count; i++) {
		strbuf_add_text(buf, i ? " " : "");
		strbuf_add_inside(buf, cmdline->args[i], strlen(cmdline->args[i]), '"');
	}
	strbuf_add_text(buf, cmdline->truncated ? " ...\"" : "\"");
}

/* shipper[5279] "shipper --to s3" */
static void add_who(const struct incident_peer_process *peer, struct strbuf *buf)
{
	const struct incident_cmdline *cmdline = &peer->cmdline;
	char number[INCIDENT_NUMBER_SIZE];

	incident_number_text(peer->pid, peer->pid_here, number);
	if (peer->have_comm) {
		text_add_name(buf, peer->comm);
		strbuf_printf(buf, "[%s]", number);
	} else {
		strbuf_printf(buf, "pid %s", number);
	}
	if (!cmdline->have || !cmdline->count)
		return;
	strbuf_add_text(buf, " ");
	text_add_quoted_cmdline(cmdline, buf);
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
void text_add_peer(const struct incident_peer_process *peer, struct strbuf *buf)
{
	bool by_exit = peer->how == PEER_HOW_CLOSED_BY_EXIT && exit_is_news(peer);

	if (peer->confidence != CONFIDENCE_CERTAIN)
		strbuf_add_text(buf, "probably ");
	add_who(peer, buf);
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
