#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# docs.sh SOURCE: checks the links of README.md and docs/*.md. Every relative link must lead to a file, every
# #anchor to a heading, and a reader who starts at README.md must be able to reach every page. Every path of the
# source that a page names must exist.
set -euo pipefail

cd "$1"
failed=0
complain() { echo "$*" >&2; failed=1; }

# The targets of a page's links, one per line. Code blocks and code spans hold no links.
links_of() {
	awk '/^```/ { code = !code; next }
	     !code { gsub(/`[^`]*`/, ""); print }' "$1" |
		grep -oE '\]\([^) ]+\)' | sed -E 's/^\]\(//; s/\)$//' | grep -vE '^[a-z]+:' || true
}

# The anchors of a page's headings, as GitHub makes them.
anchors_of() {
	awk '/^```/ { code = !code; next }
	     !code && /^#+ / { sub(/^#+ +/, ""); print tolower($0) }' "$1" |
		sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}

declare -A reached
queue=(README.md)
while [ ${#queue[@]} -gt 0 ]; do
	page=${queue[0]}
	queue=("${queue[@]:1}")
	[ -z "${reached[$page]:-}" ] || continue
	reached[$page]=yes
	[[ $page == *.md ]] || continue
	while read -r link; do
		[ -n "$link" ] || continue
		path=${link%%#*} anchor=
		[[ $link != *#* ]] || anchor=${link#*#}
		target=$page
		[ -z "$path" ] || target=$(realpath -m --relative-to=. "$(dirname "$page")/$path")
		if [ ! -e "$target" ]; then
			complain "$page: the link $link leads to no file"
		elif [ -n "$anchor" ] && ! grep -qxF -e "$anchor" <<<"$(anchors_of "$target")"; then
			complain "$page: the link $link leads to no heading"
		elif [ -f "$target" ]; then
			queue+=("$target")
		fi
	done <<<"$(links_of "$page")"
done

for page in docs/*; do
	[ -n "${reached[$page]:-}" ] || complain "$page: no link from README.md leads here"
done

# The block after `<!-- file: PATH -->` is that file, without the line about its licence.
shown=$(grep -hoE '^<!-- file: [^ ]+ -->$' docs/*.md | cut -d' ' -f3 | sort)
while read -r path; do
	block=$(awk -v mark="<!-- file: $path -->" '$0 == mark { found = 1; next }
		found && /^```/ { if (inside) exit; inside = 1; next }
		inside { print }' docs/*.md)
	[ "$block" = "$(grep -v SPDX-License-Identifier "$path")" ] || complain "docs: the block of $path is not that file"
done <<<"$shown"
[ "$shown" = "$(find packaging/fleet -type f | sort)" ] || complain "docs: not each file of packaging/fleet is shown once"

# Code spans that look like a path in the source. Stages are named without user/, core/ without bpf/.
# shellcheck disable=SC2016
while IFS=: read -r page line span; do
	path=${span//\`/}
	case $path in
	bpf/* | user/* | tests/* | docs/* | cmake/*) ;;
	core/*) path=bpf/$path ;;
	source/* | decode/* | enrich/* | stack/* | explain/* | sink/*) path=user/$path ;;
	incident/* | formats/* | command/* | cli/* | base/*) path=user/$path ;;
	*) continue ;;
	esac
	[ -e "$path" ] || complain "$page:$line: there is no $path"
done < <(grep -noE '`[A-Za-z0-9_./-]+`' README.md docs/*.md)
exit "$failed"
