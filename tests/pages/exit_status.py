#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The incidents that docs/exit-status.md shows are those that sigpath prints today.

exit_status.py --sigpath PATH --death PATH --page FILE [--write] [NAME...]

A line `<!-- sample: NAME -->` precedes each of them. The test starts sigpath by the command of the section, makes that
death, and compares what sigpath prints with the block below the line: word by word, without numbers, without the fields that another kernel, processor or C library
prints differently (where, kernel, regs), and without the parents of the test. With --write it puts what sigpath prints into the page.
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bench"))
import deaths  # noqa: E402

VICTIM = "server"
SECTION = re.compile(r"^## (?:(?!^## ).)*", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"```\nsudo sigpath(.*)\n```\n")
SAMPLE = re.compile(r"<!-- sample: (\S+) -->\n```\n(.*?)```\n", re.DOTALL)
READY_MAX_S = 30
SHOWN_MAX_S = 10
# One incident has been printed when nothing has followed for so long. A core may end it later.
QUIET_S = 0.7

DEATHS = {name: die for name, _, die in deaths.DEATHS} | {
    "kill-hard": deaths.by_kill("KILL"),
    "usr1": deaths.by_kill("USR1"),
    "usr2": deaths.by_kill("USR2"),
    "interrupt": deaths.by_key(b"\x03"),
    "quit": deaths.by_key(b"\x1c"),
    "illegal": deaths.by_itself("illegal"),
    "breakpoint": deaths.by_itself("breakpoint"),
    "divide": deaths.by_itself("divide"),
    "cpu-soft": deaths.by_itself("cpu-soft"),
    "file": deaths.by_itself("file"),
}


def without_paths(text, directory):
    """Where the program is in this run, and where it was built."""
    text = re.sub(r"\S*/tests/bench/death\.c", "death.c", text.replace(str(directory), "/srv"))
    return re.sub(r"sigpath-bench-\w{6}", "data", text)


def shown(sigpath, options, die, directory):
    """What sigpath prints of the death."""
    out, err = directory / "out", directory / "err"
    with open(out, "wb") as out_file, open(err, "wb") as err_file:
        command = [sigpath, *options, "--window", "1h"]
        tracer = subprocess.Popen(command, cwd=directory, stdout=out_file, stderr=err_file)
    try:
        wait_for(lambda: "sigpath: ready" in err.read_text(), READY_MAX_S, f"not ready: {err.read_text()}")
        die("./" + deaths.NAME).wait()
        wait_for(lambda: out.stat().st_size, SHOWN_MAX_S, "nothing was printed")
        size = -1
        while size != out.stat().st_size:
            size = out.stat().st_size
            time.sleep(QUIET_S)
        return without_paths(out.read_text(), directory)
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()


def wait_for(condition, seconds, failure):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"exit_status: {failure}")
        time.sleep(0.05)


# Of the machine, with the lines that go on below.
MACHINE = re.compile(r"^    (where|kernel|regs) .*\n(?: {12}.*\n)*", re.MULTILINE)


def words(text):
    """Without numbers, and without the places where a line was wrapped."""
    text = re.sub(r"0x[0-9a-f]+|#[0-9a-f]{4,}|\d[\d.:,]*", "0", MACHINE.sub("", text))
    return re.sub(r"; parents: .*? (where|who) ", r" \1 ", " ".join(text.split()))


def samples(page):
    """(name, options of the command, block) of each sample. Each section has a command, and at least one sample."""
    for section in SECTION.findall(page):
        command = COMMAND.search(section)
        found = SAMPLE.findall(section)
        if not command or not found or len(found) != section.count("<!--"):
            raise SystemExit(f"exit_status: no command, or no sample: {section.splitlines()[0]}")
        for name, block in found:
            yield name, command[1].split(), block


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sigpath", required=True, type=os.path.abspath)
    parser.add_argument("--death", required=True, type=os.path.abspath)
    parser.add_argument("--page", required=True, type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--write", action="store_true")
    parser.add_argument("name", nargs="*")
    arguments = parser.parse_args()
    if os.geteuid():
        print("skip exit_status: needs root\n0 passed, 0 failed, 1 skipped")
        return 77
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    deaths.NAME = VICTIM
    page = arguments.page.read_text()
    passed = failed = 0
    for name, options, block in samples(page):
        if arguments.name and name not in arguments.name:
            continue
        with tempfile.TemporaryDirectory() as work:
            directory = pathlib.Path(work)
            directory.chmod(0o755)
            shutil.copy(arguments.death, directory / VICTIM)
            os.chdir(directory)
            text = shown(arguments.sigpath, options, DEATHS[name], directory)
            os.chdir("/")
        if arguments.write:
            page = page.replace(f"<!-- sample: {name} -->\n```\n{block}```\n", f"<!-- sample: {name} -->\n```\n{text}```\n")
        elif words(text) != words(block):
            print(f"FAIL {name}: sigpath prints\n{text}\nand the page shows\n{block}")
            failed += 1
            continue
        passed += 1
    if arguments.write:
        arguments.page.write_text(page)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return bool(failed or not passed)


if __name__ == "__main__":
    sys.exit(main())
