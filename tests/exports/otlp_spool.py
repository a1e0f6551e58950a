#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The spool of --to otlp: it outlives runs that end and runs that are killed, and files in it that others
made, or that are not whole, do no harm."""

import zlib

from otlp_receiver import *  # pylint: disable=wildcard-import,unused-wildcard-import
from harness import case, main



def files(spool):
    return sorted(spool.glob("*.otlp"))


def items(spool):
    return sum(struct.unpack_from("=I", path.read_bytes(), 8)[0] for path in files(spool))


def fill(bench, spool, count):
    """A run whose COUNT incidents stay in the spool."""
    url = f"otlp:http://127.0.0.1:{free_port()}"
    replay = Replay(bench, "--to", url, "--spool", spool, count=count)
    check(replay.end() == 0, replay.stderr())
    return replay


def deliver(bench, spool, *script, count=0):
    """A run that delivers what is in the spool. It has COUNT items of its own."""
    with Receiver(*script) as receiver:
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", "--spool", spool, count=count)
        until(lambda: not files(spool) or replay.process.poll() is not None, "an empty spool", 20)
        check(replay.end() == 0, replay.stderr())
        return receiver, replay


@case
def items_wait_for_the_next_run(bench):
    spool = bench.work / "spool"
    replay = fill(bench, spool, 500)
    check("500 items are in the spool for the next run" in replay.stderr(), replay.stderr())
    check(spool.stat().st_mode & 0o777 == 0o700, oct(spool.stat().st_mode))
    for path in files(spool):
        check(path.stat().st_mode & 0o777 == 0o600, oct(path.stat().st_mode))
    receiver, _ = deliver(bench, spool)
    wants_all(receiver, 500)
    check(not files(spool), "delivered, and still there")


@case
def nothing_stays_when_all_is_delivered(bench):
    spool = bench.work / "spool"
    receiver, replay = deliver(bench, spool, count=100)
    wants_all(receiver, 100)
    check(not files(spool) and "in the spool" not in replay.stderr(), replay.stderr())


@case
def run_that_is_killed(bench):
    spool = bench.work / "spool"
    with Receiver("hang") as receiver:
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", "--spool", spool, count=20)
        until(lambda: receiver.attempts, "the request")
        replay.more(20)
        until(lambda: items(spool) == 40, "all items in the spool")
        replay.process.kill()
        replay.process.wait()
    # At once: the process that sends may still hold the lock.
    receiver, _ = deliver(bench, spool)
    wants_all(receiver, 40)


@case
def order_stays(bench):
    spool = bench.work / "spool"
    port = free_port()
    replay = Replay(bench, "--to", f"otlp:http://127.0.0.1:{port}", "--spool", spool)
    for number in range(3):
        replay.more(1)
        until(lambda: len(files(spool)) == number + 1, "a request")  # pylint: disable=cell-var-from-loop
    with Receiver((503, {"Retry-After": "1"}, {}), port=port) as receiver:
        until(lambda: not files(spool), "an empty spool")
        check(replay.end() == 0, replay.stderr())
        wants_all(receiver, 3)
        check(ids_of(receiver.accepted) == sorted(ids_of(receiver.accepted)), "another order")


@case
def what_is_refused_is_removed(bench):
    spool = bench.work / "spool"
    fill(bench, spool, 3)
    with Receiver((400, {}, {})) as receiver:
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", "--spool", spool)
        until(lambda: not files(spool), "an empty spool")
        replay.more(2)
        check(replay.end() == 0, replay.stderr())
        check(len(receiver.accepted) == 1 and len(receiver.accepted[0].records) == 2, "not delivered")
    check("3 items were refused for good: HTTP status 400" in replay.stderr(), replay.stderr())


def request(body, items=1, **changes):
    fields = {"magic": b"SPOTLP1\0", "items": items, "size": len(body), "checksum": zlib.crc32(body), "zero": 0}
    return struct.pack("=8sIIII", *{**fields, **changes}.values()) + body


@case
def hostile_files(bench):
    """Each is refused with a message, and what is good is delivered."""
    spool = bench.work / "spool"
    fill(bench, spool, 5)
    good = files(spool)[0].read_bytes()
    body = good[24:]
    victim = bench.work / "victim"
    victim.write_bytes(good)
    bad = [
        ("it does not begin as a request does", b""),
        ("it does not begin as a request does", b"x" * 1000),
        ("it does not begin as a request does", request(body, zero=1)),
        ("it is not whole", good[:-1]),
        ("it is not whole", good + b"x"),
        ("it is not whole", request(body, size=0xFFFFFFFF)),
        ("it is not whole", request(body, items=0)),
        ("it is not whole", request(body, items=0xFFFFFFFF)),
        ("its checksum is wrong", request(body, checksum=1)),
        ("its checksum is wrong", good[:-2] + b"zz"),
        ("it is a symbolic link", "link"),
        ("it is not a regular file", "fifo"),
        ("it is not a regular file", "directory"),
        ("others could have written it", "theirs"),
        ("others could have written it", "mode"),
        ("others could have written it", "hard link"),
    ]
    for number, (_, what) in enumerate(bad, 1000):
        path = spool / f"{number:020}.otlp"
        if isinstance(what, bytes):
            path.write_bytes(what)
        elif what == "link":
            path.symlink_to(victim)
        elif what == "fifo":
            os.mkfifo(path, 0o600)
        elif what == "directory":
            path.mkdir()
        elif what == "hard link":
            os.link(victim, path)
        else:
            path.write_bytes(good)
            if what == "theirs":
                os.chown(path, 65534, 65534)
            else:
                path.chmod(0o666)
    # Names that are none of ours, or beyond all numbers.
    (spool / "99999999999999999999.otlp").write_bytes(good)
    (spool / "1.otlp").write_bytes(good)
    (spool / f"{5:020}.otlp.x").write_bytes(good)
    with Receiver() as receiver:
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", "--spool", spool)
        until(lambda: receiver.accepted, "what is good", 10)
        until(lambda: replay.stderr().count("is refused: ") >= len(bad), "the messages", 10)
        replay.more(1)
        check(replay.end() == 0, replay.stderr())
        # One of five, and the one of this run.
        check(len(ids_of(receiver.attempts)) == 6, f"{len(ids_of(receiver.attempts))} records")
    for number, (words, _) in enumerate(bad, 1000):
        line = f"{number:020}.otlp is refused: {words}"
        check(replay.stderr().count(line) == 1, f"no line {line!r}: {replay.stderr()}")
    check(victim.read_bytes() == good, "the file behind a link was changed")


@case
def directory_of_others(bench):
    url = f"otlp:http://127.0.0.1:{free_port()}"
    theirs, writable, link = (bench.work / name for name in ("theirs", "writable", "link"))
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    writable.mkdir()
    writable.chmod(0o777)
    link.symlink_to(theirs)
    (bench.work / "file").write_text("")
    wanted = {
        theirs: "it must belong to root or to the user of sigpath",
        writable: "nobody else may write to it",
        link: "Not a directory",
        bench.work / "file": "Not a directory",
        bench.work / "none" / "spool": "No such file or directory",
    }
    for path, words in wanted.items():
        replay = Replay(bench, "--to", url, "--spool", path)
        check(replay.end() == 1 and words in replay.stderr(), f"{path}: {replay.stderr()}")


@case
def two_runs_with_one_spool(bench):
    spool = bench.work / "spool"
    url = f"otlp:http://127.0.0.1:{free_port()}"
    first = Replay(bench, "--to", url, "--spool", spool)
    until((spool / "lock").exists, "the first run")
    second = Replay(bench, "--to", url, "--spool", spool)
    check(second.end() == 1 and "another sigpath uses it" in second.stderr(), second.stderr())
    check(first.end() == 0, first.stderr())


@case
def disk_that_is_full(bench):
    """What finds no space on disk stays in memory and arrives."""
    disk = bench.work / "disk"
    disk.mkdir()
    bench.run("mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "tmpfs", disk)
    try:
        port = free_port()
        replay = Replay(bench, "--to", f"otlp:http://127.0.0.1:{port}", "--spool", disk / "spool", count=100)
        until(lambda: FAILS in replay.stderr(), "the message")
        with Receiver(port=port) as receiver:
            check(replay.end() == 0, replay.stderr())
            wants_all(receiver, 100)
        check("No space left on device" in replay.stderr(), replay.stderr())
    finally:
        bench.run("umount", disk)


@case
def disk_that_becomes_full(bench):
    """While a request of the spool is under way."""
    disk = bench.work / "disk"
    disk.mkdir()
    bench.run("mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "tmpfs", disk)
    try:
        with Receiver("slow") as receiver:
            replay = Replay(bench, "--to", f"otlp:{receiver.url}", "--spool", disk / "spool", count=3)
            until(lambda: receiver.attempts, "the first request")  # answered after a second
            replay.more(100)
            check(replay.end() == 0, replay.stderr())
            wants_all(receiver, 103)
        check("No space left on device" in replay.stderr(), replay.stderr())
    finally:
        bench.run("umount", disk)


@case
def options_that_do_not_fit(bench):
    for options, words in (
        (("--spool", "x"), "option --spool needs --to otlp"),
        (("--spool", "x", "--to", "otlp", "--to", "otlp:http://h"), "with one --to otlp only"),
    ):
        done = subprocess.run([bench.sigpath, *options], capture_output=True, text=True, check=False)
        check(done.returncode and words in done.stderr, done.stderr)


if __name__ == "__main__":
    main()
