#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Lists of --comm in the kernel. Sourced by run.sh, which sets the variables.
# shellcheck disable=SC2016,SC2154

# comms_of FILE: the names of the processes in a file of JSON, sorted, each once.
comms_of() {
	python3 -c 'import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
print(*sorted({line["process"]["comm"] for line in lines if line["kind"] == "incident"}))' "$1"
}

# writers OPTION...: a live trace of writers with these names: comms.jsonl has whom it showed.
writers() {
	run --burst 0 --stack none --truncate -o comms.jsonl -w capture "$@" -- bash -c '
		for name in one two three longest-of-all; do "'"$writer"'" -n "$name" 2; done'
	wants 0
}

# live_and_replay EXPECTED OPTION...
live_and_replay() {
	local want=$1 got
	shift
	writers "$@"
	got=$(comms_of comms.jsonl)
	[ "$got" = "$want" ] || fail "live with '$*': '$got', not '$want'"
	# What the kernel left out is not in the capture.
	run -r capture --stack none --truncate -o replay.jsonl
	got=$(comms_of replay.jsonl)
	[ "$got" = "$want" ] || fail "the capture of '$*' has '$got', not '$want'"
	run -r all --stack none --truncate -o replay.jsonl "$@"
	got=$(comms_of replay.jsonl)
	[ "$got" = "$want" ] || fail "a replay with '$*': '$got', not '$want'"
}

case_lists_of_comms() {
	writers
	mv capture all
	live_and_replay 'longest-of-all one three two' --comm '!none'
	live_and_replay 'one' --comm one
	live_and_replay 'longest-of-all two' --comm two,longest-of-all
	live_and_replay 'one three' --comm three --comm one,on,onee
	live_and_replay 'three two' --comm '!one,!longest-of-all'
	live_and_replay '' --comm '!one,!two,!three,!longest-of-all'
	live_and_replay 'two' --comm 1,2,3,4,5,6,7,8,9,a,b,c,d,e,f,two
}

# A thread has a name of its own. Behind its NUL are the rest of an earlier name.
case_comms_of_threads() {
	local script='
import ctypes, os, signal, sys, threading
libc = ctypes.CDLL(None)
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
def name(text): libc.prctl(15, text.encode(), 0, 0, 0)
def broken():
    name("an-earlier-name")
    name("brief")
    read, write = os.pipe()
    os.close(read)
    try: os.write(write, b"x")
    except BrokenPipeError: pass
name("main-thread")
thread = threading.Thread(target=broken)
thread.start()
thread.join()'
	for list in brief main-thread other,brief '!other' '!other,!earlier-name'; do
		run --stack none --comm "$list" -- python3 -c "$script"
		wants 0 '^sigpath: 1 incident, '
	done
	for list in '!brief' '!main-thread' an-earlier-name other '!other,!brief'; do
		run --stack none --comm "$list" -- python3 -c "$script"
		wants 0 '^sigpath: 0 incidents, '
	done
}
