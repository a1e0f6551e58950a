#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What sigpath costs real work, and two CPUs at once: two tables of docs/performance.md.

pairs.py --sigpath PATH --load PATH --source DIR [--only NAME,..] [--pairs-max N]

Each pair is one run without sigpath and one with it, in changing order. A row ends when its median is known to 1 %:
the middle half of the medians of resampled pairs is no wider. There is no pass or fail.
"""

import argparse
import contextlib
import pathlib
import platform
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import tools

PAIRS_MIN, PAIRS_MAX = 5, 60
SPREAD = 0.01

NGINX = """
daemon off;
worker_processes 1;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{ worker_connections 256; }}
http {{
	access_log off;
	keepalive_timeout 0;
	client_body_temp_path {work}/body;
	proxy_temp_path {work}/proxy;
	fastcgi_temp_path {work}/fastcgi;
	uwsgi_temp_path {work}/uwsgi;
	scgi_temp_path {work}/scgi;
	server {{ listen 127.0.0.1:{port}; return 200 "hello\\n"; }}
}}
"""


def spread(ratios):
    """The width of the middle half of what the median could be."""
    picks = random.Random(1)
    medians = [statistics.median(picks.choices(ratios, k=len(ratios))) for _ in range(400)]
    low, _, high = statistics.quantiles(medians, n=4)
    return high - low


class Pairs:
    def __init__(self, arguments, directory):
        self.directory = directory
        self.pairs_max = arguments.pairs_max
        self.sigpath = arguments.sigpath
        self.load = str(directory / tools.LOAD)
        shutil.copy(arguments.load, self.load)

    @contextlib.contextmanager
    def traced(self, options):
        tool = tools.ourselves(self.sigpath, "sigpath", *options)
        run = tools.Run(tool, False, self.directory, None)
        try:
            yield
        finally:
            run.settle()
            run.stop()

    def measure(self, work, options):
        """WORK returns how long one run took, in any unit. Medians without and with sigpath, and the ratios."""
        plain, traced = [], []
        work()
        while len(plain) < self.pairs_max:
            for with_sigpath in (len(plain) % 2 == 0, len(plain) % 2 == 1):
                if with_sigpath:
                    with self.traced(options):
                        traced.append(work())
                else:
                    plain.append(work())
            ratios = [one / other for one, other in zip(traced, plain)]
            if len(ratios) >= PAIRS_MIN and spread(ratios) < SPREAD:
                break
        return statistics.median(plain), statistics.median(traced), ratios

    def print(self, name, unit, work, options=()):
        plain, traced, ratios = self.measure(work, options)
        tools.print_row(
            [
                name,
                f"{plain:,.1f} {unit}",
                f"{traced:,.1f} {unit}",
                f"{statistics.median(ratios):.3f}x",
                f"{spread(ratios) * 100:.1f} %",
                str(len(ratios)),
            ]
        )
        sys.stdout.flush()

    def turns(self, *arguments):
        return lambda: tools.run_load([self.load, *arguments])["ns"]


@contextlib.contextmanager
def nginx(directory):
    """Yields a function that lets wrk ask for short answers, and returns the time of one in us."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    config = directory / "nginx.conf"
    config.write_text(NGINX.format(work=directory, port=port))
    server = subprocess.Popen(["nginx", "-p", directory, "-c", config, "-e", directory / "error.log"])

    def ask():
        command = ["wrk", "-t", "1", "-c", "8", "-d", "2s", f"http://127.0.0.1:{port}/"]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return 1e6 / float(re.search(r"Requests/sec:\s*([\d.]+)", text)[1])

    try:
        deadline = time.monotonic() + 10
        while socket.socket().connect_ex(("127.0.0.1", port)):
            if time.monotonic() > deadline:
                raise tools.Failed("nginx does not listen")
            time.sleep(0.05)
        yield ask
    finally:
        server.terminate()
        server.wait()


def builder(source, directory):
    """Compiles a part of sigpath with two jobs, and returns the seconds."""
    build = directory / "build"
    subprocess.run(
        ["cmake", "-S", source, "-B", build, "-G", "Unix Makefiles", "-DCMAKE_BUILD_TYPE=Debug"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    target = ["make", "-C", build, "-j2", "sigpath_explain", "sigpath_decode", "sigpath_sink"]

    def make():
        subprocess.run(["make", "-C", build, "clean"], check=True, stdout=subprocess.DEVNULL)
        begin = time.monotonic()
        subprocess.run(target, check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - begin

    return make


def print_work(pairs, source, only):
    tools.print_row(["work", "without", "with sigpath", "slowdown", "spread", "pairs"])
    tools.print_row(["---"] * 6)
    if "nginx" in only:
        with nginx(pairs.directory) as ask:
            pairs.print("nginx, a connection for each request, under wrk", "us", ask)
    if "make" in only:
        pairs.print("make -j2 of a part of sigpath", "s", builder(source, pairs.directory))
    if "vfork" in only:
        pairs.print("vfork, exec, exit, wait", "ns", pairs.turns("vfork", "2000"))


def print_cpus(pairs):
    # So long that the stack of the first incident, which the tool reads on one of the two CPUs, does not count.
    loads = [
        ("ignored SIGPIPE", "ignored", "3000000", []),
        ("another signal, ignored", "other-signal", "3000000", []),
        ("death", "death", "5000", []),
        ("connect and reset", "connect", "20000", []),
        ("EPIPE on TCP, MSG_NOSIGNAL", "nosignal", "3000000", ["--epipe", "all"]),
    ]
    print()
    tools.print_row(["load", "without", "with sigpath", "slowdown", "spread", "pairs"])
    tools.print_row(["---"] * 6)
    for name, load, count, options in loads:
        for processes in (1, 2):
            words = f"{name}, {processes} process{'es' if processes > 1 else ''}"
            pairs.print(words, "ns", pairs.turns(load, count, "1", str(processes)), options)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sigpath", required=True)
    parser.add_argument("--load", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--only", default="nginx,make,vfork,cpus")
    parser.add_argument("--pairs-max", type=int, default=PAIRS_MAX)
    arguments = parser.parse_args()
    only = arguments.only.split(",")
    directories = tempfile.TemporaryDirectory(dir="/dev/shm", prefix="sigpath-bench-")
    with tools.tracefs(), directories as directory:
        pairs = Pairs(arguments, pathlib.Path(directory))
        print(f"Kernel {platform.release()}.\n")
        print_work(pairs, arguments.source, only)
        if "cpus" in only:
            print_cpus(pairs)


if __name__ == "__main__":
    main()
