#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do incidents reach a real journald, and does journalctl find and explain them? What if journald is not
there, does not read, restarts or dies itself?"""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

from journal_bed import Journald, expect_end, outputs

from harness import case, check, default_sigpipe, expect, main, need, until

WMEM_DEFAULT = int(pathlib.Path("/proc/sys/net/core/wmem_default").read_text())
TO_JOURNAL = ("--to", "journal")
FOLLOW = (*TO_JOURNAL, "--follow")
# Not what other programs of this host meet.
NAME = f"victim{os.getpid()}"
OF_VICTIM = (*TO_JOURNAL, "--comm", NAME)
DIES = ["sh", "-c", "yes | head -n 1 >/dev/null"]

# Writes COUNT times to a pipe without a reader, ignores SIGPIPE, and then waits.
SURVIVOR = f"""
import ctypes, os, signal, sys, time
ctypes.CDLL(None).prctl(15, b"{NAME}", 0, 0, 0)
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
reader, writer = os.pipe()
os.close(reader)
for _ in range(int(sys.argv[1])):
    try:
        os.write(writer, b"x")
    except BrokenPipeError:
        pass
print("done", flush=True)
time.sleep(1000)
"""


def survivor(bench, count):
    process = bench.spawn(sys.executable, "-c", SURVIVOR, str(count), stdout=subprocess.PIPE)
    check(process.stdout.readline() == b"done\n", "the survivor failed")
    return process


def only(entries):
    check(len(entries) == 1, f"{len(entries)} entries instead of one: {entries}")
    return entries[0]


def expect_fields(entry, **values):
    for name, value in values.items():
        wanted = None if value is None else str(value)
        check(entry.get(name) == wanted, f"{name} is {entry.get(name)!r}, not {wanted!r}")


@case
def fields(bench):
    """What the journal has is what the JSON has. The text of both formats is in MESSAGE."""
    journal = Journald(bench).start()
    trace = bench.trace(*DIES, options=FOLLOW)
    incident = next(one for one in trace.incidents if one["process"]["comm"] == "yes")
    entry = only(journal.incidents("SIGPATH_COMM=yes"))
    process, peer = incident["process"], incident["peer_process"] or {}
    expect_fields(
        entry,
        MESSAGE_ID="7929ec275a65486a8d6b9acbdf3dc569",
        PRIORITY={"info": 6, "notice": 5, "warning": 4, "error": 3}[incident["severity"]],
        SYSLOG_IDENTIFIER="sigpath",
        _COMM="sigpath",
        SIGPATH_ID=incident["id"],
        SIGPATH_GROUP=incident["group"],
        SIGPATH_CLASS=incident["class"],
        SIGPATH_SEVERITY=incident["severity"],
        SIGPATH_OUTCOME="killed",
        SIGPATH_SIGNAL="SIGPIPE",
        SIGPATH_CAUSE=incident["cause"]["code"],
        SIGPATH_CAUSE_TEXT=incident["cause"]["text"],
        SIGPATH_HOST=incident["host"],
        SIGPATH_BOOT_ID=incident["boot_id"],
        SIGPATH_SESSION=incident["session"],
        SIGPATH_PID=process["pid"],
        SIGPATH_UID=process["uid"],
        SIGPATH_EXE=process["exe"],
        SIGPATH_CMDLINE="yes",
        SIGPATH_SYSCALL="write",
        SIGPATH_FD=1,
        SIGPATH_OBJECT="pipe",
        SIGPATH_OBJECT_INODE=incident["object"]["inode"],
        SIGPATH_PEER_COMM=peer.get("comm"),
        SIGPATH_PEER_PID=peer.get("pid"),
    )
    first, headline, *_ = entry["MESSAGE"].splitlines()
    check(first.startswith("event=killed class="), f"the first line is {first!r}")
    check(f" yes[{process['pid']}] killed by SIGPIPE in write(" in headline, f"the headline is {headline!r}")
    names = [line.split("  ")[0].split("+")[0] for line in entry["SIGPATH_STACK"].splitlines()]
    wanted = [frame["symbol"] for frame in incident["stack"]["user"] if frame["symbol"]]
    check(wanted and wanted[0] in names, f"no {wanted[:1]} among the frames {names}")
    # The dead have no number that journald could look up.
    check("OBJECT_PID" not in entry, f"OBJECT_PID of a dead process: {entry}")
    start, summary = (only(journal.entries(f"SIGPATH_KIND={kind}")) for kind in ("start", "summary"))
    check("--to journal --follow" in start["SIGPATH_CMDLINE"], f"the command line is {start}")
    expect_fields(summary, SIGPATH_INCIDENTS=len(trace.incidents), SIGPATH_DROPPED=0)
    # What is delivered when the summary is made; the summary itself comes after it.
    expect(outputs(trace)["journal"], dropped=0, failed=0)
    kinds = [entry["SIGPATH_KIND"] for entry in journal.entries("-t", "sigpath")]
    check(kinds[0] == "start" and kinds[-1] == "summary", f"the entries are {kinds}")
    # The queries of the docs.
    for query in ("SIGPATH_CLASS=pipeline_done", "SIGPATH_COMM=yes", f"SIGPATH_GROUP={incident['group']}"):
        wanted = incident["class"] == "pipeline_done" or not query.startswith("SIGPATH_CLASS")
        check(bool(journal.entries(query)) == wanted, f"journalctl {query}")
    check(journal.show("-F", "SIGPATH_COMM", sync=False).split() == ["yes"], "journalctl -F")
    check(not journal.entries("-t", "sigpath", "-p", "err"), "journalctl -p err shows an info")


@case
def commands_of_the_docs(bench):
    """Each journalctl of the first table works."""
    journal = Journald(bench).start()
    journal.install_catalog()
    page = (bench.source.parent / "docs" / "logs.md").read_text()
    page = page.partition("\n## Incidents in the journal\n")[2].partition("\n### ")[0]
    table = "\n".join(line for line in page.splitlines() if line.startswith("|"))
    commands = re.findall(r"`(?:sudo )?journalctl ([^`]+)`", table)
    check(len(commands) > 8, f"the commands are {commands}")
    bench.trace(*DIES, options=FOLLOW)
    for command in commands:
        # It would not end.
        words = [word for word in command.split() if word != "-f"]
        text = journal.show(*words)
        # These ask for what this incident is not.
        if any(words in command for words in ("nginx", "-unit", "SENDER_UNIT", "_CLASS=", "_CAUSE=", "warning")):
            continue
        check(text, f"journalctl {command} shows nothing")


@case
def catalog(bench):
    """journalctl -x explains each kind of entry, with the facts in place of their names."""
    journal = Journald(bench).start()
    journal.install_catalog()
    bench.trace(*DIES, options=FOLLOW)
    text = journal.show("-x", "-t", "sigpath")
    for subject in (r"sigpath \S+ has started", "yes met SIGPIPE: killed", r"sigpath has ended: \d+ incidents?"):
        check(re.search(f"Subject: {subject}$", text, re.MULTILINE), f"no {subject!r} in {text}")
    check("Defined-By: sigpath" in text and "man:sigpath(8)" in text, text)
    check(not re.search(r"@SIGPATH_\w+@", text), f"a name was not replaced in {text}")
    listed = journal.show("--list-catalog", sync=False)
    used = set(re.findall(r'"([0-9a-f]{32})"', (bench.source.parent / "user/sink/journal_entry.c").read_text()))
    explained = set(re.findall(r"^([0-9a-f]{32}) sigpath", listed, re.MULTILINE))
    check(used == explained, f"used {used}, explained {explained}")


HOSTILE = r"""
import ctypes, os, signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
name = b"a\nPRIORITY=0\n\xff"
ctypes.CDLL(None).prctl(15, name, 0, 0, 0)
reader, writer = os.pipe()
os.close(reader)
os.write(writer, b"x")
"""


@case
def hostile_names(bench):
    """No name adds a field, changes one, or is shown as it is."""
    journal = Journald(bench).start()
    forged = b"\nSIGPATH_FORGED=1\nMESSAGE\n\x03\0\0\0\0\0\0\0abc\n\xff\xfe\x1b[31m"
    words = [os.fsencode(sys.executable), b"-c", HOSTILE.encode()]
    # A null byte ends an argument.
    words += forged.split(b"\0")
    with bench.watching(*TO_JOURNAL) as trace:
        subprocess.run(words, check=False, preexec_fn=default_sigpipe, cwd=bench.work)
    entry = only(journal.incidents("SIGPATH_OUTCOME=killed", r"SIGPATH_COMM=a\nPRIORITY=0\n\xff"))
    check(not journal.entries("SIGPATH_FORGED=1"), "a field was forged")
    check("SIGPATH_FORGED" not in entry, "a field was forged")
    check(entry["PRIORITY"] in "3456", f"the priority is {entry['PRIORITY']!r}")
    check(r"\nSIGPATH_FORGED=1\nMESSAGE\n" in entry["SIGPATH_CMDLINE"], entry["SIGPATH_CMDLINE"])
    check(r"\xff\xfe\x1b[31m" in entry["SIGPATH_CMDLINE"], entry["SIGPATH_CMDLINE"])
    for name, value in entry.items():
        # A list of numbers: journalctl found bytes that are no text.
        check(isinstance(value, (str, list)) and not (value and isinstance(value[0], int)), f"{name}: {value}")
    # sigpath itself is not asked, so the journal has no more entries than it wrote.
    check(len(journal.entries("-t", "sigpath")) == len(trace.records), "entries were forged")


@case
def large(bench):
    """An entry that no datagram can hold: journald takes a memfd."""
    need("gcc")
    journal = Journald(bench).start()
    name = "f" + "\udc80" * 400
    source = bench.work / "deep.c"
    source.write_bytes(
        f"""
