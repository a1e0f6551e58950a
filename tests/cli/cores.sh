#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What becomes of a core is told in a line of its own, whatever ends the run, and in a replay too. With the pattern of
# this host; tests/vm/cores has others. Sourced by run.sh, which sets json.
# shellcheck disable=SC2154

# A process of this name crashes, with a limit for its core, in a directory of its own.
cores_name=core-$$
cores_crash() {
	mkdir -p crash
	cp /bin/sh "crash/$cores_name"
	# The shell's own message about the crash.
	(cd crash && ulimit -c "$1" && exec "./$cores_name" -c 'kill -SEGV $$') 2>/dev/null
}

cores_need_file() {
	local pattern

	pattern=$(cat /proc/sys/kernel/core_pattern)
	[ "$pattern" = core ] || skip "kernel.core_pattern is not \`core\` here: $pattern"
}

# cores_of FILE: kind, id and state of each line about a core.
cores_of() {
	grep -E '"kind":"(incident|end)"' "$1" |
		sed -E 's/.*"kind":"([a-z]+)","id":"[0-9a-f]+-([0-9]+)".*"core":\{"state":"([a-z_]+)","code":([^,]*),.*/\1 \2 \3 \4/'
}
# A slow run of sigpath knows it at once, and tells it in the incident.
cores_is_told() { grep -q '"core":{"state":"written"' out.json; }

case_cores_are_told_later() {
	cores_need_file
	start --comm "$cores_name" -s SEGV --stack none -o json:out.json -o text:out.txt -o oneline:out.log -w capture
	cores_crash unlimited
	until_true 10 cores_is_told || fail "no end: $(cat out.json)"
	cores_crash 0
	sleep 0.5
	finish INT
	wants 0
	compgen -G 'crash/core' >/dev/null || compgen -G 'crash/core.[0-9]*' >/dev/null || fail "there is no core"
	cores_of out.json >got
	# While it is told, the core may be under way already.
	sed -i -E 's/ (expected|being_written) / foreseen /' got
	printf '%s\n' 'incident 000001 foreseen null' 'end 000001 written null' \
		'incident 000002 none "limit"' >want
	sed -E '/^end /d; s/foreseen/written/' want >at_once
	cmp -s got want || cmp -s got at_once || fail "$(cat got)"
	cp out.json "$json/cores.jsonl"
	run -q -r capture --stack none -o json:again.json
	wants 0
	cores_of out.json >want
	cores_of again.json >got
	cmp got want || fail "the replay differs: $(diff got want)"
}

# The run has its one incident, and does not wait for the core. It says so.
case_cores_after_the_last_incident() {
	cores_need_file
	start --comm "$cores_name" -s SEGV --stack none --count 1 -o json:out.json
	cores_crash unlimited
	finish
	wants 0
	cores_of out.json >got
	case "$(sed -n 2p got)" in
	'end 000001 written null' | 'end 000001 unknown "run_ended"') ;;
	'') grep -q '^incident 000001 written' got || fail "$(cat got)" ;;
	*) fail "$(cat got)" ;;
	esac
}

# Of an incident that is not shown there is no end either; but the capture has it.
case_cores_of_filtered_incidents() {
	cores_need_file
	start --comm "$cores_name" -s SEGV --stack none --class client_gone -o json:out.json -w capture
	cores_crash unlimited
	sleep 1
	finish INT
	wants 0
	! grep -qE '"kind":"(incident|end)"' out.json || fail "$(cat out.json)"
	run -q -r capture --stack none -o json:again.json
	grep -q '"core":{"state":"written"' again.json || fail "$(cat again.json)"
}
