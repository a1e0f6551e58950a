#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What sigpath costs today, beside its budget: a table for each run of CI.

budgets.py --sigpath PATH --load PATH [--rounds N]

No figure passes or fails: a busy machine shows other ones. The notes of a change repeat those that it moves.
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import compare
import matrix
import tools

# The largest slowdown under each load.
BUDGETS = {
    "ignored SIGPIPE": 1.35,
    "ignored SIGPIPE, two threads": 1.80,
    "another signal, ignored": 1.22,
    "death (fork, write, be killed, wait)": 1.08,
    "connect and reset over loopback": 1.08,
    "EPIPE on TCP, MSG_NOSIGNAL": 1.40,
    "vfork, exec, exit, wait": 1.01,
}
VFORK = ("vfork, exec, exit, wait", ["vfork", "1000"], [], False)
# The same with `-s PIPE,fatal`.
FATAL = "-s PIPE,fatal"
FATAL_BUDGETS = [
    (matrix.SYSCALL, 1.01),
    (matrix.IGNORED, 1.22),
    (matrix.HANDLED, 1.22),
    (matrix.KILL, 1.08),
    (matrix.EXEC, 1.01),
]
READY_MS, IDLE_MB, FIRST_STACK_MS = 40, 6, 15


def slowdowns(bench, tool, load, rounds):
    row = compare.Row()
    for _ in range(rounds):
        bench.measure_tool(row, tool, load, tools.run_load([bench.load, *load[1]])["ns"])
    return row.ratios


def print_slowdown(name, ratios, budget):
    now, low, high = statistics.median(ratios), min(ratios), max(ratios)
    tools.print_row([name, f"{now:.2f}x", f"{low:.2f}x to {high:.2f}x", f"{budget:.2f}x"])
    sys.stdout.flush()


def print_fatal(bench, sigpath, rounds):
    tool = matrix.signals_of(sigpath, "PIPE,fatal")
    under = matrix.measure(bench, [tool], [load for load, _ in FATAL_BUDGETS], rounds)[tool.name]
    for load, budget in FATAL_BUDGETS:
        print_slowdown(f"{load.title}, `{FATAL}`", under.ratios[load.name], budget)
    ready_ms = statistics.median(under.start_s) * 1e3
    tools.print_row([f"start to ready, `{FATAL}`", f"{ready_ms:.0f} ms", "", f"{READY_MS} ms"])


def first_stack_ms(programs):
    text = subprocess.run(
        [programs / "stack-bench", "C"], check=True, capture_output=True, text=True
    ).stdout
    return float(re.search(r"^\| C \| \d+ \| ([\d.]+) \|", text, re.MULTILINE)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sigpath", required=True)
    parser.add_argument("--load", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    programs = pathlib.Path(arguments.load).resolve().parent
    directories = tempfile.TemporaryDirectory(dir="/dev/shm", prefix="sigpath-bench-")
    with tools.tracefs(), directories as directory:
        bench = compare.Bench(arguments, pathlib.Path(directory))
        tool = tools.ourselves(arguments.sigpath, "sigpath")
        tools.print_row(["cost", "now", "smallest to largest", "budget"])
        tools.print_row(["---"] * 4)
        for load in (load for load in [*compare.LOADS, VFORK] if load[0] in BUDGETS):
            ratios = slowdowns(bench, tool, load, arguments.rounds)
            print_slowdown(load[0], ratios, BUDGETS[load[0]])
        print_fatal(bench, arguments.sigpath, arguments.rounds)
        _, (resident, _) = bench.measure_idle(tool)
        ready_ms = statistics.median(bench.starts["sigpath"]) * 1e3
        tools.print_row(["start to ready", f"{ready_ms:.0f} ms", "", f"{READY_MS} ms"])
        tools.print_row(["idle", f"{resident / 1024:.1f} MB", "", f"{IDLE_MB} MB"])
        first = first_stack_ms(programs)
        tools.print_row(["first stack", f"{first:.1f} ms", "", f"{FIRST_STACK_MS} ms"])


if __name__ == "__main__":
    main()
