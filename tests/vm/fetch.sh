#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Downloads the kernels of the matrix and a busybox for their machines from Debian's mirror into build/vm/cache.
# apt checks the signatures. Files in the cache are used until --refresh asks for the newest ones. The kernels of
# the suites that move are as new as the lists, which newest.sh renews once a day.
# usage: fetch.sh [--refresh] [KERNEL...]
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
. ./kernels.sh
. ./apt.sh

refresh=
[ "${1:-}" != --refresh ] || {
	refresh=refresh
	shift
}

# dependencies SUITE ARCH PACKAGE PATTERN: the dependencies that match PATTERN.
dependencies() {
	apt_at "$1" "$2" apt-cache depends --important "$3" | sed -nE "s/^ *(Pre)?Depends: ($4)$/\2/p" | sort -u
}

unpack() {
	local directory=$1 file
	shift
	rm -rf "$directory"
	mkdir -p "$directory.new"
	for file in "$@"; do
		dpkg-deb --fsys-tarfile "$file" | tar -x --no-same-owner -C "$directory.new"
	done
	mv "$directory.new" "$directory"
}

# The kernel package depends on the image package of one version. Since 7.0 that package is empty: the kernel
# and its modules are separate packages.
fetch_kernel() {
	local name=$1 image package files=() target=$vm_cache/kernels/$1
	vm_read "$name"
	apt_prepare "$vm_suite" "$vm_arch" $refresh
	image=$(dependencies "$vm_suite" "$vm_arch" "$vm_package" 'linux-image-.*' | head -n 1)
	[ -n "$image" ] || vm_die "$vm_suite has no $vm_package for $vm_arch"
	for package in "$image" $(dependencies "$vm_suite" "$vm_arch" "$image" 'linux-(binary|modules)-.*'); do
		files+=("$(apt_fetch "$vm_suite" "$vm_arch" "$package")")
	done
	if [ "$(cat "$target/from" 2>/dev/null)" != "${files[*]##*/}" ]; then
		rm -rf "$target.new"
		unpack "$target" "${files[@]}"
		echo "${files[*]##*/}" >"$target/from"
	fi
	printf '%s: %s\n' "$name" "${image#linux-image-} ($(apt_newest "$vm_suite" "$vm_arch" "$image"))" >&2
}

fetch_busybox() {
	local target=$vm_cache/busybox-$1 file
	vm_read_architecture "$1"
	apt_prepare "$vm_sysroot_suite" "$1" $refresh
	file=$(apt_fetch "$vm_sysroot_suite" "$1" busybox-static)
	[ "$(cat "$target/from" 2>/dev/null)" = "${file##*/}" ] || {
		rm -rf "$target.new"
		unpack "$target" "$file"
		echo "${file##*/}" >"$target/from"
	}
}

mkdir -p "$vm_cache"
# Two runs at the same time would unpack into the same directory.
exec 9>"$vm_cache/lock"
flock 9
[ $# -gt 0 ] || mapfile -t all < <(vm_names)
for name in "${@:-${all[@]}}"; do
	vm_read "$name"
	if [ -z "$refresh" ] && [[ " $vm_newest_suites " != *" $vm_suite "* ]] && [ -s "$vm_cache/kernels/$name/from" ] && [ -s "$vm_cache/busybox-$vm_arch/from" ]; then
		continue
	fi
	fetch_kernel "$name"
	fetch_busybox "$vm_arch"
done
