#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The one static binary, in roots with nothing but it, /proc, /sys and /dev: what `dev package static --test` runs."""

import concurrent.futures
import ctypes
import json
import os
import pathlib
import platform
import shutil
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "exports"))

from otlp_receiver import *  # noqa: E402,F403 pylint: disable=wildcard-import,unused-wildcard-import,wrong-import-position
from harness import case, default_sigpipe, main, need, symbols  # noqa: E402 pylint: disable=wrong-import-position

SIZE_MOST = 12_000_000
NAME = "collector.example"
CLONE_NEWNET, CLONE_NEWNS = 0x40000000, 0x20000
DEBIAN = "etc/ssl/certs/ca-certificates.crt"

PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}[platform.machine()]
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 0x1000, 0x4000, 0x40000, 2
LIBC = ctypes.CDLL(None, use_errno=True)

CHROOT = """
for directory in proc sys dev; do
	mount --rbind /$directory "$0/$directory"
	mount --make-rslave "$0/$directory"
done
exec chroot "$0" /sigpath "$@"
"""


def must(result):
    if result:
        raise OSError(ctypes.get_errno(), "a root directory")


def enter(path):
    """A mount namespace with PATH as its root, as a container has it: the kernel's paths begin there."""
    must(LIBC.unshare(CLONE_NEWNS))
    must(LIBC.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))
    must(LIBC.mount(path, path, None, MS_BIND | MS_REC, None))
    for name in (b"proc", b"sys", b"dev"):
        must(LIBC.mount(b"/" + name, path + b"/" + name, None, MS_BIND | MS_REC, None))
    os.chdir(path)
    must(LIBC.syscall(PIVOT_ROOT, b".", b"."))
    must(LIBC.umount2(b".", MNT_DETACH))
    os.chdir("/")
    default_sigpipe()


class Root:
    """A root directory. Files are text by their paths; its mounts end with each run."""

    def __init__(self, bench, **files):
        self.bench = bench
        self.path = bench.work / "root"
        for name in ("proc", "sys", "dev"):
            (self.path / name).mkdir(parents=True)
        shutil.copy(bench.sigpath, self.path / "sigpath")
        need("gcc")
        bench.run("gcc", "-static", "-g", "-O1", "-o", self.path / "victim", bench.source / "package" / "victim.c")
        for name, text in files.items():
            self.put(name, text)

    def put(self, name, text):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def link(self, name, target):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def sigpath(self, *options, env=None, seconds=60):
        """Runs it; returns what subprocess.run() does."""
        clean = {name: text for name, text in os.environ.items() if not name.startswith(("OTEL_", "SSL_"))}
        return subprocess.run(
            ["/sigpath", *options], capture_output=True, text=True, timeout=seconds, check=False,
            env={**clean, **(env or {})}, preexec_fn=lambda: enter(bytes(self.path)),
        )

    def incident(self, *options, **keywords):
        """The one incident of the victim."""
        done = self.sigpath("--format", "json", *options, "--", "/victim", **keywords)
        check(done.returncode == -signal.SIGPIPE, f"status {done.returncode}: {done.stderr}")
        lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
        (incident,) = [line for line in lines if line["kind"] == "incident"]
        return incident


def in_network(function, *arguments):
    """FUNCTION in a network namespace that has only loopback, as all that it starts."""

    def unshare():
        must(LIBC.unshare(CLONE_NEWNET))
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)

    need("ip")
    with concurrent.futures.ThreadPoolExecutor(1, initializer=unshare) as thread:
        return thread.submit(function, *arguments).result()


