#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The HTTP server of --metrics: what it answers, and clients that are slow, stuck or hostile."""

import contextlib
import os
import socket
import subprocess
import sys
import time

from prometheus_numbers import *  # noqa: F401,F403 pylint: disable=wildcard-import

CONNECTIONS_MAX = 32  # user/metrics/metrics_server.c
LIFE_SECONDS = 10
END_SECONDS = 2
GET = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(port, address="127.0.0.1", **options):
    connection = socket.create_connection((address, port), timeout=5)
    for name, value in options.items():
        connection.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
    return connection


def exchange(port, request):
    """The whole answer to these bytes; the server closes the connection."""
    answer = b""
    with connect(port) as connection:
        connection.sendall(request)
        with contextlib.suppress(ConnectionResetError):
            while chunk := connection.recv(65536):
                answer += chunk
    return answer


def status_of(answer):
    return int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def serves(port, seconds=2):
    """A scrape is answered within SECONDS."""
    start = time.monotonic()
    kind, page = fetch(f"http://127.0.0.1:{port}/metrics", OPENMETRICS, timeout=seconds)
    check(kind == OPENMETRICS and page.endswith("\n# EOF\n"), f"{kind}: {page[-100:]!r}")
    return time.monotonic() - start


def open_sockets(pid):
    """How many sockets the process has."""
    count = 0
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            count += os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:")
    return count


@contextlib.contextmanager
def server(bench, *options):
    port = free_port()
    with bench.watching(*QUICK, *options, "--metrics", f":{port}") as trace:
        yield port, trace


@case
def answers(bench):
    """GET and HEAD of /metrics; all else is refused. Each connection is closed after its answer."""
    with server(bench) as (port, _):
        url = f"http://127.0.0.1:{port}/metrics"
        check(fetch(url)[0] == TEXT, "the type without Accept")
        check(fetch(url, "application/openmetrics-text;version=1.0.0")[0] == OPENMETRICS, "OpenMetrics")
        check(fetch(f"http://[::1]:{port}/metrics?x=y")[0] == TEXT, "over IPv6, with a query")
        head = exchange(port, GET.replace(b"GET", b"HEAD"))
        check(status_of(head) == 200 and head.endswith(b"\r\n\r\n"), f"HEAD: {head!r}")
        for method in (b"POST", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"NONSENSE"):
            answer = exchange(port, GET.replace(b"GET", method))
            check(status_of(answer) == 405 and b"\r\nAllow: GET, HEAD\r\n" in answer, f"{method}: {answer!r}")
        for path in (b"/", b"/metrics/", b"/metrics/..", b"/../etc/passwd", b"//metrics", b"/METRICS", b"*", b"/" + b"x" * 4000):
            answer = exchange(port, GET.replace(b"/metrics", path, 1))
            check(status_of(answer) == 404, f"{path}: {answer!r}")
        check(b"sigpath_" not in exchange(port, b"GET / HTTP/1.1\r\n\r\n"), "numbers for another path")


@case
def nonsense(bench):
    """Requests that are no HTTP, too long, or cut off. The server goes on."""
    requests = (
        b"\r\n\r\n", b"\0" * 5000, b"GET\r\n\r\n", b"GET /metrics\r\n\r\n", os.urandom(20000) + b"\r\n\r\n",
        b"GET /metrics HTTP/9.9\r\n\r\n", b"GET /metrics HTTP/1.1\r\n" + b"A: b\r\n" * 20000 + b"\r\n",
        b"GET /metrics HTTP/1.1\r\nA: " + b"x" * 100000 + b"\r\n\r\n", b"GET /" + b"x" * 100000 + b" HTTP/1.1\r\n\r\n",
        b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 100000,
        b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nx",
        b"POST /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        GET.replace(b"Host: x", b"Accept: " + b"," * 5000), GET.replace(b"Host: x", b"Accept: " + b";q=" * 1500),
        GET * 50, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500,
    )  # fmt: skip
    with server(bench) as (port, trace):
        for request in requests:
            with contextlib.suppress(OSError), connect(port) as connection:
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
            serves(port)
        for request in requests:
            connection = connect(port)
            with contextlib.suppress(OSError):
                connection.sendall(request)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()  # by RST
        serves(port)
        check(trace.process.poll() is None, trace.stderr())


@case
def thousand_silent_connections(bench):
    """1,000 connections that send nothing hold up neither scrapes nor incidents, and use up nothing."""
    with server(bench) as (port, trace), contextlib.ExitStack() as connections:
        before = open_sockets(trace.process.pid)
        slowest = 0
        for number in range(1000):
            connections.enter_context(connect(port))
            if number % 100 == 99:
                slowest = max(slowest, serves(port))
        used = open_sockets(trace.process.pid) - before
        check(used <= CONNECTIONS_MAX, f"{used} sockets more")
        break_pipes(bench, 5)
        until(lambda: trace.output.read_text().count('"kind":"incident"') == 5, "the incidents", 10)
        print(f"   slowest scrape: {slowest * 1000:.0f} ms, {used} connections")
    check(len(trace.incidents) == 5, f"{len(trace.incidents)} incidents")


