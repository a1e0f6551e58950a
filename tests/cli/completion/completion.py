#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The completions of bash, zsh and fish in the real shells. Ends with `N passed, N failed, N skipped`."""

import argparse
import os
import shutil
import sys
import tempfile
import time

import shells

# What a shell must offer: all of it, in any order.
OFFERS = (
    ("", {"trace", "check"}),
    ("-s P", {"PIPE", "POLL", "PROF", "PWR"}),
    ("-s TERM,SIGST", {"TERM,SIGSTOP", "TERM,SIGSTKFLT"}),
    ("-s RTM", {"RTMIN", "RTMAX"}),
    ("--outcome killed,p", {"killed,pending", "killed,protected"}),
    ("--class pipe", {"pipeline_broken", "pipeline_done"}),
    ("--class client_gone,pipe", {"client_gone,pipeline_broken", "client_gone,pipeline_done"}),
    ("--class \\!pipe", {"!pipeline_broken", "!pipeline_done"}),
    ("--cause peer_", {"peer_closed_then_reset", "peer_closed", "peer_shut_down"}),
    ("--cause \\!peer_s,\\!reset", {"!peer_s,!reset_by_peer"}),
    ("--peer-comm x,test-name-", {"x,test-name-one", "x,test-name-two"}),
    ("--redact a", {"auth", "args", "all"}),
    ("--to sys", {"syslog", "syslog:"}),
    ("--o", {"--object", "--outcome", "--output", "--output-mode"}),
    ("--comm test-name-", {"test-name-one", "test-name-two"}),
    ("check --", {"--format", "--config", "--quiet", "--verbose", "--version", "--help"}),
    ("-r x --bu", {"--bu"}),
    ("--read x -q --du", {"--du"}),
    ("--bu", {"--burst", "--buffer-size"}),
    ("--count 1", {"1"}),
    ("-w some-f", {"some-file", "some-folder"}),
    ("--config ./some-f", {"./some-file", "./some-folder"}),
    ("-o some-f", {"some-file", "some-folder"}),
    ("-f -- cat some-f", {"some-file", "some-folder"}),
)

# What Tab makes of it where there is one candidate.
ONE = (
    ("ch", ["check"]),
    ("--signal=TERM,SIGK", ["--signal=TERM,SIGKILL"]),
    ("--class peer_c", ["--class", "peer_crashed"]),
    ("--class '!pipeline_d", ["--class", "!pipeline_done"]),
    ("--class \\!client_gone,\\!pipeline_d", ["--class", "!client_gone,!pipeline_done"]),
    ("--format js", ["--format", "json"]),
    ("-o jso", ["-o", "json:"]),
    ("-o json:some-fi", ["-o", "json:some-file"]),
    ("--output=json:some-fi", ["--output=json:some-file"]),
    ("--to syslog:./some-fi", ["--to", "syslog:./some-file"]),
    ("--to syslog:u", ["--to", "syslog:udp://"]),
    ("--to otlp:https", ["--to", "otlp:https://"]),
    ("--cgroup some-", ["--cgroup", "some-folder"]),
    ("--spool some-", ["--spool", "some-folder"]),
    ("-u daemo", ["-u", "daemon"]),
    ("--run-as=daemo", ["--run-as=daemon"]),
    ("--comm test-name-o", ["--comm", "test-name-one"]),
    ("--comm test:na", ["--comm", "test:name"]),
    ("check --config some-fi", ["check", "--config", "some-file"]),
    ("-f -- setpri", ["-f", "--", "setpriv"]),
)

# Any user can give a process such a name. A shell that evaluates it makes the file `ran`.
HOSTILE = (b"zq$(>ran)", b"zq`>ran`", b"zq;>ran;", b"zq'>ran'", b'zq">ran"', b"zq&>ran", b"zq|>ran", b"zq !! a",
           b"zq\\\\>ran", b"zq{a,b}", b"zq*?[a]", b"zq(>ran)", b"zq$HOME", b"zq~a=b:c", b"zq\ttab")
# These are not offered.
UNSHOWN = (b"zq\n>ran", b"zq\x1b]0;t\x07", b"zq\xff", b"zq\xe2\x80\xaeb", b"zq\x7f")
OFFERED = {name.decode() for name in HOSTILE if b"\t" not in name}


class Processes:
    """Processes that only have a name."""

    def __init__(self, names):
        self.pids = []
        for name in names:
            pid = os.fork()
            if pid == 0:
                with open("/proc/self/comm", "wb") as file:
                    file.write(name)
                while True:
                    time.sleep(1000)
            self.pids.append(pid)
        for pid, name in zip(self.pids, names):
            end = time.monotonic() + shells.LIMIT
            while open(f"/proc/{pid}/comm", "rb").read() != name + b"\n":
                assert time.monotonic() < end, name
                time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in self.pids:
            os.kill(pid, 9)
            os.waitpid(pid, 0)


