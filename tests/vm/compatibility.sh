#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes docs/compatibility.md from the consoles of the last `dev vm all`: which hook each kernel gave, what is
# lost where one is missing, and how much the verifier had to walk.
# usage: compatibility.sh
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/kernels.sh"
logs=$vm_work/logs
mapfile -t names < <(echo host; vm_names)
for name in "${names[@]}"; do
	grep -q '^@@ end check' "$logs/$name.log" 2>/dev/null || vm_die "no whole run of $name: sudo ./dev vm all"
done

# row FUNCTION ARGUMENT: a line of a table, one cell a kernel.
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

# What `sigpath check` said, without the carriage returns of a console.
check_of() { sed -n '/^@@ begin check/,/^@@ end check/p' "$1" | tr -d '\r'; }
# A vendor's suffix says nothing to others; Debian's is the package.
release() { check_of "$1" | awk '$1 == "kernel" { if ($3 !~ /-cloud-/) sub(/-.*/, "", $3); print $3, $4 }'; }
ability() { check_of "$1" | awk -v name="$2" '$1 == name { state = $2; $1 = $2 = ""; sub(/^ +/, ""); print (state == "ok" ? "" : "**" state "**: ") $0 }'; }
instructions() {
	tr -d '\r' <"$1" | awk -v name="load-$2" '$2 == name ":" { print ($1 == "ok" ? $3 : $1 == "skip" ? "-" : "**fails**") }'
}

abilities=(signals socket_errors silent_epipe tcp_history closers)
mapfile -t programs < <(tr -d '\r' <"$logs/host.log" | sed -nE 's/^(ok|skip|FAIL) load-([a-z_]+):.*/\2/p' | sort)
{
	cat <<'TEXT'
<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
<!-- Made by tests/vm/compatibility.sh from a run of `sudo ./dev vm all`; not to be edited. -->
# Compatibility

One binary for every kernel from 5.10 with BTF. Which hook a kernel gives is found by attaching it; the
scenarios pass on each of these. `host` is the machine of the run, here one without trampolines and
kprobes; the others are Debian's cloud kernels in QEMU. What a user loses without a hook, `sigpath check`
says for the kernel it runs on.

TEXT
	heading kernel
	row release release
	for name in "${abilities[@]}"; do row ability "$name"; done
	printf '\n## What is lost\n'
	for name in "${names[@]}"; do
		check_of "$logs/$name.log" | awk -v kernel="$name" '
			$1 != "" && $2 ~ /^(ok|degraded|missing)$/ { ability = $1 }
			/^ +lost: / { sub(/^ +lost: /, ""); print "- " kernel ", `" ability "`: " $0 }'
	done
	printf '\n## Instructions that the verifier walked\nA dash: the kernel has no such hook. The limit is 1,000,000.\n\n'
	heading program
	for name in "${programs[@]}"; do row instructions "$name"; done
	cat <<'TEXT'

## Differences between kernels
All of them are in one file, `bpf/core/kernel_compat.bpf.h`, each with the version or commit that made it:
registers before 5.15 (no `bpf_task_pt_regs()`), the maple tree of mappings (6.1), `kernfs_node.parent`
(6.15), the io_uring worker's place in the task (5.17). Fields that only moved need nothing: offsets
come from the running kernel's BTF. Where a kernel preempts BPF programs is in `user/source/preemption.c`.
TEXT
} >"$vm_source/docs/compatibility.md"
echo "docs/compatibility.md"
