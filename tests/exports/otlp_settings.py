#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The settings of --to otlp: the variables of OpenTelemetry, certificates, the proxy, and what of them is secret."""

from otlp_receiver import *  # pylint: disable=wildcard-import,unused-wildcard-import
from harness import case, main

@case
def gzip_and_headers(bench):
    env = {
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-token=general",
        "OTEL_EXPORTER_OTLP_LOGS_HEADERS": " x-token = s%20e%2Cc , x-empty=,x-two=2",
    }
    with Receiver() as receiver:
        env["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"{receiver.url}/base/"
        replay = Replay(bench, "--to", "otlp", "-v", env=env, count=3)
        check(replay.end() == 0, replay.stderr())
        request = receiver.accepted[0]
        check(request.packed, "not compressed")
        check(request.path == "/base/v1/logs", request.path)
        seen = {name.lower(): value for name, value in request.headers.items()}
        wanted = {"x-token": "s e,c", "x-empty": "", "x-two": "2"}
        check({name: seen.get(name) for name in wanted} == wanted, seen)


@case
def endpoint_of_logs_is_used_as_it_is(bench):
    with Receiver() as receiver:
        env = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": f"{receiver.url}/own?key=1",
        }
        replay = Replay(bench, "--to", "otlp", env=env, count=1)
        check(replay.end() == 0, replay.stderr())
        check(receiver.accepted[0].path == "/own?key=1", receiver.accepted[0].path)


@case
def private_authority(bench):
    certificates(bench.work)
    env = {"OTEL_EXPORTER_OTLP_CERTIFICATE": str(bench.work / "ca.pem")}
    with Receiver(context=server_context(bench.work)) as receiver:
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", env=env, count=2)
        check(replay.end() == 0, replay.stderr())
        wants_all(receiver, 2)
        # Without it the server is not known, and nothing is sent.
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", count=1)
        until(lambda: FAILS in replay.stderr(), "the message")
        check("certificate" in replay.stderr(), replay.stderr())
        replay.process.terminate()
        check(replay.process.wait(5) == 1, "the status does not say that an item is missing")
        check(len(receiver.attempts) == 1, "sent to a server that is not known")


@case
def authority_of_openssl(bench):
    """SSL_CERT_FILE, which the variable of OpenTelemetry wins over."""
    certificates(bench.work)
    authority, own = str(bench.work / "ca.pem"), "OTEL_EXPORTER_OTLP_CERTIFICATE"
    with Receiver(context=server_context(bench.work)) as receiver:
        for env in ({"SSL_CERT_FILE": authority}, {"SSL_CERT_FILE": "/none", own: authority}):
            replay = Replay(bench, "--to", f"otlp:{receiver.url}", env=env, count=1)
            check(replay.end() == 0, replay.stderr())
        check(len(receiver.accepted) == 2, f"{len(receiver.accepted)} requests")
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", env={"SSL_CERT_FILE": "/none"})
        check(replay.process.wait(10) == 1, replay.stderr())
        wants_lines(replay, "SSL_CERT_FILE: /none: No such file or directory", 1)


@case
def certificate_of_the_client(bench):
    certificates(bench.work)
    context = server_context(bench.work)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(bench.work / "ca.pem")
    env = {
        "OTEL_EXPORTER_OTLP_CERTIFICATE": str(bench.work / "ca.pem"),
        "OTEL_EXPORTER_OTLP_CLIENT_KEY": str(bench.work / "client.key"),
        "OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE": str(bench.work / "client.pem"),
    }
    with Receiver(context=context) as receiver:
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", env=env, count=2)
        check(replay.end() == 0, replay.stderr())
        wants_all(receiver, 2)


