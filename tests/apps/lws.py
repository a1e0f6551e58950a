#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does sigpath tell the crash of a libwebsockets server over TLS whose client vanishes?"""

import re
import signal
import sys

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


class Server:
    """The server that takes a failed write in its WAY, and what it says."""

    def __init__(self, bench, way, disposition):
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
                program, certificate, key, way, disposition, stdout=output, stderr=output
            )
        until(lambda: "listening" in self.said(), "the server to listen")
        self.port = int(re.search(r"listening on port (\d+)", self.said())[1])

    def said(self):
        return self.output.read_text()

    def lose_client(self):
        """A client that has read some messages is killed; its pid."""
        log = self.bench.work / "client.log"
        with open(log, "wb") as output:
            client = self.bench.spawn(
                sys.executable,
                self.bench.source / "apps" / "lws" / "client.py",
                self.port,
                stdout=output,
                stderr=output,
            )
        until(lambda: log.read_text().count("\n") > 6, "the client to read")
        client.send_signal(signal.SIGKILL)
        client.wait()
        return client.pid

    def failed(self):
        """How many writes failed, as the server counted, once it has noticed."""
        found = until(
            lambda: re.search(r"client gone, (\d+) failed", self.said()), "the server to notice"
        )
        check(self.process.poll() is None, "the server ended")
        return int(found[1])


def expect_incident(incident, server, client, **values):
    expect(
        incident,
        process__pid=server.process.pid,
        process__comm="lws-server",
        syscall__name="write",
        syscall__fd=lambda fd: fd > 2,
        object__type="tcp",
        object__local__port=server.port,
        peer_process__pid=client,
        peer_process__certain=True,
        cause__code="peer_closed_then_reset",
        cause__confidence="certain",
        **values,
    )


@case
def lws_default(bench):
    """The default action: nothing is left of the server but 141."""
    with bench.watching("--comm", "lws-server") as trace:
        server = Server(bench, "return", "default")
        client = server.lose_client()
        status = server.process.wait(60)
    check(status == -signal.SIGPIPE, f"the server ended with {status}")
    # The library itself had set SIGPIPE to ignore; the program has undone that.
    check("has set SIGPIPE to ignore" in server.said(), f"the server said {server.said()}")
    incident = trace.only
    expect_incident(
        incident, server, client, outcome="killed", signal__disposition="default", end=None
    )
    expect_frames(incident, *CHAIN)
    codes = [note["code"] for note in incident["notes"]]
    check("tls_write" in codes, f"the notes are {codes}")
    advice = incident["advice"]
    check(any("SSL_write()" in line for line in advice), f"the advice is {advice}")
    bench.story("lws", trace)


def lose_and_live(bench, way):
    """SIGPIPE is ignored, as libwebsockets has it: the incidents and what the server counted."""
    with bench.watching("--comm", "lws-server") as trace:
        server = Server(bench, way, "ignore")
        client = server.lose_client()
        failed = server.failed()
    for incident in trace.incidents:
        expect_incident(
            incident, server, client, outcome="ignored", signal__disposition="ignore"
        )
    return trace, failed


@case
def lws_returns_minus_one(bench):
    trace, failed = lose_and_live(bench, "return")
    check(failed == 1, f"{failed} writes failed")
    expect_frames(trace.only, *CHAIN)


@case
def lws_set_timeout(bench):
    trace, failed = lose_and_live(bench, "timeout")
    check(failed == 1, f"{failed} writes failed")
    expect_frames(trace.only, *CHAIN)


@case
def openssl_stops_by_itself(bench):
    """After an error that is final OpenSSL touches the socket no more: no storm comes of this."""
    trace, failed = lose_and_live(bench, "hammer")
    check(failed == 1 + BLOWS, f"{failed} writes failed")
    expect_frames(trace.only, *CHAIN)


@case
def raw_writes_are_a_storm(bench):
    """Past the library nothing stops it: the first ones whole, the rest counted."""
    trace, failed = lose_and_live(bench, "raw")
    repeats = sum(record["count"] for record in trace.records.of_kind("repeat"))
    whole = len(trace.incidents)
    check(failed == 1 + BLOWS, f"{failed} writes failed")
    check(whole + repeats == failed, f"{whole} whole and {repeats} counted of {failed}")
    check(1 < whole < 100, f"{whole} whole")


main()
