# SPDX-License-Identifier: Apache-2.0
"""An API server on loopback with the semantics that clients rely on, and with faults at will."""

import random
import re
import socket
import threading
import time
from http.server import ThreadingHTTPServer

from apihandler import ApiHandler
from objects import KINDS, Objects


class Fault:
    """What happens to requests that match, so many times."""

    def __init__(self, method, path, times, act):
        self.method, self.path, self.times, self.act = method, re.compile(path), times, act


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """Connections that tests cut are no news."""


class ApiServer:
    def __init__(self, tls=None, tokens=None, names=None):
        """tls: an ssl.SSLContext; tokens: who may come with which, by token (None: everybody);
        names: those of client certificates that may come without."""
        self.objects = Objects()
        self.tls, self.tokens, self.names = tls, tokens, names or set()
        self.reviews = {}  # by token: the user of its TokenReview
        self.absent = set()  # API versions that are not served
        self.requests = []  # (method, path with query, status)
        self.used = set()  # (verb, group, resource, namespace)
        self.faults = []
        self.chop = False  # watches come in pieces of a few bytes
        self.watch_seconds = None  # the longest that a watch lasts, whatever is asked
        self.watch_cut = None  # bytes after which a watch is cut; a list, one for each
        self.connections = set()
        self.lock = threading.Lock()
        self.random = random.Random(1)
        self.port = 0
        self.server = None
        self.back()

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def back(self):
        """Serves; on the same port again after away()."""
        outer = self

        class Handler(ApiHandler):
            api = outer

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def away(self):
        """As if it had been killed: connections end, new ones are refused."""
        server, self.server = self.server, None
        server.shutdown()
        server.server_close()
        self.cut_all()

    def cut_all(self):
        with self.lock:
            connections = list(self.connections)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def stop(self):
        if self.server:
            self.away()

    def fail(self, method, path, status, times=1, headers=None, body=None):
        """Answers so instead; body is a Status where it is None, else text."""
        def act(handler):
            handler.answer_status(status, "Injected", "injected by the test", headers) \
                if body is None else handler.answer(status, body.encode(), "text/plain", headers)
            return True
        self.faults.append(Fault(method, path, times, act))

    def cut(self, method, path, times=1):
        """Does what is asked, and ends the connection without an answer."""
        def act(handler):
            handler.mute = True
            return False
        self.faults.append(Fault(method, path, times, act))

    def delay(self, method, path, seconds, times=1):
        def act(_):
            time.sleep(seconds)
            return False
        self.faults.append(Fault(method, path, times, act))

    def conflict(self, path, change, times=1):
        """Somebody else is first: change() is called before the request is looked at."""
        def act(_):
            change()
            return False
        self.faults.append(Fault("PATCH", path, times, act))

    def take_fault(self, method, path):
        with self.lock:
            for fault in self.faults:
                if fault.times and fault.method == method and fault.path.search(path):
                    fault.times -= 1
                    return fault
        return None

    def put(self, *items):
        for item in items:
            kind = next(kind for kind in KINDS if kind.kind == item["kind"])
            self.objects.apply(kind, item)

    def get(self, kind_name, namespace, name):
        kind = next(kind for kind in KINDS if kind.kind == kind_name)
        return self.objects.find(kind, namespace, name)

    def delete(self, kind_name, namespace, name):
        kind = next(kind for kind in KINDS if kind.kind == kind_name)
        self.objects.delete(kind, namespace, name)

    def count(self, method, path):
        with self.lock:
            return sum(1 for entry in self.requests
                       if entry[0] == method and re.search(path, entry[1]))
