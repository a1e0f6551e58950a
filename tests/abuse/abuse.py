# SPDX-License-Identifier: GPL-2.0-or-later
"""What the attacks share: the harness of tests/apps, and processes of an unprivileged user."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from harness import *  # noqa: F401,F403 pylint: disable=wildcard-import,wrong-import-position

NOBODY = 65534  # the uid and gid of the attacker


def attack(bench, *command, **options):
    """Starts COMMAND as nobody. It is killed at the end of the case."""
    options.setdefault("user", NOBODY)
    options.setdefault("group", NOBODY)
    options.setdefault("extra_groups", [])
    return bench.spawn(*command, **options)
