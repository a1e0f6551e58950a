#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Is sigpath stable for a long time? Runs storms on all CPUs, deaths, short-lived processes and log rotation for
some minutes. Every failed write must be in the counts, memory must not grow, and sigpath must exit promptly.

soak.py --sigpath PATH --load PATH [--minutes N]
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

NAME = "soak-load"
# Arguments of bench-load. All of them run at the same time, in a loop.
LOADS = [["ignored", "300000", "2"], ["nosignal", "50000"], ["death", "150"], ["connect", "500"]]
ROTATION_S = 2
EXIT_S = 1.0
# Allowed growth of memory: the last third of the run compared with the middle third.
GROWTH_KIB = 1024


class Failed(Exception):
    """sigpath failed the test."""


def memory_kib(pid):
    """Resident memory of the process and of its child process, which reads ELF files."""
    total = 0
    children = []
    # Any thread may have started the child.
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        children += task.read_text().split()
    for process in [str(pid), *children]:
        for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1])
    return total


class Soak:
    """One run of sigpath, and the failures that it must count."""

    def __init__(self, arguments, directory):
        self.directory = directory
        self.log = directory / "log.jsonl"
        self.load = directory / NAME
        shutil.copy(arguments.load, self.load)
        self.messages = open(directory / "messages", "wb")
        self.process = subprocess.Popen(
            [arguments.sigpath, "--comm", NAME, "--epipe", "all", "-o", str(self.log)],
            stderr=self.messages,
        )
        self.broken = self.rotations = 0
        self.dropped = None  # of the summary, which ends the last file
        self.memory = []
        self.totals = {"incident": 0, "repeat": 0, "lost": 0}

    def wait_ready(self):
        end = time.monotonic() + 30
        while "sigpath: ready" not in (self.directory / "messages").read_text():
            if time.monotonic() > end or self.process.poll() is not None:
                raise Failed("sigpath did not get ready")
            time.sleep(0.02)

    def count(self, path):
        """Adds the counts of a file that is complete."""
        for line in path.read_text().splitlines():
            record = json.loads(line)
            if record["kind"] == "incident":
                self.totals["incident"] += 1
            elif record["kind"] in ("repeat", "lost"):
                self.totals[record["kind"]] += record["count"]
            elif record["kind"] == "summary":
                self.dropped = record["dropped"]
        path.unlink()

    def rotate(self):
        """Rotates as logrotate does. The old file is complete when the new one exists."""
        old = self.log.with_suffix(f".{self.rotations}")
        self.log.rename(old)
        self.process.send_signal(signal.SIGUSR1)
        end = time.monotonic() + 5
        while not self.log.exists():
            if time.monotonic() > end:
                raise Failed("the log was not opened anew")
            time.sleep(0.01)
        # sigpath may still write a line to the old file while it opens the new one.
        time.sleep(0.1)
        self.rotations += 1
        self.count(old)

    def start_loads(self):
        return [
            subprocess.Popen([str(self.load), *load], stdout=subprocess.PIPE, text=True)
            for load in LOADS
        ]

    def run(self, seconds):
        end = time.monotonic() + seconds
        next_rotation = time.monotonic() + ROTATION_S
        loads = []
        while loads or time.monotonic() < end:
            if not loads:
                loads = self.start_loads()
            for load in [load for load in loads if load.poll() is not None]:
                if load.returncode:
                    raise Failed(f"a load exited with {load.returncode}")
                self.broken += json.loads(load.stdout.read())["broken"]
                loads.remove(load)
            if time.monotonic() >= next_rotation:
                self.rotate()
                next_rotation += ROTATION_S
            self.memory.append(memory_kib(self.process.pid))
            time.sleep(0.2)

    def stop(self, number):
        began = time.monotonic()
        self.process.send_signal(number)
        try:
            status = self.process.wait(30)
        except subprocess.TimeoutExpired as error:
            self.process.kill()
            raise Failed("it did not end") from error
        took = time.monotonic() - began
        self.count(self.log)
        if status:
            raise Failed(f"it ended with status {status}")
        if took > EXIT_S:
            raise Failed(f"it took {took:.2f} s to end")
        return took

    def check(self):
        accounted = sum(self.totals.values())
        if accounted != self.broken:
            raise Failed(f"{accounted} accounted for of {self.broken}: {self.totals}")
        if self.dropped != 0:
            raise Failed(f"the summary counts {self.dropped} items dropped for a file")
        third = len(self.memory) // 3
        middle = statistics.median(self.memory[third : 2 * third])
        last = statistics.median(self.memory[2 * third :])
        if last > middle + GROWTH_KIB:
            raise Failed(f"memory grew from {middle} to {last} KiB")
        return f"{last / 1024:.1f} MB, {max(self.memory) / 1024:.1f} MB at most"


def soak(arguments, seconds, number):
    with tempfile.TemporaryDirectory(prefix="sigpath-") as directory:
        run = Soak(arguments, pathlib.Path(directory))
        try:
            run.wait_ready()
            run.run(seconds)
            took = run.stop(number)
            memory = run.check()
        finally:
            run.process.kill()
            run.messages.close()
    print(
        f"{run.broken} broken writes in {seconds:.0f} s: {run.totals['incident']} whole, "
        f"{run.totals['repeat']} counted, {run.totals['lost']} lost; {run.rotations} rotations; "
        f"{memory}; {signal.Signals(number).name}: ended in {took * 1000:.0f} ms",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sigpath", required=True)
    parser.add_argument("--load", required=True)
    parser.add_argument("--minutes", type=float, default=5)
    arguments = parser.parse_args()
    if os.geteuid():
        sys.exit("not root: sigpath cannot trace")
    counts = {"passed": 0, "failed": 0}
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            soak(arguments, arguments.minutes * 30, number)
            counts["passed"] += 1
        except Failed as reason:
            print(f"FAIL soak: {reason}")
            counts["failed"] += 1
    print(f"{counts['passed']} passed, {counts['failed']} failed, 0 skipped")
    sys.exit(counts["failed"] > 0)


if __name__ == "__main__":
    main()
