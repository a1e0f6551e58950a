// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_types.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "units.h"

/* Modules whose types the programs read. Other types of the programs are in the kernel itself. */
static const char *const modules[] = { "vsock" };

struct name {
	const char *text; /* without flavor; not terminated */
	size_t length;
	bool in_kernel;
};

struct names {
	struct name *list; /* sorted */
	size_t count;
};

struct reduction {
	const struct btf *from;
	struct btf *to;
	uint32_t *ids;	/* of each type in `from`: its id in `to`; 0: not taken, or void */
	uint32_t *open; /* ids in `to` whose references are still those of `from` */
	size_t open_count;
	uint32_t pointer; /* the one void pointer; 0: not yet made */
};

/* NAME without its flavor: file___f_ref is a version of `file` (libbpf's essential name). */
static size_t plain_length(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = length; i > 4; i--) {
		const char *at = name + i - 5;

		if (at[0] != '_' && !strncmp(at + 1, "___", 3) && at[4] && at[4] != '_')
			return (size_t)(at + 1 - name);
	}
	return length;
}

static int compare_names(const void *one, const void *other)
{
	const struct name *a = one, *b = other;
	int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);

	return order ?: (a->length > b->length) - (a->length < b->length);
}

/* A kind that CO-RE looks for by its name. */
static bool is_named_kind(const struct btf_type *type)
{
	switch (btf_kind(type)) {
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
		return type->name_off;
	default:
		return false;
	}
}

static struct name name_of(const struct btf *btf, const struct btf_type *type)
{
	const char *text = btf__name_by_offset(btf, type->name_off);

	return (struct name){ .text = text, .length = plain_length(text) };
}

static int names_read(const struct btf *programs, struct names *names)
{
	uint32_t count = btf__type_cnt(programs);

	names->list = calloc(count, sizeof(*names->list));
	if (!names->list)
		return -ENOMEM;
	for (uint32_t id = 1; id < count; id++) {
		const struct btf_type *type = btf__type_by_id(programs, id);

		if (is_named_kind(type))
			names->list[names->count++] = name_of(programs, type);
	}
	qsort(names->list, names->count, sizeof(*names->list), compare_names);
	return 0;
}

/* NULL: the programs have no type with the name of TYPE. Of equal names always the same one. */
static struct name *find_name(const struct names *names, const struct btf *btf,
			      const struct btf_type *type)
{
	struct name name = name_of(btf, type), *found;

	found = bsearch(&name, names->list, names->count, sizeof(name), compare_names);
	while (found && found > names->list && !compare_names(found - 1, found))
		found--;
	return found;
}

/* --- types and what they refer to --- */

static int take_pointer(struct reduction *reduction)
{
	int id = (int)reduction->pointer;

	if (!id)
		id = btf__add_ptr(reduction->to, 0);
	if (id > 0)
		reduction->pointer = (uint32_t)id;
	return id;
}

/* Copies the type ID of `from` unless it was copied already. Its id in `to`, or -errno. */
static int take(struct reduction *reduction, uint32_t id)
{
	const struct btf_type *type = id ? btf__type_by_id(reduction->from, id) : NULL;
	int new_id;

	if (!type || btf_is_func_proto(type))
		return 0;
	if (reduction->ids[id])
		return (int)reduction->ids[id];
	if (btf_is_ptr(type)) {
		new_id = take_pointer(reduction);
	} else {
		new_id = btf__add_type(reduction->to, reduction->from, type);
		if (new_id > 0)
			reduction->open[reduction->open_count++] = (uint32_t)new_id;
	}
	if (new_id > 0)
		reduction->ids[id] = (uint32_t)new_id;
	return new_id;
}

/* Gives a reference of the type ID of `to`, the OFFSET-th byte of it, its id in `to`. */
static int move_reference(struct reduction *reduction, uint32_t id, size_t offset)
{
	const char *type = (const char *)btf__type_by_id(reduction->to, id);
	uint32_t reference;
	int taken;

	memcpy(&reference, type + offset, sizeof(reference));
	taken = take(reduction, reference);
	if (taken < 0)
		return taken;
	/* What was taken may have moved the memory. It belongs to `to`, which is ours. */
	type = (const char *)btf__type_by_id(reduction->to, id);
	reference = (uint32_t)taken;
	memcpy((char *)type + offset, &reference, sizeof(reference));
	return 0;
}

