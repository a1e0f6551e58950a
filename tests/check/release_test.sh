#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# release_test.sh SOURCE: does the checklist of a release say no when something stands in the way? Each case changes
# one thing in a small copy of the sources, which nothing stands in the way of.
# Ends with `N passed, N failed, N skipped`.
set -u
source=$(readlink -f "$1")
command -v git >/dev/null || { echo "no git"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.invalid GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.invalid
passed=0 failed=0
quick=(clean_tree versions changelog new_tag licences docs compatibility)
slow=(lint tests package_static package_tar package_rpm package_deb package_image reproducible lintian sizes)

commit() { git add -A && git commit -qm change; }

# A repository in which the quick steps pass.
prepare() {
	local version
	mkdir "$work/good" && cd "$work/good" || exit
	(cd "$source" && cp --parents -r .gitignore CMakeLists.txt LICENSE LICENSES bpf/event.h dev packaging/release.sh tests/check user/main.c "$work/good")
	version=$(sed -n 's/^project(sigpath VERSION \([^ ]*\) .*/\1/p' CMakeLists.txt)
	mkdir -p packaging/debian packaging/rpm docs
	echo "sigpath ($version-1) unstable; urgency=medium" >packaging/debian/changelog
	printf 'Name: sigpath\nVersion: %s\n' "$version" >packaging/rpm/sigpath.spec
	printf '# Changes\n\n## %s (2026-11-26)\n- the first one\n' "$version" >CHANGELOG.md
	# A stand-in: the pages themselves are not in this copy.
	printf '#!/bin/sh\n[ ! -e broken ] || { echo "a link leads to no file"; exit 1; }\n' >tests/check/docs.sh
	echo '# sigpath' >README.md
	echo ".TH SIGPATH 8 \"2026-11-26\" \"sigpath $version\"" >docs/sigpath.8
	echo "The last run was of sigpath $version." >docs/compatibility.md
	git init -q . && commit
}

# check [WORD...]: runs the checklist in a copy, after the command WORD... has changed it. Sets out and status.
check() {
	rm -rf "$work/copy"
	cp -a "$work/good" "$work/copy"
	cd "$work/copy" || exit
	"$@"
	out=$(packaging/release.sh --check --quick 2>&1)
	status=$?
}

# wants STATUS RESULT STEP [TEXT]: one row of the table.
wants() {
	[ "$status" = "$1" ] || { why="exit status $status, not $1"; return 1; }
	grep -E "^$2 +$3 " <<<"$out" | grep -qF -e "${4:-}" || { why="no row '$2 $3 ... ${4:-}'"; return 1; }
}

# The other quick steps ran all the same, and passed.
others_ran() {
	local step
	for step in "${quick[@]}"; do
		[[ " $* " == *" $step "* ]] || wants "$status" ok "$step" || return
	done
}

conclude() {
	local name=$1
	shift
	why=''
	if "$@"; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "FAIL $name: $why"
		echo "$out"
		failed=$((failed + 1))
	fi
}

nothing_in_the_way() {
	local step
	check true
	others_ran || return
	for step in "${slow[@]}"; do
		wants 2 'not run' "$step" 'left out by --quick' || return
	done
}

dirty_tree() {
	check touch new_file
	wants 1 fails clean_tree new_file && others_ran clean_tree || return
	check sed -i '1s/^/ /' README.md
	wants 1 fails clean_tree README.md
}

changed() { "$@" && commit; }

another_version() {
	check changed sed -i '1s/(.*)/(9.8.7-1)/' packaging/debian/changelog
	wants 1 fails versions "packaging/debian/changelog has '9.8.7'" && others_ran versions || return
	check changed sed -i 's/^Version: .*/Version: 9.8.7/' packaging/rpm/sigpath.spec
	wants 1 fails versions "has '9.8.7'" || return
	check changed sed -i 's/^project(sigpath VERSION [^ ]*/project(sigpath VERSION 9.8.7/' CMakeLists.txt
	wants 1 fails versions 'CMakeLists.txt has 9.8.7' && wants 1 fails compatibility && wants 1 fails changelog || return
	check changed rm packaging/debian/changelog
	wants 1 fails versions 'there is no packaging/debian/changelog'
}

version_of_the_builder() {
	check changed sed -i 's/^Version: .*/Version: %{sigpath_version}/' packaging/rpm/sigpath.spec
	wants 2 ok versions
}

changelog_not_ready() {
	check changed sed -i 's/^## .*/## Unreleased/' CHANGELOG.md
	wants 1 fails changelog 'no date' || return
	check changed sed -i '/^- /d' CHANGELOG.md
	wants 1 fails changelog 'says nothing' || return
	check changed rm CHANGELOG.md
	wants 1 fails changelog 'no CHANGELOG.md'
}

tag_exists() {
	check git tag "v$(sed -n 's/^project(sigpath VERSION \([^ ]*\) .*/\1/p' CMakeLists.txt)"
	wants 1 fails new_tag exists && others_ran new_tag
}

licence_without_text() {
	check changed rm LICENSES/BSD-2-Clause.txt
	wants 1 fails licences LICENSES/BSD-2-Clause.txt && others_ran licences || return
	check changed eval 'echo "// SPDX-License-""Identifier: MIT" >new.c'
	wants 1 fails licences LICENSES/MIT.txt
}

broken_link() {
	check changed touch broken
	wants 1 fails docs 'a link leads to no file' && others_ran docs
}

kernels_of_another_version() {
	check changed sed -i 's/^The last run was of sigpath .*/The last run was of sigpath 0.0.1./' docs/compatibility.md
	wants 1 fails compatibility 'of 0.0.1' && others_ran compatibility
}

# In a run without --quick: a stand-in for ./dev says what the steps get to see.
slow_steps_need_proof() {
	stand_in() { printf '#!/bin/sh\n%s\n' "$1" >dev && git rm -rq --ignore-unmatch packaging/build && mkdir -p packaging/build && commit; }
	full() {
		rm -rf "$work/copy"
		cp -a "$work/good" "$work/copy"
		cd "$work/copy" || return
		stand_in "$1"
		out=$(packaging/release.sh --check 2>&1)
		status=$?
	}
	full 'exit 0'
	wants 1 fails lint 'counted no case' && wants 1 fails tests 'counted no case' || return
	wants 1 fails package_deb 'there is no packaging/build/deb.sh' && wants 1 fails reproducible deb || return
	wants 1 fails lintian && wants 1 'not run' sizes 'no static sigpath' || return
	full 'echo "3 passed, 0 failed, 1 skipped"'
	wants 1 ok lint && wants 1 ok tests || return
	full 'echo "3 passed, 1 failed, 1 skipped"; exit 1'
	wants 1 fails lint '1 failed'
}

wrong_usage() {
	cd "$work/good" || return
	out=$(packaging/release.sh 2>&1)
	[ $? = 64 ] || { why="without --check"; return 1; }
	out=$(packaging/release.sh --check --fast 2>&1)
	[ $? = 64 ] || { why="--fast"; return 1; }
}

prepare
for case in nothing_in_the_way dirty_tree another_version version_of_the_builder changelog_not_ready tag_exists \
	licence_without_text broken_link kernels_of_another_version slow_steps_need_proof wrong_usage; do
	conclude $case $case
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
