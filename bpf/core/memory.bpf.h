/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of a process that the kernel kills because there is none left, and whose limit that
 * was. All is in kernel memory: the process is not the current one, which asked for memory.
 */
#pragma once

#include "core/emit.bpf.h"
#include "core/kernel_compat.bpf.h"
#include "core/pid_here.bpf.h"
#include "place_table.h"

#define MEMCG_DEPTH_MAX 16
/*
 * The kernel kills for requests of at most 8 pages (PAGE_ALLOC_COSTLY_ORDER), and CPUs hold back up
 * to 64 pages of what a cgroup has (MEMCG_CHARGE_BATCH).
 */
#define MEMCG_HEADROOM_MAX 64

/* No kernel needs so long for one kill, even if it prints a line for each process. */
#define OOM_CHOICE_NS 60000000000ULL

/* Whom the kernel has chosen last, for a thread that asked for memory. */
struct oom_choice {
	u64 mm;
	u64 time_boot_ns;
	u64 start_boot_ns; /* of the process */
	u32 pid;	   /* 0: the options hide it */
	u32 pid_here;
	char comm[EV_COMM_LEN];
};

/*
 * Key: that thread, as of bpf_get_current_pid_tgid(). It kills the others directly after the chosen
 * one, under the kernel's oom_lock.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, struct oom_choice);
} oom_choices SEC(".maps") __weak;

/*
 * Keeps TASK, which the current thread kills, if it is the one that the kernel has chosen. Whoever
 * shares the memory of that one is killed after it; a process that was started since has another
 * memory, although its address may be the same. True: TASK is not the chosen one. HIDDEN: the
 * options hide TASK, and so its name. Global: see path_append().
 */
__noinline __weak int oom_choice_note(u64 task_address, u32 hidden)
{
	struct task_struct *task = (void *)task_address,
			   *leader = BPF_CORE_READ(task, group_leader);
	u64 thread = bpf_get_current_pid_tgid(), mm = (u64)BPF_CORE_READ(task, mm);
	const struct oom_choice *last = bpf_map_lookup_elem(&oom_choices, &thread);
	struct oom_choice choice = {
		.mm = mm,
		.time_boot_ns = bpf_ktime_get_boot_ns(),
	};

	choice.start_boot_ns = BPF_CORE_READ(leader, start_boottime);
	/* The chosen one has memory. */
	if (!mm || (last && last->mm == mm && choice.start_boot_ns < last->time_boot_ns))
		return 1;
	if (!hidden) {
		choice.pid = BPF_CORE_READ(task, tgid);
		choice.pid_here = process_here(task, choice.pid);
		bpf_core_read(choice.comm, sizeof(choice.comm), &leader->comm);
	}
	bpf_map_update_elem(&oom_choices, &thread, &choice, BPF_ANY);
	return 0;
}

/*
 * The options hide TASK, to which the current thread sends a signal. Its place is not looked at: it
 * may be one that the kernel has chosen.
 */
static __always_inline void oom_choice_hide(struct task_struct *task, u32 number)
{
	if (number == SIGKILL)
		oom_choice_note(as_number(task), true);
}

/* The signal in SCRATCH to TASK, after its place: of all, also of those that are only counted. */
static __always_inline void oom_choice_keep(struct scratch *scratch, struct task_struct *task)
{
	if (AGAIN(scratch->signal.place) == EV_PLACE_OOM &&
	    !(AGAIN(scratch->place_beyond) & BEYOND(PLACE_MEMORY_GROUP)) &&
	    oom_choice_note(as_number(task), false))
		scratch->place_beyond |= BEYOND(PLACE_MEMORY_SHARES);
}

static __always_inline void oom_choice_recall(struct ev_memory *out)
{
	u64 thread = bpf_get_current_pid_tgid();
	const struct oom_choice *choice = bpf_map_lookup_elem(&oom_choices, &thread);

	if (!choice || bpf_ktime_get_boot_ns() - choice->time_boot_ns > OOM_CHOICE_NS)
		return;
	out->chosen_pid = choice->pid;
	out->chosen_pid_here = choice->pid_here;
	out->chosen_start_boot_ns = choice->pid ? choice->start_boot_ns : 0;
	__builtin_memcpy(out->chosen_comm, choice->comm, sizeof(out->chosen_comm));
}

/* The memory cgroup of TASK, or NULL. */
static __always_inline struct mem_cgroup *task_memory_cgroup(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	u64 css = 0;

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return NULL;
	bpf_probe_read_kernel(
		&css, sizeof(css),
		(void *)((u64)set + bpf_core_field_offset(struct css_set, subsys) +
			 bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id) * sizeof(css)));
	return css ? (void *)(css - bpf_core_field_offset(struct mem_cgroup, css)) : NULL;
}

static __always_inline struct mem_cgroup *memory_cgroup_parent(const struct mem_cgroup *memcg)
{
	u64 css = (u64)BPF_CORE_READ(memcg, css.parent);

	return css ? (void *)(css - bpf_core_field_offset(struct mem_cgroup, css)) : NULL;
}

