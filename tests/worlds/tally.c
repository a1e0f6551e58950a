// SPDX-License-Identifier: GPL-2.0-or-later
/* Adds up judgements. */
#include "tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct peer_row *row_of(struct tally *tally, const struct plan *plan)
{
	const char *kind = plan_kind(plan), *closer_end = plan_closer_end(plan);
	struct peer_row *row = tally->rows;

	while (row < tally->rows + tally->row_count &&
	       (strcmp(row->kind, kind) != 0 || strcmp(row->closer_end, closer_end) != 0))
		row++;
	if (row == tally->rows + TALLY_ROWS_MAX)
		abort();
	if (row == tally->rows + tally->row_count) {
		*row = (struct peer_row){ .kind = kind, .closer_end = closer_end };
		row->knowable = plan_is_knowable(plan, &tally->sight);
		tally->row_count++;
	}
	return row;
}

static int kind_of(struct tally *tally, const char *kind)
{
	for (int i = 0; i < tally->kind_count; i++)
		if (strcmp(tally->kinds[i].kind, kind) == 0)
			return i;
	if (tally->kind_count == TALLY_ROWS_MAX)
		abort();
	tally->kinds[tally->kind_count].kind = kind;
	return tally->kind_count++;
}

void tally_add(struct tally *tally, const struct plan *plan, const struct judgement *judgement)
{
	struct peer_row *row = row_of(tally, plan);
	int kind = kind_of(tally, row->kind);
	bool wrong_fact = false, wrong_certain = false, wrong_peer = false;

	for (int i = 0; i < FIELD_COUNT; i++) {
		enum grade grade = judgement->grades[i];

		tally->fields[i][grade]++;
		tally->kinds[kind].fields[i][grade]++;
		wrong_certain |= grade == GRADE_WRONG_CERTAIN && i >= FIELD_FIRST_EXPLAINED;
		wrong_fact |= grade >= GRADE_WRONG && i < FIELD_FIRST_EXPLAINED;
		wrong_peer |= grade == GRADE_WRONG && i >= FIELD_PEER;
	}
	row->grades[judgement->grades[FIELD_PEER]]++;
	tally->worlds++;
	tally->named_likely += judgement->named_likely;
	tally->wrong_likely += wrong_peer;
	tally->wrong_certain += wrong_certain;
	tally->wrong_facts += wrong_fact;
	if (row->knowable) {
		tally->knowable++;
		tally->unknown += judgement->grades[FIELD_PEER] == GRADE_UNKNOWN;
	}
}

static void print_row(const char *first, const char *second, const unsigned int *grades)
{
	unsigned int sum = 0;

	for (int i = GRADE_RIGHT; i < GRADE_COUNT; i++)
		sum += grades[i];
	printf("%-24s %-22s %8u %8u %8u %8u %8u\n", first, second, sum, grades[GRADE_RIGHT],
	       grades[GRADE_UNKNOWN], grades[GRADE_WRONG], grades[GRADE_WRONG_CERTAIN]);
}

static int compare_rows(const void *one, const void *other)
{
	const struct peer_row *a = one, *b = other;

	return strcmp(a->kind, b->kind) ?: strcmp(a->closer_end, b->closer_end);
}

static void print_heading(const char *first, const char *second)
{
	printf("%-24s %-22s %8s %8s %8s %8s %8s\n", first, second, "worlds", "right", "unknown",
	       "wrong", "certain");
}

static void print_peers(const struct tally *tally, bool knowable)
{
	struct peer_row rows[TALLY_ROWS_MAX];
	unsigned int sum[GRADE_COUNT] = { 0 };

	memcpy(rows, tally->rows, sizeof(rows));
	qsort(rows, tally->row_count, sizeof(rows[0]), compare_rows);
	print_heading(knowable ? "peer_process" : "cannot be known", "who closed");
	for (int i = 0; i < tally->row_count; i++) {
		if (rows[i].knowable != knowable)
			continue;
		print_row(rows[i].kind, rows[i].closer_end, rows[i].grades);
		for (int grade = 0; grade < GRADE_COUNT; grade++)
			sum[grade] += rows[i].grades[grade];
	}
	print_row("all", "", sum);
	printf("\n");
}

