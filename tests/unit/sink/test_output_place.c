// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What another user plants where an output is to be: links, files and FIFOs, in directories that it
 * can write to. Root makes them and gives them away, so the tests need root.
 */
#include <errno.h>
#include <sys/mman.h>

#include "output_case.h"

#define SOMEBODY 65534
#define SECRET "secret"

/* A directory in which only root can make files, and one in which everybody can. */
static char private[256], shared[256];

static const char *in(const char *where, const char *name)
{
	static char paths[4][600];
	static unsigned int turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", where, name);
	return path;
}

static void write_file(const char *path, uid_t owner, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, SECRET, strlen(SECRET)), strlen(SECRET));
	assert_int_equal(fchown(fd, owner, owner), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void make_link(const char *target, const char *path, uid_t owner)
{
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(lchown(path, owner, owner), 0);
}

static void make_directory(const char *path, uid_t owner, mode_t mode)
{
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chown(path, owner, owner), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static mode_t mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_mode & 07777;
}

static void remove_all(const char *path)
{
	char command[600];

	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	assert_int_equal(system(command), 0);
}

static int set_up_places(void **state)
{
	if (set_up(state))
		return -1;
	snprintf(private, sizeof(private), "%s/private", directory);
	snprintf(shared, sizeof(shared), "%s/shared", directory);
	return 0;
}

static int begin(void **state)
{
	if (geteuid())
		return 0;
	/* mkdtemp() stands in /tmp, which is sticky: nobody can swap the directory. */
	make_directory(private, 0, 0755);
	make_directory(shared, 0, 01777);
	return 0;
}

static int end(void **state)
{
	if (geteuid())
		return 0;
	remove_all(private);
	remove_all(shared);
	return 0;
}

static void need_root(void)
{
	if (geteuid()) {
		print_message("needs root: another user's files are given away\n");
		skip();
	}
}

/* Opens PATH and closes it again. Returns what is said on stderr; on failure, also WHY. */
static const char *open_and_close(const char *path, mode_t mode, int *ret_error)
{
	int log_file = memfd_create("stderr", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
	struct strbuf why = { 0 };
	struct output *output;
	static char said[2000];
	ssize_t length;

	assert_int_equal(dup2(log_file, STDERR_FILENO), STDERR_FILENO);
	*ret_error = output_open(path, mode, &output, &why);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	length = pread(log_file, said, 1000, 0);
	assert_true(length >= 0);
	snprintf(said + length, 1000, "%s", why.length ? why.text : "");
	if (!*ret_error)
		output_free(output);
	strbuf_free(&why);
	close(log_file);
	close(saved);
	return said;
}

static void expect_refused(const char *path, const char *why)
{
	const char *said;
	int error;

	said = open_and_close(path, 0600, &error);
	assert_int_equal(error, -EPERM);
	if (!strstr(said, why))
		fail_msg("no '%s' in '%s'", why, said);
}

static void expect_opened(const char *path, const char *words)
{
	const char *said;
	int error;

	said = open_and_close(path, 0600, &error);
	assert_int_equal(error, 0);
	if (words ? !strstr(said, words) : *said)
		fail_msg("'%s' said instead of '%s'", said, words ? words : "nothing");
}

static void test_links_of_somebody(void **state)
{
	need_root();
	write_file(in(private, "victim"), 0, 0600);
	/* Root makes no file of this name: it would be read by a program of root's. */
	make_link(in(private, "new"), in(shared, "dangling"), SOMEBODY);
	make_link(in(private, "victim"), in(shared, "out"), SOMEBODY);
	make_link(private, in(shared, "directory"), SOMEBODY);
	expect_refused(in(shared, "dangling"), "the symbolic link 'dangling' of uid 65534");
	expect_refused(in(shared, "out"), "the symbolic link 'out' of uid 65534");
	expect_refused(in(shared, "directory/victim"),
		       "the symbolic link 'directory' of uid 65534");
	assert_int_equal(access(in(private, "new"), F_OK), -1);
	assert_int_equal(size_of(in(private, "victim")), strlen(SECRET));
	/* The owner of a directory can move a link of root's into it. */
	make_directory(in(shared, "theirs"), SOMEBODY, 0755);
	make_link(in(private, "victim"), in(shared, "theirs/out"), 0);
	expect_refused(in(shared, "theirs/out"), "in a directory of uid 65534");
	/* On the way of a link of our own. */
	make_link(in(shared, "directory/victim"), in(private, "chain"), 0);
	expect_refused(in(private, "chain"), "the symbolic link 'directory' of uid 65534");
}

static void test_links_of_root(void **state)
{
	struct output *output;
	char target[600];

	need_root();
	make_link("../private/target", in(shared, "out"), 0);
	make_link(private, in(shared, "directory"), 0);
	make_link("directory/", in(shared, "again"), 0);
	expect_opened(in(shared, "out"), NULL);
	assert_int_equal(mode_of(in(private, "target")), 0600);
	expect_opened(in(shared, "again/./other"), NULL);
	assert_int_equal(access(in(private, "other"), F_OK), 0);
	make_link("loop", in(shared, "loop"), 0);
	assert_int_equal(open_output(in(shared, "loop"), &output), -ELOOP);
	assert_int_equal(open_output(in(shared, "loop/x"), &output), -ELOOP);
	assert_int_equal(open_output(in(shared, "again/"), &output), -EISDIR);
	assert_int_equal(open_output("", &output), -ENOENT);
	/* A link in the place of a file is followed anew by each reopening. */
	assert_int_equal(open_output(in(shared, "out"), &output), 0);
	snprintf(target, sizeof(target), "%s", in(private, "target"));
	assert_int_equal(rename(target, in(private, "target.1")), 0);
	output_reopen(output);
	assert_int_equal(write_lines(output, 1), 0);
	output_free(output);
	assert_int_equal(count_lines(target), 1);
}

/* To have sigpath truncate a file of root's. Where fs.protected_hardlinks is off, anybody can. */
static void test_hard_links(void **state)
{
	need_root();
	write_file(in(private, "victim"), 0, 0600);
	assert_int_equal(link(in(private, "victim"), in(shared, "out")), 0);
	expect_refused(in(shared, "out"), "it is a hard link");
	assert_int_equal(link(in(private, "victim"), in(private, "out")), 0);
	expect_opened(in(private, "out"), NULL);
	/* A directory of root's, below one that its owner can give another name. */
	make_directory(in(shared, "theirs"), SOMEBODY, 0755);
	make_directory(in(shared, "theirs/roots"), 0, 0755);
	assert_int_equal(link(in(private, "victim"), in(shared, "theirs/roots/out")), 0);
	expect_refused(in(shared, "theirs/roots/out"), "it is a hard link");
	/* Without the sticky bit everybody can. */
	make_directory(in(private, "open"), 0, 0777);
	make_directory(in(private, "open/roots"), 0, 0755);
	assert_int_equal(link(in(private, "victim"), in(private, "open/roots/out")), 0);
	expect_refused(in(private, "open/roots/out"), "it is a hard link");
}

/* To read what sigpath writes, or to change it. */
static void test_files_of_somebody(void **state)
{
	need_root();
	write_file(in(shared, "out"), SOMEBODY, 0666);
	expect_refused(in(shared, "out"), "it belongs to uid 65534");
	assert_int_equal(size_of(in(shared, "out")), strlen(SECRET));
	assert_int_equal(mkfifo(in(shared, "fifo"), 0666), 0);
	assert_int_equal(chown(in(shared, "fifo"), SOMEBODY, SOMEBODY), 0);
	expect_refused(in(shared, "fifo"), "it belongs to uid 65534");
	make_directory(in(private, "theirs"), SOMEBODY, 0755);
	write_file(in(private, "theirs/out"), SOMEBODY, 0600);
	expect_refused(in(private, "theirs/out"), "it belongs to uid 65534");
	/* Only root can have put it there, as logrotate does. */
	write_file(in(private, "out"), SOMEBODY, 0600);
	expect_opened(in(private, "out"), "belongs to uid 65534, who can read and change it");
}

static void test_modes(void **state)
{
	int error;

	need_root();
	write_file(in(shared, "out"), 0, 0666);
	expect_opened(in(shared, "out"), "had mode 0666 and now has 0600 (--output-mode)");
	assert_int_equal(mode_of(in(shared, "out")), 0600);
	expect_opened(in(shared, "out"), NULL);
	umask(077);
	assert_string_equal(open_and_close(in(shared, "new"), 0640, &error), "");
	umask(022);
	assert_int_equal(mode_of(in(shared, "new")), 0640);
}

/* Those of /dev are links to what sigpath was started with, whatever that is. */
static void test_given_files(void **state)
{
	struct output *output;
	char path[64], byte;
	int fd, ends[2];

	need_root();
	write_file(in(shared, "given"), SOMEBODY, 0644);
	fd = open(in(shared, "given"), O_WRONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	expect_opened(path, NULL);
	assert_int_equal(mode_of(in(shared, "given")), 0644);
	close(fd);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
	assert_int_equal(open_output(path, &output), 0);
	assert_int_equal(write_lines(output, 1), 0);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	output_reopen(output);
	assert_int_equal(write_lines(output, 1), 0);
	output_free(output);
	fd = dup(STDOUT_FILENO);
	assert_int_equal(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
	assert_int_equal(open_output("/dev/stdout", &output), 0);
	assert_int_equal(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
	assert_int_equal(write_lines(output, 1), 0);
	output_free(output);
	close(fd);
	close(ends[0]);
	close(ends[1]);
}

/* While sigpath runs, its directory is moved away, and a link to another one has its path. */
static void test_directory_that_is_replaced(void **state)
{
	struct output *output;
	char path[600];

	need_root();
	make_directory(in(shared, "logs"), 0, 0755);
	write_file(in(private, "out"), 0, 0600);
	snprintf(path, sizeof(path), "%s/logs/out", shared);
	assert_int_equal(open_output(path, &output), 0);
	assert_int_equal(write_lines(output, 1), 0);
	assert_int_equal(rename(path, in(shared, "logs/out.1")), 0);
	assert_int_equal(rename(in(shared, "logs"), in(shared, "moved")), 0);
	make_link(private, in(shared, "logs"), 0);
	output_reopen(output);
	assert_int_equal(write_lines(output, 2), 0);
	output_free(output);
	assert_int_equal(size_of(in(private, "out")), strlen(SECRET));
	assert_int_equal(count_lines(in(shared, "moved/out.1")), 1);
	assert_int_equal(count_lines(in(shared, "moved/out")), 2);
}

/* While sigpath runs, the file is moved away, and something planted has its name. */
static void test_reopen_of_what_is_planted(void **state)
{
	struct output *output;
	char path[600], old[600];

	need_root();
	snprintf(path, sizeof(path), "%s/out", shared);
	snprintf(old, sizeof(old), "%s/out.1", shared);
	write_file(in(private, "victim"), 0, 0600);
	assert_int_equal(open_output(path, &output), 0);
	assert_int_equal(rename(path, old), 0);
	make_link(in(private, "victim"), path, SOMEBODY);
	output_reopen(output);
	assert_int_equal(write_lines(output, 1), 0);
	assert_int_equal(unlink(path), 0);
	write_file(path, SOMEBODY, 0666);
	output_reopen(output);
	assert_int_equal(write_lines(output, 1), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(link(in(private, "victim"), path), 0);
	output_reopen(output);
	assert_int_equal(write_lines(output, 1), 0);
	output_free(output);
	assert_int_equal(count_lines(old), 3);
	assert_int_equal(size_of(in(private, "victim")), strlen(SECRET));
}

#define with_places(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_places(test_links_of_somebody),
		with_places(test_links_of_root),
		with_places(test_hard_links),
		with_places(test_files_of_somebody),
		with_places(test_modes),
		with_places(test_given_files),
		with_places(test_directory_that_is_replaced),
		with_places(test_reopen_of_what_is_planted),
	};

	return cmocka_run_group_tests(tests, set_up_places, tear_down);
}
