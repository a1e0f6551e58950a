#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Twelve deaths, one of each kind: what sigpath and other tools say about each, and what each tool costs.

deaths.py --sigpath PATH --death PATH [--load PATH [--rounds N]] [--only NAME,..] [--slow N]

The tables of docs/other-tools.md. strace starts the program itself; the others watch the whole host. All of them watch
the same deaths, and strace its own. systemd-coredump says something if the kernel gives it the cores. Without --load
no cost is measured: an emulated machine, where everything takes N times as long (--slow), has none that means anything.
There is no pass or fail.
"""

import argparse
import contextlib
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
import matrix
import tools

NAME = "bench-death"
SAYS_MAX_S = 1.5  # that a tool may need to show a death
CORE_PATTERN = "/proc/sys/kernel/core_pattern"
EMPTY_MAX_S = 10
FRAMES_MAX = 10  # of a stack that systemd-coredump prints, here
MEMORY = pathlib.Path("/sys/fs/cgroup")
MEMORY_MAX = str(24 << 20)


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
        # A tool that started the program may still be in it.
        deadline = time.monotonic() + EMPTY_MAX_S
        while tools.read_text(group / "cgroup.procs") and time.monotonic() < deadline:
            time.sleep(0.01)
        group.rmdir()


def by_memory(death):
    with memory_cgroup() as group:
        script = f"echo $$ >{group}/cgroup.procs; exec {death} memory"
        process = start(["sh", "-c", script])
        process.wait()
        return process


def by_namespace(death):
    """The init of its PID namespace ends."""
    script = f"{death} wait & sleep 1; exit 3"
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

# The fields of sigpath's text that are shown.
SHOWN = {"why", "sender", "fault", "core", "where", "pipe"}
VICTIM = re.compile(rf"{NAME}\[(\d+)\][^#]*")
COST_LOADS = [matrix.SYSCALL, matrix.IGNORED, matrix.KILL, matrix.FAULT, matrix.EXEC]
STRACE_LINES = re.compile(r"--- SIG|\+\+\+ killed")


def line_by_line(name, *options, ready):
    """A tool of libbpf-tools, which keeps lines in a buffer if nobody makes it write them."""
    return tools.Tool(name, "libbpf-tools", ["stdbuf", "-oL", *options], ready=ready)


def watchers(sigpath):
    return [
        tools.Tool(
            "sigpath",
            "this tree",
            [sigpath, "-s", "PIPE,fatal", "--comm", NAME],
            ready="sigpath: ready",
        ),
        line_by_line("exitsnoop", "exitsnoop", "-x", ready="PCOMM"),
        line_by_line("killsnoop", "sigsnoop", "-k", ready="TPID"),
        line_by_line("sigsnoop", "sigsnoop", ready="TPID"),
        line_by_line("oomkill", "oomkill", ready="Tracing"),
    ]


def said_by_sigpath(text):
    """Its own words, without the time, the group, the registers, and what follows from the rest."""
    said = []
    for line in text.splitlines():
        if not line.startswith(" "):
            said.append([line])
        elif said and line.startswith("     "):
            said[-1][-1] += " " + line.strip()
        elif said:
            said[-1].append(line.strip())
    shown = []
    for head, *fields in said:
        if victim := VICTIM.search(head):
            parts = [victim[0], *(field for field in fields if field.split()[0] in SHOWN)]
            shown.append("; ".join(" ".join(part.split()) for part in parts))
    return shown


def said_in_lines(text, victims):
    """Lines about a victim. Not that its parent gets SIGCHLD."""
    words = [NAME, *map(str, victims)]
    lines = [line.split() for line in text.splitlines()]
    return [" ".join(line) for line in lines if set(line).intersection(words) and line[2:4] != [NAME, "17"]]


# What is long, and says nothing of a death: the time of a line, where this run keeps its files, and the frames below main.
LONG = [
    (re.compile(r"^\d\d:\d\d:\d\d "), ""),
    (re.compile(r"\S*/tests/bench/(?=death\.c)"), ""),
    (re.compile(rf"\S*/(?={NAME} )"), "./"),
    (re.compile(r"sigpath-bench-\w{6}"), "data"),
    (re.compile(r" < \d+ frames of start-up"), ""),
    (re.compile(r" < (__libc_start_call_main|__libc_start_main\S*|_start)(?= < |$)"), ""),
    (re.compile(rf"(core\.{NAME}\.)\S+zst"), r"\1..."),
]


def shortened(text):
    for long, short in LONG:
        text = long.sub(short, text)
    return text


class Watch:
    """A running tool, and what it has shown so far."""

    def __init__(self, tool, directory):
        tool.check(False)
        self.name = tool.name
        directory.mkdir()
        self.run = tools.Run(tool, False, directory, None)
        self.shown = 0

    def said(self, victims=()):
        """What is new since the last call."""
        text = tools.read_text(self.run.out)
        new, self.shown = text[self.shown :], len(text)
        return said_by_sigpath(new) if self.name == "sigpath" else said_in_lines(new, victims)

    def stop(self):
        self.run.stop()


class Coredumps:
    """What systemd-coredump has written into the journal of each core."""

    name = "systemd-coredump"
    # Lines of an entry: a field, and a frame of the stack in its message.
    FIELD = re.compile(r"^ +(Signal|Command Line|Control Group|Storage): (.*)")
    FRAME = re.compile(r"^ +#\d+ +0x[0-9a-f]+ (.*) \(.*\)$")

    def __init__(self):
        if "systemd-coredump" not in tools.read_text(CORE_PATTERN):
            raise tools.Failed("the kernel does not give it the cores")
        self.since = time.time()

    def said(self, _=()):
        since, self.since = self.since, time.time()
        command = ["coredumpctl", "info", "--no-pager", f"--since=@{since:.0f}", NAME]
        result = subprocess.run(command, capture_output=True, text=True)
        lines = result.stdout.splitlines()
        said = [" ".join(match.groups()) for match in map(self.FIELD.match, lines) if match]
        frames = [match[1] for match in map(self.FRAME.match, lines) if match]
        if len(frames) > FRAMES_MAX:
            frames[FRAMES_MAX:] = ["..."]
        return ["; ".join([*said, " < ".join(frames)])] if said else []

    def stop(self):
        pass


def start_all(chosen, directory):
    """Those that run here. Says why the others do not."""
    watches = []
    for name, make in [
        *((tool.name, lambda tool=tool: Watch(tool, directory / tool.name)) for tool in chosen),
        (Coredumps.name, Coredumps),
    ]:
        try:
            watches.append(make())
        except tools.Failed as error:
            print(f"{name} does not run here: {str(error).splitlines()[0]}\n")
    return watches


class Strace:
    """It starts the program. With -D it is no process between the program and who started it."""

    def __init__(self, death, directory):
        self.log = directory / "strace"
        self.program = directory / "under-strace"
        command = " ".join([*tools.STRACE_DEATHS.command(False), "-D", "-o", str(self.log), death])
        self.program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        self.program.chmod(0o755)

    def says(self, die, patience_s):
        self.log.unlink(missing_ok=True)
        die(str(self.program)).wait()
        time.sleep(patience_s)
        lines = [line.split(maxsplit=1)[1] for line in tools.read_text(self.log).splitlines()]
        return [line for line in lines if STRACE_LINES.match(line) and "SIGCHLD" not in line]


def say_all(watches, victims):
    """What each says, by its name. sigpath is the first, and knows a victim that is the child of VICTIMS."""
    said = {}
    for watch in watches:
        said[watch.name] = watch.said(victims)
        victims = victims | {int(pid) for pid in VICTIM.findall(" ".join(said[watch.name]))}
    return said


def print_deaths(watches, death, deaths, by_strace, patience_s):
    tools.print_row(["death", "tool", "what it says"])
    tools.print_row(["---"] * 3)
    for name, about, die in deaths:
        victim = die(death)
        victim.wait()
        time.sleep(patience_s)
        said = say_all(watches, {victim.pid}) | {"strace": by_strace[name]}
        for tool, lines in said.items():
            if lines:
                text = "<br>".join(map(shortened, lines))
                tools.print_row([about, tool, text.replace("|", "\\|")])
                about = ""
        if silent := [tool for tool, lines in said.items() if not lines]:
            tools.print_row([about, ", ".join(silent), "nothing"])
        sys.stdout.flush()


def print_costs(bench, chosen, sigpath, rounds):
    """Each tool as a host would run it, and sigpath also where it tells each death in full, as the others do."""
    ours = [
        matrix.signals_of(sigpath, "PIPE,fatal"),
        matrix.signals_of(sigpath, "PIPE,fatal", "--burst", "0", "--rate", "0"),
    ]
    chosen = [*ours, *(tool for tool in chosen if tool.name != "sigpath")]
    measured = matrix.measure(bench, chosen, COST_LOADS, rounds, with_strace=True)
    print()
    tools.print_row(["tool", *(load.title for load in COST_LOADS), "CPU of the tool for all", "resident when idle", "start to ready"])
    tools.print_row(["---"] * (len(COST_LOADS) + 4))
    plain = measured.pop(matrix.UNTRACED)
    times = [f"{statistics.median(plain.ns[load.name]) / 1e3:,.2f} us" for load in COST_LOADS]
    tools.print_row([matrix.UNTRACED, *times, "", "", ""])
    for tool in chosen:
        under = measured[tool.name]
        name = f"sigpath {tool.name}" if tool.name.startswith("-") else tool.name
        own = [f"{statistics.median(under.cpu_s):.2f} s", matrix.resident(bench, tool), under.start()]
        tools.print_row([name, *(f"{under.ratio(load):.2f}x" for load in COST_LOADS), *own])
    ratios = [f"{measured[matrix.STRACE].ratio(load):.2f}x" for load in COST_LOADS]
    tools.print_row([matrix.STRACE, *ratios, "", "", ""])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sigpath", required=True)
    parser.add_argument("--death", required=True)
    parser.add_argument("--load")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow", type=float, default=1)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    wanted = arguments.only.split(",") if arguments.only else None
    deaths = [death for death in DEATHS if not wanted or death[0] in wanted]
    # Servers and shells pass a blocked or ignored signal on.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    print(f"Kernel {platform.release()}, {os.cpu_count()} CPUs.\n")
    with tempfile.TemporaryDirectory() as work, tools.tracefs():
        directory = pathlib.Path(work)
        directory.chmod(0o755)  # systemd-coredump looks at the program as a user of its own
        death = str(directory / NAME)
        shutil.copy(arguments.death, death)
        patience_s = SAYS_MAX_S * arguments.slow
        tools.READY_MAX_S *= arguments.slow
        # Before the others watch: they would see these deaths, too.
        strace = Strace(death, directory)
        by_strace = {name: strace.says(die, patience_s) for name, _, die in deaths}
        chosen = watchers(arguments.sigpath)
        watches = start_all(chosen, directory)
        chosen = [tool for tool in chosen if tool.name in {watch.name for watch in watches}]
        try:
            print_deaths(watches, death, deaths, by_strace, patience_s)
        finally:
            for watch in watches:
                watch.stop()
        if arguments.load:
            print_costs(compare.Bench(arguments, directory), chosen, arguments.sigpath, arguments.rounds)


if __name__ == "__main__":
    main()
