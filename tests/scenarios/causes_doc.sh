#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# causes_doc.sh RUNNER CAUSES.MD: does every cause name scenarios that exist, and is no scenario of a
# cause left out?
set -euo pipefail

runner=$1 doc=$2 failed=0
complain() { echo "$doc: $*" >&2; failed=1; }

# CODE NAME for each scenario that a section names; CODE - for a section.
named=$(awk '
	/^### / { code = $2; print code, "-" }
	/^## / { code = "" }
	/^- / { listing = code != "" && /^- Scenarios:/ }
	listing { line = $0
		while (match(line, /`[^`]*`/)) {
			print code, substr(line, RSTART + 1, RLENGTH - 2)
			line = substr(line, RSTART + RLENGTH)
		} }' "$doc")
all=$("$runner" --list)
[ -n "$named" ] || complain "no sections"

while read -r code name; do
	if [ "$name" = - ]; then
		grep -qv -e '-$' <<<"$(grep "^$code " <<<"$named")" || complain "$code names no scenario"
	elif ! grep -qxF -e "$name" <<<"$all"; then
		complain "$code: there is no scenario $name"
	fi
done <<<"$named"
while read -r name; do
	grep -q " $name\$" <<<"$named" || complain "the scenario $name is in no section"
done <<<"$(grep -E '^(cause|tcp)-' <<<"$all" | grep -v '^tcp-attached$')"
exit "$failed"
