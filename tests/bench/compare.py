#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The cost of sigpath and of other tools, and what each sees: the tables of docs/performance.md.

compare.py --sigpath PATH --load PATH [--rounds N] [--only LOAD,..] [--tool NAME]...

In each round a load runs untraced and then under each tool in turn. So a change in the speed of
the machine affects all tools in the same way. The tables have medians of the rounds. There is no pass or fail.
"""

import argparse
import pathlib
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import matrix
import tools

# name, arguments of bench-load, the same with fewer turns for strace, EPIPE without a signal?
LOADS = [
    ("healthy system call (getppid)", ["getppid", "3000000"], ["getppid", "300000"], False),
    ("healthy send and receive", ["send-receive", "300000"], ["send-receive", "100000"], False),
    ("connect and reset over loopback", ["connect", "5000"], ["connect", "3000"], False),
    ("another signal, ignored", ["other-signal", "300000"], ["other-signal", "20000"], False),
    ("ignored SIGPIPE", ["ignored", "300000"], ["ignored", "10000"], False),
    ("ignored SIGPIPE, two threads", ["ignored", "300000", "2"], ["ignored", "5000", "2"], False),
    ("death (fork, write, be killed, wait)", ["death", "1000"], ["death", "500"], False),
    ("EPIPE on TCP, MSG_NOSIGNAL", ["nosignal", "300000"], ["nosignal", "10000"], True),
]
IDLE_S = 5
# The cost of --burst and --window, in a storm of at least a second.
STORM = ["ignored", "10000000"]
STORM_OPTIONS = [
    *(["--burst", burst, "--window", "1s"] for burst in ["1", "10", "30", "100", "1000"]),
    *(["--burst", "10", "--window", window] for window in ["100ms", "10s"]),
]


class Row:
    """The rounds of one tool under one load."""

    def __init__(self):
        self.ns, self.ratios, self.seen, self.cpu_s, self.peak_kib = [], [], [], [], []
        self.broken = 0
        self.failed = None

    def add(self, base_ns, result, seen, cpu_s, peak_kib):
        self.ns.append(result["ns"])
        self.ratios.append(result["ns"] / base_ns)
        self.seen.append(seen)
        self.cpu_s.append(cpu_s)
        self.peak_kib.append(peak_kib)
        self.broken = result["broken"]

    def cells(self):
        if self.failed:
            return [self.failed, "", "", "", ""]
        seen = "" if not self.broken else f"{statistics.median(self.seen):,.0f} of {self.broken:,}"
        cpu = "" if self.cpu_s[0] is None else f"{statistics.median(self.cpu_s):.2f} s"
        peak = "" if self.peak_kib[0] is None else f"{max(self.peak_kib) / 1024:.1f} MB"
        ratio = f"{statistics.median(self.ratios):.2f}x"
        return [f"{statistics.median(self.ns):,.1f}", ratio, seen, cpu, peak]


class Bench:
    """What all measurements share: the programs, the directory for output, the start-up times."""

    def __init__(self, arguments, directory):
        self.rounds = arguments.rounds
        self.directory = directory
        # Copies: tools distinguish them by name, sigpath by executable.
        self.load = str(directory / tools.LOAD)
        self.probe = str(directory / tools.PROBE)
        shutil.copy(arguments.load, self.load)
        shutil.copy(arguments.load, self.probe)
        self.starts = {}  # of a tool: seconds

    def start(self, tool, silent):
        tool.check(silent)
        run = tools.Run(tool, silent, self.directory, self.probe)
        self.starts.setdefault(tool.name, []).append(run.start_s)
        return run

    def measure_tool(self, row, tool, load, base_ns):
        _, arguments, _, silent = load
        run = self.start(tool, silent)
        try:
            result = tools.run_load([self.load, *arguments])
            run.settle()
            cpu_s, peak_kib = run.cpu_s(), run.peak_kib()
        finally:
            run.stop()
        row.add(base_ns, result, run.seen(tools.LOAD), cpu_s, peak_kib)

    def measure_strace(self, row, load):
        """The tool starts the load itself, so their time and memory cannot be separated."""
        _, _, arguments, silent = load
        tools.STRACE.check(silent)
        log = self.directory / "strace"
        base = tools.run_load([self.load, *arguments])
        traced = [*tools.STRACE.command(silent), "-o", str(log), self.load, *arguments]
        result = tools.run_load(traced)
        pattern = r"= -1 EPIPE" if silent else r"--- SIGPIPE"
        seen = len(re.findall(pattern, tools.read_text(log)))
        row.add(base["ns"], result, seen, None, None)

    def measure_load(self, load, chosen):
        """The rows of one load: untraced first."""
        rows = {name: Row() for name in ["untraced", *(tool.name for tool in chosen), "strace"]}
        for _ in range(self.rounds):
            base = tools.run_load([self.load, *load[1]])
            rows["untraced"].add(base["ns"], base, 0, None, None)
            rows["untraced"].broken = 0
            for tool in chosen:
                self.try_row(rows[tool.name], self.measure_tool, tool, load, base["ns"])
            self.try_row(rows["strace"], self.measure_strace, load)
        return rows

    @staticmethod
    def try_row(row, measure, *arguments):
        if row.failed:
            return
        try:
            measure(row, *arguments)
        except tools.Failed as error:
            row.failed = str(error)

    def measure_idle(self, tool):
        """An idle tool: CPU in percent, and the values of resident_kib()."""
        run = self.start(tool, False)
        try:
            run.settle()
            begin_s, begin = run.cpu_s(), time.monotonic()
            time.sleep(IDLE_S)
            percent = (run.cpu_s() - begin_s) / (time.monotonic() - begin) * 100
            return percent, run.resident_kib()
        finally:
            run.stop()


    def measure_storm(self, tool):
        """A storm under TOOL compared with an untraced storm: ratio, CPU seconds, bytes written."""
        base = tools.run_load([self.load, *STORM])
        run = self.start(tool, False)
        try:
            result = tools.run_load([self.load, *STORM])
            run.settle()
            cpu_s = run.cpu_s()
        finally:
            run.stop()
        return result["ns"] / base["ns"], cpu_s, run.out.stat().st_size


def print_loads(bench, chosen, loads):
    tools.print_row(["load", "tool", "ns per turn", "slowdown", "seen", "CPU of the tool", "its peak"])
    tools.print_row(["---"] * 7)
    for load in loads:
        name = load[0]
        for tool, row in bench.measure_load(load, chosen).items():
            tools.print_row([name, tool, *row.cells()])
            name = ""
        sys.stdout.flush()


def print_idle(bench, chosen):
    print()
    tools.print_row(["tool", "start to ready", "CPU when idle", "resident when idle", "its share"])
    tools.print_row(["---"] * 5)
    for tool in chosen:
        try:
            idle = [bench.measure_idle(tool) for _ in range(bench.rounds)]
        except tools.Failed as error:
            tools.print_row([tool.name, str(error), "", "", ""])
            continue
        start = f"{statistics.median(bench.starts[tool.name]) * 1e3:.0f} ms"
        percent = f"{statistics.median(cpu for cpu, _ in idle):.2f} %"
        memory = [
            f"{statistics.median(sizes) / 1024:.1f} MB" for sizes in zip(*(kib for _, kib in idle))
        ]
        tools.print_row([tool.name, start, percent, *memory])


def print_storm_options(bench, sigpath):
    print()
    tools.print_row(["a storm of 2 s with", "slowdown", "CPU of sigpath", "written"])
    tools.print_row(["---"] * 4)
    chosen = [tools.ourselves(sigpath, " ".join(options), *options) for options in STORM_OPTIONS]
    turns = [[bench.measure_storm(tool) for tool in chosen] for _ in range(bench.rounds)]
    for tool, measured in zip(chosen, zip(*turns)):
        ratio, cpu_s, size = (statistics.median(values) for values in zip(*measured))
        tools.print_row([f"`{tool.name}`", f"{ratio:.2f}x", f"{cpu_s:.2f} s", f"{size / 1024:,.0f} KB"])
    sys.stdout.flush()


def attach(sigpath, *options):
    """A sigpath that is ready and writes to /dev/null."""
    process = subprocess.Popen(
        [sigpath, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=tools.leave_first_cpu,
    )
    for line in process.stderr:
        if "sigpath: ready" in line:
            return process
    raise tools.Failed("sigpath did not get ready")


def detach(process):
    process.send_signal(signal.SIGINT)
    process.communicate()


def time_hook(sigpath, programs, options, event, count):
    """Run time of the hook for one event, from BPF statistics, which add some time themselves."""
    process = attach(sigpath, *options)
    try:
        times = tools.run_load([str(programs / "bench-hook-time"), event, str(count)])
    finally:
        detach(process)
    return times["median_ns"] / 1e3, times["p99_ns"] / 1e3


def time_stages(bench, sigpath, programs):
    """Times of the stages, for incidents of deaths that this run recorded with their stacks."""
    capture = bench.directory / "capture"
    process = attach(sigpath, "--burst", "0", "--comm", tools.LOAD, "--truncate", "-w", str(capture))
    try:
        tools.run_load([bench.load, "death", "100"])
    finally:
        detach(process)
    # On one CPU with the unwinding child. Otherwise the time to wake an idle CPU is included.
    return tools.run_load([str(programs / "bench-stages"), str(capture)], tools.leave_first_cpu)


def print_stages(bench, sigpath, programs):
    print()
    tools.print_row(["where the time goes, per incident", "median", "99th percentile"])
    tools.print_row(["---"] * 3)
    hooks = [
        ("hook, ignored, counted", [], "ignored", 20000),
        ("hook, ignored, whole", ["--burst", "0"], "ignored", 2000),
        ("hook, death, whole", ["--burst", "0"], "death", 500),
    ]
    for name, options, event, count in hooks:
        median, last = time_hook(sigpath, programs, options, event, count)
        tools.print_row([name, f"{median:.2f} us", f"{last:.2f} us"])
    times = time_stages(bench, sigpath, programs)
    times.pop("incidents")
    for stage, stage_times in times.items():
        median, last = stage_times["median_us"], stage_times["p99_us"]
        tools.print_row([f"user space, {stage}", f"{median:.2f} us", f"{last:.2f} us"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sigpath", required=True)
    parser.add_argument("--load", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="loads, by the first argument of bench-load")
    parser.add_argument("--tool", action="append", help="a tool by its name; may be repeated")
    arguments = parser.parse_args()
    loads = [
        load for load in LOADS if not arguments.only or load[1][0] in arguments.only.split(",")
    ]
    chosen = [
        tool
        for tool in tools.all_tools(arguments.sigpath)
        if not arguments.tool or tool.name in arguments.tool
    ]
    directories = tempfile.TemporaryDirectory(dir="/dev/shm", prefix="sigpath-bench-")
    with tools.tracefs(), directories as directory:
        bench = Bench(arguments, pathlib.Path(directory))
        print(f"Kernel {platform.release()}, medians of {arguments.rounds} rounds.\n")
        programs = pathlib.Path(arguments.load).resolve().parent
        print_loads(bench, chosen, loads)
        matrix.print_signals(bench, arguments.sigpath, arguments.rounds)
        print_idle(bench, chosen)
        print_storm_options(bench, arguments.sigpath)
        print_stages(bench, arguments.sigpath, programs)


if __name__ == "__main__":
    main()
