// SPDX-License-Identifier: GPL-2.0-or-later
/* The write that fails. What the process knows of it is told before. */
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char payload[1024];

static void do_nothing(int signal)
{
	(void)signal;
}

static void dispose(enum disposition disposition)
{
	sigset_t pipe_signal;

	signal(SIGPIPE, disposition == DISPOSITION_IGNORE    ? SIG_IGN
			: disposition == DISPOSITION_HANDLER ? do_nothing
							     : SIG_DFL);
	if (disposition != DISPOSITION_BLOCKED)
		return;
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);
}

/* Where sendfile, splice and tee take their bytes from. -1 for the other calls. */
static int source_make(enum call call, int bytes)
{
	int ends[2], fd;

	if (call == CALL_SENDFILE) {
		fd = memfd_create("source", MFD_CLOEXEC);
		return fd >= 0 && pwrite(fd, payload, bytes, 0) == bytes ? fd : -1;
	}
	if (call != CALL_SPLICE && call != CALL_TEE)
		return -1;
	/* The write end stays open, so that the source is no broken pipe itself. */
	if (pipe2(ends, O_CLOEXEC) || write(ends[1], payload, bytes) != bytes)
		return -1;
	return ends[0];
}

static ssize_t send_message(const struct fatal *fatal, int fd, int flags)
{
	struct iovec data = { payload, fatal->bytes };
	struct mmsghdr messages = { .msg_hdr = { .msg_iov = &data, .msg_iovlen = 1 } };

	if (fatal->call == CALL_SENDMSG)
		return sendmsg(fd, &messages.msg_hdr, flags);
	return sendmmsg(fd, &messages, 1, flags);
}

static ssize_t call(const struct fatal *fatal, int fd, int source)
{
	struct iovec data = { payload, fatal->bytes };
	int flags = fatal->no_signal ? MSG_NOSIGNAL : 0;

	switch (fatal->call) {
	case CALL_WRITE:
		return write(fd, payload, fatal->bytes);
	case CALL_WRITEV:
		return writev(fd, &data, 1);
	case CALL_SEND:
		return send(fd, payload, fatal->bytes, flags);
	case CALL_SENDTO:
		return sendto(fd, payload, fatal->bytes, flags, NULL, 0);
	case CALL_SENDFILE:
		return sendfile(fd, source, NULL, fatal->bytes);
	case CALL_SPLICE:
		return splice(source, NULL, fd, NULL, fatal->bytes, 0);
	case CALL_TEE:
		return tee(source, fd, fatal->bytes, 0);
	case CALL_VMSPLICE:
		return vmsplice(fd, &data, 1, 0);
	default:
		return send_message(fatal, fd, flags);
	}
}

static void tell(int fd)
{
	struct answer about = { .kind = ANSWER_ABOUT, .fd = fd, .tid = identity_tid() };
	struct stat status = { 0 };

	fstat(fd, &status);
	about.inode = status.st_ino;
	identity_read(&about.who);
	about.before_ns = now_ns();
	actor_answer(&about, -1);
}

void actor_fatal(const struct command *command, struct answer *answer)
{
	const struct fatal *fatal = &command->fatal;
	int fd = self.slots[SLOT_WRITER], source;
	ssize_t written;

	memset(payload, 'x', sizeof(payload));
	source = source_make(fatal->call, fatal->bytes);
	dispose(fatal->disposition);
	tell(fd);
	written = call(fatal, fd, source);
	answer->value = written < 0 ? errno : 0;
}
