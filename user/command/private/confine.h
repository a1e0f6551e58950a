/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a trace gives up when everything is loaded, attached and open. The kernel side, the files of
 * traced processes and the readers of the outputs are then faced by a process that can read /proc,
 * add to its outputs, and little else.
 */
#pragma once

#include "child.h"
#include "links.h"
#include "live.h"
#include "options.h"
#include "pipeline.h"

struct rights_user;

/* Whom sigpath becomes by --run-as: RET_USER, which points into OPTIONS; NULL: it stays who it is. */
const struct rights_user *confine_user(const struct options *options, struct rights_user *ret_user);

/*
 * Starts the process that reads links. 0, or -errno, which it has said. The caller calls
 * links_stop().
 */
int confine_start_links(const struct options *options, struct links **ret_links);
/*
 * Before pipeline_start(): the user, the capabilities, and files (landlock, or a mount namespace).
 * 0, or -errno, which it has said: the run must not go on.
 */
int confine_rights(const struct options *options, const struct live *live,
		   const struct child *child, const struct pipeline *pipeline,
		   const struct links *links);
/* After it: the system calls of all threads. 0, or -errno, which it has said. */
int confine_calls(const struct options *options, const struct child *child);
