#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do incidents arrive in a real rsyslog, whole and with the right fields, by every way that
docs/logs.md names?"""

import json
import os
import pathlib
import re
import socket

from syslog_bench import (
    ALL, COMM, SD_ID, Rsyslog, Run, case, check, documented, expect, free_port, get, golden, is_listening, main, need, skip, until,
    write,
)  # fmt: skip

DAEMON = 3 << 3
WARNING, NOTICE, INFO = 4, 5, 6
JSON = 'action(type="mmjsonparse")'
STRUCTURED = 'action(type="mmpstrucdata")'


class Namespace:
    """A mount namespace with a /dev of its own, in which there is room for /dev/log."""

    def __init__(self, bench):
        need("unshare", "nsenter")
        nodes = "null zero full random urandom tty"
        script = (
            "set -e; mount --bind /dev $1; mount -t tmpfs -o mode=755 dev /dev; "
            f"for n in {nodes}; do touch /dev/$n; mount --bind $1/$n /dev/$n; done; "
            "ln -s /proc/self/fd /dev/fd; echo made; exec sleep 600"
        )
        (bench.work / "dev").mkdir()
        process = bench.spawn("unshare", "--mount", "sh", "-c", script, "sh", bench.work / "dev", stdout=-1)
        if process.stdout.readline() != b"made\n":
            skip("no mount namespace")
        self.prefix = ("nsenter", "--mount", "--target", str(process.pid), "--")
        self.root = f"/proc/{process.pid}/root"


def at_dev_log(bench, settings=""):
    namespace = Namespace(bench)
    rsyslog = Rsyslog(
        bench, "local", 'module(load="imuxsock" SysSock.Name="/dev/log")\nmodule(load="mmjsonparse")', JSON,
        ready=lambda: os.path.exists(f"{namespace.root}/dev/log"), prefix=namespace.prefix, settings=settings,
    )  # fmt: skip
    return namespace, rsyslog


def by_tcp(bench, port):
    inputs = documented(bench, 'module(load="imtcp")', port=('port="601"', f'port="{port}"'))
    return Rsyslog(bench, "tcp", inputs, ready=lambda: is_listening(port))


def incident_of(messages):
    found = [message for message in messages if get(message, "data.kind") == "incident"]
    check(len(found) == 1, f"{len(found)} incidents")
    return found[0]


def facts(message):
    return message["data"]["rfc5424-sd"][SD_ID]


def json_of(bench, capture):
    """What the format json says of the same incidents."""
    return [json.loads(line) for line in bench.run(bench.sigpath, "-r", capture, "--format", "json").splitlines()]


def keeps_the_schema(bench, messages):
    (bench.work / "json").mkdir()
    text = "".join(json.dumps(message["data"]) + "\n" for message in messages)
    (bench.work / "json" / "seen.jsonl").write_text(text)
    bench.run(bench.source / "validate_json.py", bench.work / "json")


@case
def dev_log(bench):
    """sigpath --to syslog, of a living process: RFC 3164 with JSON that mmjsonparse reads."""
    namespace, rsyslog = at_dev_log(bench)
    run = Run(bench, "--comm", COMM, "--to", "syslog", prefix=namespace.prefix)
    write(bench, "-d", "1")
    until(lambda: any('\\"incident\\"' in line for line in rsyslog.lines()), "the incident")
    check(run.ends() == 0, run.stderr())
    messages = rsyslog.wait_for(3)
    check([m["data"]["kind"] for m in messages] == ["start", "incident", "summary"], str(messages))
    for message in messages:
        expect(message, app="sigpath", parsed="OK", procid=str(run.process.pid))
    incident = incident_of(messages)
    expect(incident, data__process__comm=COMM, data__signal__name="SIGPIPE", data__outcome="killed",
           data__class="process_died", data__severity="warning", priority=str(DAEMON | WARNING))  # fmt: skip
    expect(messages[0], priority=str(DAEMON | INFO))
    expect(messages[2], data__incidents=1)
    keeps_the_schema(bench, messages)


@case
def filter_of_the_docs(bench):
    """rsyslog chooses by a field of the JSON."""
    namespace = Namespace(bench)
    log = bench.work / "died.log"
    # No golden capture has a service.
    rules = documented(bench, "died.log", file=("/var/log/died.log", log), word=("service_died", "process_died"))
    rsyslog = Rsyslog(bench, "local", 'module(load="imuxsock" SysSock.Name="/dev/log")\n' + rules,
                      ready=lambda: os.path.exists(f"{namespace.root}/dev/log"), prefix=namespace.prefix)  # fmt: skip
    wanted = []
    names = ("tcp-classic", "unix-sockets", "sent-by-process", "pid-namespace")
    for name in names:
        capture = golden(bench, name)
        wanted += [line["class"] for line in json_of(bench, capture) if line["kind"] == "incident"]
        bench.run(*namespace.prefix, bench.sigpath, "-r", capture, "--to", "syslog")
    rsyslog.wait_for(len(wanted) + len(names))
    check(0 < wanted.count("process_died") < len(wanted), f"classes: {wanted}")
    lines = log.read_text().splitlines()
    check(len(lines) == wanted.count("process_died"), f"{len(lines)} lines of {wanted}")
    check(all('"process_died"' in line for line in lines), f"{lines}")


@case
def json_is_the_json_of_the_files(bench):
    """A message that fits has all that a line of -o has."""
    namespace, rsyslog = at_dev_log(bench)
    for name in ("tcp-classic", "sent-by-process", "pid-namespace"):
        capture = golden(bench, name)
        wanted = [line for line in json_of(bench, capture) if line["kind"] != "summary"]
        before = len(rsyslog.lines())
        bench.run(*namespace.prefix, bench.sigpath, "-r", capture, "--to", "syslog")
        seen = [message["data"] for message in rsyslog.wait_for(before + len(wanted) + 1)[before:-1]]
        check(seen == wanted, f"{name}: {seen} instead of {wanted}")


@case
def a_name_cannot_forge_a_line(bench):
    """rsyslog unescapes nothing, so a newline in a name must not reach it."""
    namespace, rsyslog = at_dev_log(bench, 'global(parser.escapeControlCharactersOnReceive="off")')
    capture = golden(bench, "hostile-names")
    bench.run(*namespace.prefix, bench.sigpath, "-r", capture, "--to", "syslog")
    messages = rsyslog.wait_for(2)
    check(messages[0]["data"] == json_of(bench, capture)[0], "the incident is another one")
    for message in messages:
        check(not re.search(r"[\x00-\x1f\x7f]", message["msg"]), f"control characters: {message['msg']!r}")


@case
def too_long_for_a_message(bench):
    """With the 8 KiB that rsyslog takes by default, what is left out is named, and the JSON is whole."""
    namespace, rsyslog = at_dev_log(bench)
    whole = bench.work / "all.jsonl"
    run = Run(bench, "--comm", "wordy", "--to", "syslog", "-o", whole, prefix=namespace.prefix)
    # JSON makes each of these bytes six times as long. The script names itself.
    script = (
        "import os, signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL); open('/proc/self/comm', 'w').write('wordy');"
        "ends = os.pipe(); os.close(ends[0]); os.write(ends[1], b'x')"
    )
    bench.spawn("python3", "-c", script, "\x01" * 3500).wait()
    until(lambda: len(rsyslog.lines()) >= 2, "the incident", 20)
    check(run.ends() == 0, run.stderr())
    messages = rsyslog.wait_for(3)
    for message in messages:
        expect(message, parsed="OK")
    incident = incident_of(messages)["data"]
    line = next(record for record in map(json.loads, whole.read_text().splitlines()) if record["kind"] == "incident")
    check(len(json.dumps(line)) > 8192, f"the incident is only {len(json.dumps(line))} bytes long")
    left_out = {entry["field"] for entry in incident["missing"] if entry["code"] == "message_too_long"}
    check({"process.cmdline", "stack"} <= left_out, f"left out: {left_out}")
    for key in ("id", "group", "time", "class", "outcome", "signal", "object"):
        check(incident[key] == line[key], f"{key} is another one: {incident[key]}")
    keeps_the_schema(bench, messages)


@case
def tcp(bench):
    """RFC 5424 with counted octets: mmpstrucdata finds every fact; nothing is cut."""
    port = free_port()
    rsyslog = by_tcp(bench, port)
    run = Run(bench, "--comm", COMM, "--to", f"syslog:tcp://127.0.0.1:{port}")
    write(bench, "-d", "1")
    until(lambda: len(rsyslog.lines()) >= 2, "the incident")
    check(run.ends() == 0, run.stderr())
    start, incident, summary = rsyslog.wait_for(3)
    for message, kind in ((start, "start"), (incident, "incident"), (summary, "summary")):
        expect(message, app="sigpath", msgid=kind, procid=str(run.process.pid), host=os.uname().nodename)
        expect(message, time=re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"))
    expect(incident, priority=str(DAEMON | WARNING), msg=re.compile(rf"^ ?SIGPIPE killed {COMM}\[\d+\]: "))
    expect(facts(incident), comm=COMM, signal="SIGPIPE", outcome="killed", call="write", object="pipe",
           uid="0", id=re.compile("^[0-9a-f]{8}-[0-9]+$"), group=re.compile("^[0-9a-f]{12}$"),
           stack=re.compile("main"))  # fmt: skip
    expect(facts(incident), **{"class": "process_died", "left_out": None})
    expect(facts(summary), incidents="1", dropped="0")


@case
def tcp_of_every_golden_capture(bench):
    """Each incident of the golden tests has the same facts in JSON and in structured data."""
    port = free_port()
    rsyslog = by_tcp(bench, port)
    names = ("tcp-classic", "unix-sockets", "sent-by-process", "with-a-stack", "hostile-names", "lost-records")
    wanted = []
    for name in names:
        capture = golden(bench, name)
        bench.run(bench.sigpath, "-r", capture, "--to", f"syslog:tcp://localhost:{port}")
        wanted += json_of(bench, capture)
    seen = {}
    for message in rsyslog.wait_for(len(wanted)):
        seen.setdefault(message["msgid"], []).append(message)
    check({kind: len(list_) for kind, list_ in seen.items()}
          == {kind: sum(line["kind"] == kind for line in wanted) for kind in seen}, f"{seen.keys()}")  # fmt: skip
    for message, line in zip(seen["incident"], [line for line in wanted if line["kind"] == "incident"]):
        found = facts(message)
        for name, path in (("id", "id"), ("class", "class"), ("cause", "cause.code"), ("outcome", "outcome"),
                           ("comm", "process.comm"), ("unit", "process.unit"), ("signal", "signal.name"),
                           ("peer_comm", "peer_process.comm"), ("severity", "severity")):  # fmt: skip
            check(found.get(name) == get(line, path), f"{name}: {found.get(name)!r}, not {get(line, path)!r}")
        for name, path in (("pid", "process.pid"), ("uid", "process.uid"), ("fd", "syscall.fd")):
            value = get(line, path)
            check(found.get(name) == (None if value is None else str(value)), f"{name}: {found.get(name)}")


@case
def ipv6(bench):
    port = free_port(family=socket.AF_INET6)
    rsyslog = by_tcp(bench, port)
    bench.run(bench.sigpath, "-r", golden(bench, "tcp-classic"), "--to", f"syslog:tcp://[::1]:{port}")
    rsyslog.wait_for(len(json_of(bench, golden(bench, "tcp-classic"))))


@case
def udp(bench):
    """Datagrams that fit into every path of IPv6."""
    port = free_port(socket.SOCK_DGRAM)
    rsyslog = Rsyslog(
        bench, "udp", f'module(load="imudp")\nmodule(load="mmpstrucdata")\n'
        f'input(type="imudp" address="127.0.0.1" port="{port}")', STRUCTURED, ready=lambda: is_listening(port, "udp"),
    )  # fmt: skip
    run = Run(bench, "--comm", COMM, "--to", f"syslog:udp://localhost:{port}")
    write(bench, "-d", "1")
    until(lambda: len(rsyslog.lines()) >= 2, "the incident")
    check(run.ends() == 0, run.stderr())
    _, incident, _ = rsyslog.wait_for(3)
    expect(facts(incident), comm=COMM, outcome="killed")


@case
def named_socket(bench):
    """RFC 5424 for a socket that is not that of syslog(3)."""
    path = bench.work / "named.sock"
    rsyslog = Rsyslog(
        bench, "named", f'module(load="imuxsock" SysSock.Use="off")\nmodule(load="mmpstrucdata")\n'
        f'input(type="imuxsock" Socket="{path}" useSpecialParser="off" parseHostname="on")', STRUCTURED,
        ready=path.exists,
    )  # fmt: skip
    capture = golden(bench, "tcp-classic")
    bench.run(bench.sigpath, "-r", capture, "--to", f"syslog:{path}")
    messages = rsyslog.wait_for(len(json_of(bench, capture)))
    expect(facts(messages[0]), cause=lambda code: code)
    expect(messages[0], app="sigpath", msgid="incident", host="web-12")


@case
def journald(bench):
    """The socket of syslog(3) may be journald's. It knows RFC 3164 only."""
    journald_program = "/lib/systemd/systemd-journald"
    need("journalctl", "unshare")
    if not os.path.exists(journald_program):
        skip("no systemd-journald")
    name = f"sigpath-{os.getpid()}"
    config = "[Journal]\\nStorage=volatile\\nReadKMsg=no\\nRateLimitIntervalSec=0\\n"
    script = (
        f"set -e; mount -t tmpfs run /run; mkdir -p /run/log/journal /run/systemd/journald@{name}.conf.d;"
        f"printf '{config}' >/run/systemd/journald@{name}.conf.d/test.conf; exec {journald_program} {name}"
    )
    journal = bench.spawn("unshare", "--mount", "sh", "-c", script, stdout=-3, stderr=-3)
    inside = ("nsenter", "--mount", "--target", str(journal.pid), "--")
    socket_path = f"/run/systemd/journal.{name}/dev-log"
    until(lambda: os.path.exists(f"/proc/{journal.pid}/root{socket_path}") or journal.poll() is not None, "journald")
    if journal.poll() is not None:
        skip("journald does not run here")
    capture = golden(bench, "tcp-classic")
    bench.run(*inside, bench.sigpath, "-r", capture, "--to", f"syslog:{socket_path}")
    journalctl = (*inside, "journalctl", f"--namespace={name}", "-o", "json", "--all", "-t", "sigpath", "--no-pager")
    bench.run(*inside, "journalctl", f"--namespace={name}", "--sync")
    seen = [json.loads(line) for line in bench.run(*journalctl).splitlines()]
    wanted = json_of(bench, capture)
    check(len(seen) == len(wanted), f"{len(seen)} messages, not {len(wanted)}")
    expect(seen[0], PRIORITY=str(WARNING), SYSLOG_FACILITY="3", SYSLOG_IDENTIFIER="sigpath")
    check(json.loads(seen[0]["MESSAGE"].removeprefix("@cee: ")) == wanted[0], seen[0]["MESSAGE"])


