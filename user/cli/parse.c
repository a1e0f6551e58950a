// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turns the text of an option's argument into its value, or into a sentence that says why it is
 * wrong. Numbers are read by hand: strtoul takes signs and blanks, strtod hexadecimal and the
 * locale.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "nearest.h"
#include "option_table.h"
#include "stack_frames.h"
#include "units.h"
#include "users.h"

#define ITEM_MAX 128
#define PID_LIMIT 4194304 /* PID_MAX_LIMIT in linux/threads.h, 64 bit */

/* Several of the largest records must fit. */
#define BUFFER_MIN (256u << 10)
#define STACK_PIECE 4096u
#define BUFFER_MAX (1ull << 30)

static void add_quoted(struct strbuf *why, const char *word)
{
	strbuf_add_text(why, "'");
	strbuf_add_escaped(why, word, strlen(word));
	strbuf_add_text(why, "'");
}

int parse_refuse(struct strbuf *why, const char *word, const char *format, ...)
{
	va_list args;

	add_quoted(why, word);
	strbuf_add_text(why, " ");
	va_start(args, format);
	strbuf_vprintf(why, format, args);
	va_end(args);
	return -EINVAL;
}

int parse_expect(struct strbuf *why, const char *word, const char *format, ...)
{
	va_list args;

	add_quoted(why, word);
	strbuf_add_text(why, ": expected ");
	va_start(args, format);
	strbuf_vprintf(why, format, args);
	va_end(args);
	return -EINVAL;
}

/* Reads the digits at the start of TEXT; RET_REST is the text after them. */
static int read_digits(const char *text, const char **ret_rest, uint64_t *ret_number)
{
	const char *at = text;
	uint64_t number = 0;

	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*at - '0'), &number))
			return -ERANGE;
	}
	if (at == text)
		return -EINVAL;
	*ret_rest = at;
	*ret_number = number;
	return 0;
}

