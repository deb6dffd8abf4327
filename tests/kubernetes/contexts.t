#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Contexts over the REST API, lasting in an API server."""

import os
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from objects import KINDS  # noqa: E402
from world import World, context, resolved, run, same, shunt, wait  # noqa: E402
import signing  # noqa: E402

CONTEXT = next(kind for kind in KINDS if kind.kind == "Context")
CONTEXTS = "/apis/shunt.dev/v1alpha1/contexts"


def stored(kube, name):
    return kube.get("Context", "", name)


def create_update_delete(directory):
    """a context is created, changed and deleted, and each is seen in the API server"""
    with World(directory) as world:
        reply = world.api.put(context("mmeng", labels={"team": "pay"}))
        same(reply.status, 201, reply.text)
        same(resolved(world.api, "mmeng"), ["10.0.0.2:8080"])
        item = stored(world.kube, "mmeng")
        same(item["spec"]["overrides"], [{"service": "shop/users", "sha": "4f2a91c"}])
        same(item["metadata"]["labels"], {"team": "pay"})
        etag = world.api.ask("GET", "/v1/contexts/mmeng").etag
        reply = world.api.put(context("mmeng", "9e01d77"), etag)
        same(reply.status, 200, reply.text)
        same(stored(world.kube, "mmeng")["spec"]["overrides"][0]["sha"], "9e01d77")
        same(stored(world.kube, "mmeng")["metadata"]["labels"], {}, "labels")
        same(stored(world.kube, "mmeng")["metadata"]["generation"], 2, "generation")
        same(world.api.put(context("mmeng", "1111111"), etag).status, 412, "an old ETag")
        same(world.api.put(context("mmeng")).status, 412, "it is there already")
        reply = world.api.ask("DELETE", "/v1/contexts/mmeng", If_Match=etag)
        same(reply.status, 412, "an old ETag")
        reply = world.api.ask("DELETE", "/v1/contexts/mmeng")
        same(reply.status, 200, reply.text)
        same(world.api.ask("GET", "/v1/contexts/mmeng").status, 404)
        same(world.api.ask("GET", "/v1/contexts").json["items"], [])


def keys_have_to_be_given(directory):
    """markers are signed where keys are given, and without them it says that they cannot be"""
    keys = os.path.join(directory, "keys")
    with World(directory) as world:
        same(world.api.put(context("mmeng")).status, 201)
        reply = world.api.ask("GET", "/v1/contexts/mmeng/marker")
        same(reply.status, 503, reply.text)
        assert "--keys" in reply.json["detail"], reply.text
        assert "without --keys no passports are made" in world.first.all_of_log(), "no warning"
        for name in "two", "three":
            manager = world.add(name, options=("--anonymous", "--keys", keys))
            reply = shunt.Api(manager).ask("GET", "/v1/contexts/mmeng/marker")
            same(reply.json, {"context": "mmeng", "marker": signing.marker(keys, "mmeng")}, name)
            assert "--keys" not in manager.all_of_log(), "a warning though there are keys"


def status_is_written(directory):
    """status is written back, with conditions and observedGeneration, and follows the pods"""
    with World(directory) as world:
        world.api.put(context("mmeng"))

        def status(generation, state):
            status = stored(world.kube, "mmeng").get("status") or {}
            conditions = {each["type"]: each["status"] for each in status.get("conditions", [])}
            return status.get("observedGeneration") == generation and \
                conditions == {"Accepted": "True", "Resolved": state} and status
        first = wait("it is resolved", lambda: status(1, "True"))
        same(first["overrides"][0]["endpoints"], ["10.0.0.2:8080"])
        world.kube.delete("Pod", "shop", "users-x")
        last = wait("it is not resolved", lambda: status(1, "False"))
        same(last["overrides"][0]["state"], "Unresolved")
        etag = world.api.ask("GET", "/v1/contexts/mmeng").etag
        same(world.api.put(context("mmeng", "9e01d77"), etag).status, 200)
        wait("the generation is the new one", lambda: status(2, "False"))
        world.kube.put(shunt.pod("users-y", "users", "10.0.0.9", "9e01d77"))
        wait("it is resolved again", lambda: status(2, "True"))
        # What was written comes back, and is no reason to write again.
        wait("the answers to all four writes have come",
             lambda: world.first.metric("shunt_manager_status_writes_total") >= 4)
        writes = world.first.metric("shunt_manager_status_writes_total")
        same(stored(world.kube, "mmeng")["metadata"]["generation"], 2, "status is not of spec")
        world.kube.put(shunt.service("pay", "10.96.0.2"))
        wait("another change has come", lambda: len(world.api.ask(
            "GET", "/v1/services").json["items"]) == 2)
        same(world.first.metric("shunt_manager_status_writes_total"), writes, "writes")


