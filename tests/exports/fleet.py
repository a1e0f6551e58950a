#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the designs of docs/fleet.md bring the same fault of three hosts together, with nothing lost where the page says
so, and do its queries find it? The design with the OpenTelemetry Collector is in otlp_collector.py."""

import json
import pathlib
import re
import signal
import subprocess

from fleet_bed import HOSTS, UNIT, Fleet, total
from harness import case, check, expect, main, need, skip, until

REMOTE = "/var/log/journal/remote"
PROGRAMS = {name: f"/lib/systemd/systemd-journal-{name}" for name in ("remote", "upload")}


HERE = pathlib.Path(__file__).resolve().parent
DUCKDB = HERE.parent.parent / "build" / "duckdb" / "node_modules"


def need_duckdb():
    need("node")
    if not DUCKDB.exists():
        skip("no DuckDB: ./dev setup gets it, with npm")


def query(fleet, name):
    """The rows of a file of packaging/fleet with SQL, by DuckDB on the collector."""
    words = ("env", f"NODE_PATH={DUCKDB}", "node", HERE / "duckdb" / "query.js", fleet.files / name)
    return json.loads(fleet.collector.run(*words))


def expect_groups(rows, since):
    """One fault on all hosts, and one on a single host, with all that the page asks for."""
    check([(row["hosts"], row["deaths"], row["units"], row["class"]) for row in rows]
          == [(3, 19, [UNIT], "process_died"), (1, 1, [UNIT], "process_died")], f"{rows}")  # fmt: skip
    check(rows[0]["since"] == since, f"{rows[0]}, not since {since}")
    check(all(re.fullmatch("[0-9a-f]{12}", row["group"]) for row in rows), f"{rows}")


# --- the journal ---


def setting(machine, path, name):
    """The last value of NAME in a file for a unit."""
    return re.findall(rf"^{name}=(.+)$", machine.path(f"/etc/systemd/system/{path}").read_text(), re.MULTILINE)[-1]


def start_remote(fleet):
    """systemd's part again: its socket, and the command of the unit at the first connection."""
    collector = fleet.collector
    address = setting(collector, "systemd-journal-remote.socket.d/loopback.conf", "ListenStream")
    command = setting(collector, "systemd-journal-remote.service.d/http.conf", "ExecStart").split()
    process = collector.spawn("systemd-socket-activate", "-l", address, *command)
    fleet.wait_for(19533)
    return process


def start_stunnel(fleet):
    fleet.collector.spawn("stunnel", "/etc/stunnel/journal.conf")
    fleet.wait_for(19532)


def start_upload(host):
    """systemd's part: it starts journal-upload again as the file for its unit says."""
    drop_in = "systemd-journal-upload.service.d/restart.conf"
    pause = setting(host, drop_in, "RestartSec")
    check(setting(host, drop_in, "Restart") == "always" and setting(host, drop_in, "StartLimitIntervalSec") == "0", drop_in)
    host.spawn("sh", "-c", f"while :; do {PROGRAMS['upload']} --save-state; sleep {pause}; done")


def answer(host, *options):
    """The status of journal-remote's answer to a request of HOST, or 000."""
    url = "https://collector.example:19532/upload"
    words = ("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", "/etc/ssl/fleet/ca.pem", *options)
    words += ("-H", "Content-Type: application/vnd.fdo.journal", "--data-binary", "x", url)
    return subprocess.run([*host.prefix, *words], capture_output=True, text=True, timeout=60, check=False).stdout


def documented(bench):
    """The commands of the page that look for one group, and for all deaths."""
    page = (bench.source.parent / "docs" / "fleet.md").read_text().replace("\\\n", "")
    found = re.findall(r"^journalctl .*SIGPATH_OUTCOME=killed.*$", page, re.MULTILINE)
    check(len(found) == 2 and "SIGPATH_GROUP=c505f8a9922c" in found[0] and ">" in found[1], f"the commands are {found}")
    return found


@case
def journal(bench):
    """journal-upload, stunnel and journal-remote, with certificates of both sides."""
    need_duckdb()
    need("curl", "stunnel", "systemd-socket-activate")
    for program in PROGRAMS.values():
        if not pathlib.Path(program).exists():
            skip(f"no {program}")
    fleet = Fleet(bench, "journal")
    remote = [start_remote(fleet)]
    start_stunnel(fleet)
    for host in fleet.hosts:
        host.journald()
        start_upload(host)
    fleet.start_sigpath()

    def entries(*matches):
        words = ("journalctl", "--quiet", f"--directory={REMOTE}", "--output=json", "--all", *matches)
        return [json.loads(line) for line in fleet.collector.run(*words).splitlines()]

    def deaths():
        return total({
            (entry["SIGPATH_SESSION"], entry.get("SIGPATH_ID"), entry.get("SIGPATH_OF"), entry.get("SIGPATH_FIRST")):
            (entry["SIGPATH_HOST"], int(entry.get("SIGPATH_COUNT", 1))) for entry in entries("SIGPATH_OUTCOME=killed")
        })  # fmt: skip

    def stop():
        remote[0].send_signal(signal.SIGKILL)
        remote[0].wait(20)

    def start():
        remote[0] = start_remote(fleet)

    fleet.try_out(deaths, stop, start)
    for host in fleet.hosts:
        host.stop_sigpath()
    # Who may send: what has a certificate reaches journal-remote, which says that the request is malformed.
    check(answer(fleet.hosts[0]) == "000", "a request without a certificate is taken")
    known = answer(fleet.hosts[0], "--cert", "/etc/ssl/fleet/host.pem", "--key", "/etc/ssl/fleet/host.key")
    check(known == "417", f"a request with a certificate is answered {known}")
    found = entries("SIGPATH_OUTCOME=killed")
    first = min(found, key=lambda entry: entry["SIGPATH_TIME"])
    # journald on each host said these of itself, and sigpath the others.
    for entry in found:
        (host,) = [host for host in fleet.hosts if host.name == entry["_HOSTNAME"]]
        expect(entry, SIGPATH_HOST=host.name, SIGPATH_BOOT_ID=host.boot_id, _BOOT_ID=host.boot_id.replace("-", ""),
               SIGPATH_UNIT=UNIT)  # fmt: skip
        check(entry["SIGPATH_KIND"] == "repeat" or entry["SIGPATH_EXE"] == host.program, f"{entry}")
    of_group, all_killed = documented(bench)
    printed = fleet.collector.run("sh", "-c", of_group.replace("c505f8a9922c", first["SIGPATH_GROUP"]))
    lines = [json.loads(line) for line in printed.splitlines()]
    check({line["SIGPATH_HOST"] for line in lines} == set(HOSTS), f"{of_group}: {printed}")
    check(all({"SIGPATH_UNIT", "SIGPATH_TIME"} <= set(line) for line in lines), f"{of_group}: {printed}")
    fleet.collector.run("sh", "-c", all_killed)
    expect_groups(query(fleet, "journal.sql"), first["SIGPATH_TIME"])