def name_server(asked):
    """Answers each question for an IPv4 address with 127.0.0.1, and knows no others."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))

    def serve():
        while True:
            question, client = server.recvfrom(512)
            end = question.index(b"\0", 12) + 5
            asked.append(question[12 : end - 4])
            is_ipv4 = question[end - 4 : end - 2] == b"\0\1"
            answer = question[:2] + b"\x81\x80\0\1" + (b"\0\1" if is_ipv4 else b"\0\0") + b"\0\0\0\0" + question[12:end]
            if is_ipv4:
                answer += b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + bytes((127, 0, 0, 1))
            server.sendto(answer, client)

    threading.Thread(target=serve, daemon=True).start()


def delivers(root, env=None):
    """One incident arrives by TLS at NAME."""
    with Receiver(context=server_context(root.bench.work)) as receiver:
        url = f"otlp:https://{NAME}:{receiver.port}"
        done = root.sigpath("--to", url, "--", "/victim", env=env)
        check(done.returncode == -signal.SIGPIPE, f"status {done.returncode}: {done.stderr}")
        check(len(ids_of(receiver.accepted)) == 1, f"accepted {len(receiver.accepted)} requests: {done.stderr}")


def authority(bench):
    certificates(bench.work, {"server": f"DNS:{NAME}"})
    return (bench.work / "ca.pem").read_text()


@case
def size(bench):
    seen = os.path.getsize(bench.sigpath)
    check(seen <= SIZE_MOST, f"{seen} bytes")


@case
def reproducible(bench):
    """Built in another directory it is the same."""
    arch = os.path.basename(bench.sigpath).rpartition("-")[2]
    bench.run(bench.source / "package" / "again.sh", "static", arch, bench.sigpath, timeout=1200)


@case
def death_in_an_empty_root(bench):
    incident = Root(bench).incident()
    check(incident["process"]["comm"] == "victim" and incident["outcome"] == "killed", incident)
    names = symbols(incident)
    check(names[names.index("deliver") + 1] == "main", names)


@case
def death_outside_of_a_chroot(bench):
    """A dynamic program of this machine, with functions of its C library."""
    root = Root(bench)
    trace = bench.work / "outside.err"
    with open(trace, "w") as stderr:
        process = bench.spawn(
            "unshare", "--mount", "sh", "-c", CHROOT, root.path, "--format", "json", stdout=stderr, stderr=stderr,
        )
    until(lambda: "sigpath: ready" in trace.read_text(), "sigpath to get ready")
    bench.run("gcc", "-g", "-O1", "-o", bench.work / "dynamic", bench.source / "package" / "victim.c")
    victim = bench.spawn(bench.work / "dynamic")
    victim.wait(10)
    until(lambda: f'"pid":{victim.pid}' in trace.read_text(), "the incident", 20)
    process.terminate()
    process.wait(10)
    lines = [json.loads(line) for line in trace.read_text().splitlines() if line.startswith("{")]
    (incident,) = [
        line for line in lines if line["kind"] == "incident" and line["process"]["pid"] == victim.pid
    ]
    names = symbols(incident)
    check("deliver" in names and any("libc_start_main" in name for name in names), names)


@case
def users_by_number_and_by_name(bench):
    root = Root(bench)
    done = root.sigpath("-u", "alice", "--", "/victim")
    check(done.returncode == 2 and "is not in /etc/passwd" in done.stderr, done)
    root.incident("-u", "0")
    root.put("etc/passwd", "alice:x:0:0::/:\n")
    root.incident("-u", "alice")


@case
def check_says_what_is_missing(bench):
    root = Root(bench)
    text = root.sigpath("check")
    check(text.returncode == 0, text)
    for words in ("debuginfod             missing   a static sigpath", "name_service           degraded",
                  "otlp                   ok        libcurl/"):
        check(words in text.stdout, text.stdout)
    check(" OpenSSL/" in text.stdout, text.stdout)
    answer = json.loads(root.sigpath("check", "--format", "json").stdout)
    found = {ability["name"]: ability for ability in answer["abilities"]}
    check(found["debuginfod"]["state"] == "missing" and found["debuginfod"]["lost"], found)
    check(found["name_service"]["state"] == "degraded" and "LDAP" in found["name_service"]["lost"], found)
    check(found["otlp"]["state"] == "ok" and found["otlp"]["lost"] is None, found)
    line = bench.work / "check.jsonl"
    line.write_text(json.dumps(answer) + "\n")
    bench.run(bench.source / "validate_json.py", line)


@case
def name_of_etc_hosts(bench):
    root = Root(bench, **{DEBIAN: authority(bench), "etc/hosts": f"127.0.0.1 {NAME}\n"})
    in_network(delivers, root)


def with_name_server(root, env=None):
    asked = []
    name_server(asked)
    delivers(root, env)
    check(any(b"collector" in name for name in asked), "nobody asked the server")


@case
def name_of_dns_in_an_alpine_root(bench):
    """No nsswitch.conf, another C library, one directory for libraries."""
    root = Root(bench, **{DEBIAN: authority(bench), "etc/resolv.conf": "nameserver 127.0.0.1\n"})
    root.put("lib/ld-musl-x86_64.so.1", "not a library")
    root.link("etc/ssl/cert.pem", "certs/ca-certificates.crt")
    in_network(with_name_server, root)


@case
def name_of_dns_in_a_fedora_root(bench):
    """The configurations of the C library and of OpenSSL name what a static program cannot load."""
    bundle = "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"
    root = Root(bench, **{bundle: authority(bench), "etc/resolv.conf": "nameserver 127.0.0.1\n"})
    root.link("etc/pki/tls/certs/ca-bundle.crt", f"/{bundle}")
    root.put("etc/nsswitch.conf", "passwd: sss\nhosts: resolve\n")
    root.put("usr/lib64/libnss_resolve.so.2", "not a library")
    for name in ("lib", "lib64"):
        root.link(name, f"usr/{name}")
    root.put("usr/lib/ssl/openssl.cnf", "openssl_conf = a\n[a]\nproviders = b\n[b]\nnull = c\n[c]\nactivate = 1\n")
    in_network(with_name_server, root)


@case
def file_of_the_environment(bench):
    root = Root(bench, **{"ca/mine.pem": authority(bench), "etc/hosts": f"127.0.0.1 {NAME}\n"})
    in_network(delivers, root, {"SSL_CERT_FILE": "/ca/mine.pem"})
    in_network(delivers, root, {"OTEL_EXPORTER_OTLP_CERTIFICATE": "/ca/mine.pem", "SSL_CERT_FILE": "/none"})
    done = root.sigpath("--to", f"otlp:https://{NAME}", "--", "/victim", env={"SSL_CERT_FILE": "/none"})
    check(done.returncode and "SSL_CERT_FILE: /none: No such file" in done.stderr, done)


@case
def no_authorities(bench):
    root = Root(bench)
    done = root.sigpath("--to", f"otlp:https://{NAME}", "--", "/victim")
    check(done.returncode and "no file with certificates of authorities" in done.stderr, done)


def is_refused(root):
    with Receiver(context=server_context(root.bench.work)) as receiver:
        done = root.sigpath("--to", f"otlp:https://{NAME}:{receiver.port}", "--", "/victim")
        check("certificate" in done.stderr and FAILS in done.stderr, done.stderr)
        check(not receiver.attempts, "a request to a server that nobody vouches for")


@case
def unknown_authority(bench):
    other = authority(bench)
    authority(bench)
    in_network(is_refused, Root(bench, **{DEBIAN: other, "etc/hosts": f"127.0.0.1 {NAME}\n"}))


if __name__ == "__main__":
    main()
