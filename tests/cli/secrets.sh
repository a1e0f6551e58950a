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
		run -f --redact "$level" --stack none -w capture -o live.txt -o "$json/redact-$level.jsonl" \
			-- bash -c "$secret_pipeline"
		wants 0
		run -r capture --redact none -o replay.txt -o "$json/redact-$level-replay.jsonl"
		wants 0
		for file in live.txt replay.txt "$json/redact-$level.jsonl" "$json/redact-$level-replay.jsonl"; do
			grep -q 'bash\[\|"comm":"bash"' "$file" || fail "the reader is not named: $(cat "$file")"
			has_words "$file" "$count" "${words[@]}"
			[ "$level" = none ] || has_words "$file" 0 hunter2 tiger
		done
		[ "$level" = none ] || has_words capture 0 hunter2 tiger
		[ "$(grep -o '"redacted":[a-z]*' "$json/redact-$level.jsonl" | sort | uniq -c)" = \
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
