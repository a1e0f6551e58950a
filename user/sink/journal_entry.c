// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The entries of the journal. Each has the fields that journalctl and systemd know (MESSAGE,
 * MESSAGE_ID, PRIORITY, OBJECT_SYSTEMD_UNIT, ...) and ours, which begin with SIGPATH_.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal.h"
#include "words.h"

/* Of the kinds of entries: packaging/journal/sigpath.catalog explains each. */
#define ID_START "09a8331a54f14a86882eae7002247dd1"
#define ID_INCIDENT "7929ec275a65486a8d6b9acbdf3dc569"
#define ID_REPEAT "5cc3f8fd4c2e41879d4f776be1f4ebce"
#define ID_END "061a0a0f0b8b4dca93043e903363b7de"
#define ID_LOST "3e87acfc3a1e4093996972e58af634b4"
#define ID_SUMMARY "fea1169941be4d9c962f632fb4afcd0b"

/* The units of the latest incidents. A repeat has only the last component of its cgroup's path. */
#define PLACES 1024

struct place {
	char id[32];		     /* of the incident; empty: free */
	struct journal_units *units; /* NULL: none */
};

struct journal_entries {
	struct line_options options;
	bool this_boot;
	struct strbuf message; /* of the entry under way */
	struct place places[PLACES];
};

struct journal_entries *journal_entries_new(const struct line_options *options, bool this_boot)
{
	struct journal_entries *entries = calloc(1, sizeof(*entries));

	if (!entries)
		return NULL;
	entries->options = *options;
	entries->this_boot = this_boot;
	/* The journal has both in fields of its own. */
	entries->options.bare = true;
	return entries;
}

void journal_entries_free(struct journal_entries *entries)
{
	for (size_t i = 0; entries && i < PLACES; i++)
		free(entries->places[i].units);
	if (entries)
		strbuf_free(&entries->message);
	free(entries);
}

/* --- units --- */

static struct place *place_of(struct journal_entries *entries, const char *id)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (const char *at = id; *at; at++)
		hash = (hash ^ (unsigned char)*at) * 16777619u;
	return &entries->places[hash % PLACES];
}

/* Without memory, the repeats of this incident are not shown under its unit. */
static void remember(struct journal_entries *entries, const char *id,
		     const struct journal_units *units)
{
	struct place *place = place_of(entries, id);

	if (!units->system[0] && !place->units)
		return;
	snprintf(place->id, sizeof(place->id), "%s", id);
	if (!place->units)
		place->units = malloc(sizeof(*units));
	if (place->units)
		*place->units = *units;
}

static void add_units(const struct journal_units *units, struct strbuf *buf)
{
	journal_add_unit(buf, "OBJECT_SYSTEMD_UNIT", units->system);
	journal_add_unit(buf, "OBJECT_SYSTEMD_USER_UNIT", units->user);
}

/* --- what every entry has --- */

/* The numbers of syslog. */
static unsigned int priority_of(enum severity severity)
{
	switch (severity) {
	case SEVERITY_ERROR:
		return 3;
	case SEVERITY_WARNING:
		return 4;
	case SEVERITY_NOTICE:
		return 5;
	case SEVERITY_INFO:
		break;
	}
	return 6;
}

/* MESSAGE has what was rendered. */
static void begin(const struct journal_entries *entries, const char *kind, const char *message_id,
		  enum severity severity, struct strbuf *buf)
{
	const struct strbuf *message = &entries->message;
	const struct ev_session *session = entries->options.session;
	size_t start = journal_begin(buf, "MESSAGE");
	char id[16];

	strbuf_add(buf, message->text, message->length);
	journal_end(buf, start);
	buf->failed |= message->failed;
	snprintf(id, sizeof(id), "%08x", session->id);
	journal_add_text(buf, "MESSAGE_ID", message_id);
	journal_add_uint(buf, "PRIORITY", priority_of(severity));
	journal_add_text(buf, "SYSLOG_IDENTIFIER", "sigpath");
	journal_add_text(buf, "SIGPATH_KIND", kind);
	journal_add_bytes(buf, "SIGPATH_HOST", session->host,
			  strnlen(session->host, sizeof(session->host)));
	/* Old captures have none. */
	if (session->boot_id[0])
		journal_add_bytes(buf, "SIGPATH_BOOT_ID", session->boot_id,
				  strnlen(session->boot_id, sizeof(session->boot_id)));
	journal_add_text(buf, "SIGPATH_SESSION", id);
	journal_add_text(buf, "SIGPATH_VERSION", SIGPATH_VERSION);
}

