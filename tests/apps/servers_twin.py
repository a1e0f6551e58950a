# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a server twice with the same clients: once under strace, which is the judge, and once under
sigpath. What a client did itself is the truth about the peer and the cause."""

import concurrent.futures
import contextlib
import dataclasses
import datetime
import os
import pathlib
import re
import signal
import time

from harness import check, until
from servers_ends import (
    Client,
    Connection,
    Rows,
    Service,
    Source,
    any_fd,
    fd_of,
    holders,
    soon,
    tree,
)
from servers_programs import Place, start

# The calls that can fail with EPIPE and that these servers use.
CALLS = "write,writev,pwrite64,sendto,sendmsg,sendmmsg,sendfile,splice,vmsplice,tee"
READS = "read,readv,recvfrom,recvmsg"
NOTICE_S = 0.1  # for a server that watches its sockets
AFTER = 3  # chunks that the server gets when the other end is gone
LEAVES = ("close", "half", "kill", "reset")  # a client's ways to leave
STOPS = {"stop_tcp": "tcp", "stop_unix": "unix", "stop_program": "program"}  # a service ends


@dataclasses.dataclass
class Departure:
    """What is true about one way to leave, as the client and the test know it."""

    way: str
    client: int = 0  # PIDs
    service: int = 0
    port: int = 0  # of the client
    unread: int = 0  # bytes that the client never read
    server: int = 0  # the server's process that holds the connection
    fd: int = 0  # the connection in it
    masks: dict = dataclasses.field(default_factory=dict)  # of that process
    begin: float = dataclasses.field(default_factory=time.time)
    gone: float = 0  # when the other end began to leave
    end: float = 0


class Run:
    """A server with its source, its services and its clients."""

    def __init__(self, bench, make, directory):
        self.bench = bench
        directory.mkdir()
        directory.chmod(0o755)
        self.clients = 0
        self.source = Source()
        path = directory / "log.socket"
        self.services = {"tcp": Service(bench), "unix": Service(bench, path)}
        self.place = Place(directory, self.source.port, self.services["tcp"].port, path)
        self.server = make(self.place)
        self.root = 0

    def start(self, prefix=()):
        process = start(self.bench, self.server, prefix)
        self.root = tree(process.pid)[1] if prefix else process.pid
        self.warm_up()

    def warm_up(self):
        """A client that stays to the end, so that the server opens what it opens once."""
        client, feed, inode = self.download()
        feed.close()
        client.finish()
        client.end()
        self.settle(inode, feed.inode)
        seen = []

        def is_stable():
            seen.append(tree(self.root))
            return len(seen) > 5 and seen[-1] == seen[-5]

        until(is_stable, "the server to start and end no more processes")

    def stop(self):
        pids = tree(self.root)
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            soon(lambda: not any(map(any_fd, pids)), 5)
        self.source.close()

    def settle(self, *inodes):
        """Waits until the server has closed these sockets."""
        for inode in filter(None, inodes):
            until(lambda: not holders(self.root, inode), "the server to close its sockets", 20)

    def connection(self, client, kind="down", established=True):
        return Connection.find(self.place.ports[kind], client.port, established)

    def accepted(self, client, kind="down"):
        """The inode of the server's end. It has none before accept()."""

        def inode():
            row = self.connection(client, kind)
            return row and row.inode

        return until(inode, "the server to accept the client")

    def taken(self, client, kind):
        """The server has read all that the client sent."""
        row = self.connection(client, kind)
        return not row or not row.unread

    def unsent(self, client):
        row = self.connection(client)
        return row.unsent if row else 0

    def feed(self, client):
        if self.server.fed_by == "files":
            return Rows(self.server.rows, lambda: self.unsent(client))
        return self.source.accept()

    def download(self, hold=False):
        """A client that has read the start of a stream."""
        self.server.prepare()
        client = Client(self, "down")
        feed = self.feed(client)
        feed.begin()
        client.read(hold)
        return client, feed, self.accepted(client)

    def know_server(self, done, inode):
        """Notes which process holds the connection INODE, and what is true of it."""
        pids = holders(self.root, inode)
        check(pids, "no process of the server holds the connection")
        done.server = pids[-1]
        done.fd = fd_of(done.server, inode)
        done.masks = masks(done.server)

    def let_notice(self, inode):
        """A server that watches its sockets gets the time to close this one."""
        soon(lambda: not holders(self.root, inode), NOTICE_S)

    def leave(self, way):
        """A client leaves in the middle of a stream."""
        done = Departure(way)
        client, feed, inode = self.download(hold=way == "half")
        if way == "half":
            feed.fill()
        self.know_server(done, inode)
        done.client, done.port = client.pid, client.port
        done.gone = time.time()
        done.unread = client.leave(way)
        self.let_notice(inode)
        if way != "half":
            feed.chunk()
        soon(lambda: not self.connection(client, established=False))
        for _ in range(AFTER):
            feed.chunk()
        feed.close()
        return self.end(done, client, inode, feed.inode)

    def end(self, done, client, *inodes):
        self.settle(*inodes)
        client.end()
        done.end = time.time()
        return done

    def upload(self, way):
        """The service that the server writes to is stopped. It never accepted the connection."""
        done = Departure(way)
        kind = STOPS[way]
        client = Client(self, kind, b"")
        feed = self.feed(client) if self.server.fed_by == "source" else None
        if feed:
            feed.begin()
        inodes = self.upload_inodes(client, kind)
        service = self.services[kind]
        done.client, done.port, done.service = client.pid, client.port, service.pid
        self.know_server(done, inodes[0])
        done.gone = time.time()
        service.stop()
        self.let_notice(inodes[-1])
        for _ in range(AFTER):
            if feed:
                feed.chunk()
            else:
                client.more()
                soon(lambda: self.taken(client, kind), 0.3)
        if feed:
            feed.close()
        client.finish()
        return self.end(done, client, *inodes)

    def upload_inodes(self, client, kind):
        """Waits until the server has passed on all that the client sent; the server's sockets."""
        inodes = [self.accepted(client, kind)]
        client.sent()
        port = self.place.log_tcp
        queue = [0]

        def is_quiet():
            """The service's queue grows no more. Nothing shows the queue of a unix socket."""
            end = Connection.find(port)
            queue.append(end.unread if end else 0)
            return (queue[-1] or kind == "unix") and len(queue) > 4 and queue[-1] == queue[-4]

        until(is_quiet, "the server to write to the service")
        until(lambda: self.taken(client, kind), "the server to read")
        if kind == "tcp":
            inodes.append(Connection.find(remote=port).inode)
        return inodes

    def copy(self, way):
        """The program that the server's process writes to ends after the first row."""
        done = Departure(way)
        self.server.prepare()
        client = Client(self, "program", b"")
        inode = self.accepted(client, "program")
        done.client, done.port = client.pid, client.port
        rows = self.feed(client)
        client.sent()
        rows.begin()
        told = self.server.rows / "program"
        done.service = int(until(lambda: told.exists() and told.read_text(), "the program"))
        until(lambda: not any_fd(done.service), "the program to end")
        # Not before: the server sets the default action while it starts the program.
        self.know_server(done, inode)
        answered = Connection.find(client.port).unread
        for _ in range(AFTER):
            rows.chunk()
        until(lambda: Connection.find(client.port).unread > answered, "the server's answer")
        client.finish()
        return self.end(done, client, inode)

    def all_ways(self):
        done = [self.leave(way) for way in LEAVES]
        for way, kind in STOPS.items():
            if kind in self.server.uploads:
                done.append(self.copy(way) if kind == "program" else self.upload(way))
        return done


