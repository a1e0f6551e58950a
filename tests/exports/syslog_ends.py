#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A receiver of syslog that is absent, slow, stuck, closes in the middle, or comes back: is each
message delivered whole, or counted, and does the run end in time?"""

import json
import os
import pathlib
import random
import re
import signal
import socket
import struct
import threading
import time

from syslog_bench import (
    ALL, COMM, Run, case, check, free_port, golden, main, parse_5424, parse_counted, storm, until, write,
)  # fmt: skip

MANY = 1500
NOBODY = 65534
SMALL = 4096  # of a receiver's buffer; the kernel doubles it


class Receiver(threading.Thread):
    """A TCP server. Each connection gets ANSWER(connection, number), which returns what it read."""

    def __init__(self, answer, port=0, buffer=None):
        super().__init__(daemon=True)
        self.server = socket.socket()
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if buffer:
            self.server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.server.bind(("127.0.0.1", port))
        self.server.listen()
        self.port = self.server.getsockname()[1]
        self.to = f"syslog:tcp://127.0.0.1:{self.port}"
        self.answer, self.received, self.over = answer, [], False
        self.start()

    def run(self):
        while not self.over:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            self.connection = connection
            with connection:
                self.received.append(b"")
                self.answer(self, connection)

    def read(self, connection, size=65536):
        """False at the end."""
        try:
            data = connection.recv(size)
        except ConnectionError:
            return False
        self.received[-1] += data
        return bool(data)

    def messages(self):
        """All whole messages. Only the last one of a connection may be torn."""
        return [parse_5424(text) for data in self.received for text in parse_counted(data)[0]]

    def ids(self):
        return [message["data"]["id"] for message in self.messages() if message["msgid"] == "incident"]

    def close(self):
        self.over = True
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.connection.shutdown(socket.SHUT_RDWR)


def read_all(receiver, connection):
    while receiver.read(connection):
        pass


def read_nothing(receiver, connection):
    while not receiver.over:
        time.sleep(0.05)


def datagrams(path, buffer=None):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(str(path))
    server.settimeout(20)
    return server


def take(server, count):
    return [parse_5424(server.recv(65536).decode()) for _ in range(count)]


def replay(bench, capture, *options):
    run = Run(bench, "-r", capture, *options)
    check(run.wait(60) == 0, run.stderr())
    return run


def children(pid):
    words = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {pathlib.Path(f"/proc/{word}/comm").read_text().strip(): int(word) for word in words}


def outputs(path):
    """The counts of the outputs, by name, from the summary in the file of -o."""
    line = json.loads(path.read_text().splitlines()[-1])
    check(line["kind"] == "summary", "the last line is no summary")
    return {output["name"]: output for output in line["outputs"]}


@case
def addresses_that_are_wrong(bench):
    for address, why in (
        ("x", "'x' is neither a /path, nor udp://HOST, nor tcp://HOST"),
        ("tcp://", "'' has no host"),
        ("tcp://a:0", "'0' is not a port (1 to 65535)"),
        ("udp://a:65536", "'65536' is not a port (1 to 65535)"),
        ("tcp://a:b", "'b' is not a port (1 to 65535)"),
        ("tcp://::1", "'::1' has several colons: put an IPv6 address in brackets"),
        ("tcp://[::1", "'[::1' has no ']'"),
        ("tcp://[::g]", "'::g' is not an IPv6 address"),
        ("tcp://a b", "'a b' is not the name or the address of a host"),
        ("/" + "x" * 108, "is too long for a socket"),
    ):
        run = Run(bench, "-r", golden(bench, "tcp-classic"), "--to", f"syslog:{address}")
        check(run.wait() == 1 and why in run.stderr(), f"{address}: {run.stderr()}")


@case
def absent_socket(bench):
    """A local receiver must be there at the start."""
    path = bench.work / "absent"
    run = Run(bench, "--to", f"syslog:{path}", ready=False)
    check(run.wait() == 1, "it runs")
    check(run.stderr() == f"sigpath: option --to: syslog: {path}: No such file or directory\n", run.stderr())
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(str(path))
    server.close()
    run = Run(bench, "--to", f"syslog:{path}", ready=False)
    check(run.wait() == 1, "it runs")
    check(run.stderr() == f"sigpath: option --to: syslog: {path}: Connection refused\n", run.stderr())


@case
def absent_tcp(bench):
    """It may come later, and then gets all. stderr says so once."""
    port = free_port()
    run = Run(bench, *ALL, "--to", f"syslog:tcp://127.0.0.1:{port}")
    write(bench, "50")
    run.says(f"sigpath: syslog:tcp://127.0.0.1:{port}: Connection refused; messages wait while sigpath tries again")
    time.sleep(1)
    receiver = Receiver(read_all, port)
    until(lambda: len(receiver.ids()) >= 50, "the incidents")
    run.says("it takes messages again")
    check(run.ends() == 0, run.stderr())
    until(lambda: receiver.messages()[-1]["msgid"] == "summary", "the summary")
    check(len(set(receiver.ids())) == 50 == len(receiver.ids()), f"{len(receiver.ids())} incidents")
    check(run.stderr().count("tries again") == 1, run.stderr())


@case
def absent_for_ever(bench):
    """The run ends in time, and counts."""
    for address in (f"tcp://127.0.0.1:{free_port()}", "tcp://192.0.2.1", "tcp://does-not-exist.invalid",
                    f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}"):  # fmt: skip
        run = Run(bench, *ALL, "--to", f"syslog:{address}")
        write(bench, "3")
        time.sleep(0.5)
        check(run.ends() == 1, f"{address}: {run.stderr()}")
        check(run.told()["dropped"] >= 3, f"{address}: {run.stderr()}")


@case
def slow_tcp(bench):
    """Small reads: every write is a partial one."""

    def read_slowly(receiver, connection):
        while receiver.read(connection, 300):
            time.sleep(0.0001)

    receiver = Receiver(read_slowly, buffer=SMALL)
    replay(bench, storm(bench, MANY), "--to", receiver.to)
    until(lambda: b"summary" in receiver.received[-1], "the end")
    ids = receiver.ids()
    check(len(ids) == len(set(ids)) == MANY, f"{len(ids)} incidents, {len(set(ids))} different ones")
    check(len(receiver.received) == 1, "several connections")


@case
def closes_in_the_middle(bench):
    """The end of a connection that still reads what comes: nothing is lost, and no message is torn."""
    dice = random.Random(1)

    def read_some(receiver, connection):
        wanted = dice.randrange(10000, 80000)
        while len(receiver.received[-1]) < wanted:
            if not receiver.read(connection, dice.randrange(1, 5000)):
                return
        connection.shutdown(socket.SHUT_WR)
        read_all(receiver, connection)

    receiver = Receiver(read_some, buffer=SMALL)
    replay(bench, storm(bench, MANY), "--to", receiver.to)
    until(lambda: b" summary [" in receiver.received[-1], "the summary")
    check(len(receiver.received) > 3, f"only {len(receiver.received)} connections")
    check(len(set(receiver.ids())) == MANY, f"{len(set(receiver.ids()))} incidents of {MANY}")


@case
def resets_in_the_middle(bench):
    """A receiver that crashes loses what it had not read; what had not arrived is sent again."""
    dice = random.Random(2)

    def crash(receiver, connection):
        wanted = dice.randrange(10000, 80000)
        while len(receiver.received[-1]) < wanted:
            if not receiver.read(connection, dice.randrange(1, 5000)):
                return
        # The rest of the way is full by then.
        time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    receiver = Receiver(crash, buffer=SMALL)
    run = Run(bench, "-r", storm(bench, MANY), "--to", receiver.to)
    check(run.wait(60) == 0, run.stderr())
    time.sleep(0.5)
    crashes = len(receiver.received) - 1
    lost = MANY - len(set(receiver.ids()))
    size = max(len(text) for text in parse_counted(receiver.received[0])[0])
    # What its kernel had acknowledged, and the message that it had read a part of.
    bound = crashes * (2 * SMALL // size + 2) * 2
    check(crashes > 5, f"only {crashes} crashes")
    check(lost <= bound, f"{lost} incidents are lost with {crashes} crashes; at most {bound} may be")


@case
def reset_of_a_live_run(bench):
    """The filter of system calls of a trace lets it see what has not arrived. That is sent again at once,
    without another incident."""

    def crash_once(receiver, connection):
        if len(receiver.received) > 1:
            read_all(receiver, connection)
        else:
            crash.wait(20)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    crash = threading.Event()
    receiver = Receiver(crash_once, buffer=SMALL)
    whole = bench.work / "all.jsonl"
    run = Run(bench, *ALL, "--to", receiver.to, "-o", whole)
    write(bench, "200")
    until(lambda: whole.read_text().count('"kind":"incident"') == 200, "all in the file")
    time.sleep(0.5)
    crash.set()
    # What the first kernel had acknowledged: its buffer, and not much more.
    until(lambda: len(receiver.received) == 2 and len(receiver.ids()) > 200 - 4 * SMALL // 500, "what was on the way", 10)
    check(run.ends() == 0, run.stderr())


@case
def receiver_that_talks(bench):
    """What it sends is read and ignored: its messages come, and the run ends."""

    def talk(receiver, connection):
        def pour():
            while True:
                try:
                    connection.sendall(b"x" * 65536)
                except OSError:
                    return

        threading.Thread(target=pour, daemon=True).start()
        read_all(receiver, connection)

    receiver = Receiver(talk)
    run = Run(bench, *ALL, "--to", receiver.to)
    write(bench, "50")
    until(lambda: len(receiver.ids()) == 50, "the incidents")
    check(run.ends() == 0, run.stderr())


@case
def stuck_tcp(bench):
    """Only its own items are dropped, and they are counted."""
    receiver = Receiver(read_nothing, buffer=SMALL)
    stuck(bench, receiver.to)


@case
def stuck_socket(bench):
    path = bench.work / "stuck"
    with datagrams(path):
        stuck(bench, f"syslog:{path}")


def stuck(bench, to):
    count = 9000
    whole = bench.work / "all.jsonl"
    run = Run(bench, *ALL, "--to", to, "-o", whole)
    write(bench, str(count))
    until(lambda: whole.read_text().count('"kind":"incident"') == count, "all in the file")
    check(f"sigpath: {to} is read too slowly: items are dropped while 4 MiB wait" in run.stderr(), run.stderr())
    check(run.ends() == 1, run.stderr())
    seen = outputs(whole)
    check(seen[str(whole)]["dropped"] == 0, f"{seen}")
    # The start, and the incidents.
    check(sum(seen[to][key] for key in ("delivered", "dropped", "failed")) == count + 1, f"{seen}")
    check(seen[to]["dropped"] > 1000 and not seen[to]["failed"], f"{seen}")
    check(run.told()["dropped"] >= seen[to]["dropped"], run.stderr())


@case
def stream_socket(bench):
    """A unix socket that is a stream: a line each."""
    path = bench.work / "stream"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        received = []

        def read_lines():
            while True:
                connection, _ = server.accept()
                data = b""
                while chunk := connection.recv(100):
                    data += chunk
                received.append(data)

        threading.Thread(target=read_lines, daemon=True).start()
        replay(bench, storm(bench, MANY), "--to", f"syslog:{path}")
        until(lambda: received, "the end")
    lines = received[0].decode().split("\n")
    check(lines.pop() == "", "the last line has no end")
    ids = [parse_5424(line)["data"].get("id") for line in lines]
    check(len(set(ids)) == len(lines) == MANY + 1, f"{len(lines)} lines")


@case
def socket_is_replaced(bench):
    """A local receiver that is restarted gets what waited."""
    path = bench.work / "socket"
    server = datagrams(path)
    run = Run(bench, *ALL, "--to", f"syslog:{path}")
    write(bench, "5")
    check([m["msgid"] for m in take(server, 6)] == ["start"] + 5 * ["incident"], "other messages")
    server.close()
    write(bench, "20")
    run.says("; messages wait while sigpath tries again")
    path.unlink()
    time.sleep(0.5)
    server = datagrams(path)
    ids = {message["data"]["id"] for message in take(server, 20)}
    check(len(ids) == 20, f"{len(ids)} incidents")
    check(run.ends() == 0, run.stderr())
    check(take(server, 1)[0]["msgid"] == "summary", "no summary")


@case
def udp_is_refused(bench):
    """The kernel of the receiver's host says that nobody is there: the datagrams are sent again."""
    port = free_port(socket.SOCK_DGRAM)
    run = Run(bench, *ALL, "--to", f"syslog:udp://127.0.0.1:{port}")
    # Already for the first one, which nothing follows.
    run.says("Connection refused; messages wait")
    write(bench, "20")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", port))
        server.settimeout(20)
        messages = take(server, 21)
        check([m["msgid"] for m in messages] == ["start"] + 20 * ["incident"], "other messages")
        check(run.ends() == 0, run.stderr())


