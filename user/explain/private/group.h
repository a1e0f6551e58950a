/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "explain.h"

/*
 * The group of INCIDENT: 12 hex digits over the program, the call site and the cause CODE. Equal on
 * every host that runs the same build, whatever debug files are installed there; so it never uses a
 * symbol's name. Where no stack was unwound, the call site is left out.
 */
void group_name(const struct incident *incident, const char *code,
		char ret_group[EXPLANATION_GROUP_SIZE]);
