#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds libcurl for a static sigpath into build/curl-PROCESSOR, from the source of Debian's package, with HTTP and
# OpenSSL only. Debian's own archive of libcurl needs libgssapi, which has none. What is built stays until this
# file or OpenSSL's headers change; --refresh asks for the newest source.
# apt checks the signature of the release against Debian's keyring, the list of sources against the release, and
# each file against the list. dpkg-source applies Debian's patches.
# usage: curl.sh [--refresh] [amd64|arm64|riscv64]    without one: this machine's
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/../../tests/vm/kernels.sh"
. "$here/../../tests/vm/apt.sh"

newest_dsc() { find "$sources" -name 'curl_*.dsc' 2>/dev/null | sort -V | tail -n 1; }

# The stable release's source, for all architectures.
fetch() {
	mkdir -p "$sources"
	apt_prepare bookworm source refresh
	(cd "$sources" && apt_at bookworm source apt-get source --only-source --download-only curl) >"$sources/log" 2>&1 || {
		tail -n 5 "$sources/log" >&2
		vm_die "cannot fetch the source of curl: $sources/log"
	}
}

# OpenSSL without the machine's configuration of it: that can name modules to load, and a static program cannot
# load any. The certificates are for sigpath to say.
configure() {
	local flags="-g -O2 -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -ffile-prefix-map=$vm_source=/sigpath"
	local options=(-DCMAKE_BUILD_TYPE=None "-DCMAKE_INSTALL_PREFIX=$target.new" -DCMAKE_INSTALL_LIBDIR=lib
		-DBUILD_SHARED_LIBS=OFF -DBUILD_CURL_EXE=OFF -DBUILD_TESTING=OFF -DENABLE_MANUAL=OFF
		-DHTTP_ONLY=ON -DCURL_USE_OPENSSL=ON -DOPENSSL_USE_STATIC_LIBS=ON
		-DCURL_DISABLE_OPENSSL_AUTO_LOAD_CONFIG=ON -DENABLE_THREADED_RESOLVER=ON
		-DCURL_CA_BUNDLE=none -DCURL_CA_PATH=none -DCURL_ZLIB=OFF -DCURL_BROTLI=OFF -DCURL_ZSTD=OFF
		-DUSE_NGHTTP2=OFF -DUSE_LIBIDN2=OFF -DCURL_USE_LIBSSH2=OFF -DCURL_USE_LIBSSH=OFF
		-DCURL_USE_LIBPSL=OFF -DCURL_USE_GSSAPI=OFF -DCURL_DISABLE_COOKIES=ON -DCURL_DISABLE_NETRC=ON
		-DCURL_DISABLE_ALTSVC=ON -DCURL_DISABLE_HSTS=ON -DENABLE_UNIX_SOCKETS=OFF)
	case $arch in
	amd64) flags+=" -fcf-protection=full -fstack-clash-protection" ;;
	arm64) flags+=" -mbranch-protection=standard" ;;
	esac
	[ "$arch" = "$own" ] || options+=("-DCMAKE_TOOLCHAIN_FILE=$vm_source/cmake/toolchains/$vm_triplet.cmake"
		"-DSIGPATH_SYSROOT=$sysroot")
	cmake -S "$work/curl" -B "$work/build" -G Ninja "${options[@]}" "-DCMAKE_C_FLAGS=$flags"
}

build() {
	dpkg-source --no-check --extract "$1" "$work/curl" && configure && cmake --build "$work/build" &&
		cmake --install "$work/build" && cp "$work/curl/debian/copyright" "$target.new/copyright"
}

refresh=
[ "${1:-}" != --refresh ] || {
	refresh=refresh
	shift
}
own=$(dpkg --print-architecture) || vm_die "not a Debian: give cmake a libcurl.a by -DSIGPATH_CURL=DIRECTORY"
arch=${1:-$own} sysroot=
vm_read_architecture "$arch"
[ "$arch" = "$own" ] || sysroot=$vm_work/sysroot-$arch
sources=$vm_cache/curl-source
target=$vm_source/build/curl-${vm_triplet%%-*}
work=$target.work

mkdir -p "$vm_cache"
exec 9>"$vm_cache/curl.lock"
flock 9
[ -z "$sysroot" ] || "$here/../../tests/vm/sysroot.sh" "$arch"
made=$(cat "$here/curl.sh" "$sysroot/usr/include/openssl/opensslv.h" | sha256sum | cut -c 1-64)
[ -n "$refresh" ] || [ "$(sed -n 1p "$target/made" 2>/dev/null)" != "$made" ] || exit 0
if [ -n "$refresh" ] || [ -z "$(newest_dsc)" ]; then fetch; fi
dsc=$(newest_dsc)
rm -rf "$work" "$target.new"
mkdir -p "$work"
build "$dsc" >"$target.log" 2>&1 || {
	tail -n 30 "$target.log" >&2
	vm_die "the build of curl for $arch failed: $target.log"
}
# The line for `made`, and the version of Debian's package.
printf '%s\n%s\n' "$made" "$(sed -n 's/^Version: //p' "$dsc" | tail -n 1)" >"$target.new/made"
rm -rf "$target" "$work"
mv "$target.new" "$target"
