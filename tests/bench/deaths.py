#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Twelve deaths, one of each kind: what sigpath and other tools say about each, and what each tool costs.

deaths.py --sigpath PATH --death PATH [--rounds N] [--only NAME,..]

The tables of docs/performance.md. strace starts the program itself; the others watch the whole host. All of them watch
the same deaths, and strace its own. There is no pass or fail.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import pty
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import compare
import tools

NAME = "bench-death"
SAYS_MAX_S = 1.5  # that a tool may need to show a death
MEMORY = pathlib.Path("/sys/fs/cgroup")
MEMORY_MAX = str(24 << 20)
KILLS = 1000


def start(command, **options):
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


def by_itself(argument):
    return lambda death: start([death, argument])


def until_it_waits(process):
    """It calls pause() only when its program runs."""
    deadline = time.monotonic() + 5
    while "pause" not in tools.read_text(f"/proc/{process.pid}/wchan") and time.monotonic() < deadline:
        if tools.read_text(f"/proc/{process.pid}/comm").strip() == NAME:
            time.sleep(0.05)
            break
        time.sleep(0.001)


def by_kill(name):
    def die(death):
        process = start([death, "wait"])
        until_it_waits(process)
        subprocess.run(["/bin/kill", f"-{name}", str(process.pid)], check=True)
        return process

    return die


def at_terminal(act):
    """It leads the session of a terminal, whose other end ACT gets."""

    def die(death):
        master, slave = pty.openpty()
        process = start(["setsid", "--ctty", death, "wait"], stdin=slave)
        until_it_waits(process)
        os.close(slave)
        act(master)
        process.wait()
        with contextlib.suppress(OSError):
            os.close(master)
        return process

    return die


def by_key(key):
    return at_terminal(lambda master: os.write(master, key))


@contextlib.contextmanager
def memory_cgroup():
    """A cgroup with a limit, of version 1 or 2. Yields its directory."""
    first = MEMORY / "memory"
    group = (first if first.is_dir() else MEMORY) / "sigpath-bench"
    group.mkdir()
    try:
        limit = "memory.limit_in_bytes" if first.is_dir() else "memory.max"
        (group / limit).write_text(MEMORY_MAX)
        yield group
    finally:
        group.rmdir()


def by_memory(death):
    with memory_cgroup() as group:
        script = f"echo $$ >{group}/cgroup.procs; exec {death} memory"
        process = start(["sh", "-c", script])
        process.wait()
        return process


def by_namespace(death):
    """The init of its PID namespace ends."""
    script = f"{death} wait & sleep 0.3; exit 3"
    process = start(["unshare", "--pid", "--fork", "sh", "-c", script])
    process.wait()
    return process


# Name, what the line is about, and how it dies. A function returns a process that is waited for.
DEATHS = [
    ("write", "a write to a pipe without a reader", by_itself("write")),
    ("null", "reads at address 0", by_itself("null")),
    ("stack", "recursion without end", by_itself("stack")),
    ("truncated", "reads a mapped file beyond its new end", by_itself("truncated")),
    ("assertion", "a failed assert()", by_itself("assertion")),
    ("kill", "`/bin/kill -TERM`", by_kill("TERM")),
    ("timer", "an alarm without a handler", by_itself("timer")),
    ("hang-up", "its terminal goes away", at_terminal(os.close)),
    ("memory", "the memory limit of its cgroup", by_memory),
    ("cpu", "RLIMIT_CPU", by_itself("cpu")),
    ("seccomp", "a forbidden system call", by_itself("forbidden")),
    ("namespace", "the init of its PID namespace ends", by_namespace),
]

STRACE_LINES = re.compile(r"(--- SIG|\+\+\+ killed)")


def line_by_line(name, *options, ready):
    """A tool of libbpf-tools, which keeps lines in a buffer if nobody makes it write them."""
    return tools.Tool(name, "libbpf-tools", ["stdbuf", "-oL", *options], ready=ready)


def watchers(sigpath):
    return [
        tools.Tool(
            "sigpath",
            "this tree",
            [sigpath, "-s", "PIPE,fatal", "--format", "json", "--comm", NAME],
            ready="sigpath: ready",
        ),
        line_by_line("exitsnoop", "exitsnoop", "-x", ready="PCOMM"),
        line_by_line("killsnoop", "sigsnoop", "-k", ready="TPID"),
        line_by_line("sigsnoop", "sigsnoop", ready="TPID"),
        line_by_line("oomkill", "oomkill", ready="Tracing"),
    ]


