#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the commands of docs/logs.md about files, collectors and configuration do what the page says? The tests of the
other receivers run theirs."""

import gzip
import json
import re
import shlex
import signal
import subprocess

from exports import case, check, main, until
from otlp_receiver import Receiver, attributes_of, certificates, server_context

HOST = "http://collector:4318"


def section(bench, title):
    page = (bench.source.parent / "docs" / "logs.md").read_text()
    text = page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    check(text, f"no section {title!r}")
    return text


def blocks(text):
    return re.findall(r"^ *```\w*\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)


def commands(text):
    """Those that begin with sudo."""
    return [block.replace("\\\n", " ") for block in blocks(text) if block.startswith("sudo ")]


class Command:
    """A command of the page that runs until stop(). The words of CHANGES stand for places of the test."""

    def __init__(self, bench, text, changes, *options):
        for old, new in changes.items():
            text = text.replace(old, str(new))
        words = shlex.split(text)[1:]
        env = {}
        while "=" in words[0]:
            name, _, env[name] = words.pop(0).partition("=")
        check(words[0] == "sigpath", f"not a command of sigpath: {text}")
        bench.traces += 1
        self.name = f"logs{bench.traces}"
        self.errors = bench.work / f"{self.name}.err"
        with open(self.errors, "wb") as errors:
            self.process = bench.spawn(
                bench.sigpath, *words[1:], "--comm", self.name, *options,
                stdout=subprocess.DEVNULL, stderr=errors, env={"PATH": "/usr/bin:/bin", **env},
            )
        until(lambda: "sigpath: ready" in self.stderr() or self.process.poll() is not None, "sigpath")
        check(self.process.poll() is None, f"{text}: {self.stderr()}")
        self.writer = [bench.build / "tests" / "cli" / "broken-writer", "-n", self.name]

    def stderr(self):
        return self.errors.read_text(errors="replace")

    def meet_incidents(self, bench, count=1):
        bench.run(*self.writer, str(count))

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        check(self.process.wait(20) == 0, self.stderr())


def lines_of(path):
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        return [json.loads(line) for line in file.read().splitlines()]


@case
def files(bench):
    """The log rotates, and each file begins with the start line."""
    (text,) = commands(section(bench, "Incidents in a file"))
    log = bench.work / "incidents.jsonl"
    command = Command(bench, text, {"/var/log/sigpath": bench.work, "100M": "16K"}, "--burst", "0", "--stack", "none")
    command.meet_incidents(bench, 40)
    until(lambda: (bench.work / "incidents.jsonl.1.gz").exists(), "an old file", 20)
    command.stop()
    paths = sorted(bench.work.glob("incidents.jsonl*"))
    check(len(paths) > 1 and log in paths, f"the files are {paths}")
    for path in paths:
        check(lines_of(path)[0]["kind"] == "start", f"{path} does not begin with the start line")


@case
def collector(bench):
    """Each command delivers an incident, with the attributes that the page shows."""
    text = section(bench, "Incidents in an OpenTelemetry collector")
    shown = next(block for block in blocks(text) if "LogRecord #0" in block)
    names = re.findall(r"-> ([\w.]+):", shown)
    check(len(names) > 6, f"the names are {names}")
    found = commands(text)
    check(len(found) == 3, f"the commands are {found}")
    certificates(bench.work)
    for command_text in found:
        context = server_context(bench.work) if "https:" in command_text else None
        with Receiver(context=context) as receiver:
            changes = {
                HOST: receiver.url,
                HOST.replace("http", "https"): receiver.url,
                "/etc/sigpath/ca.pem": bench.work / "ca.pem",
                "/var/lib/sigpath/otlp": bench.work / "spool",
            }
            command = Command(bench, command_text, changes)
            command.meet_incidents(bench)
            until(lambda: receiver.accepted, "the request", 20)  # pylint: disable=cell-var-from-loop
            command.stop()
            request = receiver.accepted[0]
            (resource,) = request.json["resourceLogs"]
            seen = {**attributes_of(resource["resource"]), **attributes_of(request.records[0])}
            missing = {name for name in names if name not in seen and not name.startswith("network.peer")}
            check(not missing, f"{missing} are not in {seen}")
            check(request.path == "/v1/logs", request.path)
            if "HEADERS" in command_text:
                check(request.headers.get("authorization") == "Bearer TOKEN", f"{request.headers}")
                check(request.packed, "the request is not compressed")


@case
def configuration(bench):
    """The file of the page is right, and the commands of its table work."""
    text = section(bench, "Options in a file")
    config = bench.work / "sigpath.conf"
    body = next(block for block in blocks(text) if "rotate-size" in block and "output" in block)
    config.write_text(body.replace("/var/log/sigpath", str(bench.work)))
    places = {"/etc/sigpath/sigpath.conf": config}
    check(bench.run(bench.sigpath, "check", "--config", config) == "config ok\n", "check --config")
    rows = [row for row in re.findall(r"`(sudo sigpath [^`]*)`", text)]
    check(len(rows) >= 2, f"the commands are {rows}")
    for row in rows:
        command = Command(bench, row, places)
        command.meet_incidents(bench)
        if "-o -" not in row:
            config.write_text(config.read_text().replace("!pipeline_done", "!client_gone").replace("100M", "50M"))
            command.process.send_signal(signal.SIGHUP)
            until(lambda: "changed: class" in command.stderr(), "the change")  # pylint: disable=cell-var-from-loop
            check("changes after a restart: rotate-size" in command.stderr(), command.stderr())
        command.stop()
    kinds = [line["kind"] for line in lines_of(bench.work / "incidents.jsonl")]
    check(kinds == ["start", "incident", "summary"], f"the lines are {kinds}")


main()
