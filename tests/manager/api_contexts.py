# SPDX-License-Identifier: Apache-2.0
"""How contexts are written, read and watched. Each function is a test; it is given a World."""

import json
import os
import time

import manager as shunt
import signing

USERS = {"service": "shop/users", "sha": "4f2a91c"}
PAY = {"service": "shop/pay", "pod": "pay-x"}
GONE = {"service": "shop/pay", "sha": "0000000"}
PATCH = "application/merge-patch+json"
WATCH_LIMIT = 10  # seconds for a line


def path_of(name):
    return f"/v1/contexts/{name}"


def equal(value, wanted, what):
    assert value == wanted, f"{what}: {value!r}, not {wanted!r}"


def expect_soon(client, status, path):
    time_limit = time.monotonic() + 20
    reply = client.ask("GET", path)
    while reply.status != status and time.monotonic() < time_limit:
        reply = client.ask("GET", path)
    equal(reply.status, status, path)


class Watch:
    """Lines of a watch, each held against the document."""

    def __init__(self, world, query):
        self.document = world.document
        self.api = shunt.Api(world.manager, "rea", timeout=WATCH_LIMIT)
        self.api.connection.request("GET", "/v1/contexts?watch=true" + query,
                                    headers=self.api.headers)
        self.response = self.api.connection.getresponse()
        equal(self.response.status, 200, "status")
        equal(self.response.getheader("Content-Type"), "application/x-ndjson", "type")

    def next(self):
        event = json.loads(self.response.readline())
        self.document.check_event(event)
        return event["type"], event.get("object", {}).get("metadata", {}).get("name")

    def expect(self, *events):
        """In this order; what is told of a context more than once counts once."""
        for wanted in events:
            event = last = self.next()
            while event != wanted and event[0] == "MODIFIED":
                last, event = event, self.next()
            equal(event, wanted, f"event after {last}")

    def close(self):
        self.response.close()
        self.api.connection.close()


def test_a_context_is_created_read_replaced_patched_and_removed(world):
    ann = world.ann
    wanted = shunt.context("life", [USERS], a="1", b="2")
    made = ann.expect(201, "PUT", path_of("life"), wanted)
    equal(made.json["metadata"]["annotations"], {"shunt.dev/owner": "ann"}, "annotations")
    equal(made.json["status"]["overrides"][0]["endpoints"], ["10.0.0.2:8080"], "endpoints")
    read = ann.expect(200, "GET", path_of("life"))
    equal((read.etag, read.json), (made.etag, made.json), "what is read")
    wanted = shunt.context("life", [USERS, GONE], a="1", b="2")
    replaced = ann.expect(200, "PUT", path_of("life"), wanted)
    assert replaced.revision > made.revision, "the revision does not grow"
    states = [item["state"] for item in replaced.json["status"]["overrides"]]
    equal(states, ["Resolved", "Unresolved"], "states")
    patch = {"metadata": {"labels": {"team": "x"}}, "spec": {"config": {"a": None, "c": "3"}}}
    patched = ann.expect(200, "PATCH", path_of("life"), patch, Content_Type=PATCH)
    equal(patched.json["spec"]["config"], {"b": "2", "c": "3"}, "config")
    equal(patched.json["metadata"]["labels"], {"team": "x"}, "labels")
    equal(patched.json["metadata"]["uid"], made.json["metadata"]["uid"], "uid")
    removed = ann.expect(200, "DELETE", path_of("life"))
    equal(removed.json["spec"], patched.json["spec"], "what was removed")
    ann.expect(404, "GET", path_of("life"))
    ann.expect(404, "DELETE", path_of("life"))
    ann.expect(404, "PATCH", path_of("life"), {})


def test_what_was_read_can_be_written_again(world):
    first = world.ann.expect(201, "PUT", path_of("again"), shunt.context("again", [PAY]))
    second = world.ann.expect(200, "PUT", path_of("again"), first.json, If_Match=first.etag)
    equal(second.etag, first.etag, "ETag")