static void add_class(enum incident_class class, enum severity severity, struct strbuf *buf)
{
	journal_add_text(buf, "SIGPATH_CLASS", class_name(class));
	journal_add_text(buf, "SIGPATH_SEVERITY", class ? severity_name(severity) : NULL);
}

/* --- the entries --- */

/* The buffer for MESSAGE, empty. */
static struct strbuf *message_of(struct journal_entries *entries)
{
	strbuf_reset(&entries->message);
	return &entries->message;
}

static void add_abilities(const struct abilities *abilities, enum ability_state state,
			  const char *name, struct strbuf *buf)
{
	for (size_t i = 0; i < abilities->count; i++)
		if (abilities->list[i].state == state)
			journal_add_text(buf, name, abilities->list[i].name);
}

static void add_cmdline(const char *name, const struct incident_cmdline *cmdline,
			struct strbuf *buf)
{
	size_t start;

	if (!cmdline->have)
		return;
	start = journal_begin(buf, name);
	text_add_cmdline(cmdline, buf);
	journal_end(buf, start);
}

void journal_entry_start(struct journal_entries *entries, const struct sink_start *start,
			 struct strbuf *buf)
{
	const struct ev_session *session = entries->options.session;
	struct strbuf *message = message_of(entries);

	oneline_lines.start(&entries->options, start, message);
	for (size_t i = 0; i < start->abilities->count; i++) {
		const struct ability *ability = &start->abilities->list[i];

		if (ability->state != ABILITY_OK && ability->lost)
			strbuf_printf(message, "    %s: %s\n", ability->name, ability->lost);
	}
	begin(entries, "start", ID_START, SEVERITY_INFO, buf);
	journal_add_time(buf, "SIGPATH_TIME", start->time);
	journal_add_bytes(buf, "SIGPATH_KERNEL", session->release,
			  strnlen(session->release, sizeof(session->release)));
	journal_add_bytes(buf, "SIGPATH_MACHINE", session->machine,
			  strnlen(session->machine, sizeof(session->machine)));
	add_cmdline("SIGPATH_CMDLINE", start->cmdline, buf);
	add_abilities(start->abilities, ABILITY_DEGRADED, "SIGPATH_HOOK_DEGRADED", buf);
	add_abilities(start->abilities, ABILITY_MISSING, "SIGPATH_HOOK_MISSING", buf);
}

/*
 * journald looks this number up when it reads the entry, and adds what it finds. By then another
 * process may have the number of a dead one.
 */
static void add_object_pid(const struct incident *incident, struct strbuf *buf)
{
	const struct incident_process *process = &incident->process;
	uint32_t here = incident_number_here(process->pid, process->pid_here);

	if (here && incident->outcome != EV_OUTCOME_KILLED && incident->end.state != EV_END_ENDED)
		journal_add_uint(buf, "OBJECT_PID", here);
}

void journal_entry_incident(struct journal_entries *entries, const struct incident *incident,
			    const struct explanation *explanation, struct strbuf *buf)
{
	const struct incident_process *process = &incident->process;
	struct strbuf *message = message_of(entries);
	struct journal_units units;

	oneline_lines.incident(&entries->options, incident, explanation, message);
	text_lines.incident(&entries->options, incident, explanation, message);
	begin(entries, "incident", ID_INCIDENT, explanation->severity, buf);
	if (entries->this_boot) {
		journal_units_find(&process->cgroup, &units);
		add_units(&units, buf);
		remember(entries, incident->id, &units);
		add_object_pid(incident, buf);
	}
	add_class(explanation->class, explanation->severity, buf);
	journal_add_incident(incident, explanation, buf);
	add_cmdline("SIGPATH_CMDLINE", &process->cmdline, buf);
	add_cmdline("SIGPATH_PEER_CMDLINE", &incident->peer.cmdline, buf);
	add_cmdline("SIGPATH_SENDER_CMDLINE", &incident->signal.sender.cmdline, buf);
}

static void add_named(const struct incident_named *process, struct strbuf *buf)
{
	journal_add_text(buf, "SIGPATH_COMM", process->comm);
	journal_add_number(buf, "SIGPATH_PID", "SIGPATH_PID_HERE", process->pid, process->pid_here);
	journal_add_uint(buf, "SIGPATH_UID", process->uid);
	journal_add_unit(buf, "SIGPATH_UNIT", process->unit);
}

