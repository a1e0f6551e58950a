// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input is what a process makes the kernel say of it in /proc (its mappings, its mounts, its
 * root directory), the path of its program, and a symbolic link on the way there. What is found
 * must be the regular file that the mapping names.
 *
 * Six texts, each with its length before it. In them byte 1 stands for the directory of this
 * target, byte 2 for the number of its mount, and byte 3 for the device and the inode of the file
 * there, as in a list of mappings.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "finder.h"
#include "procdir.h"
#include "tree.h"
#include "units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define START_TICKS 500

struct input {
	uint8_t flags;
	uint8_t uid;
	uint8_t root_fs; /* index */
	uint8_t fs;	 /* of the mapping */
};

#define IN_FOREIGN 1u	/* another mount namespace */
#define IN_DEAD 2u	/* the process has ended; another one there may live */
#define IN_REMOTE 4u	/* --remote-files */
#define IN_STEADY 8u	/* files that only root can write */
#define IN_BAD 16u	/* the file is one that is not read any more */
#define IN_MAP_FILE 32u /* the kernel shows the file of the mapping */
#define IN_REPLACED 64u /* the path has another file now */

static struct finder near, far; /* without and with remote files */
static struct stat file_stat, other_stat;
static char mount_number[16], file_number[64];
static uint32_t foreign_ns;
static struct bad_files bad;

static void find_mount_number(void)
{
	char path[128], line[128];
	FILE *info;
	int fd;

	tree_path("root/file", path);
	fd = open(path, O_PATH | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "re");
	if (fd < 0 || !info)
		abort();
	while (fgets(line, sizeof(line), info))
		if (sscanf(line, "mnt_id: %15s", mount_number) == 1)
			break;
	fclose(info);
	close(fd);
}

static void stat_of(const char *name, struct stat *ret_stat)
{
	char path[128];

	tree_path(name, path);
	if (stat(path, ret_stat))
		abort();
}

static void make_tree(void)
{
	static const char *const directories[] = {
		"proc",	  "proc/self", "proc/self/ns", "proc/7",   "proc/7/ns", "proc/7/map_files",
		"proc/8", "proc/8/ns", "root",	       "root/tmp", "root/lib",
	};
	char path[128], same[128];

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		tree_make_directory(directories[i]);
	tree_put("proc/self/ns/mnt", "1", 1);
	tree_put("proc/7/ns/mnt", "7", 1);
	tree_path("proc/7/ns/mnt", path);
	tree_path("proc/8/ns/mnt", same);
	if (link(path, same))
		abort();
	tree_put("root/file", "a file", 6);
	tree_put("root/lib/other", "another file", 12);
	tree_put("root/tmp/perf-7.map", "1000 10 name\n", 13);
	tree_link("root/loop", "loop");
	tree_link("root/up", "../../../../lib/other");
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct stack_options options = { .live = true, .time_limit_ms = 1000 };
	static char proc_root[128];
	struct stat stat;

	tree_make();
	make_tree();
	find_mount_number();
	tree_path("proc", proc_root);
	options.proc_root = proc_root;
	options.debug_dir = tree_root();
	if (finder_open(&near, &options))
		abort();
	options.remote_files = true;
	if (finder_open(&far, &options))
		abort();
	stat_of("proc/7/ns/mnt", &stat);
	foreign_ns = (uint32_t)stat.st_ino;
	stat_of("root/file", &file_stat);
	stat_of("root/lib/other", &other_stat);
	snprintf(file_number, sizeof(file_number), "%x:%x %lu", major(file_stat.st_dev),
		 minor(file_stat.st_dev), (unsigned long)file_stat.st_ino);
	return 0;
}

/* The next text, expanded; shorter than SIZE. */
static void take_text(const uint8_t **data, size_t *left, char *text, size_t size)
{
	const char *const tokens[] = { tree_root(), mount_number, file_number };
	size_t length, at = 0;

	text[0] = '\0';
	if (*left < 2)
		return;
	length = (size_t)((*data)[0] | (*data)[1] << 8);
	*data += 2;
	*left -= 2;
	length = length < *left ? length : *left;
	for (size_t i = 0; i < length; i++) {
		const char byte[2] = { (char)(*data)[i] };
		const char *token = byte[0] >= 1 && byte[0] <= 3 ? tokens[byte[0] - 1] : byte;

		if (at + strlen(token) >= size)
			break;
		at += (size_t)sprintf(text + at, "%s", token);
	}
	*data += length;
	*left -= length;
}

