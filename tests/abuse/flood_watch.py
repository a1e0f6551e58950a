# SPDX-License-Identifier: GPL-2.0-or-later
"""A sigpath of root that is flooded: what it wrote, when, and whether every failed write is in it.

Only processes with the name COMM count, so that others on this host, those of another test too, do not disturb the
counts. So all programs of a flood are copies with this name, each in a directory of its own."""

import calendar
import collections
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import time

from abuse import NOBODY, check, default_sigpipe, expect_frames, get, line_of, skip, until

COMM = f"flood-{os.getpid()}"
VICTIM = 1  # the uid of another user
SUBORDINATE = 100000  # first of the uids that root gives to a user namespace
UIDS = 65536
# What sigpath says and counts if the table of groups is full.
FULL_WARNING = re.compile(r"^sigpath: .*\bgroups\b", re.MULTILINE)
FULL_COUNT = "ungrouped"
# The name of what a repeat counts, and the type of each part.
NAME = {"comm": str, "exe_inode": int, "uid": int, "unit": (str, type(None))}
KEPT_LINES = 300  # for the check of the schema


def seconds_of(text):
    """Of a time in a line, as time.time() gives it."""
    whole, fraction = text.rstrip("Z").split(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float(f"0.{fraction}")


class Watch:
    """One run of sigpath in a `with` block. After it: counts and lines."""

    def __init__(self, bench, *options):
        self.bench = bench
        self.log = bench.work / "log.jsonl"
        self.errors = bench.work / "trace.err"
        self.options = options
        self.totals = {"incident": 0, "repeat": 0, "lost": 0}
        self.repeats = []
        self.summary = None
        self.whole = collections.Counter()  # incidents by uid
        self.victims = []  # the incidents, with the time when their line was there as "seen"
        self.bytes = 0
        self._seen = []  # (time, line) of each line about a victim
        self._ended = threading.Event()
        self._reader = threading.Thread(target=self._follow)

    def __enter__(self):
        words = [self.bench.sigpath, "--comm", COMM, "--format", "json", "--truncate", "-o", self.log]
        with open(self.errors, "wb") as stderr:
            self.process = self.bench.spawn(*words, *self.options, stderr=stderr)
        until(
            lambda: "sigpath: ready" in self.stderr() or self.process.poll() is not None,
            "sigpath to get ready",
        )
        check(self.process.poll() is None, f"sigpath ended: {self.stderr()}")
        self._reader.start()
        return self

    def __exit__(self, kind, value, trace):
        if not kind:
            time.sleep(0.5)  # the last incidents wait for the end of their process
            self.process.send_signal(signal.SIGINT)
        else:
            self.process.kill()
        try:
            status = self.process.wait(60)
        finally:
            self._ended.set()
            self._reader.join()
        if not kind:
            check(status == 0, f"sigpath ended with {status}: {self.stderr()}")
            self._load()

    def stderr(self):
        return self.errors.read_text(errors="replace")

    def _follow(self):
        """Notes when the line of a victim's incident is in the file."""
        rest = b""
        with open(self.log, "rb") as log:
            while True:
                ended = self._ended.is_set()
                chunk = log.read(1 << 20)
                if not chunk:
                    if ended:
                        return
                    time.sleep(0.01)
                    continue
                now = time.time()
                self.bytes += len(chunk)
                *lines, rest = (rest + chunk).split(b"\n")
                self._seen += [(now, line) for line in lines if b'/victim/' in line]

    def _load(self):
        kept = []
        with open(self.log, encoding="utf-8") as log:
            for line in log:
                if '"kind":"incident"' in line:
                    self.totals["incident"] += 1
                    self.whole[int(re.search(r'"uid":(\d+)', line)[1])] += 1
                    if len(kept) < KEPT_LINES:
                        kept.append(line)
                    continue
                kept.append(line)
                record = json.loads(line)
                if record["kind"] == "repeat":
                    self.repeats.append(record)
                if record["kind"] in self.totals:
                    self.totals[record["kind"]] += record["count"]
                if record["kind"] == "summary":
                    self.summary = record
        for seen, line in self._seen:
            record = json.loads(line)
            if record["kind"] == "incident" and "/victim/" in (get(record, "process.exe") or ""):
                self.victims.append({**record, "seen": seen})
        if self.bench.keep:
            self.bench.keep.mkdir(parents=True, exist_ok=True)
            name = f"flood-{self.bench.name}.jsonl"
            (self.bench.keep / name).write_text("".join(kept[:KEPT_LINES] + kept[-1:]))

    def wait_for_victims(self, count, seconds=5):
        """At the end of a run sigpath leaves out stacks that are late. It need not come to that."""
        end = time.monotonic() + seconds
        while len(self._seen) < count and time.monotonic() < end:
            time.sleep(0.02)

    # --- what must be true ---

    def expect_exact(self, failed):
        """Each failed write is in exactly one count."""
        total = sum(self.totals.values())
        check(total == failed, f"{total} accounted for of {failed}: {self.totals}")
        for field in ("unseen", "malformed", "dropped", "unwritten"):
            check(self.summary[field] == 0, f"{field} is {self.summary[field]}")

    def expect_victims(self, count, seconds=1.0):
        """COUNT victims are there whole, with their stack, each within SECONDS."""
        check(
            len(self.victims) == count,
            f"{len(self.victims)} victims of {count} are whole; all that happened: {self.totals}",
        )
        for victim in self.victims:
            expect_frames(victim, "victim_write", "victim_answer", "victim_serve", "main")
        late = max(victim["seen"] - seconds_of(victim["time"]) for victim in self.victims)
        check(late <= seconds, f"the line of a victim came after {late:.2f} s")
        return late

    def expect_names(self):
        """No death is counted without a name."""
        for repeat in self.repeats:
            if repeat["outcome"] != "killed":
                continue
            process = repeat.get("process") or {}
            for field, kind in NAME.items():
                check(
                    field in process and isinstance(process[field], kind),
                    f"a repeat of {repeat['count']} deaths has no {field}: {repeat}",
                )

    def expect_warning(self):
        """A full table is said once, and counted in the summary."""
        said = FULL_WARNING.findall(self.stderr())
        check(len(said) == 1, f"{len(said)} warnings about a full table: {self.stderr()}")
        check(self.summary.get(FULL_COUNT), f"the summary has {FULL_COUNT}={self.summary.get(FULL_COUNT)}")


# --- who attacks, and who is attacked ---


def copy(bench, program, directory):
    """A copy of a program, by root, named COMM. DIRECTORY is below that of the case."""
    path = bench.work / directory / COMM
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, path)
    path.chmod(0o755)
    return path


