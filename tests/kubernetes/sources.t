#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Settings that name namespaces: their pods are followed, and no state without them is told."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apiserver import ApiServer  # noqa: E402
from world import (KubeManager, World, cluster, context, resolved, run, same, shunt,  # noqa: E402
                   wait)

PODS_OF = "/api/v1/namespaces/{}/pods"


def settings(**spec):
    return {"apiVersion": "shunt.dev/v1alpha1", "kind": "Settings", "metadata": {"name": "default"},
            "spec": spec}


def pod(namespace, name, address, **labels):
    item = shunt.pod(name, "users", address)
    item["metadata"]["namespace"] = namespace
    item["metadata"]["labels"].update(labels)
    return item


def entries(manager, table):
    text = manager.page("/metrics")[1]
    return int(text.split(f'shunt_manager_table_entries{{table="{table}"}} ')[1].split("\n")[0])


def wait_for(world, count):
    wait(f"{count} sources", lambda: entries(world.first, "sources") == count)



def follows(directory):
    """pods come and go with their namespace's place in Settings, and others are not fetched"""
    with World(directory) as world:
        world.kube.put(pod("ci", "c", "10.0.1.1"), pod("other", "o", "10.0.2.1"))
        same(entries(world.first, "sources"), 0, "sources")
        objects = world.first.metric("shunt_manager_cluster_objects")
        world.kube.put(settings(markerSources={"namespaces": ["shop"]}))
        # Everybody, and both pods of the shop, of which the offloaded one is followed as before.
        wait_for(world, 3)
        same(world.first.metric("shunt_manager_cluster_objects"), objects + 2, "objects")
        world.kube.put(pod("shop", "new", "10.0.0.9"))
        wait_for(world, 4)
        # One that becomes offloaded passes from one watch to the other.
        world.kube.put(shunt.pod("new", "users", "10.0.0.9", "4f2a91c"))
        wait("it is offloaded", lambda: entries(world.first, "offloaded") == 2)
        wait_for(world, 4)
        world.kube.delete("Pod", "shop", "new")
        wait_for(world, 3)
        world.kube.put(settings(markerSources={"namespaces": ["shop"]},
                                edges=[{"namespace": "ci", "labels": {"app": "users"}}]))
        wait_for(world, 4)
        world.kube.put(settings(edges=[{"namespace": "ci", "labels": {"app": "none"}}]))
        wait_for(world, 1)
        same(world.first.metric("shunt_manager_cluster_objects"), objects + 2, "objects")
        world.kube.put(pod("shop", "later", "10.0.0.10"), pod("ci", "d", "10.0.1.2", app="none"))
        wait_for(world, 2)
        world.kube.delete("Settings", "", "default")
        wait_for(world, 0)
        same(world.first.metric("shunt_manager_cluster_objects"), objects, "objects")
        same(world.kube.count("GET", PODS_OF.format("other")), 0, "requests for another namespace")
        asked = [path for _, path, _ in world.kube.requests if path.startswith("/api/v1/pods")]
        same([path for path in asked if "labelSelector=shunt.dev%2Foffloaded%3Dtrue" not in path],
             [], "requests for all pods")


