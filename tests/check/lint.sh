#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks the sources without running them: format, clang-tidy, shellcheck, sizes.
# Ends with `N passed, N failed, N skipped`: one case a check.
# usage: lint.sh BUILD_DIR    BUILD_DIR: has compile_commands.json and the BPF skeleton
set -uo pipefail
build=$(readlink -f "$1")
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
passed=0 failed=0

# files PATTERN...: those of the project, also the ones not yet added.
files() { git ls-files -co --exclude-standard -- "$@" | while read -r file; do [ ! -f "$file" ] || echo "$file"; done; }

# By their first line or their name.
shell_scripts() {
	{
		files '*.sh' '*.bash'
		files | xargs grep -lIE -m 1 '^#!.*[/ ](ba)?sh\b'
	} | sort -u
}

check_format() { files '*.c' '*.h' | xargs clang-format --dry-run -Werror; }

# BPF sources have the compiler's warnings and the kernel's verifier. One process a file: the analyzer of
# clang 14 carries state from one file to the next.
check_tidy() {
	files 'user/*.c' | xargs -P "$(nproc)" -n 1 clang-tidy -p "$build" --quiet 2>"$build/clang-tidy.err" && return
	grep -v 'warnings generated' "$build/clang-tidy.err"
	return 1
}

check_shell() { shell_scripts | xargs shellcheck -x -P SCRIPTDIR; }

check_sizes() { files '*.c' '*.h' | xargs awk -v allow=tests/check/sizes.allow -f tests/check/sizes.awk; }

for check in format sizes shell tidy; do
	begin=$SECONDS
	if "check_$check"; then
		echo "ok $check ($((SECONDS - begin)) s)"
		passed=$((passed + 1))
	else
		echo "FAIL $check"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
