// SPDX-License-Identifier: GPL-2.0-or-later
#include "otlp_confine.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "landlock.h"
#include "rights.h"
#include "syscall_filter.h"
#include "units.h"

/*
 * Directories, because programs replace files in them by new ones. /etc: the resolver's files and,
 * on some systems, the certificates. /run: where resolv.conf is on some. /usr, /lib: modules of the
 * resolver and of OpenSSL, certificates.
 */
static const char *const readable[] = {
	"/etc",
	"/usr",
	"/lib",
	"/lib64",
	"/run/systemd/resolve",
	"/run/NetworkManager",
	"/run/resolvconf",
	"/run/nscd",
	"/var/lib/ca-certificates",
	"/dev/urandom",
	"/dev/null",
};

#define GIVEN_MOST 3
#define GRANTS_MOST (ARRAY_SIZE(readable) + GIVEN_MOST + 1)

struct grants {
	size_t count;
	struct landlock_grant list[GRANTS_MOST];
};

/* What does not exist needs no grant. */
static void grant_reading(struct grants *grants, const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd >= 0)
		grants->list[grants->count++] = (struct landlock_grant){
			.fd = fd,
			.access = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR,
		};
}

/* The file may be replaced, too. */
static int grant_directory_of(struct grants *grants, const char *path)
{
	char found[PATH_MAX];

	if (!path)
		return 0;
	if (!realpath(path, found))
		return -errno;
	grant_reading(grants, dirname(found));
	return 0;
}

int otlp_confine_files(const struct otlp_settings *settings, const struct rights_user *user,
		       int directory_fd)
{
	struct grants grants = { 0 };
	struct landlock_rules rules = { .grants = grants.list, .network = true };
	int error = grant_directory_of(&grants, settings->certificate);

	error = error ?: grant_directory_of(&grants, settings->client_key);
	error = error ?: grant_directory_of(&grants, settings->client_certificate);
	for (size_t i = 0; !error && i < ARRAY_SIZE(readable); i++)
		grant_reading(&grants, readable[i]);
	if (directory_fd >= 0)
		grants.list[grants.count++] = (struct landlock_grant){
			.fd = directory_fd,
			.access = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR | LANDLOCK_WRITE_FILE |
				  LANDLOCK_MAKE_REG | LANDLOCK_REMOVE_FILE | LANDLOCK_TRUNCATE,
		};
	rules.count = grants.count;
	error = error ?: rights_drop(0, user) ?: landlock_restrict(&rules);
	for (size_t i = 0; i < grants.count; i++)
		if (grants.list[i].fd != directory_fd)
			close(grants.list[i].fd);
	return error == -EOPNOTSUPP ? 0 : error;
}

/* --- system calls --- */

/* clang-format off */
static const int calls[] = {
	/* descriptors and files */
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pread64),
	SCMP_SYS(close), SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(fcntl), SCMP_SYS(fcntl64),
	SCMP_SYS(ioctl), SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(stat), SCMP_SYS(stat64),
	SCMP_SYS(newfstatat), SCMP_SYS(fstatat64), SCMP_SYS(statx), SCMP_SYS(fstatfs),
	SCMP_SYS(statfs), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
	SCMP_SYS(getdents64), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64),
	SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(eventfd2), SCMP_SYS(pipe2),
	SCMP_SYS(socketpair),
	/* the spool */
	SCMP_SYS(unlinkat), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(fdatasync),
	/* the network */
	SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
	SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(send), SCMP_SYS(sendto),
	SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg), SCMP_SYS(recv), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg), SCMP_SYS(shutdown),
	/* memory, threads, time, the end */
	SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(munmap), SCMP_SYS(mremap),
	SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(futex_time64),
	SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(membarrier), SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(getcpu), SCMP_SYS(sysinfo), SCMP_SYS(time),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64), SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_nanosleep_time64), SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday), SCMP_SYS(restart_syscall), SCMP_SYS(getrandom), SCMP_SYS(uname),
	SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid),
	SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	/* its own signals */
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	SCMP_SYS(prctl), SCMP_SYS(prlimit64),
#endif
};
/* clang-format on */

#define RULE(name, which, bits, wanted)                                                          \
	{                                                                                        \
		.number = SCMP_SYS(name), .argument = (which), .mask = (bits), .value = (wanted) \
	}

int otlp_confine_calls(void)
{
	const struct syscall_rule rules[] = {
		RULE(socket, 0, UINT32_MAX, AF_INET),
		RULE(socket, 0, UINT32_MAX, AF_INET6),
		/* the resolver asks for the addresses of this machine */
		RULE(socket, 0, UINT32_MAX, AF_NETLINK),
		/* a thread of the resolver */
		RULE(clone, 0, CLONE_THREAD, CLONE_THREAD),
		/* abort() */
		RULE(tgkill, 0, UINT32_MAX, (uint32_t)getpid()),
	};
	const struct syscall_list list = { .calls = calls,
					   .call_count = ARRAY_SIZE(calls),
					   .rules = rules,
					   .rule_count = ARRAY_SIZE(rules) };
	int error = syscall_filter_apply(&list, 1);

	return error == -ENOSYS ? 0 : error;
}
