#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does sigpath explain the most common crash: a server writes twice after its client was killed?"""

import signal
import subprocess

from harness import case, check, expect, expect_adjacent, expect_code, get, line_of, main, need
from programs import built

REPLY = len("hello, client\n")



def play(bench, name, *flags):
    """NAME, built with FLAGS, loses its client before it writes: the trace, the server, its client,
    its port and what the server said after the client had gone."""
    need("g++", "nc")
    source = bench.source / "apps" / "classic" / "server.cpp"
    program = built(bench, name, [source], "g++", "-g", *flags, "-o", "{}", source)
    with bench.watching("--comm", name) as trace:
        server = bench.spawn(program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        port = line_of(server.stdout, r"^listening on 127\.0\.0\.1:(\d+)$")[1]
        client = bench.spawn("nc", "127.0.0.1", port, stdin=subprocess.PIPE)
        line_of(server.stdout, r"^client connected$")
        client.kill()
        server.wait()
        said = server.stdout.read().decode().splitlines()
    return trace, server, client, int(port), said


@case
def classic(bench):
    """The first write after the client's death succeeds and gets RST. The second one kills."""
    trace, server, client, port, said = play(bench, "demo-server")
    check(server.returncode == -signal.SIGPIPE, f"the server ended with {server.returncode}")
    check(said == [f"wrote {REPLY} bytes"], f"the server said {said}")

    incident = trace.only
    expect(
        incident,
        outcome="killed",
        process__pid=server.pid,
        process__tid=server.pid,
        syscall__name="write",
        syscall__bytes=REPLY,
        object__type="tcp",
        object__local__port=port,
        object__bytes_sent=REPLY,
        object__bytes_acked=0,
        peer_process__pid=client.pid,
        peer_process__comm="nc",
        signal__disposition="default",
        cause__code="peer_closed_then_reset",
        cause__confidence="certain",
    )
    expect_adjacent(incident, "(__)?write", "send_reply.*", "serve.*", "main")
    check_timeline(get(incident, "cause.timeline"))
    expect_code(incident, "advice", "ignore_sigpipe")
    bench.story("classic", trace)


@case
def classic_fixed(bench):
    """With SIG_IGN the server prints the error and continues to its end."""
    trace, server, client, _, said = play(bench, "fixed-server", "-DIGNORE_SIGPIPE")
    check(server.returncode == 0, f"the server ended with {server.returncode}")
    wanted = [f"wrote {REPLY} bytes", *["write: Broken pipe"] * 2, "client served"]
    check(said == wanted, f"the server said {said}")
    check(len(trace.incidents) == 2, f"{len(trace.incidents)} incidents for two failed writes")
    for incident in trace.incidents:
        expect(
            incident,
            outcome="ignored",
            signal__disposition="ignore",
            cause__code="peer_closed_then_reset",
            peer_process__pid=client.pid,
        )


def check_timeline(timeline):
    """The client's FIN, the write that succeeded, the RST, the write that failed."""
    wanted = ["connected", "fin_received", "last_write", "rst_received", "this_write"]
    entries = {entry["what"]: entry for entry in timeline}
    check([entry["what"] for entry in timeline] == wanted, f"the timeline is {timeline}")
    first, second = entries["last_write"], entries["this_write"]
    check(first["bytes"] == second["bytes"] == REPLY, f"the timeline is {timeline}")
    # The server waits two seconds between its writes. The tolerance is for the ticks of lsndtime.
    check(1900000 < first["ago_us"] < 4000000, f"the timeline is {timeline}")
    check(second["ago_us"] == 0, f"the timeline is {timeline}")


if __name__ == "__main__":
    main()
