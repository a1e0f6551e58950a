#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does sigpath report the right notes, runtime and advice? For each note a real program shows the
behaviour that the note describes."""

import os
import pathlib
import re
import socket
import subprocess

from harness import (
    START_THREAD,
    case,
    check,
    codes,
    expect,
    expect_code,
    expect_frames,
    main,
    need,
    skip,
    symbols,
    until,
)
from programs import built, compiler, go_environment

PYTHON = "/usr/bin/python3"
GO_HANDLER = re.compile(r"^the handler runtime\.(cgoS|s)igtramp\S*, the Go runtime's, runs; ")


def broken_pipe():
    read, write = os.pipe()
    os.close(read)
    return write


def broken_socket():
    """A TCP socket whose peer has closed and has answered the first write by a reset."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    server.close()
    client.sendall(b"into the void")
    until(lambda: client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), "the reset")
    return client.detach()


def run(bench, *command, comm="trap-writer", output=broken_pipe, incidents=1, options=()):
    """Runs COMMAND with a broken standard output. A process named COMM writes to it after it has
    read a line. The input ends after the report, so a survivor exists until then. Its parent, the
    shell, also exists until then and does not change SIGPIPE."""
    descriptor = output()
    with bench.watching("--comm", comm, *options) as trace:
        process = bench.spawn(
            *("sh", "-c", '"$@"; read end', "sh", *command),
            stdin=subprocess.PIPE,
            stdout=descriptor,
            stderr=subprocess.DEVNULL,
        )
        os.close(descriptor)
        process.stdin.write(b"\n")
        process.stdin.flush()
        until(
            lambda: trace.output.read_text().count('"kind":"incident"') >= incidents,
            f"{incidents} incidents",
        )
        process.stdin.close()
        process.wait()
    check(len(trace.incidents) == incidents, f"{len(trace.incidents)} incidents, not {incidents}")
    return trace


def expect_trap(incident, *notes, runtime, outcome, advice=None, said=None):
    """Exactly these notes; ADVICE is a code; the disposition's sentence must match SAID."""
    expect(incident, process__runtime=runtime, outcome=outcome)
    seen = codes(incident, "notes")
    check(seen == list(notes), f"the notes are {seen}, not {list(notes)}")
    if said:
        expect(incident, signal__disposition_text=said)
    check(len(incident["advice"]) <= 3, f"too much advice: {incident['advice']}")
    if advice:
        expect_code(incident, "advice", advice)


KILLED = re.compile(r"^default: the process is terminated, no core .* \(a shell shows 141\)$")
IGNORED = re.compile(r"^ignored: the call failed with EPIPE.*, the process continues$")


def writer(bench):
    need("gcc")
    source = bench.source / "apps" / "traps" / "writer.c"
    return built(bench, "trap-writer", [source], "gcc", "-O1", "-g", "-pthread", "-o", "{}", source)


def gopher(bench, name="gopher", *options):
    need("go", "gcc")
    source = bench.source / "apps" / "traps" / f"{name}.go"
    command = (compiler("go"), "build", "-buildvcs=false", *options, "-o", "{}", source)
    return built(bench, f"trap-{name}", [source], *command, env=go_environment(bench))


def crab(bench):
    need("rustc", "gcc")
    source = bench.source / "apps" / "traps" / "crab.rs"
    options = ("--edition", "2021", "-O", "-C", "strip=symbols")
    return built(bench, "trap-crab", [source], compiler("rustc"), *options, "-o", "{}", source)


def python(bench, text):
    """A command that runs TEXT in a Python process with a unique name."""
    path = bench.work / "script.py"
    path.write_text(
        "import os, signal, subprocess, sys\n"
        'with open("/proc/self/comm", "w") as comm:\n    comm.write("trap-python")\n'
        f"{text}\nsys.stdin.read()\n"
    )
    return PYTHON, path


# A program without a note, and the notes for C


@case
def plain(bench):
    incident = run(bench, writer(bench)).only
    expect_trap(incident, runtime="native", outcome="killed", advice="benign_in_pipeline", said=KILLED)


@case
def groups(bench):
    """The same program at the same place is one group in each run, at another place another one."""
    program = writer(bench)
    first, again, other = (
        run(bench, program, *arguments).only for arguments in ((), (), ("stdio",))
    )
    check(first["group"] == again["group"], f"{first['group']} and {again['group']}")
    check(first["group"] != other["group"], f"{first['group']} twice")


@case
def own_handler(bench):
    program = writer(bench)
    said = re.compile(rf"^the handler on_pipe of {re.escape(str(program))} runs; the call failed")
    incident = run(bench, program, "handler", output=broken_socket).only
    expect_trap(incident, runtime="native", outcome="handled", advice="close_connection", said=said)


