#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Replays a capture for each case and compares the exact output. cases/NAME.txt has stdout, stderr and the exit
# status with the format text, cases/NAME.jsonl the JSON lines, cases/NAME.log the lines of oneline.
# usage: run.sh [--update] BUILD_DIR
set -uo pipefail
update=
[ "${1:-}" = --update ] && { update=yes; shift; }
build=$(readlink -f "$1")
cd "$(dirname "$(readlink -f "$0")")/cases" || exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$build/json/golden"
passed=0 failed=0

# check FILE: the file in $work against the expected one.
check() {
	if [ -n "$update" ]; then
		cp "$work/$1" "$1"
	elif ! diff -u "$1" "$work/$1"; then
		echo "FAIL $1"
		failed=$((failed + 1))
		return
	fi
	echo "ok $1"
	passed=$((passed + 1))
}

for name in $("$build/tests/golden/make-capture"); do
	"$build/tests/golden/make-capture" "$name" >"$work/capture"
	cd "$work" || exit
	TZ=UTC "$build/user/sigpath" -r capture --color never >out 2>err
	status=$?
	{ cat out; echo "--- stderr"; cat err; echo "--- exit status $status"; } >"$name.txt"
	"$build/user/sigpath" -r capture --format json >"$name.jsonl" 2>/dev/null
	"$build/user/sigpath" -r capture --format oneline >"$name.log" 2>/dev/null
	cp "$name.jsonl" "$build/json/golden/"
	cd "$OLDPWD" || exit
	# An expected output that was taken from records which nobody could read would prove nothing.
	case $name in
	corrupt | truncated) ;;
	*)
		grep -q '"malformed":0' "$work/$name.jsonl" || {
			echo "FAIL $name: sigpath cannot read the records of make-capture"
			failed=$((failed + 1))
		}
		;;
	esac
	check "$name.txt"
	check "$name.jsonl"
	check "$name.log"
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ] && [ $passed -gt 0 ]
