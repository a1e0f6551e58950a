#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does sigpath work on other kernels? Boots Debian's kernels in QEMU, runs the tests in the file `tests` in each
# of them, and reads the results from the console. `host` is this machine's own kernel, without QEMU.
# SIGPATH_WORLDS: how many random worlds in each; SIGPATH_VM_TIMEOUT: seconds that one machine may take.
# The kernel passes words of its command line that it does not know to init, as environment.
# usage: run.sh KERNEL|all|today|host [TEST...]    TEST: a name in `tests`, or a scenario
# `today`: the host and the kernel that is due today, with the tests of vm_tests_today; without TEST also the others, with those of vm_tests_daily. Without root `all` and `today` leave out the host.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/kernels.sh"
logs=$vm_work/logs
results=$vm_work/results
limit=${SIGPATH_VM_TIMEOUT:-1800}

# `./dev setup` installs these.
need_tools() {
	local tool missing=()
	for tool in qemu-system-x86_64 qemu-system-aarch64 aarch64-linux-gnu-ld qemu-system-riscv64 ld.lld-19 cpio xz readelf ninja clang; do
		command -v "$tool" >/dev/null || missing+=("$tool")
	done
	[ ${#missing[@]} -eq 0 ] || vm_die "not installed: ${missing[*]}"
}

# write_tests FILE [TEST...]: writes the requested lines of `tests`. Names that are not in it are scenarios.
write_tests() {
	local file=$1 name scenarios=()
	shift
	[ $# -gt 0 ] || {
		cp "$here/tests" "$file"
		return
	}
	: >"$file"
	for name in "$@"; do
		grep "^$name " "$here/tests" >>"$file" || scenarios+=("$name")
	done
	[ ${#scenarios[@]} -eq 0 ] || echo "$(grep '^scenarios ' "$here/tests") -v ${scenarios[*]}" >>"$file"
}

# Names that are neither in `tests` nor scenarios.
check_tests() {
	local name scenarios
	scenarios=$(vm_scenarios 2>/dev/null) || return 0
	for name in "$@"; do
		grep -q "^$name " "$here/tests" || grep -qxF -- "$name" <<<"$scenarios" || vm_die "no test '$name'"
	done
}

# boot NAME ARCH CPU INITRAMFS
boot() {
	local image log=$logs/$1.log machine
	image=$(find "$vm_cache/kernels/$1" -name 'vmlinuz*' -type f -print -quit)
	case $2 in
	amd64) machine=(qemu-system-x86_64 -M pc) console=ttyS0 ;;
	arm64) machine=(qemu-system-aarch64 -M virt) console=ttyAMA0 ;;
	riscv64) machine=(qemu-system-riscv64 -M virt) console=ttyS0 ;;
	esac
	timeout -k 5 "$limit" "${machine[@]}" -accel tcg,thread=multi -cpu "$3" -smp 2 -m 1536 -nodefaults \
		-no-user-config -display none -no-reboot -serial "file:$log" -kernel "$image" -initrd "$4" \
		-append "console=$console loglevel=5 panic=-1 oops=panic mitigations=off log_buf_len=4M${SIGPATH_WORLDS:+ SIGPATH_WORLDS=$SIGPATH_WORLDS}" \
		>"$logs/$1.qemu" 2>&1 &
	# wait, unlike a command in the foreground, lets the trap of run_machine come in.
	qemu=$!
	wait $qemu || cat "$logs/$1.qemu" >>"$log"
}

run_machine() {
	local name=$1 initramfs=$vm_work/initramfs/$1.cpio qemu=''
	shift
	trap '[ -z "$qemu" ] || kill "$qemu"; exit 1' TERM
	vm_read "$name"
	mkdir -p "${initramfs%/*}"
	write_tests "$initramfs.tests" "$@"
	"$here/initramfs.sh" "$name" "$initramfs.tests" "$initramfs"
	boot "$name" "$vm_arch" "$vm_cpu" "$initramfs"
	# The emulator's timer can fail a kernel before it has begun: that is no verdict.
	grep -q '^@@ up' "$logs/$name.log" || {
		cp "$logs/$name.log" "$logs/$name.first-boot.log"
		boot "$name" "$vm_arch" "$vm_cpu" "$initramfs"
	}
}

# The same tests with the same output, on this machine.
run_host() {
	local build=$vm_work/build-amd64 name command
	[ "$(id -u)" = 0 ] || vm_die "'host' needs root"
	write_tests "$results/host.tests" "$@"
	export PATH=$build/user:$build/tests/scenarios:$build/tests/vm:$build/tests/cli:$build/tests/worlds:$build/tests/deaths:$here:$PATH SCENARIOS=$build/tests/scenarios
	{
		echo "@@ up $(uname -r) 0"
		while read -r name command; do
			# No test sets the clock or a sysctl of this machine.
			case $name in clocks | cores) continue ;; esac
			echo "@@ begin $name"
			sh -c "$command" </dev/null 2>&1 && status=0 || status=$?
			echo "@@ end $name $status"
		done <"$results/host.tests"
		echo "@@ done"
	} >"$logs/host.log"
}

