// SPDX-License-Identifier: GPL-2.0-or-later
#include "notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "log.h"
#include "strbuf.h"
#include "units.h"

static struct {
	int fd; /* connected; -1: there is none */
	uint64_t watchdog_ns;
} notify = { .fd = -1 };

/* A decimal number that is not 0; 0: TEXT is something else. */
static uint64_t parse_number(const char *text)
{
	char *end;
	uint64_t number;

	if (*text < '1' || *text > '9')
		return 0;
	errno = 0;
	number = strtoull(text, &end, 10);
	return errno || *end ? 0 : number;
}

/* An absolute path, or the name of an abstract socket after "@". 0 or -errno. */
static int parse_address(const char *text, struct sockaddr_un *ret_address, socklen_t *ret_size)
{
	size_t length = strlen(text);

	if ((*text != '/' && *text != '@') || length < 2)
		return -EINVAL;
	/* A path is followed by a NUL. */
	if (length + (*text == '/') > sizeof(ret_address->sun_path))
		return -ENAMETOOLONG;
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret_address->sun_path, text, length);
	if (*text == '@')
		ret_address->sun_path[0] = '\0';
	*ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (*text == '/'));
	return 0;
}

/* A descriptor, or -errno. */
static int connect_to(const char *text)
{
	cleanup(cleanup_close) int fd = -1;
	struct sockaddr_un address;
	socklen_t size;
	int error = parse_address(text, &address, &size);

	if (error)
		return error;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, size))
		return -errno;
	return take_fd(&fd);
}

static uint64_t read_watchdog(const char *usec, const char *pid)
{
	uint64_t number = usec ? parse_number(usec) : 0;

	/* Meant for a parent, which has passed on its environment. */
	if (pid && parse_number(pid) != (uint64_t)getpid())
		return 0;
	if (usec && (!number || number > UINT64_MAX / NSEC_PER_USEC)) {
		log_warning("WATCHDOG_USEC is ignored: it is no number of microseconds");
		return 0;
	}
	return number * NSEC_PER_USEC;
}

void notify_open(void)
{
	const char *address = getenv("NOTIFY_SOCKET");

	if (address) {
		notify.fd = connect_to(address);
		if (notify.fd >= 0)
			notify.watchdog_ns =
				read_watchdog(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
		else
			log_warning("NOTIFY_SOCKET is ignored: %s", strerror(-notify.fd));
	}
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void notify_close(void)
{
	cleanup_close(&notify.fd);
	notify.fd = -1;
	notify.watchdog_ns = 0;
}

bool notify_is_open(void)
{
	return notify.fd >= 0;
}

uint64_t notify_watchdog_ns(void)
{
	return notify.watchdog_ns;
}

static void send_message(const char *text, size_t length)
{
	if (notify.fd >= 0)
		(void)send(notify.fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Each line is an assignment, so a status has one line. */
static void send_with_status(const char *assignments, const char *status)
{
	char text[4 * NOTIFY_STATUS_MAX + 64];
	struct strbuf message = STRBUF_IN(text);

	strbuf_printf(&message, "%sSTATUS=", assignments);
	strbuf_add_escaped(&message, status, strnlen(status, NOTIFY_STATUS_MAX));
	send_message(message.text, message.length);
}

void notify_ready(const char *status)
{
	send_with_status("READY=1\n", status);
}

void notify_status(const char *status)
{
	send_with_status("", status);
}

void notify_reloading(void)
{
	char text[64];
	int length = snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
			      clock_ns(CLOCK_MONOTONIC) / NSEC_PER_USEC);

	send_message(text, (size_t)length);
}

void notify_reloaded(void)
{
	send_message("READY=1", strlen("READY=1"));
}

void notify_stopping(void)
{
	send_message("STOPPING=1", strlen("STOPPING=1"));
}

void notify_alive(void)
{
	send_message("WATCHDOG=1", strlen("WATCHDOG=1"));
}
