// SPDX-License-Identifier: GPL-2.0-or-later
/* Two incidents of one event: by the process, its start and its end; never by its number alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "related.h"

#define START_NS UINT64_C(900000000000)
#define READER 4321

static struct related *related;
static struct incident death, failed;

static void begin(struct incident *incident, int number, uint64_t time_ns)
{
	memset(incident, 0, sizeof(*incident));
	snprintf(incident->id, sizeof(incident->id), "5f0c2a91-%06d", number);
	incident->number = (uint64_t)number;
	incident->monotonic_ns = time_ns;
	incident->outcome = EV_OUTCOME_KILLED;
}

/* The reader is killed at 1000, and the write to its pipe fails at 2000. */
static int set_up(void **state)
{
	begin(&death, 20, 1000);
	death.subject = EV_SUBJECT_SENT;
	death.signal.number = SIGKILL;
	death.process.pid = READER;
	death.process.start_boot_ns = START_NS;
	strcpy(death.process.comm, "logger");
	begin(&failed, 21, 2000);
	failed.subject = EV_SUBJECT_WRITE;
	failed.signal.number = SIGPIPE;
	failed.process.pid = 812;
	failed.process.start_boot_ns = START_NS + 7;
	failed.peer = (struct incident_peer_process){
		.have = true,
		.pid = READER,
		.start_boot_ns = START_NS,
		.have_exit = true,
		.exit_status = SIGKILL,
		.how = PEER_HOW_CLOSED_BY_EXIT,
	};
	return related_new(&related);
}

static int tear_down(void **state)
{
	related_free(related);
	return 0;
}

static void tell(struct incident *incident)
{
	related_find(related, incident);
	related_note(related, incident);
}

static void expect_no_link(void)
{
	tell(&failed);
	assert_int_equal(failed.link_count, 0);
	assert_string_equal(failed.peer.incident, "");
}

static void the_death_of_the_reader(void **state)
{
	tell(&death);
	assert_int_equal(death.link_count, 0);
	tell(&failed);
	assert_int_equal(failed.link_count, 1);
	assert_int_equal(failed.links[0].what, LINK_PEER_DIED);
	assert_string_equal(failed.links[0].id, "5f0c2a91-000020");
	assert_string_equal(failed.peer.incident, "5f0c2a91-000020");
	assert_int_equal(failed.links[0].ago_ns, 1000);
	assert_string_equal(failed.links[0].comm, "logger");
	/* Each of several writers. */
	failed.process.pid++;
	tell(&failed);
	assert_int_equal(failed.link_count, 1);
}

/* The death is told later: it waited for its end. */
static void the_write_comes_first(void **state)
{
	expect_no_link();
	tell(&death);
	assert_int_equal(death.link_count, 1);
	assert_int_equal(death.links[0].what, LINK_PEER_WROTE);
	assert_string_equal(death.links[0].id, "5f0c2a91-000021");
}

static void what_is_no_proof(void **state)
{
	tell(&death);
	/* Another process with its number. */
	failed.peer.start_boot_ns++;
	expect_no_link();
	failed.peer.start_boot_ns = 0;
	expect_no_link();
	failed.peer.start_boot_ns = START_NS;
	/* It ended otherwise. */
	failed.peer.exit_status = SIGSEGV;
	expect_no_link();
	failed.peer.exit_status = 3 << 8;
	expect_no_link();
	failed.peer.exit_status = SIGKILL;
	/* The write came before. */
	failed.monotonic_ns = 999;
	expect_no_link();
	failed.monotonic_ns = 2000;
	failed.subject = EV_SUBJECT_SENT;
	expect_no_link();
	failed.subject = EV_SUBJECT_WRITE;
	failed.peer.have = false;
	expect_no_link();
	failed.peer.have = true;
	/* The end alone is not known. */
	failed.peer.have_exit = false;
	tell(&failed);
	assert_int_equal(failed.link_count, 1);
}

/* Nor is the signal of an incident that did not kill. */
static void not_every_incident_is_a_death(void **state)
{
	death.outcome = EV_OUTCOME_HANDLED;
	tell(&death);
	expect_no_link();
	death.outcome = EV_OUTCOME_KILLED;
	death.death.thread_alone = true;
	tell(&death);
	expect_no_link();
}

/* The last one of a process: a handler that raised the signal again is told once more. */
static void the_newest(void **state)
{
	tell(&death);
	begin(&death, 30, 1500);
	death.signal.number = SIGKILL;
	death.process.pid = READER;
	death.process.start_boot_ns = START_NS;
	tell(&death);
	tell(&failed);
	assert_string_equal(failed.peer.incident, "5f0c2a91-000030");
}

