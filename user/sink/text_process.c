// SPDX-License-Identifier: GPL-2.0-or-later
/* The process: its command line, and facts that the command line does not show. */
#include <string.h>

#include "layout.h"
#include "line_format.h"
#include "path.h"
#include "text_fields.h"
#include "words.h"

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

static void add_command(const struct line_options *options, const struct incident_process *process,
			size_t start, struct strbuf *buf)
{
	if (process->cmdline.have)
		text_add_command(options, &process->cmdline, buf);
	add_part(buf, start, "uid" LAYOUT_GLUE);
	strbuf_printf(buf, "%u", process->uid);
	if (exe_is_news(process)) {
		add_part(buf, start, "exe" LAYOUT_GLUE);
		text_add_path(buf, &process->exe);
		strbuf_add_text(buf, process->exe_deleted ? LAYOUT_GLUE "(deleted)" : "");
	}
}

/* container web (0123456789ab)  pod shop/cart-7d9f: names, or id and uid where there are none. */
static void add_where(struct strbuf *buf, size_t start, const struct incident_names *names)
{
	if (names->container[0] && strcmp(names->container_name, names->container) != 0 &&
	    names->container_name[0]) {
		add_named_part(buf, start, "container" LAYOUT_GLUE, names->container_name);
		/* As the tools of the runtimes shorten it. */
		strbuf_printf(buf, LAYOUT_GLUE "(%.12s)", names->container);
	} else {
		add_named_part(buf, start, "container" LAYOUT_GLUE, names->container);
	}
	if (names->container[0] && names->have_user)
		strbuf_printf(buf, " of uid %u", names->user);
	if (names->pod_name[0]) {
		add_named_part(buf, start, "pod" LAYOUT_GLUE, names->pod_namespace);
		strbuf_add_text(buf, "/");
		text_add_name(buf, names->pod_name);
	} else {
		add_named_part(buf, start, "pod" LAYOUT_GLUE, names->pod);
	}
}

/* The unit says more to a person than the path that ends with it; and so do container and pod. */
static void add_unit(const struct line_options *options, const struct incident_process *process,
		     size_t start, struct strbuf *buf)
{
	const struct incident_names *names = &process->names;
	bool is_news = !names->unit[0] && !names->container[0] &&
		       strcmp(process->cgroup.text, "/") != 0;
	bool whole = process->cgroup.have && (options->text.full || is_news);

	if (whole) {
		add_part(buf, start, "cgroup" LAYOUT_GLUE);
		text_add_path(buf, &process->cgroup);
	}
	if (whole ? strcmp(path_leaf(process->cgroup.text), names->unit) != 0
		  : !names->container[0])
		add_named_part(buf, start, "unit" LAYOUT_GLUE, names->unit);
}

/* ./server --port 8088  uid 1000  parent bash[800]  runtime go  unit server.service */
void text_add_process(const struct line_options *options, const struct incident_process *process,
		      struct strbuf *buf)
{
	uint32_t here = incident_number_here(process->pid, process->pid_here);
	char number[INCIDENT_NUMBER_SIZE];
	size_t start = buf->length;

	add_command(options, process, start, buf);
	if (process->ppid) {
		add_part(buf, start, "parent" LAYOUT_GLUE);
		text_add_comm(buf, process->parent_comm[0] ? process->parent_comm : "?");
		strbuf_printf(buf, "[%s]",
			      incident_number_text(process->ppid, process->ppid_here, number));
	}
	if (process->runtime > RUNTIME_NATIVE)
		add_named_part(buf, start, "runtime" LAYOUT_GLUE, word_runtime(process->runtime));
	if (process->tracer_pid) {
		add_part(buf, start, "traced" LAYOUT_GLUE "by" LAYOUT_GLUE "pid" LAYOUT_GLUE);
		strbuf_add_text(buf, incident_number_text(process->tracer_pid,
							  process->tracer_pid_here, number));
	}
	add_unit(options, process, start, buf);
	add_where(buf, start, &process->names);
	if (process->ns_pid && process->ns_pid != here) {
		add_part(buf, start,
			 "pid" LAYOUT_GLUE "in" LAYOUT_GLUE "its" LAYOUT_GLUE
			 "namespace" LAYOUT_GLUE);
		strbuf_printf(buf, "%u", process->ns_pid);
	}
}