@case
def wrong_settings(bench):
    """An error at the start, or a warning, which names the variable and never a value that is secret."""
    wrong = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": ("ftp://u:hunter2@x", "begin with http:// or https://"),
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": ("http://u:hunter2@:4318", "has no host"),
        "OTEL_EXPORTER_OTLP_CERTIFICATE": ("/nonexistent", "No such file"),
        "OTEL_EXPORTER_OTLP_CLIENT_KEY": (__file__, "only one of them is set"),
    }
    for name, (text, words) in wrong.items():
        replay = Replay(bench, "--to", "otlp", env={name: text})
        check(replay.end() == 1, f"{name}: no error")
        check(name in replay.stderr() and words in replay.stderr(), replay.stderr())
        check("hunter2" not in replay.stderr(), "a password")
    doubtful = {
        "OTEL_EXPORTER_OTLP_TIMEOUT": "soon",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "zstd",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_EXPORTER_OTLP_HEADERS": "good=1,hunter2,x=%0d%0aevil: 1,content-length=5",
        "OTEL_RESOURCE_ATTRIBUTES": "a=1,broken",
    }
    with Receiver() as receiver:
        replay = Replay(bench, "--to", f"otlp:{receiver.url}", env=doubtful, count=1)
        check(replay.end() == 0, replay.stderr())
        for name in doubtful:
            wants_lines(replay, name, 3 if name.endswith("HEADERS") else 1)
        check("hunter2" not in replay.stderr() and "evil" not in replay.stderr(), "a value of a header")
        seen = receiver.accepted[0].headers
        check(seen.get("good") == "1" and "evil" not in seen and "x" not in seen, seen)


@case
def secrets_are_not_shown(bench):
    port = free_port()
    out = bench.work / "out.jsonl"
    env = {"OTEL_EXPORTER_OTLP_HEADERS": "authorization=hunter3"}
    url = f"otlp:http://me:hunter2@127.0.0.1:{port}/v1/logs?key=hunter4"
    replay = Replay(bench, "-v", "-o", out, "--to", url, env=env, count=1)
    until(lambda: FAILS in replay.stderr(), "the message")
    replay.process.terminate()
    check(replay.process.wait(5) == 1, replay.stderr())
    for text in (replay.stderr(), out.read_text()):
        check("hunter" not in text, text)
    with Receiver(port=port):
        replay = Replay(bench, "-o", out, "--truncate", "--to", url, env=env, count=1)
        check(replay.end() == 0, replay.stderr())
    summary = json.loads(out.read_text().splitlines()[-1])
    (counts,) = [entry for entry in summary["outputs"] if entry["format"] == "otlp"]
    check(counts["name"] == f"otlp:http://127.0.0.1:{port}/v1/logs", counts)
    check("hunter" not in out.read_text() + replay.stderr(), out.read_text())


@case
def resource_of_the_environment(bench):
    env = {
        "OTEL_RESOURCE_ATTRIBUTES": "service.name=mine,k8s.node.name=node%2D1,k8s.pod.uid=own,host.name=h",
    }
    for extra, name in (({}, "mine"), ({"OTEL_SERVICE_NAME": "named"}, "named")):
        with Receiver() as receiver:
            replay = Replay(bench, "--to", f"otlp:{receiver.url}", env={**env, **extra}, count=1)
            check(replay.end() == 0, replay.stderr())
            (resource,) = receiver.accepted[0].json["resourceLogs"]
            seen = attributes_of(resource["resource"])
            wanted = {"service.name": name, "k8s.node.name": "node-1", "host.name": "h"}
            check(seen == wanted, seen)


@case
def proxy_of_the_environment(bench):
    """Only the one of the environment: sigpath sends the whole URL to it."""
    with Receiver() as proxy:
        env = {"http_proxy": proxy.url}
        replay = Replay(bench, "--to", "otlp:http://192.0.2.1:4318", env=env, count=1)
        check(replay.end() == 0, replay.stderr())
        check(proxy.accepted[0].path == "http://192.0.2.1:4318/v1/logs", proxy.accepted[0].path)


if __name__ == "__main__":
    main()
