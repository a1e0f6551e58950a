// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A reader did not finish. Which file was it? What the child has noted may be wrong, because a
 * hostile file may control it: the answer only decides what is not read again.
 */
#include "blame.h"

#include <signal.h>
#include <sys/wait.h>

#include "isolated_take.h"
#include "units.h"

struct file_id blame_for_hang(struct bad_files *bad, const struct file_watch *watch, bool aside)
{
	struct file_id file = isolated_take_file(&watch->mapping);

	if (!file.inode)
		file = isolated_take_file(&watch->at);
	if (file.inode && (!file.is_steady || aside))
		bad_files_add(bad, &file, BAN_ALL);
	return file;
}

void blame_for_crash(struct bad_files *bad, const struct file_watch *watch, int status)
{
	struct file_id file = isolated_take_file(&watch->at);
	struct file_id soft = isolated_take_file(&watch->soft);

	if (!WIFSIGNALED(status) || WTERMSIG(status) == SIGKILL)
		return;
	if (soft.inode && (file.is_steady || !file.inode))
		file = soft;
	if (file.inode)
		bad_files_add(bad, &file, file.is_steady ? BAN_DEBUG : BAN_ALL);
}

void blame_for_time(struct bad_files *bad, const struct file_watch *watch, uint64_t cpu_ns)
{
	struct file_id file = isolated_take_file(&watch->at);

	if (file.inode && cpu_ns > WATCH_COST_MS * NSEC_PER_MSEC)
		bad_files_add(bad, &file, BAN_DEBUG);
}

void blame_for_cost(struct bad_files *bad, const struct file_watch *watch)
{
	unsigned int count = __atomic_load_n(&watch->costly_count, __ATOMIC_RELAXED);

	for (unsigned int i = 0; i < count && i < WATCH_COSTLY_MAX; i++) {
		struct file_id file = isolated_take_file(&watch->costly[i]);

		bad_files_add(bad, &file, BAN_DEBUG);
	}
}
