#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Storms: incidents + repeats + lost must be exactly the number of failures that the writers counted.
# Sourced by run.sh, which sets writer and json.
# shellcheck disable=SC2154

# Only the writers of this run count, because other processes may break pipes on the same host.
storm_name=storm-$$

# storm_start ARGUMENTS...: starts sigpath for the writers that storm_writer starts.
storm_start() { start --comm "$storm_name" "$@"; }

storm_writer() { "$writer" -n "$storm_name" "$@"; }

# adds_up HAPPENED: compares the counts in the last line with HAPPENED.
adds_up() {
	local incidents repeats lost

	read -r incidents repeats lost <<<"$(counts err)"
	[ $((incidents + repeats + lost)) = "$1" ] || fail "not $1: $(tail -1 err)"
	[ "$incidents" -gt 0 ] || fail "no incident in full: $(tail -1 err)"
}

# storm_in_turn COUNT ARGUMENTS...: one writer after the other.
storm_in_turn() {
	local i count=$1

	shift
	for ((i = 0; i < count; i++)); do storm_writer "$@" 2>/dev/null; done
}

case_storm_adds_up() {
	local first

	storm_start --window 200ms
	storm_writer 700000 & first=$!
	storm_writer 700000 &
	storm_writer 50
	wait $! "$first"
	finish INT
	wants 0
	adds_up 1400050
	grep -q '\[[0-9]*\] [0-9,]* more ignored in .*, like #' out || fail "no line of repeats: $(tail -3 out)"
}

# A loop is one call site, whatever the C library leaves on the stack at a system call: glibc 2.41 leaves a
# register of its caller there, in which the writer has the number of the turn.
case_storm_of_a_loop() {
	storm_start --window 60s
	storm_writer 20000 || fail "broken-writer failed"
	finish INT
	wants 0
	[ "$(counts err)" = "10 19990 0" ] || fail "not one group: $(tail -1 err)"
}

case_storm_of_a_loop_in_python() {
	cat >loop.py <<-'PYTHON'
		import os
		reader, writer = os.pipe()
		os.close(reader)
		for _ in range(20000):
		    try:
		        os.write(writer, b"x")
		    except BrokenPipeError:
		        pass
	PYTHON
	run --window 60s -- python3 loop.py
	wants 0
	[ "$(counts err)" = "10 19990 0" ] || fail "not one group: $(tail -1 err)"
}

# All writes use the same fd: one group, counted on every CPU at the same time.
case_storm_of_threads_adds_up() {
	storm_start --window 100ms
	storm_writer -t 4 300000 || fail "broken-writer failed"
	finish INT
	wants 0
	adds_up 1200000
}

case_storm_of_deaths_adds_up() {
	local first

	storm_start --burst 3
	storm_in_turn 150 -d 1 & first=$!
	storm_in_turn 150 -d 1
	wait "$first"
	finish INT
	wants 0
	adds_up 300
	[ "$(grep -c 'killed by SIGPIPE' out)" -lt 100 ] || fail "deaths of one program are not one group"
}

case_storm_of_more_kinds_than_fit() {
	storm_start --burst 1 --format json
	storm_writer -k 12000 -t 2 30000 || fail "broken-writer failed"
	finish INT
	wants 0
	cp out "$json/storm.jsonl"
	python3 - out <<-'PYTHON' || fail "not as it should be: $(tail -1 out)"
		import json, sys
		lines = [json.loads(line) for line in open(sys.argv[1])]
		whole = {line["id"]: line["group"] for line in lines if line["kind"] == "incident"}
		repeats = [line for line in lines if line["kind"] == "repeat"]
		lost = sum(line["count"] for line in lines if line["kind"] == "lost")
		assert len(whole) + sum(line["count"] for line in repeats) + lost == 60000, lines[-1]
		assert any(line["of"] is None and line["outcome"] == "ignored" for line in repeats)
		assert all(line["of"] in whole for line in repeats if line["of"]) or lost
		assert any(line["of"] in whole for line in repeats)
		assert all(line["group"] == whole.get(line["of"], line["group"]) for line in repeats)
	PYTHON
}

# More groups than a CPU can count without the map: they replace each other while user space reads the counts.
case_storm_of_kinds_in_turn() {
	storm_start --burst 1 --window 50ms
	storm_writer -k 40 -t 4 300000 || fail "broken-writer failed"
	finish INT
	wants 0
	adds_up 1200000
}

# EPIPE without a signal: the hooks on sockets report it.
case_storm_without_signals_adds_up() {
	storm_start --epipe all --window 100ms
	storm_writer -s -k 3 -t 2 200000 || fail "broken-writer failed"
	finish INT
	wants 0
	adds_up 400000
}

# A limit below what each owner may otherwise always have. The writes may reach into the next second.
case_storm_within_a_low_rate() {
	storm_start --rate 2 --window 100ms
	storm_writer -k 100 1000 || fail "broken-writer failed"
	finish INT
	wants 0
	adds_up 1000
	[ "$(counts err | cut -d' ' -f1)" -le 4 ] || fail "more than --rate allows: $(tail -1 err)"
}

