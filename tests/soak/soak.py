#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Is sigpath stable for a long time? Storms, users who attack, containers that come and go, rotation of its log, a
collector that dies, a file reader that is killed, a sigpath that is stopped: every failed write must be in the
counts, memory must not grow, victims must be shown whole at the end, and sigpath must exit promptly.

soak.py --sigpath PATH --build DIR [--minutes N] [--groups N]

--groups runs another soak after these: N groups pass through the table, as in months of a busy host. The jump of the
clock is that of a time namespace: a third of the minutes runs in one, whose monotonic clock is a day ahead. No test
sets the clock of this host. In the last third, all receivers of --to and another file fail, while Prometheus scrapes.
"""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "abuse"))

# pylint: disable=wrong-import-position
from abuse import Bench, Failed, check, default_sigpipe, expect_frames, get, until
from flood_watch import COMM, VICTIM, attacker, built, copy, run_once, seconds_of
from loads import Containers, Loads, Passing
from receivers import Receivers

ROTATION_S = 2
EXIT_S = 2.0
CLOCK_S = 1.0  # a victim's time may differ by this from that of its death
STOP_S = 20  # SIGSTOP, in a run of 10 minutes or more; else a tenth of it
# Allowed growth of memory: the last third of the run compared with the middle third.
# Incidents that wait for their turn (FOLLOW_TURN_MAX in user/command/private/follow.h) are there in one third of a
# run and not in another: 32 of 150 KiB.
TURN_KIB = 32 * 150
GROWTH_KIB = TURN_KIB + 1024
DAY_S = 86400
METRICS_S = 30
QUEUES_KIB = 4 * 4096 + GROWTH_KIB  # four receivers that do not take their items
WARM_UP_S = 30  # until all tables have been full once


def children_of(pid):
    """Any thread may have started one."""
    pids = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            pids += task.read_text().split()
    return [int(pid) for pid in pids]


def file_readers_of(pid):
    """The processes that read files for the tracer PID: children of its spawner."""
    readers = []
    for spawner in children_of(pid):
        for child in children_of(spawner):
            with contextlib.suppress(OSError):
                if pathlib.Path(f"/proc/{child}/comm").read_text().startswith("sigpath-stack"):
                    readers.append(child)
    return readers


def memory_kib(pid):
    """Resident memory; 0 if the process has ended."""
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


class SoakBench(Bench):
    """Starts thousands of processes. It forgets those that have ended, because others get their PIDs."""

    def __init__(self, name, arguments, work):
        super().__init__(name, arguments, work)
        self.spawned = []
        self.children.callback(self.kill)

    def spawn(self, *command, **options):
        options.setdefault("cwd", self.work)
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("preexec_fn", default_sigpipe)
        self.spawned = [process for process in self.spawned if process.poll() is None]
        # In a session of its own, so that kill() reaches its children.
        process = subprocess.Popen([str(word) for word in command], start_new_session=True, **options)
        self.spawned.append(process)
        return process

    def kill(self):
        for process in self.spawned:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


class Log:
    """The log of a sigpath, with rotation, and what its lines add up to."""

    def __init__(self, path):
        self.path = path
        self.rotations = 0
        self.totals = {"incident": 0, "repeat": 0, "lost": 0}
        self.nameless = 0  # deaths
        self.victims = []
        self.summary = None

    def count(self, path):
        """Adds the counts of a file that is complete."""
        for line in path.read_text().splitlines():
            if '"kind":"incident"' in line:
                self.totals["incident"] += 1
                if "/victim/" in line:
                    self.victims.append(json.loads(line))
                continue
            record = json.loads(line)
            if record["kind"] in ("repeat", "lost"):
                self.totals[record["kind"]] += record["count"]
            if record.get("outcome") == "killed" and not get(record, "process.comm"):
                self.nameless += record["count"]
            if record["kind"] == "summary":
                self.summary = record
        path.unlink()

    def rotate(self, process):
        """Rotates as logrotate does. The old file is complete when the new one exists."""
        old = self.path.with_suffix(f".{self.rotations}")
        self.path.rename(old)
        process.send_signal(signal.SIGUSR1)
        until(self.path.exists, "the new log", 20)
        # sigpath may still write a line to the old file while it opens the new one.
        time.sleep(0.1)
        self.rotations += 1
        self.count(old)


class Collector:
    """Reads a FIFO, as a second output, until it dies."""

    def __init__(self, bench):
        self.path = bench.work / "collector"
        os.mkfifo(self.path)
        self.process = bench.spawn("cat", self.path, stdout=subprocess.DEVNULL)
        self.options = ("-o", f"json:{self.path}")


class Soak:
    """One run of sigpath, and the failures that it must count."""

    def __init__(self, bench, prefix=(), options=()):
        self.bench = bench
        self.log = Log(bench.work / "log.jsonl")
        self.messages = bench.work / "messages"
        words = [*prefix, bench.sigpath, "--comm", COMM, "--epipe", "all", *options, "-o", self.log.path]
        with open(self.messages, "wb") as messages:
            self.process = bench.spawn(*words, stderr=messages)
        self.failed = 0
        self.victims = 0
        self.memory = []
        self.file_reader_kib = 0
        self.file_readers_killed = 0
        until(
            lambda: b"sigpath: ready" in self.messages.read_bytes() or self.process.poll() is not None,
            "sigpath to get ready",
        )
        check(self.process.poll() is None, f"sigpath ended: {self.messages.read_text()}")

    def victim(self, program, uid):
        run_once(program, uid)
        self.victims += 1
        self.failed += 1

    def measure(self):
        self.memory.append(memory_kib(self.process.pid))
        for child in file_readers_of(self.process.pid):
            self.file_reader_kib = max(self.file_reader_kib, memory_kib(child))

    def kill_file_reader(self):
        for child in file_readers_of(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
                self.file_readers_killed += 1

    def stop_for(self, seconds):
        """It reads nothing in this time. What has no room is counted as lost."""
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def expect_sight(self):
        """A program that nobody has seen before, as root and as a user, is shown whole."""
        shown = len(self.log.victims)
        for uid in (0, VICTIM):
            self.victim(copy(self.bench, built(self.bench, "victim"), f"last{uid}/victim"), uid)
        began = time.time()
        time.sleep(2)
        self.log.rotate(self.process)
        last = [victim for victim in self.log.victims[shown:] if "/last" in victim["process"]["exe"]]
        check(len(last) == 2, f"{len(last)} victims of 2 are whole at the end")
        for victim in last:
            expect_frames(victim, "victim_write", "victim_answer", "victim_serve", "main")
            off = seconds_of(victim["time"]) - began
            check(abs(off) < CLOCK_S, f"the time of a victim is off by {off:.3f} s")

    def end(self, number):
        """Returns how long it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        try:
            status = self.process.wait(30)
        except subprocess.TimeoutExpired:
            raise Failed("it did not end") from None
        took = time.monotonic() - began
        self.log.count(self.log.path)
        # A collector may have been too slow. check_counts() looks at the log.
        slow = any(output["dropped"] for output in self.log.summary["outputs"])
        check(
            status in (0, int(slow)), f"it ended with status {status}: {self.messages.read_text()}"
        )
        check(took <= EXIT_S, f"it took {took:.2f} s to end")
        return took

    def check_counts(self, may_drop=False):
        """MAY_DROP: the log may be too slow for some lines, if the summary counts what they counted."""
        totals = self.log.totals
        [log] = [out for out in self.log.summary["outputs"] if out["name"] == str(self.log.path)]
        check(log["failed"] == 0, f"lines could not be written: {log}")
        check(may_drop or log["dropped"] == 0, f"the log misses lines: {log}")
        accounted = sum(totals.values()) + log["dropped"]
        check(accounted == self.failed, f"{accounted} accounted for of {self.failed}: {totals}")
        check(
            len(self.log.victims) == self.victims,
            f"{len(self.log.victims)} victims of {self.victims} are whole",
        )
        check(not self.log.nameless, f"{self.log.nameless} deaths are counted without a name")

    def check_memory(self, growth_kib=GROWTH_KIB):
        third = len(self.memory) // 3
        middle = statistics.median(self.memory[third : 2 * third])
        last = statistics.median(self.memory[2 * third :])
        check(last <= middle + growth_kib, f"memory grew from {middle} to {last} KiB")
        return (
            f"{last / 1024:.1f} MB, {max(self.memory) / 1024:.1f} MB at most, "
            f"reader of files {self.file_reader_kib / 1024:.1f} MB at most"
        )

    def story(self, seconds):
        totals = self.log.totals
        return (
            f"{self.failed} broken writes in {seconds:.0f} s: {totals['incident']} whole, {totals['repeat']} counted, "
            f"{totals['lost']} lost; {len(self.log.victims)} of {self.victims} victims whole; "
            f"{self.log.rotations} rotations; {self.file_readers_killed} readers of files killed"
        )


