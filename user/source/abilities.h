/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this kernel and these privileges allow. sigpath finds out by trying. */
#pragma once

#include "ability.h"

struct live;

/*
 * Loads and attaches everything, and detaches it again. 0 if incidents can be traced, else the
 * -errno that prevents it.
 */
int abilities_probe(struct abilities *ret_abilities);
/* The hooks of LIVE, after live_attach(), as far as its run uses them. It tries nothing. */
void abilities_of_run(const struct live *live, struct abilities *ret_abilities);
