#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Files that are rotated during a storm, by sigpath and by the real logrotate. Sourced by run.sh, which sets the
# variables.
# shellcheck disable=SC2154

# rotated_storm COUNT ARGUMENTS...: COUNT incidents in full, in a few processes at a time.
rotated_storm() {
	local count=$1

	shift
	start --comm "$storm_name" --burst 0 --rate 0 --buffer-size 128M --stack none "$@"
	[ "$count" -gt 0 ] || return 0
	for _ in 1 2 3 4; do
		storm_writer $((count / 4)) &
	done
}

storm_in_pieces() {
	local i

	for ((i = 0; i < 60; i++)); do
		storm_writer 50
		sleep 0.05
	done
}

# long_storm ARGUMENTS...: 12000 incidents, in some seconds.
long_storm() {
	rotated_storm 0 "$@"
	for _ in 1 2 3 4; do
		storm_in_pieces &
	done
}

# whole_lines COUNT FILE...: each file begins with the start line, each line is whole, and together they have the
# incidents 1 to COUNT, each once. The last file has the summary.
whole_lines() {
	local reason

	reason=$(python3 - "$@" 2>&1 <<-'PYTHON'
		import gzip, json, sys
		count, numbers, last = int(sys.argv[1]), [], None
		for name in sys.argv[2:]:
		    with (gzip.open if name.endswith(".gz") else open)(name, "rb") as file:
		        text = file.read()
		    assert text.endswith(b"\n") or not text, f"{name} has no last newline"
		    starts = [i for i, line in enumerate(text.splitlines()) if json.loads(line)["kind"] == "start"]
		    assert starts == [0] or not text, f"{name} has start lines at {starts}"
		    for line in text.splitlines():
		        last = json.loads(line)
		        if last["kind"] == "incident":
		            numbers.append(int(last["id"].split("-")[1]))
		assert last["kind"] == "summary", last
		assert not last["dropped"] and not last["lost"] and not last["unwritten"], last
		assert sorted(numbers) == list(range(1, count + 1)), f"{len(numbers)} incidents, {len(set(numbers))} different"
	PYTHON
	) || fail "lines are missing, torn or twice: ${reason##*$'\n'} $(ls -l)"
}

# oldest_first NAME: the old files of it, then the file itself.
oldest_first() { find . -name "$1*" ! -name '*.part' -printf '%f\n' | sort -t. -k3nr -k2; }

case_rotation_by_size() {
	local file

	rotated_storm 4000 -o log.jsonl --rotate-size 200K --rotate-keep 1000
	all_written log.jsonl 4000
	finish INT
	wants 0
	mapfile -t files < <(oldest_first log.jsonl)
	[ "${#files[@]}" -gt 10 ] || fail "only ${files[*]}"
	for file in "${files[@]}"; do
		[ "$(stat -c %s "$file")" -le $((200 * 1024)) ] || fail "too large: $(ls -l "$file")"
		[ "$(stat -c %a "$file")" = 600 ] || fail "mode: $(ls -l "$file")"
	done
	whole_lines 4000 "${files[@]}"
}

# The writers, not sigpath.
wait_for_writers() {
	local job

	for job in $(jobs -p); do
		[ "$job" = "$pid" ] || wait "$job" || fail "a writer failed"
	done
}

# has_written NAME NUMBER: the incident of this number is in NAME or in an old file of it.
has_written() { grep -q -e "\"id\":\"[0-9a-f]*-0*$2\"" <(gzip -cdfq "$1"* 2>/dev/null); }

# all_written NAME COUNT: all writers have ended, and NAME has their COUNT incidents. A signal may come now: what
# sigpath has not written 0.8 s after a signal is lost.
all_written() {
	wait_for_writers
	until_true 60 has_written "$1" "$2" || fail "the incident $2 was not written: $(ls -l)"
}

no_plain_file() { ! ls log.jsonl.*[0-9] >/dev/null 2>&1; }

case_rotation_with_compression() {
	rotated_storm 4000 -o log.jsonl --rotate-size 200K --rotate-keep 1000 --rotate-compress
	all_written log.jsonl 4000
	until_true 30 no_plain_file || fail "not compressed: $(ls)"
	finish INT
	wants 0
	mapfile -t files < <(oldest_first log.jsonl)
	[ "${#files[@]}" -gt 10 ] || fail "only ${files[*]}"
	whole_lines 4000 "${files[@]}"
}

# By time, at the full second.
case_rotation_by_time() {
	start --comm broken-writer --stack none -o log.jsonl --rotate-time 1s --rotate-keep 20
	for _ in 1 2 3; do
		"$writer" 1
		sleep 1.1
	done
	finish INT
	wants 0
	mapfile -t files < <(oldest_first log.jsonl)
	[ "${#files[@]}" -ge 3 ] || fail "only ${files[*]}"
	whole_lines 3 "${files[@]}"
}

