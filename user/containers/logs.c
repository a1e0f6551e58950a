// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The names of the kubelet's log directories and files. They outlive the container, and are there
 * for every runtime. Only names are read: no file is opened, no link is followed.
 *
 * /var/log/pods/<namespace>_<pod>_<uid>/
 * /var/log/containers/<pod>_<namespace>_<container>-<id>.log
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state.h"

/* A node has some hundred pods. */
#define ENTRIES_MAX 20000
#define ENTRY_BYTES 32768

/* As the kernel writes it. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

/* Nobody but root can add names. */
static int open_directory(int root, const char *path)
{
	int dir = openat(root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (dir < 0)
		return -errno;
	if (!fstat(dir, &status) && !status.st_uid && !(status.st_mode & 022))
		return dir;
	close(dir);
	return -EBADMSG;
}

static bool ends_with(const char *name, const char *tail)
{
	size_t length = strlen(name), tail_length = strlen(tail);

	return length >= tail_length && !strcmp(name + length - tail_length, tail);
}

/* The one entry of DIR that ends with TAIL, as a copy. As state_place_fn returns. */
static int find_entry(int dir, const char *tail, char *name, size_t size)
{
	static char bytes[ENTRY_BYTES] __attribute__((aligned(8)));
	size_t seen = 0, hits = 0;
	ssize_t got;

	while ((got = getdents64(dir, bytes, sizeof(bytes))) > 0) {
		for (ssize_t at = 0; at < got; seen++) {
			const struct entry *entry = (const void *)(bytes + at);

			at += entry->length;
			if (!ends_with(entry->name, tail))
				continue;
			if (strlen(entry->name) >= size)
				return -EBADMSG;
			strcpy(name, entry->name);
			hits++;
		}
		if (seen > ENTRIES_MAX)
			return -E2BIG;
	}
	if (got < 0)
		return -errno;
	if (hits > 1)
		return -ENOTUNIQ;
	return hits ? 0 : -ENOENT;
}

static int find_name(int root, const char *path, const char *tail, char *name, size_t size)
{
	int dir = open_directory(root, path), error;

	if (dir < 0)
		return dir;
	error = find_entry(dir, tail, name, size);
	close(dir);
	return error;
}

/* The part of *TEXT before the next '_', which is skipped. */
static int take_part(const char **text, char *buffer, size_t size)
{
	const char *start = *text;
	size_t length = strcspn(start, "_");

	if (start[length] != '_' || !state_is_name(start, length, size))
		return -EBADMSG;
	memcpy(buffer, start, length);
	buffer[length] = '\0';
	*text = start + length + 1;
	return 0;
}

int state_of_pod_logs(int root, const struct state_question *question,
		      struct state_names *ret_names)
{
	char name[NAME_MAX + 1], tail[STATE_UID_SIZE + 1] = "_";
	const char *at = name;
	int error;

	if (!question->uid[0])
		return -ENOENT;
	strcpy(tail + 1, question->uid);
	error = find_name(root, "var/log/pods", tail, name, sizeof(name));
	if (!error)
		error = take_part(&at, ret_names->pod_namespace, sizeof(ret_names->pod_namespace));
	if (!error)
		error = take_part(&at, ret_names->pod, sizeof(ret_names->pod));
	return error ?: strcmp(at, question->uid) ? -EBADMSG : 0;
}

int state_of_container_logs(int root, const struct state_question *question,
			    struct state_names *ret_names)
{
	char name[NAME_MAX + 1], tail[STATE_ID_SIZE + sizeof("-.log")] = "-";
	const char *at = name;
	size_t length;
	int error;

	if (!question->id[0] || !question->uid[0])
		return -ENOENT;
	strcat(strcat(tail, question->id), ".log");
	error = find_name(root, "var/log/containers", tail, name, sizeof(name));
	if (!error)
		error = take_part(&at, ret_names->pod, sizeof(ret_names->pod));
	if (!error)
		error = take_part(&at, ret_names->pod_namespace, sizeof(ret_names->pod_namespace));
	if (error)
		return error;
	if (strlen(at) < strlen(tail))
		return -EBADMSG;
	length = strlen(at) - strlen(tail);
	if (!state_is_name(at, length, sizeof(ret_names->container)))
		return -EBADMSG;
	memcpy(ret_names->container, at, length);
	ret_names->container[length] = '\0';
	return 0;
}
