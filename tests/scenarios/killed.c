// SPDX-License-Identifier: GPL-2.0-or-later
/* Why did the kernel kill it? Limits, seccomp, memory, and the end of another process. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "fact.h"
#include "killed_fact.h"
#include "memory_cgroup.h"
#include "scenario.h"

/* --- limits --- */

static void set_limit(int which, rlim_t soft, rlim_t hard)
{
	if (setrlimit((__rlimit_resource_t)which, &(struct rlimit){ soft, hard }) < 0)
		scenario_die("setrlimit");
}

static void spin(void)
{
	for (volatile unsigned long i = 0;; i++)
		;
}

static void die_of_cpu_time(void)
{
	set_limit(RLIMIT_CPU, 1, 8);
	killed_emit(&(struct expectation){
		SIGXCPU, "limit", NULL, "cpu_time_limit", "(soft limit 1 s; it used 1.",
		"{\"name\":\"RLIMIT_CPU\",\"reached\":\"soft\",\"soft\":1,\"hard\":8,\"unit\":\"s\","
		"\"used_us\":{\"$range\":[1000000,1500000]},\"size_bytes\":null}" });
	spin();
}

static void die_of_cpu_time_hard(void)
{
	set_limit(RLIMIT_CPU, 1, 1);
	killed_emit(&(struct expectation){
		SIGKILL, "limit", NULL, "cpu_time_limit", "(hard limit 1 s; it used 1.",
		"{\"name\":\"RLIMIT_CPU\",\"reached\":\"hard\",\"soft\":1,\"hard\":1,\"unit\":\"s\","
		"\"used_us\":{\"$range\":[1000000,1500000]}}" });
	spin();
}

static void die_of_rttime(void)
{
	set_limit(RLIMIT_RTTIME, 100000, 8000000);
	killed_emit(&(struct expectation){
		SIGXCPU, "limit", NULL, "real_time_limit", "(soft limit 100000 us; it ran ",
		"{\"name\":\"RLIMIT_RTTIME\",\"reached\":\"soft\",\"soft\":100000,\"hard\":8000000,"
		"\"unit\":\"us\",\"used_us\":{\"$range\":[100000,600000]}}" });
	spin();
}

/* The soft limit is not lower, so there is no SIGXCPU before. */
static void die_of_rttime_hard(void)
{
	set_limit(RLIMIT_RTTIME, 100000, 100000);
	killed_emit(&(struct expectation){
		SIGKILL, "limit", NULL, "real_time_limit", "(hard limit 100000 us; it ran ",
		"{\"name\":\"RLIMIT_RTTIME\",\"reached\":\"hard\",\"soft\":100000,\"hard\":100000,"
		"\"unit\":\"us\",\"used_us\":{\"$range\":[100000,600000]}}" });
	spin();
}

static int limited_file(void)
{
	int fd = memfd_create("sp-limited", 0);
	char bytes[1000] = { 0 };

	if (fd < 0 || write(fd, bytes, sizeof(bytes)) != sizeof(bytes))
		scenario_die("memfd");
	set_limit(RLIMIT_FSIZE, sizeof(bytes), sizeof(bytes));
	return fd;
}

static void die_of_file_size(void)
{
	int fd = limited_file();

	killed_emit(&(struct expectation){
		SIGXFSZ, "limit", NULL, "file_size_limit",
		"(1000 bytes; the file has 1000 bytes; at offset 4000)",
		"{\"name\":\"RLIMIT_FSIZE\",\"reached\":\"soft\",\"soft\":1000,\"hard\":1000,"
		"\"unit\":\"bytes\",\"used_us\":null,\"size_bytes\":1000,\"offset_bytes\":4000}" });
	pwrite(fd, "x", 1, 4000);
}

static void die_of_truncate(void)
{
	int fd = limited_file();

	killed_emit(&(struct expectation){ SIGXFSZ, "limit", NULL, "file_size_limit",
					   "(1000 bytes; the file has 1000 bytes; at offset 5000)",
					   "{\"size_bytes\":1000,\"offset_bytes\":5000}" });
	ftruncate(fd, 5000);
}

static void cpu_limit(void)
{
	killed_in_child(SIGXCPU, die_of_cpu_time);
}

static void cpu_limit_hard(void)
{
	killed_in_child(SIGKILL, die_of_cpu_time_hard);
}

