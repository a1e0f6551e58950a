#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of hostile programs: a file system that hangs, debug information that is a bomb or a link."""

import ctypes
import zlib

from abuse import *  # pylint: disable=wildcard-import,unused-wildcard-import

VICTIM = 65533
ADDRESS_SIZE = 1 << 30
PATH = pathlib.Path(__file__).resolve().parent


def die(user, program="yes"):
    """PROGRAM, as USER, dies of SIGPIPE. Returns its PID and when that was."""
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [str(program)], stdout=writer, user=user, group=user, extra_groups=[],
        stdin=subprocess.DEVNULL, preexec_fn=default_sigpipe, cwd="/",
    )  # fmt: skip
    os.close(writer)
    os.read(reader, 1)
    os.close(reader)
    check(process.wait() == -signal.SIGPIPE, f"{program} ended with {process.returncode}")
    return process.pid, time.monotonic()


def written(trace):
    """The incidents so far, by PID."""
    lines = trace.output.read_text().splitlines(keepends=True) if trace.output.exists() else []
    records = [json.loads(line) for line in lines if line.endswith("\n")]
    return {get(record, "process.pid"): record for record in records if record["kind"] == "incident"}


def told(trace, pid, since, seconds):
    """The incident of PID, which must come within SECONDS."""
    until(lambda: pid in written(trace), f"the incident of {pid}", seconds + 10)
    took = time.monotonic() - since
    check(took < seconds, f"the incident of {pid} took {took:.1f} s")
    return written(trace)[pid]


def victim(trace, seconds=3):
    """Another user's program dies and is reported in time. (Sanitizers make a new child slow.)"""
    pid, since = die(VICTIM)
    return told(trace, pid, since, seconds)


def has_stack(incident):
    return "write" in symbols(incident)


def check_stack(incident):
    check(has_stack(incident), f"no stack: {get(incident, 'stack.reason')}")


def is_of(bench, incident):
    """Other tests may run at the same time."""
    return str(get(incident, "process.exe")).startswith(str(bench.work))


