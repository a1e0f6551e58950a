#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds build/package/sigpath-VERSION-1.PROCESSOR.rpm from the static binary, by packaging/rpm/sigpath.spec. Two builds
# are byte-equal.
# usage: rpm.sh [--arch amd64|arm64] [--test]    --test: then test it (as root)
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/common.sh"
package_options "$@"
processor=x86_64
[ "$package_arch" != arm64 ] || processor=aarch64
rpm=$package_out/sigpath-$package_version-1.$processor.rpm
work=$package_out/rpm-$package_arch

"$here/static.sh" --arch "$package_arch" >&2
rm -rf "$work"
mkdir -p "$work"
"$here/stage.sh" "$package_arch" "$work/stage"
"$here/licences.sh" "$package_arch" "$work/licences"
# The path of the list is in no package. gzip: every rpm can unpack it.
rpmbuild -bb --target "$processor-linux" --buildroot "$work/root" --define "_topdir $work/rpmbuild" \
	--define "package_version $package_version" --define "package_stage $work/stage" --define "package_licences $work/licences" \
	--define "package_list $work/list" --define "_dbpath $work/db" --define '_buildhost sigpath' \
	--define 'use_source_date_epoch_as_buildtime 1' --define 'clamp_mtime_to_source_date_epoch 1' \
	--define '_binary_payload w9.gzdio' --define "_rpmdir $work/out" \
	--define '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' \
	"$package_source/packaging/rpm/sigpath.spec" >"$work/log" 2>&1 || {
	tail -n 20 "$work/log" >&2
	package_die "rpmbuild failed: $work/log"
}
mv "$work/out/${rpm##*/}" "$rpm"
rm -rf "$work"
[ "$package_test" = no ] || "$package_source/tests/package/rpm.sh" "$package_arch" >&2
echo "${rpm#"$package_source"/}"
