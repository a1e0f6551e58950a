#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tar.sh ARCH: tests build/package/sigpath-VERSION-ARCH.tar.gz.
set -u
here=$(dirname "$(readlink -f "$0")")
. "$here/../../packaging/build/common.sh"
. "$here/checks.sh"
package_options --arch "$1"
name=sigpath-$package_version-$package_arch
tarball=$package_out/$name.tar.gz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What the README says, in a root directory.
check_install_and_remove() {
	mkdir "$work/root"
	tar -xzf "$tarball" -C "$work/root" --strip-components=2 "$name/root"
	for file in usr/sbin/sigpath usr/share/man/man8/sigpath.8 etc/sigpath/sigpath.conf \
		usr/lib/systemd/system/sigpath.service usr/share/bash-completion/completions/sigpath; do
		[ -s "$work/root/$file" ] || fail "no $file"
	done
	[ "$package_arch" != "$package_own" ] || [ "$("$work/root/usr/sbin/sigpath" --version)" = "sigpath $package_version" ] ||
		fail "another version"
	(cd "$work/root" && tar -tzf "$tarball" | sed -n 's|^[^/]*/root/||p' | xargs rm -f)
	[ -z "$(find "$work/root" ! -type d)" ] || fail "left: $(find "$work/root" ! -type d)"
	grep -q "strip-components=2 $name/root" <(tar -xzOf "$tarball" "$name/README") || fail "the README says something else"
}

check_names_and_owners() {
	tar -tzf "$tarball" >"$work/names"
	sort -c "$work/names" || fail "not sorted"
	! tar --numeric-owner -tvzf "$tarball" | grep -v ' 0/0 ' || fail "an owner"
	! grep -E '(^/|\.\.|/$)' "$work/names" || fail "a directory, or a name that leads out of it"
	[ "$(grep -c "/licences/" "$work/names")" -ge 16 ] || fail "licences are missing"
}

check_reproducible() { "$here/again.sh" tar "$package_arch" "$tarball" || fail "another tar.gz"; }

run_checks
