// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits for the tracer, which says that there is a new question, and for the reader, which asks for
 * its files one by one. The question is copied: the tracer writes the next one when the reader has
 * answered, and a hostile reader may still ask then.
 */
#include "opener.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cleanup.h"
#include "debuginfod.h"
#include "finder.h"
#include "isolated_memory.h"
#include "message.h"
#include "rights.h"

struct opener {
	struct opener_ends ends;
	const struct isolated_question *shared;
	struct opener_notes *notes;
	struct finder finder;
	/* the copy */
	struct bad_files bad;
	struct target target;
	struct snapshot snapshot;
};

/*
 * CAP_DAC_READ_SEARCH: files of all users. CAP_SYS_PTRACE: the directories of their processes in
 * /proc. CAP_CHECKPOINT_RESTORE (5.9): /proc/PID/map_files, for deleted files.
 */
#define OPENER_RIGHTS \
	(RIGHT(CAP_DAC_READ_SEARCH) | RIGHT(CAP_SYS_PTRACE) | RIGHT(CAP_CHECKPOINT_RESTORE))

static void end_text(char *text, size_t size)
{
	text[size - 1] = '\0';
}

/* The tracer may be writing the next question already: texts must end all the same. */
static void copy_question(struct opener *opener)
{
	const struct isolated_question *shared = opener->shared;
	struct snapshot *snapshot = &opener->snapshot;

	opener->bad = shared->bad;
	opener->target = shared->target;
	end_text(opener->target.root, sizeof(opener->target.root));
	end_text(opener->target.program.path, sizeof(opener->target.program.path));
	isolated_copy_snapshot(snapshot, &shared->snapshot);
	for (size_t i = 0; i < snapshot->module_count; i++)
		end_text(snapshot->modules[i].path, sizeof(snapshot->modules[i].path));
}

static void begin(struct opener *opener, const struct opener_begin *message)
{
	const struct finder_question question = {
		.target = &opener->target,
		.modules = opener->snapshot.modules,
		.bad = &opener->bad,
		.steady_only = message->steady_only,
	};

	finder_end(&opener->finder);
	copy_question(opener);
	finder_begin(&opener->finder, &question);
	if (opener->snapshot.have_modules)
		opener->finder.question.module_count = opener->snapshot.module_count;
}

/* Memory that cannot change any more, with the mappings. */
static int put_maps(struct finder *finder, struct found_file *ret_file)
{
	cleanup(cleanup_close) int fd = -1;
	const struct maps *maps;
	size_t size;
	int error;

	error = finder_maps(finder, &maps);
	if (error)
		return error;
	size = offsetof(struct maps, modules) + maps->count * sizeof(maps->modules[0]);
	fd = memfd_create("sigpath-maps", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || write(fd, maps, size) != (ssize_t)size ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) ||
	    fstat(fd, &ret_file->stat))
		return -ENOMEM;
	ret_file->fd = take_fd(&fd);
	return 0;
}

/* The mapping that is looked for. */
static struct file_id mapping_of(const struct finder *finder, uint32_t module)
{
	const struct snapshot_module *mapping = &finder->question.target->program;

	if (module < finder->question.module_count)
		mapping = &finder->question.modules[module];
	return file_id_of_mapping(mapping->dev, mapping->inode);
}

static int serve_module(struct opener *opener, uint32_t module, struct found_file *ret_file)
{
	int error;

	opener->notes->at = mapping_of(&opener->finder, module);
	error = finder_module(&opener->finder, module, ret_file);
	opener->notes->at = (struct file_id){};
	return error;
}

/* Others wait for it as for a file system, but it may take longer. */
static int serve_from_servers(struct opener *opener, const char *id, size_t length,
			      struct found_file *ret_file)
{
	int error;

	opener->notes->at_servers = true;
	error = finder_debug_from_servers(&opener->finder, (const unsigned char *)id, length,
					  ret_file);
	opener->notes->servers_ns = opener->finder.servers_ns;
	opener->notes->servers_longest_ns = opener->finder.servers_longest_ns;
	opener->notes->at_servers = false;
	return error;
}

