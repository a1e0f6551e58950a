#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every fuzz target for some seconds, starting from its corpus. BUILD_DIR/fuzz has the inputs that failed.
# usage: run.sh BUILD_DIR [SECONDS]
set -eu
build=$1 seconds=${2:-30}
here=$(cd "$(dirname "$0")" && pwd)
work=$build/fuzz
failed=0 passed=0

# libdw can allocate gigabytes for a large register number in call frame information. In sigpath the memory
# limit of the child process stops this. Here such an allocation fails.
ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=512
export ASAN_OPTIONS

for program in "$build"/tests/fuzz/fuzz-*; do
	if ! [ -x "$program" ] || ! [ -f "$program" ]; then continue; fi
	target=${program##*/fuzz-}
	set -- "$work/$target"
	mkdir -p "$1"
	[ ! -d "$here/corpus/$target" ] || set -- "$@" "$here/corpus/$target"
	# Captures are made of the event.h of the day.
	[ "$target" != record ] || for name in $("$build/tests/golden/make-capture"); do
		"$build/tests/golden/make-capture" "$name" >"$work/$target/$name"
	done
	if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 -malloc_limit_mb=1000000 \
		-max_len=65536 \
		-artifact_prefix="$work/$target-" "$@" >"$work/$target.log" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL fuzz $target: $work/$target.log"
		tail -20 "$work/$target.log"
	fi
	grep -E '^Done|^stat::number_of_executed' "$work/$target.log" | sed "s/^/$target: /" || true
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
