# SPDX-License-Identifier: Apache-2.0
"""What a manager refuses for want of something, and that every documented status was seen. Each
function is a test."""

import os
import resource
import socket
import sqlite3

import manager as shunt
from api_contexts import equal, expect_soon, path_of
from api_routes import requests

WAITS_MAX = 1024
WATCHES_MAX = 64
STRANGER = "127.0.0.2"  # whose failures are counted apart from the others'
NO_MEMORY = "503 for want of memory only"
NO_KEYS = "503 with contexts in Kubernetes and no --keys: tests/kubernetes/contexts.t"
NO_RACE = "409 where other managers are faster eight times in a row"

# What is documented, but cannot be provoked here, and why.
UNSEEN = {
    ("GET", "/v1/contexts/{name}", 503): NO_MEMORY,
    ("GET", "/v1/contexts/{name}/marker", 503): NO_KEYS,
    ("GET", "/v1/services", 503): NO_MEMORY,
    ("GET", "/v1/offloaded", 503): NO_MEMORY,
    ("GET", "/metrics", 503): NO_MEMORY,
    ("GET", "/v1/sync", 503): "503 for want of memory, or with 10000 nodes connected",
    ("POST", "/v1/sync/report", 503): "503 for want of memory, or with 10000 nodes connected",
    ("PUT", "/v1/contexts/{name}", 409): NO_RACE,
    ("PATCH", "/v1/contexts/{name}", 409): NO_RACE,
    ("DELETE", "/v1/contexts/{name}", 409): NO_RACE,
}


def another_manager(world, name, page="/readyz"):
    manager = world.new_manager(name)
    if page != "/readyz":
        with open(os.path.join(manager.manifests, "broken.yaml"), "w") as file:
            file.write("kind: [")
    manager.start(page)
    return manager


def test_a_manager_that_knows_no_cluster_says_so(world):
    manager = another_manager(world, "unready", "/livez")
    try:
        root = world.client("root", manager)
        assert "cluster" in root.expect(503, "GET", "/readyz").text
        root.expect(503, "PUT", path_of("any"), shunt.context("any", []))
        root.expect(503, "PATCH", path_of("any"), {})
        root.expect(503, "DELETE", path_of("any"))
    finally:
        manager.end()


def test_a_store_that_fails_is_told(world):
    manager = another_manager(world, "failing")
    try:
        with sqlite3.connect(manager.store) as file:
            names = [name for name, in file.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%audit%'")]
            file.execute(f"DROP TABLE {names[0]}")
        root = world.client("root", manager)
        root.expect(503, "GET", "/v1/events")
        root.expect(503, "PUT", path_of("any"), shunt.context("any", []))
    finally:
        manager.end()


def ask_often(manager, count, path):
    """Connections with a request that is not answered yet."""
    text = f"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer rea\r\n\r\n"
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    sockets = []
    for _ in range(count):
        sockets.append(socket.create_connection(("127.0.0.1", manager.port)))
        sockets[-1].sendall(text.encode())
    return sockets


def test_waits_are_bounded(world):
    sockets = ask_often(world.manager, WAITS_MAX, "/v1/nodes?revision=999999999&wait=300")
    expect_soon(world.rea, 503, "/v1/nodes")
    for connection in sockets:
        connection.close()
    expect_soon(world.rea, 200, "/v1/nodes")


def test_watches_are_bounded(world):
    sockets = ask_often(world.manager, WATCHES_MAX, "/v1/contexts?watch=true")
    for connection in sockets:
        connection.recv(1)
    world.rea.expect(503, "GET", "/v1/contexts?watch=true")
    for connection in sockets:
        connection.close()


def test_who_writes_too_often_has_to_wait(world):
    bob = world.client("bob")
    for method in ("PUT", "PATCH", "DELETE"):
        for _ in range(20000):
            reply = bob.ask(method, path_of("none"), b"")
            if reply.status == 429:
                break
        equal(reply.status, 429, method)
    world.ann.expect(415, "PUT", path_of("any"), b"")


def test_who_is_not_known_has_to_wait(world):
    stranger = world.client("unknown", source=STRANGER)
    for method, path, body, fields, roles in requests(world):
        for _ in range(1000):
            reply = stranger.ask(method, path, body, **fields)
            if "nobody" in roles or reply.status == 429:
                break
        equal(reply.status, 200 if "nobody" in roles else 429, f"{method} {path}")
    world.client(None).expect(401, "GET", "/v1/nodes")
    world.client("rea", source=STRANGER).expect(200, "GET", "/v1/nodes")


def test_every_documented_status_was_seen_or_cannot_be_provoked(world):
    documented = world.document.statuses()
    unseen = sorted(documented - world.document.seen - set(UNSEEN))
    assert not unseen, f"not seen: {unseen}"
    wrong = sorted(set(UNSEEN) & world.document.seen | set(UNSEEN) - documented)
    assert not wrong, f"seen, or not documented, but said to be impossible: {wrong}"
    general = {"NoSuchPath", "MethodNotAllowed", "HeadersTooLarge"} - world.document.seen
    assert not general, f"not seen: {general}"
