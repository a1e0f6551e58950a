#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does every run end within 2 s, whatever its outputs do, and does it count what it could not write?

A run of these cases is wrong if it still runs 2 s after SIGTERM, if it ends with status 0 though an
incident is missing, or if its closing line does not count what is missing."""

import contextlib
import fcntl
import os
import pty
import re
import signal
import socket
import stat
import subprocess
import termios
import time

from abuse import case, check, fail, main, skip, until

END_S = 2.0
WRITES = 300


class Run:
    """A sigpath whose stderr is a file."""

    def __init__(self, bench, *options, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, ready=True):
        self.errors = bench.work / "err"
        with open(self.errors, "wb") as stderr:
            self.process = bench.spawn(bench.sigpath, *options, stdout=stdout, stdin=stdin, stderr=stderr)
        if ready:
            until(lambda: "sigpath: ready" in self.stderr() or self.process.poll() is not None, "ready")
            check(self.process.poll() is None, f"sigpath ended: {self.stderr()}")

    def stderr(self):
        return self.errors.read_text(errors="replace")

    def ends(self, number=signal.SIGTERM, seconds=END_S):
        """Sends the signal (None: no signal is needed) and waits for the end; returns the status."""
        begin = time.monotonic()
        if number:
            self.process.send_signal(number)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            fail(f"it does not end: {self.stderr()}")
        took = time.monotonic() - begin
        # Where other programs wait for the CPUs too, everything takes longer.
        seconds *= max(1, os.getloadavg()[0] / os.cpu_count())
        check(took < seconds, f"it took {took:.1f} s to end: {self.stderr()}")
        return status

    def told(self):
        """The counts of the closing line."""
        found = re.search(
            r"sigpath: (\d+) incidents?, (\d+) repeats?, (\d+) lost(?:.*?, (\d+) dropped)?(?:, (\d+) unwritten)?$",
            self.stderr(),
            re.MULTILINE,
        )
        check(found, f"no closing line: {self.stderr()}")
        return dict(zip(("incidents", "repeats", "lost", "dropped", "unwritten"), (int(n or 0) for n in found.groups())))

    def lost_some(self, status):
        """The end of a run that could not write everything."""
        told = self.told()
        check(status == 1, f"status {status}: {self.stderr()}")
        check(told["dropped"] + told["unwritten"] + told["lost"] > 0, f"nothing is missing: {self.stderr()}")
        return told


OPTIONS = ("--comm", "broken-writer", "--burst", "0", "--stack", "none", "--format", "json")


def writes(bench, count=WRITES):
    writer = bench.build / "tests" / "cli" / "broken-writer"
    bench.run(writer, count)
    time.sleep(0.3)


@contextlib.contextmanager
def unread_pipe():
    """The write end of a pipe whose reader is there and does not read."""
    reader, writer = os.pipe()
    try:
        yield writer
    finally:
        os.close(reader)
        with contextlib.suppress(OSError):
            os.close(writer)


def fill(descriptor):
    """Until nothing fits any more, as another writer of the same pipe does."""
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(descriptor, b"x" * 4096)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(descriptor, b"x")
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags)


def is_nonblocking(descriptor):
    return bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_NONBLOCK)


@case
def unread_stdout_pipe(bench):
    with unread_pipe() as pipe:
        run = Run(bench, *OPTIONS, stdout=pipe)
        writes(bench)
        # Others write there, too: sigpath must not change how.
        check(not is_nonblocking(pipe), "sigpath has set O_NONBLOCK on the shared stdout")
        told = run.lost_some(run.ends())
        check(told["incidents"] == WRITES, f"{told}: an output that stalls kept records from being read")


@case
def unread_stdout_pipe_sigint(bench):
    with unread_pipe() as pipe:
        run = Run(bench, *OPTIONS, stdout=pipe)
        writes(bench)
        run.lost_some(run.ends(signal.SIGINT))


@case
def full_stdout_before_the_start(bench):
    """Also the header of a capture has to wait."""
    with unread_pipe() as pipe:
        fill(pipe)
        run = Run(bench, "-w", "-", "-o", bench.work / "out", *OPTIONS, stdout=pipe)
        writes(bench, 3)
        run.lost_some(run.ends())


@case
def unread_socket(bench):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        run = Run(bench, *OPTIONS, stdout=theirs)
        writes(bench)
        check(not is_nonblocking(theirs.fileno()), "sigpath has set O_NONBLOCK on the shared stdout")
        run.lost_some(run.ends())


@case
def terminal_that_is_stopped(bench):
    """As after ^S."""
    control, terminal = pty.openpty()
    run = Run(bench, *OPTIONS, stdout=terminal)
    termios.tcflow(terminal, termios.TCOOFF)
    writes(bench)
    status = run.ends()
    os.close(terminal)
    os.close(control)
    run.lost_some(status)


@case
def duration_with_an_unread_stdout(bench):
    with unread_pipe() as pipe:
        run = Run(bench, "-d", "2s", *OPTIONS, stdout=pipe)
        writes(bench)
        # 2 s until the end, and 2 s for it.
        run.lost_some(run.ends(None, 2 + END_S))


@case
def count_with_an_unread_stdout(bench):
    with unread_pipe() as pipe:
        run = Run(bench, "--count", str(WRITES), *OPTIONS, stdout=pipe)
        writes(bench)
        run.lost_some(run.ends(None))


@case
def eight_unread_outputs(bench):
    """The waits for them do not add up."""
    outputs, ends = [], []
    for number in range(7):
        path = bench.work / f"fifo{number}"
        os.mkfifo(path)
        ends.append(os.open(path, os.O_RDWR))
        outputs += ["-o", f"json:{path}"]
    with unread_pipe() as pipe:
        run = Run(bench, *outputs, "-o", "json:-", *OPTIONS, stdout=pipe)
        writes(bench)
        status = run.ends()
    for end in ends:
        os.close(end)
    run.lost_some(status)


@case
def fifo_without_a_reader(bench):
    """It does not keep the run from its start, nor from its end, nor the other output from its items."""
    fifo, file = bench.work / "fifo", bench.work / "out.jsonl"
    os.mkfifo(fifo)
    run = Run(bench, "-o", f"json:{fifo}", "-o", file, *OPTIONS)
    writes(bench, 5)
    told = run.lost_some(run.ends())
    check(told["dropped"] == 6, f"the first line and five incidents: {told}")
    check("FIFO that nobody reads yet" in run.stderr(), run.stderr())
    check(file.read_text().count('"kind":"incident"') == 5, "the file lacks incidents")


@case
def fifo_that_is_read_late(bench):
    """What happened before its reader came is delivered."""
    fifo = bench.work / "fifo"
    os.mkfifo(fifo)
    run = Run(bench, "-o", f"json:{fifo}", *OPTIONS)
    writes(bench, 5)
    with open(fifo, "rb") as reader:
        check(run.ends() == 0, run.stderr())
        lines = reader.read().splitlines()
    check(sum(b'"kind":"incident"' in line for line in lines) == 5, f"{len(lines)} lines")


@case
def fifo_for_a_capture(bench):
    fifo = bench.work / "fifo"
    os.mkfifo(fifo)
    run = Run(bench, "-w", fifo, *OPTIONS)
    writes(bench, 5)
    run.lost_some(run.ends())


def renamed_to(bench, make):
    """-o PATH; PATH is renamed, MAKE puts something else there; SIGUSR1. Five incidents each."""
    path, old = bench.work / "out.jsonl", bench.work / "out.1"
    run = Run(bench, "-o", path, *OPTIONS)
    writes(bench, 5)
    path.rename(old)
    made = make(path)
    run.process.send_signal(signal.SIGUSR1)
    until(lambda: "writing on to the old file" in run.stderr(), "the message", 5)
    writes(bench, 5)
    check(run.ends() == 0, run.stderr())
    check(old.read_text().count('"kind":"incident"') == 10, "the old file lacks incidents")
    check(not stat.S_ISREG(path.stat().st_mode), "the file was replaced")
    return made


@case
def reopen_finds_a_fifo(bench):
    renamed_to(bench, os.mkfifo)


@case
def reopen_finds_a_fifo_with_a_reader(bench):
    def make(path):
        os.mkfifo(path)
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    reader = renamed_to(bench, make)
    check(os.read(reader, 1) == b"", "the FIFO got something")
    os.close(reader)


@case
def reopen_finds_a_socket(bench):
    def make(path):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        return listener

    renamed_to(bench, make).close()


@case
def reopen_finds_a_terminal(bench):
    renamed_to(bench, lambda path: path.symlink_to("/dev/tty0" if os.path.exists("/dev/tty0") else "/dev/zero"))


@case
def full_disk(bench):
    """/dev/full has no space, ever."""
    run = Run(bench, "-o", "json:/dev/full", *OPTIONS)
    writes(bench, 5)
    told = run.lost_some(run.ends())
    check(told["unwritten"] >= 5, f"{told}")


@case
def file_system_that_does_not_answer(bench):
    """A FUSE mount without a server: to open an output there takes for ever."""
    mount = bench.work / "fuse"
    mount.mkdir()
    try:
        device = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        skip(f"/dev/fuse: {error.strerror}")
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0"
    done = subprocess.run(
        ["mount", "-i", "-t", "fuse", "-o", options, "none", mount], pass_fds=[device], capture_output=True, check=False
    )
    if done.returncode:
        os.close(device)
        skip(f"no FUSE mount: {done.stderr.decode().strip()}")
    try:
        run = Run(bench, "-o", mount / "out", *OPTIONS, ready=False)
        time.sleep(1.5)
        check(run.process.poll() is None, f"it ended: {run.stderr()}")
        check("ready" not in run.stderr(), "ready without its output")
        status = run.ends()
    finally:
        os.close(device)
        subprocess.run(["umount", "-l", mount], check=False)
    check(status == 1, f"status {status}")
    check("an output is still being opened" in run.stderr(), run.stderr())


def capture_of(bench, count):
    capture = bench.work / "capture"
    run = Run(bench, "-w", capture, "-o", bench.work / "live.jsonl", "--buffer-size", "64M", *OPTIONS)
    writes(bench, count)
    check(run.ends(seconds=10) == 0, run.stderr())
    return capture


@case
def replay_to_an_unread_stdout(bench):
    capture = capture_of(bench, 3000)
    for number in (signal.SIGTERM, signal.SIGINT):
        with unread_pipe() as pipe:
            run = Run(bench, "-r", capture, "--format", "json", stdout=pipe, ready=False)
            time.sleep(1.2)
            check(run.process.poll() is None, f"it did not wait: {run.stderr()}")
            run.lost_some(run.ends(number))


@case
def replay_of_a_pipe_that_gives_nothing(bench):
    """It ends, and it says that it did not see the end of the capture."""
    capture = capture_of(bench, 3)
    reader, writer = os.pipe()
    os.write(writer, capture.read_bytes())
    run = Run(bench, "-r", "-", "-o", bench.work / "out", stdin=reader, ready=False)
    time.sleep(1)
    status = run.ends()
    os.close(reader)
    os.close(writer)
    check(status == 1, f"status {status}")
    check("still being read" in run.stderr(), run.stderr())
    check(run.told()["incidents"] == 3, run.stderr())


if __name__ == "__main__":
    main()
