// SPDX-License-Identifier: GPL-2.0-or-later
#include "kallsyms_table.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The kernel's file, whoever opened it. */
static bool stdin_is_table(void)
{
	static const char name[] = "/kallsyms";
	struct statfs status;
	char path[64];
	ssize_t length = readlink("/proc/self/fd/0", path, sizeof(path));

	if (length < (ssize_t)strlen(name) || length == sizeof(path) ||
	    memcmp(path + length - strlen(name), name, strlen(name)))
		return false;
	return !fstatfs(STDIN_FILENO, &status) && status.f_type == PROC_SUPER_MAGIC;
}

int kallsyms_table_open(const char *path)
{
	int fd = stdin_is_table() ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
				  : open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Faster than strtoull(), for 200,000 lines. Returns the end of the number. */
static const char *parse_hex(const char *text, uint64_t *ret_number)
{
	uint64_t number = 0;

	for (;; text++) {
		if (*text >= '0' && *text <= '9')
			number = number << 4 | (uint64_t)(*text - '0');
		else if (*text >= 'a' && *text <= 'f')
			number = number << 4 | (uint64_t)(*text - 'a' + 10);
		else
			break;
	}
	*ret_number = number;
	return text;
}

bool kallsyms_table_line(const char *line, uint64_t *ret_start, const char **ret_name)
{
	const char *end = parse_hex(line, ret_start);

	if (end == line || end[0] != ' ' || !end[1] || !strchr("tTwW", end[1]) || end[2] != ' ')
		return false;
	*ret_name = end + 3;
	return true;
}
