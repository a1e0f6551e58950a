# SPDX-License-Identifier: GPL-2.0-or-later
"""A receiver of OTLP that does what a test tells it, and captures that a test puts together."""

import contextlib
import gzip
import http.server
import json
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))

from harness import check, fail, skip, until  # noqa: E402 pylint: disable=wrong-import-position

OK = (200, {}, {"partialSuccess": {}})


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Request:
    def __init__(self, handler, body):
        self.time = time.monotonic()
        self.path = handler.path
        self.headers = dict(handler.headers.items())
        self.packed = self.headers.get("Content-Encoding") == "gzip"
        self.text = gzip.decompress(body) if self.packed else body
        self.json = json.loads(self.text)

    @property
    def records(self):
        return [
            record
            for resource in self.json["resourceLogs"]
            for scope in resource["scopeLogs"]
            for record in scope["logRecords"]
        ]


def value_of(value):
    ((kind, inner),) = value.items()
    if kind == "intValue":
        check(isinstance(inner, str), f"the integer {inner!r} is not a string")
        return int(inner)
    if kind == "arrayValue":
        return [value_of(item) for item in inner["values"]]
    return inner


def attributes_of(holder):
    names = [attribute["key"] for attribute in holder["attributes"]]
    check(len(names) == len(set(names)), f"an attribute twice: {sorted(names)}")
    return {attribute["key"]: value_of(attribute["value"]) for attribute in holder["attributes"]}


def ids_of(requests):
    return [attributes_of(record)["sigpath.id"] for request in requests for record in request.records]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.receiver.connections.append(self.connection)

    def do_POST(self):
        receiver = self.server.receiver
        with receiver.lock:
            action = receiver.script.pop(0) if receiver.script else receiver.default
        length = int(self.headers["Content-Length"])
        if action == "close":
            self.rfile.read(min(length, 100))
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        request = Request(self, self.rfile.read(length))
        with receiver.lock:
            receiver.attempts.append(request)
        if action == "hang":
            receiver.stopping.wait(60)
            self.close_connection = True
            return
        if action == "close_before_answer":
            self.close_connection = True
            return
        if action == "slow":
            time.sleep(1)
            action = OK
        status, headers, body = action() if callable(action) else action
        if status < 300:
            with receiver.lock:
                receiver.accepted.append(request)
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        # A client that does not wait any more is no error of the receiver.
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

    def log_message(self, *_):
        pass


class Receiver:
    """Answers the requests with the items of SCRIPT in turn, then with OK: (status, headers, body), a
    function that returns such, or "close", "close_before_answer", "hang", "slow"."""

    def __init__(self, *script, port=0, context=None):
        self.script = list(script)
        self.default = OK
        self.connections = []
        self.attempts = []
        self.accepted = []
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), _Handler)
        self.server.daemon_threads = True
        self.server.receiver = self
        self.server.handle_error = lambda *_: None
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Capture:
    """The records of a golden case, any number of times."""

    def __init__(self, bench, name="tcp-classic"):
        maker = bench.build / "tests" / "golden" / "make-capture"
        data = subprocess.run([maker, name], check=True, stdout=subprocess.PIPE).stdout
        size = struct.unpack_from("=I", data, 8)[0]
        self.header = data[:size]
        self.records = []
        while size < len(data):
            length = struct.unpack_from("=I", data, size + 4)[0]
            self.records.append(data[size : size + length])
            size += length

    def of(self, count):
        return self.header + self.records[0] * count


class Replay:
    """sigpath that replays what the test feeds it."""

    def __init__(self, bench, *options, env=None, count=0, capture=None):
        self.capture = capture or Capture(bench)
        bench.traces += 1
        self.errors = bench.work / f"trace{bench.traces}.err"
        clean = {name: text for name, text in os.environ.items() if not name.startswith("OTEL_")}
        with open(self.errors, "wb") as stderr:
            self.process = bench.spawn(
                bench.sigpath, "-r", "-", *options, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                stderr=stderr, env={**clean, **(env or {})},
            )
        self.feed(self.capture.of(count))

    def feed(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def more(self, count):
        self.feed(self.capture.records[0] * count)

    def stderr(self):
        return self.errors.read_text(errors="replace")

    def end(self, seconds=30):
        """The exit status, after all of the input."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return fail(f"sigpath still runs after {seconds} s: {self.stderr()}")


def wants_all(receiver, count, first=1):
    """Each of COUNT incidents was accepted once."""
    seen = sorted(int(name.split("-")[1]) for name in ids_of(receiver.accepted))
    check(seen == list(range(first, first + count)), f"accepted {seen}, not {first} to {count}")


FAILS = "not delivered, sigpath tries again"
AGAIN = "delivered again"


def wants_lines(replay, words, count):
    found = lines_with(replay.stderr(), words)
    check(len(found) == count, f"{len(found)} lines with {words!r}, not {count}: {replay.stderr()}")


LOCAL = {"server": "IP:127.0.0.1", "client": "IP:127.0.0.1"}


def certificates(work, names=None):
    """A private authority, ca.pem, and a NAME.pem and NAME.key of it for each of NAMES, with its subjectAltName."""
    if subprocess.run(["which", "openssl"], stdout=subprocess.DEVNULL, check=False).returncode:
        skip("no openssl")

    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=work)

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem")
    for name, where in (names or LOCAL).items():
        (work / "san").write_text(f"subjectAltName={where}\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "2", "-extfile", "san", "-out", f"{name}.pem")


def server_context(work):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(work / "server.pem", work / "server.key")
    return context


def lines_with(text, words):
    return [line for line in text.splitlines() if words in line]


__all__ = [name for name in dir() if not name.startswith("_")] + ["until"]
