// SPDX-License-Identifier: GPL-2.0-or-later
#include "deaths.h"

#include <errno.h>
#include <stdlib.h>

#include "config.h"
#include "death_entry.h"
#include "sigpath_bpf.skel.h"

#include "table.h"

struct deaths {
	struct sigpath_bpf *skeleton;
	struct table table;
};

int deaths_new(struct sigpath_bpf *skeleton, struct deaths **ret_deaths)
{
	struct deaths *deaths = calloc(1, sizeof(*deaths));
	int error;

	if (!deaths)
		return -ENOMEM;
	deaths->skeleton = skeleton;
	error = table_open(&deaths->table, skeleton->maps.deaths, skeleton->maps.death_index,
			   skeleton->maps.deaths_free, 0);
	if (error) {
		deaths_free(deaths);
		return error;
	}
	*ret_deaths = deaths;
	return 0;
}

void deaths_free(struct deaths *deaths)
{
	if (!deaths)
		return;
	table_close(&deaths->table);
	free(deaths);
}