def built(bench, name):
    return bench.build / "tests" / "abuse" / f"abuse-{name}"


def as_user(uid):
    return {"user": uid, "group": uid, "extra_groups": []} if uid else {}


def cgroup2():
    """The directory of cgroup2, or None."""
    for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
        fields = line.split()
        if fields[2] == "cgroup2" and os.access(f"{fields[1]}/cgroup.procs", os.W_OK):
            return pathlib.Path(fields[1])
    return None


@contextlib.contextmanager
def cgroup():
    """A new cgroup; its processes must have ended at the end of the block."""
    root = cgroup2()
    if not root:
        skip("no cgroup2 to write to")
    group = root / COMM
    group.mkdir()
    try:
        yield group
    finally:
        until(lambda: not (group / "cgroup.procs").read_text(), "an empty cgroup")
        group.rmdir()


def attacker(bench, *arguments, users=0, uid=NOBODY, container=None):
    """Starts an attack. With USERS, as that many subordinate uids of UID. CONTAINER is a cgroup: as root of a container
    that root has made."""
    path = bench.work / "attacker" / COMM
    if not path.exists():
        copy(bench, built(bench, "attacker"), "attacker")
    words = [path, *(("-u", users) if users else ()), *arguments]
    options = as_user(uid)
    if container:
        words = ["unshare", "--pid", "--fork", "--kill-child", *words]
        options = {"preexec_fn": lambda: (container / "cgroup.procs").write_text(str(os.getpid()))}
    process = bench.spawn(*words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
    if users:
        pid = line_of(process.stdout, r"^namespace (\d+)$")[1]
        for kind in ("uid_map", "gid_map"):
            # What newuidmap writes if /etc/subuid gives the user this range.
            pathlib.Path(f"/proc/{pid}/{kind}").write_text(f"0 {SUBORDINATE} {UIDS}\n")
        process.stdin.write(b"\n")
        process.stdin.flush()
    return process


def failed_writes(process, seconds=60):
    """Waits until the attack is over, and returns how many writes failed."""
    return int(line_of(process.stdout, r'^\{"failed": (\d+)\}$', seconds)[1])


def run_once(program, uid=0):
    """PROGRAM dies of SIGPIPE, as UID."""
    read, write = os.pipe()
    os.close(read)
    with subprocess.Popen(
        [program], stdout=write, stdin=subprocess.DEVNULL, preexec_fn=default_sigpipe, **as_user(uid)
    ) as process:
        os.close(write)
        status = process.wait()
    check(status == -signal.SIGPIPE, f"{program} ended with {status}")


def run_each(program, count, every_seconds, uids):
    """COUNT deaths of PROGRAM, one each EVERY_SECONDS, as each of UIDS in turn."""
    begin = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, begin + number * every_seconds - time.monotonic()))
        run_once(program, uids[number % len(uids)])