@case
def datagrams_are_small(bench):
    """None is longer than what every path of IPv6 carries in one piece. What is left out is named."""
    port = free_port(socket.SOCK_DGRAM)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", port))
        server.settimeout(20)
        run = Run(bench, "--comm", COMM, "--to", f"syslog:udp://127.0.0.1:{port}")
        program = bench.work / ("deep" * 50)
        program.mkdir()
        program /= "long" * 50
        program.write_bytes((bench.build / "tests/cli/broken-writer").read_bytes())
        program.chmod(0o755)
        bench.spawn(program, "-n", COMM, "-d", "1").wait()
        texts = [server.recv(65536).decode() for _ in range(2)]
        check(run.ends() == 0, run.stderr())
        texts.append(server.recv(65536).decode())
    for text in texts:
        check(len(text.encode()) <= 1232, f"{len(text)} bytes")
    incident = parse_5424(texts[1])
    check(incident["data"]["left_out"], "nothing was left out")
    check(incident["data"]["comm"] == COMM and incident["msg"].startswith("SIGPIPE killed "), texts[1])


@case
def connector(bench):
    """What the process may that connects; and it ends with sigpath, however that ends."""
    receiver = Receiver(read_all)
    # 127.0.0.2 refuses: the second --to.
    run = Run(bench, "--comm", COMM, "--to", receiver.to, "--to", "syslog:tcp://localhost:1")
    processes = [
        int(path.name)
        for path in pathlib.Path("/proc").iterdir()
        if path.name.isdigit() and stat_of(path) == ("sigpath-syslog", run.process.pid)
    ]
    check(len(processes) == 2, f"{processes}")
    filters = set()
    for pid in processes:
        status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            check(int(status[name], 16) == 0, f"{name}: {status[name]}")
        check(status["NoNewPrivs"].strip() == "1", "new privileges")
        filters.add(status["Seccomp"].strip())
        fds = [name for name in os.listdir(f"/proc/{pid}/fd") if os.path.exists(f"/proc/{pid}/fd/{name}")]
        check("0" in fds and len(fds) <= 2, f"open: {fds}")
    # The one with a name runs the code of a resolver.
    check(filters == {"0", "2"}, f"filters: {filters}")
    run.process.send_signal(signal.SIGKILL)
    until(lambda: not any(alive(pid) for pid in processes), "their end", 5)


