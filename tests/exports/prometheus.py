#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""--metrics with the real receivers: promtool, Prometheus, and the textfile collector of node_exporter."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import time

from prometheus_numbers import *  # noqa: F401,F403 pylint: disable=wildcard-import

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
RULES = SOURCE / "packaging" / "prometheus" / "sigpath.rules.yml"
DASHBOARD = SOURCE / "packaging" / "grafana" / "sigpath.json"


def replayed(bench, capture, *options):
    """The file that a replay of a golden capture makes."""
    records, prom = bench.work / f"{capture}.cap", bench.work / f"{capture}.prom"
    records.write_bytes(
        subprocess.run([bench.build / "tests" / "golden" / "make-capture", capture], stdout=subprocess.PIPE, check=True).stdout
    )
    # A golden capture can have broken records on purpose.
    subprocess.run(
        [bench.sigpath, "-r", records, "-o", bench.work / "lines", "--metrics", prom, *options],
        stderr=subprocess.DEVNULL, timeout=60, check=False,
    )  # fmt: skip
    return prom.read_text()


@case
def promtool_check_metrics(bench):
    """Names, types and help texts are as Prometheus wants them."""
    need("promtool")
    captures = bench.run(bench.build / "tests" / "golden" / "make-capture").split()
    check(len(captures) > 5, f"{captures}")
    for capture in captures:
        page = replayed(bench, capture, "--metrics-label", "unit")
        told = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, text=True, check=False)
        check(told.returncode == 0 and not told.stdout + told.stderr, f"{capture}: {told}")
        numbers_of(page)


@case
def replay_counts(bench):
    """What is lost and what is malformed has its number; a run that is over says so."""
    numbers = numbers_of(replayed(bench, "lost-records"))
    check(total(numbers, "sigpath_records_lost_total") > 0, f"{numbers}")
    check(total(numbers, "sigpath_running") == 0, "it still runs")
    check("sigpath_hook_info" not in numbers, "a replay has no hooks")
    numbers = numbers_of(replayed(bench, "corrupt"))
    check(total(numbers, "sigpath_records_malformed_total") > 0, f"{numbers}")


@case
def filtered_and_repeats(bench):
    """What --class leaves out is a number of its own. The numbers are those of the lines."""
    prom = bench.work / "sigpath.prom"
    options = (*QUICK, "--burst", "2", "--metrics", prom, "--class", "!client_gone")
    with bench.watching(*options) as trace:
        break_pipes(bench, 5)
        until(lambda: '"kind":"repeat"' in trace.output.read_text(), "the repeats")
    numbers = numbers_of(prom.read_text())
    expect_same(numbers, trace)
    check(total(numbers, "sigpath_incidents_total") + total(numbers, "sigpath_repeats_total") == 5, f"{numbers}")
    with bench.watching(*QUICK, "--metrics", prom, "--class", "misuse") as trace:
        break_pipes(bench, 3)
        until(lambda: "sigpath_incidents_filtered_total 3" in prom.read_text(), "the file after a change", 15)
    numbers = numbers_of(prom.read_text())
    check(total(numbers, "sigpath_incidents_total") == 0, f"{numbers}")


@case
def scraped_by_prometheus(bench):
    """Prometheus reads both families of addresses, and finds the incidents of the exemplars."""
    need("prometheus")
    port, own = free_port(), free_port()
    prometheus = Prometheus(bench, [f"127.0.0.1:{port}", f"[::1]:{port}"], own)
    with bench.watching(*QUICK, "--metrics", f":{port}") as trace:
        until(lambda: prometheus.value("sum(up)") == 2, "two targets")
        check(prometheus.value("sum(sigpath_incidents_total)") == 0, "incidents before the first")
        break_pipes(bench, 3)
        # increase() sees the first ones: the series began with 0.
        until(lambda: (prometheus.value("sum(increase(sigpath_incidents_total[1m]))") or 0) > 0, "the increase")
        until(lambda: prometheus.value("sum(sigpath_incidents_total)") == 6, "3 incidents of each target")
        check(prometheus.value("count(sigpath_running == 1)") == 2, "it does not run")
        check(prometheus.value('count(sigpath_hook_info{hook="signals"})') == 2, "no hooks")
        check(prometheus.value("max(time() - sigpath_last_incident_time_seconds)") < 60, "the last incident")
        check(prometheus.value("max(time() - sigpath_start_time_seconds)") < 60, "the start")
        exemplars = prometheus.ask(
            "query_exemplars", query="sigpath_incidents_total", start=time.time() - 60, end=time.time() + 1
        )
        # The types: only OpenMetrics has `info`.
        types = prometheus.ask("metadata", metric="sigpath_build")
    ids = {exemplar["labels"]["incident_id"] for series in exemplars for exemplar in series["exemplars"]}
    check(ids and ids <= {incident["id"] for incident in trace.incidents}, f"exemplars {ids}")
    check("sigpath_build" in types, f"{types}")
    check(types["sigpath_build"][0]["type"] == "info", f"{types}")


