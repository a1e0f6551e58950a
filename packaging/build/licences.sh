#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Puts the licences of all that is linked into the static binary into DIRECTORY. An archive of the link command whose
# package is not in the list is an error.
# usage: licences.sh amd64|arm64 DIRECTORY
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/common.sh"
. "$package_source/tests/vm/kernels.sh"
package_options --arch "$1"
vm_read_architecture "$package_arch"
build=$(package_build) target=$2 gcc=${vm_gcc:?} sysroot=
[ "$package_arch" != "$package_own" ] || gcc=$(gcc -dumpversion | cut -d. -f1)
packages=(libc6-dev "libgcc-$gcc-dev" libbpf-dev libelf-dev libdw-dev zlib1g-dev liblzma-dev libbz2-dev libjson-c-dev
	libseccomp-dev libcap-ng-dev libiberty-dev libmicrohttpd-dev libssl-dev)
[ "$package_arch" = "$package_own" ] || sysroot=$package_source/build/vm/sysroot-$package_arch

# package_of ARCHIVE: of this machine's packages. /lib may be a link to /usr/lib.
package_of() { dpkg-query -S "$(readlink -f "$1")" 2>/dev/null | sed -n 's/[:,].*//p' | head -n 1; }

mkdir -p "$target"
if [ -z "$sysroot" ]; then
	for archive in $(ninja -C "$build" -t commands user/sigpath | tail -n 1 | tr ' ' '\n' | grep -E '^/.*\.a$' | sort -u); do
		[[ $archive != "$package_source"/* ]] || continue
		package=$(package_of "$archive")
		[[ " ${packages[*]} " == *" $package "* ]] || package_die "$archive of '$package' is linked in, and its licence is missing"
	done
fi
for package in "${packages[@]}"; do
	install -m 644 "$sysroot/usr/share/doc/$package/copyright" "$target/$package"
done
install -m 644 "$package_source/build/curl-${vm_triplet%%-*}/copyright" "$target/curl"
install -m 644 "$package_source/LICENSE" "$target/sigpath"
for file in "$package_source"/LICENSES/*; do install -m 644 "$file" "$target/sigpath-${file##*/}"; done
