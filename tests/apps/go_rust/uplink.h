/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The C face of uplink.rs. */
#pragma once

#include <stdint.h>

/* FIX: how the library treats SIGPIPE: "none", "ignore", "nosignal". */
void uplink_start(uint16_t port, const char *fix);
void uplink_send(const char *event);