@case
def handler_raises(bench):
    """The handler restores the default action and raises the signal again: one incident, also with
    --outcome killed and in a replay. The trap of a shell does the same."""
    program = writer(bench)
    said = re.compile(r"^the handler on_pipe_raise of .* runs; .* raised the signal again, default: ")
    for options in ((), ("--outcome", "killed")):
        trace = run(bench, program, "raise", output=broken_socket, options=options)
        expect_trap(
            trace.only,
            "raised_again",
            runtime="native",
            outcome="killed",
            advice="ignore_sigpipe",
            said=said,
        )
        expect(trace.only, end__signal="SIGPIPE", signal__handler_symbol="on_pipe_raise")
        for again in ((), ("--outcome", "killed")):
            told = bench.text(trace, *again)
            check(len(told) == 1, f"{len(told)} incidents in a replay")
            check(re.search(r"  trap-writer\[\d+\] killed by SIGPIPE", told[0]), told[0])
        words = (bench.sigpath, "-r", trace.capture, "--outcome", "handled")
        check(not bench.run(*words), "the replay has it as handled too")


@case
def shell_with_a_trap(bench):
    """bash with a trap on EXIT catches SIGPIPE, runs the trap and kills itself by kill(2)."""
    command = ("bash", "-c", "exec -a trap-bash bash -c 'trap true EXIT; read line; echo trap; true'")
    for options in ((), ("--outcome", "killed")):
        incident = run(bench, *command, comm="bash", options=options).only
        expect_trap(incident, "raised_again", runtime="native", outcome="killed")
        expect(incident, subject="write", syscall__name="write", signal__disposition="handler")


@case
def stdio_on_a_socket(bench):
    incident = run(bench, writer(bench), "stdio", output=broken_socket).only
    expect_trap(
        incident,
        "stdio_write",
        runtime="native",
        outcome="killed",
        advice="ignore_sigpipe_stdio",
        said=KILLED,
    )
    incident = run(bench, writer(bench), "stdio").only
    expect_trap(incident, runtime="native", outcome="killed", advice="benign_in_pipeline")


@case
def openssl(bench):
    program = bench.build / "tests" / "stack" / "tls"
    if not os.access(program, os.X_OK):
        skip("tls was not built: no OpenSSL to build it with")
    incident = run(bench, program, "socket", comm="tls", output=broken_socket).only
    expect_trap(
        incident,
        "tls_write",
        runtime="native",
        outcome="killed",
        advice="ignore_sigpipe_tls",
        said=KILLED,
    )
    expect_frames(incident, "write", "BIO_write", "SSL_write", "send_reply")


@case
def blocked_in_one_thread(bench):
    incident = run(bench, writer(bench), "blocked").only
    expect_trap(
        incident,
        "blocked_in_thread",
        runtime="native",
        outcome="pending",
        advice="take_pending",
        said=re.compile("^blocked: it stays pending on the thread; "),
    )
    text = incident["notes"][0]["text"]
    check("not in 1 of the process's 2" in text, f"the note is {text!r}")


@case
def blocked_elsewhere_too(bench):
    """No other thread would die of the signal: it is ignored, or there is no other thread."""
    for how in ("blocked-ignored", "take"):
        incident = run(bench, writer(bench), how).only
        expect_trap(incident, runtime="native", outcome="pending", advice="take_pending")


@case
def ignored_by_itself(bench):
    """The parent ignores the signal too, but the program asked for it itself: it is a fork of the
    same program, or the parent has only adopted it."""
    incident = run(bench, writer(bench), "child").only
    expect_trap(incident, runtime="native", outcome="ignored", advice="close_pipe")
    incident = run(bench, *adopted(bench, "ignore")).only
    expect_trap(incident, runtime="native", outcome="ignored", advice="close_pipe")
    incident = run(bench, *adopted(bench, "write")).only
    expect_trap(incident, runtime="native", outcome="killed", advice="benign_in_pipeline")


def adopted(bench, how):
    """The writer, started by a shell that ends. A Python process, which ignores SIGPIPE, adopts it."""
    return python(
        bench,
        "import ctypes, time\n"
        "ctypes.CDLL(None).prctl(36, 1)\n"
        f"subprocess.run(['sh', '-c', '\"$0\" {how} <&3 3<&- &', {str(writer(bench))!r}],\n"
        "    pass_fds=[3]) if os.dup2(0, 3) == 3 else None\n"
        "os.wait()",
    )


@case
def inherited_ignore(bench):
    """As under `trap '' PIPE` in a shell."""
    command = ("sh", "-c", 'trap "" PIPE; "$@"; read end', "sh", writer(bench))
    incident = run(bench, *command).only
    expect_trap(
        incident,
        "inherited_ignore",
        runtime="native",
        outcome="ignored",
        advice="close_pipe",
        said=IGNORED,
    )


