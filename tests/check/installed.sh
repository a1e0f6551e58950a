#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# installed.sh BUILD_DIR: does an installation have what its man page, --help and pages lead to? Installs the build
# into a directory of its own. Prints `ok NAME` or `FAIL NAME: why`, and the counts.
set -u
. "$(dirname "$(readlink -f "$0")")/../package/checks.sh"

build=$(readlink -f "$1")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
DESTDIR=$root cmake --install "$build" --prefix /usr >"$root.log" 2>&1 || { cat "$root.log" >&2; exit 1; }
rm -f "$root.log"
pages=$root/usr/share/doc/sigpath

man_text() { sed -e 's/\\-/-/g; s/\\f[A-Z]//g' "$root/usr/share/man/man8/sigpath.8"; }

# Those that the man page and --help name: docs/NAME.
check_pages_that_are_named() {
	local name names

	names=$({ man_text; "$build/user/sigpath" --help; } | grep -oE 'docs/[A-Za-z0-9_-]+\.[a-z]+(\.[a-z]+)?' | sort -u)
	[ -n "$names" ] || fail "no page is named"
	for name in $names; do
		[ -f "$pages/$name" ] || fail "$name is not installed"
	done
}

# Those below /usr and /etc, as FILES of the man page names them.
check_files_that_are_named() {
	local name names

	names=$(man_text | sed -n '/^\.SH FILES/,/^\.SH REQ/s/^\.IP *\(\/[^ ]*\).*/\1/p' | grep -vE '^/(sys|var|run)/')
	[ -n "$names" ] || fail "no file is named"
	for name in $names; do
		[ -e "$root$name" ] || [ -e "$root/usr$name" ] || [ -e "$root/usr/etc${name#/etc}" ] || fail "$name is not installed"
	done
}

# A link leads to another installed page, or to the Internet.
check_links() {
	local page link count=0

	while IFS=: read -r page link; do
		count=$((count + 1))
		[ -e "$(dirname "$page")/${link%%#*}" ] || fail "${page#"$pages"/}: the link $link leads to no installed file"
	done < <(find "$pages" -name '*.md' -exec awk '
		FNR == 1 { code = 0 }
		/^```/ { code = !code; next }
		!code {
			gsub(/`[^`]*`/, "")
			while (match($0, /\]\([^) ]+\)/)) {
				link = substr($0, RSTART + 2, RLENGTH - 3)
				$0 = substr($0, RSTART + RLENGTH)
				if (link !~ /^([a-z]+:|#)/)
					print FILENAME ":" link
			}
		}' {} +)
	[ "$count" -gt 50 ] || fail "only $count links were found"
}

check_completions() {
	local file

	for file in bash-completion/completions/sigpath fish/vendor_completions.d/sigpath.fish; do
		[ -s "$root/usr/share/$file" ] || fail "no $file"
	done
	# The directory of zsh is the one for the prefix of the build.
	[ -n "$(find "$root" -path '*/zsh/*/_sigpath')" ] || fail "no _sigpath of zsh"
}

run_checks
