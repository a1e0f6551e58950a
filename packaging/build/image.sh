#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes an OCI image that has the static sigpath and nothing else: build/package/sigpath-VERSION-ARCH.oci.tar, an
# archive of an image layout (image-spec 1.0). No daemon and no tool for containers is needed. Two runs give the same
# bytes. `skopeo copy oci-archive:FILE docker://...` publishes it.
# usage: image.sh [--binary FILE] [--arch amd64|arm64] [--output FILE]    --binary: stripped; without it, it is built
set -euo pipefail
source=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
version=$(sed -n 's/^project(sigpath VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")
case $(uname -m) in x86_64) arch=amd64 ;; aarch64) arch=arm64 ;; *) arch=$(uname -m) ;; esac
binary='' output=''
while [ $# -gt 0 ]; do
	case $1 in
	--binary) binary=$(readlink -f "$2") ;;
	--arch) arch=$2 ;;
	--output) output=$(readlink -m "$2") ;;
	*) echo "image.sh: $1 is no option" >&2; exit 2 ;;
	esac
	shift 2
done
output=${output:-$source/build/package/sigpath-$version-$arch.oci.tar}
: "${SOURCE_DATE_EPOCH:=$(git -C "$source" log -1 --format=%ct 2>/dev/null || stat -c %Y "$source/CMakeLists.txt")}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$binary" ]; then
	binary=$work/sigpath
	strip -o "$binary" "$source/$(cd "$source" && ./dev build --static)"
fi
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
echo "${output#"$source"/}"