def node_exporter(bench, directory):
    """Reads the numbers that the real collector makes of DIRECTORY."""
    need("prometheus-node-exporter")
    port = free_port()
    bench.spawn(
        "prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}", "--collector.disable-defaults",
        "--collector.textfile", f"--collector.textfile.directory={directory}",
        stderr=subprocess.DEVNULL, user=NOBODY, group=NOBODY, extra_groups=[],
    )  # fmt: skip

    def read():
        try:
            return numbers_of(fetch(f"http://127.0.0.1:{port}/metrics")[1])
        except OSError:
            return None

    return read


def expect_collected(bench, directory, *options):
    """A live run writes to DIRECTORY. The collector, of another user, reads it all the time."""
    read = node_exporter(bench, directory)
    prom = directory / "sigpath.prom"
    with bench.watching(*QUICK, *options, "--metrics", prom) as trace:
        numbers = until(lambda: read() and "sigpath_running" in read() and read(), "the first file")
        check(total(numbers, "sigpath_incidents_total") == 0, "incidents before the first")
        break_pipes(bench, 3)
        until(lambda: total(read(), "sigpath_incidents_total") == 3, "the file after a change", 15)
        numbers = read()
        check(numbers["node_textfile_scrape_error"][""] == 0, f"{numbers}")
        check(total(numbers, "sigpath_running") == 1, f"{numbers}")
    numbers = read()
    expect_same(numbers, trace)
    check(numbers["node_textfile_scrape_error"][""] == 0, f"{numbers}")
    check(total(numbers, "sigpath_running") == 0, "the last file says that it runs")
    check([file.name for file in directory.iterdir()] == ["sigpath.prom"], f"{list(directory.iterdir())}")
    check("cannot be written" not in trace.stderr(), trace.stderr())


@case
def textfile_collector(bench):
    """As root, behind landlock."""
    directory = bench.work / "node-exporter"
    directory.mkdir()
    expect_collected(bench, directory)


@case
def textfile_of_another_user(bench):
    """With --run-as: in a directory of that user."""
    directory = bench.work / "node-exporter"
    directory.mkdir()
    shutil.chown(directory, "nobody")
    expect_collected(bench, directory, "--run-as", "nobody")
    # The file of the last run belongs to that user.
    with bench.watching(*QUICK, "--run-as", "nobody", "--metrics", directory / "sigpath.prom") as trace:
        pass
    check("cannot be written" not in trace.stderr(), trace.stderr())


def cgroup2():
    """A directory in which a cgroup can be made."""
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, path, kind, *_ = line.split()
        if kind == "cgroup2" and os.access(f"{path}/cgroup.procs", os.W_OK):
            return pathlib.Path(path)
    return skip("no cgroup2")


@case
def by_unit(bench):
    """Processes in the cgroup of a service. Repeats count for it, too."""
    cgroup = cgroup2() / f"sigpath-metrics-{os.getpid()}.service"
    prom = bench.work / "sigpath.prom"
    cgroup.mkdir()
    bench.children.callback(cgroup.rmdir)

    def enter():
        (cgroup / "cgroup.procs").write_text("0")
        default_sigpipe()

    with bench.watching(*QUICK, "--burst", "1", "--metrics", prom, "--metrics-label", "unit") as trace:
        break_pipes(bench, 3, prepare=enter)
        until(lambda: '"kind":"repeat"' in trace.output.read_text(), "the repeats")
    numbers, label = numbers_of(prom.read_text()), f'unit="{cgroup.name}"'
    counts = [numbers[f"sigpath_unit_{name}_total"].get(label) for name in ("incidents", "repeats", "deaths")]
    check(counts == [1, 2, 3], f"{counts}")


def names_in(expression):
    return set(re.findall(r"sigpath_\w+", expression))


def names_of_a_run(bench):
    """All names of metrics that a run has."""
    prom = bench.work / "sigpath.prom"
    with bench.watching(*QUICK, "--metrics", prom, "--metrics-label", "unit"):
        break_pipes(bench)
    return set(numbers_of(prom.read_text()))


