# SPDX-License-Identifier: GPL-2.0-or-later
import os


def leaf():
    os.write(1, b"stack-marker\0")


def outer():
    leaf()


outer()
