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
		  # A row of a table names only the fields that it needs. gcc accepts that.
		  $<$<C_COMPILER_ID:Clang>:-Wno-missing-field-initializers>
		  -fno-omit-frame-pointer)
if(SIGPATH_WERROR)
	target_compile_options(sigpath_flags INTERFACE -Werror)
endif()
if(SIGPATH_SANITIZE)
	target_compile_options(sigpath_flags INTERFACE -fsanitize=address,undefined
						       -fno-sanitize-recover=undefined)
	target_link_options(sigpath_flags INTERFACE -fsanitize=address,undefined)
endif()
# Which lines the targets reach: `dev fuzz --coverage`.
if(SIGPATH_COVERAGE)
	target_compile_options(sigpath_flags INTERFACE -fprofile-instr-generate -fcoverage-mapping)
	target_link_options(sigpath_flags INTERFACE -fprofile-instr-generate)
endif()
if(SIGPATH_TSAN)
	# gcc warns that it does not see fences. Ours order reads of memory that the kernel writes, of which
	# ThreadSanitizer knows nothing: no thread of ours relies on them.
	target_compile_options(sigpath_flags INTERFACE -fsanitize=thread
						       $<$<C_COMPILER_ID:GNU>:-Wno-tsan>)
	target_link_options(sigpath_flags INTERFACE -fsanitize=thread)
endif()

# The targets that the short names of USES stand for.
function(sigpath_targets ret_targets)
	set(targets)
	foreach(name ${ARGN})
		if(TARGET sigpath_${name})
			list(APPEND targets sigpath_${name})
		else()
			list(APPEND targets ${name})
		endif()
	endforeach()
	set(${ret_targets} ${targets} PARENT_SCOPE)
endfunction()

# sigpath_stage(name SOURCES ... USES ...): one stage of the pipeline, the static library sigpath_NAME.
# Its directory holds the headers that others may include. Who includes them names the stage in USES:
# nobody sees the headers of a stage through another one, so a backward include does not compile.
# The headers in private/ are for the stage itself, and for its tests, which name NAME_private.
function(sigpath_stage name)
	cmake_parse_arguments(STAGE "" "" "SOURCES;USES" ${ARGN})
	sigpath_targets(uses ${STAGE_USES})
	add_library(sigpath_${name} STATIC ${STAGE_SOURCES})
	target_include_directories(
		sigpath_${name}
		PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}
		PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/private)
	target_link_libraries(sigpath_${name} PRIVATE ${uses} sigpath_flags)
	add_library(sigpath_${name}_private INTERFACE)
	target_include_directories(sigpath_${name}_private
				   INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/private)
	target_link_libraries(sigpath_${name}_private INTERFACE sigpath_${name})
endfunction()
# With the coverage that guides libFuzzer, in everything that a target links.
if(SIGPATH_FUZZ)
	target_compile_options(
		sigpath_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined
					-fno-sanitize-recover=undefined -O1)
	target_link_options(sigpath_flags INTERFACE -fsanitize=address,undefined)
endif()
