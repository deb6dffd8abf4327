#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An API server that forgets, cuts, stalls and goes away: tables go on being served, and converge."""

import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apiserver import ApiServer  # noqa: E402
from world import (KubeManager, World, cluster, context, resolved, run, same, shunt,  # noqa: E402
                   wait)

PODS = "/api/v1/pods"
KINDS_FOLLOWED = ("services", "pods", "endpointslices", "settings", "nodes", "contexts", "configmaps")
TOO_OLD = ('{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":'
           '"Failure","message":"too old resource version","reason":"Expired","code":410}}\n')
CONTEXTS = "/apis/shunt.dev/v1alpha1/contexts"


def settle(world):
    """Until a status is written and has come back, so that nothing is under way."""
    contexts = [key[2] for key in world.kube.objects.items if key[0] == "contexts"]

    def all_of(read):
        return [read(world.kube.get("Context", "", name)) for name in contexts]
    wait("statuses are there", lambda: all(all_of(lambda item: "status" in item)))
    wait("the manager has them", lambda: world.first.metric("shunt_manager_store_revision") ==
         max(all_of(lambda item: int(item["metadata"]["resourceVersion"]))))


def lists(world):
    return {kind: world.kube.count("GET", rf"/{kind}\?.*limit=500") for kind in KINDS_FOLLOWED}


def make_all_list_again(world, status, body=None):
    """Until each kind was: an answer may be lost with a connection, and the watch be asked for again."""
    before = lists(world)
    world.kube.fail("GET", "watch=true", status, times=1000, body=body)
    world.kube.back()
    for kind in KINDS_FOLLOWED:
        wait(f"{kind} are listed again", lambda kind=kind: lists(world)[kind] > before[kind])
    world.kube.faults.clear()


def relist_without_change(directory):
    """410 in the stream: all is listed again, and no generation is made of what is the same"""
    with World(directory) as world:
        world.api.put(context("mmeng"))
        settle(world)
        generation = world.first.metric("shunt_manager_sync_generation")
        world.kube.away()
        make_all_list_again(world, 200, TOO_OLD)
        wait("it is ready", world.first.is_ready)
        same(resolved(world.api, "mmeng"), ["10.0.0.2:8080"])
        same(world.first.metric("shunt_manager_sync_generation"), generation, "generation")
        # After a restart even what was there just before is too old.
        world.kube.away()
        world.kube.objects.revision += 10
        world.kube.objects.compact()
        world.kube.back()
        wait("contexts are followed from there", lambda: world.kube.count(
            "GET", rf"contexts\?watch.*resourceVersion={world.kube.objects.revision}"))
        wait("it is ready", world.first.is_ready)
        same(world.first.metric("shunt_manager_sync_generation"), generation, "generation")


def relist_with_changes(directory):
    """410 as a status: what was missed meanwhile is found, new, changed and gone"""
    with World(directory) as world:
        for name in ("mmeng", "gone", "other"):
            world.api.put(context(name))
        settle(world)
        world.kube.away()
        world.kube.delete("Context", "", "gone")
        world.kube.put(context("new"), shunt.pod("users-x", "users", "10.0.0.3", "4f2a91c"),
                       shunt.service("pay", "10.96.0.2"))
        world.kube.delete("Pod", "shop", "users-1")
        make_all_list_again(world, 410)
        wait("the pod's new address is there", lambda: resolved(world.api, "mmeng") ==
             ["10.0.0.3:8080"])
        wait("the new context is there", lambda: resolved(world.api, "new") == ["10.0.0.3:8080"])
        wait("the other is gone", lambda: resolved(world.api, "gone") is None)
        wait("the service is there", lambda: len(world.api.ask(
            "GET", "/v1/services").json["items"]) == 2)
        wait("it is ready", world.first.is_ready)


def pages(directory):
    """a list of several pages that expires between two is begun anew"""
    kube = ApiServer()
    kube.put(*[context(f"c{number:04}") for number in range(1200)])
    kube.fail("GET", r"contexts\?.*continue=", 410)
    with World(directory, kube) as world:
        same(kube.count("GET", r"contexts\?limit=500$"), 2, "first pages")
        same(kube.count("GET", r"contexts\?.*continue="), 3, "further pages")
        same(world.first.metric("shunt_manager_contexts"), 1200, "contexts")


