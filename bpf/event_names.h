/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A part of event.h, and included by it alone: the names of a container and its pod. */
#pragma once

/* What the disk of the host says about the container and the pod that a cgroup path names. */
enum ev_names_state {
	EV_NAMES_NOT_ASKED = 0,
	EV_NAMES_FOUND = 1,
	EV_NAMES_NONE = 2,	 /* no file or directory is about it */
	EV_NAMES_DISAGREE = 3,	 /* several are, with different names */
	EV_NAMES_UNREADABLE = 4, /* one is, and it is not what the runtimes write */
	EV_NAMES_LATE = 5,	 /* the file system did not answer in time */
	EV_NAMES_MANY = 6,	 /* a directory has too many entries to look at all of them */
};

enum ev_container_runtime {
	EV_RUNTIME_UNKNOWN = 0,
	EV_RUNTIME_DOCKER = 1,
	EV_RUNTIME_CONTAINERD = 2,
	EV_RUNTIME_CRIO = 3,
	EV_RUNTIME_PODMAN = 4,
	EV_RUNTIME_LXC = 5,
	EV_RUNTIME_NSPAWN = 6,
	EV_RUNTIMES = 7,
};

struct ev_names {
	__u64 start_boot_ns;  /* with the pid: of the process that it is about */
	__u32 pid;	      /* 0: there is none */
	__u8 container_state; /* enum ev_names_state */
	__u8 pod_state;
	__u8 runtime; /* enum ev_container_runtime */
	__u8 pad0;
	char container[128]; /* empty, or with a NUL at the end; so are the others */
	char pod[256];
	char pod_namespace[64];
};
