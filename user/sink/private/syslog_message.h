/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages for syslog, one for each item, on the worker's thread. No byte of a message is a control
 * character, so a message is one line, whoever reads it.
 */
#pragma once

#include "sink.h"
#include "strbuf.h"
#include "syslog_sink.h"

struct shortened;

struct syslog_format {
	const struct ev_session *session;
	bool is_local;		     /* RFC 3164 with JSON; else RFC 5424 with structured data */
	size_t size;		     /* most bytes of a message */
	struct shortened *shortened; /* made when the first incident is too long */
	struct strbuf scratch;
};

void syslog_format_free(struct syslog_format *format);

/* Each adds one message to BUF, which is empty. */
void syslog_add_start(struct syslog_format *format, const struct sink_start *start,
		      struct strbuf *buf);
void syslog_add_incident(struct syslog_format *format, const struct incident *incident,
			 const struct explanation *explanation, struct strbuf *buf);
void syslog_add_repeat(struct syslog_format *format, const struct sink_repeat *repeat,
		       struct strbuf *buf);
void syslog_add_end(struct syslog_format *format, const struct sink_end *end, struct strbuf *buf);
void syslog_add_lost(struct syslog_format *format, uint64_t count, struct timespec time,
		     struct strbuf *buf);
void syslog_add_summary(struct syslog_format *format, const struct sink_summary *summary,
			struct strbuf *buf);

/*
 * syslog_data.c: structured data (RFC 5424, 6.3). Parts that do not fit are left out, and a
 * parameter `left_out` says which.
 */
struct syslog_data {
	struct strbuf *buf, *scratch;
	size_t end; /* of what the data may take of BUF */
	size_t left_out_length;
	char left_out[160];
};

void syslog_data_begin(struct syslog_data *data, struct strbuf *buf, struct strbuf *scratch,
		       size_t size);
/* NULL or empty: nothing is added. */
void syslog_data_put(struct syslog_data *data, const char *name, const char *value);
void syslog_data_put_bytes(struct syslog_data *data, const char *name, const void *value,
			   size_t size);
void syslog_data_put_int(struct syslog_data *data, const char *name, int64_t value);
void syslog_data_put_uint(struct syslog_data *data, const char *name, uint64_t value);
void syslog_data_put_time(struct syslog_data *data, const char *name, struct timespec time);
void syslog_data_end(struct syslog_data *data);
/* Adds TEXT, which is escaped, to BUF; cut, with "..." at its end, where BUF has SIZE bytes. */
void syslog_add_cut(struct strbuf *buf, const struct strbuf *text, size_t size);

/* syslog_structured.c: messages of RFC 5424 */
void structured_add_start(struct syslog_format *format, const struct sink_start *start,
			  struct strbuf *buf);
void structured_add_incident(struct syslog_format *format, const struct incident *incident,
			     const struct explanation *explanation, struct strbuf *buf);
void structured_add_repeat(struct syslog_format *format, const struct sink_repeat *repeat,
			   struct strbuf *buf);
void structured_add_end(struct syslog_format *format, const struct sink_end *end,
			struct strbuf *buf);
void structured_add_lost(struct syslog_format *format, uint64_t count, struct timespec time,
			 struct strbuf *buf);
void structured_add_summary(struct syslog_format *format, const struct sink_summary *summary,
			    struct strbuf *buf);

/* LOG_ERR and so on, of <syslog.h> */
int syslog_severity(enum severity severity);
int syslog_repeat_severity(const struct sink_repeat *repeat);
int syslog_summary_severity(const struct sink_summary *summary);
/* CLOCK_REALTIME */
struct timespec syslog_now(void);

/*
 * syslog_short.c: shorter and shorter copies of an incident. What is left out has a reason in
 * `missing`.
 */
#define SHORTENED_LEVELS 4
/* 0 or -ENOMEM. */
int shortened_new(struct shortened **ret_shortened);
/* LEVEL: 1 to SHORTENED_LEVELS. Both results live until the next call. */
void shortened_make(struct shortened *shortened, unsigned int level,
		    const struct incident *incident, const struct explanation *explanation,
		    const struct incident **ret_incident,
		    const struct explanation **ret_explanation);
