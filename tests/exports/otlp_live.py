#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs that trace, with the walls around them: to a collector that is not there, that hangs, that comes back."""

import re
import signal

from otlp_receiver import *  # pylint: disable=wildcard-import,unused-wildcard-import
from harness import case, main

POD = "0f3c2a91-5b1e-4a7d-9c55-1d2e3f4a5b6c"
CONTAINER = "4f1d" * 16


# Of this run of the test: others may trace on this machine, too.
COMM = f"otlp-{os.getpid()}"


def fail_once(bench, seconds=0):
    """A process that writes to a broken pipe."""
    writer = bench.build / "tests" / "cli" / "broken-writer"
    return bench.spawn("sh", "-c", f"sleep {seconds}; exec {writer} -n {COMM} 1", stderr=subprocess.DEVNULL)


class Live:
    """sigpath that traces."""

    def __init__(self, bench, *options, env=None):
        bench.traces += 1
        self.errors = bench.work / f"trace{bench.traces}.err"
        clean = {name: text for name, text in os.environ.items() if not name.startswith("OTEL_")}
        with open(self.errors, "wb") as stderr:
            self.process = bench.spawn(
                bench.sigpath, "--comm", COMM, "--stack", "none", *options, stdout=subprocess.DEVNULL,
                stderr=stderr, env={**clean, **(env or {})},
            )
        until(lambda: "ready" in self.stderr() or self.process.poll() is not None, "sigpath to get ready")
        check(self.process.poll() is None, self.stderr())

    def stderr(self):
        return self.errors.read_text(errors="replace")

    def end(self, number=signal.SIGTERM, most=2.0):
        begin = time.monotonic()
        self.process.send_signal(number)
        try:
            status = self.process.wait(15)
        except subprocess.TimeoutExpired:
            fail(f"sigpath still runs: {self.stderr()}")
        took = time.monotonic() - begin
        check(took < most, f"the end took {took:.1f} s")
        return status

    def exporter(self):
        """The PID of the process that sends."""
        done = subprocess.run(
            ["pgrep", "-P", str(self.process.pid), "-x", "sigpath-otlp"], capture_output=True, text=True, check=False
        )
        check(done.stdout.strip(), "no process that sends")
        return int(done.stdout)

    def lines(self, words):
        return len(lines_with(self.stderr(), words))


def incidents_of(requests):
    return sum(len(request.records) for request in requests)


@case
def collector_that_is_not_there_at_the_start(bench):
    port = free_port()
    live = Live(bench, "--to", f"otlp:http://127.0.0.1:{port}")
    fail_once(bench).wait()
    until(lambda: live.lines(FAILS), "the message", 10)
    fail_once(bench).wait()
    with Receiver(port=port) as receiver:
        until(lambda: incidents_of(receiver.accepted) == 2, "both incidents", 20)
        fail_once(bench).wait()
        until(lambda: incidents_of(receiver.accepted) == 3, "the third incident", 10)
        check(live.end() == 0, live.stderr())
        check(len(set(ids_of(receiver.accepted))) == 3, "an incident twice")
    check(live.lines(FAILS) == 1 and live.lines(AGAIN) == 1, live.stderr())


@case
def collector_that_hangs(bench):
    with Receiver("hang") as receiver:
        live = Live(bench, "--to", f"otlp:{receiver.url}")
        fail_once(bench).wait()
        until(lambda: receiver.attempts, "the request", 10)
        fail_once(bench).wait()

        def both_are_reported():
            live.process.send_signal(signal.SIGUSR2)
            time.sleep(0.1)
            return live.lines("so far 2 incidents")

        until(both_are_reported, "the summary so far", 10)
        check("dropped" not in live.stderr(), live.stderr())
        check(live.end() == 1, "the status does not say that incidents are missing")
    check("2 dropped (the run ended)" in live.stderr(), live.stderr())


