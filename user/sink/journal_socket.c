// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Datagrams to journald. Each names the address, so nothing has to be opened again when journald
 * comes back. The path is fixed, and only root can make it. Where the process has an empty root by
 * now, its directory was opened before.
 *
 * The kernel answers ENOENT or ECONNREFUSED where journald does not listen, EAGAIN where it does
 * not read, and EMSGSIZE for an entry that is larger than the buffer of the socket: that goes as a
 * sealed memfd (unix_dgram_sendmsg() in net/unix/af_unix.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "journal.h"
#include "log.h"
#include "units.h"

/* How long to wait before the next attempt: at first, and at most. */
#define WAIT_MS 1
#define WAIT_MAX_MS 250

#define DIRECTORY "/run/systemd/journal"
#define NAME "socket"

struct journal {
	int fd;
	int directory;
	struct sockaddr_un by_path, by_fd;
	bool is_gone;	 /* journald did not listen at the last attempt, which was said */
	bool has_failed; /* the last entry failed for another reason, which was said */
};

static int open_all(struct journal *journal)
{
	cleanup(cleanup_close) int probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const struct sockaddr_un *address = &journal->by_path;

	journal->directory = open(DIRECTORY, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (journal->directory < 0)
		return -errno;
	snprintf(journal->by_fd.sun_path, sizeof(journal->by_fd.sun_path), "/proc/self/fd/%d/" NAME,
		 journal->directory);
	/* Finds out whether somebody listens, and sends nothing. */
	if (probe < 0 || connect(probe, (const struct sockaddr *)address, sizeof(*address)))
		return -errno;
	journal->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return journal->fd < 0 ? -errno : 0;
}

int journal_open(struct journal **ret_journal)
{
	struct journal *journal = malloc(sizeof(*journal));
	int error;

	if (!journal)
		return -ENOMEM;
	*journal = (struct journal){
		.fd = -1,
		.directory = -1,
		.by_path = { .sun_family = AF_UNIX, .sun_path = DIRECTORY "/" NAME },
		.by_fd = { .sun_family = AF_UNIX },
	};
	error = open_all(journal);
	if (error)
		journal_free(journal);
	else
		*ret_journal = journal;
	return error;
}

int journal_directory(const struct journal *journal)
{
	return journal->directory;
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	cleanup_close(&journal->fd);
	cleanup_close(&journal->directory);
	free(journal);
}

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t written = write(fd, bytes, size);

		if (written <= 0)
			return written ? -errno : -EIO;
		bytes += written;
		size -= (size_t)written;
	}
	return 0;
}

/* journald takes a memfd that nobody can change any more. */
static int seal(const void *entry, size_t size, int *ret_fd)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	int error;

	*ret_fd = memfd_create("sigpath-journal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*ret_fd < 0)
		return -errno;
	error = write_all(*ret_fd, entry, size);
	if (!error && fcntl(*ret_fd, F_ADD_SEALS, seals))
		error = -errno;
	return error;
}

/* MEMFD -1: the entry is in the datagram itself. */
static int send_to(int fd, const struct sockaddr_un *address, const void *entry, size_t size,
		   int memfd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec data = { .iov_base = (void *)entry, .iov_len = size };
	struct msghdr message = {
		.msg_name = (void *)address,
		.msg_namelen = sizeof(*address),
	};

	if (memfd < 0) {
		message.msg_iov = &data;
		message.msg_iovlen = 1;
	} else {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		*CMSG_FIRSTHDR(&message) = (struct cmsghdr){
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof(int)),
		};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &memfd, sizeof(memfd));
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int send_once(const struct journal *journal, const void *entry, size_t size, int memfd)
{
	int error = send_to(journal->fd, &journal->by_path, entry, size, memfd);

	if (error == -ENOENT)
		error = send_to(journal->fd, &journal->by_fd, entry, size, memfd);
	return error;
}

/*
 * The datagrams of ours that wait are few and small, but a memfd is memory of ours too, and the
 * socket takes up to net.unix.max_dgram_qlen of them. So only one waits. SIOCOUTQ is 0 when all
 * datagrams of a socket were read (unix_outq_len()). 0; -EAGAIN: not yet; or another -errno.
 */
static int check_all_read(const struct journal *journal)
{
	int unread;

	if (ioctl(journal->fd, SIOCOUTQ, &unread))
		return -errno;
	return unread ? -EAGAIN : 0;
}

static bool is_busy(int error)
{
	/* ETOOMANYREFS: many memfds wait in the socket (too_many_unix_fds()). */
	return error == -EAGAIN || error == -ETOOMANYREFS || error == -EINTR;
}

static bool is_absent(int error)
{
	return error == -ECONNREFUSED || error == -ENOENT || error == -EPIPE ||
	       error == -ECONNRESET;
}

static void wait_a_while(unsigned int *ms)
{
	const struct timespec time = { .tv_nsec = (long)(*ms * NSEC_PER_MSEC) };

	nanosleep(&time, NULL);
	*ms = *ms * 2 < WAIT_MAX_MS ? *ms * 2 : WAIT_MAX_MS;
}

static void note_result(struct journal *journal, int error)
{
	bool is_gone = is_absent(error), has_failed = error && !is_gone;

	if (is_gone && !journal->is_gone)
		log_warning("journald does not run (%s): incidents wait for it", strerror(-error));
	if (!error && journal->is_gone)
		log_notice("journald runs again");
	if (has_failed && !journal->has_failed)
		log_error("journal: %s", strerror(-error));
	journal->is_gone = is_gone;
	journal->has_failed = has_failed;
}

int journal_send(struct journal *journal, const void *entry, size_t size)
{
	cleanup(cleanup_close) int memfd = -1;
	unsigned int wait_ms = WAIT_MS;

	for (;;) {
		int error = memfd < 0 ? 0 : check_all_read(journal);

		if (!error)
			error = send_once(journal, entry, size, memfd);
		if (error == -EMSGSIZE && memfd < 0) {
			error = seal(entry, size, &memfd);
			if (!error)
				continue;
		}
		if (is_busy(error)) {
			wait_a_while(&wait_ms);
			continue;
		}
		note_result(journal, error);
		if (!is_absent(error))
			return error;
		wait_a_while(&wait_ms);
	}
}
