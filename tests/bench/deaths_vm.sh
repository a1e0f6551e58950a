#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What each tool says of twelve deaths, in a Debian with systemd-coredump that boots in QEMU: the host need not install
# it. oomkill needs kprobes, which this kernel has. Nothing is measured there: an emulated machine is slow.
# usage: deaths_vm.sh SIGPATH DEATH    SIGPATH: one without libraries
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/../vm/kernels.sh"
. "$here/../vm/apt.sh"
. "$here/../../packaging/build/debian_root.sh"
. "$here/../vm/debian/machine.sh"
log=$package_work/deaths.log

machine_prepare
machine_make_disk deaths systemd,systemd-sysv,systemd-coredump,libdw1,libbpf-tools,strace,procps,python3
cp "$1" "$machine_packages/sigpath"
cp "$2" "$machine_packages/bench-death"
cp "$here"/{deaths,matrix,compare,tools}.py "$machine_packages/"
cp "$here/deaths_story" "$machine_packages/story"
machine_boot "$log"
sed -i 's/\r$//' "$log"
sed -n '/^@@ up/,/^@@ end/ { /^@@/d; p }' "$log"
grep -q '^@@ end 0$' "$log" || package_die "it failed; the console: ${log#"$vm_source"/}"
