// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happened to the process afterwards? Reads the kernel's list of exited processes repeatedly.
 */
#include "follow.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "clock.h"
#include "decode.h"
#include "enrich.h"
#include "procdir.h"
#include "readers.h"
#include "units.h"

/* Each kind has its own places. */
enum kind { KIND_NONE, KIND_OPEN, KIND_IGNORED, KIND_READER, KIND_TURN, KINDS };

static const size_t places[KINDS] = {
	[KIND_OPEN] = FOLLOW_MAX,
	[KIND_IGNORED] = FOLLOW_IGNORED_MAX,
	[KIND_READER] = FOLLOW_READER_MAX,
	[KIND_TURN] = FOLLOW_TURN_MAX,
};

struct follow {
	const struct exits *exits;
	const char *proc_root; /* or NULL */
	bool fatal;
	struct work *first; /* in the order of time */
	size_t count[KINDS];
};

int follow_new(const struct exits *exits, const char *proc_root, bool fatal,
	       struct follow **ret_follow)
{
	struct follow *follow = calloc(1, sizeof(*follow));

	if (!follow)
		return -ENOMEM;
	follow->exits = exits;
	follow->proc_root = proc_root;
	follow->fatal = fatal;
	*ret_follow = follow;
	return 0;
}

void follow_free(struct follow *follow)
{
	struct work *work, *next;

	if (!follow)
		return;
	for (work = follow->first; work; work = next) {
		next = work->next;
		work_free(work);
	}
	free(follow);
}

bool follow_is_empty(const struct follow *follow)
{
	return !follow->first;
}

uint64_t follow_events(const struct follow *follow)
{
	uint64_t events = 0;

	for (const struct work *work = follow->first; work; work = work->next) {
		events++;
		for (const struct held_repeat *held = work->held; held; held = held->next)
			events += decode_event_count(held->record, held->size);
	}
	return events;
}

bool follow_holds(struct follow *follow, uint64_t number, const void *record, size_t size)
{
	for (struct work *work = follow->first; work; work = work->next)
		if (work->incident.number == number)
			return work_hold(work, record, size);
	return false;
}

static enum kind kind_of(const struct incident *incident)
{
	switch (incident->outcome) {
	case EV_OUTCOME_PENDING:
		/* An io_uring worker never takes a signal. */
		return incident->process.flags & EV_PROCESS_IO_WORKER ? KIND_NONE : KIND_OPEN;
	case EV_OUTCOME_HANDLED:
	case EV_OUTCOME_TRACED:
		return KIND_OPEN;
	case EV_OUTCOME_IGNORED:
		return incident->subject == EV_SUBJECT_WRITE && !incident->signal.dying
			       ? KIND_IGNORED
			       : KIND_NONE;
	default:
		return KIND_NONE;
	}
}

bool follow_is_open(const struct incident *incident)
{
	return kind_of(incident) == KIND_OPEN;
}

static enum kind kind_of_work(const struct work *work)
{
	if (work->in_turn)
		return KIND_TURN;
	return work->for_reader || work->for_peer ? KIND_READER : kind_of(&work->incident);
}

/* Nothing else is open, but the process that read the pipe may be about to end. */
static bool waits_for_reader(const struct follow *follow, const struct work *work)
{
	struct ev_exit reader;

	return kind_of(&work->incident) == KIND_NONE &&
	       follow->count[KIND_READER] < places[KIND_READER] &&
	       readers_find(follow->exits, &work->incident, &reader) == READER_LIVES;
}

/*
 * The incident of the process at the other end waits here for its end. It is to be told first, so
 * that this one can name it. All other incidents of its death are told already: the kernel side
 * records a death before the exit closes anything.
 */
static bool waits_for_peer(const struct follow *follow, const struct work *work)
{
	const struct peer_candidate *peer = enrich_peer_foresee(&work->incident);

	for (const struct work *other = follow->first; peer && other; other = other->next)
		if (kind_of_work(other) == KIND_OPEN && other->incident.process.pid == peer->pid &&
		    other->incident.process.start_boot_ns == peer->start_boot_ns)
			return true;
	return false;
}

