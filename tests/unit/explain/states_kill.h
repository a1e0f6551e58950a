/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's reasons to kill a process. */
#pragma once

#include <string.h>

#include "states.h"

/* The kernel sent a signal with NUMBER, without a siginfo, from PLACE. */
static void prepare_kernel(struct incident *incident, uint32_t number, enum ev_place place)
{
	incident->subject = EV_SUBJECT_KERNEL;
	incident->outcome = EV_OUTCOME_KILLED;
	incident->signal.number = number;
	incident->signal.origin = EV_ORIGIN_KERNEL;
	incident->signal.disposition = EV_DISPOSITION_DEFAULT;
	incident->signal.place = place;
	incident->signal.placed = EV_PLACED_COMPARED;
	incident->process.pid = 812;
}

static void kernel_exec(struct incident *incident)
{
	prepare_kernel(incident, SIGSEGV, EV_PLACE_EXEC);
	incident->signal.code = 0x80;
}

static void kernel_rseq(struct incident *incident)
{
	prepare_kernel(incident, SIGSEGV, EV_PLACE_RSEQ);
	incident->signal.code = 0x80;
}

static void kernel_signal_frame(struct incident *incident)
{
	prepare_kernel(incident, SIGSEGV, EV_PLACE_SIGNAL_FRAME);
	incident->signal.code = 0x80;
}

static void kernel_sigreturn(struct incident *incident)
{
	prepare_kernel(incident, SIGSEGV, EV_PLACE_SIGRETURN);
	incident->signal.code = 0x80;
}

static void kernel_exit_kill(struct incident *incident)
{
	prepare_kernel(incident, SIGKILL, EV_PLACE_PTRACE);
	incident->process.tracer_pid = 900;
}

static void kernel_ptrace_kill(struct incident *incident)
{
	prepare_kernel(incident, SIGKILL, EV_PLACE_PTRACE_KILL);
}

static void kernel_bpf(struct incident *incident)
{
	prepare_kernel(incident, SIGKILL, EV_PLACE_BPF);
}

static void kernel_sysrq(struct incident *incident)
{
	prepare_kernel(incident, SIGKILL, EV_PLACE_SYSRQ);
}

static void kernel_memory_error(struct incident *incident)
{
	prepare_kernel(incident, SIGKILL, EV_PLACE_MEMORY_ERROR);
}

static void kernel_cgroup_kill(struct incident *incident)
{
	prepare_kernel(incident, SIGKILL, EV_PLACE_CGROUP_KILL);
}

static void kernel_unknown(struct incident *incident)
{
	prepare_kernel(incident, SIGKILL, EV_PLACE_UNKNOWN);
	incident->kernel_stack.count = 2;
	incident->kernel_stack.frames[0].name = "some_driver";
	incident->kernel_stack.frames[1].name = "do_exit";
}

static void oom_of(struct incident *incident, uint32_t flags)
{
	prepare_kernel(incident, SIGKILL, EV_PLACE_OOM);
	incident->subject = EV_SUBJECT_OOM;
	incident->memory = (struct incident_memory){
		.have = true,
		.flags = flags,
		.trigger_pid = 900,
		.trigger_comm = "a, b",
	};
}

static void oom_cgroup(struct incident *incident)
{
	oom_of(incident, EV_MEMORY_OF_CGROUP | EV_MEMORY_HAVE_CGROUP | EV_MEMORY_HAVE_SIZE);
	incident->memory.cgroup_id = incident->memory.limit_cgroup_id = 5;
	incident->memory.cgroup_limit = incident->memory.cgroup_usage = 20 << 20;
	incident->memory.resident = 18 << 20;
	incident->memory.swapped = 512 << 10;
	incident->memory.score_adj = -5;
	strcpy(incident->memory.limit_cgroup, "app.service");
}

static void oom_cgroup_group(struct incident *incident)
{
	oom_of(incident, EV_MEMORY_OF_CGROUP | EV_MEMORY_GROUP);
	incident->memory.trigger_pid = 812;
}

/* The kernel has chosen pid PID, which is `hog`. */
static void oom_chosen(struct incident *incident, uint32_t pid, uint32_t flags)
{
	oom_of(incident, EV_MEMORY_OF_CGROUP | EV_MEMORY_HAVE_SIZE | flags);
	incident->memory.resident = 1 << 20;
	incident->memory.chosen_pid = pid;
	incident->memory.is_chosen = pid == incident->process.pid;
	strcpy(incident->memory.chosen_comm, "ho, g");
}

static void oom_leads(struct incident *incident)
{
	oom_chosen(incident, 812, EV_MEMORY_GROUP);
}

static void oom_along(struct incident *incident)
{
	oom_chosen(incident, 700, EV_MEMORY_GROUP | EV_MEMORY_ALONG);
}

