#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In a mount namespace of its own (podman.py): a container whose process dies of SIGPIPE, and a sigpath that sees it.
# Nothing of the host's containers is seen or changed, and there is cgroup v2 alone.
# usage: podman.sh SIGPATH WORK NAME RUNTIME [OPTION...]    WORK/root: the root of the container
set -eu
sigpath=$1 work=$2 name=$3 runtime=$4
shift 4
umount -R /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
for directory in /var/lib/containers /run/containers /run/libpod "/run/$runtime" /run/lock; do
	mkdir -p "$directory"
	mount -t tmpfs none "$directory"
done
export HOME="$work"
"$sigpath" --comm die -o "$work/out.jsonl" 2>"$work/err" &
pid=$!
until grep -q '^sigpath: ready' "$work/err"; do
	kill -0 "$pid"
	sleep 0.05
done
# Limits that a test machine can set: it may have no controllers, and no right to raise a limit.
podman --runtime="$runtime" --storage-driver=vfs --cgroup-manager=cgroupfs --events-backend=none run --name "$name" \
	--network=none --log-driver=none --pids-limit=0 --ulimit=nofile=256:256 --ulimit=nproc=256:256 \
	--security-opt=seccomp=unconfined "$@" --rootfs "$work/root" /die && status=0 || status=$?
podman --storage-driver=vfs --cgroup-manager=cgroupfs ps --all --no-trunc --format '{{.ID}}' >"$work/id"
kill -INT "$pid"
wait "$pid" || true
# As a shell shows SIGPIPE.
[ "$status" = 141 ] || { echo "podman exited $status"; exit 1; }
