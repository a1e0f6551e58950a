#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What each sink costs: CPU time of sigpath for each incident in full, and a storm with all sinks at once.

sinks.py --sigpath PATH --load PATH [--rounds N]

The receivers are real or answer as real ones do, and run on this machine. In each round all rows run in turn. The
tables have medians of the rounds. There is no pass or fail.
"""

import argparse
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent
sys.path += [str(SOURCE / name) for name in ("abuse", "exports")]

# pylint: disable=wrong-import-position
import tools
from abuse import Bench, check, until
from journal_bed import Journald

INCIDENTS = 20000
STORM = 10000000
IN_FULL = ("--burst", "0", "--rate", "0", "--stack", "none", "--buffer-size", "64M")

# Reads all that comes.
SYSLOG = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection, _ = server.accept()
    while connection.recv(1 << 20):
        pass
"""

# Takes every request.
OTLP = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
    def log_message(self, *words):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def answers(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def start_receiver(bench, program):
    port = free_port()
    bench.spawn(sys.executable, "-c", program, str(port), preexec_fn=tools.leave_first_cpu)
    until(lambda: answers(port), "a receiver")
    return port


def rows_of(bench):
    """The options of each row, beside a file in memory."""
    Journald(bench).start()
    sinks = {
        "a second file": ("-o", f"json:{bench.work}/second"),
        "journal": ("--to", "journal"),
        "syslog, TCP": ("--to", f"syslog:tcp://127.0.0.1:{start_receiver(bench, SYSLOG)}"),
        "OTLP": ("--to", f"otlp:http://127.0.0.1:{start_receiver(bench, OTLP)}"),
        "metrics": ("--metrics", f":{free_port()}"),
    }
    every = tuple(word for words in sinks.values() for word in words)
    return {"one file": (), **sinks, "all of them": every}


class Run:
    """One run of sigpath under LOAD. ratio; cpu_s; delivered and missed: items of all outputs."""

    def __init__(self, bench, load, options):
        log = bench.work / "log"
        for path in (log, bench.work / "second"):
            path.unlink(missing_ok=True)
        base = tools.run_load(load)
        process = subprocess.Popen(
            [bench.sigpath, "--comm", tools.LOAD, "-o", f"json:{log}", *options],
            stderr=subprocess.PIPE, text=True, preexec_fn=tools.leave_first_cpu,
        )
        for line in process.stderr:
            if "sigpath: ready" in line:
                break
        check(process.poll() is None, "sigpath did not get ready")
        begin_s = tools.cpu_seconds(process.pid)
        result = tools.run_load(load)
        self.ratio = result["ns"] / base["ns"]
        before = -1.0
        while (now := tools.cpu_seconds(process.pid)) - before > 0.002:
            before = now
            time.sleep(1.2)  # OTLP waits a second for more
        self.cpu_s = now - begin_s
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        summary = json.loads(log.read_text().splitlines()[-1])
        self.delivered = sum(output["delivered"] for output in summary["outputs"])
        self.missed = summary["dropped"] + summary["unwritten"]


def median(runs, field):
    return statistics.median(getattr(run, field) for run in runs)


def print_tables(bench, load, rounds):
    rows = rows_of(bench)
    one = [load, "ignored", str(INCIDENTS)]
    turns = [{name: Run(bench, one, (*IN_FULL, *rows[name])) for name in rows} for _ in range(rounds)]
    tools.print_row(["sink, beside a file", "CPU for each incident", "more than the file alone", "missed"])
    tools.print_row(["---"] * 4)
    base_us = median([turn["one file"] for turn in turns], "cpu_s") / INCIDENTS * 1e6
    for name in rows:
        runs = [turn[name] for turn in turns]
        us = median(runs, "cpu_s") / INCIDENTS * 1e6
        missed = f"{median(runs, 'missed'):,.0f} of {median(runs, 'missed') + median(runs, 'delivered'):,.0f}"
        more = "" if name == "one file" else f"{us - base_us:.1f} us"
        tools.print_row([name, f"{us:.1f} us", more, missed])
    sys.stdout.flush()
    print()
    tools.print_row([f"a storm of {STORM:,} with", "slowdown", "CPU of sigpath"])
    tools.print_row(["---"] * 3)
    storm = [load, "ignored", str(STORM)]
    names = ("one file", "all of them")
    turns = [{name: Run(bench, storm, rows[name]) for name in names} for _ in range(rounds)]
    for name in names:
        runs = [turn[name] for turn in turns]
        tools.print_row([name, f"{median(runs, 'ratio'):.2f}x", f"{median(runs, 'cpu_s'):.2f} s"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sigpath", required=True)
    parser.add_argument("--load", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.set_defaults(build=".", json=None, write_stories=False)
    arguments = parser.parse_args()
    if os.geteuid():
        sys.exit("not root: sigpath cannot trace")
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="sigpath-bench-") as directory:
        bench = Bench("sinks", arguments, pathlib.Path(directory))
        with bench.children:
            print_tables(bench, arguments.load, arguments.rounds)


if __name__ == "__main__":
    main()
