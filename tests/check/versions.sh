#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# versions.sh SOURCE [SIGPATH]: is the version of project() in CMakeLists.txt the one of everything that has one? The
# packages that are built take it from there.
set -euo pipefail
cd "$1"
sigpath=${2:-}
failed=0

# wants WHERE VERSION
wants() {
	[ "$2" = "$version" ] || {
		echo "$1 has '$2', and CMakeLists.txt has $version" >&2
		failed=1
	}
}

version=$(sed -nE 's/^project\(sigpath VERSION ([0-9.]+) .*/\1/p' CMakeLists.txt)
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || {
	echo "no version in CMakeLists.txt: '$version'" >&2
	exit 1
}
for file in CHANGELOG.md docs/sigpath.8 packaging/debian/changelog packaging/rpm/sigpath.spec; do
	[ -r "$file" ] || {
		echo "there is no $file" >&2
		exit 1
	}
done
wants CHANGELOG.md "$(sed -nE 's/^## ([^ ]+).*/\1/p' CHANGELOG.md | head -n 1)"
wants docs/sigpath.8 "$(sed -nE 's/^\.TH SIGPATH 8 "[^"]*" "sigpath ([^"]*)".*/\1/p' docs/sigpath.8)"
[ -z "$sigpath" ] || wants "sigpath --version" "$("$sigpath" --version | sed -n 's/^sigpath //p')"
wants packaging/debian/changelog "$(sed -nE '1s/^sigpath \(([^)-]+)(-[^)]*)?\).*/\1/p' packaging/debian/changelog)"
# A spec may leave the version to its builder.
spec=$(sed -nE 's/^Version:[[:blank:]]*//p' packaging/rpm/sigpath.spec)
[[ $spec == %* ]] || wants packaging/rpm/sigpath.spec "$spec"
exit $failed
