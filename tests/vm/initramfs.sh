#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the root file system of one machine of the matrix: busybox, /init, sigpath, the scenario programs, the
# libraries that these need, and the kernel modules that the scenarios' sockets need. The kernel can unpack
# several archives in a row, so the part that depends only on the kernel is made once.
# usage: initramfs.sh KERNEL TESTS_FILE OUTPUT
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/kernels.sh"
name=$1 tests=$2 output=$3
vm_read "$name"
kernel=$vm_cache/kernels/$name
build=$vm_work/build-$vm_arch
# The root of the binaries' libraries: this machine, or the sysroot of sysroot.sh.
root=
[ "$vm_arch" = amd64 ] || root=$vm_work/sysroot-$vm_arch
# The machine has no modprobe, so these modules are loaded at start. gcm, ctr and ghash are for kernel TLS,
# crc32c for SCTP: no other module says that it needs them.
modules=(crc32c_generic tls gcm ctr ghash_generic sctp sctp_diag vsock_loopback vsock_diag inet_diag tcp_diag unix_diag mptcp_diag veth)

pack() { (cd "$1" && find . -mindepth 1 -printf '%P\0' | cpio --quiet --null -o -H newc -R 0:0); }

# library NAME FILE: the path below the root where the loader of FILE finds library NAME.
library() {
	local directory directories=("/lib/$vm_triplet" "/usr/lib/$vm_triplet" /lib /lib64)
	# EI_CLASS: ELFCLASS32
	[ "$(od -An -tu1 -j4 -N1 "$2")" -ne 1 ] ||
		directories=(/lib/i386-linux-gnu /usr/lib/i386-linux-gnu /lib32 /usr/lib32)
	for directory in "${directories[@]}"; do
		[ ! -e "$root$directory/$1" ] || {
			echo "$directory/$1"
			return
		}
	done
	vm_die "no library $1 for $vm_arch"
}

# Copies the libraries that FILE needs, and the libraries that these need.
copy_libraries() {
	local tree=$1 file=$2 needed path
	for needed in $(readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
		path=$(library "$needed" "$file")
		[ ! -e "$tree$path" ] || continue
		install -D "$root$path" "$tree$path"
		copy_libraries "$tree" "$root$path"
	done
	path=$(readelf -l "$file" 2>/dev/null | sed -n 's/.*program interpreter: \(.*\)\]/\1/p')
	[ -z "$path" ] || [ -e "$tree$path" ] || install -D "$root$path" "$tree$path"
}

pack_programs() {
	local tree=$1 program
	mkdir -p "$tree/bin" "$tree/etc" "$tree/scenarios"
	# Since trixie in /usr.
	cp "$vm_cache/busybox-$vm_arch"/{,usr/}bin/busybox "$tree/bin/" 2>/dev/null || [ -e "$tree/bin/busybox" ]
	install -m 755 "$here/init" "$tree/init"
	install -D "$build/user/sigpath" "$tree/usr/bin/sigpath"
	for program in "$build"/tests/scenarios/scenario-* "$build/tests/vm/bpf-programs" \
		"$build"/tests/vm/reader-walls{,-unfiltered} "$build/tests/abuse/sigpath-inside" "$here/rights" \
		"$build/tests/cli/broken-writer" "$build/tests/worlds/world" "$build/tests/worlds/worlds" "$build/tests/deaths/deaths" "$here/storms" \
		"$here/clocks" "$here/cores" "$here/namespaces" "$here/rivals" "$here/modes"; do
		[ ! -f "$program" ] || ! [ -x "$program" ] || cp "$program" "$tree/scenarios/"
	done
	# Those whose stacks are looked at are expected beside the scenarios.
	mkdir -p "$tree/stack"
	find "$build/tests/stack" -maxdepth 1 -type f -perm -u+x -exec cp {} "$tree/stack/" \;
	cp -r "$build/tests/stack/parts" "$tree/stack/"
	for program in "$tree/usr/bin/sigpath" "$tree"/scenarios/* "$tree"/stack/*; do
		! readelf -h "$program" >/dev/null 2>&1 || copy_libraries "$tree" "$program"
	done
	# Nothing names it: the C library loads it in pthread_exit().
	program=$(library libgcc_s.so.1 "$tree/usr/bin/sigpath")
	install -D "$root$program" "$tree$program"
	printf '%s\n' root:x:0:0:root:/root:/bin/sh nobody:x:65534:65534:nobody:/:/bin/false >"$tree/etc/passwd"
	printf '%s\n' root:x:0: nogroup:x:65534: >"$tree/etc/group"
	pack "$tree"
}

# add_module TREE NAME: adds a module after its dependencies. If there is no such file, the module is built in
# or not part of this kernel; the scenario then passes or skips.
add_module() {
	local file base depends=()
	base=${2//-/_}
	! grep -qx "$base.ko" "$1/modules/order" || return 0
	file=$(find "$kernel" -name "${base//_/[-_]}.ko*" -print -quit)
	[ -n "$file" ] || return 0
	case $file in
	*.xz) xz -dc "$file" ;;
	*.zst) zstd -qdc "$file" ;;
	*) cat "$file" ;;
	esac >"$1/modules/$base.ko"
	mapfile -t depends < <(readelf -p .modinfo "$1/modules/$base.ko" |
		sed -n 's/^ *\[ *[0-9a-f]*\] *depends=//p' | tr ',' '\n')
	for file in "${depends[@]}"; do
		[ -z "$file" ] || add_module "$1" "$file"
	done
	echo "$base.ko" >>"$1/modules/order"
}

pack_modules() {
	local module
	mkdir -p "$1/modules"
	: >"$1/modules/order"
	for module in "${modules[@]}"; do
		add_module "$1" "$module"
	done
	pack "$1"
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/programs" "$scratch/modules" "$scratch/tests" "$(dirname "$output")"
if ! [ "$kernel/modules.cpio" -nt "$kernel/from" ] || ! [ "$kernel/modules.cpio" -nt "$here/initramfs.sh" ]; then
	pack_modules "$scratch/modules" >"$kernel/modules.cpio.new"
	mv "$kernel/modules.cpio.new" "$kernel/modules.cpio"
fi
cp "$tests" "$scratch/tests/tests"
{
	pack_programs "$scratch/programs"
	cat "$kernel/modules.cpio"
	pack "$scratch/tests"
} >"$output"
