#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A manager's REST API as far as a test of the command line needs it, with faults on demand.

  fake_api.py DIR    prints its port; DIR/faults.json says what goes wrong, DIR/requests is a log

faults.json, read at each request:
  {"conflicts": N}        the next N writes come too late: somebody else wrote first
  {"page": N}             at most N contexts in an answer
  {"lagging": [NODE]}     nodes that never apply anything
  {"away": [NODE]}        nodes that are not connected
  {"unresolved": REASON}  what is said of every override
  {"answer": {...}}       a status and a body for everything
  {"cut": N}              a watch ends after N lines
"""

import http.server
import json
import os
import sys
import threading
import time
import urllib.parse

LOCK = threading.Lock()
NODES = ["node-a", "node-b"]


class State:
    directory = "."
    contexts = {}
    revision = 0
    conflicts_left = None

    @classmethod
    def faults(cls):
        try:
            with open(os.path.join(cls.directory, "faults.json"), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            cls.conflicts_left = None
            return {}

    @classmethod
    def write(cls, name, context):
        cls.revision += 1
        if context is None:
            del cls.contexts[name]
            return
        context["metadata"].update(resourceVersion=str(cls.revision),
                                   creationTimestamp="2026-01-01T00:00:00Z")
        reason = cls.faults().get("unresolved")
        context["status"] = {"overrides": [
            {"service": item["service"], "state": "Unresolved", "endpoints": [], "reason": reason,
             "since": "2026-01-01T00:00:00Z"} if reason else
            {"service": item["service"], "state": "Resolved", "endpoints": ["10.77.4.2:8080"]}
            for item in context["spec"]["overrides"]]}
        cls.contexts[name] = context

    @classmethod
    def etag(cls, name):
        return f'"{cls.contexts[name]["metadata"]["resourceVersion"]}"'


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body, name=None):
        text = json.dumps(body).encode()
        self.send_response(status)
        kind = "application/problem+json" if status >= 400 else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        if name in State.contexts:
            self.send_header("ETag", State.etag(name))
        if self.command != "GET":
            self.send_header("Shunt-Revision", str(State.revision))
        self.end_headers()
        self.wfile.write(text)

    def problem(self, status, detail, lines=()):
        self.reply(status, {"title": "Refused", "status": status, "detail": detail,
                            "problems": list(lines)})

    def handle_any(self):
        length = int(self.headers.get("Content-Length", 0))
        self.body = self.rfile.read(length)
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query))
        with open(os.path.join(State.directory, "requests"), "a", encoding="utf-8") as log:
            log.write(f"{self.command} {self.path} {self.headers.get('Authorization', '-')}\n")
        fixed = State.faults().get("answer")
        name = url.path.rpartition("/")[2]
        if fixed:
            self.reply(fixed["status"], fixed["body"])
        elif url.path == "/v1/nodes":
            self.nodes()
        elif url.path == "/v1/contexts" and self.query.get("watch"):
            self.watch()
        elif url.path == "/v1/contexts":
            self.page()
        elif url.path.startswith("/v1/contexts/") and name == "marker":
            self.marker(url.path.split("/")[3])
        elif url.path.startswith("/v1/contexts/"):
            with LOCK:
                getattr(self, self.command.lower())(name)
        else:
            with open(os.path.join(State.directory, name + ".json"), encoding="utf-8") as file:
                self.reply(200, {"items": json.load(file)})

    do_GET = do_PUT = do_DELETE = handle_any

    def page(self):
        size = State.faults().get("page", 500)
        names = sorted(n for n in State.contexts if n > self.query.get("continue", ""))
        metadata = {"continue": names[size - 1]} if len(names) > size else {}
        self.reply(200, {"metadata": metadata, "items": [State.contexts[n] for n in names[:size]]})

    def nodes(self):
        lagging, away = (State.faults().get(key, []) for key in ("lagging", "away"))
        if lagging:
            time.sleep(float(self.query.get("wait", 0)))
        items = [{"name": n, "live": n not in away,
                  "revision": 0 if n in lagging else State.revision,
                  "generation": 1, "appliedAt": "2026-01-01T00:00:00Z",
                  "lastSeen": "2026-01-01T00:00:00Z", "version": "0.1.0", "problem": ""}
                 for n in NODES]
        self.reply(200, {"applied": not lagging, "items": items})

    def get(self, name):
        if name in State.contexts:
            self.reply(200, State.contexts[name], name)
        else:
            self.problem(404, "there is no such context")

    def marker(self, name):
        if name in State.contexts:
            self.reply(200, {"context": name, "marker": f"{name}.0123456789abcdef"})
        else:
            self.problem(404, "there is no such context")

    def put(self, name):
        if State.conflicts_left is None:
            State.conflicts_left = State.faults().get("conflicts", 0)
        if State.conflicts_left:
            State.conflicts_left -= 1
            other = State.contexts.get(name, {"metadata": {"name": name},
                                              "spec": {"overrides": [], "config": {}}})
            other["spec"]["config"] = {"other": str(State.conflicts_left)}
            State.write(name, other)
        matches = (self.headers.get("If-Match") == State.etag(name) if name in State.contexts
                   else self.headers.get("If-None-Match") == "*")
        if not matches:
            self.problem(412, "the context was changed meanwhile")
            return
        created = name not in State.contexts
        State.write(name, json.loads(self.body))
        self.reply(201 if created else 200, State.contexts[name], name)

    def delete(self, name):
        if name not in State.contexts:
            self.problem(404, "there is no such context")
            return
        State.write(name, None)
        self.reply(200, {})

    def watch(self):
        told, lines, limit = {}, 0, State.faults().get("cut", 0)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Connection", "close")
        self.end_headers()
        while not limit or lines < limit:
            with LOCK:
                now = {n: json.dumps(c) for n, c in State.contexts.items()}
            events = [{"type": "MODIFIED" if n in told else "ADDED", "object": json.loads(c)}
                      for n, c in now.items() if told.get(n) != c]
            events += [{"type": "DELETED", "object": {"metadata": {"name": n}}}
                       for n in told if n not in now]
            events += [] if lines else [{"type": "SYNCED"}]
            told = now
            for event in events:
                try:
                    self.wfile.write(json.dumps(event).encode() + b"\n")
                except OSError:
                    return
                lines += 1
            time.sleep(0.02)
        self.close_connection = True


def main():
    State.directory = sys.argv[1]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()


main()
