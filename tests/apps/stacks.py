#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do programs in other languages get the right frames, live and in a replay?

The programs are those of tests/stack, from the build directory. Each waits for a byte before its
write and after it. Its standard output is broken.
"""

import json
import os
import re
import shutil
import subprocess

from harness import case, check, expect, expect_adjacent, expect_frames, get, main, skip, until

LIBC_START = r"__libc_start_main(_impl)?"


def built(bench, name):
    program = bench.build / "tests" / "stack" / name
    if not os.access(program, os.X_OK):
        skip(f"{name} was not built: no compiler for it")
    return program


def run(bench, *command, lives=False, options=()):
    """Runs COMMAND with a broken pipe. If it survives, it exits only after sigpath's report."""
    read, write = os.pipe()
    os.close(read)
    program = bench.spawn(*command, stdin=subprocess.PIPE, stdout=write)
    os.close(write)
    with bench.watching("-p", program.pid, *options) as trace:
        program.stdin.write(b"1")
        program.stdin.flush()
        if lives:
            until(lambda: '"kind":"incident"' in trace.output.read_text(), "the incident")
            check(program.poll() is None, f"the survivor has ended: {program.returncode}")
        else:
            until(lambda: program.poll() is not None, "the program's death")
        program.stdin.close()
        program.wait()
    return trace


def ignoring(*command):
    """COMMAND, started by a shell that ignores SIGPIPE."""
    return ("sh", "-c", 'trap "" PIPE; exec "$@"', "sh", *command)


def replayed(bench, trace):
    """The incidents of `sigpath -r` for the trace's records."""
    lines = bench.run(bench.sigpath, "-r", trace.capture, "--format", "json").splitlines()
    return [line for line in map(json.loads, lines) if line["kind"] == "incident"]


def expect_same_again(bench, trace):
    """The records and the ELF files are enough for the stack of a dead process."""
    again = [incident["stack"] for incident in replayed(bench, trace)]
    first = [incident["stack"] for incident in trace.incidents]
    check(again == first, f"replayed: {again}, at first: {first}")


def expect_stack(incident, *frames, outcome="killed", method="dwarf"):
    expect(incident, outcome=outcome, stack__method=method, stack__reason_text=None)
    expect(incident, stack__complete=True)
    expect_adjacent(incident, *frames)


def frame_of(incident, symbol):
    return next(frame for frame in get(incident, "stack.user") if frame["symbol"] == symbol)


def expect_line(incident, symbol, file, line):
    """LINE is a text in that line of the source."""
    frame = frame_of(incident, symbol)
    with open(frame["file"] or "/dev/null", encoding="utf-8") as source:
        text = source.read().splitlines()
    check(
        os.path.basename(frame["file"] or "") == file and line in text[frame["line"] - 1],
        f"{symbol} is at {frame['file']}:{frame['line']}",
    )


def callers_of_write(incident):
    """The frames outside of write(). Above it only functions of the C library for system calls may
    stand: none before glibc 2.41, up to three since then, without names if it is stripped."""
    frames = get(incident, "stack.user")
    at = next((i for i, frame in enumerate(frames) if frame["symbol"] == "write"), None)
    check(at is not None and at <= 3, f"no write: {frames}")
    for frame in frames[:at]:
        known = "syscall_cancel" in (frame["symbol"] or "syscall_cancel")
        check(known and frame["module"] == frames[at]["module"], f"above write: {frame}")
    check(not frames[at]["module_changed"], f"of the C library: {frames[at]}")
    return frames[at + 1 :]


# C: the same frames in a replay, for every source of names


def dies_and_replays(bench, name, *frames, method="dwarf"):
    trace = run(bench, built(bench, name))
    expect_stack(trace.only, "write", *frames, method=method)
    expect_same_again(bench, trace)


@case
def c(bench):
    for name in ("chain", "chain-debug", "chain-exported-stripped"):
        dies_and_replays(bench, name, "leaf", "mid", "outer", "main")
    dies_and_replays(bench, "chain-pointers", "leaf", "mid", "outer", "main", method="mixed")


@case
def c_static(bench):
    for name in ("chain-static", "chain-static-pie"):
        dies_and_replays(bench, name, "leaf", "mid", "outer", "main")


@case
def c_minidebug(bench):
    dies_and_replays(bench, "chain-minidebug", "leaf", "mid", "outer", "main")


@case
def c_inlined(bench):
    dies_and_replays(bench, "inlined", "encode", "reply", "serve", "main")


@case
def c_i386(bench):
    dies_and_replays(bench, "chain-i386", "leaf", "mid", "outer", "main")


@case
def c_thread(bench):
    dies_and_replays(bench, "thread", "step", "work")


@case
def c_handler(bench):
    dies_and_replays(bench, "handler", "on_signal", "<signal handler called>")


