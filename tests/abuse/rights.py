#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which rights does a trace have once it is ready, and does it still do its work without the others?"""

import contextlib
import ctypes
import gzip
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

from abuse import LANDLOCK_CREATE_RULESET, NOBODY, attack, case, check, get, main, symbols, until, without_landlock

CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
DAC_OVERRIDE, KILL, SYS_PTRACE, PERFMON, BPF = 1 << 1, 1 << 5, 1 << 19, 1 << 38, 1 << 39
PYTHON = "/usr/bin/python3"  # which all users may execute
OTHER = 1000  # a user that is neither root nor nobody


def status_of(directory):
    lines = (line.split(":", 1) for line in (directory / "status").read_text().splitlines() if ":" in line)
    return {name: value.strip() for name, value in lines}


def tasks(pid):
    """The status of each thread of the process."""
    return [status_of(task) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()]


def children(pid):
    words = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {status_of(pathlib.Path(f"/proc/{word}"))["Name"]: int(word) for word in words}


def nice_of_threads(pid):
    stats = [(task / "stat").read_text() for task in pathlib.Path(f"/proc/{pid}/task").iterdir()]
    return [int(stat.rsplit(")", 1)[1].split()[16]) for stat in stats]


def expect_rights(pid, held, uid=0, bounding=0):
    """All threads of the process have these capabilities and nothing more."""
    seen = tasks(pid)
    check(seen, f"no threads of {pid}")
    for status in seen:
        wanted = {"CapInh": 0, "CapPrm": held, "CapEff": held, "CapBnd": bounding, "CapAmb": 0}
        rights = {name: int(status[name], 16) for name in CAPABILITIES}
        check(rights == wanted, f"{status['Name']}: {rights}, not {wanted}")
        check(status["NoNewPrivs"] == "1", f"{status['Name']}: NoNewPrivs {status['NoNewPrivs']}")
        check(status["Seccomp"] == "2", f"{status['Name']}: Seccomp {status['Seccomp']}")
        check(status["Uid"].split() == [str(uid)] * 4, f"{status['Name']}: Uid {status['Uid']}")
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
    check(re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE), f"core files: {limits}")
    return len(seen)


def needs_bpf():
    """Whether this kernel wants CAP_BPF to use a map: see live_maps_are_free()."""
    setting = int(pathlib.Path("/proc/sys/kernel/unprivileged_bpf_disabled").read_text())
    version = tuple(int(part) for part in os.uname().release.split(".")[:2])
    return setting == 0 or version < (5, 19)


def has_landlock():
    version = 1
    return ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, 0, version) > 0


# As preexec_fn of a sigpath.
KERNELS = (None, without_landlock)


class Trace:
    """A sigpath that is ready."""

    def __init__(self, bench, *options, program=None, **popen_options):
        self.errors = bench.work / "rights.err"
        with open(self.errors, "wb") as stderr:
            popen_options.setdefault("stdout", subprocess.DEVNULL)
            words = program or [bench.sigpath]
            self.process = bench.spawn(*words, *options, stderr=stderr, **popen_options)
        self.pid = self.process.pid
        until(lambda: "sigpath: ready" in self.stderr() or self.process.poll() is not None, "ready")
        check(self.process.poll() is None, f"sigpath ended: {self.stderr()}")

    def stderr(self):
        return self.errors.read_text(errors="replace")

    def ends(self, number=signal.SIGTERM, status=0):
        self.process.send_signal(number)
        ended = self.process.wait(20)
        check(ended == status, f"status {ended}, not {status}: {self.stderr()}")


@case
def rights_of_a_trace(bench):
    """Root: it stays uid 0 and has no capability, in no thread."""
    trace = Trace(bench)
    bpf = BPF if needs_bpf() else 0
    check(expect_rights(trace.pid, bpf) >= 3, "the threads of the worker and of the sink are missing")
    expect_rights(children(trace.pid)["sigpath-links"], SYS_PTRACE)
    trace.ends()


