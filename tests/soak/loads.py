# SPDX-License-Identifier: GPL-2.0-or-later
"""What a sigpath meets on a bad host: storms, users who attack, containers that come and go."""

import contextlib
import json
import os
import re
import shutil
import subprocess

from abuse import NOBODY, Failed, check, default_sigpipe
from flood_watch import COMM, attacker, built, cgroup2, copy

ANOTHER = 2  # the uid of one more user who attacks
FIRST_UID = 20001  # of the users whose groups pass
PASSING_USERS = 32
PASSING_GROUPS = 8192  # of each of them in a round
PASSING_RATE = 1500  # groups a second of each


def reaped(processes):
    """Takes those that have ended out of PROCESSES, and returns the sum of their failed writes."""
    failed = 0
    for process in [process for process in processes if process.poll() is not None]:
        processes.remove(process)
        said = process.stdout.read().decode()
        check(process.returncode == 0, f"a load exited with {process.returncode}")
        failed += int(re.search(r'"(?:failed|broken)": (\d+)', said)[1])
        process.stdout.close()
    return failed


class Loads:
    """Rounds of all loads at the same time. The next round starts when the last load has ended."""

    def __init__(self, bench):
        self.bench = bench
        self.rounds = 0
        self.running = []
        self.load = copy(bench, bench.build / "tests" / "bench" / "bench-load", "load")
        self.yes = copy(bench, shutil.which("yes"), "shared")

    def are_running(self):
        return bool(self.running)

    def step(self, start):
        """Returns how many writes of loads that have ended have failed."""
        if start and not self.running:
            self._start()
        return reaped(self.running)

    def _start(self):
        self.rounds += 1
        for words in ("ignored 300000 2", "nosignal 50000", "death 150", "connect 500"):
            self.running.append(self.bench.spawn(self.load, *words.split(), stdout=subprocess.PIPE))
        die = built(self.bench, "die")
        self.running += [
            attacker(self.bench, "flood", 20000, 5000, 4),
            attacker(self.bench, "flood", 10000, 2000, 4, users=1000),
            attacker(self.bench, "programs", 500, die),
            attacker(self.bench, "deaths", 50, 4, self.yes),
            attacker(self.bench, "passing", 20000, 0, uid=ANOTHER),
        ]


class Containers:
    """Each has a mount namespace, a PID namespace, a file system and a cgroup that nobody has seen before. Its only
    program dies of SIGPIPE."""

    def __init__(self, bench):
        self.bench = bench
        self.count = 0
        self.victim = built(bench, "victim")
        self.root = bench.work / "container"
        self.root.mkdir()
        self.cgroups = cgroup2()

    def one(self):
        """Runs one, and returns how many writes have failed."""
        self.count += 1
        group = self.cgroups / f"soak-{os.getpid()}-{self.count}" if self.cgroups else None
        script = (
            f'mount -t tmpfs none "{self.root}" && cp "{self.victim}" "{self.root}/{COMM}" && '
            f'"{self.root}/{COMM}"; exit $?'  # not exec: a signal does not kill PID 1
        )

        def enter():
            default_sigpipe()
            if group:
                (group / "cgroup.procs").write_text(str(os.getpid()))

        read, write = os.pipe()
        os.close(read)
        if group:
            group.mkdir()
        try:
            done = subprocess.run(
                ["unshare", "--mount", "--pid", "--fork", "sh", "-c", script],
                stdout=write, preexec_fn=enter, check=False,
            )
        finally:
            os.close(write)
            with contextlib.suppress(OSError):
                group and group.rmdir()
        check(done.returncode in (-13, 141), f"a container ended with {done.returncode}")
        return 1


class Passing:
    """Many users whose processes live for a moment, so that groups come and go."""

    def __init__(self, bench, pid):
        self.bench = bench
        self.pid = pid
        self.running = []

    def are_running(self):
        return bool(self.running)

    def made(self):
        """How many groups had a place in the table, as the programs in the kernel count."""
        dump = subprocess.run(
            ["bpftool", "-j", "map", "dump", "name", "sigpath_.bss"], capture_output=True, text=True, check=False
        )
        if dump.returncode:
            raise Failed(f"bpftool: {dump.stdout or dump.stderr}")
        return int(re.search(r'"limit_groups_made":\s*"?(\d+)', dump.stdout)[1])

    def step(self, start):
        while start and len(self.running) < PASSING_USERS:
            uid = next(uid for uid in range(FIRST_UID, FIRST_UID + PASSING_USERS) if uid not in self.uids())
            process = attacker(self.bench, "passing", PASSING_GROUPS, PASSING_RATE, uid=uid)
            process.uid = uid
            self.running.append(process)
        return reaped(self.running)

    def uids(self):
        return {process.uid for process in self.running}
