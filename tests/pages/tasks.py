#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands of README.md by task do what the page says, and the manual has the same.

tasks.py --sigpath PATH --death PATH --source DIR

Each `sudo sigpath` of the section is run as it stands there, with the numbers and names of a process of this test, and
must tell how that process died. Those of systemd and journalctl are run by tests/exports/service_page.py.
"""

import argparse
import contextlib
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SECTION = re.compile(r"^## What do you want to know\?\n(.*?)^## ", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```\n(.*?)^```", re.DOTALL | re.MULTILINE)
VICTIM = "billing"
WAIT_S = 20


def fail(why):
    raise SystemExit(f"FAIL tasks: {why}")


def until(condition, why):
    deadline = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > deadline:
            fail(why() if callable(why) else why)
        time.sleep(0.05)


def unified():
    """Where cgroup version 2 is mounted."""
    for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
        if line.split()[2] == "cgroup2":
            return pathlib.Path(line.split()[1])
    return fail("no cgroup2 is mounted")


@contextlib.contextmanager
def unit():
    """The cgroup of a unit that systemd could have made."""
    group = unified() / f"{VICTIM}.service"
    group.mkdir()
    try:
        yield group
    finally:
        group.rmdir()


class Task:
    def __init__(self, command, sigpath, directory, group):
        self.command, self.sigpath, self.directory, self.group = command, sigpath, directory, group

    def victim(self):
        """Waits in the cgroup of the unit until somebody kills it."""
        script = f"echo $$ >{self.group}/cgroup.procs; exec ./{VICTIM} wait"
        process = subprocess.Popen(["sh", "-c", script], cwd=self.directory)
        comm = pathlib.Path(f"/proc/{process.pid}/comm")
        until(lambda: comm.read_text().strip() == VICTIM, "the victim does not run")
        return process

    def words(self, pid):
        text = self.command.removeprefix("sudo ").replace("/var/log/", "")
        words = [str(pid) if word == "812" else word for word in shlex.split(text)]
        return [self.sigpath, *words[1:]]

    def output(self):
        files = [self.directory / name for name in ("out", "err", "sigpath.jsonl")]
        return "".join(file.read_text() for file in files if file.exists())

    def run(self):
        """Returns its exit status."""
        starts_it = " -- " in self.command
        process = None if starts_it else self.victim()
        with open(self.directory / "out", "wb") as out, open(self.directory / "err", "wb") as err:
            words = self.words(process.pid if process else 0)
            tracer = subprocess.Popen(words, cwd=self.directory, stdout=out, stderr=err)
        if process:
            until(lambda: "sigpath: ready" in self.output() or tracer.poll() is not None, "not ready")
            # The task about one process is about its writes.
            process.send_signal(signal.SIGTERM if "fatal" in self.command else signal.SIGPIPE)
            process.wait()
            until(self.is_told, lambda: f"{self.command}: {self.output()}")
            tracer.send_signal(signal.SIGINT)
        return tracer.wait(WAIT_S)

    def is_told(self):
        """As text or JSON."""
        return bool(re.search(rf"{VICTIM}\[\d+[^]]*\] killed by|\"comm\":\"{VICTIM}\"", self.output()))


def prepare(directory, death):
    directory.chmod(0o755)
    shutil.copy(death, directory / VICTIM)
    (directory / "Makefile").write_text(f"test:\n\t./{VICTIM} null\n")


def main():
    parser = argparse.ArgumentParser()
    for name in ("--sigpath", "--death", "--source"):
        parser.add_argument(name, required=True, type=os.path.abspath)
    arguments = parser.parse_args()
    if os.geteuid():
        print("skip tasks: needs root\n0 passed, 0 failed, 1 skipped")
        return 77
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    section = SECTION.search((pathlib.Path(arguments.source) / "README.md").read_text())
    lines = [line for block in BLOCK.findall(section[1]) for line in block.splitlines()]
    commands = [line for line in lines if line.startswith("sudo sigpath")]
    others = set(lines) - set(commands)
    page = (pathlib.Path(arguments.source) / "docs/service.md").read_text()
    for line in others:
        if line.replace(VICTIM, "nginx") not in page:
            fail(f"no test runs: {line}")
    manual = (pathlib.Path(arguments.source) / "docs/sigpath.8").read_text().replace("\\", "")
    for line in lines:
        if f"\n{line}\n" not in manual:
            fail(f"the manual does not have: {line}")
    if len(commands) < 5:
        fail(f"only {commands}")
    for command in commands:
        with tempfile.TemporaryDirectory() as work, unit() as group:
            directory = pathlib.Path(work)
            prepare(directory, arguments.death)
            task = Task(command, arguments.sigpath, directory, group)
            status = task.run()
            if not task.is_told():
                fail(f"{command}: nothing is told: {task.output()}")
            # It ends by the signal that killed the command; make has ended with 2.
            wanted = 0 if " -- " not in command else 2 if "make" in command else -signal.SIGSEGV
            if status != wanted:
                fail(f"{command}: status {status}: {task.output()}")
        print(f"ok {command}")
    print(f"{len(commands)} passed, 0 failed, 0 skipped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
