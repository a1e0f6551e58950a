// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the snapshot of a thread's stack from a record: see snapshot.h. */
#include <errno.h>
#include <string.h>

#include "decode_private.h"
#include "snapshot.h"

static int kernel_stack_decode(const struct record_view *view, struct snapshot *snapshot)
{
	size_t size;
	const unsigned char *bytes = block_bytes(view, EV_BLOCK_KERNEL_STACK, &size);

	snapshot->kernel_count = size / sizeof(snapshot->kernel[0]);
	if (snapshot->kernel_count > SNAPSHOT_KERNEL_FRAMES_MAX)
		return -EBADMSG;
	memcpy(snapshot->kernel, bytes, snapshot->kernel_count * sizeof(snapshot->kernel[0]));
	return 0;
}

static void module_set_path(struct snapshot_module *module, const struct incident_path *path)
{
	_Static_assert(sizeof(module->path) == sizeof(path->text), "a path is as long as any");
	module->path_truncated |= path->truncated;
	strcpy(module->path, path->text);
}

static int module_decode(const struct ev_module *from, const unsigned char *path_bytes,
			 struct snapshot_module *module)
{
	struct incident_path path;

	module->start = from->start;
	module->end = from->end;
	module->offset = from->offset;
	module->inode = from->inode;
	module->dev = from->dev;
	module->fs = from->fs;
	module->deleted = from->flags & EV_MODULE_DELETED;
	module->path_truncated = from->flags & EV_MODULE_PATH_TRUNCATED;
	module->path[0] = '\0';
	if (from->flags & EV_MODULE_VDSO)
		strcpy(module->path, "[vdso]");
	if (!from->inode)
		return 0;
	if (path_decode(path_bytes, from->path_length, 0, &path))
		return -EBADMSG;
	module_set_path(module, &path);
	return 0;
}

static int modules_decode(const struct record_view *view, struct snapshot *snapshot)
{
	uint32_t flags = view->block[EV_BLOCK_MODULES].flags;
	size_t stride = view->block[EV_BLOCK_MODULES].stride ?: EV_MODULE_FIRST_SIZE;
	size_t size, at = 0;
	const unsigned char *bytes = block_bytes(view, EV_BLOCK_MODULES, &size);
	struct ev_module from;

	if (stride < EV_MODULE_FIRST_SIZE)
		return -EBADMSG;
	snapshot->have_modules = block_have(view, EV_BLOCK_MODULES) && !(flags & EV_SPAN_UNREAD);
	snapshot->modules_truncated = flags & EV_SPAN_TRUNCATED;
	while (at < size) {
		struct snapshot_module *module = &snapshot->modules[snapshot->module_count];

		if (snapshot->module_count == SNAPSHOT_MODULES_MAX || size - at < stride)
			return -EBADMSG;
		memset(&from, 0, sizeof(from));
		memcpy(&from, bytes + at, stride < sizeof(from) ? stride : sizeof(from));
		at += stride;
		if (from.path_length > size - at || module_decode(&from, bytes + at, module))
			return -EBADMSG;
		at += from.path_length;
		/* A list that is not in order cannot be searched. */
		if (module->start >= module->end ||
		    (snapshot->module_count && module->start < module[-1].end))
			return -EBADMSG;
		snapshot->module_count++;
	}
	return 0;
}

static enum missing_reason absence_reason(const struct record_view *view)
{
	struct ev_process process;

	if (block_have(view, EV_BLOCK_THREAD))
		return WHY_NOT_RECORDED;
	block_read(view, EV_BLOCK_PROCESS, &process, sizeof(process));
	return process.flags & EV_PROCESS_IO_WORKER ? WHY_NO_USER_STACK : WHY_NOT_CURRENT;
}

static int thread_decode(const struct record_view *view, struct snapshot *snapshot)
{
	struct ev_thread thread;

	block_read(view, EV_BLOCK_THREAD, &thread, sizeof(thread));
	if (thread.register_count > EV_REGISTERS_MAX || thread.abi < EV_ABI_X86_64 ||
	    thread.abi > EV_ABI_LAST)
		return -EBADMSG;
	memcpy(snapshot->registers, thread.registers,
	       thread.register_count * sizeof(thread.registers[0]));
	snapshot->abi = thread.abi;
	snapshot->pc = thread.ip;
	snapshot->sp = thread.sp;
	return 0;
}

int decode_snapshot(const void *record, size_t size, struct snapshot *ret_snapshot)
{
	struct snapshot *snapshot = ret_snapshot;
	struct record_view view;

	if (record_view_init(NULL, record, size, &view))
		return -EBADMSG;
	/* The modules are not cleared: 1 MiB. module_count says how many are valid. */
	memset(snapshot, 0, offsetof(struct snapshot, modules));
	snapshot->kernel_count = 0;
	if (kernel_stack_decode(&view, snapshot))
		return -EBADMSG;
	if (!block_have(&view, EV_BLOCK_THREAD) || !block_have(&view, EV_BLOCK_STACK)) {
		snapshot->reason = absence_reason(&view);
		return 0;
	}
	if (thread_decode(&view, snapshot))
		return -EBADMSG;
	snapshot->stack = block_bytes(&view, EV_BLOCK_STACK, &snapshot->stack_size);
	snapshot->stack_truncated = view.block[EV_BLOCK_STACK].flags & EV_SPAN_TRUNCATED;
	snapshot->have = true;
	return modules_decode(&view, snapshot);
}
