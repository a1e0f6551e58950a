#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# not_seen.sh SOURCE RUNNER SIGPATH: does docs/not-seen.md name each ability of `sigpath check`, and are the scenarios
# and the cases of tests that it names there?
set -euo pipefail

page=$1/docs/not-seen.md runner=$2 sigpath=$3 failed=0
complain() { echo "$page: $*" >&2; failed=1; }

# In the first column of the table of abilities.
rows=$(awk '/^## What each missing ability costs/ { on = 1; next } /^## / { on = 0 } on && /^\|/ { split($0, cell, "|"); print cell[2] }' "$page")
abilities=$("$sigpath" check --format json | python3 -c '
import json, sys
for ability in json.load(sys.stdin)["abilities"]:
    print(ability["name"])') || true
[ "$(wc -l <<<"$abilities")" -gt 15 ] || complain "check shows only: $abilities"
for name in $abilities; do
	grep -qF "\`$name\`" <<<"$rows" || complain "the ability $name has no row"
done

scenarios=$("$runner" --list)
# Code spans behind the word "scenario" or "scenarios", up to the end of the cell or of the sentence.
# shellcheck disable=SC2016 # code spans
named=$(tr '\n' ' ' <"$page" | grep -oE 'scenarios? *(`[a-z0-9-]+`(, | and )?)+' | grep -oE '`[a-z0-9-]+`' | tr -d '`')
[ -n "$named" ] || complain "names no scenario"
for name in $named; do
	grep -qxF -e "$name" <<<"$scenarios" || complain "there is no scenario $name"
done

# `case` ... `tests/FILE`, or `tests/FILE`: `case`.
while read -r name file; do
	grep -qE "(case_|def )$name\b" "$1/$file" || complain "$file has no case $name"
done < <(awk '
	/^\|/ || /`tests/ {
		file = ""
		line = $0
		while (match(line, /`[^`]+`/)) {
			span = substr(line, RSTART + 1, RLENGTH - 2)
			line = substr(line, RSTART + RLENGTH)
			if (span ~ /^tests\/.*\.(sh|py)$/) {
				file = span
				for (i = 0; i < waiting; i++)
					print name[i], file
				waiting = 0
				follows = line ~ /^: `/
			} else if (follows && span ~ /^[a-z][a-z0-9_]+$/) {
				print span, file
				follows = 0
			} else if (line ~ /^(, `| in `tests)/ && span ~ /^[a-z][a-z0-9]*_[a-z0-9_]+$/) {
				name[waiting++] = span
			}
		}
		waiting = 0
	}' "$page")
exit "$failed"
