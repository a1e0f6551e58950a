#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the completion that the program given prints offer what belongs there?
failed=0
script=$("$1") || exit 1
eval "$script" || exit 1

# offers WORD... : the candidates behind these words must match the pattern in $want, which the caller sets.
# shellcheck disable=SC2053,SC2154
offers()
{
	local COMP_WORDS=(sigpath "$@") COMP_CWORD=$# COMPREPLY=()

	_sigpath
	[[ " ${COMPREPLY[*]} " == $want ]] && return
	echo "sigpath $*: offers '${COMPREPLY[*]}', wanted '$want'"
	failed=1
}

want=' trace ' offers tr
want=' --object --outcome --output ' offers --o
want='* -p *' offers -
want=' tcp ' offers --object tc
want=' tcp,pipe ' offers --object tcp,p
want=' json ' offers --format = j
want=' text json ' offers --format =
want='* SIGPIPE *' offers -s SIGPI
want='* SIGTERM,SIGKILL *' offers -s SIGTERM,SIGK
want=' root ' offers -u roo
want="* $$ *" offers -p "$$"
want='* /etc/passwd *' offers -o /etc/passw
want='  ' offers --count 1
want='* true *' offers -p 1 -- tru
exit $failed
