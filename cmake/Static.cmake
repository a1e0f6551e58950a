# SPDX-License-Identifier: GPL-2.0-or-later
# For SIGPATH_STATIC. Before anything looks for a library: from here on it finds archives only, and
# pkg-config also names what these need.
if(SIGPATH_SANITIZE OR SIGPATH_TSAN OR SIGPATH_FUZZ)
	message(FATAL_ERROR "gcc has no static runtime of a sanitizer: SIGPATH_STATIC needs a build without")
endif()
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
set(PKG_CONFIG_ARGN --static)
# sigpath parses hostile files, so its addresses stay random: a static PIE.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Wherever it is built, the file is the same.
add_compile_options(-ffile-prefix-map=${CMAKE_BINARY_DIR}=/sigpath/build -ffile-prefix-map=${CMAKE_SOURCE_DIR}=/sigpath)
# elfutils 0.196 has a crc32() of its own in libelf.a. The first archive wins, and libz.a needs its own one.
find_library(SIGPATH_LIBZ z REQUIRED)
link_libraries(${SIGPATH_LIBZ})

# What packaging/build/curl.sh has built: Debian's own archive of libcurl needs libraries that have none.
set(SIGPATH_CURL ${CMAKE_SOURCE_DIR}/build/curl-${CMAKE_SYSTEM_PROCESSOR}
    CACHE PATH "Where include/curl and lib/libcurl.a are, with HTTP and OpenSSL only")
if(NOT EXISTS ${SIGPATH_CURL}/lib/libcurl.a)
	message(FATAL_ERROR "no libcurl.a in ${SIGPATH_CURL}/lib: run packaging/build/curl.sh")
endif()
set(CURL_INCLUDE_DIRS ${SIGPATH_CURL}/include)
find_library(SIGPATH_LIBSSL ssl REQUIRED)
find_library(SIGPATH_LIBCRYPTO crypto REQUIRED)
set(CURL_ARCHIVES ${SIGPATH_CURL}/lib/libcurl.a ${SIGPATH_LIBSSL} ${SIGPATH_LIBCRYPTO})