@case
def dead_collector_in_a_storm(bench):
    """It costs its own items, and each of them is counted; the file gets all."""
    out = bench.work / "out.jsonl"
    live = Live(bench, "--to", f"otlp:http://127.0.0.1:{free_port()}", "-o", out, "--burst", "0", "--rate", "0",
                "--buffer-size", "64M")
    writer = bench.build / "tests" / "cli" / "broken-writer"
    bench.run(writer, "-n", COMM, "3000")
    until(lambda: out.read_text().count("\n") >= 3000, "the file", 30)
    check(live.end() == 1, "the status does not say that incidents are missing")
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    items = sum(line["kind"] in ("incident", "repeat", "lost") for line in lines)
    check(items >= 3000, f"{items} items in the file")
    words = re.search(r"(\d+) dropped \(the queue was full\), (\d+) dropped \(the run ended\)", live.stderr())
    check(words and int(words[1]) + int(words[2]) == items and int(words[1]) > 0, f"{items} items: {live.stderr()}")
    check(live.lines(FAILS) == 1, live.stderr())


@case
def end_of_a_run_sends_the_rest(bench):
    """The last incident has not waited for others yet."""
    with Receiver() as receiver:
        live = Live(bench, "--to", f"otlp:{receiver.url}")
        fail_once(bench).wait()
        time.sleep(0.1)
        check(live.end() == 0, live.stderr())
        check(incidents_of(receiver.accepted) == 1, f"{incidents_of(receiver.accepted)} incidents")


@case
def who_may_do_what(bench):
    """The tracer has no network. The process that sends has no capability, no descriptor of the tracer's but its
    socket, and cannot read what is none of its business."""
    with Receiver() as receiver:
        spool = bench.work / "spool"
        live = Live(bench, "--to", f"otlp:{receiver.url}", "--spool", spool)
        fail_once(bench).wait()
        until(lambda: incidents_of(receiver.accepted) == 1, "the incident", 10)
        pid = live.exporter()
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        for name in ("CapPrm", "CapEff", "CapInh", "CapAmb", "CapBnd"):
            check(re.search(rf"^{name}:\s*0+$", status, re.MULTILINE), f"{name} of {status}")
        check(re.search(r"^NoNewPrivs:\s*1$", status, re.MULTILINE), status)
        for fd in os.listdir(f"/proc/{pid}/fd"):
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
            good = target.startswith(("socket:", "pipe:", "anon_inode:[eventp", "anon_inode:[eventfd]", str(spool)))
            check(good or target in ("/dev/null", str(live.errors)), f"descriptor {fd} of {target}")
        # The network belongs to that process alone.
        inodes = {line.split()[9] for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]}
        for fd in os.listdir(f"/proc/{live.process.pid}/fd"):
            target = os.readlink(f"/proc/{live.process.pid}/fd/{fd}")
            check(target[8:-1] not in inodes, f"the tracer has a TCP socket: {target}")
        check("libcurl" not in pathlib.Path(f"/proc/{live.process.pid}/maps").read_text(), "libcurl in the tracer")
        check(live.end() == 0, live.stderr())


@case
def process_that_sends_is_killed(bench):
    """The run goes on without it, and says so."""
    with Receiver() as receiver:
        out = bench.work / "out.jsonl"
        live = Live(bench, "--to", f"otlp:{receiver.url}", "-o", out)
        os.kill(live.exporter(), signal.SIGKILL)
        for number in range(2):
            fail_once(bench).wait()
            until(lambda: out.read_text().count('"kind":"incident"') == number + 1, "the incident")  # pylint: disable=cell-var-from-loop
            time.sleep(1.2)
        check(live.end() == 1, "the status does not say that incidents are missing")
        check(live.lines("the process that sends has ended") == 1, live.stderr())
        check("2 unwritten" in live.stderr(), live.stderr())


@case
def process_that_sends_ends_with_sigpath(bench):
    with Receiver("hang") as receiver:
        live = Live(bench, "--to", f"otlp:{receiver.url}")
        pid = live.exporter()
        fail_once(bench).wait()
        until(lambda: receiver.attempts, "the request", 10)
        live.process.kill()
        until(lambda: not pathlib.Path(f"/proc/{pid}").exists() or _is_zombie(pid), "its end", 2)


