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
import tools

# A load of bench-load, the options of sigpath, and the budget of its slowdown.
BUDGETS = [
    ("ignored SIGPIPE", ["ignored", "300000"], [], 1.35),
    ("ignored SIGPIPE, two threads", ["ignored", "300000", "2"], [], 1.80),
    ("another signal, ignored", ["other-signal", "300000"], [], 1.22),
    ("death", ["death", "1000"], [], 1.08),
    ("connect and reset", ["connect", "5000"], [], 1.08),
    ("EPIPE on TCP, --epipe all", ["nosignal", "300000"], ["--epipe", "all"], 1.40),
    ("vfork, exec, exit, wait", ["vfork", "1000"], [], 1.01),
]
READY_MS, IDLE_MB, FIRST_STACK_MS = 40, 6, 15


def slowdown(bench, arguments, options, rounds):
    """The median, and the smallest and largest ratio."""
    tool = tools.ourselves(bench.sigpath, "sigpath", *options)
    ratios = []
    for _ in range(rounds):
        base = compare.run_load([bench.load, *arguments])["ns"]
        run = bench.start(tool, False)
        try:
            ratios.append(compare.run_load([bench.load, *arguments])["ns"] / base)
            run.settle()
        finally:
            run.stop()
    return statistics.median(ratios), min(ratios), max(ratios)


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
        bench.sigpath = arguments.sigpath
        compare.print_row(["cost", "now", "smallest to largest", "budget"])
        compare.print_row(["---"] * 4)
        for name, words, options, budget in BUDGETS:
            middle, low, high = slowdown(bench, words, options, arguments.rounds)
            compare.print_row(
                [name, f"{middle:.2f}x", f"{low:.2f}x to {high:.2f}x", f"{budget:.2f}x"]
            )
            sys.stdout.flush()
        _, (resident, _) = bench.measure_idle(tools.ourselves(arguments.sigpath, "sigpath"))
        ready_ms = statistics.median(bench.starts["sigpath"]) * 1e3
        compare.print_row(["start to ready", f"{ready_ms:.0f} ms", "", f"{READY_MS} ms"])
        compare.print_row(["idle", f"{resident / 1024:.1f} MB", "", f"{IDLE_MB} MB"])
        first = first_stack_ms(programs)
        compare.print_row(["first stack", f"{first:.1f} ms", "", f"{FIRST_STACK_MS} ms"])


if __name__ == "__main__":
    main()
