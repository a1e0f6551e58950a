#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a command as a server of remote shells does, with one socket of a pair as its input and
output, and closes the other socket. Its exit status is that of the command, as a shell shows it. It starts
after one byte of input and exits at the end of its input. usage: session.py COMMAND ..."""

import os
import signal
import socket
import subprocess
import sys

os.read(0, 1)
near, far = socket.socketpair()
with far:
    command = subprocess.Popen(
        sys.argv[1:],
        stdin=far,
        stdout=far,
        # Python ignores SIGPIPE, and a child inherits that.
        preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL),
    )
near.close()
status = command.wait()
os.read(0, 1)
sys.exit(128 - status if status < 0 else status)
