// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory runs out once, and the kernel kills more than one process: all of a cgroup, or those that
 * share their memory. Each says which one the kernel chose.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fact.h"
#include "killed_fact.h"
#include "memory_cgroup.h"
#include "scenario.h"

#define MEMBERS 2
#define ANY_LINK "{\"what\":\"%s\",\"incident\":{\"$any\":true}}"

static struct memory_cgroup cgroup;
static struct gate go, ready;
/* Without -s fatal the kernel's order is the order of the incidents. */
static bool in_order = true;

static void use_memory(void)
{
	const size_t size = 4 * MEMORY_CGROUP_LIMIT;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		scenario_die("mmap");
	for (size_t i = 0; i < size; i += 4096)
		*(volatile char *)(memory + i) = 1;
	scenario_die("it lives on");
}

/* CHOSEN: the process that the kernel will choose; 0: sigpath will not know it. */
static void emit(pid_t chosen, bool is_group, const char *text)
{
	static struct fact fact;
	bool is_chosen = scenario_pid() == chosen;

	fact_start(&fact);
	fact_open(&fact, "process");
	fact_number(&fact, "pid", scenario_pid());
	fact_close(&fact);
	fact_text(&fact, "subject", "oom");
	fact_text(&fact, "outcome", "killed");
	fact_json(&fact, "signal", "{\"number\":%d}", SIGKILL);
	fact_evidence(&fact, &(struct evidence){ .code = "cgroup_out_of_memory",
						 .confidence = "certain",
						 .text = text });
	if (chosen)
		fact_json(&fact, "oom",
			  "{\"group\":%s,\"chosen\":{\"pid\":%d,\"comm\":\"sp-hog\"}}",
			  is_group ? "true" : "false", (int)chosen);
	else
		fact_json(&fact, "oom", "{\"chosen\":null}");
	if (in_order && is_chosen)
		fact_json(&fact, "links", "[]");
	else if (in_order)
		fact_json(&fact, "links", "[" ANY_LINK "]", "oom_chosen");
	fact_emit(&fact, NULL);
}

/* --- all processes of a cgroup --- */

static void run_hog(void)
{
	prctl(PR_SET_NAME, "sp-hog");
	gate_wait(&go);
	memory_cgroup_enter(&cgroup);
	emit(scenario_pid(), true,
	     "; it kills all processes of the cgroup with it (memory.oom.group)");
	use_memory();
}

static void run_member(pid_t hog)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "; the kernel chose sp-hog[%d] and kills all processes of the cgroup with it "
		 "(memory.oom.group); this process had ",
		 (int)hog);
	memory_cgroup_enter(&cgroup);
	emit(hog, true, text);
	gate_open(&ready, 1);
	killed_wait();
}

static void all_of_cgroup(void)
{
	pid_t hog, members[MEMBERS];

	memory_cgroup_make(&cgroup);
	memory_cgroup_kill_together(&cgroup);
	gate_init(&go);
	gate_init(&ready);
	scenario_begin();
	hog = scenario_fork();
	if (hog == 0)
		run_hog();
	for (int i = 0; i < MEMBERS; i++) {
		members[i] = scenario_fork();
		if (members[i] == 0)
			run_member(hog);
		gate_wait(&ready);
	}
	gate_open(&go, 1);
	scenario_reap_expect(hog, SIGKILL);
	for (int i = 0; i < MEMBERS; i++)
		scenario_reap_expect(members[i], SIGKILL);
	memory_cgroup_remove(&cgroup);
}

static void all_of_cgroup_delivered(void)
{
	in_order = false;
	all_of_cgroup();
}

/* --- the same memory --- */

/* In the memory of its parent, which waits. */
static int run_sharer(void *hog)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "; the kernel chose sp-hog[%d], and this process shares its memory, which had ",
		 *(pid_t *)hog);
	emit(*(pid_t *)hog, false, text);
	gate_open(&ready, 1);
	killed_wait();
	return 0;
}

/* Not in the cgroup: so the kernel can choose the other one alone. */
static void start_sharer(pid_t hog)
{
	static char stack[256 * 1024] __attribute__((aligned(16)));
	static pid_t number;

	number = hog;
	if (clone(run_sharer, stack + sizeof(stack), CLONE_VM | SIGCHLD, &number) < 0)
		scenario_die("clone");
	gate_wait(&ready);
}

static void same_memory(void)
{
	pid_t hog;

	memory_cgroup_make(&cgroup);
	gate_init(&ready);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	scenario_begin();
	hog = scenario_fork();
	if (hog == 0) {
		prctl(PR_SET_NAME, "sp-hog");
		start_sharer(scenario_pid());
		memory_cgroup_enter(&cgroup);
		emit(scenario_pid(), false, "; the kernel chose this process, which had ");
		use_memory();
	}
	scenario_reap_expect(hog, SIGKILL);
	scenario_reap_expect(-1, SIGKILL);
	memory_cgroup_remove(&cgroup);
}

/* --- a filter hides the chosen one --- */

static pid_t *sharer;

static int run_hidden_sharer(void *unused)
{
	(void)unused;
	*sharer = scenario_pid();
	emit(0, false,
	     "; the kernel chose another process, and this process shares its memory, which had ");
	gate_open(&ready, 1);
	killed_wait();
	return 0;
}

static void run_hidden_hog(void)
{
	static char stack[256 * 1024] __attribute__((aligned(16)));

	if (clone(run_hidden_sharer, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL) < 0)
		scenario_die("clone");
	gate_wait(&go);
	memory_cgroup_enter(&cgroup);
	use_memory();
}

static void same_memory_hidden(void)
{
	pid_t hog;

	sharer = mmap(NULL, sizeof(*sharer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (sharer == MAP_FAILED)
		scenario_die("mmap");
	memory_cgroup_make(&cgroup);
	gate_init(&ready);
	gate_init(&go);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	in_order = false;
	hog = scenario_fork();
	if (hog == 0)
		run_hidden_hog();
	gate_wait(&ready);
	scenario_value_number("sharer", *sharer);
	scenario_begin();
	gate_open(&go, 1);
	scenario_reap_expect(hog, SIGKILL);
	scenario_reap_expect(-1, SIGKILL);
	memory_cgroup_remove(&cgroup);
}

static void same_memory_delivered(void)
{
	in_order = false;
	same_memory();
}

static const struct scenario scenarios[] = {
	{ "all-of-cgroup", all_of_cgroup },
	{ "all-of-cgroup-delivered", all_of_cgroup_delivered },
	{ "same-memory", same_memory },
	{ "same-memory-hidden", same_memory_hidden },
	{ "same-memory-delivered", same_memory_delivered },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
