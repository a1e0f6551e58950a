#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The filters of -r, with captures made by make-capture. Needs no root.
# usage: replay.sh BUILD_DIR
set -uo pipefail

build=$(readlink -f "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
for name in $("$build/tests/golden/make-capture"); do
	"$build/tests/golden/make-capture" "$name" >"./$name"
done
passed=0 failed=0

# shows COUNT CAPTURE OPTION...: sigpath -r CAPTURE shows COUNT incidents.
shows() {
	local want=$1 got
	shift
	"$build/user/sigpath" -r "$@" >out 2>err </dev/null
	status=$?
	got=$(grep -c -E '^[0-9]{4}-[0-9-]+ [0-9:.]+ .* SIG[A-Z]+' out)
	if [ "$status" = 0 ] && [ "$got" = "$want" ] && grep -q "^sigpath: $want incident" err; then
		passed=$((passed + 1))
	else
		echo "FAIL sigpath -r $*: $got incidents, not $want; exit status $status: $(cat err)"
		failed=$((failed + 1))
	fi
}

# lost-records: server[812/815] of uid 1000 on TCP, then yes[812] on a pipe; both died.
shows 2 lost-records
shows 2 lost-records -p 812
shows 2 lost-records -p 1,812
shows 0 lost-records -p 815
shows 1 lost-records -t 815
shows 1 lost-records -t 812
shows 2 lost-records -u 1000
shows 0 lost-records -u 0
shows 1 lost-records --comm yes
shows 1 lost-records --comm worker-3
shows 0 lost-records --comm ye
shows 1 lost-records --cgroup /system.slice
shows 1 lost-records --cgroup /sys/fs/cgroup/system.slice/server.service/
shows 1 lost-records --cgroup user.slice/user-1000.slice
shows 0 lost-records --cgroup /user
shows 2 lost-records --cgroup /
shows 1 lost-records --object pipe
shows 1 lost-records --object tcp,unix
shows 0 lost-records --object fifo
shows 2 lost-records --outcome killed
shows 0 lost-records --outcome ignored
shows 2 lost-records -s PIPE
shows 0 lost-records -s TERM
shows 1 lost-records --count 1
shows 1 lost-records --count 1 --comm yes
shows 0 lost-records --comm yes --object tcp
shows 2 unix-sockets --object unix
shows 0 lost-records --class pipeline_done
shows 2 lost-records --class '!pipeline_done'
shows 2 lost-records --class process_died --min-severity warning
shows 0 lost-records --min-severity error
shows 0 lost-records --class '!process_died'
if ! grep -q ', 2 filtered' err; then
	echo "FAIL the summary does not count what --class filters: $(cat err)"
	failed=$((failed + 1))
fi
# containers: in cart of the pod shop/cart-7d9f-x2x4z; in that pod, whose names are gone; in one of podman.
id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
shows 3 containers
shows 1 containers --container cart
shows 2 containers --container '!cart'
shows 3 containers --container $id
shows 3 containers --container db,0123456789ab
shows 0 containers --container 0123456789a
shows 0 containers --container '!0123456789abc'
shows 1 containers --pod cart-7d9f-x2x4z
shows 1 containers --pod x,shop/cart-7d9f-x2x4z
shows 2 containers --pod '!shop/cart-7d9f-x2x4z'
shows 2 containers --pod 1c2d3e4f-0011-2233-4455-66778899aabb
shows 0 containers --pod other/cart-7d9f-x2x4z
shows 1 lost-records --comm '!yes'
shows 2 lost-records --comm yes,worker-3
shows 0 lost-records --comm '!yes,!worker-3'
shows 1 unix-sockets --outcome pending
shows 1 unix-sockets --outcome handled,killed
shows 1 sent-by-process -s SIGTERM
shows 0 sent-by-process -s PIPE
shows 0 sent-by-process --object tcp
shows 1 hostile-names --comm $'\e[31mred\n\xff\xfe'

# What was lost may have been what --fail-on is about.
shows 2 lost-records --fail-on client_gone
if ! grep -q '^sigpath: --fail-on: not found, but records were lost$' err; then
	echo "FAIL --fail-on does not say that records were lost: $(cat err)"
	failed=$((failed + 1))
fi

# An output that is the capture under another name would append to what is read.
ln -s lost-records link
for name in ./lost-records link; do
	if "$build/user/sigpath" -r lost-records -o "$name" 2>err; then
		echo "FAIL -o $name: exit status 0"
		failed=$((failed + 1))
	elif ! grep -q "^sigpath: lost-records and $name are the same file$" err; then
		echo "FAIL -o $name: $(cat err)"
		failed=$((failed + 1))
	fi
done
shows 2 lost-records

echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ] && [ $passed -gt 0 ]
