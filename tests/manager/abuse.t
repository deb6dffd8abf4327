#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A manager and those who mean it ill: each gets a clear error or is cut off, and a well-behaved
client beside them is not disturbed. The manager lives on, and its memory stays bounded.

  ABUSE_CONNECTIONS=10000   idle ones
"""

import json
import os
import re
import resource
import select
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import manager as shunt  # noqa: E402

CONNECTIONS = int(os.environ.get("ABUSE_CONNECTIONS", "10000"))
ROLES = {"rea": "reader", "ann": "editor", "root": "admin", "node-a": "agent"}
SLOWEST = 1  # seconds, of the well-behaved client's answers
CUT_AFTER = 10  # seconds, for a request to come whole
CUT_WITHIN = 16
RESIDENT_MAX = 512  # MB, ever
CUT, WAITS = 0, -1  # instead of a status; what waits is cut later, as a test of its own shows
WAIT = 0.5  # seconds, for an answer to what may be unfinished
PUT = "PUT /v1/contexts/mine"
JSON = "Content-Type: application/json"


class Neighbour(threading.Thread):
    """Reads and writes its own context all the while, and takes the time of each answer."""

    def __init__(self, manager):
        super().__init__(daemon=True)
        self.api = shunt.Api(manager, "ann")
        self.slowest = self.count = 0
        self.failure = None
        self.over = threading.Event()

    def run(self):
        etag = None
        try:
            while not self.over.wait(0.02):
                self.count += 1
                begin = time.monotonic()
                if self.count % 5 == 1:
                    reply = self.api.put(shunt.context("well", [], number=str(self.count)), etag)
                    etag = reply.etag
                else:
                    reply = self.api.ask("GET", "/v1/contexts/well")
                self.slowest = max(self.slowest, time.monotonic() - begin)
                if reply.status not in (200, 201):
                    raise AssertionError(f"{reply.status} {reply.text}")
        except Exception:
            self.failure = traceback.format_exc()


class World:
    def __init__(self, directory):
        self.manager = shunt.Manager(directory, shunt.tokens_options(directory, ROLES))
        self.manager.start()
        self.root = shunt.Api(self.manager, "root")
        reply = self.root.put(shunt.context("mine", [], secret="kept"))
        if reply.status != 201:
            raise AssertionError(f"{reply.status} {reply.text}")
        self.kept = reply.etag
        self.neighbour = Neighbour(self.manager)
        self.neighbour.start()

    def connect(self, source="127.0.0.2"):
        """From another address than the well-behaved client's."""
        return socket.create_connection(("127.0.0.1", self.manager.port), 10, (source, 0))

    def send(self, data, limit=CUT_WITHIN):
        """The status that raw bytes get, CUT or WAITS. All that was answered is in self.answer."""
        self.answer = b""
        with self.connect() as peer:
            peer.settimeout(limit)
            try:
                peer.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # an answer may be there all the same
            try:
                while not has_whole_answer(self.answer):
                    got = peer.recv(65536)
                    if not got:
                        break
                    self.answer += got
            except ConnectionResetError:
                pass
            except TimeoutError:
                return WAITS
        status = re.match(rb"HTTP/1\.1 (\d{3}) ", self.answer)
        return int(status[1]) if status else CUT

    def ask(self, line, *fields, body=b"", token="root"):
        """As send(), of a request that is well-formed as far as the parts are."""
        head = [line + " HTTP/1.1", "Host: m", "Connection: close", *fields]
        if token:
            head.append(f"Authorization: Bearer {token}")
        if body:
            head.append(f"Content-Length: {len(body)}")
        return self.send("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body)

    def expect(self, what, status, allowed):
        if status not in allowed:
            raise AssertionError(f"{what[:100]!r} got {status}, not one of {allowed}: "
                                 f"{self.answer[-300:]!r}")
        problem = self.answer.partition(b"\r\n\r\n")[2]
        if b"application/problem+json" in self.answer and json.loads(problem)["status"] != status:
            raise AssertionError(f"{what[:100]!r} got {status} and {problem!r}")

    def expect_kept(self):
        reply = self.root.get("/v1/contexts/mine")
        if reply.etag != self.kept or reply.json["spec"]["config"] != {"secret": "kept"}:
            raise AssertionError(f"the context was changed: {reply.text}")


def has_whole_answer(answer):
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return bool(end and length and len(body) >= int(length[1]))


def test_bodies_that_are_too_large(world):
    large = b'{"a":"' + b"x" * 1100000 + b'"}'
    chunks = b"".join(b"10000\r\n" + b"x" * 65536 + b"\r\n" for _ in range(32)) + b"0\r\n\r\n"
    chunked = f"{PUT} HTTP/1.1\r\nHost: m\r\n{JSON}\r\nAuthorization: Bearer root\r\n" \
              "Transfer-Encoding: chunked\r\n\r\n"
    for length in ("1048577", "10737418240", "18446744073709551615"):
        world.expect(length, world.ask(PUT, JSON, f"Content-Length: {length}"), {413})
    for length in ("18446744073709551616", "9" * 40, "-1", "1x", "0x10", ""):
        world.expect(length, world.ask(PUT, JSON, f"Content-Length: {length}"), {400, 413, CUT})
    world.expect("a large body", world.ask(PUT, JSON, body=large), {413, CUT})
    world.expect("large chunks", world.send(chunked.encode() + chunks), {413, CUT})
    world.expect("a large context", world.ask(PUT, JSON, body=large[:300000] + b'"}'), {413})
    world.expect_kept()


def test_heads_that_are_too_large(world):
    for size in (17000, 31000, 40000, 2000000):
        world.expect(f"a field of {size}", world.ask("GET /livez", "A: " + "x" * size), {431, CUT})
        world.expect(f"a target of {size}", world.ask("GET /" + "x" * size), {414, 431, CUT})
    world.expect("many fields", world.ask("GET /livez", *["A: b"] * 5000), {431, CUT})
    world.expect("a long method", world.ask("G" * 40000 + " /livez"), {400, 431, 414, CUT})


def test_requests_that_are_malformed(world):
    for data in (b"\0" * 100 + b"\r\n\r\n", b"GET\r\n\r\n", b"GET /livez\r\n\r\n",
                 b"GET /livez HTTP/9.9\r\n\r\n", b"GET /livez HTTP/1.1\r\n\r\n",
                 b"GET /livez HTTP/1.1\r\nHost: m\r\nno colon\r\n\r\n",
                 b"GET /livez HTTP/1.1\r\n Host: m\r\n\r\n", b"\x16\x03\x01\x02\x00\x01" * 50,
                 b"GET /v1/contexts\0 HTTP/1.1\r\nHost: m\r\n\r\n",
                 b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", os.urandom(2000) + b"\r\n\r\n"):
        status = world.send(data, WAIT)
        world.expect(data, status, {400, 401, 404, 405, 431, 505, CUT, WAITS})
    for chunks in ("zz\r\n", "-1\r\n\r\n", "fffffffffffffffff\r\nx", "7fffffffffffffff\r\nx",
                   "5\r\nhelloworld\r\n0\r\n\r\n", "1" * 4000 + "\r\n", "3;" + "a" * 40000):
        data = f"{PUT} HTTP/1.1\r\nHost: m\r\n{JSON}\r\nAuthorization: Bearer root\r\n" \
               "Transfer-Encoding: chunked\r\n\r\n" + chunks
        status = world.send(data.encode() + b"\r\n\r\n", WAIT)
        world.expect(chunks, status, {400, 413, CUT, WAITS})
    world.expect_kept()


def test_lengths_that_contradict_each_other(world):
    """Whatever is made of the first request, no second one is found in it."""
    hidden = b"GET /livez HTTP/1.1\r\nHost: m\r\n\r\n"
    for fields in ("Content-Length: 3\r\nTransfer-Encoding: chunked",
                   f"Content-Length: 0\r\nContent-Length: {len(hidden)}",
                   "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, gzip"):
        data = f"{PUT} HTTP/1.1\r\nHost: m\r\n{JSON}\r\nAuthorization: Bearer root\r\n{fields}" \
               "\r\n\r\n"
        world.expect(fields, world.send(data.encode() + b"0\r\n\r\n" + hidden, WAIT),
                     {400, 411, 413, 422, 501, CUT, WAITS})
        if b"HTTP/1.1 200" in world.answer:
            raise AssertionError(f"{fields}: the hidden request was answered: {world.answer}")
    world.expect_kept()


def test_requests_of_those_who_may_not(world):
    for fields in ([], ["Authorization: Basic cm9vdDo="], ["Authorization: Bearer"],
                   ["Authorization: Bearer root root"], ["Authorization: Bearer " + "x" * 9000],
                   ["Authorization: Bearer nobody"], ["Authorization: Bearer r\xf6\xf6t"]):
        world.expect(str(fields), world.ask("GET /v1/contexts", *fields, token=None), {401})
    body = json.dumps(shunt.context("mine", [], secret="gone")).encode()
    for token in ("rea", "ann", "node-a"):
        world.expect(token, world.ask(PUT, JSON, body=body, token=token), {403})
        world.expect(token, world.ask("DELETE /v1/contexts/mine", token=token), {403})
    world.expect("sync", world.ask("GET /v1/sync", token="rea"), {403})
    world.expect_kept()


def test_guessing_tokens(world):
    begin = time.monotonic()
    replies = [shunt.Api(world.manager, f"guess-{i}", source="127.0.0.3").ask("GET", "/v1/nodes")
               for i in range(300)]
    heard = sum(reply.status == 401 for reply in replies)
    refused = [reply for reply in replies if reply.status == 429]
    if heard + len(refused) != 300 or heard > 60 + 5 * (time.monotonic() - begin):
        raise AssertionError(f"{heard} of 300 guesses were heard, {len(refused)} refused")
    if not refused or not all(int(reply.headers["Retry-After"]) > 0 for reply in refused):
        raise AssertionError("no Retry-After")
    known = shunt.Api(world.manager, "rea", source="127.0.0.3").ask("GET", "/v1/nodes")
    if known.status != 200:
        raise AssertionError(f"who is known was refused too: {known.status}")


def test_entity_tags_that_are_forged(world):
    body = json.dumps(shunt.context("mine", [], secret="gone")).encode()
    etag = world.root.get("/v1/contexts/mine").etag
    for tags, allowed in ((f"W/{etag}", {412}), ('"0"', {412}), ('"' + "9" * 4000 + '"', {412}),
                          ('"\xff"', {412}), ('"a", "b" , "c"', {412}), ('"', {400}), ("", {400}),
                          ("x", {400}), (etag.strip('"'), {400}), (f",{etag}", {400}),
                          (f"* , {etag}", {400}), ("," * 4000, {400}), (f"w/{etag}", {400})):
        for method in ("PUT", "PATCH", "DELETE"):
            status = world.ask(f"{method} /v1/contexts/mine", JSON, f"If-Match: {tags}", body=body)
            world.expect(tags, status, allowed)
    world.expect_kept()


def test_paths_that_lead_astray(world):
    for path in ("/v1/contexts/..", "/v1/contexts/../contexts/mine", "/v1/contexts/%2e%2e",
                 "/v1/contexts/mine%2f..", "/v1/contexts/mine%00", "/v1/contexts/mine%",
                 "/v1/contexts/" + "m" * 300, "/v1/contexts/" + "%6d" * 3000, "//v1/contexts/mine",
                 "/v1//contexts/mine", "/v1/contexts//mine", "/v1/contexts/mine/",
                 "/v1/contexts/%ff%fe", "/v1/contexts/Mine", "/V1/contexts/mine", "/v1/contexts/",
                 "/etc/passwd", "/../../etc/passwd", "*", "mine", "/v1/contexts/mi;ne"):
        for method in ("GET", "DELETE"):
            status = world.ask(f"{method} {path}")
            world.expect(path, status, {400, 404, 405, CUT})
    world.expect_kept()


def test_bodies_that_are_no_context(world):
    nested = ['{"spec":' + "[" * n + "]" * n + "}" for n in (100, 1000, 2047, 100000)]
    objects = ['{"a":' * n + "1" + "}" * n for n in (1000, 2047, 40000)]
    others = ['{"spec":{"config":{"a":"1","a":"2"}}}', '{"spec":null,"spec":null}',
              '{"spec":{"config":{"a":1e999}}}', '{"spec":{"config":{"a":' + "9" * 5000 + "}}}",
              '{"spec":{"config":{"a":-0.0}}}', '{"spec":{"config":{"a\\u0000b":"c"}}}',
              '{"spec":{"config":{"a":"\\ud800"}}}', '{"spec":{"config":{"a":"\xff"}}}',
              '{"metadata":{"name":7}}', '{"metadata":{"name":"other"}}', "[]", "null", "1", "{", "\xff\xfe", "\0",
              '{"spec":{"overrides":[' + "{}," * 50000 + "{}]}}"]
    for text in nested + objects + others:
        for method in ("PUT", "PATCH"):
            status = world.ask(f"{method} /v1/contexts/mine", JSON, body=text.encode("latin-1"))
            world.expect(f"{method} {text}", status, {400, 413, 422})
    world.expect("an empty body", world.ask(PUT, JSON), {400, 422})
    world.expect_kept()


def test_queries_that_make_no_sense(world):
    for query in ("limit=" + "9" * 30, "limit=-1", "limit=0x10", "limit=1&limit=1", "limits=1",
                  "limit", "limit=%", "owner=%00", "owner=" + "x" * 5000, "&".join(["limit=1"] * 500),
                  "label=%ff", "watch=perhaps"):
        world.expect(query, world.ask("GET /v1/contexts?" + query), {400, 414, CUT})
    for query in ("before=x", "before=" + "9" * 30, "limit=1e9"):
        world.expect(query, world.ask("GET /v1/events?" + query), {400})


def wait_until_cut(world, peers, feed=None):
    """Returns after how many seconds the first and the last one were."""
    poll = select.epoll()
    left = {}
    begin = time.monotonic()
    for peer in peers:
        poll.register(peer, select.EPOLLIN | select.EPOLLRDHUP)
        left[peer.fileno()] = peer
    first = None
    while left and time.monotonic() - begin < CUT_WITHIN:
        for number, _ in poll.poll(0.5):
            poll.unregister(number)
            left.pop(number)
            first = first or time.monotonic() - begin
        for peer in left.values() if feed else ():
            try:
                peer.send(feed)
            except OSError:
                pass  # the next poll tells
    if left:
        raise AssertionError(f"{len(left)} of {len(peers)} were not cut within {CUT_WITHIN} s")
    return first, time.monotonic() - begin


def test_requests_that_never_come_whole(world):
    head = f"{PUT} HTTP/1.1\r\nHost: m\r\n{JSON}\r\nAuthorization: Bearer root\r\n"
    starts = (b"", b"GET /livez HTTP/1.1\r\nA: ", head.encode() + b"Content-Length: 1000\r\n\r\n",
              head.encode() + b"Transfer-Encoding: chunked\r\n\r\n400\r\n")
    peers = [world.connect() for _ in range(200)]
    for number, peer in enumerate(peers):
        peer.sendall(starts[number % len(starts)])
    first, last = wait_until_cut(world, peers, b"x")
    print(f"# {len(peers)} slow requests were cut after {first:.1f} to {last:.1f} s")
    for peer in peers:
        peer.close()
    world.expect_kept()


def test_connections_that_say_nothing(world):
    stream = world.connect()
    stream.sendall(b"GET /v1/contexts?watch=true HTTP/1.1\r\nHost: m\r\n"
                   b"Authorization: Bearer rea\r\n\r\n")
    stream.recv(65536)
    begin = time.monotonic()
    peers = [world.connect(f"127.0.0.{4 + number % 4}") for number in range(CONNECTIONS)]
    made = time.monotonic() - begin
    first, last = wait_until_cut(world, peers)
    print(f"# {len(peers)} connections made in {made:.1f} s, the last one cut {last:.1f} s later")
    for peer in peers:
        peer.close()
    # Streams are not cut: the neighbour's writes come by it.
    stream.settimeout(5)
    heard = stream.recv(1 << 20)
    if b"well" not in heard:
        raise AssertionError(f"the watch has ended: {heard[:200]!r}")
    stream.close()


def report(number, test, world):
    title = test.__name__.removeprefix("test_").replace("_", " ")
    neighbour = world.neighbour
    neighbour.slowest, before = 0, neighbour.count
    begin = time.monotonic()
    try:
        test(world)
        if neighbour.failure:
            raise AssertionError(f"the well-behaved client: {neighbour.failure}")
        if neighbour.slowest > SLOWEST:
            raise AssertionError(f"a well-behaved client waited for {neighbour.slowest:.2f} s")
        print(f"ok {number} - {title} are fended off")
    except Exception as error:
        print(f"not ok {number} - {title} are fended off")
        text = str(error) if isinstance(error, AssertionError) else traceback.format_exc()
        print("\n".join(f"#   {line}" for line in text.splitlines()))
    print(f"# {time.monotonic() - begin:.1f} s, beside {neighbour.count - before} good requests, the "
          f"slowest in {neighbour.slowest * 1000:.0f} ms; {world.manager.resident():.0f} MB",
          flush=True)


def main():
    tests = [test for name, test in globals().items() if name.startswith("test_")]
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    print(f"1..{len(tests) + 1}", flush=True)
    with tempfile.TemporaryDirectory(prefix="shunt-abuse.") as directory:
        world = World(directory)
        try:
            for number, test in enumerate(tests, 1):
                report(number, test, world)
            world.neighbour.over.set()
            world.neighbour.join(10)
            most = world.manager.resident("VmHWM")
            world.manager.end()
            sound = world.manager.process.returncode == 0 and most < RESIDENT_MAX
            print(f"{'ok' if sound else 'not ok'} {len(tests) + 1} - the manager has lived on, within "
                  f"{RESIDENT_MAX} MB, and ends in good order")
            print(f"# at most {most:.0f} MB, exit status {world.manager.process.returncode}")
        finally:
            if world.manager.process.poll() is None:
                world.manager.end(signal.SIGKILL)


main()
