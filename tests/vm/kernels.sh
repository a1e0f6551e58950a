# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced. Which kernels does the matrix have, and where do their files lie? The one table; everything
# else asks it. Debian's cloud kernels, where there are any, have what a virtual machine needs built in, and
# nothing else to wait for.
# The scripts that source it use what it sets.
# shellcheck shell=bash disable=SC2034

# name, architecture, suite (its -security suite is asked too), kernel package, QEMU's CPU.
# The emulation of pointer authentication costs half the time unless it may be QEMU's own cheap one.
vm_table='
amd64-5.10  amd64  bullseye  linux-image-cloud-amd64  max
amd64-6.1   amd64  bookworm  linux-image-cloud-amd64  max
amd64-6.12  amd64  trixie    linux-image-cloud-amd64  max
amd64-sid   amd64  sid       linux-image-cloud-amd64  max
arm64-6.1   arm64  bookworm  linux-image-cloud-arm64  cortex-a72
arm64-6.12  arm64  trixie    linux-image-cloud-arm64  max,pauth-impdef=on
arm64-16k   arm64  trixie    linux-image-arm64-16k    max,pauth-impdef=on
riscv64-sid riscv64 sid      linux-image-riscv64      rv64
'
vm_source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
vm_work=$vm_source/build/vm
vm_cache=$vm_work/cache

vm_die() {
	printf 'vm: %s\n' "$*" >&2
	exit 1
}

# The suite whose libraries the binaries of architecture $1 are linked to, the GCC whose libgcc is there, and
# how Debian spells the architecture. bookworm has no riscv64.
vm_read_architecture() {
	vm_sysroot_suite=bookworm vm_gcc=12
	case $1 in
	amd64) vm_triplet=x86_64-linux-gnu ;;
	arm64) vm_triplet=aarch64-linux-gnu ;;
	riscv64) vm_triplet=riscv64-linux-gnu vm_sysroot_suite=sid vm_gcc=16 ;;
	esac
}

vm_names() { awk 'NF { print $1 }' <<<"$vm_table"; }

# Every third kernel of the table: each is due every third day of the year.
# SIGPATH_DAY sets the day for a run that may pass midnight.
vm_names_today() {
	local day=${SIGPATH_DAY:-$(date -u +%j)}
	vm_names | awk -v due=$((10#$day % 3)) 'NR % 3 == due'
}

# vm_read NAME: sets vm_arch, vm_suite, vm_package and vm_cpu.
vm_read() {
	local line
	line=$(awk -v name="$1" '$1 == name { print $2, $3, $4, $5 }' <<<"$vm_table")
	[ -n "$line" ] || vm_die "no kernel '$1'; there are: $(vm_names | xargs)"
	read -r vm_arch vm_suite vm_package vm_cpu <<<"$line"
	vm_read_architecture "$vm_arch"
}
