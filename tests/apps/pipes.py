#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does sigpath report what happens to everyday programs whose reader exits? Each has a row in
docs/everyday.md, and the row must match the report."""

import http.server
import os
import re
import subprocess
import threading

from harness import case, check, expect, expect_code, expect_frames, fail, get, main, need, until
from programs import built

LINES = ("why", "peer", "pipe", "unix", "where", "who", "do")


def row(bench, program):
    """The cells of the row whose first cell is PROGRAM."""
    page = bench.source.parent / "docs" / "everyday.md"
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and cells[0].replace("\\|", "|") == program:
            return cells[1:]
    return fail(f"no row {program!r} in {page.name}")


UNSEEN = ", if a hook can see the close"


def expect_reader(incident, cell):
    """The cell names the reader. Some rows name one that lives on: not every kernel shows its close."""
    peer = incident["peer_process"]
    if cell.endswith(UNSEEN) and not peer:
        reason = get(incident, "missing.peer_process")
        check(reason and reason["code"] == "close_not_seen", f"no reader, because of {reason}")
        return
    check(peer, f"the incident names no reader: {get(incident, 'missing.peer_process')}")
    check(cell.removesuffix(UNSEEN) == f"`{peer['comm']}`", f"the table names {cell}, not {peer['comm']}")


def expect_row(bench, program, trace):
    """Compares the row with the incident, and checks that the text has all needed lines."""
    writes = [incident for incident in trace.incidents if incident["signal"]["origin"] == "kernel"]
    check(writes, "no incident of a write")
    incident = writes[0]
    for other in writes:
        expect(other, process__pid=incident["process"]["pid"], outcome=incident["outcome"])
    seen = [incident["signal"]["disposition"], incident["outcome"], str(trace.status)]
    cells = row(bench, program)
    told = cells[: len(seen)]
    expect_reader(incident, cells[len(seen)])
    check(told == seen, f"the table says {told}, sigpath reported {seen}")

    # The count of repeats has its own line, and that line may be the first one.
    printed = (text.splitlines() for text in bench.text(trace))
    headline, *lines = next(lines for lines in printed if " more " not in lines[0])
    who = f"{incident['process']['comm']}[{incident['process']['pid']}"
    event = {"killed": "killed by SIGPIPE", "ignored": "ignored SIGPIPE", "handled": "handled SIGPIPE"}
    check(f"  {who}" in headline and event[incident["outcome"]] in headline, f"the headline is {headline!r}")
    keys = [line.split()[0] for line in lines if re.match(r" {4}\w", line)]
    absent = {"pipe", "unix"} - {incident["object"]["type"]} | (set() if incident["peer_process"] else {"peer"})
    wanted = [key for key in LINES if key not in absent]
    check([key for key in keys if key in LINES] == wanted, f"the lines are {keys}")
    return incident


def watch(bench, *command, env=None):
    """Traces COMMAND and its children. COMMAND starts when it reads a line and exits at the end of its
    input, so it still exists when sigpath reads its /proc. .status is the command's status."""
    with open(bench.work / "stderr", "wb") as stderr:
        process = bench.spawn(
            *command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=stderr, env=env
        )
    with bench.watching("-f", "-p", process.pid) as trace:
        process.stdin.write(b"\n")
        process.stdin.flush()
        until(lambda: '"kind":"incident"' in trace.output.read_text(), "the incident")
        process.stdin.close()
        process.wait()
    trace.status = process.returncode
    return trace


def pipeline(bench, writer, env=None, before=":"):
    """Runs WRITER | head -1. .status is the writer's. PYTHONUNBUFFERED would change Python's writes."""
    need("bash", "head")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    # Where no hook sees head close its input, sigpath names it only if nobody else had the pipe open when
    # it was started. The shell may still have: it closes its own copy when both processes are forked.
    head = "{ sleep 0.02 </dev/null; exec head -1; }"
    shell = f"read; {before}; {writer} | {head}; status=${{PIPESTATUS[0]}}; read; exit $status"
    return watch(bench, "bash", "-c", shell, env={**environment, **(env or {})})


def expect_left(bench, program, trace):
    """The incident of a writer whose reader was `head`."""
    incident = expect_row(bench, program, trace)
    expect(
        incident,
        syscall__name=re.compile("^writev?$"),
        syscall__fd=1,
        object__type="pipe",
        cause__code="reader_closed",
        peer_process__comm="head",
    )
    return incident


def expect_note(incident, code):
    expect_code(incident, "notes", code)


def expect_benign(incident):
    expect_code(incident, "advice", "benign_in_pipeline")


@case
def yes(bench):
    trace = pipeline(bench, "yes")
    expect_left(bench, "`yes | head -1`", trace)
    expect_benign(trace.only)


@case
def timeout(bench):
    """The writer is in another process group than its reader."""
    need("timeout")
    incidents = pipeline(bench, "timeout 9 yes").incidents
    incident = next(each for each in incidents if each["process"]["comm"] == "yes")
    expect(incident, syscall__name="write", peer_process__comm="head")


@case
def a_chain(bench):
    """Who is in the middle dies as well: each is told of its own reader, not of a neighbour."""
    need("tee")
    incidents = pipeline(bench, "bash -c 'yes | tee /dev/null'").incidents
    readers = {each["process"]["comm"]: each["peer_process"] for each in incidents}
    check(set(readers) == {"yes", "tee"}, f"incidents of {set(readers)}")
    expect(readers["tee"], comm="head")
    expect(readers["yes"], comm="tee", how="closed_by_exit", exit__signal="SIGPIPE")


