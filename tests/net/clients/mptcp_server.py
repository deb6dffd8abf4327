#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""mptcp_server.py NAME PORT: answers each request with NAME, over Multipath TCP where the client asks."""
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        answer = sys.argv[1].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("", int(sys.argv[2])), Handler, bind_and_activate=False)
server.socket = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_MPTCP)
server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.socket.bind(("::", int(sys.argv[2])))
server.server_activate()
server.serve_forever()