bool follow_wants(const struct follow *follow, struct work *work)
{
	enum kind kind = kind_of(&work->incident);

	work->end = (struct ev_end){ 0 };
	work->killed_ns = 0;
	work->generated_ns = incident_is_held_back(&work->incident) ? work->incident.monotonic_ns
								    : 0;
	work->in_turn = work->is_decided = false;
	work->for_reader = waits_for_reader(follow, work);
	work->for_peer = kind == KIND_NONE && !work->for_reader &&
			 follow->count[KIND_READER] < places[KIND_READER] &&
			 waits_for_peer(follow, work);
	if (work->for_reader || work->for_peer ||
	    (kind != KIND_NONE && follow->count[kind] < places[kind]))
		return true;
	if (kind != KIND_NONE)
		work->end.state = EV_END_UNKNOWN;
	/* People read lines in the order of time. */
	work->in_turn = work->is_decided = follow->first &&
					   follow->count[KIND_TURN] < places[KIND_TURN];
	return work->in_turn;
}

void follow_add(struct follow *follow, struct work *work)
{
	struct work **at = &follow->first;
	uint64_t wait_ms = FOLLOW_MS;

	if (work->for_reader)
		wait_ms = READER_MS;
	else if (work->for_peer)
		wait_ms = FOLLOW_PEER_MS;
	work->until_ns = work->incident.monotonic_ns + wait_ms * NSEC_PER_MSEC;
	/* Records of several CPUs come nearly in the order of time. */
	while (*at && (*at)->incident.monotonic_ns <= work->incident.monotonic_ns)
		at = &(*at)->next;
	work->next = *at;
	*at = work;
	follow->count[kind_of_work(work)]++;
}

/* Takes the work at AT out of the list. */
static struct work *unlink_at(struct follow *follow, struct work **at)
{
	struct work *work = *at;

	*at = work->next;
	follow->count[kind_of_work(work)]--;
	return work;
}

static void set_unknown(struct work *work, enum ev_end_reason reason, uint64_t time_ns)
{
	work->end.state = EV_END_UNKNOWN;
	work->end.reason = reason;
	work->end.time_ns = time_ns;
}

static void set_alive(struct work *work)
{
	work->end.state = EV_END_ALIVE;
	work->end.time_ns = work->until_ns;
}

/*
 * False: its end is not in the list. Even if sigpath is late, a later end does not count, unless
 * what killed the process is known: to write a core takes time.
 */
static bool find_end(const struct follow *follow, struct work *work)
{
	const struct incident_process *process = &work->incident.process;
	struct ev_exit exit;

	if (!exits_find(follow->exits, process->pid, process->start_boot_ns, &exit))
		return false;
	if (exit.time_ns > work->until_ns && !work->killed_ns) {
		set_alive(work);
		return true;
	}
	work->end.state = EV_END_ENDED;
	work->end.time_ns = exit.time_ns;
	work->end.status = exit.status;
	return true;
}

/* --- a handler that ends by raising the signal again --- */

/* The process sent itself the signal of INCIDENT. */
static bool is_own_signal(const struct incident *incident)
{
	const struct incident_sender *sender = &incident->signal.sender;

	return incident->subject == EV_SUBJECT_SENT && sender->have &&
	       sender->pid == incident->process.pid;
}

/* Under a debugger too: that passes the signal on. */
static bool runs_handler(const struct incident *incident)
{
	return incident->outcome == EV_OUTCOME_HANDLED ||
	       (incident->outcome == EV_OUTCOME_TRACED &&
		incident->signal.disposition == EV_DISPOSITION_HANDLER);
}

static bool is_of_the_same(const struct incident *one, const struct incident *other)
{
	return one->process.pid == other->process.pid &&
	       one->process.start_boot_ns == other->process.start_boot_ns &&
	       one->signal.number == other->signal.number;
}

/*
 * The incident whose handler may have sent OWN: the last one of the thread that sent it, else of
 * its process. NULL: none.
 */
static struct work *find_handled(const struct follow *follow, const struct incident *own)
{
	uint32_t tid = own->signal.sender.tid;
	struct work *best = NULL;

