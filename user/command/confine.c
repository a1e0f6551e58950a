/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order: threads start with the rights of the thread that starts them, so rights are given up
 * before there are any. The filter of system calls comes last and holds for all threads at once, so
 * it need not allow starting one.
 */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <unistd.h>

#include "capabilities.h"
#include "cleanup.h"
#include "empty_root.h"
#include "landlock.h"
#include "log.h"
#include "output.h"
#include "receivers.h"
#include "rights.h"
#include "units.h"

/* --- files --- */

struct places {
	size_t count;
	struct output_directories list[PIPELINE_OUTPUTS_MAX];
	/* -1: none */
	int of_metrics, of_journal;
};

/* An output can be opened again, because it is a regular file. */
static bool has_file(const struct places *places)
{
	for (size_t i = 0; i < places->count; i++)
		if (places->list[i].of_file >= 0)
			return true;
	return places->of_metrics >= 0;
}

/* New files, and those that others made for us (logrotate). A rotation of our own also removes. */
static uint64_t access_to_outputs(const struct options *options)
{
	uint64_t access = LANDLOCK_WRITE_FILE | LANDLOCK_TRUNCATE | LANDLOCK_MAKE_REG;

	if (options_rotate(options))
		access |= LANDLOCK_REMOVE_FILE;
	if (options->rotation.compress)
		access |= LANDLOCK_READ_FILE;
	return access;
}

/* /proc for reading, and the directories of the outputs. What is open already stays usable. */
static int confine_files(const struct options *options, const struct places *places)
{
	cleanup(cleanup_close) int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct landlock_grant grants[PIPELINE_OUTPUTS_MAX + 2];
	struct landlock_rules rules = { .grants = grants, .signals = options->argv };

	if (proc < 0)
		return -errno;
	grants[rules.count++] = (struct landlock_grant){
		.fd = proc,
		.access = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR,
	};
	for (size_t i = 0; i < places->count; i++) {
		if (places->list[i].of_file < 0)
			continue;
		grants[rules.count++] = (struct landlock_grant){
			.fd = places->list[i].of_file,
			.access = access_to_outputs(options),
		};
	}
	if (places->of_metrics >= 0)
		grants[rules.count++] = (struct landlock_grant){
			.fd = places->of_metrics,
			.access = LANDLOCK_WRITE_FILE | LANDLOCK_MAKE_REG | LANDLOCK_REMOVE_FILE,
		};
	return landlock_restrict(&rules);
}

/* Where there is no landlock. While the rights are there, which this needs. */
static int leave_files(const struct places *places)
{
	int directories[2 * PIPELINE_OUTPUTS_MAX + 2], error;
	size_t count = 0;

	for (size_t i = 0; i < places->count; i++) {
		if (places->list[i].of_name >= 0)
			directories[count++] = places->list[i].of_name;
		if (places->list[i].of_file >= 0)
			directories[count++] = places->list[i].of_file;
	}
	if (places->of_metrics >= 0)
		directories[count++] = places->of_metrics;
	if (places->of_journal >= 0)
		directories[count++] = places->of_journal;
	error = empty_root_enter(directories, count);
	if (!error)
		output_forget_paths();
	return error;
}

/* --- capabilities --- */

static bool maps_are_free(const void *live)
{
	return live_maps_are_free(live);
}

/* CAP_BPF, or what includes it, where the kernel wants it for every bpf(). */
static uint64_t rights_for_maps(void)
{
	uint64_t rights = capabilities_of(CAPABILITY_MAPS);

	return rights & rights_held() ? rights : RIGHT(CAP_SYS_ADMIN);
}

const struct rights_user *confine_user(const struct options *options, struct rights_user *ret_user)
{
	const struct users_identity *identity = &options->run_as.user;

	*ret_user = (struct rights_user){
		.uid = identity->uid,
		.gid = identity->gid,
		.group_count = identity->group_count,
		.groups = identity->groups,
	};
	return options->run_as.have ? ret_user : NULL;
}

static int drop(const struct options *options, const struct live *live, uint64_t keep)
{
	uint64_t for_maps = rights_for_maps();
	struct rights_user user;
	int error = rights_drop(keep | for_maps, confine_user(options, &user));

	if (error)
		return error;
	return rights_try_without(for_maps, maps_are_free, live) ? rights_keep(keep) : 0;
}

int confine_start_links(const struct options *options, struct links **ret_links)
{
	const uint64_t needed = RIGHT(CAP_SETUID) | RIGHT(CAP_SETGID);
	struct rights_user user;
	int error;

	if (options->run_as.have && (rights_held() & needed) != needed) {
		log_error("--run-as: CAP_SETUID and CAP_SETGID are needed; run it as root (sudo)");
		return -EPERM;
	}
	error = links_start(confine_user(options, &user), ret_links);
	if (error)
		log_error("cannot start a process: %s", strerror(-error));
	return error;
}

int confine_rights(const struct options *options, const struct live *live,
		   const struct child *child, const struct pipeline *pipeline,
		   const struct links *links)
{
	unsigned int users = child->pid ? CAPABILITY_COMMAND : 0;
	bool has_landlock = landlock_version();
	struct places places;
	int error;

	places.count = pipeline_directories(pipeline, places.list);
	places.of_metrics = pipeline_metrics_directory(pipeline);
	places.of_journal = receivers_journal_directory();
	error = has_landlock ? 0 : leave_files(&places);
	/* It overrides the modes of all files, so only where these directories are all there is. */
	if (!error && has_file(&places))
		users |= CAPABILITY_OUTPUTS;
	if (error == -EPERM) {
		log_debug(
			"no landlock, no mount namespace: files are protected by their modes alone");
		error = 0;
	}
	if (!error)
		error = links_check(links);
	if (!error)
		error = drop(options, live, capabilities_of(users));
	if (!error && has_landlock)
		error = confine_files(options, &places);
	if (error)
		log_error("cannot give up rights: %s", strerror(-error));
	return error;
}
