#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A service that asks others for each request that it gets, over connections that it keeps, and
answers with its name and theirs. It passes the context on, or forgets to.

    service.py NAME ADDRESS PORT [--forgets] [--polls ADDRESS] [ADDRESS...]
"""
import argparse
import http.client
import http.server
import socket
import socketserver
import threading
import time

MARKER = "x-shunt-context"
WORK = 0.002  # seconds
POLL = 0.05
PORT = 80  # of the Services


class Asking(threading.local):
    """A thread's connections to other services."""

    def __init__(self):
        self.connections = {}

    def ask(self, address, headers):
        if address not in self.connections:
            self.connections[address] = http.client.HTTPConnection(address, PORT, timeout=20)
        connection = self.connections[address]
        connection.request("GET", "/", headers=headers)
        return connection.getresponse().read().decode()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, arguments):
        self.address_family = socket.AF_INET6 if ":" in arguments.address else socket.AF_INET
        self.arguments = arguments
        self.asking = Asking()
        super().__init__((arguments.address, arguments.port), Handler)

    def server_bind(self):
        """Without asking DNS for the address's name, as there is none in a pod."""
        socketserver.TCPServer.server_bind(self)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer in one packet

    def do_GET(self):
        arguments = self.server.arguments
        context = self.headers.get(MARKER)
        headers = {MARKER: context} if context and not arguments.forgets else {}
        time.sleep(WORK)
        names = [self.server.asking.ask(address, headers) for address in arguments.others]
        body = f"{arguments.name}({' '.join(names)})".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def poll(asking, address):
    """What a service asks by itself, whatever it is asked."""
    while True:
        time.sleep(POLL)
        asking.ask(address, {})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("others", nargs="*")
    parser.add_argument("--forgets", action="store_true")
    parser.add_argument("--polls")
    arguments = parser.parse_intermixed_args()
    server = Server(arguments)
    if arguments.polls:
        threading.Thread(target=poll, args=(server.asking, arguments.polls), daemon=True).start()
    server.serve_forever()


main()
