/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A socket map, as service meshes use it: data written to one socket leaves through another. */
#pragma once

/* From now on data written to FROM is sent through TO. Skips if the kernel or the privileges do not
 * allow it. */
void sockmap_redirect(int from, int to);
