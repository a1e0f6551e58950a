#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does sigpath tell the crash of a libwebsockets server over TLS whose client vanishes?"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time

from harness import case, check, expect, expect_frames, main, need, skip, until
from programs import built

# Into libssl and libcrypto, whose inner functions have no names, and through libwebsockets' own.
CHAIN = (
    "write",
    "BIO_write",
    "SSL_write",
    "lws_write",
    "send_message",
    "send_report",
    "callback_report",
    "lws_service",
    "main",
)
BLOWS = 1000
CLIENTS_MAX = 10
TIMEOUT_MS = 1000


class Server:
    """The server that takes a failed write in its WAY, and what it says."""

    def __init__(self, bench, way, disposition, namespace=(), timeout_ms=()):
        need("openssl", "pkg-config")
        source = bench.source / "apps" / "lws" / "server.c"
        try:
            flags = bench.run("pkg-config", "--cflags", "--libs", "libwebsockets", "openssl").split()
        except Exception:  # pkg-config says which is missing
            skip("no libwebsockets-dev")
        program = built(
            bench, "lws-server", [source], "gcc", "-O2", "-g", "-o", "{}", source, *flags
        )
        key, certificate = bench.work / "key.pem", bench.work / "certificate.pem"
        bench.run(
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-keyout", key, "-out", certificate),
        )
        self.bench = bench
        self.output = bench.work / "server.log"
        with open(self.output, "wb") as output:
            self.process = bench.spawn(
                *(*namespace, program, certificate, key, way, disposition, *timeout_ms),
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
                self.port,
                *address,
                stdout=output,
                stderr=output,
            )
        until(lambda: log.read_text().count("\n") > 6, "the client to read")
        return client

    def lose_client(self):
        """A client that is killed; its pid."""
        client = self.start_client()
        client.send_signal(signal.SIGKILL)
        client.wait()
        return client.pid

    def counts(self, clients):
        """After CLIENTS have left: how many lws_write() and how many write() failed."""
        pattern = r"client gone, (\d+) failed, (\d+) raw"
        until(
            lambda: len(re.findall(pattern, self.said())) == clients, "the server to notice it"
        )
        check(self.process.poll() is None, "the server ended")
        return tuple(map(int, re.findall(pattern, self.said())[-1]))


def expect_incident(incident, server, clients, **values):
    expect(
        incident,
        process__pid=server.process.pid,
        process__comm="lws-server",
        syscall__name="write",
        syscall__fd=lambda fd: fd > 2,
        object__type="tcp",
        object__local__port=server.port,
        peer_process__pid=lambda pid: pid in clients,
        peer_process__certain=True,
        # Which it is depends on what the client had not read when it was killed.
        cause__code=re.compile("^(peer_closed_then_reset|reset_by_peer)$"),
        cause__confidence="certain",
        **values,
    )


@case
def lws_default(bench):
    """The default action: nothing is left of the server but 141."""
    with bench.watching("--comm", "lws-server") as trace:
        server = Server(bench, "return", "default")
        # Where the RST comes before the first write this fails with ECONNRESET, and all is well.
        for _ in range(CLIENTS_MAX):
            client = server.lose_client()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.process.wait(2)
                break
        status = server.process.wait(1)
    check(status == -signal.SIGPIPE, f"the server ended with {status}")
    # The library itself had set SIGPIPE to ignore; the program has undone that.
    check("has set SIGPIPE to ignore" in server.said(), f"the server said {server.said()}")
    incident = trace.only
    expect_incident(
        incident, server, [client], outcome="killed", signal__disposition="default", end=None
    )
    expect_frames(incident, *CHAIN)
    codes = [note["code"] for note in incident["notes"]]
    check("tls_write" in codes, f"the notes are {codes}")
    advice = incident["advice"]
    check(any("SSL_write()" in line for line in advice), f"the advice is {advice}")
    bench.story("lws", trace)


def lose_and_live(bench, way):
    """SIGPIPE is ignored, as libwebsockets has it. Clients leave until one has made an incident: the
    trace, how many there were, and what the server counted."""
    with bench.watching("--comm", "lws-server") as trace:
        server = Server(bench, way, "ignore")
        peers = []
        while len(peers) < CLIENTS_MAX and '"kind":"incident"' not in trace.output.read_text():
            peers.append(server.lose_client())
            failed, raw_failed = server.counts(len(peers))
            time.sleep(0.5)
    check(trace.incidents, f"no incident of {len(peers)} clients")
    for incident in trace.incidents:
        expect_incident(incident, server, peers, outcome="ignored", signal__disposition="ignore")
    if way != "raw":
        check(len(trace.incidents) <= len(peers), f"{len(trace.incidents)} of {len(peers)} clients")
    return trace, failed, raw_failed


def repeats(trace):
    return sum(record["count"] for record in trace.records.of_kind("repeat"))


def expect_no_storm(trace):
    for incident in trace.incidents:
        expect_frames(incident, *CHAIN)
    check(not repeats(trace), f"{repeats(trace)} repeats")


@case
def lws_returns_minus_one(bench):
    expect_no_storm(lose_and_live(bench, "return")[0])


@case
def lws_set_timeout(bench):
    expect_no_storm(lose_and_live(bench, "timeout")[0])


@case
def openssl_stops_by_itself(bench):
    """After an error that is final OpenSSL touches the socket no more: no storm comes of this."""
    expect_no_storm(lose_and_live(bench, "hammer")[0])


@case
def raw_writes_are_a_storm(bench):
    """Past the library nothing stops it: the first ones whole, the rest counted."""
    trace, failed, raw_failed = lose_and_live(bench, "raw")
    whole, counted = len(trace.incidents), repeats(trace)
    # lws_write() has met EPIPE or, where the RST was faster, ECONNRESET.
    check(
        raw_failed <= whole + counted <= raw_failed + failed,
        f"{whole} whole and {counted} counted of {raw_failed}, and {failed} by lws_write()",
    )
    check(raw_failed >= BLOWS and 1 < whole < BLOWS, f"{whole} whole of {raw_failed}")


@case
def link_goes_down(bench):
    """The client's machine is unplugged: nothing comes any more, until TCP gives up."""
    need("ip")
    names = [f"sigpath-{os.getpid()}-{side}" for side in ("server", "client")]
    inside = [("ip", "netns", "exec", name) for name in names]
    for name in names:
        bench.run("ip", "netns", "add", name)
        bench.children.callback(subprocess.run, ["ip", "netns", "del", name], check=True)
    bench.run("ip", "link", "add", "v0", "netns", names[0], "type", "veth", "peer", "name", "v0",
              "netns", names[1])
    for namespace, address in zip(inside, ("10.9.8.1/24", "10.9.8.2/24")):
        bench.run(*namespace, "ip", "address", "add", address, "dev", "v0")
        bench.run(*namespace, "ip", "link", "set", "v0", "up")
    with bench.watching("--comm", "lws-server") as trace:
        server = Server(bench, "raw", "ignore", inside[0], [str(TIMEOUT_MS)])
        server.start_client(inside[1], ["10.9.8.1"])
        bench.run(*inside[1], "ip", "link", "set", "v0", "down")
        _, raw_failed = server.counts(1)
    check(raw_failed >= BLOWS, f"{raw_failed} writes failed")
    incident = trace.incidents[0]
    expect(
        incident,
        outcome="ignored",
        process__comm="lws-server",
        object__peer__address=re.compile(r"10\.9\.8\.2$"),
        peer_process=None,
        cause__code="timeout",
        cause__confidence="certain",
    )
    expect_frames(incident, "write", "on_failure", "callback_report", "lws_service", "main")


main()
