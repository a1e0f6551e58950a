/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fact of a process that the kernel kills, and how such a process is made. */
#pragma once

struct expectation {
	int number;
	const char *subject, *code_name; /* NULL: no siginfo */
	const char *code, *text;
	const char *blocks; /* members of the incident as JSON, or NULL */
};

/* Of this process, just before it dies. */
void killed_emit(const struct expectation *expected);
/* Begins the scenario. DIE dies of the signal NUMBER in a child. */
void killed_in_child(int number, void (*die)(void));
/* Sleeps until somebody kills it. */
void killed_wait(void);
