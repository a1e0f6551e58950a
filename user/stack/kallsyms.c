// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Name kernel addresses. The kernel's table is large, and stacks ask for the same few addresses
 * again and again, so only the answers are kept.
 */
#include "kallsyms.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "kallsyms_table.h"

/* Limits of the cache. Beyond them answers are looked up each time, and new names are not given. */
#define ANSWERS_MAX 16384
#define NAMES_MAX 16384
#define READ_BYTES (1u << 16)
/* No function is larger, so an address far behind a module's last function belongs to none. */
#define FUNCTION_MAX (4u << 20)

/* KSYM_NAME_LEN is 512 from 6.1 on; longer names are cut. */
#define SYMBOL_MAX 256

struct answer {
	uint64_t address, offset;
	const char *name; /* one of names; NULL: nobody's */
};

struct kallsyms {
	FILE *file; /* open all the time: whoever opens it needs CAP_SYSLOG. NULL: unreadable */
	int error;  /* then: why */
	struct answer *answers; /* by address */
	size_t answer_count;
	char **names; /* by strcmp() */
	size_t name_count;
};

/* An address that is looked for, and the best that was seen so far. */
struct search {
	size_t index; /* of the caller's arrays */
	uint64_t address, start;
	char name[SYMBOL_MAX];
};

static FILE *open_table(const char *path, int *ret_error)
{
	cleanup(cleanup_close) int fd = kallsyms_table_open(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (file)
		take_fd(&fd);
	else
		*ret_error = fd < 0 ? fd : -errno;
	return file;
}

int kallsyms_new(const char *path, struct kallsyms **ret_kallsyms)
{
	struct kallsyms *kallsyms = calloc(1, sizeof(*kallsyms));

	if (!kallsyms)
		return -ENOMEM;
	kallsyms->file = open_table(path, &kallsyms->error);
	if (kallsyms->file)
		/* Its st_blksize is 1,024. */
		setvbuf(kallsyms->file, NULL, _IOFBF, READ_BYTES);
	*ret_kallsyms = kallsyms;
	return 0;
}

void kallsyms_free(struct kallsyms *kallsyms)
{
	if (!kallsyms)
		return;
	for (size_t i = 0; i < kallsyms->name_count; i++)
		free(kallsyms->names[i]);
	free(kallsyms->names);
	free(kallsyms->answers);
	cleanup_fclose(&kallsyms->file);
	free(kallsyms);
}

/* The place of ADDRESS among the answers, or where it would be inserted. */
static size_t answer_place(const struct kallsyms *kallsyms, uint64_t address)
{
	size_t low = 0, high = kallsyms->answer_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (kallsyms->answers[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct answer *find_answer(const struct kallsyms *kallsyms, uint64_t address)
{
	size_t place = answer_place(kallsyms, address);

	if (place == kallsyms->answer_count || kallsyms->answers[place].address != address)
		return NULL;
	return &kallsyms->answers[place];
}

/* Room for one more element at PLACE of an array that grows by powers of two. */
static void *make_room(void *array, size_t count, size_t size, size_t place)
{
	char *bytes = array;

	if (!(count & (count - 1))) {
		bytes = realloc(array, (count ? count * 2 : 1) * size);
		if (!bytes)
			return NULL;
	}
	memmove(bytes + (place + 1) * size, bytes + place * size, (count - place) * size);
	return bytes;
}

static const char *keep_name(struct kallsyms *kallsyms, const char *name)
{
	size_t low = 0, high = kallsyms->name_count;
	char *copy, **names;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(kallsyms->names[middle], name);

		if (!order)
			return kallsyms->names[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (kallsyms->name_count == NAMES_MAX)
		return NULL;
	copy = strdup(name);
	if (!copy)
		return NULL;
	names = make_room(kallsyms->names, kallsyms->name_count, sizeof(*names), low);
	if (!names) {
		free(copy);
		return NULL;
	}
	kallsyms->names = names;
	names[low] = copy;
	kallsyms->name_count++;
	return copy;
}

static void keep_answer(struct kallsyms *kallsyms, const struct answer *answer)
{
	size_t place = answer_place(kallsyms, answer->address);
	struct answer *answers;

	if (kallsyms->answer_count == ANSWERS_MAX ||
	    (place < kallsyms->answer_count && kallsyms->answers[place].address == answer->address))
		return;
	answers = make_room(kallsyms->answers, kallsyms->answer_count, sizeof(*answers), place);
	if (!answers)
		return;
	kallsyms->answers = answers;
	answers[place] = *answer;
	kallsyms->answer_count++;
}

static void copy_name(char to[SYMBOL_MAX], const char *name)
{
	size_t length = strcspn(name, "\t\n ");

	if (length >= SYMBOL_MAX)
		length = SYMBOL_MAX - 1;
	memcpy(to, name, length);
	to[length] = '\0';
}

static void take_line(const char *line, struct search *searches, size_t count, bool *ret_readable)
{
	uint64_t start;
	const char *name;

	if (!kallsyms_table_line(line, &start, &name))
		return;
	*ret_readable |= start != 0;
	for (size_t i = 0; i < count; i++) {
		struct search *search = &searches[i];

		/* The first of several names of one address, as the kernel's own %pS. */
		if (start > search->address || start <= search->start ||
		    search->address - start >= FUNCTION_MAX)
			continue;
		search->start = start;
		copy_name(search->name, name);
	}
}

/* The kernel's functions are sorted, those of modules are not: all lines are read. */
static int scan(const struct kallsyms *kallsyms, struct search *searches, size_t count)
{
	bool readable = false;
	char line[1024];

	if (!kallsyms->file)
		return kallsyms->error;
	rewind(kallsyms->file);
	while (fgets(line, sizeof(line), kallsyms->file))
		take_line(line, searches, count, &readable);
	return readable ? 0 : -ENODATA;
}

static void answer_from(struct kallsyms *kallsyms, const struct search *search,
			struct answer *ret_answer)
{
	*ret_answer = (struct answer){ .address = search->address };
	if (search->start) {
		ret_answer->name = keep_name(kallsyms, search->name);
		ret_answer->offset = search->address - search->start;
	}
}

int kallsyms_lookup(struct kallsyms *kallsyms, const uint64_t *addresses, size_t count,
		    const char **ret_names, uint64_t *ret_offsets)
{
	cleanup(cleanup_free) struct search *searches = calloc(count, sizeof(*searches));
	size_t missing = 0;
	int error;

	if (count && !searches)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (!find_answer(kallsyms, addresses[i]))
			searches[missing++] =
				(struct search){ .index = i, .address = addresses[i] };
	error = missing ? scan(kallsyms, searches, missing) : 0;
	if (error)
		return error;
	for (size_t i = 0; i < count; i++) {
		const struct answer *answer = find_answer(kallsyms, addresses[i]);

		if (!answer)
			continue;
		ret_names[i] = answer->name;
		ret_offsets[i] = answer->offset;
	}
	for (size_t i = 0; i < missing; i++) {
		struct answer answer;

		answer_from(kallsyms, &searches[i], &answer);
		ret_names[searches[i].index] = answer.name;
		ret_offsets[searches[i].index] = answer.offset;
		keep_answer(kallsyms, &answer);
	}
	return 0;
}