static void put_process(const char *number, const char *comm, const char *maps, const char *mounts,
			const char *root)
{
	char name[64], text[512];
	int length;

	length = snprintf(text, sizeof(text),
			  "7 (%.64s) S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 %u 0 0\n", comm,
			  START_TICKS);
	snprintf(name, sizeof(name), "proc/%s/stat", number);
	tree_put(name, text, (size_t)length);
	snprintf(name, sizeof(name), "proc/%s/maps", number);
	tree_put(name, maps, strlen(maps));
	snprintf(name, sizeof(name), "proc/%s/mountinfo", number);
	tree_put(name, mounts, strlen(mounts));
	snprintf(name, sizeof(name), "proc/%s/root", number);
	tree_link(name, root[0] ? root : "/");
}

/* The file of MODULE, unless the file system may lie about its numbers. */
static void check(const struct found_file *file, const struct snapshot_module *module)
{
	struct stat status;

	if (file->fd < 0 || fstat(file->fd, &status) || !S_ISREG(status.st_mode) ||
	    (fcntl(file->fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
		__builtin_trap();
	if (module && status.st_ino != module->inode)
		__builtin_trap();
	close(file->fd);
}

static void ask(struct finder *finder, const struct finder_question *question)
{
	const struct maps *maps;
	struct found_file file;

	finder_begin(finder, question);
	if (!finder_module(finder, 0, &file))
		check(&file, question->modules);
	if (!finder_module(finder, FINDER_PROGRAM, &file))
		check(&file, &question->target->program);
	if (!finder_perf_map(finder, &file))
		check(&file, NULL);
	if (!finder_maps(finder, &maps))
		for (uint32_t i = 0; i < maps->count && i < 8; i++)
			if (!finder_module(finder, i, &file))
				check(&file, &maps->modules[i]);
	if (finder->refused && !question->steady_only)
		__builtin_trap();
	finder_end(finder);
}

static uint32_t magic_of(uint8_t index)
{
	static const uint32_t magics[] = { 0, 0xef53, 0x01021994, 0x794c7630, 0x6969, 0x9fa0 };

	return magics[index % ARRAY_SIZE(magics)];
}

static struct snapshot_module module_of(const struct input *input, const char *path)
{
	const struct stat *stat = input->flags & IN_REPLACED ? &other_stat : &file_stat;
	struct snapshot_module module = {
		.start = 0x1000,
		.end = 0x2000,
		.inode = stat->st_ino,
		.dev = (uint64_t)major(stat->st_dev) << 20 | minor(stat->st_dev),
		.fs = magic_of(input->fs),
	};

	snprintf(module.path, sizeof(module.path), "%s", path);
	return module;
}

static void put_map_file(bool have)
{
	char path[128];

	tree_path("root/file", path);
	tree_link("proc/7/map_files/1000-2000", have ? path : "/nowhere");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char comm[256], maps[16384], mounts[8192], root[512], path[EV_PATH_MAX + 2];
	struct snapshot_module module;
	struct target target = { .pid = 7, .ns_pid = 7 };
	struct finder_question question = { .target = &target, .module_count = 1 };
	struct input input;

	if (size < sizeof(input))
		return 0;
	memcpy(&input, data, sizeof(input));
	data += sizeof(input);
	size -= sizeof(input);
	take_text(&data, &size, comm, sizeof(comm));
	take_text(&data, &size, maps, sizeof(maps));
	take_text(&data, &size, mounts, sizeof(mounts));
	take_text(&data, &size, root, sizeof(root));
	take_text(&data, &size, path, sizeof(path));
	put_process("7", comm, maps, mounts, root);
	put_process("8", comm, maps, mounts, root);
	take_text(&data, &size, comm, sizeof(comm));
	tree_link("root/link", comm[0] ? comm : "file");
	put_map_file(input.flags & IN_MAP_FILE);
	module = module_of(&input, path);
	target.program = module;
	target.mnt_ns = input.flags & IN_FOREIGN ? foreign_ns : near.locator.own_mnt_ns;
	target.uid = input.uid;
	target.root_fs = magic_of(input.root_fs);
	target.start_boot_ns = input.flags & IN_DEAD ? 1 : START_TICKS * procdir_tick_ns();
	target.time.tv_sec = INT32_MAX;
	snprintf(target.root, sizeof(target.root), "%s", root);
	question.modules = &module;
	question.steady_only = input.flags & IN_STEADY;
	bad = (struct bad_files){};
	if (input.flags & IN_BAD)
		bad.hung_devs[input.uid % HUNG_DEVS_MAX] = module.dev;
	question.bad = &bad;
	ask(input.flags & IN_REMOTE ? &far : &near, &question);
	return 0;
}
