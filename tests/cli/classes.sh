#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Classes of incidents on a real kernel, with real pipelines and services, and the filters by class. Sourced by
# run.sh, which sets the variables.
# shellcheck disable=SC2016,SC2154

# classes FILE: prints comm:class:severity of each incident, sorted; and then the counts of the summary:
# incidents+repeats+filtered.
classes() {
	python3 - "$1" <<-'PYTHON'
		import json, sys
		lines = [json.loads(line) for line in open(sys.argv[1])]
		incidents = {line["id"]: line for line in lines if line["kind"] == "incident"}
		assert all(line["class"] == incidents[line["of"]]["class"] for line in lines if line["kind"] == "repeat")
		print(*sorted(f'{line["process"]["comm"]}:{line["class"]}:{line["severity"]}' for line in incidents.values()),
			"+".join(str(lines[-1][key]) for key in ("incidents", "repeats", "filtered")))
	PYTHON
}

# has_classes FILE EXPECTED
has_classes() {
	local got
	got=$(classes "$1") || fail "$(cat "$1")"
	[ "$got" = "$2" ] || fail "$1 has '$got', not '$2'"
}

# named NAME COMMAND...: a function for `bash -c`: a subshell becomes COMMAND under another name.
named='named() { local name=$1; shift; cp "$(command -v "$1")" "./$name"; shift; exec "./$name" "$@"; }'

# The reader exits with the pipe open, which every kernel shows, and some time after its start.
case_classes_of_pipelines() {
	run -f --burst 0 --stack none -w capture -o "$json/classes.jsonl" -- bash -c "$named"'
		named done yes | sh -c "read -r x; sleep 0.1"
		named failed yes | sh -c "read -r x; sleep 0.1; exit 1"
		named crashed yes | sh -c "read -r x; sleep 0.1; kill -SEGV \$\$"
		named killed yes | sh -c "read -r x; sleep 0.1; kill -KILL \$\$"
		named broken yes | named middle cat | sh -c "read -r x; sleep 0.1"
		named other sleep 60 & sleep 0.1; kill -PIPE $!; wait
		true' 2>/dev/null
	wants 0
	has_classes "$json/classes.jsonl" "broken:pipeline_broken:notice crashed:peer_crashed:error \
done:pipeline_done:info failed:process_died:warning killed:peer_killed:warning middle:pipeline_done:info \
other:sent_signal:warning 7+0+0"
	# A replay gives the same, because the record has all that the classes rest on.
	run -r capture --stack none -o replay.jsonl
	wants 0
	has_classes replay.jsonl "$(classes "$json/classes.jsonl")"
	run -r capture --stack none -o errors.jsonl --min-severity error
	has_classes errors.jsonl 'crashed:peer_crashed:error 1+0+6'
	run -r capture --stack none -o some.jsonl --class peer_killed,process_died --min-severity warning
	has_classes some.jsonl 'failed:process_died:warning killed:peer_killed:warning 2+0+5'
	run -r capture --stack none --class '!pipeline_done,!peer_killed'
	wants 0 '^sigpath: 4 incidents, 0 repeats, 0 lost, 3 filtered$'
	grep -q '^    class ' out && fail "a class that says no more than the other lines: $(cat out)"
	run -r capture --stack none --class pipeline_done
	[ "$(grep -c '^    class   pipeline_done (info): the reader had seen enough$' out)" = 2 ] || fail "$(cat out)"
}

