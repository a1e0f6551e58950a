# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of --metrics share: incidents, and how to read numbers."""

import json
import os
import re
import signal
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter

from exports import *  # noqa: F401,F403 pylint: disable=wildcard-import

# Of this test alone, so that no other process of the host is counted.
WRITER = f"writer-{os.getpid()}"
# Loading BPF programs takes the time; stacks would take more.
QUICK = ("--comm", WRITER, "--stack", "none")
SAMPLE = re.compile(r'^(\w+)(?:\{(.*?)\})? ([^ ]+)(?: # .*)?$')
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
TEXT = "text/plain; version=0.0.4; charset=utf-8"


def break_pipes(bench, count=1, prepare=default_sigpipe):
    """COUNT processes die of SIGPIPE."""
    for _ in range(count):
        writer = bench.spawn(bench.build / "tests" / "cli" / "broken-writer", "-d", "-n", WRITER, 1, preexec_fn=prepare)
        check(writer.wait(20) == -signal.SIGPIPE, f"the writer ended with {writer.returncode}")


def fetch(url, accept=None, timeout=5):
    request = urllib.request.Request(url, headers={"Accept": accept} if accept else {})
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def numbers_of(page):
    """{name: {labels: value}} of a page; labels as in the page."""
    numbers = {}
    for line in page.splitlines():
        if line.startswith("#"):
            continue
        match = SAMPLE.match(line)
        check(match, f"not a sample: {line!r}")
        numbers.setdefault(match[1], {})[match[2] or ""] = float(match[3])
    return numbers


def total(numbers, name):
    return sum(numbers[name].values())


def by_label(numbers, name, label):
    """The values of a metric with this one label, without those that are 0."""
    values = {}
    for labels, value in numbers[name].items():
        match = re.fullmatch(rf'{label}="(.*)"', labels)
        check(match, f"{name} has the labels {labels}")
        if value:
            values[match[1]] = int(value)
    return values


def expect_same(numbers, trace):
    """The numbers are those of the JSON lines."""
    incidents, repeats = trace.incidents, trace.records.of_kind("repeat")

    def seen(path):
        return dict(Counter(get(incident, path) or "none" for incident in incidents))

    for name, label, path in (
        ("sigpath_incidents_total", "class", "class"),
        ("sigpath_incidents_by_severity_total", "severity", "severity"),
        ("sigpath_incidents_by_outcome_total", "outcome", "outcome"),
        ("sigpath_incidents_by_cause_total", "cause", "cause.code"),
        ("sigpath_incidents_by_object_total", "object", "object.type"),
    ):
        told = by_label(numbers, name, label)
        check(told == seen(path), f"{name}: {told}, but the lines have {seen(path)}")
    counted = Counter()
    for repeat in repeats:
        counted[repeat.get("class") or "unknown"] += repeat["count"]
    told = by_label(numbers, "sigpath_repeats_total", "class")
    check(told == dict(counted), f"repeats: {told}, but the lines have {dict(counted)}")


class Prometheus:
    """The real one, which scrapes TARGETS each second."""

    def __init__(self, bench, targets, port):
        self.url = f"http://127.0.0.1:{port}/api/v1/"
        config = bench.work / "prometheus.yml"
        config.write_text(
            json.dumps(
                {
                    "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
                    "scrape_configs": [{"job_name": "sigpath", "static_configs": [{"targets": targets}]}],
                }
            )
        )
        with open(bench.work / "prometheus.log", "wb") as log:
            bench.spawn(
                "prometheus", f"--config.file={config}", f"--storage.tsdb.path={bench.work / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{port}", "--enable-feature=exemplar-storage",
                stdout=log, stderr=log,
            )  # fmt: skip

    def ask(self, path, **parameters):
        """The data of an answer; None while Prometheus is not ready."""
        try:
            _, text = fetch(f"{self.url}{path}?{urllib.parse.urlencode(parameters)}")
        except urllib.error.HTTPError as error:
            if error.code != 503:
                fail(f"{parameters}: {error.read().decode()}")
            return None
        except OSError:
            return None
        return json.loads(text)["data"]

    def value(self, query):
        """Of a query that has one number; None: it has none."""
        data = self.ask("query", query=query)
        return float(data["result"][0]["value"][1]) if data and data["result"] else None
