# SPDX-License-Identifier: Apache-2.0
"""What `scripts/bench agent` runs: starts shuntd with many overrides, and changes some of them."""

import argparse
import ctypes
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

NAMESPACE = "shop"
BPFFS = "/sys/fs/bpf/shunt"
LISTEN = "127.0.0.1:9870"
READY_LIMIT = 120  # seconds
APPLY_LIMIT = 60
SERVICES_MAX = 250  # a context has 256 overrides at most
SEED = 7


class Map:
    """A pinned map, read by libbpf."""

    libbpf = ctypes.CDLL("libbpf.so.1", use_errno=True)

    def __init__(self, name, value_size):
        self.fd = self.libbpf.bpf_obj_get(f"{BPFFS}/{name}".encode())
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), name)
        self.value = ctypes.create_string_buffer(value_size)

    def get(self, key):
        if self.libbpf.bpf_map_lookup_elem(self.fd, key, self.value):
            return None
        return self.value.raw


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


class Agent:
    """A shuntd, and its manifests."""

    def __init__(self, options, overrides, frontends, services):
        self.options = options
        self.services = services
        self.directory = os.path.join(options.directory, "manifests")
        shutil.rmtree(self.directory, ignore_errors=True)
        os.mkdir(self.directory)
        objects = []
        for service in range(services):
            objects += service_objects(service, frontends // services)
        self.write("cluster", {"apiVersion": "v1", "kind": "List", "items": objects})
        self.contexts = overrides // services
        for number in range(self.contexts):
            self.write(f"c{number}", context_object(f"c{number}", services))
        self.process = None

    def write(self, name, content):
        """Returns when it was there."""
        path = os.path.join(self.directory, name + ".json")
        with open(path + ".new", "w") as file:
            json.dump(content, file, separators=(",", ":"))
        begin = time.monotonic()
        os.rename(path + ".new", path)
        return begin

    def start(self):
        """Returns how long it takes until it is ready, in seconds."""
        log = open(os.path.join(self.options.directory, "shuntd.log"), "ab")
        begin = time.monotonic()
        self.process = subprocess.Popen(
            [self.options.shuntd, "--manifests", self.directory, "--bpffs", BPFFS, "--cgroup",
             self.options.cgroup, "--listen", LISTEN, "--keys", "none"], stdout=log, stderr=log)
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() - begin > READY_LIMIT:
                with open(log.name) as text:
                    raise RuntimeError("shuntd is not ready:\n" + "".join(text.readlines()[-5:]))
            time.sleep(0.005)
        return time.monotonic() - begin

    def ready(self):
        try:
            return urllib.request.urlopen(f"http://{LISTEN}/readyz", timeout=10).status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait()
        subprocess.run([self.options.shuntd, "--detach", "--bpffs", BPFFS, "--cgroup",
                        self.options.cgroup], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def memory(self, name):
        """In MB."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status
                        if line.startswith(name + ":"))

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/schedstat") as stat:
            return int(stat.read().split()[0]) / 1e9


def service_ids(count):
    """By name, without the namespace and port."""
    ids = {}
    table = Map("services", 192)
    number = 1
    while len(ids) < count and number <= 65536:
        value = table.get(number.to_bytes(4, sys.byteorder))
        if value:
            ids[value.split(b"\0")[0].decode().split("/")[1].split(":")[0]] = number
        number += 1
    return ids


def change_latencies(agent, count):
    """Milliseconds from when a manifest with one other override is there until the map has it."""
    table = Map("overrides", 184)
    ids = service_ids(agent.services)
    chance = random.Random(SEED)
    latencies = []
    changed = {}
    for _ in range(count):
        number = chance.randrange(agent.contexts)
        service = chance.choice([s for s in (chance.randrange(agent.services) for _ in range(8))
                                 if s != changed.get(number)])
        key = f"c{number}".encode().ljust(64, b"\0") + ids[f"s{service}"].to_bytes(4, sys.byteorder)
        before = table.get(key)
        begin = agent.write(f"c{number}", context_object(f"c{number}", agent.services, service))
        while table.get(key) == before:
            if time.monotonic() - begin > APPLY_LIMIT:
                raise RuntimeError(f"c{number} is not applied after {APPLY_LIMIT} s")
            time.sleep(0.0001)
        latencies.append((time.monotonic() - begin) * 1000)
        changed[number] = service
        time.sleep(0.02)  # one change at a time is measured, not how many there can be
    return latencies


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def measure(options, overrides, frontends):
    services = min(SERVICES_MAX, overrides, frontends)
    print(f"{overrides} overrides, {frontends} frontends: writing manifests", file=sys.stderr)
    agent = Agent(options, overrides, frontends, services)
    result = {"overrides": agent.contexts * services,
              "frontends": services * (frontends // services)}
    print(f"{overrides} overrides, {frontends} frontends: starting", file=sys.stderr)
    result["start_seconds"] = agent.start()
    result["start_cpu_seconds"] = agent.cpu_seconds()
    result["peak_mb"] = agent.memory("VmHWM")
    time.sleep(1)
    result["resident_mb"] = agent.memory("VmRSS")
    before = agent.cpu_seconds()
    time.sleep(options.idle)
    result["idle_cpu_percent"] = (agent.cpu_seconds() - before) / options.idle * 100
    before = agent.cpu_seconds()
    latencies = change_latencies(agent, options.changes)
    result["change_cpu_ms"] = (agent.cpu_seconds() - before) * 1000 / options.changes
    result["change_ms"] = {"p50": statistics.median(latencies),
                           "p99": percentile(latencies, 0.99), "max": max(latencies)}
    agent.stop()
    return result


def main():
    parser = argparse.ArgumentParser(
        prog="bench agent",
        description="The agent's start, memory, idle CPU time, and how soon it applies a change.")
    parser.add_argument("--sizes", default="10:10,100000:10000,1000000:100000",
                        help="overrides:frontends, several of them (%(default)s)")
    parser.add_argument("--changes", type=int, default=200, help="to apply (%(default)s)")
    parser.add_argument("--idle", type=float, default=5, help="seconds to watch it idle (%(default)s)")
    parser.add_argument("--output", metavar="DIR", help="for results")
    for name in ("shuntd", "cgroup", "directory"):
        parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sizes = [[int(n) for n in size.split(":")] for size in options.sizes.split(",")]
    results = [measure(options, *size) for size in sizes]
    with open(os.path.join(os.environ["OUTPUT"], "agent.json"), "w") as file:
        json.dump(results, file, indent=1)


main()