	for (struct work *work = follow->first; work; work = work->next) {
		const struct incident *incident = &work->incident;

		if (work->is_decided || !runs_handler(incident) || is_own_signal(incident) ||
		    !is_of_the_same(incident, own))
			continue;
		if (!best || incident->process.tid == tid || best->incident.process.tid != tid)
			best = work;
	}
	return best;
}

static void join_raised(struct work *handled, const struct incident *own)
{
	handled->end.raised_tid = own->signal.sender.tid;
	handled->end.raised_tid_here = own->signal.sender.tid_here.number;
	handled->end.raised_ns = own->monotonic_ns;
}

/* The incident of the signal of DEATH, which was held back. NULL: none waits. */
static struct work *find_held_back(const struct follow *follow, const struct incident *death)
{
	for (struct work *work = follow->first; work; work = work->next)
		if (!work->is_decided && death->death.have &&
		    work->generated_ns == death->monotonic_ns &&
		    is_of_the_same(&work->incident, death))
			return work;
	return NULL;
}

const struct work *follow_joins(struct follow *follow, const struct incident *incident)
{
	struct work *work;

	if (incident->outcome != EV_OUTCOME_KILLED)
		return NULL;
	work = find_held_back(follow, incident);
	if (!work && is_own_signal(incident)) {
		work = find_handled(follow, incident);
		if (work)
			join_raised(work, incident);
	}
	if (!work)
		return NULL;
	work->killed_ns = incident->monotonic_ns + incident->death.after_ns;
	work->end.death_group = incident->group;
	return work;
}

static bool is_own_signal_of(const struct work *work, const struct work *handled)
{
	return !work->is_decided && is_own_signal(&work->incident) &&
	       is_of_the_same(&work->incident, &handled->incident);
}

/* RAISED was held back, and is a part of HANDLED from now on. */
static void take_raised(struct work *handled, const struct work *raised)
{
	join_raised(handled, &raised->incident);
	handled->generated_ns = raised->generated_ns;
	handled->killed_ns = raised->killed_ns;
	handled->end.death_group = raised->end.death_group;
}

/*
 * The process of HANDLED was killed. Which of the signals that it sent itself, and that wait here,
 * did so: one that was blocked in the handler. What only ran a handler again did not.
 */
static void join_waiting(struct follow *follow, struct work *handled)
{
	for (struct work *work = handled->next; work && !handled->end.raised_tid; work = work->next)
		if (is_own_signal_of(work, handled) && !runs_handler(&work->incident))
			take_raised(handled, work);
	for (struct work **at = &handled->next; *at && handled->end.raised_tid;) {
		if (is_own_signal_of(*at, handled)) {
			work_take_held(handled, *at);
			work_free(unlink_at(follow, at));
		} else {
			at = &(*at)->next;
		}
	}
}

static bool is_killed_by_own(const struct work *work)
{
	return work->end.state == EV_END_ENDED && WIFSIGNALED(work->end.status) &&
	       WTERMSIG(work->end.status) == (int)work->incident.signal.number;
}

/* A call of follow_take(). */
struct turn {
	uint64_t now;
	bool caught_up, final;
};

/* The process of WORK has ended. A record that was made before that may still come. */
static bool may_come(const struct work *work, const struct turn *turn)
{
	uint64_t waited_ns = turn->now > work->end.time_ns ? turn->now - work->end.time_ns : 0;

	if (turn->final)
		return false;
	/* While other records wait, it may be among them. */
	return waited_ns < FOLLOW_RAISED_MS * NSEC_PER_MSEC ||
	       (!turn->caught_up && waited_ns < 10 * FOLLOW_MS * NSEC_PER_MSEC);
}

/*
 * The process of WORK has ended. True: WORK must wait for the record of the signal that killed it,
 * or it is that signal and the incident that it belongs to takes it.
 */
