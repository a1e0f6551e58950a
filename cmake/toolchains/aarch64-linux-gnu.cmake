# SPDX-License-Identifier: GPL-2.0-or-later
# arm64 from another machine, with the linker of binutils-aarch64-linux-gnu.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(triplet aarch64-linux-gnu)
set(debian_architecture arm64)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
