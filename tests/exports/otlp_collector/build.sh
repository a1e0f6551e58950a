#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the OpenTelemetry Collector, and the description of its protocol, from Debian's packaged sources in a
# minimal Debian sid that is made for this. Prints their directory, which is kept until this recipe changes.
# It has `otelcol`, and `logs.pb`: the messages of OTLP logs as opentelemetry-proto describes them.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/../../vm/kernels.sh"
. "$here/../../vm/apt.sh"
packages=golang-go,golang-opentelemetry-collector-dev,golang-opentelemetry-proto-dev

die() {
	printf 'collector: %s\n' "$*" >&2
	exit 1
}

cache=$vm_source/build/collector
made=$cache/$(cat "$here/build.sh" "$here"/*/main.go | sha256sum | cut -c 1-12)
# The mirror is the one of this machine, with its settings of apt, and nothing else of its apt.
make_root() {
	local main
	main=$(apt_mirror main)
	[ -n "$main" ] || die "this machine's apt has no Debian mirror: run apt-get update, or set SIGPATH_VM_MIRROR"
	apt-config dump | grep '^Acquire::' >"$cache/apt.conf"
	mmdebstrap --quiet --variant=apt --mode=root --format=directory --aptopt="$cache/apt.conf" \
		--aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt=force-unsafe-io --include="$packages" \
		sid "$root" "deb [signed-by=$vm_keyring] $main sid main"
}

# Without the network: the sources are all in the packages.
build_in_root() {
	mkdir -p "$root/src" "$root/out"
	cp -r "$here/collector" "$here/describe" "$root/src/"
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount --net --pid --fork --kill-child bash -euc '
		mount -t proc proc "$1/proc"
		mount --bind /dev "$1/dev"
		exec chroot "$1" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 CGO_ENABLED=0 \
			GO111MODULE=off GOPATH=/usr/share/gocode:/root/go GOFLAGS=-trimpath \
			sh -euc "cd /src/collector && go build -p 1 -ldflags=-s -o /out/otelcol .
				cd /src/describe && go run . >/out/logs.pb"' - "$root"
}

[ "${1:-}" != --where ] || {
	echo "$made"
	exit
}
[ "$(id -u)" = 0 ] || die "needs root"
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
[ ! -x "$made/otelcol" ] || {
	echo "$made"
	exit
}
command -v mmdebstrap >/dev/null || die "not installed: mmdebstrap"
root=$cache/root
rm -rf --one-file-system "$root" "$cache"/[0-9a-f]*
trap 'rm -rf --one-file-system "$root"' EXIT
make_root >&2
build_in_root >&2
mkdir "$made.new"
cp "$root/out/otelcol" "$root/out/logs.pb" "$made.new/"
mv "$made.new" "$made"
echo "$made"