def waits(directory):
    """until a namespace's pods are listed, the last state holds, whatever else changes"""
    with World(directory) as world:
        world.kube.put(settings(edges=[{"namespace": "shop"}]), pod("ci", "c", "10.0.1.1"))
        world.api.put(context("mmeng"))
        wait_for(world, 3)
        wait("it is resolved", lambda: resolved(world.api, "mmeng") == ["10.0.0.2:8080"])
        world.kube.fail("GET", PODS_OF.format("ci"), 403, times=1000)
        world.kube.put(settings(edges=[{"namespace": "ci"}]))
        wait("it says so", lambda: "pods in ci" in world.first.page("/readyz")[1])
        views = world.first.metric("shunt_manager_cluster_views_total")
        objects = world.first.metric("shunt_manager_cluster_objects")
        world.kube.put(shunt.pod("users-x", "users", "10.0.0.3", "4f2a91c"),
                       shunt.pod("users-y", "users", "10.0.0.4", "other"))
        wait("both have come", lambda: world.first.metric("shunt_manager_cluster_objects") ==
             objects + 1)
        same(entries(world.first, "sources"), 3, "sources")
        same(resolved(world.api, "mmeng"), ["10.0.0.2:8080"])
        same(world.first.metric("shunt_manager_cluster_views_total"), views, "states")
        world.kube.faults.clear()
        wait_for(world, 2)
        wait("the change counts", lambda: resolved(world.api, "mmeng") == ["10.0.0.3:8080"])
        wait("it is ready", world.first.is_ready)
        # What is not wanted any more is not waited for.
        world.kube.fail("GET", PODS_OF.format("more"), 403, times=1000)
        world.kube.put(settings(edges=[{"namespace": "more"}]))
        wait("it says so", lambda: "pods in more" in world.first.page("/readyz")[1])
        world.kube.put(settings(edges=[{"namespace": "shop"}]))
        wait_for(world, 4)
        wait("it is ready", world.first.is_ready)


def starts(directory):
    """the first state has the pods of the namespaces that Settings name"""
    kube = ApiServer()
    kube.put(settings(edges=[{"namespace": "shop"}]))
    kube.delay("GET", PODS_OF.format("shop"), 0.5)
    with World(directory, kube) as world:
        same(entries(world.first, "sources"), 3, "sources")


def not_understood(directory):
    """Settings that are not understood do not undo what they were, nor are they taken for none"""
    bad = settings(edges=[{"namespace": "shop"}], fence={"mode": "sometimes"})
    with World(directory) as world:
        world.kube.put(settings(edges=[{"namespace": "shop"}]))
        wait_for(world, 3)
        world.kube.put(bad)
        wait("it says so", lambda: "spec.fence.mode: has to be enforce, observe or off; what it "
             "was before holds" in world.first.all_of_log())
        world.kube.put(pod("shop", "new", "10.0.0.9"))
        wait_for(world, 4)
        same(world.first.is_ready(), True, "ready")
        second = KubeManager(directory, world.kube.url, name="two")
        second.launch()
        try:
            wait("it is not ready", lambda: "spec.fence.mode" in second.page("/readyz")[1])
            same(second.metric("shunt_manager_cluster_views_total"), 0, "states")
            world.kube.put(settings(edges=[{"namespace": "shop"}], fence={"mode": "observe"}))
            wait("it is ready", second.is_ready)
            same(entries(second, "sources"), 4, "sources")
        finally:
            second.end()


def starting_up(directory):
    """an API server that does not serve them yet, or a proxy before it, does not undo Settings"""
    path = "/apis/shunt.dev/v1alpha1/settings"
    with World(directory) as world:
        world.kube.put(settings(edges=[{"namespace": "shop"}]))
        wait_for(world, 3)
        world.kube.fail("GET", path, 404, times=3, body="404 page not found\n")
        world.kube.cut_all()
        wait("it was answered so", lambda: not any(fault.times for fault in world.kube.faults))
        same(entries(world.first, "sources"), 3, "sources")
        wait("it is ready", world.first.is_ready)
        world.kube.put(pod("shop", "new", "10.0.0.9"))
        wait_for(world, 4)
        same("serve settings" in world.first.all_of_log(), True, "it is said")


def most(directory):
    """64 namespaces are followed at once"""
    kube = ApiServer()
    names = [f"n{number}" for number in range(64)]
    kube.put(*cluster(), *[pod(name, "p", f"10.0.9.{number}") for number, name in enumerate(names)])
    kube.put(settings(markerSources={"namespaces": names}))
    with World(directory, kube) as world:
        same(entries(world.first, "sources"), 65, "sources")
        kube.put(settings())
        wait_for(world, 0)


run(follows, waits, starts, not_understood, starting_up, most)