class Clock:
    """Says when something is due that happens each EVERY_S."""

    def __init__(self, every_s):
        self.every_s = every_s
        self.next = time.monotonic() + every_s

    def is_due(self):
        if time.monotonic() < self.next:
            return False
        self.next = time.monotonic() + self.every_s
        return True


def run_loads(run, collector, seconds):
    """All that happens on a bad host, for some time."""
    begin = time.monotonic()
    program = copy(run.bench, built(run.bench, "victim"), "victim")
    rotation, victim, killing = Clock(ROTATION_S), Clock(1), Clock(max(5, seconds / 20))
    stop_s = STOP_S if seconds >= 300 else seconds / 10
    stopped = collector_died = False
    containers = Containers(run.bench)
    loads = Loads(run.bench)
    while time.monotonic() < begin + seconds or loads.are_running():
        over = time.monotonic() > begin + seconds
        run.failed += loads.step(start=not over)
        if victim.is_due():
            run.victim(program, VICTIM)
            run.failed += containers.one()
        if rotation.is_due():
            run.log.rotate(run.process)
        if killing.is_due():
            run.kill_file_reader()
        if not collector_died and time.monotonic() > begin + seconds / 3:
            collector_died = True
            collector.process.kill()
        if not stopped and time.monotonic() > begin + seconds / 2:
            stopped = True
            run.stop_for(stop_s)
        run.measure()
        time.sleep(0.1)
    return f"{loads.rounds} rounds of loads, {containers.count} containers"