@case
def rights_of_another_user(bench):
    """--run-as, and a file that has to be opened again."""
    trace = Trace(bench, "--run-as", "nobody", "-o", bench.work / "out.json")
    bpf = BPF if needs_bpf() else 0
    expect_rights(trace.pid, bpf | DAC_OVERRIDE, uid=NOBODY)
    expect_rights(children(trace.pid)["sigpath-links"], SYS_PTRACE, uid=NOBODY)
    groups = tasks(trace.pid)[0]["Groups"].split()
    check("0" not in groups, f"groups {groups}")
    trace.ends()


@case
def rights_with_a_command(bench):
    """The right to send it signals, and the command has all of its own."""
    trace = Trace(bench, "--", "sleep", 60)
    bpf = BPF if needs_bpf() else 0
    expect_rights(trace.pid, bpf | KILL)
    trace.ends(status=-signal.SIGTERM)


@case
def rights_that_suffice(bench):
    """nobody with CAP_BPF and CAP_PERFMON traces, and keeps neither."""
    sigpath = bench.work / "sigpath-for-all"
    bench.run("install", "-m", 755, bench.sigpath, sigpath)
    rights = "-all,+bpf,+perfmon"
    nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", f"--inh-caps={rights}"]
    nobody += [f"--ambient-caps={rights}", f"--bounding-set={rights}"]
    out = bench.work / "out"
    with open(out, "wb") as stdout:
        trace = Trace(bench, "--comm", "broken-writer", program=[*nobody, sigpath], stdout=stdout)
    bpf = BPF if needs_bpf() else 0
    # Without CAP_SETPCAP nobody can empty the bounding set.
    expect_rights(trace.pid, bpf, uid=NOBODY, bounding=BPF | PERFMON)
    bench.run(bench.build / "tests" / "cli" / "broken-writer", 1)
    until(lambda: "broken-writer" in out.read_text(), "the incident")
    trace.ends()


@case
def another_user_without_the_right(bench):
    """--run-as without CAP_SETUID does not start a trace that goes on as who it was."""
    words = ["setpriv", "--inh-caps=-setuid", "--bounding-set=-setuid", bench.sigpath, "-d", "1ms", "--run-as", "nobody"]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode == 1, f"status {done.returncode}: {done.stderr}")
    told = "sigpath: --run-as: CAP_SETUID and CAP_SETGID are needed"
    check(done.stderr.startswith(told) and done.stderr.count("\n") == 1, done.stderr)


@case
def file_of_metrics(bench):
    """It is replaced when all rights are gone, with landlock and without, also in a directory of a user."""
    broken_writer, name = bench.build / "tests" / "cli" / "broken-writer", f"writer-{os.getpid()}"
    for number, kernel in enumerate(KERNELS):
        for user in (None, "nobody"):
            logs = bench.work / f"metrics-{number}-{user}"
            logs.mkdir()
            if user:
                shutil.chown(logs, user)
            options = ("--run-as", user) if user else ()
            trace = Trace(bench, "--comm", name, "--metrics", logs / "sigpath.prom", *options, preexec_fn=kernel)
            until((logs / "sigpath.prom").exists, "the first file")
            bench.run(broken_writer, "-n", name, 1)
            trace.ends()
            told = f"{kernel} {user}: {trace.stderr()}"
            check("cannot be written" not in told, told)
            text = (logs / "sigpath.prom").read_text()
            check('sigpath_incidents_by_outcome_total{outcome="ignored"} 1\n' in text, f"{told}: {text}")
            check("sigpath_running 0\n" in text, f"{told}: {text}")


