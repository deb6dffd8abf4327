# SPDX-License-Identifier: Apache-2.0
"""Who may use which route, and every status that is documented. Each function is a test."""

import contextlib
import os
import re
import resource
import socket
import sqlite3
import time

import manager as shunt
from api_contexts import PATCH, USERS, equal, path_of

PROTOBUF = "application/x-protobuf"
WAITS_MAX = 1024
WATCHES_MAX = 64
ABSENCE = 11  # seconds in which agents come back to a manager that has just started
STRANGER = "127.0.0.2"  # whose failures are counted apart from the others'
NO_MEMORY = "503 for want of memory only"
NO_RACE = "409 where other managers are faster eight times in a row"

# What is documented, but cannot be provoked here, and why.
UNSEEN = {
    ("GET", "/v1/contexts/{name}", 503): NO_MEMORY,
    ("GET", "/v1/services", 503): NO_MEMORY,
    ("GET", "/v1/offloaded", 503): NO_MEMORY,
    ("GET", "/metrics", 503): NO_MEMORY,
    ("GET", "/v1/sync", 503): "503 for want of memory, or with 10000 nodes connected",
    ("POST", "/v1/sync/report", 503): "503 for want of memory, or with 10000 nodes connected",
    ("PUT", "/v1/contexts/{name}", 409): NO_RACE,
    ("PATCH", "/v1/contexts/{name}", 409): NO_RACE,
    ("DELETE", "/v1/contexts/{name}", 409): NO_RACE,
}


def requests(world):
    """A request of each route: method, path, body and fields, the roles that may, and the route."""
    everybody = {"nobody", "rea", "ann", "root", "agent"}
    for method, path, operation in world.document.operations():
        body, fields = None, {}
        if method == "PUT":
            body = shunt.context("any", [])
        elif method == "PATCH":
            body, fields = {}, {"Content_Type": PATCH}
        elif method == "POST":
            body, fields = sync_report("node-a", 0), {"Content_Type": PROTOBUF}
        if operation.get("security") == []:
            roles = everybody
        elif operation["tags"] == ["agents"]:
            roles = {"agent", "root"}
        else:
            roles = {"root", "ann"} | ({"rea"} if method == "GET" else set())
        yield method, path.replace("{name}", "any"), body, fields, roles


def varint(number):
    bytes_ = b""
    while number > 127:
        bytes_ += bytes([number & 127 | 128])
        number >>= 7
    return bytes_ + bytes([number])


def sync_report(node, revision):
    """A SyncReport of proto/sync.proto."""
    return b"\x0a" + varint(len(node)) + node.encode() + b"\x20" + varint(revision)


@contextlib.contextmanager
def sync_stream(world, token, query):
    """An agent's stream, which is open within."""
    api = shunt.Api(world.manager, token)
    path = "/v1/sync" + query
    api.connection.request("GET", path, headers=api.headers)
    response = api.connection.getresponse()
    equal((response.status, response.getheader("Content-Type")), (200, PROTOBUF), "stream")
    assert response.read(1), "the stream says nothing"
    world.document.seen.add(("GET", "/v1/sync", 200))
    try:
        yield
    finally:
        response.close()
        api.connection.close()


def another_manager(world, name, page="/readyz"):
    manager = world.new_manager(name)
    if page != "/readyz":
        with open(os.path.join(manager.manifests, "broken.yaml"), "w") as file:
            file.write("kind: [")
    manager.start(page)
    return manager


def test_the_document_has_the_routes_of_the_program(world):
    with open(os.path.join(shunt.ROOT, "user", "manager", "api_routes.c")) as file:
        text = file.read()
    queries = {name: set(re.findall(r'"(\w+)"', names)) for name, names in
               re.findall(r"(\w+_query)\[\] = \{([^}]*)\}", text)}
    routes = {(method, path): queries.get(query, {"node", "instance", "generation"}
                                          if path == "/v1/sync" else set())
              for method, path, query in
              re.findall(r'\{"(\w+)", "([^"]+)", \w+, \w+, (\w+), \w+\}', text)}
    assert len(routes) > 10, f"routes: {routes}"
    documented = {(method, path): {item["name"] for item in operation.get("parameters", [])
                                   if item["in"] == "query"}
                  for method, path, operation in world.document.operations()}
    equal(documented, routes, "routes and their queries")


