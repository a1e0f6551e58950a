#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do stripped programs get names and lines from a debuginfod server, and what does a bad server cost?"""

import contextlib
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

from harness import case, check, default_sigpipe, expect, get, main, need, skip, symbols, until

SOURCE = """#include <unistd.h>
__attribute__((noinline)) static void leaf(void)
{
	for (;;)
		write(1, "y", 1); /* here */
}
__attribute__((noinline)) static void outer(void)
{
	leaf(); /* from here */
	__asm__ volatile("");
}
int main(void)
{
	outer();
	return 0;
}
"""
NAMES = ["leaf", "outer", "main"]
# Longer than the wait for a server, and shorter than that and the one for the stack itself.
LATE = 8
FETCH = "sigpath-fetch"


def build(bench, number=0):
    """A stripped program, and its debug file in the directory of the server. Returns it with its build ID."""
    need("cc", "objcopy", "readelf")
    source, program = bench.work / "program.c", bench.work / f"program{number}"
    source.write_text(SOURCE + f"int number = {number};\n")
    bench.run("cc", "-g", "-O1", "-Wl,--build-id", "-o", program, source)
    (bench.work / "files").mkdir(exist_ok=True)
    bench.run("objcopy", "--only-keep-debug", program, bench.work / "files" / f"program{number}.debug")
    bench.run("strip", program)
    notes = bench.run("readelf", "-n", program)
    return program, re.search(r"Build ID: ([0-9a-f]+)", notes)[1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def status_of(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def start_server(bench, build_id, port=None):
    need("debuginfod")
    port = port or free_port()
    with open(bench.work / "server.log", "wb") as log:
        bench.spawn(
            "debuginfod", "-F", "-p", port, "-d", bench.work / "server.db", bench.work / "files",
            stdout=log, stderr=log,
            env={**os.environ, "HOME": str(bench.work), "DEBUGINFOD_URLS": ""},
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    until(lambda: status_of(f"{url}/buildid/{build_id}/debuginfo") == 200, "the server", 60)
    return url


class BadServer:
    """Accepts connections on loopback. ANSWER: what it sends; None: nothing, ever."""

    def __init__(self, bench, answer):
        self.answer = answer
        self.requests = 0
        self.connections = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()
        bench.children.callback(self.listener.close)

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections.append(connection)
                self.requests += connection.recv(65536).count(b"GET /buildid/")
                if self.answer is not None:
                    connection.sendall(self.answer)
                    connection.close()


def http(status, body):
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(body), body)


def environment(bench, url, **more):
    """Of a sigpath that asks at URL. Its cache is in the directory of the case."""
    cleared = {name: value for name, value in os.environ.items() if not name.startswith("DEBUGINFOD")}
    where = {} if url is None else {"DEBUGINFOD_URLS": url, "DEBUGINFOD_CACHE_PATH": str(bench.work / "cache")}
    variables = {**cleared, "http_proxy": "", "no_proxy": "*", **where, **more}
    return {name: value for name, value in variables.items() if value is not None}


def dies(program, **options):
    """PROGRAM dies of SIGPIPE. Returns its PID."""
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen(
        [program], stdout=writer, stdin=subprocess.DEVNULL, preexec_fn=default_sigpipe, **options
    )
    os.close(writer)
    check(process.wait() == -signal.SIGPIPE, f"{program} ended with {process.returncode}")
    return process.pid


def written(trace):
    """The incidents so far, by PID."""
    lines = trace.output.read_text().splitlines(keepends=True) if trace.output.exists() else []
    records = [json.loads(line) for line in lines if line.endswith("\n")]
    return {get(record, "process.pid"): record for record in records if record["kind"] == "incident"}


def told(trace, program, seconds, **options):
    """The incident of a death of PROGRAM, which must come within SECONDS."""
    since = time.monotonic()
    pid = dies(program, **options)
    until(lambda: pid in written(trace), f"the incident of {pid}", seconds + 30)
    took = time.monotonic() - since
    check(took < seconds, f"the incident took {took:.1f} s")
    return written(trace)[pid]


def ends(trace, seconds=2):
    since = time.monotonic()
    trace.process.send_signal(signal.SIGTERM)
    trace.process.wait(30)
    took = time.monotonic() - since
    check(took < seconds, f"the end took {took:.1f} s")


def own_frames(incident, program):
    return [frame for frame in get(incident, "stack.user") if frame["module"] == str(program)]


def expect_names(incident, program):
    frames = own_frames(incident, program)
    check([frame["symbol"] for frame in frames[:3]] == NAMES, f"names: {symbols(incident)}")
    lines = SOURCE.splitlines()
    for frame, text in zip(frames, ("/* here */", "/* from here */")):
        check(os.path.basename(frame["file"] or "") == "program.c", f"file: {frame}")
        check(text in lines[frame["line"] - 1], f"line: {frame}")


def expect_no_names(incident, program):
    """All frames are there: the program has unwind information, and the libraries have names."""
    expect(incident, stack__complete=True, stack__reason=None)
    frames = own_frames(incident, program)
    check(len(frames) >= 3, f"frames: {symbols(incident)}")
    check(all(frame["symbol"] not in NAMES for frame in frames), f"names: {symbols(incident)}")
    check("write" in symbols(incident), f"no name of the C library: {symbols(incident)}")


def descendants(pid):
    """PIDs by name, of the processes that PID and its children have started."""
    found, wanted = {}, [pid]
    while wanted:
        for child in pathlib.Path(f"/proc/{wanted[0]}/task/{wanted[0]}/children").read_text().split():
            found.setdefault(pathlib.Path(f"/proc/{child}/comm").read_text().strip(), []).append(int(child))
            wanted.append(int(child))
        wanted.pop(0)
    return found


def files_below(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if not path.is_dir())


@case
def names_and_lines(bench):
    program, build_id = build(bench)
    url = start_server(bench, build_id)
    with bench.watching("--comm", program.name, env=environment(bench, url)) as trace:
        expect_names(told(trace, program, 10), program)
        (fetch,) = descendants(trace.process.pid)[FETCH]
        status = pathlib.Path(f"/proc/{fetch}/status").read_text()
        for line in ("CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "NoNewPrivs:\t1"):
            check(f"\n{line}\n" in status, f"not {line!r}: {status}")
        ends(trace)
    until(lambda: not os.path.exists(f"/proc/{fetch}"), "the end of the process that asks servers", 5)
    check(f"{build_id}/debuginfo" in files_below(bench.work / "cache"), "the file is not in the cache")


@case
def for_another_user(bench):
    """A program of a user, which a reader of its own reads. And with --run-as."""
    program, build_id = build(bench)
    url = start_server(bench, build_id)
    os.chown(program, 1000, 1000)
    with bench.watching("--comm", program.name, "--run-as", "nobody", env=environment(bench, url)) as trace:
        expect_names(told(trace, program, 10, user=1000, group=1000, extra_groups=[]), program)


@case
def without_the_variable(bench):
    program, _ = build(bench)
    with bench.watching("--comm", program.name, env=environment(bench, None)) as trace:
        expect_no_names(told(trace, program, 5), program)
        running = descendants(trace.process.pid)
        check("sigpath-opener" in running, f"processes: {running}")
        check(FETCH not in running, f"processes: {running}")


@case
def no_server(bench):
    """Nobody listens at the port."""
    program, _ = build(bench)
    url = f"http://127.0.0.1:{free_port()}"
    with bench.watching("--comm", program.name, env=environment(bench, url)) as trace:
        expect_no_names(told(trace, program, 4), program)
        ends(trace)


@case
def not_found(bench):
    program, _ = build(bench)
    server = BadServer(bench, http(b"404 Not Found", b"no"))
    with bench.watching("--comm", program.name, env=environment(bench, server.url)) as trace:
        expect_no_names(told(trace, program, 4), program)
        check(server.requests, "it was not asked")
        asked = server.requests
        expect_no_names(told(trace, program, 2), program)
        check(server.requests == asked, "it was asked again")
        ends(trace)


@case
def garbage(bench):
    """It is not believed and not kept: with a good server at the same place the names are there."""
    program, build_id = build(bench)
    need("debuginfod")
    for answer in (b"\0\xff\r\n\r\n", http(b"200 OK", b""), http(b"200 OK", b"<html>log in</html>")):
        shutil.rmtree(bench.work / "cache", ignore_errors=True)
        server = BadServer(bench, answer)
        with bench.watching("--comm", program.name, env=environment(bench, server.url)) as trace:
            expect_no_names(told(trace, program, 4), program)
            check(server.requests, f"it was not asked for {answer}")
            ends(trace)
        check(f"{build_id}/debuginfo" not in kept(bench), f"kept: {kept(bench)}")
    url = start_server(bench, build_id)
    with bench.watching("--comm", program.name, env=environment(bench, url)) as trace:
        expect_names(told(trace, program, 10), program)


def kept(bench):
    """Files with content in the cache. An empty one says that the servers do not have it."""
    cache = bench.work / "cache"
    return [name for name in files_below(cache) if (cache / name).stat().st_size]


@case
def another_program(bench):
    """The debug file of a program with another build ID."""
    program, build_id = build(bench)
    build(bench, 1)
    other = (bench.work / "files" / "program1.debug").read_bytes()
    server = BadServer(bench, http(b"200 OK", other))
    with bench.watching("--comm", program.name, env=environment(bench, server.url)) as trace:
        expect_no_names(told(trace, program, 4), program)
        check(server.requests, f"it was not asked for {build_id}")


@case
def silence(bench):
    """A server that does not answer costs one wait, and then nobody waits for a minute."""
    programs = [build(bench, number)[0] for number in range(3)]
    server = BadServer(bench, None)
    with bench.watching(env=environment(bench, server.url)) as trace:
        expect_no_names(told(trace, programs[0], LATE), programs[0])
        check(server.requests, "it was not asked")
        expect_no_names(told(trace, programs[1], 2), programs[1])
        # Another user has another reader.
        os.chown(programs[2], 1000, 1000)
        expect_no_names(told(trace, programs[2], 2, user=1000, group=1000, extra_groups=[]), programs[2])
        ends(trace)


@case
def the_end_during_silence(bench):
    """SIGTERM does not wait for the server, nor does -d for ever."""
    program, _ = build(bench)
    for options, seconds in (((), 2), (("-d", "1"), LATE)):
        server = BadServer(bench, None)
        since = time.monotonic()
        with bench.watching("--comm", program.name, *options, env=environment(bench, server.url)) as trace:
            dies(program)
            until(lambda server=server: server.requests, "the question")
            if options:
                trace.process.wait(30)
                check(time.monotonic() - since < seconds, "-d waits for the server")
            else:
                ends(trace, seconds)
        check(len(trace.incidents) == 1, f"{len(trace.incidents)} incidents")


@case
def trickle(bench):
    """A server that promises a large file and sends a byte now and then."""
    program, _ = build(bench)
    server = BadServer(bench, b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    server.listener.close()
    listener = socket.create_server(("127.0.0.1", 0))
    bench.children.callback(listener.close)

    def serve():
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.sendall(server.answer)
            while True:
                connection.sendall(b"x")
                time.sleep(0.2)

    threading.Thread(target=serve, daemon=True).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with bench.watching("--comm", program.name, env=environment(bench, url)) as trace:
        expect_no_names(told(trace, program, LATE), program)
        ends(trace)
    check(not kept_parts(bench), f"parts of a file: {kept_parts(bench)}")


def kept_parts(bench):
    return [name for name in kept(bench) if re.search(r"debuginfo\.\w+$", name)]


@case
def nothing_is_written_elsewhere(bench):
    """A directory of the cache that leads out of it. Landlock stops who has taken over the process, too."""
    program, build_id = build(bench)
    url = start_server(bench, build_id)
    outside = bench.work / "outside"
    outside.mkdir()
    (bench.work / "cache").mkdir()
    (bench.work / "cache" / build_id).symlink_to(outside)
    with bench.watching("--comm", program.name, env=environment(bench, url)) as trace:
        incident = told(trace, program, 5)
    if not has_landlock():
        skip("the kernel has no landlock")
    expect_no_names(incident, program)
    check(not list(outside.iterdir()), f"written: {list(outside.iterdir())}")


def has_landlock():
    create_ruleset, version = 444, 1
    return ctypes.CDLL(None).syscall(create_ruleset, None, 0, version) > 0


@case
def in_the_home_directory(bench):
    program, build_id = build(bench)
    url = start_server(bench, build_id)
    home = bench.work / "home"
    home.mkdir()
    variables = environment(bench, url, HOME=str(home), DEBUGINFOD_CACHE_PATH=None, XDG_CACHE_HOME=None)
    with bench.watching("--comm", program.name, env=variables) as trace:
        expect_names(told(trace, program, 10), program)
    outside = [name for name in files_below(home) if not name.startswith(".cache/debuginfod_client/")]
    check(not outside and files_below(home), f"files: {files_below(home)}")


@case
def without_a_place_for_the_cache(bench):
    """The home directory of somebody else (sudo -E), and none (a service): no server is asked."""
    program, _ = build(bench)
    home = bench.work / "home"
    home.mkdir()
    os.chown(home, 1000, 1000)
    server = BadServer(bench, http(b"404 Not Found", b""))
    for where, words in ((str(home), f"another user can write to {home}"), (None, "there is no directory")):
        variables = environment(
            bench, server.url, HOME=where, DEBUGINFOD_CACHE_PATH=None, XDG_CACHE_HOME=None
        )
        with bench.watching("--comm", program.name, env=variables) as trace:
            expect_no_names(told(trace, program, 5), program)
            check(FETCH not in descendants(trace.process.pid), "a process asks servers")
        check(f"DEBUGINFOD_URLS is ignored: {words}" in trace.stderr(), trace.stderr())
    check(not list(home.iterdir()) and not server.requests, "something was written or asked")
    check(not os.path.exists("/.cache"), "written to /.cache")


@case
def in_a_replay(bench):
    program, build_id = build(bench)
    with bench.watching("--comm", program.name, env=environment(bench, None)) as trace:
        expect_no_names(told(trace, program, 5), program)
    url = start_server(bench, build_id)
    lines = bench.run(
        bench.sigpath, "-r", trace.capture, "--format", "json", env=environment(bench, url)
    ).splitlines()
    (incident,) = [record for record in map(json.loads, lines) if record["kind"] == "incident"]
    expect_names(incident, program)


if __name__ == "__main__":
    main()
