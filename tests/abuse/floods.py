#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A user makes 50,000 failed writes a second in 10,000 groups. Others are still reported whole."""

from abuse import case, check, main
from flood_watch import VICTIM, Watch, attacker, built, copy, failed_writes, run_each

RATE = 50000
GROUPS = 10000
SECONDS = 15
VICTIMS = 60
LOG_BYTES = 1000000  # a second


def flood(bench, users=0):
    victim = copy(bench, built(bench, "victim"), "victim")
    with Watch(bench) as watch:
        attack = attacker(bench, "flood", RATE, GROUPS, SECONDS, users=users)
        run_each(victim, VICTIMS, (SECONDS - 1) / VICTIMS, (VICTIM,))
        failed = failed_writes(attack)
    print(
        f"{failed} failed writes, {watch.totals}, {watch.bytes / SECONDS / 1e6:.2f} MB/s,"
        f" {watch.summary['skipped_stacks']} stacks skipped"
    )
    check(failed >= 10 * GROUPS, f"the attack was weak: {failed} failed writes")
    watch.expect_exact(failed + VICTIMS)
    late = watch.expect_victims(VICTIMS)
    print(f"the last victim was seen after {late * 1000:.0f} ms")
    check(watch.bytes <= LOG_BYTES * SECONDS, f"the log has {watch.bytes} bytes after {SECONDS} s")


@case
def flood_of_one_user(bench):
    flood(bench)


@case
def flood_of_a_thousand_subordinate_users(bench):
    flood(bench, users=1000)


if __name__ == "__main__":
    main()