@case
def files_by_relp(bench):
    """No --to: imfile reads the JSON of -o, RELP carries it to a second rsyslog, mmjsonparse reads it."""
    if not list(pathlib.Path("/usr").glob("lib*/**/rsyslog/imrelp.so")):
        skip("no rsyslog-relp")
    port = free_port()
    ports = {"port": ('port="2514"', f'port="{port}"')}
    log = bench.work / "sigpath.jsonl"
    central = Rsyslog(bench, "central", documented(bench, 'module(load="imrelp")', **ports),
                      ready=lambda: is_listening(port))  # fmt: skip
    host = documented(bench, 'module(load="imfile"', **ports, target=("log.example", "127.0.0.1"),
                      file=("/var/log/sigpath/sigpath.jsonl", log))  # fmt: skip
    Rsyslog(bench, "host", host)
    run = Run(bench, "--comm", COMM, "-o", log)
    write(bench, "-d", "1")
    until(lambda: len(central.lines()) >= 2, "the incident")
    check(run.ends() == 0, run.stderr())
    messages = central.wait_for(3)
    wanted = [json.loads(line) for line in log.read_text().splitlines()]
    check([message["data"] for message in messages] == wanted, "the lines are other ones")
    for message in messages:
        expect(message, app="sigpath", parsed="OK")