def stat_of(path):
    """The name and the parent."""
    try:
        text = (path / "stat").read_text()
    except OSError:
        return None
    return text[text.index("(") + 1 : text.rindex(")")], int(text[text.rindex(")") :].split()[2])


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@case
def silent_name_server(bench):
    """Only the process waits that looks for the address. If it crashes, another one does; it ends with sigpath."""
    config = bench.work / "resolv.conf"
    config.write_text("nameserver 127.77.0.1\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.77.0.1", 53))
        script = f"mount --bind {config} /etc/resolv.conf && exec \"$@\""
        run = Run(bench, *ALL, "--to", "syslog:tcp://log.example", prefix=("unshare", "--mount", "sh", "-c", script, "sh"))
        write(bench, "3")
        parent = children(run.process.pid)["sigpath-syslog"]
        child = until(lambda: children(parent).get("sigpath-syslog"), "a process that looks for the address")
        os.kill(child, signal.SIGKILL)
        run.says("the process that looks for its address has crashed; messages wait")
        child = until(lambda: children(parent).get("sigpath-syslog"), "another one")
        check(run.ends() == 1, run.stderr())
        check(run.told()["dropped"] >= 3, run.stderr())
        until(lambda: not alive(child) and not alive(parent), "their end", 5)


@case
def connector_is_killed(bench):
    """The connection goes on. Without one, messages are counted as lost, and stderr says so once."""
    receiver = Receiver(read_all)
    whole = bench.work / "all.jsonl"
    run = Run(bench, *ALL, "--to", receiver.to, "-o", whole)
    write(bench, "5")
    until(lambda: len(receiver.ids()) == 5, "the first")
    os.kill(children(run.process.pid)["sigpath-syslog"], signal.SIGKILL)
    write(bench, "5")
    until(lambda: len(receiver.ids()) == 10, "the second")
    receiver.close()
    write(bench, "5")
    run.says("the process that connects has ended: messages are lost")
    check(run.ends() == 1, run.stderr())
    check(outputs(whole)[receiver.to]["failed"] >= 5, f"{outputs(whole)}")


