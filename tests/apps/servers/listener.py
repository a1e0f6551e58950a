#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A service that is stopped while connections wait in its accept queue.

usage: listener.py [PATH]
The parent makes the listening socket and the child serves it, as a socket that a manager made for
its service. The child prints its PID and the port (0 with PATH). It never accepts. It closes the
socket when it reads a line, prints `closed`, and lives until the end of its input.
"""

import os
import socket
import sys


def main():
    if len(sys.argv) == 1:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    else:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(sys.argv[1])
        os.chmod(sys.argv[1], 0o666)
        listener.listen(8)
        port = 0
    child = os.fork()
    if child:
        listener.close()
        os.waitpid(child, 0)
        return
    open("/proc/self/comm", "w").write("stopped-service")
    print(os.getpid(), port, flush=True)
    sys.stdin.readline()
    listener.close()
    print("closed", flush=True)
    sys.stdin.read()


main()
