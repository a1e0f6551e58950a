// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files that the runtimes keep about their containers. Each is read only if nobody but root can
 * write it, and up to a fixed size. No socket of a runtime is used.
 *
 * containerd  /run/containerd/io.containerd.runtime.v2.task/k8s.io/<id>/config.json: annotations,
 *             while the container exists; nerdctl: the same in the namespace `default`
 * CRI-O       /run/containers/storage/overlay-containers/<id>/userdata/config.json: annotations;
 *             and below /var/lib/containers/storage
 * Docker      /var/lib/docker/containers/<id>/config.v2.json: Name, Config.Labels
 * Podman      /var/lib/containers/storage/overlay-containers/containers.json: id, names; and
 *             volatile-containers.json, of containers with --rm
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json_strings.h"
#include "state.h"
#include "units.h"

#define FILE_MAX (4u << 20)

/* One file at a time: state_find() is called by one thread. */
static char file_bytes[FILE_MAX];

static bool is_trusted(const struct stat *status)
{
	return S_ISREG(status->st_mode) && !status->st_uid && !(status->st_mode & 022) &&
	       status->st_size >= 0 && status->st_size < FILE_MAX;
}

/* The file PATH below ROOT. 0; -ENOENT; -EBADMSG: it is not what the runtimes write; -errno. */
static int read_file(int root, const char *path, size_t *ret_size)
{
	struct stat status;
	ssize_t got = 1;
	size_t size = 0;
	int fd;

	*ret_size = 0;
	/* A device or a FIFO is not even opened. */
	if (fstatat(root, path, &status, AT_SYMLINK_NOFOLLOW))
		return errno == ENOTDIR ? -ENOENT : -errno;
	if (!is_trusted(&status))
		return -EBADMSG;
	fd = openat(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) || !is_trusted(&status))
		got = -1;
	while (got > 0 && size < FILE_MAX) {
		got = read(fd, file_bytes + size, FILE_MAX - size);
		size += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	*ret_size = size;
	return got || size == FILE_MAX ? -EBADMSG : 0;
}

/* --- files with a text for each key --- */

/* One text that is looked for. */
struct wanted {
	const char *keys[JSON_KEYS_MAX + 1];
	char *buffer;
	size_t size;
	unsigned int hits;
	bool is_bad; /* too long, or several times */
};

/* Into the array BUFFER. */
#define WANTED(to, ...)                                                      \
	{                                                                    \
		.keys = { __VA_ARGS__ }, .buffer = (to), .size = sizeof(to), \
	}

struct search {
	struct wanted *wanted;
	size_t count;
};

static void take_wanted(void *context, const struct json_place *place, const char *text)
{
	struct search *search = context;

	for (size_t i = 0; i < search->count; i++) {
		struct wanted *wanted = &search->wanted[i];

		if (!json_is_at(place, wanted->keys))
			continue;
		if (!text || strlen(text) >= wanted->size || wanted->hits++) {
			wanted->is_bad = true;
			continue;
		}
		strcpy(wanted->buffer, text);
	}
}

static int search_file(int root, const char *path, struct wanted *wanted, size_t count)
{
	struct search search = { .wanted = wanted, .count = count };
	size_t size;
	int error = read_file(root, path, &size);

	if (error)
		return error;
	if (json_strings(file_bytes, size, take_wanted, &search))
		return -EBADMSG;
	for (size_t i = 0; i < count; i++)
		if (wanted[i].is_bad)
			return -EBADMSG;
	return 0;
}

/* What Docker and Podman allow. */
static bool is_container_name(const char *name)
{
	return name[0] && !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					     "0123456789_.-")];
}

static bool is_of_kubernetes(const char *text, size_t size)
{
	return !text[0] || state_is_name(text, strlen(text), size);
}

/* UID: of the pod, as the file says. It must be that of the cgroup path. */
static int check_pod(const struct state_question *question, const char *uid,
		     const struct state_names *names)
{
	if (strcmp(uid, question->uid) != 0)
		return uid[0] ? -ENOTUNIQ : -EBADMSG;
	if (!is_of_kubernetes(names->pod, sizeof(names->pod)) ||
	    !is_of_kubernetes(names->pod_namespace, sizeof(names->pod_namespace)))
		return -EBADMSG;
	return !names->container[0] || is_container_name(names->container) ? 0 : -EBADMSG;
}

/* The annotations of an OCI bundle; the keys in this order: container, pod, namespace, uid. */
static int read_annotations(int root, const char *path, const char *const keys[4],
			    const struct state_question *question, struct state_names *ret_names)
{
	char uid[STATE_UID_SIZE] = "";
	struct wanted wanted[] = {
		WANTED(ret_names->container, "annotations", keys[0]),
		WANTED(ret_names->pod, "annotations", keys[1]),
		WANTED(ret_names->pod_namespace, "annotations", keys[2]),
		WANTED(uid, "annotations", keys[3]),
	};
	/* A container outside of Kubernetes has a name alone. */
	int error = search_file(root, path, wanted, question->uid[0] ? ARRAY_SIZE(wanted) : 1);

	if (error)
		return error;
	return wanted[0].hits || uid[0] ? check_pod(question, uid, ret_names) : -ENOENT;
}

