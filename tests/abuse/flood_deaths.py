#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A user runs a program to death, again and again, to hide the deaths of the same program of root."""

import shutil
import threading

from abuse import case, check, main
from flood_watch import Watch, attacker, copy, failed_writes, run_each

RATE = 25  # deaths of the attacker in a second: more than --burst
DEATHS = 30  # of root


@case
def deaths_of_a_shared_program(bench):
    yes = copy(bench, shutil.which("yes"), "shared")
    seconds = DEATHS // 3
    with Watch(bench) as watch:
        attack = attacker(bench, "deaths", RATE, seconds, yes)
        run_each(yes, DEATHS, 1 / 3, (0,))
        failed = failed_writes(attack)
    watch.expect_exact(failed + DEATHS)
    shown = watch.whole[0]
    check(shown == DEATHS, f"{shown} deaths of root of {DEATHS} are whole")
    watch.expect_names()


if __name__ == "__main__":
    main()
