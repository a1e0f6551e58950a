#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does `dev setup` install all that the builds and tests need? Runs it in a minimal Debian made for this,
# then builds there and runs tests. A package that is missing from the lists in `dev` makes it fail, whatever
# this machine has installed.
# In this machine's release of Debian: the tests that need no kernel, and the boot of one kernel of the other
# architecture. In another release, whose compilers and C library this machine has not: `dev test` as a whole on
# this machine's kernel; with `today`, which has less time, the tests that need no kernel, the scenarios, and the
# loops of writes, each of which must be one group whatever the C library.
# The root directory as `dev setup` left it is kept for the day, until `dev` changes.
# usage: fresh.sh [--again] [SUITE|today]    --again: make it anew; SUITE: trixie, ..., or this machine's, which
# is the default; today: by the day of the year this machine's or the next one
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/../vm/kernels.sh"
. "$here/../vm/apt.sh"
kernel=arm64-6.1
next_suite=trixie
passed=0 failed=0

die() {
	printf 'fresh: %s\n' "$*" >&2
	exit 1
}

# Runs a command line with $1 as the root directory and in /src. Its mounts end with it. Not by chroot(2): a
# process that did that has other paths for the kernel, and cannot mount on its root directory.
in_root() {
	local root=$1
	shift
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount "${namespaces[@]}" bash -euc '
		mount --bind "$1" "$1"
		mount -t proc proc "$1/proc"
		mount --rbind /dev "$1/dev"
		mount --rbind /sys "$1/sys"
		mount --make-rslave "$1/dev"
		mount --make-rslave "$1/sys"
		cd "$1"
		pivot_root . mnt
		cd /
		umount -l /mnt
		exec env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
			bash -euc "cd /src; $2"' - "$root" "$*"
}

# Its processes end with it.
inside() {
	local namespaces=(--pid --fork --kill-child)
	in_root "$@"
}

# For tests that trace: they compare PIDs with those of the kernel.
inside_tracing() {
	local namespaces=()
	in_root "$@"
}

# step NAME COMMAND LINE: one case. Tests that trace have a NAME with `trace`.
step() {
	local name=$1 begin=$SECONDS run_it=inside
	shift
	[[ $name != *trace* ]] || run_it=inside_tracing
	if "$run_it" "$run" "$@" >"$fresh/$name.log" 2>&1; then
		printf 'ok %s (%d s)\n' "$name" $((SECONDS - begin))
		passed=$((passed + 1))
	else
		tail -n 40 "$fresh/$name.log"
		# With the output of the tests that failed. The root directory is removed.
		! [ -e "$run/src/build/dev/test.log" ] || cp "$run/src/build/dev/test.log" "$fresh/$name.tests.log"
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

# npm in $1 asks the registry that this machine's npm asks, and trusts the same authorities.
set_npm() {
	local authorities
	command -v npm >/dev/null || return 0
	npm config get registry | sed 's/^/registry=/' >"$1/root/.npmrc"
	authorities=$(npm config get cafile)
	[ -f "$authorities" ] || return 0
	cp -L "$authorities" "$1/etc/npm-authorities.pem"
	echo cafile=/etc/npm-authorities.pem >>"$1/root/.npmrc"
}

# A minimal Debian from this machine's mirrors and by its settings of apt.
make_root() {
	local main security sources
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
	set_npm "$made.new"
}

# Older ones are of no use to anybody.
prepare() {
	[ "$again" = no ] || rm -rf "$made"
	find "$fresh" -mindepth 1 -maxdepth 1 ! -path "$made" -exec rm -rf --one-file-system {} +
	[ ! -d "$made" ] || return 0
	echo "fresh: making a minimal Debian $suite and running 'dev setup' in it"
	make_root
	copy_sources "$made.new"
	inside "$made.new" ./dev setup >"$fresh/setup.log" 2>&1 || {
		tail -n 40 "$fresh/setup.log"
		die "dev setup failed; the whole log: ${fresh#"$vm_source"/}/setup.log"
	}
	mv "$made.new" "$made"
}

steps_here() {
	step test "./dev test -L 'unit|golden'"
	step fuzz ./dev fuzz 1
	step vm "./dev vm $kernel programs"
}

steps_elsewhere() {
	[ "$asked" = today ] || {
		step trace-test ./dev test
		return
	}
	step test "./dev test -L 'unit|golden'"
	step trace-scenarios "./dev test -R '^scenarios$'"
	step trace-loops "bash tests/cli/run.sh build/dev/user/sigpath build/dev storm_of_a_loop storm_of_a_loop_in_python"
}

[ "$(id -u)" = 0 ] || die "needs root"
command -v mmdebstrap >/dev/null || die "not installed: mmdebstrap"
own_suite=$(. /etc/os-release && [ "$ID" = debian ] && echo "$VERSION_CODENAME") || die "needs Debian"
again=no
[ "${1:-}" != --again ] || {
	again=yes
	shift
}
asked=${1:-$own_suite} suite=${1:-$own_suite}
if [ "$asked" = today ]; then
	suite=$own_suite
	# .ci/run asks every second day.
	((10#${SIGPATH_DAY:-$(date -u +%j)} / 2 % 2)) || suite=$next_suite
fi
fresh=$vm_source/build/fresh/$suite
made=$fresh/$(date +%F)-$(sha256sum <"$vm_source/dev" | cut -c 1-12)
run=$fresh/run
mkdir -p "$fresh"
exec 9>"$vm_source/build/fresh.lock"
flock 9
begin=$SECONDS
prepare
printf 'ok setup of %s (%d s)\n' "$suite" $((SECONDS - begin))
passed=1
# What the steps install or build must not be there the next time.
cp -a --reflink=auto "$made" "$run"
copy_sources "$run"
step setup-again "./dev setup >/tmp/setup.log 2>&1 && ! grep installing /tmp/setup.log"
step build ./dev build
if [ "$suite" = "$own_suite" ]; then
	steps_here
else
	steps_elsewhere
fi
rm -rf --one-file-system "$run"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
