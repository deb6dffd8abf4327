# SPDX-License-Identifier: Apache-2.0
"""Where `scripts/bench agent` has its tables from: manifests, or a manager that streams them."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/manager"))
import manager as shunt  # noqa: E402

NAMESPACE = "shop"
SERVICES_MAX = 250  # a context has 256 overrides at most
FILLERS = 4  # connections that fill the manager's store at once
shunt.READY_LIMIT = 120  # seconds, of a manager that resolves a million overrides


def address(base, number):
    return f"{base}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def offloaded_pod(service, which):
    """Of each service there are two, so that an override can change from one to the other."""
    return f"s{service}-{which}"


def service_objects(service, frontends):
    """A Service with one port, an offloaded pod, and EndpointSlices with the other frontends."""
    name = f"s{service}"
    yield {"apiVersion": "v1", "kind": "Service",
           "metadata": {"name": name, "namespace": NAMESPACE},
           "spec": {"clusterIP": address(172, (16 << 16) + service), "selector": {"app": name},
                    "ports": [{"name": "http", "protocol": "TCP", "port": 80,
                               "targetPort": 8080}]}}
    for which in ("a", "b"):
        ip = address(11, service * 2 + (which == "b") + 1)
        yield {"apiVersion": "v1", "kind": "Pod",
               "metadata": {"name": offloaded_pod(service, which), "namespace": NAMESPACE,
                            "labels": {"shunt.dev/offloaded": "true", "shunt.dev/service": name,
                                       "shunt.dev/sha": f"{which}bcdef0"}},
               "spec": {"containers": [{"name": "main"}]},
               "status": {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}],
                          "conditions": [{"type": "Ready", "status": "True"}]}}
    yield {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
           "metadata": {"name": name, "namespace": NAMESPACE,
                        "labels": {"kubernetes.io/service-name": name}},
           "ports": [{"name": "http", "protocol": "TCP", "port": 8080}],
           "endpoints": [{"addresses": [address(10, service * frontends + i + 1)],
                          "conditions": {"ready": True}} for i in range(frontends - 1)]}


def context_object(name, services, changed=None):
    """One override a service; the changed one names the other pod."""
    return {"apiVersion": "shunt.dev/v1alpha1", "kind": "Context", "metadata": {"name": name},
            "spec": {"overrides": [
                {"service": f"{NAMESPACE}/s{service}",
                 "pod": offloaded_pod(service, "b" if service == changed else "a")}
                for service in range(services)]}}


def cluster_objects(services, frontends):
    return [item for service in range(services)
            for item in service_objects(service, frontends // services)]


def write_manifest(directory, name, content):
    """In one step. Returns when it was there."""
    path = os.path.join(directory, name + ".json")
    with open(path + ".new", "w") as file:
        json.dump(content, file, separators=(",", ":"))
    begin = time.monotonic()
    os.rename(path + ".new", path)
    return begin


class Manifests:
    """A directory: one file for the cluster, one for each context, or one for all contexts."""

    def __init__(self, directory, size, together=False):
        self.directory = os.path.join(directory, "manifests")
        shutil.rmtree(self.directory, ignore_errors=True)
        os.mkdir(self.directory)
        self.options = ["--manifests", self.directory, "--keys", "none"]
        write_manifest(self.directory, "cluster", {
            "apiVersion": "v1", "kind": "List",
            "items": cluster_objects(size.services, size.frontends)})
        contexts = [context_object(f"c{number}", size.services) for number in range(size.contexts)]
        if together:
            write_manifest(self.directory, "contexts",
                           {"apiVersion": "v1", "kind": "List", "items": contexts})
        else:
            for context in contexts:
                write_manifest(self.directory, context["metadata"]["name"], context)

    def put(self, context):
        return write_manifest(self.directory, context["metadata"]["name"], context)

    def stop(self):
        pass


def put_new(api, context):
    """Within the limits of writes a second, and again where a connection was closed."""
    while True:
        try:
            reply = api.put(context)
        except OSError:
            continue
        if reply.status in (201, 412):
            return
        if reply.status != 429:
            raise RuntimeError(f"{reply.status}: {reply.text}")
        time.sleep(0.1)


class Manager:
    """A manager with an SQLite store in memory, filled through its API: disks are not measured."""

    def __init__(self, directory, size):
        directory = os.path.join(directory, "manager")
        os.makedirs(directory, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", directory], check=True)
        self.directory = directory
        self.manager = shunt.Manager(directory)
        shunt.write_manifest(self.manager, "cluster.json",
                             cluster_objects(size.services, size.frontends))
        self.manager.start()
        self.fill(size)
        self.wait_for_statuses()
        # One that was filled through the API is not what a node meets.
        self.manager.end()
        self.start_seconds = self.manager.start()
        self.api = shunt.Api(self.manager)
        self.options = ["--manager", self.manager.url, "--cache",
                        os.path.join(directory, "cache"), "--node", "node"]

    def fill(self, size):
        def work(first):
            api = shunt.Api(self.manager)
            try:
                for number in range(first, size.contexts, FILLERS):
                    put_new(api, context_object(f"c{number}", size.services))
            except Exception as error:
                failures.append(error)

        failures = []
        threads = [threading.Thread(target=work, args=(first,)) for first in range(FILLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    def wait_for_statuses(self):
        """They are written back to the store some time after a change."""
        api = shunt.Api(self.manager)
        while "shunt_manager_status_waiting 0\n" not in api.get("/metrics").text:
            time.sleep(0.1)

    def put(self, context):
        name = context["metadata"]["name"]
        etag = self.api.get(f"/v1/contexts/{name}").etag
        begin = time.monotonic()
        reply = self.api.put(context, etag)
        if reply.status != 200:
            raise RuntimeError(f"{reply.status}: {reply.text}")
        return begin

    def resident(self):
        return self.manager.resident()

    def stop(self):
        self.manager.end()
        subprocess.run(["umount", self.directory], check=True)
