#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The table at the end of a run. Sourced by run.sh, which sets the variables.
# shellcheck disable=SC2016,SC2154

# Writers that live on, and one that dies.
writers_of_two_groups="'$writer' -n survivor 12; '$writer' -n victim -d 1; true"

# has_table FILE: the lines that such a run has.
has_table() {
	grep -q '^classes    .*1 process_died' "$1" || fail "no classes: $(cat "$1")"
	grep -q -E '^ +COUNT  LAST      PROGRAM          CAUSE +CLASS$' "$1" || fail "no head: $(cat "$1")"
	grep -q -E '^ +12  [0-9:]{8}  survivor  ' "$1" || fail "no survivor: $(cat "$1")"
	grep -q -E '^ +1  [0-9:]{8}  victim  .* process_died$' "$1" || fail "no victim: $(cat "$1")"
	! grep -v '^sigpath: ' "$1" | grep -q -E '^.{81}' || fail "a line is too long: $(cat "$1")"
}

case_table_at_the_end() {
	run --burst 2 --comm survivor,victim -o out.txt -- bash -c "$writers_of_two_groups"
	wants 0 '^sigpath: 3 incidents, 10 repeats, 0 lost'
	has_table err
	grep -q '^run        .* on '"$(uname -n)"': 20' err || fail "no host: $(cat err)"
	grep -q '^not shown  10 repeats (rate limit)' err || fail "what was not shown: $(cat err)"
	[ "$(tail -n 1 err | cut -c 1-21)" = 'sigpath: 3 incidents,' ] || fail "the last line: $(cat err)"
	[ "$(headlines out.txt)" = 3 ] || fail "incidents: $(cat out.txt)"
	grep -q '^run ' out.txt && fail "a table among the incidents: $(cat out.txt)"
	# Nothing to tell.
	run --comm survivor,victim -- true
	said_only "$usual"
	run -q --comm survivor -o out.txt -- "$writer" -n survivor 1
	[ ! -s err ] || fail "-q: $(cat err)"
}

# What the run did see is no gap.
case_table_with_epipe_all() {
	run --epipe all --comm survivor,victim -o out.txt -- bash -c "$writers_of_two_groups"
	wants 0 '^sigpath: '
	! grep -q -e '--epipe all' err || fail "it has --epipe all: $(cat err)"
	grep -q '^classes' err || fail "no table: $(cat err)"
}

case_summary_only() {
	run --summary-only --burst 2 --comm survivor,victim -w capture -o out.txt -o out.json -o out.log \
		-- bash -c "$writers_of_two_groups"
	wants 0
	said_only '^sigpath: (ready|capture will contain)'
	has_table out.txt
	grep -q '^3 incidents, 10 repeats, 0 lost' out.txt || fail "counts: $(cat out.txt)"
	[ "$(headlines out.txt)" = 0 ] || fail "incidents: $(cat out.txt)"
	[ "$(grep -c 'event=\(start\|summary\)' out.log)" = "$(wc -l <out.log)" ] || fail "incidents: $(cat out.log)"
	cp out.json "$json/summary-only.jsonl"
	python3 - out.json "$(uname -n)" <<-'PYTHON' || fail "$(cat out.json)"
		import json, sys
		start, summary = map(json.loads, open(sys.argv[1]))
		assert (start["kind"], summary["kind"]) == ("start", "summary")
		assert summary["host"] == sys.argv[2] and 0 < summary["duration_us"] < 60e6
		assert summary["limits"] == [
		    {key: ability[key] for key in ("name", "state", "lost")} for ability in start["abilities"] if ability["lost"]]
		assert set(summary["unseen_reasons"]) == {"preempted", "cpu_added", "children", "history"}
		victim, survivor = summary["groups"]
		assert (victim["comm"], victim["count"], victim["incidents"], victim["class"]) == ("victim", 1, 1, "process_died")
		assert (survivor["comm"], survivor["count"], survivor["incidents"]) == ("survivor", 12, 2)
		assert victim["uid"] == 0 and victim["cause"] and victim["last"]
		assert survivor["first"] < survivor["last"], survivor
		assert "main" in victim["stack"], victim
		assert sum(entry["count"] for entry in summary["classes"]) == 13
		assert summary["more_groups"] == {"groups": 0, "count": 0}
	PYTHON
	# A replay has the same groups, on stdout where people look.
	run -r capture --summary-only
	wants 0
	[ ! -s err ] || fail "stderr: $(cat err)"
	has_table out
	run -r capture --summary-only --comm victim --format json
	python3 -c 'import json, sys
summary = json.load(open("out"))
assert summary["duration_us"] is None and summary["limits"] is None
assert [group["comm"] for group in summary["groups"]] == ["victim"]' || fail "$(cat out)"
}

# SIGUSR2 prints the table of a run that goes on.
case_table_so_far() {
	start --comm survivor --burst 2 --summary-only -o out.txt
	"$writer" -n survivor 5
	until_true 10 counted_by_usr2 5 || fail "no table: $(cat err)"
	grep -q '^sigpath: so far [0-9]* incidents' err || fail "no counts: $(cat err)"
	[ ! -s out.txt ] || fail "already: $(cat out.txt)"
	"$writer" -n survivor 2
	finish INT
	wants 0
	grep -q -E '^ +7  [0-9:]{8}  survivor  ' out.txt || fail "$(cat out.txt)"
}

# counted_by_usr2 COUNT: asks, and looks whether all are counted.
counted_by_usr2() {
	kill -USR2 "$pid"
	sleep 0.2
	grep -q -E "^ +$1  [0-9:]{8}  survivor  " err
}

# A user who makes many groups does not push others out of the table: each program is a group.
case_table_of_many_groups() {
	mkdir programs
	for i in $(seq 200); do
		cp "$writer" "programs/p$i"
		printf '%s' "$i" >>"programs/p$i"
	done
	start --burst 0 --rate 0 --stack none --summary-only -o out.json --object pipe
	"$writer" -n victim 1
	# Without a stack the path of the program makes the group.
	for i in $(seq 200); do
		setpriv --reuid 12345 --clear-groups "programs/p$i" -n "p$i" 1
	done
	finish INT
	python3 - out.json <<-'PYTHON' || fail "$(tail -c 2000 out.json)"
		import json, sys
		summary = [json.loads(line) for line in open(sys.argv[1])][-1]
		groups = summary["groups"]
		assert len(groups) == 128, len(groups)
		assert any(group["comm"] == "victim" for group in groups), groups
		total = sum(group["count"] for group in groups) + summary["more_groups"]["count"]
		assert total == summary["incidents"] + summary["repeats"] >= 201, summary
		assert summary["more_groups"]["groups"] >= 73, summary["more_groups"]
	PYTHON
}
