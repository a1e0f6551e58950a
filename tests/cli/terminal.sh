# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # for run.sh
# A real terminal: what people see on it, by the characters on the screen of tmux.

# Each has a server of its own: one that is about to end takes no new session.
screen() { tmux -L "sigpath-$$-$screens" "$@"; }

# on_screen COLUMNS ARGUMENT...: runs sigpath in a terminal of this width, and waits until it is ready.
on_screen() {
	local columns=$1
	shift
	command -v tmux >/dev/null || skip "no tmux"
	screens=$((${screens:-0} + 1))
	rm -f ended
	: >err
	# shellcheck disable=SC2016 # the inner shell runs it; the terminal stays when sigpath has ended
	LC_ALL=C.UTF-8 TZ=UTC screen -u -f /dev/null new-session -d -x "$columns" -y 200 -- \
		bash -c '"$@" 2>err; echo ended >ended; sleep 1000' - "$sigpath" "$@" || fail "tmux does not start"
	started+=("$(screen display-message -p '#{pid}')")
	until_true 60 grep -q '^sigpath: ready' err || fail "not ready: $(cat err)"
}

# What the screen shows and has shown, row by row; with -J the rows are joined that the terminal itself has wrapped.
screen_rows() { screen capture-pane -p "$@" -S - | sed 's/ *$//; /^$/d'; }
screen_shows() { screen_rows | grep -q -e "$1"; }
has_headlines() { [ "$(screen_rows | grep -c '^[0-9]')" -ge "$1" ]; }

# Sends Ctrl-C, and waits until sigpath has ended.
off_screen() {
	screen send-keys C-c
	until_true 20 test -e ended || fail "sigpath does not end: $(screen_rows)"
	screen_rows >rows
	screen_rows -J >joined
	screen kill-server
}

# is_laid_out: the terminal has wrapped no line, and each begins where sigpath wanted it to.
is_laid_out() {
	diff joined rows || fail "the terminal has wrapped a line"
	! grep -n -v -E '^([0-9^]|    [a-z]|            [^ ])' rows || fail "a line that is not ours"
}

# The name of a process, which the kernel cuts after two bytes of a character; arguments that look like the next
# headline; and words that are wider or narrower than they are long.
case_screen_of_80_columns() {
	local name=$'a\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe5\x87\xa6\xe7\x90\x86' kanji=$'\xe6\xbc\xa2\xe5\xad\x97'
	local accents=$'e\xcc\x81o\xcc\x82' forged='   00:00:00.000 +00:00  init[1] killed by SIGKILL   '

	on_screen 80 --comm "${name%?}"
	(exec -a "x$forged$forged$forged" "$writer" -n "$name" -d 1)
	(exec -a "$(printf "$kanji%.0s" {1..70})" "$writer" -n "$name" -d 1)
	(exec -a "$(printf "$accents%.0s" {1..70})" "$writer" -n "$name" -d 1)
	until_true 20 has_headlines 3 || fail "no three headlines: $(screen_rows)"
	off_screen
	is_laid_out
	grep -q "^[0-9:.]* +00:00  ${name%???}\.\.\.\[[0-9]*\] killed by SIGPIPE" rows || fail "no headline of today: $(cat rows)"
	[ "$(grep -c '+00:00  a' rows)" = 1 ] || fail "the zone is not said once: $(cat rows)"
	grep -q "who     $kanji$kanji.*$kanji$" rows || fail "no wide characters: $(cat rows)"
	grep -q "who     $accents$accents.*$accents$" rows || fail "no combining characters: $(cat rows)"
	grep -q -e '(--full)' rows || fail "nothing was cut: $(cat rows)"
}

# All that the screen of a hostile process shows is ours.
case_screen_with_a_hostile_name() {
	local title

	on_screen 80 --comm "$hostile" --full
	title=$(screen display-message -p '#{pane_title}')
	(exec -a $'\e]0;gone\a\e[2J\e[1;1H\e[8m\e[?1049h\e[5A\e[2K\r' "$writer" -n "$hostile" 1)
	until_true 20 has_headlines 1 || fail "no headline: $(screen_rows)"
	[ "$(screen display-message -p '#{pane_title}')" = "$title" ] || fail "the title has changed"
	off_screen
	is_laid_out
	grep -q -F '\x1b[31m\n' rows || fail "no name: $(cat rows)"
	grep -q -F '\x1b]0;gone' rows || fail "no command line: $(cat rows)"
}

