// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <errno.h>

#include "kallsyms.h"

static char path[] = "/tmp/sigpath-kallsyms-XXXXXX";

static int make_file(void **state)
{
	return close(mkstemp(path));
}

static int remove_file(void **state)
{
	return unlink(path);
}

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

static const char sample[] = "0000000000000000 A fixed_percpu_data\n"
			     "ffffffff81000000 T _stext\n"
			     "ffffffff81000000 T _text\n"
			     "ffffffff81000100 t pipe_write\n"
			     "ffffffff81000180 d not_code\n"
			     "ffffffff81000200 W weak_one\n"
			     "ffffffffc0400000 t tls_push\t[tls]\n"
			     "ffffffffc0300000 t other\t[other]\n"
			     "no line at all\n";

static void names(void **state)
{
	uint64_t addresses[] = { 0xffffffff81000010,
				 0xffffffff81000100,
				 0xffffffff810001ff,
				 0xffffffff81000200,
				 0xffffffffc0400010,
				 0xffffffffc0300001,
				 0x1000,
				 0xffffffffff000000 };
	const char *expected[] = { "_stext",   "pipe_write", "pipe_write", "weak_one",
				   "tls_push", "other",	     NULL,	   NULL };
	uint64_t offsets[8] = { 0x10, 0, 0xff, 0, 0x10, 1, 0, 0 }, got_offsets[8];
	const char *got[8], *first;
	struct kallsyms *kallsyms;

	write_file(sample);
	assert_int_equal(kallsyms_new(path, &kallsyms), 0);
	assert_int_equal(kallsyms_lookup(kallsyms, addresses, 8, got, got_offsets), 0);
	for (size_t i = 0; i < 8; i++) {
		if (expected[i])
			assert_string_equal(got[i], expected[i]);
		else
			assert_null(got[i]);
		assert_int_equal(got_offsets[i], offsets[i]);
	}
	assert_ptr_equal(got[1], got[2]);
	/* From here on the file does not exist. */
	first = got[1];
	write_file("");
	assert_int_equal(kallsyms_lookup(kallsyms, addresses, 8, got, got_offsets), 0);
	assert_ptr_equal(got[1], first);
	assert_int_equal(kallsyms_lookup(kallsyms, addresses, 0, got, got_offsets), 0);
	kallsyms_free(kallsyms);
}

static void hidden_addresses(void **state)
{
	uint64_t address = 0xffffffff81000010, offset;
	struct kallsyms *kallsyms;
	const char *name;

	write_file("0000000000000000 T _stext\n0000000000000000 t pipe_write\n");
	assert_int_equal(kallsyms_new(path, &kallsyms), 0);
	assert_int_equal(kallsyms_lookup(kallsyms, &address, 1, &name, &offset), -ENODATA);
	/* The privilege may have been granted since then. */
	write_file(sample);
	assert_int_equal(kallsyms_lookup(kallsyms, &address, 1, &name, &offset), 0);
	assert_string_equal(name, "_stext");
	kallsyms_free(kallsyms);
	assert_int_equal(kallsyms_new("/nonexistent", &kallsyms), 0);
	assert_int_equal(kallsyms_lookup(kallsyms, &address, 1, &name, &offset), -ENOENT);
	kallsyms_free(kallsyms);
}

static void many_addresses(void **state)
{
	struct kallsyms *kallsyms;

	write_file(sample);
	assert_int_equal(kallsyms_new(path, &kallsyms), 0);
	for (uint64_t i = 0; i < 40; i++) {
		uint64_t addresses[1000], offsets[1000];
		const char *got[1000];

		for (size_t j = 0; j < 1000; j++)
			addresses[j] = 0xffffffff81000200 + (i * 1000 + j) * 7 % 100000;
		assert_int_equal(kallsyms_lookup(kallsyms, addresses, 1000, got, offsets), 0);
		for (size_t j = 0; j < 1000; j++)
			assert_string_equal(got[j], "weak_one");
	}
	kallsyms_free(kallsyms);
}

/* The first function of the kernel, and its address; 0: the addresses are hidden. */
static uint64_t read_first(char *ret_name)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	unsigned long long address = 0;
	char kind;

	while (fscanf(file, "%llx %c %127s%*[^\n]", &address, &kind, ret_name) == 3)
		if (address && (kind == 'T' || kind == 't'))
			break;
	fclose(file);
	return address;
}

static int look_up_with_stdin(const char *file, uint64_t address, const char **ret_name,
			      struct kallsyms **ret_kallsyms)
{
	int before = dup(STDIN_FILENO);
	uint64_t offset;

	close(STDIN_FILENO);
	assert_int_equal(open(file, O_RDONLY), STDIN_FILENO);
	assert_int_equal(kallsyms_new("/nonexistent", ret_kallsyms), 0);
	dup2(before, STDIN_FILENO);
	close(before);
	return kallsyms_lookup(*ret_kallsyms, &address, 1, ret_name, &offset);
}

static void opened_by_the_service_manager(void **state)
{
	char directory[] = "/tmp/sigpath-kallsyms-XXXXXX", expected[128], other[64];
	uint64_t address = read_first(expected);
	struct kallsyms *kallsyms;
	const char *name = NULL;

	if (!address) {
		print_message("skip: the kernel hides its addresses\n");
		skip();
	}
	assert_int_equal(look_up_with_stdin("/proc/kallsyms", address, &name, &kallsyms), 0);
	assert_non_null(name);
	kallsyms_free(kallsyms);
	/* Neither another file of the kernel, nor one of this name that is not the kernel's. */
	assert_int_equal(look_up_with_stdin("/proc/version", address, &name, &kallsyms), -ENOENT);
	kallsyms_free(kallsyms);
	snprintf(other, sizeof(other), "%s/kallsyms", mkdtemp(directory));
	close(creat(other, 0600));
	assert_int_equal(look_up_with_stdin(other, address, &name, &kallsyms), -ENOENT);
	kallsyms_free(kallsyms);
	unlink(other);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(hidden_addresses),
		cmocka_unit_test(many_addresses),
		cmocka_unit_test(opened_by_the_service_manager),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
