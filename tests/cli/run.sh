#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# sigpath from outside: exit statuses, messages, signals, full disks, hostile names, lost records.
# Prints `ok NAME`, `FAIL NAME: why` or `skip NAME: reason` for each function case_NAME.
# usage: run.sh SIGPATH BUILD_DIR [NAME...]    SIGPATH_CLI_HALF=0|1: without NAME every second case
set -uo pipefail

[ $# -ge 2 ] || { echo "usage: run.sh SIGPATH BUILD_DIR [NAME...]" >&2; exit 2; }
sigpath=$(readlink -f "$1")
tests=$(dirname "$(readlink -f "$0")")
writer=$(readlink -f "$2")/tests/cli/broken-writer
json=$(readlink -f "$2")/json/cli
rm -rf "$json" # what an earlier run left there would be appended to
mkdir -p "$json"
shift 2
[ "$(id -u)" = 0 ] || { echo "not root: sigpath cannot trace"; exit 77; }
[ -x "$sigpath" ] || { echo "no sigpath at $sigpath" >&2; exit 1; }
[ -x "$writer" ] || { echo "no broken-writer at $writer" >&2; exit 1; }

work=$(mktemp -d)
# Some cases run sigpath as nobody.
chmod 755 "$work"
trap 'umount "$work"/*/small 2>/dev/null; rm -rf "$work"' EXIT
export TZ=UTC LC_ALL=C

fail() { echo "$*"; exit 1; }
skip() { echo "$*"; exit 77; }

# until_true SECONDS COMMAND...: waits until COMMAND succeeds; fails after that time.
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS <= end)) || return 1
		sleep 0.02
	done
}

# run ARGUMENTS...: runs sigpath to its end; sets $status and writes the files out and err.
run() {
	timeout -k 5 60 "$sigpath" "$@" >out 2>err </dev/null
	status=$?
}

ready_or_ended() { grep -q '^sigpath: ready' err || ! kill -0 "$pid" 2>/dev/null; }

# start ARGUMENTS...: starts sigpath in the background as $pid and waits until it is ready.
start() {
	: >err
	"$sigpath" "$@" >out 2>err </dev/null &
	pid=$!
	wait_ready
}

wait_ready() {
	started+=("$pid")
	until_true 60 ready_or_ended
	grep -q '^sigpath: ready' err || fail "sigpath did not get ready: $(cat err)"
}

has_ended() { ! kill -0 "$1" 2>/dev/null; }

