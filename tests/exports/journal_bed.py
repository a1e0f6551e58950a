# SPDX-License-Identifier: GPL-2.0-or-later
"""A real journald for the tests: on a /run of their own, so nothing of it is on the host."""

import ctypes
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from harness import check, need, skip, until  # noqa: E402 pylint: disable=wrong-import-position

CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 0x20000, 0x1000, 0x4000, 1 << 18, 2
JOURNALD = "/lib/systemd/systemd-journald"
CONFIG = "[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nRateLimitIntervalSec=0\nMaxLevelWall=emerg\n"
CATALOG = "/usr/lib/systemd/catalog"
SOCKETS = pathlib.Path("/run/systemd/journal")

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
    """journald and its journal. start() again after stop() goes on with the same one. KEEPS_SOCKET: what is sent
    while it does not run waits for it, as on a host, where systemd keeps its socket."""

    _has_namespace = False

    def __init__(self, bench, keeps_socket=False):
        need("journalctl")
        need_program(JOURNALD)
        self.bench = bench
        self.process = self.kept = None
        if not Journald._has_namespace:
            check(_libc.unshare(CLONE_NEWNS) == 0, "no mount namespace")
            _mount(None, "/", None, MS_REC | MS_PRIVATE)
            Journald._has_namespace = True
        for directory in ("/run", "/var/log", "/var/lib/systemd"):
            mount(bench, "none", directory, "tmpfs")
        for directory in (SOCKETS, "/run/log/journal", "/var/lib/systemd/catalog"):
            os.makedirs(directory)
        if keeps_socket:
            self.kept = bench.children.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
            self.kept.bind(str(SOCKETS / "socket"))
        config = bench.work / "journald.conf"
        config.write_text(CONFIG)
        mount(bench, config, "/etc/systemd/journald.conf", None, MS_BIND)
        # systemctl and journalctl look for drop-ins there.
        if os.path.isdir("/etc/systemd/journald.conf.d"):
            mount(bench, "none", "/etc/systemd/journald.conf.d", "tmpfs")

    def start(self):
        if self.kept:
            # See sd_listen_fds(3).
            script = f"LISTEN_PID=$$ LISTEN_FDS=1 exec {JOURNALD} 3<&{self.kept.fileno()}"
            self._spawn("sh", "-c", script, pass_fds=[self.kept.fileno()])
        else:
            (SOCKETS / "socket").unlink(missing_ok=True)
            self._spawn(JOURNALD)
        until(self._listens, "journald")
        return self

    def _spawn(self, *command, **options):
        self.process = self.bench.spawn(*command, stderr=subprocess.DEVNULL, **options)

    @staticmethod
    def _listens():
        with socket.socket(socket.AF_UNIX) as client:
            # journalctl --sync connects to it.
            listens = not client.connect_ex(str(SOCKETS / "io.systemd.journal"))
        return listens and (SOCKETS / "socket").exists()

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
