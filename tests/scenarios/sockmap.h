/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A socket map, as service meshes use it: what is written to one socket leaves by another one. */
#pragma once

/* What is written to FROM is sent by TO from now on; skips if the kernel or the rights do not allow
 * it. */
void sockmap_redirect(int from, int to);