def _is_zombie(pid):
    return ") Z " in pathlib.Path(f"/proc/{pid}/stat").read_text()


@case
def run_that_is_killed_with_a_spool(bench):
    spool = bench.work / "spool"
    live = Live(bench, "--to", f"otlp:http://127.0.0.1:{free_port()}", "--spool", spool)
    for _ in range(3):
        fail_once(bench).wait()
    until(lambda: sum(struct.unpack_from("=I", p.read_bytes(), 8)[0] for p in spool.glob("*.otlp")) == 3, "the spool", 10)
    live.process.kill()
    live.process.wait()
    with Receiver() as receiver:
        live = Live(bench, "--to", f"otlp:{receiver.url}", "--spool", spool)
        until(lambda: incidents_of(receiver.accepted) == 3, "what the first run left", 10)
        check(live.end() == 0, live.stderr())


@case
def spool_of_another_user(bench):
    """With --run-as the process that sends is that user, too."""
    spool = bench.work / "spool"
    spool.mkdir(mode=0o700)
    os.chown(spool, 65534, 65534)
    live = Live(bench, "--to", f"otlp:http://127.0.0.1:{free_port()}", "--spool", spool,
                "--run-as", "65534")
    check(pathlib.Path(f"/proc/{live.exporter()}").exists(), "no process")
    check(re.search(r"^Uid:\s+65534\s+65534\s+65534", pathlib.Path(f"/proc/{live.exporter()}/status").read_text(),
                    re.MULTILINE), "another user")
    fail_once(bench).wait()
    until(lambda: list(spool.glob("*.otlp")), "the spool", 10)
    check(live.end() == 0, live.stderr())


@case
def secrets_in_the_start_line(bench):
    out = bench.work / "out.jsonl"
    url = f"otlp:http://me:hunter2@127.0.0.1:{free_port()}"
    live = Live(bench, "--to", url, "-o", out)
    check(live.end() == 0, live.stderr())
    check("hunter2" not in out.read_text() and '"kind":"start"' in out.read_text(), out.read_text())


@case
def resource_of_each_container(bench):
    """A process in the cgroup of a container in a pod, as containerd names it, and one outside."""
    mounts = [line.split() for line in pathlib.Path("/proc/mounts").read_text().splitlines()]
    roots = [fields[1] for fields in mounts if fields[2] == "cgroup2" and os.access(f"{fields[1]}/cgroup.procs", os.W_OK)]
    if not roots:
        skip("no cgroup2 to write to")
    top = pathlib.Path(roots[0]) / f"kubepods-pod{POD.replace('-', '_')}.slice"
    inner = top / f"cri-containerd-{CONTAINER}.scope"
    inner.mkdir(parents=True)
    try:
        with Receiver() as receiver:
            live = Live(bench, "--to", f"otlp:{receiver.url}")
            victim = fail_once(bench, 0.3)
            (inner / "cgroup.procs").write_text(str(victim.pid))
            other = fail_once(bench, 0.3)
            victim.wait()
            other.wait()
            until(lambda: incidents_of(receiver.accepted) == 2, "both incidents", 10)
            check(live.end() == 0, live.stderr())
        seen = {}
        for request in receiver.accepted:
            for resource in request.json["resourceLogs"]:
                (scope,) = resource["scopeLogs"]
                for record in scope["logRecords"]:
                    seen[attributes_of(record)["process.pid"]] = attributes_of(resource["resource"])
        check(seen[victim.pid].get("k8s.pod.uid") == POD, seen)
        check(seen[victim.pid].get("container.id") == CONTAINER, seen)
        check("k8s.pod.uid" not in seen[other.pid] and seen[other.pid]["host.name"] == os.uname().nodename, seen)
    finally:
        with contextlib.suppress(UnboundLocalError):
            victim.kill()
            victim.wait()
        inner.rmdir()
        top.rmdir()


if __name__ == "__main__":
    main()