def test_the_document_is_served(world):
    with open(os.path.join(shunt.ROOT, "docs", "openapi.yaml")) as file:
        equal(world.client(None).expect(200, "GET", "/openapi.yaml").text, file.read(), "document")


def test_each_route_takes_those_roles_that_are_documented(world):
    clients = {"nobody": world.client(None), "rea": world.rea, "ann": world.ann,
               "root": world.root, "agent": world.agent}
    for method, path, body, fields, roles in requests(world):
        for name, client in clients.items():
            if name in roles and path == "/v1/sync":
                with sync_stream(world, *(("node-a", "") if name == "agent" else
                                          ("root", "?node=node-b"))):
                    continue
            if name in roles:
                reply = client.ask(method, path, body, **fields)
                assert reply.status in (200, 201, 204, 404), f"{name}: {method} {path}: {reply.text}"
                continue
            refused = client.expect(401 if name == "nobody" else 403, method, path, body, **fields)
            assert method == "HEAD" or refused.json["instance"] == path, refused.text
    world.client("unknown").expect(401, "GET", "/v1/contexts")
    world.client(None).expect(401, "GET", "/v1/contexts", Authorization="Basic cm9vdDpyb290")


def test_head_is_get_without_the_body(world):
    for method, path, body, fields, roles in requests(world):
        if method == "GET" and path != "/v1/sync":
            get, head = world.root.ask("GET", path), world.root.ask("HEAD", path)
            equal((head.status, head.etag), (get.status, get.etag), f"HEAD {path}")
            equal(head.headers["Content-Type"], get.headers["Content-Type"], f"HEAD {path}: type")
            world.client(None).ask("HEAD", path)


def test_other_paths_and_methods_are_refused(world):
    for path in ("/", "/v1", "/v1/contexts/", "/v1/contexts/a/b", "/v1/contexts/%zz", "/V1/nodes",
                 "/v1/nodes/"):
        world.root.expect(404, "GET", path)
    paths = {path.replace("{name}", "any") for path in world.document.tree["paths"]}
    for path in paths:
        allowed = world.client(None).expect(405, "OPTIONS", path).headers["Allow"].split(", ")
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "POST"):
            if method not in allowed:
                world.root.expect(405, method, path)
        item = world.document.find("GET", path)[0]
        wanted = {key.upper() for key in world.document.tree["paths"][item]} - {"PARAMETERS"}
        equal(set(allowed) - {"HEAD"}, wanted, f"Allow of {path}")


def test_parameters_that_cannot_be_understood_are_refused(world):
    for method, path, body, fields, roles in requests(world):
        if not path.startswith("/v1/sync"):
            world.root.expect(400, method, path + "?no=1", body, **fields)
    for query in ("limit=0", "limit=501", "limit=-1", "limit=x", "watch=1", "state=fine", "label=x",
                  "service=users", "owner=a&owner=b", "owner=%4", "limit"):
        world.rea.expect(400, "GET", "/v1/contexts?" + query)
    for query in ("wait=301", "wait=x", "revision=-1", "revision=99999999999999999999"):
        world.rea.expect(400, "GET", "/v1/nodes?" + query)
    for query in ("limit=1001", "limit=0", "before=x"):
        world.rea.expect(400, "GET", "/v1/events?" + query)
    world.root.expect(400, "GET", "/v1/sync")
    world.root.expect(400, "GET", "/v1/sync?node=A%20B")
    world.agent.expect(403, "GET", "/v1/sync?node=node-b")
    for name in ("UPPER", "a" * 64, "a%2Fb"):
        world.ann.expect(400, "PUT", path_of(name), shunt.context(name, []))
    world.agent.expect(400, "POST", "/v1/sync/report", b"\xff", Content_Type=PROTOBUF)
    world.agent.expect(400, "POST", "/v1/sync/report?no=1", b"\xff", Content_Type=PROTOBUF)
    world.agent.expect(403, "POST", "/v1/sync/report", sync_report("node-b", 1))