@case
def rsyslog_is_restarted(bench):
    """What happens while rsyslog is away arrives when it is back, by TCP and by /dev/log."""
    port = free_port()
    namespace, local = at_dev_log(bench)
    remote = by_tcp(bench, port)
    run = Run(bench, *ALL, "--to", "syslog", "--to", f"syslog:tcp://127.0.0.1:{port}", prefix=namespace.prefix)  # fmt: skip
    write(bench, "20")
    for rsyslog in (local, remote):
        rsyslog.wait_for(21)
        rsyslog.stop()
    write(bench, "200")
    run.says(f"sigpath: syslog:tcp://127.0.0.1:{port}: ")
    for rsyslog in (local, remote):
        rsyslog.start()
    for rsyslog in (local, remote):
        until(lambda: len(rsyslog.lines()) >= 221, "what waited")  # pylint: disable=cell-var-from-loop
    write(bench, "20")
    check(run.ends() == 0, run.stderr())
    for rsyslog in (local, remote):
        messages = rsyslog.wait_for(242)
        ids = [get(message, "data.id") or facts(message).get("id") for message in messages[1:-1]]
        check(len(set(ids)) == 240, f"{len(set(ids))} incidents of 240")
    check(run.stderr().count("sigpath tries again") == 2, f"said too often: {run.stderr()}")


if __name__ == "__main__":
    main()