def test_entity_tags_are_lists_weak_ones_and_stars(world):
    ann, path = world.ann, path_of("tags")
    body = shunt.context("tags", [USERS])
    ann.expect(412, "PUT", path, body, If_Match="*")
    ann.expect(412, "PUT", path, body, If_Match='"1"')
    etag = ann.expect(201, "PUT", path, body, If_None_Match="*").etag
    ann.expect(412, "PUT", path, body, If_None_Match="*")
    ann.expect(200, "PUT", path, body, If_Match="*")
    ann.expect(200, "PUT", path, body, If_Match=f'"no", {etag}')
    ann.expect(412, "PUT", path, body, If_Match=f"W/{etag}")
    ann.expect(412, "PUT", path, body, If_None_Match=f'W/"x" , W/{etag}')
    ann.expect(412, "PATCH", path, {}, If_Match='"no"')
    ann.expect(412, "DELETE", path, If_Match='"no","other"')
    ann.expect(412, "GET", path, If_Match='"no"')
    ann.expect(200, "GET", path, If_Match=etag)
    for list_ in (etag, f"W/{etag}", "*", f'"no",{etag}', f'"no",, {etag},'):
        equal(ann.expect(304, "GET", path, If_None_Match=list_).etag, etag, "ETag of a 304")
    ann.expect(304, "HEAD", path, If_None_Match=etag)
    ann.expect(200, "GET", path, If_None_Match='"no"')
    for list_ in ("no", '"no', '* , "x"', '"a" "b"', ","):
        for method, sent in (("GET", None), ("PUT", body), ("PATCH", {}), ("DELETE", None)):
            ann.expect(400, method, path, sent, If_Match=list_)
    ann.expect(200, "DELETE", path, If_Match=etag)


def test_a_lost_update_is_refused(world):
    path = path_of("lost")
    read = world.ann.expect(201, "PUT", path, shunt.context("lost", [], n="0"))
    world.root.expect(200, "PUT", path, shunt.context("lost", [], n="1"), If_Match=read.etag)
    world.ann.expect(412, "PUT", path, shunt.context("lost", [], n="2"), If_Match=read.etag)
    world.ann.expect(412, "PATCH", path, {"spec": {"config": {"n": "2"}}}, If_Match=read.etag)
    world.ann.expect(412, "DELETE", path, If_Match=read.etag)
    now = world.ann.expect(200, "GET", path)
    equal(now.json["spec"]["config"], {"n": "1"}, "config")


def test_editors_change_only_contexts_of_their_own(world):
    path, body = path_of("own"), shunt.context("own", [USERS])
    world.ann.expect(201, "PUT", path, body)
    for method, sent in (("PUT", body), ("PATCH", {}), ("DELETE", None)):
        world.bob.expect(403, method, path, sent)
    given = {"metadata": {"annotations": {"shunt.dev/owner": "bob"}}}
    world.ann.expect(403, "PATCH", path, given)
    kept = world.root.expect(200, "PUT", path, body)
    equal(kept.json["metadata"]["annotations"]["shunt.dev/owner"], "ann", "owner")
    world.root.expect(200, "PATCH", path, given)
    world.ann.expect(403, "DELETE", path)
    world.bob.expect(200, "DELETE", path)
    other = shunt.context("forged", [])
    other["metadata"]["annotations"] = {"shunt.dev/owner": "bob"}
    world.ann.expect(403, "PUT", path_of("forged"), other)


def test_what_cannot_be_a_context_is_refused_with_every_problem(world):
    bad = shunt.context("bad", [{"service": "shop/users", "sha": 1}, {"service": "shop/pay"}])
    refused = world.ann.expect(422, "PUT", path_of("bad"), bad)
    equal(len(refused.json["problems"]), 2, f"problems of {refused.text}")
    unknown = shunt.context("bad", [{"service": "shop/none", "sha": "1"}])
    assert "spec.overrides[0]" in world.ann.expect(422, "PUT", path_of("bad"), unknown).text
    world.ann.expect(422, "PUT", path_of("other"), shunt.context("bad", []))
    world.ann.expect(422, "PUT", path_of("bad"), b"{", Content_Type="application/json")
    world.ann.expect(201, "PUT", path_of("bad"), shunt.context("bad", []))
    world.ann.expect(422, "PATCH", path_of("bad"), {"spec": {"unknown": 1}})
    for body in (b"{", b"[]", b'{"a":1,"a":2}', b""):
        world.ann.expect(400, "PATCH", path_of("bad"), body, Content_Type=PATCH)


