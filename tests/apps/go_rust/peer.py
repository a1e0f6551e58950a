#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The peer of the gateway prints each event. For an upgrade a second peer starts on the same port.
Then the first one exits, which closes its connections. usage: peer.py PORT (0: any)"""

import socket
import sys

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen()
print("listening on", listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    with connection, connection.makefile() as events:
        for event in events:
            print(event, end="", flush=True)