#include <signal.h>
#include <unistd.h>
int deep(int depth, int fd) __asm__("{name}");
int deep(int depth, int fd)
{{
	return depth ? deep(depth - 1, fd) + 1 : (int)write(fd, "x", 1);
}}
int main(void)
{{
	int ends[2];

	signal(SIGPIPE, SIG_DFL);
	if (pipe(ends))
		return 1;
	close(ends[0]);
	return deep(150, ends[1]);
}}
""".encode(errors="surrogateescape")
    )
    bench.run("gcc", "-O0", "-fno-omit-frame-pointer", "-o", "deep", source)
    trace = bench.trace("./deep", options=TO_JOURNAL)
    entry = only(journal.incidents("SIGPATH_COMM=deep"))
    (short,) = map(json.loads, journal.show("-o", "json", "SIGPATH_COMM=deep").splitlines())
    check(short["MESSAGE"] is None and short["SIGPATH_ID"] == entry["SIGPATH_ID"], "long fields without --all")
    size = sum(len(value) for value in entry.values())
    check(size > WMEM_DEFAULT, f"the entry has only {size} bytes")
    frames = entry["SIGPATH_STACK"].splitlines()
    check(frames.count(r"f" + r"\x80" * 400 + "  deep") > 100, f"{len(frames)} frames, {frames[1][:80]}")
    expect(outputs(trace)["journal"], dropped=0, failed=0)


@case
def absent_at_the_start(bench):
    Journald(bench)
    trace = bench.trace("true", options=()).records
    done = subprocess.run([bench.sigpath, *TO_JOURNAL, "--", "true"], capture_output=True, text=True, check=False)
    wanted = "sigpath: option --to: journal: journald does not run (No such file or directory)\n"
    check((done.returncode, done.stderr) == (1, wanted), f"{done}")
    check(trace.of_kind("summary"), "without --to it works")


@case
def stuck(bench):
    """journald does not read. Only its entries wait or are dropped, the run ends, and the counts are true."""
    journal = Journald(bench).start()
    journal.pause()
    with bench.watching(*OF_VICTIM, "--burst", "0", "--rate", "0", "--stack", "none") as trace:
        survivor(bench, 4000)
        expect_end(trace.process)
    # A replay waits for journald, until it is asked to end.
    with open(os.devnull, "wb") as null:
        replay = bench.spawn(bench.sigpath, "-r", trace.capture, *TO_JOURNAL, stderr=null)
    time.sleep(1)
    check(replay.poll() is None, "the replay did not wait")
    expect_end(replay)
    journal.resume()
    counts = outputs(trace)
    file = counts[str(trace.output)]
    expect(file, dropped=0, failed=0)
    check(len(trace.incidents) + trace.records.of_kind("summary")[0]["lost"] >= 4000, "incidents are missing")
    there = counts["journal"]
    check(there["delivered"] + there["dropped"] == file["delivered"], f"{counts}")
    check(there["dropped"] > 100 and there["failed"] == 0, f"{counts}")
    arrived = len(journal.entries(f"_PID={trace.process.pid}"))
    check(arrived == there["delivered"], f"{there['delivered']} are counted as delivered, {arrived} arrived")
    check(trace.status == 1, f"the status is {trace.status}")


@case
def gone_at_the_end(bench):
    """A run does not wait for a journald that does not come back, and says what is missing."""
    journal = Journald(bench).start()
    start = time.monotonic()
    kill = f"kill -9 {journal.process.pid}; {DIES[-1]}"
    trace = bench.trace("sh", "-c", kill, options=FOLLOW)
    seconds = time.monotonic() - start
    check(seconds < 8, f"the run ended after {seconds:.1f} s")
    there = outputs(trace)["journal"]
    check(there["dropped"] >= 1 and there["failed"] == 0, f"{there}")
    check(" dropped" in trace.stderr() and "journald does not run" in trace.stderr(), trace.stderr())


@case
def restarted(bench):
    """What happens while journald is gone is in the journal when it is back."""
    journal = Journald(bench).start()
    with bench.watching(*TO_JOURNAL, "--comm", "yes") as trace:
        journal.stop(signal.SIGKILL)
        bench.run(*DIES)
        until(lambda: "journald does not run (" in trace.stderr(), "the message")
        journal.start()
        until(lambda: "journald runs again" in trace.stderr(), "the other message")
        until(lambda: journal.incidents("SIGPATH_COMM=yes"), "the entry")
    expect(outputs(trace)["journal"], dropped=0, failed=0)
    check(trace.stderr().count("journald does not run") == 1, trace.stderr())


@case
def journald_itself_dies(bench):
    """It is told on stderr while there is no journal, and in the journal later."""
    # sigpath may send the entry before the dying process has closed its sockets.
    journal = Journald(bench, keeps_socket=True).start()
    with bench.watching(*TO_JOURNAL, "-s", "SEGV", "--comm", "systemd-journal") as trace:
        pid = journal.process.pid
        journal.stop(signal.SIGSEGV)
        until(lambda: "about the journal itself: SIGSEGV killed systemd-journal[" in trace.stderr(), "the message")
        journal.start()
        entry = only(until(lambda: journal.incidents("SIGPATH_SIGNAL=SIGSEGV"), "the entry"))
    expect_fields(entry, SIGPATH_PID=pid, SIGPATH_COMM="systemd-journal", SIGPATH_SENDER_PID=os.getpid())


LOOP = f"""
import ctypes, os, signal, subprocess
ctypes.CDLL(None).prctl(15, b"{NAME}", 0, 0, 0)
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
reader, writer = os.pipe()
os.close(reader)
follow = ["journalctl", "--follow", "--no-tail", "--output=json", "SYSLOG_IDENTIFIER=sigpath"]
with subprocess.Popen(follow, stdout=subprocess.PIPE) as journal:
    for line in journal.stdout:
        try:
            os.write(writer, line)
        except BrokenPipeError:
            pass
