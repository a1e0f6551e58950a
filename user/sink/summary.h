/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run has seen, by class and by group: the table at its end. A run may last for months, so
 * the number of groups is limited; of the others the table has their number.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "event.h"
#include "explain.h"
#include "incident.h"

struct sink_repeat;

#define SUMMARY_GROUPS_MAX 128
#define SUMMARY_PEERS_MAX 8
#define SUMMARY_FRAMES_MAX 4
#define SUMMARY_NAME_SIZE 64

/* Who or what was at the other end; what is not known, or not certain, is empty. */
struct summary_peer {
	uint64_t count; /* of incidents in full: at least so many; 0: there is none */
	char comm[EV_COMM_LEN + 1];
	char address[sizeof(((struct incident_object *)0)->peer_address)]; /* without the port */
};

/* A group, as far as its incidents are of one class, program and unit. */
struct summary_group {
	char name[EXPLANATION_GROUP_SIZE]; /* explanation.group */
	uint64_t count;			   /* of incidents and repeats */
	uint64_t incidents;		   /* of these, in full */
	enum incident_class class;	   /* 0: not known */
	enum severity severity;
	struct timespec first, last; /* CLOCK_REALTIME */
	bool named;		     /* false: of repeats whose process is not known */
	uint32_t uid;		     /* of the last incident in full, or of a repeat */
	char comm[EV_COMM_LEN + 1];
	char unit[EV_NAME_MAX]; /* empty: none, or not known */
	const char *cause;	/* static; NULL: not known */
	size_t frame_count;
	char frames[SUMMARY_FRAMES_MAX][SUMMARY_NAME_SIZE]; /* names, the innermost first */
	struct summary_peer peers[SUMMARY_PEERS_MAX];	    /* candidates for the most frequent */
	uint64_t owner; /* whose group it is: a uid, or a hash of a unit of root */
};

struct summary_view {
	uint64_t classes[CLASS_LAST + 1]; /* incidents and repeats; 0: class not known */
	size_t group_count;
	struct summary_group groups[SUMMARY_GROUPS_MAX];
	/* Groups that had to leave: one that came back and left again counts twice. */
	uint64_t more_groups;
	uint64_t more_count; /* their incidents and repeats, and those whose group is not known */
};

struct summary_table;

/* 0 or -ENOMEM. The caller calls summary_table_free(). */
int summary_table_new(struct summary_table **ret_table);
/* NULL is allowed. */
void summary_table_free(struct summary_table *table);

/* One thread counts. */
void summary_table_incident(struct summary_table *table, const struct incident *incident,
			    const struct explanation *explanation);
void summary_table_repeat(struct summary_table *table, const struct sink_repeat *repeat);

/* A copy; the groups of the highest severity come first, then those with most incidents. Any
 * thread. */
void summary_table_view(struct summary_table *table, struct summary_view *ret_view);

/* The most frequent one; NULL: none is known. */
const struct summary_peer *summary_top_peer(const struct summary_group *group);
