// SPDX-License-Identifier: GPL-2.0-or-later
#include "peers.h"

#include "decode.h"
#include "enrich.h"

void peers_complete(const struct exits *exits, const struct enrich_options *enrich,
		    struct work *work)
{
	struct ev_peer *detail = &work->incident.peer_detail;
	const struct peer_candidate *peer = enrich_peer_foresee(&work->incident);
	struct ev_exit exit;
	bool ended, known;

	if (!peer)
		return;
	known = peer_detail_read(enrich, peer, detail);
	/* It may have ended while it was read. */
	ended = exits_find(exits, peer->pid, peer->start_boot_ns, &exit);
	if (!known && !exits_find_detail(exits, peer->pid, peer->start_boot_ns, detail)) {
		if (!ended)
			return;
		*detail =
			(struct ev_peer){ .pid = peer->pid, .start_boot_ns = peer->start_boot_ns };
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
	if (peer_names_read(enrich, &work->incident))
		record_add_block(work->record, &work->size, EV_RECORD_MAX, EV_BLOCK_PEER_NAMES,
				 &work->incident.peer_on_disk, sizeof(struct ev_names));
}
