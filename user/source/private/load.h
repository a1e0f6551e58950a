/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads the BPF object: its configuration, what it needs, and the reason if it cannot be loaded. */
#pragma once

#include <stddef.h>

#include "live.h"

struct sigpath_bpf;

/* Opens and loads. 0 or -errno with a reason for the user in ERROR_TEXT. */
int load_skeleton(const struct live_options *options, uint32_t hz, char *error_text,
		  size_t error_size, struct sigpath_bpf **ret_skeleton);
/* Why attaching failed with ERROR (-errno). */
void load_explain_failure(int error, const char *what, char *error_text, size_t error_size);
