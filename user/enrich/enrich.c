// SPDX-License-Identifier: GPL-2.0-or-later
/* The order in which the blocks of an incident are filled. */
#include "blocks.h"

void enrich(struct incident *incident, const struct snapshot *snapshot,
	    const struct enrich_options *options)
{
	/* First the facts that disappear with a dying process. */
	if (options->live) {
		process_enrich(incident, options->proc_root, options->links);
		signal_sets_enrich(incident, options->proc_root);
	}
	container_enrich(incident);
	names_enrich(incident, options);
	kernel_enrich(incident, snapshot, options);
}