static int move_members(struct reduction *reduction, uint32_t id)
{
	uint16_t count = btf_vlen(btf__type_by_id(reduction->to, id));
	int error = 0;

	for (uint16_t i = 0; i < count && !error; i++)
		error = move_reference(reduction, id,
				       sizeof(struct btf_type) + i * sizeof(struct btf_member) +
					       offsetof(struct btf_member, type));
	return error;
}

static int move_references(struct reduction *reduction, uint32_t id)
{
	int error;

	switch (btf_kind(btf__type_by_id(reduction->to, id))) {
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return move_reference(reduction, id, offsetof(struct btf_type, type));
	case BTF_KIND_ARRAY:
		error = move_reference(reduction, id,
				       sizeof(struct btf_type) + offsetof(struct btf_array, type));
		return error
			       ?: move_reference(reduction, id,
						 sizeof(struct btf_type) +
							 offsetof(struct btf_array, index_type));
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return move_members(reduction, id);
	default:
		return 0;
	}
}

static int take_whole(struct reduction *reduction, uint32_t id)
{
	int error = take(reduction, id);

	while (error >= 0 && reduction->open_count)
		error = move_references(reduction, reduction->open[--reduction->open_count]);
	return error < 0 ? error : 0;
}

/* --- the kernel, and its modules --- */

/* The types from FIRST on. Of a module only those that the kernel itself does not have. */
static int take_wanted(struct reduction *reduction, struct names *names, uint32_t first,
		       bool of_module)
{
	uint32_t count = btf__type_cnt(reduction->from);
	int error = 0;

	for (uint32_t id = first; id < count && !error; id++) {
		const struct btf_type *type = btf__type_by_id(reduction->from, id);
		struct name *name;

		if (!is_named_kind(type))
			continue;
		name = find_name(names, reduction->from, type);
		if (!name || (of_module && name->in_kernel))
			continue;
		name->in_kernel |= !of_module;
		error = take_whole(reduction, id);
	}
	return error;
}

/* Goes on with FROM, whose types begin with those of the kernel. */
static int set_source(struct reduction *reduction, const struct btf *from, size_t kernel_count)
{
	size_t count = btf__type_cnt(from);
	uint32_t *ids = reallocarray(reduction->ids, count, sizeof(*ids)), *open;

	if (!ids)
		return -ENOMEM;
	reduction->ids = ids;
	memset(ids + kernel_count, 0, (count - kernel_count) * sizeof(*ids));
	open = reallocarray(reduction->open, count, sizeof(*open));
	if (!open)
		return -ENOMEM;
	reduction->open = open;
	reduction->from = from;
	return 0;
}

static int reduce_modules(struct reduction *reduction, struct names *names,
			  const struct btf *kernel)
{
	size_t kernel_count = btf__type_cnt(kernel);
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(modules) && !error; i++) {
		struct btf *module = btf__load_module_btf(modules[i], (struct btf *)kernel);

		/* Not loaded, or without types. */
		if (!module)
			continue;
		error = set_source(reduction, module, kernel_count);
		if (!error)
			error = take_wanted(reduction, names, (uint32_t)kernel_count, true);
		btf__free(module);
	}
	return error;
}

static int write_raw(const struct btf *types, int fd)
{
	uint32_t size;
	const void *bytes = btf__raw_data(types, &size);

	return bytes && write(fd, bytes, size) == (ssize_t)size ? 0 : -EIO;
}

int kernel_types_write(const struct btf *kernel, const struct btf *programs, int fd)
{
	struct reduction reduction = { .to = btf__new_empty() };
	struct names names = { 0 };
	int error = reduction.to ? names_read(programs, &names) : -ENOMEM;

	if (!error)
		error = set_source(&reduction, kernel, 0);
	if (!error)
		error = take_wanted(&reduction, &names, 1, false);
	if (!error)
		error = reduce_modules(&reduction, &names, kernel);
	free(names.list);
	free(reduction.ids);
	free(reduction.open);
	if (!error)
		error = write_raw(reduction.to, fd);
	btf__free(reduction.to);
	return error;
}
