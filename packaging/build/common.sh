# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the builders of packages: names and times that all of them agree about.
# shellcheck shell=bash disable=SC2034

package_source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
package_out=$package_source/build/package
# The one place of the version.
package_version=$(sed -nE 's/^project\(sigpath VERSION ([0-9.]+) .*/\1/p' "$package_source/CMakeLists.txt")
# All times in a package are that of the commit. Sources without git, such as an unpacked release: of their
# CHANGELOG.md.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$package_source" log -1 --format=%ct 2>/dev/null ||
	stat -c %Y "$package_source/CHANGELOG.md")}
export LC_ALL=C TZ=UTC
umask 022

package_die() {
	printf 'package: %s\n' "$*" >&2
	exit 1
}

# package_options [--arch ARCH] [--test]: sets package_arch and package_test, and package_own, this machine's.
package_options() {
	package_own=$(dpkg --print-architecture) || package_die "needs Debian's packages"
	package_arch=$package_own package_test=no
	while [ $# -gt 0 ]; do
		case $1 in
		--arch) package_arch=${2:-} && shift ;;
		--test) package_test=yes ;;
		*) package_die "unknown option '$1'; there are --arch ARCHITECTURE and --test" ;;
		esac
		shift
	done
	[[ $package_arch == @(amd64|arm64) ]] || package_die "amd64 or arm64, not '$package_arch'"
}

# The static binary of package_arch, which static.sh builds.
package_binary() { echo "$package_out/sigpath-$package_version-$package_arch"; }
# Where static.sh builds it.
package_build() { echo "$package_out/build-$package_arch"; }
