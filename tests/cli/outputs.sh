#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Outputs in directories that everybody can write to. Sourced by run.sh, which sets the variables.
# shellcheck disable=SC2154

# shared_directory NAME: as /tmp.
shared_directory() { mkdir "$1" && chmod 1777 "$1"; }

# as_nobody COMMAND...: the attacker.
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }

# record FILE: saves one incident.
record() {
	start --comm broken-writer -w "$1" -o /dev/null
	"$writer" 1
	finish INT
	wants 0
}

# Each format, and the capture, is opened in the same way.
case_planted_outputs_are_refused() {
	local option name

	shared_directory shared
	echo precious >victim
	as_nobody ln -s "$PWD/victim" shared/link
	as_nobody ln -s "$PWD/new" shared/dangling
	as_nobody mkfifo -m 666 shared/fifo
	as_nobody sh -c 'echo theirs >shared/file && chmod 666 shared/file'
	for option in -o -w; do
		for name in link dangling fifo file; do
			run -d 1 -o /dev/null "$option" "shared/$name"
			case $name in
			link | dangling) wants 1 "^sigpath: shared/$name: the symbolic link '$name' of uid 65534 in a directory of uid 0 is not followed" ;;
			*) wants 1 "^sigpath: shared/$name: it belongs to uid 65534, and other users can write to its directory" ;;
			esac
		done
	done
	[ "$(cat victim shared/file)" = $'precious\ntheirs' ] || fail "overwritten: $(cat victim shared/file)"
	[ ! -e new ] || fail "a file was made through a link"
}

case_mode_of_a_file() {
	umask 027
	record capture
	[ "$(stat -c %a capture)" = 600 ] || fail "capture: $(stat -c %a capture)"
	run -r capture -o new --output-mode 0664
	wants 0
	[ "$(stat -c %a new)" = 664 ] || fail "new: $(stat -c %a new)"
	run -r capture -o new --truncate
	wants 0 '^sigpath: new had mode 0664 and now has 0600 (--output-mode)$'
	[ "$(stat -c %a new)" = 600 ] || fail "old: $(stat -c %a new)"
	[ "$(headlines new)" = 1 ] || fail "no incident: $(cat new)"
}

# A log says which run wrote it, and what that run could not see.
case_the_first_line() {
	run check --format json
	wants 0
	cp out check.json
	run --quiet -o "$json/start.jsonl" -o start.log -o start.txt --redact args --epipe all -- true
	wants 0
	python3 - "$json/start.jsonl" <<-'PYTHON' || fail "not as it should be: $(cat "$json/start.jsonl")"
		import json, os, platform, sys
		start, summary = map(json.loads, open(sys.argv[1]))
		assert start["kind"] == "start" and summary["kind"] == "summary"
		assert start["session"] == summary["session"]
		assert start["kernel"] == os.uname().release and start["machine"] == os.uname().machine
		assert start["cmdline"][1:] == ["[redacted]"] and start["redacted"], start["cmdline"]
		names = [ability["name"] for ability in start["abilities"]]
		assert "signals" in names and "silent_epipe" in names and "closers" in names, names
		for ability in start["abilities"]:
		    assert (ability["state"] == "ok") == (ability["lost"] is None), ability
		with open("check.json") as check:
		    found = {ability["name"]: ability for ability in json.load(check)["abilities"]}
		for ability in start["abilities"]:
		    checked = found[ability["name"]]
		    assert ability["state"] == checked["state"], (ability, checked)
		    # This run has what --epipe all adds; a check says that it would add it.
		    assert (checked["lost"] or "").endswith(ability["lost"] or ""), (ability, checked)
	PYTHON
	grep -Eq '^time=[^ ]+ host=[^ ]+ event=start version=[^ ]+ kernel=[^ ]+ degraded=[^ ]+ missing=[^ ]+$' start.log ||
		fail "the log begins with $(head -1 start.log)"
	grep -q start start.txt && fail "text: $(cat start.txt)"
	run --quiet --history none --format json --redact none -- true
	wants 0
	grep -q '"cmdline":\["[^"]*sigpath","--quiet","--history","none","--format","json","--redact","none","--"\],"redacted":false' err ||
		fail "the words of the command line: $(cat err)"
	grep -q '"closers"' err && fail "closers without a history: $(cat err)"
	return 0
}