# Python


@case
def python_ignores(bench):
    text = 'sys.stdin.readline()\ntry:\n    os.write(1, b"trap")\nexcept BrokenPipeError:\n    pass'
    incident = run(bench, *python(bench, text), comm="trap-python").only
    expect_trap(
        incident,
        "python_ignores",
        runtime="python",
        outcome="ignored",
        advice="python_exit",
        said=IGNORED,
    )


@case
def python_default_restored(bench):
    text = (
        "signal.signal(signal.SIGPIPE, signal.SIG_DFL)\n"
        'sys.stdin.readline()\nos.write(1, b"trap")'
    )
    incident = run(bench, *python(bench, text), comm="trap-python").only
    expect_trap(
        incident,
        "default_restored",
        runtime="python",
        outcome="killed",
        advice="python_keep_ignored",
        said=KILLED,
    )


@case
def python_handler(bench):
    text = (
        "signal.signal(signal.SIGPIPE, lambda *arguments: None)\nsys.stdin.readline()\n"
        'try:\n    os.write(1, b"trap")\nexcept BrokenPipeError:\n    pass'
    )
    incident = run(bench, *python(bench, text), comm="trap-python").only
    said = re.compile(r"^the handler .*, Python's, runs; ")
    expect_trap(incident, runtime="python", outcome="handled", said=said)


@case
def python_child(bench):
    """subprocess sets the default action in the child, unless restore_signals is False."""
    program = writer(bench)
    incident = run(bench, *python(bench, f"subprocess.run([{str(program)!r}])")).only
    expect_trap(incident, "child_default", runtime="native", outcome="killed", said=KILLED)
    text = f"subprocess.run([{str(program)!r}], restore_signals=False)"
    incident = run(bench, *python(bench, text)).only
    expect_trap(incident, "inherited_ignore", runtime="native", outcome="ignored", said=IGNORED)


@case
def pypy_ignores(bench):
    need("pypy3")
    text = 'sys.stdin.readline()\ntry:\n    os.write(1, b"trap")\nexcept BrokenPipeError:\n    pass'
    _, script = python(bench, text)
    incident = run(bench, "pypy3", script, comm="trap-python").only
    expect_trap(
        incident,
        "python_ignores",
        runtime="python",
        outcome="ignored",
        advice="python_exit",
        said=IGNORED,
    )


# Ruby


@case
def ruby_handles(bench):
    need("ruby")
    path = bench.work / "script.rb"
    path.write_text(
        '$0 = "trap-ruby"\nFile.write("/proc/self/comm", "trap-ruby")\n'
        "system(*ARGV) unless ARGV.empty?\n"
        'STDIN.gets\nbegin\n  STDOUT.syswrite("trap")\n'
        "rescue Errno::EPIPE\n  STDIN.read\nend\n"
    )
    said = re.compile(r"^the handler \S+( \S+)?, Ruby's, runs; ")
    incident = run(bench, "ruby", path, comm="trap-ruby").only
    expect_trap(
        incident,
        "ruby_handles",
        runtime="ruby",
        outcome="handled",
        advice="ruby_rescue",
        said=said,
    )
    incident = run(bench, "ruby", path, writer(bench)).only
    expect_trap(incident, runtime="native", outcome="killed", said=KILLED)


# Rust


@case
def rust_ignores(bench):
    incident = run(bench, crab(bench), "write", comm="trap-crab").only
    expect_trap(
        incident,
        "rust_ignores",
        runtime="rust",
        outcome="ignored",
        advice="close_pipe",
        said=IGNORED,
    )
    incident = run(bench, crab(bench), "print", comm="trap-crab").only
    expect_trap(
        incident,
        "rust_ignores",
        runtime="rust",
        outcome="ignored",
        advice="rust_writeln",
        said=IGNORED,
    )
    expect(incident, end__state="exited", end__exit_status=101)


@case
def rust_default_restored(bench):
    incident = run(bench, crab(bench), "default", comm="trap-crab").only
    expect_trap(
        incident,
        "default_restored",
        runtime="rust",
        outcome="killed",
        advice="rust_keep_ignored",
        said=KILLED,
    )


@case
def rust_child(bench):
    incident = run(bench, crab(bench), "child", writer(bench)).only
    expect_trap(incident, "child_default", runtime="native", outcome="killed", said=KILLED)


# Go


