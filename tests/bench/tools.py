# SPDX-License-Identifier: GPL-2.0-or-later
"""The tools in the comparison: how to start each one, when it is ready, and what it saw.

Each tool watches the whole host and prints one line per event to a file. strace cannot do that, so
it runs the load itself. The events that a tool saw are counted in its output by the name of the
load. For sigpath, a repeat counts as all its incidents, and a lost record counts as not seen.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

LOAD = "bench-load"
PROBE = "bench-probe"  # the same program with another name: breaks pipes until the tool shows one
READY_MAX_S = 60
TRACEFS = "/sys/kernel/tracing"
STOP_MAX_S = 30


class Failed(Exception):
    """The tool does not run on this machine; the text has the reason."""


@contextlib.contextmanager
def tracefs():
    """Mounted as long as the tools run: sigsnoop and bpftrace find tracepoints there and do not mount it."""
    if os.path.exists(f"{TRACEFS}/events"):
        yield
        return
    subprocess.run(["mount", "-t", "tracefs", "tracefs", TRACEFS], check=True)
    try:
        yield
    finally:
        # Fails where somebody else uses it by now; then it stays.
        subprocess.run(["umount", TRACEFS], stderr=subprocess.DEVNULL)


def leave_first_cpu():
    """Leaves the first CPU to the load, if there are other CPUs."""
    others = os.sched_getaffinity(0) - {0}
    if others:
        os.sched_setaffinity(0, others)


def read_text(path):
    try:
        return pathlib.Path(path).read_text(errors="replace")
    except OSError:  # a process that has just exited
        return ""


def tree(pid):
    """The process and all its descendants."""
    pids = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in read_text(task).split():
            pids += tree(int(child))
    return pids


def cpu_seconds(pid):
    """CPU time of the running threads of the tool and of its children."""
    total = 0
    for member in tree(pid):
        for stat in pathlib.Path(f"/proc/{member}/task").glob("*/schedstat"):
            total += int((read_text(stat).split() or ["0"])[0])
    return total / 1e9


def memory_kib(pid, file, field):
    """Sum for the tool and its children."""
    total = 0
    for member in tree(pid):
        match = re.search(rf"^{field}:\s+(\d+)", read_text(f"/proc/{member}/{file}"), re.MULTILINE)
        total += int(match[1]) if match else 0
    return total


def run_load(command, prepare=None):
    """What bench-load or another program of the benchmark prints, as JSON."""
    output = subprocess.run(
        command, check=True, capture_output=True, text=True, preexec_fn=prepare
    ).stdout
    return json.loads(output)


def print_row(cells):
    print("| " + " | ".join(cells) + " |")


def count_lines(text, name):
    return sum(1 for line in text.splitlines() if name in line)


def count_sigpath(text, name):
    ours, seen = set(), 0
    for line in text.splitlines():
        item = json.loads(line)
        if item["kind"] == "incident" and item["process"]["comm"] == name:
            ours.add(item["id"])
            seen += 1
        elif item["kind"] == "repeat" and item["of"] in ours:
            seen += item["count"]
    return seen


def count_bpftrace_map(text, name):
    """The tool prints its counts repeatedly, and once more at its end."""
    counts = re.findall(rf"^@\[{name}\]: (\d+)", text, re.MULTILINE)
    return int(counts[-1]) if counts else 0


class Tool:
    """One tool: ARGV for signals, SILENT_ARGV for EPIPE without a signal."""

    def __init__(self, name, package, argv, silent_argv=None, count=count_lines, ready=None):
        self.name = name
        self.package = package
        self.argv = argv
        self.silent_argv = silent_argv
        self.count = count
        self.ready = ready  # its output when it is ready; without it: when it shows an event

    def check(self, silent):
        if not self.command(silent):
            raise Failed("sees signals only")
        if not shutil.which(self.argv[0]):
            raise Failed(f"not installed: {self.package}")

    def command(self, silent):
        return self.silent_argv if silent else self.argv


class Run:
    """A running tool. Its output goes to files in DIRECTORY."""

    def __init__(self, tool, silent, directory, probe):
        self.tool = tool
        self.out = directory / "out"
        self.err = directory / "err"
        begin = time.monotonic()
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(
                tool.command(silent),
                stdout=out,
                stderr=err,
                preexec_fn=leave_first_cpu,
            )
        try:
            self.wait_ready(probe, silent)
        except Failed:
            self.stop()
            raise
        self.start_s = time.monotonic() - begin
        self.cpu_begin_s = cpu_seconds(self.process.pid)

    def text(self):
        """perf writes its events to stderr."""
        return read_text(self.out) + read_text(self.err)

    def wait_ready(self, probe, silent):
        marker = self.tool.ready or PROBE
        deadline = time.monotonic() + READY_MAX_S
        while marker not in self.text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failed("did not get ready: " + self.text()[-200:].strip())
            # Enough events to fill the output buffer of a tool.
            load = "nosignal" if silent else "ignored"
            if not self.tool.ready:
                subprocess.run([probe, load, "200"], stdout=subprocess.DEVNULL)
            time.sleep(0.002)

    def cpu_s(self):
        return cpu_seconds(self.process.pid) - self.cpu_begin_s

    def peak_kib(self):
        return memory_kib(self.process.pid, "status", "VmHWM")

    def resident_kib(self):
        """Resident memory, and proportional memory (shared pages divided by their users)."""
        pid = self.process.pid
        return memory_kib(pid, "status", "VmRSS"), memory_kib(pid, "smaps_rollup", "Pss")

    def settle(self):
        """Waits until the tool is idle, so that stopping it loses no event."""
        before = -1.0
        while (now := self.cpu_s()) - before > 0.001:
            before = now
            time.sleep(0.3)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_MAX_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def seen(self, name):
        """Call it after the tool has stopped."""
        text = read_text(self.out)
        if self.tool.count is count_lines:
            text += read_text(self.err)
        return self.tool.count(text, name)


def bpftrace(name, script, silent_script, count):
    return Tool(
        name,
        "bpftrace",
        ["bpftrace", "-B", "line", "-e", script],
        ["bpftrace", "-B", "line", "-e", silent_script],
        count,
    )


def ourselves(sigpath, name, *options):
    command = [sigpath, "--format", "json", *options]
    return Tool(
        name, "this tree", command, [*command, "--epipe", "all"], count_sigpath, "sigpath: ready"
    )


def all_tools(sigpath):
    """Every tool that watches the whole host. strace is STRACE below."""
    generate, sendto = "tracepoint:signal:signal_generate", "tracepoint:syscalls:sys_exit_sendto"
    return [
        ourselves(sigpath, "sigpath"),
        Tool("sigsnoop", "libbpf-tools", ["sigsnoop", "-s", "13"]),
        bpftrace(
            "bpftrace, printf",
            f'{generate} /args->sig == 13/ {{ printf("%d %s\\n", pid, comm); }}',
            f'{sendto} /args->ret == -32/ {{ printf("%d %s\\n", pid, comm); }}',
            count_lines,
        ),
        bpftrace(
            "bpftrace, count()",
            f"{generate} /args->sig == 13/ {{ @[comm] = count(); }} interval:ms:50 {{ print(@); }}",
            f"{sendto} /args->ret == -32/ {{ @[comm] = count(); }} interval:ms:50 {{ print(@); }}",
            count_bpftrace_map,
        ),
        Tool(
            "perf trace",
            "linux-perf",
            ["perf", "trace", "-e", "signal:signal_generate", "--filter", "sig == 13"],
            ["perf", "trace", "-e", "syscalls:sys_exit_sendto", "--filter", "ret == -32"],
        ),
    ]


STRACE = Tool(
    "strace",
    "strace",
    ["strace", "-f", "-e", "trace=none", "-e", "signal=SIGPIPE"],
    ["strace", "-f", "-e", "trace=sendto", "-e", "signal=none"],
)

# Of deaths it says which signal it was.
STRACE_DEATHS = Tool("strace", "strace", ["strace", "-f", "-e", "trace=none"])
