#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# hardening.sh BUILD_DIR: reads from the sigpath that was built there, and from its objects, how it is hardened.
# Prints `ok NAME`, `FAIL NAME: why` or `skip NAME: reason` for each function check_NAME.
# No pipefail: grep -q does not read all that the program before it writes.
set -u

build=$(readlink -f "$1")
binary=$build/user/sigpath
[ -x "$binary" ] || { echo "no sigpath in $build/user" >&2; exit 1; }
# Not by a search: objects of older sources may lie about.
mapfile -t objects < <(sed -nE 's|.* -o (user/[^ ]*/sigpath[a-z_]*\.dir/[^ ]*\.c\.o) .*|\1|p' "$build/compile_commands.json" | sort)
[ ${#objects[@]} -gt 90 ] || { echo "only ${#objects[@]} objects in $build/user" >&2; exit 1; }
export LC_ALL=C

fail() { echo "$*"; exit 1; }
skip() { echo "$*"; exit 77; }

# cached NAME: a variable of CMake.
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }
# The compiler, with its target in a cross build.
mapfile -t compiler < <(sed -nE 's/^ *"command": "//p' "$build/compile_commands.json" | head -n 1 |
	tr ' ' '\n' | sed -n -e 1p -e '/^--target=/p' -e '/^--sysroot=/p')

need_no_sanitizer() {
	local option

	for option in SIGPATH_SANITIZE SIGPATH_TSAN SIGPATH_FUZZ; do
		[ "$(cached $option)" != ON ] || skip "a build with sanitizers does without"
	done
}

headers() { readelf -lW "$binary"; }
dynamic() { readelf -dW "$binary"; }
# Its functions too, if the binary is static.
symbols() { readelf -sW "$1" | awk '{ print $8 }'; }

check_pie() {
	readelf -hW "$binary" | grep -q 'Type: *DYN' || fail "not position-independent"
	dynamic | grep -q 'FLAGS_1.* PIE' || fail "no mark of a PIE"
}

check_static() {
	[ "$(cached SIGPATH_STATIC)" = ON ] || skip "a build with shared libraries"
	! dynamic | grep -q NEEDED || fail "$(dynamic | grep NEEDED)"
	! headers | grep -q INTERP || fail "it asks for a loader"
}

check_relro() {
	headers | grep -q GNU_RELRO || fail "no segment GNU_RELRO"
	dynamic | grep -q 'FLAGS_1.* NOW' || fail "symbols are bound late"
	! readelf -SW "$binary" | grep -q ' \.got\.plt ' || fail ".got.plt stays writable"
}

check_no_executable_stack() {
	headers | awk '$1 == "GNU_STACK" { found = 1; print $7 }' | grep -q '^RW$' || fail "$(headers | grep GNU_STACK)"
}

check_no_writable_code() { ! headers | grep -E '^ *LOAD .* RWE ' || fail "memory is writable and executable"; }

check_no_code_beside_data() {
	! headers | awk '$1 == "LOAD" && / R E / { print $2 }' | grep -q '^0x0*$' || fail "the headers of the file are executable"
}

# units: the compiler's flags for each of our source files, as the debug information has them.
units() {
	readelf --debug-dump=info --dwarf-depth=1 "$binary" 2>/dev/null |
		awk '/DW_AT_producer/ { sub(/.*\): /, ""); sub(/.*DW_AT_producer *: /, ""); flags = $0 }
		     /DW_AT_name/ && / [^ ]*\/user\/[a-z\/_]*\.c$/ { print $NF, flags }'
}

# all_units_have FLAG
all_units_have() {
	local list bad

	list=$(units)
	[ "$(grep -c . <<<"$list")" -gt 90 ] || fail "the debug information has only $(grep -c . <<<"$list") of our files"
	grep -q ' GNU C' <<<"$list" || skip "only gcc writes its flags to the debug information"
	bad=$(grep -v -e " $1" <<<"$list" | cut -d' ' -f1)
	[ -z "$bad" ] || fail "$(wc -l <<<"$bad") files without $1: $(head -n 1 <<<"$bad") ..."
}

check_stack_protector() {
	need_no_sanitizer
	symbols "$binary" | grep -q '^__stack_chk_fail' || fail "__stack_chk_fail is not used"
	all_units_have -fstack-protector-strong
}

check_stack_clash() {
	need_no_sanitizer
	all_units_have -fstack-clash-protection
}

# Level 3 also checks memory whose size is known at run time only: redact.c copies behind what it has copied.
check_fortify() {
	need_no_sanitizer
	case $(cached CMAKE_BUILD_TYPE) in
	Rel* | MinSizeRel) ;;
	*) skip "needs a build with optimization" ;;
	esac
	probe=$(mktemp)
	trap 'rm -f "$probe"' EXIT
	printf '#include <stdlib.h>\n#include <string.h>\nvoid *f(size_t n, size_t m, void *s) { void *p = malloc(n); return p ? memcpy(p, s, m) : p; }\n' |
		"${compiler[@]}" -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -x c -c -o "$probe" - 2>/dev/null
	symbols "$probe" | grep -q '^__memcpy_chk' || skip "this compiler or libc does not know level 3"
	symbols "$binary" | grep -q '^__snprintf_chk' || fail "level 0: snprintf() is not checked"
	symbols "$build/user/redact/CMakeFiles/sigpath_redact.dir/redact.c.o" | grep -q '^__memcpy_chk' || fail "not level 3"
}

# marks FILE: each object in it that has the marks of the machine.
marks() { readelf -nW "$1" 2>/dev/null | grep -c "feature: $wanted"; }
members() { readelf -hW "$1" 2>/dev/null | grep -c '^ELF Header'; }

# CET on x86-64, BTI and PAC on arm64. The linker marks the binary only if all of its parts are marked.
check_branch_protection() {
	local object part

	need_no_sanitizer
	case $(readelf -hW "$binary" | sed -n 's/.*Machine: *//p') in
	*X86-64*) wanted='IBT, SHSTK' ;;
	AArch64) wanted='BTI, PAC' ;;
	*) skip "not for this machine" ;;
	esac
	for object in "${objects[@]}"; do
		[ "$(marks "$build/$object")" = 1 ] || fail "no $wanted in $object"
	done
	[ "$(marks "$binary")" = 0 ] || return 0
	[ "$(cached SIGPATH_STATIC)" != ON ] || skip "our ${#objects[@]} objects are marked; a static binary has parts of many libraries"
	for part in Scrt1.o crti.o crtbeginS.o crtendS.o crtn.o libiberty.a; do
		part=$("${compiler[@]}" -print-file-name="$part")
		[ "$(marks "$part")" = "$(members "$part")" ] ||
			skip "our ${#objects[@]} objects are marked; the binary is not, because ${part##*/} of the system is not"
	done
	fail "all parts have the mark, but not the binary"
}

passed=0 failed=0 skipped=0
for name in $(declare -F | sed -n 's/^declare -f check_//p'); do
	why=$("check_$name")
	case $? in
	0) echo "ok $name"; passed=$((passed + 1)) ;;
	77) echo "skip $name: $why"; skipped=$((skipped + 1)) ;;
	*) echo "FAIL $name: $why"; failed=$((failed + 1)) ;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
