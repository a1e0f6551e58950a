#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does man(1) render the page given without a warning? Exit status 77 (skip) where there is no man.
man_program=$(command -v man) || exit 77
# Minimal images replace man by a script that says so.
"$man_program" --version >/dev/null 2>&1 || exit 77

warnings=$(MANWIDTH=80 LC_ALL=C.UTF-8 "$man_program" --warnings -E UTF-8 -l "$1" 2>&1 >/dev/null)
if [ -n "$warnings" ]; then
	echo "$warnings"
	exit 1
fi
