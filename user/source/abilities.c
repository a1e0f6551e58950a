/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this kernel and these privileges allow: first facts of the system, then the results of
 * attaching (ability_hooks.c).
 */
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cleanup.h"
#include "abilities.h"
#include "ability_add.h"
#include "capabilities.h"
#include "jit.h"
#include "landlock.h"
#include "live.h"
#include "procdir.h"
#include "refusal.h"
#include "rights.h"
#include "units.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

static void add_kernel(struct abilities *abilities)
{
	struct utsname name;

	uname(&name);
	ability_add(abilities, "kernel", "%.64s %.32s", name.release, name.machine);
	if (!access(KERNEL_BTF, R_OK))
		ability_add(abilities, "btf", KERNEL_BTF);
	else
		ability_add_limit(
			abilities, "btf", ABILITY_MISSING,
			"everything: sigpath cannot find the fields of the kernel's structures",
			"boot a kernel with CONFIG_DEBUG_INFO_BTF, as the distributions' are, and mount /sys",
			KERNEL_BTF ": %s (CONFIG_DEBUG_INFO_BTF, 5.10 or newer)", strerror(errno));
}

static void add_capability(struct abilities *abilities, const struct capability *row, uint64_t held)
{
	bool is_held = held & RIGHT(row->number);

	if (is_held || (row->is_in_admin && held & RIGHT(CAP_SYS_ADMIN)))
		ability_add(abilities, row->name, "held%s; needed to %s",
			    is_held ? "" : " by CAP_SYS_ADMIN", row->used_for);
	else
		ability_add_limit(abilities, row->name,
				  row->is_required ? ABILITY_MISSING : ABILITY_DEGRADED, row->lost,
				  "run sigpath as root, or give it this capability "
				  "(AmbientCapabilities= of a unit, --cap-add of a container)",
				  "not held; needed to %s", row->used_for);
}

static void add_capabilities(struct abilities *abilities)
{
	uint64_t held = rights_held();

	for (size_t i = 0; i < capability_count; i++)
		add_capability(abilities, &capability_table[i], held);
}

/* What confines sigpath itself once it is ready. */
static void add_confinement(struct abilities *abilities)
{
	int version = landlock_version();

	if (version)
		ability_add(abilities, "landlock", "version %d", version);
	else
		ability_add_limit(
			abilities, "landlock", ABILITY_DEGRADED,
			"a wall around sigpath: instead a mount namespace keeps it from files, which needs "
			"CAP_SYS_ADMIN",
			"boot Linux 5.13 or newer with CONFIG_SECURITY_LANDLOCK, and landlock in lsm=",
			"not on this kernel");
	if (prctl(PR_GET_SECCOMP) >= 0)
		ability_add(abilities, "seccomp", "system calls are filtered");
	else
		ability_add_limit(abilities, "seccomp", ABILITY_DEGRADED,
				  "a wall around sigpath: it can make all system calls",
				  "boot a kernel with CONFIG_SECCOMP_FILTER", "not on this kernel");
}

static void add_lockdown(struct abilities *abilities)
{
	FILE *file cleanup(cleanup_fclose) = fopen("/sys/kernel/security/lockdown", "re");
	char line[128] = "";

	if (!file || !fgets(line, sizeof(line), file))
		ability_add(abilities, "lockdown", "none, or not shown (securityfs)");
	else if (refusal_by_lockdown())
		ability_add_limit(abilities, "lockdown", ABILITY_MISSING,
				  "everything: BPF may not read the kernel",
				  "boot with lockdown=integrity", "confidentiality");
	else
		ability_add(abilities, "lockdown", "%s",
			    strstr(line, "[integrity]") ? "integrity" : "none");
}

static void add_jit(struct abilities *abilities)
{
	switch (jit_read()) {
	case JIT_ON:
		ability_add(abilities, "bpf_jit", JIT_SYSCTL " is on");
		return;
	case JIT_OFF:
		ability_add_limit(abilities, "bpf_jit", ABILITY_DEGRADED,
				  "hooks by fentry, and speed; everything on newer kernels",
				  "run sysctl -w " JIT_SYSCTL "=1", JIT_SYSCTL " is 0");
		return;
	case JIT_NOT_SHOWN:
		ability_add(abilities, "bpf_jit", "not shown (" JIT_SYSCTL ")");
	}
}

static void add_pid_namespace(struct abilities *abilities)
{
	if (procdir_is_on_the_host())
		ability_add(abilities, "pid_namespace", "the host's");
	else if (procdir_own_depth() == 1)
		ability_add(
			abilities, "pid_namespace",
			"its own: -p and -t take its numbers, processes outside have only the host's");
	else
		ability_add_limit(
			abilities, "pid_namespace", ABILITY_DEGRADED,
			"ps shows other numbers than -p and -t take; facts that only /proc has",
			"mount a /proc of this PID namespace (unshare --mount-proc), or run in the host's",
			"its own, but /proc is of another one");
}

static int ignore_record(void *context, const void *record, size_t size)
{
	return 0;
}

/* 0, or why incidents cannot be traced. */
static int add_hooks(struct abilities *abilities)
{
	const struct live_options options = {
		.config = {
			.signals = UINT64_C(1) << (SIGPIPE - 1),
			.fatal = true,
			.epipe = EPIPE_ALL,
			.history = true,
			.filter_pids = true, /* no process: nothing is recorded during the check */
		},
		.buffer_bytes = 65536,
	};
	char text[512];
	struct live *live;
	int error = live_open(&options, text, sizeof(text), &live);

	if (!error) {
		error = live_attach(live, text, sizeof(text));
		if (!error) {
			ability_add_hooks(abilities, live_hooks(live), &options.config, true);
			live_detach(live);
			live_consume(live, ignore_record, NULL);
		}
		live_close(live);
	}
	if (error)
		ability_add_limit(abilities, "signals", ABILITY_MISSING, "everything",
				  "remove the reason that this line names", "%.180s", text);
	else
		ability_add(abilities, "names_after_death",
			    "exe, command line and cgroup are read in the kernel");
	return error;
}

int abilities_probe(struct abilities *ret_abilities)
{
	memset(ret_abilities, 0, sizeof(*ret_abilities));
	add_kernel(ret_abilities);
	add_capabilities(ret_abilities);
	add_confinement(ret_abilities);
	add_lockdown(ret_abilities);
	add_jit(ret_abilities);
	add_pid_namespace(ret_abilities);
	return add_hooks(ret_abilities);
}
