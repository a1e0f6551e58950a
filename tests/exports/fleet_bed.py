# SPDX-License-Identifier: GPL-2.0-or-later
"""Three hosts and a collector on one kernel: namespaces for network, mounts and host name, with machine ids and
boot ids of their own. What is in packaging/fleet/ stands where its second line says, as it is."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import uuid

from journal_bed import CONFIG, JOURNALD, need_program
from otlp_receiver import certificates
from systemd_bed import cgroup

from harness import check, default_sigpipe, need, until

HOSTS = ("web-1", "web-2", "web-3")
UNIT = "shop.service"
OUTAGE = 2  # seconds

# Dies of SIGPIPE, in a call site that depends on ARGUMENT.
SHOP = """
#include <signal.h>
#include <unistd.h>
int send_reply(int fd);
int send_page(int fd);
int send_reply(int fd) { return (int)write(fd, "x", 1) + 1; }
int send_page(int fd) { return (int)write(fd, "x", 1) + 2; }
int main(int count, char **words)
{
	int ends[2];

	(void)words;
	signal(SIGPIPE, SIG_DFL);
	if (pipe(ends))
		return 1;
	close(ends[0]);
	return count > 1 ? send_page(ends[1]) : send_reply(ends[1]);
}
"""

MACHINE = """
set -e
mount --make-rprivate /
mount --bind "$1/etc" /etc
mount --bind "$1/boot_id" /proc/sys/kernel/random/boot_id
for directory in /run /var/log /var/lib /var/spool /var/tmp /srv /opt; do mount -t tmpfs none "$directory"; done
hostname "$2"
ip link set lo up
echo made
exec sleep 1000
"""

DIRECTORIES = (
    "/run/systemd/journal", "/run/log/journal", "/var/log/journal/remote", "/var/lib/systemd/journal-upload",
    "/var/log/sigpath", "/var/lib/sigpath", "/var/spool/rsyslog",
)  # fmt: skip

RSYSLOG = """
global(workDirectory="/var/spool/rsyslog")
include(file="/etc/rsyslog.d/*.conf")
"""


class Machine:
    """A host, or the collector."""

    def __init__(self, bench, name, addresses):
        need("unshare", "nsenter", "ip", "hostname")
        self.bench, self.name = bench, name
        work = bench.work / name
        work.mkdir()
        (work / "etc").mkdir()
        for path in ("passwd", "group", "ld.so.cache", "services", "protocols"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(f"/etc/{path}", work / "etc")
        self.boot_id = str(uuid.uuid4())
        (work / "boot_id").write_text(self.boot_id + "\n")
        files = {
            "machine-id": uuid.uuid4().hex + "\n",
            "hosts": "127.0.0.1 localhost\n" + "".join(f"{address} {host}\n" for host, address in addresses.items()),
            "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
            "rsyslog.conf": RSYSLOG,
            "systemd/journald.conf": CONFIG,
        }
        for path, text in files.items():
            (work / "etc" / path).parent.mkdir(exist_ok=True)
            (work / "etc" / path).write_text(text)
        self.process = bench.spawn(
            "unshare", "--mount", "--uts", "--net", "sh", "-c", MACHINE, "sh", work, name, stdout=subprocess.PIPE
        )
        check(self.process.stdout.readline() == b"made\n", f"no namespaces for {name}")
        self.prefix = ("nsenter", "--target", str(self.process.pid), "--mount", "--uts", "--net", "--")
        self.run("mkdir", "-p", *DIRECTORIES)

    def path(self, path):
        """PATH of this machine, for the test."""
        return pathlib.Path(f"/proc/{self.process.pid}/root{path}")

    def run(self, *command, **options):
        return self.bench.run(*self.prefix, *command, **options)

    def spawn(self, *command, **options):
        """Its output is in the directory of the test."""
        with open(self.bench.work / f"{self.name}.log", "ab") as log:
            options = {"stdout": log, "stderr": log, **options}
            return self.bench.spawn(*self.prefix, *command, **options)

    def log(self):
        return (self.bench.work / f"{self.name}.log").read_text(errors="replace")

    def rsyslog(self):
        need("rsyslogd")
        self.path("/run/rsyslogd.pid").unlink(missing_ok=True)
        process = self.spawn("rsyslogd", "-n")
        until(lambda: self.path("/run/rsyslogd.pid").exists() or process.poll() is not None, "rsyslogd", 40)
        check(process.poll() is None, self.log())
        return process


class Host(Machine):
    """It runs a service, and a sigpath that sees this service alone."""

    def __init__(self, bench, number, slice_):
        super().__init__(bench, HOSTS[number], {"collector.example": f"10.18.{number}.1"})
        self.number = number
        self.cgroup = slice_ / f"{self.name}.slice"
        (self.cgroup / UNIT).mkdir(parents=True)
        # The last host has the program somewhere else.
        self.program = f"{'/opt' if number == len(HOSTS) - 1 else '/srv'}/shop"
        self.run("cp", bench.work / "shop", self.program)
        self.trace = None
        self.errors = bench.work / f"trace-{self.name}.err"

    def connect(self, collector):
        here, there = str(self.process.pid), str(collector.process.pid)
        link = f"to-{self.name}"
        self.bench.run("ip", "link", "add", link, "netns", there, "type", "veth", "peer", "name", "eth0", "netns", here)
        for machine, device, last in ((collector, link, 1), (self, "eth0", 2)):
            machine.run("ip", "address", "add", f"10.18.{self.number}.{last}/24", "dev", device)
            machine.run("ip", "link", "set", device, "up")

    def cut(self):
        self.run("ip", "link", "set", "eth0", "down")

    def mend(self):
        self.run("ip", "link", "set", "eth0", "up")

    def journald(self):
        need("journalctl")
        need_program(JOURNALD)
        self.spawn(JOURNALD)
        until(self.path("/run/systemd/journal/socket").exists, "journald", 40)

    def start_sigpath(self):
        """With the configuration of the page, and of the test only which incidents are this host's."""
        env = {name: text for name, text in os.environ.items() if not name.startswith("OTEL_")}
        variables = self.path("/etc/sigpath/sigpath.env")
        if variables.exists():
            lines = [line for line in variables.read_text().splitlines() if not line.startswith("#")]
            env.update(line.split("=", 1) for line in lines)
        with open(self.errors, "wb") as errors:
            self.trace = self.bench.spawn(
                *self.prefix, self.bench.sigpath, "--config", "/etc/sigpath/sigpath.conf", "--cgroup", self.cgroup,
                "--burst", "4", "--window", "1s", stdout=subprocess.DEVNULL, stderr=errors, env=env,
            )  # fmt: skip
        until(lambda: "sigpath: ready" in self.errors.read_text() or self.trace.poll() is not None, "sigpath")
        check(self.trace.poll() is None, self.errors.read_text())

    def stop_sigpath(self):
        self.trace.send_signal(signal.SIGTERM)
        status = self.trace.wait(30)
        text = self.errors.read_text()
        losses = re.findall(r"[1-9]\d* (?:dropped|unwritten|lost)", text)
        check(status == 0 and not losses, f"{self.name}: {status}: {text}")

    def die(self, times=1, *words):
        """The service dies."""

        def enter():
            (self.cgroup / UNIT / "cgroup.procs").write_text(str(os.getpid()))
            default_sigpipe()

        for _ in range(times):
            status = subprocess.run([*self.prefix, self.program, *words], preexec_fn=enter, check=False).returncode
            check(status == -signal.SIGPIPE, f"the service ended with {status}")


