/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the source: how the list of abilities is made. */
#pragma once

#include <stdbool.h>

#include "ability.h"
#include "config.h"
#include "live.h"

/*
 * HOOKS, as far as a run with CONFIG uses them. MAY_TRY: attach hooks to find out why one is
 * missing.
 */
void ability_add_hooks(struct abilities *abilities, const struct live_hooks *hooks,
		       const struct bpf_config *config, bool may_try);
