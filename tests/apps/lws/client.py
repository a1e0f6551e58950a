#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A websocket client that reads whatever comes. usage: client.py ws|wss PORT [ADDRESS]"""

import socket
import ssl
import sys

context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
address = sys.argv[3] if len(sys.argv) > 3 else "127.0.0.1"
connection = socket.create_connection((address, int(sys.argv[2])))
if sys.argv[1] == "wss":
    connection = context.wrap_socket(connection)
with connection:
    connection.sendall(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: report\r\n\r\n"
    )
    while data := connection.recv(4096):
        print(len(data), flush=True)
