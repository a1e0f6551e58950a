// SPDX-License-Identifier: GPL-2.0-or-later
#include "peers.h"

#include "decode.h"
#include "enrich.h"

void peers_complete(const struct exits *exits, const char *proc_root, struct work *work)
{
	struct ev_peer *detail = &work->incident.peer_detail;
	uint64_t start_boot_ns;
	struct ev_exit exit;
	bool ended, known;
	uint32_t pid;

	if (!enrich_peer_foresee(&work->incident, &pid, &start_boot_ns))
		return;
	known = peer_detail_read(proc_root, pid, start_boot_ns, detail);
	/* It may have ended while it was read. */
	ended = exits_find(exits, pid, start_boot_ns, &exit);
	if (!known && !exits_find_detail(exits, pid, start_boot_ns, detail)) {
		if (!ended)
			return;
		*detail = (struct ev_peer){ .pid = pid, .start_boot_ns = start_boot_ns };
	}
	/* What happened to it later has nothing to do with this write. */
	if (ended && exit.time_ns > work->incident.monotonic_ns) {
		detail->flags |= EV_PEER_LIVES;
	} else if (ended) {
		detail->flags |= EV_PEER_ENDED;
		detail->status = exit.status;
		detail->end_ns = exit.time_ns;
	}
	record_add_block(work->record, &work->size, EV_RECORD_MAX, EV_BLOCK_PEER, detail,
			 sizeof(*detail));
}
