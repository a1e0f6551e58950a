// SPDX-License-Identifier: GPL-2.0-or-later
#include "stuck.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PENDING_SECONDS 4 /* sigpath tells after one */
#define REQUEST_MAX (1 << 17)

/* Mounts it at DIRECTORY. Returns the server's end, or -1. */
static int mount_fuse(const char *directory)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char options[64];

	if (fd < 0)
		return -1;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (!unshare(CLONE_NEWNS) && !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	    !mount("deaths", directory, "fuse", MS_NOSUID | MS_NODEV, options))
		return fd;
	close(fd);
	return -1;
}

/* Answers the first request of the kernel. */
static bool begin(int fuse)
{
	static char request[REQUEST_MAX];
	const struct fuse_in_header *in = (const void *)request;
	struct {
		struct fuse_out_header header;
		struct fuse_init_out init;
	} answer = {
		.header.len = sizeof(answer),
		/* Without the flag only one process at a time asks for a file of a directory. */
		.init = { .major = FUSE_KERNEL_VERSION,
			  .minor = 31,
			  .flags = FUSE_PARALLEL_DIROPS,
			  .max_write = 4096 },
	};

	if (read(fuse, request, sizeof(request)) < (ssize_t)sizeof(*in) || in->opcode != FUSE_INIT)
		return false;
	answer.header.unique = in->unique;
	return write(fuse, &answer, sizeof(answer)) == sizeof(answer);
}

/* Waits for a file until somebody ends the file system. */
static pid_t hang(const char *directory, size_t number, int fuse)
{
	char path[128];
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	/* The last one that is closed ends the file system. */
	close(fuse);
	snprintf(path, sizeof(path), "%s/%zu", directory, number);
	open(path, O_RDONLY);
	_exit(0);
}

bool stuck_play(size_t count, struct ends *ends)
{
	char directory[] = "/tmp/deaths-XXXXXX";
	static char request[REQUEST_MAX];
	int fuse, status;

	if (!mkdtemp(directory))
		die("mkdtemp");
	fuse = mount_fuse(directory);
	if (fuse < 0 || !begin(fuse)) {
		rmdir(directory);
		return false;
	}
	for (size_t i = 0; i < count; i++)
		ends_add(ends, hang(directory, i, fuse), 0, NULL);
	/* What the server has taken, nobody can take back. */
	for (size_t i = 0; i < count; i++)
		if (read(fuse, request, sizeof(request)) < 0)
			die("read");
	for (size_t i = 0; i < count; i++)
		kill(ends->list[i].pid, SIGKILL);
	sleep(PENDING_SECONDS);
	close(fuse);
	umount2(directory, MNT_DETACH);
	for (size_t i = 0; i < count; i++) {
		waitpid(ends->list[i].pid, &status, 0);
		ends->list[i].status = status;
	}
	rmdir(directory);
	return true;
}
