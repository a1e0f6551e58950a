// SPDX-License-Identifier: GPL-2.0-or-later
/* A BPF program of four instructions sends data of one socket through another socket. */
#include "sockmap.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scenario.h"

#define KEY_FROM 0
#define KEY_TO 1

static int bpf(enum bpf_cmd command, union bpf_attr *attributes)
{
	return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int map_make(void)
{
	union bpf_attr attributes = { .map_type = BPF_MAP_TYPE_SOCKMAP,
				      .key_size = sizeof(int),
				      .value_size = sizeof(int),
				      .max_entries = 2 };
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	int map;

	/* Before 5.11 maps count as locked memory, and sigpath's maps count for the same user. */
	setrlimit(RLIMIT_MEMLOCK, &all);
	map = bpf(BPF_MAP_CREATE, &attributes);
	if (map < 0)
		scenario_skip("no socket map: %s", strerror(errno));
	return map;
}

/* return bpf_msg_redirect_map(msg, map, KEY_TO, 0); r1 already has msg. */
static int program_load(int map)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW,
		  .dst_reg = BPF_REG_2,
		  .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = map },
		{ 0 }, /* its second half */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = KEY_TO },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_4, .imm = 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_msg_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attributes = {
		.prog_type = BPF_PROG_TYPE_SK_MSG,
		.expected_attach_type = BPF_SK_MSG_VERDICT,
		.insns = (uintptr_t)instructions,
		.insn_cnt = sizeof(instructions) / sizeof(instructions[0]),
		.license = (uintptr_t) "GPL",
	};
	int program = bpf(BPF_PROG_LOAD, &attributes);

	if (program < 0)
		scenario_skip("no program for socket maps: %s", strerror(errno));
	return program;
}

static void map_set(int map, int key, int fd)
{
	union bpf_attr attributes = { .map_fd = map,
				      .key = (uintptr_t)&key,
				      .value = (uintptr_t)&fd };

	if (bpf(BPF_MAP_UPDATE_ELEM, &attributes) < 0)
		scenario_die("a socket into the map");
}

void sockmap_redirect(int from, int to)
{
	int map = map_make();
	union bpf_attr attributes = { .target_fd = map,
				      .attach_bpf_fd = program_load(map),
				      .attach_type = BPF_SK_MSG_VERDICT };

	if (bpf(BPF_PROG_ATTACH, &attributes) < 0)
		scenario_skip("a program does not attach to a socket map: %s", strerror(errno));
	map_set(map, KEY_FROM, from);
	map_set(map, KEY_TO, to);
}
