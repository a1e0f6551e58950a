# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced. Which kernels does the matrix have, and where do their files lie? The one table; everything
# else asks it. Debian's cloud kernels, where there are any, have what a virtual machine needs built in, and
# nothing else to wait for.
# The scripts that source it use what it sets.
# shellcheck shell=bash disable=SC2034

# name, architecture, suite, kernel package, QEMU's CPU.
# The emulation of pointer authentication costs half the time unless it may be QEMU's own cheap one.
# The suite `newest` is the one of vm_newest_suites that has the newest version of the package when the tests run.
vm_table='
amd64-5.10          amd64    bullseye          linux-image-cloud-amd64  max
amd64-6.1           amd64    bookworm          linux-image-cloud-amd64  max
amd64-6.12          amd64    trixie            linux-image-cloud-amd64  max
amd64-sid           amd64    sid               linux-image-cloud-amd64  max
arm64-6.1           arm64    bookworm          linux-image-cloud-arm64  cortex-a72
arm64-6.12          arm64    trixie            linux-image-cloud-arm64  max,pauth-impdef=on
amd64-backports     amd64    trixie-backports  linux-image-cloud-amd64  max
amd64-backports-rt  amd64    trixie-backports  linux-image-rt-amd64     max
amd64-newest        amd64    newest            linux-image-cloud-amd64  max
arm64-16k           arm64    trixie            linux-image-arm64-16k    max,pauth-impdef=on
riscv64-sid         riscv64  sid               linux-image-riscv64      rv64
'
vm_newest_suites='trixie-backports sid experimental'
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

# vm_suite_of ARCH SUITE PACKAGE: SUITE, or the one that is the newest today.
vm_suite_of() {
	if [ "$2" = newest ]; then "$vm_source/tests/vm/newest.sh" "$1" "$3"; else echo "$2"; fi
}

# All kernels. The newest is left out while another row has it.
vm_names() {
	local name arch suite package
	while read -r name arch suite package _; do
		[ -n "$name" ] || continue
		if [ "$suite" = newest ]; then
			suite=$(vm_suite_of "$arch" newest "$package") || continue
			! awk -v row="$arch $suite $package" '$2 " " $3 " " $4 == row { found = 1 } END { exit !found }' \
				<<<"$vm_table" || continue
		fi
		echo "$name"
	done <<<"$vm_table"
}

# Not riscv64: its emulation alone needs longer than .ci/run has. It runs by hand.
vm_names_daily() { vm_names | grep -v '^riscv64'; }

# SIGPATH_DAY sets the day for a run that may pass midnight.
vm_day() { echo $((10#${SIGPATH_DAY:-$(date -u +%j)})); }

# One of them runs a quarter of all tests today: it is due again when all others have been. Neighbours in the table
# are alike, and not due on neighbouring days.
vm_name_today() { vm_names_daily | awk -v day="$(vm_day)" '{ name[NR] = $0 } END { print name[1 + (day * 11 + 4) % NR] }'; }

# All scenarios. Only a runner for this machine's architecture can print them, and all architectures have the same.
vm_scenarios() { "$vm_work/build-amd64/tests/scenarios/scenario-runner" --list; }

# vm_tests_today: that quarter: names in `tests`, and scenarios. The scenarios are three quarters, the others one.
vm_tests_today() {
	local quarter=$(($(vm_day) / $(vm_names_daily | wc -l) % 4))
	if [ $quarter = 3 ]; then
		awk '$1 != "scenarios" { print $1 }' "$vm_source/tests/vm/tests"
	else
		printf '%s\n' programs check
		vm_scenarios | awk -v quarter=$quarter 'NR % 3 == quarter'
	fi
}

# vm_tests_daily NAME: what it runs on the other days, names in `tests`. Do the programs load? And every sixth day:
# is every event of a storm counted?
vm_tests_daily() {
	echo programs
	! vm_names_daily | awk -v name="$1" -v due=$(($(vm_day) % 6)) '$1 == name && NR % 6 == due { found = 1 } END { exit !found }' ||
		echo storms
}

# vm_read NAME: sets vm_arch, vm_suite, vm_package and vm_cpu.
vm_read() {
	local line
	line=$(awk -v name="$1" '$1 == name { print $2, $3, $4, $5 }' <<<"$vm_table")
	[ -n "$line" ] || vm_die "no kernel '$1'; there are: $(awk 'NF { print $1 }' <<<"$vm_table" | xargs)"
	read -r vm_arch vm_suite vm_package vm_cpu <<<"$line"
	vm_suite=$(vm_suite_of "$vm_arch" "$vm_suite" "$vm_package") || vm_die "which kernel is the newest is not known"
	vm_read_architecture "$vm_arch"
}
