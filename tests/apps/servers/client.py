#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A client that reads the start of a stream and leaves in the way that the test tells it.

usage: client.py PORT CONTROL HELLO MARKER [tls|relay]
It sends the file HELLO and reads until the bytes of the file MARKER came. As a relay it is the
ProxyCommand of ssh: it copies between its standard streams and the server until it is told to stop.

The test listens on the unix socket CONTROL. The client says `port PID PORT`, `read` (it has got
MARKER), `sent`, `drained`, and `left UNREAD` (bytes that it never read). The test says:
    drain    read until nothing more comes
    hold     read no more (a relay)
    close    close
    half     shutdown(SHUT_WR), and 60 ms later close
    reset    close with SO_LINGER 0
    more N   send N bytes
After it has left, the process lives until CONTROL is closed.
"""

import array
import fcntl
import os
import select
import socket
import ssl
import struct
import sys
import termios
import time

QUIET_S = 0.03
HALF_S = 0.06


class Client:
    def __init__(self, port, control, hello, marker):
        open("/proc/self/comm", "w").write("leaver")
        self.control = socket.socket(socket.AF_UNIX)
        self.control.connect(control)
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.say(f"port {os.getpid()} {self.socket.getsockname()[1]}")
        self.hello, self.marker = (open(name, "rb").read() for name in (hello, marker))
        self.commands = b""

    def say(self, text):
        self.control.sendall(f"{text}\n".encode())

    def use_tls(self):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)

    def read_marker(self):
        self.socket.sendall(self.hello)
        if not self.marker:
            self.say("sent")
            return
        text = b""
        while self.marker not in text:
            chunk = self.socket.recv(4096)
            if not chunk:
                self.say(f"end after {text!r}")
                return
            text += chunk
        self.say("read")

    def drain(self):
        self.socket.settimeout(QUIET_S)
        try:
            while self.socket.recv(65536):
                pass
        except (TimeoutError, OSError):
            pass
        self.socket.settimeout(None)

    def unread(self):
        count = array.array("i", [0])
        fcntl.ioctl(self.socket, termios.FIONREAD, count)
        return count[0]

    def leave(self, way):
        if way == "half":
            self.socket.shutdown(socket.SHUT_WR)
            time.sleep(HALF_S)
        if way == "reset":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        unread = self.unread()
        self.socket.close()
        self.say(f"left {unread}")

    def more(self, count):
        try:
            self.socket.sendall(b"m" * count)
        except OSError:
            pass
        self.say("sent")

    def obey(self, line):
        word, *rest = line.decode().split()
        if word == "drain":
            self.drain()
            self.say("drained")
        elif word == "more":
            self.more(int(rest[0]))
        else:
            self.leave(word)

    def command(self):
        """The next line of CONTROL, or None."""
        while b"\n" not in self.commands:
            chunk = self.control.recv(4096)
            if not chunk:
                return None
            self.commands += chunk
        line, _, self.commands = self.commands.partition(b"\n")
        return line

    def relay(self):
        """Copies both ways until a command other than `drain` comes, and returns the command."""
        sources = [0, self.socket, self.control]
        while True:
            ready, _, _ = select.select(sources, [], [])
            if self.socket in ready:
                data = self.socket.recv(65536)
                if not data:
                    sources.remove(self.socket)
                while data:
                    data = data[os.write(1, data) :]
            if 0 in ready:
                data = os.read(0, 65536)
                if not data:
                    sources.remove(0)
                self.socket.sendall(data)
            if self.control in ready:
                line = self.command()
                if line != b"drain":
                    return line
                self.say("drained")


def main():
    port, control, hello, marker, *kind = sys.argv[1:]
    client = Client(int(port), control, hello, marker)
    line = None
    if kind == ["relay"]:
        line = client.relay()
        if line == b"hold":
            line = client.command()
    else:
        if kind == ["tls"]:
            client.use_tls()
        client.read_marker()
        line = client.command()
    while line:
        client.obey(line)
        line = client.command()


main()