def status_conflicts(directory):
    """a status whose context was changed meanwhile is written again"""
    with World(directory) as world:
        def label():
            item = stored(world.kube, "mmeng")
            world.kube.put({**item, "metadata": {**item["metadata"], "labels": {"x": "y"}}})
        world.kube.conflict(CONTEXTS + "/mmeng/status", label)
        world.api.put(context("mmeng"))
        wait("its status is there", lambda: "status" in stored(world.kube, "mmeng"))
        same(stored(world.kube, "mmeng")["metadata"]["labels"], {"x": "y"})
        same(world.first.metric("shunt_manager_status_conflicts_total"), 1, "conflicts")


def write_conflicts(directory):
    """a change without If-Match that loses a race is made again; with If-Match it is refused"""
    with World(directory) as world:
        world.api.put(context("mmeng"))
        wait("its status is there", lambda: "status" in stored(world.kube, "mmeng"))

        def annotate():
            item = stored(world.kube, "mmeng")
            count = str(int(item["metadata"].get("annotations", {}).get("n", 0)) + 1)
            world.kube.put({**item, "metadata": {**item["metadata"],
                                                 "annotations": {"n": count}}})
        world.kube.conflict(CONTEXTS + "/mmeng$", annotate, times=2)
        reply = world.api.ask("PATCH", "/v1/contexts/mmeng",
                              {"spec": {"description": "for pay"}},)
        same(reply.status, 200, reply.text)
        item = stored(world.kube, "mmeng")
        same(item["spec"]["description"], "for pay")
        same(item["metadata"]["annotations"]["n"], "2", "what the other has written")
        etag = world.api.ask("GET", "/v1/contexts/mmeng").etag
        world.kube.conflict(CONTEXTS + "/mmeng$", annotate)
        reply = world.api.put(context("mmeng", "9e01d77"), etag)
        same(reply.status, 412, reply.text)


def events(directory):
    """the record of events is listed newest first, and by context and actor"""
    with World(directory) as world:
        for name in ("a", "b", "c"):
            same(world.api.put(context(name)).status, 201)
        same(world.api.ask("DELETE", "/v1/contexts/a").status, 200)
        wait("all are recorded", lambda: len(world.api.ask(
            "GET", "/v1/events").json["items"]) == 4)
        items = world.api.ask("GET", "/v1/events").json["items"]
        same([(item["action"], item["context"]) for item in items],
             [("delete", "a"), ("create", "c"), ("create", "b"), ("create", "a")])
        items = world.api.ask("GET", "/v1/events?context=a").json["items"]
        same([item["action"] for item in items], ["delete", "create"])
        first = world.api.ask("GET", "/v1/events?limit=1").json["items"][0]
        rest = world.api.ask("GET", f"/v1/events?before={first['id']}").json["items"]
        same([item["context"] for item in rest], ["c", "b", "a"])


