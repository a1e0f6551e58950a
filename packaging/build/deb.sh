#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the packages of Debian in a new Debian that has only what debian/control asks for. They lie in build/package:
# *.deb, *.dsc, *.changes and what belongs to them.
# usage: deb.sh [--again] [--arch ARCH] [--test] [--vm]    --again: make the Debian anew; --arch: build for arm64, on
# amd64; --test: build it twice, in two directories, and compare; then run lintian and print what the packages contain;
# --vm: also build a later version, and install, upgrade and remove both in a virtual machine (amd64). Both print
# `ok NAME` or `FAIL NAME`, and the counts at the end.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/../../tests/vm/kernels.sh"
. "$here/../../tests/vm/apt.sh"
. "$here/debian_root.sh"
debian=$vm_source/packaging/debian
output=$vm_source/build/package
tree=$package_work/sources
passed=0 failed=0

# build_dependencies [ARCH]: what debian/control asks for, without versions; with ARCH, the libraries are of that.
# debhelper-compat is provided by debhelper.
build_dependencies() {
	awk '/^Build-Depends:/ { on = 1; next } /^[^ ]/ { on = 0 } on && NF { sub(/,$/, "", $1); print $1 }' "$debian/control" |
		sed -e 's/^debhelper-compat$/debhelper/; s/:native$//' ${1:+-e "s/\(-dev\|^pkgconf\)\$/&:$1/"} | paste -sd,
}

# The tree as it is here, with debian/ where dpkg looks for it. What has not been added to git yet is part of it.
copy_sources() {
	rm -rf "$tree"
	mkdir -p "$tree"
	git -C "$vm_source" ls-files -co --exclude-standard -z |
		tar -C "$vm_source" --null --ignore-failed-read --mode=u+rwX,go=rX -T - -c | tar -C "$tree" -x --no-same-owner
	mv "$tree/packaging/debian" "$tree/debian"
}

# A new Debian, with a cross compiler for another architecture.
make_root() {
	if [ "$arch" = "$own" ]; then
		debian_make build buildd "$(build_dependencies)"
	else
		debian_make "cross-$arch" buildd "crossbuild-essential-$arch,$(build_dependencies "$arch")" --architectures="$own,$arch"
	fi
}

# build DIRECTORY RESULT: builds the sources in DIRECTORY of the root, and moves what came of it to RESULT.
build() {
	local directory=$1/sigpath-$version result=$2 log=$package_work/build.log options='-us -uc'
	[ "$arch" = "$own" ] || options+=" -b -a $arch"
	rm -rf --one-file-system "${root:?}/work" "$result"
	mkdir -p "$root/work/$directory"
	cp -a "$tree/." "$root/work/$directory"
	in_debian "$root" "cd '/work/$directory'; DEB_BUILD_OPTIONS=parallel=$(nproc) dpkg-buildpackage $options" >"$log" 2>&1 || {
		tail -n 40 "$log" >&2
		package_die "the build failed; the whole log: ${log#"$vm_source"/}"
	}
	mkdir -p "$result"
	find "$root/work/${directory%/*}" -maxdepth 1 -type f -exec mv -t "$result" {} +
	rm -rf --one-file-system "$root/work"
}

# Makes a later version of the sources: another program, and another configuration file.
make_later() {
	local later=$version.1
	sed -i "s/^project(sigpath VERSION [^ ]*/project(sigpath VERSION $later/" "$tree/CMakeLists.txt"
	printf '\n# This is the configuration of %s.\n' "$later" >>"$tree/packaging/sigpath.conf"
	sed "1s/(.*)/($later)/" "$debian/changelog" | cat - "$debian/changelog" >"$tree/debian/changelog"
	version=$later
}

conclude() {
	local name=$1
	shift
	if "$@"; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "FAIL $name"
		failed=$((failed + 1))
	fi
}

# Not *.buildinfo, which has the time of the build, and *.changes, which has the checksum of that.
same_bytes() {
	(cd "$1" && find . -type f ! -name '*.buildinfo' ! -name '*.changes' -exec sha256sum {} +) | (cd "$2" && sha256sum -c -)
}

check_lintian() {
	local tools
	tools=$(debian_make lintian apt lintian) || return
	rm -rf "$tools/packages"
	cp -r "$1" "$tools/packages" || return
	in_debian "$tools" 'lintian --allow-root --fail-on error,warning --info /packages/*.changes'
}

list_contents() {
	local package
	for package in "$1"/*.deb; do
		echo "${package##*/}: $(stat -c %s "$package") bytes"
		dpkg-deb --info "$package" | sed -n 's/^ \(Depends\|Recommends\|Suggests\|Installed-Size\):/  \1:/p'
		dpkg-deb --contents "$package" | awk '{ print "  " $1, $2, $3, $6 }'
	done
}

[ "$(id -u)" = 0 ] || package_die "needs root"
own=$(dpkg --print-architecture) || package_die "needs Debian's packages"
arch=$own test=no vm=no
while [ $# -gt 0 ]; do
	case $1 in
	--again) rm -rf --one-file-system "$package_work" ;;
	--arch) arch=${2:-} && shift ;;
	--test) test=yes ;;
	--vm) vm=yes ;;
	*) package_die "deb: unknown option '$1'" ;;
	esac
	shift
done
[[ $arch == "$own" || $own-$arch == amd64-arm64 ]] || package_die "cannot build for '$arch' here"
[[ $vm == no || $arch == amd64 ]] || package_die "the virtual machine is for amd64"
mkdir -p "$package_work"
exec 9>"$output/debian.lock"
flock 9
"$vm_source/tests/check/versions.sh" "$vm_source" >&2
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$debian/changelog")
root=$(make_root)
built=$package_work/$arch
copy_sources
build build "$built"
rm -f "$output"/sigpath*_"$arch".{deb,changes,buildinfo}
cp "$built"/* "$output/"
(cd "$built" && ls) | sed "s|^|${output#"$vm_source"/}/|"
if [ "$test" = yes ]; then
	build a-directory/with/another/name "$package_work/again"
	conclude reproducible same_bytes "$built" "$package_work/again"
	conclude lintian check_lintian "$built"
	conclude contents list_contents "$built"
fi
if [ "$vm" = yes ]; then
	make_later
	build build "$package_work/later"
	conclude vm "$vm_source/tests/vm/debian/run.sh" "$built" "$package_work/later"
fi
[ "$test$vm" = nono ] || echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