# conclude NAME SECONDS [TEST...]: prints the result of NAME and adds its counts.
conclude() {
	local name=$1 seconds=$2 passed failed skipped boot names verdict=ok
	awk -v "ALLOW=$here/splats.allow" -f "$here/judge.awk" "$logs/$name.log" >"$results/$name"
	read -r passed failed skipped boot names < <(tail -n 1 "$results/$name")
	[ "$failed" -eq 0 ] || verdict=FAIL
	printf '%-4s %s: %d passed, %d failed, %d skipped (boot %d s, %d s)\n' "$verdict" "$name" "$passed" \
		"$failed" "$skipped" "$boot" "$seconds"
	[ "$failed" -eq 0 ] || {
		sed '$d' "$results/$name"
		names=$(xargs -n 1 <<<"$names" | sed -E 's/^(world-[0-9]+|stray)$/worlds/' | grep -Ev '^(dmesg|boot|machine|load-.*)$' | sort -u | head -n 8 | xargs || true)
		echo "  the console: ${logs#"$vm_source"/}/$name.log; again: sudo ./dev vm $name${names:+ $names}"
	}
}

# The progress of the running machines: the number of finished cases.
progress() {
	local name line=''
	for name in "${!started[@]}"; do
		line+="  $name $(grep -cE '^(ok|FAIL|skip) ' "$logs/$name.log" 2>/dev/null || true) cases, $((SECONDS - started[$name])) s"
	done
	if [ -t 2 ]; then
		printf '\r\033[K%s' "$line" >&2
	elif [ $((SECONDS - said)) -ge 30 ]; then
		said=$SECONDS
		printf 'vm:%s\n' "$line" >&2
	fi
}

start() {
	local name=$1
	shift
	rm -f "$logs/$name".* "$results/$name"
	: >"$logs/$name.log"
	if [ "$name" = host ]; then run_host "$@" & else run_machine "$name" "$@" & fi
	started[$name]=$SECONDS
	pids[$name]=$!
}

# Waits until one of the running machines has finished.
finish_one() {
	local name
	while :; do
		for name in "${!pids[@]}"; do
			kill -0 "${pids[$name]}" 2>/dev/null && continue
			wait "${pids[$name]}" || echo "vm: $name could not be run" >>"$logs/$name.log"
			[ ! -t 2 ] || printf '\r\033[K' >&2
			conclude "$name" $((SECONDS - started[$name]))
			unset "pids[$name]" "started[$name]"
			return
		done
		progress
		sleep 0.5
	done
}

[ $# -gt 0 ] || {
	sed -n 's/^# \(usage: .*\)/\1/p' "$0"
	vm_names
	echo host
	exit 0
}
wanted=("$1")
declare -A is_short=() is_part=()
case $1 in
all) mapfile -t wanted < <(vm_names) ;;
today)
	mapfile -t wanted < <(vm_name_today)
	mapfile -t others < <(vm_names_daily | grep -vxF -f <(printf '%s\n' "${wanted[@]}"))
	if [ $# -eq 1 ]; then
		for name in "${wanted[@]}"; do is_part[$name]=1; done
		wanted+=("${others[@]}")
		for name in "${others[@]}"; do is_short[$name]=1; done
	fi
	;;
esac
[[ $1 != @(all|today) ]] || [ "$(id -u)" != 0 ] || wanted=(host "${wanted[@]}")
shift
declare -A pids=() started=()
said=$SECONDS
trap 'kill "${pids[@]}" 2>/dev/null; exit 130' INT TERM
mkdir -p "$logs" "$results"

need_tools
machines=() architectures=''
for name in "${wanted[@]}"; do
	[ "$name" = host ] && architectures+=' amd64' && continue
	vm_read "$name"
	machines+=("$name")
	architectures+=" $vm_arch"
done
[ ${#machines[@]} -eq 0 ] || "$here/fetch.sh" "${machines[@]}"
for arch in amd64 arm64 riscv64; do
	[[ $architectures == *$arch* ]] || continue
	echo "vm: building for $arch" >&2
	"$here/build.sh" "$arch"
done

[ $# -eq 0 ] || check_tests "$@"
for name in "${wanted[@]}"; do
	# The host's row is for itself: the machines would make it wait.
	limit_jobs=${SIGPATH_VM_JOBS:-2}
	[ "$name" != host ] && [ -z "${pids[host]:-}" ] || limit_jobs=1
	while [ ${#pids[@]} -ge "$limit_jobs" ]; do finish_one; done
	if [ -n "${is_short[$name]:-}" ]; then
		mapfile -t short < <(vm_tests_daily "$name")
		start "$name" "${short[@]}"
	elif [ -n "${is_part[$name]:-}" ]; then
		mapfile -t part < <(vm_tests_today)
		start "$name" "${part[@]}"
	else
		start "$name" "$@"
	fi
done
while [ ${#pids[@]} -gt 0 ]; do finish_one; done

cat_counts() { for name in "${wanted[@]}"; do tail -n 1 "$results/$name"; done; }
cat_counts | awk '{ p += $1; f += $2; s += $3 }
	END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 || p == 0 }'