# finish [SIGNAL]: ends the sigpath of start and sets its $status.
finish() {
	[ $# = 0 ] || kill "-$1" "$pid"
	until_true 60 has_ended "$pid" || fail "sigpath does not end: $(cat err)"
	wait "$pid"
	status=$?
}

# wants STATUS [PATTERN]: checks the exit status, and that a line of err matches.
wants() {
	[ "$status" = "$1" ] || fail "exit status $status instead of $1: $(cat err)"
	[ $# = 1 ] || grep -q -e "$2" err || fail "no '$2' on stderr: $(cat err)"
}

# said_only PATTERN: every line of err matches.
said_only() { ! grep -v -E -e "$1" err || fail "unexpected on stderr: $(grep -v -E -e "$1" err)"; }

# counts FILE: prints "incidents repeats lost" from the summary in text.
counts() {
	sed -nE 's/^sigpath: ([0-9]+) incidents?, ([0-9]+) repeats?, ([0-9]+) lost.*/\1 \2 \3/p' "$1"
}

# headlines FILE: prints the number of incidents in a text file.
headlines() { grep -c -E '^[0-9-]+ [0-9:.]+ .* SIGPIPE( |$)' "$1"; }

usual='^sigpath: (ready|[0-9]+ incidents?, )'

# --- wrong from the start

case_unknown_option() {
	run --nonsense
	wants 2 "^sigpath: unknown option '--nonsense' (see sigpath --help)$"
	[ "$(wc -l <err)" = 1 ] || fail "more than one line: $(cat err)"
}

case_unknown_word() {
	run ls
	wants 2 "sigpath -- ls"
}

case_help_that_cannot_be_written() {
	local option

	for option in --help --version; do
		"$sigpath" "$option" >/dev/full 2>err && fail "$option: exit status 0"
		grep -q '^sigpath: stdout: No space left on device$' err || fail "$option: $(cat err)"
	done
}

# Exit status 1 comes from stdout: as root, check can trace here.
case_check_that_cannot_be_written() {
	local format

	for format in text json; do
		"$sigpath" check --format "$format" >/dev/full 2>err
		[ $? = 1 ] || fail "$format: not exit status 1"
		[ "$(cat err)" = 'sigpath: stdout: No space left on device' ] || fail "$format: $(cat err)"
	done
}

case_records_to_stdout_want_an_output() {
	run -w -
	wants 2 "^sigpath: option --write - needs --output FILE or --to, because incidents go to stdout by default"
}

case_not_root() {
	install -m 755 "$sigpath" ../sigpath-for-all
	timeout 60 setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
		../sigpath-for-all >out 2>err </dev/null
	status=$?
	wants 1 CAP_BPF
	wants 1 CAP_PERFMON
	[ "$(wc -l <err)" = 1 ] || fail "more than one line: $(cat err)"
}

# Sets the options of setpriv for nobody with these capabilities and no other.
nobody_with() {
	nobody=(--reuid=65534 --regid=65534 --clear-groups "--inh-caps=-all,$1" "--ambient-caps=-all,$1"
		"--bounding-set=-all,$1")
}

case_two_capabilities_suffice() {
	install -m 755 "$sigpath" ../sigpath-for-all
	nobody_with +bpf,+perfmon
	setpriv "${nobody[@]}" ../sigpath-for-all --comm broken-writer >out 2>err </dev/null &
	pid=$!
	wait_ready
	"$writer" 1
	finish INT
	wants 0
	grep -q 'broken-writer\[.* ignored SIGPIPE' out || fail "no incident: $(cat out err)"
	setpriv "${nobody[@]}" ../sigpath-for-all check >out 2>err </dev/null || fail "check: $(cat out)"
	grep -q '^CAP_SYS_PTRACE *degraded' out || fail "check does not say what is missing: $(cat out)"
}

case_one_capability_is_missing() {
	install -m 755 "$sigpath" ../sigpath-for-all
	nobody_with +bpf
	timeout 60 setpriv "${nobody[@]}" ../sigpath-for-all >out 2>err </dev/null
	status=$?
	wants 1 CAP_PERFMON
	! grep -q CAP_BPF err || fail "names what is not missing: $(cat err)"
	timeout 60 setpriv "${nobody[@]}" ../sigpath-for-all check >out 2>err </dev/null
	status=$?
	wants 1
	grep -q '^CAP_PERFMON *missing' out || fail "check does not say what is missing: $(cat out)"
}

case_check() {
	run check
	wants 0
	grep -q '^signals *ok' out || fail "$(cat out)"
	grep -Eq '^otlp +ok +libcurl/[0-9]' out || fail "libcurl is not named: $(cat out)"
	grep -Eq '^name_service +(ok|degraded)' out || fail "$(cat out)"
	run check --format json
	wants 0
	cp out "$json/check.jsonl"
	python3 -c 'import json; answer = json.load(open("out")); assert answer["works"] and answer["abilities"]
assert all(bool(ability["lost"]) == bool(ability["remedy"]) == (ability["state"] != "ok")
           for ability in answer["abilities"]), answer' || fail "$(cat out)"
}

# Each limitation is followed by how to get rid of it, and they are counted.
case_check_says_remedies() {
	local limits
	timeout 60 setpriv --bounding-set=-syslog,-kill --inh-caps=-all "$sigpath" check >out 2>err </dev/null
	grep -A 2 '^CAP_SYSLOG *degraded' out | tail -n 1 | grep -q '^ *remedy: run sigpath as root, or give it this capability' ||
		fail "no remedy: $(cat out)"
	limits=$(grep -c '^ *lost: ' out)
	[ "$limits" -ge 2 ] || fail "$(cat out)"
	[ "$(grep -A 1 '^ *lost: ' out | grep -c '^ *remedy: ')" = "$limits" ] || fail "not one for each: $(cat out)"
	[ "$(tail -n 1 out)" = "sigpath works here, with $limits limitations (above)" ] || fail "the end: $(tail -n 1 out)"
}

# A mount namespace in which the kernel says that it does not compile programs.
case_check_without_jit() {
	local setting=/proc/sys/net/core/bpf_jit_enable
	[ -e "$setting" ] || skip "no $setting"
	echo 0 >off
	# shellcheck disable=SC2016 # for the shell inside
	unshare --mount bash -c 'mount --bind off "$0" && exec "$@"' "$setting" \
		timeout 60 "$sigpath" check >out 2>err </dev/null
	grep -q '^bpf_jit *degraded *net.core.bpf_jit_enable is 0' out || fail "$(cat out err)"
	grep -q '^ *remedy: run sysctl -w net.core.bpf_jit_enable=1$' out || fail "$(cat out err)"
	run check
	! grep -q '^bpf_jit *degraded' out || [ "$(cat "$setting")" = 0 ] || fail "$(cat out)"
}

# A mount namespace in which the kernel shows no BTF.
case_no_btf() {
	unshare --mount bash -c 'mount -t tmpfs none /sys/kernel/btf && exec "$@"' - \
		timeout 60 "$sigpath" >out 2>err </dev/null
	status=$?
	wants 1 'has no BTF'
	[ "$(wc -l <err)" = 1 ] || fail "more than one line: $(cat err)"
}

case_no_such_pid() {
	# The kernel never uses PID_MAX_LIMIT itself as a PID.
	run -p 4194304
	wants 1 4194304
	[ "$(wc -l <err)" = 1 ] || fail "more than one line: $(cat err)"
}

case_no_such_cgroup() {
	run --cgroup /no/such/cgroup
	wants 1 /no/such/cgroup
}

case_unwritable_output() {
	run -o "$PWD/missing/x.jsonl"
	wants 1 "$PWD/missing/x.jsonl"
	grep -q '^sigpath: ready' err && fail "it was ready without a place to write to"
	return 0
}

case_unreadable_capture() {
	run -r "$PWD/missing"
	wants 1 "$PWD/missing"
	echo 'no capture, but longer than the header of one needs to be for the check' >text
	run -r text
	wants 1 "text: .*offset 0"
}

# --- a command

case_command_not_found() {
	run -- ./no-such-command
	wants 127 no-such-command
}

case_command_not_executable() {
	: >plain
	run -- ./plain
	wants 126 plain
}

case_command_status() {
	run -- sh -c 'exit 7'
	wants 7
	run -- true
	wants 0
}

case_command_killed() {
	run -- sh -c 'kill -TERM $$'
	wants 143
	run -- "$writer" -d 1
	wants 141 'broken-writer\[.* killed by SIGPIPE'
	[ ! -s out ] || fail "incidents on stdout: $(cat out)"
}

case_command_children() {
	local alone="'$writer' -d 1; true" later="(sleep 1; exec '$writer' -d 1) >/dev/null 2>&1 &"

	run -- sh -c "$alone"
	wants 0 'broken-writer\[.* killed by SIGPIPE'
	run --no-follow -- sh -c "$alone"
	wants 0 '^sigpath: 0 incidents'
	# COMMAND has ended before its child writes. Only -f waits.
	run -- sh -c "$later"
	wants 0 '^sigpath: 0 incidents'
	run -f -- sh -c "$later"
	wants 0 'broken-writer\[.* killed by SIGPIPE'
}

case_command_stdout() {
	run -- sh -c 'yes | head -1'
	wants 0 'yes\[.* killed by SIGPIPE'
	[ "$(cat out)" = y ] || fail "stdout of the command is '$(cat out)'"
	run -f -o file.jsonl -- sh -c 'yes | head -1'
	wants 0
	grep -q '"outcome":"killed"' file.jsonl || fail "no incident in the file"
	said_only "$usual"
}

# --- the end

case_duration() {
	run -d 1s
	wants 0 '^sigpath: [0-9]* incidents*, '
}

case_count() {
	start --comm broken-writer --count 3
	"$writer" 10
	finish
	wants 0
	[ "$(headlines out)" = 3 ] || fail "$(headlines out) incidents"
}

case_pid_ends() {
	sleep 1000 & local one=$!
	sleep 1000 & local other=$!
	started+=("$one" "$other")
	start -p "$one,$other"
	kill "$one"
	until_true 10 has_ended "$one"
	has_ended "$pid" && fail "ended with the first of two PIDs: $(cat err)"
	kill "$other"
	finish
	wants 0 '^sigpath: 0 incidents, '
}

case_sigint() {
	start
	finish INT
	wants 0 '^sigpath: [0-9]* incidents*, '
}

case_sigterm() {
	start
	finish TERM
	wants 0 '^sigpath: [0-9]* incidents*, '
}

case_reader_leaves() {
	mkfifo pipe
	: >err
	head -1 <pipe >out &
	local reader=$!
	"$sigpath" --comm broken-writer >pipe 2>err </dev/null &
	pid=$!
	started+=("$reader")
	wait_ready
	"$writer" 1
	finish
	wants 0
	# Besides the table.
	grep '^sigpath: ' err >said
	mv said err
	said_only "$usual"
	grep -q 'broken-writer\[.* ignored SIGPIPE' out || fail "head saw '$(cat out)'"
}

case_quiet() {
	run -q -d 100ms --comm broken-writer
	wants 0
	[ ! -s err ] || fail "on stderr: $(cat err)"
}

# --- files

case_output_mode() {
	umask 0
	run -o file.jsonl -w capture -d 100ms
	wants 0
	[ "$(stat -c %a file.jsonl)" = 600 ] || fail "mode $(stat -c %a file.jsonl) of -o"
	[ "$(stat -c %a capture)" = 600 ] || fail "mode $(stat -c %a capture) of -w"
	tail -1 file.jsonl | grep -q '"kind":"summary"' || fail "no summary: $(tail -1 file.jsonl)"
}

# json_incidents FILE: prints the number of incidents in a JSON file.
json_incidents() { grep -c '"kind":"incident"' "$1"; }

case_several_outputs() {
	start --comm broken-writer --stack none -o one.txt -o two.jsonl -o json:- -o json:three.txt -w capture
	"$writer" 3
	finish INT
	wants 0
	[ "$(headlines one.txt)" = 3 ] || fail "one.txt: $(cat one.txt)"
	for file in two.jsonl out three.txt; do
		[ "$(json_incidents "$file")" = 3 ] || fail "$file: $(cat "$file")"
	done
	cp two.jsonl "$json/several-outputs.jsonl"
	run -r capture --stack none --format json -o - -o again.txt
	wants 0
	[ "$(json_incidents out)" = 3 ] || fail "replay: $(cat out)"
	cmp -s one.txt again.txt || fail "replay differs: $(diff one.txt again.txt | head -5)"
}

case_outputs_that_are_one_file() {
	echo kept >file
	ln file link
	run -d 100ms -o file -o json:./link
	wants 1 '^sigpath: file and ./link are the same file$'
	[ "$(cat file)" = kept ] || fail "it was changed: $(cat file)"
}

said() { grep -c "$1" err || true; }

# storm_until TEXT [TIMES]: makes incidents until sigpath has said TEXT so often.
storm_until() {
	local i
	for ((i = 0; i < 3000; i++)); do
		[ "$(said "$1")" -lt "${2:-1}" ] || return 0
		sh -c 'yes | head -1 >/dev/null'
		has_ended "$pid" && fail "sigpath ended: $(cat err)"
	done
	fail "no '$1' after $i pipelines: $(cat err)"
}

case_disk_full() {
	local i round before again
	mkdir small
	mount -t tmpfs -o size=256k none small 2>/dev/null || skip "no tmpfs can be mounted"
	head -c 131072 /dev/zero >small/filler
	start --comm yes -o small/file.jsonl
	storm_until 'cannot write to'
	# A shorter line may still fit where a longer one did not, in the last page of the file: a few times, and then
	# it is said no more.
	cat /dev/zero >small/rest 2>/dev/null
	for ((round = 0; round < 10; round++)); do
		before=$(said 'cannot write to')
		for ((i = 0; i < 50; i++)); do
			sh -c 'yes | head -1 >/dev/null'
		done
		sleep 0.5
		again=$(said 'can be written again')
		[ "$(said 'cannot write to')" != "$before" ] || [ "$before" -le "$again" ] || break
	done
	((round < 10)) || fail "it is said again and again: $(cat err)"
	rm small/filler small/rest
	storm_until 'can be written again' $((again + 1))
	finish TERM
	# A run that could not write all incidents has failed.
	wants 1
	python3 - small/file.jsonl <<-'PYTHON' || fail "the file is not as it should be"
		import json, sys
		data = open(sys.argv[1], "rb").read()
		assert data.endswith(b"\n"), "the last line is not whole"
		lines = [json.loads(line) for line in data.splitlines()]
		incidents = sum(line["kind"] == "incident" for line in lines)
		summary = lines[-1]
		assert summary["kind"] == "summary", "no summary"
		assert summary["unwritten"] > 0, "nothing is said to be missing"
		# Lines of repeats, too, were written or not.
		delivered, = (output["delivered"] for output in summary["outputs"])
		assert len(lines) - 1 == delivered, f"{len(lines)} lines, {delivered} by the summary"
		assert incidents >= summary["incidents"] - summary["unwritten"], f"{incidents} incidents: {summary}"
	PYTHON
}

case_write_and_read() {
	# No stacks: kernel symbols need root, and the mappings of a live process need its /proc.
	start --comm broken-writer -w capture -o live.txt --stack none
	"$writer" 3
	"$writer" -d 1
	finish INT
	wants 0
	run -r capture --stack none
	wants 0
	[ "$(headlines live.txt)" = 4 ] || fail "$(headlines live.txt) incidents live"
	cmp -s live.txt out || fail "replay differs: $(diff live.txt out | head -5)"
	cp "$sigpath" ../sigpath-for-all
	chmod 644 capture
	chmod 755 .
	setpriv --reuid=65534 --regid=65534 --clear-groups ../sigpath-for-all -r capture --stack none >out 2>err
	status=$?
	wants 0
	cmp -s live.txt out || fail "replay without root differs"
	run -r capture --outcome killed
	wants 0
	[ "$(headlines out)" = 1 ] || fail "--outcome killed leaves $(headlines out)"
}

# incidents FILE: prints the names of the processes, sorted, and then the number of repeats.
incidents() {
	python3 - "$1" <<-'PYTHON'
		import json, sys
		lines = [json.loads(line) for line in open(sys.argv[1])]
		names = sorted(line["process"]["comm"] for line in lines if line["kind"] == "incident")
		print(*names, sum(line["count"] for line in lines if line["kind"] == "repeat"))
	PYTHON
}

# shows WANT OPTION...: a replay of the file `capture` must show these incidents and repeats.
shows() {
	local want=$1
	shift
	run -r capture --format json --stack none "$@"
	wants 0
	[ "$(incidents out)" = "$want" ] || fail "-r $*: '$(incidents out)', not '$want'"
}

# Traces several programs and replays them through each filter.
case_filters_of_a_replay() {
	local one

	start -w capture -o live.jsonl --epipe all --stack none --burst 1 --window 500ms
	"$writer" -n one 1 & one=$!
	wait "$one"
	"$writer" -n two 20
	setpriv --reuid=65534 --clear-groups "$writer" -n three -d 1
	sleep 0.6
	"$writer" -n four -s 1
	finish INT
	wants 0
	shows "$(incidents live.jsonl)"
	shows "one 0" --comm one
	shows "two 19" --comm two
	shows "one 0" -p "$one"
	shows "one 0" -t "$one"
	shows "three 0" -u nobody
	shows "three 0" --outcome killed --comm three
	shows "four 0" --object tcp --comm four
	shows "two 19" --object pipe --outcome ignored --comm two
	shows "0" --outcome killed --comm two
	shows "0" --object tcp --comm two
	shows "$(incidents live.jsonl)" --cgroup /
	shows "$(incidents live.jsonl)" --cgroup "$(sed -n 's/^0:://p' /proc/self/cgroup)"
	shows "0" --cgroup /no/such/cgroup
	shows "0" -s TERM
}

# -o - is stdout also with a command, and records can go through a pipe.
case_standard_streams() {
	run -o - --color never -- "$writer" 1
	wants 0
	[ "$(headlines out)" = 1 ] || fail "not on stdout: $(cat out err)"
	timeout 60 "$sigpath" -w - -o kept -- "$writer" 2 2>err | timeout 60 "$sigpath" -r - >out 2>err2 ||
		fail "$(cat err err2)"
	[ "$(headlines kept)" = 2 ] || fail "not in the file: $(cat kept err)"
	[ "$(headlines out)" = 2 ] || fail "not through the pipe: $(cat out err err2)"
}

# The capture holds the stack of a process that is dead by then.
case_stack_in_replay() {
	start --comm broken-writer -w capture -o live.txt
	"$writer" -d 1
	finish INT
	wants 0
	grep -q ' main broken_writer.c:' live.txt || fail "no main in the stack: $(cat live.txt)"
	grep -q '^    kernel .*pipe_write < vfs_write < ksys_write' live.txt || fail "no kernel stack: $(cat live.txt)"
	run -r capture
	wants 0
	cmp -s live.txt out || fail "replay differs: $(diff live.txt out | head -5)"
}

case_truncated_capture() {
	local size

	start --comm broken-writer -w capture
	"$writer" 2
	finish INT
	size=$(stat -c %s capture)
	truncate -s $((size - 10)) capture
	run -r capture
	wants 1 'offset [0-9]'
	[ "$(headlines out)" = 1 ] || fail "$(headlines out) incidents before the cut"
}

# --- hostile bytes of traced processes

# harmless FILE: it is UTF-8 without control characters and bidirectional overrides.
harmless() {
	python3 - "$1" <<-'PYTHON'
		import sys, unicodedata
		text = open(sys.argv[1], "rb").read().decode("utf-8")
		bad = [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")]
		assert not bad, f"raw {bad[:5]}"
	PYTHON
}

# A name of at most 15 bytes; the command line has no such limit.
hostile=$'\e[31m\n\x9b\xc2\x9b\\"\x07'
hostile_line=$'\e]0;gone\x07\xe2\x80\xae\xff'

case_rotation() {
	start --comm "rotate-$$" --format json -o log
	"$writer" -n "rotate-$$" 3
	# shellcheck disable=SC2016 # the inner shell counts
	until_true 20 sh -c '[ "$(grep -c incident log)" = 3 ]' || fail "no three incidents: $(cat log)"
	mv log log.1
	kill -USR1 "$pid"
	until_true 20 test -e log || fail "no new file"
	"$writer" -n "rotate-$$" 2
	finish INT
	wants 0
	[ "$(cat log log.1 | grep -c '"kind":"incident"')" = 5 ] || fail "$(cat log log.1 | wc -l) lines"
	[ "$(grep -c '"kind":"incident"' log)" = 2 ] || fail "not in the new file: $(head -c 300 log)"
	grep -q '"kind":"summary"' log || fail "no summary in the new file"
}

# The kernel side reads the host's clocks, and these are a day ahead.
case_time_namespace() {
	local program=$sigpath times now
	# shellcheck disable=SC2016 # the inner shell prints
	[ "$(unshare -T readlink /proc/self/ns/time)" != "$(readlink /proc/self/ns/time)" ] || skip "no time namespace after an exec"
	printf '#!/bin/sh\nexec unshare -T --monotonic 86400 --boottime 86400 -- "%s" "$@"\n' "$program" >ahead
	chmod +x ahead
	sigpath=$PWD/ahead
	start --comm broken-writer --format json -o "$json/time_namespace.jsonl"
	"$writer" 1
	until_true 20 grep -q incident "$json/time_namespace.jsonl" || fail "no incident"
	now=$(date +%s)
	finish INT
	wants 0
	times=$(sed -nE 's/.*"kind":"incident".*"time":"([^"]*)".*"start_time":"([^"]*)".*/\1 \2/p' "$json/time_namespace.jsonl")
	for time in $times; do
		time=$(date -d "$time" +%s)
		((time > now - 60 && time <= now)) || fail "at $now the times were $times"
	done
	grep -q '"symbol":"main"' "$json/time_namespace.jsonl" || fail "no stack: $(cat "$json/time_namespace.jsonl")"
}

# head closes its standard input before it exits, so at its exit it no longer holds the pipe.
case_pipeline_names_the_reader() {
	run -f --format json -o "$json/pipeline.jsonl" -w capture -- bash -c 'yes | { sleep 0.02 </dev/null; exec head -n 1; }; sleep 0.1'
	[ "$status" = 0 ] || fail "exit status $status: $(cat err)"
	grep -q '"comm":"yes".*"peer_process":{"pid":[0-9]*,"tid":[0-9a-z]*,"comm":"head",' "$json/pipeline.jsonl" ||
		fail "the reader of yes is not named: $(cat "$json/pipeline.jsonl")"
	run -r capture
	grep -q 'peer .*head\[' out || fail "not in the capture: $(cat out)"
}

# A reset connection whose other end is on this host, with and without the hooks of --history.
case_history_none() {
	local which

	for which in all none; do
		start --history "$which" --epipe all --comm broken-writer --format json -o "$json/history-$which.jsonl"
		"$writer" -s 1
		finish INT
		wants 0
	done
	python3 - "$json" <<-'PYTHON' || fail "not as it should be: $(head -c 3000 "$json"/history-*.jsonl)"
		import json, sys
		unseen = "no hook watched connections in this run"
		for which in ("all", "none"):
		    with open(f"{sys.argv[1]}/history-{which}.jsonl") as lines:
		        start, incident = json.loads(next(lines)), json.loads(next(lines))
		    entries = {entry["what"] for entry in incident["cause"]["timeline"]}
		    peer, missing = incident["peer_process"], incident["missing"]
		    assert incident["cause"]["code"] == "reset_by_peer", incident["cause"]
		    if which == "all":
		        assert peer["comm"] == "broken-writer", peer
		        assert "connected" in entries, entries
		    else:
		        assert not peer or not peer["pid"], peer
		        assert "connected" not in entries, entries
		        reasons = {entry["field"]: entry["text"] for entry in missing}
		        assert reasons["cause.timeline.connected"] == unseen, missing
	PYTHON
}

case_hostile_name_text() {
	start --color never --comm "$hostile"
	(exec -a "$hostile_line" "$writer" -n "$hostile" 1)
	finish INT
	wants 0
	grep -q -F '  "\x1b[31m\n' out || fail "no incident with that name: $(cat out)"
	harmless out || fail "raw bytes in text"
	harmless err || fail "raw bytes on stderr"
}

case_hostile_name_json() {
	start --format json --comm "$hostile"
	(exec -a "$hostile_line" "$writer" -n "$hostile" 1)
	finish INT
	wants 0
	harmless out || fail "raw bytes in JSON"
	cp out "$json/hostile-name.jsonl"
	python3 - out <<-'PYTHON' || fail "not as it should be: $(cat out)"
		import json, sys
		lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
		names = [line["process"]["comm"] for line in lines if line["kind"] == "incident"]
		assert any("[31m" in name for name in names), names
	PYTHON
}

# --- loss

is_stopped() { [[ $(sed 's/.*) //' "/proc/$pid/stat") == T* ]]; }

case_lost_records_are_counted() {
	local incidents repeats lost

	start --comm broken-writer --buffer-size 256K --burst 0
	kill -STOP "$pid"
	until_true 10 is_stopped || fail "sigpath does not stop"
	"$writer" 100000 || fail "broken-writer failed"
	kill -CONT "$pid"
	finish TERM
	wants 0
	read -r incidents repeats lost <<<"$(counts err)"
	[ "${lost:-0}" -gt 0 ] || fail "nothing was lost: $(tail -2 err)"
	[ $((incidents + repeats + lost)) = 100000 ] || fail "$(tail -1 err)"
}

# shellcheck source=tests/cli/storm.sh
. "$(dirname "$(readlink -f "$0")")/storm.sh"
# shellcheck source=tests/cli/outputs.sh
. "$(dirname "$(readlink -f "$0")")/outputs.sh"
# shellcheck source=tests/cli/readers.sh
. "$(dirname "$(readlink -f "$0")")/readers.sh"
# shellcheck source=tests/cli/rotation.sh
. "$tests/rotation.sh"
# shellcheck source=tests/cli/signals.sh
. "$tests/signals.sh"
# shellcheck source=tests/cli/config.sh
. "$tests/config.sh"
# shellcheck source=tests/cli/cores.sh
. "$tests/cores.sh"
# shellcheck source=tests/cli/faults.sh
. "$(dirname "$(readlink -f "$0")")/faults.sh"
# shellcheck source=tests/cli/secrets.sh
. "$(dirname "$(readlink -f "$0")")/secrets.sh"
# shellcheck source=tests/cli/cpus.sh
. "$(dirname "$(readlink -f "$0")")/cpus.sh"
# shellcheck source=tests/cli/classes.sh
. "$(dirname "$(readlink -f "$0")")/classes.sh"
# shellcheck source=tests/cli/fail_on.sh
. "$tests/fail_on.sh"
# shellcheck source=tests/cli/summary.sh
. "$tests/summary.sh"
# shellcheck source=tests/cli/filters.sh
. "$tests/filters.sh"
# shellcheck source=tests/cli/containers.sh
. "$(dirname "$(readlink -f "$0")")/containers.sh"
# shellcheck source=tests/cli/terminal.sh
. "$tests/terminal.sh"

# ---

run_case() {
	local name=$1 why status

	mkdir -p "$work/$name"
	why=$(
		started=()
		trap 'kill -KILL "${started[@]}" 2>/dev/null' EXIT
		cd "$work/$name" && "case_$name"
	)
	status=$?
	case $status in
	0) echo "ok $name"; passed=$((passed + 1)) ;;
	77) echo "skip $name: $why"; skipped=$((skipped + 1)) ;;
	*) echo "FAIL $name: ${why:-status $status}"; failed=$((failed + 1)) ;;
	esac
}

passed=0 failed=0 skipped=0
if [ $# = 0 ]; then
	mapfile -t cases < <(declare -F | sed -n 's/^declare -f case_//p' |
		awk -v half="${SIGPATH_CLI_HALF:-}" 'half == "" || NR % 2 == half')
	set -- "${cases[@]}"
fi
for name; do
	run_case "$name"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
