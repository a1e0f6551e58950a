// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the process at the other end was: executable, command line, user, cgroup. A living one is
 * read from /proc, for which its start time must be right. Of one that has ended the kernel side
 * keeps it (bpf/core/ended.bpf.h).
 */
#include "blocks.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "decode.h"
#include "procdir.h"

/* Room for the first lines of /proc/PID/status and for /proc/PID/cgroup. */
#define FILE_SIZE 4096

/* The components of PATH from the leaf to the root, each with its NUL, as many as fit. */
static uint32_t put_components(const char *path, uint8_t *to, bool *ret_truncated)
{
	const char *end = path + strlen(path);
	uint32_t used = 0;

	while (end > path) {
		const char *start = memrchr(path, '/', end - path);
		size_t length = start ? end - start - 1 : end - path;

		if (length && used + length + 1 > EV_PEER_TEXT_MAX) {
			*ret_truncated = true;
			break;
		}
		if (length) {
			memcpy(to + used, end - length, length);
			to[used + length] = '\0';
			used += length + 1;
		}
		end = start ? start : path;
	}
	return used;
}

static void read_exe(struct links *links, int dir, struct ev_peer *detail)
{
	char target[PATH_MAX + 1];
	bool deleted, truncated = false;

	if (process_exe_target(links, dir, target, sizeof(target), &deleted))
		return;
	detail->exe_length = put_components(target, detail->exe, &truncated);
	if (truncated)
		detail->flags |= EV_PEER_EXE_TRUNCATED;
}

static void read_cmdline(int dir, struct ev_peer *detail)
{
	uint8_t bytes[EV_PEER_TEXT_MAX + 1];
	size_t length;

	if (procdir_read(dir, "cmdline", bytes, sizeof(bytes), &length))
		return;
	if (length > EV_PEER_TEXT_MAX) {
		detail->flags |= EV_PEER_CMDLINE_TRUNCATED;
		length = EV_PEER_TEXT_MAX;
	}
	memcpy(detail->cmdline, bytes, length);
	detail->cmdline_length = length;
}

/*
 * TEXT has a line NUMBER:CONTROLLERS:PATH for each hierarchy. Version 2 has no controllers there.
 * The choice is that of bpf/core/cgroup.bpf.h. NULL: neither line is there.
 */
static const char *choose_cgroup(char *text)
{
	const char *named = NULL;
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n"))) {
		char *controllers = strchr(line, ':');
		char *path = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!path)
			continue;
		*path++ = '\0';
		if (!controllers[1] && strcmp(path, "/") != 0)
			return path;
		if (!controllers[1] ? !named : !strcmp(controllers, ":pids"))
			named = path;
	}
	return named;
}

static void read_cgroup(int dir, struct ev_peer *detail)
{
	char text[FILE_SIZE + 1];
	bool truncated = false;
	const char *path;
	size_t length;

	if (procdir_read(dir, "cgroup", text, FILE_SIZE, &length))
		return;
	text[length] = '\0';
	path = choose_cgroup(text);
	if (!path)
		return;
	detail->cgroup_length = put_components(path, detail->cgroup, &truncated);
	if (truncated)
		detail->flags |= EV_PEER_CGROUP_TRUNCATED;
}

static bool read_uid(int dir, struct ev_peer *detail)
{
	char text[FILE_SIZE + 1];
	size_t length;
	char *line;

	if (procdir_read(dir, "status", text, FILE_SIZE, &length))
		return false;
	text[length] = '\0';
	line = strstr(text, "\nUid:");
	return line && sscanf(line, "\nUid: %u", &detail->uid) == 1;
}

bool process_detail_read(const struct enrich_options *options, uint32_t pid,
			 struct incident_here pid_here, uint64_t start_boot_ns,
			 struct ev_peer *ret_detail)
{
	uint32_t number = incident_number_in_proc(pid, pid_here);
	cleanup(cleanup_close) int dir = -1;
	struct procdir_stat stat;

