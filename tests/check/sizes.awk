# SPDX-License-Identifier: GPL-2.0-or-later
# Says which C files have more than 500 lines and which functions more than 60, from the line of their opening brace
# to that of the closing one: clang-format puts both at the left margin. Files that may be longer are in the file
# that -v allow= names: "path lines reason". An entry that is not needed is an error too.
BEGIN {
	while ((getline line < allow) > 0) {
		split(line, field, " ")
		if (line !~ /^#/ && field[2])
			limit[field[1]] = field[2]
	}
}

function end_of_file() {
	if (lines > (file in limit ? limit[file] : 500))
		report(file ": " lines " lines")
	if (file in limit && lines <= 500)
		report(allow ": " file " has no more than 500 lines: delete its entry")
	read[file]
}

function report(text) {
	print "FAIL sizes: " text
	failed = 1
}

FNR == 1 {
	if (file)
		end_of_file()
	file = FILENAME
	begin = 0
}
{ lines = FNR }
/^{$/ { begin = FNR }
/^}/ && begin {
	if (FNR - begin + 1 > 60)
		report(FILENAME ":" begin ": a function of " FNR - begin + 1 " lines")
	begin = 0
}

END {
	end_of_file()
	for (path in limit)
		if (!(path in read))
			report(allow ": there is no " path ": delete its entry")
	exit failed
}
