#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does sigpath explain why nginx survives when clients disconnect during a download?"""

import os
import pathlib
import re
import signal
import socket

from harness import case, check, expect, expect_frames, get, main, need, until

FILE_BYTES = 128 << 20  # larger than the buffers of both sockets
READ_BYTES = (1, 1 << 20)
BROKEN = "sendfile() failed (32: Broken pipe)"
FOLLOWED = 32  # FOLLOW_IGNORED_MAX: so many of the first incidents get the end of their process
# All messages of nginx 1.22 at level info that say that a client has disconnected.
NOTES = (BROKEN, "sendfile() failed (104:", "client prematurely closed connection")

CONFIG = """
daemon off;
worker_processes 1;
pid {work}/nginx.pid;
error_log {work}/error.log info;
events {{ worker_connections 64; }}
http {{
	access_log off;
	sendfile on;
	client_body_temp_path {work}/body;
	proxy_temp_path {work}/proxy;
	fastcgi_temp_path {work}/fastcgi;
	uwsgi_temp_path {work}/uwsgi;
	scgi_temp_path {work}/scgi;
	server {{
		listen 127.0.0.1:{port};
		root {work};
	}}
}}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def children(pid):
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


class Nginx:
    """Debian's nginx with its own configuration, one worker and a large file."""

    def __init__(self, bench):
        need("nginx")
        self.port = free_port()
        self.log = bench.work / "error.log"
        config = bench.work / "nginx.conf"
        config.write_text(CONFIG.format(work=bench.work, port=self.port))
        with open(bench.work / "disk.img", "wb") as file:
            file.truncate(FILE_BYTES)
        # Most EPIPEs need the client's RST during a sendfile(): both must run at the same time.
        os.setpriority(os.PRIO_PROCESS, 0, -20)
        words = ("nginx", "-p", bench.work, "-c", config, "-e", self.log)
        self.master = bench.spawn(*words).pid
        until(lambda: children(self.master), "nginx to start its worker")
        (self.worker,) = children(self.master)
        until(self.answers, "nginx to listen")

    def answers(self):
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def logged(self, text):
        return self.log.read_text().count(text)

    def get(self, wanted):
        """A client that closes after WANTED bytes of the answer. Returns how many it has read."""
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.sendall(b"GET /disk.img HTTP/1.0\r\nHost: localhost\r\n\r\n")
            got = 0
            while got < wanted:
                got += len(client.recv(65536))
            if got < FILE_BYTES:
                # There is unread data, so close() sends RST and no FIN.
                client.recv(1, socket.MSG_PEEK)
            return got

    def ignored_signals(self):
        status = pathlib.Path(f"/proc/{self.worker}/status").read_text()
        mask = int(re.search(r"^SigIgn:\s*([0-9a-f]+)$", status, re.MULTILINE)[1], 16)
        return {number for number in range(1, 65) if mask >> (number - 1) & 1}


def followed(trace):
    """The incidents so far whose process has lived on for as long as sigpath watches."""
    return trace.output.read_text().count('"state":"alive"')


def drop_clients(server):
    """Clients disconnect early or late, until nginx has got enough EPIPE."""
    clients = 0
    while server.logged(BROKEN) < 100:
        check(clients < 20000, f"{clients} clients have left, and too few EPIPEs came of it")
        for number in range(100):
            server.get(READ_BYTES[number % 2])
        clients += 100
        until(lambda: sum(map(server.logged, NOTES)) == clients, "nginx to note every client")


@case
def nginx(bench):
    """Its worker ignores SIGPIPE. Each EPIPE that it logs is an incident or a repeat."""
    server = Nginx(bench)
    check(signal.SIGPIPE in server.ignored_signals(), "nginx does not ignore SIGPIPE")
    with bench.watching("-p", server.worker, "--burst", 100) as trace:
        drop_clients(server)
        check(server.get(FILE_BYTES) > FILE_BYTES, "a patient client did not get the file")
        until(lambda: followed(trace) >= FOLLOWED, "sigpath to follow the worker")
    check(children(server.master) == [server.worker], "the worker was replaced")

    repeats = sum(record["count"] for record in trace.records.of_kind("repeat"))
    broken = server.logged(BROKEN)
    check(
        len(trace.incidents) + repeats == broken,
        f"{len(trace.incidents)} incidents and {repeats} repeats, nginx logged {broken}",
    )
    for incident in trace.incidents:
        expect(
            incident,
            outcome="ignored",
            signal__disposition="ignore",
            process__pid=int(server.worker),
            process__comm="nginx",
            process__cmdline=["nginx: worker process"],
            syscall__name="sendfile",
            object__type="tcp",
            object__local__port=server.port,
            object__bytes_sent=lambda sent: 0 < sent < FILE_BYTES,
            cause__code="reset_by_peer",
            cause__confidence="certain",
        )
        expect_frames(
            incident,
            "sendfile(64)?",
            "ngx_linux_sendfile_chain",
            "ngx_http_write_filter",
            "ngx_http_output_filter",
            "ngx_process_events_and_timers|ngx_event_process_posted",
            "ngx_spawn_process",
            "ngx_master_process_cycle",
            "main",
        )
    # sigpath stores closers in sets of four, so other connections on the host can displace one.
    peers = [get(incident, "peer_process.pid") for incident in trace.incidents]
    check(set(peers) <= {os.getpid(), None}, f"the peers are {set(peers)}")
    check(peers.count(None) <= len(peers) / 10, f"{peers.count(None)} of {len(peers)} have no peer")
    # When a client disconnects is a race. The story has one that did in the first sendfile(), of the
    # few at a time whose process sigpath follows.
    first = [
        "ngx_http_core_content_phase" in text
        and "had no ACK" in text
        and "did not wait for it" not in text
        for text in bench.text(trace, "--full")
    ]
    check(any(first), "no followed EPIPE in the first sendfile() of an answer")
    # A later one refers to the stack of an earlier one.
    bench.story("nginx", trace, first.index(True), ["--full"])


if __name__ == "__main__":
    main()
