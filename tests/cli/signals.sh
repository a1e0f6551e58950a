#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What each signal does, and --pidfile. Sourced by run.sh, which sets the variables.
# shellcheck disable=SC2015,SC2016,SC2034,SC2154

# start_on_terminal ARGUMENTS...: as `start`, with a terminal of its own.
start_on_terminal() {
	: >err
	rm -f pid hangup
	"$tests/on_terminal.py" "$sigpath" "$@" >out 2>err </dev/null &
	terminal=$!
	started+=("$terminal")
	until_true 20 test -e pid || fail "it was not started"
	pid=$(cat pid)
	wait_ready
}

# ends_on_terminal STATUS: it ends within 2 s.
ends_on_terminal() {
	until_true 2 has_ended "$pid" || fail "it still runs: $(cat err)"
	wait "$terminal"
	status=$?
	wants "$1"
}

# start_without_terminal ARGUMENTS...: as `start`, whatever terminal this test has.
start_without_terminal() {
	: >err
	setsid "$sigpath" "$@" >out 2>err </dev/null &
	pid=$!
	wait_ready
}

runs_on() {
	sleep 0.3
	! has_ended "$pid" || fail "it has ended: $(cat err)"
}

has_line() { grep -q -e "$1" "$2" 2>/dev/null; }

case_hangup_of_a_terminal() {
	start_on_terminal --comm broken-writer -o log.jsonl
	"$writer" 1
	: >hangup
	ends_on_terminal 0
	[ "$(json_incidents log.jsonl)" = 1 ] || fail "no incident: $(cat log.jsonl err)"
	start_on_terminal --comm broken-writer -o log.jsonl
	kill -HUP "$pid"
	ends_on_terminal 0
}

# Only this process is told of the hangup, not the command.
case_hangup_of_a_terminal_with_a_command() {
	start_on_terminal -- bash -c 'trap "echo hup >got; exit 3" HUP; while :; do sleep 0.05; done'
	sleep 0.3
	: >hangup
	ends_on_terminal 3
	[ "$(cat got)" = hup ] || fail "the command was not told"
}

case_hangup_after_nohup() {
	trap '' HUP
	start_on_terminal --comm broken-writer --format json -o log
	mv log log.1
	kill -HUP "$pid"
	: >hangup
	runs_on
	[ ! -e log ] || fail "the log was opened again"
	"$writer" 1
	kill -INT "$pid"
	ends_on_terminal 0
	[ "$(json_incidents log.1)" = 1 ] || fail "no incident: $(cat log.1 err)"
}

case_hangup_without_a_terminal() {
	start_without_terminal --comm broken-writer --format json -o log
	"$writer" 1
	until_true 10 has_line '"kind":"incident"' log || fail "no incident: $(cat err)"
	mv log log.1
	kill -HUP "$pid"
	until_true 10 test -e log || fail "no new file: $(cat err)"
	"$writer" 2
	finish INT
	wants 0
	[ "$(json_incidents log.1) $(json_incidents log)" = "1 2" ] || fail "$(cat log.1 log)"
}

case_sigusr1_without_a_file() {
	start --comm broken-writer
	kill -USR1 "$pid"
	runs_on
	"$writer" 1
	finish INT
	wants 0 '^sigpath: 1 incident, '
}

case_sigusr2_tells_the_counts() {
	start --comm broken-writer --window 100ms
	kill -USR2 "$pid"
	until_true 10 has_line '^sigpath: so far 0 incidents, 0 repeats, 0 lost$' err || fail "no counts: $(cat err)"
	"$writer" 1000
	until_true 10 has_line ' 990 more ignored in ' out || fail "no repeats: $(cat out)"
	kill -USR2 "$pid"
	until_true 10 has_line '^sigpath: so far 10 incidents, 990 repeats, 0 lost$' err || fail "no counts: $(cat err)"
	runs_on
	finish INT
	wants 0 '^sigpath: 10 incidents, 990 repeats, 0 lost$'
}

# Who asks wants the answer. And what waits for a reader is not dropped yet.
case_sigusr2_when_quiet() {
	stuck_pipe
	: >err
	"$sigpath" -q --comm broken-writer --burst 0 --stack none --format json >stuck 2>err </dev/null &
	pid=$!
	started+=("$pid")
	until_true 20 counts_so_far || fail "no counts: $(cat err)"
	"$writer" 100
	sleep 0.5
	: >err
	until_true 10 counts_so_far || fail "no counts: $(cat err)"
	! grep -q dropped err || fail "dropped: $(cat err)"
	timeout 5 cat <stuck >/dev/null &
	finish TERM
}

# SIGUSR2 would end a sigpath that does not handle it yet.
counts_so_far() {
	[ -n "$(sed -n '/^SigBlk/s/.*[89a-f]..$/x/p' "/proc/$pid/status")" ] || return 1
	kill -USR2 "$pid"
	sleep 0.1
	has_line '^sigpath: so far [0-9]* incidents' err
}

