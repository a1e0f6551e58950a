#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes an OCI image that has the static sigpath and nothing else: build/package/sigpath-VERSION-ARCH.oci.tar, an
# archive of an image layout (image-spec 1.0). No daemon and no tool for containers is needed. Two runs give the same
# bytes. `skopeo copy oci-archive:FILE docker://...` publishes it.
# usage: image.sh [--arch amd64|arm64] [--test]       --test: then run its tests (as root)
#        image.sh --binary FILE --output FILE         of this file alone
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/common.sh"
binary='' output=''
if [ "${1:-}" = --binary ]; then
	[ "${3:-}" = --output ] || package_die "--binary FILE needs --output FILE"
	binary=$2 output=$4
	package_options
else
	package_options "$@"
	"$here/static.sh" --arch "$package_arch" >&2
	binary=$(package_binary) output=$package_out/sigpath-$package_version-$package_arch.oci.tar
fi
source=$package_source version=$package_version arch=$package_arch
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
revision=$(git -C "$source" rev-parse HEAD 2>/dev/null || echo unknown)
created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)

pack() { tar --format=ustar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner "$@"; }

# blob FILE: moves it to its place in the layout and sets $digest and $size.
blob() {
	digest=$(sha256sum "$1" | cut -d ' ' -f 1)
	size=$(stat -c %s "$1")
	mv "$1" "$layout/blobs/sha256/$digest"
}

layout=$work/layout
# /tmp and the others: for what a user mounts there when the root is read-only.
mkdir -p "$layout/blobs/sha256" "$work/root/usr/bin" "$work/root/proc" "$work/root/sys" "$work/root/run" \
	"$work/root/var/lib" "$work/root/var/log"
install -m 755 "$binary" "$work/root/usr/bin/sigpath"
pack -C "$work/root" -cf "$work/layer.tar" .
layer=$(sha256sum "$work/layer.tar" | cut -d ' ' -f 1)
gzip -n -9 "$work/layer.tar"
blob "$work/layer.tar.gz"
layer_blob="\"digest\":\"sha256:$digest\",\"size\":$size"

labels="\"org.opencontainers.image.title\":\"sigpath\",\"org.opencontainers.image.description\":\"tells why a write failed with a broken pipe\",\"org.opencontainers.image.licenses\":\"GPL-2.0-or-later\",\"org.opencontainers.image.version\":\"$version\",\"org.opencontainers.image.revision\":\"$revision\",\"org.opencontainers.image.created\":\"$created\""
printf '%s' "{\"created\":\"$created\",\"architecture\":\"$arch\",\"os\":\"linux\",\"config\":{\"Entrypoint\":[\"/usr/bin/sigpath\"],\"Env\":[\"PATH=/usr/bin\"],\"Labels\":{$labels}},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:$layer\"]},\"history\":[{\"created\":\"$created\",\"created_by\":\"packaging/build/image.sh\"}]}" >"$work/config"
blob "$work/config"
printf '%s' "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:$digest\",\"size\":$size},\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",$layer_blob}],\"annotations\":{$labels}}" >"$work/manifest"
blob "$work/manifest"
printf '%s' "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"sha256:$digest\",\"size\":$size,\"platform\":{\"architecture\":\"$arch\",\"os\":\"linux\"},\"annotations\":{\"org.opencontainers.image.ref.name\":\"$version\"}}]}" >"$layout/index.json"
printf '%s' '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"

mkdir -p "$(dirname "$output")"
pack -C "$layout" -cf "$work/image.tar" oci-layout index.json blobs
mv "$work/image.tar" "$output"
# Elsewhere it does not run.
cases=()
[ "$package_arch" = "$package_own" ] || cases=(reproducible skopeo_reads_it only_sigpath_is_in_it)
[ "$package_test" = no ] || "$source/tests/containers/image.py" --sigpath "$binary" --build "$source/build" "${cases[@]}" >&2
echo "${output#"$source"/}"
