#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2053,SC2154 # patterns in variables that the callers set
# Does the completion that the program given prints offer what belongs there?
failed=0
script=$("$1") || exit 1
eval "$script" || exit 1

# offers WORD... : the candidates behind these words must match the pattern in $want, which the caller sets.
offers()
{
	local COMP_WORDS=(sigpath "$@") COMP_CWORD=$# COMPREPLY=()

	_sigpath
	[[ " ${COMPREPLY[*]} " == $want ]] && return
	echo "sigpath $*: offers '${COMPREPLY[*]}', wanted '$want'"
	failed=1
}

# refuses WORD... : none of the candidates behind these words may match $unwanted.
refuses()
{
	local COMP_WORDS=(sigpath "$@") COMP_CWORD=$# COMPREPLY=()

	_sigpath
	[[ " ${COMPREPLY[*]} " == $unwanted ]] || return
	echo "sigpath $*: offers '${COMPREPLY[*]}', which has '$unwanted'"
	failed=1
}

want=' trace check ' offers ''
want=' trace ' offers tr
want=' check ' offers che
want=' --object --outcome --output --output-mode ' offers --o
want='* -p *' offers -
want=' tcp ' offers --object tc
want=' tcp,pipe ' offers --object tcp,p
want=' json ' offers --format = j
want=' text oneline json ' offers --format =
want=' json ' offers check --format j
want='* SIGPIPE *' offers -s SIGPI
want=' PIPE ' offers -s PI
want='* SIGTERM,SIGKILL *' offers -s SIGTERM,SIGK
want=' TERM,KILL ' offers -s TERM,KI
want=' RTMIN RTMAX ' offers -s RTM
want=' root ' offers -u roo
want="* $$ *" offers -p "$$"
want='* /etc/passwd *' offers -o /etc/passw
want='* json: *' offers -o ''
want=' json: ' offers -o jso
# The shell splits a word at its colon.
want='* /etc/passwd *' offers -o json : /etc/passw
want='* /etc/passwd *' offers --output = json : /etc/passw
want='* /etc/passwd *' offers --output = /etc/passw
want="*[!:] *" offers -o json :
unwanted='* json: *' refuses -o json :
want='  ' offers --count 1
want='* true *' offers -p 1 -- tru
# Only options that have an effect.
want=' --format --config --quiet --verbose --version --help ' offers check --
want='* /etc/passwd *' offers --config /etc/passw
want='* --comm *' offers -r x --
unwanted='* --burst *' refuses -r x --
unwanted='* --duration *' refuses --read x -q --
want='* --burst *' offers --
exit $failed
