#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a command as the first process of a session with a terminal, as sshd does. Its number goes to the file
`pid`. When the file `hangup` exists, the terminal hangs up. Exits as the command does, as a shell shows it."""

import os
import pty
import sys
import time

master, terminal = pty.openpty()
name = os.ttyname(terminal)
child = os.fork()
if child == 0:
    os.close(master)
    os.close(terminal)
    os.setsid()
    # The first terminal that it opens is its controlling one.
    os.open(name, os.O_RDWR)
    os.execv(sys.argv[1], sys.argv[1:])
os.close(terminal)
with open("pid.new", "w", encoding="ascii") as file:
    print(child, file=file)
os.rename("pid.new", "pid")
while True:
    pid, status = os.waitpid(child, os.WNOHANG)
    if pid:
        code = os.waitstatus_to_exitcode(status)
        sys.exit(code if code >= 0 else 128 - code)
    if master >= 0 and os.path.exists("hangup"):
        os.close(master)
        master = -1
    time.sleep(0.02)
