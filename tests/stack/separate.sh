#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Strips a program as distributions do. The debug information goes to the place that the build ID gives
# (id), to the place that .gnu_debuglink gives (link), or, only the symbols, into the program (mini:
# MiniDebugInfo). The directory `parts` has STRIPPED.debug and, for id, STRIPPED.place with that place, for
# tests that install the file themselves.
# usage: separate.sh id|link|mini PROGRAM STRIPPED DEBUG_DIR; OBJCOPY, STRIP, READELF from the environment
set -eu
how=$1 program=$2 stripped=$3 debug=$4
mkdir -p parts

case $how in
id)
	id=$("$READELF" -n "$program" | sed -n 's/.*Build ID: //p')
	place=$(echo "$id" | cut -c1-2)/$(echo "$id" | cut -c3-).debug
	file=$debug/.build-id/$place
	mkdir -p "$(dirname "$file")"
	"$OBJCOPY" --only-keep-debug "$program" "$file"
	"$STRIP" -o "$stripped" "$program"
	cp "$file" "parts/$stripped.debug"
	echo "$place" >"parts/$stripped.place"
	;;
link)
	here=$(pwd -P)
	mkdir -p "$debug$here"
	"$OBJCOPY" --only-keep-debug "$program" "$debug$here/$stripped.debug"
	"$STRIP" -o "$stripped" "$program"
	"$OBJCOPY" --add-gnu-debuglink="$debug$here/$stripped.debug" "$stripped"
	cp "$debug$here/$stripped.debug" "parts/$stripped.debug"
	;;
mini)
	"$OBJCOPY" --only-keep-debug "$program" "$stripped.symbols"
	"$OBJCOPY" --strip-debug --remove-section .comment "$stripped.symbols"
	rm -f "$stripped.symbols.xz"
	xz "$stripped.symbols"
	"$STRIP" -o "$stripped" "$program"
	"$OBJCOPY" --add-section .gnu_debugdata="$stripped.symbols.xz" "$stripped"
	rm "$stripped.symbols.xz"
	;;
esac