/* The child has the limit alone, and this process sleeps. */
static void in_real_time_child(int number, void (*die)(void))
{
	const struct sched_param priority = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &priority) < 0)
		scenario_skip("sched_setscheduler: %s", strerror(errno));
	killed_in_child(number, die);
}

static void rttime_limit(void)
{
	in_real_time_child(SIGXCPU, die_of_rttime);
}

static void rttime_limit_hard(void)
{
	in_real_time_child(SIGKILL, die_of_rttime_hard);
}

static void file_size(void)
{
	killed_in_child(SIGXFSZ, die_of_file_size);
}

static void file_size_truncate(void)
{
	killed_in_child(SIGXFSZ, die_of_truncate);
}

/* --- seccomp --- */

static void refuse(long number, unsigned int action)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = 4, .filter = filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		scenario_die("seccomp");
}

#define SIX_ARGUMENTS \
	"\"mode\":\"filter\",\"arguments\":[\"0x1\",\"0x2\",\"0x3\",\"0x4\",\"0x5\",\"0x6\"]}"

static void die_of_trap(void)
{
	killed_emit(&(struct expectation){ SIGSYS, "seccomp", "SYS_SECCOMP", "seccomp",
					   "refused mkdirat() and sent SIGSYS",
					   "{\"action\":\"trap\"," SIX_ARGUMENTS });
	refuse(SYS_mkdirat, SECCOMP_RET_TRAP);
	syscall(SYS_mkdirat, 1, 2, 3, 4, 5, 6);
}

static void die_of_kill(void)
{
	killed_emit(&(struct expectation){ SIGSYS, "seccomp", "SYS_SECCOMP", "seccomp",
					   "refused mkdirat() and killed the process",
					   "{\"action\":\"kill\"," SIX_ARGUMENTS });
	refuse(SYS_mkdirat, SECCOMP_RET_KILL_PROCESS);
	syscall(SYS_mkdirat, 1, 2, 3, 4, 5, 6);
}

static void seccomp_trap(void)
{
	killed_in_child(SIGSYS, die_of_trap);
}

static void seccomp_process(void)
{
	struct utsname name;
	int major = 0, minor = 0;

	uname(&name);
	sscanf(name.release, "%d.%d", &major, &minor);
	if (major < 5 || (major == 5 && minor < 16))
		scenario_skip("before 5.16 the kernel generates no signal for it");
	killed_in_child(SIGSYS, die_of_kill);
}

/* Of a thread alone no signal is generated, nor in strict mode: only the exit shows it. */
static void die_of_strict_mode(void)
{
	killed_emit(&(struct expectation){ SIGKILL, "seccomp", NULL, "seccomp",
					   "getpid() is not one of",
					   "{\"action\":\"strict\",\"mode\":\"strict\"}" });
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	syscall(SYS_getpid);
}

static void *run_refused_thread(void *unused)
{
	(void)unused;
	killed_emit(&(struct expectation){ SIGSYS, "seccomp", NULL, "seccomp",
					   "refused mkdirat() and killed the thread",
					   "{\"action\":\"kill_thread\"," SIX_ARGUMENTS });
	refuse(SYS_mkdirat, SECCOMP_RET_KILL_THREAD);
	syscall(SYS_mkdirat, 1, 2, 3, 4, 5, 6);
	return NULL;
}

static void die_with_thread_alone(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_refused_thread, NULL))
		scenario_die("pthread_create");
	pthread_join(thread, NULL);
	_exit(0);
}

static void seccomp_strict(void)
{
	killed_in_child(SIGKILL, die_of_strict_mode);
}

static void seccomp_thread(void)
{
	killed_in_child(0, die_with_thread_alone);
}

/* --- memory --- */

static void use_memory(void)
{
	const size_t size = 4 * MEMORY_CGROUP_LIMIT;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		scenario_die("mmap");
	for (size_t i = 0; i < size; i += 4096)
		*(volatile char *)(memory + i) = 1;
}

static struct memory_cgroup cgroup;

