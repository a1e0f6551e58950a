// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of options, --help and the man page must have the same options and the same words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "cleanup.h"
#include "option_table.h"

#define COLUMNS 100
#define TAGS_MAX 64
#define TAG_MAX 80

/* The heads of the options: "-p, --pid PID[,PID...]". */
struct tags {
	size_t count;
	char text[TAGS_MAX][TAG_MAX];
};

static void add_tag(struct tags *tags, const char *text, size_t length)
{
	assert_true(tags->count < TAGS_MAX);
	assert_true(length < TAG_MAX);
	while (length && text[length - 1] == ' ')
		length--;
	memcpy(tags->text[tags->count], text, length);
	tags->text[tags->count++][length] = '\0';
}

static bool has_tag(const struct tags *tags, const char *text)
{
	for (size_t i = 0; i < tags->count; i++) {
		if (!strcmp(tags->text[i], text))
			return true;
	}
	return false;
}

static void assert_same_tags(const struct tags *one, const struct tags *other)
{
	for (size_t i = 0; i < one->count; i++) {
		if (!has_tag(other, one->text[i]))
			fail_msg("'%s' is only in one of the two", one->text[i]);
	}
	for (size_t i = 0; i < other->count; i++) {
		if (!has_tag(one, other->text[i]))
			fail_msg("'%s' is only in the other of the two", other->text[i]);
	}
	assert_int_equal(one->count, other->count);
}

static char *print_to_text(void (*print)(void))
{
	struct capture capture = capture_start(STDOUT_FILENO);

	print();
	return capture_end(&capture);
}

static struct tags tags_of_table(void)
{
	cleanup(cleanup_free) char *text = print_to_text(options_print_table);
	struct tags tags = { 0 };
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")) && *line) {
		const char *name = strsep(&line, "\t"), *letter = strsep(&line, "\t");
		char tag[TAG_MAX];

		assert_non_null(line);
		snprintf(tag, sizeof(tag), "%s%s%s %s", letter, *letter ? ", " : "", name, line);
		add_tag(&tags, tag, strlen(tag));
	}
	return tags;
}

static struct tags tags_of_help(void)
{
	cleanup(cleanup_free) char *text = print_to_text(options_print_help);
	struct tags tags = { 0 };
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		const char *end;

		assert_true(strlen(line) <= COLUMNS);
		if (strncmp(line, "  -", 3) && strncmp(line, "      --", 8))
			continue;
		line += strspn(line, " ");
		end = strstr(line, "  ");
		assert_non_null(end);
		add_tag(&tags, line, (size_t)(end - line));
	}
	return tags;
}

/* The text of the man page without font changes, "\-" as "-". */
static char *read_man_page(void)
{
	cleanup(cleanup_fclose) FILE *file = fopen(MAN_PAGE, "r");
	char *text = NULL, *to;
	size_t capacity = 0;
	const char *from;

	assert_non_null(file);
	assert_true(getdelim(&text, &capacity, '\0', file) > 0);
	for (from = to = text; *from;) {
		if (!strncmp(from, "\\f", 2) && from[2]) {
			from += 3;
		} else if (!strncmp(from, "\\-", 2)) {
			*to++ = '-';
			from += 2;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return text;
}

static struct tags tags_of_man_page(void)
{
	cleanup(cleanup_free) char *text = read_man_page();
	struct tags tags = { 0 };
	bool is_tag = false;
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (is_tag && *line == '-')
			add_tag(&tags, line, strlen(line));
		is_tag = !strcmp(line, ".TP");
	}
	return tags;
}

static void help_has_every_option(void **state)
{
	struct tags table = tags_of_table(), help = tags_of_help();

	assert_int_equal(table.count, option_count);
	assert_same_tags(&table, &help);
}

static void man_page_has_every_option(void **state)
{
	struct tags table = tags_of_table(), man = tags_of_man_page();

	assert_same_tags(&table, &man);
}

static void assert_everywhere(const char *help, const char *man, const char *word)
{
	if (!strstr(help, word))
		fail_msg("--help does not say %s", word);
	if (!strstr(man, word))
		fail_msg("the man page does not say %s", word);
}

static void words_are_everywhere(void **state)
{
	cleanup(cleanup_free) char *help = print_to_text(options_print_help);
	cleanup(cleanup_free) char *man = read_man_page();
	const char *word;

	for (size_t i = 0; i < option_count; i++) {
		for (size_t k = 0; (word = option_word(&option_table[i], k)); k++)
			assert_everywhere(help, man, word);
	}
	for (size_t i = 0; i < format_count; i++) {
		for (const char *const *suffix = format_table[i].suffixes; *suffix; suffix++)
			assert_everywhere(help, man, *suffix);
	}
}

/* --help lists the options that work with -r: all that the table says, and no other. */
static void help_says_what_works_with_r(void **state)
{
	cleanup(cleanup_free) char *help = print_to_text(options_print_help);
	char *list = strstr(help, "These options work with -r:"), *end;

	assert_non_null(list);
	list += strlen("These options work with -r:");
	end = strchr(list, '.');
	assert_non_null(end);
	strcpy(end, ",");
	for (char *at = list; (at = strchr(at, '\n')); at++)
		*at = ' ';
	for (size_t i = 0; i < option_count; i++) {
		const struct option_spec *spec = &option_table[i];
		bool want = spec->runs & RUN_REPLAY && strcmp(spec->name, "read") != 0;
		char item[64];

		if (spec->letter)
			snprintf(item, sizeof(item), " -%c,", spec->letter);
		else
			snprintf(item, sizeof(item), " --%s,", spec->name);
		if (!!strstr(list, item) != want)
			fail_msg("--help is wrong about%s in a replay", item);
	}
}

static void letters_and_names_are_unique(void **state)
{
	for (size_t i = 0; i < option_count; i++) {
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(option_table[i].name, option_table[k].name);
			assert_false(option_table[i].letter &&
				     option_table[i].letter == option_table[k].letter);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_has_every_option),
		cmocka_unit_test(man_page_has_every_option),
		cmocka_unit_test(words_are_everywhere),
		cmocka_unit_test(help_says_what_works_with_r),
		cmocka_unit_test(letters_and_names_are_unique),
	};

	return cmocka_run_group_tests_name("help", tests, NULL, NULL);
}
