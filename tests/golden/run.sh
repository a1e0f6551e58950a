#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Replays a capture for each case and compares the exact output. cases/NAME.txt has stdout, stderr and the exit
# status with the format text, cases/NAME.jsonl the JSON lines, cases/NAME.log the lines of oneline. Text has 100
# columns there. cases/NAME.80.txt and cases/NAME.200.txt are what terminals of this width show, and
# cases/NAME.OPTION.txt is text with this option.
# usage: run.sh [--update] BUILD_DIR
set -uo pipefail
update=
[ "${1:-}" = --update ] && { update=yes; shift; }
build=$(readlink -f "$1")
golden=$(dirname "$(readlink -f "$0")")
cd "$golden/cases" || exit
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

# terminals NAME: what terminals of 80 and 200 columns show.
terminals() {
	local columns
	for columns in 80 200; do
		TZ=UTC "$golden/on_terminal.py" "$columns" "$build/user/sigpath" -r capture --color never \
			>"$1.$columns.txt" 2>/dev/null
		[ -z "$(LC_ALL=C.UTF-8 wc -L <"$1.$columns.txt" | awk -v most="$columns" '$1 > most')" ] || {
			echo "FAIL $1: a line has more than $columns columns"
			failed=$((failed + 1))
		}
	done
}

# with NAME SUFFIX OPTION...: text with these options.
with() {
	local file=$1.$2.txt
	shift 2
	TZ=CET-1CEST "$build/user/sigpath" -r capture --color never "$@" >"$file" 2>/dev/null
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
	more=()
	case $name in hostile-names | tcp-classic | terminal)
		terminals "$name"
		more=("$name.80.txt" "$name.200.txt")
		;;
	esac
	if [ "$name" = terminal ]; then
		with "$name" full --full
		with "$name" depth --stack-depth 2
		for how in utc iso delta epoch; do
			with "$name" "$how" --stack none --advice none --time "$how"
			more+=("$name.$how.txt")
		done
		more+=("$name.full.txt" "$name.depth.txt")
	fi
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
	for file in "${more[@]}"; do
		check "$file"
	done
	check "$name.txt"
	check "$name.jsonl"
	check "$name.log"
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ] && [ $passed -gt 0 ]
