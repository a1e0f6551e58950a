# SPDX-License-Identifier: GPL-2.0-or-later
"""sigpath as the service that packaging/systemd makes of it, under a real systemd."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys

from systemd_bed import NAME, VICTIM, Systemd, cgroup

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from harness import check, until  # noqa: E402 pylint: disable=wrong-import-position

# It restarts after a failure.
VICTIM_UNIT = """
[Unit]
DefaultDependencies=no
[Service]
IgnoreSIGPIPE=no
Restart=on-failure
ExecStart={command}
{more}
"""

# What differs from a host: there is no sysinit.target, and other processes of the machine are not for this test. The
# leak check of a build with sanitizers needs ptrace().
TEST_CONF = """
[Unit]
DefaultDependencies=no
[Service]
Environment=ASAN_OPTIONS=detect_leaks=0
{more}
"""


class Service:
    """systemd with sigpath.service, which is not started, and with victim.service."""

    def __init__(self, bench, where, more="", config=""):
        packaging = bench.source.parent / "packaging"
        places = ("etc", "usr/sbin", "usr/share", "usr/lib/systemd/system")
        self.system = system = Systemd(bench, where, {}, overlays=places)
        self.packaging, self.config = packaging, system.root / "etc/sigpath/sigpath.conf"
        system.unit("sigpath.service.d/test.conf", TEST_CONF.format(more=more))
        self.add_victim("victim")
        (system.root / "usr/share/victim.py").write_text(VICTIM)
        shutil.copy(bench.sigpath, system.root / "usr/sbin/sigpath")
        shutil.copy(packaging / "systemd/sigpath.service", system.root / "usr/lib/systemd/system")
        self.config.parent.mkdir()
        self.config.write_text((packaging / "sigpath.conf").read_text() + f"comm = {NAME}\n{config}")
        shares = system.root / "usr/share/sigpath/systemd"
        shares.mkdir(parents=True)
        shutil.copy(packaging / "systemd/network.conf", shares)

    def add_victim(self, name, more="", command="/usr/bin/python3 /usr/share/victim.py"):
        """Before boot()."""
        self.system.unit(f"{name}.service", VICTIM_UNIT.format(command=command, more=more))

    def open_network(self):
        """Before boot()."""
        shutil.copy(self.packaging / "systemd/network.conf",
                    self.system.root / "units/sigpath.service.d/network.conf")

    def boot(self):
        self.system.boot()
        until(lambda: self.run("systemctl", "is-active", "test.target") == "active\n", "systemd", 20)
        return self

    def run(self, *words):
        return self.system.run(*words)

    def do(self, *words):
        """What COMMAND prints; it must succeed."""
        done = self.system.try_run(*words)
        check(done.returncode == 0, f"{words}: {done.stdout}{done.stderr}{self.log()}")
        return done.stdout

    def start(self):
        self.do("systemctl", "start", "sigpath")
        return self

    def show(self, name, unit="sigpath"):
        """The property NAME of a unit."""
        return self.do("systemctl", "show", "--property", name, "--value", unit).strip()

    def log(self, unit="sigpath"):
        return self.run("journalctl", "--no-pager", "--quiet", "--output=cat", "-u", unit)

    def pid(self):
        """The number of the main process, on the host."""
        number = self.show("MainPID")
        return int(until(lambda: self._on_the_host(number), f"the process {number}"))

    def _on_the_host(self, number):
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            with contextlib.suppress(OSError):
                text = status.read_text(errors="replace")
                numbers = text.partition("NSpid:")[2].partition("\n")[0].split()
                if numbers[1:] == [number] and self._is_of_this_systemd(status.parent):
                    return status.parent.name
        return None

    def _is_of_this_systemd(self, process):
        return os.readlink(process / "ns/pid") == os.readlink(f"/proc/{self.system.pid}/ns/pid")

    def die(self, unit="victim"):
        """The service UNIT meets a broken pipe."""
        self.run("systemctl", "start", unit)

    def restarts(self):
        return int(self.show("NRestarts"))

    def wait_for_restart(self, before, seconds):
        until(lambda: self.restarts() > before and self.show("ActiveState") == "active",
              f"the restart: {self.log()}", seconds)


@contextlib.contextmanager
def service(bench, **options):
    """A Service; boot() it."""
    with cgroup("") as where:
        yield Service(bench, where, **options)


def exposure(*files):
    """The score that systemd-analyze gives to the unit in the first of FILES, with the others as drop-ins."""
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", *files],
                          capture_output=True, text=True, check=True)
    return float(done.stdout.rpartition("exposure level for ")[2].split()[1])
