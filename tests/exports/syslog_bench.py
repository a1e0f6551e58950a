# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of --to syslog share: captures, runs of sigpath, and a real rsyslog of their own."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from harness import *  # noqa: F401,F403 pylint: disable=wildcard-import,wrong-import-position
from harness import check, fail, need, until

SD_ID = "sigpath@32473"
# Other tests may run beside this one.
COMM = f"syslog-{os.getpid() % 10**7}"
_storm = {}

# Every property of a message that a test looks at, as one line of JSON.
_RSYSLOG = """
global(workDirectory="{work}" net.enableDNS="off")
{settings}
template(name="seen" type="list" option.jsonf="on") {{
  property(outname="priority" name="pri" format="jsonf")
  property(outname="time" name="timestamp" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="procid" name="procid" format="jsonf")
  property(outname="msgid" name="msgid" format="jsonf")
  property(outname="parsed" name="parsesuccess" format="jsonf")
  property(outname="data" name="$!all-json" format="jsonf")
  property(outname="msg" name="msg" format="jsonf")
}}
{inputs}
{actions}
# rsyslogd also speaks of itself.
if $app-name != "rsyslogd" then action(type="omfile" file="{work}/seen" template="seen" asyncWriting="off" flushOnTXEnd="on")
"""


class Rsyslog:
    """A real rsyslogd with a configuration, a directory and sockets of its own."""

    def __init__(self, bench, name, inputs, actions="", ready=lambda: True, prefix=(), settings=""):
        need("rsyslogd")
        self.bench, self.ready, self.prefix = bench, ready, prefix
        self.work = bench.work / name
        self.work.mkdir()
        self.config = self.work / "rsyslog.conf"
        self.config.write_text(
            _RSYSLOG.format(work=self.work, inputs=inputs, actions=actions, settings=settings)
        )
        self.start()

    def start(self):
        pid_file = self.work / "pid"
        pid_file.unlink(missing_ok=True)
        with open(self.work / "log", "ab") as log:
            self.process = self.bench.spawn(
                *self.prefix, "rsyslogd", "-n", "-f", self.config, "-i", pid_file, stdout=log, stderr=log
            )
        until(
            lambda: self.process.poll() is not None or (pid_file.exists() and self.ready()),
            "rsyslogd",
            20,
        )
        check(self.process.poll() is None, f"rsyslogd ended: {(self.work / 'log').read_text()}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)

    def lines(self):
        path = self.work / "seen"
        return path.read_text().splitlines() if path.exists() else []

    def messages(self):
        """Each with its parsed `data`."""
        seen = [json.loads(line) for line in self.lines() if line.endswith("}")]
        for message in seen:
            message["data"] = json.loads(message["data"]) if message.get("data") else {}
        return seen

    def wait_for(self, count, seconds=20):
        """The messages, when there are COUNT of them; no more come."""
        until(lambda: len(self.lines()) >= count, f"{count} messages in {self.work}", seconds)
        seen = self.messages()
        check(len(seen) == count, f"{len(seen)} messages, not {count}: {seen}")
        return seen


def golden(bench, name):
    """A capture of the golden tests."""
    path = bench.work / f"{name}.capture"
    path.write_bytes(subprocess.run([bench.build / "tests/golden/make-capture", name], check=True, stdout=-1).stdout)
    return path


def write(bench, *words):
    """Runs the broken writer under the name COMM."""
    bench.spawn(bench.build / "tests/cli/broken-writer", "-n", COMM, *words).wait()


ALL = ("--comm", COMM, "--burst", "0", "--rate", "1000000,1000000", "--stack", "none", "--buffer-size", "64M")


def storm(bench, count):
    """A capture of COUNT incidents, all in full."""
    path = bench.work / "storm.capture"
    if count not in _storm:
        run = Run(bench, *ALL, "-w", path, "-o", "/dev/null")
        write(bench, str(count))
        check(run.ends(seconds=20) == 0, run.stderr())
        check(run.told()["incidents"] == count, run.stderr())
        _storm[count] = path.read_bytes()
    path.write_bytes(_storm[count])
    return path


def documented(bench, what, **changes):
    """The block in the docs that has the text WHAT, with CHANGES: a pair of texts each."""
    page = (bench.source.parent / "docs" / "logs.md").read_text()
    for block in re.findall(r"^```\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        if what in block:
            for old, new in changes.values():
                check(old in block, f"{old!r} is not in {block!r}")
                block = block.replace(old, str(new))
            return block
    return fail(f"no block with {what!r} in docs/")


class Run:
    """A sigpath whose stderr is a file."""

    def __init__(self, bench, *options, ready=None, prefix=(), **popen):
        self.errors = bench.work / f"err{time.monotonic_ns()}"
        with open(self.errors, "wb") as stderr:
            self.process = bench.spawn(
                *prefix, bench.sigpath, *options, stdout=subprocess.DEVNULL, stderr=stderr, **popen
            )
        if ready is None:
            ready = "-r" not in options
        if ready:
            until(lambda: "sigpath: ready" in self.stderr() or self.process.poll() is not None, "ready")
            check(self.process.poll() is None, f"sigpath ended: {self.stderr()}")

    def stderr(self):
        return self.errors.read_text(errors="replace")

    def says(self, text, seconds=20):
        until(lambda: text in self.stderr(), f"{text!r} in {self.stderr()!r}", seconds)

    def wait(self, seconds=30):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return fail(f"it does not end: {self.stderr()}")

    def ends(self, seconds=2.0):
        """Sends SIGTERM; returns the status. It may take SECONDS."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.wait()
        took = time.monotonic() - begin
        # Where other programs wait for the CPUs too, everything takes longer.
        seconds *= max(1, os.getloadavg()[0] / os.cpu_count())
        check(took < seconds, f"it took {took:.1f} s to end: {self.stderr()}")
        return status

    def told(self):
        """The counts of the closing line."""
        line = [text for text in self.stderr().splitlines() if re.match(r"sigpath: \d+ incident", text)]
        check(line, f"no closing line: {self.stderr()}")
        found = re.findall(r"(\d+) ([a-z]+)", line[-1])
        return {word if word.endswith("s") or word in ("lost", "dropped", "unwritten") else word + "s": int(count)
                for count, word in found}


def free_port(kind=socket.SOCK_STREAM, family=socket.AF_INET):
    with socket.socket(family, kind) as probe:
        probe.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port, kind="tcp"):
    """Somebody has the port: looked up without a connection."""
    for name in (kind, kind + "6"):
        for line in pathlib.Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            local, _, state = line.split()[1:4]
            if int(local.split(":")[1], 16) == port and (kind == "udp" or state == "0A"):
                return True
    return False


def parse_counted(data):
    """The messages of a stream with counted octets, and the bytes of one that is not whole."""
    messages = []
    while True:
        head, blank, rest = data.partition(b" ")
        if not blank or len(rest) < int(head):
            return messages, data
        check(re.fullmatch(rb"[1-9]\d*", head), f"the frame begins with {head!r}")
        messages.append(rest[: int(head)].decode())
        data = rest[int(head) :]


_HEAD = re.compile(
    r"<(\d+)>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (\S+) sigpath (\d+) (\w+) (\[(?:\\.|[^]\\])*\]) ([^\x00-\x1f\x7f]*)"
)


def parse_5424(text):
    """The fields of one message; its structured data as a dictionary."""
    found = _HEAD.fullmatch(text)
    check(found, f"not a message of RFC 5424: {text!r}")
    priority, time_, host, procid, msgid, data, msg = found.groups()
    words = re.findall(r' (\w+)="((?:\\.|[^"\\])*)"', data)
    whole = "[" + SD_ID + "".join(f' {name}="{value}"' for name, value in words) + "]"
    check(data == whole, f"structured data with something else: {data}")
    return {
        "priority": int(priority), "time": time_, "host": host, "procid": procid, "msgid": msgid, "msg": msg,
        "data": {name: re.sub(r'\\(["\\\]])', r"\1", value) for name, value in words},
    }  # fmt: skip
