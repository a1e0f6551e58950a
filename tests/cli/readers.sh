#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Readers of sigpath's outputs that are slow, or do not read at all, and a reader of files that hangs.
# Sourced by run.sh, which sets the variables.
# shellcheck disable=SC2154

# stuck_pipe: makes the FIFO `stuck`, whose reader is there and does not read.
stuck_pipe() {
	mkfifo stuck
	exec 8<>stuck
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# ends_in_time: SIGTERM ends the sigpath of start within 2 s.
ends_in_time() {
	local begin

	begin=$(now_ms)
	finish TERM
	[ $(($(now_ms) - begin)) -lt 2000 ] || fail "it took $(($(now_ms) - begin)) ms to end"
}

has_incidents() { [ "$(json_incidents "$1")" = "$2" ]; }

# The file gets everything, and the summary in it tells what the other did not get.
case_stuck_reader_of_one_output() {
	stuck_pipe
	storm_start --burst 0 --buffer-size 64M --stack none -o json:stuck -o file.jsonl
	storm_writer 3000
	until_true 30 has_incidents file.jsonl 3000 || fail "$(json_incidents file.jsonl) of 3000"
	ends_in_time
	wants 1 '^sigpath: stuck is read too slowly: '
	[ "$(grep -c 'too slowly' err)" = 1 ] || fail "said more than once: $(cat err)"
	cp file.jsonl "$json/stuck-reader.jsonl"
	python3 - file.jsonl <<-'PYTHON' || fail "not as it should be: $(tail -1 file.jsonl)"
		import json, sys
		summary = json.loads(open(sys.argv[1]).readlines()[-1])
		stuck, file = summary["outputs"]
		assert summary["incidents"] == 3000 and not summary["lost"]
		assert file["delivered"] == 3001 and not file["dropped"], "the file lacks some"
		assert stuck["dropped"] == summary["dropped"] > 0, "nothing was dropped"
		assert stuck["delivered"] + stuck["dropped"] == 3001 # with the first line
	PYTHON
}

case_sigterm_with_stuck_stdout() {
	stuck_pipe
	: >err
	"$sigpath" --comm "$storm_name" --burst 0 --format json >stuck 2>err </dev/null &
	pid=$!
	wait_ready
	storm_writer 300
	sleep 0.3
	ends_in_time
	wants 1 ' dropped'
}

# The same where nobody reads the messages, either.
case_sigterm_with_stuck_stdout_and_stderr() {
	stuck_pipe
	"$sigpath" --comm "$storm_name" --burst 0 --format json >stuck 2>&1 </dev/null &
	pid=$!
	started+=("$pid")
	sleep 3
	storm_writer 300
	sleep 0.3
	ends_in_time
	[ "$status" = 1 ] || fail "exit status $status"
}

# A replay loses nothing, however slow its reader is.
case_slow_reader_of_a_replay() {
	storm_start --burst 0 --buffer-size 64M --stack none -o file.jsonl -w capture
	storm_writer 3000
	until_true 30 has_incidents file.jsonl 3000 || fail "$(json_incidents file.jsonl) of 3000"
	finish INT
	wants 0
	"$sigpath" -r capture --stack none --format json 2>err |
		python3 -c 'import sys, time
while data := sys.stdin.buffer.read1(65536):
    sys.stdout.buffer.write(data)
    time.sleep(0.005)' >out
	status=${PIPESTATUS[0]}
	wants 0
	has_incidents out 3000 || fail "$(json_incidents out) incidents"
}

# A reader of one output may leave; the run ends with the last one.
case_one_of_two_readers_leaves() {
	mkfifo first
	cat first >got &
	local reader=$!
	start --comm broken-writer --stack none -o first -o json:-
	"$writer" 1
	until_true 10 grep -q SIGPIPE got || fail "nothing in got"
	kill "$reader"
	wait "$reader" 2>/dev/null
	"$writer" 2
	until_true 10 has_incidents out 3 || fail "$(json_incidents out) incidents"
	finish INT
	wants 0
}

# The process that reads ELF files hangs, as on a file system that does not answer. The incident is told
# all the same, and the run ends in time.
case_sigterm_while_the_stack_reader_hangs() {
	local reader
	start --comm broken-writer -o out.jsonl
	"$writer" 1
	until_true 10 has_incidents out.jsonl 1 || fail "no incident"
	reader=$(pgrep -P "$(pgrep -P "$pid" -d ,)" -f -- --stack-reader) || fail "no reader runs"
	kill -STOP "$reader"
	"$writer" 1
	sleep 0.3
	ends_in_time
	wants 0
	has_incidents out.jsonl 2 || fail "$(json_incidents out.jsonl) incidents"
}