class HungMount:
    """The programs 1 to COUNT of a FUSE mount, which does not answer any more."""

    def __init__(self, bench, count, *prefix, name="mount"):
        if not os.path.exists("/dev/fuse"):
            skip("no /dev/fuse")
        self.directory = bench.work / name
        self.directory.mkdir()
        self.process = bench.spawn(
            *prefix, sys.executable, PATH / "hung_mount.py", self.directory, shutil.which("yes"), count,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        bench.children.callback(self.end)
        self.server = int(line_of(self.process.stdout, r"^hung (\d+)$")[1])

    def next_dies(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        match = line_of(self.process.stdout, r"^dead (\d+) (-?\d+)$")
        check(int(match[2]) == -signal.SIGPIPE, f"the program ended with {match[2]}")

    def end(self):
        """Those who wait for the file system get an error."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.server, signal.SIGKILL)
        subprocess.run(["umount", "-l", self.directory], stderr=subprocess.DEVNULL, check=False)


def ends_in_time(trace, seconds=2):
    since = time.monotonic()
    trace.process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        trace.process.wait(20)
    took = time.monotonic() - since
    check(took < seconds, f"the end after SIGTERM took {took:.1f} s")


def hung_by_default(bench, *prefix):
    mount = HungMount(bench, 3, *prefix)
    with bench.watching() as trace:
        check_stack(victim(trace, 20))
        for _ in range(3):
            mount.next_dies()
            check_stack(victim(trace))
        ends_in_time(trace)
    remote = [incident for incident in trace.incidents if is_of(bench, incident)]
    check(len(remote) == 3, f"{len(remote)} incidents of the mount")
    for incident in remote:
        expect(incident, stack__reason="file_remote", process__runtime=None)
        check(has_stack(incident), f"no name of libc in {symbols(incident)}")
        expect(incident["missing"]["process.runtime"], code="file_remote")


@case
def a_hung_file_system(bench):
    """Its files are not touched. Nobody else waits, and the run ends at once."""
    hung_by_default(bench)


@case
def a_hung_file_system_in_a_user_namespace(bench):
    need("unshare")
    hung_by_default(bench, "unshare", "-rm", "--propagation", "private")


@case
def hung_file_systems_that_are_allowed(bench):
    """Each of them costs one child. With four that wait, stacks are left out."""
    mounts = [HungMount(bench, 2 if number else 3, name=f"mount{number}") for number in range(4)]
    with bench.watching("--remote-files") as trace:
        for mount in mounts[:3]:
            mount.next_dies()
            check_stack(victim(trace, 8))
        mounts[0].next_dies()
        check_stack(victim(trace, 8))
        mounts[3].next_dies()
        expect(victim(trace, 8), stack__reason="readers_stuck")
        mounts[0].next_dies()
        expect(victim(trace, 8), stack__reason="readers_stuck")
        for mount in mounts:
            mount.end()
        until(lambda: has_stack(victim(trace, 8)), "stacks after the file systems have ended", 20)
        ends_in_time(trace)
    incidents = [incident for incident in trace.incidents if is_of(bench, incident)]
    reasons = [get(incident, "stack.reason") for incident in incidents]
    check(reasons == ["file_system_hangs"] * 5 + ["readers_stuck"], f"the reasons are {reasons}")


@case
def the_end_of_a_run_that_hangs(bench):
    mount = HungMount(bench, 2)
    for signal_or_time in ("signal", "time"):
        options = ["-d", "2"] if signal_or_time == "time" else []
        since = time.monotonic()
        with bench.watching("--remote-files", *options) as trace:
            mount.next_dies()
            if signal_or_time == "signal":
                ends_in_time(trace)
            else:
                trace.process.wait(20)
        took = time.monotonic() - since
        check(signal_or_time == "signal" or took < 6, f"the end of -d 2 took {took:.1f} s")
        count = sum(is_of(bench, incident) for incident in trace.incidents)
        check(count == 1, f"{count} incidents of the mount")


def build(bench, *options):
    """A program that writes until it dies."""
    source = bench.work / "source.c"
    source.write_text('#include <unistd.h>\nint main(void) { for (;;) write(1, "y", 1); }\n')
    program = bench.work / "program"
    bench.run("cc", "-O1", *options, "-o", program, source)
    return program


@case
def a_debug_file_that_is_a_link_to_kmsg(bench):
    """Reading /proc/kmsg consumes the messages of the kernel."""
    need("cc", "objcopy")
    libc = ctypes.CDLL(None)
    unread = 9  # SYSLOG_ACTION_SIZE_UNREAD
    program = build(bench, "-Wl,--build-id=none")
    debug = bench.work / "program.debug"
    debug.write_bytes(b"x" * 1000)
    bench.run("objcopy", "--add-gnu-debuglink", debug, program)
    debug.unlink()
    debug.symlink_to("/proc/kmsg")
    try:
        with open("/dev/kmsg", "w", encoding="ascii") as log:
            log.write("sigpath: a message that must stay unread\n")
    except OSError:
        skip("no right to write to /dev/kmsg")
    before = libc.klogctl(unread, None, 0)
    if before <= 0:
        skip("the kernel tells nothing of its messages")
    with bench.watching() as trace:
        pid, since = die(NOBODY, program)
        incident = told(trace, pid, since, 3)
    check_stack(incident)
    after = libc.klogctl(unread, None, 0)
    check(after >= before, f"{before - after} bytes of /proc/kmsg were consumed")


def add_bomb(program):
    """Eight sections of debug information, each 1 MB that claims and unpacks to 1 GiB of zeros."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 24)) for _ in range(ADDRESS_SIZE >> 24))
    section = b"\1\0\0\0\0\0\0\0" + ADDRESS_SIZE.to_bytes(8, "little") + b"\1\0\0\0\0\0\0\0"
    section += packed + packer.flush()
    names = ("info", "abbrev", "line", "str", "loc", "ranges", "aranges", "frame")
    content = program.with_name("section")
    content.write_bytes(section)
    words = ["objcopy"]
    for name in names:
        words += ["--add-section", f".debug_{name}={content}"]
    subprocess.run([*words, program], check=True)
    image = bytearray(program.read_bytes())
    table = int.from_bytes(image[40:48], "little")
    for at in range(table, len(image), 64):
        if int.from_bytes(image[at + 32 : at + 40], "little") == len(section):
            image[at + 8 + 1] |= 8  # SHF_COMPRESSED
    program.write_bytes(image)


def cpu_seconds(tracer):
    """CPU time of the processes that the tracer has started to read files, ended ones included."""
    ticks = 0
    spawners = set()
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == tracer:
                spawners.add(int(stat.parent.name))
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) in spawners:
                ticks += int(fields[11]) + int(fields[12])
            elif int(stat.parent.name) in spawners:
                ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


@case
def a_decompression_bomb(bench):
    """30 deaths neither cost much nor make another user wait."""
    need("cc", "objcopy")
    program = build(bench)
    add_bomb(program)
    with bench.watching("--burst", "0") as trace:
        check_stack(victim(trace, 20))
        warm = cpu_seconds(trace.process.pid)
        for _ in range(30):
            last, _ = die(NOBODY, program)
        check_stack(victim(trace))
        until(lambda: last in written(trace), "the last death", 30)
        spent = cpu_seconds(trace.process.pid) - warm
    check(spent < 3, f"the child used {spent:.1f} s of CPU time")
    incidents = [incident for incident in trace.incidents if incident["process"]["uid"] == NOBODY]
    check(len(incidents) == 30, f"{len(incidents)} of 30 deaths were reported")
    for incident in incidents:
        expect(incident, stack__reason="debug_too_large")
        check(has_stack(incident) and "main" in symbols(incident), f"only {symbols(incident)}")


main()