@case
def go_stdout(bench):
    """Go without C, stripped: the handler runs twice, then the default action kills. Both signals
    that the runtime sends to its own thread are part of the write."""
    program = gopher(bench, "plain", "-ldflags=-s -w")
    write = run(bench, program, comm="trap-plain").only
    expect_trap(
        write,
        "go_stdio",
        runtime="go",
        outcome="killed",
        advice="go_survive_stdout",
        said=GO_HANDLER,
    )
    expect(write, end__state="killed", end__signal="SIGPIPE", signal__disposition="handler")


@case
def go_syscall(bench):
    """The rule belongs to os.File: the same write without os.File only fails."""
    incident = run(bench, gopher(bench), "syscall", comm="trap-gopher").only
    expect_trap(
        incident, runtime="go+cgo", outcome="handled", advice="go_check_write", said=GO_HANDLER
    )
    expect(incident, end__signal=None)


@case
def go_foreign_thread(bench):
    write = run(bench, gopher(bench), "thread", comm="trap-gopher").only
    expect_trap(
        write,
        "go_foreign_thread",
        runtime="go+cgo",
        outcome="killed",
        advice="go_ignore_sigpipe",
        said=GO_HANDLER,
    )
    expect(write, end__state="killed", end__signal="SIGPIPE")
    expect(write, process__tid=lambda tid: tid != write["process"]["pid"])
    expect_frames(write, "write", "write_it", START_THREAD)


@case
def go_calls_c(bench):
    """C code on a thread of Go is safe, so there must be no note."""
    incident = run(bench, gopher(bench), "call", comm="trap-gopher").only
    expect_trap(incident, runtime="go+cgo", outcome="handled", said=GO_HANDLER)
    expect(incident, end__signal=None)
    check("runtime.asmcgocall" in " ".join(symbols(incident)), f"the stack is {symbols(incident)}")


# Node


@case
def node_handler(bench):
    need("node")
    path = bench.work / "handler.js"
    path.write_text(
        "process.title = 'trap-node';\n"
        "process.on('SIGPIPE', () => {});\nprocess.stdout.on('error', () => {});\n"
        "process.stdin.once('data', () => process.stdout.write('trap\\n'));\n"
    )
    incident = run(bench, "node", path, comm="trap-node").only
    said = re.compile(r"^the handler (uv__signal_handler|at 0x\w+), libuv's, runs; ")
    expect_trap(incident, runtime="node", outcome="handled", advice="node_listen", said=said)


# systemd


def cgroup2():
    for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
        _, path, kind, *_ = line.split()
        if kind == "cgroup2" and os.access(path, os.W_OK):
            return pathlib.Path(path)
    return skip("no cgroup2 to make a cgroup in")


def service(bench, ignores):
    """The writer as the main process of a service."""
    cgroup = cgroup2() / f"sigpath-traps-{os.getpid()}.service"
    try:
        cgroup.mkdir()
    except OSError as error:
        skip(f"no cgroup can be made: {error}")
    try:
        starter = bench.source / "apps" / "traps" / "service.py"
        trace = run(bench, PYTHON, starter, cgroup, ignores, writer(bench))
        until(lambda: not (cgroup / "cgroup.procs").read_text(), "the cgroup to be left")
    finally:
        cgroup.rmdir()
    expect(trace.only, process__unit=cgroup.name, process__parent_comm="systemd")
    return trace.only


@case
def systemd_service(bench):
    expect_trap(
        service(bench, "no"),
        "service_inactive",
        "child_default",
        runtime="native",
        outcome="killed",
        advice="restart_service",
        said=KILLED,
    )
    incident = service(bench, "yes")
    expect_trap(incident, "inherited_ignore", runtime="native", outcome="ignored", said=IGNORED)
    text = incident["notes"][0]["text"]
    check("IgnoreSIGPIPE=" in text, f"the note is {text!r}")


@case
def journal(bench):
    """A stream to a socket with the address of journald's socket, in a private /run."""
    need("unshare")
    starter = bench.source / "apps" / "traps" / "journal.py"
    command = ("unshare", "-m", "sh", "-c", 'mount -t tmpfs none /run && exec "$@"', "sh")
    incident = run(bench, *command, PYTHON, starter, writer(bench)).only
    expect_trap(
        incident,
        "journal_restarted",
        runtime="native",
        outcome="killed",
        advice="ignore_sigpipe",
        said=KILLED,
    )
    expect(incident, object__type="unix", syscall__fd=1)


@case
def no_advice(bench):
    trace = run(bench, writer(bench), output=broken_socket, options=("--advice", "none"))
    expect(trace.only, advice=[], cause__code=re.compile("."))
    told = "\n".join(bench.text(trace, "--advice", "none"))
    check("    why " in told and "    do " not in told, f"it said {told}")
    check("    do " in "\n".join(bench.text(trace)), "there was none to leave out")


if __name__ == "__main__":
    main()