@case
def in_a_chroot(bench):
    """Its paths begin at the root of the mount namespace, also when it is dead and in a replay."""
    jail = bench.work / "jail"
    jail.mkdir()
    shutil.copy(built(bench, "chain-static"), jail / "server")
    trace = run(bench, "chroot", jail, "/server")
    expect(trace.only, process__exe=str(jail / "server"))
    expect_stack(trace.only, "write", "leaf", "mid", "outer", "main")
    expect_same_again(bench, trace)


@case
def gone_before_the_replay(bench):
    """The reason is that the file is gone, not that its code has no unwind information."""
    path = bench.work / "server"
    for is_deleted_first in (False, True):
        shutil.copy(built(bench, "chain"), path)
        read, write = os.pipe()
        os.close(read)
        program = bench.spawn(path, stdin=subprocess.PIPE, stdout=write)
        os.close(write)
        if is_deleted_first:
            path.unlink()
        with bench.watching("-p", program.pid) as trace:
            program.stdin.write(b"1")
            program.stdin.flush()
            until(lambda program=program: program.poll() is not None, "the program's death")
        if not is_deleted_first:
            path.unlink()
        (again,) = replayed(bench, trace)
        reason = "file_deleted" if is_deleted_first else "file_unreachable"
        expect(again, stack__complete=False, stack__reason=reason)
        (outer,) = callers_of_write(again)
        module = str(path) + (" (deleted)" if is_deleted_first else "")
        check(outer["module"] == module and outer["symbol"] is None, f"of the file: {outer}")


@case
def replaced_before_the_replay(bench):
    """Another program has replaced the file: sigpath reports this and takes no name from it."""
    path = bench.work / "server"
    shutil.copy(built(bench, "chain"), path)
    trace = run(bench, path)
    expect_stack(trace.only, "write", "leaf", "mid", "outer", "main")
    expect_same_again(bench, trace)
    path.unlink()
    shutil.copy(built(bench, "deep"), path)
    (again,) = replayed(bench, trace)
    expect(again, stack__complete=False, stack__reason="file_changed")
    expect(again, stack__reason_text="the file of this code was replaced or changed")
    (outer,) = callers_of_write(again)
    check(outer["module"] == str(path) and outer["module_changed"], f"of the replaced: {outer}")
    known = [outer[key] for key in ("symbol", "build_id", "file", "line")]
    check(known == [None] * 4, f"names of another file: {outer}")


@case
def rewritten_before_the_replay(bench):
    """The same inode with different content."""
    path = bench.work / "server"
    shutil.copy(built(bench, "chain"), path)
    trace = run(bench, path)
    with open(path, "wb") as file:
        file.write(built(bench, "deep").read_bytes())
    (again,) = replayed(bench, trace)
    frame = callers_of_write(again)[0]
    check(frame["module_changed"] and frame["symbol"] is None, f"names of other bytes: {frame}")


# C++


CXX = ("write", "server::Connection<int>::~Connection", "server::handle<int>", "main")
CXX_CATCH = ("write", "server::Connection<long>::reply", "server::answer<long>", "main")


@case
def cxx_exception(bench):
    trace = run(bench, built(bench, "exceptions"))
    expect_stack(trace.only, *CXX)
    expect_frames(trace.only, *CXX, LIBC_START, "_start")
    expect_line(trace.only, "server::handle<int>", "exceptions.cpp", "}")
    expect_same_again(bench, trace)


@case
def cxx_catch(bench):
    trace = run(bench, built(bench, "exceptions"), "catch")
    expect_stack(trace.only, *CXX_CATCH)
    expect_line(trace.only, "server::answer<long>", "exceptions.cpp", "reply()")
    expect_same_again(bench, trace)


@case
def cxx_survivor(bench):
    trace = run(bench, *ignoring(built(bench, "exceptions")), lives=True)
    expect_stack(trace.only, *CXX, outcome="ignored")


# Rust: std ignores SIGPIPE


RUST = (
    r"write",
    r".*std::io::Write::write_all",
    r"<chain::Connection<.*> as chain::Reply>::reply",
    r"chain::main::\{.*closure.*\}",
    r"chain::serve",
    r"chain::main",
    r".*lang_start.*",
    r"main",
    r"_start",
)


@case
def rust(bench):
    trace = run(bench, built(bench, "chain-rust"), lives=True)
    expect(trace.only, outcome="ignored", stack__method="dwarf", stack__complete=True)
    expect_frames(trace.only, *RUST)
    expect_line(trace.only, "chain::serve", "chain.rs", "action()")


@case
def rust_default(bench):
    trace = run(bench, built(bench, "chain-rust"), "default")
    expect(trace.only, outcome="killed", stack__method="dwarf", stack__complete=True)
    expect_frames(trace.only, *RUST)
    expect_same_again(bench, trace)


