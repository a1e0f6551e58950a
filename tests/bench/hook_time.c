/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long does the hook take for one event? `hook-time death|ignored COUNT` breaks COUNT pipes,
 * one at a time, while sigpath is attached. After each it reads the kernel's run time of
 * signal_generate. It drops a value if an event of another process came in between.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_MAX 100000

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "hook-time: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void info_read(int fd, struct bpf_prog_info *ret_info)
{
	__u32 size = sizeof(*ret_info);

	memset(ret_info, 0, size);
	if (bpf_obj_get_info_by_fd(fd, ret_info, &size))
		die("reading a program's counters");
}

/* The most recently loaded program signal_generate. */
static int find_hook(void)
{
	int found = -1;
	__u32 id = 0;

	while (!bpf_prog_get_next_id(id, &id)) {
		int fd = bpf_prog_get_fd_by_id(id);
		struct bpf_prog_info info;

		if (fd < 0)
			continue;
		info_read(fd, &info);
		if (strcmp(info.name, "signal_generate")) {
			close(fd);
			continue;
		}
		if (found >= 0)
			close(found);
		found = fd;
	}
	if (found < 0)
		die("no signal_generate is loaded");
	return found;
}

static void break_and_die(int fd)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		signal(SIGPIPE, SIG_DFL);
		_exit(write(fd, "x", 1) < 0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		die("a death by SIGPIPE");
}

static void break_and_live(int fd)
{
	if (write(fd, "x", 1) != -1 || errno != EPIPE)
		die("a write to a broken pipe");
}

static int compare(const void *left, const void *right)
{
	__u64 a = *(const __u64 *)left, b = *(const __u64 *)right;

	return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
	long count = argc == 3 ? atol(argv[2]) : 0;
	struct bpf_prog_info before, after;
	long kept = 0, median, last;
	int ends[2], hook;
	__u64 *times;

	if (count < 1 || count > COUNT_MAX ||
	    (strcmp(argv[1], "death") && strcmp(argv[1], "ignored"))) {
		fputs("usage: hook-time death|ignored COUNT\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	times = calloc(count, sizeof(*times));
	if (!times || pipe(ends) || bpf_enable_stats(BPF_STATS_RUN_TIME) < 0)
		die("preparing");
	close(ends[0]);
	hook = find_hook();
	for (long i = 0; i < count; i++) {
		info_read(hook, &before);
		if (argv[1][0] == 'd')
			break_and_die(ends[1]);
		else
			break_and_live(ends[1]);
		info_read(hook, &after);
		/* A death also sends SIGCHLD to the parent. The hook returns at its first test for
		 * it.
		 */
		if (after.run_cnt - before.run_cnt == (argv[1][0] == 'd' ? 2 : 1))
			times[kept++] = after.run_time_ns - before.run_time_ns;
	}
	if (!kept)
		die("every event was disturbed");
	qsort(times, kept, sizeof(*times), compare);
	median = kept / 2;
	last = kept * 99 / 100;
	printf("{\"median_ns\": %llu, \"p99_ns\": %llu, \"events\": %ld}\n",
	       (unsigned long long)times[median], (unsigned long long)times[last], kept);
	free(times);
	return 0;
}