# shows_comms EXPECTED OPTION...: a replay of `capture` with these shows incidents of these processes.
shows_comms() {
	local want=$1 got
	shift
	run -r capture --stack none -o selected.jsonl --truncate "$@"
	wants 0
	got=$(python3 -c 'import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
print(*sorted(line["process"]["comm"] for line in lines if line["kind"] == "incident"), lines[-1]["filtered"])' selected.jsonl)
	[ "$got" = "$want" ] || fail "'$*' shows '$got', not '$want'"
}

# By what is known at the end alone.
case_selections() {
	local port
	run -f --burst 1 --stack none -w capture -o all.jsonl -- bash -c "$named"'
		named one yes | named stops sh -c "read -r x; sleep 0.1"
		named two yes | named fails sh -c "read -r x; sleep 0.1; exit 1"
		exec python3 -c "
import socket
open(\"/proc/self/comm\", \"w\").write(\"three\")
listener = socket.create_server((\"127.0.0.1\", 0))
print(listener.getsockname()[1], flush=True)
writer = socket.create_connection(listener.getsockname())
listener.accept()[0].close()
broken = 0
while broken < 5:
    try:
        writer.send(b\"x\")
    except BrokenPipeError:
        broken += 1
    except ConnectionResetError:
        pass
"' 2>/dev/null
	wants 0
	port=$(cat out)
	shows_comms 'one three two 0'
	shows_comms "three 2" --peer 127.0.0.1
	shows_comms "three 2" --peer "10.0.0.7,127.0.0.1:$port"
	shows_comms "7" --peer 10.0.0.7
	shows_comms "one two 5" --peer "!127.0.0.1:$port"
	shows_comms "one 6" --peer-comm stops
	shows_comms "three two 1" --peer-comm '!stops'
	shows_comms "one two 5" --cause reader_closed
	run -r capture --cause reader_close
	wants 2 "^sigpath: option --cause: 'reader_close': expected a cause of docs/causes.md; did you mean 'reader_closed'? (see sigpath --help)\$"
}

# What is filtered is counted, its repeats too, and the capture has it. One incident in full in each window.
case_class_filters() {
	local counts
	run -f --burst 1 --stack none --class '!pipeline_done' -w capture -o out.jsonl -- bash -c "$named"'
		for i in $(seq 12); do yes | sh -c "read -r x; sleep 0.1"; done
		named lonely sleep 60 & sleep 0.1; kill -PIPE $!; wait
		true' 2>/dev/null
	wants 0
	has_classes out.jsonl 'lonely:sent_signal:warning 1+0+12'
	run -r capture --stack none -o all.jsonl
	counts=$(classes all.jsonl)
	counts=${counts##* }
	[ $((${counts//+/ + })) = 13 ] || fail "the capture has $counts, not 13"
	[[ $counts == [2-9]+[1-9]*+0 ]] || fail "no repeats in the capture: $counts"
	# These live on, and sigpath waits for their end: its repeats wait too.
	run --burst 1 --stack none --class '!peer_gone' --truncate -o out.jsonl -w capture -- "$writer" 20
	wants 0
	has_classes out.jsonl '0+0+20'
	run -r capture --stack none --truncate -o all.jsonl
	has_classes all.jsonl 'broken-writer:peer_gone:notice 1+19+0'
	# --count counts what is shown.
	run -r capture --stack none --class peer_gone --count 1
	wants 0 '^sigpath: 1 incident, '
}

# unit NAME COMMAND: a service of the systemd that start_systemd starts. It waits until all of them are started.
unit() {
	printf '#!/bin/bash\nsleep 0.5\n%s\n' "$2" >"$1.sh"
	chmod +x "$1.sh"
	cat >"$1.service" <<-UNIT
		[Unit]
		DefaultDependencies=no
		[Service]
		Type=exec
		IgnoreSIGPIPE=no
		ExecStart=$PWD/$1.sh
	UNIT
	echo "Requires=$1.service" >>test.target
}

remove_cgroup() {
	find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
	[ ! -e "$1" ]
}

# start_systemd CGROUP: a real systemd as PID 1 of a container that runs the units, as $systemd.
start_systemd() {
	cat >boot.sh <<-BOOT
		mount --make-rprivate /
		mount -t proc proc /proc
		umount -R /sys/fs/cgroup
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		mount -t tmpfs tmpfs /run
		mkdir -p /run/systemd/system
		cp $PWD/*.service $PWD/test.target /run/systemd/system
		mount -o remount,bind,ro /
		container=test exec /lib/systemd/systemd --system --unit=test.target --log-target=null
	BOOT
	(
		echo "$BASHPID" >"$1/cgroup.procs"
		exec unshare --fork --kill-child --pid --mount --cgroup --uts --ipc bash boot.sh
	) >boot.out 2>&1 &
	systemd=$!
	started+=("$systemd")
}

# has_incidents FILE COUNT
has_incidents() { [ "$(json_incidents "$1")" -ge "$2" ]; }

# The main process of a service, its children, and what was only left to PID 1.
case_class_of_services() {
	local mount cgroup systemd
	[ -x /lib/systemd/systemd ] || skip 'no systemd'
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -w "$mount/cgroup.procs" ] || skip 'no cgroup2 to write to'
	cgroup=$mount/machine.slice/machine-sigpath$$.scope/payload
	mkdir -p "$cgroup"
	printf '[Unit]\nDefaultDependencies=no\n' >test.target
	unit dies "exec '$writer' -n dies -d 1"
	unit ignores "exec '$writer' -n ignores 1"
	unit logs "trap '' PIPE; exec > >(:); sleep 0.5; echo x 2>/dev/null; sleep 1"
	unit helps "'$writer' -n helper -d 1; sleep 1"
	unit leaves "(setsid bash -c 'sleep 0.5; exec \"$writer\" -n orphan -d 1' &); sleep 2"
	start --cgroup "/machine.slice/machine-sigpath$$.scope" --stack none -o "$json/services.jsonl"
	start_systemd "$cgroup"
	until_true 25 has_incidents "$json/services.jsonl" 5
	kill -KILL "$systemd"
	wait "$systemd"
	finish INT
	until_true 10 remove_cgroup "${cgroup%/*}" || fail "$cgroup is still in use"
	rmdir "$mount/machine.slice" 2>/dev/null
	has_classes "$json/services.jsonl" "dies:service_died:error helper:process_died:warning \
ignores:peer_gone:notice logs.sh:log_pipe_gone:warning orphan:process_died:warning 5+0+0"
}

