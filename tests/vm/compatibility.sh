#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes docs/compatibility.md from the console logs of the last `dev vm all`: which hooks each kernel supports,
# what is lost without a hook, and how many instructions the verifier checked.
# usage: compatibility.sh
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/kernels.sh"
logs=$vm_work/logs
mapfile -t names < <(echo host; vm_names)
for name in "${names[@]}"; do
	grep -q '^@@ end check' "$logs/$name.log" 2>/dev/null || vm_die "the log of $name is not complete; run: sudo ./dev vm all"
done

# row FUNCTION ARGUMENT: one line of a table, with one cell for each kernel.
row() {
	local name cell line="| $2 |"
	for name in "${names[@]}"; do
		cell=$("$1" "$logs/$name.log" "$2")
		line+=" ${cell:-} |"
	done
	echo "$line"
}

heading() {
	local name line="| $1 |" rule='|---|'
	for name in "${names[@]}"; do line+=" $name |" rule+='---|'; done
	printf '%s\n%s\n' "$line" "$rule"
}

# The output of `sigpath check`, without the carriage returns of the console.
check_of() { sed -n '/^@@ begin check/,/^@@ end check/p' "$1" | tr -d '\r'; }
# Removes a vendor's suffix from the release. Debian's suffix stays: it is part of the package name.
release() { check_of "$1" | awk '$1 == "kernel" { if ($3 !~ /-(cloud|rt)-|[+]deb/) sub(/-.*/, "", $3); print $3, $4 }'; }
ability() { check_of "$1" | awk -v name="$2" '$1 == name { state = $2; $1 = $2 = ""; sub(/^ +/, ""); print (state == "ok" ? "" : "**" state "**: ") $0 }'; }
instructions() {
	tr -d '\r' <"$1" | awk -v name="load-$2" '$2 == name ":" { print ($1 == "ok" ? $3 : $1 == "skip" ? "-" : "**fails**") }'
}

abilities=(signals deaths socket_errors silent_epipe rare_epipe tcp_history closers ended_processes)
mapfile -t programs < <(tr -d '\r' <"$logs/host.log" | sed -nE 's/^(ok|skip|FAIL) load-([a-z_]+):.*/\2/p' | sort)
{
	cat <<'TEXT'
<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
<!-- tests/vm/compatibility.sh writes this file from a run of `sudo ./dev vm all`. Do not edit it. -->
# Compatibility

One binary runs on every kernel from 5.10 on that has BTF. sigpath finds out which hooks a kernel supports by
attaching them. The scenarios pass on each kernel in this table. `host` is the machine that ran the tests; the
other kernels are Debian's in QEMU, most of them its cloud kernels. **degraded** and **missing** mark hooks that
this kernel does not support. `sigpath check` shows what the running kernel supports, and what is lost without a
hook.

TEXT
	# `dev release --check` reads this line.
	printf 'The last run was of sigpath %s.\n\n' "$(sed -n 's/^project(sigpath VERSION \([^ ]*\) .*/\1/p' "$vm_source/CMakeLists.txt")"
	heading kernel
	row release release
	for name in "${abilities[@]}"; do row ability "$name"; done
	printf '\n## What is lost\n'
	for name in "${names[@]}"; do
		check_of "$logs/$name.log" | awk -v kernel="$name" '
			$1 != "" && $2 ~ /^(ok|degraded|missing)$/ { ability = $1 }
			# Those of the program, not of the kernel.
			ability ~ /^(debuginfod|name_service|otlp)$/ { next }
			/^ +lost: / { sub(/^ +lost: /, ""); print "- " kernel ", `" ability "`: " $0 }'
	done
	printf '\n## Instructions that the verifier checked\nA dash means that the kernel does not have this hook. The limit is 1,000,000 instructions.\n\n'
	heading program
	for name in "${programs[@]}"; do row instructions "$name"; done
	cat <<'TEXT'

## Differences between kernels
One file, `bpf/core/kernel_compat.bpf.h`, with the header of registers that it includes, handles all differences. It
names the version or the commit of each one: the user registers before 5.15 (no `bpf_task_pt_regs()`), the maple tree of mappings (6.1),
`kernfs_node.parent` (6.15), the place of the io_uring worker in the task (5.17), the fd and the size of an
io_uring request (5.19). A field that only moved needs no code, because its offset comes from the BTF of the
running kernel. `user/source/preemption.c` knows which kernels preempt BPF programs.
TEXT
} >"$vm_source/docs/compatibility.md"
echo "docs/compatibility.md"
