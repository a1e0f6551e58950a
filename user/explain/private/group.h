/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "explain.h"

/*
 * The group of INCIDENT: 12 hex digits, a hash of the program, the call site and the cause CODE. It
 * is the same on every host with the same build, whatever debug files are installed. So it never
 * uses a symbol's name. Without an unwound stack there is no call site in it.
 */
void group_name(const struct incident *incident, const char *code,
		char ret_group[EXPLANATION_GROUP_SIZE]);
