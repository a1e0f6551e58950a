#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does sigpath.service do what an operator expects of a service, under a real systemd?"""

import contextlib
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sys
import threading
import time

from service_bed import NAME, exposure, service
from systemd_bed import Hierarchies, cgroup_root

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from harness import case, check, main, need, skip, until

PTRACE_SEIZE, PTRACE_INTERRUPT, WALL = 0x4206, 0x4207, 0x40000000
FAST_WATCHDOG = "WatchdogSec=3s\nRestartSec=100ms\n"

_libc = ctypes.CDLL(None, use_errno=True)


def ptrace(request, thread):
    check(_libc.ptrace(request, thread, None, None) == 0, f"ptrace: {os.strerror(ctypes.get_errno())}")


@contextlib.contextmanager
def standing_still(thread):
    """One thread of a process stands still, and no other."""
    ptrace(PTRACE_SEIZE, thread)
    ptrace(PTRACE_INTERRUPT, thread)
    os.waitpid(thread, WALL)
    # Its process can end only when somebody has taken note of its end.
    reaper = threading.Thread(target=os.waitpid, args=(thread, WALL))
    reaper.start()
    yield
    reaper.join()


def thread_of(pid, name):
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text() == f"{name}\n":
            return int(task.name)
    return None


def incidents(unit):
    path = unit.system.run("cat", "/var/log/sigpath/incidents.jsonl")
    return [line for line in map(json.loads, path.splitlines()) if line["kind"] == "incident"]


def stop_while_it_starts(unit):
    """The process, which stands still between its first instruction and "ready"; None: it was too fast."""
    unit.run("systemctl", "start", "--no-block", "sigpath")
    pid = until(lambda: unit.show("MainPID") != "0" and unit.pid(), "the process", 20)
    until(lambda: "\nState:\tT" in pathlib.Path(f"/proc/{pid}/status").read_text(), "the shell to stop itself", 20)
    os.kill(pid, signal.SIGCONT)
    until(lambda: os.readlink(f"/proc/{pid}/exe").endswith("/sigpath"), "sigpath", 20)
    os.kill(pid, signal.SIGSTOP)
    if unit.show("ActiveState") == "activating":
        return pid
    os.kill(pid, signal.SIGCONT)
    unit.do("systemctl", "stop", "sigpath")
    return None


@case
def active_when_it_is_ready(bench):
    """Not before: until then `systemctl start` waits."""
    shell = "ExecStart=\nExecStart=/bin/sh -c 'kill -STOP $$$$; exec /usr/sbin/sigpath --config /etc/sigpath/sigpath.conf'"
    with service(bench, more=shell) as unit:
        unit.boot()
        pid = until(lambda: stop_while_it_starts(unit), "a start that can be stopped")
        time.sleep(1)
        check("sigpath: ready" not in unit.log(), unit.log())
        check(unit.show("ActiveState") == "activating", f"it is {unit.show('ActiveState')}")
        os.kill(pid, signal.SIGCONT)
        until(lambda: unit.show("ActiveState") == "active", f"the start: {unit.log()}", 40)
        check("sigpath: ready" in unit.log(), f"it is active and not ready: {unit.log()}")
        check(unit.show("StatusText") == "0 incidents, 0 repeats, 0 lost", unit.show("StatusText"))


@case
def death_of_a_service(bench):
    """It is not restarted, because a death by SIGPIPE counts as clean. The journal and the file tell it."""
    need("perl")
    with service(bench) as unit:
        program = bench.work / "perl"
        shutil.copy("/usr/bin/perl", program)
        shutil.chown(program, "nobody")
        program.chmod(0o700)
        unit.add_victim("apart", "PrivateTmp=yes\nProtectSystem=strict\nUser=daemon")
        (unit.system.root / "usr/share/victim.pl").write_text(f"$0='{NAME}'; pipe(R,W); close R; syswrite(W,'x');")
        unit.add_victim("perl", "User=nobody", f"{program} /usr/share/victim.pl")
        unit.boot().start()
        for name in ("victim", "apart", "perl"):
            unit.die(name)
            until(lambda: "killed by SIGPIPE" in unit.log(name), f"{name} in the journal", 20)  # pylint: disable=cell-var-from-loop
            check(unit.show("ActiveState", name) == "inactive", f"{name} is {unit.show('ActiveState', name)}")
            check(unit.show("NRestarts", name) == "0", f"{name} was restarted")
        seen = until(lambda: len(incidents(unit)) == 3 and incidents(unit), "the incidents in the file", 20)
        for incident, name, wanted in zip(seen, ("victim", "apart", "perl"), ("Py_RunMain", "Py_RunMain", "main")):
            check(incident["process"]["unit"] == f"{name}.service", f"{incident['process']}")
            frames = [frame["symbol"] for frame in incident["stack"]["user"]]
            check(wanted in frames, f"{name}: {frames} {incident['stack']}")
            kernel = incident["stack"]["kernel"]
            check(any(entry.startswith("vfs_write") for entry in kernel), f"{name}: {kernel}")
        status = until(lambda: "3 incidents, 0 repeats" in unit.run("systemctl", "status", "sigpath"), "STATUS", 20)
        check(status, "systemctl status")