@case
def another_user(bench):
    """--run-as: the process that connects is USER, too."""
    path = bench.work / "private"
    with datagrams(path) as server:
        os.chmod(path, 0o600)
        run = Run(bench, "--comm", COMM, "--run-as", "nobody", "--to", f"syslog:{path}", ready=False)
        check(run.wait() == 1 and "Permission denied" in run.stderr(), run.stderr())
        os.chmod(path, 0o666)
        run = Run(bench, "--comm", COMM, "--run-as", "nobody", "--to", f"syslog:{path}")
        status = pathlib.Path(f"/proc/{children(run.process.pid)['sigpath-syslog']}/status").read_text()
        check(re.search(rf"^Uid:(\t{NOBODY}){{4}}$", status, re.MULTILINE), status)
        write(bench, "-d", "1")
        check([m["msgid"] for m in take(server, 2)] == ["start", "incident"], "other messages")
        # The receiver comes back, and the rights of root are gone.
        server.close()
        path.unlink()
        time.sleep(0.3)
        with datagrams(path) as again:
            os.chmod(path, 0o666)
            write(bench, "-d", "1")
            check(take(again, 1)[0]["msgid"] == "incident", "another message")
            check(run.ends() == 0, run.stderr())


@case
def receiver_is_the_victim(bench):
    """A receiver that dies of SIGPIPE: no deadlock, and its successor gets the incident."""
    path = bench.work / "victim"
    script = (
        "import os, signal, socket, sys; open('/proc/self/comm', 'w').write(sys.argv[2]);"
        "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); print('up', flush=True);"
        "signal.signal(signal.SIGPIPE, signal.SIG_DFL); s.recv(65536); ends = os.pipe(); os.close(ends[0]);"
        "os.write(ends[1], b'x')"
    )
    victim = bench.spawn("python3", "-c", script, path, COMM, stdout=-1)
    check(victim.stdout.readline() == b"up\n", "no receiver")
    run = Run(bench, "--comm", COMM, "--to", f"syslog:{path}")
    check(victim.wait(20) == -signal.SIGPIPE, "it lives")
    run.says("; messages wait while sigpath tries again")
    path.unlink()
    with datagrams(path) as server:
        check(take(server, 1)[0]["data"]["comm"] == COMM, "another incident")
        check(run.ends() == 0, run.stderr())


if __name__ == "__main__":
    main()
