# SPDX-License-Identifier: GPL-2.0-or-later
"""What the attacks share: the harness of tests/apps, and processes of an unprivileged user."""

import ctypes
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from harness import *  # noqa: F401,F403 pylint: disable=wildcard-import,wrong-import-position

NOBODY = 65534  # the uid and gid of the attacker
LANDLOCK_CREATE_RULESET = 444


def attack(bench, *command, **options):
    """Starts COMMAND as nobody. It is killed at the end of the case."""
    options.setdefault("user", NOBODY)
    options.setdefault("group", NOBODY)
    options.setdefault("extra_groups", [])
    return bench.spawn(*command, **options)


def without_landlock():
    """For a child: a kernel without landlock. Neither no_new_privs nor another right changes."""
    allow, fail_with_enosys, no_new_privs = 0x7FFF0000, 0x00050000 | 38, 3
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(seccomp.seccomp_init(allow))
    done = seccomp.seccomp_attr_set(rules, no_new_privs, 0)
    done |= seccomp.seccomp_rule_add(rules, fail_with_enosys, LANDLOCK_CREATE_RULESET, 0)
    done |= seccomp.seccomp_load(rules)
    if done:
        os._exit(1)
