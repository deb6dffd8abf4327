# SPDX-License-Identifier: Apache-2.0
"""Requests while tables change without rest: client.py PROGRESS PLAN SECONDS.

See source.py for PROGRESS and PLAN. Asks the two services of the pair in turn, over one kept-alive
connection to each, mostly with the marker of its context, and waits for each answer.
Answers of the pair are the port that was reached, which tells the generation that the request was sent
by. By that, a generation is never seen by half:

    backward   no request goes by an older generation than any request whose answer was there before it
               began, whichever of the two services that one asked for; nor by one older than what the
               agent had reported as applied by then, whose endpoints are gone
    early      nor by one that was not sent yet
    origin     nor by none

Prints what was found as JSON, also when it is ended by SIGTERM.
"""

import collections
import json
import mmap
import random
import signal
import socket
import sys
import time

UNMARKED = 0.2  # of all requests
EXAMPLES = 10


class Generations:
    """What is known of generations at a moment."""

    def __init__(self, path, ports):
        with open(path, "rb") as file:
            self.numbers = memoryview(mmap.mmap(file.fileno(), 24, access=mmap.ACCESS_READ)).cast("Q")
        self.ports = ports
        self.newest = 0  # that an answer was by

    def floor(self):
        return max(self.newest, self.numbers[0])

    def judge(self, floor, offset):
        """Why an answer by the generation with this place among the ports is wrong, or None."""
        ahead = (offset - floor) % self.ports
        if ahead >= self.ports // 2:
            return "backward", self.ports - ahead
        generation = floor + ahead
        if generation > self.numbers[1]:
            return "early", ahead
        self.newest = max(self.newest, generation)
        return None


class Connection:
    """Blocks, as what comes after an answer has to come soon."""

    def __init__(self, address, port):
        self.to = (address, port)
        self.socket = None
        self.bytes = b""

    def read(self):
        more = self.socket.recv(65536)
        if not more:
            raise EOFError
        self.bytes += more

    def ask(self, context):
        """The status, body and head of an answer."""
        if not self.socket:
            self.socket = socket.create_connection(self.to, timeout=10)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.bytes = b""
        marker = f"x-shunt-context: {context}\r\n" if context else ""
        self.socket.sendall(f"GET / HTTP/1.1\r\nhost: a\r\n{marker}\r\n".encode())
        while b"\r\n\r\n" not in self.bytes:
            self.read()
        head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        head = head.decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        while len(self.bytes) < length:
            self.read()
        body, self.bytes = self.bytes[:length], self.bytes[length:]
        return int(head.split()[1]), body.decode().strip(), head

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None


class Check:
    def __init__(self, progress, plan):
        self.generations = Generations(progress, plan["ports"])
        self.halves = [(*plan["services"][service], context, first)
                       for context, service, _, first in plan["pair"]]
        self.requests = self.marked = 0
        self.seen = set()
        self.wrong = collections.Counter()
        self.examples = []

    def complain(self, kind, text):
        self.wrong[kind] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{kind}: {text}")

    def judge(self, half, marked, floor, status, body, head):
        if status != 200:
            self.complain("status", head)
        elif marked and not body.isdigit():
            self.complain("origin", f"service {half}: {body}")
        elif not marked and body.isdigit():
            self.complain("moved", f"service {half}: {body}")
        elif marked:
            offset = int(body) - self.halves[half][3]
            self.seen.add(offset)
            wrong = self.generations.judge(floor, offset)
            if wrong:
                self.complain(wrong[0], f"service {half}: {wrong[1]} generations off, after {floor}")

    def one(self, half, connection):
        marked = random.random() >= UNMARKED
        floor = self.generations.floor()
        try:
            answer = connection.ask(self.halves[half][2] if marked else None)
        except (OSError, EOFError, ValueError, IndexError) as error:
            self.complain("connection", f"service {half}: {error!r}")
            connection.close()
            return
        self.requests += 1
        self.marked += marked
        self.judge(half, marked, floor, *answer)
        if answer[0] != 200:
            connection.close()

    def run(self, seconds):
        connections = [Connection(address, port) for address, port, *_ in self.halves]
        end = time.monotonic() + seconds
        while not ended and time.monotonic() < end:
            for half, connection in enumerate(connections):
                self.one(half, connection)


ended = []


def main():
    with open(sys.argv[2]) as file:
        check = Check(sys.argv[1], json.load(file))
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    check.run(float(sys.argv[3]))
    print(json.dumps({"requests": check.requests, "marked": check.marked,
                      "generations": len(check.seen), "wrong": sum(check.wrong.values()),
                      "kinds": check.wrong, "examples": check.examples}))


main()
