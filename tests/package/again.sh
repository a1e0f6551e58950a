#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# again.sh static|tar|rpm ARCH FILE: builds the package NAME from a copy of the sources in another directory, and fails
# if it is not byte-equal to FILE. The copy stays, so that the next package of the same sources takes less time.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/../../packaging/build/common.sh"
package_options --arch "$2"
copy=$package_source/build/again/in/another/directory
sysroot=build/vm/sysroot-$package_arch

mkdir -p "$copy/build/vm/cache"
find "$copy" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
git -C "$package_source" ls-files -co --exclude-standard -z |
	tar -C "$package_source" --null --ignore-failed-read -T - -c | tar -C "$copy" -x --no-same-owner
# What was fetched need not be fetched again.
cp -rT "$package_source/build/vm/cache/curl-source" "$copy/build/vm/cache/curl-source"
[ "$package_arch" = "$package_own" ] || [ -d "$copy/$sysroot" ] || cp -a "$package_source/$sysroot" "$copy/$sysroot"
[ ! -d "$copy/$sysroot" ] || touch "$copy/$sysroot/from"
"$copy/packaging/build/$1.sh" --arch "$package_arch" >"$copy/build/log" 2>&1 || {
	tail -n 5 "$copy/build/log"
	exit 1
}
cmp "$3" "$copy/build/package/${3##*/}"