def soak(bench, seconds, number, prefix):
    collector = Collector(bench)
    run = Soak(bench, prefix, collector.options)
    loads = run_loads(run, collector, seconds)
    run.expect_sight()
    took = run.end(number)
    run.check_counts()
    print(
        f"{run.story(seconds)}; {loads}; {run.check_memory()}; "
        f"{signal.Signals(number).name}: ended in {took * 1000:.0f} ms",
        flush=True,
    )


def failing_receivers(bench, seconds):
    """The log of -o is whole and in time, while every other receiver fails."""
    receivers = Receivers(bench)
    run = Soak(bench, options=receivers.options)
    receivers.fail()
    loads = Loads(bench)
    program = copy(bench, built(bench, "victim"), "victim")
    begin, scrape, victim, rotation = time.monotonic(), Clock(1), Clock(1), Clock(ROTATION_S)
    while time.monotonic() < begin + seconds or loads.are_running():
        run.failed += loads.step(start=time.monotonic() < begin + seconds)
        if victim.is_due():
            run.victim(program, VICTIM)
        if scrape.is_due():
            receivers.scrape()
        if rotation.is_due():
            run.log.rotate(run.process)
        run.measure()
        time.sleep(0.1)
    run.expect_sight()
    # Counts of many users are read by turns.
    until(lambda: receivers.events() == run.failed, "the metrics to have all events", METRICS_S)
    took = run.end(signal.SIGTERM)
    run.check_counts()
    receivers.check_counts(run.log.summary, str(run.log.path))
    receivers.stop()
    print(
        f"{run.story(seconds)}; {receivers.story(run.log.summary)}; {run.check_memory(QUEUES_KIB)}; "
        f"ended in {took * 1000:.0f} ms",
        flush=True,
    )


def months(bench, groups):
    """GROUPS groups pass through the table: those of many users, whose processes end. A short window, because a
    crowded table keeps a group for some windows: so ten times as many pass in the same time. A low rate, because
    the groups are what is tested, not the log."""
    run = Soak(bench, options=("--window", "100ms", "--rate", "10,100"))
    begin = time.monotonic()
    passing = Passing(bench, run.process.pid)
    rotation, victim = Clock(ROTATION_S), Clock(5)
    number = 0
    while passing.made() < groups or passing.are_running():
        run.failed += passing.step(start=passing.made() < groups)
        if victim.is_due():
            number += 1
            run.victim(copy(bench, built(bench, "victim"), f"{number}/victim"), VICTIM)
        if rotation.is_due():
            run.log.rotate(run.process)
        if time.monotonic() > begin + WARM_UP_S or len(run.memory) < 3:
            run.measure()
        time.sleep(0.1)
    run.expect_sight()
    made = passing.made()
    run.end(signal.SIGTERM)
    run.check_counts(may_drop=True)
    print(f"{made} groups passed; {run.story(time.monotonic() - begin)}; {run.check_memory()}", flush=True)


def case(name, arguments, function, *values):
    """True if it passed."""
    with tempfile.TemporaryDirectory(prefix="sigpath-") as directory:
        os.chmod(directory, 0o755)
        bench = SoakBench("soak", arguments, pathlib.Path(directory))
        try:
            with bench.children:
                function(bench, *values)
        except Failed as reason:
            print(f"FAIL {name}: {reason}", flush=True)
            sys.stderr.write((bench.work / "messages").read_text(errors="replace"))
            return False
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sigpath", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--groups", type=int, default=0)
    parser.set_defaults(json=None, write_stories=False)
    arguments = parser.parse_args()
    if os.geteuid():
        sys.exit("not root: sigpath cannot trace")
    seconds = arguments.minutes * 20
    ahead = ("unshare", "-T", "--monotonic", DAY_S, "--boottime", DAY_S, "--")
    passed = [
        case("soak", arguments, soak, seconds, signal.SIGINT, ()),
        case("soak, another clock", arguments, soak, seconds, signal.SIGTERM, ahead),
        case("soak, receivers that fail", arguments, failing_receivers, seconds),
    ]
    if arguments.groups:
        passed.append(case("groups", arguments, months, arguments.groups))
    print(f"{sum(passed)} passed, {len(passed) - sum(passed)} failed, 0 skipped")
    sys.exit(not all(passed))


if __name__ == "__main__":
    main()
