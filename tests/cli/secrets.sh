#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What --redact hides, in every output and in the capture. Sourced by run.sh, which sets the variables.
# shellcheck disable=SC2154

# Both ends of a pipe have a secret on their command lines. The writer ignores SIGPIPE and lives on, so that
# sigpath waits, and knows by then what the reader was.
secret_pipeline='{ trap "" PIPE; exec bash -c "sleep 0.2; echo x; sleep 0.7" sh DB_PASSWORD=hunter2 2>/dev/null; } |
	bash -c "read -r -t 0.01 line" sh --token=tiger; true'

# has_words FILE COUNT WORD...: FILE has COUNT of the words.
has_words() {
	local file=$1 want=$2 got=0 word
	shift 2
	for word; do
		! grep -qaF -e "$word" "$file" || got=$((got + 1))
	done
	[ "$got" = "$want" ] || fail "$file has $got of $*, not $want: $(cat "$file")"
}

case_redaction() {
	local level words count file

	for level in auth none args all; do
		case $level in
		auth) count=2 words=('DB_PASSWORD=[redacted]' '--token=[redacted]') ;;
		none) count=2 words=('DB_PASSWORD=hunter2' '--token=tiger') ;;
		args) count=0 words=(DB_PASSWORD --token) ;;
		all) count=0 words=(DB_PASSWORD 'read -r' --token) ;;
		esac
		run -f --redact "$level" --stack none --truncate -w capture -o live.txt -o "$json/redact-$level.jsonl" \
			-- bash -c "$secret_pipeline"
		wants 0
		run -r capture --redact none --truncate -o replay.txt -o "$json/redact-$level-replay.jsonl"
		wants 0
		for file in live.txt replay.txt "$json/redact-$level.jsonl" "$json/redact-$level-replay.jsonl"; do
			grep -q 'bash\[\|"comm":"bash"' "$file" || fail "the reader is not named: $(cat "$file")"
			has_words "$file" "$count" "${words[@]}"
			[ "$level" = none ] || has_words "$file" 0 hunter2 tiger
		done
		[ "$level" = none ] || has_words capture 0 hunter2 tiger
		[ "$(grep '"kind":"incident"' "$json/redact-$level.jsonl" | grep -o '"redacted":[a-z]*' | sort | uniq -c)" = \
			"      2 \"redacted\":$([ "$level" = none ] && echo false || echo true)" ] ||
			fail "redacted: $(cat "$json/redact-$level.jsonl")"
	done
	run -r capture --redact args
	wants 0
}

case_redaction_by_default() {
	run -f --stack none -w capture -- bash -c "$secret_pipeline"
	has_words capture 0 hunter2 tiger
	has_words err 2 'DB_PASSWORD=[redacted]' '--token=[redacted]'
}

# A replay hides more than the trace did.
case_redaction_of_a_replay() {
	run -f --redact none --stack none -w capture -- bash -c "$secret_pipeline"
	has_words err 2 hunter2 tiger
	run -r capture
	has_words out 2 'DB_PASSWORD=[redacted]' '--token=[redacted]'
	run -r capture --redact all
	has_words out 0 DB_PASSWORD --token
	has_words out 1 'hidden by --redact all'
}

# Programs that die, run a handler of their own, and have a runtime. Each has a secret in its environment, which
# is on its stack.
write_programs() {
	cp "$writer" own-writer
	cat >programs.sh <<-PROGRAMS
		env -i ENV_SECRET=tiger-on-the-stack ./own-writer -d 1
		env -i PATH=/usr/bin:/bin ENV_SECRET=tiger-on-the-stack bash -c 'trap : PIPE; sleep 0.1; echo x' 2>/dev/null | true
		env -i ENV_SECRET=tiger-on-the-stack $(command -v python3) -c 'import os, signal
		signal.signal(signal.SIGPIPE, signal.SIG_DFL)
		r, w = os.pipe()
		os.close(r)
		os.write(w, b"x")'
		true
	PROGRAMS
}