@case
def attempts_from_inside(bench):
    """An attacker in the tracer, in runs with different rights, with landlock and without."""
    program = [bench.build / "tests" / "abuse" / "sigpath-inside"]
    logs, precious = bench.work / "logs", bench.work / "precious"
    logs.mkdir()
    precious.write_text("precious")
    os.environ["SIGPATH_VICTIM"] = str(precious)
    rotated = ("-o", logs / "rotated.json", "--rotate-size", "1M", "--rotate-compress")
    config = bench.work / "sigpath.conf"
    config.write_text(f"output = json:{logs}/config.json\n")
    metrics = ("--metrics", logs / "sigpath.prom", "--metrics", f":{free_port()}")
    files = ("--run-as", "nobody", "-o", logs / "out.json")
    runs = [(), files, rotated, metrics, ("--config", config), ("--", "sleep", 60)]
    check(os.path.exists("/etc/shadow"), "no /etc/shadow")
    for kernel in KERNELS:
        for options in runs:
            expect_refusals(bench, program, options, kernel)
            check(precious.read_text() == "precious", f"{kernel} {options}: the victim was changed")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def expect_refusals(bench, program, options, kernel):
    trace = Trace(bench, *options, program=program, preexec_fn=kernel)
    until(lambda: "inside: done" in trace.stderr() or trace.process.poll() is not None, "the attempts")
    told = f"{kernel} {options}: {trace.stderr()}"
    check("inside: done" in told, f"sigpath ended: {told}")
    check("ALLOWED" not in told, told)
    check(told.count("refused ") >= 40, f"only {told.count('refused ')} attempts: {told}")
    trace.ends(status=-signal.SIGTERM if "--" in options else 0)


PEER = """
import os, socket, sys
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
print(listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
connection.recv(1)
connection.close()
print("closed", flush=True)
sys.stdin.read()
"""

WRITER = """
import socket, sys, time
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
connection.send(b"x")
time.sleep(0.3)
for _ in range(9):
    try:
        connection.send(b"x")
    except BrokenPipeError:
        sys.exit(0)
    except ConnectionResetError:
        pass
    time.sleep(0.1)
sys.exit("no broken pipe")
"""


def expect_whole(bench, *options):
    """The peer lives on as another user, so what it is has to be read from /proc."""
    with bench.watching("--comm", "python3", *options) as trace:
        peer = attack(
            bench, PYTHON, "-c", PEER, stdout=subprocess.PIPE, stdin=subprocess.PIPE, user=OTHER
        )
        port = int(peer.stdout.readline())
        writer = attack(bench, PYTHON, "-c", WRITER, port, "an argument")
        check(writer.wait(20) == 0, "the writer found no broken pipe")
        until(lambda: '"kind":"incident"' in trace.output.read_text(), f"the incident: {options}")
    incident = trace.only
    check(incident["process"]["uid"] == NOBODY, "the writer is nobody")
    check(incident["process"]["cmdline"][-1] == "an argument", f"{incident['process']['cmdline']}")
    seen = incident.get("peer_process")
    check(get(incident, "peer_process.pid") == peer.pid, f"{options}: peer {seen}")
    exe = get(incident, "peer_process.exe")
    check(exe == os.path.realpath(PYTHON), f"{options}: the executable of the peer is {exe}")
    check(get(incident, "peer_process.uid") == OTHER, f"{options}: peer {seen}")
    cmdline = get(incident, "peer_process.cmdline")
    check(cmdline and cmdline[:2] == [PYTHON, "-c"], f"{options}: peer {seen}")
    peer.kill()


@case
def other_users_are_reported_whole(bench):
    for options in ((), ("--run-as", "nobody")):
        expect_whole(bench, *options)


@case
def other_users_behind_hidepid(bench):
    """A /proc that shows nobody the processes of others. `gid`: not even the group of root."""
    sigpath, wrapper = bench.sigpath, bench.work / "hidden"
    for mount in ("hidepid=1,gid=12345", "hidepid=2,gid=12345"):
        wrapper.write_text(
            "#!/bin/sh\n"
            f"exec unshare -m sh -c 'mount -t proc -o {mount} proc /proc && exec {sigpath} \"$@\"' sh \"$@\"\n"
        )
        wrapper.chmod(0o755)
        bench.sigpath = str(wrapper)
        for options in ((), ("--run-as", "nobody")):
            expect_whole(bench, *options)


