// SPDX-License-Identifier: GPL-2.0-or-later
#include "syscall_filter.h"

#include <errno.h>

#include "units.h"

/* ThreadSanitizer starts a thread of its own in every process that forks away, and that thread may
 * first run behind the filter. glibc kills the process where a new thread cannot call rseq();
 * without a sleep and the time it spins. */
static const int runtime_calls[] = {
#ifdef __SANITIZE_THREAD__
	SCMP_SYS(rseq),	     SCMP_SYS(set_robust_list), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(gettimeofday),
#endif
};

static int allow_if(scmp_filter_ctx filter, const struct syscall_rule *rule)
{
	const struct scmp_arg_cmp compare[] = {
		SCMP_CMP64(rule->argument, SCMP_CMP_MASKED_EQ, rule->mask, rule->value),
		SCMP_CMP64(rule->also_argument, SCMP_CMP_MASKED_EQ, rule->also_mask,
			   rule->also_value),
	};

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rule->number, rule->also_mask ? 2 : 1,
				      compare);
}

static int allow(scmp_filter_ctx filter, const struct syscall_list *list)
{
	int error = 0;

	for (size_t i = 0; !error && i < list->call_count; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, list->calls[i], 0);
	for (size_t i = 0; !error && i < list->rule_count; i++)
		error = allow_if(filter, &list->rules[i]);
	return error;
}

static int set_attributes(scmp_filter_ctx filter)
{
	int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (!error)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	/* no_new_privs is set already, or the caller has the right not to set it. */
	return error ?: seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
}

int syscall_filter_apply(const struct syscall_list *lists, size_t count)
{
	const struct syscall_list runtime = { .calls = runtime_calls,
					      .call_count = ARRAY_SIZE(runtime_calls) };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int error;

	if (!filter)
		return -ENOSYS;
	error = set_attributes(filter);
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (!error)
		error = allow(filter, &runtime);
	for (size_t i = 0; !error && i < count; i++)
		error = allow(filter, &lists[i]);
	if (!error)
		error = seccomp_load(filter);
	seccomp_release(filter);
	/* What libseccomp says of a kernel without filters depends on its version. */
	return error == -EINVAL || error == -EOPNOTSUPP ? -ENOSYS : error;
}