# Nobody reads the ring buffer for a while. What does not fit is counted in its group and keeps its name.
case_storm_while_stopped() {
	storm_start --rate 0 --format json
	kill -STOP "$pid"
	storm_writer -k 500 -t 2 20000 || fail "broken-writer failed"
	kill -CONT "$pid"
	finish INT
	wants 0
	cp out "$json/storm-stopped.jsonl"
	python3 - out <<-'PYTHON' || fail "not as it should be: $(tail -1 out)"
		import json, sys
		lines = [json.loads(line) for line in open(sys.argv[1])]
		whole = sum(line["kind"] == "incident" for line in lines)
		repeats = [line for line in lines if line["kind"] == "repeat"]
		assert lines[-1]["lost"] == 0, "something was lost"
		assert whole < 5000, f"{whole} incidents: the buffer was never full"
		assert whole + sum(line["count"] for line in repeats) == 40000, lines[-1]
		assert all(line["process"]["comm"].startswith("storm-") for line in repeats)
	PYTHON
}

# Short-lived survivors: counts on a CPU for a process that has exited are not lost and not reported twice.
case_storm_of_processes_that_come_and_go() {
	local first

	storm_start --burst 2 --window 20ms
	storm_in_turn 200 1000 & first=$!
	storm_in_turn 200 -k 3 1000
	wait "$first"
	finish INT
	wants 0
	adds_up 400000
}

# With every incident in full sigpath cannot keep up: lost records are counted, and so are skipped stacks. The
# ring buffer is larger than the queue after it, so the queue fills at any speed.
case_storm_of_more_than_the_buffer_holds() {
	storm_start --burst 0 --buffer-size 16M --format json
	storm_writer -t 2 20000 || fail "broken-writer failed"
	finish INT
	wants 0
	cp out "$json/storm-lost.jsonl"
	python3 - out <<-'PYTHON' || fail "not as it should be: $(tail -1 out)"
		import json, sys
		lines = [json.loads(line) for line in open(sys.argv[1])]
		incidents = [line for line in lines if line["kind"] == "incident"]
		lost = sum(line["count"] for line in lines if line["kind"] == "lost")
		skipped = [line for line in incidents if line["stack"].get("reason") == "behind"]
		assert lost > 0, "nothing was lost"
		dropped = lines[-1]["dropped"]
		assert len(incidents) + lost + dropped == 40000, f"{len(incidents)} incidents, {lost} lost, {dropped} dropped"
		assert lines[-1]["lost"] == lost, "the summary differs from the lines"
		assert lines[-1]["skipped_stacks"] == len(skipped), f"{len(skipped)} were skipped"
	PYTHON
}

# The ring buffer holds all records, the queue does not: unwinding cannot keep up, and sigpath reports that.
case_storm_that_leaves_stacks_behind() {
	storm_start --burst 0 --buffer-size 256M --format json
	storm_writer 2000 || fail "broken-writer failed"
	finish INT
	wants 0
	python3 - out <<-'PYTHON' || fail "not as it should be: $(tail -1 out)"
		import json, sys
		lines = [json.loads(line) for line in open(sys.argv[1])]
		incidents = [line for line in lines if line["kind"] == "incident"]
		skipped = [line for line in incidents if line["stack"].get("reason") == "behind"]
		assert len(incidents) == 2000, f"{len(incidents)} incidents"
		assert skipped, "no stack was skipped"
		assert lines[-1]["skipped_stacks"] == len(skipped), f"{len(skipped)} were skipped"
	PYTHON
}

# failures: the number of failures that the writers have counted.
failures() { od -An -t u8 failures | tr -d ' '; }

# sigpath is stopped during a storm: its counts have every failure from before the stop, and no failure that did
# not happen.
case_storm_at_the_moment_of_exit() {
	local victim before total after incidents repeats lost

	storm_start
	# Does not use storm_writer, because $! must be the writer itself, which is killed later.
	"$writer" -n "$storm_name" -c failures -t 2 1000000000 & victim=$!
	started+=("$victim")
	until_true 10 storm_is_under_way || fail "the writers do not write"
	before=$(failures)
	finish INT
	after=$(failures)
	kill -KILL "$victim"
	wants 0
	read -r incidents repeats lost <<<"$(counts err)"
	total=$((incidents + repeats + lost))
	[ "$total" -ge "$before" ] || fail "$total of at least $before"
	[ "$total" -le "$after" ] || fail "$total, but only $after failed"
}

storm_is_under_way() { [ -s failures ] && [ "$(failures)" -gt 200000 ]; }

case_storm_cut_off() {
	storm_start --count 1 --burst 0
	storm_writer 1000 || fail "broken-writer failed"
	finish
	wants 0
	[ "$(grep -c SIGPIPE out)" = 1 ] || fail "not one: $(cat out)"
}
