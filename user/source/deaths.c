// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks for processes that do not die. The programs write these places at the same time: whoever
 * changes `claims` first makes the record (struct ev_death_entry).
 */
#include "deaths.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "config.h"
#include "death_entry.h"
#include "group.h"
#include "sigpath_bpf.skel.h"

#include "shared_map.h"
#include "table.h"
#include "units.h"

/* What has not died after this time is reported. */
#define PENDING_NS NSEC_PER_SEC
/* A place that is older is given back if its process is gone, although no hook saw its end. */
#define GONE_NS (60 * NSEC_PER_SEC)
/* Records of one look: the others come with the next ones. */
#define RECORDS_MAX 16

struct record {
	struct ev_incident incident;
	unsigned char bytes[2 * sizeof(struct ev_death_entry)];
};

struct deaths {
	struct sigpath_bpf *skeleton;
	struct table table;
	struct shared_map shares;
	struct record record;
};

int deaths_new(struct sigpath_bpf *skeleton, struct deaths **ret_deaths)
{
	struct deaths *deaths = calloc(1, sizeof(*deaths));
	int error;

	if (!deaths)
		return -ENOMEM;
	deaths->skeleton = skeleton;
	error = table_open(&deaths->table, skeleton->maps.deaths, skeleton->maps.death_index,
			   skeleton->maps.deaths_free, 0);
	if (!error)
		error = shared_map_open(skeleton->maps.shares, PROT_READ | PROT_WRITE,
					&deaths->shares);
	if (error) {
		deaths_free(deaths);
		return error;
	}
	*ret_deaths = deaths;
	return 0;
}

void deaths_free(struct deaths *deaths)
{
	if (!deaths)
		return;
	shared_map_close(&deaths->shares);
	table_close(&deaths->table);
	free(deaths);
}

static struct ev_death_entry *entry_at(const struct deaths *deaths, uint32_t index)
{
	return (struct ev_death_entry *)((char *)deaths->table.places.memory +
					 index * deaths->table.places.value_size);
}

/* --- the record --- */

static void add_block(struct record *record, enum ev_block block, const void *bytes, size_t length)
{
	struct ev_incident *incident = &record->incident;
	size_t size = incident->header.size;

	memcpy((char *)record + size, bytes, length);
	incident->block[block] = (struct ev_span){ .offset = size, .length = length };
	incident->header.size = size + length;
}

static void fill_record(struct record *record, const struct ev_death_entry *entry, uint64_t now_ns)
{
	const struct ev_death death = {
		.generated_ns = entry->generated_ns,
		.exited_ns = now_ns,
		.stage = EV_STAGE_PENDING,
	};
	struct ev_signal signal = entry->signal;

	signal.outcome = EV_OUTCOME_PENDING;
	record->incident = (struct ev_incident){
		.header = { .kind = EV_KIND_INCIDENT,
			    .version = EV_VERSION,
			    .size = sizeof(record->incident),
			    .time_ns = entry->generated_ns },
		.subject = entry->subject,
		.block_count = EV_BLOCKS,
	};
	add_block(record, EV_BLOCK_SIGNAL, &signal, sizeof(signal));
	add_block(record, EV_BLOCK_PROCESS, &entry->process, sizeof(entry->process));
	add_block(record, EV_BLOCK_DEATH, &death, sizeof(death));
	if (signal.origin == EV_ORIGIN_PROCESS)
		add_block(record, EV_BLOCK_SENDER, &entry->sender, sizeof(entry->sender));
	if (entry->numbers.pid_ns)
		add_block(record, EV_BLOCK_NUMBERS, &entry->numbers, sizeof(entry->numbers));
	if (entry->reason && entry->reason < EV_BLOCKS && entry->reason_size <= EV_REASON_MAX)
		add_block(record, (enum ev_block)entry->reason, entry->reason_bytes,
			  entry->reason_size);
	if (entry->kernel_size && entry->kernel_size <= sizeof(entry->kernel_stack))
		add_block(record, EV_BLOCK_KERNEL_STACK, entry->kernel_stack, entry->kernel_size);
}

/* --- the look --- */

/* False: a program was first, or the place has another process by now. */
static bool claim(struct ev_death_entry *shared, const struct ev_death_entry *copy)
{
	__u64 expected = copy->claims;

	return !(expected & EV_DEATH_CLAIMS) &&
	       __atomic_compare_exchange_n(&shared->claims, &expected, expected | EV_DEATH_SWEPT,
					   false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static bool is_gone(const struct ev_death_entry *entry)
{
	return entry->pid_here && kill((pid_t)entry->pid_here, 0) && errno == ESRCH;
}

/* No hook saw its end. */
static void drop(struct deaths *deaths, uint32_t index, const struct ev_death_entry *entry)
{
	const struct ev_places run = { .first = index, .count = 1 };
	struct ev_share *shares = deaths->shares.memory;
	struct ev_death_entry *shared = entry_at(deaths, index);

	if (__atomic_load_n(&shared->start_boot_ns, __ATOMIC_RELAXED) != entry->start_boot_ns ||
	    bpf_map_delete_elem(bpf_map__fd(deaths->table.index), &entry->pid))
		return;
	if (entry->share < deaths->shares.count)
		__atomic_fetch_add(&shares[entry->share].deaths_gone, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&deaths->skeleton->bss->deaths_gone, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&shared->state, EV_DEATH_FREE, __ATOMIC_RELAXED);
	bpf_map_update_elem(bpf_map__fd(deaths->table.free), NULL, &run, 0);
}

/* 1: it has passed on a record. 0, or a negative result of FN. */
static int look_at(struct deaths *deaths, uint32_t index, uint64_t now_ns, live_record_fn fn,
		   void *context)
{
	struct ev_death_entry *shared = entry_at(deaths, index);
	struct ev_death_entry copy;
	uint64_t since_ns;
	int error;

	if (!__atomic_load_n(&shared->start_boot_ns, __ATOMIC_RELAXED))
		return 0;
	copy = *shared;
	since_ns = copy.generated_ns ?: copy.claims >> 8;
	if (since_ns > now_ns || now_ns - since_ns < PENDING_NS)
		return 0;
	if (now_ns - since_ns >= GONE_NS && is_gone(&copy)) {
		drop(deaths, index, &copy);
		return 0;
	}
	if (copy.state != EV_DEATH_DECIDED || !claim(shared, &copy))
		return 0;
	fill_record(&deaths->record, &copy, now_ns);
	error = fn(context, &deaths->record, deaths->record.incident.header.size);
	return error < 0 ? error : 1;
}

int deaths_sweep(struct deaths *deaths, uint64_t now_ns, live_record_fn fn, void *context)
{
	const struct sigpath_bpf__bss *bss = deaths->skeleton->bss;
	int result, records = 0;

	if (__atomic_load_n(&bss->deaths_made, __ATOMIC_RELAXED) ==
	    __atomic_load_n(&bss->deaths_gone, __ATOMIC_RELAXED))
		return 0;
	for (uint32_t i = 0; i < deaths->table.count && records < RECORDS_MAX; i++) {
		result = look_at(deaths, i, now_ns, fn, context);
		if (result < 0)
			return result;
		records += result;
	}
	return 0;
}
