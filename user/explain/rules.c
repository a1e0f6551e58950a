// SPDX-License-Identifier: GPL-2.0-or-later
/* Chooses the table of causes for an incident: by its subject, then by the object's type. */
#include "rule.h"

const struct rule *const rule_tables[] = {
	sent_rules,
	sent_kernel_rules,
	kernel_rules,
	fault_rules,
	abort_rules,
	oom_rules,
	limit_rules,
	seccomp_rules,
	namespace_end_rules,
	unexplained_rules,
	exit_rules,
	pipe_rules,
	tcp_rules,
	unix_rules,
	socket_rules,
	unknown_rules,
	NULL,
};

static const struct rule *table_of_write(const struct incident *incident)
{
	switch (incident->object.type) {
	case EV_OBJECT_PIPE:
	case EV_OBJECT_FIFO:
		return pipe_rules;
	case EV_OBJECT_TCP:
		return tcp_rules;
	case EV_OBJECT_UNIX:
		return unix_rules;
	case EV_OBJECT_SOCKET:
	case EV_OBJECT_MPTCP:
	case EV_OBJECT_SCTP:
	case EV_OBJECT_VSOCK:
		return socket_rules;
	case EV_OBJECT_NONE:
	case EV_OBJECT_FILE:
		break;
	}
	return unknown_rules;
}

static const struct rule *table_of(const struct incident *incident)
{
	switch (incident->subject) {
	case EV_SUBJECT_WRITE:
		return table_of_write(incident);
	case EV_SUBJECT_SENT:
		return sent_rules;
	case EV_SUBJECT_FAULT:
		return fault_rules;
	case EV_SUBJECT_ABORT:
		return abort_rules;
	case EV_SUBJECT_LIMIT:
		return limit_rules;
	case EV_SUBJECT_SECCOMP:
		return seccomp_rules;
	case EV_SUBJECT_OOM:
		return oom_rules;
	case EV_SUBJECT_NAMESPACE_END:
		return namespace_end_rules;
	case EV_SUBJECT_KERNEL:
		return sent_kernel_knows(incident) ? sent_kernel_rules : kernel_rules;
	case EV_SUBJECT_UNEXPLAINED:
		return unexplained_rules;
	case EV_SUBJECT_EXIT:
		return exit_rules;
	}
	return unknown_rules;
}

const struct rule *rules_match(const struct incident *incident)
{
	const struct rule *rule = table_of(incident);

	while (rule->matches && !rule->matches(incident))
		rule++;
	return rule;
}
