// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bpf-programs: does this kernel's verifier take every BPF program, with every filter and capture
 * switched on, and how many instructions does it look at? Each is loaded alone; one whose hook the
 * kernel does not have is skipped. The last lines of the verifier's log follow a failure. And are
 * its instructions the same with the reduced types of the kernel (kernel_types.h), as sigpath loads
 * it, and with all of them?
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"
#include "sigpath_bpf.skel.h"

#include "event.h"
#include "kernel_calls.h"
#include "kernel_types.h"

#define CODE_MAX 65536
#define VERIFIER_LOG_BYTES (16 << 20)
#define VERIFIER_LOG_LINES 60
#define LOG_ERRORS 1 /* BPF_LOG_LEVEL1 of include/linux/bpf_verifier.h */
#define LOG_COUNTS 4 /* BPF_LOG_STATS */

struct tally {
	unsigned int passed, failed, skipped;
};

static int print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/* What the verifier knows to be off it does not look at. */
static void switch_all_on(struct sigpath_bpf *skeleton)
{
	skeleton->rodata->config = (struct bpf_config){
		.signals = 1ULL << (SIGPIPE - 1),
		.cgroup_id = 1,
		.tid = 1,
		.objects = ~0u,
		.outcomes = ~0u,
		.filter_pids = true,
		.follow = true,
		.have_uid = true,
		.comms = { .count = 16 },
		.epipe = EPIPE_ALL,
		.history = true,
		.kernel_stack = true,
		.fatal = true,
		.exits = true,
		.stack_bytes = EV_STACK_MAX,
		.burst = 1,
		.hooks = { .stream_errors = true, .every_call = true },
		.machine = { .window_jiffies = 250,
			     .own_pid = getpid(),
			     .page_shift = 12,
			     .cpus = 1,
			     .slots = SCRATCH_SLOTS,
			     .pid_namespace = 1 },
	};
	bpf_map__set_max_entries(skeleton->maps.events, 1 << 20);
	bpf_map__set_max_entries(skeleton->maps.scratches, SCRATCH_SLOTS);
}

struct code {
	struct bpf_insn instructions[CODE_MAX];
	size_t count;
};

/* What the kernel gets, without the descriptors of maps, which are others in each load. */
static void copy_code(const struct bpf_program *program, struct code *ret_code)
{
	size_t count = bpf_program__insn_cnt(program);

	ret_code->count = count;
	if (count > CODE_MAX)
		return;
	memcpy(ret_code->instructions, bpf_program__insns(program),
	       count * sizeof(struct bpf_insn));
	for (size_t i = 0; i < count; i++)
		if (ret_code->instructions[i].code == (BPF_LD | BPF_IMM | BPF_DW) &&
		    ret_code->instructions[i].src_reg)
			ret_code->instructions[i].imm = 0;
}

/*
 * Loads the program NAME alone, with the types in the file TYPES; NULL: with all of the kernel,
 * which are BTF. 0 or -errno, with the verifier's words in LOG.
 */
static int load_alone(const struct btf *btf, const char *name, const char *types,
		      unsigned int log_level, char *log, struct code *ret_code)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = types);
	struct sigpath_bpf *skeleton = sigpath_bpf__open_opts(&options);
	struct bpf_program *program;
	int err;

	log[0] = '\0';
	ret_code->count = 0;
	if (!skeleton)
		return -errno;
	switch_all_on(skeleton);
	bpf_object__for_each_program (program, skeleton->obj) {
		bpf_program__set_autoload(program, strcmp(bpf_program__name(program), name) == 0);
	}
	program = bpf_object__find_program_by_name(skeleton->obj, name);
	bpf_program__set_log_buf(program, log, VERIFIER_LOG_BYTES);
	bpf_program__set_log_level(program, log_level);
	err = kernel_calls_set(program, btf) ?: sigpath_bpf__load(skeleton);
	if (!err)
		copy_code(program, ret_code);
	sigpath_bpf__destroy(skeleton);
	return err;
}

static void print_tail(const char *log)
{
	const char *start = log + strlen(log);

	for (int lines = 0; start > log && lines <= VERIFIER_LOG_LINES; start--)
		lines += start[-1] == '\n';
	while (*start) {
		size_t length = strcspn(start, "\n");

		printf("    %.*s\n", (int)length, start);
		start += length + (start[length] == '\n');
	}
}

/* tp_btf/NAME, tracepoint/GROUP/NAME and fentry/NAME want what NAME is in the kernel's types; a
 * kprobe does not. */