static bool is_all_right(const unsigned int *grades)
{
	return !grades[GRADE_UNKNOWN] && !grades[GRADE_WRONG] && !grades[GRADE_WRONG_CERTAIN];
}

static bool is_never_known(const unsigned int *grades)
{
	return !grades[GRADE_RIGHT] && !grades[GRADE_WRONG] && !grades[GRADE_WRONG_CERTAIN];
}

static void print_fields(const struct tally *tally)
{
	print_heading("field", "kind, if not all right");
	for (int field = 0; field < FIELD_COUNT; field++) {
		print_row(field_name(field), "", tally->fields[field]);
		/* The first table has the kinds of this one. What is never known needs none. */
		if (field == FIELD_PEER || is_never_known(tally->fields[field]))
			continue;
		for (int kind = 0; kind < tally->kind_count; kind++)
			if (!is_all_right(tally->kinds[kind].fields[field]))
				print_row("", tally->kinds[kind].kind,
					  tally->kinds[kind].fields[field]);
	}
	printf("\n");
}

void tally_print(const struct tally *tally)
{
	printf("\nwrong: and not called certain; certain: wrong, and called certain or a plain fact\n");
	print_peers(tally, true);
	print_peers(tally, false);
	print_fields(tally);
}

static unsigned int fails(unsigned int count, const char *what)
{
	if (count)
		printf("FAIL worlds: %u %s\n", count, what);
	return count;
}

static double share(unsigned int part, unsigned int whole)
{
	return whole ? (double)part / whole : 0;
}

/*
 * PART of WHOLE is more than AT_MOST, and by more than three standard deviations: a short run has
 * a few too many by chance.
 */
static bool is_more(unsigned int part, unsigned int whole, double at_most)
{
	double expected = at_most * whole, excess = part - expected;

	return excess > 0 && excess * excess > 9 * expected;
}

bool tally_verdict(const struct tally *tally)
{
	double unknown_at_most = tally->sight.closes ? UNKNOWN_AT_MOST : UNKNOWN_AT_MOST_BLIND;
	double unknown = share(tally->unknown, tally->knowable);
	double wrong_likely = share(tally->wrong_likely, tally->named_likely);
	unsigned int failed = 0, passed;

	printf("hooks on closes: %s; unknown of those that can be known: %u of %u (%.2f %%, at most %.0f %%); wrong of those called likely: %u of %u (%.3f %%, at most %.1f %%)\n",
	       tally->sight.closes ? "yes" : "no", tally->unknown, tally->knowable, unknown * 100,
	       unknown_at_most * 100, tally->wrong_likely, tally->named_likely, wrong_likely * 100,
	       LIKELY_WRONG_AT_MOST * 100);
	failed += fails(tally->missing, "worlds without an incident");
	failed += fails(tally->duplicate, "worlds with more than one incident");
	failed += fails(tally->strays, "incidents of processes that had no failing write");
	failed += fails(tally->broken, "worlds did not play to their end");
	failed += fails(tally->wrong_facts, "worlds with a wrong fact of the writer");
	failed += fails(tally->wrong_certain, "worlds with something wrong that is called certain");
	if (wrong_likely > LIKELY_WRONG_AT_MOST)
		failed +=
			fails(tally->wrong_likely,
			      "worlds with something wrong about a likely peer, which is too many");
	if (share(tally->fields[FIELD_CAUSE][GRADE_WRONG], tally->worlds) > LIKELY_WRONG_AT_MOST)
		failed += fails(tally->fields[FIELD_CAUSE][GRADE_WRONG],
				"wrong causes called likely, which is too many");
	if (is_more(tally->unknown, tally->knowable, unknown_at_most))
		failed +=
			fails(tally->unknown, "unknown peers that can be known, which is too many");
	if (!tally->worlds)
		failed += fails(1, "run that played no world");
	passed = tally->worlds > failed ? tally->worlds - failed : 0;
	printf("%u passed, %u failed, %u skipped\n", passed, failed, tally->skipped);
	return failed == 0;
}
