# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests of packages: run_checks runs each function check_NAME in a shell of its own and prints `ok NAME`
# or `FAIL NAME: why`.
# shellcheck shell=bash

fail() { echo "$*"; exit 1; }

run_checks() {
	local check why passed=0 failed=0
	for check in $(declare -F | sed -n 's/^declare -f check_//p'); do
		if why=$("check_$check" 2>&1); then
			echo "ok $check"
			passed=$((passed + 1))
		else
			echo "FAIL $check: $why"
			failed=$((failed + 1))
		fi
	done
	echo "$passed passed, $failed failed, 0 skipped"
	[ $failed = 0 ]
}
