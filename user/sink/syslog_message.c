// SPDX-License-Identifier: GPL-2.0-or-later
#include "syslog_message.h"

#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "line_format.h"

void syslog_format_free(struct syslog_format *format)
{
	free(format->shortened);
	strbuf_free(&format->scratch);
}

int syslog_severity(enum severity severity)
{
	switch (severity) {
	case SEVERITY_ERROR:
		return LOG_ERR;
	case SEVERITY_WARNING:
		return LOG_WARNING;
	case SEVERITY_NOTICE:
		return LOG_NOTICE;
	default:
		return LOG_INFO;
	}
}

struct timespec syslog_now(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	return now;
}

int syslog_repeat_severity(const struct sink_repeat *repeat)
{
	return repeat->class ? syslog_severity(repeat->severity) : LOG_NOTICE;
}

int syslog_summary_severity(const struct sink_summary *summary)
{
	return summary->lost || summary->dropped || summary->unwritten ? LOG_WARNING : LOG_INFO;
}

/* <28>Nov 26 14:03:22 sigpath[812]: @cee: */
static void begin_local(int severity, struct timespec time, struct strbuf *buf)
{
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm parts = { 0 };

	localtime_r(&time.tv_sec, &parts);
	strbuf_printf(buf, "<%d>%s %2d %02d:%02d:%02d sigpath[%d]: @cee: ", LOG_DAEMON | severity,
		      months[parts.tm_mon % 12], parts.tm_mday, parts.tm_hour, parts.tm_min,
		      parts.tm_sec, getpid());
}

static void end_local(struct strbuf *buf)
{
	if (!buf->failed && buf->length && buf->text[buf->length - 1] == '\n')
		buf->text[--buf->length] = '\0';
}

static struct line_options json_options(const struct syslog_format *format)
{
	return (struct line_options){ .session = format->session };
}

static bool fits(const struct syslog_format *format, const struct strbuf *buf)
{
	return buf->failed || buf->length <= format->size;
}

static void add_local_incident(struct syslog_format *format, const struct incident *incident,
			       const struct explanation *explanation, struct strbuf *buf)
{
	struct line_options options = json_options(format);
	size_t begin;

	begin_local(syslog_severity(explanation->severity), incident->time, buf);
	begin = buf->length;
	json_lines.incident(&options, incident, explanation, buf);
	end_local(buf);
	for (unsigned int level = 1; level <= SHORTENED_LEVELS && !fits(format, buf); level++) {
		const struct explanation *short_explanation;
		const struct incident *short_incident;

		if (!format->shortened && shortened_new(&format->shortened)) {
			buf->failed = true;
			return;
		}
		shortened_make(format->shortened, level, incident, explanation, &short_incident,
			       &short_explanation);
		options.brief = level == SHORTENED_LEVELS;
		buf->length = begin;
		json_lines.incident(&options, short_incident, short_explanation, buf);
		end_local(buf);
	}
}

void syslog_add_incident(struct syslog_format *format, const struct incident *incident,
			 const struct explanation *explanation, struct strbuf *buf)
{
	if (format->is_local)
		add_local_incident(format, incident, explanation, buf);
	else
		structured_add_incident(format, incident, explanation, buf);
}

void syslog_add_repeat(struct syslog_format *format, const struct sink_repeat *repeat,
		       struct strbuf *buf)
{
	const struct line_options options = json_options(format);

	if (!format->is_local) {
		structured_add_repeat(format, repeat, buf);
		return;
	}
	begin_local(syslog_repeat_severity(repeat), repeat->last, buf);
	json_lines.repeat(&options, repeat, buf);
	end_local(buf);
}

void syslog_add_end(struct syslog_format *format, const struct sink_end *end, struct strbuf *buf)
{
	const struct line_options options = json_options(format);

	if (!format->is_local) {
		structured_add_end(format, end, buf);
		return;
	}
	begin_local(LOG_INFO, end->time, buf);
	json_lines.end(&options, end, buf);
	end_local(buf);
}

void syslog_add_lost(struct syslog_format *format, uint64_t count, struct timespec time,
		     struct strbuf *buf)
{
	const struct line_options options = json_options(format);

	if (!format->is_local) {
		structured_add_lost(format, count, time, buf);
		return;
	}
	begin_local(LOG_WARNING, time, buf);
	json_lines.lost(&options, count, time, buf);
	end_local(buf);
}

/* Too long, it goes without the command line, which is sigpath's own. */
static void add_local_start(const struct syslog_format *format, const struct sink_start *start,
			    struct strbuf *buf)
{
	static const struct incident_cmdline none;
	const struct line_options options = json_options(format);
	struct sink_start shorter = *start;
	size_t begin;

	begin_local(LOG_INFO, start->time, buf);
	begin = buf->length;
	json_lines.start(&options, start, buf);
	end_local(buf);
	if (fits(format, buf))
		return;
	shorter.cmdline = &none;
	buf->length = begin;
	json_lines.start(&options, &shorter, buf);
	end_local(buf);
}

void syslog_add_start(struct syslog_format *format, const struct sink_start *start,
		      struct strbuf *buf)
{
	if (format->is_local)
		add_local_start(format, start, buf);
	else
		structured_add_start(format, start, buf);
}

/* Too long, it goes without the outputs, whose names may be long. */
static void add_local_summary(const struct syslog_format *format,
			      const struct sink_summary *summary, struct strbuf *buf)
{
	const struct line_options options = json_options(format);
	struct sink_summary shorter = *summary;
	size_t begin;

	begin_local(syslog_summary_severity(summary), syslog_now(), buf);
	begin = buf->length;
	/* Groups would not fit into a message. */
	shorter.view = NULL;
	json_lines.summary(&options, &shorter, buf);
	end_local(buf);
	if (fits(format, buf))
		return;
	shorter.output_count = 0;
	buf->length = begin;
	json_lines.summary(&options, &shorter, buf);
	end_local(buf);
}

void syslog_add_summary(struct syslog_format *format, const struct sink_summary *summary,
			struct strbuf *buf)
{
	if (format->is_local)
		add_local_summary(format, summary, buf);
	else
		structured_add_summary(format, summary, buf);
}
