// SPDX-License-Identifier: GPL-2.0-or-later
#include "victims_seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "units.h"

static void filter_getppid(unsigned int action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { ARRAY_SIZE(code), code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

void victim_seccomp_process(void)
{
	filter_getppid(SECCOMP_RET_KILL_PROCESS);
	syscall(SYS_getppid);
}

void victim_seccomp_thread(void)
{
	filter_getppid(SECCOMP_RET_KILL_THREAD);
	syscall(SYS_getppid);
}

void victim_seccomp_trap(void)
{
	filter_getppid(SECCOMP_RET_TRAP);
	syscall(SYS_getppid);
}

void victim_seccomp_strict(void)
{
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	syscall(SYS_getppid);
}

static void *thread_getppid(void *argument)
{
	(void)argument;
	syscall(SYS_getppid);
	return NULL;
}

/* Whoever waits for the thread can exit before the thread has, up to Linux 6.15. */
void victim_seccomp_beside(void)
{
	pthread_t thread;

	filter_getppid(SECCOMP_RET_KILL_THREAD);
	pthread_create(&thread, NULL, thread_getppid, NULL);
	pthread_join(thread, NULL);
}
