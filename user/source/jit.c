// SPDX-License-Identifier: GPL-2.0-or-later
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "cleanup.h"
#include "jit.h"
#include "release.h"

enum jit jit_read(void)
{
	FILE *file cleanup(cleanup_fclose) = fopen("/proc/sys/net/core/bpf_jit_enable", "re");
	int value;

	if (!file || fscanf(file, "%d", &value) != 1)
		return JIT_NOT_SHOWN;
	return value ? JIT_ON : JIT_OFF;
}

static bool interpreter_is_broken(void)
{
	struct utsname name;

	if (uname(&name) || !release_is_from(&name, 6, 10))
		return false;
	return !strcmp(name.machine, "aarch64") || !strcmp(name.machine, "riscv64");
}

static bool is_compiled(int program)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	return !bpf_obj_get_info_by_fd(program, &info, &size) && info.jited_prog_len;
}

bool jit_is_vital(const struct bpf_object *object)
{
	struct bpf_program *program;

	if (!interpreter_is_broken())
		return false;
	bpf_object__for_each_program (program, object) {
		int fd = bpf_program__fd(program);

		if (fd >= 0 && !is_compiled(fd))
			return true;
	}
	return false;
}
