# SPDX-License-Identifier: Apache-2.0
"""An API server on loopback with the semantics that clients rely on, and with faults at will."""

import json
import random
import re
import socket
import ssl
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from objects import KINDS, Objects, Refusal


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


class ApiHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    api = None

    def setup(self):
        if self.api.tls:
            self.request.settimeout(10)
            self.request = self.api.tls.wrap_socket(self.request, server_side=True)
            self.request.settimeout(None)
        super().setup()
        with self.api.lock:
            self.api.connections.add(self.request)

    def finish(self):
        with self.api.lock:
            self.api.connections.discard(self.request)
        super().finish()

    def log_message(self, *_):
        pass

    def answer(self, status, body, content_type="application/json", headers=None):
        with self.api.lock:
            self.api.requests.append((self.command, self.path, status))
        if self.mute:
            self.close_connection = True
            self.request.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def answer_json(self, status, item):
        self.answer(status, json.dumps(item).encode())

    def answer_status(self, status, reason, message, headers=None):
        body = Refusal(status, reason, message).status
        self.answer(status, json.dumps(body).encode(), headers=headers)

    def user(self):
        api = self.api
        field = self.headers.get("Authorization", "")
        if api.tokens is None and not api.names:
            return "anybody"
        if api.tokens and field.startswith("Bearer ") and field[7:] in api.tokens:
            return api.tokens[field[7:]]
        if api.tls and api.names:
            subject = (self.request.getpeercert() or {}).get("subject", ())
            for part in subject:
                if part[0][0] == "commonName" and part[0][1] in api.names:
                    return part[0][1]
        return None

    def read_body(self):
        length = int(self.headers.get("Content-Length") or 0)
        return json.loads(self.rfile.read(length)) if length else None

    def handle_request(self):
        self.mute = False
        body = self.read_body()
        fault = self.api.take_fault(self.command, self.path)
        try:
            if fault and fault.act(self):
                return
            if self.user() is None:
                raise Refusal(401, "Unauthorized", "Unauthorized")
            self.dispatch(body)
        except Refusal as refusal:
            self.answer_json(refusal.code, refusal.status)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError, OSError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request

    def find_kind(self, path):
        """(kind, version, namespace, name, part) of a path, or None: not served."""
        match = re.fullmatch(r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>[^/]+)"
                             r"(?:/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[^/]+)"
                             r"(?:/(?P<name>[^/]+)(?:/(?P<part>[^/]+))?)?", path)
        for kind in KINDS if match else []:
            version = match["version"]
            if (match["group"] or "") == kind.group and match["plural"] == kind.plural and \
                    version in kind.versions and kind.api_version(version) not in self.api.absent:
                return kind, version, match["namespace"] or "", match["name"], match["part"]
        return None

    def dispatch(self, body):
        path, _, query = self.path.partition("?")
        query = dict(urllib.parse.parse_qsl(query))
        if self.command == "POST" and path == "/apis/authentication.k8s.io/v1/tokenreviews":
            self.note("create", "authentication.k8s.io", "tokenreviews", "")
            self.review(body)
            return
        found = self.find_kind(path)
        if not found:
            self.answer(404, b"404 page not found\n", "text/plain; charset=utf-8")
            return
        kind, version, namespace, name, part = found
        verb = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}.get(
            self.command, "get" if name else "watch" if query.get("watch") else "list")
        self.note(verb, kind.group, kind.plural + (f"/{part}" if part else ""), namespace)
        getattr(self, "do_" + verb)(kind, version, namespace, name, part, query, body)

    def note(self, verb, group, resource, namespace):
        with self.api.lock:
            self.api.used.add((verb, group, resource, namespace))

    def show(self, kind, version, item):
        return {**item, "kind": kind.kind, "apiVersion": kind.api_version(version)}

    def review(self, body):
        user = self.api.reviews.get(body["spec"]["token"])
        status = {"authenticated": True, "user": user} if user else {"error": "invalid token"}
        self.answer_json(201, {**body, "status": status})

    def do_get(self, kind, version, namespace, name, *_):
        self.answer_json(200, self.show(kind, version, self.api.objects.find(kind, namespace,
                                                                             name)))

    def do_create(self, kind, version, namespace, _name, _part, _query, body):
        if kind.namespaced:
            body["metadata"]["namespace"] = namespace
        self.answer_json(201, self.show(kind, version, self.api.objects.create(kind, body)))

    def do_update(self, kind, version, namespace, name, part, _query, body):
        body["metadata"]["namespace"] = namespace
        self.answer_json(200, self.show(kind, version, self.api.objects.replace(
            kind, namespace, name, lambda _: body, part)))

    def do_patch(self, kind, version, namespace, name, part, _query, body):
        from objects import apply_json_patch
        if self.headers["Content-Type"] != "application/json-patch+json":
            raise Refusal(415, "UnsupportedMediaType", "the body of the request was in an unknown "
                          "format - accepted media types include: application/json-patch+json")
        self.answer_json(200, self.show(kind, version, self.api.objects.replace(
            kind, namespace, name, lambda old: apply_json_patch(old, body), part)))

    def do_delete(self, kind, _version, namespace, name, _part, _query, body):
        self.api.objects.delete(kind, namespace, name, (body or {}).get("preconditions"))
        self.answer_json(200, {"kind": "Status", "apiVersion": "v1", "status": "Success",
                               "details": {"name": name, "kind": kind.plural}})

    def do_list(self, kind, version, namespace, _name, _part, query, _body):
        items, revision, token = self.api.objects.list(
            kind, namespace, query.get("labelSelector"), int(query.get("limit", 0)),
            query.get("continue"))
        # As API servers do: those of our own kinds have their kind with them, the others not.
        if kind.group == "shunt.dev":
            items = [self.show(kind, version, item) for item in items]
        else:
            items = [{key: value for key, value in item.items()
                      if key not in ("kind", "apiVersion")} for item in items]
        self.answer_json(200, {"kind": kind.kind + "List", "apiVersion": kind.api_version(version),
                               "metadata": {"resourceVersion": str(revision), "continue": token},
                               "items": items})

    def send_piece(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def send_line(self, line):
        """False: it was cut."""
        if self.left is not None and len(line) > self.left:
            self.send_piece(line[:self.left] or line[:1])
            self.request.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return False
        if self.left is not None:
            self.left -= len(line)
        while self.api.chop and line:
            size = self.api.random.choice((1, 2, 3, 7, 50, 400))
            self.send_piece(line[:size])
            line = line[size:]
            if self.api.random.random() < 0.02:
                time.sleep(0.001)
        if line:
            self.send_piece(line)
        return True

    def do_watch(self, kind, version, namespace, _name, _part, query, _body):
        api, objects = self.api, self.api.objects
        revision = int(query["resourceVersion"])
        end = time.monotonic() + min(float(query["timeoutSeconds"]), api.watch_seconds or 3600)
        with api.lock:
            api.requests.append((self.command, self.path, 200))
            self.left = api.watch_cut.pop(0) if api.watch_cut else None
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        server = api.server
        while time.monotonic() < end and api.server is server:
            try:
                events, now = objects.after(revision, kind, namespace, query.get("labelSelector"))
            except Refusal as refusal:
                self.send_line(json.dumps({"type": "ERROR", "object": refusal.status}).encode() +
                               b"\n")
                break
            for _, what, item in events:
                line = json.dumps({"type": what, "object": self.show(kind, version, item)},
                                  separators=(",", ":")).encode() + b"\n"
                if not self.send_line(line):
                    return
            if now > revision and query.get("allowWatchBookmarks") == "true":
                mark = {"metadata": {"resourceVersion": str(now), "creationTimestamp": None},
                        "spec": {"containers": None}}
                if not self.send_line(json.dumps({"type": "BOOKMARK", "object": self.show(
                        kind, version, mark)}).encode() + b"\n"):
                    return
            revision = max(revision, now)
            with objects.lock:
                if objects.revision == revision:
                    objects.changed.wait(0.2)
        self.wfile.write(b"0\r\n\r\n")
