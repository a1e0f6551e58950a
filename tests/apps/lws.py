#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does sigpath explain the crash of a libwebsockets server over TLS whose client is killed?"""

import contextlib
import os
import re
import signal
import subprocess
import sys

from harness import Failed, case, check, expect, expect_code, expect_frames, main, need, skip, until
from programs import built

# Frames of libssl and libcrypto, whose internal functions have no names, and of libwebsockets.
CHAIN = (
    "(__)?write",
    "BIO_write",
    "SSL_write",
    "lws_write",
    "send_message",
    "send_report",
    "callback_report",
    "lws_service",
    "main",
)
MORE = 1000  # messages, in server.c
RECORD = 28  # bytes of TLS 1.3 around a websocket message of 4
CLIENTS_MAX = 10
TIMEOUT_MS = 1000


class Server:
    """The server, its output, and WAY: how it handles a failed write."""

    def __init__(self, bench, way, action, namespace=(), timeout_ms=(), tls=True):
        need("openssl", "pkg-config")
        source = bench.source / "apps" / "lws" / "server.c"
        try:
            flags = bench.run("pkg-config", "--cflags", "--libs", "libwebsockets", "openssl")
        except Failed:
            skip("no libwebsockets-dev or no libssl-dev")
        program = built(
            bench, "lws-server", [source], "gcc", "-O2", "-g", "-o", "{}", source, *flags.split()
        )
        key, certificate = "-", "-"
        if tls:
            key, certificate = bench.work / "key.pem", bench.work / "certificate.pem"
            bench.run(
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", "/CN=localhost", "-keyout", key, "-out", certificate),
            )
        self.bench = bench
        self.scheme = "wss" if tls else "ws"
        self.output = bench.work / "server.log"
        with open(self.output, "wb") as output:
            self.process = bench.spawn(
                *(*namespace, program, certificate, key, way, action, *timeout_ms),
                stdout=output,
                stderr=output,
            )
        until(lambda: "listening" in self.said(), "the server to listen")
        self.port = int(re.search(r"listening on port (\d+)", self.said())[1])

    def said(self):
        return self.output.read_text()

    def start_client(self, namespace=(), address=()):
        """A client that has read some messages."""
        log = self.bench.work / "client.log"
        with open(log, "wb") as output:
            client = self.bench.spawn(
                *namespace,
                sys.executable,
                self.bench.source / "apps" / "lws" / "client.py",
                self.scheme,
                self.port,
                *address,
                stdout=output,
                stderr=output,
            )
        until(lambda: log.read_text().count("\n") > 6, "the client to read")
        return client

    def lose_client(self):
        """Starts a client and kills it; returns its PID."""
        client = self.start_client()
        client.send_signal(signal.SIGKILL)
        client.wait()
        return client.pid

    def broken(self, clients):
        """How many lws_write() failed with EPIPE after CLIENTS clients were killed."""
        pattern = r"client gone, (\d+) met EPIPE"
        until(
            lambda: len(re.findall(pattern, self.said())) == clients, "the server to notice it"
        )
        check(self.process.poll() is None, "the server ended")
        return int(re.findall(pattern, self.said())[-1])


def expect_incident(incident, server, clients, **values):
    expect(
        incident,
        process__pid=server.process.pid,
        process__comm="lws-server",
        syscall__name="write",
        syscall__fd=lambda fd: fd > 2,
        syscall__bytes=RECORD,
        object__type="tcp",
        object__local__port=server.port,
        peer_process__pid=lambda pid: pid in clients,
        peer_process__confidence="certain",
        # The cause depends on whether the client had unread data when it was killed.
        cause__code=re.compile("^(peer_closed_then_reset|reset_by_peer)$"),
        cause__confidence="certain",
        **values,
    )


@case
def lws_default(bench):
    """The default action: the server dies with status 141."""
    with bench.watching("--comm", "lws-server") as trace:
        server = Server(bench, "return", "default")
        # If the RST comes before the first write, that write gets ECONNRESET and no signal.
        for _ in range(CLIENTS_MAX):
            client = server.lose_client()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.process.wait(2)
                break
        status = server.process.wait(1)
    check(status == -signal.SIGPIPE, f"the server ended with {status}")
    incident = trace.only
    expect_incident(
        incident, server, [client], outcome="killed", signal__disposition="default", end=None
    )
    expect_frames(incident, *CHAIN)
    expect_code(incident, "notes", "tls_write")
    expect_code(incident, "advice", "ignore_sigpipe_tls")
    bench.story("lws", trace)


