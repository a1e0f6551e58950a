#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds build/package/sigpath-VERSION-ARCH.tar.gz: the static binary and all that `cmake --install` installs, below
# root/, with the licences of what is linked in and a README. Two builds are byte-equal, wherever they are made.
# usage: tar.sh [--arch amd64|arm64] [--test]    --test: then build it again in another directory, and compare
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/common.sh"
package_options "$@"
name=sigpath-$package_version-$package_arch
tarball=$package_out/$name.tar.gz
work=$package_out/tar-$package_arch

rm -rf "$work"
mkdir -p "$work/$name"
"$here/static.sh" --arch "$package_arch" >&2
"$here/stage.sh" "$package_arch" "$work/$name/root"
"$here/licences.sh" "$package_arch" "$work/$name/licences"
cat >"$work/$name/README" <<README
sigpath $package_version: it tells why a process met a broken pipe. \`man sigpath\` tells the rest.
Install: sudo tar -xzf $name.tar.gz -C / --strip-components=2 $name/root
Upgrade: the same with --exclude=etc, which keeps your /etc/sigpath. Then: sudo systemctl daemon-reload
Remove: tar -tzf $name.tar.gz | sed -n 's|^[^/]*/root||p' | sudo xargs rm -f
README
# No directories: those of the system keep their owners and modes.
(cd "$work" && find "$name" ! -type d | sort) >"$work/list"
tar -C "$work" --create --no-recursion --files-from "$work/list" --format=ustar --owner=root:0 --group=root:0 \
	--numeric-owner --mode=u=rwX,go=rX --mtime="@$SOURCE_DATE_EPOCH" | gzip -9n >"$tarball.new"
mv "$tarball.new" "$tarball"
rm -rf "$work"
[ "$package_test" = no ] || "$package_source/tests/package/tar.sh" "$package_arch" >&2
echo "${tarball#"$package_source"/}"