def masks(pid):
    """The masks of the process: {"SigIgn": number, ...}."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    found = re.findall(r"^(Sig\w+):\s*([0-9a-f]{16})$", status, re.MULTILINE)
    return {name: int(value, 16) for name, value in found}


@dataclasses.dataclass(frozen=True, order=True)
class Call:
    """A call that failed with EPIPE, as strace saw it."""

    name: str
    fd: int
    signal: bool
    no_signal: bool = dataclasses.field(compare=False, default=False)  # MSG_NOSIGNAL
    time: float = dataclasses.field(compare=False, default=0)

    def __str__(self):
        return f"{self.name}({self.fd}) {'with' if self.signal else 'without'} SIGPIPE"


def read_strace(base):
    """The calls that failed with EPIPE, in the order of time. There is one file for each thread."""
    calls = []
    for path in base.parent.glob(f"{base.name}.*"):
        lines = path.read_text(errors="replace").splitlines()
        for line, following in zip(lines, [*lines[1:], ""]):
            found = re.match(r"([\d.]+) (\w+)\((\d+)(?:, [^,]*, (\d+))?.* = -1 EPIPE ", line)
            if found:
                fd = found[4] if found[2] == "splice" else found[3]
                signalled = "--- SIGPIPE " in following
                flag = "MSG_NOSIGNAL" in line
                calls.append(Call(found[2], int(fd), signalled, flag, float(found[1])))
    return sorted(calls, key=lambda call: call.time)


def stopped_early(base, left):
    """strace saw the server's process read the end of the broken connection, or ECONNRESET from it, and
    write to it no more: so it never met EPIPE."""
    ends = set()
    for line in pathlib.Path(f"{base}.{left.server}").read_text(errors="replace").splitlines():
        found = re.match(r"([\d.]+) (\w+)\((\d+), .* = (-1 ECONNRESET|-?\d+)", line)
        if not found or not left.gone <= float(found[1]) <= left.end:
            continue
        fd = int(found[3])
        # A client's end breaks its own connection, a service's end the other one.
        if (fd == left.fd) != (left.way in LEAVES):
            continue
        if found[2] not in READS.split(","):
            ends.discard(fd)
        elif found[4] in ("0", "-1 ECONNRESET"):
            ends.add(fd)
    return bool(ends)


def strace_run(bench, make, may_stop):
    """The departures, each with the calls that strace saw fail, and whether the server stopped early.
    Only the ways of MAY_STOP are looked at for that."""
    base = bench.work / "strace" / "trace"
    run = Run(bench, make, base.parent)
    options = ("-ff", "-ttt", "--seccomp-bpf", "-s", 0, "-e", "signal=all")
    seen = ("-e", f"trace={CALLS},{READS}") if may_stop else ("-Z", "-e", f"trace={CALLS}")
    try:
        run.start(("strace", *options, *seen, "-o", base))
        done = run.all_ways()
    finally:
        if run.root:
            run.stop()
    calls = read_strace(base)
    return [
        (
            left,
            [call for call in calls if left.begin <= call.time <= left.end],
            left.way in may_stop and stopped_early(base, left),
        )
        for left in done
    ]


def seconds(text):
    return datetime.datetime.fromisoformat(f"{text[:26]}+00:00").timestamp()


def sigpath_run(bench, make):
    """The run, its trace, and the departures: each with its incidents and repeats."""
    run = Run(bench, make, bench.work / "sigpath")
    options = ("--epipe", "all", "--burst", 5, "--window", "50ms")
    try:
        run.start()
        pids = ",".join(map(str, tree(run.root)))
        with bench.watching("-f", "-p", pids, *options) as trace:
            done = run.all_ways()
    finally:
        if run.root:
            run.stop()
    told = []
    for left in done:

        def inside(text):
            return left.begin <= seconds(text) <= left.end

        incidents = [incident for incident in trace.incidents if inside(incident["time"])]
        repeats = [record for record in trace.records.of_kind("repeat") if inside(record["last"])]
        told.append((left, incidents, repeats))
    check(
        sum(len(incidents) for _, incidents, _ in told) == len(trace.incidents),
        "an incident between two clients",
    )
    return run, trace, told


def both_runs(bench, make, may_stop):
    """The two runs at the same time. They have nothing in common but the machine."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        judge = pool.submit(strace_run, bench, make, may_stop)
        told = pool.submit(sigpath_run, bench, make)
        return judge.result(), *told.result()
