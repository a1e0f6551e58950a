/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "metrics.h"

/*
 * The format for an Accept header of HTTP (RFC 9110, 12.5.1); NULL: none was sent. OpenMetrics only
 * for who asks for it by name.
 */
enum metrics_format accept_header_format(const char *header);