def refusals(directory):
    """what the API server refuses is refused with its reason; what passes is tried again"""
    with World(directory) as world:
        world.kube.fail("POST", CONTEXTS, 429, headers={"Retry-After": "1"}, body="too many\n")
        world.kube.fail("POST", CONTEXTS, 503)
        reply = world.api.put(context("mmeng"))
        same(reply.status, 201, reply.text)
        for status, answer, words in ((403, 503, "forbid"), (422, 400, "not valid"),
                                      (500, 503, "etcd"), (413, 400, "too large")):
            world.kube.fail("POST", CONTEXTS, status)
            reply = world.api.put(context("other"))
            if words not in reply.text or reply.status // 100 != answer // 100:
                raise AssertionError(f"{status}: {reply.status} {reply.text}")
        same(world.api.ask("GET", "/v1/contexts/other").status, 404)


def lost_answers(directory):
    """a write whose answer was lost is not acknowledged, and what is read then is the truth"""
    with World(directory) as world:
        # On a connection that is kept alive libcurl asks once more, and is told of the first.
        world.kube.cut("POST", CONTEXTS, times=2)
        reply = world.api.put(context("mmeng"))
        same(reply.status in (412, 503), True, reply.text)
        wait("the watch tells of it", lambda: world.api.ask(
            "GET", "/v1/contexts/mmeng").status == 200)
        same(len(world.kube.objects.list(CONTEXT, "", None, 0, None)[0]), 1, "contexts")


def two_managers(directory):
    """two managers see one another's changes at once, and remove what both remove once"""
    with World(directory) as world:
        second = shunt.Api(world.add("two"))
        names = [f"c{number}" for number in range(20)]
        for name in names:
            same(world.api.put(context(name)).status, 201)
        wait("all are there", lambda: len(second.ask("GET", "/v1/contexts").json["items"]) == 20)
        etag = second.ask("GET", "/v1/contexts/c1").etag
        same(second.put(context("c1", "9e01d77"), etag).status, 200)
        wait("the change is there", lambda: resolved(world.api, "c1") == [])
        removed = {"one": [], "two": []}

        def remove(manager):
            api = shunt.Api(manager)
            for name in names:
                status = api.ask("DELETE", f"/v1/contexts/{name}").status
                if status == 200:
                    removed["two" if manager is world.managers[1] else "one"].append(name)
                elif status != 404:
                    raise AssertionError(f"{name}: {status}")
        other = threading.Thread(target=remove, args=(world.managers[1],))
        other.start()
        remove(world.first)
        other.join()
        for api in (world.api, second):
            wait("none is left", lambda: api.ask("GET", "/v1/contexts").json["items"] == [])
        same(sorted(removed["one"] + removed["two"]), sorted(names), "removed")


def shared_nodes(directory):
    """a node whose agent is connected to one manager is known to the other, until it is gone"""
    with World(directory) as world:
        second = shunt.Api(world.add("two"))
        agent = subprocess.Popen(
            [os.path.join(shunt.BUILD, "bin", "shuntd"), "--dry-run", "--cache", "none",
             "--node", "node-9", "--manager", world.first.url],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def node(api):
            items = api.ask("GET", "/v1/nodes").json["items"]
            return [(item["name"], item["live"]) for item in items]
        try:
            wait("the first knows it", lambda: node(world.api) == [("node-9", True)])
            wait("the second knows it", lambda: node(second) == [("node-9", True)])
            world.api.put(context("mmeng"))
            wait("its status is there", lambda: "status" in stored(world.kube, "mmeng"))
            wait("the second knows what it has applied", lambda: second.ask(
                "GET", "/v1/nodes").json["items"][0]["generation"] == world.first.metric(
                    "shunt_manager_sync_generation"))
            # What managers note on agents is no reason for a generation, which agents report.
            generation = world.first.metric("shunt_manager_sync_generation")
            notes = world.kube.count("PUT", "configmaps")
            wait("agents are noted again", lambda: world.kube.count("PUT", "configmaps") > notes)
            same(world.first.metric("shunt_manager_sync_generation"), generation, "generation")
        finally:
            agent.terminate()
            agent.wait()
        wait("it is gone", lambda: node(second) == [("node-9", False)])


run(create_update_delete, keys_have_to_be_given, status_is_written, status_conflicts,
    write_conflicts, events, refusals, lost_answers, two_managers, shared_nodes)