def lose_and_live(bench, way):
    """libwebsockets sets the disposition of this server. Kills clients until one causes an incident.
    Returns the trace, and how many writes failed with EPIPE."""
    with bench.watching("--comm", "lws-server") as trace:
        server = Server(bench, way, "kept")
        peers, broken = [], 0
        while len(peers) < CLIENTS_MAX and not broken:
            peers.append(server.lose_client())
            broken = server.broken(len(peers))
    check(trace.incidents, f"no incident of {len(peers)} clients")
    for incident in trace.incidents:
        # The server starts with the default: lws_create_context() sets SIG_IGN.
        expect_incident(incident, server, peers, outcome="ignored", signal__disposition="ignore")
        expect_frames(incident, *CHAIN)
    return trace, broken


def repeats(trace):
    return sum(record["count"] for record in trace.records.of_kind("repeat"))


def expect_one(trace, broken):
    check(broken == 1, f"{broken} writes met EPIPE")
    check(trace.only and not repeats(trace), f"{repeats(trace)} repeats")


@case
def lws_returns_minus_one(bench):
    expect_one(*lose_and_live(bench, "return"))


@case
def lws_set_timeout(bench):
    expect_one(*lose_and_live(bench, "timeout"))


@case
def lws_writes_on(bench):
    """OpenSSL keeps the record that failed and sends it again with each new write. A server that
    continues to write causes a storm: sigpath reports the first incidents in full and counts all
    others."""
    trace, broken = lose_and_live(bench, "again")
    whole, counted = len(trace.incidents), repeats(trace)
    check(whole + counted == broken, f"{whole} whole and {counted} counted of {broken}")
    check(broken >= MORE and 1 < whole < MORE, f"{whole} whole of {broken}")


@case
def lws_writes_less(bench):
    """A message shorter than that record fails before any system call."""
    expect_one(*lose_and_live(bench, "shorter"))


@case
def lws_without_tls(bench):
    """libwebsockets' own send() passes MSG_NOSIGNAL, so the default action does not kill."""
    with bench.watching("--comm", "lws-server") as trace:
        server = Server(bench, "return", "default", tls=False)
        clients, broken = 0, 0
        while clients < CLIENTS_MAX and not broken:
            server.lose_client()
            clients += 1
            broken = server.broken(clients)
    check(broken == 1, f"{broken} writes of {clients} clients met EPIPE")
    # There is no signal, so sigpath needs a hook for the error.
    for incident in trace.incidents:
        expect(
            incident,
            outcome="suppressed",
            syscall__name="sendto",
            signal__disposition="default",
        )
        expect_frames(incident, "lws_write", "send_message", "callback_report", "main")


@case
def link_goes_down(bench):
    """The client's link goes down: no packet arrives any more, until TCP gives up."""
    need("ip")
    names = [f"sigpath-{os.getpid()}-{side}" for side in ("server", "client")]
    inside = [("ip", "netns", "exec", name) for name in names]
    for name in names:
        bench.run("ip", "netns", "add", name)
        bench.children.callback(subprocess.run, ["ip", "netns", "del", name], check=True)
    bench.run(
        *("ip", "link", "add", "v0", "netns", names[0], "type", "veth"),
        *("peer", "name", "v0", "netns", names[1]),
    )
    for namespace, address in zip(inside, ("10.9.8.1/24", "10.9.8.2/24")):
        bench.run(*namespace, "ip", "address", "add", address, "dev", "v0")
        bench.run(*namespace, "ip", "link", "set", "v0", "up")
    with bench.watching("--comm", "lws-server") as trace:
        server = Server(bench, "again", "kept", inside[0], [TIMEOUT_MS])
        clients, broken = 0, 0
        # Only one call gets the error: a write, or the library's poll(), which then closes.
        while clients < CLIENTS_MAX and not broken:
            bench.run(*inside[1], "ip", "link", "set", "v0", "up")
            server.start_client(inside[1], ["10.9.8.1"])
            bench.run(*inside[1], "ip", "link", "set", "v0", "down")
            clients += 1
            broken = server.broken(clients)
    whole, counted = len(trace.incidents), repeats(trace)
    check(broken == MORE, f"{broken} writes failed")
    check(whole + counted == broken, f"{whole} whole and {counted} counted of {broken}")
    for incident in trace.incidents:
        expect(
            incident,
            outcome="ignored",
            signal__disposition="ignore",
            process__comm="lws-server",
            object__peer__address=re.compile(r"10\.9\.8\.2$"),
            peer_process=None,
            cause__code="timeout",
            cause__confidence="certain",
        )
        expect_frames(incident, *CHAIN)


if __name__ == "__main__":
    main()