static __always_inline void memory_cgroup_sizes(struct ev_memory *out,
						const struct mem_cgroup *memcg)
{
	u64 max = BPF_CORE_READ(memcg, memory.max);
	u32 shift = config.machine.page_shift;

	out->flags |= EV_MEMORY_HAVE_CGROUP;
	out->cgroup_usage = (u64)BPF_CORE_READ(memcg, memory.usage.counter) << shift;
	/* PAGE_COUNTER_MAX is LONG_MAX / PAGE_SIZE. */
	out->cgroup_limit = max >= ~0ULL >> 1 >> shift ? ~0ULL : max << shift;
}

/*
 * The cgroup of MEMCG and its ancestors that is nearest to its limit, if it is at it. Global: see
 * path_append().
 */
__noinline __weak u64 memory_cgroup_at_limit(u64 address)
{
	const struct mem_cgroup *memcg = (const void *)address;
	u64 found = 0;
	s64 least = MEMCG_HEADROOM_MAX + 1;

	for (int i = 0; i < MEMCG_DEPTH_MAX && memcg; i++) {
		s64 headroom = (s64)BPF_CORE_READ(memcg, memory.max) -
			       BPF_CORE_READ(memcg, memory.usage.counter);

		if (headroom < least) {
			least = headroom;
			found = (u64)memcg;
		}
		memcg = memory_cgroup_parent(memcg);
	}
	return found;
}

/* Whether memory.oom.group is set between MEMCG and LIMIT. Global: see path_append(). */
__noinline __weak int memory_cgroup_is_group(u64 address, u64 limit)
{
	const struct mem_cgroup *memcg = (const void *)address;

	for (int i = 0; i < MEMCG_DEPTH_MAX && memcg; i++) {
		if (BPF_CORE_READ(memcg, oom_group))
			return 1;
		if ((u64)memcg == limit)
			break;
		memcg = memory_cgroup_parent(memcg);
	}
	return 0;
}

static __always_inline void memory_cgroup_capture(struct ev_memory *out, struct task_struct *task,
						  u32 beyond)
{
	struct mem_cgroup *memcg = task_memory_cgroup(task), *limit = NULL;

	if (!memcg)
		return;
	out->cgroup_id = BPF_CORE_READ(memcg, css.cgroup, kn, id);
	if (beyond & BEYOND(PLACE_MEMORY_CGROUP))
		limit = (void *)memory_cgroup_at_limit((u64)memcg);
	if (memory_cgroup_is_group((u64)memcg, (u64)limit))
		out->flags |= EV_MEMORY_GROUP;
	memory_cgroup_sizes(out, limit ?: memcg);
	if (!limit)
		return;
	out->limit_cgroup_id = BPF_CORE_READ(limit, css.cgroup, kn, id);
	bpf_probe_read_kernel_str(out->limit_cgroup, sizeof(out->limit_cgroup),
				  BPF_CORE_READ(limit, css.cgroup, kn, name));
}

/* The current thread asked for memory. */
static __always_inline void memory_trigger_capture(struct ev_memory *out)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	out->trigger_pid = BPF_CORE_READ(task, tgid);
	out->trigger_pid_here = process_here(task, out->trigger_pid);
	out->trigger_uid = BPF_CORE_READ(task, cred, uid.val);
	out->trigger_start_boot_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	bpf_get_current_comm(out->trigger_comm, sizeof(out->trigger_comm));
}

/* Of TASK, at the signal. After place_capture(). */
static __always_inline void memory_capture(struct scratch *scratch, struct task_struct *task)
{
	struct ev_memory *out = &scratch->reason.memory;
	const struct mm_struct *mm = BPF_CORE_READ(task, mm);
	u32 shift = config.machine.page_shift, beyond = AGAIN(scratch->place_beyond);

	__builtin_memset(out, 0, sizeof(*out));
	block_have(scratch, EV_BLOCK_MEMORY, reason.memory);
	if (mm) {
		out->flags |= EV_MEMORY_HAVE_SIZE;
		out->resident = (mm_pages(mm, MM_FILEPAGES) + mm_pages(mm, MM_ANONPAGES) +
				 mm_pages(mm, MM_SHMEMPAGES))
				<< shift;
		out->swapped = mm_pages(mm, MM_SWAPENTS) << shift;
		out->tables = BPF_CORE_READ(mm, pgtables_bytes.counter);
	}
	out->score_adj = BPF_CORE_READ(task, signal, oom_score_adj);
	if (beyond & BEYOND(PLACE_MEMORY_GROUP))
		out->flags |= EV_MEMORY_GROUP | EV_MEMORY_ALONG;
	if (beyond & BEYOND(PLACE_MEMORY_SHARES))
		out->flags |= EV_MEMORY_SHARES;
	if (beyond & BEYOND(PLACE_MEMORY_CGROUP))
		out->flags |= EV_MEMORY_OF_CGROUP;
	else if (beyond & BEYOND(PLACE_MEMORY_HOST))
		out->flags |= EV_MEMORY_OF_HOST;
	memory_cgroup_capture(out, task, beyond);
	memory_trigger_capture(out);
	oom_choice_recall(out);
}