"""


@case
def loop_settles(bench):
    """Readers of the journal meet a broken pipe for each entry of sigpath, which sigpath reports, and so on.
    Three of them would triple the entries each time."""
    readers, burst = 3, 5
    journal = Journald(bench).start()
    with bench.watching(*OF_VICTIM, "--window", "1s", "--burst", str(burst)) as trace:
        until(lambda: journal.entries("SIGPATH_KIND=start"), "the first entry", 10)
        for _ in range(readers):
            bench.spawn(sys.executable, "-c", LOOP)
        until(lambda: journal.entries("SIGPATH_KIND=repeat"), "the limit")
        before = len(journal.entries("-t", "sigpath"))
        time.sleep(4)
        grown = len(journal.entries("-t", "sigpath")) - before
    # For each reader a burst and a repeat in each window; the first and the last window are not whole.
    check(grown <= readers * (burst + 1) * (4 + 1), f"{grown} entries in 4 s")
    expect(outputs(trace)["journal"], dropped=0, failed=0)


@case
def upload(bench):
    """journal-upload carries the entries to journal-remote with all fields."""
    remote, uploader = (f"/lib/systemd/systemd-journal-{name}" for name in ("remote", "upload"))
    need(remote, uploader)
    journal = Journald(bench).start()
    trace = bench.trace(*DIES, options=FOLLOW)
    sent = only(journal.incidents("SIGPATH_COMM=yes"))
    there = bench.work / "remote"
    there.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    bench.spawn(remote, f"--listen-http=127.0.0.1:{port}", "-o", there, stderr=subprocess.DEVNULL)
    # The port answers when it listens.
    until(lambda: f":{port:04X} " in pathlib.Path("/proc/net/tcp").read_text(), "journal-remote", 20)
    bench.spawn(
        uploader, f"--url=http://127.0.0.1:{port}", f"--save-state={bench.work / 'state'}",
        stderr=subprocess.DEVNULL,
    )

    def read():
        done = subprocess.run(
            ["journalctl", "--quiet", f"--directory={there}", "-o", "json", "--all", "SIGPATH_COMM=yes"],
            capture_output=True, text=True, check=False,
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    received = only(until(read, "the entry at the other end", 20))
    for name in sent:
        if name.startswith("SIGPATH_") or name in ("MESSAGE", "MESSAGE_ID", "PRIORITY"):
            check(received[name] == sent[name], f"{name} is {received[name]!r}, not {sent[name]!r}")
    check(trace.incidents[0]["group"] == received["SIGPATH_GROUP"], "the group")


if __name__ == "__main__":
    main()
