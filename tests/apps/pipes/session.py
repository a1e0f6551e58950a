#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a command as a server of remote shells does: one socket of a pair is its input and output, and the
client hangs up. Ends as a shell would say that the command did. usage: session.py COMMAND ..."""

import signal
import socket
import subprocess
import sys

near, far = socket.socketpair()
with far:
    command = subprocess.Popen(
        sys.argv[1:],
        stdin=far,
        stdout=far,
        # Python ignores it, and a child inherits that.
        preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL),
    )
near.recv(1)
near.close()
status = command.wait()
sys.exit(128 - status if status < 0 else status)
