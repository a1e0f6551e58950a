#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A user makes 50,000 failed writes a second in 10,000 groups. Others are still reported whole."""

from abuse import case, check, main
from flood_watch import VICTIM, Watch, attacker, built, cgroup, copy, failed_writes, run_each

RATE = 50000
GROUPS = 10000
SECONDS = 15
SECONDS_SHORT = 8
VICTIMS = 60
LOG_BYTES = 1000000  # a second


def flood(bench, seconds, uid=VICTIM, **options):
    """OPTIONS are those of attacker(); UID is that of the victims."""
    victim = copy(bench, built(bench, "victim"), "victim")
    with Watch(bench) as watch:
        attack = attacker(bench, "flood", RATE, GROUPS, seconds, **options)
        run_each(victim, VICTIMS, (seconds - 1) / VICTIMS, (uid,))
        failed = failed_writes(attack)
        watch.wait_for_victims(VICTIMS)
    print(
        f"{failed} failed writes, {watch.totals}, {watch.bytes / seconds / 1e6:.2f} MB/s,"
        f" {watch.summary['skipped_stacks']} stacks skipped"
    )
    check(failed >= 10 * GROUPS, f"the attack was weak: {failed} failed writes")
    watch.expect_exact(failed + VICTIMS)
    late = watch.expect_victims(VICTIMS)
    print(f"the last victim was seen after {late * 1000:.0f} ms")
    check(watch.bytes <= LOG_BYTES * seconds, f"the log has {watch.bytes} bytes after {seconds} s")


@case
def flood_of_one_user(bench):
    flood(bench, SECONDS)


@case
def flood_of_a_thousand_subordinate_users(bench):
    flood(bench, SECONDS_SHORT, users=1000)


@case
def flood_of_a_container(bench):
    """Of root's, with its own PID namespace and cgroup. Its share is not that of root's other processes."""
    with cgroup() as group:
        flood(bench, SECONDS_SHORT, uid=0, container=group)


if __name__ == "__main__":
    main()
