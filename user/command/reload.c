// SPDX-License-Identifier: GPL-2.0-or-later
#include "reload.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "cleanup.h"
#include "config_reader.h"
#include "log.h"
#include "notify.h"
#include "option_table.h"
#include "pipeline.h"

struct reload {
	const struct options *start;
	struct config_reader *reader;
	struct options now; /* what the trace does; now.file is NULL: what it did at the start */
	pthread_t thread;
	int asked_fd; /* an eventfd */
	atomic_bool ends;
	atomic_bool has_failed; /* the last time */
	struct pipeline *pipeline;
};

/* The names of the options that differ: those that a running trace can change, or the others. */
static void add_names(struct strbuf *names, bool rereads, const struct options *one,
		      const struct options *other)
{
	for (size_t i = 0; i < option_count; i++) {
		if (option_table[i].rereads == rereads && options_differ(one, other, i))
			strbuf_printf(names, "%s%s", names->length ? ", " : "",
				      option_table[i].name);
	}
}

static void say(const struct reload *reload, const struct options *next)
{
	cleanup(strbuf_free) struct strbuf changed = { 0 }, unchanged = { 0 };
	const struct options *start = reload->start;

	add_names(&changed, true, reload->now.file ? &reload->now : start, next);
	add_names(&unchanged, false, start, next);
	if (changed.length)
		log_notice("%s: changed: %s", start->config, changed.text);
	if (unchanged.length)
		log_warning("%s: changes after a restart: %s", start->config, unchanged.text);
	if (!changed.length && !unchanged.length)
		log_notice("%s: no option has changed", start->config);
}

/* False: the options stay as they are, which it has said. */
static bool read_again(struct reload *reload)
{
	const char *path = reload->start->config;
	cleanup(strbuf_free) struct strbuf why = { 0 };
	struct options next;
	char *bytes = NULL;
	size_t size = 0;
	int error = config_reader_ask(reload->reader, &bytes, &size, &why);

	/* It asks for the end of this thread. */
	if (reload->ends)
		return true;
	if (error) {
		log_error("%s: %s; the options stay as they are", path,
			  why.length ? why.text : strerror(-error));
		return false;
	}
	if (options_read_again(reload->start, bytes, size, &next)) {
		log_error("%s: the options stay as they are, because of these errors", path);
		return false;
	}
	pipeline_change(reload->pipeline, &next);
	say(reload, &next);
	options_free(&reload->now);
	reload->now = next;
	return true;
}

static void *reload_main(void *context)
{
	struct reload *reload = context;
	eventfd_t count;

	while (!eventfd_read(reload->asked_fd, &count) && !reload->ends) {
		reload->has_failed = !read_again(reload);
		notify_reloaded();
	}
	return NULL;
}

static void reload_free(struct reload *reload)
{
	options_free(&reload->now);
	cleanup_close(&reload->asked_fd);
	free(reload);
}

int reload_start(const struct options *options, struct config_reader *reader,
		 struct pipeline *pipeline, struct reload **ret_reload)
{
	struct reload *reload = calloc(1, sizeof(*reload));
	int error;

	if (!reload)
		return -ENOMEM;
	reload->start = options;
	reload->reader = reader;
	reload->pipeline = pipeline;
	reload->asked_fd = eventfd(0, EFD_CLOEXEC);
	error = reload->asked_fd < 0 ? -errno : 0;
	if (!error)
		error = -pthread_create(&reload->thread, NULL, reload_main, reload);
	if (error)
		reload_free(reload);
	else
		*ret_reload = reload;
	return error;
}

void reload_ask(struct reload *reload)
{
	eventfd_write(reload->asked_fd, 1);
}

bool reload_has_failed(const struct reload *reload)
{
	return reload->has_failed;
}

void reload_stop(struct reload *reload)
{
	if (!reload)
		return;
	reload->ends = true;
	config_reader_cancel(reload->reader);
	reload_ask(reload);
	pthread_join(reload->thread, NULL);
	reload_free(reload);
}
