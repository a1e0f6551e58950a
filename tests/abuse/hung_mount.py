#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A FUSE file system that stops answering after programs were started from it.

usage: hung_mount.py DIRECTORY PROGRAM COUNT

Mounts itself on DIRECTORY, where PROGRAM has the names 1 to COUNT. It starts each of them with a pipe
as stdout, and stops answering (but still reads requests, so those who wait cannot be killed). Then
each line from stdin makes the next program lose its reader. To be run as root, also in a user
namespace (unshare -rm).
"""

import ctypes
import os
import signal
import struct
import subprocess
import sys
import time

FORGET, BATCH_FORGET, INTERRUPT = 2, 42, 36
LOOKUP, GETATTR, OPEN, READ, OPENDIR, INIT, FLUSH, ACCESS, RELEASE, RELEASEDIR = (
    1, 3, 14, 15, 27, 26, 25, 34, 18, 29,
)  # fmt: skip


def attributes(node, size):
    mode = 0o040755 if node == 1 else 0o100755
    now = int(time.time()) - 100
    return struct.pack(
        "<6Q3I7I", node, size, size // 512 + 1, now, now, now, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0
    )


class Server:
    def __init__(self, device, content, count, control):
        self.device, self.content, self.count, self.control = device, content, count, control

    def answer(self, opcode, node, body):
        """The bytes of the answer, or an errno below 0."""
        size = len(self.content)
        if opcode == INIT:
            return struct.pack("<4I2H2I2H8I", 7, 31, 65536, 0, 12, 9, 65536, 1, 16, 0, *[0] * 8)
        if opcode == LOOKUP:
            name = body.rstrip(b"\0")
            if not name.isdigit() or not 1 <= int(name) <= self.count:
                return -2
            number = int(name) + 1
            return struct.pack("<4Q2I", number, 0, 0, 0, 0, 0) + attributes(number, size)
        if opcode == GETATTR:
            return struct.pack("<Q2I", 0, 0, 0) + attributes(node, size)
        if opcode in (OPEN, OPENDIR):
            return struct.pack("<Q2I", 0, 0, 0)
        if opcode == READ:
            _, offset, length = struct.unpack_from("<2QI", body)
            return self.content[offset : offset + length]
        return b"" if opcode in (FLUSH, ACCESS, RELEASE, RELEASEDIR) else -38

    def run(self):
        answering = True
        while True:
            request = os.read(self.device, 1 << 20)
            if answering and os.path.exists(self.control):
                answering = False
            _, opcode, unique, node = struct.unpack_from("<2I2Q", request)
            if not answering or opcode in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            out = self.answer(opcode, node, request[40:])
            error, data = (out, b"") if isinstance(out, int) else (0, out)
            os.write(self.device, struct.pack("<IiQ", 16 + len(data), error, unique) + data)


def start(program, writer):
    def defaults():
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)

    return subprocess.Popen(
        [program], stdout=writer, stdin=subprocess.DEVNULL, cwd="/", preexec_fn=defaults
    )


def main():
    directory, program, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    libc = ctypes.CDLL(None, use_errno=True)
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
    if libc.mount(b"hung", directory.encode(), b"fuse", 0, options):
        sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")
    control = f"{directory}.hung"
    server = os.fork()
    if server == 0:
        with open(program, "rb") as file:
            Server(device, file.read(), count, control).run()
    os.close(device)
    readers, programs = [], []
    for number in range(1, count + 1):
        reader, writer = os.pipe()
        programs.append(start(f"{directory}/{number}", writer))
        os.close(writer)
        os.read(reader, 1)
        readers.append(reader)
    with open(control, "wb"):
        pass
    print("hung", server, flush=True)
    for process, reader in zip(programs, readers):
        sys.stdin.readline()
        os.close(reader)
        print("dead", process.pid, process.wait(), flush=True)
    time.sleep(1000)


main()
