#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds what runs in the machines of one architecture, as users get it (no sanitizer), into
# build/vm/build-ARCH: a static sigpath, the scenario programs and their runner, bpf-programs, broken-writer, the
# worlds, deaths.
# usage: build.sh amd64|arm64|riscv64
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/kernels.sh"
arch=$1
build=$vm_work/build-$arch
options=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DSIGPATH_WERROR=ON -DSIGPATH_STATIC=ON -DSIGPATH_TESTS=ON)
[ "$arch" = amd64 ] || {
	vm_read_architecture "$arch"
	"$here/sysroot.sh" "$arch"
	options+=("-DCMAKE_TOOLCHAIN_FILE=$vm_source/cmake/toolchains/$vm_triplet.cmake")
}

"$vm_source/packaging/build/curl.sh" "$arch"
mkdir -p "$build"
log=$build/build.log
{
	[ "$build/build.ninja" -nt "$here/build.sh" ] || {
		rm -f "$build/CMakeCache.txt" # it remembers the libraries of other options
		cmake -S "$vm_source" -B "$build" -G Ninja "${options[@]}"
	}
	cmake --build "$build" --target sigpath scenario-runner bpf-programs broken-writer worlds deaths \
		reader-walls reader-walls-unfiltered sigpath-inside
} >"$log" 2>&1 || {
	tail -n 40 "$log" >&2
	vm_die "the build for $arch failed: $log"
}
! readelf -d "$build/user/sigpath" | grep -q NEEDED || vm_die "sigpath for $arch is not static"
