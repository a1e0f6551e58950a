# SPDX-License-Identifier: GPL-2.0-or-later
# Makes bugs in the memory of a program that runs as root harder to use. Part of sigpath_flags; the test
# tests/check/hardening.sh reads from the binary what came of it.
include(CheckCCompilerFlag)

target_compile_options(sigpath_flags INTERFACE -fPIE)
target_link_options(
	sigpath_flags
	INTERFACE
	# Not both: gcc makes a program that needs the C library of them.
	$<IF:$<BOOL:$<TARGET_PROPERTY:STATIC_PIE>>,-static-pie,-pie>
	# Full RELRO: all symbols are bound at the start, and the tables are read-only afterwards.
	LINKER:-z,relro
	LINKER:-z,now
	LINKER:-z,noexecstack
	# No page of data is executable.
	LINKER:-z,separate-code)

# Sanitizers check more than this, and their runtime does not know the functions of _FORTIFY_SOURCE.
if(SIGPATH_SANITIZE OR SIGPATH_TSAN OR SIGPATH_FUZZ)
	return()
endif()

# -U: some distributions define it, with a lower level. It has no effect without optimization, and warns.
target_compile_options(
	sigpath_flags INTERFACE -fstack-protector-strong
				$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>)

# What depends on the machine and the compiler. -mbranch-protection: BTI and PAC; -fcf-protection: CET.
# -Werror: clang only warns of a flag that has no effect on the machine.
set(CMAKE_REQUIRED_FLAGS -Werror)
foreach(flag -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard)
	string(MAKE_C_IDENTIFIER "SIGPATH_HAVE${flag}" have)
	check_c_compiler_flag(${flag} ${have})
	if(${have})
		target_compile_options(sigpath_flags INTERFACE ${flag})
	endif()
endforeach()
unset(CMAKE_REQUIRED_FLAGS)
