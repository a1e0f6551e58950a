/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loads of the benchmark: `load NAME COUNT [THREADS [PROCESSES]]` runs one loop, on CPU 0 or
 * with one thread, or one process, on each of the first CPUs. It prints as JSON how long one turn
 * took and how many writes failed with a broken pipe. compare.py and pairs.py start the tools.
 */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 16

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* Each loop returns its time in seconds, without the time for its set-up. */

static double loop_getppid(long count)
{
	double begin = now_s();

	for (long i = 0; i < count; i++)
		syscall(SYS_getppid);
	return now_s() - begin;
}

/* A signal that no tool watches, and that the default action ignores. */
static double loop_other_signal(long count)
{
	pid_t self = getpid();
	double begin = now_s();

	for (long i = 0; i < count; i++)
		kill(self, SIGCHLD);
	return now_s() - begin;
}

static void on_signal(int sig)
{
	(void)sig;
}

/* The same with a handler, which runs before kill() returns. */
static double loop_handled_signal(long count)
{
	pid_t self = getpid();
	double begin;

	signal(SIGUSR1, on_signal);
	begin = now_s();
	for (long i = 0; i < count; i++)
		kill(self, SIGUSR1);
	return now_s() - begin;
}

static double loop_send_receive(long count)
{
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
	return end - begin;
}

static double loop_ignored(long count)
{
	double begin, end;
	int fds[2];

	if (pipe(fds))
		die("pipe");
	close(fds[0]);
	begin = now_s();
	for (long i = 0; i < count; i++)
		if (write(fds[1], "x", 1) != -1 || errno != EPIPE)
			die("a write to a broken pipe");
	end = now_s();
	close(fds[1]);
	return end - begin;
}

static double loop_death(long count)
{
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
		if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) ||
		    WTERMSIG(status) != SIGPIPE)
			die("a death by SIGPIPE");
	}
	return now_s() - begin;
}

/* The child lives until its parent sends the signal. */
static double loop_kill(long count)
{
	double begin = now_s();

	for (long i = 0; i < count; i++) {
		pid_t pid = fork();

		if (!pid)
			for (;;)
				pause();
		if (pid < 0 || kill(pid, SIGKILL) || waitpid(pid, NULL, 0) != pid)
			die("a death by SIGKILL");
	}
	return now_s() - begin;
}

/* Without a core: that would cost more than all else. */
static double loop_fault(long count)
{
	const struct rlimit no_core = { 0, 0 };
	double begin;

	if (setrlimit(RLIMIT_CORE, &no_core))
		die("setrlimit");
	begin = now_s();
	for (long i = 0; i < count; i++) {
		const volatile int *volatile nothing = NULL;
		pid_t pid = fork();
		int status;

		if (!pid)
			_exit(*nothing);
		if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) ||
		    WTERMSIG(status) != SIGSEGV)
			die("a death by SIGSEGV");
	}
	return now_s() - begin;
}

static void run_true(void)
{
	char *const argv[] = { "true", NULL };
	pid_t pid = vfork();
	int status;

	if (!pid) {
		execv("/bin/true", argv);
		_exit(1);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		die("/bin/true");
}

/* What a shell script or make does: start a program that ends at once. */
static double loop_vfork(long count)
{
	double begin = now_s();

	for (long i = 0; i < count; i++)
		run_true();
	return now_s() - begin;
}

static int listen_on_loopback(struct sockaddr_in *ret_address)
{
	socklen_t length = sizeof(*ret_address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	*ret_address = (struct sockaddr_in){ .sin_family = AF_INET };
	ret_address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (struct sockaddr *)ret_address, length) || listen(listener, 16) ||
	    getsockname(listener, (struct sockaddr *)ret_address, &length))
		die("listening");
	return listener;
}

static int connect_to(const struct sockaddr_in *address)
{
	int client = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(client, (const struct sockaddr *)address, sizeof(*address)))
		die("connect");
	return client;
}

/* close() sends RST, which also leaves no TIME_WAIT, so that ports do not run out. */
static void close_by_reset(int fd)
{
	struct linger abort_it = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
	close(fd);
}

