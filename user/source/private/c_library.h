/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the C libraries of this host keep why they abort (bpf/core/abort.bpf.h). */
#pragma once

/*
 * Fills the map at MAP for the C libraries of PID 1 and of this process, and those at the usual
 * places. What is not found is left out: an abort then has no message. Only files are read that
 * root alone can write.
 */
void c_libraries_find(int map);
