#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# sigpath on a machine that has other CPUs than this one. Sourced by run.sh, which sets sigpath.
# shellcheck disable=SC2154

# become_with_cpus LIST COMMAND...: becomes COMMAND, which sees LIST as the CPUs of the machine.
become_with_cpus() {
	echo "$1" >present
	shift
	# shellcheck disable=SC2016 # the inner shell expands it
	exec unshare --mount sh -c 'mount --bind present /sys/devices/system/cpu/present && exec "$@"' sh "$@"
}

# start_with_cpus LIST ARGUMENTS...: as start, with the CPUs of LIST.
start_with_cpus() {
	local list=$1
	shift
	: >err
	become_with_cpus "$list" "$sigpath" "$@" >out 2>err </dev/null &
	pid=$!
	wait_ready
}

# In bytes, of all BPF maps that the sigpath of start holds.
kernel_memory() { cat "/proc/$pid/fdinfo/"* 2>/dev/null | awk '/^memlock:/ { sum += $2 } END { print sum }'; }

# The limit is 64 MiB. Where sk_stream_error() can be hooked there are 15 MiB more than here.
case_memory_of_256_cpus() {
	local two many

	start_with_cpus 0-1
	two=$(kernel_memory)
	finish INT
	start_with_cpus 0-255
	many=$(kernel_memory)
	finish INT
	wants 0
	[ "$many" -gt "$two" ] || fail "$many bytes for 256 CPUs, $two for 2"
	[ "$many" -le $(((64 - 15) << 20)) ] || fail "$many bytes for 256 CPUs, $two for 2"
}

# A CPU that was added after the start has no memory for records. What happens there is counted: 10 incidents
# of the burst as not seen, and the others as repeats.
case_a_late_cpu() {
	[ "$(nproc)" -ge 2 ] || skip "needs two CPUs"
	start_with_cpus 0 --comm late-cpu --window 60s
	taskset -c 1 "$writer" -n late-cpu 1000 2>/dev/null
	taskset -c 0 "$writer" -n late-cpu 1 2>/dev/null
	finish INT
	wants 0 'at most 10 calls were not seen, because their CPU was added after the start'
	[ "$(counts err)" = "1 990 0" ] || fail "not 1 incident and 990 repeats: $(tail -1 err)"
}
