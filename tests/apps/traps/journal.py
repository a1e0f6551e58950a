#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Connects a stream to a unix socket at the address of journald's socket, closes the other end as a
stopped journald does, and runs COMMAND with the stream as standard output. Needs its own /run.
usage: journal.py COMMAND..."""

import os
import pathlib
import signal
import socket
import sys

PATH = "/run/systemd/journal/stdout"

pathlib.Path(PATH).parent.mkdir(parents=True)
listener = socket.socket(socket.AF_UNIX)
listener.bind(PATH)
listener.listen()
stream = socket.socket(socket.AF_UNIX)
stream.connect(PATH)
accepted, _ = listener.accept()
accepted.close()
listener.close()
os.dup2(stream.fileno(), 1)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
