#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does `dev setup` install all that the builds and tests need? Runs it in a minimal Debian made for this,
# then builds for both architectures there, runs the tests that need no kernel, and boots one kernel. A
# package that is missing from the lists in `dev` makes it fail, whatever this machine has installed.
# The chroot as `dev setup` left it is kept for the day, until `dev` changes.
# usage: fresh.sh [--again]    --again: make the chroot anew
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/../vm/kernels.sh"
. "$here/../vm/apt.sh"
fresh=$vm_source/build/fresh
made=$fresh/$(date +%F)-$(sha256sum <"$vm_source/dev" | cut -c 1-12)
run=$fresh/run
kernel=arm64-6.1
passed=0 failed=0

die() {
	printf 'fresh: %s\n' "$*" >&2
	exit 1
}

# Runs a command line in the chroot $1 and in /src. Its /proc and its mounts end with it.
inside() {
	local root=$1
	shift
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount --pid --fork --kill-child bash -euc '
		mount -t proc proc "$1/proc"
		mount --rbind /dev "$1/dev"
		mount --make-rslave "$1/dev"
		mount -t sysfs -o ro sysfs "$1/sys"
		exec chroot "$1" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
			bash -euc "cd /src; $2"' - "$root" "$*"
}

# step NAME COMMAND LINE: one case.
step() {
	local name=$1 begin=$SECONDS
	shift
	if inside "$run" "$@" >"$fresh/$name.log" 2>&1; then
		printf 'ok %s (%d s)\n' "$name" $((SECONDS - begin))
		passed=$((passed + 1))
	else
		tail -n 40 "$fresh/$name.log"
		printf 'FAIL %s: %s; the whole log: %s\n' "$name" "$*" "${fresh#"$vm_source"/}/$name.log"
		failed=$((failed + 1))
	fi
}

# The sources as they are here, without what is built.
copy_sources() {
	rm -rf "$1/src"
	mkdir -p "$1/src"
	git -C "$vm_source" ls-files -co --exclude-standard -z |
		tar -C "$vm_source" --null --ignore-failed-read -T - -c | tar -C "$1/src" -x --no-same-owner
}

# A minimal Debian of this machine's release, from its mirrors and by the same settings of apt.
make_chroot() {
	local suite main security sources
	suite=$(. /etc/os-release && [ "$ID" = debian ] && echo "$VERSION_CODENAME") || die "needs Debian"
	main=$(apt_mirror main)
	[ -n "$main" ] || die "this machine's apt has no Debian mirror: run apt-get update, or set SIGPATH_VM_MIRROR"
	security=$(apt_mirror security)
	sources=("deb $main $suite main")
	[ -z "$security" ] || sources+=("deb $security $suite-security main")
	apt-config dump | grep '^Acquire::' >"$fresh/apt.conf"
	mmdebstrap --quiet --variant=minbase --mode=root --format=directory --aptopt="$fresh/apt.conf" \
		--dpkgopt=force-unsafe-io "$suite" "$made.new" "${sources[@]}"
	# mmdebstrap takes them away again.
	cp -L /etc/resolv.conf /etc/hosts "$made.new/etc/"
}

# Older ones are of no use to anybody.
prepare() {
	[ "${1:-}" != --again ] || rm -rf "$made"
	find "$fresh" -mindepth 1 -maxdepth 1 ! -path "$made" -exec rm -rf --one-file-system {} +
	[ ! -d "$made" ] || return 0
	echo "fresh: making a minimal Debian and running 'dev setup' in it"
	make_chroot
	copy_sources "$made.new"
	inside "$made.new" ./dev setup >"$fresh/setup.log" 2>&1 || {
		tail -n 40 "$fresh/setup.log"
		die "dev setup failed; the whole log: ${fresh#"$vm_source"/}/setup.log"
	}
	mv "$made.new" "$made"
}

[ "$(id -u)" = 0 ] || die "needs root"
command -v mmdebstrap >/dev/null || die "not installed: mmdebstrap"
mkdir -p "$fresh"
exec 9>"$vm_source/build/fresh.lock"
flock 9
begin=$SECONDS
prepare "$@"
printf 'ok setup (%d s)\n' $((SECONDS - begin))
passed=1
# What the steps install or build must not be there the next time.
cp -a --reflink=auto "$made" "$run"
copy_sources "$run"
step setup-again "./dev setup >/tmp/setup.log 2>&1 && ! grep installing /tmp/setup.log"
step build ./dev build
step test "./dev test -L 'unit|golden'"
step fuzz ./dev fuzz 1
step vm "./dev vm $kernel programs"
rm -rf "$run"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
