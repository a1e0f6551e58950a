// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files that are deleted, replaced or at another place; wrong lists of mappings; running processes.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "expect.h"

static const struct stack_options live_options = {
	.live = true,
	.time_limit_ms = EXPECT_TIME_LIMIT_MS,
};

static char *copy_of(const char *name)
{
	static char path[64];
	char command[1200];

	snprintf(path, sizeof(path), "/tmp/sigpath-test-%d", getpid());
	snprintf(command, sizeof(command), "cp '%s' '%s'", expect_program(name), path);
	assert_int_equal(system(command), 0);
	return path;
}

static void capture(char *program, char *argument, bool keep_alive)
{
	char *argv[] = { program, argument, NULL };

	assert_int_equal(capture_program(argv, EXPECT_STACK_BYTES, keep_alive, expect_capture()),
			 0);
}

static struct snapshot_module *module_of(const char *path)
{
	struct snapshot *snapshot = &expect_capture()->snapshot;

	for (size_t i = 0; i < snapshot->module_count; i++)
		if (!strcmp(snapshot->modules[i].path, path))
			return &snapshot->modules[i];
	fail_msg("no mapping of %s", path);
	return NULL;
}

/* A record of a kernel with pages of PAGE bytes, which rounds both ends of each mapping to them. */
static void enlarge_pages(const char *path, uint64_t page)
{
	struct snapshot_module *module = module_of(path);
	uint64_t before = module->offset % page;

	module->start -= before;
	module->offset -= before;
	module->end += page - 1 - (module->end - module->start + page - 1) % page;
}

static void records_of_other_page_sizes(void **state)
{
	expect_built("chain-lld");
	capture(expect_program("chain-lld"), NULL, false);
	assert_int_not_equal(module_of(expect_program("chain-lld"))->offset % 0x4000, 0);
	for (uint64_t page = 0x4000; page <= 0x10000; page *= 4) {
		enlarge_pages(expect_program("chain-lld"), page);
		expect_frames(expect_again(NULL), true, "*write", "leaf", "mid", "outer", "main",
			      NULL);
	}
}

/* The file was deleted after the capture, or the kernel saw that it was deleted. */
static void deleted_file(void **state)
{
	char *path = copy_of("chain-pointers"), expected[128];
	const struct stack *stack;

	capture(path, NULL, false);
	unlink(path);
	stack = expect_again(NULL);
	/* The frames stay, without names. Here they have frame pointers. */
	expect_frames(stack, true, "*write", NULL);
	assert_string_equal(expect_caller(stack)->module, path);
	assert_null(expect_caller(stack)->symbol);
	assert_false(expect_caller(stack)->module_changed);

	module_of(path)->deleted = true;
	snprintf(expected, sizeof(expected), "%s (deleted)", path);
	assert_string_equal(expect_caller(expect_again(NULL))->module, expected);
}

/* Without frame pointers the file is the only way on. */
static void reason_of_a_lost_file(void **state)
{
	char *path = copy_of("chain"), other[80];

	capture(path, NULL, false);
	snprintf(other, sizeof(other), "%s.new", path);
	assert_int_equal(rename(path, other), 0);
	expect_reason(expect_again(NULL), "file_unreachable");
	module_of(path)->deleted = true;
	expect_reason(expect_again(NULL), "file_deleted");
	copy_of("chain-debug");
	expect_reason(expect_again(NULL), "file_changed");
	unlink(path);
	unlink(other);
}

static void replaced_file(void **state)
{
	char *path = copy_of("chain-pointers"), other[80];
	const struct stack *stack;

	capture(path, NULL, false);
	snprintf(other, sizeof(other), "%s.new", path);
	assert_int_equal(rename(path, other), 0);
	copy_of("chain-debug");
	stack = expect_again(NULL);
	assert_true(expect_caller(stack)->module_changed);
	assert_null(expect_caller(stack)->symbol);
	assert_null(expect_caller(stack)->build_id);
	unlink(path);
	/* The same file has its old name again, so it is used. */
	assert_int_equal(rename(other, path), 0);
	expect_frames(expect_again(NULL), true, "*write", "leaf", "mid", "outer", "main", NULL);
	unlink(path);
}

/* The same inode with different bytes. */
static void overwritten_file(void **state)
{
	char *path = copy_of("chain-pointers");
	/* The file's clock counts in ticks: a change within one tick cannot be detected. */
	struct timespec times[2] = { { .tv_sec = time(NULL) + 10 }, { .tv_sec = time(NULL) + 10 } };
	const struct stack *stack;
	int fd;

	capture(path, NULL, false);
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "x", 1, 4096), 1);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
	stack = expect_again(NULL);
	assert_true(expect_caller(stack)->module_changed);
	assert_null(expect_caller(stack)->symbol);
	unlink(path);
}

/* Opening a FIFO would block for ever. */
static void fifo_in_place_of_the_file(void **state)
{
	char *path = copy_of("chain-pointers");

	capture(path, NULL, false);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(expect_caller(expect_again(NULL))->symbol);
	unlink(path);
}