/* EPIPE on TCP without a signal (MSG_NOSIGNAL). */
static double loop_nosignal(long count)
{
	struct sockaddr_in address;
	int listener = listen_on_loopback(&address), client = connect_to(&address);
	double begin, end;

	close_by_reset(accept(listener, NULL, NULL));
	/* The first send gets ECONNRESET. */
	send(client, "x", 1, MSG_NOSIGNAL);
	begin = now_s();
	for (long i = 0; i < count; i++)
		if (send(client, "x", 1, MSG_NOSIGNAL) != -1 || errno != EPIPE)
			die("a send on a reset connection");
	end = now_s();
	close(client);
	close(listener);
	return end - begin;
}

static double loop_connect(long count)
{
	struct sockaddr_in address;
	int listener = listen_on_loopback(&address);
	double begin = now_s();

	for (long i = 0; i < count; i++) {
		int client = connect_to(&address), server = accept(listener, NULL, NULL);

		close_by_reset(client);
		close(server);
	}
	close(listener);
	return now_s() - begin;
}

static const struct load {
	const char *name;
	double (*loop)(long count);
	int breaks; /* each turn fails with a broken pipe */
} loads[] = {
	{ "getppid", loop_getppid, 0 },
	{ "other-signal", loop_other_signal, 0 },
	{ "send-receive", loop_send_receive, 0 },
	{ "connect", loop_connect, 0 },
	{ "ignored", loop_ignored, 1 },
	{ "death", loop_death, 1 },
	{ "nosignal", loop_nosignal, 1 },
	{ "vfork", loop_vfork, 0 },
	{ "handled-signal", loop_handled_signal, 0 },
	{ "kill", loop_kill, 0 },
	{ "fault", loop_fault, 0 },
};

struct thread {
	pthread_t id;
	const struct load *load;
	long count;
	int cpu;
	double seconds;
};

static pthread_barrier_t start;

static void *thread_main(void *context)
{
	struct thread *thread = context;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(thread->cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	pthread_barrier_wait(&start);
	thread->seconds = thread->load->loop(thread->count);
	return NULL;
}

/* The threads run on CPU FIRST_CPU and the next ones. Nanoseconds of one turn. */
static double run(const struct load *load, long count, int threads, int first_cpu)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct thread all[THREADS_MAX];
	double seconds = 0;

	signal(SIGPIPE, SIG_IGN);
	pthread_barrier_init(&start, NULL, threads);
	for (int i = 0; i < threads; i++) {
		all[i] = (struct thread){ .load = load,
					  .count = count,
					  .cpu = (first_cpu + i) % cpus };
		if (pthread_create(&all[i].id, NULL, thread_main, &all[i]))
			die("pthread_create");
	}
	for (int i = 0; i < threads; i++) {
		pthread_join(all[i].id, NULL);
		seconds += all[i].seconds;
	}
	return seconds / threads / count * 1e9;
}

/* A copy of this process on each of the first CPUs; they begin together. */
static double run_processes(const struct load *load, long count, int threads, int processes)
{
	int begin[2], results[2];
	double sum = 0, ns;

	if (pipe(begin) || pipe(results))
		die("pipe");
	for (int i = 0; i < processes; i++) {
		if (fork())
			continue;
		close(begin[1]);
		if (read(begin[0], &ns, 1)) /* until the parent closes it */
			_exit(1);
		ns = run(load, count, threads, i);
		_exit(write(results[1], &ns, sizeof(ns)) != sizeof(ns));
	}
	close(begin[1]);
	close(results[1]);
	for (int i = 0; i < processes; i++) {
		if (read(results[0], &ns, sizeof(ns)) != sizeof(ns))
			die("a copy");
		sum += ns;
	}
	while (wait(NULL) > 0)
		;
	return sum / processes;
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? atol(argv[2]) : 0;
	int threads = argc > 3 ? atoi(argv[3]) : 1;
	int processes = argc > 4 ? atoi(argv[4]) : 1;

	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		if (argc < 3 || strcmp(loads[i].name, argv[1]) || count < 1 || threads < 1 ||
		    threads > THREADS_MAX || processes < 1)
			continue;
		printf("{\"ns\": %.2f, ",
		       processes > 1 ? run_processes(&loads[i], count, threads, processes)
				     : run(&loads[i], count, threads, 0));
		printf("\"broken\": %ld}\n", loads[i].breaks ? count * threads * processes : 0);
		return 0;
	}
	fputs("usage: load NAME COUNT [THREADS [PROCESSES]]\n", stderr);
	return 2;
}
