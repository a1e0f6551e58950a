// SPDX-License-Identifier: GPL-2.0-or-later
/* How the end of the process was seen. */
#include <errno.h>

#include "decode_private.h"

static uint64_t moment_of(const struct ev_death *death)
{
	return death->stage == EV_STAGE_DELIVERED ? death->delivered_ns : death->exited_ns;
}

int death_decode(const struct record_view *view, struct incident *incident)
{
	struct incident_death *death = &incident->death;
	struct ev_death from;

	if (!block_read(view, EV_BLOCK_DEATH, &from, sizeof(from)))
		return incident->subject == EV_SUBJECT_EXIT ? -EBADMSG : 0;
	if (from.stage < EV_STAGE_GENERATED || from.stage > EV_STAGE_PENDING ||
	    from.ungenerated > EV_GENERATION_OTHER)
		return -EBADMSG;
	death->have = true;
	death->stage = from.stage;
	death->ungenerated = from.ungenerated;
	death->thread_alone = from.thread_alone;
	death->have_status = from.stage == EV_STAGE_EXITED;
	death->status = from.status;
	death->have_after = from.generated_ns && moment_of(&from) >= from.generated_ns;
	if (death->have_after)
		death->after_ns = moment_of(&from) - from.generated_ns;
	return 0;
}
