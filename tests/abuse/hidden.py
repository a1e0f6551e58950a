#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What does sigpath say about kills of the kernel where it hides the addresses of its functions?"""

import json
import os
import resource
import signal
import subprocess

from abuse import case, check, get, main, need, skip, until

KALLSYMS = "/proc/kallsyms"
WITHOUT_SYSLOG = ("setpriv", "--inh-caps=-syslog", "--bounding-set=-syslog", "--ambient-caps=-all", "--")


def are_hidden():
    command = [*WITHOUT_SYSLOG, "head", "-n", "2", KALLSYMS]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return all(int(line.split()[0], 16) == 0 for line in lines)


class Run:
    """A sigpath without CAP_SYSLOG, with STDIN."""

    def __init__(self, bench, stdin):
        need("setpriv", "unshare")
        if not are_hidden():
            skip("this kernel shows its addresses to all (kptr_restrict, perf_event_paranoid)")
        self.output, errors = bench.work / "hidden.jsonl", bench.work / "hidden.err"
        with open(errors, "wb") as stderr, open(stdin, "rb") as file:
            words = [*WITHOUT_SYSLOG, bench.sigpath, "-s", "KILL", "--format=json", "-o", self.output]
            self.process = bench.spawn(*words, stdin=file, stderr=stderr, stdout=subprocess.DEVNULL)
        until(lambda: b"sigpath: ready" in errors.read_bytes() or self.process.poll() is not None, "ready")
        check(self.process.poll() is None, errors.read_text(errors="replace"))

    def incident_of(self, pid):
        """That of the process PID, as soon as it is there."""

        def look():
            lines = self.output.read_text(errors="replace").splitlines(keepends=True)
            items = [json.loads(line) for line in lines if line.endswith("\n")]
            return [item for item in items if item["kind"] == "incident" and item["process"]["pid"] == pid]

        return until(look, f"the incident of {pid}")[0]

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        check(self.process.wait(20) == 0, "sigpath failed")


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def die_with_namespace(bench):
    """The number of a process whose PID namespace ended."""
    command = ("unshare", "--pid", "--fork", "sh", "-c", "sleep 100 & read line; exit 3")
    outer = bench.spawn(*command, stdin=subprocess.PIPE)
    init = until(lambda: children(outer.pid), "the init of the namespace")[0]
    pid = until(lambda: children(init), "a process in the namespace")[0]
    outer.stdin.close()
    outer.wait(20)
    return pid


def die_of_cpu_time(bench):
    """The number of a process that reached its hard limit."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
    process = bench.spawn("sh", "-c", "while :; do :; done", preexec_fn=limit)
    check(process.wait(60) == -signal.SIGKILL, "the limit did not kill")
    return process.pid


@case
def addresses_hidden(bench):
    """The end of a namespace is known by facts; what only an address tells is unknown, with the reason."""
    run = Run(bench, os.devnull)
    incident = run.incident_of(die_with_namespace(bench))
    check(get(incident, "cause.code") == "namespace_end", incident["cause"])
    check(get(incident, "namespace_end.exit_status") == 3, incident["namespace_end"])
    incident = run.incident_of(die_of_cpu_time(bench))
    check(get(incident, "cause.code") == "unknown", incident["cause"])
    check(get(incident, "cause.confidence") == "unknown", incident["cause"])
    check("hides" in get(incident, "cause.text"), incident["cause"])
    run.end()


@case
def addresses_by_stdin(bench):
    """A service manager opens the table: the places and the names on the kernel stack are known."""
    run = Run(bench, KALLSYMS)
    incident = run.incident_of(die_of_cpu_time(bench))
    check(get(incident, "cause.code") == "cpu_time_limit", incident["cause"])
    check(get(incident, "limit.reached") == "hard", incident["limit"])
    check(get(incident, "signal.site"), "no name of the function")
    run.end()


if __name__ == "__main__":
    main()
