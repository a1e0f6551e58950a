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
