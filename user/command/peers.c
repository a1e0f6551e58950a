// SPDX-License-Identifier: GPL-2.0-or-later
#include "peers.h"

#include "decode.h"
#include "enrich.h"

/*
 * What the process is or was. One that is about to end may have no memory any more, and /proc then
 * shows neither its executable nor its command line.
 */
static bool find_detail(const struct exits *exits, const struct enrich_options *enrich,
			uint32_t pid, struct incident_here pid_here, uint64_t start_boot_ns,
			struct ev_peer *detail)
{
	struct ev_peer kept;
	bool known = process_detail_read(enrich, pid, pid_here, start_boot_ns, detail);

	if (known && (detail->exe_length || detail->cmdline_length))
		return true;
	if (!exits_find_detail(exits, pid, start_boot_ns, &kept))
		return known;
	*detail = kept;
	return true;
}

static void complete_peer(const struct exits *exits, const struct enrich_options *enrich,
			  struct work *work)
{
	struct ev_peer *detail = &work->incident.peer_detail;
	const struct peer_candidate *peer = enrich_peer_foresee(&work->incident);
	struct ev_exit exit;
	bool ended, known;

	if (!peer)
		return;
	known = find_detail(exits, enrich, peer->pid, peer->pid_here, peer->start_boot_ns, detail);
	/* It may have ended while it was read. */
	ended = exits_find(exits, peer->pid, peer->start_boot_ns, &exit);
	if (!known) {
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

static void complete_sender(const struct exits *exits, const struct enrich_options *enrich,
			    struct work *work)
{
	const struct incident_sender *sender = &work->incident.signal.sender;
	struct ev_peer *detail = &work->incident.sender_detail;

	if (enrich_sender_is_other(&work->incident) &&
	    find_detail(exits, enrich, sender->pid, sender->pid_here, sender->start_boot_ns,
			detail))
		record_add_block(work->record, &work->size, EV_RECORD_MAX, EV_BLOCK_SENDER_PEER,
				 detail, sizeof(*detail));
}

void peers_complete(const struct exits *exits, const struct enrich_options *enrich,
		    struct work *work)
{
	complete_peer(exits, enrich, work);
	complete_sender(exits, enrich, work);
}
