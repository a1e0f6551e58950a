#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Which suite has the newest version of a package? Asks the mirror once a day, so that the tests meet a new
# kernel on the day when Debian has it. Without the mirror the last answer counts.
# usage: newest.sh ARCH PACKAGE
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
. ./kernels.sh
. ./apt.sh
arch=$1 package=$2 answer=$vm_cache/newest/$1-$2 day=${SIGPATH_DAY:-$(date -u +%j)}

# Prints `SUITE VERSION`.
compare() {
	local suite version newest='' newest_suite=''
	for suite in $vm_newest_suites; do
		apt_prepare "$suite" "$arch" refresh
		version=$(apt_newest "$suite" "$arch" "$package")
		if [ -n "$version" ] && dpkg --compare-versions "$version" gt "$newest"; then
			newest=$version newest_suite=$suite
		fi
	done
	[ -n "$newest" ] || vm_die "no suite of $vm_newest_suites has $package for $arch"
	echo "$newest_suite $newest"
}

mkdir -p "$vm_cache/newest"
# Two runs at the same time would refresh the same lists.
exec 8>"$vm_cache/newest/lock"
flock 8
[ "$(awk '{ print $1 }' "$answer" 2>/dev/null)" = "$day" ] || {
	if found=$(compare); then
		echo "$day $found" >"$answer"
	elif [ -s "$answer" ]; then
		echo "vm: the mirror does not answer: the newest kernel is the one of the last time" >&2
	else
		exit 1
	fi
}
awk '{ print $2 }' "$answer"
