// SPDX-License-Identifier: GPL-2.0-or-later
#include "receivers.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "confine.h"
#include "log.h"
#include "otlp.h"
#include "rights.h"
#include "sink.h"
#include "syslog_sink.h"

/* One --to. */
struct receiver {
	enum destination kind;
	/* of its kind; NULL: its sink has it */
	struct journal *journal;
	struct syslog *syslog;
	struct otlp *otlp;
};

static struct receiver receivers[OPTIONS_TO_MAX];
static size_t receiver_count;

static int open_journal(struct receiver *receiver)
{
	int error = journal_open(&receiver->journal);

	if (error == -ENOENT || error == -ECONNREFUSED)
		log_error("option --to: journal: journald does not run (%s)", strerror(-error));
	else if (error)
		log_error("option --to: journal: %s", strerror(-error));
	return error;
}

static int open_syslog(struct receiver *receiver, const char *text, const struct rights_user *user)
{
	cleanup(strbuf_free) struct strbuf why = { 0 };
	struct syslog_address address;
	int error = syslog_address_parse(text, &address, &why);

	if (error) {
		log_error("option --to: %s", why.length ? why.text : strerror(-error));
		return error;
	}
	error = syslog_open(&address, user, &receiver->syslog, &why);
	if (error)
		log_error("option --to: syslog: %s: %s", address.host,
			  why.length ? why.text : strerror(-error));
	return error;
}

static int open_otlp(struct receiver *receiver, const char *url, const char *spool,
		     const struct rights_user *user)
{
	cleanup(strbuf_free) struct strbuf why = { 0 };
	int error = otlp_start(url, spool, user, &why, &receiver->otlp);

	if (error)
		log_error("option --to: otlp: %s", why.length ? why.text : strerror(-error));
	return error;
}

static int open_one(const struct options *options, const struct options_destination *to)
{
	struct receiver *receiver = &receivers[receiver_count++];
	struct rights_user identity;
	const struct rights_user *user = confine_user(options, &identity);

	*receiver = (struct receiver){ .kind = to->kind };
	switch (to->kind) {
	case DESTINATION_JOURNAL:
		return open_journal(receiver);
	case DESTINATION_SYSLOG:
		return open_syslog(receiver, to->address, user);
	case DESTINATION_OTLP:
		return open_otlp(receiver, to->address, options->spool, user);
	}
	return -EINVAL;
}

int receivers_open(const struct options *options)
{
	int error = 0;

	for (size_t i = 0; !error && i < options->to_count; i++)
		error = open_one(options, &options->to[i]);
	return error;
}

int receivers_journal_directory(void)
{
	for (size_t i = 0; i < receiver_count; i++)
		if (receivers[i].journal)
			return journal_directory(receivers[i].journal);
	return -1;
}

static int add_one(struct sinks *sinks, struct receiver *receiver, bool this_boot)
{
	switch (receiver->kind) {
	case DESTINATION_JOURNAL:
		return sinks_add_journal(sinks, take_ptr(receiver->journal), this_boot);
	case DESTINATION_SYSLOG:
		return sinks_add_syslog(sinks, take_ptr(receiver->syslog));
	case DESTINATION_OTLP:
		return sinks_add_otlp(sinks, take_ptr(receiver->otlp));
	}
	return -EINVAL;
}

int receivers_add(struct sinks *sinks, bool this_boot)
{
	int error = 0;

	for (size_t i = 0; !error && i < receiver_count; i++) {
		error = add_one(sinks, &receivers[i], this_boot);
		if (error)
			log_error("option --to: %s: %s", destination_table[receivers[i].kind].name,
				  strerror(-error));
	}
	return error;
}

void receivers_close(void)
{
	for (size_t i = 0; i < receiver_count; i++) {
		journal_free(receivers[i].journal);
		syslog_free(receivers[i].syslog);
		otlp_stop(receivers[i].otlp);
	}
	receiver_count = 0;
}