@case
def one_after_another(bench):
    """xargs starts a process for each word; each has the same pipe, and only one is hit."""
    need("xargs")
    incidents = pipeline(bench, "yes | xargs -n 1 echo").incidents
    for incident in incidents:
        if incident["process"]["comm"] == "echo":
            expect(incident, peer_process__comm="head")
    check(any(each["process"]["comm"] == "echo" for each in incidents), "echo was not hit")


@case
def curl(bench):
    """curl reads from a server in this test. The answer is larger than all buffers together."""
    need("curl")

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(1000):
                    self.wfile.write(b"line\n" * 4000)
            except ConnectionError:
                pass  # curl has exited, as expected

        def log_message(self, *arguments):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            trace = pipeline(bench, f"curl -sN http://127.0.0.1:{server.server_port}/")
        finally:
            server.shutdown()
            thread.join()
    incident = expect_left(bench, "`curl URL | head -1`", trace)
    expect_frames(incident, "write", "fwrite", "curl_(easy|multi)_perform")


@case
def python_print(bench):
    need("/usr/bin/python3")
    (bench.work / "loop.py").write_text('while True:\n    print("line")\n')
    trace = pipeline(bench, "/usr/bin/python3 loop.py")
    expect_note(expect_left(bench, "`python3 loop.py | head -1`", trace), "python_ignores")


@case
def git_log(bench):
    need("git")
    commits = "".join(
        f"commit refs/heads/main\ncommitter A <a@host> {1700000000 + i} +0000\ndata 5\nline\n\n"
        for i in range(5000)
    )
    bench.run("git", "init", "-q", "-b", "main", "repository")
    bench.run("git", "-C", "repository", "fast-import", "--quiet", input=commits)
    env = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    trace = pipeline(bench, "git -C repository log", env)
    incident = expect_left(bench, "`git log | head -1`", trace)
    expect_benign(trace.only)
    expect_frames(incident, "write", "fflush")


@case
def node_stream(bench):
    need("node")
    (bench.work / "stream.js").write_text(
        'const lines = "line\\n".repeat(1000);\n'
        "function more() {\n\twhile (process.stdout.write(lines));\n"
        '\tprocess.stdout.once("drain", more);\n}\nmore();\n'
    )
    trace = pipeline(bench, "node stream.js")
    incident = expect_left(bench, "`node stream.js | head -1`", trace)
    expect_note(incident, "node_ignores")
    expect_frames(incident, "writev?", r"uv_.*|.*node::LibuvStreamWrap::.*")


@case
def java_println(bench):
    """The program gets no exception and continues to write: a few incidents, and repeats."""
    need("java", "javac")
    directory = bench.build / "tests" / "apps"
    source = bench.source / "apps" / "pipes" / "Printer.java"
    built(bench, "Printer.class", [source], "javac", "-d", directory, source)
    trace = pipeline(bench, f"java -cp '{directory}' Printer")
    incident = expect_left(bench, "`java Printer | head -1`", trace)
    expect(incident, end__state=lambda state: state in ("alive", "exited"))
    expect_note(incident, "jvm_handles")
    expect_frames(incident, "write", "Java_java_io_FileOutputStream_writeBytes")
    repeats = trace.records.of_kind("repeat")
    count = len(trace.incidents) + sum(repeat["count"] for repeat in repeats)
    # Each println() makes two writes (the text, the newline). The pipe holds 64 KiB.
    check(10000 < count <= 40000, f"{count} failed writes")


@case
def bash_printf(bench):
    writer = "bash -c 'while printf \"line\\n\"; do :; done'"
    trace = pipeline(bench, writer)
    incident = expect_left(bench, "`bash loop.sh | head -1`", trace)
    expect_benign(trace.only)
    expect_frames(incident, "write", "printf_builtin", "execute_command")


@case
def bash_printf_trap(bench):
    """With a trap, bash has a handler. It runs the trap and sends the signal again."""
    writer = "bash -c 'trap \"echo end >&2\" EXIT; while printf \"line\\n\"; do :; done; exit'"
    trace = pipeline(bench, writer)
    incident = expect_left(bench, "`bash loop.sh | head -1`, with a trap on EXIT", trace)
    expect(incident, end__state="killed", end__signal="SIGPIPE")
    check((bench.work / "stderr").read_text() == "end\n", "the trap did not run")
    check(len(trace.incidents) == 1, "the signal that bash sends itself is told apart")
    expect_note(incident, "raised_again")


@case
def bash_printf_ignored(bench):
    """As under a daemon that ignores SIGPIPE: bash cannot change an inherited SIG_IGN."""
    writer = "bash -c 'while printf \"line\\n\"; do :; done'"
    trace = pipeline(bench, writer, before="trap '' PIPE")
    program = "`bash loop.sh | head -1`, started with SIGPIPE ignored"
    expect_note(expect_left(bench, program, trace), "inherited_ignore")
    check(len(trace.incidents) == 1, "printf's status ends the loop")


@case
def session(bench):
    """The shell's last output goes to a socket whose other end is closed."""
    need("bash")
    server = bench.source / "apps" / "pipes" / "session.py"
    trace = watch(bench, server, "bash", "-c", "while read; do :; done; echo goodbye")
    program = "`bash session.sh`, its input and output one socket of a pair"
    incident = expect_row(bench, program, trace)
    expect(
        trace.only,
        syscall__name="write",
        syscall__fd=1,
        syscall__bytes=len("goodbye\n"),
        object__type="unix",
        cause__code="peer_closed",
    )
    if incident["peer_process"]:
        expect(incident, peer_process__pid=incident["process"]["ppid"])
    expect_frames(incident, "write", "echo_builtin", "execute_command.*")


if __name__ == "__main__":
    main()
