// SPDX-License-Identifier: GPL-2.0-or-later
/* The snapshot of a thread's stack out of a record: see snapshot.h. */
#include <errno.h>
#include <string.h>

#include "decode_private.h"
#include "snapshot.h"

static int kernel_stack_decode(const struct record_view *view, struct snapshot *snapshot)
{
	const unsigned char *bytes;
	size_t size;

	if (span_bytes(view, &view->fixed->kernel_stack, &bytes, &size))
		return -EBADMSG;
	snapshot->kernel_count = size / sizeof(snapshot->kernel[0]);
	if (snapshot->kernel_count > SNAPSHOT_KERNEL_FRAMES_MAX)
		return -EBADMSG;
	memcpy(snapshot->kernel, bytes, snapshot->kernel_count * sizeof(snapshot->kernel[0]));
	return 0;
}

static void module_set_path(struct snapshot_module *module, const struct incident_path *path)
{
	size_t length = strlen(path->text), skip = 0;

	/* Too long: the leaf end is what finds the file's name at least. */
	if (length >= sizeof(module->path))
		skip = length - sizeof(module->path) + 1;
	module->path_truncated |= path->truncated || skip;
	memcpy(module->path, path->text + skip, length - skip + 1);
}

static int module_decode(const struct record_view *view, const struct ev_module *from,
			 const struct ev_span *path_span, struct snapshot_module *module)
{
	struct incident_path path;

	module->start = from->start;
	module->end = from->end;
	module->offset = from->offset;
	module->inode = from->inode;
	module->dev = from->dev;
	module->deleted = from->flags & EV_MODULE_DELETED;
	module->path_truncated = from->flags & EV_MODULE_PATH_TRUNCATED;
	module->path[0] = '\0';
	if (from->flags & EV_MODULE_VDSO)
		strcpy(module->path, "[vdso]");
	if (!from->inode)
		return 0;
	if (span_path(view, path_span, &path))
		return -EBADMSG;
	module_set_path(module, &path);
	return 0;
}

static int modules_decode(const struct record_view *view, struct snapshot *snapshot)
{
	const struct ev_span *span = &view->fixed->modules;
	const unsigned char *bytes;
	struct ev_module from;
	size_t size, at = 0;

	if (span_bytes(view, span, &bytes, &size))
		return -EBADMSG;
	snapshot->have_modules = !(span->flags & EV_SPAN_UNREAD);
	snapshot->modules_truncated = span->flags & EV_SPAN_TRUNCATED;
	while (at < size) {
		struct snapshot_module *module = &snapshot->modules[snapshot->module_count];
		struct ev_span path;

		if (snapshot->module_count == SNAPSHOT_MODULES_MAX || size - at < sizeof(from))
			return -EBADMSG;
		memcpy(&from, bytes + at, sizeof(from));
		at += sizeof(from);
		path = (struct ev_span){ .offset = span->offset + at, .length = from.path_length };
		if (from.path_length > size - at || module_decode(view, &from, &path, module))
			return -EBADMSG;
		at += from.path_length;
		/* A list that is not in order is not to be searched. */
		if (module->start >= module->end ||
		    (snapshot->module_count && module->start < module[-1].end))
			return -EBADMSG;
		snapshot->module_count++;
	}
	return 0;
}

static enum missing_reason absence_reason(const struct ev_incident *record)
{
	if (record->process.flags & EV_PROCESS_IO_WORKER)
		return WHY_NO_USER_STACK;
	if (record->signal.origin == EV_ORIGIN_PROCESS)
		return WHY_NOT_CURRENT;
	return WHY_NOT_RECORDED;
}

int decode_snapshot(const void *record, size_t size, struct snapshot *ret_snapshot)
{
	struct record_view view = { .fixed = record, .bytes = record, .size = size };
	struct snapshot *snapshot = ret_snapshot;
	const struct ev_registers *registers;

	if (decode_kind(record, size) != EV_KIND_INCIDENT || size < sizeof(struct ev_incident))
		return -EBADMSG;
	registers = &view.fixed->registers;
	/* Not the modules: 300 KiB, of which module_count says how much is valid. */
	memset(snapshot, 0, offsetof(struct snapshot, modules));
	snapshot->kernel_count = 0;
	if (kernel_stack_decode(&view, snapshot))
		return -EBADMSG;
	if (!registers->count) {
		snapshot->reason = absence_reason(view.fixed);
		return 0;
	}
	if (registers->count > sizeof(registers->value) / sizeof(registers->value[0]))
		return -EBADMSG;
	memcpy(snapshot->registers, registers->value,
	       registers->count * sizeof(registers->value[0]));
	snapshot->abi = view.fixed->syscall.abi;
	snapshot->pc = view.fixed->syscall.ip;
	snapshot->sp = view.fixed->syscall.sp;
	if (span_bytes(&view, &view.fixed->stack, &snapshot->stack, &snapshot->stack_size))
		return -EBADMSG;
	snapshot->stack_truncated = view.fixed->stack.flags & EV_SPAN_TRUNCATED;
	snapshot->have = true;
	return modules_decode(&view, snapshot);
}
