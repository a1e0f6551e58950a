/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs with faults have in common. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#define ANY_ADDRESS ((void *)-1)
#define NO_ADDRESS ((void *)-2)

/* What sigpath must report of a fault that kills the process. */
struct fault_expected {
	int number;
	const char *code_name;
	const char *cause, *text;
	const void *address;
	const char *access;	 /* NULL: any or none; "": none */
	const char *mapping;	 /* JSON of it, or NULL */
	const char *below;	 /* likewise */
	const char *disposition; /* a part of the sentence, or NULL */
	bool is_likely;		 /* on some kernels */
};

extern volatile sig_atomic_t fault_sink;
extern size_t fault_page; /* bytes */

void fault_emit(const struct fault_expected *expected);
/* Forks. DIE in the child must end it by the signal NUMBER. */
void fault_die(int number, void (*die)(void));
/* Skips the scenario if DIE does not raise the signal NUMBER here. */
void fault_need_trap(int number, void (*die)(void));
/* A handled fault, whose address and access are still with the thread. It is reported, too. */
void fault_leave_old(void);

char *fault_map(size_t pages, int protection);
/* Of a new file of SIZE bytes, whose name goes to PATH. */
char *fault_map_file(size_t size, int protection, char path[64]);

void fault_store(void *address);
void fault_load(const void *address);
void fault_jump(void *address);
