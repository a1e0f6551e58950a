// SPDX-License-Identifier: GPL-2.0-or-later
/* Which files --config takes, and the file of a running trace. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "config_case.h"
#include "config_file.h"

static void set_mode(const char *name, mode_t mode)
{
	assert_int_equal(chmod(name, mode), 0);
}

static void refuse_path(const char *name, const char *wanted)
{
	const char *words[WORDS_MAX] = { "--config", name };
	cleanup(cleanup_free) char *errors = NULL;
	char *argv[WORDS_MAX + 2], line[256];
	struct options options;

	assert_int_equal(parse(words, &options, &errors, argv), -EINVAL);
	snprintf(line, sizeof(line), "sigpath: %s: %s\n", name, wanted);
	assert_string_equal(errors, line);
}

static void what_others_can_write(void **state)
{
	struct options options;
	char wanted[160];

	take("comm = a\n", NULL, &options);
	options_free(&options);
	set_mode(path, 0602);
	refuse_path(path, "other users can write to it (mode 0602)");
	if (getegid() == 0) {
		set_mode(path, 0660);
		take(NULL, NULL, &options);
		options_free(&options);
		assert_int_equal(chown(path, 0, 65534), 0);
		refuse_path(path, "other users can write to it (mode 0660)");
	}
	set_mode(path, 0600);
	set_mode(directory, 0777);
	snprintf(
		wanted, sizeof(wanted),
		"other users can replace it: the directory '%s' on its path belongs to uid %u and has "
		"mode 0777",
		directory + strlen("/tmp/"), geteuid());
	refuse_path(path, wanted);
	/* As /tmp is. */
	set_mode(directory, 01777);
	take(NULL, NULL, &options);
	options_free(&options);
	set_mode(directory, 0700);
}

static void what_belongs_to_others(void **state)
{
	char link[80], wanted[160];
	struct options options;

	if (geteuid() != 0)
		skip();
	take("comm = a\n", NULL, &options);
	options_free(&options);
	snprintf(link, sizeof(link), "%s/link", directory);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(lchown(link, 65534, 65534), 0);
	refuse_path(link, "a symbolic link on its path belongs to uid 65534");
	unlink(link);
	assert_int_equal(chown(path, 65534, 0), 0);
	refuse_path(path, "it belongs to uid 65534; it must belong to root or to who runs sigpath");
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(chown(directory, 65534, 0), 0);
	snprintf(
		wanted, sizeof(wanted),
		"other users can replace it: the directory '%s' on its path belongs to uid 65534 and "
		"has mode 0700",
		directory + strlen("/tmp/"));
	refuse_path(path, wanted);
	assert_int_equal(chown(directory, 0, 0), 0);
}

static void links_are_followed(void **state)
{
	char link[80], back[80], data[80];
	const char *words[WORDS_MAX] = { "--config", link };
	cleanup(cleanup_free) char *errors = NULL;
	char *argv[WORDS_MAX + 2];
	struct options options;

	take("comm = linked\n", NULL, &options);
	options_free(&options);
	/* As a volume of Kubernetes has it: link -> ..data/file, ..data -> . */
	snprintf(link, sizeof(link), "%s/link", directory);
	snprintf(data, sizeof(data), "%s/..data", directory);
	snprintf(back, sizeof(back), "..data/%s", strrchr(path, '/') + 1);
	assert_int_equal(symlink(back, link), 0);
	assert_int_equal(symlink(".", data), 0);
	assert_int_equal(parse(words, &options, &errors, argv), 0);
	assert_one_name(&options.comms, "linked");
	options_free(&options);
	unlink(data);
	assert_int_equal(symlink("..data", data), 0);
	refuse_path(link, "Too many levels of symbolic links");
	unlink(data);
	refuse_path(link, "No such file or directory");
	unlink(link);
}

/* None of these hangs. */
static void what_is_no_file(void **state)
{
	char fifo[80];

	snprintf(fifo, sizeof(fifo), "%s/fifo", directory);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	refuse_path(fifo, "it is not a regular file");
	unlink(fifo);
	refuse_path("/dev/zero", "it is not a regular file");
	refuse_path(directory, "it is not a regular file");
	refuse_path("/", "Is a directory");
	refuse_path("/nowhere/x", "No such file or directory");
}

/* As a running trace does. */
static int read_again(const struct options *before, struct options *ret_after)
{
	cleanup(strbuf_free) struct strbuf why = { 0 };
	char *bytes;
	size_t size;

	assert_int_equal(config_file_read(&before->file->file, &bytes, &size, &why), 0);
	return options_read_again(before, bytes, size, ret_after);
}

static size_t row_of(const char *name)
{
	for (size_t i = 0; i < option_count; i++) {
		if (!strcmp(option_table[i].name, name))
			return i;
	}
	fail_msg("no option %s", name);
	return 0;
}

static void a_file_is_read_again(void **state)
{
	static const char *const words[] = { "--burst", "7", "--user", "root", NULL };
	static const char text[] = "class = client_gone\nburst = 1\nuser = nobody\nobject = tcp\n"
				   "object = unix\n";
	struct options before, after;

	take("class = !client_gone\nredact = args\nobject = tcp,unix\nuser = nobody\nquiet = no\n",
	     words, &before);
	write_bytes(text, strlen(text));
	assert_int_equal(read_again(&before, &after), 0);
	assert_int_equal(after.classes, 1u << CLASS_CLIENT_GONE);
	assert_int_equal(after.classes_not, 0);
	assert_int_equal(after.redact, REDACT_AUTH);
	assert_int_equal(after.burst, 7);
	assert_true(options_differ(&before, &after, row_of("class")));
	assert_true(options_differ(&before, &after, row_of("redact")));
	assert_true(options_differ(&before, &after, row_of("object")));
	/* The command line has it; it is not set in either; it is the same. */
	assert_false(options_differ(&before, &after, row_of("burst")));
	assert_false(options_differ(&before, &after, row_of("comm")));
	assert_false(options_differ(&before, &after, row_of("quiet")));
	options_free(&after);
	options_free(&before);
}

/* A trace has no right to ask who a user is, but all other errors are found. */
static void a_wrong_file_is_read_again(void **state)
{
	static const char text[] = "user = no such user\nclass = x\n";
	struct options before, after;
	struct capture capture;
	char *errors;

	take("class = !client_gone\n", NULL, &before);
	write_bytes(text, strlen(text));
	capture = capture_start(STDERR_FILENO);
	assert_int_equal(read_again(&before, &after), -EINVAL);
	errors = capture_end(&capture);
	assert_null(strstr(errors, "user"));
	assert_non_null(strstr(errors, ":2: class: 'x': expected "));
	free(errors);
	options_free(&before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_others_can_write),
		cmocka_unit_test(what_belongs_to_others),
		cmocka_unit_test(links_are_followed),
		cmocka_unit_test(what_is_no_file),
		cmocka_unit_test(a_file_is_read_again),
		cmocka_unit_test(a_wrong_file_is_read_again),
	};

	return cmocka_run_group_tests_name("config-file", tests, make_directory, remove_directory);
}