/* TEXT ends, and LENGTH is its length if it has no zero inside. */
static int serve(struct opener *opener, const struct opener_request *request, const char *text,
		 size_t length, struct found_file *ret_file)
{
	struct finder *finder = &opener->finder;

	switch ((enum opener_what)request->what) {
	case OPENER_MAPS:
		return put_maps(finder, ret_file);
	case OPENER_MODULE:
		return serve_module(opener, request->module, ret_file);
	case OPENER_DEBUG_BY_ID:
		return finder_debug_by_id(finder, (const unsigned char *)text, length, ret_file);
	case OPENER_DEBUG_BY_LINK:
		return finder_debug_by_link(finder, request->module, request->place, text,
					    ret_file);
	case OPENER_DEBUG_BY_PATH:
		return finder_debug_by_path(finder, text, ret_file);
	case OPENER_DEBUG_FROM_SERVERS:
		return serve_from_servers(opener, text, length, ret_file);
	case OPENER_PERF_MAP:
		return finder_perf_map(finder, ret_file);
	}
	return -EINVAL;
}

/* False: the reader has ended, or has sent what no reader sends. */
static bool answer(struct opener *opener)
{
	const size_t head = offsetof(struct opener_request, text);
	struct found_file file = { .fd = -1 };
	struct opener_reply reply = {};
	struct opener_request request;
	char text[sizeof(request.text) + 1];
	ssize_t got;
	int error;

	got = message_receive(opener->ends.reader, &request, sizeof(request), NULL, 0, 0);
	if (got < (ssize_t)head || (size_t)got - head != request.length)
		return false;
	memcpy(text, request.text, request.length);
	text[request.length] = '\0';
	reply.error = serve(opener, &request, text, request.length, &file);
	opener->notes->soft |= opener->finder.soft;
	opener->notes->refused |= opener->finder.refused;
	reply.stat = file.stat;
	error = message_send(opener->ends.reader, &reply, sizeof(reply), &file.fd,
			     reply.error ? 0 : 1);
	cleanup_close(&file.fd);
	return !error;
}

/* What the tracer says comes first: the reader asks about a question after it was announced. */
static bool turn(struct opener *opener)
{
	struct pollfd ready[] = {
		{ .fd = opener->ends.tracer, .events = POLLIN },
		{ .fd = opener->ends.reader, .events = POLLIN },
	};
	struct opener_begin message;

	if (poll(ready, 2, -1) < 0)
		return errno == EINTR;
	if (ready[0].revents) {
		if (message_receive(opener->ends.tracer, &message, sizeof(message), NULL, 0, 0) !=
		    sizeof(message))
			return false;
		begin(opener, &message);
		return true;
	}
	return answer(opener);
}

static int set_up(struct opener *opener)
{
	struct stack_options options;
	void *shared, *notes;

	/* Before the memory is there, of which that process needs nothing. */
	debuginfod_start();
	shared = mmap(NULL, sizeof(*opener->shared), PROT_READ, MAP_SHARED, opener->ends.question,
		      0);
	notes = mmap(NULL, sizeof(*opener->notes), PROT_READ | PROT_WRITE, MAP_SHARED,
		     opener->ends.notes, 0);
	if (shared == MAP_FAILED || notes == MAP_FAILED)
		return -ENOMEM;
	opener->shared = shared;
	opener->notes = notes;
	close(opener->ends.question);
	close(opener->ends.notes);
	if (rights_keep(OPENER_RIGHTS))
		return -EPERM;
	options = isolated_options(opener->shared);
	return finder_open(&opener->finder, &options);
}

void opener_run(const struct opener_ends *ends)
{
	struct opener *opener = calloc(1, sizeof(*opener));

	prctl(PR_SET_NAME, "sigpath-opener");
	if (!opener)
		_exit(1);
	opener->ends = *ends;
	if (set_up(opener))
		_exit(1);
	begin(opener, &(struct opener_begin){});
	while (turn(opener))
		;
	_exit(0);
}