# What a format shows of incidents. The summary of JSON names the outputs.
shown() { grep -Ev '"kind":"(start|summary)"| event=start ' "$1"; }

case_memory_in_a_capture() {
	local suffix

	write_programs
	run -f -w capture -o live.txt -- bash programs.sh
	wants 0 '^sigpath: capture will contain stack memory of the processes, with any secrets in it; --strip-memory leaves it out$'
	[ "$(headlines live.txt)" = 3 ] || fail "not three incidents: $(cat live.txt)"
	# Otherwise it would prove nothing that the next capture does not have it.
	has_words capture 1 tiger-on-the-stack
	run -f -w capture --strip-memory --truncate -o "$json/stripped.jsonl" -o live.txt -o live.log -- bash programs.sh
	wants 0
	! grep -q 'stack memory' err || fail "it warns: $(cat err)"
	has_words capture 0 tiger-on-the-stack ENV_SECRET
	# The names come from the capture: one of the programs is gone.
	rm own-writer
	run -r capture -o "$json/stripped-replay.jsonl" -o again.txt -o again.log
	wants 0
	grep -q ' main broken_writer.c:' again.txt || fail "no main in the stack: $(cat again.txt)"
	grep -q '^    kernel .*pipe_write < vfs_write' again.txt || fail "no kernel stack: $(cat again.txt)"
	grep -q 'the handler trap_handler of ' again.txt || fail "no handler: $(cat again.txt)"
	grep -q 'runtime python' again.txt || fail "no runtime: $(cat again.txt)"
	cp "$json/stripped.jsonl" live.jsonl
	cp "$json/stripped-replay.jsonl" again.jsonl
	for suffix in txt log jsonl; do
		cmp <(shown "live.$suffix") <(shown "again.$suffix") ||
			fail "replay differs: $(diff <(shown "live.$suffix") <(shown "again.$suffix") | head -5)"
	done
	[ "$(json_incidents again.jsonl)" = 3 ] || fail "not three incidents: $(cat again.jsonl)"
}

# A part of the stacks, of what a stripped capture has.
case_stacks_of_a_stripped_capture() {
	run -f -w capture --strip-memory -o live.txt -- "$writer" -d 1
	run -r capture --stack kernel
	! grep -q 'main broken_writer' out || fail "a user stack: $(cat out)"
	grep -q '^    kernel .*pipe_write' out || fail "no kernel stack: $(cat out)"
	run -r capture --stack user
	grep -q 'main broken_writer' out || fail "no user stack: $(cat out)"
	! grep -q '^    kernel ' out || fail "a kernel stack: $(cat out)"
}

case_strip_memory_without_a_capture() {
	run --strip-memory
	wants 2 '^sigpath: option --strip-memory needs --write (see sigpath --help)$'
}

# Who sends a signal has a command line, too.
case_redaction_of_the_sender() {
	# shellcheck disable=SC2016
	local file kill='sleep 30 & bash -c "kill -KILL \$1; sleep 0.7; :" sh $! --token=tiger; wait; true'

	run -f -s fatal --redact none --stack none -w capture -o "$json/redact-sender-none.jsonl" -- bash -c "$kill"
	wants 0
	has_words "$json/redact-sender-none.jsonl" 1 '--token=tiger'
	run -f -s fatal --stack none --truncate -w capture -o "$json/redact-sender.jsonl" -o "live.txt" -- bash -c "$kill"
	wants 0
	for file in live.txt "$json/redact-sender.jsonl"; do
		has_words "$file" 1 '--token=[redacted]'
		has_words "$file" 0 tiger
	done
	has_words capture 0 tiger
	run -r capture --redact all --truncate -o "$json/redact-sender-all.jsonl"
	wants 0
	has_words "$json/redact-sender-all.jsonl" 0 token
}