@case
def what_is_not_delivered(bench):
    """STATUS says which output did not take how much."""
    with service(bench, config="output = json:/dev/full\n") as unit:
        unit.boot().start()
        unit.die()
        told = re.compile(r"1 incident, 0 repeats, 0 lost, 2 unwritten; /dev/full: 2 unwritten [(]the write failed[)]")
        until(lambda: told.fullmatch(unit.show("StatusText")), f"STATUS: {unit.show('StatusText')}", 20)
        unit.do("systemctl", "stop", "sigpath")
        check(unit.show("ActiveState") == "failed", "docs/service.md says that it has failed then")


@case
def reload(bench):
    with service(bench) as unit:
        unit.boot().start()
        first = unit.pid()
        right = unit.config.read_text()
        write(unit, right + "min-severity = error\n")
        unit.do("systemctl", "reload", "sigpath")
        until(lambda: "changed: min-severity" in unit.log(), "the new options", 10)
        check(unit.show("ActiveState") == "active" and unit.pid() == first, "it was restarted")
        # Wrong: the reload fails, and says where the error is.
        write(unit, right + "min-severity = error\ncolour = blue\n")
        done = unit.system.try_run("systemctl", "reload", "sigpath")
        check(done.returncode != 0, "a wrong file was reloaded")
        check(re.search(r"sigpath.conf:\d+: .*colour", unit.log()), f"no place of the error: {unit.log()}")
        check(unit.show("ActiveState") == "active" and unit.pid() == first, "a wrong file ended it")
        # Nobody has tested the file.
        os.kill(first, signal.SIGHUP)
        until(lambda: "the options stay as they are" in unit.log(), "the refusal", 10)
        until(lambda: "which has errors" in unit.show("StatusText"), f"STATUS: {unit.show('StatusText')}", 15)
        write(unit, right)
        unit.do("systemctl", "reload", "sigpath")
        until(lambda: "which has errors" not in unit.show("StatusText"), "STATUS without errors", 15)
        unit.die()
        until(lambda: "killed by SIGPIPE" in unit.log("victim"), "the incident after all of this", 20)


def write(unit, text):
    """As an editor does, on the file that is seen there."""
    unit.do("sh", "-c", f"cat >/etc/sigpath/new <<'END'\n{text}END\nmv /etc/sigpath/new /etc/sigpath/sigpath.conf")


@case
def wrong_options(bench):
    """It does not start again and again."""
    with service(bench, more="RestartSec=100ms", config="colour = blue\n") as unit:
        unit.boot().run("systemctl", "start", "sigpath")
        time.sleep(1)
        check(unit.show("ActiveState") == "failed" and unit.restarts() == 0, unit.log())
        check("colour" in unit.log(), unit.log())


@case
def watchdog(bench):
    """systemd restarts a process that hangs, and one of whose threads hang that do the work."""
    with service(bench, more=FAST_WATCHDOG) as unit:
        unit.boot().start()
        os.kill(unit.pid(), signal.SIGSTOP)
        unit.wait_for_restart(0, 40)
        # The loop that reads records is the main thread.
        with standing_still(unit.pid()):
            unit.wait_for_restart(1, 40)
        worker = until(lambda: thread_of(unit.pid(), "sigpath-worker"), "the worker")
        with standing_still(worker):
            time.sleep(5)
            check(unit.restarts() == 2, "a worker that has nothing to do is no reason for a restart")
            unit.die()
            unit.wait_for_restart(2, 40)
        check("Watchdog timeout" in unit.log(), unit.log())
        unit.die()
        until(lambda: "killed by SIGPIPE" in unit.log("victim"), "the incident after all of this", 20)
        time.sleep(5)
        check(unit.restarts() == 3, f"it was restarted without a reason: {unit.log()}")


