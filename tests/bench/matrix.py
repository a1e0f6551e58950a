# SPDX-License-Identifier: GPL-2.0-or-later
"""Several loads under several tools, each round in one go: what a signal or a death costs under each.

A tool starts once in a round and then meets all loads. The order of the tools turns around in each round, so a machine
that becomes slower meanwhile favours none. A ratio is that of a tool and of no tool in the same round.
"""

import statistics

import tools

UNTRACED = "untraced"
STRACE = "strace"


class Load:
    """TURNS of the load NAME of bench-load, and fewer for strace, which needs a thousand times as long."""

    def __init__(self, title, name, turns, fewer):
        self.title = title
        self.name = name
        self.arguments = [name, str(turns)]
        self.fewer = [name, str(fewer)]


SYSCALL = Load("healthy system call (getppid)", "getppid", 3000000, 100000)
IGNORED = Load("another signal, ignored", "other-signal", 300000, 10000)
HANDLED = Load("another signal, handled", "handled-signal", 300000, 10000)
PIPE = Load("death by SIGPIPE (fork, write, be killed, wait)", "death", 1000, 300)
KILL = Load("death by SIGKILL (fork, be killed, wait)", "kill", 1000, 300)
FAULT = Load("death by SIGSEGV (fork, read at address 0, wait)", "fault", 1000, 300)
EXEC = Load("vfork, exec, exit, wait", "vfork", 1000, 300)
ENDS_NOTHING = [SYSCALL, IGNORED, HANDLED]
ALL = [*ENDS_NOTHING, PIPE, KILL, FAULT, EXEC]


class Under:
    """What was measured under one tool."""

    def __init__(self):
        self.ns, self.ratios = {}, {}  # of a load's name: one for each round
        self.cpu_s, self.start_s = [], []

    def add(self, times, base):
        for name, ns in times.items():
            self.ns.setdefault(name, []).append(ns)
            self.ratios.setdefault(name, []).append(ns / base[name])

    def ratio(self, load):
        return statistics.median(self.ratios[load.name])

    def start(self):
        return f"{statistics.median(self.start_s) * 1e3:.0f} ms"

    def range(self, load):
        return min(self.ratios[load.name]), max(self.ratios[load.name])


def signals_of(sigpath, signals, *options):
    """A sigpath with `-s SIGNALS`, named by its options."""
    words = ["-s", signals, *options]
    return tools.ourselves(sigpath, " ".join(words), *words)


def run_all(bench, loads):
    return {load.name: tools.run_load([bench.load, *load.arguments])["ns"] for load in loads}


def run_under(bench, under, tool, loads):
    run = bench.start(tool, False)
    try:
        times = run_all(bench, loads)
        run.settle()
        under.cpu_s.append(run.cpu_s())
    finally:
        run.stop()
    under.start_s.append(run.start_s)
    return times


def run_strace(bench, loads):
    """It starts the load itself. Times under it, and without it for as few turns."""
    command = [*tools.STRACE_DEATHS.command(False), "-o", str(bench.directory / "strace"), bench.load]
    traced = {load.name: tools.run_load([*command, *load.fewer])["ns"] for load in loads}
    return traced, {load.name: tools.run_load([bench.load, *load.fewer])["ns"] for load in loads}


def measure(bench, chosen, loads, rounds, with_strace=False):
    """What each tool costs, by its name; UNTRACED is among them."""
    result = {name: Under() for name in [UNTRACED, *(tool.name for tool in chosen)]}
    run_all(bench, loads)
    for turn in range(rounds):
        times = {}
        order = [None, *chosen]
        for tool in reversed(order) if turn % 2 else order:
            name = tool.name if tool else UNTRACED
            times[name] = run_under(bench, result[name], tool, loads) if tool else run_all(bench, loads)
        for name, measured in times.items():
            result[name].add(measured, times[UNTRACED])
        if with_strace:
            result.setdefault(STRACE, Under()).add(*run_strace(bench, loads))
    return result


def resident(bench, tool):
    return f"{bench.measure_idle(tool)[1][0] / 1024:.1f} MB"


def print_signals(bench, sigpath, rounds):
    """What `-s PIPE,fatal` costs, beside `-s PIPE`."""
    chosen = [signals_of(sigpath, signals) for signals in ("PIPE", "PIPE,fatal")]
    measured = measure(bench, chosen, ALL, rounds)
    print()
    tools.print_row(["cost", "without", *(f"`{tool.name}`" for tool in chosen), "smallest to largest of the last"])
    tools.print_row(["---"] * 5)
    for load in ALL:
        ratios = [f"{measured[tool.name].ratio(load):.2f}x" for tool in chosen]
        base = statistics.median(measured[UNTRACED].ns[load.name])
        last = measured[chosen[-1].name].range(load)
        tools.print_row([load.title, f"{base:,.0f} ns", *ratios, "{:.2f}x to {:.2f}x".format(*last)])
    tools.print_row(["start to ready", "", *(measured[tool.name].start() for tool in chosen), ""])
    tools.print_row(["resident when idle", "", *(resident(bench, tool) for tool in chosen), ""])
