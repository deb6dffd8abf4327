#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every list and watch that was recorded of real API servers is read by the manager."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from replay import VERSIONS, ReplayServer, recordings  # noqa: E402
from world import KubeManager, run, same, wait  # noqa: E402

KINDS = {"Pod": ("pods", "/api/v1/pods"), "Service": ("services", "/api/v1/services"),
         "EndpointSlice": ("endpointslices", "/apis/discovery.k8s.io/v1/endpointslices"),
         "Context": ("contexts.shunt.dev", "/apis/shunt.dev/v1alpha1/contexts")}


def pair(lists, watches):
    """Each list with a watch, the shorter of both again from its start."""
    return [(lists[i % len(lists)], watches[i % len(watches)] if watches else None)
            for i in range(max(len(lists), len(watches)))]


def events_of(script):
    """What has to be counted: by type, until a stream's own end."""
    count = 0
    for _, watched in script:
        for event in watched.events if watched else []:
            count += event["type"] != "ERROR"
    return count


def replay(directory, kind, script):
    resource, path = KINDS[kind]
    server = ReplayServer(path, script)
    manager = KubeManager(directory, server.url, name=kind.lower())
    manager.launch()
    try:
        wait(f"all of {kind}: {server.step} of {len(script)} at "
             f"{[str(each) for each in script[min(server.step, len(script) - 1)]]}",
             server.done.is_set, 15)
        same(server.asked, server.lists, "versions that watches began with")
        text = manager.page("/metrics")[1]
        counted = sum(int(line.split()[-1]) for line in text.splitlines() if line.startswith(
            f'shunt_manager_kubernetes_events_total{{resource="{resource.split(".")[0]}"')
            and 'type="ERROR"' not in line)
        same(counted, events_of(script), f"events of {kind}")
    finally:
        manager.end()
        server.stop()
    same(manager.process.returncode, 0, manager.last_words())


def replay_version(version):
    def test(directory):
        lists = {kind: [] for kind in KINDS}
        watches = {kind: [] for kind in KINDS}
        for each in recordings(version):
            if each.is_watch and each.watch_kind in KINDS:
                watches[each.watch_kind].append(each)
            elif each.list_kind in KINDS:
                lists[each.list_kind].append(each)
        total = 0
        for kind in KINDS:
            if lists[kind]:
                script = pair(lists[kind], watches[kind])
                total += len(script)
                replay(directory, kind, script)
        same(total > 1, True, f"there are recordings of {version}")
    test.__doc__ = f"lists and watches of {version} are read to their ends"
    return test


run(*[replay_version(version) for version in VERSIONS])
