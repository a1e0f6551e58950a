/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that is ended by somebody or something, and the fact about it. */
#pragma once

#include <sys/types.h>

#include "fact.h"

/* Shared: the victim adds itself, and who causes the signal adds the rest and writes it. */
extern struct fact *sent_fact;

struct sent_expected {
	int number;
	const char *subject;
	pid_t sender;	      /* 0: nobody must be named */
	const char *terminal; /* NULL: none */
	struct evidence evidence;
};

/* The outcome is "killed", or another one. It is the label of the fact, too. */
void sent_emit(const struct sent_expected *expected);
void sent_emit_outcome(const struct sent_expected *expected, const char *outcome);

/* Before all others: makes the fact, and begins the scenario. */
void sent_prepare(void);
/* A child that calls RUN, which calls sent_describe(). Returns when it has. */
pid_t sent_victim_start(void (*run)(void));

/* In the victim: it says who it is. */
void sent_describe(void);
void sent_describe_and_wait(void);
