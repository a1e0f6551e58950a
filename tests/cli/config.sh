#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --config: the file of a run, and SIGHUP. Sourced by run.sh, which sets the variables.
# shellcheck disable=SC2015,SC2034,SC2154

# A name that no other test on the host has.
mine=config-$$

# config_is LINE...: replaces the file x.conf by a rename.
config_is() {
	[ -e "$mine" ] || cp "$writer" "$mine"
	printf '%s\n' "$@" >x.conf.new
	mv x.conf.new x.conf
}

# reloads PATTERN: after SIGHUP this line comes. `since` has what came.
reloads() {
	seen=$(wc -l <err)
	kill -HUP "$pid"
	until_true 10 has_since "$1" || fail "no '$1' after SIGHUP: $(cat err)"
}
has_since() {
	tail -n +$((seen + 1)) err >since
	grep -q -e "$1" since
}

# reports FILE COUNT: so many incidents in total.
reports() { until_true 10 has_incidents "$1" "$2" || fail "not $2 incidents: $(cat "$1" err)"; }
has_incidents() { [ "$(json_incidents "$1")" = "$2" ]; }

case_config_of_a_run() {
	config_is '# a comment' "comm = $mine" 'output = json:log' 'quiet = yes'
	: >err
	"$sigpath" --config x.conf >out 2>err </dev/null &
	pid=$!
	started+=("$pid")
	until_true 60 counts_so_far || fail "it is not ready: $(cat err)"
	./"$mine" 1
	finish INT
	wants 0
	[ "$(json_incidents log)" = 1 ] || fail "no incident: $(cat log err)"
	grep -q '"kind":"start".*"--config","x.conf","--comm='"$mine"'","--output=json:log","--quiet"\]' log || fail "$(head -1 log)"
	[ ! -s out ] || fail "incidents on stdout: $(cat out)"
}

# An administrator looks what the service would report.
case_config_and_other_outputs() {
	config_is "comm = $mine" 'output = json:log' 'rotate-size = 1M' 'write = capture' 'to = journal'
	start --config x.conf -o json:-
	./"$mine" 1
	finish INT
	wants 0
	[ "$(json_incidents out)" = 1 ] || fail "no incident: $(cat out err)"
	grep -q '"kind":"start".*"-o","json:-","--comm='"$mine"'"\]' out || fail "$(head -1 out)"
	[ ! -e log ] && [ ! -e capture ] || fail "the files of the service were used"
}

case_config_with_a_command() {
	config_is 'follow = yes' 'output = json:log' "comm = $mine"
	run --config x.conf -- sh -c "./\"$mine\" 1; exit 3"
	wants 3
	[ "$(json_incidents log)" = 1 ] || fail "no incident: $(cat log err)"
}

case_config_with_errors() {
	config_is "comm = $mine" 'foo = 1' 'count = none'
	run --config x.conf
	wants 2 "^sigpath: x.conf:2: unknown option 'foo'$"
	wants 2 "^sigpath: x.conf:3: count: 'none': expected a number$"
	[ "$(wc -l <err)" = 2 ] || fail "$(cat err)"
	chmod 666 x.conf
	run --config x.conf
	wants 2 '^sigpath: x.conf: other users can write to it (mode 0666)$'
	rm x.conf
	mkfifo x.conf
	run --config x.conf
	wants 2 '^sigpath: x.conf: it is not a regular file$'
}

# Without privileges. nobody may read the file, and must not be able to write it.
case_check_of_a_config() {
	config_is "comm = $mine" 'output = /nowhere/log'
	chmod 644 x.conf
	as_nobody "$sigpath" check --config "$PWD/x.conf" >out 2>err
	status=$?
	wants 0
	[ "$(cat out)" = "config ok" ] || fail "$(cat out err)"
	config_is 'comm ='
	chmod 644 x.conf
	as_nobody "$sigpath" check --config "$PWD/x.conf" >out 2>err
	status=$?
	wants 2 ":1: a value is missing behind '='$"
	[ ! -s out ] || fail "$(cat out)"
}

case_config_of_another_user() {
	shared_directory shared
	as_nobody sh -c 'echo "comm = theirs" >shared/x.conf; ln -s /etc/hostname shared/link'
	run --config shared/x.conf
	wants 2 '^sigpath: shared/x.conf: it belongs to uid 65534; '
	run --config shared/link
	wants 2 '^sigpath: shared/link: a symbolic link on its path belongs to uid 65534$'
	mkdir open
	chmod 777 open
	echo 'comm = x' >open/x.conf
	run --config open/x.conf
	wants 2 "^sigpath: open/x.conf: other users can replace it: the directory 'open' on its path "
}

# reloads_filters ARGUMENTS...: of sigpath.
reloads_filters() {
	local class

	rm -f log
	config_is "comm = $mine" 'output = json:log' 'burst = 5'
	start_without_terminal --config x.conf "$@"
	./"$mine" 1
	reports log 1
	class=$(grep -o -m 1 '"class":"[a-z_]*"' log | head -1 | cut -d '"' -f 4)
	config_is "comm = $mine" 'output = json:log' 'burst = 6' "class = !$class" 'advice = none'
	reloads '^sigpath: x.conf: changed: class, advice$'
	grep -q '^sigpath: x.conf: changes after a restart: burst$' since || fail "$(cat err)"
	./"$mine" 1
	# What is not wanted any more is counted, and what is wanted again comes.
	config_is "comm = $mine" 'output = json:log' 'burst = 5' "class = $class" 'redact = all'
	sleep 0.7
	reloads '^sigpath: x.conf: changed: class, advice, redact$'
	! grep restart since || fail "$(cat err)"
	./"$mine" 1
	reports log 2
	finish INT
	wants 0
	grep -q '"kind":"summary".*"incidents":2,.*"filtered":1,' log || fail "$(cat log)"
	[ "$(grep -c '"cmdline":null,"redacted":true' log)" = 1 ] || fail "redact has not changed: $(cat log)"
}