def without_slash(word):
    """A shell may end the name of a directory with a slash."""
    return word.removesuffix("/") if word.endswith("folder/") else word


def offers(shell):
    for text, wanted in OFFERS:
        got = {without_slash(word) for word in shell.offers(text)}
        assert got == wanted, f"{text!r}: {got}"


def one(shell):
    for text, wanted in ONE:
        got = [without_slash(word) for word in shell.one(text)]
        assert got == wanted, f"{text!r}: {got}"


def pids_have_names(shell):
    """The names are shown, and only the numbers are inserted."""
    with Processes([b"test-name-one", b"test-name-two"]) as processes:
        prefix = os.path.commonprefix([str(pid) for pid in processes.pids])
        shown = shell.lists(f"-p {prefix}", b"test-name-two")
        assert b"test-name-one" in shown, shown
        got = shell.offers(f"-p 1,{prefix}")
        assert {f"1,{pid}" for pid in processes.pids} <= set(got), got
        got = shell.one(f"-t {processes.pids[0]}")
        assert got == ["-t", str(processes.pids[0])], got


def options_have_help(shell):
    shown = shell.lists("--b", b"--burst")
    assert b"size of the ring buffer" in shown, shown


def hostile_names(shell):
    with Processes(HOSTILE + UNSHOWN) as processes:
        got = shell.offers("--comm zq")
        assert set(got) == OFFERED, f"{set(got) ^ OFFERED}"
        prefix = os.path.commonprefix([str(pid) for pid in processes.pids])
        shown = shell.lists(f"-p {prefix}", b"zq")
        assert b"\x1b]0;t" not in shown and b"\xe2\x80\xae" not in shown, shown
        for text in ("--comm=zq", "--comm 'zq", '--comm "zq', "-p 1"):
            shell.lists(text, b"")
    assert not os.path.exists(f"{shell.work}/ran"), "a name was run"


def hostile_command_line(shell):
    """What is typed is not run before Enter. This leaves out names of files: zsh itself runs a $(command) in front
    of a slash, to find the directory."""
    for text in ("--comm $(>ran", "-s `>ran`,P", "--class '!a$(>ran),", "--signal=$(>ran),T", "$(>ran) -s P",
                 "--to $(>ran):u", "-p $(>ran),1"):
        if isinstance(shell, shells.Fish):
            shell.complete(text)
        else:
            shell.screen = b""
            shell.send(f"sigpath {text}{shell.list_keys}\x15")
            shell.settle()
    assert not os.path.exists(f"{shell.work}/ran"), "a word was run"


CASES = (offers, one, pids_have_names, options_have_help, hostile_names, hostile_command_line)
SHELLS = (shells.Bash, shells.BashCompletion, shells.Zsh, shells.Fish)


def is_missing(kind):
    if kind is shells.BashCompletion and not os.path.exists("/usr/share/bash-completion/bash_completion"):
        return "no bash-completion"
    return None if shutil.which(kind.name.split("-", maxsplit=1)[0]) else f"no {kind.name}"


def run_case(kind, case, files):
    with tempfile.TemporaryDirectory(prefix="sigpath-completion-") as directory:
        shell = kind(directory, files)
        try:
            os.mkdir(f"{shell.work}/some-folder")
            shell.write(f"{shell.work}/some-file", "")
            with Processes([b"test-name-one", b"test-name-two", b"test:name"]):
                case(shell)
        finally:
            shell.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--completions", required=True, help="the directory of the build")
    parser.add_argument("case", nargs="*")
    options = parser.parse_args()
    files = {"bash": "bash/sigpath", "zsh": "zsh/_sigpath", "fish": "fish/sigpath.fish"}
    files = {name: os.path.realpath(f"{options.completions}/{path}") for name, path in files.items()}
    counts = {"ok": 0, "FAIL": 0, "skip": 0}
    for kind in SHELLS:
        for case in CASES:
            if options.case and case.__name__ not in options.case:
                continue
            if case is options_have_help and issubclass(kind, shells.Bash):
                continue  # it shows no texts
            name, why = f"{kind.name}_{case.__name__}", None
            try:
                result, why = "skip", is_missing(kind)
                if not why:
                    run_case(kind, case, files)
                    result = "ok"
            except AssertionError as error:
                result, why = "FAIL", error
            counts[result] += 1
            print(f"{result} {name}" + (f": {why}" if why else ""), flush=True)
    print(f"{counts['ok']} passed, {counts['FAIL']} failed, {counts['skip']} skipped")
    return counts["FAIL"] > 0


if __name__ == "__main__":
    sys.exit(main())
