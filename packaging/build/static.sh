#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the one static binary: build/package/sigpath-VERSION-ARCH, stripped. For another architecture clang
# compiles it with the libraries of Debian's packages, as for the machines of tests/vm.
# usage: static.sh [--arch amd64|arm64] [--test]    --test: then run its tests (as root)
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/common.sh"
package_options "$@"
build=$(package_build) binary=$(package_binary)
# Units and pages name the paths at which a package has the files.
options=(--preset static -B "$build" -DSIGPATH_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_SYSCONFDIR=/etc
	# Not Debian's place: the files are for all distributions.
	-DSIGPATH_ZSH_COMPLETIONS=share/zsh/site-functions)

"$here/curl.sh" "$package_arch"
strip="strip"
if [ "$package_arch" != "$package_own" ]; then
	. "$package_source/tests/vm/kernels.sh"
	vm_read_architecture "$package_arch"
	strip="llvm-strip"
	options+=("-DCMAKE_TOOLCHAIN_FILE=$package_source/cmake/toolchains/${vm_triplet:?}.cmake")
fi
log=$package_out/static-$package_arch.log
mkdir -p "$package_out"
{
	cd "$package_source"
	cmake "${options[@]}" && cmake --build "$build" --target all
} >"$log" 2>&1 || {
	tail -n 30 "$log" >&2
	package_die "the build failed: $log"
}
"$package_source/tests/check/hardening.sh" "$build" >&2
"$strip" -o "$binary.new" "$build/user/sigpath"
touch -d "@$SOURCE_DATE_EPOCH" "$binary.new"
mv "$binary.new" "$binary"
# Elsewhere it does not run.
cases=()
[ "$package_arch" = "$package_own" ] || cases=(size reproducible)
[ "$package_test" = no ] || "$package_source/tests/package/static.py" --sigpath "$binary" --build "$build" "${cases[@]}" >&2
echo "${binary#"$package_source"/}"