static void lies(void **state)
{
	struct snapshot *snapshot = &expect_capture()->snapshot;
	struct snapshot_module *module;
	char *path = expect_program("chain");
	struct stat libc;

	/* Another file with the right inode: that offset has other code. */
	capture(path, NULL, false);
	module = module_of(path);
	for (size_t i = 0; i < snapshot->module_count; i++) {
		if (!strstr(snapshot->modules[i].path, "/libc.so"))
			continue;
		assert_int_equal(stat(snapshot->modules[i].path, &libc), 0);
		strcpy(module->path, snapshot->modules[i].path);
		module->inode = libc.st_ino;
		module->dev = snapshot->modules[i].dev;
	}
	assert_true(expect_again(NULL)->count >= 1);

	/* An offset far after the end of the file, invalid ranges, and no list at all. */
	capture(path, NULL, false);
	module_of(path)->offset = UINT64_C(1) << 60;
	assert_null(expect_caller(expect_again(NULL))->symbol);
	module_of(path)->start = 1;
	module_of(path)->end = UINT64_MAX;
	assert_true(expect_again(NULL)->count >= 1);
	snapshot->module_count = 0;
	expect_reason(expect_again(NULL), "no_module");
	assert_int_equal(expect_again(NULL)->count, 1);
	snapshot->modules_truncated = true;
	expect_reason(expect_again(NULL), "no_module");
	snapshot->have_modules = false;
	expect_reason(expect_again(NULL), "mappings_not_captured");
}

static const struct stack *again(struct stack_unwinder *unwinder)
{
	static struct stack stack;

	expect_ask(unwinder, &stack);
	return &stack;
}

/* A record that says that its mappings were not read, and has some. The files of the last one are
 * gone. */
static void mappings_that_were_not_read(void **state)
{
	const struct stack_options small = { .cache_bytes_max = 1 };
	struct snapshot *snapshot = &expect_capture()->snapshot;
	struct stack_unwinder *unwinder;

	assert_int_equal(stack_unwinder_new(&small, &unwinder), 0);
	capture(expect_program("chain"), NULL, false);
	assert_true(again(unwinder)->count > 1);
	snapshot->have_modules = false;
	assert_true(snapshot->module_count > 0);
	expect_reason(again(unwinder), "mappings_not_captured");
	assert_int_equal(again(unwinder)->count, 1);
	assert_null(again(unwinder)->frames[0].module);
	stack_unwinder_free(unwinder);
}

static void registers_without_sense(void **state)
{
	static struct capture original;
	struct snapshot *snapshot = &expect_capture()->snapshot;
	struct stack_unwinder *unwinder;

	assert_int_equal(stack_unwinder_new(&live_options, &unwinder), 0);
	capture(expect_program("chain"), NULL, false);
	original = *expect_capture();
	for (unsigned int seed = 0; seed < 2000; seed++) {
		*expect_capture() = original;
		srand(seed);
		snapshot->registers[rand() % 17] = seed % 3 ? (uint64_t)rand() << 33
							    : UINT64_MAX - seed % 16;
		for (int i = 0; i < 4; i++)
			expect_capture()->stack[(size_t)rand() % snapshot->stack_size] =
				(unsigned char)rand();
		assert_true(again(unwinder)->count <= STACK_FRAMES_MAX);
	}
	stack_unwinder_free(unwinder);
	snapshot->abi = EV_ABI_ARM;
	expect_reason(expect_again(NULL), "unsupported_abi");
}

static void looping_frames(void **state)
{
	struct snapshot *snapshot = &expect_capture()->snapshot;
	const struct stack *stack;
	uint64_t frame[2];

	/* A frame pointer that points to itself. */
	capture(expect_program("chain-pointers"), NULL, false);
	frame[0] = snapshot->registers[6];
	memcpy(&frame[1], snapshot->stack + (frame[0] - snapshot->sp) + 8, 8);
	memcpy(expect_capture()->stack + (frame[0] - snapshot->sp), frame, sizeof(frame));
	stack = expect_again(NULL);
	expect_reason(stack, "frame_loop");
	assert_true(&stack->frames[stack->count] < expect_caller(stack) + 4);
}

static void survivor(void **state)
{
	struct capture *taken = expect_capture();

	capture(expect_program("chain"), NULL, true);
	taken->snapshot.have_modules = false;
	taken->snapshot.module_count = 0;
	expect_frames(expect_again(&live_options), true, "*write", "leaf", "mid", "outer", "main",
		      "_start", NULL);
	/* Another process has got its PID. */
	taken->incident.process.start_boot_ns += UINT64_C(5000000000);
	expect_reason(expect_again(&live_options), "process_gone");
	capture_kill(taken);
}

