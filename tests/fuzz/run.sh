#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every fuzz target for some seconds, one on each CPU, starting from its corpus. BUILD_DIR/fuzz has the inputs that were found,
# and those that failed.
# With --coverage, in a build that counts lines: runs the corpora and what was found so far, without looking for more,
# and prints how many lines of each file that was. Fails below the goal.
# usage: run.sh BUILD_DIR [SECONDS [TARGET...]]
#        run.sh BUILD_DIR --coverage FOUND_DIR
set -euo pipefail
build=$1 seconds=${2:-30} found=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$build/fuzz
failed=0 passed=0

# libdw can allocate gigabytes for a large register number in call frame information. In sigpath the memory
# limit of the child process stops this. Here such an allocation fails.
ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=512
export ASAN_OPTIONS

# run PROGRAM TARGET ARGUMENTS...: with the corpora that it has.
run() {
	program=$1 target=$2
	shift 2
	for corpus in "$here/corpus/$target" "$found/$target"; do
		[ "$corpus" = "/$target" ] || [ ! -d "$corpus" ] || set -- "$@" "$corpus"
	done
	"$program" -timeout=10 -rss_limit_mb=4096 -malloc_limit_mb=1000000 -max_len=65536 \
		-artifact_prefix="$work/$target-" "$@" >"$work/$target.log" 2>&1
}

# Captures are made of the event.h of the day, by a program whose lines do not count.
make_captures() {
	local -x LLVM_PROFILE_FILE=/dev/null
	for name in $("$build/tests/golden/make-capture"); do
		"$build/tests/golden/make-capture" "$name" >"$1/$name"
	done
}

# fuzz PROGRAM TARGET: writes how it ended to TARGET.status.
fuzz() {
	local status=0
	mkdir -p "$work/$2"
	case $2 in record | capture) make_captures "$work/$2" ;; esac
	run "$1" "$2" -max_total_time="$seconds" "$work/$2" || status=$?
	echo "$status" >"$work/$2.status"
}

# conclude TARGET: prints how it ended.
conclude() {
	if [ "$(cat "$work/$1.status")" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL fuzz $1: $work/$1.log"
		tail -20 "$work/$1.log"
	fi
	grep -E '^Done|^stat::number_of_executed' "$work/$1.log" | sed "s/^/$1: /" || true
}

# cover PROGRAM TARGET: what it found before, and nothing new.
cover() {
	mkdir -p "$work"
	rm -rf "$work/captures"
	mkdir "$work/captures"
	case $2 in record | capture) make_captures "$work/captures" ;; esac
	LLVM_PROFILE_FILE=$work/$2.profraw run "$1" "$2" -runs=0 "$work/captures" || {
		echo "FAIL coverage $2: $work/$2.log"
		exit 1
	}
	objects="$objects -object $1" profiles="$profiles $work/$2.profraw"
}

# The lines of each directory, and of the files that escape names for every output.
print_coverage() {
	# shellcheck disable=SC2086 # a list of words
	llvm-profdata merge -o "$work/profdata" $profiles
	# Files that no target links, one by one: in an archive they may be at odd places, which llvm-cov calls malformed.
	for file in "$build"/user/{stack,decode}/CMakeFiles/sigpath_*.dir/*.c.o; do objects="$objects -object $file"; done
	# shellcheck disable=SC2086
	llvm-cov export -summary-only -instr-profile "$work/profdata" ${objects# -object } >"$work/coverage.json"
	python3 "$here/coverage.py" "$work/coverage.json" "${here%/tests/fuzz}"
}

objects='' profiles='' targets=()
# Not what is in BUILD_DIR, which may have targets of earlier times.
mapfile -t all < <(sed -n 's/^fuzz_target(\([a-z]*\) .*/\1/p' "$here/CMakeLists.txt")
for target in "${all[@]}"; do
	program=$build/tests/fuzz/fuzz-$target
	if [ "$seconds" = --coverage ]; then
		cover "$program" "$target"
	elif [ $# -le 2 ] || [[ " ${*:3} " == *" $target "* ]]; then
		found='' targets+=("$target")
		while [ "$(jobs -r | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
		fuzz "$program" "$target" &
	fi
done
[ "$seconds" != --coverage ] || {
	print_coverage
	exit
}
wait
for target in "${targets[@]}"; do conclude "$target"; done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
