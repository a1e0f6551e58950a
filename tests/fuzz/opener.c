// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input is what a reader that a file has taken over asks the opener for, as messages of any
 * bytes or by the functions that the engine uses. It must get regular files, for reading, and as
 * debug files nothing but ELF that is no core file.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "files.h"
#include "procdir.h"
#include "tree.h"

/* Its loop ends with the process, so a thread of this one runs the parts of it. Not this file. */
#include <opener.c>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In front of the bytes of each request. */
struct part {
	uint8_t what;
	uint8_t flags;
	uint8_t module;
	uint8_t length;
};

#define PART_RAW 1u   /* the bytes are the message */
#define PART_BELOW 2u /* the text is a path below the debug directory */

static struct isolated_question question;
static struct opener_notes notes;
static struct opener opener;
static struct files files;
static int tracer;

static void put_files(void)
{
	static const unsigned char elf[64] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2";
	static const unsigned char core[64] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4";

	tree_make_directory(".debug");
	tree_make_directory(".build-id");
	tree_make_directory(".build-id/12");
	tree_put("app", elf, sizeof(elf));
	tree_put("app.debug", elf, sizeof(elf));
	tree_put(".debug/core", core, sizeof(core));
	tree_put(".debug/text", "text", 4);
	tree_put(".build-id/12/3456.debug", elf, sizeof(elf));
	tree_put(".build-id/12/34.debug", "text", 4);
	tree_link("link", "/etc/shadow");
}

/* This process, as one that lives. */
static void put_target(struct target *target)
{
	struct procdir_stat stat;
	int dir;

	target->pid = target->ns_pid = (uint32_t)getpid();
	target->uid = 1000;
	if (procdir_open("/proc", target->pid, &dir) || procdir_read_stat(dir, &stat))
		abort();
	close(dir);
	target->start_boot_ns = stat.start_boot_ns;
	target->time.tv_sec = INT32_MAX;
	target->start.tv_sec = INT32_MAX;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct stack_options options = {
		.live = true,
		.proc_root = "/proc",
		.time_limit_ms = 1000,
	};
	struct snapshot *snapshot = &question.snapshot;
	char path[128];

	tree_make();
	put_files();
	put_target(&question.target);
	tree_path("app", path);
	tree_module(path, &snapshot->modules[0]);
	tree_module("/bin/true", &snapshot->modules[1]);
	tree_module("/nowhere", &snapshot->modules[2]);
	tree_path("link", path);
	tree_module(path, &snapshot->modules[3]);
	snapshot->have = snapshot->have_modules = true;
	snapshot->module_count = 4;
	question.target.program = snapshot->modules[0];
	options.debug_dir = tree_root();
	opener.shared = &question;
	opener.notes = &notes;
	if (finder_open(&opener.finder, &options))
		abort();
	return 0;
}

static void check(struct found_file *file, bool is_debug)
{
	unsigned char head[18];
	struct stat status;

	if (file->fd < 0 || fstat(file->fd, &status) || !S_ISREG(status.st_mode) ||
	    (fcntl(file->fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
		__builtin_trap();
	if (is_debug && (pread(file->fd, head, sizeof(head), 0) != sizeof(head) ||
			 memcmp(head, "\177ELF", 4) != 0 || head[16] == 4))
		__builtin_trap();
	close(file->fd);
}

static void check_maps(const struct maps *maps)
{
	if (maps->count > SNAPSHOT_MODULES_MAX)
		__builtin_trap();
	for (size_t i = 0; i < maps->count; i++)
		if (!memchr(maps->modules[i].path, 0, sizeof(maps->modules[i].path)))
			__builtin_trap();
}

static void send_raw(const uint8_t *bytes, size_t size)
{
	struct found_file file = { .fd = -1 };
	struct opener_reply reply;

	if (message_send(files.socket, bytes, size, NULL, 0) ||
	    message_receive(files.socket, &reply, sizeof(reply), &file.fd, 1, 0) != sizeof(reply))
		return;
	if (reply.error && file.fd >= 0)
		__builtin_trap();
	/* Memory with mappings can be written to by nobody, whatever its descriptor says. */
	if (!reply.error && bytes[0] != OPENER_MAPS)
		check(&file, bytes[0] != OPENER_MODULE && bytes[0] != OPENER_PERF_MAP);
	else if (!reply.error)
		close(file.fd);
}

static void tell_tracer(const struct part *part)
{
	const struct opener_begin message = { .steady_only = part->module & 1 };

	(void)!message_send(tracer, &message, sizeof(message), NULL, 0);
}

static void ask(const struct part *part, const char *text, size_t length)
{
	const unsigned char *id = (const unsigned char *)text;
	uint32_t module = part->module & 0x80 ? FINDER_PROGRAM : part->module & 0x1f;
	struct found_file file;
	static struct maps maps;
	int error;

	switch (part->what % 8) {
	case OPENER_MAPS:
		if (!files_maps(&files, &maps))
			check_maps(&maps);
		return;
	case OPENER_MODULE:
		error = files_module(&files, module, &file);
		break;
	case OPENER_DEBUG_BY_ID:
		error = files_debug_by_id(&files, id, length, &file);
		break;
	case OPENER_DEBUG_BY_LINK:
		error = files_debug_by_link(&files, module, part->module >> 5 & 3, text, &file);
		break;
	case OPENER_DEBUG_BY_PATH:
		error = files_debug_by_path(&files, text, &file);
		break;
	case OPENER_DEBUG_FROM_SERVERS:
		error = files_debug_from_servers(&files, id, length, &file);
		break;
	case OPENER_PERF_MAP:
		error = files_perf_map(&files, &file);
		break;
	default:
		tell_tracer(part);
		return;
	}
	if (!error)
		check(&file, part->what % 8 != OPENER_MODULE && part->what % 8 != OPENER_PERF_MAP);
}

static void take(const struct part *part, const uint8_t *bytes, size_t length)
{
	char text[512];
	size_t start = 0;

	if (part->flags & PART_RAW) {
		if (length)
			send_raw(bytes, length);
		return;
	}
	if (part->flags & PART_BELOW)
		start = (size_t)snprintf(text, sizeof(text), "%s/", tree_root());
	if (length)
		memcpy(text + start, bytes, length);
	text[start + length] = '\0';
	ask(part, text, start + length);
}

static void *serve_all(void *unused)
{
	while (turn(&opener))
		;
	close(opener.ends.tracer);
	close(opener.ends.reader);
	return NULL;
}

static void connect_both(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		abort();
	tracer = ends[0];
	opener.ends.tracer = ends[1];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		abort();
	files = (struct files){ .socket = ends[0] };
	opener.ends.reader = ends[1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pthread_t thread;
	struct part part;

	connect_both();
	begin(&opener, &(struct opener_begin){ .steady_only = size % 2 });
	if (pthread_create(&thread, NULL, serve_all, NULL))
		abort();
	while (size >= sizeof(part)) {
		memcpy(&part, data, sizeof(part));
		data += sizeof(part);
		size -= sizeof(part);
		if (part.length > size)
			part.length = (uint8_t)size;
		take(&part, data, part.length);
		data += part.length;
		size -= part.length;
	}
	close(files.socket);
	close(tracer);
	pthread_join(thread, NULL);
	finder_end(&opener.finder);
	return 0;
}