@case
def thousand_unfinished_requests(bench):
    """1,000 connections that have sent half a request: the oldest ones make room for a scrape."""
    with server(bench) as (port, trace), contextlib.ExitStack() as connections:
        before = open_sockets(trace.process.pid)
        for number in range(1000):
            connections.enter_context(connect(port)).sendall(GET[: len(GET) // 2])
            if number % 100 == 99:
                serves(port)
        used = open_sockets(trace.process.pid) - before
        check(used <= CONNECTIONS_MAX, f"{used} sockets more")


@case
def scrape_that_takes_a_breath(bench):
    """A client that connects, and asks later: connections that ask for nothing take no place from it."""
    with server(bench) as (port, _), contextlib.ExitStack() as connections:
        for _ in range(3):
            client = connections.enter_context(connect(port))
            for _ in range(100):
                connections.enter_context(connect(port))
            time.sleep(0.2)
            client.sendall(GET)
            check(client.recv(12) == b"HTTP/1.1 200", "no answer")


@case
def slow_clients(bench):
    """Readers that do not read, and writers of a byte a second: each has a limited life."""
    with server(bench) as (port, _), contextlib.ExitStack() as stack:
        readers = [stack.enter_context(connect(port, SO_RCVBUF=1024)) for _ in range(4)]
        writers = [stack.enter_context(connect(port)) for _ in range(4)]
        start = time.monotonic()
        for reader in readers:
            reader.sendall(GET)
        open_writers = set(writers)
        turn = 0
        while open_writers and time.monotonic() - start < 2 * LIFE_SECONDS:
            for writer in list(open_writers):
                try:
                    writer.sendall(GET[turn % 10 : turn % 10 + 1])
                    writer.settimeout(0.01)
                    if not writer.recv(1):
                        open_writers.remove(writer)
                except TimeoutError:
                    pass
                except OSError:
                    open_writers.remove(writer)
            turn += 1
            serves(port)
            time.sleep(0.5)
        lived = time.monotonic() - start
        check(not open_writers, f"{len(open_writers)} slow writers live after {lived:.0f} s")
        check(lived > LIFE_SECONDS / 2, f"they lived for {lived:.1f} s only")


@case
def end_with_stuck_clients(bench):
    """SIGTERM ends the run in time, whatever the clients do."""
    port = free_port()
    with bench.watching(*QUICK, "--metrics", f":{port}") as trace, contextlib.ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(connect(port))
            stack.enter_context(connect(port)).sendall(b"POST /metrics HTTP/1.1\r\nContent-Length: 10\r\n")
            stack.enter_context(connect(port, SO_RCVBUF=1024)).sendall(GET)
        serves(port)
        start = time.monotonic()
        trace.process.terminate()
        status = trace.process.wait(30)
        took = time.monotonic() - start
        check(took < END_SECONDS and status == 0, f"it took {took:.2f} s, status {status}: {trace.stderr()}")


@case
def flood_of_scrapes(bench):
    """Clients that ask as often as they can do not cost an incident."""
    with server(bench) as (port, trace):
        script = (
            "import socket, sys\nwhile True:\n"
            "  try:\n    c = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
            "    c.sendall(b'GET /metrics HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')\n    c.recv(1 << 16)\n    c.close()\n"
            "  except OSError: pass\n"
        )
        for _ in range(3):
            bench.spawn("/usr/bin/python3", "-c", script, port, user=NOBODY, group=NOBODY, extra_groups=[])
        time.sleep(1)
        break_pipes(bench, 20)
        until(lambda: trace.output.read_text().count('"kind":"incident"') >= 10, "the incidents", 15)
        serves(port, 5)
    counted = len(trace.incidents) + sum(repeat["count"] for repeat in trace.records.of_kind("repeat"))
    check(counted == 20, f"{counted} of 20")


def refused(bench, *options, status=1):
    done = subprocess.run(
        [bench.sigpath, "-d", "1ms", *options], capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip
    check(done.returncode == status, f"{options}: status {done.returncode}: {done.stderr}")
    return done.stderr


@case
def addresses(bench):
    """A port that is in use, an address of another host, and what listens where."""
    with server(bench) as (port, trace):
        told = refused(bench, "--metrics", f":{port}")
        check(told == f"sigpath: --metrics: cannot listen on port {port}: Address already in use\n", told)
        listeners = bench.run("ss", "-Hltnp")
        own = {line.split()[3] for line in listeners.splitlines() if f"pid={trace.process.pid}," in line}
        check(own == {f"127.0.0.1:{port}", f"[::1]:{port}"}, f"it listens on {own}")
    told = refused(bench, "--metrics", f"192.0.2.1:{port}")
    check("Cannot assign requested address" in told, told)
    with bench.watching(*QUICK, "--metrics", f"[::]:{port}"):
        serves(port)
        check(fetch(f"http://[::1]:{port}/metrics")[0] == TEXT, "IPv6")
    with bench.watching(*QUICK, "--metrics", f"127.0.0.1:{port}"):
        serves(port)
        try:
            connect(port, "::1").close()
            fail("it listens on ::1, too")
        except OSError:
            pass


@case
def file_of_a_hung_system(bench):
    """SIGTERM ends a run whose --metrics FILE is on a file system that does not answer."""
    if not os.access("/dev/fuse", os.R_OK):
        skip("no FUSE")
    hung = bench.work / "hung"
    hung.mkdir()
    mount = bench.spawn(
        sys.executable, bench.source / "abuse" / "hung_mount.py", hung, "/bin/true", 0,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    line_of(mount.stdout, "hung")
    bench.children.callback(subprocess.run, ["umount", "-l", hung], check=False)
    sigpath = bench.spawn(bench.sigpath, *QUICK, "--metrics", hung / "x.prom", stderr=subprocess.PIPE)
    time.sleep(5)
    check(sigpath.poll() is None, "it has ended")
    start = time.monotonic()
    sigpath.terminate()
    check(sigpath.wait(30) == 1, f"status {sigpath.returncode}")
    check(time.monotonic() - start < END_SECONDS, f"it took {time.monotonic() - start:.2f} s")
    told = sigpath.stderr.read().decode()
    check("the run ends while an output is still being opened" in told, told)


main()
