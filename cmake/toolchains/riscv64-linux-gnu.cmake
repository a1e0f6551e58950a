# SPDX-License-Identifier: GPL-2.0-or-later
# riscv64 from another machine. The linkers of bookworm's clang and binutils are too old for the relocations in
# the libraries of sid.
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(triplet riscv64-linux-gnu)
set(debian_architecture riscv64)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)

# As the gcc of Debian does.
set(CMAKE_C_FLAGS_INIT -fasynchronous-unwind-tables)
find_program(CROSS_LLD NAMES ld.lld-19 ld.lld-21 ld.lld REQUIRED)
foreach(kind EXE SHARED)
	set(CMAKE_${kind}_LINKER_FLAGS_INIT --ld-path=${CROSS_LLD})
endforeach()
