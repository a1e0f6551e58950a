#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Strips a program the ways that distributions do. Its debug information goes where the build id
# names it, where .gnu_debuglink does, or, symbols alone, into the program (MiniDebugInfo).
# usage: separate.sh id|link|mini PROGRAM STRIPPED DEBUG_DIR
set -eu
how=$1 program=$2 stripped=$3 debug=$4

case $how in
id)
	id=$(readelf -n "$program" | sed -n 's/.*Build ID: //p')
	file=$debug/.build-id/$(echo "$id" | cut -c1-2)/$(echo "$id" | cut -c3-).debug
	mkdir -p "$(dirname "$file")"
	objcopy --only-keep-debug "$program" "$file"
	strip -o "$stripped" "$program"
	;;
link)
	here=$(pwd -P)
	mkdir -p "$debug$here"
	objcopy --only-keep-debug "$program" "$debug$here/$stripped.debug"
	strip -o "$stripped" "$program"
	objcopy --add-gnu-debuglink="$debug$here/$stripped.debug" "$stripped"
	;;
mini)
	objcopy --only-keep-debug "$program" "$stripped.symbols"
	objcopy --strip-debug --remove-section .comment "$stripped.symbols"
	rm -f "$stripped.symbols.xz"
	xz "$stripped.symbols"
	strip -o "$stripped" "$program"
	objcopy --add-section .gnu_debugdata="$stripped.symbols.xz" "$stripped"
	;;
esac
