#compdef sigpath
# SPDX-License-Identifier: GPL-2.0-or-later
# zsh completion for sigpath, made from its table of options.

# Words for the last item of a comma-separated list.
_sigpath_list() {
	compset -P '*,'
	compset -S ',*'
	compadd -S '' -- "$@"
}

# The same, for words of which all or none have a ! before them. What compset takes away comes back without its
# backslashes, and an interactive zsh expands a ! that has none.
_sigpath_negatable() {
	local value=${(Q)PREFIX}

	case $value in
	(\!*) compadd -S '' -- ${value%${value##*,}}'!'${^@} ;;
	(*,*) _sigpath_list "$@" ;;
	(*) _sigpath_list "$@" '!'${^@} ;;
	esac
}

# FILE or FORMAT:FILE.
_sigpath_output() {
	local ret=1

	if ! compset -P '[a-z]##:'; then
		compadd -S : -- "$@" && ret=0
	fi
	_files && ret=0
	return ret
}

# An address may be the path of a socket.
_sigpath_destination() {
	local -a names addresses

	#@ destinations
	if [[ $PREFIX == *:* ]]; then
		compadd -S '' -- $addresses && return
		compset -P '[a-z]##:'
		_files
	else
		compadd -S '' -- $names
	fi
}

# Fills $pids and $comms. Any user can choose a name: it may have any bytes.
_sigpath_processes() {
	local LC_ALL=C line
	local -a files=(/proc/[0-9]*/comm(N))

	while IFS= read -r -d '' line; do
		pids+=(${${line#/proc/}%%/*})
		line=${line#*:}
		comms+=("${line%$'\n'}")
	done < <(command grep -zaHs '' $files)
}

# The options of compadd. The names are shown behind the numbers.
_sigpath_pids() {
	local LC_ALL=C
	local -a pids comms shown
	integer i

	(( $# )) && compset -P '*,'
	_sigpath_processes
	for (( i = 1; i <= $#pids; i++ )); do
		shown+=("${(r:8:)pids[i]}${comms[i]//[^ -~]/?}")
	done
	compadd "$@" -l -d shown -a pids
}

# The options of compadd. Names of other characters than those of ASCII, and of none that control a terminal, are not offered.
_sigpath_comms() {
	local LC_ALL=C
	local -aU pids comms

	(( $# )) && compset -P '*,'
	_sigpath_processes
	comms=("${(@)comms:#*[^ -~]*}")
	compadd "$@" -a -- comms
}

_sigpath() {
	local curcontext=$curcontext run=live
	local -a specs
	integer i=${words[(i)--]}

	# COMMAND
	if (( i < CURRENT )); then
		words=("${(@)words[i + 1, -1]}")
		(( CURRENT -= i ))
		_normal
		return
	fi
	if [[ $words[2] == check ]] && (( CURRENT > 2 )); then
		run=check
	elif [[ -n ${(M)words[1, CURRENT - 1]:#(-r*|--read|--read=*)} ]]; then
		run=replay
	fi
	#@ specs
	(( CURRENT != 2 )) || specs+=('1: :(trace check)')
	_arguments -s : $specs '*: : '
}

if [[ $funcstack[1] == _sigpath ]]; then
	_sigpath "$@"
else
	compdef _sigpath sigpath
fi
