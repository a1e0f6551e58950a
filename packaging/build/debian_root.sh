# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced after tests/vm/kernels.sh and tests/vm/apt.sh. Debian root directories for building and testing packages.
# shellcheck shell=bash disable=SC2154

package_work=$vm_source/build/package/debian
package_suite=bookworm

package_die() {
	printf 'package: %s\n' "$*" >&2
	exit 1
}

# debian_make NAME VARIANT PACKAGES [MMDEBSTRAP OPTIONS]: prints the directory of a Debian that has PACKAGES (with
# commas). The packages come from this machine's mirrors and by its settings of apt, which checks their signatures.
# The directory is kept until what it is made of changes.
debian_make() {
	local name=$1 variant=$2 packages=$3 key main security sources conf=$package_work/apt.conf made
	shift 3
	key=$(printf '%s\n' "$package_suite" "$variant" "$packages" "$@" | sha256sum | cut -c 1-12)
	made=$package_work/$name-$key
	[ ! -d "$made" ] || {
		echo "$made"
		return
	}
	command -v mmdebstrap >/dev/null || package_die "not installed: mmdebstrap"
	main=$(apt_mirror main)
	[ -n "$main" ] || package_die "this machine's apt has no Debian mirror: run apt-get update, or set SIGPATH_VM_MIRROR"
	security=$(apt_mirror security)
	sources=("deb [signed-by=$vm_keyring] $main $package_suite main")
	[ -z "$security" ] || sources+=("deb [signed-by=$vm_keyring] $security $package_suite-security main")
	mkdir -p "$package_work"
	find "$package_work" -mindepth 1 -maxdepth 1 -name "$name-*" -exec rm -rf --one-file-system {} +
	apt-config dump | grep '^Acquire::' >"$conf"
	echo "package: making a Debian $package_suite: $name" >&2
	mmdebstrap --quiet --variant="$variant" --mode=root --format=directory --aptopt="$conf" \
		--dpkgopt=force-unsafe-io --include="$packages" "$@" "$package_suite" "$made.new" "${sources[@]}" >&2 ||
		package_die "mmdebstrap failed"
	mv "$made.new" "$made"
	echo "$made"
}

# in_debian ROOT COMMAND LINE: runs it in ROOT without the network. Its processes and mounts end with it.
in_debian() {
	local root=$1
	shift
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount --net --pid --fork --kill-child bash -euc '
		mount -t proc proc "$1/proc"
		mount --bind /dev "$1/dev"
		exec chroot "$1" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
			bash -euc "$2"' - "$root" "$*"
}
