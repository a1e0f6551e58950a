#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does sigpath explain why a Go server was killed or survived? The write is its own, or that of a
Rust library on a thread that Go did not create. The gateway passes requests on to a peer. An upgrade of
the peer breaks the connection."""

import re
import signal
import socket
import subprocess

from harness import (
    START_THREAD,
    case,
    check,
    expect,
    expect_code,
    expect_frames,
    line_of,
    main,
    need,
    skip,
    symbols,
    until,
)
from programs import built, compiler, go_environment

TOLD_WITH = (("go", "version", "go1.19.8"), ("rustc", "--version", "1.63.0"))


def build_gateway(bench):
    need("go", "gcc", "rustc")
    sources = bench.source / "apps" / "go_rust"
    library = built(
        bench,
        "libuplink.a",
        [sources / "uplink.rs"],
        *(compiler("rustc"), "--edition", "2021", "--crate-type", "staticlib", "-O", "-g"),
        *("-o", "{}", sources / "uplink.rs"),
    )
    env = {**go_environment(bench), "CGO_LDFLAGS": str(library)}
    return built(
        bench,
        "gateway",
        [library, sources / "gateway.go", sources / "uplink.h"],
        *(compiler("go"), "build", "-buildvcs=false", "-o", "{}", sources / "gateway.go"),
        env=env,
    )


def tell(bench, trace, *names):
    """Compares the incidents with docs/stories.md, if the compilers are the same."""
    for name, argument, version in TOLD_WITH:
        if version not in bench.run(compiler(name), argument).split() and not bench.write_stories:
            skip(f"the story is told with {name} {version}; all but its text is as expected")
    for number, name in enumerate(names):
        bench.story(name, trace, number, ["--full"] if number else [])


class Peer:
    def __init__(self, bench, port=0):
        self.process = bench.spawn(
            bench.source / "apps" / "go_rust" / "peer.py", port, stdout=subprocess.PIPE
        )
        self.port = int(line_of(self.process.stdout, r"^listening on (\d+)$")[1])

    def wait_for(self, event):
        line_of(self.process.stdout, rf"^(gateway: )?{event}$")

    def upgrade(self, bench):
        """The new peer has the port before the old one closes its connections."""
        new = Peer(bench, self.port)
        self.process.terminate()
        self.process.wait()
        return new


class Gateway:
    """The server, one client of it, and its peer."""

    def __init__(self, bench, *options):
        self.bench = bench
        self.peer = Peer(bench)
        program = build_gateway(bench)
        self.process = bench.spawn(
            *(program, "-peer", self.peer.port, *options),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        port = line_of(self.process.stdout, r"^listening on 127\.0\.0\.1:(\d+)$")[1]
        self.client = socket.create_connection(("127.0.0.1", int(port)))

    def request(self, text):
        """False if the gateway has died."""
        try:
            self.client.sendall(f"{text}\n".encode())
            return self.client.recv(64) == b"ok\n"
        except ConnectionError:
            return False


    def upgrade_peer(self):
        """Replaces the peer. The next write goes to the closed connection of the old peer."""
        self.request("one")
        self.peer.wait_for("one")
        self.peer_pid = self.peer.process.pid
        self.peer = self.peer.upgrade(self.bench)

    def die(self):
        until(lambda: not self.request("two"), "the gateway's death")
        self.process.wait()
        check(self.process.returncode == -signal.SIGPIPE, f"ended with {self.process.returncode}")

    def live(self):
        """The event after the failed one arrives at the new peer, on a new connection."""
        for event in ("two", "three", "four"):
            check(self.request(event), "the gateway has died")
        self.peer.wait_for("four")
        self.client.close()
        self.process.wait()
        check(self.process.returncode == 0, f"ended with {self.process.returncode}")


GO_HANDLER = re.compile(r"^runtime\.(cgoS|s)igtramp")
RUST = (r"uplink::send_event.*", r"uplink::run.*")
GO_WRITE = (r"syscall\.write", r"internal/poll\.\(\*FD\)\.Write")


def expect_failed_write(gateway, incident, call, outcome):
    """A write to the old peer, after one write that succeeded."""
    expect(
        incident,
        outcome=outcome,
        process__pid=gateway.process.pid,
        process__comm="gateway",
        syscall__name=call,
        object__type="tcp",
        object__peer__port=gateway.peer.port,
        peer_process__pid=gateway.peer_pid,
        peer_process__comm="peer.py",
        cause__code="peer_closed_then_reset",
        cause__confidence="certain",
    )


def expect_note(incident, code):
    expect_code(incident, "notes", code)


def expect_go_handler(incident, note, advice):
    """Go's handler ran. Checks which of Go's rules applied, and the advice."""
    expect(
        incident,
        signal__disposition="handler",
        signal__handler_symbol=GO_HANDLER,
        signal__disposition_text=re.compile("Go runtime"),
        process__runtime=re.compile("^go"),
    )
    expect_note(incident, note)
    expect_code(incident, "advice", advice)


@case
def rust_thread(bench):
    """Go's handler passes the signal of a thread that Go did not create to the default action."""
    with bench.watching("--comm", "gateway") as trace:
        gateway = Gateway(bench, "-uplink", "rust")
        gateway.upgrade_peer()
        gateway.die()
    write = trace.only
    expect_failed_write(gateway, write, "writev", "killed")
    expect(write, process__thread="uplink", process__tid=lambda tid: tid != gateway.process.pid)
    expect_go_handler(write, "go_foreign_thread", "go_ignore_sigpipe")
    expect(write, end__state="killed", end__signal="SIGPIPE")
    expect_frames(write, "writev", *RUST, START_THREAD)
    check(not any(name.startswith("runtime.") for name in symbols(write)), "frames of Go")
    tell(bench, trace, "rust-thread")


