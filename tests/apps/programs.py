# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that tests compile: once in a build directory, and again when their sources change."""

import os
import shlex
import shutil

# The distribution's compilers first: they know the distribution's libraries, whose frames tests expect.
PATH = f"/usr/bin:{os.environ['PATH']}"


def compiler(name):
    return shutil.which(name, path=PATH)


def go_environment(bench):
    """For `go build`: nothing is fetched, and what the build has compiled of Go's runtime is used."""
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
    """BUILD/tests/apps/NAME, as COMMAND makes it from SOURCES; {} in a word of it is the result."""
    program = bench.build / "tests" / "apps" / name
    words = [str(word).replace("{}", str(program)) for word in command]
    # The command is kept beside its result: with another one the program is another, too.
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
    # `go build` does not look into the C libraries that it links, only whether there is a result.
    program.unlink(missing_ok=True)
    bench.run(*words, env=env)
    made_by.write_text(recipe)
    return program
