# SPDX-License-Identifier: GPL-2.0-or-later
# bpf_skeleton(name SOURCES a.bpf.c b.bpf.c): compiles each source for the BPF machine, links the
# objects into one and makes the library NAME whose include directory holds NAME.skel.h. Header
# dependencies come from the compiler's depfiles and are never listed by hand.
find_program(BPF_CLANG NAMES clang clang-19 clang-17 clang-16 clang-15 clang-14 REQUIRED)
find_program(BPF_STRIP NAMES llvm-strip llvm-strip-19 llvm-strip-16 llvm-strip-14)
# Debian keeps bpftool out of a user's PATH.
find_program(BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64|AMD64")
	set(BPF_ARCH x86)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
	set(BPF_ARCH arm64)
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL riscv64)
	set(BPF_ARCH riscv)
else()
	message(FATAL_ERROR "sigpath knows the registers of x86_64, aarch64 and riscv64, not of ${CMAKE_SYSTEM_PROCESSOR}")
endif()

function(bpf_skeleton name)
	cmake_parse_arguments(BPF "" "" "SOURCES" ${ARGN})
	# Without --sysroot, clang would find the headers of the building machine in a cross build.
	set(system_headers -idirafter
			   ${CMAKE_SYSROOT}/usr/include/${CMAKE_LIBRARY_ARCHITECTURE} -idirafter
			   ${CMAKE_SYSROOT}/usr/include)
	if(CMAKE_SYSROOT)
		list(PREPEND system_headers --sysroot=${CMAKE_SYSROOT})
	endif()

	set(objects)
	foreach(source ${BPF_SOURCES})
		get_filename_component(stem ${source} NAME_WLE)
		set(object ${CMAKE_CURRENT_BINARY_DIR}/${stem}.o)
		add_custom_command(
			OUTPUT ${object}
			COMMAND
				${BPF_CLANG} -target bpf -mcpu=v3 -g -O2 -std=gnu11 -Wall -Wextra
				-Wno-unused-function -Wno-unused-parameter -Werror
				# The object keeps the names of its sources: the same in every directory.
				-ffile-prefix-map=${PROJECT_SOURCE_DIR}=/sigpath
				-D__TARGET_ARCH_${BPF_ARCH} -I${CMAKE_CURRENT_SOURCE_DIR}
				${system_headers} -MD -MF ${object}.d -MT ${object} -c
				${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object}
			DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${source}
			DEPFILE ${object}.d
			COMMENT "BPF ${source}"
			VERBATIM)
		list(APPEND objects ${object})
	endforeach()

	set(linked ${CMAKE_CURRENT_BINARY_DIR}/${name}.linked.o)
	set(header ${CMAKE_CURRENT_BINARY_DIR}/include/${name}.skel.h)
	file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/include)
	add_custom_command(
		OUTPUT ${header}
		COMMAND ${BPFTOOL} gen object ${linked} ${objects}
		COMMAND ${BPFTOOL} gen skeleton ${linked} name ${name} > ${header}.new
		# A failed run must not leave half a skeleton behind.
		COMMAND ${CMAKE_COMMAND} -E rename ${header}.new ${header}
		DEPENDS ${objects}
		COMMENT "BPF skeleton ${name}"
		VERBATIM)
	add_custom_target(${name}_generate DEPENDS ${header})
	add_library(${name} INTERFACE)
	add_dependencies(${name} ${name}_generate)
	target_include_directories(${name} SYSTEM INTERFACE ${CMAKE_CURRENT_BINARY_DIR}/include)
	target_link_libraries(${name} INTERFACE PkgConfig::LIBBPF)
endfunction()