@case
def storm(bench):
    """Work without end is no reason for a restart: neither for the loop nor for the worker."""
    with service(bench, more=FAST_WATCHDOG, config="rate = 100000,100000\nburst = 0\n") as unit:
        unit.boot().start()
        writer = bench.build / "tests/cli/broken-writer"
        end_of_storm = time.monotonic() + 12
        while time.monotonic() < end_of_storm:
            unit.run(writer, "-n", NAME, "200000")
        until(lambda: re.match(r"[1-9]\d{4,} incidents", unit.show("StatusText")), unit.show("StatusText"), 20)
        check(unit.restarts() == 0 and unit.show("ActiveState") == "active", unit.log()[-2000:])


@case
def killed(bench):
    with service(bench) as unit:
        unit.boot().start()
        os.kill(unit.pid(), signal.SIGKILL)
        unit.wait_for_restart(0, 40)
        unit.die()
        until(lambda: "killed by SIGPIPE" in unit.log("victim"), "an incident after the restart", 20)


@case
def end(bench):
    """Quick, complete, and without a process that is left."""
    with service(bench) as unit:
        unit.boot().start()
        unit.die()
        until(lambda: "killed by SIGPIPE" in unit.log("victim"), "the incident", 20)
        processes = unit.system.where / "sigpath.slice/sigpath.service/cgroup.procs"
        check(len(processes.read_text().split()) > 3, "the processes of sigpath are in its cgroup")
        start = time.monotonic()
        unit.do("systemctl", "stop", "sigpath")
        seconds = time.monotonic() - start
        check(seconds < 2 * max(1, os.getloadavg()[0] / os.cpu_count()), f"it took {seconds:.1f} s")
        check(unit.show("Result") == "success" and unit.show("ActiveState") == "inactive", unit.log())
        check(not processes.exists() or not processes.read_text(), "a process is left")
        check(json.loads(unit.run("tail", "-n1", "/var/log/sigpath/incidents.jsonl"))["incidents"] == 1, "the summary")
        check("SIGKILL" not in unit.log(), unit.log())


@contextlib.contextmanager
def service_with_controllers(bench):
    """A Service that runs, and the directories of its limits of memory and CPU time."""
    path = "sigpath.slice/sigpath.service"
    with contextlib.ExitStack() as stack:
        hierarchies = None
        if "memory" not in (cgroup_root() / "cgroup.controllers").read_text().split():
            hierarchies = stack.enter_context(Hierarchies())
        unit = stack.enter_context(service(bench))
        unit.system.hierarchies = hierarchies
        unit.boot().start()
        if hierarchies:
            yield unit, hierarchies.directory("memory", path), hierarchies.directory("cpu", path)
        else:
            yield unit, unit.system.where / path, unit.system.where / path


def first_of(*files):
    """The first that exists."""
    return next(file for file in files if file.exists())


def own_memory(directory):
    """In bytes, without that of files, which others may have read before."""
    kept = dict(line.split() for line in (directory / "memory.stat").read_text().splitlines())
    return int(kept.get("rss") or kept["anon"])