@case
def alert_rules(bench):
    """promtool finds the rules good, and each alert fires when it should. Each metric exists."""
    need("promtool")
    bench.run("promtool", "check", "rules", RULES)
    shutil.copy(RULES, bench.work)
    shutil.copy(SOURCE / "tests" / "exports" / "rules.test.yml", bench.work)
    bench.run("promtool", "test", "rules", "rules.test.yml")
    text = RULES.read_text()
    tests = (SOURCE / "tests" / "exports" / "rules.test.yml").read_text()
    alerts = re.findall(r"alert: (\w+)", text)
    check(len(alerts) >= 8, f"{alerts}")
    for alert in alerts:
        check(re.search(rf"alertname: {alert}\n +exp_alerts", tests), f"no test in which {alert} fires")
        check(re.search(rf"alertname: {alert}\n(?! +exp_alerts)", tests), f"no test in which {alert} is silent")
    names = set().union(*(names_in(line) for line in text.splitlines() if not line.strip().startswith("#")))
    missing = names - names_of_a_run(bench)
    check(names and not missing, f"no such metrics: {missing}")


@case
def grafana_dashboard(bench):
    """It keeps a strict schema, Prometheus can read its queries, and each metric of a run is in it."""
    need("prometheus")
    try:
        import jsonschema  # pylint: disable=import-outside-toplevel
    except ImportError:
        skip("no python3-jsonschema")
    dashboard = json.loads(DASHBOARD.read_text())
    schema = json.loads((SOURCE / "tests" / "exports" / "grafana.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(dashboard, schema)
    panels = dashboard["panels"]
    check(len({panel["id"] for panel in panels}) == len(panels), "two panels have the same id")
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    names, used = names_of_a_run(bench), set().union(*map(names_in, expressions))
    check(used <= names, f"no such metrics: {used - names}")
    check(names <= used, f"not on the dashboard: {names - used}")
    prometheus = Prometheus(bench, [], free_port())
    until(lambda: prometheus.ask("query", query="1"), "Prometheus")
    for expression in expressions:
        query = re.sub(r"\$__\w+", "5m", expression).replace("$instance", ".*")
        prometheus.ask("query", query=query)


def blocks_of_docs():
    """The text blocks in the sections about Prometheus."""
    page = SOURCE / "docs" / "logs.md"
    sections = re.split(r"^(?=## )", page.read_text(), flags=re.MULTILINE)
    wanted = [section for section in sections if re.match(r"## (Count incidents with Prometheus|Alert on a service)", section)]
    check(len(wanted) == 2, f"{len(wanted)} sections in {page}")
    return re.findall(r"^```(\w*)\n(.*?)^```", "".join(wanted), re.DOTALL | re.MULTILINE)


@case
def commands_of_the_docs(bench):
    """Each command, configuration and query in docs/ works."""
    need("promtool", "prometheus", "curl")
    port, own, kinds = str(free_port()), free_port(), []
    prometheus = Prometheus(bench, [f"127.0.0.1:{port}"], own)
    for language, text in blocks_of_docs():
        text = text.replace("9540", port).replace("/var/lib/prometheus/node-exporter", str(bench.work))
        kinds.append(language or text.split()[0])
        if language == "yaml":
            (bench.work / "docs.yml").write_text(text)
            bench.run("promtool", "check", "config", bench.work / "docs.yml")
        elif text.startswith("sudo sigpath"):
            command, *rest = text.splitlines()
            sigpath = bench.spawn(bench.sigpath, *command.split()[2:], *QUICK, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
            line_of(sigpath.stderr, "sigpath: ready")
            for line in rest:
                check("sigpath_incidents_total" in bench.run(*line.split()), line)
            sigpath.terminate()
            check(sigpath.wait(20) == 0, command)
        elif text.startswith("promtool"):
            bench.run(*text.replace("packaging/", f"{SOURCE}/packaging/").split())
        elif text.startswith("sum("):
            until(lambda: prometheus.ask("query", query="1"), "Prometheus")
            prometheus.ask("query", query=text)  # pylint: disable=cell-var-from-loop
        else:
            samples = numbers_of(text)
            check(set(samples) <= names_of_a_run(bench), f"{set(samples)}")
    check({"sudo", "yaml", "promtool"} <= set(kinds) and len(kinds) >= 7, f"{kinds}")


main()