@case
def counts_are_exact(bench):
    """Groups are made and expire, which needs the maps."""
    writes = 500
    with bench.watching("--comm", "broken-writer", "--burst", "1", "--window", "100ms") as trace:
        for _ in range(3):
            bench.run(bench.build / "tests" / "cli" / "broken-writer", writes)
            time.sleep(0.4)
    summary = trace.records.of_kind("summary")[0]
    total = summary["incidents"] + summary["repeats"] + summary["lost"]
    check(total == 3 * writes, f"{total} events, not {3 * writes}: {summary}")
    names = symbols(trace.incidents[0])
    # glibc 2.41 has two frames without a name above it.
    check("main" in names and any("write" in name for name in names[:3]), f"stack: {names}")
    check("warn" not in trace.stderr() and "cannot" not in trace.stderr(), trace.stderr())


def rotate(bench, directory, *options, prepare=None, kernel=None):
    """Renames the output and sends SIGUSR1; PREPARE makes the new file. Returns its text."""
    directory.mkdir(mode=0o755)
    out = directory / "out.json"
    trace = Trace(bench, "--comm", "broken-writer", "-o", out, *options, preexec_fn=kernel)
    out.rename(directory / "out.1")
    if prepare:
        prepare(out)
    trace.process.send_signal(signal.SIGUSR1)
    until(out.exists, f"a new file: {trace.stderr()}")
    time.sleep(0.3)
    bench.run(bench.build / "tests" / "cli" / "broken-writer", 1)
    until(lambda: "broken-writer" in out.read_text(), f"the incident: {trace.stderr()}")
    trace.ends()
    return out


@case
def rotation(bench):
    """In a directory of root, by root and by nobody."""
    for number, kernel in enumerate(KERNELS):
        for options in ((), ("--run-as", "nobody")):
            out = rotate(bench, bench.work / f"logs{number}{len(options)}", *options, kernel=kernel)
            check(out.stat().st_mode & 0o777 == 0o600, oct(out.stat().st_mode))


@case
def rotation_to_a_file_of_others(bench):
    """logrotate makes the new file for another user (`create 0600 user group`)."""

    def make(path):
        path.touch(mode=0o600)
        os.chown(path, OTHER, OTHER)

    for number, kernel in enumerate(KERNELS):
        rotate(bench, bench.work / f"logs{number}", prepare=make, kernel=kernel)


@case
def rotation_behind_a_link(bench):
    """The output is a link of root to a file in another directory, and that file is rotated."""
    real, links = bench.work / "real", bench.work / "links"
    real.mkdir()
    links.mkdir()
    link = links / "out.json"
    link.symlink_to(real / "data.json")
    trace = Trace(bench, "--comm", "broken-writer", "-o", link)
    (real / "data.json").rename(real / "data.1")
    trace.process.send_signal(signal.SIGUSR1)
    until(link.exists, f"a new file: {trace.stderr()}")
    bench.run(bench.build / "tests" / "cli" / "broken-writer", 1)
    until(lambda: "broken-writer" in link.read_text(), f"the incident: {trace.stderr()}")
    trace.ends()


@case
def configuration_is_read_again(bench):
    """A file for root alone, behind a link to another directory, which a trace cannot reach."""
    config, link = bench.work / "real" / "sigpath.conf", bench.work / "sigpath.conf"
    config.parent.mkdir()
    link.symlink_to(config)
    for kernel in KERNELS:
        for options in ((), ("--run-as", "nobody")):
            config.write_text("class = misuse\n")
            config.chmod(0o600)
            trace = Trace(bench, "--config", link, *options, preexec_fn=kernel, start_new_session=True)
            expect_rights(children(trace.pid)["sigpath-config"], 0)
            expect_rights(trace.pid, BPF if needs_bpf() else 0, uid=NOBODY if options else 0)
            config.write_text("class = client_gone\nburst = 3\n")
            trace.process.send_signal(signal.SIGHUP)
            told = f"sigpath: {link}: changed: class\nsigpath: {link}: changes after a restart: burst\n"
            until(lambda: told in trace.stderr(), f"{kernel} {options}: {told}, not {trace.stderr()}")
            trace.ends()


