#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What stands in the way of publishing this tree? Runs every step of the table below, also after one has failed, and
# ends with a table of the results.
# usage: release.sh --check [--quick]    --quick: without the steps that take minutes; the table says so
# Exit status: 0: nothing stands in the way; 1: a step failed; 2: none failed, but not all steps ran; 64: wrong usage.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.." || exit

# A step ok is one whose function ran and returned 0. NOT_RUN: its last line is the reason.
# speed  step              what must be true
steps="
quick    clean_tree        git has no change and no new file
quick    versions          all files that have the version have the same one
quick    changelog         CHANGELOG.md begins with this version and its date
quick    new_tag           no tag has this version
quick    licences          LICENSES/ has the text of each licence that a file names
quick    docs              links and paths in the pages are right
quick    compatibility     docs/compatibility.md is of a run of this version on all kernels
slow     lint              ./dev lint
slow     tests             ./dev test
slow     package_static    builds, and passes its tests
slow     package_tar       builds, and passes its tests
slow     package_rpm       builds, and passes its tests
slow     package_deb       builds, and passes its tests
slow     package_image     builds, and passes its tests
slow     reproducible      each package came out the same twice
slow     lintian           has no error and no warning about the package of Debian
slow     sizes             the static sigpath has at most 12 MB
"
NOT_RUN=77
static_max=$((12 * 1000 * 1000))
logs=build/release-check

fail() { echo "$*"; return 1; }
not_run() { echo "$*"; return "$NOT_RUN"; }

# The version, which CMakeLists.txt decides.
version_of_cmake() { sed -n 's/^project(sigpath VERSION \([^ )]*\).*/\1/p' CMakeLists.txt; }

step_clean_tree() {
	local changes

	changes=$(git status --porcelain) || fail "git cannot tell" || return
	[ -z "$changes" ] || fail "$(wc -l <<<"$changes") files are not committed: $(head -n 1 <<<"$changes")"
}

step_versions() { tests/check/versions.sh .; }

step_changelog() {
	local head items

	[ -r CHANGELOG.md ] || fail "there is no CHANGELOG.md" || return
	head=$(grep -m 1 '^## ' CHANGELOG.md) || fail "CHANGELOG.md has no entry" || return
	[[ $head =~ [0-9]{4}-[0-9]{2}-[0-9]{2} ]] || fail "its first entry has no date: '$head'" || return
	[[ " $head " == *[\ \[]"$version"[\ \]]* ]] || fail "its first entry is not of $version: '$head'" || return
	items=$(awk '/^## / { entry++ } entry == 1 && /^[*-] / { n++ } END { print n + 0 }' CHANGELOG.md)
	[ "$items" -gt 0 ] || fail "the entry of $version says nothing"
}

step_new_tag() {
	local tags

	tags=$(git tag --list "v$version" "$version" "sigpath-$version") || fail "git cannot tell" || return
	[ -z "$tags" ] || fail "$tags exists"
}

step_licences() {
	local name names bad=()

	# The tag itself stands in two parts here: this line names no licence.
	names=$(git grep -hoE "SPDX-License-""Identifier: [A-Za-z0-9. -]+" | sed -E 's/^[^:]*: //; s/( OR | AND |  *-*$)/\n/g' |
		sed 's/ *$//; /^$/d' | sort -u)
	[ -n "$names" ] || fail "no file names a licence" || return
	for name in $names; do
		[ -s "LICENSES/$name.txt" ] || bad+=("LICENSES/$name.txt")
	done
	[ -s LICENSE ] || bad+=(LICENSE)
	[ ${#bad[@]} = 0 ] || fail "missing or empty: ${bad[*]}"
}

step_docs() { tests/check/docs.sh .; }

step_compatibility() {
	local recorded

	recorded=$(sed -nE 's/^The last run was of sigpath ([0-9.]*[0-9])\.$/\1/p' docs/compatibility.md)
	[ -n "$recorded" ] || fail "it does not say of which version it is: sudo ./dev vm all, ./dev compat" || return
	[ "$recorded" = "$version" ] || fail "it is of $recorded: sudo ./dev vm all, ./dev compat"
}

# counted COMMAND...: it must end with counts, and some case must have passed.
counted() {
	local out status=0 counts

	out=$("$@" 2>&1) || status=$?
	echo "$out"
	counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' <<<"$out" | tail -n 1)
	[ "$status" = 0 ] || fail "'$*' ends with $status${counts:+: $counts}" || return
	[[ $counts == *", 0 failed, "* && $counts != 0\ passed* ]] || fail "'$*' counted no case that passed"
}

step_lint() { counted ./dev lint; }
step_tests() { counted ./dev test; }

package() {
	[ -x "packaging/build/$1.sh" ] || fail "there is no packaging/build/$1.sh" || return
	counted ./dev package "$1" --test
}
step_package_static() { package static; }
step_package_tar() { package tar; }
step_package_rpm() { package rpm; }
step_package_deb() { package deb; }
step_package_image() { package image; }

# tested NAME PACKAGE...: the tests of each package must have had the case NAME, and passed it.
tested() {
	local name=$1 package bad=()
	shift

	for package; do
		grep -qE "^ok ([a-z_]*_)?$name\b" "$logs/package_$package" 2>/dev/null || bad+=("$package")
	done
	[ ${#bad[@]} = 0 ] || fail "'./dev package X --test' did not pass '$name' for: ${bad[*]}"
}
step_reproducible() { tested reproducible static tar rpm deb image; }
step_lintian() { tested lintian deb; }

step_sizes() {
	local file files size bad=()

	mapfile -t files < <(find build/package -maxdepth 1 -type f -perm -u+x -name 'sigpath*' 2>/dev/null)
	[ ${#files[@]} -gt 0 ] || not_run "no static sigpath is in build/package" || return
	for file in "${files[@]}"; do
		size=$(stat -c %s "$file")
		echo "$file: $size bytes"
		[ "$size" -le $static_max ] || bad+=("${file##*/} has $size bytes")
	done
	[ ${#bad[@]} = 0 ] || fail "${bad[*]}"
}

# run_step SPEED STEP: sets result and why.
run_step() {
	local status=0

	why=''
	if [ "$1" = slow ] && [ "$quick" = yes ]; then
		result='not run' why='left out by --quick'
		return
	fi
	echo "== $2" >&2
	"step_$2" >"$logs/$2" 2>&1 || status=$?
	case $status in
	0) result=ok ;;
	"$NOT_RUN") result='not run' why=$(tail -n 1 "$logs/$2") ;;
	*) result=fails why=$(tail -n 1 "$logs/$2") why=${why:-status $status} ;;
	esac
}

usage() { echo "usage: ./dev release --check [--quick]" >&2; exit 64; }

[ "${1:-}" = --check ] || usage
case "${2:-}" in
'') quick=no ;;
--quick) quick=yes ;;
*) usage ;;
esac
[ $# -le 2 ] || usage

version=$(version_of_cmake)
rm -rf "$logs"
mkdir -p "$logs" || exit
table='' failed=0 left_out=0
while read -r speed step what; do
	[ -n "$step" ] || continue
	run_step "$speed" "$step"
	case $result in
	fails) failed=$((failed + 1)) ;;
	'not run') left_out=$((left_out + 1)) ;;
	esac
	table+=$(printf '%-8s %-15s %s' "$result" "$step" "$what${why:+: $why}")$'\n'
done <<<"$steps"
printf '\nsigpath %s\n%s\n' "$version" "$table"
echo "$failed steps failed, $left_out did not run; what they printed is in $logs"
[ "$failed" = 0 ] || exit 1
[ "$left_out" = 0 ] || exit 2