# --- files and RELP ---


def need_relp():
    for module in ("imrelp", "omrelp", "imfile", "mmjsonparse"):
        if not list(pathlib.Path("/usr").glob(f"lib*/**/rsyslog/{module}.so")):
            skip(f"rsyslog has no {module}")


@case
def relp(bench):
    """Files, and RELP with certificates of both sides."""
    need_duckdb()
    need_relp()
    fleet = Fleet(bench, "relp")
    central = [fleet.collector.rsyslog()]
    fleet.wait_for(20514)
    for host in fleet.hosts:
        config = host.path("/etc/sigpath/sigpath.conf")
        # Small enough to rotate while the case runs.
        config.write_text(config.read_text().replace("100M", "16K"))
    fleet.start_sigpath()
    for host in fleet.hosts:
        host.rsyslog()

    def lines():
        paths = fleet.collector.path("/var/log/sigpath-fleet").glob("*.jsonl")
        texts = [line for path in paths for line in path.read_text().splitlines(keepends=True)]
        return [json.loads(text) for text in texts if text.endswith("\n")]

    def killed():
        return [line for line in lines() if line.get("outcome") == "killed"]

    def deaths():
        return total({
            (line["session"], line.get("id"), line.get("of"), line.get("first")): (line["host"], line.get("count", 1))
            for line in killed()
        })  # fmt: skip

    def stop():
        central[0].send_signal(signal.SIGTERM)
        central[0].wait(20)

    def start():
        central[0] = fleet.collector.rsyslog()

    fleet.try_out(deaths, stop, start)
    for host in fleet.hosts:
        host.stop_sigpath()
    until(lambda: [line["kind"] for line in lines()].count("summary") == len(HOSTS), "the last lines", 20)
    # Each host's lines have a file of their own, by its address.
    rotated = 0
    for host in fleet.hosts:
        path = fleet.collector.path(f"/var/log/sigpath-fleet/10.18.{host.number}.2.jsonl")
        there = [json.loads(line) for line in path.read_text().splitlines()]
        check({(line["host"], line["boot_id"]) for line in there} == {(host.name, host.boot_id)}, f"{there}")
        files = list(host.path("/var/log/sigpath").iterdir())
        sent = [json.loads(line) for file in files for line in file.read_text().splitlines()]
        check({json.dumps(line) for line in there} == {json.dumps(line) for line in sent}, "other lines")
        rotated += len(files) - 1
        kinds = [line["kind"] for line in there]
        check(kinds[0] == "start" and "summary" in kinds, f"the lines of {host.name}: {kinds}")
        until(path.with_suffix(".numbers").exists, "the numbers of a queue", 20)
        numbers = [json.loads(line) for line in path.with_suffix(".numbers").read_text().splitlines()]
        check(numbers and not any(line.get("discarded.full") or line.get("failed") for line in numbers), f"{numbers}")
    check(rotated, "no file was rotated")
    check(not fleet.collector.path("/var/log/sigpath-fleet/rejected.log").exists(), "lines were rejected")
    expect_groups(query(fleet, "groups.sql"), min(line["time"] for line in killed() if line["kind"] == "incident"))


@case
def strangers(bench):
    """The collector takes nothing from a host without a certificate of the authority, and a host sends nothing to a
    collector without one."""
    need_relp()
    fleet = Fleet(bench, "relp")
    fleet.collector.rsyslog()
    fleet.wait_for(20514)
    honest, liar, careful = fleet.hosts
    ours = careful.path("/etc/ssl/fleet/ca.pem").read_text()
    other = bench.work / "other"
    other.mkdir()
    fleet.certify(other, [liar, careful])
    liar.path("/etc/ssl/fleet/ca.pem").write_text(ours)
    for host in fleet.hosts:
        host.path("/var/log/sigpath/incidents.jsonl").write_text(f'{{"kind":"start","host":"{host.name}"}}\n')
        host.rsyslog()
    there = fleet.collector.path("/var/log/sigpath-fleet")
    until(lambda: list(there.glob("*")), "the honest host", 20)
    until(lambda: "certificate validation failed" in careful.log(), "that a host refuses the collector", 20)
    refused = (f"conn to clt 10.18.{liar.number}.2/", "authentication error 'certificate validation failed'")
    until(lambda: all(words in fleet.collector.log() for words in refused), "that the collector refuses a host", 20)
    wanted = f"10.18.{honest.number}.2.jsonl"
    check([path.name for path in there.glob("*.jsonl")] == [wanted], "a line was taken")


if __name__ == "__main__":
    main()
