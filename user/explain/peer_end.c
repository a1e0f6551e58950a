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
