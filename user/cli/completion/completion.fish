# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for sigpath, made from its table of options.

# Has an option of these runs an effect here?
function __sigpath_in
    set -l tokens (commandline -opc)
    set -l run live
    if contains -- -- $tokens
        return 1
    else if test "$tokens[2]" = check
        set run check
    else if string match -qr -- '^(-r.*|--read|--read=.*)$' $tokens
        set run replay
    end
    contains $run $argv
end

function __sigpath_is_first
    test (count (commandline -opc)) -eq 1
end

function __sigpath_in_command
    contains -- -- (commandline -opc)
end

# COMMAND is completed as if it stood alone.
function __sigpath_command
    set -l tokens (commandline -opc)
    set -e tokens[1..(contains -i -- -- $tokens)]
    complete --do-complete=(string join ' ' -- (string escape -- $tokens) (commandline -ct))
end

# What is typed of the argument, without "--option=" or "-o", and without its quote or backslashes.
function __sigpath_value
    commandline -ct | string replace -r '^(--[a-z-]+=|-[A-Za-z])' '' | string replace -r '^[\'"]' '' |
        string replace -ra '\\\\(.)' '$1'
end

# Words for the last item of a comma-separated list.
function __sigpath_list
    set -l rest (__sigpath_value | string match -r '^.*,')
    printf '%s\n' "$rest"$argv
end

# The same, for words of which all or none have a ! before them.
function __sigpath_negatable
    switch (__sigpath_value)
        case '!*'
            __sigpath_list '!'$argv
        case '*,*'
            __sigpath_list $argv
        case '*'
            __sigpath_list $argv '!'$argv
    end
end

# Names; or how their addresses begin, once a colon is typed.
function __sigpath_destination
    if string match -q '*:*' -- (__sigpath_value)
        string match -r '^.*:.+' -- $argv
    else
        string match -r '^[^:]*:?$' -- $argv
    end
end

# Prints "PID<TAB>NAME" for each process. Any user can choose a name: it may have any bytes.
function __sigpath_processes
    for line in (command grep -zaHs '' /proc/*/comm | string split0)
        string match -qr '(?s)^/proc/(?<pid>\d+)/comm:(?<name>.*)\n$' -- $line
        and printf '%s\t%s\n' $pid (string replace -ar '[^ -~]' '?' -- $name | string join '?')
    end
end

function __sigpath_pids
    if test "$argv" = list
        __sigpath_list (__sigpath_processes)
    else
        __sigpath_processes
    end
end

# Names of other characters than those of ASCII, and of none that control a terminal, are not offered.
function __sigpath_comms
    for line in (command grep -zahs '' /proc/*/comm | string split0)
        set line (string replace -r '\n$' '' -- $line)
        test (count $line) -eq 1
        and not string match -qr '[^ -~]' -- $line
        and printf '%s\n' $line
    end
end

complete -c sigpath -f
complete -c sigpath -n __sigpath_is_first -a 'trace check'
complete -c sigpath -n __sigpath_in_command -x -a '(__sigpath_command)'
#@ options
