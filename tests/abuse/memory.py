#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What does a run do whose Nth allocation fails, for each N?

It does not crash, does not hang, writes no malformed line, and loses nothing in silence: either all is
there, or what is missing is counted and said, and the status is not 0. A stack may be missing, with a
reason."""

import json
import mmap
import os
import re
import signal
import struct
import subprocess
import time

from abuse import case, check, fail, get, main, until

JOBS = 3
# The most allocations of a run that fail one by one.
REPLAY_MAX, LIVE_MAX = 2000, 300
# A number that no run reaches.
NEVER = 10_000_000

OPTIONS = ("--comm", "broken-writer", "--format", "json")


def library(bench):
    return bench.build / "tests" / "abuse" / "failing-alloc.so"


def environment(bench, **more):
    return {
        **os.environ,
        "LD_PRELOAD": str(library(bench)),
        # A library before the sanitizer's, and an allocator that may fail.
        "ASAN_OPTIONS": "verify_asan_link_order=0:allocator_may_return_null=1",
        **more,
    }


def capture_of(bench):
    """Two incidents with stacks and nineteen repeats."""
    if not hasattr(bench, "capture"):
        bench.capture = bench.work / "capture"
        words = [*OPTIONS, "--burst", "1", "--window", "200ms", "-w", bench.capture, "-o", bench.work / "live.jsonl"]
        with open(bench.work / "err", "wb") as errors:
            process = bench.spawn(bench.sigpath, *words, stderr=errors)
        until(lambda: "ready" in (bench.work / "err").read_text(), "ready")
        writer = bench.build / "tests" / "cli" / "broken-writer"
        bench.run("sh", "-c", f"{writer} -d 1; {writer} 20", timeout=60)
        until(lambda: (bench.work / "live.jsonl").read_text().count('"kind":"incident"') == 2, "two incidents")
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        check(process.wait(20) == 0, (bench.work / "err").read_text())
    return bench.capture


class Result:
    def __init__(self, directory, status):
        self.status = status
        self.errors = (directory / "err").read_text(errors="replace")
        self.lines = {}
        for name in ("out", "out.jsonl", "out.txt", "out.log"):
            path = directory / name
            self.lines[name] = path.read_bytes() if path.exists() else b""

    def records(self, name):
        """The lines of JSON. Each must be whole."""
        data = self.lines[name]
        check(not data or data.endswith(b"\n"), f"{name}: the last line is not whole")
        try:
            return [json.loads(line) for line in data.splitlines()]
        except ValueError as error:
            return fail(f"{name}: {error}")


def essence(records):
    """What must not be lost."""
    return sorted(
        [(r["kind"], r["id"], r["outcome"]) for r in records if r["kind"] == "incident"]
        + [(r["kind"], str(r["count"]), r["outcome"]) for r in records if r["kind"] == "repeat"]
    )


def is_counted(result):
    """A number of missing items, in the summary or in the closing line; or the run says why it could not start."""
    counts = [int(number) for number in re.findall(r"(\d+) (?:dropped|unwritten|malformed)", result.errors)]
    for name in ("out", "out.jsonl"):
        for record in result.records(name):
            if record["kind"] == "summary":
                counts += [record["dropped"], record["unwritten"], record["malformed"]]
    return any(counts) or re.search(
        r"^sigpath: .*(out of memory|Cannot allocate memory|cannot start a thread)", result.errors, re.MULTILINE
    )


def judge(result, whole):
    """WHOLE: the result of a run without failures."""
    check(os.WIFEXITED(result.status), f"killed by {os.WTERMSIG(result.status)}: {result.errors}")
    check("Sanitizer" not in result.errors and "runtime error" not in result.errors, result.errors)
    status = os.WEXITSTATUS(result.status)
    complete = all(
        essence(result.records(name)) == essence(whole.records(name)) for name in ("out", "out.jsonl")
    ) and all(
        result.lines[name].count(b"SIGPIPE ") == whole.lines[name].count(b"SIGPIPE ") for name in ("out.txt", "out.log")
    )
    if complete:
        check(status in (0, 1), f"status {status}")
        check(status == 0 or result.errors.strip(), "all is there, but the status is 1 without a word")
        return
    check(status != 0, f"incomplete with status 0: {result.errors}")
    check(is_counted(result), f"what is missing is not said: {result.errors!r}")


def make_runs(bench, words, first, last, step=1, **more):
    """Results by N, with what was left of N."""
    bench.runs = getattr(bench, "runs", 0) + 1
    directory = bench.work / f"runs{bench.runs}"
    directory.mkdir()
    done = subprocess.run(
        [str(word) for word in (bench.sigpath, *words)],
        env=environment(bench, ALLOC_RUNS=f"{first}:{last}:{step}:{JOBS}", **more),
        cwd=directory,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=800,
    )
    check(done.returncode == 0, f"the library failed: {done.returncode}")
    results = {}
    for line in (directory / "results").read_text().splitlines():
        number, status, left = map(int, line.split())
        results[number] = (Result(directory / str(number), status), left)
    return results


def each_fails(bench, words, most, **more):
    """Each allocation of a run fails once, and then all from each on."""
    whole, left = make_runs(bench, words, NEVER, NEVER, **more)[NEVER]
    check(whole.status == 0, f"status {whole.status}: {whole.errors}")
    count = min(NEVER - left, most)
    check(count > 20, f"only {count} allocations")
    for mode in ({}, {"ALLOC_ALL": "1"}):
        results = make_runs(bench, words, 1, count, **mode, **more)
        check(len(results) == count, f"{len(results)} results of {count}")
        for number, (result, _) in sorted(results.items()):
            try:
                judge(result, whole)
            except Exception as error:
                fail(f"allocation {number} of {count}{' and all later ones' if mode else ''}: {error}")
    print(f"# {count} allocations", flush=True)


@case
def replay_to_stdout(bench):
    each_fails(bench, ["-r", capture_of(bench), "--stack", "none", "--format", "json"], REPLAY_MAX)


@case
def replay_to_all_sinks(bench):
    outputs = [word for name in ("out.jsonl", "out.txt", "out.log") for word in ("-o", name)]
    each_fails(bench, ["-r", capture_of(bench), "--stack", "none", *outputs], REPLAY_MAX)


@case
def replay_with_metrics(bench):
    """A file of --metrics is whole, or it is not there."""
    words = ["-r", capture_of(bench), "--stack", "none", "--format", "json", "--metrics-label", "unit"]
    each_fails(bench, [*words, "--metrics", "sigpath.prom"], REPLAY_MAX)
    files = list(bench.work.glob("runs*/*/sigpath.prom"))
    check(len(files) > 20, f"only {len(files)} files")
    for file in files:
        check(" gauge\nsigpath_sink_reader_gone{" in file.read_text(), f"{file}: {file.read_text()}")


def judge_all(results, whole, further=lambda result: None):
    for number, (result, _) in sorted(results.items()):
        try:
            judge(result, whole)
            further(result)
        except Exception as error:
            fail(f"allocation {number}: {error}")


def check_stacks(result):
    for record in result.records("out"):
        stack = record.get("stack")
        check(not stack or stack["user"] or stack["reason"], f"no frames and no reason: {stack}")


@case
def replay_with_stacks(bench):
    """The other functions of the process that asks for stacks."""
    words = ["-r", capture_of(bench), "--format", "json"]
    whole, left = make_runs(bench, words, NEVER, NEVER)[NEVER]
    judge_all(make_runs(bench, words, 1, min(NEVER - left, REPLAY_MAX), step=8), whole, check_stacks)


@case
def reader_of_files(bench):
    """A failed allocation in the process that reads ELF files costs frames or names, and nothing else."""
    words = ["-r", capture_of(bench), "--format", "json"]
    whole = make_runs(bench, words, NEVER, NEVER)[NEVER][0]

    def is_reported(result):
        check(result.status == 0, f"status {result.status}: {result.errors}")
        check_stacks(result)

    for first, last, step in ((1, 10, 2), (11, 300, 73), (301, 20000, 6000)):
        judge_all(make_runs(bench, words, first, last, step, ALLOC_READER="1"), whole, is_reported)


@case
def reader_of_files_without_any_memory(bench):
    """No stack is an answer that was found without memory: each says that the reader failed."""
    words = ["-r", capture_of(bench), "--format", "json"]
    whole = make_runs(bench, words, NEVER, NEVER)[NEVER][0]

    def has_failed(result):
        check(result.status == 0, f"status {result.status}: {result.errors}")
        for record in result.records("out")[:-1]:
            reason = get(record, "stack.reason") or ""
            check(record["kind"] != "incident" or reason.startswith("reader_failed"), f"the reason is {reason!r}")

    judge_all(make_runs(bench, words, 1, 46, 9, ALLOC_READER="1", ALLOC_ALL="1"), whole, has_failed)


@case
def live_from_the_start(bench):
    """A run that cannot start says so."""
    # Nothing has this name, so that no other program of this machine makes one run unlike another.
    words = ["-d", "1ms", "--comm", "not-a-program", "--format", "json", "--stack", "none", "-o", "out.jsonl"]
    whole = make_runs(bench, words, NEVER, NEVER)[NEVER][0]
    judge_all(
        make_runs(bench, words, 1, LIVE_MAX),
        whole,
        lambda result: check(not result.status or "sigpath: " in result.errors, "not a word"),
    )


class Live:
    """A live run; how many allocations it has left is in `control`."""

    def __init__(self, bench, *options, **more):
        self.bench = bench
        path = bench.work / "control"
        path.write_bytes(bytes(8))
        with open(path, "r+b") as file:
            self.control = mmap.mmap(file.fileno(), 8)
        self.output, self.errors = bench.work / "live.jsonl", bench.work / "live.err"
        with open(self.errors, "wb") as errors:
            self.process = bench.spawn(
                bench.sigpath,
                *OPTIONS,
                "--burst",
                "0",
                "-o",
                self.output,
                *options,
                stderr=errors,
                env=environment(bench, ALLOC_CONTROL=str(path), **more),
            )
        until(lambda: "ready" in self.errors.read_text(), "ready")

    def left(self):
        return struct.unpack("q", self.control[:])[0]

    def fail_after(self, count):
        self.control[:] = struct.pack("q", count)

    def incidents(self):
        return self.output.read_bytes().count(b'"kind":"incident"') if self.output.exists() else 0

    def write(self, *arguments):
        writer = self.bench.build / "tests" / "cli" / "broken-writer"
        self.bench.spawn(writer, *arguments).wait(20)

    def ends(self):
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(20)
        check(time.monotonic() - begin < 3, "it took too long to end")
        return status


@case
def live(bench):
    """After the start, each allocation fails once; the sum is right, and no later incident suffers."""
    run = Live(bench)
    pushed, fired = 0, 0
    for number in range(1, 101):
        run.fail_after(1 + number % 6)
        before = run.incidents()
        run.write(*(("-d", "1") if number % 2 else ("1",)))
        pushed += 1
        end = time.monotonic() + 0.3
        while run.incidents() == before and time.monotonic() < end:
            time.sleep(0.005)
        fired += run.left() == 0
        run.fail_after(0)
    time.sleep(0.7)
    run.write("3")
    pushed += 3
    time.sleep(0.7)
    status = run.ends()
    errors = run.errors.read_text()
    check("Sanitizer" not in errors, errors)
    records = [json.loads(line) for line in run.output.read_text().splitlines()]
    shown = sum(record["kind"] == "incident" for record in records)
    summary = records[-1]
    check(summary["kind"] == "summary", f"no summary: {errors}")
    missing = summary["unwritten"] + summary["dropped"] + summary["lost"] + summary["malformed"]
    check(shown + missing == pushed, f"{shown} shown, {missing} missing of {pushed}: {summary} {errors}")
    check(fired > 5, f"only {fired} allocations failed")
    check((status == 0) == ("out of memory" not in errors and not missing), f"status {status}: {errors}")
    print(f"# {fired} allocations failed, {missing} incidents missing", flush=True)


@case
def live_without_any_memory(bench):
    """All allocations fail for ever. What is lost is counted, and said."""
    run = Live(bench, ALLOC_ALL="1")
    run.fail_after(1)
    for _ in range(2):
        run.write("-d", "1")
    run.write("6")
    time.sleep(1.5)
    status = run.ends()
    errors = run.errors.read_text()
    check(status == 1, f"status {status}: {errors}")
    check("out of memory" in errors, errors)
    check(re.search(r"sigpath: 8 incidents, .* (8|9) unwritten", errors), errors)


if __name__ == "__main__":
    main()
