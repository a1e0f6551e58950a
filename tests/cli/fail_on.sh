#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --fail-on, and processes outside of what is traced. Sourced by run.sh, which sets the variables.
# shellcheck disable=SC2016,SC2154

# fails_on STATUS WHAT COMMAND...: the exit status of a run with COMMAND.
fails_on() {
	local want=$1 what=$2
	shift 2
	run --stack none --fail-on "$what" "$@"
	wants "$want"
}

case_fail_on_of_a_command() {
	fails_on 3 killed -- bash -c "'$writer' -d 1; true"
	[ "$(grep -c -- --fail-on err)" = 1 ] || fail "not in one line: $(cat err)"
	grep -q '^sigpath: --fail-on: 1 killed; the first: [0-9:.]* SIGPIPE killed broken-writer\[[0-9]*\]  write(fd ' err ||
		fail "does not say what happened: $(cat err)"
	run -q --stack none --fail-on killed -o out.txt -- bash -c "'$writer' -d 1; true"
	wants 3 '^sigpath: --fail-on: 1 killed; the first: '
	# It survives, or nothing happens.
	fails_on 0 killed -- "$writer" 1
	fails_on 3 peer_gone -- "$writer" 1
	fails_on 0 killed -- true
	grep -q -- --fail-on err && fail "$(cat err)"
	# A number: repeats count.
	run --burst 1 --stack none --fail-on peer_gone=5 -- "$writer" 5
	wants 3 '^sigpath: --fail-on: 5 peer_gone; the first: '
	fails_on 0 peer_gone=6 -- "$writer" 5
	fails_on 0 killed=2 -- bash -c "'$writer' -d 1; true"
	fails_on 3 killed=2 -- bash -c "'$writer' -d 1; '$writer' -d 1; true"
	# One of a list is enough.
	run --stack none --fail-on killed=9,process_died,client_gone -- bash -c "'$writer' -d 1; true"
	wants 3 '^sigpath: --fail-on: 1 process_died; the first: '
}

# The command's own failure wins, and 3 replaces only a 0.
# No signal is named where there is none.
case_fail_on_an_exit() {
	fails_on 3 process_exited --exits nonzero -s fatal -- bash -c 'ls ./nothing 2>/dev/null; true'
	grep -q '^sigpath: --fail-on: 1 process_exited; the first: [0-9:.]* exited ls\[[0-9]*\]  exit_group()' err ||
		fail "does not say what happened: $(cat err)"
}

case_fail_on_and_the_status_of_command() {
	fails_on 7 killed -- bash -c "'$writer' -d 1; exit 7"
	grep -q '^sigpath: --fail-on: 1 killed' err || fail "says nothing: $(cat err)"
	fails_on 141 killed -- "$writer" -d 1
	fails_on 127 killed -- ./nothing
	# What the filters leave out does not count.
	fails_on 0 killed --class '!process_died' -- bash -c "'$writer' -d 1; true"
	fails_on 0 killed --comm other -- bash -c "'$writer' -d 1; true"
	# An output that fails does not hide it.
	run --stack none --fail-on killed -o /dev/full -- bash -c "'$writer' -d 1; true"
	wants 3
}

case_fail_on_of_a_trace_and_a_replay() {
	start --comm broken-writer --stack none --fail-on killed -w capture
	"$writer" -d 1
	finish INT
	wants 3 '^sigpath: --fail-on: 1 killed'
	run -r capture --fail-on process_died
	wants 3 '^sigpath: --fail-on: 1 process_died'
	run -r capture --fail-on client_gone
	wants 0
	# An error of its own comes first.
	head -c "$(($(stat -c %s capture) - 1))" capture >short
	run -r short --fail-on killed
	wants 1
}

# A child that is not traced dies of SIGPIPE: a hint, once, at the end.
case_hint_of_an_untraced_child() {
	local hint='^sigpath: hint: ' parent
	run --no-follow --stack none -- bash -c "'$writer' -n child -d 1; true"
	wants 0 "${hint}1 child process of the command died of SIGPIPE and was not traced (child\[[0-9]*\]); leave out --no-follow\$"
	# A child of a child, and several.
	run --no-follow --stack none -- bash -c "bash -c \"'$writer' -n first -d 1; '$writer' -n last -d 1; true\"; true"
	wants 0 "${hint}2 child processes of the command died of SIGPIPE and were not traced (the last: last\[[0-9]*\]); leave out --no-follow\$"
	[ "$(grep -c "$hint" err)" = 1 ] || fail "more than once: $(cat err)"
	# It dies of something else, or is traced, or nobody asks for this signal; or with -q.
	run --no-follow --stack none -- bash -c 'sh -c "kill -KILL \$\$"; true'
	grep -q "$hint" err && fail "$(cat err)"
	run --stack none -- bash -c "'$writer' -d 1; true"
	grep -q "$hint" err && fail "$(cat err)"
	run --no-follow -s TERM --stack none -- bash -c "'$writer' -d 1; true"
	grep -q "$hint" err && fail "$(cat err)"
	# The traced process itself.
	run --no-follow --stack none -- bash -c "exec '$writer' -d 1"
	grep -q "$hint" err && fail "$(cat err)"
	# Other processes of the host.
	mkfifo go
	bash -c "read -r _ <go; '$writer' -n child -d 1; true" &
	parent=$!
	started+=("$parent")
	start --stack none -p "$parent"
	"$writer" -n stranger -d 1
	echo >go
	finish
	wants 0 "${hint}1 child process of the traced ones died of SIGPIPE and was not traced (child\[[0-9]*\]); add -f\$"
}

# exit_group() of one thread ends the process, and not that thread alone.
case_an_exit_beside_another_thread() {
	run --stack none --exits nonzero -s fatal --format json -- python3 -c '
import os, threading, time
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
os._exit(3)'
	wants 3
	grep -q '"thread_alone":false,"status":768' out err || fail "no exit of the process: $(cat out err)"
}
