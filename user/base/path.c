// SPDX-License-Identifier: GPL-2.0-or-later
#include "path.h"

#include <string.h>

const char *path_leaf(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}
