# SPDX-License-Identifier: GPL-2.0-or-later
"""The WSGI application of the gunicorn case. The environment has SOURCE, LOG_TCP and LOG_UNIX.

/down copies what the source sends. /tcp and /unix pass the client's data on, to a log that may be
gone: an error of the log must not fail the request."""

import os
import socket


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/down":
        return stream()
    return upload(environ)


def stream():
    with socket.create_connection(("127.0.0.1", int(os.environ["SOURCE"]))) as source:
        source.sendall(b"GET / HTTP/1.0\r\n\r\n")
        while data := source.recv(65536):
            yield data


def upload(environ):
    if environ["PATH_INFO"] == "/tcp":
        log = socket.create_connection(("127.0.0.1", int(os.environ["LOG_TCP"])))
    else:
        log = socket.socket(socket.AF_UNIX)
        log.connect(os.environ["LOG_UNIX"])
    with log:
        while data := environ["wsgi.input"].read(4096):
            try:
                log.sendall(data)
            except OSError:
                pass
    yield b"logged\n"