# A window can get another width. The stack is printed once, the date of today not at all.
case_screen_of_another_width() {
	on_screen 200 --comm "screen-$$"
	"$writer" -n "screen-$$" -d 1
	until_true 20 has_headlines 1 || fail "no headline: $(screen_rows)"
	screen_shows '^    where .* main broken_writer.c:[0-9]* < [0-9]* frames of start-up$' || fail "no stack in one line: $(screen_rows)"
	screen resize-window -x 60
	until_true 5 test "$(screen display-message -p '#{window_width}')" = 60
	"$writer" -n "screen-$$" -d 1
	until_true 20 has_headlines 2 || fail "no second headline: $(screen_rows)"
	off_screen
	sed -n '/killed by/=' rows | tail -1 >second
	sed "1,$(($(cat second) - 1))d" rows >rows.second
	[ "$(LC_ALL=C.UTF-8 wc -L <rows.second)" -le 60 ] || fail "wider than the window: $(cat rows.second)"
	grep -q '^    where   stack as in #[0-9a-f]* of [0-9:.]*$' rows.second || fail "the stack is printed again: $(cat rows)"
	! grep -q '^[0-9]\{4\}-' rows || fail "the date of today: $(cat rows)"
}

case_screen_colours() {
	on_screen 100 --comm "screen-$$"
	"$writer" -n "screen-$$" -d 1
	until_true 20 has_headlines 1 || fail "no headline: $(screen_rows)"
	screen capture-pane -p -e >coloured
	off_screen
	grep -q $'\e\\[1m\e\\[31m.*killed by SIGPIPE' coloured || fail "no colour: $(cat -v coloured)"
	NO_COLOR=1 on_screen 100 --comm "screen-$$"
	"$writer" -n "screen-$$" -d 1
	until_true 20 has_headlines 1 || fail "no headline: $(screen_rows)"
	screen capture-pane -p -e >coloured
	off_screen
	! grep -q $'\e' coloured || fail "colours in spite of NO_COLOR: $(cat -v coloured)"
}

# -o with the name of a terminal, and of what is one: width, colour, and no date of today.
case_screen_by_its_name() {
	local name

	for name in /dev/tty /dev/stdout; do
		on_screen 70 --comm "screen-$$" -o "$name"
		"$writer" -n "screen-$$" -d 1
		until_true 20 has_headlines 1 || fail "$name: no headline: $(screen_rows)"
		screen capture-pane -p -e >coloured
		off_screen
		grep -q $'\e\\[1m\e\\[31m.*killed by SIGPIPE' coloured || fail "$name: no colour: $(cat -v coloured)"
		diff joined rows || fail "$name: the terminal has wrapped a line"
		grep -q '^[0-9:.]* +00:00  screen-' rows || fail "$name: no headline of today: $(cat rows)"
	done
}

# The end of the first process is waited for, and it comes first all the same. Without stacks, which take longer.
case_headlines_in_the_order_of_time() {
	local program

	program='import os, time
r, w = os.pipe()
os.close(r)
try:
    os.write(w, b"x")
except OSError:
    open("wrote", "w").close()
    time.sleep(0.8)'
	# shellcheck disable=SC2016 # the inner shell runs it
	run --stack none -o out.txt -o out.jsonl -- bash -c 'python3 -c "$1" & until [ -e wrote ]; do sleep 0.02; done; "$0" -d 1; wait' "$writer" "$program"
	wants 0
	grep -o -E '(python3?|broken-writer)[^[]*\[[0-9]*\] (ignored|killed by)' out.txt | sed 's/[0-9.]*\[.*\]//' >order
	[ "$(cat order)" = $'python ignored\nbroken-writer killed by' ] || fail "$(cat order out.txt)"
	python3 - out.jsonl <<-'PYTHON' || fail "not in order: $(cat out.jsonl)"
		import json, sys
		times = [line["time"] for line in map(json.loads, open(sys.argv[1])) if line["kind"] == "incident"]
		assert len(times) == 2 and times == sorted(times), times
	PYTHON
}
