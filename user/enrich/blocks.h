/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to enrich: the blocks that enrich() fills, one file for each. */
#pragma once

#include "enrich.h"
#include "snapshot.h"

struct links;

/*
 * Command line and executable, if the record lacks them. Reads /proc only when live. LINKS: as in
 * enrich_options.
 */
void process_enrich(struct incident *incident, const char *proc_root, struct links *links);
/*
 * The file that the process executes, by DIR, its directory in /proc. DELETED: it has no name any
 * more; TARGET is its last one. SIZE: at least PATH_MAX + 1.
 */
enum missing_reason process_exe_target(struct links *links, int dir, char *target, size_t size,
				       bool *ret_deleted);
/* Why a name was not found; WHY_NONE: it was. */
struct names_missing {
	enum missing_reason unit, container, pod;
};

/* Unit, container and pod that CGROUP names, which may be unknown or truncated. */
void container_find(const struct incident_path *cgroup, struct incident_names *ret_names,
		    struct names_missing *ret_missing);
/* The same for the incident's process. */
void container_enrich(struct incident *incident);
/* The names of its container and pod: from the disk when live, else from the record. */
void names_enrich(struct incident *incident, const struct enrich_options *options);
/* The same for incident->peer, from incident->peer_on_disk. */
void peer_names_apply(struct incident *incident);
/* The cgroup of incident->peer_detail. */
void peer_detail_cgroup(const struct ev_peer *detail, struct incident_path *ret_path);
/* What DETAIL says; the targets are zero before. */
void process_detail_decode(const struct ev_peer *detail, struct incident_path *exe,
			   struct incident_cmdline *cmdline, struct incident_path *cgroup);
/* Adds to incident->peer what incident->peer_detail says about that process. */
void peer_detail_apply(struct incident *incident);
/* Do the parent and the other threads ignore or block the signal? Reads /proc only when live. */
void signal_sets_enrich(struct incident *incident, const char *proc_root);
/* The kernel part of the stack, and signal.site. */
void kernel_enrich(struct incident *incident, const struct snapshot *snapshot,
		   const struct enrich_options *options);
