/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading the BPF object: its settings, what it needs, and why it could not be loaded. */
#pragma once

#include <stddef.h>

#include "live.h"

struct sigpath_bpf;

/* Opens and loads. 0 or -errno with a reason for the user in ERROR_TEXT. */
int load_skeleton(const struct live_options *options, uint32_t hz, char *error_text,
		  size_t error_size, struct sigpath_bpf **ret_skeleton);
/* Why attaching failed with ERROR (-errno). */
void load_explain_failure(int error, const char *what, char *error_text, size_t error_size);