	*ret_detail = (struct ev_peer){ .pid = pid,
					.start_boot_ns = start_boot_ns,
					.flags = EV_PEER_LIVES };
	if (procdir_open(options->proc_root, number, &dir) || procdir_read_stat(dir, &stat) ||
	    !procdir_is_start(&stat, start_boot_ns) || stat.state == 'Z' || stat.state == 'X' ||
	    !read_uid(dir, ret_detail))
		return false;
	snprintf(ret_detail->comm, sizeof(ret_detail->comm), "%.*s", EV_COMM_LEN - 1, stat.comm);
	read_exe(options->links, dir, ret_detail);
	read_cmdline(dir, ret_detail);
	read_cgroup(dir, ret_detail);
	return true;
}

bool peer_detail_read(const struct enrich_options *options, const struct peer_candidate *peer,
		      struct ev_peer *ret_detail)
{
	return process_detail_read(options, peer->pid, peer->pid_here, peer->start_boot_ns,
				   ret_detail);
}

/* --- from the record into the model --- */

/* A part of a component may be at the end. */
static void set_path(const uint8_t *bytes, uint32_t length, bool truncated,
		     struct incident_path *path)
{
	if (length > EV_PEER_TEXT_MAX)
		length = 0;
	while (length && bytes[length - 1])
		length--;
	if (!length || path_decode(bytes, length, truncated ? EV_SPAN_TRUNCATED : 0, path))
		path->have = false;
}

void peer_detail_cgroup(const struct ev_peer *detail, struct incident_path *ret_path)
{
	set_path(detail->cgroup, detail->cgroup_length, detail->flags & EV_PEER_CGROUP_TRUNCATED,
		 ret_path);
}

void process_detail_decode(const struct ev_peer *detail, struct incident_path *exe,
			   struct incident_cmdline *cmdline, struct incident_path *cgroup)
{
	set_path(detail->exe, detail->exe_length, detail->flags & EV_PEER_EXE_TRUNCATED, exe);
	peer_detail_cgroup(detail, cgroup);
	if (detail->cmdline_length && detail->cmdline_length <= EV_PEER_TEXT_MAX)
		cmdline_decode(detail->cmdline, detail->cmdline_length,
			       detail->flags & EV_PEER_CMDLINE_TRUNCATED, cmdline);
	cmdline->redacted = detail->flags & EV_PEER_CMDLINE_REDACTED;
}

static void set_names(struct incident *incident)
{
	struct incident_peer_process *peer = &incident->peer;
	struct names_missing missing;

	container_find(&peer->cgroup, &peer->names, &missing);
	incident_note_missing(incident, MISSING_PEER_UNIT, missing.unit);
	incident_note_missing(incident, MISSING_PEER_CONTAINER, missing.container);
	incident_note_missing(incident, MISSING_PEER_POD, missing.pod);
	peer_names_apply(incident);
}

/* How the process ended, if it has. */
static void set_exit(struct incident *incident, const struct ev_peer *detail, bool known)
{
	struct incident_peer_process *peer = &incident->peer;

	if (known && detail->flags & EV_PEER_ENDED) {
		peer->have_exit = true;
		peer->exit_status = detail->status;
	}
	if (!peer->have_exit)
		incident_note_missing(incident, MISSING_PEER_EXIT,
				      known && detail->flags & EV_PEER_LIVES ? WHY_STILL_RUNS
									     : WHY_NOT_KEPT);
}

void peer_detail_apply(struct incident *incident)
{
	const struct ev_peer *detail = &incident->peer_detail;
	struct incident_peer_process *peer = &incident->peer;
	bool known = detail->pid == peer->pid && detail->start_boot_ns == peer->start_boot_ns;
	/* Only its end may be known. */
	bool have_text = known && (detail->exe_length || detail->cmdline_length);

	if (!peer->have)
		return;
	set_exit(incident, detail, known);
	if (have_text) {
		peer->have_uid = true;
		peer->uid = detail->uid;
		process_detail_decode(detail, &peer->exe, &peer->cmdline, &peer->cgroup);
	}
	set_names(incident);
	if (!peer->have_uid)
		incident_note_missing(incident, MISSING_PEER_UID, WHY_NOT_KEPT);
	if (!peer->exe.have)
		incident_note_missing(incident, MISSING_PEER_EXE, WHY_NOT_KEPT);
	if (!peer->cmdline.have)
		incident_note_missing(incident, MISSING_PEER_CMDLINE,
				      peer->cmdline.redacted ? WHY_REDACTED : WHY_NOT_KEPT);
}
