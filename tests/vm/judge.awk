# SPDX-License-Identifier: GPL-2.0-or-later
# Reads the console of one machine. Prints the failures, and as its last line
# `PASSED FAILED SKIPPED BOOT_SECONDS FAILED_NAMES...`. ALLOW: file of patterns of kernel lines that are no splat.
function fail(name, why) {
	failed++
	names = names " " name
	print "  FAIL " name ": " why
}

BEGIN {
	while ((getline line < ALLOW) > 0)
		if (line != "" && line !~ /^#/)
			allowed[line]
}

{ sub(/\r$/, "") }

# The kernel's own lines.
/^\[ *[0-9]+\.[0-9]+\]/ {
	if ($0 ~ /BUG:|WARNING:|Oops|lockup|LOCKUP|detected stall|self-detected|KASAN|KFENCE|UBSAN|blocked for more than|general protection|Kernel panic|Internal error/) {
		for (pattern in allowed)
			if ($0 ~ pattern)
				next
		if (!(substr($0, index($0, "]")) in seen)) {
			seen[substr($0, index($0, "]"))]
			fail("dmesg", $0)
		}
	}
	next
}

/^@@ up / { up = 1; boot = $4 }
/^@@ begin / { step = $3; counted = 0; failed_before = failed }
/^@@ end / {
	# A test that could not run at all (77) proves nothing about this kernel.
	if ($4 != 0 && failed == failed_before)
		fail($3, "exit status " $4 ": " said)
	else if (!counted && $4 == 0)
		passed++
	step = ""
}
/^@@ done/ { done = 1 }
/^@@ / { next }

step != "" && /^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
	passed += $1
	skipped += $5
	counted = 1
}
step != "" && /^FAIL / {
	name = $2
	sub(/:$/, "", name)
	why = $0
	sub(/^FAIL [^ ]+ ?/, "", why)
	fail(name, why)
	lines = 4
	next
}
lines > 0 && /^    / { print "  " substr($0, 1, 400); lines--; next }
{
	lines = 0
	said = $0
}

END {
	if (!up)
		fail("boot", "the kernel did not reach /init")
	else if (step != "")
		fail(step, "did not end: the machine stopped, or its time was over")
	else if (!done)
		fail("machine", "did not end")
	printf "%d %d %d %d%s\n", passed, failed, skipped, boot, names
}
