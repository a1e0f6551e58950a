/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls that a process may make: a filter of seccomp, by libseccomp. */
#pragma once

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A call that is allowed if one of its arguments is right. Several for one call: one must be right.
 */
struct syscall_rule {
	int number;	       /* SCMP_SYS(name) */
	unsigned int argument; /* 0 to 5 */
	uint64_t mask, value;  /* (argument & MASK) == VALUE */
	/* and another argument, too; ALSO_MASK 0: none */
	unsigned int also_argument;
	uint64_t also_mask, also_value;
};

struct syscall_list {
	const int *calls; /* SCMP_SYS(name); one that the machine does not have is left out */
	size_t call_count;
	const struct syscall_rule *rules;
	size_t rule_count;
};

/*
 * From now on all threads of the process can make only the calls in the LISTS (and so can what they
 * start): the others fail with EPERM. clone3() fails with ENOSYS, so that the C library uses
 * clone(), whose flags a filter can see. Why no signal: a C library that makes a new call must not
 * end a run of months, and to who has taken over the process, an error gives no more than death.
 * A call of another ABI of the machine (32 bits, x32), which sigpath never makes, does end the
 * process.
 * Needs no_new_privs, or CAP_SYS_ADMIN. 0; -ENOSYS: the kernel has no seccomp filters, or
 * libseccomp does not know the machine; -errno.
 */
int syscall_filter_apply(const struct syscall_list *lists, size_t count);