def test_lists_have_pages(world):
    for number in range(7):
        body = shunt.context(f"page-{number}", [])
        body["metadata"]["labels"] = {"page": "yes"}
        world.ann.expect(201, "PUT", path_of(f"page-{number}"), body)
    sizes, names, query = [], [], "?label=page=yes&limit=3"
    while query:
        page = world.rea.expect(200, "GET", "/v1/contexts" + query).json
        sizes.append(len(page["items"]))
        names += [item["metadata"]["name"] for item in page["items"]]
        more = page["metadata"].get("continue")
        query = more and f"?label=page=yes&limit=3&continue={more}"
    equal((sizes, names), ([3, 3, 1], [f"page-{number}" for number in range(7)]), "pages")


def test_pages_of_large_contexts_are_shorter(world):
    for number in range(4):
        body = shunt.context(f"large-{number}", [], a="x" * (100 * 1024))
        body["metadata"]["labels"] = {"large": "yes"}
        world.ann.expect(201, "PUT", path_of(f"large-{number}"), body)
    page = world.rea.expect(200, "GET", "/v1/contexts?label=large=yes").json
    names = [item["metadata"]["name"] for item in page["items"]]
    equal(names, ["large-0", "large-1", "large-2"], "the first page")
    page = world.rea.expect(200, "GET", "/v1/contexts?label=large=yes&continue=" +
                            page["metadata"]["continue"]).json
    equal([item["metadata"]["name"] for item in page["items"]], ["large-3"], "the second page")
    equal(page["metadata"], {}, "metadata of the second page")


def test_lists_are_filtered(world):
    for name, overrides, labels in (("f-1", [USERS], {"a": "1", "b": "2"}),
                                    ("f-2", [GONE], {"a": "1"}), ("f-3", [], {"b": "2"})):
        body = shunt.context(name, overrides)
        body["metadata"]["labels"] = {"set": "f", **labels}
        if name == "f-3":
            body["spec"]["expires"] = "2020-01-01T00:00:00Z"
        (world.bob if name == "f-2" else world.ann).expect(201, "PUT", path_of(name), body)
    for query, wanted in (("", "123"), ("&owner=ann", "13"), ("&owner=nobody", ""),
                          ("&service=shop/users", "1"), ("&service=shop%2Fpay", "2"),
                          ("&state=resolved", "1"), ("&state=unresolved", "2"),
                          ("&state=expired", "3"), ("&owner=ann&state=resolved", "1")):
        page = world.rea.expect(200, "GET", "/v1/contexts?label=set=f" + query).json
        found = "".join(item["metadata"]["name"][2:] for item in page["items"])
        equal(found, wanted, f"contexts of {query}")
    page = world.rea.expect(200, "GET", "/v1/contexts?label=a=1,b=2").json
    equal([item["metadata"]["name"] for item in page["items"]], ["f-1"], "with both labels")


def test_a_watch_tells_what_there_is_and_what_changes(world):
    body = shunt.context("w-1", [USERS])
    body["metadata"]["labels"] = {"watch": "1"}
    world.ann.expect(201, "PUT", path_of("w-1"), body)
    watch = Watch(world, "&label=watch=1")
    try:
        watch.expect(("ADDED", "w-1"), ("SYNCED", None))
        other = {**body, "metadata": {**body["metadata"], "name": "w-2"}}
        world.ann.expect(201, "PUT", path_of("w-2"), other)
        watch.expect(("ADDED", "w-2"))
        world.ann.expect(200, "PATCH", path_of("w-2"), {"spec": {"config": {"a": "b"}}})
        watch.expect(("MODIFIED", "w-2"))
        world.ann.expect(200, "DELETE", path_of("w-1"))
        watch.expect(("DELETED", "w-1"))
        # Out of the filter, and into it again.
        world.ann.expect(200, "PATCH", path_of("w-2"), {"metadata": {"labels": {"watch": "0"}}})
        watch.expect(("DELETED", "w-2"))
        world.ann.expect(200, "PATCH", path_of("w-2"), {"metadata": {"labels": {"watch": "1"}}})
        watch.expect(("ADDED", "w-2"))
    finally:
        watch.close()


