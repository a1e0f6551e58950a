#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A user fills the table of groups. The first incident of another user's group is still whole."""

import contextlib
import json
import pathlib
import re
import subprocess
import time

from abuse import case, check, main, until
from flood_watch import UIDS, VICTIM, Watch, attacker, built, cgroup, copy, failed_writes, run_once

GROUPS = 9000  # more than the table of any version has had
BURST = 10  # of a group in its window, unless --burst says otherwise
IDLE_S = 60  # a group that is idle for so long is deleted
RATE = 100  # incidents a second of one owner, unless --rate says otherwise


def expect_sight(bench, watch):
    """Two victims, each an executable of its own, as root and as another user."""
    for uid in (0, VICTIM):
        run_once(copy(bench, built(bench, "victim"), f"{uid}/victim"), uid)
    watch.wait_for_victims(2)


def expect_all(watch, failed):
    """The two victims in full, and everything counted: FAILED writes of the attacker, and theirs."""
    watch.expect_victims(2, seconds=5)
    watch.expect_exact(failed + 2)


@case
def executables_in_memory(bench):
    with Watch(bench) as watch:
        failed = failed_writes(attacker(bench, "programs", GROUPS, built(bench, "die")))
        expect_sight(bench, watch)
    expect_all(watch, failed)
    watch.expect_names()
    watch.expect_warning()


@case
def executables_of_a_thousand_users(bench):
    with Watch(bench) as watch:
        attack = attacker(bench, "programs", GROUPS, built(bench, "die"), users=1000)
        failed = failed_writes(attack)
        expect_sight(bench, watch)
    expect_all(watch, failed)
    watch.expect_names()


@case
def real_uids_of_the_host(bench):
    """A user with subordinate uids becomes each of them outside of the namespace too, by set-user-ID
    programs that root of the namespace has made."""
    directory = bench.work / "identities"
    directory.mkdir()
    directory.chmod(0o777)
    bench.work.chmod(0o755)
    with Watch(bench) as watch:
        attack = attacker(bench, "identities", GROUPS, built(bench, "die"), directory, users=UIDS - 1)
        failed = failed_writes(attack)
        expect_sight(bench, watch)
    expect_all(watch, failed)
    watch.expect_names()


@case
def uids_of_a_container(bench):
    """Root of a container of root's has every uid, and makes user namespaces as each of them. They are still one
    owner, and no share of a user of the host."""
    with cgroup() as group, Watch(bench) as watch:
        begin = time.monotonic()
        die = copy(bench, built(bench, "die"), "die")
        failed = failed_writes(attacker(bench, "namespaces", 1000, die, container=group))
        seconds = time.monotonic() - begin
        expect_sight(bench, watch)
    expect_all(watch, failed)
    whole = watch.totals["incident"] - 2
    check(whole <= RATE * (seconds + 1), f"{whole} incidents are whole in {seconds:.1f} s")
    watch.expect_names()


@case
def places_in_one_process(bench):
    with Watch(bench) as watch:
        failed = failed_writes(attacker(bench, "sites", GROUPS))
        expect_sight(bench, watch)
    expect_all(watch, failed)


@case
def words_on_a_stack(bench):
    """They are under the attacker's control, so they make no group."""
    with Watch(bench) as watch:
        failed = failed_writes(attacker(bench, "words", GROUPS))
        expect_sight(bench, watch)
    expect_all(watch, failed)
    whole = watch.totals["incident"] - 2
    check(whole <= 20, f"{whole} incidents of one place are whole")


@case
def processes_that_pass(bench):
    """More groups than any table holds, each of a process that lives for a moment."""
    with Watch(bench) as watch:
        failed = failed_writes(attacker(bench, "passing", 300000, 0))
        expect_sight(bench, watch)
    expect_all(watch, failed)


def groups_of(pid):
    """How many groups the kernel's table of the sigpath PID has."""
    maps = set()
    for info in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
        with contextlib.suppress(OSError):  # it has been closed
            maps.update(re.findall(r"^map_id:\s*(\d+)", info.read_text(), re.MULTILINE))
    for number in maps:
        words = ("bpftool", "-j", "map")
        shown = json.loads(subprocess.check_output([*words, "show", "id", number]))
        if shown["name"] == "group_index":
            return len(json.loads(subprocess.check_output([*words, "dump", "id", number])))
    return None


@case
def groups_without_events(bench):
    """A quiet host with few groups: nothing wakes sigpath until something is counted. Then what was idle for a minute
    goes."""
    programs = [copy(bench, built(bench, "victim"), f"{number}/victim") for number in range(20)]
    with Watch(bench) as watch:
        for program in programs:
            run_once(program, VICTIM)
        until(lambda: groups_of(watch.process.pid) == len(programs), "the groups of the programs")
        time.sleep(IDLE_S + 2)
        check(groups_of(watch.process.pid) == len(programs), "the groups are gone before the next event")
        for _ in range(BURST + 5):
            run_once(programs[0], VICTIM)
        until(lambda: groups_of(watch.process.pid) == 1, "the idle groups to go")
        run_once(programs[1], VICTIM)
        watch.wait_for_victims(len(programs) + BURST + 1)
    watch.expect_exact(len(programs) + BURST + 5 + 1)
    check(watch.totals["repeat"], "nothing was counted")


if __name__ == "__main__":
    main()
