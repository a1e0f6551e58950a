// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does an entry have its fields and no other, whatever the names in the incident are, and are they
 * all in docs/journal.md? Under which units is it shown?
 */
#include "journal_case.h"

#include <glob.h>

#include "cleanup.h"

/* --- units --- */

static void expect_units(const char *path, const char *system, const char *user)
{
	struct incident_path cgroup = { 0 };
	struct journal_units units;

	sample_set_path(&cgroup, path);
	journal_units_find(&cgroup, &units);
	assert_string_equal(units.system, system);
	assert_string_equal(units.user, user);
	cgroup.truncated = true;
	journal_units_find(&cgroup, &units);
	assert_string_equal(units.system, "");
	assert_string_equal(units.user, "");
}

static void test_units(void **state)
{
	char longest[300] = "/";

	expect_units("/system.slice/nginx.service", "nginx.service", "");
	expect_units("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service",
		     "");
	expect_units("/init.scope", "init.scope", "");
	expect_units("/system.slice/_cpu.service", "cpu.service", "");
	expect_units("/user.slice/user-7.slice/session-3.scope", "session-3.scope", "");
	expect_units("/user.slice/user-7.slice/user@7.service/app.slice/a-b.slice/x.service",
		     "user@7.service", "x.service");
	expect_units("/user.slice/user-7.slice/user@7.service", "user@7.service", "");
	/* What a user, a service or a container has made below its own part is not of the system. */
	expect_units("/user.slice/user-7.slice/user@7.service/x/nginx.service", "user@7.service",
		     "");
	expect_units("/system.slice/d.service/nginx.service", "d.service", "");
	expect_units("/system.slice/docker-ab.scope/system.slice/nginx.service", "docker-ab.scope",
		     "");
	expect_units("/lxc.payload.web/system.slice/nginx.service", "", "");
	expect_units("/docker/0123/nginx.service", "", "");
	expect_units("/nginx.service\n", "", "");
	expect_units("/a b.service", "", "");
	expect_units("/.service", "", "");
	expect_units("/", "", "");
	expect_units("", "", "");
	memset(longest + 1, 'a', 248);
	strcpy(longest + 249, ".service");
	expect_units(longest, "", "");
	memmove(longest + 1, longest + 2, strlen(longest + 1));
	expect_units(longest, longest + 1, "");
}

/* --- hostile bytes --- */

/* Every byte value, and what would end a value and begin a field. */
static const char forged[] =
	"\nSIGPATH_FORGED=1\n_UID=0\n\nMESSAGE\n\3\0\0\0\0\0\0\0abc\n=\\\"\x80\xc3";

static void fill(char *text, size_t size, size_t shift)
{
	for (size_t i = 0; i < size - 1; i++) {
		size_t at = i + shift;

		text[i] = at % 3 ? forged[at % (sizeof(forged) - 1)] : (char)(at % 255 + 1);
		text[i] = text[i] ?: '\n';
	}
	text[size - 1] = '\0';
}

static void fill_path(struct incident_path *path, size_t shift)
{
	path->have = true;
	fill(path->text, sizeof(path->text), shift);
}

static void fill_cmdline(struct incident_cmdline *cmdline, size_t shift)
{
	cmdline->have = true;
	fill(cmdline->bytes, sizeof(cmdline->bytes), shift);
	cmdline->count = 3;
	for (size_t i = 0; i < cmdline->count; i++)
		cmdline->args[i] = cmdline->bytes + i * 100;
}

static void fill_all(size_t shift)
{
	struct incident *incident = &sample.incident;
	struct incident_process *process = &incident->process;
	struct incident_peer_process *peer = &incident->peer;

	sample_tcp(&sample);
#define FILL(array) fill(array, sizeof(array), shift)
	FILL(process->comm);
	FILL(process->thread);
	FILL(process->parent_comm);
	FILL(process->names.unit);
	FILL(process->names.container);
	FILL(process->names.pod);
	FILL(process->names.container_name);
	FILL(process->names.pod_name);
	FILL(process->names.pod_namespace);
	FILL(peer->comm);
	FILL(peer->names.unit);
	FILL(peer->names.container);
	FILL(peer->names.pod);
	FILL(peer->names.container_name);
	FILL(peer->names.pod_name);
	FILL(peer->names.pod_namespace);
	FILL(incident->object.local_scope);
	FILL(incident->object.peer_scope);
	FILL(incident->signal.sender.comm);
	incident->signal.sender.have = true;
	incident->signal.origin = EV_ORIGIN_PROCESS;
	process->ppid = 1;
	fill_path(&process->exe, shift);
	fill_path(&process->cgroup, shift);
	fill_path(&peer->exe, shift);
	fill_cmdline(&process->cmdline, shift);
	fill_cmdline(&peer->cmdline, shift);
	incident->object.type = shift % 2 ? EV_OBJECT_TCP : EV_OBJECT_FIFO;
	incident->object.have_path = true;
	fill_path(&incident->object.path, shift);
}

