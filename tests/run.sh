#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every test of a build directory through ctest and adds up the cases that the tests count
# themselves. Ends with `N passed, N failed, N skipped`.
# usage: run.sh BUILD_DIR [CTEST ARGUMENTS]
set -uo pipefail
build=$1
shift
log=$build/test.log
# What an older sigpath wrote would be held against the schema of this one.
find "$build/json" -name '*.jsonl' ! -newer "$build/user/sigpath" -delete 2>/dev/null
# Each test as it ends: who stops a run that takes too long has seen which one that was.
ctest --test-dir "$build" --output-on-failure "$@" --verbose 2>&1 | tee "$log" |
	grep --line-buffered -E '^ *[0-9]+/[0-9]+ Test'
status=${PIPESTATUS[0]}

# The tests' own lines: cmocka's closing counts, and "N passed, N failed, N skipped" of the runners.
counts=$(sed -E 's/^[0-9]+: //' "$log" | awk '
	/^\[  PASSED  \] [0-9]+ test/ { passed += $4 }
	/^\[  FAILED  \] [0-9]+ test/ { failed += $4 }
	/^\[  SKIPPED \] [0-9]+ test/ { skipped += $4 }
	/^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ { passed += $1; failed += $3; skipped += $5 }
	/^Errors while running CTest|^No tests were found/ { broken = 1 }
	END { if (broken && !failed) failed = 1; printf "%d passed, %d failed, %d skipped", passed, failed, skipped }')

sed -E 's/^[0-9]+: //' "$log" | grep -E '^(FAIL|skip) |\[  FAILED  \]|ERROR:|Error:' | sort -u
[ "$status" -eq 0 ] || echo "the whole log: $log"
echo "$counts"
[ "$status" -eq 0 ] && [[ $counts == *" 0 failed"* ]] && [[ $counts != "0 passed"* ]]
