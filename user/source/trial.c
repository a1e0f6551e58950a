// SPDX-License-Identifier: GPL-2.0-or-later
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "trial.h"
#include "units.h"

#define FUNCTION "sk_stream_error"

/* A program that adds 1 to the only value of the array COUNTER. The program's fd or -errno. */
static int load_counting(enum bpf_prog_type type, int counter, struct bpf_prog_load_opts *options)
{
	const struct bpf_insn count_call[] = {
		{ .code = BPF_LD | BPF_DW,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_VALUE,
		  .imm = counter },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 1 },
		{ .code = BPF_STX | BPF_ATOMIC | BPF_DW,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_REG_2,
		  .imm = BPF_ADD },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(type, "sigpath_try", "GPL", count_call, ARRAY_SIZE(count_call),
			     options);
}

/*
 * Makes the kernel call sk_stream_error(): tcp_sendmsg_fastopen() refuses an address without a
 * family. False: something else refused it before.
 */
static bool call_function(void)
{
	const struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	int sock cleanup(cleanup_close) = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return sock >= 0 &&
	       sendto(sock, "", 1, MSG_FASTOPEN | MSG_NOSIGNAL | MSG_DONTWAIT, &nowhere,
		      sizeof(nowhere)) < 0 &&
	       errno == EOPNOTSUPP;
}

static enum trial watch_call(int counter)
{
	uint32_t first = 0;
	uint64_t count = 0;

	if (!call_function() || bpf_map_lookup_elem(counter, &first, &count))
		return TRIAL_WORKS;
	return count ? TRIAL_WORKS : TRIAL_SILENT;
}

static int make_counter(void)
{
	return bpf_map_create(BPF_MAP_TYPE_ARRAY, "sigpath_try", sizeof(uint32_t), sizeof(uint64_t),
			      1, NULL);
}

enum trial trial_fentry(const struct btf *btf)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FENTRY);
	int counter cleanup(cleanup_close) = make_counter();
	int program cleanup(cleanup_close) = -1;
	int link cleanup(cleanup_close) = -1;
	int id = btf ? btf__find_by_name_kind(btf, FUNCTION, BTF_KIND_FUNC) : -1;

	if (id < 0 || counter < 0)
		return TRIAL_REFUSED;
	options.attach_btf_id = id;
	program = load_counting(BPF_PROG_TYPE_TRACING, counter, &options);
	if (program < 0)
		return TRIAL_REFUSED;
	link = bpf_raw_tracepoint_open(NULL, program);
	return link < 0 ? TRIAL_REFUSED : watch_call(counter);
}

/* A number in a file of the kernel, or -1. */
static int read_number(const char *path)
{
	FILE *file cleanup(cleanup_fclose) = fopen(path, "re");
	int number = -1;

	if (!file || fscanf(file, "%d", &number) != 1)
		return -1;
	return number;
}

enum trial trial_kprobe(void)
{
	struct perf_event_attr event = {
		.size = sizeof(event),
		/* Without kprobes (CONFIG_KPROBE_EVENTS) there is no such type. */
		.type = read_number("/sys/bus/event_source/devices/kprobe/type"),
		.config1 = (uintptr_t)FUNCTION,
	};
	int counter cleanup(cleanup_close) = make_counter();
	int program cleanup(cleanup_close) = -1;
	int probe cleanup(cleanup_close) = -1;

	if ((int)event.type < 0 || counter < 0)
		return TRIAL_REFUSED;
	program = load_counting(BPF_PROG_TYPE_KPROBE, counter, NULL);
	if (program < 0)
		return TRIAL_REFUSED;
	/* Of all processes, and with BPF on every CPU, whatever CPU is named. */
	probe = syscall(SYS_perf_event_open, &event, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (probe < 0 || ioctl(probe, PERF_EVENT_IOC_SET_BPF, program) ||
	    ioctl(probe, PERF_EVENT_IOC_ENABLE, 0))
		return TRIAL_REFUSED;
	return watch_call(counter);
}

const char *trial_silent_reason(void)
{
	if (read_number("/sys/kernel/debug/kprobes/enabled") == 0)
		return ": /sys/kernel/debug/kprobes/enabled is 0";
	if (read_number("/proc/sys/kernel/ftrace_enabled") == 0)
		return ": kernel.ftrace_enabled is 0";
	return "";
}

const char *trial_remedy(void)
{
	if (read_number("/sys/kernel/debug/kprobes/enabled") == 0)
		return "write 1 to /sys/kernel/debug/kprobes/enabled";
	if (read_number("/proc/sys/kernel/ftrace_enabled") == 0)
		return "run sysctl -w kernel.ftrace_enabled=1";
	return NULL;
}