class Fleet:
    """The hosts and the collector with the files of DESIGN, a directory of packaging/fleet."""

    def __init__(self, bench, design):
        need("gcc")
        self.bench = bench
        (bench.work / "shop.c").write_text(SHOP)
        bench.run("gcc", "-O1", "-o", "shop", "shop.c")
        slice_ = bench.children.enter_context(cgroup(""))
        self.collector = Machine(bench, "collector", {})
        self.hosts = [Host(bench, number, slice_) for number in range(len(HOSTS))]
        self.certify(bench.work, [self.collector, *self.hosts])
        for host in self.hosts:
            host.connect(self.collector)
        self.files = bench.source.parent / "packaging" / "fleet"
        for file in sorted((self.files / design).iterdir()):
            self._install(file)

    def certify(self, directory, machines):
        """Gives MACHINES keys and certificates of a new authority, which is made in DIRECTORY."""
        names = {machine.name: f"DNS:{machine.name}.hosts.example" for machine in machines}
        names["collector"] = "DNS:collector.example"
        certificates(directory, names)
        for machine in machines:
            to = machine.path("/etc/ssl/fleet")
            to.mkdir(parents=True, exist_ok=True)
            short = "collector" if machine is self.collector else "host"
            for suffix in ("pem", "key"):
                shutil.copy(directory / f"{machine.name}.{suffix}", to / f"{short}.{suffix}")
            shutil.copy(directory / "ca.pem", to)

    def _install(self, file):
        place = re.match(r"#.*\n# (/\S+) on (each host|the collector)\b", file.read_text())
        check(place, f"{file} does not say where it belongs")
        for machine in self.hosts if place[2] == "each host" else [self.collector]:
            to = machine.path(place[1])
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, to)

    def start_sigpath(self):
        for host in self.hosts:
            host.start_sigpath()

    def wait_for(self, port):
        """Somebody listens on the collector's PORT."""
        tables = [pathlib.Path(f"/proc/{self.collector.process.pid}/net/{name}") for name in ("tcp", "tcp6")]

        def is_listening():
            return any(re.search(rf":{port:04X} \S+ 0A", table.read_text()) for table in tables)

        until(is_listening, f"port {port} of the collector: {self.collector.log()}", 40)

    def try_out(self, deaths, stop, start):
        """Services die while all is well, while a host has no link, and while there is no collector. DEATHS: what the
        collector knows, by host. STOP, START: the collector's program."""

        def arrived(*wanted):
            until(lambda: deaths() == dict(zip(HOSTS, wanted)), f"the deaths {wanted}, not {deaths()}", 40)

        def die(times):
            for host in self.hosts:
                host.die(times)

        die(1)
        arrived(1, 1, 1)
        self.hosts[1].cut()
        die(2)
        arrived(3, 1, 3)
        time.sleep(OUTAGE)
        self.hosts[1].mend()
        arrived(3, 3, 3)
        stop()
        die(1)
        time.sleep(OUTAGE)
        check(deaths() == dict(zip(HOSTS, (3, 3, 3))), "the collector is not down")
        start()
        arrived(4, 4, 4)
        # More than one burst, and another fault of the same program.
        self.hosts[2].die(7)
        self.hosts[0].die(1, "page")
        arrived(5, 4, 11)


def total(deaths):
    """The deaths by host, of pairs (host, number) by the identity of their lines."""
    sums = dict.fromkeys(HOSTS, 0)
    for host, number in deaths.values():
        sums[host] += number
    return sums
