#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Delivery to a receiver of OTLP that is slow, down, overloaded, or wrong: nothing that should arrive is
missing, nothing comes twice unless the protocol allows it, and all is counted."""

import email.utils

from otlp_receiver import *  # pylint: disable=wildcard-import,unused-wildcard-import
from harness import case, main

@case
def a_run_delivers_all(bench):
    with Receiver() as receiver:
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", count=1000)
        check(replay.end() == 0, replay.stderr())
        wants_all(receiver, 1000)
        check(len(receiver.accepted) < 100, f"{len(receiver.accepted)} requests: no batches")
        check(receiver.accepted[0].path == "/v1/logs", receiver.accepted[0].path)
        check(receiver.accepted[0].headers["Content-Type"] == "application/json", "no Content-Type")


@case
def batches_wait_for_more(bench):
    """Items that come within a second are one request."""
    with Receiver() as receiver:
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", count=1)
        for _ in range(5):
            time.sleep(0.05)
            replay.more(1)
        until(lambda: receiver.accepted, "the request, before the end of the run", 5)
        time.sleep(0.2)
        check(len(receiver.accepted) == 1, f"{len(receiver.accepted)} requests")
        check(len(receiver.accepted[0].records) == 6, f"{len(receiver.accepted[0].records)} records")
        check(replay.end() == 0, replay.stderr())


def is_retried(bench, action, least=0.4, most=3.0):
    with Receiver(action) as receiver:
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", count=3)
        check(replay.end() == 0, replay.stderr())
        wants_all(receiver, 3)
        check(len(receiver.attempts) == 2, f"{len(receiver.attempts)} attempts")
        waited = receiver.attempts[1].time - receiver.attempts[0].time
        check(least <= waited <= most, f"tried again after {waited:.1f} s")
        wants_lines(replay, FAILS, 1)
        wants_lines(replay, AGAIN, 1)
        return replay


@case
def status_503_is_retried(bench):
    check("HTTP status 503" in is_retried(bench, (503, {}, {})).stderr(), "the status is not said")


@case
def status_502_and_504_are_retried(bench):
    is_retried(bench, (502, {}, b"<html>bad gateway</html>"))
    is_retried(bench, (504, {}, b""))


@case
def status_429_with_seconds(bench):
    is_retried(bench, (429, {"Retry-After": "3"}, {}), least=2.9, most=5)


@case
def status_429_with_a_date(bench):
    def answer():
        return 429, {"Retry-After": email.utils.formatdate(time.time() + 4, usegmt=True)}, {}

    is_retried(bench, answer, least=2.5, most=6)


@case
def status_503_with_nonsense_in_retry_after(bench):
    is_retried(bench, (503, {"Retry-After": "soon"}, {}))
    is_retried(bench, (503, {"Retry-After": "-5"}, {}))


@case
def connection_that_is_closed_before_the_answer(bench):
    """Whether the first one was taken is not known, so the protocol allows it twice."""
    is_retried(bench, "close_before_answer")


@case
def connection_that_is_closed_in_the_middle(bench):
    with Receiver("close", "close") as receiver:
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", count=200)
        check(replay.end() == 0, replay.stderr())
        wants_all(receiver, 200)


@case
def receiver_that_is_slow(bench):
    """Slower than the timeout: the request is sent again. Faster: it is not."""
    with Receiver("slow") as receiver:
        env = {"OTEL_EXPORTER_OTLP_TIMEOUT": "300"}
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", env=env, count=2)
        check(replay.end() == 0, replay.stderr())
        check(len(receiver.attempts) == 2, f"{len(receiver.attempts)} attempts")
        wants_lines(replay, FAILS, 1)
    with Receiver("slow") as receiver:
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", count=2)
        check(replay.end() == 0, replay.stderr())
        check(len(receiver.attempts) == 1, f"{len(receiver.attempts)} attempts")
        wants_lines(replay, FAILS, 0)


@case
def receiver_that_is_down_and_comes_back(bench):
    port = free_port()
    replay = Replay(bench, "--to", f"otlp:http://127.0.0.1:{port}", count=10)
    until(lambda: FAILS in replay.stderr(), "the message that nothing is delivered")
    with Receiver(port=port) as receiver:
        until(lambda: receiver.accepted, "the first request")
        replay.more(10)
        check(replay.end() == 0, replay.stderr())
        wants_all(receiver, 20)
    wants_lines(replay, FAILS, 1)
    wants_lines(replay, AGAIN, 1)


@case
def receiver_that_restarts(bench):
    """The connection that sigpath kept is gone."""
    receiver = Receiver()
    replay = Replay(bench, "--to", f"otlp:{receiver.url}", count=1)
    until(lambda: receiver.accepted, "the first request")
    receiver.close()
    with Receiver(port=receiver.port) as second:
        replay.more(2)
        check(replay.end() == 0, replay.stderr())
        wants_all(second, 2, first=2)


@case
def messages_are_few(bench):
    """A receiver that changes its mind with each request."""
    script = [(503, {"Retry-After": "1"}, {}), OK] * 3
    with Receiver(*script) as receiver:
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", count=1)
        for number in range(2, 4):
            until(lambda: len(receiver.accepted) == number - 1, "a request")  # pylint: disable=cell-var-from-loop
            replay.more(1)
        check(replay.end() == 0, replay.stderr())
        wants_all(receiver, 3)
    wants_lines(replay, FAILS, 1)
    wants_lines(replay, AGAIN, 1)


def is_refused(bench, action, words):
    with Receiver(action) as receiver:
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", count=3)
        until(lambda: receiver.attempts, "the request")
        time.sleep(0.3)
        replay.more(2)
        check(replay.end() == 1, f"the status does not say that items are missing: {replay.stderr()}")
        wants_all(receiver, 2, first=4)
        check(len(receiver.attempts) == 2, f"{len(receiver.attempts)} attempts")
    wants_lines(replay, words, 1)
    wants_lines(replay, ", 3 unwritten", 1)
    wants_lines(replay, "3 unwritten (the receiver refused them)", 1)


@case
def status_400_is_final(bench):
    body = {"code": 3, "message": "bad \x1b[31m data"}
    is_refused(bench, (400, {}, body), "3 items were refused for good: HTTP status 400: bad \\x1b[31m data")


@case
def other_statuses_are_final(bench):
    is_refused(bench, (401, {}, b""), "HTTP status 401")
    is_refused(bench, (404, {}, b"not found" * 100000), "HTTP status 404")
    is_refused(bench, (500, {}, b'{"message": 7}'), "HTTP status 500")


@case
def redirect_is_not_followed(bench):
    with Receiver() as other:
        is_refused(bench, (307, {"Location": f"{other.url}/v1/logs"}, b""), "HTTP status 307")
        check(not other.attempts, "followed")


@case
def partial_success(bench):
    answer = (200, {}, {"partialSuccess": {"rejectedLogRecords": "2", "errorMessage": "too old"}})
    with Receiver(answer) as receiver:
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", count=5)
        check(replay.end() == 1, replay.stderr())
        check(len(receiver.attempts) == 1, "a partial success was sent again")
    wants_lines(replay, "2 items were refused for good: HTTP status 200: too old", 1)
    wants_lines(replay, ", 2 unwritten", 1)


@case
def answers_that_lie(bench):
    """More rejected than were sent, less than none, and JSON that is none."""
    bodies = [
        {"partialSuccess": {"rejectedLogRecords": "99999999999999999999"}},
        {"partialSuccess": {"rejectedLogRecords": -3}},
        {"partialSuccess": {"rejectedLogRecords": {"a": [1]}, "errorMessage": 5}},
        {"partialSuccess": []},
        b"[" * 60000,
        b"\x00\xff{",
        b"",
    ]
    for body in bodies:
        with Receiver((200, {}, body)) as receiver:
            replay = Replay(bench, "--to", f"otlp:{receiver.url}", count=2)
            status = replay.end()
            rejected = 2 if body is bodies[0] else 0
            check(status == bool(rejected), f"{body[:20]!r}: {replay.stderr()}" if isinstance(body, bytes) else body)
            wants_lines(replay, ", 2 unwritten", bool(rejected))
            wants_lines(replay, "2 items were refused for good", bool(rejected))


@case
def hung_receiver_and_sigterm(bench):
    for spool in ((), ("--spool", bench.work / "spool")):
        with Receiver("hang") as receiver:
            replay = Replay(bench, "--to", f"otlp:{receiver.url}", *spool, count=3)
            until(lambda: receiver.attempts, "the request")  # pylint: disable=cell-var-from-loop
            begin = time.monotonic()
            replay.process.terminate()
            replay.process.wait(10)
            check(time.monotonic() - begin < 2, f"{time.monotonic() - begin:.1f} s")
        wants_lines(replay, ", 3 dropped", 0 if spool else 1)


if __name__ == "__main__":
    main()
