#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What sigpath does where a call of the kernel fails that works on this machine (faults.c). Sourced by
# run.sh, which sets the variables.
# shellcheck disable=SC2154

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

# The process ends and another one gets its number while sigpath loads its programs.
case_reused_pid_is_not_attached() {
	local victim

	sleep 100 &
	victim=$!
	cat >reuse <<-EOF
		#!/bin/bash
		unset LD_PRELOAD
		kill -KILL $victim
		while [ -e /proc/$victim ]; do sleep 0.02; done
		for ((try = 0; try < 100; try++)); do
			echo $((victim - 1)) >/proc/sys/kernel/ns_last_pid
			bash -c 'sleep 2; exec "$writer" 1' &
			[ \$! = $victim ] && exit
			kill \$!
		done
		exit 1
	EOF
	chmod +x reuse
	faulty FAULT_AFTER_PIDFD="$PWD/reuse >reuse.out 2>&1" -- run -p "$victim"
	[ -e "/proc/$victim" ] || fail "the number was not used again: $(cat reuse.out)"
	wants 0 '^sigpath: 0 incidents'
	kill "$victim" # its write would be an incident of a later case
}