def cut_watches(directory):
    """watches that are cut anywhere, and come byte by byte, lose nothing"""
    kube = ApiServer()
    kube.chop = True
    with World(directory, kube) as world:
        # Each watch is cut within its first event or the next, at another place each time.
        kube.watch_cut = [3 + 37 * number for number in range(60)]
        kube.cut_all()
        for number in range(30):
            kube.put(context(f"c{number}"), shunt.pod("users-x", "users", f"10.0.1.{number + 1}",
                                                      "4f2a91c"))
            if number % 3 == 2:
                kube.delete("Context", "", f"c{number}")
        kept = [f"c{number}" for number in range(30) if number % 3 != 2]
        wait("exactly these are there", lambda: sorted(
            item["metadata"]["name"] for item in world.api.ask("GET", "/v1/contexts").json["items"]
        ) == sorted(kept), 40)
        wait("the last address counts", lambda: all(
            resolved(world.api, name) == ["10.0.1.30:8080"] for name in kept))
        same(len(kube.watch_cut) < 60, True, "some were cut")


def short_watches(directory):
    """watches that the server ends early are taken up where they were"""
    kube = ApiServer()
    kube.watch_seconds = 0.3
    with World(directory, kube) as world:
        lists = kube.count("GET", "limit=")
        for number in range(8):
            kube.put(context(f"c{number}"))
            time.sleep(0.1)  # so that the next is in another watch; nothing is waited for
        wait("all are there", lambda: len(world.api.ask(
            "GET", "/v1/contexts").json["items"]) == 8)
        same(kube.count("GET", "limit="), lists, "lists")


def older_slices(directory):
    """EndpointSlices are read in v1beta1 where there is no v1, and in v1 when there is"""
    kube = ApiServer()
    kube.absent.add("discovery.k8s.io/v1")
    kube.put({"apiVersion": "discovery.k8s.io/v1beta1", "kind": "EndpointSlice",
              "metadata": {"name": "users-abc", "namespace": "shop",
                           "labels": {"kubernetes.io/service-name": "users"}},
              "addressType": "IPv4",
              "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
              "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": True}}]})
    with World(directory, kube) as world:
        # Its ClusterIP, and the address in the slice.
        wait("both frontends are there", lambda: frontends(world.first) == 2)
        same(world.first.metric("shunt_manager_cluster_problems"), 0, "problems")


def frontends(manager):
    text = manager.page("/metrics")[1]
    return int(text.split('shunt_manager_table_entries{table="frontends"} ')[1].split("\n")[0])


def away(directory):
    """without an API server reads go on, writes get 503 with the reason, and all converges"""
    with World(directory) as world:
        world.api.put(context("mmeng"))
        settle(world)
        world.kube.away()
        wait("it says so", lambda: not world.first.is_ready())
        same("connect" in world.first.page("/readyz")[1], True, world.first.page("/readyz")[1])
        same(resolved(world.api, "mmeng"), ["10.0.0.2:8080"])
        reply = world.api.put(context("late"))
        same(reply.status, 503, reply.text)
        same("connect" in reply.text, True, reply.text)
        world.kube.put(shunt.pod("users-x", "users", "10.0.0.3", "4f2a91c"))
        world.kube.back()
        wait("what was missed is there", lambda: resolved(world.api, "mmeng") ==
             ["10.0.0.3:8080"])
        wait("it is ready", world.first.is_ready)
        same(world.api.put(context("late")).status, 201)


def start_without(directory):
    """a manager that starts before the API server, or without the CRD, says so and comes up"""
    kube = ApiServer()
    kube.put(*cluster())
    kube.absent.add("shunt.dev/v1alpha1")
    kube.away()
    manager = KubeManager(directory, kube.url)
    manager.launch()
    try:
        wait("it says so", lambda: "cannot connect" in manager.page("/readyz")[1])
        kube.back()
        wait("it names the CRD", lambda: "CustomResourceDefinition" in manager.page("/readyz")[1])
        kube.absent.clear()
        wait("it is ready", manager.is_ready)
        same(shunt.Api(manager).put(context("mmeng")).status, 201)
    finally:
        manager.end()
        kube.stop()


def refused_at_first(directory):
    """refusals at the start are waited out: 403, 429 with Retry-After, 500, 503 and a stall"""
    kube = ApiServer()
    kube.put(*cluster())
    kube.fail("GET", PODS, 403)
    kube.fail("GET", "services", 429, headers={"Retry-After": "1"}, body="too many\n")
    kube.fail("GET", "nodes", 500)
    kube.fail("GET", "endpointslices", 503)
    kube.delay("GET", CONTEXTS, 0.5)
    kube.cut("GET", "configmaps")
    begin = time.monotonic()
    with World(directory, kube) as world:
        same(time.monotonic() - begin >= 1, True, "Retry-After")
        same(world.api.put(context("mmeng")).status, 201)
        same(resolved(world.api, "mmeng"), ["10.0.0.2:8080"])


run(relist_without_change, relist_with_changes, pages, cut_watches, short_watches, older_slices,
    away, start_without, refused_at_first)
