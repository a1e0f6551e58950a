#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The headers and libraries of another architecture that sigpath is built against and runs with, unpacked from
# Debian's packages into build/vm/sysroot-ARCH. This machine's dpkg does not need to know the architecture.
# usage: sysroot.sh arm64|riscv64 [--refresh]
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/kernels.sh"
. "$here/apt.sh"
arch=$1
vm_read_architecture "$arch"
sysroot=$vm_work/sysroot-$arch
# The libraries that CMakeLists.txt needs. Their dependencies are added.
packages=(libc6-dev "libgcc-$vm_gcc-dev" linux-libc-dev libbpf-dev libelf-dev zlib1g-dev libjson-c-dev libseccomp-dev
	libcap-ng-dev libdw-dev libbz2-dev libiberty-dev libmicrohttpd-dev libssl-dev libcmocka-dev)

# The packages and all that they depend on. apt-cache prints packages at the left margin.
closure() {
	apt_at "$vm_sysroot_suite" "$arch" apt-cache depends --recurse --important "${packages[@]}" |
		sed -n 's/^\([a-z0-9][a-z0-9.+-]*\)$/\1/p' | sort -u
}

[ "${2:-}" = --refresh ] || ! [ "$sysroot/from" -nt "$here/sysroot.sh" ] || exit 0
mkdir -p "$vm_cache"
exec 9>"$vm_cache/lock"
flock 9
apt_prepare "$vm_sysroot_suite" "$arch" ${2:+refresh}
mapfile -t all < <(closure)
rm -rf "$sysroot.new"
mkdir -p "$sysroot.new"
echo "vm: unpacking ${#all[@]} $arch packages" >&2
# A virtual package has no file. The package that provides it is in the list too.
mapfile -t real < <(apt_at "$vm_sysroot_suite" "$arch" apt-cache show --no-all-versions "${all[@]}" 2>/dev/null |
	sed -n 's/^Package: //p' | sort -u)
mkdir -p "$sysroot.packages"
(cd "$sysroot.packages" && apt_at "$vm_sysroot_suite" "$arch" apt-get download "${real[@]}") >"$vm_work/sysroot-$arch.log" 2>&1 ||
	vm_die "cannot fetch the $arch packages: $vm_work/sysroot-$arch.log"
for file in "$sysroot.packages"/*.deb; do
	dpkg-deb --fsys-tarfile "$file" | tar -x --no-same-owner -C "$sysroot.new"
done
rm -rf "$sysroot.packages"
# Since trixie no package of a library has this link.
[ -e "$sysroot.new/lib" ] || ln -s usr/lib "$sysroot.new/lib"
# Absolute links would lead out of the sysroot, so they become relative.
find "$sysroot.new" -type l -lname '/*' -printf '%p %l\n' | while read -r link target; do
	ln -sfn "$(realpath -ms --relative-to="${link%/*}" "$sysroot.new$target")" "$link"
done
rm -rf "$sysroot"
touch "$sysroot.new/from"
mv "$sysroot.new" "$sysroot"
