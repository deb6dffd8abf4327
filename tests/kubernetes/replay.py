# SPDX-License-Identifier: Apache-2.0
"""What real API servers answered, byte for byte, with the timing and the chunking made nasty."""

import gzip
import json
import os
import random
import re
import socket
import threading
import time

from world import RECORDINGS

VERSIONS = ("v1.20.2", "v1.26.4", "v1.34.9", "v1.34.9-extra")
TOO_OLD = (b'{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":'
           b'"Failure","message":"too old resource version: 1 (2)","reason":"Expired",'
           b'"code":410}}\n')


def load(version, name):
    path = os.path.join(RECORDINGS, version, name)
    with open(path, "rb") as file:
        return file.read()


def names(version):
    directory = os.path.join(RECORDINGS, version)
    if not os.path.isdir(directory):
        raise RuntimeError(f"{directory} is not there: the recordings are needed next to the "
                           "repository")
    return sorted(os.listdir(directory))


def read_chunks(rest):
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        body, rest = body + rest[:int(size, 16)], rest[int(size, 16) + 2:]
    return body


class Recording:
    """A list or a watch: the bytes of its response, and what is in it."""

    def __init__(self, version, name):
        self.version, self.name = version, name
        self.raw = None  # all bytes of the response, where its framing was kept
        self.body = load(version, name)
        if name.endswith(".bin"):
            whole = self.body
            self.body = whole.partition(b"\r\n\r\n")[2]
            if "raw" in name:
                self.raw, self.body = whole, read_chunks(self.body)
        self.text = gzip.decompress(self.body) if name.endswith(".gz") else self.body

    def __str__(self):
        return f"{self.version}/{self.name}"

    @property
    def events(self):
        return [json.loads(line) for line in self.text.splitlines() if line]

    @property
    def is_watch(self):
        return self.text.startswith(b'{"type":')

    @property
    def list_kind(self):
        """"Pod" for a PodList; None where it is no list that a client would ask for."""
        if self.is_watch or not self.text.startswith(b"{"):
            return None
        kind = json.loads(self.text).get("kind", "")
        return kind[:-4] if kind.endswith("List") else None

    @property
    def watch_kind(self):
        kinds = {event["object"]["kind"] for event in self.events} - {"Status"}
        return kinds.pop() if len(kinds) == 1 else None


def recordings(version):
    for name in names(version):
        if name.endswith((".json", ".ndjson", ".json.gz", "-list.bin", "-watch.bin",
                          "-asked.bin", "list-3.bin", "-raw.bin")):
            yield Recording(version, name)


class ReplayServer:
    """Answers lists and watches of one path with a script; all else is empty, and stays so.

    script: pairs of a list and a watch. After each watch the client is told that its version is too
    old, so that it comes for the next list."""

    def __init__(self, path, script, seed=1):
        self.path, self.script = path, script
        self.random = random.Random(seed)
        self.step = 0
        self.asked = []  # what was asked for in each watch of the path
        self.lists = []  # the resourceVersion of each list that was given
        self.done = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            file = connection.makefile("rb")
            while True:
                line = file.readline().decode()
                length = 0
                while (field := file.readline().decode().strip()):
                    if field.lower().startswith("content-length:"):
                        length = int(field.split(":")[1])
                file.read(length)
                if not line:
                    return
                try:
                    if not self.answer(connection, line.split()[1]):
                        return
                except OSError:
                    return

    def answer(self, connection, target):
        """Whether the connection goes on."""
        watch = "watch=true" in target
        if target.partition("?")[0] != self.path:
            if watch:
                self.head(connection)
                self.done.wait(600)
                return False
            kind = {"services": "Service", "pods": "Pod", "endpointslices": "EndpointSlice",
                    "contexts": "Context", "nodes": "Node", "configmaps": "ConfigMap",
                    "settings": "Settings"}.get(target.partition("?")[0].split("/")[-1])
            self.send(connection, json.dumps(
                {"kind": f"{kind}List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"},
                 "items": []}).encode(), True)
            return True
        if self.step == len(self.script):
            self.done.set()
            if not watch:
                self.send(connection, b'{"kind":"PodList","apiVersion":"v1","metadata":'
                          b'{"resourceVersion":"1"},"items":[]}', True)
                return True
            self.head(connection)
            time.sleep(600)
            return False
        listed, watched = self.script[self.step]
        if "continue=" in target:
            # What follows was not recorded by the same name.
            self.send(connection, json.dumps({**json.loads(listed.text), "items": [], "metadata": {
                "resourceVersion": self.lists[-1]}}).encode(), False)
            return True
        if not watch:
            return self.give_list(connection, listed)
        self.asked.append(re.search("resourceVersion=([^& ]*)", target)[1])
        self.step += 1
        self.give_watch(connection, watched)
        return False

    def give_list(self, connection, listed):
        self.lists.append(json.loads(listed.text)["metadata"]["resourceVersion"])
        if listed.raw:
            self.trickle(connection, listed.raw)
            return False
        self.send(connection, listed.body, False, listed.name.endswith(".gz"))
        return True

    def give_watch(self, connection, watched):
        body = watched.text if watched else b""
        if b'"code":410' not in body:
            body += TOO_OLD
        self.head(connection)
        while body:
            size = self.random.choice((1, 1, 2, 5, 30, 300, 4000))
            self.trickle(connection, b"%x\r\n%s\r\n" % (len(body[:size]), body[:size]))
            body = body[size:]
        connection.sendall(b"0\r\n\r\n")

    def head(self, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                           b"Transfer-Encoding: chunked\r\n\r\n")

    def trickle(self, connection, data):
        """Cut anywhere, within chunk sizes too; now and then the other side has time to read."""
        while data:
            size = self.random.choice((1, 2, 9, 100, 1000, 16384))
            connection.sendall(data[:size])
            data = data[size:]
            if self.random.random() < 0.01:
                time.sleep(0.0005)

    def send(self, connection, body, plain, packed=False):
        head = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n"
                % (len(body), b"Content-Encoding: gzip\r\n" if packed else b""))
        if plain:
            connection.sendall(head + body)
        else:
            self.trickle(connection, head + body)