static void test_hostile(void **state)
{
	for (size_t shift = 0; shift < 256; shift++) {
		fill_all(shift);
		render();
		for (size_t i = 0; i < field_count; i++) {
			const struct field *field = &fields[i];

			assert_false(is_called(field, "SIGPATH_FORGED"));
			assert_null(memchr(field->value, '\0', field->length));
			if (!is_called(field, "MESSAGE"))
				assert_null(memchr(field->value, '\n', field->length));
			for (size_t j = 0; j < i; j++)
				if (is_called(&fields[j], "SIGPATH_MISSING"))
					break;
				else if (fields[j].name_length == field->name_length &&
					 !memcmp(fields[j].name, field->name, field->name_length))
					fail_msg("two %.*s", (int)field->name_length, field->name);
		}
		expect("SYSLOG_IDENTIFIER", "sigpath");
		expect("PRIORITY", "4");
		expect("SIGPATH_PID", "812");
	}
}

/* The names of the outside, too, when they are those of a host or of a hostile capture. */
static void test_hostile_session(void **state)
{
	struct ev_session before = session;

	fill(session.host, sizeof(session.host), 0);
	session.host[sizeof(session.host) - 1] = 'x';
	fill(session.boot_id, sizeof(session.boot_id), 7);
	sample_bare(&sample);
	render();
	assert_null(find("SIGPATH_FORGED"));
	expect("SIGPATH_COMM", "server");
	session = before;
}

/* --- the docs --- */

/* The names in the first column of the tables. */
static size_t count_in_docs(const char *docs, const char *name)
{
	char cell[80];
	size_t count = 0;

	snprintf(cell, sizeof(cell), "`%s`", name);
	for (const char *line = docs; line; line = strchr(line, '\n')) {
		const char *end, *at;

		line += *line == '\n';
		if (strncmp(line, "| `", 3) != 0)
			continue;
		end = strchr(line + 1, '|');
		for (at = line; (at = strstr(at, cell)) && at < end; at++)
			count++;
	}
	return count;
}

#define NAMES_MAX 200

static char names[NAMES_MAX][80];
static size_t name_count;

static void add_name(const char *name, size_t length)
{
	for (size_t i = 0; i < name_count; i++)
		if (strlen(names[i]) == length && !memcmp(names[i], name, length))
			return;
	assert_in_range(name_count, 0, NAMES_MAX - 1);
	assert_in_range(length, 1, sizeof(names[0]) - 1);
	memcpy(names[name_count++], name, length);
}

/* The fields of journald are added where an entry is read. */
static void add_names_of(const char *source)
{
	static const char *const beginnings[] = { "\"SIGPATH_", "\"OBJECT_" };

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		for (const char *at = source; (at = strstr(at, beginnings[i])); at++)
			add_name(at + 1, strcspn(at + 1, "\"="));
}

static void read_file(const char *path, char *text, size_t size)
{
	cleanup(cleanup_fclose) FILE *file = fopen(path, "re");
	size_t length;

	assert_non_null(file);
	length = fread(text, 1, size - 1, file);
	assert_in_range(length, 1, size - 2);
	text[length] = '\0';
}

/* Each name of the code is once in the tables, and the tables have no other. */
static void test_docs(void **state)
{
	static char docs[65536], source[65536];
	size_t in_docs = 0;
	glob_t files;

	assert_int_equal(glob(SIGPATH_SOURCE "/user/sink/journal*.c", 0, NULL, &files), 0);
	assert_int_equal(
		glob(SIGPATH_SOURCE "/user/sink/death_fields.c", GLOB_APPEND, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		read_file(files.gl_pathv[i], source, sizeof(source));
		add_names_of(source);
	}
	globfree(&files);
	read_file(SIGPATH_SOURCE "/docs/journal.md", docs, sizeof(docs));
	assert_in_range(name_count, 60, NAMES_MAX);
	for (size_t i = 0; i < name_count; i++)
		if (count_in_docs(docs, names[i]) != 1)
			fail_msg("%s is %zu times in the docs", names[i],
				 count_in_docs(docs, names[i]));
	for (const char *line = docs; line; line = strchr(line, '\n')) {
		const char *end;

		line += *line == '\n';
		if (strncmp(line, "| `", 3) != 0)
			continue;
		end = strchr(line + 1, '|');
		for (const char *at = line; (at = strchr(at, '`')) && at < end; at++)
			in_docs += !strncmp(at, "`SIGPATH_", 9) || !strncmp(at, "`OBJECT_", 8);
	}
	assert_int_equal(in_docs, name_count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_hostile_session),
		cmocka_unit_test(test_docs),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