/* While the process runs its file can be read, even without a name. Needs CAP_SYS_ADMIN. */
static void survivor_with_deleted_file(void **state)
{
	char *path = copy_of("chain");
	const struct stack *stack;

	if (geteuid() != 0) {
		printf("skip survivor_with_deleted_file: not root\n");
		skip();
	}
	capture(path, NULL, true);
	unlink(path);
	expect_capture()->snapshot.have_modules = false;
	stack = expect_again(&live_options);
	expect_frames(stack, true, "*write", "leaf", "mid", "outer", "main", NULL);
	assert_non_null(strstr(expect_caller(stack)->module, " (deleted)"));
	capture_kill(expect_capture());
}

static void jit(void **state)
{
	const struct stack *stack;
	char path[64];

	capture(expect_program("jit"), NULL, false);
	stack = expect_again(NULL);
	expect_frames(stack, true, "*write", "leaf", "main", NULL);
	assert_string_equal(expect_caller(stack)[1].module, "[anonymous]");
	assert_int_equal(stack->method, STACK_METHOD_MIXED);

	capture(expect_program("jit"), "with a map", false);
	expect_frames(expect_again(&live_options), true, "*write", "leaf", "made::at_run_time",
		      "main", NULL);
	/* A file that another user wrote is not used. */
	snprintf(path, sizeof(path), "/tmp/perf-%" PRIu32 ".map",
		 expect_capture()->incident.process.ns_pid);
	if (!chown(path, 12345, 12345) && expect_capture()->incident.process.uid != 12345)
		assert_null(expect_caller(expect_again(&live_options))[1].symbol);
	unlink(path);
}

static void address_of_a_handler(void **state)
{
	struct stack_unwinder *unwinder;
	struct stack_name name;
	struct snapshot_module *module;
	uint64_t write;

	capture(expect_program("chain"), NULL, false);
	module = module_of(expect_program("chain"));
	write = expect_frame(expect_again(&live_options), "*write")->address;
	assert_int_equal(stack_unwinder_new(&live_options, &unwinder), 0);
	assert_true(expect_name(unwinder, write, &name));
	assert_non_null(strstr(name.frame.symbol, "write"));
	assert_false(expect_name(unwinder, module->end, &name));
	stack_unwinder_free(unwinder);
}

/* In its own mount namespace, with its file on a file system that no other process sees. */
static int run_hidden(char *const argv[])
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/mnt", "tmpfs", 0, NULL))
		return 77;
	return system(argv[0]) ? 1 : 0;
}

static void own_mount_namespace(void **state)
{
	char command[1200], *copy[] = { "/mnt/chain", NULL };
	char pipe_path[] = "/proc/self/ns/mnt";
	pid_t holder;
	int ready[2], status, own;
	char byte;

	if (geteuid() != 0) {
		printf("skip own_mount_namespace: not root\n");
		skip();
	}
	snprintf(command, sizeof(command), "cp '%s' /mnt/chain", expect_program("chain"));
	assert_int_equal(pipe(ready), 0);
	holder = fork();
	if (!holder) {
		char *argv[] = { command, NULL };

		if (write(ready[1], run_hidden(argv) ? "-" : "+", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	own = open(pipe_path, O_RDONLY);
	if (byte == '+') {
		char path[64];
		int other;

		snprintf(path, sizeof(path), "/proc/%d/ns/mnt", holder);
		other = open(path, O_RDONLY);
		assert_int_equal(setns(other, CLONE_NEWNS), 0);
		assert_int_equal(capture_program(copy, EXPECT_STACK_BYTES, false, expect_capture()),
				 0);
		assert_int_equal(setns(own, CLONE_NEWNS), 0);
		close(other);
		/* The process is dead, but another process is in its namespace. */
		expect_frames(expect_again(&live_options), true, "*write", "leaf", "main", NULL);
		assert_null(expect_caller(expect_again(NULL))->symbol);
	}
	kill(holder, SIGKILL);
	waitpid(holder, &status, 0);
	close(own);
	close(ready[0]);
	close(ready[1]);
	if (byte != '+') {
		printf("skip own_mount_namespace: not allowed here\n");
		skip();
	}
	/* No process remains through which the file can be read. */
	assert_null(expect_caller(expect_again(&live_options))->symbol);
}

static void nothing_captured(void **state)
{
	expect_capture()->snapshot.have = false;
	expect_capture()->snapshot.reason = WHY_NOT_RECORDED;
	expect_reason(expect_again(NULL), "not_recorded");
	assert_int_equal(expect_again(NULL)->count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_of_other_page_sizes),
		cmocka_unit_test(deleted_file),
		cmocka_unit_test(reason_of_a_lost_file),
		cmocka_unit_test(replaced_file),
		cmocka_unit_test(overwritten_file),
		cmocka_unit_test(fifo_in_place_of_the_file),
		cmocka_unit_test(lies),
		cmocka_unit_test(mappings_that_were_not_read),
		cmocka_unit_test(registers_without_sense),
		cmocka_unit_test(looping_frames),
		cmocka_unit_test(survivor),
		cmocka_unit_test(survivor_with_deleted_file),
		cmocka_unit_test(jit),
		cmocka_unit_test(address_of_a_handler),
		cmocka_unit_test(own_mount_namespace),
		cmocka_unit_test(nothing_captured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
