#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots a Debian with systemd in QEMU, where `story` installs, runs, upgrades and removes the packages.
# usage: run.sh OLD NEW    two directories with what deb.sh builds; NEW has the higher version
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/../kernels.sh"
. "$here/../apt.sh"
. "$here/../../../packaging/build/debian_root.sh"
old=$1 new=$2
kernel=amd64-6.1
limit=900
log=$package_work/vm.log
scratch=$package_work/vm

# The packages that the deb needs, by their names.
dependencies() { dpkg-deb -f "$1" Depends | tr ',' '\n' | sed 's/^ *//; s/[ (].*//' | paste -sd,; }

# The root file system. It is kept, and the machine does not change it.
make_disk() {
	local packages root
	packages=systemd,systemd-sysv,procps,logrotate,autopkgtest,dpkg-dev,$(dependencies "$old"/sigpath_*_amd64.deb)
	root=$(debian_make vm apt "$packages")
	disk=$package_work/disk-${root##*-}-$(sha256sum <"$here/run.sh" | cut -c 1-12)
	[ ! -e "$disk" ] || return 0
	rm -f "$package_work"/disk-*
	prepare_root "$root"
	mke2fs -q -t ext4 -d "$root" "$scratch/disk" 1500M
	mv "$scratch/disk" "$disk"
}

# No udev, no terminals, no first boot: nothing but the story.
prepare_root() {
	rm -rf "$1"/var/lib/apt/lists "$1"/var/cache/apt "$1"/usr/share/{locale,info}
	mkdir -p "$1/packages"
	echo debian >"$1/etc/hostname"
	chroot "$1" systemd-machine-id-setup >&2
	ln -sf /dev/null "$1/etc/systemd/system/getty.target"
	cat >"$1/etc/systemd/system/story.service" <<-'UNIT'
		[Service]
		Type=exec
		ExecStartPre=/bin/mount -t ext4 -o ro /dev/nvme1n1 /packages
		ExecStart=/packages/story
		StandardOutput=tty
		StandardError=inherit
		TTYPath=/dev/ttyS0
		[Install]
		WantedBy=multi-user.target
	UNIT
	chroot "$1" systemctl -q enable story.service >&2
}

# The second disk: what this run brings.
make_packages() {
	mkdir -p "$scratch/packages"/{old,new,source}
	cp "$old"/sigpath_*_amd64.deb "$scratch/packages/old/"
	cp "$new"/sigpath_*_amd64.deb "$scratch/packages/new/"
	cp "$here"/{story,deaths.py,account.py} "$scratch/packages/"
	cp -r "$vm_source/packaging/debian" "$scratch/packages/source/"
	mke2fs -q -t ext4 -d "$scratch/packages" "$scratch/packages.ext4" 64M
}

boot() {
	timeout -k 5 "$limit" qemu-system-x86_64 -M pc -accel tcg,thread=multi -cpu max -smp 2 -m 1536 -nodefaults \
		-no-user-config -display none -no-reboot -serial "file:$log" \
		-kernel "$(find "$vm_cache/kernels/$kernel" -name 'vmlinuz*' -type f -print -quit)" \
		-drive "if=none,id=root,format=raw,snapshot=on,file=$disk" -device nvme,drive=root,serial=1 \
		-drive "if=none,id=packages,format=raw,readonly=on,file=$scratch/packages.ext4" -device nvme,drive=packages,serial=2 \
		-append 'root=/dev/nvme0n1 rw console=ttyS0 loglevel=5 panic=-1 oops=panic mitigations=off log_buf_len=4M' &
	qemu=$!
	wait "$qemu"
}

[ "$(id -u)" = 0 ] || package_die "needs root"
command -v qemu-system-x86_64 >/dev/null || package_die "not installed: qemu-system-x86_64 (sudo ./dev setup)"
"$here/../fetch.sh" "$kernel"
rm -rf --one-file-system "$scratch"
mkdir -p "$scratch"
qemu=
trap '[ -z "$qemu" ] || kill "$qemu" || true; rm -rf --one-file-system "$scratch"' EXIT
make_disk
make_packages
: >"$log"
begin=$SECONDS
boot || echo "vm: QEMU ended with status $?" >>"$log"
qemu=
sed -nE 's/\r$//; s/^@@ end ([a-z]+) 0 (.*)$/ok \1 (\2)/p' "$log"
awk -v "ALLOW=$here/../splats.allow" -f "$here/../judge.awk" "$log" >"$scratch/result"
read -r passed failed skipped booted _ < <(tail -n 1 "$scratch/result")
sed -n '$d; s/^  FAIL/FAIL/p' "$scratch/result"
[ "$failed" = 0 ] || echo "the console: ${log#"$vm_source"/}"
echo "debian: booted after $booted s, took $((SECONDS - begin)) s"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
