#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""mptcp_client.py ADDRESS PORT CONTEXT tcp|mptcp: 20 requests over one connection, every second one
marked; prints the server of each."""
import http.client
import socket
import sys

ADDRESS, PORT, CONTEXT, PROTOCOL = sys.argv[1:]
FAMILY = socket.AF_INET6 if ":" in ADDRESS else socket.AF_INET


class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(FAMILY, socket.SOCK_STREAM,
                                  socket.IPPROTO_MPTCP if PROTOCOL == "mptcp" else 0)
        self.sock.settimeout(10)
        self.sock.connect((ADDRESS, int(PORT)))


connection = Connection(ADDRESS, int(PORT))
for number in range(20):
    connection.request("GET", "/", headers={"x-shunt-context": CONTEXT} if number % 2 else {})
    print(connection.getresponse().read().decode())