def rests(directory):
    """Nothing is renamed, written or removed there for half a second."""

    def look():
        with contextlib.suppress(FileNotFoundError):
            return {path.name: (path.stat().st_ino, path.stat().st_size) for path in directory.iterdir()}
        return None

    before = look()
    time.sleep(0.5)
    return before is not None and before == look()


@case
def rotation_of_our_own(bench):
    """The files are renamed, compressed and removed, with the rights of a trace."""
    sizes = ("--rotate-size", "8K", "--rotate-keep", "3", "--rotate-compress")
    for number, kernel in enumerate(KERNELS):
        for options in ((), ("--run-as", "nobody")):
            logs = bench.work / f"own{number}{len(options)}"
            logs.mkdir(mode=0o755)
            out = logs / "out.json"
            more = ("--comm", "broken-writer", "--burst", "0", "-o", out, *sizes, *options)
            trace = Trace(bench, *more, preexec_fn=kernel)
            bench.run(bench.build / "tests" / "cli" / "broken-writer", 60)
            wanted = {"out.json", "out.json.1.gz", "out.json.2.gz", "out.json.3.gz"}
            until(lambda: {path.name for path in logs.iterdir()} == wanted and rests(logs), f"the files: {trace.stderr()}")
            check("cannot" not in trace.stderr(), trace.stderr())
            for name in wanted - {"out.json"}:
                path = logs / name
                lines = gzip.decompress(path.read_bytes()).splitlines()
                check(lines and all(json.loads(line) for line in lines), f"{name}: {lines}")
                check(path.stat().st_mode & 0o777 == 0o600, oct(path.stat().st_mode))
            expect_rights(trace.pid, (BPF if needs_bpf() else 0) | DAC_OVERRIDE, NOBODY if options else 0)
            check(nice_of_threads(trace.pid).count(19) == 1, f"priorities {nice_of_threads(trace.pid)}")
            trace.ends()


SHOW = r"""
grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Sig[^Q]|Shd)' /proc/self/status
cat /proc/self/limits /proc/self/oom_score_adj
ls -l /proc/self/fd | sed 's/.*[0-9] \([0-9]* ->\)/\1/; s/\[[0-9]*\]//; s/[0-9]*.fd$//'
stat -c '%u %a' /proc/self/mem
umask
"""


@case
def command_is_untouched(bench):
    """It has what the caller of sigpath had."""
    plain = bench.run("bash", "-c", SHOW, stdin=subprocess.DEVNULL)
    for options in ((), ("--run-as", "nobody")):
        traced = bench.run(bench.sigpath, *options, "--", "bash", "-c", SHOW, stdin=subprocess.DEVNULL)
        check(traced == plain, f"{options}: {traced}\ninstead of\n{plain}")


@case
def signals_for_a_command_of_another_user(bench):
    """Whoever sigpath becomes, and whoever the command becomes."""
    for options in ((), ("--run-as", "nobody")):
        for change in ((), ("setpriv", f"--reuid={OTHER}", "--clear-groups", f"--regid={OTHER}")):
            trace = Trace(bench, *options, "--", *change, "sleep", 60)
            command = until(lambda: children(trace.pid).get("sleep"), "the command")
            trace.ends(status=-signal.SIGTERM)
            check(not os.path.exists(f"/proc/{command}"), f"{options} {change}: the command still runs")


@case
def process_that_reads_links_dies(bench):
    """Then executables of living peers may be missing, and nothing else happens."""
    trace = Trace(bench)
    reader = children(trace.pid)["sigpath-links"]
    os.kill(reader, signal.SIGKILL)
    bench.run(bench.build / "tests" / "cli" / "broken-writer", 1)
    trace.ends()
    check("1 incident" in trace.stderr(), trace.stderr())


@case
def process_that_reads_links_ends_with_the_trace(bench):
    trace = Trace(bench)
    reader = children(trace.pid)["sigpath-links"]
    trace.process.kill()
    trace.process.wait()
    until(lambda: not os.path.exists(f"/proc/{reader}"), "its end", 5)


if __name__ == "__main__":
    main()