static void die_of_memory(void)
{
	char blocks[512];

	memory_cgroup_enter(&cgroup);
	snprintf(blocks, sizeof(blocks),
		 "{\"memory_of\":\"cgroup\",\"group\":false,"
		 "\"resident_bytes\":{\"$range\":[%u,%u]},\"score_adj\":0,"
		 "\"cgroup\":{\"name\":\"%s\",\"is_at_limit\":true,\"limit_bytes\":%u},"
		 "\"trigger\":{\"pid\":%d}}",
		 MEMORY_CGROUP_LIMIT / 2, MEMORY_CGROUP_LIMIT * 2, cgroup.name, MEMORY_CGROUP_LIMIT,
		 scenario_pid());
	killed_emit(&(struct expectation){
		SIGKILL, "oom", NULL, "cgroup_out_of_memory",
		" reached its limit of 16.0 MiB; the kernel chose this process", blocks });
	use_memory();
}

static void memory_of_cgroup(void)
{
	memory_cgroup_make(&cgroup);
	killed_in_child(SIGKILL, die_of_memory);
	memory_cgroup_remove(&cgroup);
}

/* --- the memory of the host --- */

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		scenario_die("%s", path);
	close(fd);
}

/* The kernel kills the process with the highest score, whosever it is. */
static void host_memory(void)
{
	struct gate ready;
	pid_t victim;

	if (!getenv("SIGPATH_OWN_MACHINE"))
		scenario_skip("only on a machine of its own");
	gate_init(&ready);
	scenario_begin();
	victim = scenario_fork();
	if (victim == 0) {
		write_text("/proc/self/oom_score_adj", "1000");
		killed_emit(&(struct expectation){
			SIGKILL, "oom", NULL, "out_of_memory", "the host had none left",
			"{\"memory_of\":\"host\",\"group\":false,\"score_adj\":1000}" });
		gate_open(&ready, 1);
		killed_wait();
	}
	gate_wait(&ready);
	write_text("/proc/sysrq-trigger", "f");
	scenario_reap_expect(victim, SIGKILL);
}

/*
 * SysRq e and i (SIGTERM and SIGKILL) have no scenario, not even on a machine of its own: they go
 * to every process but the first one. So they end sigpath, this program and the shell that runs the
 * test, and of SIGKILL nobody is left who could report it.
 */

/* --- the end of another process --- */

struct family {
	struct gate ready;
	int status; /* what the init exits with; -1: it waits for its end */
};

static int run_init(void *argument)
{
	struct family *family = argument;
	char blocks[256];

	prctl(PR_SET_NAME, "sp-init");
	if (fork() == 0) {
		snprintf(blocks, sizeof(blocks),
			 "{\"init_comm\":\"sp-init\",\"exit_status\":%s,\"signal\":%s}",
			 family->status < 0 ? "null" : "3",
			 family->status < 0 ? "\"SIGKILL\"" : "null");
		killed_emit(&(struct expectation){ SIGKILL, "namespace_end", NULL, "namespace_end",
						   family->status < 0 ? "was killed by SIGKILL"
								      : "exited with status 3",
						   blocks });
		gate_open(&family->ready, 2);
		killed_wait();
	}
	gate_wait(&family->ready);
	/* Not killed_wait(), which gives it another name. */
	while (family->status < 0)
		pause();
	_exit(family->status);
}

static void end_namespace(int status)
{
	static char stack[256 * 1024] __attribute__((aligned(16)));
	struct family family = { .status = status };
	pid_t init;

	gate_init(&family.ready);
	scenario_begin();
	init = clone(run_init, stack + sizeof(stack), CLONE_NEWPID | SIGCHLD, &family);
	if (init < 0)
		scenario_skip("no new pid namespace: %s", strerror(errno));
	gate_wait(&family.ready);
	if (status < 0 && kill(init, SIGKILL) < 0)
		scenario_die("kill");
	scenario_reap(init);
}

static void namespace_end(void)
{
	end_namespace(3);
}

static void namespace_init(void)
{
	end_namespace(-1);
}

static const struct scenario scenarios[] = {
	{ "cpu-limit", cpu_limit },
	{ "cpu-limit-hard", cpu_limit_hard },
	{ "rttime-limit", rttime_limit },
	{ "rttime-limit-hard", rttime_limit_hard },
	{ "file-size", file_size },
	{ "file-size-truncate", file_size_truncate },
	{ "seccomp-trap", seccomp_trap },
	{ "seccomp-process", seccomp_process },
	{ "seccomp-thread", seccomp_thread },
	{ "seccomp-strict", seccomp_strict },
	{ "memory-cgroup", memory_of_cgroup },
	{ "namespace-end", namespace_end },
	{ "namespace-init", namespace_init },
	{ "host-memory", host_memory },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