int state_of_containerd(int root, const struct state_question *question,
			struct state_names *ret_names)
{
	static const char *const of_cri[] = {
		"io.kubernetes.cri.container-name",
		"io.kubernetes.cri.sandbox-name",
		"io.kubernetes.cri.sandbox-namespace",
		"io.kubernetes.cri.sandbox-uid",
	};
	static const char *const of_nerdctl[] = { "nerdctl/name", NULL, NULL, NULL };
	char path[160];

	snprintf(path, sizeof(path),
		 "run/containerd/io.containerd.runtime.v2.task/%s/%s/config.json",
		 question->uid[0] ? "k8s.io" : "default", question->id);
	ret_names->runtime = EV_RUNTIME_CONTAINERD;
	return read_annotations(root, path, question->uid[0] ? of_cri : of_nerdctl, question,
				ret_names);
}

int state_of_crio(int root, const struct state_question *question, struct state_names *ret_names)
{
	static const char *const directories[] = { "run/containers/storage",
						   "var/lib/containers/storage" };
	static const char *const keys[] = {
		"io.kubernetes.container.name",
		"io.kubernetes.pod.name",
		"io.kubernetes.pod.namespace",
		"io.kubernetes.pod.uid",
	};
	int error = -ENOENT;

	if (!question->uid[0])
		return -ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(directories) && error == -ENOENT; i++) {
		char path[160];

		snprintf(path, sizeof(path), "%s/overlay-containers/%s/userdata/config.json",
			 directories[i], question->id);
		error = read_annotations(root, path, keys, question, ret_names);
	}
	ret_names->runtime = EV_RUNTIME_CRIO;
	return error;
}

/* With cri-dockerd the labels have the names in Kubernetes, and Name is made of them. */
int state_of_docker(int root, const struct state_question *question, struct state_names *ret_names)
{
	char path[128], id[STATE_ID_SIZE] = "", uid[STATE_UID_SIZE] = "", in_pod[64] = "";
	char name[sizeof(ret_names->container) + 1] = "";
	struct wanted wanted[] = {
		WANTED(id, "ID"),
		WANTED(in_pod, "Config", "Labels", "io.kubernetes.container.name"),
		WANTED(ret_names->pod, "Config", "Labels", "io.kubernetes.pod.name"),
		WANTED(ret_names->pod_namespace, "Config", "Labels", "io.kubernetes.pod.namespace"),
		WANTED(uid, "Config", "Labels", "io.kubernetes.pod.uid"),
		WANTED(name, "Name"),
	};
	const bool is_in_pod = question->uid[0];
	size_t count = ARRAY_SIZE(wanted) - 1;
	int error;

	/* Outside of Kubernetes, anybody may give a container these labels. */
	if (!is_in_pod) {
		wanted[1] = wanted[count];
		count = 2;
	}
	snprintf(path, sizeof(path), "var/lib/docker/containers/%s/config.v2.json", question->id);
	error = search_file(root, path, wanted, count);
	if (error)
		return error;
	if (strcmp(id, question->id) != 0)
		return -EBADMSG;
	if (!is_in_pod && (name[0] != '/' || !is_container_name(name + 1)))
		return -EBADMSG;
	strcpy(ret_names->container, is_in_pod ? in_pod : name + 1);
	ret_names->runtime = EV_RUNTIME_DOCKER;
	return check_pod(question, uid, ret_names);
}

/* --- the list of Podman's containers --- */

struct list_search {
	const char *id;
	struct state_names *names;
	size_t index; /* of the element under way */
	bool is_it, have_name;
	char name[JSON_TEXT_MAX];
	unsigned int hits;
};

static void end_element(struct list_search *search)
{
	if (search->is_it && search->have_name && is_container_name(search->name) &&
	    strlen(search->name) < sizeof(search->names->container)) {
		strcpy(search->names->container, search->name);
		search->hits++;
	}
	search->is_it = search->have_name = false;
}

static void take_element(void *context, const struct json_place *place, const char *text)
{
	static const char *const id[] = { "", "id", NULL }, *const names[] = { "", "names", "",
									       NULL };
	struct list_search *search = context;

	if (place->first_index != search->index)
		end_element(search);
	search->index = place->first_index;
	if (json_is_at(place, id) && text && !strcmp(text, search->id))
		search->is_it = true;
	/* The first name is the one that Podman shows. */
	if (json_is_at(place, names) && text && !search->have_name) {
		strcpy(search->name, text);
		search->have_name = true;
	}
}

int state_of_podman(int root, const struct state_question *question, struct state_names *ret_names)
{
	static const char *const files[] = {
		"overlay-containers/containers.json", "overlay-containers/volatile-containers.json",
		"vfs-containers/containers.json",     "vfs-containers/volatile-containers.json",
		"btrfs-containers/containers.json",   "btrfs-containers/volatile-containers.json",
	};
	struct list_search search = { .id = question->id, .names = ret_names };

	ret_names->runtime = EV_RUNTIME_PODMAN;
	if (question->uid[0])
		return -ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char path[128];
		size_t size;
		int error;

		snprintf(path, sizeof(path), "var/lib/containers/storage/%s", files[i]);
		error = read_file(root, path, &size);
		if (error == -ENOENT)
			continue;
		if (error || json_strings(file_bytes, size, take_element, &search))
			return -EBADMSG;
		end_element(&search);
		search.index = 0;
	}
	if (search.hits > 1)
		return -ENOTUNIQ;
	return search.hits ? 0 : -ENOENT;
}
