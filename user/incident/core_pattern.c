// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel.core_pattern, as format_corename() of fs/coredump.c reads it. Capture files have it, so it
 * is hostile.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core_pattern.h"

struct name {
	char *text;
	size_t size, length;
	bool is_known; /* so far: it fits, and nothing in it is the kernel's secret */
	bool has_pid;  /* %p: core_uses_pid adds none */
};

static void put(struct name *name, const char *text, size_t length)
{
	if (length >= name->size - name->length) {
		name->is_known = false;
		return;
	}
	memcpy(name->text + name->length, text, length);
	name->length += length;
	name->text[name->length] = '\0';
}

static void put_uint(struct name *name, uint64_t number)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, number);

	put(name, digits, (size_t)length);
}

/* cn_esc_printf(): no part of a path can be left by it. */
static void put_comm(struct name *name, const char *comm)
{
	char text[EV_COMM_LEN + 1];
	size_t length = strnlen(comm, EV_COMM_LEN);

	memcpy(text, comm, length);
	text[length] = '\0';
	if (!length)
		name->is_known = false;
	else if (!strcmp(text, ".") || !strcmp(text, ".."))
		text[0] = '!';
	for (size_t i = 0; i < length; i++)
		if (text[i] == '/')
			text[i] = '!';
	put(name, text, length);
}

/* Which thread dumps the core is known: the signal was for it alone, or it is the only one. */
static bool knows_thread(const struct incident *incident)
{
	return !incident->signal.group || incident->process.threads == 1;
}

/* What only the kernel knows: %t is its time, %h the host name of the process. */
static void put_specifier(struct name *name, char letter, const struct incident *incident)
{
	const struct incident_process *process = &incident->process;

	switch (letter) {
	case '%':
		put(name, "%", 1);
		return;
	case 'p':
		name->has_pid = true;
		put_uint(name, process->ns_pid);
		name->is_known &= process->ns_pid > 0;
		return;
	case 'P':
		put_uint(name, process->pid);
		return;
	case 'i':
		put_uint(name, process->ns_tid);
		name->is_known &= process->ns_tid > 0 && knows_thread(incident);
		return;
	case 'I':
		put_uint(name, process->tid);
		name->is_known &= knows_thread(incident);
		return;
	case 'e':
		put_comm(name, process->thread);
		name->is_known &= knows_thread(incident);
		return;
	case 'u':
		put_uint(name, process->uid);
		return;
	case 'g':
		put_uint(name, process->gid);
		return;
	case 'd':
		put_uint(name, incident->core_facts.dumpable);
		return;
	case 's':
		put_uint(name, incident->signal.number);
		return;
	case 'c':
		put_uint(name, incident->core_facts.limit);
		return;
	}
	name->is_known = false;
}

bool core_file(const char *pattern, bool uses_pid, const struct incident *incident, char *ret_path,
	       size_t size)
{
	struct name name = { .text = ret_path, .size = size, .is_known = true };

	ret_path[0] = '\0';
	for (const char *at = pattern; *at; at++) {
		if (*at != '%')
			put(&name, at, 1);
		else if (at[1]) /* the kernel leaves one out at the end */
			put_specifier(&name, *++at, incident);
	}
	if (uses_pid && !name.has_pid) {
		put(&name, ".", 1);
		put_uint(&name, incident->process.ns_pid);
		name.is_known &= incident->process.ns_pid > 0;
	}
	if (!name.is_known)
		ret_path[0] = '\0';
	return name.is_known && name.length;
}

bool core_program(const char *pattern, char *ret_path, size_t size)
{
	size_t length = 0;

	if (*pattern++ != '|')
		return false;
	while (isspace((unsigned char)*pattern) || *pattern == '/')
		pattern++;
	while (pattern[length] && !isspace((unsigned char)pattern[length]))
		length++;
	if (!length || length >= size || memchr(pattern, '%', length))
		return false;
	memcpy(ret_path, pattern, length);
	ret_path[length] = '\0';
	return true;
}

/* The last part of the program's path is NAME. */
static bool is_program(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return !strcmp(slash ? slash + 1 : path, name);
}

enum core_target core_target_of(const char *pattern)
{
	char program[EV_CORE_PATTERN_MAX + 1];

	/* From 6.16 on; a kernel before that has a file of this name, which nobody wants. */
	if (pattern[0] == '@')
		return CORE_TARGET_SOCKET;
	if (pattern[0] != '|')
		return CORE_TARGET_FILE;
	if (core_program(pattern, program, sizeof(program)) &&
	    is_program(program, "systemd-coredump"))
		return CORE_TARGET_SYSTEMD;
	return CORE_TARGET_PROGRAM;
}
