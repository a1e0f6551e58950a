#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""on_terminal.py COLUMNS COMMAND...: runs COMMAND with a terminal of this width as its stdout, and copies what it
writes there. stderr stays. Exits as the command does."""

import fcntl
import os
import pty
import struct
import sys
import termios

master, terminal = pty.openpty()
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 25, int(sys.argv[1]), 0, 0))
child = os.fork()
if child == 0:
    os.close(master)
    os.dup2(terminal, 1)
    os.close(terminal)
    os.execvp(sys.argv[2], sys.argv[2:])
os.close(terminal)
while True:
    try:
        part = os.read(master, 65536)
    except OSError:  # EIO: nobody has the terminal open any more
        break
    # The terminal makes two characters of a newline.
    sys.stdout.buffer.write(part.replace(b"\r\n", b"\n"))
    sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
