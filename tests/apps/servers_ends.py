# SPDX-License-Identifier: GPL-2.0-or-later
"""What a server of servers.py has around it: its clients, the source of what it streams, and the
services that it writes to."""

import contextlib
import dataclasses
import os
import pathlib
import signal
import socket
import subprocess
import time

from harness import check, until
from servers_programs import CHUNK, FILES

FULL_S = 0.15  # a server that has not read for so long can send no more


@dataclasses.dataclass
class Connection:
    """A row of /proc/net/tcp."""

    local: int
    remote: int
    state: int
    unsent: int
    unread: int
    inode: int

    @staticmethod
    def all():
        for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
            row = line.split()
            local, remote = (int(row[at].split(":")[1], 16) for at in (1, 2))
            unsent, unread = (int(part, 16) for part in row[4].split(":"))
            yield Connection(local, remote, int(row[3], 16), unsent, unread, int(row[9]))

    @staticmethod
    def find(local=None, remote=None, established=True):
        for row in Connection.all():
            if local in (None, row.local) and remote in (None, row.remote):
                # Established, or CLOSE_WAIT.
                if row.state in (1, 8) or not established:
                    return row
        return None


def tree(root):
    """PIDs of ROOT and all its descendants."""
    pids, found = [root], []
    while pids:
        pid = pids.pop()
        found.append(pid)
        with contextlib.suppress(OSError):
            for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
                pids += map(int, (thread / "children").read_text().split())
    return found


def fd_of(pid, inode):
    """The process's fd of the socket INODE, or None."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                if os.readlink(entry.path) == f"socket:[{inode}]":
                    return int(entry.name)
    return None


def holders(root, inode):
    """The processes below ROOT that have an fd of the socket INODE."""
    return [pid for pid in tree(root) if fd_of(pid, inode) is not None]


def soon(condition, seconds=1):
    """Waits until CONDITION() is true, and not for long."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.002)


class Client:
    """client.py, or ssh with it as its ProxyCommand."""

    def __init__(self, run, way, marker=None):
        run.clients += 1
        work = run.place.directory
        files = {name: work / f"{name}{run.clients}" for name in ("control", "hello", "marker")}
        hello = run.server.hello(run.place, way)
        files["hello"].write_bytes(hello)
        self.marker = run.server.marker if marker is None else marker
        files["marker"].write_bytes(self.marker)
        self.relayed = run.server.relay
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(files["control"]))
            listener.listen(1)
            listener.settimeout(30)
            words = [FILES / "client.py", run.place.ports[way], *files.values()]
            options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE} if self.relayed else {}
            if self.relayed:
                words = run.server.ssh(way, (*words, "relay"))
            elif run.server.tls:
                words.append("tls")
            self.process = run.bench.spawn(*words, **options)
            self.control, _ = listener.accept()
        self.control.settimeout(30)
        self.lines = self.control.makefile()
        self.pid, self.port = map(int, self.hear("port").split())
        if self.relayed:
            self.process.stdin.write(hello)
            self.process.stdin.flush()

    def say(self, line):
        self.control.sendall(f"{line}\n".encode())

    def hear(self, word):
        """The rest of the client's next line, which must begin with WORD."""
        line = self.lines.readline().rstrip("\n")
        check(line.split(" ")[0] == word, f"the client said {line!r}, not {word}")
        return line[len(word) + 1 :]

    def sent(self):
        """It has sent its request."""
        if not self.relayed:
            self.hear("sent")

    def read(self, hold):
        """It has got the first chunk. With HOLD it reads no more, else all that has been sent."""
        if self.relayed:
            got = b""
            while self.marker not in got:
                part = os.read(self.process.stdout.fileno(), 65536)
                check(part, f"ssh ended after {got!r}")
                got += part
        else:
            self.hear("read")
        if hold:
            if self.relayed:
                self.say("hold")
        else:
            self.say("drain")
            self.hear("drained")

    def leave(self, way):
        """Returns how many bytes it has never read."""
        if way == "kill":
            os.kill(self.pid, signal.SIGKILL)
            until(lambda: not any_fd(self.pid), "the client to end")
            return 0
        self.say(way)
        return int(self.hear("left"))

    def more(self):
        """Sends a part of an upload."""
        if self.relayed:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.write(bytes(CHUNK))
                self.process.stdin.flush()
        else:
            self.say(f"more {CHUNK}")
            self.hear("sent")

    def finish(self):
        """Reads what is left and closes. A relay may have ended with its ssh."""
        with contextlib.suppress(OSError):
            for word in ("drain", "close"):
                self.say(word)
                self.lines.readline()

    def end(self):
        self.lines.close()
        self.control.close()
        if self.relayed:
            self.process.kill()
        self.process.wait()


def any_fd(pid):
    """A zombie has none."""
    try:
        return os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return []


class Feed:
    """A connection of the server to the test's source."""

    def __init__(self, connection, source):
        self.connection = connection
        connection.settimeout(10)
        self.port, self.source = connection.getpeername()[1], source
        row = Connection.find(self.port, source)
        self.inode = row.inode if row else 0
        self.count = 0

    def begin(self):
        request = b""
        while b"\r\n\r\n" not in request:
            part = self.connection.recv(65536)
            check(part, f"the server asked the source for {request!r}")
            request += part
        self.connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        self.chunk()

    def taken(self):
        row = Connection.find(self.port, self.source)
        return not row or not row.unread

    def chunk(self):
        """Sends a chunk, and waits until the server has read it: each is read alone."""
        soon(self.taken, 0.3)
        self.count += 1
        with contextlib.suppress(OSError):
            self.connection.sendall(b"x" * 1000 + b" chunk %d\n" % self.count)
        soon(self.taken, 0.3)

    def fill(self):
        """Sends until the server has not read for a while, because it can send no more."""
        end = time.monotonic() + 20
        while self.taken():
            check(time.monotonic() < end, "the server reads without end")
            self.connection.sendall(bytes(CHUNK))
            soon(self.taken, FULL_S)

    def close(self):
        self.connection.close()


class Rows:
    """As Feed, for a server that makes a row for each file of the test."""

    inode = 0

    def __init__(self, directory, taken):
        self.directory, self.taken = directory, taken
        self.count = 0

    def begin(self):
        self.chunk()

    def chunk(self):
        self.count += 1
        (self.directory / str(self.count)).touch()
        time.sleep(0.01)

    def fill(self):
        (self.directory / "all").touch()
        seen = [self.taken()]

        def is_full():
            time.sleep(FULL_S)
            seen.append(self.taken())
            return seen[-1] and seen[-1] == seen[-2]

        until(is_full, "the server to fill the connection")

    def close(self):
        (self.directory / "all").touch()


class Source:
    """What the server streams comes from here, in steps."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(10)
        self.port = self.listener.getsockname()[1]

    def accept(self):
        return Feed(self.listener.accept()[0], self.port)

    def close(self):
        self.listener.close()


class Service:
    """listener.py: a service that never accepts."""

    def __init__(self, bench, *where):
        self.process = bench.spawn(
            FILES / "listener.py", *where, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.pid, self.port = map(int, self.process.stdout.readline().split())

    def stop(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        check(self.process.stdout.readline() == b"closed\n", "the service did not close")
