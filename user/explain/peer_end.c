// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer_end.h"

#include <sys/wait.h>

#include "words.h"

void peer_tell_close(const struct incident *incident, const char *who, struct text *text)
{
	const struct incident_peer_process *peer = &incident->peer;
	bool by_exit = peer->have && peer->have_exit && peer->how == PEER_HOW_CLOSED_BY_EXIT;
	int status = peer->exit_status;
	char name[WORD_SIZE];

	if (by_exit && WIFSIGNALED(status))
		text_add(text, "%s was killed by %s", who, word_signal(WTERMSIG(status), name));
	else if (by_exit && WEXITSTATUS(status))
		text_add(text, "%s exited with status %d", who, WEXITSTATUS(status));
	else
		text_add(text, "%s closed its end", who);
}

/* False: no more is known than the signal. */
static bool tell_why(const struct incident_link *death, struct text *text)
{
	char name[WORD_SIZE], number[INCIDENT_NUMBER_SIZE];

	switch (death->subject) {
	case EV_SUBJECT_OOM:
		text_add(text, "; the kernel had killed it because memory ran out");
		return true;
	case EV_SUBJECT_NAMESPACE_END:
		text_add(text, "; the init of its PID namespace had ended");
		return true;
	case EV_SUBJECT_SENT:
		if (!death->sender.have || death->sender.pid == death->pid)
			return false;
		text_add_hostile(text, "; ", death->sender.comm);
		text_add(text, "[%s] had sent it %s",
			 incident_number_text(death->sender.pid, death->sender.pid_here, number),
			 word_signal(death->signal, name));
		return true;
	default:
		return false;
	}
}

void peer_tell_death(const struct incident *incident, struct text *text)
{
	for (size_t i = 0; i < incident->link_count; i++) {
		const struct incident_link *link = &incident->links[i];

		if (link->what == LINK_PEER_DIED && incident->peer.how == PEER_HOW_CLOSED_BY_EXIT &&
		    tell_why(link, text))
			text_add_age(text, true, link->ago_ns, DURATION_FINE);
	}
}
