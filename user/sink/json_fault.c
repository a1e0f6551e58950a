// SPDX-License-Identifier: GPL-2.0-or-later
/* The JSON blocks `fault` and `abort`. */
#include "fault_words.h"
#include "json_blocks.h"
#include "words.h"

static void begin_mapping(struct json_writer *json, const char *key,
			  const struct ev_mapping *mapping)
{
	char permissions[WORD_PERMISSIONS_SIZE];

	json_begin_object(json, key);
	json_put_hex(json, "start", mapping->start);
	json_put_hex(json, "end", mapping->end);
	json_put_text(json, "permissions", word_permissions(mapping->flags, permissions));
	json_put_uint(json, "inode", mapping->inode);
}

static void add_neighbour(struct json_writer *json, const char *key,
			  const struct ev_mapping *mapping)
{
	if (!mapping->end) {
		json_put_null(json, key);
		return;
	}
	begin_mapping(json, key, mapping);
	json_end_object(json);
}

/* The file, and which of its bytes the instruction accessed. */
static void add_mapping(struct json_writer *json, const struct incident_fault *fault)
{
	const struct ev_mapping *at = &fault->seen.at;
	bool has_file = at->inode, has_address = fault->seen.flags & EV_FAULT_HAVE_ADDRESS;

	if (!at->end) {
		json_put_null(json, "mapping");
		return;
	}
	begin_mapping(json, "mapping", at);
	json_put_text(json, "path", fault->path.have ? fault->path.text : NULL);
	json_put_bool(json, "path_truncated", fault->path.have && fault->path.truncated);
	if (has_file && has_address)
		json_put_uint(json, "file_offset", at->offset + (fault->seen.address - at->start));
	else
		json_put_null(json, "file_offset");
	if (has_file)
		json_put_uint(json, "file_size", at->file_size);
	else
		json_put_null(json, "file_size");
	json_end_object(json);
}

static void add_registers(struct json_writer *json, const struct incident_registers *registers)
{
	if (!registers->have) {
		json_put_null(json, "registers");
		return;
	}
	json_begin_object(json, "registers");
	for (size_t i = 0; i < registers->count; i++) {
		const char *name = word_register(registers->abi, i);

		if (name)
			json_put_hex(json, name, registers->value[i]);
	}
	json_end_object(json);
}

void json_add_fault(struct json_line *line, const struct incident *incident)
{
	const struct incident_signal *signal = &incident->signal;
	const struct ev_fault *seen = &incident->fault.seen;
	struct json_writer *json = &line->json;

	if (!incident->fault.have) {
		json_put_null(json, "fault");
		return;
	}
	json_begin_object(json, "fault");
	json_put_text(json, "code_name", word_si_code(signal->number, signal->code));
	if (seen->flags & EV_FAULT_HAVE_ADDRESS)
		json_put_hex(json, "address", seen->address);
	else
		json_put_null(json, "address");
	json_put_text(json, "access", word_access(seen->access));
	if (seen->flags & EV_FAULT_HAVE_TRAP) {
		json_put_uint(json, "trap", seen->trap);
		json_put_hex(json, "error_code", seen->error_code);
	} else {
		json_put_null(json, "trap");
		json_put_null(json, "error_code");
	}
	add_mapping(json, &incident->fault);
	add_neighbour(json, "below", &seen->below);
	add_neighbour(json, "above", &seen->above);
	if (seen->stack_limit != UINT64_MAX)
		json_put_uint(json, "stack_limit", seen->stack_limit);
	else
		json_put_null(json, "stack_limit");
	add_registers(json, &incident->registers);
	json_end_object(json);
}

void json_add_abort(struct json_line *line, const struct incident *incident)
{
	struct json_writer *json = &line->json;

	if (incident->subject != EV_SUBJECT_ABORT) {
		json_put_null(json, "abort");
		return;
	}
	json_begin_object(json, "abort");
	json_put_text(json, "message", incident->abort.have ? incident->abort.message : NULL);
	json_put_bool(json, "truncated", incident->abort.truncated);
	json_end_object(json);
}
