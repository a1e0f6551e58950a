#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who stopped a service or a container, and was it asked to end before? With a real systemd as PID 1 in namespaces,
and with runtimes of containers that are only programs of that name at the right place. Programs at other places are
not taken for these."""

import os
import pathlib
import shutil
import subprocess
import sys
import time

from systemd_bed import Systemd, cgroup

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from harness import case, check, main, need, until  # noqa: E402 pylint: disable=wrong-import-position

NAME = f"stopped{os.getpid()}"
VICTIM = f"""
import ctypes, signal, sys, time
ctypes.CDLL(None).prctl(15, b"{NAME}", 0, 0, 0)
{{}}
print("ready", flush=True)
time.sleep(60)
"""
PLAIN = "signal.signal(signal.SIGTERM, signal.SIG_DFL)"
DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
# Python runs it between two of its instructions: the sleep goes on.
BUSY = "signal.signal(signal.SIGTERM, lambda *_: None)"
UNIT = """
[Unit]
DefaultDependencies=no
[Service]
ExecStart={python} {script}
TimeoutStopSec=1
"""
CONTAINER = "0123456789abcdef" * 4
WATCH = ("-s", "TERM,KILL", "--comm", NAME)


def victim_script(bench, name, setup):
    script = bench.work / f"{name}.py"
    script.write_text(VICTIM.format(setup))
    return script


def one(incidents, signal):
    found = [each for each in incidents if each["signal"]["name"] == signal]
    check(len(found) == 1, f"{len(found)} incidents of {signal}: {incidents}")
    return found[0]


@case
def a_service_of_systemd(bench):
    """SIGTERM ends one service. The others ignore or handle it: systemd kills them, and that is one story."""
    setups = {"plain": PLAIN, "deaf": DEAF, "busy": BUSY}
    units = {
        f"{name}.service": UNIT.format(python=sys.executable, script=victim_script(bench, name, setup))
        for name, setup in setups.items()
    }
    with cgroup("") as where:
        system = Systemd(bench, where, units).boot()
        until(lambda: "running" in system.run("systemctl", "is-system-running") or system.run("systemctl", "--version"),
              "systemd", 40)

        def stop(name):
            unit = f"{name}.service"
            with bench.watching(*WATCH) as trace:
                until(lambda: "active" in system.run("systemctl", "start", unit) + system.run(
                    "systemctl", "is-active", unit), f"{unit} in {system.log.read_text()}", 30)
                until(lambda: "ready" in system.run("journalctl", "--quiet", "-u", unit), f"the word of {unit}", 30)
                system.run("systemctl", "stop", unit)
            return trace.incidents

        plain = one(stop("plain"), "SIGTERM")
        deaf = stop("deaf")
        busy = one(stop("busy"), "SIGKILL")
    check(plain["cause"]["code"] == "stopped_by_supervisor", f"{plain}")
    check(plain["cause"]["text"] == "systemd stopped plain.service with SIGTERM", f"{plain}")
    check((plain["class"], plain["severity"]) == ("sent_signal", "info"), f"{plain}")
    check(one(deaf, "SIGTERM")["outcome"] == "ignored", f"{deaf}")
    killed = one(deaf, "SIGKILL")
    check(killed["cause"]["code"] == "stop_timeout" and killed["cause"]["confidence"] == "certain", f"{killed}")
    check(killed["cause"]["text"].startswith("systemd stopped deaf.service: SIGTERM 1."), f"{killed}")
    check(killed["cause"]["text"].endswith("s before was ignored, then SIGKILL"), f"{killed}")
    (earlier,) = killed["cause"]["timeline"]
    check(earlier["what"] == "sigterm_sent" and 0.9e6 < earlier["ago_us"] < 20e6, f"{killed}")
    check(killed["severity"] == "error", f"{killed}")
    check([each["code"] for each in killed["advice"]] == ["handle_sigterm"], f"{killed}")
    sender = killed["signal"]["sender"]
    check(sender["exe"].endswith("/systemd/systemd") and sender["unit"] == "init.scope", f"{sender}")
    check(sender["cmdline"][-1] == "--unit=test.target" and sender["uid"] == 0, f"{sender}")
    check("went to a handler, which did not end it, then SIGKILL" in busy["cause"]["text"], f"{busy}")


def start_victim(bench, where, setup):
    def enter():
        (where / "cgroup.procs").write_text(str(os.getpid()))

    victim = bench.spawn(sys.executable, victim_script(bench, "victim", setup), preexec_fn=enter,
                         stdout=subprocess.PIPE)
    check(victim.stdout.readline() == b"ready\n", "the victim")
    return victim


def program(bench, path):
    """A kill(1) that is called PATH."""
    place = bench.work / path
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(shutil.which("kill"), place)
    return place


def send(place, signal, victim, where=None):
    def enter():
        (where / "cgroup.procs").write_text(str(os.getpid()))

    subprocess.run([place, f"-{signal}", str(victim.pid)], preexec_fn=enter if where else None, check=True)


@case
def a_runtime_of_containers(bench):
    """A runtime starts a program for each signal, so two processes have sent them."""
    need("kill")
    runc = program(bench, "bin/runc")
    with cgroup(f"system.slice/docker-{CONTAINER}.scope") as inside, bench.watching(*WATCH) as trace:
        outside = inside.parent / "docker.service"
        outside.mkdir()
        victim = start_victim(bench, inside, DEAF)
        send(runc, "TERM", victim, outside)
        time.sleep(0.2)
        send(runc, "KILL", victim, outside)
        victim.wait()
    killed = one(trace.incidents, "SIGKILL")
    check(killed["cause"]["code"] == "stop_timeout", f"{killed}")
    check(killed["cause"]["text"].startswith(f"docker stopped the container {CONTAINER}: SIGTERM "), f"{killed}")
    check(killed["signal"]["sender"]["unit"] == "docker.service", f"{killed}")


@case
def programs_of_these_names(bench):
    """A process in the container is not its runtime, and one in another cgroup is no systemd."""
    need("kill")
    runc, systemd = program(bench, "bin/runc"), program(bench, "lib/systemd/systemd")
    with cgroup(f"system.slice/docker-{CONTAINER}.scope") as inside, bench.watching(*WATCH) as trace:
        victim = start_victim(bench, inside, PLAIN)
        send(runc, "TERM", victim, inside)
        victim.wait()
    with cgroup("system.slice/web.service") as unit, bench.watching(*WATCH) as second:
        other = unit.parent / "init.scope"
        other.mkdir()
        victim = start_victim(bench, unit, PLAIN)
        send(systemd, "TERM", victim)
        victim.wait()
        # Its own init.scope is beside the units of another manager.
        inner = unit / "init.scope"
        inner.mkdir()
        victim = start_victim(bench, unit.parent, PLAIN)
        send(systemd, "TERM", victim, inner)
        victim.wait()
    for incident in (*trace.incidents, *second.incidents):
        check(incident["cause"]["code"] == "sent_by_process", f"{incident}")
        check(incident["severity"] == "warning", f"{incident}")
    check(len(trace.incidents) == 1 and len(second.incidents) == 2, "one incident for each")


if __name__ == "__main__":
    main()