def test_bodies_of_another_type_or_size_are_refused(world):
    for type in ("text/plain", "application/yaml", PATCH, "application/jsonx", ""):
        world.ann.expect(415, "PUT", path_of("any"), b"{}", Content_Type=type)
    world.ann.expect(415, "PATCH", path_of("any"), b"{}", Content_Type="text/plain")
    world.ann.expect(415, "PUT", path_of("any"), b"{}")
    body = shunt.context("any", [], a="x" * (256 * 1024))
    world.ann.expect(413, "PUT", path_of("any"), body)
    world.ann.expect(413, "PATCH", path_of("any"), body, Content_Type=PATCH)
    padding = b"\x42" + varint(700 * 1024) + b"x" * (700 * 1024)
    report = sync_report("node-a", 0)
    world.agent.expect(204, "POST", "/v1/sync/report", report + padding, Content_Type=PROTOBUF)
    # It is refused by its head; who sends on finds the connection closed.
    world.agent.expect(413, "POST", "/v1/sync/report", Content_Length=str(2 << 20))
    world.client("root").expect(431, "GET", "/livez", X_Long="x" * 100000)


def test_events_are_read_page_by_page(world):
    for config in ("1", "2", "3"):
        world.bob.ask("PUT", path_of("audited"), shunt.context("audited", [], n=config))
    world.root.expect(200, "DELETE", path_of("audited"))
    query, actions = "/v1/events?context=audited&limit=3", []
    events = world.rea.expect(200, "GET", query).json["items"]
    while events:
        actions += [(event["actor"], event["action"]) for event in events]
        events = world.rea.expect(200, "GET", f"{query}&before={events[-1]['id']}").json["items"]
    equal(actions, [("root", "delete"), *[("bob", "update")] * 2, ("bob", "create")], "events")
    found = world.rea.expect(200, "GET", "/v1/events?context=audited&actor=bob").json["items"]
    equal(len(found), 3, "events of bob")


def test_services_and_offloaded_pods_are_counted(world):
    services = world.rea.expect(200, "GET", "/v1/services").json["items"]
    equal([item["name"] for item in services], ["pay", "users"], "services")
    pods = world.rea.expect(200, "GET", "/v1/offloaded").json["items"]
    assert {"pay-x", "users-x"} <= {item["pod"] for item in pods}, pods


def test_nodes_are_waited_for(world):
    begin = time.monotonic()
    revision = world.ann.ask("PUT", path_of("waited"), shunt.context("waited", [USERS])).revision
    query = f"/v1/nodes?revision={revision}&wait="
    # All that the tests before have connected as agents count for a while after they are gone.
    with sync_stream(world, "node-a", ""):
        equal(world.rea.expect(200, "GET", query + "1").json["applied"], False, "before")
        assert time.monotonic() - begin >= 1, "it does not wait"
        time_limit = time.monotonic() + 2 * ABSENCE
        applied = False
        while not applied and time.monotonic() < time_limit:
            world.agent.expect(204, "POST", "/v1/sync/report", sync_report("node-a", revision),
                               Content_Type=PROTOBUF)
            nodes = world.rea.expect(200, "GET", query + "2").json
            applied = nodes["applied"]
    assert applied, nodes
    node = next(item for item in nodes["items"] if item["name"] == "node-a")
    equal((node["live"], node["revision"] >= revision), (True, True), "node")


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


def expect_soon(client, status, path):
    time_limit = time.monotonic() + 20
    reply = client.ask("GET", path)
    while reply.status != status and time.monotonic() < time_limit:
        reply = client.ask("GET", path)
    equal(reply.status, status, path)


def test_waits_are_bounded(world):
    sockets = ask_often(world.manager, WAITS_MAX, "/v1/nodes?revision=999999999&wait=5")
    expect_soon(world.rea, 503, "/v1/nodes")
    expect_soon(world.rea, 200, "/v1/nodes")
    for connection in sockets:
        connection.close()


def test_watches_are_bounded(world):
    sockets = ask_often(world.manager, WATCHES_MAX, "/v1/contexts?watch=true")
    for connection in sockets:
        connection.recv(1)
    world.rea.expect(503, "GET", "/v1/contexts?watch=true")
    for connection in sockets:
        connection.close()


def test_who_writes_too_often_has_to_wait(world):
    bob = world.client("bob")
    for method, fields in (("PUT", {}), ("PATCH", {})):
        for _ in range(20000):
            reply = bob.ask(method, path_of("any"), b"", **fields)
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
