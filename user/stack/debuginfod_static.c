// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A static sigpath asks no debuginfod servers. To load the library it would need the host's C
 * library too, and of exactly its own version.
 */
#include "debuginfod.h"

#include <errno.h>

#include "stack.h"

const char stack_servers_missing[] = "a static sigpath cannot load libdebuginfod";
const char stack_servers_remedy[] =
	"install a sigpath with shared libraries: the package of a distribution";

bool debuginfod_is_installed(void)
{
	return false;
}

void debuginfod_start(void)
{
}

int debuginfod_fetch(const unsigned char *id, size_t length, uint64_t end_ns, int *ret_fd)
{
	return -ENOENT;
}
