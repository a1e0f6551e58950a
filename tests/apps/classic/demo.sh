#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The most common crash, with a real server. A client connects and is killed. The server writes once (the
# client's kernel answers RST) and writes again. SIGPIPE kills it without a message. sigpath shows why.
# usage: demo.sh SIGPATH
set -euo pipefail
sigpath_program=$(readlink -f "$1")
source=$(dirname "$(readlink -f "$0")")/server.cpp
work=$(mktemp -d)
cd "$work"
server='' client='' sigpath=''
clean() {
	# shellcheck disable=SC2086 # those that were started
	kill $client $server $sigpath 2>/dev/null || true
	rm -rf "$work"
}
trap clean EXIT

# wait_for FILE PATTERN PID: waits until a line of FILE matches or process PID has exited.
wait_for() {
	local i
	for ((i = 0; i < 600; i++)); do
		grep -q "$2" "$1" 2>/dev/null && return 0
		kill -0 "$3" 2>/dev/null || break
		sleep 0.05
	done
	cat "$1" >&2
	echo "demo: no '$2' in time" >&2
	return 1
}

step() { printf '\033[2m# %s\033[0m\n' "$*"; }

step "g++ -g -o demo-server ${source##*/}"
g++ -g -o demo-server "$source"

step "sigpath --comm demo-server --count 1 &"
"$sigpath_program" --comm demo-server --count 1 --color always >incident 2>messages &
sigpath=$!
wait_for messages '^sigpath: ready' $sigpath

step "./demo-server &                (accepts one client and writes to it)"
./demo-server >server 2>&1 &
server=$!
wait_for server '^listening on ' $server
port=$(sed -n 's/^listening on .*:\([0-9]*\)$/\1/p' server)

step "nc 127.0.0.1 $port &           (a real client)"
# Its stdin stays open. Otherwise it would exit before the server.
mkfifo stdin
exec 9<>stdin
nc 127.0.0.1 "$port" <stdin >/dev/null &
client=$!
wait_for server '^client connected' $server

step "kill -9 nc                     (the client dies; the server goes on writing)"
kill -9 "$client"
# Hides bash's message about the killed job.
wait "$client" 2>/dev/null || true
client=
status=0
wait "$server" 2>/dev/null || status=$?
server=
step "the server has said: $(sed 1d server | paste -sd , | sed 's/,/, /g')"
step "the shell says about it: exit status $status. No core, no log. sigpath says:"
echo
wait "$sigpath"
sigpath=
cat incident
[ "$status" = 141 ] || { echo "demo: the server's status is not that of SIGPIPE" >&2; exit 1; }
[ -s incident ] || { echo "demo: no incident" >&2; exit 1; }
