#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What sigpath does where a call of the kernel fails that works on this machine (faults.c). Sourced by
# run.sh.

faults=$(dirname "$writer")/libfaults.so

# faulty FAULT... -- COMMAND...: COMMAND with these calls failing.
faulty() {
	local faults_set=()

	[ -r "$faults" ] || fail "no library at $faults"
	while [ "$1" != -- ]; do faults_set+=("$1"); shift; done
	shift
	export LD_PRELOAD=$faults ASAN_OPTIONS=verify_asan_link_order=0 "${faults_set[@]}"
	"$@"
	unset LD_PRELOAD ASAN_OPTIONS "${faults_set[@]%%=*}"
}

case_follow_needs_the_end_of_processes() {
	local hook

	for hook in process_exit process_exit_perf; do
		faulty "FAULT_ATTACH=$hook" -- run -f -- true
		[ "$status" = 0 ] || break
	done
	wants 1 'attaching to sched_process_exit failed'
}

case_follow_needs_the_birth_of_processes() {
	local hook

	for hook in process_fork process_fork_perf; do
		faulty "FAULT_ATTACH=$hook" -- run -f -- true
		[ "$status" = 0 ] || break
	done
	wants 1 'attaching to sched_process_fork failed'
}

case_storm_adds_up_without_membarrier() {
	faulty FAULT_MEMBARRIER=1 -- start --comm "$storm_name" --window 200ms -v
	storm_writer 300000 &
	storm_writer 300000
	wait $!
	finish INT
	wants 0 'membarrier: Invalid argument; waiting by the update of a map instead'
	adds_up 600000
}
