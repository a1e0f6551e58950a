# SPDX-License-Identifier: GPL-2.0-or-later
"""A real journald for the tests: on a /run of their own, so nothing of it is on the host."""

import ctypes
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from harness import check, need, skip, until  # noqa: E402 pylint: disable=wrong-import-position

CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 0x20000, 0x1000, 0x4000, 1 << 18, 2
JOURNALD = "/lib/systemd/systemd-journald"
CONFIG = "[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nRateLimitIntervalSec=0\nMaxLevelWall=emerg\n"
CATALOG = "/usr/lib/systemd/catalog"

_libc = ctypes.CDLL(None, use_errno=True)


def mount(bench, source, target, kind=None, flags=0):
    """Until the end of the case."""
    _mount(source, target, kind, flags)
    bench.children.callback(_libc.umount2, str(target).encode(), MNT_DETACH)


def _mount(source, target, kind, flags):
    words = [word and str(word).encode() for word in (source, target, kind)]
    check(_libc.mount(*words, flags, None) == 0, f"mount {target}: {os.strerror(ctypes.get_errno())}")


def need_program(path):
    if not os.access(path, os.X_OK):
        skip(f"no {path}")


class Journald:
    """journald and its journal. start() again after stop() goes on with the same one."""

    _has_namespace = False

    def __init__(self, bench):
        need("journalctl")
        need_program(JOURNALD)
        self.bench = bench
        self.process = None
        if not Journald._has_namespace:
            check(_libc.unshare(CLONE_NEWNS) == 0, "no mount namespace")
            _mount(None, "/", None, MS_REC | MS_PRIVATE)
            Journald._has_namespace = True
        for directory in ("/run", "/var/log", "/var/lib/systemd"):
            mount(bench, "none", directory, "tmpfs")
        for directory in ("/run/systemd/journal", "/run/log/journal", "/var/lib/systemd/catalog"):
            os.makedirs(directory)
        config = bench.work / "journald.conf"
        config.write_text(CONFIG)
        mount(bench, config, "/etc/systemd/journald.conf", None, MS_BIND)
        # systemctl and journalctl look for drop-ins there.
        if os.path.isdir("/etc/systemd/journald.conf.d"):
            mount(bench, "none", "/etc/systemd/journald.conf.d", "tmpfs")

    def start(self):
        socket = pathlib.Path("/run/systemd/journal/socket")
        socket.unlink(missing_ok=True)
        self.process = self.bench.spawn(JOURNALD, stderr=subprocess.DEVNULL)
        until(socket.exists, "journald")
        return self

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(20)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def install_catalog(self):
        source = self.bench.source.parent / "packaging" / "journal"
        mount(self.bench, source, CATALOG, None, MS_BIND)
        self.bench.run("journalctl", "--update-catalog")

    def show(self, *options, sync=True):
        """What journalctl prints."""
        if sync:
            # journald looks at datagrams before it looks at this signal.
            self.bench.run("journalctl", "--sync", timeout=20)
        return self.bench.run("journalctl", "--no-pager", "--quiet", *options)

    def entries(self, *options):
        """The entries as dictionaries. A value that is not UTF-8 would be a list of numbers."""
        return [json.loads(line) for line in self.show("--output=json", "--all", *options).splitlines()]

    def incidents(self, *options):
        return self.entries("SIGPATH_KIND=incident", *options)


def outputs(trace):
    """The counts of each output in the summary, by name."""
    (summary,) = trace.records.of_kind("summary")
    return {output["name"]: output for output in summary["outputs"]}


def expect_end(process, number=signal.SIGTERM):
    """The process ends within 2 s, or longer where others keep the CPUs busy (tests/abuse/ends.py)."""
    limit = 2 * max(1, os.getloadavg()[0] / os.cpu_count())
    start = time.monotonic()
    process.send_signal(number)
    process.wait(30)
    seconds = time.monotonic() - start
    check(seconds < limit, f"it ended after {seconds:.1f} s")
