# SPDX-License-Identifier: GPL-2.0-or-later
# sigpath_flags: what every user-space target of the project is compiled with.
add_library(sigpath_flags INTERFACE)
target_compile_definitions(sigpath_flags INTERFACE _GNU_SOURCE)
target_compile_options(
	sigpath_flags
	INTERFACE -Wall
		  -Wextra
		  -Wshadow
		  -Wstrict-prototypes
		  -Wmissing-prototypes
		  -Wformat=2
		  -Wno-unused-parameter
		  -fno-omit-frame-pointer
		  $<$<NOT:$<BOOL:${SIGPATH_SANITIZE}>>:-fstack-protector-strong>)
if(SIGPATH_WERROR)
	target_compile_options(sigpath_flags INTERFACE -Werror)
endif()
if(SIGPATH_SANITIZE)
	target_compile_options(sigpath_flags INTERFACE -fsanitize=address,undefined
						       -fno-sanitize-recover=undefined)
	target_link_options(sigpath_flags INTERFACE -fsanitize=address,undefined)
endif()
if(SIGPATH_TSAN)
	# gcc warns that it does not see fences. Ours order reads of memory that the kernel writes, of which
	# ThreadSanitizer knows nothing: no thread of ours relies on them.
	target_compile_options(sigpath_flags INTERFACE -fsanitize=thread
						       $<$<C_COMPILER_ID:GNU>:-Wno-tsan>)
	target_link_options(sigpath_flags INTERFACE -fsanitize=thread)
endif()

# sigpath_stage(name SOURCES ... USES ...): one stage of the pipeline as a static library. Only the
# stages that name it in USES see its headers, so a backward include does not compile.
function(sigpath_stage name)
	cmake_parse_arguments(STAGE "" "" "SOURCES;USES" ${ARGN})
	add_library(${name} STATIC ${STAGE_SOURCES})
	target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
	target_link_libraries(${name} PUBLIC ${STAGE_USES} PRIVATE sigpath_flags)
endfunction()
# With the coverage that guides libFuzzer, in everything that a target links.
if(SIGPATH_FUZZ)
	target_compile_options(
		sigpath_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined
					-fno-sanitize-recover=undefined -O1)
	target_link_options(sigpath_flags INTERFACE -fsanitize=address,undefined)
endif()