case_config_is_read_again() { reloads_filters; }

# The file may be for root alone.
case_config_is_read_again_by_another_user() {
	umask 077
	reloads_filters --run-as nobody
}

# The walls of a trace do not keep it from the file, but nothing has changed.
case_config_that_is_wrong_is_not_taken() {
	config_is "comm = $mine" 'output = json:log'
	start_without_terminal --config x.conf
	config_is "comm = $mine" 'class = !write_failed' 'foo = 1' 'count = x'
	mv log log.1
	reloads '^sigpath: x.conf: the options stay as they are, because of these errors$'
	grep -q "^sigpath: x.conf:3: unknown option 'foo'$" since || fail "$(cat err)"
	grep -q "^sigpath: x.conf:4: count: 'x': expected a number$" since || fail "$(cat err)"
	until_true 10 test -e log || fail "the output was not opened again"
	rm x.conf
	mkfifo x.conf
	reloads '^sigpath: x.conf: it is not a regular file; the options stay as they are$'
	rm x.conf
	reloads '^sigpath: x.conf: No such file or directory; the options stay as they are$'
	echo 'comm = theirs' >x.conf
	chown nobody x.conf
	reloads '^sigpath: x.conf: it belongs to uid 65534; '
	rm x.conf
	config_is "comm = $mine" 'output = json:log'
	reloads '^sigpath: x.conf: no option has changed$'
	./"$mine" 1
	reports log 1
	finish INT
	wants 0
}

# As a volume of Kubernetes replaces its files.
case_config_behind_links() {
	mkdir one two
	echo 'class = !misuse' >one/x.conf
	echo 'class = misuse' >two/x.conf
	ln -s one ..data
	ln -s ..data/x.conf x.conf
	start_without_terminal --config x.conf
	ln -s two ..new
	mv -T ..new ..data
	reloads '^sigpath: x.conf: changed: class$'
	finish INT
	wants 0
}

# SIGTERM during many reloads, and options that the command line decides.
case_config_is_read_again_in_a_hurry() {
	config_is "comm = $mine" 'class = misuse'
	start_without_terminal --config x.conf --class '!misuse' --min-severity info -o json:log
	config_is "comm = $mine" 'class = client_gone' 'output = other' 'min-severity = error'
	reloads '^sigpath: x.conf: no option has changed$'
	./"$mine" 1
	reports log 1
	for _ in $(seq 100); do kill -HUP "$pid"; done
	finish TERM
	wants 0
}

# The commands of docs/logs.md.
case_config_of_a_service() {
	config_is "comm = $mine" 'output = json:log' 'pidfile = number' 'class = !misuse'
	start_without_terminal --config x.conf
	"$sigpath" --config x.conf -o - --pidfile other -d 100ms >look 2>&1 || fail "$(cat look)"
	config_is 'class = !misuse' 'pidfile ='
	"$sigpath" check --config x.conf 2>/dev/null && pkill -HUP -L -F number
	[ "$(grep -c changed err)" = 0 ] || fail "a wrong file was taken"
	config_is "comm = $mine" 'output = json:log' 'pidfile = number' 'rotate-size = 1M'
	"$sigpath" check --config x.conf >out || fail "it is wrong"
	pkill -HUP -L -F number || fail "pkill does not find it"
	until_true 10 has_line '^sigpath: x.conf: changes after a restart: rotate-size$' err || fail "$(cat err)"
	has_line '^sigpath: x.conf: changed: class$' err || fail "$(cat err)"
	finish TERM
	wants 0
}

# sigpath-config: the process that reads the file.
find_reader() {
	for reader in $(pgrep -P "$pid"); do
		[ "$(cat "/proc/$reader/comm")" != sigpath-config ] || return 0
	done
	return 1
}

# It may be a zombie that nobody waits for.
is_gone() { ! grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null; }

case_config_reader_has_no_rights() {
	config_is "comm = $mine" 'class = misuse'
	start_without_terminal --config x.conf --run-as nobody
	find_reader || fail "no sigpath-config"
	for line in 'CapPrm:\s*0*$' 'CapBnd:\s*0*$' 'NoNewPrivs:\s*1$' 'Seccomp:\s*2$' 'Uid:\s*0\s'; do
		grep -q "^$line" "/proc/$reader/status" || fail "$line: $(cat "/proc/$reader/status")"
	done
	[ "$(find "/proc/$reader/fd" -mindepth 1 | wc -l)" = 2 ] || fail "it has $(ls -l "/proc/$reader/fd")"
	# A run goes on without it, and says so.
	kill -KILL "$reader"
	reloads '^sigpath: x.conf: sigpath-config, which reads it, has ended; the options stay as they are$'
	finish INT
	wants 0
	run --comm broken-writer -d 10ms
	wants 0
}

# A file system that does not answer holds up nothing but SIGHUP.
case_config_reader_that_hangs() {
	config_is "comm = $mine" 'output = json:log' 'class = !misuse'
	start_without_terminal --config x.conf
	find_reader || fail "no sigpath-config"
	kill -STOP "$reader"
	config_is "comm = $mine" 'output = json:log'
	mv log log.1
	kill -HUP "$pid"
	until_true 10 test -e log || fail "the output was not opened again"
	./"$mine" 1
	reports log 1
	local begin=$SECONDS
	finish TERM
	wants 0
	[ $((SECONDS - begin)) -le 2 ] || fail "it needed $((SECONDS - begin)) s"
	kill -CONT "$reader"
	until_true 5 is_gone "$reader" || fail "the reader lives on"
}