static bool awaits_raised(struct follow *follow, struct work *work, const struct turn *turn)
{
	const struct incident *incident = &work->incident;

	if (!is_killed_by_own(work))
		return false;
	if (is_own_signal(incident))
		return !turn->final && find_handled(follow, incident);
	if (!runs_handler(incident))
		return false;
	join_waiting(follow, work);
	return !work->end.raised_tid && may_come(work, turn);
}

/* The process of WORK was ended by a signal that was held back: the death has a record. */
static bool awaits_death(const struct follow *follow, struct work *work, const struct turn *turn)
{
	if (!follow->fatal || !work->generated_ns || work->killed_ns || !is_killed_by_own(work))
		return false;
	/* If it does not come now, it is told on its own, or counted. */
	work->end.told = !may_come(work, turn);
	return !work->end.told;
}

/* The default action has killed the process, but no hook has seen its exit yet. */
static void set_dying(struct work *work)
{
	work->end.state = EV_END_ENDED;
	work->end.status = (int)work->incident.signal.number;
	work->end.time_ns = work->killed_ns;
}

/*
 * The wait is over, and no end of the process was found. The list alone does not prove its life.
 * False: the end came in between, and is found now.
 */
static bool decide_late(const struct follow *follow, struct work *work)
{
	const struct incident_process *process = &work->incident.process;
	uint32_t number = incident_number_in_proc(process->pid, process->pid_here);
	bool can_ask = follow->proc_root && number;
	bool runs = can_ask && procdir_runs(follow->proc_root, number, process->start_boot_ns);

	if (!runs && find_end(follow, work))
		return false;
	if (!runs &&
	    exits_were_overwritten(follow->exits, process->pid, work->incident.monotonic_ns))
		set_unknown(work, EV_END_OVERWRITTEN, work->until_ns);
	else if (!runs && can_ask)
		set_unknown(work, EV_END_UNSEEN, work->until_ns);
	else
		set_alive(work);
	return true;
}

/* The end of WORK is known. True: no record that says more of it is under way. */
static bool is_end_told(struct follow *follow, struct work *work, const struct turn *turn)
{
	return !awaits_raised(follow, work, turn) && !awaits_death(follow, work, turn);
}

/* True if enough is known about WORK. Then its end has the result. */
static bool is_decided(struct follow *follow, struct work *work, const struct turn *turn)
{
	struct ev_exit reader;

	if (work->for_reader)
		return turn->final || turn->now >= work->until_ns ||
		       readers_find(follow->exits, &work->incident, &reader) != READER_LIVES;
	if (work->for_peer)
		return turn->final || turn->now >= work->until_ns || !waits_for_peer(follow, work);
	if (find_end(follow, work))
		return is_end_told(follow, work, turn);
	if (turn->now < work->until_ns && !turn->final)
		return false;
	if (work->killed_ns)
		set_dying(work);
	else if (turn->now < work->until_ns)
		set_unknown(work, EV_END_NOT_WATCHED, turn->now);
	else
		return decide_late(follow, work) || is_end_told(follow, work, turn);
	return true;
}

struct work *follow_take(struct follow *follow, bool caught_up, bool final)
{
	const struct turn turn = { clock_now_ns(), caught_up, final };

	/* All of them, because what is known of a process is soon overwritten. */
	for (struct work *work = follow->first; work; work = work->next)
		work->is_decided = work->is_decided || is_decided(follow, work, &turn);
	if (!follow->first || !follow->first->is_decided)
		return NULL;
	return unlink_at(follow, &follow->first);
}

int follow_complete(const struct follow *follow, struct work *work)
{
	bool have_end = work->end.state != EV_END_NOT_ASKED;
	struct ev_exit reader;
	int error = have_end ? decode_end(&work->end, &work->incident) : 0;

	if (have_end && !error)
		error = record_add_block(work->record, &work->size, EV_RECORD_MAX, EV_BLOCK_END,
					 &work->end, sizeof(work->end));
	if (readers_find(follow->exits, &work->incident, &reader) != READER_ENDED)
		return error;
	decode_reader(&reader, &work->incident);
	return record_add_block(work->record, &work->size, EV_RECORD_MAX, EV_BLOCK_READER, &reader,
				sizeof(reader))
		       ?: error;
}