# Go: its runtime handles SIGPIPE


GO = (
    r".*[sS]yscall6",
    r"syscall\.write",
    r"main\.\(\*connection\)\.reply",
    r"main\.serve",
    r"runtime\.goexit.*",
)


def go_survivor(bench, name, method):
    incident = run(bench, built(bench, name), lives=True).only
    expect(incident, outcome="handled", stack__method=method, stack__complete=True)
    expect(incident, signal__handler_symbol=re.compile(r"^runtime\.(cgoS|s)igtramp"))
    expect_frames(incident, *GO)
    expect_line(incident, "main.serve", "chain.go", "c.reply()")


@case
def go(bench):
    go_survivor(bench, "chain-go", "dwarf")


@case
def go_stripped(bench):
    """Names and lines come from Go's own tables, frames from the frame pointer."""
    go_survivor(bench, "chain-go-stripped", "frame_pointer")


@case
def go_pie(bench):
    go_survivor(bench, "chain-go-pie", "frame_pointer")


@case
def go_dies(bench):
    """The runtime handles the signal. The fd was standard output, so the thread sends itself the
    signal again until it kills. All that is one incident."""
    write = run(bench, built(bench, "chain-go"), "os.File").only
    expect(write, outcome="killed", signal__disposition="handler", stack__complete=True)
    expect(write, signal__origin="kernel", end__signal="SIGPIPE")
    expect_frames(write, *GO[:2], r"os\.\(\*File\)\.Write", *GO[2:])


@case
def go_cgo(bench):
    incident = run(bench, built(bench, "chain-cgo"), lives=True).only
    expect(incident, outcome="handled", stack__method="dwarf", stack__complete=False)
    expect(incident, stack__reason_text="the stack continues in memory that was not captured")
    expect_adjacent(incident, "write", "leaf", "outer", r"runtime\.asmcgocall.*")
    expect_line(incident, "outer", "cgo.go", "leaf(fd)")


# Python


PYTHON = (
    "write",
    ".*_Py_write.*",
    ".*_PyEval_EvalFrame.*",
    "Py_(Bytes)?Main",
    LIBC_START,
    "_start",
)


@case
def python(bench):
    trace = run(bench, "/usr/bin/python3", bench.source / "stack" / "chain.py", lives=True)
    expect(trace.only, outcome="ignored", stack__method="dwarf", stack__complete=True)
    expect_frames(trace.only, *PYTHON)


@case
def python_default(bench):
    trace = run(bench, "/usr/bin/python3", bench.source / "stack" / "chain.py", "default")
    expect(trace.only, outcome="killed", stack__method="dwarf", stack__complete=True)
    expect_frames(trace.only, *PYTHON)
    expect_same_again(bench, trace)


# Code that is generated at run time


@case
def jit(bench):
    trace = run(bench, built(bench, "jit"))
    expect(trace.only, stack__complete=True, stack__method="mixed")
    expect_adjacent(trace.only, "write", "leaf", r"\?", "main")
    expect_same_again(bench, trace)


JIT = ("write", "leaf", "made::at_run_time", "main")


@case
def jit_with_a_map(bench):
    incident = run(bench, built(bench, "jit"), "map").only
    os.unlink(f"/tmp/perf-{get(incident, 'process.pid')}.map")
    expect_stack(incident, *JIT, method="mixed")


@case
def jit_with_a_map_survivor(bench):
    incident = run(bench, *ignoring(built(bench, "jit"), "map"), lives=True).only
    os.unlink(f"/tmp/perf-{get(incident, 'process.pid')}.map")
    expect_stack(incident, *JIT, method="mixed", outcome="ignored")


# The frames of an incident in a TLS server


TLS = ("write", "BIO_write", "SSL_write", "send_reply", "main", LIBC_START, "_start")


@case
def tls(bench):
    trace = run(bench, built(bench, "tls"))
    expect(trace.only, outcome="killed", stack__method="dwarf", stack__complete=True)
    expect_frames(trace.only, *TLS)
    modules = [os.path.basename(frame["module"]) for frame in get(trace.only, "stack.user")]
    order = [name for at, name in enumerate(modules) if at == 0 or modules[at - 1] != name]
    patterns = (r"libc\.", r"libcrypto\.", r"libssl\.", "tls$", r"libc\.", "tls$")
    good = len(order) == len(patterns) and all(map(re.match, patterns, order))
    check(good, f"the modules in order: {order}")
    expect_line(trace.only, "send_reply", "tls.c", "SSL_write")
    expect_same_again(bench, trace)


@case
def tls_survivor(bench):
    trace = run(bench, *ignoring(built(bench, "tls")), lives=True)
    expect(trace.only, outcome="ignored", stack__method="dwarf", stack__complete=True)
    expect_frames(trace.only, *TLS)


if __name__ == "__main__":
    main()
