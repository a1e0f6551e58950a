# SPDX-License-Identifier: GPL-2.0-or-later
"""Compiles the tests' programs: once per build directory, and again when their sources change."""

import os
import shlex
import shutil

# The distribution's compilers first: tests expect frames of the distribution's libraries.
PATH = f"/usr/bin:{os.environ['PATH']}"


def compiler(name):
    return shutil.which(name, path=PATH)


def go_environment(bench):
    """For `go build`: no downloads, and Go's runtime is compiled only once per build directory."""
    cache = bench.build / "tests" / "stack"
    return {
        **os.environ,
        "GOCACHE": str(cache / "go-cache"),
        "GOPATH": str(cache / "go-path"),
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
    }


def built(bench, name, sources, *command, env=None):
    """Makes BUILD/tests/apps/NAME from SOURCES with COMMAND; {} in a word stands for the result."""
    program = bench.build / "tests" / "apps" / name
    words = [str(word).replace("{}", str(program)) for word in command]
    # The command is stored beside the result: a new command makes a new program.
    made_by = program.with_name(f"{program.name}.made-by")
    recipe = shlex.join(words)
    if (
        program.exists()
        and made_by.exists()
        and made_by.read_text() == recipe
        and all(source.stat().st_mtime < program.stat().st_mtime for source in sources)
    ):
        return program
    program.parent.mkdir(parents=True, exist_ok=True)
    # `go build` does not notice that a C library has changed, so the old result is removed.
    program.unlink(missing_ok=True)
    bench.run(*words, env=env)
    made_by.write_text(recipe)
    return program