static void oom_along_unknown(struct incident *incident)
{
	oom_chosen(incident, 0, EV_MEMORY_GROUP | EV_MEMORY_ALONG);
}

static void oom_shares(struct incident *incident)
{
	oom_chosen(incident, 700, EV_MEMORY_SHARES);
}

/* And a filter hides that one. */
static void oom_shares_unknown(struct incident *incident)
{
	oom_chosen(incident, 0, EV_MEMORY_SHARES);
}

static void oom_host(struct incident *incident)
{
	oom_of(incident, EV_MEMORY_OF_HOST | EV_MEMORY_HAVE_SIZE);
	incident->memory.resident = UINT64_C(3) << 30;
}

static void oom_unclear(struct incident *incident)
{
	oom_of(incident, 0);
}

static void prepare_limit(struct incident *incident, uint32_t number, enum ev_limit_kind kind)
{
	prepare_kernel(incident, number, EV_PLACE_CPU_TIMER);
	incident->subject = EV_SUBJECT_LIMIT;
	incident->limit = (struct incident_limit){ .have = true,
						   .kind = kind,
						   .is_hard = number == SIGKILL,
						   .soft = 1,
						   .hard = 5,
						   .have_used = true };
}

static void cpu_limit(struct incident *incident)
{
	prepare_limit(incident, SIGXCPU, EV_LIMIT_CPU);
	incident->limit.used = 1003 * MSEC;
	incident->outcome = EV_OUTCOME_HANDLED;
}

static void cpu_limit_hard(struct incident *incident)
{
	prepare_limit(incident, SIGKILL, EV_LIMIT_CPU);
	incident->limit.used = 5003 * MSEC;
}

/* In a capture of an older sigpath. */
static void cpu_limit_bare(struct incident *incident)
{
	prepare_limit(incident, SIGXCPU, EV_LIMIT_CPU);
	memset(&incident->limit, 0, sizeof(incident->limit));
}

static void rttime_limit(struct incident *incident)
{
	prepare_limit(incident, SIGXCPU, EV_LIMIT_RTTIME);
	incident->limit.soft = 200000;
	incident->limit.used = 204000;
}

static void file_size_limit(struct incident *incident)
{
	prepare_limit(incident, SIGXFSZ, EV_LIMIT_FSIZE);
	incident->object.type = EV_OBJECT_FILE;
	incident->limit.soft = 4096;
	incident->limit.used = 4095;
	incident->limit.have_offset = true;
	incident->limit.offset = 4096;
}

static void file_size_limit_bare(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_FILE);
	incident->subject = EV_SUBJECT_LIMIT;
	incident->signal.number = SIGXFSZ;
}

static void prepare_seccomp(struct incident *incident, enum ev_seccomp_action action)
{
	prepare_kernel(incident, SIGSYS, EV_PLACE_SECCOMP);
	incident->subject = EV_SUBJECT_SECCOMP;
	incident->seccomp = (struct incident_seccomp){ .have = true, .action = action };
	incident->syscall.have = true;
	incident->syscall.abi = EV_ABI_X86_64;
	incident->syscall.number = 83;
	incident->syscall.name = "mkdir";
}

static void seccomp_trap(struct incident *incident)
{
	prepare_seccomp(incident, EV_SECCOMP_TRAP);
}

static void seccomp_thread(struct incident *incident)
{
	prepare_seccomp(incident, EV_SECCOMP_KILL_THREAD);
	incident->syscall.name = NULL;
	incident->syscall.number = 999;
}

static void seccomp_process(struct incident *incident)
{
	prepare_seccomp(incident, EV_SECCOMP_KILL_PROCESS);
}

static void seccomp_either(struct incident *incident)
{
	prepare_seccomp(incident, EV_SECCOMP_KILL);
}

static void seccomp_no_call(struct incident *incident)
{
	prepare_seccomp(incident, EV_SECCOMP_UNKNOWN);
	incident->syscall.have = false;
}

static void seccomp_strict(struct incident *incident)
{
	prepare_seccomp(incident, EV_SECCOMP_STRICT);
	incident->signal.number = SIGKILL;
	incident->seccomp.is_strict = true;
}

static void namespace_killed(struct incident *incident)
{
	prepare_kernel(incident, SIGKILL, EV_PLACE_NAMESPACE);
	incident->subject = EV_SUBJECT_NAMESPACE_END;
	incident->namespace_end = (struct incident_namespace){
		.have = true, .pid = 700, .comm = "init", .status = 9, .inode = 4026532251
	};
}

static void namespace_exited(struct incident *incident)
{
	namespace_killed(incident);
	incident->namespace_end.status = 3 << 8;
}

static void namespace_unnamed(struct incident *incident)
{
	namespace_killed(incident);
	incident->namespace_end.have = false;
}