# A command that tells which signals it gets.
traps='for name in HUP USR1 USR2 WINCH ALRM PWR TTIN RTMIN+3; do trap "echo $name >>got" $name; done
	trap "exit 5" TERM; : >ready; while :; do sleep 0.02; done'

has_got() { grep -q -x -e "$1" got 2>/dev/null; }

case_signals_are_passed_to_the_command() {
	local name

	start_without_terminal -- bash -c "$traps"
	until_true 10 test -e ready || fail "the command does not run"
	for name in HUP USR1 USR2 WINCH ALRM PWR TTIN RTMIN+3; do
		kill "-$name" "$pid"
		until_true 10 has_got "$name" || fail "SIG$name was not passed on: $(cat got)"
	done
	finish TERM
	wants 5
}

case_sigusr1_with_a_command_and_a_file() {
	start -o log -- bash -c "$traps"
	until_true 10 test -e ready || fail "the command does not run"
	mv log log.1
	kill -USR1 "$pid"
	until_true 10 test -e log || fail "no new file: $(cat err)"
	kill -USR2 "$pid"
	until_true 10 has_got USR2 || fail "SIGUSR2 was not passed on"
	! has_got USR1 || fail "SIGUSR1 was passed on"
	finish TERM
	wants 5
	# stdout is no file that could be opened again.
	rm ready got
	start -o json:- -- bash -c "$traps"
	until_true 10 test -e ready || fail "the command does not run"
	kill -USR1 "$pid"
	until_true 10 has_got USR1 || fail "SIGUSR1 was not passed on"
	finish TERM
	wants 5
}

case_signals_during_a_replay() {
	record capture
	mkfifo records
	exec 7<>records
	: >err
	setsid "$sigpath" -r - --format json -o log <records >out 2>err &
	pid=$!
	started+=("$pid")
	cat capture >&7
	until_true 20 has_line '"kind":"incident"' log || fail "no incident: $(cat err)"
	mv log log.1
	kill -USR1 "$pid"
	until_true 10 test -e log || fail "no new file: $(cat err)"
	kill -USR2 "$pid"
	until_true 10 has_line '^sigpath: so far 1 incident, ' err || fail "no counts: $(cat err)"
	mv log log.2
	kill -HUP "$pid"
	until_true 10 test -e log || fail "no new file after SIGHUP: $(cat err)"
	exec 7<&-
	finish TERM
	wants 1 '^sigpath: the run ends while - is still being read$'
}

case_pidfile() {
	start --pidfile number --comm broken-writer
	[ "$(cat number)" = "$pid" ] || fail "'$(cat number)', not $pid"
	[ "$(stat -c %a number)" = 644 ] || fail "mode $(stat -c %a number)"
	run --pidfile number -d 100ms
	wants 1 "^sigpath: number: another process has it ($pid)$"
	[ "$(cat number)" = "$pid" ] || fail "the other one changed it: '$(cat number)'"
	pkill -USR2 -L -F number || fail "pkill does not take it"
	until_true 10 has_line '^sigpath: so far ' err || fail "the signal did not come: $(cat err)"
	finish INT
	wants 0
	[ -e number ] && [ ! -s number ] || fail "not empty at the end: '$(cat number)'"
}

case_pidfile_of_a_run_that_was_killed() {
	start --pidfile number
	kill -KILL "$pid"
	until_true 10 has_ended "$pid"
	[ -s number ] || fail "no number is left"
	! pkill -0 -L -F number 2>/dev/null || fail "pkill takes a number that nobody has"
	run --pidfile number -d 100ms --run-as nobody
	wants 0
	[ ! -s number ] || fail "not empty at the end: '$(cat number)'"
}

case_pidfile_that_was_planted() {
	shared_directory shared
	echo precious >victim
	as_nobody ln -s "$PWD/victim" shared/link
	as_nobody sh -c 'echo theirs >shared/file && chmod 666 shared/file'
	run --pidfile shared/link -d 100ms
	wants 1 "^sigpath: shared/link: the symbolic link 'link' of uid 65534 .* is not followed"
	run --pidfile shared/file -d 100ms
	wants 1 '^sigpath: shared/file: it belongs to uid 65534, '
	[ "$(cat victim shared/file)" = $'precious\ntheirs' ] || fail "overwritten: $(cat victim shared/file)"
	run --pidfile /dev/null -d 100ms
	wants 1 '^sigpath: /dev/null: not a regular file$'
}

# A shell that sends a signal and then becomes another program: that one did not send it. sigpath may have looked before.
case_sender_that_calls_execve() {
	run -f -s fatal --stack none -o "$json/sender-execve.jsonl" -- \
		bash -c 'sleep 30 & bash -c "kill -KILL \$1; exec sleep 1" sh $!; wait; true'
	wants 0
	grep -qE '"sender":\{[^}]*"comm":"bash","exe":(null,"cmdline":null|"[^"]*/bash")' "$json/sender-execve.jsonl" ||
		fail "the sender: $(cat "$json/sender-execve.jsonl")"
}