def test_a_watch_tells_that_a_pod_has_come(world):
    late = {"service": "shop/users", "sha": "1a7e000"}
    world.ann.expect(201, "PUT", path_of("late"), shunt.context("late", [late]))
    watch = Watch(world, "&service=shop/users&state=resolved&owner=ann")
    try:
        while watch.next()[0] != "SYNCED":
            pass
        shunt.write_manifest(world.manager, "late.json",
                             [shunt.pod("users-late", "users", "10.0.0.9", "1a7e000")])
        watch.expect(("ADDED", "late"))
    finally:
        watch.close()


def test_a_context_that_expires_is_told_so(world):
    body = shunt.context("soon", [USERS])
    body["spec"]["expires"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    world.ann.expect(201, "PUT", path_of("soon"), body)
    watch = Watch(world, "&state=expired")
    try:
        while watch.next() != ("ADDED", "soon"):
            pass
    finally:
        watch.close()
    reasons = [item["reason"] for item in
               world.rea.expect(200, "GET", path_of("soon")).json["status"]["conditions"]]
    equal(reasons, ["Understood", "Expired"], "reasons")


def test_contexts_that_have_been_expired_for_long_are_removed(world):
    manager = world.new_manager("cleaning", "--keep-expired", "1h")
    manager.start()
    try:
        root = world.client("root", manager)
        for name, ago in (("kept", 600), ("old", 7200), ("young", -600)):
            body = shunt.context(name, [])
            body["spec"]["expires"] = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                                    time.gmtime(time.time() - ago))
            root.expect(201, "PUT", path_of(name), body)
        # The first round is soon after the start.
        manager.end()
        manager.start()
        root = world.client("root", manager)
        expect_soon(root, 404, path_of("old"))
        names = [item["metadata"]["name"] for item in
                 root.expect(200, "GET", "/v1/contexts").json["items"]]
        equal(names, ["kept", "young"], "contexts that are left")
        event = root.expect(200, "GET", "/v1/events").json["items"][0]
        equal([event[key] for key in ("actor", "action", "context")],
              ["shunt-manager", "expire", "old"], "last event")
    finally:
        manager.end()


def test_markers_are_signed_with_the_key_beside_the_store(world):
    keys = world.manager.store + ".keys"
    equal(os.stat(keys).st_mode & 0o7777, 0o600, "mode of the file")
    for name in ("s", "signed.name_1-x", "z" * 63):
        world.ann.expect(404, "GET", path_of(name) + "/marker")
        world.ann.expect(201, "PUT", path_of(name), shunt.context(name, [USERS]))
        wanted = signing.marker(keys, name)
        reply = world.rea.expect(200, "GET", path_of(name) + "/marker")
        equal(reply.json, {"context": name, "marker": wanted}, "marker")
        world.ann.expect(200, "DELETE", path_of(name))
        world.ann.expect(404, "GET", path_of(name) + "/marker")
        with open(world.manager.log) as log:
            assert wanted[-16:] not in log.read(), "a signature was logged"


def test_a_context_may_demand_signed_markers(world):
    body = shunt.context("demanding", [USERS])
    body["spec"]["signed"] = True
    made = world.ann.expect(201, "PUT", path_of("demanding"), body)
    equal(made.json["spec"]["signed"], True, "what was written")
    patched = world.ann.expect(200, "PATCH", path_of("demanding"), {"spec": {"signed": None}},
                               Content_Type=PATCH)
    assert "signed" not in patched.json["spec"], patched.text
    world.ann.expect(422, "PATCH", path_of("demanding"), {"spec": {"signed": "yes"}},
                     Content_Type=PATCH)
