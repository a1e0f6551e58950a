# SPDX-License-Identifier: GPL-2.0-or-later
"""A real systemd for the tests, as PID 1 of its namespaces: no VM, and nothing of it is on the host."""

import contextlib
import os
import pathlib
import subprocess
import sys

from journal_bed import JOURNALD, need_program

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from harness import check, default_sigpipe, need, skip, until  # noqa: E402 pylint: disable=wrong-import-position

SYSTEMD = "/lib/systemd/systemd"

# Of the victim: not what other programs of this host have.
NAME = f"victim{os.getpid()}"
# Dies of SIGPIPE.
VICTIM = f"""
import ctypes, os, signal
ctypes.CDLL(None).prctl(15, b"{NAME}", 0, 0, 0)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
reader, writer = os.pipe()
os.close(reader)
os.write(writer, b"x")
"""

TARGET = """
[Unit]
DefaultDependencies=no
Wants=systemd-journald.socket systemd-journald.service {wants}
"""

BOOT = """
set -e
mount -t proc proc /proc
mount --make-rprivate /
# Two mounts of one file system cannot have one place.
mount -t tmpfs none /sys/fs/cgroup
{cgroups}
# Not over another one: ProtectSystem= would make that one read-only.
umount --recursive --lazy /run 2>/dev/null || true
mount -t tmpfs none /run
# systemd makes /dev/log.
mkdir /run/dev
mount -t tmpfs -o mode=755 none /run/dev
for device in null zero full random urandom tty ptmx; do
	touch /run/dev/$device
	mount --bind /dev/$device /run/dev/$device
done
mkdir /run/dev/shm /run/dev/pts /run/dev/mqueue
ln -s /proc/self/fd /run/dev/fd
umount --recursive --lazy /dev
mount --move /run/dev /dev
for directory in {overlays}; do
	mkdir -p {root}/work/$directory
	mount -t overlay -o "lowerdir=/$directory,upperdir={root}/$directory,workdir={root}/work/$directory" \
		none "/$directory"
done
mkdir -p /run/systemd/system /run/log/journal
cp -r {root}/units/* /run/systemd/system/
# The files of the tests are in /tmp. A systemd that has this unit would mount an empty one over them.
ln -s /dev/null /run/systemd/system/tmp.mount
mount -t tmpfs none /var/log
mount -t tmpfs none /etc/systemd/system
mount --bind {root}/journald.conf /etc/systemd/journald.conf
export container=sigpath-test
exec {systemd} --system --unit=test.target
"""


def cgroup_root():
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        left, right = line.split(" - ")
        if right.split()[0] == "cgroup2":
            return pathlib.Path(left.split()[4])
    return skip("no cgroup2")


@contextlib.contextmanager
def cgroup(path):
    """A cgroup at PATH below a slice of this test, and the directories above it. systemd looks through slices."""
    top = cgroup_root() / f"sigpath{os.getpid()}.slice"
    where = top / path
    where.mkdir(parents=True)
    try:
        yield where
    finally:
        (top / "cgroup.kill").write_text("1")
        until(lambda: "populated 0" in (top / "cgroup.events").read_text(), "the cgroup to be empty", 20)
        for directory, _, _ in os.walk(top, topdown=False):
            os.rmdir(directory)


class Hierarchies:
    """A cgroup of this test in each hierarchy of version 1, where a machine has its controllers in these. systemd can
    still have limits then: see systemd.resource-control(5)."""

    def __init__(self):
        self.name = f"sigpath{os.getpid()}.slice"
        self.where = {}
        for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
            left, right = line.split(" - ")
            kind, _, options = right.split()
            if kind == "cgroup":
                # "rw,xattr,name=systemd", "rw,memory"
                names = [name for name in options.split(",") if name not in ("rw", "xattr")]
                self.where[pathlib.Path(left.split()[4])] = names

    def __enter__(self):
        for place, names in self.where.items():
            own = self._own(place)
            own.mkdir()
            # A new one of this kind has no CPU and no memory.
            for name in ("cpuset.cpus", "cpuset.mems") if "cpuset" in names else ():
                (own / name).write_text((place / name).read_text())
        return self

    def __exit__(self, *_):
        for place in self.where:
            for directory, _, _ in os.walk(self._own(place), topdown=False):
                processes = pathlib.Path(directory, "cgroup.procs")
                until(lambda file=processes: not file.read_text(), "an empty cgroup", 20)
                os.rmdir(directory)

    def _own(self, place):
        return place / self.name

    def enter(self):
        for place in self.where:
            (self._own(place) / "cgroup.procs").write_text(str(os.getpid()))

    def mounts(self):
        """For BOOT."""
        lines = ["mkdir /sys/fs/cgroup/unified", "mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified"]
        for place, names in self.where.items():
            options = ",".join((["none"] if "name=systemd" in names else []) + names)
            lines += [f"mkdir /sys/fs/cgroup/{place.name}",
                      f"mount -t cgroup -o {options} cgroup /sys/fs/cgroup/{place.name}"]
        return "\n".join(lines)

    def directory(self, controller, path):
        """That of the cgroup PATH of systemd."""
        (place,) = [place for place, names in self.where.items() if controller in names]
        return self._own(place) / path


class Systemd:
    """systemd as PID 1, in the cgroup WHERE. UNITS: texts by name. It starts those in WANTS, and journald.
    Files that the caller puts below ROOT/DIRECTORY before boot() are in /DIRECTORY there, for each of OVERLAYS, and so
    is what is written there."""

    def __init__(self, bench, where, units, wants=(), overlays=()):
        need("unshare", "nsenter", "journalctl")
        need_program(SYSTEMD)
        need_program(JOURNALD)
        self.bench, self.where, self.overlays = bench, where, overlays
        self.hierarchies = None  # Hierarchies, if it is to have those of version 1
        self.root = bench.work / "root"
        self.log = bench.work / "systemd.log"
        self.outer = self.pid = None
        for directory in ("units", *overlays):
            (self.root / directory).mkdir(parents=True)
        for name, text in {**units, "test.target": TARGET.format(wants=" ".join(wants))}.items():
            self.unit(name, text)
        (self.root / "journald.conf").write_text("[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\n")

    def unit(self, name, text):
        """A unit, or NAME.d/FILE.conf, before boot()."""
        path = self.root / "units" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def boot(self):
        cgroups = self.hierarchies.mounts() if self.hierarchies else "mount -t cgroup2 cgroup2 /sys/fs/cgroup"
        words = {"root": self.root, "systemd": SYSTEMD, "overlays": " ".join(self.overlays), "cgroups": cgroups}
        script = BOOT.format(**words)

        def enter():
            if self.hierarchies:
                self.hierarchies.enter()
            (self.where / "cgroup.procs").write_text(str(os.getpid()))
            default_sigpipe()

        with open(self.log, "wb") as log:
            self.outer = self.bench.spawn(
                "unshare", "--fork", "--kill-child", "--pid", "--mount", "--cgroup", "--uts", "--ipc",
                "sh", "-c", script, preexec_fn=enter, stdout=log, stderr=log,
            )
        children = pathlib.Path(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children")
        self.pid = until(lambda: children.read_text().strip() or self.outer.poll(), "PID 1", 20)
        check(self.outer.poll() is None, f"no PID 1: {self.log.read_text()}")
        return self

    def try_run(self, *command):
        """Runs COMMAND there: its returncode, stdout and stderr."""
        words = ("nsenter", "-t", self.pid, "--mount", "--pid", "--cgroup", "--uts", "--ipc", *command)
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)

    def run(self, *command):
        """What COMMAND prints, whatever its exit status."""
        return self.try_run(*command).stdout
