# SPDX-License-Identifier: Apache-2.0
"""A manager whose tables never rest: source.py PORT PROGRESS PLAN.

PLAN is a JSON file:
    services    {"shop/a:web": ["10.77.96.10", 81], ...}: service ports and their frontends
    stable      {"x": ["shop/users:web", "10.77.1.13", 8081], ...}: overrides that stay
    others      how many contexts come, change and go; their overrides are of the service of `x`, and
                their endpoints those of the stable overrides
    pair        [["first", "shop/a:web", "10.77.1.14", 10000],
                 ["second", "shop/b:web", "10.77.1.14", 20000]]:
                overrides of two services. Generation G has the port's number + G % ports; both are
                replaced in each generation, and the endpoints before are removed with it. The
                agent writes in the order of contexts: those of the others are in between
    ports       how many ports each of them has
    changes     rows of a generation
    large       [300, 8000]: each 300th has so many, which take the agent a while
    rate        rows a second
    limit       generations that may be under way; the agent has to be that near

PROGRESS is a file of three 64-bit numbers, in the host's order: the last generation that the agent has
reported, the one sent last, and rows sent since the start.
"""

import http.server
import itertools
import json
import mmap
import os
import random
import sys
import threading
import time

import wire

KEY = bytes(range(16))
OTHER_STATES = 3  # absent, and one for each of two endpoints


class Progress:
    """Goes on from where another source was killed."""

    def __init__(self, path):
        with open(path, "a+b") as file:
            file.truncate(24)
            # Each number is written with one store, as readers need it.
            self.numbers = memoryview(mmap.mmap(file.fileno(), 24)).cast("Q")

    def set(self, place, number):
        self.numbers[place] = number

    def get(self, place):
        return self.numbers[place]


class Tables:
    """What there is now, and rows for what comes next."""

    def __init__(self, plan, generation):
        self.plan = plan
        self.generation = generation
        targets = [stable[1:] for stable in plan["stable"].values()]
        service = plan["stable"]["x"][0]
        self.states = [0] * plan["others"]
        self.rows = [[wire.override_row(f"other-{i}", service, []),
                      wire.override_row(f"other-{i}", service, [targets[0]]),
                      wire.override_row(f"other-{i}", service, [targets[-1]])]
                     for i in range(plan["others"])]
        self.turns = itertools.cycle(random.sample(range(plan["others"]), plan["others"]))

    def pair(self, generation):
        for context, service, address, first in self.plan["pair"]:
            port = first + generation % self.plan["ports"]
            yield wire.offloaded_row(address, port, service)
            yield wire.override_row(context, service, [(address, port)])

    def unpair(self, generation):
        for _, _, address, first in self.plan["pair"]:
            yield wire.removed_offloaded_row(address, first + generation % self.plan["ports"])

    def snapshot(self):
        rows = [wire.service_row(name) for name in self.plan["services"]]
        rows += [wire.frontend_row(*where, name)
                 for name, where in self.plan["services"].items()]
        for context, (service, address, port) in self.plan["stable"].items():
            rows.append(wire.offloaded_row(address, port, service))
            rows.append(wire.override_row(context, service, [(address, port)]))
        rows += [row[state] for row, state in zip(self.rows, self.states) if state]
        rows += self.pair(self.generation)
        rows.append(wire.keys_row(1, KEY))
        return wire.generation(self.generation, rows, snapshot=True)

    def next(self):
        """The next generation and how many rows it has."""
        rows = list(self.unpair(self.generation))
        self.generation += 1
        rows += self.pair(self.generation)
        every, large = self.plan["large"]
        count = self.plan["changes"] if self.generation % every else large
        while len(rows) < count:
            i = next(self.turns)
            self.states[i] = (self.states[i] + random.randrange(1, OTHER_STATES)) % OTHER_STATES
            rows.append(self.rows[i][self.states[i]])
        return wire.generation(self.generation, rows), len(rows)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.server.serve_stream(self.wfile)

    def do_POST(self):
        report = dict(wire.fields(self.rfile.read(int(self.headers["Content-Length"]))))
        if report.get(3):
            self.server.reported(report[3])
        time.sleep(0.01)  # one at a time is under way: so there are not too many
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Source(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port, progress, plan):
        super().__init__(("127.0.0.1", port), Handler)
        self.plan = plan
        self.progress = progress
        self.tables = Tables(plan, progress.get(1) + 1)
        self.instances = itertools.count(1)
        self.latest = 0  # stream
        self.lock = threading.Lock()  # of the tables: one stream at a time
        self.near = threading.Condition()

    def reported(self, generation):
        with self.near:
            if generation > self.progress.get(0):
                self.progress.set(0, generation)
            self.near.notify_all()

    def is_near(self):
        return self.tables.generation - self.progress.get(0) < self.plan["limit"]

    def await_agent(self, stream):
        """False where another agent has come."""
        with self.near:
            self.near.wait_for(lambda: self.latest != stream or self.is_near())
            return self.latest == stream

    def serve_stream(self, out):
        with self.near:
            self.latest += 1
            stream = self.latest
            self.near.notify_all()
        with self.lock:
            try:
                self.stream(out, stream)
            except OSError:
                pass  # the agent is gone; another one will come

    def stream(self, out, stream):
        out.write(wire.hello(f"run-{os.getpid()}-{next(self.instances)}", 5000))
        self.progress.set(1, self.tables.generation)
        out.write(self.tables.snapshot())
        out.flush()
        due = time.monotonic()
        while self.await_agent(stream):
            messages, rows = self.tables.next()
            time.sleep(max(0, due - time.monotonic()))
            due = max(due, time.monotonic() - 1) + rows / self.plan["rate"]
            self.progress.set(1, self.tables.generation)
            out.write(messages)
            out.flush()
            self.progress.set(2, self.progress.get(2) + rows)


def main():
    with open(sys.argv[3]) as file:
        plan = json.load(file)
    Source(int(sys.argv[1]), Progress(sys.argv[2]), plan).serve_forever()


main()
