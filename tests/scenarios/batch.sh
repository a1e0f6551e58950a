#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# batch.sh RUNNER SIGPATH DIRECTORY: do as many cases share a sigpath as they are asked to, and no others?
set -euo pipefail

# Of these, --epipe all wants another sigpath, and so do a process of its own and a limit.
names=(syscall-write syscall-tee filter-count object-pipe silent-and-signal syscall-writev)
failed=0

# expect BATCH PLAYS...: how many plays each sigpath had, in the order of their ends.
expect() {
	local batch=$1 output status=0 plays
	shift
	output=$("$runner" --sigpath "$sigpath" --dir "$directory" -v --batch "$batch" "${names[@]}") || status=$?
	[ "$status" -ne 77 ] || { echo "$output"; exit 77; }
	plays=$(sed -n 's/^sigpath started .* beside //p' <<<"$output" | xargs)
	[ "$status" -eq 0 ] && [ "$plays" = "$*" ] && return
	echo "--batch $batch: exit status $status, and $plays plays instead of $*"
	echo "$output"
	failed=1
}

runner=$1 sigpath=$2 directory=$3
expect 1 1 1 1 1 1 1
expect 2 1 2 1 1 1
expect 8 1 3 1 1
exit "$failed"