void journal_entry_repeat(struct journal_entries *entries, const struct sink_repeat *repeat,
			  struct strbuf *buf)
{
	const struct place *place = repeat->of ? place_of(entries, repeat->of) : NULL;
	struct strbuf *message = message_of(entries);

	oneline_lines.repeat(&entries->options, repeat, message);
	text_lines.repeat(&entries->options, repeat, message);
	/* Without a class it may stand for an incident of any. */
	begin(entries, "repeat", ID_REPEAT, repeat->class ? repeat->severity : SEVERITY_WARNING,
	      buf);
	if (place && place->units && !strcmp(place->id, repeat->of))
		add_units(place->units, buf);
	add_class(repeat->class, repeat->severity, buf);
	journal_add_text(buf, "SIGPATH_OF", repeat->of);
	journal_add_text(buf, "SIGPATH_GROUP", repeat->group);
	journal_add_text(buf, "SIGPATH_OUTCOME", word_outcome(repeat->outcome));
	if (repeat->process)
		add_named(repeat->process, buf);
	journal_add_uint(buf, "SIGPATH_COUNT", repeat->count);
	journal_add_time(buf, "SIGPATH_FIRST", repeat->first);
	journal_add_time(buf, "SIGPATH_TIME", repeat->last);
}

void journal_entry_end(struct journal_entries *entries, const struct sink_end *end,
		       struct strbuf *buf)
{
	const struct place *place = place_of(entries, end->id);
	struct strbuf *message = message_of(entries);
	char name[WORD_SIZE];

	oneline_lines.end(&entries->options, end, message);
	text_lines.end(&entries->options, end, message);
	/* The incident has the severity. This tells more about it. */
	begin(entries, "end", ID_END, SEVERITY_INFO, buf);
	if (place->units && !strcmp(place->id, end->id))
		add_units(place->units, buf);
	add_class(end->have_of ? end->class : 0, end->severity, buf);
	journal_add_text(buf, "SIGPATH_ID", end->id);
	journal_add_text(buf, "SIGPATH_SIGNAL", word_signal(end->signal, name));
	add_named(end->process, buf);
	journal_add_core(end->core, buf);
	journal_add_time(buf, "SIGPATH_TIME", end->time);
}

void journal_entry_lost(struct journal_entries *entries, uint64_t count, struct timespec time,
			struct strbuf *buf)
{
	oneline_lines.lost(&entries->options, count, time, message_of(entries));
	begin(entries, "lost", ID_LOST, SEVERITY_WARNING, buf);
	journal_add_uint(buf, "SIGPATH_COUNT", count);
	journal_add_time(buf, "SIGPATH_TIME", time);
}

void journal_entry_summary(struct journal_entries *entries, const struct sink_summary *summary,
			   struct strbuf *buf)
{
	bool is_whole = !summary->lost && !summary->malformed && !summary->dropped &&
			!summary->unwritten;

	oneline_lines.summary(&entries->options, summary, message_of(entries));
	begin(entries, "summary", ID_SUMMARY, is_whole ? SEVERITY_INFO : SEVERITY_WARNING, buf);
	journal_add_uint(buf, "SIGPATH_INCIDENTS", summary->incidents);
	journal_add_uint(buf, "SIGPATH_REPEATS", summary->repeats);
	journal_add_uint(buf, "SIGPATH_UNGROUPED", summary->ungrouped);
	journal_add_uint(buf, "SIGPATH_FILTERED", summary->filtered);
	journal_add_uint(buf, "SIGPATH_LOST", summary->lost);
	journal_add_uint(buf, "SIGPATH_UNSEEN", summary->unseen);
	journal_add_uint(buf, "SIGPATH_SKIPPED_STACKS", summary->skipped_stacks);
	journal_add_uint(buf, "SIGPATH_MALFORMED", summary->malformed);
	journal_add_uint(buf, "SIGPATH_DROPPED", summary->dropped);
	journal_add_uint(buf, "SIGPATH_UNWRITTEN", summary->unwritten);
	journal_add_time(buf, "SIGPATH_FIRST", summary->first);
	journal_add_time(buf, "SIGPATH_TIME", summary->last);
}