/* The oldest is forgotten, and the table does not grow. */
static void only_the_last_ones(void **state)
{
	struct incident other = death;

	tell(&death);
	other.process.pid++;
	for (int i = 0; i < RELATED_MAX - 1; i++)
		tell(&other);
	related_find(related, &failed);
	assert_int_equal(failed.link_count, 1);
	tell(&other);
	related_find(related, &failed);
	assert_int_equal(failed.link_count, 0);
}

/* A process in the middle of a pipeline: its reader's death, and its own writer's failure. */
static void both_directions(void **state)
{
	struct incident middle = failed, first = failed;

	strcpy(first.id, "5f0c2a91-000001");
	first.peer.pid = middle.process.pid;
	first.peer.start_boot_ns = middle.process.start_boot_ns;
	first.peer.exit_status = SIGPIPE;
	first.monotonic_ns = 3000;
	tell(&death);
	tell(&first);
	assert_int_equal(first.link_count, 0);
	tell(&middle);
	assert_int_equal(middle.link_count, 2);
	assert_int_equal(middle.links[0].what, LINK_PEER_DIED);
	assert_int_equal(middle.links[1].what, LINK_PEER_WROTE);
	assert_string_equal(middle.links[1].id, "5f0c2a91-000001");
}

/* The kernel chose pid 700, and killed PID too. */
static struct incident oom_of(uint32_t pid, int number)
{
	struct incident incident;

	begin(&incident, number, 1000);
	incident.subject = EV_SUBJECT_OOM;
	incident.signal.number = SIGKILL;
	incident.process.pid = pid;
	incident.process.start_boot_ns = START_NS + pid;
	incident.memory = (struct incident_memory){
		.have = true,
		.chosen_pid = 700,
		.chosen_start_boot_ns = START_NS + 700,
		.is_chosen = pid == 700,
	};
	return incident;
}

static void expect_link(struct incident *incident, enum link_what what, const char *id)
{
	tell(incident);
	assert_int_equal(incident->link_count, 1);
	assert_int_equal(incident->links[0].what, what);
	assert_string_equal(incident->links[0].id, id);
}

static void killed_with_the_chosen_one(void **state)
{
	struct incident chosen = oom_of(700, 1), first = oom_of(701, 2), second = oom_of(702, 3);
	struct incident alone = oom_of(703, 4);

	tell(&chosen);
	assert_int_equal(chosen.link_count, 0);
	expect_link(&first, LINK_OOM_CHOSEN, "5f0c2a91-000001");
	expect_link(&second, LINK_OOM_CHOSEN, "5f0c2a91-000001");
	/* Chosen was another process with the same number; or it is not known. */
	alone.memory.chosen_start_boot_ns++;
	tell(&alone);
	assert_int_equal(alone.link_count, 0);
	alone.memory.chosen_pid = 0;
	tell(&alone);
	assert_int_equal(alone.link_count, 0);
	/* It lives. */
	second.outcome = EV_OUTCOME_PENDING;
	tell(&second);
	assert_int_equal(second.link_count, 0);
}

/* The chosen one is still busy when the others have died: all belong to the first one. */
static void the_chosen_one_is_not_first(void **state)
{
	struct incident first = oom_of(701, 1), second = oom_of(702, 2), chosen = oom_of(700, 3);
	struct incident last = oom_of(704, 4);

	tell(&first);
	assert_int_equal(first.link_count, 0);
	expect_link(&second, LINK_OOM_VICTIM, "5f0c2a91-000001");
	expect_link(&chosen, LINK_OOM_VICTIM, "5f0c2a91-000001");
	expect_link(&last, LINK_OOM_CHOSEN, "5f0c2a91-000003");
}

/* The signal waited, and was told as pending. Only its own death has its time. */
static void held_back_for_long(void **state)
{
	struct incident pending = death, killed;

	pending.outcome = EV_OUTCOME_PENDING;
	tell(&pending);
	begin(&killed, 21, pending.monotonic_ns);
	killed.process = pending.process;
	killed.death.have = true;
	expect_link(&killed, LINK_SAME_SIGNAL, "5f0c2a91-000020");
	killed.monotonic_ns++;
	tell(&killed);
	assert_int_equal(killed.link_count, 0);
	killed.monotonic_ns--;
	killed.process.start_boot_ns++;
	tell(&killed);
	assert_int_equal(killed.link_count, 0);
}

/* It was told as a death at once, and not as a signal that waits. */
static void told_at_once(void **state)
{
	struct incident again = death;

	tell(&death);
	again.death.have = true;
	tell(&again);
	assert_int_equal(again.link_count, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		CASE(the_death_of_the_reader),
		CASE(the_write_comes_first),
		CASE(what_is_no_proof),
		CASE(not_every_incident_is_a_death),
		CASE(the_newest),
		CASE(only_the_last_ones),
		CASE(both_directions),
		CASE(killed_with_the_chosen_one),
		CASE(the_chosen_one_is_not_first),
		CASE(held_back_for_long),
		CASE(told_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