# A restart does not cost the log of the run before.
case_output_is_appended_to() {
	record capture
	for _ in 1 2; do
		run -r capture -o log.jsonl -o log.txt
		wants 0
	done
	[ "$(json_incidents log.jsonl) $(headlines log.txt)" = "2 2" ] || fail "not appended: $(cat log.jsonl log.txt)"
	[ "$(grep -c '"kind":"summary"' log.jsonl)" = 2 ] || fail "not two runs: $(cat log.jsonl)"
	run -r capture -o log.jsonl -o log.txt --truncate
	wants 0
	[ "$(json_incidents log.jsonl) $(headlines log.txt)" = "1 1" ] || fail "not truncated: $(cat log.jsonl log.txt)"
}

# A run that was killed in the middle of a line does not cost the first line of the next one.
case_half_line_of_an_earlier_run() {
	record capture
	printf '{"kind":"incid' >log.jsonl
	run -r capture -o log.jsonl
	wants 0
	[ "$(head -n 1 log.jsonl)" = '{"kind":"incid' ] || fail "the half line: $(cat log.jsonl)"
	tail -n +2 log.jsonl | python3 -c 'import json, sys
kinds = [json.loads(line)["kind"] for line in sys.stdin]
assert "incident" in kinds and kinds[-1] == "summary", kinds' || fail "lines are not whole: $(cat log.jsonl)"
}

case_capture_is_not_appended_to() {
	local before

	record capture
	before=$(md5sum <capture)
	run -w capture -o /dev/null -d 100ms
	wants 1 '^sigpath: capture is not empty, and -w does not append; --truncate empties it first$'
	[ "$(md5sum <capture)" = "$before" ] || fail "the capture was changed"
	"$sigpath" -w - -o /dev/null -d 100ms >>capture 2>err && fail "stdout that is a capture: exit status 0"
	grep -q '^sigpath: stdout is not empty, ' err || fail "stdout: $(cat err)"
	[ "$(md5sum <capture)" = "$before" ] || fail "the capture was changed by stdout"
	run -w capture -o /dev/null -d 100ms --truncate
	wants 0
	run -r capture
	wants 0 '^sigpath: 0 incidents, '
	: >empty
	run -w empty -o /dev/null -d 100ms
	wants 0
	run -r empty
	wants 0
}

case_given_outputs() {
	record capture
	"$sigpath" -r capture -o /dev/stdout >out 2>err || fail "stdout, a file: $(cat err)"
	[ "$(headlines out)" = 1 ] || fail "stdout, a file: $(cat out)"
	[ "$(stat -c %a out)" = 644 ] || fail "the mode of stdout was changed"
	"$sigpath" -r capture -o /dev/stdout 2>err | cat >out
	[ "$(headlines out)" = 1 ] || fail "stdout, a pipe: $(cat err)"
	"$sigpath" -r capture -q -o text:/dev/stderr 2>&1 >/dev/null | cat >out
	[ "$(headlines out)" = 1 ] || fail "stderr: $(cat out)"
	"$sigpath" -r capture -o /dev/fd/7 7>&1 >/dev/null 2>err | cat >out
	[ "$(headlines out)" = 1 ] || fail "fd 7: $(cat err)"
}

# The owner of the directory above moves ours away, and a link to a directory of root's gets its path.
case_rotation_in_a_directory_that_was_replaced() {
	mkdir theirs theirs/logs private
	chown 65534 theirs
	echo precious >private/log
	start --comm "replace-$$" --format json -o theirs/logs/log
	"$writer" -n "replace-$$" 1
	until_true 20 grep -q '"kind":"incident"' theirs/logs/log || fail "no incident: $(cat err)"
	as_nobody mv theirs/logs theirs/moved
	as_nobody ln -s "$PWD/private" theirs/logs
	mv theirs/moved/log theirs/moved/log.1
	kill -USR1 "$pid"
	until_true 20 test -e theirs/moved/log || fail "no new file in the directory: $(cat err)"
	"$writer" -n "replace-$$" 2
	finish INT
	wants 0 'theirs/logs/log: its directory no longer has this path; writing on in the old one'
	[ "$(cat private/log)" = precious ] || fail "overwritten"
	[ "$(grep -c '"kind":"incident"' theirs/moved/log)" = 2 ] || fail "not in the new file"
}

case_rotation_finds_a_planted_link() {
	shared_directory shared
	echo precious >victim
	start --comm broken-writer --format json -o shared/log
	mv shared/log log.1
	as_nobody ln -s "$PWD/victim" shared/log
	kill -USR1 "$pid"
	until_true 20 grep -q "not followed: .*; writing on to the old file" err || fail "no word: $(cat err)"
	"$writer" 2
	finish INT
	wants 0
	[ "$(cat victim)" = precious ] || fail "overwritten"
	[ "$(grep -c '"kind":"incident"' log.1)" = 2 ] || fail "not in the old file"
}