static bool hook_exists(const struct btf *btf, const char *section)
{
	const char *target = strchr(section, '/');
	char name[128];

	/* It finds the task by a function of 6.2. */
	if (strcmp(section, "tracepoint/signal/signal_generate") == 0)
		return btf__find_by_name_kind(btf, "bpf_task_from_pid", BTF_KIND_FUNC) > 0;
	/* A raw tracepoint is named only when it is attached. */
	if (!target || strncmp(section, "kprobe/", strlen("kprobe/")) == 0 ||
	    strncmp(section, "raw_tp/", strlen("raw_tp/")) == 0)
		return true;
	if (strncmp(section, "tp_btf/", strlen("tp_btf/")) == 0 ||
	    strncmp(section, "tracepoint/", strlen("tracepoint/")) == 0) {
		snprintf(name, sizeof(name), "btf_trace_%s", strrchr(section, '/') + 1);
		return btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) > 0;
	}
	return btf__find_by_name_kind(btf, target + 1, BTF_KIND_FUNC) > 0;
}

/* Where no function can be traced, fentry and fexit are refused before the verifier looks. */
static bool is_refused_unseen(const char *section, const char *log)
{
	return (strncmp(section, "fentry/", strlen("fentry/")) == 0 ||
		strncmp(section, "fexit/", strlen("fexit/")) == 0) &&
	       !log[0];
}

/* Is NAME, which loads as CODE with all types, the same with the reduced ones? */
static void compare_reduced(const struct btf *btf, const char *name, const char *types,
			    const struct code *code, char *log, struct tally *tally)
{
	static struct code reduced;
	int err = load_alone(btf, name, types, LOG_ERRORS, log, &reduced);
	size_t size = code->count * sizeof(struct bpf_insn);

	if (!err && code->count && code->count <= CODE_MAX && code->count == reduced.count &&
	    !memcmp(code->instructions, reduced.instructions, size)) {
		tally->passed++;
		return;
	}
	printf("FAIL reduced-%s: %s, %zu and %zu instructions\n", name,
	       err ? strerror(-err) : "not the same", code->count, reduced.count);
	tally->failed++;
}

/* The reduced types as a file: its descriptor, or -1. */
static int make_types(const struct btf *kernel, const struct sigpath_bpf *skeleton, char path[64])
{
	int fd = memfd_create("types", 0);

	if (kernel_types_write(kernel, bpf_object__btf(skeleton->obj), fd))
		fd = -1;
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static void try_program(const struct btf *btf, const char *types, const char *name,
			const char *section, char *log, struct tally *tally)
{
	static struct code code;
	const char *counts;
	unsigned long instructions = 0;
	int err;

	if (!hook_exists(btf, section)) {
		printf("skip load-%s: this kernel has no %s\n", name, section);
		tally->skipped++;
		return;
	}
	err = load_alone(btf, name, NULL, LOG_COUNTS, log, &code);
	if (!err) {
		counts = strstr(log, "processed ");
		if (counts)
			instructions = strtoul(counts + strlen("processed "), NULL, 10);
		printf("ok load-%s: %lu instructions verified\n", name, instructions);
		tally->passed++;
		compare_reduced(btf, name, types, &code, log, tally);
	} else if (is_refused_unseen(section, log)) {
		printf("skip load-%s: no trampolines: %s\n", name, strerror(-err));
		tally->skipped++;
	} else {
		err = load_alone(btf, name, NULL, LOG_ERRORS | LOG_COUNTS, log, &code);
		printf("FAIL load-%s: %s\n", name, strerror(-err));
		print_tail(log);
		tally->failed++;
	}
}

int main(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct tally tally = { 0 };
	struct sigpath_bpf *all;
	struct bpf_program *program;
	char *log = malloc(VERIFIER_LOG_BYTES);
	char types[64];

	libbpf_set_print(print_nothing);
	all = sigpath_bpf__open();
	if (!btf || !all || !log || make_types(btf, all, types) < 0) {
		fprintf(stderr, "bpf-programs: cannot begin: %s\n", strerror(errno));
		return 1;
	}
	bpf_object__for_each_program (program, all->obj) {
		try_program(btf, types, bpf_program__name(program),
			    bpf_program__section_name(program), log, &tally);
	}
	printf("%u passed, %u failed, %u skipped\n", tally.passed, tally.failed, tally.skipped);
	sigpath_bpf__destroy(all);
	btf__free(btf);
	free(log);
	return tally.failed ? 1 : 0;
}
