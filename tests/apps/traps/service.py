#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Starts COMMAND as systemd starts the main process of a service: in its own process group and
cgroup, with SIGPIPE ignored (yes) or not (no), as IgnoreSIGPIPE= says. Exits at the end of its input.
usage: service.py CGROUP yes|no COMMAND..."""

import os
import pathlib
import signal
import subprocess
import sys

cgroup, ignores, *command = sys.argv[1:]


def become_main_process():
    os.setsid()
    pathlib.Path(cgroup, "cgroup.procs").write_text(str(os.getpid()))
    signal.signal(signal.SIGPIPE, signal.SIG_IGN if ignores == "yes" else signal.SIG_DFL)


pathlib.Path("/proc/self/comm").write_text("systemd")
subprocess.run(command, preexec_fn=become_main_process, restore_signals=False)
sys.stdin.read()
