#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots a Debian with systemd in QEMU, where `story` installs, runs, upgrades and removes the packages.
# usage: run.sh OLD NEW    two directories with what deb.sh builds; NEW has the higher version
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/../kernels.sh"
. "$here/../apt.sh"
. "$here/../../../packaging/build/debian_root.sh"
. "$here/machine.sh"
old=$1 new=$2
log=$package_work/vm.log

# The packages that the deb needs, by their names.
dependencies() { dpkg-deb -f "$1" Depends | tr ',' '\n' | sed 's/^ *//; s/[ (].*//' | paste -sd,; }

# The second disk: what this run brings.
fill_packages() {
	mkdir -p "$machine_packages"/{old,new,source}
	cp "$old"/sigpath_*_amd64.deb "$machine_packages/old/"
	cp "$new"/sigpath_*_amd64.deb "$machine_packages/new/"
	cp "$here"/{story,deaths.py,account.py} "$machine_packages/"
	cp -r "$vm_source/packaging/debian" "$machine_packages/source/"
}

machine_prepare
machine_make_disk vm "systemd,systemd-sysv,procps,logrotate,autopkgtest,dpkg-dev,$(dependencies "$old"/sigpath_*_amd64.deb)"
fill_packages
begin=$SECONDS
machine_boot "$log"
sed -nE 's/\r$//; s/^@@ end ([a-z]+) 0 (.*)$/ok \1 (\2)/p' "$log"
awk -v "ALLOW=$here/../splats.allow" -f "$here/../judge.awk" "$log" >"$machine_work/result"
read -r passed failed skipped booted _ < <(tail -n 1 "$machine_work/result")
sed -n '$d; s/^  FAIL/FAIL/p' "$machine_work/result"
[ "$failed" = 0 ] || echo "the console: ${log#"$vm_source"/}"
echo "debian: booted after $booted s, took $((SECONDS - begin)) s"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
