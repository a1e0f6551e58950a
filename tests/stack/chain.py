# SPDX-License-Identifier: GPL-2.0-or-later
# Python ignores SIGPIPE. With an argument this program restores the default action.
import contextlib
import os
import signal
import sys


def leaf():
    os.write(1, b"stack-marker\0")


def outer():
    leaf()


if len(sys.argv) > 1:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
os.read(0, 1)
with contextlib.suppress(BrokenPipeError):
    outer()
os.read(0, 1)