# Each file is a capture. Together their replays have the incidents of the trace, and no id twice. (An incident that
# was followed to its end is written later, so its id in a replay may be another one.)
case_rotation_of_a_capture() {
	local file

	rotated_storm 2000 -o live.jsonl -w capture --rotate-size 500K --rotate-keep 1000
	all_written live.jsonl 2000
	finish INT
	wants 0
	mapfile -t files < <(oldest_first capture)
	[ "${#files[@]}" -gt 3 ] || fail "only ${files[*]}"
	for file in "${files[@]}"; do
		run -r "$file" --stack none -o replayed.jsonl
		wants 0
	done
	python3 - <<-'PYTHON' || fail "not the same: $(ls -l)"
		import glob, json
		def read(names):
		    lines = [json.loads(line) for name in names for line in open(name)]
		    incidents = [line for line in lines if line["kind"] == "incident"]
		    return sorted(line["id"] for line in incidents), sorted(line["time"] for line in incidents)
		live, replayed = read(glob.glob("live.jsonl*")), read(["replayed.jsonl"])
		assert len(set(live[0])) == 2000, len(live[0])
		assert live == replayed, f"{len(replayed[0])} replayed"
	PYTHON
	# The next run does not append to the last one.
	mv capture last
	cp last capture
	run -w capture --rotate-size 500K -o /dev/null -d 100ms
	wants 0
	cmp -s last capture.1 || fail "it was not kept: $(ls -l capture*)"
	run -r capture
	wants 0 '^sigpath: 0 incidents, '
}

case_rotation_without_a_file() {
	run -o - --rotate-size 1M -d 100ms
	wants 1 '^sigpath: no output is a file that can be rotated$'
}

# The rule that comes with sigpath, for the directory of this case.
shipped_rule() {
	sed -e "s|/var/log/sigpath/|$PWD/|g; s|/run/sigpath.pid|$PWD/number|" \
		"$tests/../../packaging/logrotate/sigpath" >rule
	chmod 644 rule
}

rotate_by_logrotate() { logrotate -f -s "$PWD/state" rule >>logrotate.out 2>&1 || fail "logrotate: $(cat logrotate.out)"; }

storm_goes_on() {
	local job

	for job in $(jobs -p); do
		[ "$job" = "$pid" ] || ! kill -0 "$job" 2>/dev/null || return 0
	done
	return 1
}

case_logrotate() {
	local turns=0

	command -v logrotate >/dev/null || skip "no logrotate"
	shipped_rule
	long_storm -o log.jsonl --pidfile number
	while storm_goes_on && [ "$turns" -lt 7 ]; do
		rotate_by_logrotate
		turns=$((turns + 1))
		sleep 0.1
	done
	all_written log.jsonl 12000
	finish INT
	wants 0
	[ "$turns" -gt 2 ] || fail "it was rotated $turns times only"
	mapfile -t files < <(oldest_first log.jsonl)
	[ "${#files[@]}" -gt 2 ] || fail "only ${files[*]}"
	ls log.jsonl.*.gz >/dev/null || fail "nothing was compressed: $(ls)"
	whole_lines 12000 "${files[@]}"
	# Without a sigpath the rule works as well.
	rotate_by_logrotate
}

# What logrotate loses, between the end of its copy and the truncation, is not counted here.
case_logrotate_with_copytruncate() {
	local turns=0

	command -v logrotate >/dev/null || skip "no logrotate"
	printf '%s/log.jsonl {\n\trotate 50\n\tcopytruncate\n}\n' "$PWD" >rule
	chmod 644 rule
	long_storm -o log.jsonl
	while storm_goes_on && [ "$turns" -lt 50 ]; do
		rotate_by_logrotate
		turns=$((turns + 1))
		sleep 0.05
	done
	wait_for_writers
	finish INT
	wants 0
	[ "$turns" -gt 2 ] || fail "it was rotated $turns times only"
	python3 - <<-'PYTHON' || fail "not as it should be: $(ls -l)"
		import glob, json
		seen, torn = [], 0
		for name in glob.glob("log.jsonl*"):
		    text = open(name, "rb").read()
		    assert b"\0" not in text, f"{name} has a hole"
		    *lines, rest = text.split(b"\n")
		    torn += bool(rest)
		    assert name != "log.jsonl" or not rest, "a line of ours is torn"
		    seen += [line["id"] for line in map(json.loads, lines) if line["kind"] == "incident"]
		assert len(seen) == len(set(seen)), "a line is twice"
		assert len(seen) > 6000, f"only {len(seen)} lines are left"
		print(f"{12000 - len(seen)} lines lost by logrotate, {torn} copies with a torn end")
	PYTHON
}