def said_by_sigpath(text):
    """What a person reads first of each incident."""
    said = []
    for line in text.splitlines():
        item = json.loads(line) if line.startswith("{") else {}
        if item.get("kind") != "incident":
            continue
        frames = [frame.get("function") for frame in (item.get("stack") or {}).get("frames", [])]
        where = " < ".join(name for name in frames if name)
        said.append(f"{item['signal']['name']} {item['outcome']}: {item['cause']['text']}" + (f"; {where}" if where else ""))
    return said


def said_in_lines(text):
    return [" ".join(line.split()) for line in text.splitlines() if NAME in line]


class Watch:
    """A running tool, and what it has shown so far."""

    def __init__(self, tool, directory):
        tool.check(False)
        self.name = tool.name
        directory.mkdir()
        self.run = tools.Run(tool, False, directory, None)
        self.shown = 0

    def said(self):
        """What is new since the last call."""
        text = tools.read_text(self.run.out)
        new, self.shown = text[self.shown :], len(text)
        return said_by_sigpath(new) if self.name == "sigpath" else said_in_lines(new)


def start_all(chosen, directory):
    """Those that run here. Says why the others do not."""
    watches = []
    for tool in chosen:
        try:
            watches.append(Watch(tool, directory / tool.name))
        except tools.Failed as error:
            print(f"{tool.name} does not run here: {str(error).splitlines()[0]}\n")
    return watches


def strace_says(death, name, directory):
    log = directory / "strace"
    log.unlink(missing_ok=True)
    argument = {"kill": "wait", "hang-up": "wait", "memory": "memory", "namespace": "wait", "seccomp": "forbidden"}.get(name, name)
    if argument in ("wait", "memory"):
        return ["strace has to start the program"]
    subprocess.run(
        ["strace", "-f", "-o", log, "-e", "trace=none", death, argument], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return [line.split(maxsplit=1)[1] for line in tools.read_text(log).splitlines() if STRACE_LINES.search(line)]


def print_deaths(watches, death, deaths, directory):
    compare.print_row(["death", "tool", "what it says"])
    compare.print_row(["---"] * 3)
    for name, about, die in deaths:
        # The others see this death, too: what they say of it is not kept.
        by_strace = strace_says(death, name, directory)
        time.sleep(SAYS_MAX_S)
        for watch in watches:
            watch.said()
        die(death).wait()
        time.sleep(SAYS_MAX_S)
        said = {watch.name: watch.said() for watch in watches} | {"strace": by_strace}
        title = about
        for tool, lines in said.items():
            compare.print_row([title, tool, "<br>".join(lines).replace("|", "\\|") or "nothing"])
            title = ""
        sys.stdout.flush()


def kill_ns(death):
    return compare.run_load([death, "kills", str(KILLS)])["ns"]


def print_costs(chosen, death, rounds, directory):
    """Kills by another process, in a row: what one takes under each tool, and what the tool needs for it."""
    ratios = {tool.name: [] for tool in chosen}
    seconds = {tool.name: [] for tool in chosen}
    plain = []
    kill_ns(death)
    for turn in range(rounds):
        base = kill_ns(death)
        plain.append(base)
        for tool in chosen:
            watch = Watch(tool, directory / f"cost-{tool.name}-{turn}")
            try:
                ratios[tool.name].append(kill_ns(death) / base)
                watch.run.settle()
                seconds[tool.name].append(watch.run.cpu_s())
            finally:
                watch.run.stop()
    print()
    compare.print_row(["tool", "a start, a kill and a wait", f"CPU of the tool for {KILLS:,} deaths"])
    compare.print_row(["---"] * 3)
    compare.print_row(["untraced", f"{statistics.median(plain) / 1e3:.1f} us", ""])
    for tool in chosen:
        compare.print_row(
            [tool.name, f"{statistics.median(ratios[tool.name]):.2f}x", f"{statistics.median(seconds[tool.name]):.2f} s"]
        )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sigpath", required=True)
    parser.add_argument("--death", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    wanted = arguments.only.split(",") if arguments.only else None
    deaths = [death for death in DEATHS if not wanted or death[0] in wanted]
    # Servers and shells pass a blocked or ignored signal on.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    print(f"Kernel {platform.release()}, {os.cpu_count()} CPUs.\n")
    with tempfile.TemporaryDirectory() as work, tools.tracefs():
        directory = pathlib.Path(work)
        death = str(directory / NAME)
        shutil.copy(arguments.death, death)
        chosen = watchers(arguments.sigpath)
        watches = start_all(chosen, directory)
        chosen = [tool for tool in chosen if tool.name in {watch.name for watch in watches}]
        try:
            print_deaths(watches, death, deaths, directory)
        finally:
            for watch in watches:
                watch.run.stop()
        print_costs(chosen, death, arguments.rounds, directory)


if __name__ == "__main__":
    main()
