/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What really happened to the other end, and how a scenario states it. */
#pragma once

#include <stdnoreturn.h>
#include <sys/types.h>

#include "fact.h"
#include "scenario.h"

/* What really happened. */
struct truth {
	pid_t peer;	    /* 0: nobody can be named */
	const char *how;    /* peer_process.how */
	int status;	    /* its wait status; -1: it lives */
	const char *code;   /* cause.code */
	const char *text;   /* in cause.text; NULL: anything */
	const char *reason; /* without a peer: why */
};

/* The fact about the process at the other end. */
void tell_peer(struct fact *fact, const struct truth *truth);
/* The write to FD that kills, with its fact. */
noreturn void write_and_report(int fd, const struct truth *truth);

/* A child that ends with its parent. */
pid_t fork_child(void);
/* The child stays. */
noreturn void live_on(void);
void wait_ms(long ms);

/* accused_tcp.c */
extern const struct scenario accused_tcp[];
extern const size_t accused_tcp_count;
