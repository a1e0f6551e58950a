// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The process in one line of text: its command line, and facts that the command line does not show.
 */
#include <ctype.h>
#include <string.h>

#include "line_format.h"
#include "path.h"
#include "units.h"
#include "words.h"

/* An argument that is one of our own words would look like the next part of the line. */
static bool is_our_word(const char *argument)
{
	static const char *const words[] = { "...", "cgroup",  "container", "exe", "parent", "pid",
					     "pod", "runtime", "traced",    "uid", "unit" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(argument, words[i]))
			return true;
	return false;
}

static bool needs_no_quotes(const char *argument)
{
	for (const char *at = argument; *at; at++)
		if (!isalnum((unsigned char)*at) && (unsigned char)*at < 0x80 &&
		    !strchr("_-+=:,./@%^~[]{}?*!#", *at))
			return false;
	return argument[0] && !is_our_word(argument) &&
	       !strbuf_has_separator(argument, strlen(argument), false);
}

/* Quoted as in a shell, if quotes are needed to separate the arguments. */
static void add_argument(const char *argument, struct strbuf *buf)
{
	if (needs_no_quotes(argument)) {
		text_add_escaped(buf, argument);
		return;
	}
	strbuf_add_text(buf, "'");
	while (*argument) {
		size_t length = strcspn(argument, "'");

		strbuf_add_inside(buf, argument, length, '\'');
		argument += length;
		if (*argument) {
			strbuf_add_text(buf, "'\\''");
			argument++;
		}
	}
	strbuf_add_text(buf, "'");
}

/* The command line does not show which file runs: it has another name, or none. */
static bool exe_is_news(const struct incident_process *process)
{
	const char *first;

	if (!process->exe.have)
		return false;
	if (process->exe_deleted || !process->cmdline.have || !process->cmdline.count)
		return true;
	first = process->cmdline.args[0];
	if (first[0] == '/')
		return strcmp(first, process->exe.text) != 0;
	return strcmp(path_leaf(first), path_leaf(process->exe.text)) != 0;
}

/* Two spaces between the parts of a fact. */
static void add_part(struct strbuf *buf, size_t start, const char *key)
{
	strbuf_printf(buf, "%s%s", buf->length == start ? "" : "  ", key);
}

static void add_named_part(struct strbuf *buf, size_t start, const char *key, const char *text)
{
	if (!text[0])
		return;
	add_part(buf, start, key);
	text_add_name(buf, text);
}

void text_add_cmdline(const struct incident_cmdline *cmdline, struct strbuf *buf)
{
	for (size_t i = 0; i < cmdline->count; i++) {
		strbuf_add_text(buf, i ? " " : "");
		add_argument(cmdline->args[i], buf);
	}
	if (cmdline->truncated)
		strbuf_add_text(buf, " ...");
}

static void add_command(const struct incident_process *process, size_t start, struct strbuf *buf)
{
	if (process->cmdline.have)
		text_add_cmdline(&process->cmdline, buf);
	add_part(buf, start, "uid ");
	strbuf_printf(buf, "%u", process->uid);
	if (exe_is_news(process)) {
		add_part(buf, start, "exe ");
		text_add_path(buf, &process->exe);
		strbuf_add_text(buf, process->exe_deleted ? " (deleted)" : "");
	}
}

/* container web (0123456789ab)  pod shop/cart-7d9f: names, or id and uid where there are none. */
static void add_where(struct strbuf *buf, size_t start, const struct incident_names *names)
{
	if (names->container[0] && strcmp(names->container_name, names->container) != 0 &&
	    names->container_name[0]) {
		add_named_part(buf, start, "container ", names->container_name);
		/* As the tools of the runtimes shorten it. */
		strbuf_printf(buf, " (%.12s)", names->container);
	} else {
		add_named_part(buf, start, "container ", names->container);
	}
	if (names->container[0] && names->have_user)
		strbuf_printf(buf, " of uid %u", names->user);
	if (names->pod_name[0]) {
		add_named_part(buf, start, "pod ", names->pod_namespace);
		strbuf_add_text(buf, "/");
		text_add_name(buf, names->pod_name);
	} else {
		add_named_part(buf, start, "pod ", names->pod);
	}
}

/* ./server --port 8088  uid 1000  parent bash[800]  runtime go  cgroup /system.slice/server.service
 */
void text_add_process(const struct incident_process *process, struct strbuf *buf)
{
	uint32_t here = incident_number_here(process->pid, process->pid_here);
	char number[INCIDENT_NUMBER_SIZE];
	size_t start = buf->length;

	add_command(process, start, buf);
	if (process->ppid) {
		add_named_part(buf, start, "parent ",
			       process->parent_comm[0] ? process->parent_comm : "?");
		strbuf_printf(buf, "[%s]",
			      incident_number_text(process->ppid, process->ppid_here, number));
	}
	if (process->runtime > RUNTIME_NATIVE)
		add_named_part(buf, start, "runtime ", word_runtime(process->runtime));
	if (process->tracer_pid) {
		add_part(buf, start, "traced by pid ");
		strbuf_add_text(buf, incident_number_text(process->tracer_pid,
							  process->tracer_pid_here, number));
	}
	if (process->cgroup.have) {
		add_part(buf, start, "cgroup ");
		text_add_path(buf, &process->cgroup);
	}
	if (!process->cgroup.have || strcmp(path_leaf(process->cgroup.text), process->names.unit))
		add_named_part(buf, start, "unit ", process->names.unit);
	add_where(buf, start, &process->names);
	if (process->ns_pid && process->ns_pid != here) {
		add_part(buf, start, "pid in its namespace ");
		strbuf_printf(buf, "%u", process->ns_pid);
	}
}
