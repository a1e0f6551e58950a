#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What arrives: in the real OpenTelemetry Collector, and by the description of the protocol. `dev collector`
builds both; without it these cases are skipped."""

import re

from fleet_bed import HOSTS, UNIT, Fleet, total
from otlp_receiver import *  # pylint: disable=wildcard-import,unused-wildcard-import
from harness import case, main

RECIPE = pathlib.Path(__file__).resolve().parent / "otlp_collector" / "build.sh"
POD = "0f3c2a91-5b1e-4a7d-9c55-1d2e3f4a5b6c"
CONTAINER = "4f1d" * 16

CONFIG = """
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:{port}
exporters:
  debug:
    verbosity: detailed
    sampling_initial: 1000000
service:
  telemetry:
    metrics:
      level: none
  pipelines:
    logs:
      receivers: [otlp]
      exporters: [debug]
"""


def built(name):
    done = subprocess.run([RECIPE, "--where"], capture_output=True, text=True, check=True)
    path = pathlib.Path(done.stdout.strip()) / name
    if not path.exists():
        skip("no Collector: ./dev collector builds it")
    return path


class Collector:
    """The real one. Its debug exporter prints all that it receives."""

    def __init__(self, bench, port=0):
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = bench.work / f"collector-{self.port}.log"
        config = bench.work / "collector.yaml"
        config.write_text(CONFIG.format(port=self.port))
        with open(self.output, "ab") as output:
            self.process = bench.spawn(built("otelcol"), "--config", config, stdout=output, stderr=output)
        until(lambda: "Everything is ready" in self.text() or self.process.poll() is not None, "the Collector")
        check(self.process.poll() is None, self.text())

    def text(self):
        return self.output.read_text(errors="replace")

    def records(self):
        """Each as {"resource": attributes, "attributes": ..., and the other lines by their names}."""
        found, resource, into = [], {}, {}
        lines = iter(self.text().splitlines())
        for line in lines:
            # A stack has several lines.
            while re.match(r" +-> code.stacktrace: Str\(", line) and not re.search(r"[^ ]\)$", line):
                line += "\\n" + next(lines, ")")
            if re.search(r"\tResourceLog #\d+$|^ResourceLog #\d+$", line):
                resource = into = {}
            elif line.startswith("LogRecord #"):
                found.append({"resource": resource, "attributes": {}})
                into = found[-1]["attributes"]
            elif match := re.match(r" +-> ([\w.]+): (\w+)\((.*)\)$", line):
                into[match[1]] = _value(match[2], match[3])
            elif found and (match := re.match(r"(ObservedTimestamp|Timestamp|SeverityText|EventName): (.*)$", line)):
                found[-1][match[1]] = match[2]
            elif found and (match := re.match(r"SeverityNumber: \w+\((\d+)\)$", line)):
                found[-1]["SeverityNumber"] = int(match[1])
            elif found and (match := re.match(r"Body: Str\((.*)\)$", line)):
                found[-1]["Body"] = match[1]
        return found


def _value(kind, text):
    if kind in ("Int", "Slice"):
        return json.loads(text)
    return text == "true" if kind == "Bool" else text


def spread(incident):
    """What the JSON line says, under the names of the attributes."""
    process, peer, thing = incident["process"], incident["peer_process"] or {}, incident["object"] or {}
    call, sender = incident["syscall"] or {}, incident["signal"]["sender"] or {}
    facts = {
        "sigpath.id": incident["id"],
        "sigpath.group": incident["group"],
        "sigpath.session": incident["session"],
        "sigpath.boot_id": incident["boot_id"] or None,
        "sigpath.class": incident["class"],
        "sigpath.subject": incident["subject"],
        "sigpath.outcome": incident["outcome"],
        "sigpath.cause": incident["cause"]["code"],
        "sigpath.cause.text": incident["cause"]["text"] or None,
        "sigpath.confidence": incident["cause"]["confidence"],
        "sigpath.disposition.text": incident["signal"]["disposition_text"],
        "sigpath.notes": [note["code"] for note in incident["notes"]] or None,
        "sigpath.advice": [advice["text"] for advice in incident["advice"]] or None,
        "sigpath.signal.name": incident["signal"]["name"],
        "sigpath.signal.number": incident["signal"]["number"],
        "sigpath.signal.origin": incident["signal"]["origin"],
        "sigpath.signal.disposition": incident["signal"]["disposition"],
        "sigpath.signal.result": incident["signal"]["result"],
        "sigpath.signal.site": incident["signal"]["site"],
        "sigpath.sender.pid": sender.get("pid"),
        "sigpath.sender.uid": sender.get("uid"),
        "sigpath.sender.comm": sender.get("comm"),
        "sigpath.sender.exe": sender.get("exe"),
        "sigpath.sender.command_args": sender.get("cmdline"),
        "sigpath.sender.unit": sender.get("unit"),
        "sigpath.sender.container": sender.get("container"),
        "sigpath.sender.syscall": sender.get("syscall"),
        "sigpath.sender.ancestors": [ancestor["comm"] for ancestor in sender.get("ancestors", [])] or None,
        "sigpath.terminal": (incident["signal"]["terminal"] or {}).get("name"),
        "sigpath.limit.name": (incident["limit"] or {}).get("name"),
        "sigpath.limit.hard": (incident["limit"] or {}).get("hard"),
        "sigpath.limit.used_us": (incident["limit"] or {}).get("used_us"),
        "sigpath.oom.memory_of": (incident["oom"] or {}).get("memory_of"),
        "sigpath.oom.resident_bytes": (incident["oom"] or {}).get("resident_bytes"),
        "sigpath.oom.cgroup.name": ((incident["oom"] or {}).get("cgroup") or {}).get("name"),
        "sigpath.oom.trigger.comm": ((incident["oom"] or {}).get("trigger") or {}).get("comm"),
        "sigpath.seccomp.action": (incident["seccomp"] or {}).get("action"),
        "sigpath.namespace_end.init_comm": (incident["namespace_end"] or {}).get("init_comm"),
        "process.pid": process["pid"],
        "process.parent_pid": process["ppid"] or None,
        "process.user.id": process["uid"],
        "process.executable.path": process["exe"],
        "process.executable.name": process["exe"] and process["exe"].rpartition("/")[2],
        "process.command_args": process["cmdline"],
        "process.creation.time": process["start_time"],
        "process.linux.cgroup": process["cgroup"]["path"],
        "sigpath.comm": process["comm"],
        "sigpath.tid": process["tid"],
        "sigpath.thread": process["thread"] or None,
        "sigpath.parent_comm": process["parent_comm"] or None,
        "sigpath.unit": process["unit"],
        "sigpath.runtime": process["runtime"],
        "sigpath.redacted": process["redacted"],
        "sigpath.syscall.name": call.get("name"),
        "sigpath.syscall.fd": call.get("fd"),
        "sigpath.syscall.bytes": call.get("bytes"),
        "sigpath.object.type": thing.get("type"),
        "sigpath.object.inode": thing.get("inode"),
        "sigpath.object.error": thing.get("error"),
        "network.transport": {"tcp": "tcp", "pipe": "pipe", "fifo": "pipe", "unix": "unix"}.get(thing.get("type")),
        "sigpath.peer.pid": peer.get("pid"),
        "sigpath.peer.comm": peer.get("comm"),
        "sigpath.peer.uid": peer.get("uid"),
        "sigpath.peer.exe": peer.get("exe"),
        "sigpath.peer.unit": peer.get("unit"),
        "sigpath.peer.how": peer.get("how"),
        "sigpath.peer.confidence": peer.get("confidence"),
    }
    for end in ("local", "peer"):
        if isinstance(thing.get(end), dict) and "address" in thing[end]:
            scope = thing[end]["scope"]
            facts[f"network.{end}.address"] = thing[end]["address"] + (f"%{scope}" if scope else "")
            facts[f"network.{end}.port"] = thing[end]["port"]
    if thing.get("name_of"):
        name = thing["path"] or f"@{thing['abstract']}"
        facts[f"network.{thing['name_of']}.address"] = name
    return facts


NUMBERS = {"info": 9, "notice": 10, "warning": 13, "error": 17}


def compare(incident, record):
    facts = spread(incident)
    for name, wanted in facts.items():
        check(record["attributes"].get(name) == wanted, f"{name}: {record['attributes'].get(name)!r}, not {wanted!r}")
    check(record["EventName"] == "sigpath.incident", record)
    check(record["SeverityText"] == incident["severity"], record)
    check(record["SeverityNumber"] == NUMBERS[incident["severity"]], record)
    time_text = record["Timestamp"].replace(" +0000 UTC", "").replace(" ", "T")
    check(_digits(time_text) == _digits(incident["time"]), f"{time_text}, not {incident['time']}")
    check(incident["cause"]["text"] in record["Body"] and incident["signal"]["name"] in record["Body"]
          or incident["outcome"] == "suppressed", record["Body"])
    check(record["resource"].get("host.name") == incident["host"], record["resource"])
    check(record["resource"].get("k8s.pod.uid") == incident["process"]["pod"], record["resource"])
    check(record["resource"].get("container.id") == incident["process"]["container"], record["resource"])
    frames = (incident["stack"] or {}).get("user") or []
    trace = record["attributes"].get("code.stacktrace")
    check(bool(trace) == bool(frames), f"{trace!r} of {frames}")
    named = [frame for frame in frames if frame["symbol"]]
    if named:
        check(record["attributes"]["code.function.name"] == named[0]["symbol"], "code.function.name")
        check(record["attributes"].get("code.file.path") == named[0]["file"], "code.file.path")
        check(record["attributes"].get("code.line.number") == named[0]["line"], "code.line.number")


def _digits(time_text):
    seconds, _, part = time_text.rstrip("Z").partition(".")
    return seconds, part.ljust(9, "0")


def golden_captures(bench):
    maker = bench.build / "tests" / "golden" / "make-capture"
    for name in bench.run(maker).split():
        if name not in ("corrupt", "truncated"):
            path = bench.work / name
            path.write_bytes(subprocess.run([maker, name], check=True, stdout=subprocess.PIPE).stdout)
            yield path


def replay_to(bench, path, url):
    out = bench.work / f"{path.name}.jsonl"
    clean = {name: text for name, text in os.environ.items() if not name.startswith("OTEL_")}
    bench.run(bench.sigpath, "-r", path, "-o", out, "--to", f"otlp:{url}", env=clean, timeout=30)
    return [json.loads(line) for line in out.read_text().splitlines()]


@case
def collector_has_each_field(bench):
    """Incidents, repeats and lost records of the golden captures, compared with the JSON lines."""
    collector = Collector(bench)
    lines = [line for path in golden_captures(bench) for line in replay_to(bench, path, collector.url)]
    incidents = [line for line in lines if line["kind"] == "incident"]
    check(len(incidents) > 10, f"{len(incidents)} incidents")
    wanted = [line for line in lines if line["kind"] in ("incident", "repeat", "lost")]
    until(lambda: len(collector.records()) >= len(wanted), "all records", 10)
    records = collector.records()
    check(len(records) == len(wanted), f"{len(records)} records of {len(wanted)}")
    # The order within one container, and all of these have none or the same.
    by_kind = {"sigpath.incident": [], "sigpath.repeat": [], "sigpath.lost": []}
    for record in records:
        by_kind[record["EventName"]].append(record)
    for incident, record in zip(incidents, by_kind["sigpath.incident"]):
        compare(incident, record)
    for line, record in zip([line for line in lines if line["kind"] == "repeat"], by_kind["sigpath.repeat"]):
        seen = record["attributes"]
        check(seen["sigpath.count"] == line["count"] and seen.get("sigpath.of") == line["of"], f"{seen} of {line}")
    for line, record in zip([line for line in lines if line["kind"] == "lost"], by_kind["sigpath.lost"]):
        check(record["attributes"]["sigpath.count"] == line["count"], f"{record} of {line}")
    check(len(by_kind["sigpath.lost"]) > 0, "no lost record")


def strict(bench, requests):
    description = built("logs.pb")
    paths = []
    for number, request in enumerate(requests):
        paths.append(bench.work / f"request-{number}.json")
        paths[-1].write_bytes(request.text)
    done = subprocess.run(
        [pathlib.Path(__file__).resolve().parent / "otlp_strict.py", description, *paths],
        capture_output=True, text=True, check=False,
    )
    if done.returncode == 77:
        skip(done.stdout.strip())
    check(done.returncode == 0, done.stdout + done.stderr)
    check(f"{len(paths)} good" in done.stdout and paths, done.stdout)


@case
def requests_are_what_the_protocol_describes(bench):
    with Receiver() as receiver:
        for path in golden_captures(bench):
            replay_to(bench, path, receiver.url)
        strict(bench, receiver.accepted)


@case
def checker_finds_what_is_wrong(bench):
    """A check that takes everything would prove nothing."""
    with Receiver() as receiver:
        check(Replay(bench, "--to", f"otlp:{receiver.url}", count=1).end() == 0, "no request")
        good = receiver.accepted[0].text.decode()
    strict(bench, receiver.accepted)
    for old, new in (
        ('"timeUnixNano":"', '"time_unix_nano":"'),
        ('"severityNumber":13', '"severityNumber":"SEVERITY_NUMBER_WARN"'),
        ('{"intValue":"812"}', '{"intValue":812}'),
        ('"scopeLogs"', '"unknownLogs"'),
        ('"eventName"', '"event"'),
    ):
        check(old in good, f"no {old}")
        receiver.accepted[0].text = good.replace(old, new).encode()
        try:
            strict(bench, receiver.accepted)
        except Exception as error:  # pylint: disable=broad-except
            if "wrong" in str(error):
                continue
        fail(f"{new} is not noticed")


@case
def gzip_to_the_collector(bench):
    collector = Collector(bench)
    env = {"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    replay = Replay(bench, "--to", "otlp", env=env, count=300)
    check(replay.end() == 0, replay.stderr())
    until(lambda: len(collector.records()) >= 300, "all records", 10)
    check(len({record["attributes"]["sigpath.id"] for record in collector.records()}) == 300, "not 300")


@case
def collector_that_is_killed_and_comes_back(bench):
    first = Collector(bench)
    replay = Replay(bench, "--to", f"otlp:{first.url}", count=50)
    until(lambda: len(first.records()) == 50, "the first records")
    first.process.kill()
    first.process.wait()
    replay.more(50)
    until(lambda: "not delivered" in replay.stderr(), "the message")
    second = Collector(bench, port=first.port)
    check(replay.end() == 0, replay.stderr())
    until(lambda: len(second.records()) >= 100, "all records", 10)
    seen = [record["attributes"]["sigpath.id"] for record in second.records()]
    check(len(seen) == len(set(seen)) == 100, f"{len(seen)} records, {len(set(seen))} incidents")


class Central(Collector):
    """On the collector of a fleet, with the configuration of docs/fleet.md."""

    def __init__(self, fleet):  # pylint: disable=super-init-not-called
        self.output = fleet.bench.work / "otelcol.log"
        with open(self.output, "ab") as output:
            command = (built("otelcol"), "--config", "/etc/otelcol/config.yaml")
            self.process = fleet.collector.spawn(*command, stdout=output, stderr=output)
        fleet.wait_for(4318)


@case
def three_hosts(bench):
    """The design of docs/fleet.md, with certificates of both sides."""
    built("otelcol")
    fleet = Fleet(bench, "otlp")
    central = [Central(fleet)]
    fleet.start_sigpath()

    def killed():
        return [record for record in central[0].records() if record["attributes"].get("sigpath.outcome") == "killed"]

    def deaths():
        found = {}
        for record in killed():
            seen = record["attributes"]
            name = (record["resource"]["host.name"], seen.get("sigpath.id"), seen.get("sigpath.of"), record["Timestamp"])
            found[name] = (record["resource"]["host.name"], seen.get("sigpath.count", 1))
        return total(found)

    def stop():
        central[0].process.kill()
        central[0].process.wait(20)

    def start():
        central[0] = Central(fleet)

    fleet.try_out(deaths, stop, start)
    for host in fleet.hosts:
        host.stop_sigpath()
    hosts = {}
    for record in killed():
        check(record["attributes"]["sigpath.unit"] == UNIT, record)
        hosts.setdefault(record["attributes"]["sigpath.group"], set()).add(record["resource"]["host.name"])
    check(sorted(map(len, hosts.values())) == [1, len(HOSTS)], f"the hosts of each group: {hosts}")


if __name__ == "__main__":
    main()