int parse_number(const char *text, uint64_t *ret_number)
{
	const char *rest;
	uint64_t number;
	int err;

	err = read_digits(text, &rest, &number);
	if (err)
		return err;
	if (*rest)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

int parse_items(const struct option_spec *spec, const char *text, struct options *ret_options,
		struct strbuf *why, option_parser *take)
{
	const char *rest = text;

	for (;;) {
		size_t length = strcspn(rest, ",");
		char item[ITEM_MAX];
		int err;

		if (!length)
			return parse_refuse(why, text, "has an empty item");
		if (length >= sizeof(item))
			return parse_refuse(why, text, "has an item of %zu bytes; the limit is %d",
					    length, ITEM_MAX - 1);
		memcpy(item, rest, length);
		item[length] = '\0';
		err = take(spec, item, ret_options, why);
		if (err || !rest[length])
			return err;
		rest += length + 1;
	}
}

static void *field_of(const struct option_spec *spec, struct options *options)
{
	return (char *)options + spec->offset;
}

int parse_refuse_word(const struct option_spec *spec, const char *text, struct strbuf *why)
{
	struct nearest nearest = { 0 };
	const char *word;

	add_quoted(why, text);
	strbuf_add_text(why, ": expected ");
	for (size_t i = 0; (word = option_word(spec, i)); i++) {
		const char *comma = option_word(spec, i + 1) ? ", " : " or ";

		strbuf_printf(why, "%s%s", i ? comma : "", word);
		nearest_add(&nearest, text, word);
	}
	if (nearest.word)
		strbuf_printf(why, "; did you mean '%s'?", nearest.word);
	return -EINVAL;
}

/* The index of the word TEXT in RET_INDEX; or -EINVAL with WHY. */
static int find_word(const struct option_spec *spec, const char *text, size_t *ret_index,
		     struct strbuf *why)
{
	const char *word;

	for (size_t i = 0; (word = option_word(spec, i)); i++) {
		if (!strcmp(word, text)) {
			*ret_index = i;
			return 0;
		}
	}
	return parse_refuse_word(spec, text, why);
}

int parse_flag(const struct option_spec *spec, const char *text, struct options *ret_options,
	       struct strbuf *why)
{
	*(bool *)field_of(spec, ret_options) = true;
	return 0;
}

int parse_text(const struct option_spec *spec, const char *text, struct options *ret_options,
	       struct strbuf *why)
{
	if (!*text)
		return parse_refuse(why, text, "is empty");
	*(const char **)field_of(spec, ret_options) = text;
	return 0;
}

static int read_count(const char *text, uint64_t *ret_count, struct strbuf *why)
{
	switch (parse_number(text, ret_count)) {
	case 0:
		return 0;
	case -ERANGE:
		return parse_expect(why, text, "a number up to %" PRIu64, UINT64_MAX);
	default:
		return parse_expect(why, text, "a number");
	}
}

int parse_count(const struct option_spec *spec, const char *text, struct options *ret_options,
		struct strbuf *why)
{
	uint64_t count = 0;
	int err = read_count(text, &count, why);

	if (err)
		return err;
	if (!count)
		return parse_expect(why, text, "a number of 1 or more");
	*(uint64_t *)field_of(spec, ret_options) = count;
	return 0;
}

int parse_stack_depth(const struct option_spec *spec, const char *text, struct options *ret_options,
		      struct strbuf *why)
{
	int err = parse_count(spec, text, ret_options, why);

	if (!err && ret_options->stack_depth > STACK_FRAMES_MAX)
		return parse_refuse(why, text, "is more than %d, which no stack has",
				    STACK_FRAMES_MAX);
	return err;
}

int parse_burst(const struct option_spec *spec, const char *text, struct options *ret_options,
		struct strbuf *why)
{
	uint64_t count = 0;
	int err = read_count(text, &count, why);

	if (err)
		return err;
	if (count > UINT32_MAX)
		return parse_expect(why, text, "a number up to %" PRIu32, UINT32_MAX);
	ret_options->burst = count;
	return 0;
}

static int read_rate(const char *text, uint64_t *ret_rate, struct strbuf *why)
{
	int err = read_count(text, ret_rate, why);

	if (err)
		return err;
	return *ret_rate > UINT32_MAX
		       ? parse_expect(why, text, "a number up to %" PRIu32, UINT32_MAX)
		       : 0;
}

/* N, or N,M */
int parse_rate(const struct option_spec *spec, const char *text, struct options *ret_options,
	       struct strbuf *why)
{
	const char *comma = strchr(text, ',');
	char each[24];
	int err;

	if (!comma)
		return read_rate(text, &ret_options->rate_each, why);
	if ((size_t)(comma - text) >= sizeof(each))
		return parse_expect(why, text, "a number up to %" PRIu32, UINT32_MAX);
	memcpy(each, text, comma - text);
	each[comma - text] = '\0';
	err = read_rate(each, &ret_options->rate_each, why);
	return err ?: read_rate(comma + 1, &ret_options->rate_all, why);
}

static const struct {
	const char *suffix;
	uint64_t ns;
} time_units[] = {
	{ "", NSEC_PER_SEC },	    { "s", NSEC_PER_SEC },	  { "ms", NSEC_PER_MSEC },
	{ "m", 60 * NSEC_PER_SEC }, { "h", 3600 * NSEC_PER_SEC }, { "d", 86400 * NSEC_PER_SEC },
};

/* WHOLE, a decimal point and DIGITS, in units of UNIT_NS. */
static int add_fraction(uint64_t whole, const char *digits, size_t digit_count, uint64_t unit_ns,
			uint64_t *ret_ns)
{
	uint64_t scale = unit_ns, ns;
	size_t i;

	if (__builtin_mul_overflow(whole, unit_ns, &ns))
		return -ERANGE;
	for (i = 0; i < digit_count; i++) {
		scale /= 10;
		if (__builtin_add_overflow(ns, (uint64_t)(digits[i] - '0') * scale, &ns))
			return -ERANGE;
	}
	*ret_ns = ns;
	return 0;
}

static int read_duration(const char *text, uint64_t *ret_ns)
{
	const char *rest = text, *digits = "";
	size_t digit_count = 0, i;
	uint64_t whole = 0;
	int err;

	if (*text != '.') {
		err = read_digits(text, &rest, &whole);
		if (err)
			return err;
	}
	if (*rest == '.') {
		digits = rest + 1;
		digit_count = strspn(digits, "0123456789");
		if (!digit_count)
			return -EINVAL;
		rest = digits + digit_count;
	}
	for (i = 0; i < ARRAY_SIZE(time_units); i++) {
		if (!strcmp(rest, time_units[i].suffix))
			return add_fraction(whole, digits, digit_count, time_units[i].ns, ret_ns);
	}
	return -EINVAL;
}

int parse_duration(const struct option_spec *spec, const char *text, struct options *ret_options,
		   struct strbuf *why)
{
	uint64_t ns;

	switch (read_duration(text, &ns)) {
	case 0:
		break;
	case -ERANGE:
		return parse_refuse(why, text, "is too long");
	default:
		return parse_expect(why, text, "a time such as 5, 1.5s, 500ms, 2m, 1h or 1d");
	}
	if (!ns)
		return parse_expect(why, text, "a time longer than zero");
	*(uint64_t *)field_of(spec, ret_options) = ns;
	return 0;
}

int parse_choice(const struct option_spec *spec, const char *text, struct options *ret_options,
		 struct strbuf *why)
{
	size_t index = 0;
	int err;

	err = find_word(spec, text, &index, why);
	if (!err)
		*(unsigned int *)field_of(spec, ret_options) = spec->words[index].value;
	return err;
}

static int take_set_item(const struct option_spec *spec, const char *text,
			 struct options *ret_options, struct strbuf *why)
{
	size_t index = 0;
	int err;

	err = find_word(spec, text, &index, why);
	if (!err)
		*(uint32_t *)field_of(spec, ret_options) |= UINT32_C(2) << index;
	return err;
}

int parse_set(const struct option_spec *spec, const char *text, struct options *ret_options,
	      struct strbuf *why)
{
	return parse_items(spec, text, ret_options, why, take_set_item);
}

static int read_pid(const char *text, const char *what, pid_t *ret_pid, struct strbuf *why)
{
	uint64_t number;

	if (parse_number(text, &number) || number < 1 || number > PID_LIMIT)
		return parse_expect(why, text, "a %s from 1 to %d", what, PID_LIMIT);
	*ret_pid = (pid_t)number;
	return 0;
}

static int take_pid(const struct option_spec *spec, const char *text, struct options *ret_options,
		    struct strbuf *why)
{
	pid_t pid = 0;
	size_t i;
	int err;

	err = read_pid(text, "PID", &pid, why);
	if (err && isalpha((unsigned char)text[0]))
		strbuf_add_text(why, "; --comm takes names");
	if (err)
		return err;
	for (i = 0; i < ret_options->pid_count; i++) {
		if (ret_options->pids[i] == pid)
			return 0;
	}
	if (ret_options->pid_count == OPTIONS_PIDS_MAX)
		return parse_refuse(why, text, "exceeds the limit of %d PIDs", OPTIONS_PIDS_MAX);
	ret_options->pids[ret_options->pid_count++] = pid;
	return 0;
}

int parse_pids(const struct option_spec *spec, const char *text, struct options *ret_options,
	       struct strbuf *why)
{
	return parse_items(spec, text, ret_options, why, take_pid);
}

int parse_tid(const struct option_spec *spec, const char *text, struct options *ret_options,
	      struct strbuf *why)
{
	return read_pid(text, "TID", &ret_options->tid, why);
}

static int parse_uid(const char *text, uid_t *ret_uid, struct strbuf *why)
{
	uint64_t number;

	switch (parse_number(text, &number)) {
	case 0:
		/* The last number is (uid_t)-1, which the kernel reads as "no user". */
		if (number >= UINT32_MAX)
			return parse_expect(why, text, "a user ID below 4294967295");
		*ret_uid = (uid_t)number;
		return 0;
	case -ERANGE:
		return parse_expect(why, text, "a user ID below 4294967295");
	default:
		if (users_find(text, ret_uid))
			return parse_refuse(why, text, "%s", users_unknown);
		return 0;
	}
}

int parse_user(const struct option_spec *spec, const char *text, struct options *ret_options,
	       struct strbuf *why)
{
	int error = parse_uid(text, &ret_options->uid, why);

	ret_options->have_uid = !error;
	return error;
}

int parse_run_as(const struct option_spec *spec, const char *text, struct options *ret_options,
		 struct strbuf *why)
{
	uid_t uid = 0;
	int error = parse_uid(text, &uid, why);

	if (error)
		return error;
	if (users_identify(uid, &ret_options->run_as.user))
		return parse_refuse(why, text, "is in more than %d groups", USERS_GROUPS_MAX);
	ret_options->run_as.have = true;
	return 0;
}

int parse_size(const char *text, uint64_t *ret_size)
{
	const char *suffixes = "KkMmGg", *suffix, *rest;
	uint64_t size;
	int err;

	err = read_digits(text, &rest, &size);
	if (!err && *rest) {
		suffix = strchr(suffixes, *rest);
		if (!suffix || rest[1])
			return -EINVAL;
		if (__builtin_mul_overflow(size, 1ull << (10 * ((suffix - suffixes) / 2 + 1)),
					   &size))
			return -ERANGE;
	}
	if (!err)
		*ret_size = size;
	return err;
}

int parse_buffer_size(const struct option_spec *spec, const char *text, struct options *ret_options,
		      struct strbuf *why)
{
	uint64_t size = 0;
	int err = parse_size(text, &size);

	if (err == -EINVAL)
		return parse_expect(why, text, "a size such as 262144, 512K, 2M or 1G");
	if (err || size < BUFFER_MIN || size > BUFFER_MAX)
		return parse_expect(why, text, "a size from 256K to 1G");
	if (size & (size - 1))
		return parse_expect(why, text, "a power of two");
	ret_options->buffer_bytes = (size_t)size;
	return 0;
}

int parse_stack_size(const struct option_spec *spec, const char *text, struct options *ret_options,
		     struct strbuf *why)
{
	uint64_t size = 0;
	int err = parse_size(text, &size);

	if (err == -EINVAL)
		return parse_expect(why, text, "a size such as 16384 or 16K");
	if (err || size < STACK_PIECE || size > EV_STACK_MAX)
		return parse_expect(why, text, "a size from 4K to 32K");
	if (size % STACK_PIECE)
		return parse_expect(why, text, "a multiple of 4K");
	ret_options->stack_bytes = (size_t)size;
	return 0;
}
