// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sink of the journal. Its thread waits for journald. What sigpath has to say about journald
 * itself goes to stderr too, because nobody may read the journal then.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "journal.h"
#include "log.h"
#include "sink_ops.h"
#include "units.h"
#include "words.h"

/*
 * stderr of a service is the journal too. A message about journald that made journald fail again
 * would not end, so there are few.
 */
#define ABOUT_JOURNALD_NS (10 * NSEC_PER_SEC)

struct journal_sink {
	struct journal_entries *entries;
	struct journal *journal;
	uint64_t told_ns; /* CLOCK_MONOTONIC; 0: never */
	uint64_t untold;
};

/*
 * Anybody can have such a name, so it decides only about a message. The kernel cuts the name of
 * "systemd-journald" to this.
 */
static bool is_journald(const char *comm, const struct incident_names *names)
{
	static const char unit[] = "systemd-journald";

	return !strcmp(comm, "systemd-journal") || !strncmp(names->unit, unit, sizeof(unit) - 1);
}

static void tell(struct journal_sink *sink, const struct incident *incident,
		 const struct explanation *explanation)
{
	const struct incident_process *process = &incident->process;
	const char *outcome = word_outcome(incident->outcome);
	uint64_t now_ns = clock_now_ns();
	char signal[WORD_SIZE], number[INCIDENT_NUMBER_SIZE], text[64];
	struct strbuf name = STRBUF_IN(text);

	if (sink->told_ns && now_ns - sink->told_ns < ABOUT_JOURNALD_NS) {
		sink->untold++;
		return;
	}
	text_add_name(&name, process->comm);
	log_warning("about the journal itself: %s %s %s[%s]: %s",
		    word_signal(incident->signal.number, signal), outcome ? outcome : "?", text,
		    incident_number_text(process->pid, process->pid_here, number),
		    explanation->text);
	if (sink->untold)
		log_warning("%" PRIu64 " more about the journal itself before", sink->untold);
	sink->told_ns = now_ns;
	sink->untold = 0;
}

static void journal_incident(void *state, const struct incident *incident,
			     const struct explanation *explanation, struct strbuf *buf)
{
	struct journal_sink *sink = state;
	const struct incident_peer_process *peer = &incident->peer;

	if (is_journald(incident->process.comm, &incident->process.names) ||
	    (peer->have && is_journald(peer->comm, &peer->names)))
		tell(sink, incident, explanation);
	journal_entry_incident(sink->entries, incident, explanation, buf);
}

static void journal_start(void *state, const struct sink_start *start, struct strbuf *buf)
{
	struct journal_sink *sink = state;

	journal_entry_start(sink->entries, start, buf);
}

static void journal_repeat(void *state, const struct sink_repeat *repeat, struct strbuf *buf)
{
	struct journal_sink *sink = state;

	journal_entry_repeat(sink->entries, repeat, buf);
}

static void journal_core_end(void *state, const struct sink_end *end, struct strbuf *buf)
{
	struct journal_sink *sink = state;

	journal_entry_end(sink->entries, end, buf);
}

static void journal_lost(void *state, uint64_t count, struct timespec time, struct strbuf *buf)
{
	struct journal_sink *sink = state;

	journal_entry_lost(sink->entries, count, time, buf);
}

static void journal_summary(void *state, const struct sink_summary *summary, struct strbuf *buf)
{
	struct journal_sink *sink = state;

	journal_entry_summary(sink->entries, summary, buf);
}

static int journal_flush(void *state, const char *bytes, const size_t *ends, size_t count,
			 size_t *ret_delivered)
{
	struct journal_sink *sink = state;
	size_t start = 0;
	int error = 0;

	*ret_delivered = 0;
	for (size_t i = 0; i < count; i++) {
		int failed = journal_send(sink->journal, bytes + start, ends[i] - start);

		*ret_delivered += !failed;
		error = failed ?: error;
		start = ends[i];
	}
	return error;
}

static void journal_close(void *state)
{
	struct journal_sink *sink = state;

	journal_free(sink->journal);
	journal_entries_free(sink->entries);
	free(sink);
}

int sinks_add_journal(struct sinks *sinks, struct journal *journal, bool this_boot)
{
	static const struct sink_ops ops = {
		.start = journal_start,
		.incident = journal_incident,
		.repeat = journal_repeat,
		.end = journal_core_end,
		.lost = journal_lost,
		.summary = journal_summary,
		.flush = journal_flush,
		.close = journal_close,
	};
	const struct sink_place place = {
		.name = "journal",
		.format = "journal",
		.watch_fd = -1,
		.batch_bytes = 1,
	};
	const struct line_options options = {
		.session = sinks_options(sinks)->session,
	};
	struct journal_sink *sink = calloc(1, sizeof(*sink));

	if (!sink) {
		journal_free(journal);
		return -ENOMEM;
	}
	sink->journal = journal;
	sink->entries = journal_entries_new(&options, this_boot);
	if (!sink->entries) {
		journal_close(sink);
		return -ENOMEM;
	}
	return sinks_add(sinks, &ops, sink, &place);
}
