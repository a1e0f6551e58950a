#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In containers that lack something: sigpath says what is missing. Sourced by run.sh, which sets the variables. What
# it does in a container that lacks nothing is in tests/vm/namespaces.
# shellcheck disable=SC2016,SC2034,SC2154

# run_in UNSHARE_OPTIONS COMMAND: as `run`, in new namespaces. COMMAND gets sigpath as $1.
run_in() {
	local -a options
	read -ra options <<<"$1"
	timeout -k 5 60 unshare "${options[@]}" --pid --fork --mount-proc bash -c "$2" sh "$sigpath" >out 2>err </dev/null
	status=$?
}

one_line() { [ "$(wc -l <err)" = 1 ] || fail "more than one line: $(cat err)"; }

case_container_in_a_user_namespace() {
	run_in '--user --map-root-user' '"$1" -d 0.1'
	wants 1 '^sigpath: not allowed to load BPF programs: this is a user namespace'
	one_line
}

case_container_without_capabilities() {
	run_in '' 'setpriv --bounding-set=-bpf,-perfmon,-sys_admin --inh-caps=-all "$1" -d 0.1'
	wants 1 '^sigpath: not allowed to load BPF programs: CAP_BPF and CAP_PERFMON missing; a container gets them only from outside'
	one_line
	run_in '' 'setpriv --bounding-set=-perfmon,-sys_admin --inh-caps=-all "$1" -d 0.1'
	wants 1 ': CAP_PERFMON missing;'
}

case_container_without_sysfs() {
	run_in '' 'umount -l /sys && "$1" -d 0.1'
	wants 1 '^sigpath: /sys is not mounted here: sigpath needs /sys/kernel/btf/vmlinux$'
	one_line
}

case_container_without_btf() {
	run_in '' 'mount -t tmpfs none /sys/kernel/btf && "$1" -d 0.1'
	wants 1 '^sigpath: this kernel (.*) has no BTF (/sys/kernel/btf/vmlinux: No such file or directory)'
	one_line
}

# Tracefs is only needed for a few hooks.
case_container_without_tracefs() {
	run_in '' "mount -t tmpfs none /sys/kernel/tracing && mount -t tmpfs none /sys/kernel/debug &&
		\"\$1\" -f -o out.jsonl -- '$writer' 1"
	wants 0
	[ "$(json_incidents out.jsonl)" = 1 ] || fail "not one incident: $(cat out.jsonl err)"
}

case_container_in_check() {
	run_in '' '"$1" check'
	grep -q '^pid_namespace  *ok  *its own: -p and -t take its numbers' out || fail "$(cat out err)"
	unshare --pid --fork "$sigpath" check >out 2>err
	grep -q '^pid_namespace  *degraded  *its own, but /proc is of another one' out || fail "$(cat out err)"
	run check
	grep -q "^pid_namespace  *ok  *the host's" out || fail "$(cat out err)"
}

# in_container CGROUP COMMAND...: becomes COMMAND in this cgroup.
in_container() { echo "$BASHPID" >"$1/cgroup.procs" && shift && exec "$@"; }

# The names of a pod on the disk of this host, and those of the container at the other end of a pipe. On another disk,
# so that nothing of this host is seen or changed.
case_container_names() {
	local root
	root=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
	[ -w "$root/cgroup.procs" ] || skip "no cgroup2 to write to"
	containers_have_names "$root"
}

# The same where the runtimes use version 1 alone.
case_container_names_of_cgroup_v1() {
	local root
	root=$(findmnt -n -t cgroup -O pids -o TARGET | head -n 1)
	[ -w "$root/cgroup.procs" ] || skip "no controller pids of cgroup v1 to write to"
	containers_have_names "$root"
}

# containers_have_names ROOT: of the hierarchy of cgroups.
containers_have_names() {
	local root=$1 id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef pod=1c2d3e4f-0011-2233-4455-66778899aabb
	local in_pod in_docker
	in_pod=$root/kubepods-pod${pod//-/_}.slice/cri-containerd-$id.scope
	in_docker=$root/docker/f${id:1}
	mkdir -p "$in_pod" "$in_docker" disk/pods/"shop_cart-0_$pod/cart" disk/containers "disk/docker/containers/f${id:1}"
	touch "disk/containers/cart-0_shop_cart-$id.log"
	echo "{\"ID\":\"f${id:1}\",\"Name\":\"/web\"}" >"disk/docker/containers/f${id:1}/config.v2.json"
	chmod -R go-w disk
	: >err
	unshare --mount sh -c 'mount -t tmpfs none /var/log && mkdir /var/log/pods /var/log/containers &&
		mount --bind disk/pods /var/log/pods && mount --bind disk/containers /var/log/containers &&
		mount -t tmpfs none /var/lib && mkdir /var/lib/docker && mount --bind disk/docker /var/lib/docker &&
		exec "$1" -w run.cap -o out.jsonl --comm yes' sh "$sigpath" >out 2>err </dev/null &
	pid=$!
	wait_ready
	in_container "$in_pod" yes | in_container "$in_docker" head -n 1 >/dev/null
	until_true 10 test -s out.jsonl
	finish INT
	rmdir "$in_pod" "$in_docker" "${in_pod%/*}"
	rmdir "${in_docker%/*}" 2>/dev/null
	expect_names out.jsonl
	# A replay does not look at the disk.
	rm -r disk
	run -r run.cap -o replay.jsonl
	expect_names replay.jsonl
}

expect_names() {
	python3 - "$1" <<'END' || fail "the names are wrong: $(cat "$1")"
import json, sys
incidents = [line for line in map(json.loads, open(sys.argv[1])) if line["kind"] == "incident"]
(incident,) = incidents
process, peer = incident["process"], incident["peer_process"]
assert (process["container_name"], process["container_runtime"]) == ("cart", "containerd"), process
assert (process["pod_name"], process["pod_namespace"], process["container_user"]) == ("cart-0", "shop", None), process
assert peer is not None, incident["missing"]
assert (peer["container_name"], peer["container_runtime"], peer["pod_name"]) == ("web", "docker", None), peer
END
}
