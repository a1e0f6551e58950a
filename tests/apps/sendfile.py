#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does sigpath explain the crash of a sendfile() server whose clients disconnect early?"""

import os
import re
import signal
import socket
import time

from harness import CLONE, START_THREAD, case, check, codes, expect, expect_frames, get, main, need, until
from programs import built

FILE_BYTES = 256 << 20
BUFFER_BYTES = 40 << 20  # larger than the buffers of both sockets
READ_BYTES = 1 << 20
CLIENTS = 400
LOOP = ("IoLoop::send_file", "IoLoop::handle_event", "IoLoop::run", START_THREAD, CLONE)


class Server:
    """The server, built with FLAGS as NAME, and its output."""

    def __init__(self, bench, name, *flags):
        source = bench.source / "apps" / "sendfile" / "server.cpp"
        program = built(bench, name, [source], "g++", "-O2", "-g", *flags, "-o", "{}", source)
        image = bench.work / "disk.img"
        with open(image, "wb") as file:
            file.truncate(FILE_BYTES)
        self.output = bench.work / "server.log"
        with open(self.output, "wb") as output:
            self.process = bench.spawn(program, image, stdout=output, stderr=output)
        until(lambda: "listening" in self.said(), "the server to listen")
        self.port = int(re.search(r"listening on 127\.0\.0\.1:(\d+)", self.said())[1])

    def said(self):
        return self.output.read_text()

    def is_idle(self):
        """True if all its threads sleep in a system call."""
        tasks = f"/proc/{self.process.pid}/task"
        states = [open(f"{tasks}/{tid}/stat").read() for tid in os.listdir(tasks)]
        return all(state.rsplit(") ", 1)[1].startswith("S") for state in states)

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.port))
        client.sendall(b"GET /disk.img HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return client


def read(client, wanted):
    """Reads at least WANTED bytes; returns how many."""
    got = 0
    while got < wanted:
        got += len(client.recv(65536))
    return got


def half_close(server, client):
    """CLIENT shuts down its sending side and continues to read."""
    client.shutdown(socket.SHUT_WR)
    # The time of the last ACK counts in ticks. Wait for some ticks, then read more than the
    # buffers hold, so that ACKs come later than the FIN.
    end = time.monotonic() + 0.05
    while time.monotonic() < end:
        client.recv(1024)
    read(client, BUFFER_BYTES)
    # If the RST comes after a FIN and during a sendfile(), that call returns a short count with a
    # SIGPIPE, and the next call fails with another SIGPIPE. The server would count only one.
    until(server.is_idle, "the server to wait for its client")


@case
def sendfile(bench):
    """The first client that disconnects kills the server."""
    need("g++")
    with bench.watching("--comm", "file-server") as trace:
        server = Server(bench, "file-server")
        with server.connect() as client:
            port = client.getsockname()[1]
            got = read(client, READ_BYTES)
            until(server.is_idle, "the server to wait for its client")
        status = server.process.wait(60)
    check(status == -signal.SIGPIPE, f"the server ended with {status}")
    said = server.said().splitlines()
    check(said[1:] == ["trace: SO_ERROR: Connection reset by peer"], f"the server said {said}")

    incident = trace.only
    expect(
        incident,
        outcome="killed",
        signal__disposition="default",
        process__pid=server.process.pid,
        process__tid=lambda tid: tid not in (None, server.process.pid),
        process__thread=re.compile("^IoLoop-[01]$"),
        syscall__name="sendfile",
        # The rest of the file. The socket took all bytes before it, and the client read some of them.
        syscall__bytes=lambda size: 0 < size <= FILE_BYTES - got,
        object__type="tcp",
        object__local__port=server.port,
        object__peer__port=port,
        object__bytes_sent=lambda sent: got <= sent < FILE_BYTES,
        peer_process__pid=os.getpid(),
        peer_process__confidence="certain",
        cause__code="reset_by_peer",
        cause__confidence="certain",
    )
    expect_frames(incident, "sendfile(64)?", *LOOP)
    # sendfile() takes no MSG_NOSIGNAL.
    check(codes(incident, "advice")[-1] == "ignore_sigpipe", f"{incident['advice']}")
    bench.story("sendfile", trace)


@case
def sendfile_ignored(bench):
    """With SIG_IGN the server survives. Each EPIPE is an incident or a repeat."""
    need("g++")
    with bench.watching("--comm", "quiet-server") as trace:
        server = Server(bench, "quiet-server", "-DIGNORE_SIGPIPE")
        for number in range(CLIENTS):
            with server.connect() as client:
                if number % 40:
                    read(client, READ_BYTES)
                    # There is unread data, so close() sends RST and no FIN.
                    client.recv(1, socket.MSG_PEEK)
                else:
                    half_close(server, client)
        until(lambda: server.said().count("Broken pipe after") == CLIENTS, "every client's EPIPE")
        with server.connect() as client:
            check(read(client, FILE_BYTES) > FILE_BYTES, "a patient client did not get the file")
        until(lambda: "served" in server.said(), "the patient client to be served")
        check(server.process.poll() is None, "the server ended")

    repeats = sum(record["count"] for record in trace.records.of_kind("repeat"))
    check(
        len(trace.incidents) + repeats == CLIENTS and trace.incidents,
        f"{len(trace.incidents)} incidents and {repeats} repeats of {CLIENTS} clients",
    )
    for incident in trace.incidents:
        expect(
            incident,
            outcome="ignored",
            signal__disposition="ignore",
            process__pid=server.process.pid,
            process__thread=re.compile("^IoLoop-[01]$"),
            syscall__name="sendfile",
            object__type="tcp",
            object__local__port=server.port,
            object__bytes_sent=lambda sent: 0 < sent < FILE_BYTES,
        )
        expect_frames(incident, "sendfile(64)?", *LOOP)
    # sigpath stores closers in sets of four, so other connections on the host can displace one.
    peers = [get(incident, "peer_process.pid") for incident in trace.incidents]
    check(set(peers) <= {os.getpid(), None}, f"the peers are {set(peers)}")
    check(peers.count(None) <= len(peers) / 10, f"{peers.count(None)} of {len(peers)} have no peer")
    causes = {get(incident, "cause.code") for incident in trace.incidents}
    check(causes == {"reset_by_peer", "half_closed_then_reset"}, f"the causes are {causes}")


@case
def sendfile_closed(bench):
    """If the server closes at EPOLLERR, clients that disconnect while it waits cause no EPIPE."""
    need("g++")
    flags = ("-DIGNORE_SIGPIPE", "-DCLOSE_ON_ERROR")
    with bench.watching("--comm", "closing-server") as trace:
        server = Server(bench, "closing-server", *flags)
        for _ in range(CLIENTS // 10):
            with server.connect() as client:
                read(client, READ_BYTES)
                until(server.is_idle, "the server to wait for its client")
        until(lambda: server.said().count("closed after") == CLIENTS // 10, "every client's end")
    check(not trace.incidents, f"{len(trace.incidents)} incidents")


if __name__ == "__main__":
    main()
