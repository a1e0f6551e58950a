// SPDX-License-Identifier: GPL-2.0-or-later
#include "broken_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario.h"

#define REQUEST_BYTES (64u << 10) /* at least FUSE_MIN_READ_BUFFER */

static void answer(int fuse, const struct fuse_in_header *request, int error, const void *body,
		   size_t size)
{
	unsigned char bytes[512];
	struct fuse_out_header header = { .len = sizeof(header) + size,
					  .error = error,
					  .unique = request->unique };

	memcpy(bytes, &header, sizeof(header));
	if (size)
		memcpy(bytes + sizeof(header), body, size);
	if (write(fuse, bytes, header.len) < 0 && errno != ENOENT)
		_exit(1);
}

static void answer_attributes(int fuse, const struct fuse_in_header *request, size_t size)
{
	struct fuse_attr_out out = { .attr_valid = 1000 };

	out.attr.ino = FUSE_ROOT_ID;
	out.attr.size = size;
	out.attr.mode = S_IFREG | 0644;
	out.attr.nlink = 1;
	answer(fuse, request, 0, &out, sizeof(out));
}

static void answer_init(int fuse, const struct fuse_in_header *request)
{
	struct fuse_init_out out = { .major = FUSE_KERNEL_VERSION,
				     .minor = 26,
				     .max_readahead = 4096,
				     .max_background = 8,
				     .congestion_threshold = 6,
				     .max_write = 4096 };

	answer(fuse, request, 0, &out, sizeof(out));
}

static void serve(int fuse, size_t size)
{
	static unsigned char bytes[REQUEST_BYTES];
	const struct fuse_in_header *request = (const void *)bytes;
	struct fuse_open_out opened = { 0 };

	while (read(fuse, bytes, sizeof(bytes)) >= (ssize_t)sizeof(*request)) {
		switch (request->opcode) {
		case FUSE_INIT:
			answer_init(fuse, request);
			break;
		case FUSE_GETATTR:
			answer_attributes(fuse, request, size);
			break;
		case FUSE_OPEN:
			answer(fuse, request, 0, &opened, sizeof(opened));
			break;
		case FUSE_READ:
			answer(fuse, request, -EIO, NULL, 0);
			break;
		case FUSE_FORGET:
		case FUSE_BATCH_FORGET:
			break;
		case FUSE_RELEASE:
		case FUSE_FLUSH:
			answer(fuse, request, 0, NULL, 0);
			break;
		default:
			answer(fuse, request, -ENOSYS, NULL, 0);
		}
	}
	_exit(0);
}

int broken_file_open(size_t size, char path[64])
{
	char options[128];
	struct stat state;
	pid_t parent = getpid();
	int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC), fd;

	if (fuse < 0)
		scenario_skip("/dev/fuse: %s", strerror(errno));
	strcpy(path, "/tmp/sigpath-broken.XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		scenario_die("%s", path);
	close(fd);
	/* The root of the file system is this file. */
	snprintf(options, sizeof(options), "fd=%d,rootmode=100000,user_id=0,group_id=0", fuse);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("broken", path, "fuse", 0, options)) {
		int error = errno;

		unlink(path);
		scenario_skip("mount of a FUSE file system: %s", strerror(error));
	}
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(0);
		serve(fuse, size);
	}
	close(fuse);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	/* Without it the kernel does not ask for the size. */
	if (fd < 0 || fstat(fd, &state) || (size_t)state.st_size != size)
		scenario_die("%s", path);
	return fd;
}
