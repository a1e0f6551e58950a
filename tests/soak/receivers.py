# SPDX-License-Identifier: GPL-2.0-or-later
"""Receivers that fail, each in its own way, while the log of -o must stay whole."""

import contextlib
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "exports"))

# pylint: disable=wrong-import-position
from abuse import check, until
from journal_bed import Journald

DISK_KIB = 256
SCRAPE_S = 2.0  # at most


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def samples_of(page):
    """The numbers of a page of metrics, by name and labels."""
    return {name: float(value) for name, value in re.findall(r"^([^#\n]\S*) (\S+)$", page, re.MULTILINE)}


class Receivers:
    """A journald that is stopped, a collector that is dead, a syslog server that reads nothing, a disk that is full,
    and a Prometheus that scrapes."""

    def __init__(self, bench):
        self.journald = Journald(bench).start()
        self.disk = bench.work / "disk"
        self.disk.mkdir()
        bench.run("mount", "-t", "tmpfs", "-o", f"size={DISK_KIB}k", "none", self.disk)
        bench.children.callback(subprocess.run, ["umount", "--lazy", self.disk], check=False)
        self.syslog = bench.children.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1))
        self.metrics = f"http://127.0.0.1:{free_port()}/metrics"
        self.slowest_s = 0
        self.options = (
            *("-o", f"json:{self.disk}/log"),
            *("--to", "journal"),
            *("--to", f"syslog:tcp://127.0.0.1:{self.syslog.getsockname()[1]}"),
            *("--to", f"otlp:http://127.0.0.1:{free_port()}"),
            *("--metrics", re.search(r"//(.*)/", self.metrics)[1]),
        )

    def fail(self):
        """After they have worked."""
        until(lambda: self.journald.entries("SIGPATH_KIND=start"), "the first entry in the journal", 20)
        self.journald.process.send_signal(signal.SIGSTOP)

    def scrape(self):
        began = time.monotonic()
        with urllib.request.urlopen(self.metrics, timeout=20) as answer:
            page = answer.read().decode()
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        return samples_of(page)

    def events(self):
        """What the page of metrics adds up to."""
        samples = self.scrape()
        counts = ("sigpath_incidents_by_outcome_total", "sigpath_repeats_by_outcome_total", "sigpath_records_lost_total")
        return sum(count for name, count in samples.items() if name.startswith(counts))

    def check_counts(self, summary, log_name):
        """Each receiver got, or did not get, as many items as the log."""
        outputs = summary["outputs"]
        [log] = [output for output in outputs if output["name"] == log_name]
        check(log["dropped"] == log["failed"] == 0, f"the log misses lines: {log}")
        check(len(outputs) == 5, f"outputs: {outputs}")
        for output in outputs:
            items = output["delivered"] + output["dropped"] + output["failed"]
            wanted = log["delivered"] - (output["format"] == "otlp")  # it has no start line
            check(items == wanted, f"{items} items of {wanted}: {output}")
            check(output is log or output["dropped"] + output["failed"], f"it did not fail: {output}")
        check(self.slowest_s <= SCRAPE_S, f"a scrape took {self.slowest_s:.2f} s")

    def story(self, summary):
        counts = [
            f"{output['format']} {output['delivered']}/{output['dropped']}/{output['failed']}"
            for output in summary["outputs"]
        ]
        return f"delivered/dropped/failed: {', '.join(counts)}; slowest scrape {self.slowest_s * 1000:.0f} ms"

    def stop(self):
        """Before the journal of another case."""
        self.journald.process.send_signal(signal.SIGCONT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.journald.stop()
