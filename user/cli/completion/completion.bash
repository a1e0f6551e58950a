# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # the functions share the variables of _sigpath
# bash completion for sigpath, made from its table of options. It needs no bash-completion.

# Quotes a candidate for where the cursor is, into $quoted. Fails if that cannot be done.
_sigpath_quote()
{
	case $quote in
	\') [[ $1 != *\'* ]] && quoted=$1 ;;
	\") [[ $1 != *[\"\$\`\\!]* ]] && quoted=$1 ;;
	*)
		printf -v quoted %q "$1"
		# It quotes commas too, because of {a,b}.
		quoted=${quoted//\\,/,}
		[[ $quoted != \$\'* ]]
		;;
	esac
}

# Offers these words, as far as they begin with what is typed.
_sigpath_offer()
{
	local word quoted

	for word; do
		[[ $word == "$value"* ]] || continue
		_sigpath_quote "$word" || continue
		[[ $quoted != "$typed"* ]] || COMPREPLY+=("$before${quoted#"$typed"}")
	done
}

# Offers these words for the last item of a comma-separated list.
_sigpath_list()
{
	local word rest=''

	[[ $value != *,* ]] || rest=${value%,*},
	for word; do
		_sigpath_offer "$rest$word"
	done
	compopt -o nospace
}

# The same, for words of which all or none have a ! before them.
_sigpath_negatable()
{
	local -a negated=("${@/#/!}")

	case $value in
	!*) _sigpath_list "${negated[@]}" ;;
	*,*) _sigpath_list "$@" ;;
	*) _sigpath_list "$@" "${negated[@]}" ;;
	esac
}

# Leaves the names of files and of directories to readline.
_sigpath_files() { compopt -o default; }
_sigpath_directories() { compopt -o dirnames; }

# FILE or FORMAT:FILE.
_sigpath_output()
{
	local -a files

	[[ $value == *:* ]] || _sigpath_offer "$@"
	if ((${#COMPREPLY[@]} == 0)); then
		_sigpath_files
		return
	fi
	mapfile -t files < <(compgen -f -- "$value")
	_sigpath_offer "${files[@]}"
	compopt -o nospace
}

# $1: the names, $2: how addresses begin. An address may be the path of a socket.
_sigpath_destination()
{
	local -a names addresses

	read -ra names <<<"$1"
	read -ra addresses <<<"$2"
	if [[ $value == *:* ]]; then
		_sigpath_offer "${addresses[@]}"
	else
		_sigpath_offer "${names[@]}"
	fi
	((${#COMPREPLY[@]})) || _sigpath_files
	compopt -o nospace
}

# Calls `$1 PID NAME` for each process. Any user can choose a name: it may have any bytes.
_sigpath_processes()
{
	local LC_ALL=C line pid files=(/proc/[0-9]*/comm)

	while IFS= read -r -d '' line; do
		pid=${line#/proc/}
		line=${line#*:}
		"$1" "${pid%%/*}" "${line%$'\n'}"
	done < <(command grep -zaHs '' "${files[@]}")
}

# Names of other characters than those of ASCII, and of none that control a terminal, are not offered.
_sigpath_comm() { [[ $2 == *[![:print:]]* ]] || comms[$2]=yes; }

# $1: what offers a name.
_sigpath_comms()
{
	local -A comms=()

	_sigpath_processes _sigpath_comm
	"$1" "${!comms[@]}"
}

_sigpath_pid()
{
	"$offer" "$1"
	((${#COMPREPLY[@]} == ${#names[@]})) || names+=("${2//[![:print:]]/?}")
}

# $1: what offers a number. The names stand behind the numbers where readline lists candidates and inserts none.
_sigpath_pids()
{
	local -a names=()
	local i offer=$1

	_sigpath_processes _sigpath_pid
	compopt -o nospace
	[[ ${COMP_TYPE:-9} == [0-9] || $COMP_TYPE == 33 || $COMP_TYPE == 63 ]] || return
	((${#COMPREPLY[@]} > 1)) || return
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]+="  (${names[i]})"
	done
}

_sigpath_users()
{
	local -a users

	mapfile -t users < <(compgen -u)
	_sigpath_offer "${users[@]}"
}

# The word INDEX of the command line is the first of COMMAND, or one behind it.
_sigpath_command()
{
	if declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$1"
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif (($1 == COMP_CWORD)); then
		mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
		compopt -o filenames
	else
		_sigpath_files
	fi
}

# The shell splits words at = and at :. Puts them together in $words, up to the cursor.
_sigpath_read()
{
	local i word is_split='' at=-1

	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((at >= 0)) && [[ $word && ( $is_split || ! $word =~ [^:=] ) ]]; then
			words[at]+=$word
		else
			words[++at]=$word
		fi
		is_split=
		[[ ! $word || $word =~ [^:=] ]] || is_split=yes
	done
	value=${words[at]}
	((at == 0)) || prev=${words[at - 1]}
	if [[ $value == --*=* ]]; then
		prev=${value%%=*}
		value=${value#*=}
	fi
}

# Finds what the shell replaces by a candidate: a part of $value, or more than it (--option=).
_sigpath_unquote()
{
	local last=${COMP_WORDS[COMP_CWORD]}

	[[ $last =~ [^:=] ]] || last=
	if [[ $value == [\"\']* ]]; then
		quote=${value:0:1}
		value=${value:1}
		last=${last#"$quote"}
	fi
	if [[ $value == *"$last" ]]; then
		typed=${value%"$last"}
	else
		before=${last%"$value"}
	fi
	# shellcheck disable=SC2162 # it takes the backslashes away
	[[ $quote ]] || IFS= read value <<<"$value"
}

# $1: the runs in which these options have an effect.
_sigpath_in() { [[ " $1 " != *" $run "* ]] || _sigpath_offer "${@:2}"; }

_sigpath_options()
{
	:
	#@ options
}

_sigpath()
{
	local i run=live prev='' value='' quote='' typed='' before=''
	local -a words=()

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-r | --read) run=replay ;;
		check) ((i > 1)) || run=check ;;
		--)
			_sigpath_command $((i + 1))
			return
			;;
		esac
	done
	_sigpath_read
	_sigpath_unquote
	case $prev in
	#@ values
	*)
		if [[ $value == -* ]]; then
			_sigpath_options
		elif ((COMP_CWORD == 1)); then
			_sigpath_offer trace check
		fi
		;;
	esac
}

complete -F _sigpath sigpath
