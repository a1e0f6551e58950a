#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The files of a package as they are installed, below DIRECTORY, with the static binary that static.sh has built.
# A cross build cannot run the program that prints completions. They are those of this machine's build.
# usage: stage.sh amd64|arm64 DIRECTORY
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/common.sh"
package_options --arch "$1"
DESTDIR=$2 cmake --install "$(package_build)" >/dev/null
if [ "$package_arch" != "$package_own" ]; then
	own=$(mktemp -d)
	trap 'rm -rf "$own"' EXIT
	"$here/static.sh" >&2
	DESTDIR=$own cmake --install "$package_out/build-$package_own" >/dev/null
	cp -a --no-clobber "$own/." "$2"
fi
install -m 755 "$(package_binary)" "$2/usr/sbin/sigpath"
# Files that were built before the commit, too.
find "$2" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
