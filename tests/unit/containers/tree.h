/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory that is "/" for state_find(), with what the runtimes keep in it. Needs root. */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER_ID "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD "1c2d3e4f-0011-2233-4455-66778899aabb"

static char tree_path[] = "/dev/shm/sigpath-tree-XXXXXX";
static int tree = -1;

static int tree_remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	return remove(path);
}

static int tree_end(void **state)
{
	close(tree);
	nftw(tree_path, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}

/* Makes the directory PATH, and those above it. */
static void tree_directory(const char *path)
{
	char part[512];

	for (const char *end = path; end; end = strchr(end + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(end - path), path);
		if (part[0])
			mkdirat(tree, part, 0755);
	}
	mkdirat(tree, path, 0755);
}

static int tree_begin(void **state)
{
	strcpy(tree_path, "/dev/shm/sigpath-tree-XXXXXX");
	umask(022);
	if (geteuid() || !mkdtemp(tree_path))
		return -1;
	tree = open(tree_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (tree < 0)
		return -1;
	tree_directory("run");
	tree_directory("var/lib");
	tree_directory("var/log");
	return 0;
}

static void tree_file(const char *path, const char *text)
{
	char directory[512];
	int fd;

	snprintf(directory, sizeof(directory), "%s", path);
	*strrchr(directory, '/') = '\0';
	tree_directory(directory);
	fd = openat(tree, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
}

/* What the disk says. */
static inline struct ev_names tree_find(const char *id, const char *uid, unsigned char runtime)
{
	struct state_question question = { .runtime = runtime };
	struct ev_names names = { 0 };

	strcpy(question.id, id);
	strcpy(question.uid, uid);
	state_find(tree, &question, &names);
	return names;
}

#define CONTAINERD_FILE(id) "run/containerd/io.containerd.runtime.v2.task/k8s.io/" id "/config.json"
#define CONTAINERD_JSON(container, pod, ns, uid)                                     \
	"{\"ociVersion\":\"1.1.0\",\"process\":{\"args\":[\"x\"]},\"annotations\":{" \
	"\"io.kubernetes.cri.container-name\":\"" container                          \
	"\",\"io.kubernetes.cri.container-type\":\"container\","                     \
	"\"io.kubernetes.cri.sandbox-name\":\"" pod "\","                            \
	"\"io.kubernetes.cri.sandbox-namespace\":\"" ns                              \
	"\",\"io.kubernetes.cri.sandbox-uid\":\"" uid "\"}}"
#define PODS "var/log/pods/"
#define CONTAINERS "var/log/containers/"
