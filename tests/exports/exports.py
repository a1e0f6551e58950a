# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of receivers share: the harness of tests/apps, and free ports."""

import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from harness import *  # noqa: F401,F403 pylint: disable=wildcard-import,wrong-import-position


NOBODY = 65534  # a user without rights


def free_port():
    """A port of loopback that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
