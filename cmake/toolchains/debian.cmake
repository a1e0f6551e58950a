# SPDX-License-Identifier: GPL-2.0-or-later
# Included by the toolchains of Debian's architectures, which set triplet and debian_architecture: clang, which
# compiles the BPF programs anyhow, and the sysroot of tests/vm/sysroot.sh (or SIGPATH_SYSROOT). Debian's own
# cross gcc cannot be installed beside gcc-multilib, which the 32-bit tests of x86 need.
set(CMAKE_SYSTEM_NAME Linux)

if(NOT SIGPATH_SYSROOT)
	get_filename_component(SIGPATH_SYSROOT
			       ${CMAKE_CURRENT_LIST_DIR}/../../build/vm/sysroot-${debian_architecture} ABSOLUTE)
endif()
if(NOT EXISTS ${SIGPATH_SYSROOT}/usr/include)
	message(FATAL_ERROR "no sysroot at ${SIGPATH_SYSROOT}: run tests/vm/sysroot.sh")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SIGPATH_SYSROOT)
set(CMAKE_SYSROOT ${SIGPATH_SYSROOT})

find_program(CROSS_CLANG NAMES clang clang-19 clang-17 clang-16 clang-15 clang-14 REQUIRED)
set(CMAKE_C_COMPILER ${CROSS_CLANG})
set(CMAKE_C_COMPILER_TARGET ${triplet})
set(CMAKE_LIBRARY_ARCHITECTURE ${triplet})

set(CMAKE_FIND_ROOT_PATH ${CMAKE_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
    ${CMAKE_SYSROOT}/usr/lib/${triplet}/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig)
