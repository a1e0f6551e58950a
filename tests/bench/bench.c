/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What sigpath costs: loops with it attached and without, in turn within one run, so that a
 * drifting machine hits both alike. Prints medians and the ratio; judges nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 101

static const char *sigpath_path;
static int rounds = 7;

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

struct tool {
	pid_t pid;
	int stderr_fd;
	double start_to_ready_s;
};

/* The loops run on CPU 0; the tool gets the others, as an idle CPU would take it. */
static void leave_first_cpu(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t others;

	CPU_ZERO(&others);
	for (long cpu = 1; cpu < cpus; cpu++)
		CPU_SET(cpu, &others);
	if (cpus > 1)
		sched_setaffinity(0, sizeof(others), &others);
}

/* Starts sigpath on the whole host, with OPTION and VALUE if not NULL, and waits for its ready
 * line. */
static struct tool tool_start(const char *option, const char *value)
{
	struct tool tool;
	double begin = now_s();
	char line[4096];
	size_t length = 0;
	int fds[2];

	if (pipe(fds))
		die("pipe");
	tool.pid = fork();
	if (tool.pid < 0)
		die("fork");
	if (!tool.pid) {
		int null = open("/dev/null", O_WRONLY);

		leave_first_cpu();
		dup2(null, STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		execl(sigpath_path, sigpath_path, option, value, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	tool.stderr_fd = fds[0];
	while (length < sizeof(line) - 1) {
		ssize_t got = read(fds[0], line + length, sizeof(line) - 1 - length);

		if (got <= 0)
			break;
		length += got;
		line[length] = '\0';
		if (strstr(line, "sigpath: ready")) {
			tool.start_to_ready_s = now_s() - begin;
			return tool;
		}
	}
	line[length] = '\0';
	fprintf(stderr, "bench: sigpath did not get ready:\n%s", line);
	exit(1);
}

/* Stops it; its closing line goes to LAST. */
static void tool_stop(struct tool *tool, char *last, size_t size)
{
	size_t length = 0;
	ssize_t got;

	kill(tool->pid, SIGINT);
	while (length < size - 1 &&
	       (got = read(tool->stderr_fd, last + length, size - 1 - length)) > 0)
		length += got;
	last[length] = '\0';
	close(tool->stderr_fd);
	waitpid(tool->pid, NULL, 0);
}

static long rss_kib(pid_t pid)
{
	char path[64], line[256];
	long kib = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	fclose(file);
	return kib;
}

static double loop_getppid(void)
{
	const long count = 5000000;
	double begin = now_s();

	for (long i = 0; i < count; i++)
		syscall(SYS_getppid);
	return (now_s() - begin) / count * 1e9;
}

static double loop_ignored_write(void)
{
	const long count = 300000;
	double begin, end;
	int fds[2];

	if (pipe(fds))
		die("pipe");
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	begin = now_s();
	for (long i = 0; i < count; i++)
		if (write(fds[1], "x", 1) != -1 || errno != EPIPE)
			die("a write to a broken pipe");
	end = now_s();
	close(fds[1]);
	return (end - begin) / count * 1e9;
}

static double loop_die(void)
{
	const long count = 300;
	double begin = now_s();

	for (long i = 0; i < count; i++) {
		pid_t pid = fork();
		int fds[2], status;

		if (!pid) {
			signal(SIGPIPE, SIG_DFL);
			if (pipe(fds))
				_exit(1);
			close(fds[0]);
			if (write(fds[1], "x", 1) < 0)
				_exit(2);
			_exit(3);
		}
		if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
			die("a death by SIGPIPE");
	}
	return (now_s() - begin) / count * 1e9;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double median(double *values, int count)
{
	qsort(values, count, sizeof(values[0]), compare);
	return values[count / 2];
}

static double loop_send_receive(void)
{
	const long count = 500000;
	double begin, end;
	int ends[2];
	char byte = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		die("socketpair");
	begin = now_s();
	for (long i = 0; i < count; i++)
		if (send(ends[0], &byte, 1, 0) != 1 || recv(ends[1], &byte, 1, 0) != 1)
			die("send and receive");
	end = now_s();
	close(ends[0]);
	close(ends[1]);
	return (end - begin) / count * 1e9;
}

/* A connection over the loopback device, closed with unread data: FIN, RST and all. */
static double loop_connect_close(void)
{
	const long count = 5000;
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct linger abort_it = { .l_onoff = 1 };
	double begin;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 16) ||
	    getsockname(listener, (struct sockaddr *)&address, &length))
		die("listening");
	begin = now_s();
	for (long i = 0; i < count; i++) {
		int client = socket(AF_INET, SOCK_STREAM, 0), server;

		if (connect(client, (struct sockaddr *)&address, length))
			die("connect");
		server = accept(listener, NULL, NULL);
		/* No TIME_WAIT, so that ports do not run out. */
		setsockopt(client, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
		close(client);
		close(server);
	}
	close(listener);
	return (now_s() - begin) / count * 1e9;
}

static const struct {
	const char *name;
	double (*loop)(void);
	const char *option, *value;
} loops[] = {
	{ "healthy system call (getppid)", loop_getppid, NULL, NULL },
	{ "healthy send and receive", loop_send_receive, NULL, NULL },
	{ "healthy send and receive, --epipe all", loop_send_receive, "--epipe", "all" },
	{ "connect and reset over loopback", loop_connect_close, NULL, NULL },
	{ "ignored SIGPIPE (write without a reader)", loop_ignored_write, NULL, NULL },
	{ "ignored SIGPIPE, --burst 0", loop_ignored_write, "--burst", "0" },
	{ "death (fork, write, be killed, wait)", loop_die, NULL, NULL },
};

static void measure_loop(size_t index)
{
	double (*loop)(void) = loops[index].loop;

	double without[ROUNDS_MAX], with[ROUNDS_MAX], ratios[ROUNDS_MAX];
	char last[4096];

	for (int i = 0; i < rounds; i++) {
		struct tool tool;

		without[i] = loop();
		tool = tool_start(loops[index].option, loops[index].value);
		with[i] = loop();
		tool_stop(&tool, last, sizeof(last));
		ratios[i] = with[i] / without[i];
	}
	printf("%-50s %10.1f %10.1f %7.2fx\n", loops[index].name, median(without, rounds),
	       median(with, rounds), median(ratios, rounds));
	if (last[0])
		printf("    last run: %s", last);
}

static void measure_start(void)
{
	double ready[ROUNDS_MAX];
	long rss = 0;
	char last[4096];

	for (int i = 0; i < rounds; i++) {
		struct tool tool = tool_start(NULL, NULL);

		ready[i] = tool.start_to_ready_s * 1e3;
		rss = rss_kib(tool.pid);
		tool_stop(&tool, last, sizeof(last));
	}
	printf("start to ready: %.0f ms; resident when idle: %.1f MB\n", median(ready, rounds),
	       rss / 1024.0);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "sigpath", required_argument, NULL, 's' },
		{ "rounds", required_argument, NULL, 'n' },
		{ 0 },
	};
	struct utsname name;
	cpu_set_t first;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			sigpath_path = optarg;
		else if (option == 'n')
			rounds = atoi(optarg);
		else
			return 2;
	}
	if (!sigpath_path || rounds < 1 || rounds > ROUNDS_MAX) {
		fputs("usage: bench --sigpath PATH [--rounds N]\n", stderr);
		return 2;
	}
	uname(&name);
	printf("kernel %s, %d rounds, medians; without and with sigpath in turn\n", name.release,
	       rounds);
	measure_start();
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
	printf("%-50s %10s %10s %8s\n", "ns per turn", "without", "with", "ratio");
	for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++)
		measure_loop(i);
	return 0;
}