@case
def lack_of_memory(bench):
    """The process that reads program files ends, the incident comes without its stack, or its names, and sigpath goes
    on."""
    with service_with_controllers(bench) as (unit, memory, _):
        before = own_memory(memory)
        unit.die()
        until(lambda: len(incidents(unit)) == 1, f"the first incident: {unit.log()}", 30)
        # For this incident. The build and the libraries decide how much, and the process lives on.
        taken = own_memory(memory) - before
        unit.do("systemctl", "restart", "sigpath")
        used = int(first_of(memory / "memory.usage_in_bytes", memory / "memory.current").read_text())
        first_of(memory / "memory.limit_in_bytes", memory / "memory.max").write_text(str(used + taken * 3 // 4))
        unit.die()
        until(lambda: len(incidents(unit)) == 2, f"the incident: {unit.log()[-1000:]} {unit.show('StatusText')}", 30)
        first, seen = (incident["stack"] for incident in incidents(unit))
        check(first["complete"], f"with memory: {first}")
        check(str(seen["reason"]).startswith("reader_"), f"{taken} bytes were too many: {seen}")
        check(unit.restarts() == 0 and unit.show("ActiveState") == "active", unit.log()[-1000:])


@case
def limits(bench):
    """Those of the kernel are in force, in version 1 or 2 of cgroups."""
    with service_with_controllers(bench) as (unit, memory, cpu):
        files = [memory / "memory.limit_in_bytes", cpu / "cpu.cfs_quota_us", cpu / "cpu.cfs_period_us"]
        if not files[0].exists():
            files = [memory / "memory.max", cpu / "cpu.max"]
        seen = [int(number) for file in files for number in file.read_text().split()]
        check(seen == [512 << 20, 100000, 100000], f"{seen}")
        check(unit.show("Slice") == "sigpath.slice", unit.show("Slice"))
        # A machine without CAP_SYS_RESOURCE has only the setting.
        check(unit.show("OOMScoreAdjust") == "-500", unit.show("OOMScoreAdjust"))


@case
def walls(bench):
    """No network, and no file system to write to but the directory of the outputs."""
    with service(bench) as unit:
        unit.boot().start()
        pid = unit.pid()
        devices = pathlib.Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]
        check([line.split(":")[0].strip() for line in devices] == ["lo"], f"{devices}")
        script = """
            cut -d' ' -f5 /proc/self/mountinfo | sort -u | while read -r directory; do
                [ -d "$directory" ] && touch "$directory/.sigpath" 2>/dev/null && echo "$directory"
            done
            for file in /proc/sys/kernel/hostname /proc/sysrq-trigger /sys/kernel/mm/ksm/run /sys/fs/cgroup/cgroup.procs; do
                [ ! -e "$file" ] || { (: >>"$file") 2>/dev/null && echo "$file"; }
            done
            true"""
        seen = unit.do("nsenter", "-t", unit.show("MainPID"), "--mount", "sh", "-c", script).split()
        check(seen == ["/var/log/sigpath"], f"it can write to {seen}")
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        check("CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status, status)
        check(re.search(r"CapBnd:\t000001c000080004\n", status), status)


@case
def scores(bench):
    """Those that the files name. Another version of systemd asks other questions."""
    need("systemd-analyze")
    version = bench.run("systemd-analyze", "--version").split()[1]
    if version != "252":
        skip(f"the scores are those of systemd 252, and this is {version}")
    directory = bench.source.parent / "packaging/systemd"
    root = bench.work / "root/etc/systemd/system"
    (root / "sigpath.service.d").mkdir(parents=True)
    shutil.copy(directory / "sigpath.service", root)
    shipped = exposure(f"--root={bench.work}/root", "sigpath.service")
    check(shipped <= 2.0, f"{shipped}")
    shutil.copy(directory / "network.conf", root / "sigpath.service.d")
    opened = exposure(f"--root={bench.work}/root", "sigpath.service")
    told = re.search(r"says ([\d.]+) instead of ([\d.]+)\.", (directory / "network.conf").read_text())
    check((float(told[1]), float(told[2])) == (opened, shipped), f"{opened} {shipped}, and the file says {told[0]}")


@case
def command_has_no_socket(bench):
    """A COMMAND that speaks to the service manager would speak for sigpath."""
    words = {"NOTIFY_SOCKET": f"{bench.work}/socket", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(words["NOTIFY_SOCKET"])
        trace = bench.trace("sh", "-c", "env >env; ls -l /proc/self/fd >>env", env={**os.environ, **words})
        check(trace.status == 0, f"{trace.status}: {trace.stderr()}")
        check(manager.recv(4096).startswith(b"READY=1\n"), "READY")
        check(manager.recv(4096) == b"STOPPING=1", "STOPPING")
    seen = (bench.work / "env").read_text()
    check("PATH=" in seen and not any(name in seen for name in words), seen)
    check("socket:" not in seen, seen)


if __name__ == "__main__":
    main()
