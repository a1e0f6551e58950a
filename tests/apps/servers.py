#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does sigpath tell the truth about real servers whose clients and services leave?

Each server runs twice with the same clients: under strace, which says which calls failed, and under
sigpath. The clients know who left and how. Where a server gets no EPIPE (it has noticed before, or
it stops at ECONNRESET), sigpath must not report one."""

import collections
import json
import re

import servers_programs
from harness import Failed, case, expect, fail, main, need
from servers_twin import LEAVES, both_runs

SIGPIPE = 13
# Why a write to the client fails.
CAUSES = {
    "close": "peer_closed_then_reset",
    "half": "half_closed_then_reset",
    "kill": "peer_closed_then_reset",
    "reset": "reset_by_peer",
}
# A stopped service closes its listening socket. It never accepted the connection.
INVENTED = re.compile("unread|SO_LINGER")


class Verdict:
    """Collects what is wrong, so that one run tells all of it."""

    def __init__(self):
        self.wrong = []

    def check(self, good, reason):
        if not good:
            self.wrong.append(reason)

    def expect(self, what, record, **values):
        for name, wanted in values.items():
            try:
                expect(record, **{name: wanted})
            except Failed as reason:
                self.wrong.append(f"{what}: {reason}")

    def end(self):
        # Incidents that are alike are wrong alike.
        reasons = [
            reason if count == 1 else f"{reason} ({count} times)"
            for reason, count in collections.Counter(self.wrong).items()
        ]
        if reasons:
            fail("\n    ".join((f"{len(reasons)} differences", *reasons)))


def call_of(incident):
    return incident["syscall"]["name"], incident["syscall"]["fd"]


def expected_outcome(call, masks):
    """What becomes of SIGPIPE, by strace and by the masks of the process."""

    def has(mask):
        return bool(masks[mask] >> (SIGPIPE - 1) & 1)

    if call.no_signal:
        return "suppressed"
    if not call.signal:
        return "pending"  # strace sees no blocked signal
    return "ignored" if has("SigIgn") else "handled" if has("SigCgt") else "killed"


def compare_calls(verdict, left, calls, incidents, repeats):
    """strace and sigpath have seen the same calls fail. Repeats have no call: only their number is
    compared."""
    seen = collections.Counter((call.name, call.fd) for call in calls)
    told = collections.Counter(map(call_of, incidents))
    if repeats:
        seen, told = set(seen), set(told)
    verdict.check(told == seen, f"{left.way}: strace saw {as_text(seen)}, sigpath {as_text(told)}")


def as_text(calls):
    counted = calls.items() if isinstance(calls, dict) else ((call, "?") for call in sorted(calls))
    return ", ".join(f"{name}({fd}) x{count}" for (name, fd), count in counted) or "none"


def closers_hooked(bench):
    """sigpath sees here who closes a pipe or a unix socket."""
    line = json.loads(bench.run(bench.sigpath, "check", "--format", "json"))
    return any(a["name"] == "closers" and a["state"] == "ok" for a in line["abilities"])


def expect_client(verdict, what, left, incident, way):
    """The write was to the client."""
    end = {"code": None, "signal": "SIGKILL"} if way == "kill" else None
    verdict.expect(
        what,
        incident,
        object__type="tcp",
        object__peer__port=left.port,
        peer_process__pid=left.client,
        peer_process__comm="leaver",
        peer_process__confidence="certain",
        peer_process__exit=end,
        cause__code=CAUSES[way],
        cause__confidence="certain",
    )


def expect_service(verdict, what, left, incident, hooked):
    """The write was to the service that never accepted the connection."""
    if incident["object"]["type"] == "tcp":
        verdict.expect(
            what,
            incident,
            peer_process__pid=left.service,
            peer_process__comm="stopped-service",
            peer_process__confidence="certain",
            peer_process__exit=None,
            cause__confidence="certain",
        )
        text = incident["cause"]["text"]
        invented = INVENTED.search(text)
        verdict.check(not invented, f"{what}: nobody did this: {re.sub('[0-9.]+', 'N', text)!r}")
        return
    verdict.expect(
        what,
        incident,
        object__type="unix",
        cause__code="peer_closed",
        cause__confidence="certain",
    )
    # The service lives on: without a hook nobody can know who closed the socket.
    if hooked:
        verdict.expect(what, incident, peer_process__pid=left.service, peer_process__exit=None)
    else:
        verdict.expect(what, incident, peer_process=None)
        verdict.check("peer_process" in incident["missing"], f"{what}: no reason for no peer")


def expect_program(verdict, what, left, incident):
    """The write was to a pipe, and its reader has exited with 3."""
    verdict.expect(
        what,
        incident,
        object__type="pipe",
        cause__code="reader_closed",
        cause__confidence="certain",
        peer_process__pid=left.service,
        peer_process__comm="sh",
        peer_process__exit={"code": 3, "signal": None},
    )


def compare_truth(verdict, run, left, calls, incident, hooked):
    what = f"{left.way}: {incident['syscall']['name']}({incident['syscall']['fd']})"
    outcomes = {(call.name, call.fd): expected_outcome(call, left.masks) for call in calls}
    verdict.expect(
        what,
        incident,
        subject="write",
        process__comm=run.server.comm,
        outcome=outcomes.get(call_of(incident), incident["outcome"]),
    )
    peer = incident["object"].get("peer") or {}
    if left.way in LEAVES:
        expect_client(verdict, what, left, incident, left.way)
    elif peer.get("port") == left.port:
        # The answer to an upload, after its client has left.
        expect_client(verdict, what, left, incident, "close")
    elif left.way == "stop_program":
        expect_program(verdict, what, left, incident)
    else:
        expect_service(verdict, what, left, incident, hooked)


def expect_said(verdict, bench, trace, told):
    """The text says that the client was killed."""
    if not trace.incidents:
        return
    texts = dict(zip((incident["id"] for incident in trace.incidents), bench.text(trace)))
    for left, incidents, _ in told:
        for incident in incidents if left.way == "kill" else ():
            # With the lines that go on below.
            peer = re.search(r"^ +peer .*(?:\n {12}.*)*", texts[incident["id"]], re.MULTILINE)
            told_peer = re.sub(r"\d+(\.\d+)?", "N", peer[0].strip()) if peer else None
            verdict.check(peer and "SIGKILL" in peer[0], f"kill: the text says {told_peer!r}")


def twin(bench, make, meets, may_stop=frozenset()):
    """MEETS: the ways to leave in which the server gets EPIPE. MAY_STOP: those in which some versions get
    it, and others stop before: strace must see one or the other."""
    need("strace")
    judged, run, trace, told = both_runs(bench, make, may_stop)
    hooked = closers_hooked(bench)
    verdict = Verdict()
    for (left, calls, stopped), (same, incidents, repeats) in zip(judged, told):
        verdict.check(
            stopped or bool(calls) == (left.way in meets | may_stop),
            f"{left.way}: strace saw {len(calls)} calls fail with EPIPE",
        )
        for unread in (left.unread, same.unread):
            as_meant = bool(unread) == (left.way == "half")
            verdict.check(as_meant, f"{left.way}: the client left {unread} bytes unread")
        compare_calls(verdict, left, calls, incidents, repeats)
        for incident in incidents:
            compare_truth(verdict, run, same, calls, incident, hooked)
    expect_said(verdict, bench, trace, told)
    failed = sum(len(calls) for _, calls, _ in judged)
    whole = len(trace.incidents)
    counted = sum(record["count"] for record in trace.records.of_kind("repeat"))
    verdict.check(
        whole + counted == failed,
        f"{whole} incidents and {counted} repeats, strace saw {failed} calls fail",
    )
    verdict.end()


@case
def apache2(bench):
    """It stops at ECONNRESET."""
    twin(bench, servers_programs.Apache2, {"close", "half", "kill", "stop_unix"})


@case
def lighttpd(bench):
    """It watches for EPOLLRDHUP, so only a full connection keeps it writing."""
    twin(bench, servers_programs.Lighttpd, {"half"})


@case
def haproxy(bench):
    """It writes with MSG_NOSIGNAL. After EPOLLHUP on a full connection 2.6 writes, 3.0 reads and closes."""
    twin(bench, servers_programs.Haproxy, {"close", "kill"}, {"half"})


@case
def socat(bench):
    """1.7 goes on after ECONNRESET, until EPIPE. 1.8 exits."""
    may_stop = {"reset", "stop_tcp", "stop_unix"}
    twin(bench, servers_programs.Socat, {"close", "half", "kill"}, may_stop)


@case
def stunnel4(bench):
    """It blocks SIGPIPE."""
    twin(bench, servers_programs.Stunnel, {"reset", "stop_tcp", "stop_unix"})


@case
def openssh_server(bench):
    """It reads first, gets ECONNRESET and writes no more."""
    twin(bench, servers_programs.Sshd, set())


@case
def php(bench):
    """The script ignores errors. The web server ends it when its client is gone."""
    twin(bench, servers_programs.Php, {"close", "half", "kill", "stop_tcp", "stop_unix"})


@case
def ruby(bench):
    """It has a handler, and the script goes on after an error."""
    twin(bench, servers_programs.Ruby, {*LEAVES, "stop_tcp", "stop_unix"})


@case
def perl(bench):
    """The default action: each child is killed."""
    twin(bench, servers_programs.Perl, {*LEAVES, "stop_tcp", "stop_unix"})


@case
def erlang(bench):
    """The runtime closes the port at the first error: the script's next send() makes no call."""
    twin(bench, servers_programs.Erlang, {"close", "half", "kill", "stop_unix"})


@case
def gunicorn(bench):
    """The application logs each part of an upload, and does not look at errors: a storm."""
    twin(bench, servers_programs.Gunicorn, {"close", "half", "kill", "stop_tcp", "stop_unix"})


@case
def postgresql(bench):
    """Its program reads a pipe."""
    twin(bench, servers_programs.Postgresql, {"close", "half", "kill", "stop_program"})


if __name__ == "__main__":
    main()
