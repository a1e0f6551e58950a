#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""deaths.py FILE: until it is terminated, one process after the other dies of SIGPIPE. FILE gets a line for each: its
PID, and the times before and after its death in nanoseconds since 1970."""
import os
import signal
import sys
import time


def die():
    """Writes to a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.write(writer, b"x")
    os._exit(1)


ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
with open(sys.argv[1], "w", encoding="ascii") as deaths:
    while not ended:
        before = time.time_ns()
        pid = os.fork()
        if pid == 0:
            die()
        _, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGPIPE:
            sys.exit(f"a victim ended with status {status}")
        print(pid, before, time.time_ns(), file=deaths, flush=True)
        time.sleep(0.05)