def ignored(bench, fix):
    with bench.watching("--comm", "gateway") as trace:
        gateway = Gateway(bench, "-uplink", "rust", "-fix", fix)
        gateway.upgrade_peer()
        gateway.live()
    expect_failed_write(gateway, trace.only, "writev", "ignored")
    expect(trace.only, process__thread="uplink", signal__disposition="ignore")
    expect_frames(trace.only, "writev", *RUST, START_THREAD)


@case
def rust_ignores(bench):
    """First fix: the library sets SIG_IGN."""
    ignored(bench, "ignore")


@case
def go_ignores(bench):
    """The same fix in the Go program."""
    ignored(bench, "go")


@case
def rust_asks_for_no_signal(bench):
    """Second fix: MSG_NOSIGNAL. Only `--epipe all` shows it."""
    with bench.watching("--comm", "gateway", "--epipe", "all") as trace:
        gateway = Gateway(bench, "-uplink", "rust", "-fix", "nosignal")
        gateway.upgrade_peer()
        gateway.live()
    expect_failed_write(gateway, trace.only, "sendto", "suppressed")
    expect(trace.only, process__thread="uplink", syscall__flags=["MSG_NOSIGNAL"], notes=[])
    expect_frames(trace.only, "send", *RUST, START_THREAD)


@case
def go_socket(bench):
    """Go's own write to a socket: its handler does nothing, and the write returns EPIPE."""
    with bench.watching("--comm", "gateway") as trace:
        gateway = Gateway(bench)
        gateway.upgrade_peer()
        gateway.live()
    write = trace.only
    expect_failed_write(gateway, write, "write", "handled")
    expect_go_handler(write, "go_socket", "go_check_write")
    expect(write, end__state="exited", end__exit_status=0)
    expect_frames(write, *GO_WRITE, r"net\.\(\*conn\)\.Write", r"main\.\(\*goUplink\)\.send")


@case
def go_stdout(bench):
    """Go's own write to standard output: the runtime raises the signal again, and it kills."""
    with bench.watching("--comm", "gateway") as trace:
        gateway = Gateway(bench)
        gateway.process.stdout.close()
        gateway.die()
    write = trace.only
    expect(
        write,
        outcome="killed",
        syscall__name="write",
        syscall__fd=1,
        object__type="pipe",
        cause__code="reader_closed",
        end__state="killed",
        end__signal="SIGPIPE",
    )
    expect_go_handler(write, "go_stdio", "go_survive_stdout")
    expect_frames(write, *GO_WRITE, r"os\.\(\*File\)\.Write", r"fmt\.Println", r"main\.serve")


if __name__ == "__main__":
    main()
