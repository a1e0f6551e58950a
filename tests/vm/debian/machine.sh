# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after tests/vm/kernels.sh, tests/vm/apt.sh and packaging/build/debian_root.sh. A Debian with systemd in QEMU:
# it runs /packages/story from a second disk, whose output goes to the console, and keeps no change.
# shellcheck shell=bash disable=SC2154

machine_kernel=amd64-6.1
machine_limit=900
machine_work=$package_work/vm
machine_packages=$machine_work/packages # the second disk, to be filled before machine_boot
machine_qemu=

machine_prepare() {
	[ "$(id -u)" = 0 ] || package_die "needs root"
	command -v qemu-system-x86_64 >/dev/null || package_die "not installed: qemu-system-x86_64 (sudo ./dev setup)"
	"$vm_source/tests/vm/fetch.sh" "$machine_kernel"
	rm -rf --one-file-system "$machine_work"
	mkdir -p "$machine_packages"
	trap '[ -z "$machine_qemu" ] || kill "$machine_qemu" || true; rm -rf --one-file-system "$machine_work"' EXIT
}

# machine_make_disk NAME PACKAGES: sets machine_disk. It is kept, and the machine does not change it.
machine_make_disk() {
	local root
	root=$(debian_make "$1" apt "$2")
	machine_disk=$package_work/disk-$1-${root##*-}-$(sha256sum <"$vm_source/tests/vm/debian/machine.sh" | cut -c 1-12)
	[ ! -e "$machine_disk" ] || return 0
	rm -f "$package_work/disk-$1"-*
	machine_prepare_root "$root"
	mke2fs -q -t ext4 -d "$root" "$machine_work/disk" 1500M
	mv "$machine_work/disk" "$machine_disk"
}

# No udev, no terminals, no first boot: nothing but the story.
machine_prepare_root() {
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

# machine_boot LOG: returns when it is off. The console goes to LOG.
machine_boot() {
	mke2fs -q -t ext4 -d "$machine_packages" "$machine_work/packages.ext4" 64M
	machine_run "$1"
	# The emulator's timer can fail a kernel before it has begun: that is no verdict.
	grep -q '^@@ up' "$1" || machine_run "$1"
}

machine_run() {
	: >"$1"
	timeout -k 5 "$machine_limit" qemu-system-x86_64 -M pc -accel tcg,thread=multi -cpu max -smp 2 -m 1536 -nodefaults \
		-no-user-config -display none -no-reboot -serial "file:$1" \
		-kernel "$(find "$vm_cache/kernels/$machine_kernel" -name 'vmlinuz*' -type f -print -quit)" \
		-drive "if=none,id=root,format=raw,snapshot=on,file=$machine_disk" -device nvme,drive=root,serial=1 \
		-drive "if=none,id=packages,format=raw,readonly=on,file=$machine_work/packages.ext4" -device nvme,drive=packages,serial=2 \
		-append 'root=/dev/nvme0n1 rw console=ttyS0 loglevel=5 panic=-1 oops=panic mitigations=off log_buf_len=4M' &
	machine_qemu=$!
	wait "$machine_qemu" || echo "vm: QEMU ended with status $?" >>"$1"
	machine_qemu=
}
