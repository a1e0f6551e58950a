// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>

#include "units.h"
#include "words.h"

const char *word_container_runtime(enum ev_container_runtime runtime)
{
	static const char *const runtimes[] = {
		[EV_RUNTIME_DOCKER] = "docker", [EV_RUNTIME_CONTAINERD] = "containerd",
		[EV_RUNTIME_CRIO] = "cri-o",	[EV_RUNTIME_PODMAN] = "podman",
		[EV_RUNTIME_LXC] = "lxc",	[EV_RUNTIME_NSPAWN] = "systemd-nspawn",
	};

	return (size_t)runtime < ARRAY_SIZE(runtimes) ? runtimes[runtime] : NULL;
}
