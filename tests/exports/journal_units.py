#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does `journalctl -u UNIT` show the death of a service? With a real systemd as PID 1 in namespaces, and with
cgroups that are made by hand. And where sigpath has fewer rights."""

import os
import pathlib
import subprocess
import sys

from journal_bed import Journald
from systemd_bed import NAME, VICTIM, Systemd, cgroup

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "abuse"))

from abuse import NOBODY, case, check, default_sigpipe, main, until, without_landlock

# Not what other programs of this host meet.
TO_JOURNAL = ("--to", "journal", "--comm", NAME)


def die_in(where):
    """A victim in this cgroup."""

    def enter():
        (where / "cgroup.procs").write_text(str(os.getpid()))
        default_sigpipe()

    subprocess.run([sys.executable, "-c", VICTIM], preexec_fn=enter, check=False)


def one(entries):
    check(len(entries) == 1, f"{len(entries)} entries instead of one: {entries}")
    return entries[0]


@case
def units_from_cgroups(bench):
    """Only the part of the path that no user can choose decides."""
    journal = Journald(bench).start()
    with bench.watching(*TO_JOURNAL):
        with cgroup("system.slice/web.service") as where:
            die_in(where)
        until(lambda: journal.incidents("-u", "web"), "the entry of web.service")
        path = "user.slice/user-1000.slice/user@1000.service/app.slice/backup.service"
        with cgroup(path) as where:
            die_in(where)
        until(lambda: journal.incidents("--user-unit", "backup"), "the entry of backup.service")
        with cgroup("user.slice/user-1000.slice/user@1000.service/mine/web.service") as where:
            die_in(where)
        with cgroup("system.slice/docker-ab.scope/system.slice/web.service") as where:
            die_in(where)
        until(lambda: len(journal.incidents()) == 4, "all entries")
    one(journal.incidents("-u", "web"))
    one(journal.incidents("-u", "docker-ab.scope"))
    entry = one(journal.incidents("--user-unit", "backup"))
    check(entry["OBJECT_SYSTEMD_UNIT"] == "user@1000.service", f"{entry}")
    check(len(journal.incidents("-u", "user@1000")) == 2, "the entries of user@1000.service")
    # The names that a user chose are labels.
    check(len(journal.incidents("SIGPATH_UNIT=web.service")) == 3, "the labels")


@case
def repeats_of_a_unit(bench):
    journal = Journald(bench).start()
    with bench.watching(*TO_JOURNAL, "--burst", "1"):
        with cgroup("system.slice/web.service") as where:
            for _ in range(3):
                die_in(where)
            until(lambda: journal.entries("-u", "web", "SIGPATH_KIND=repeat"), "the repeat")
    entry = one(journal.entries("-u", "web", "SIGPATH_KIND=repeat"))
    check(entry["SIGPATH_COUNT"] == "2", f"{entry}")
    check(entry["SIGPATH_OF"] == one(journal.incidents("-u", "web"))["SIGPATH_ID"], f"{entry}")


@case
def another_user(bench):
    """With --run-as the entries arrive, and journalctl does not put them under a unit."""
    journal = Journald(bench).start()
    with bench.watching(*TO_JOURNAL, "--run-as", str(NOBODY)):
        with cgroup("system.slice/web.service") as where:
            die_in(where)
        entry = one(until(journal.incidents, "the entry"))
    check(entry["_UID"] == str(NOBODY) and entry["OBJECT_SYSTEMD_UNIT"] == "web.service", f"{entry}")
    check(not journal.incidents("-u", "web"), "docs/logs.md says that -u needs root")


@case
def without_paths(bench):
    """Without landlock sigpath has an empty root. It still reaches journald, also one that comes back."""
    journal = Journald(bench).start()
    options = {"preexec_fn": lambda: (without_landlock(), default_sigpipe())}
    with bench.watching(*TO_JOURNAL, **options) as trace:
        root = os.listdir(f"/proc/{trace.process.pid}/root")
        check(root == ["proc"], f"the root has {root}")
        there = os.stat("/run/systemd/journal")
        fds = [f"/proc/{trace.process.pid}/fd/{fd}" for fd in os.listdir(f"/proc/{trace.process.pid}/fd")]
        kept = [fd for fd in fds if os.path.exists(fd) and os.path.samestat(os.stat(fd), there)]
        # No way leads up from it.
        check(kept and all(os.path.samestat(os.stat(f"{fd}/.."), there) for fd in kept), f"{kept}")
        subprocess.run([sys.executable, "-c", VICTIM], check=False)
        until(journal.incidents, "the entry")
        journal.stop()
        journal.start()
        subprocess.run([sys.executable, "-c", VICTIM], check=False)
        until(lambda: len(journal.incidents()) == 2, "the entry after the restart")


# --- a real systemd ---

UNITS = {
    "sigpath.service": """
[Unit]
DefaultDependencies=no
After=systemd-journald.service
[Service]
ExecStart={sigpath} --to journal --comm {name}
""",
    "victim.service": """
[Unit]
DefaultDependencies=no
[Service]
IgnoreSIGPIPE=no
ExecStart={python} {victim}
""",
}

@case
def a_service_of_systemd(bench):
    """The journal of a service has its death, among what systemd says about it."""
    victim = bench.work / "victim.py"
    victim.write_text(VICTIM)
    words = {"name": NAME, "sigpath": bench.sigpath, "python": sys.executable, "victim": victim}
    units = {name: text.format(**words) for name, text in UNITS.items()}
    with cgroup("") as where:
        system = Systemd(bench, where, units, ["sigpath.service"]).boot()

        def journal(*words):
            return system.run("journalctl", "--no-pager", "--quiet", *words)

        until(lambda: "sigpath: ready" in journal("-u", "sigpath"), f"sigpath in {system.log.read_text()}", 40)
        system.run("systemctl", "start", "victim.service")
        until(lambda: "killed by SIGPIPE" in journal("-u", "victim"), "the death in the journal of the service", 20)
        text = journal("-u", "victim")
        check("Started victim.service" in text, f"systemd is not in {text}")
        check("class=service_died severity=error" in text, f"the class is not in {text}")
        check("killed by SIGPIPE" in journal("-t", "sigpath", "-p", "err"), "journalctl -p err")
        check("killed by SIGPIPE" in system.run("systemctl", "status", "victim.service"), "systemctl status")


if __name__ == "__main__":
    main()
