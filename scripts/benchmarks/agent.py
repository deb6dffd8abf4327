# SPDX-License-Identifier: Apache-2.0
"""What `scripts/bench agent` runs: starts shuntd with many overrides, and changes some of them."""

import argparse
import ctypes
import json
import os
import random
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from agent_sources import Manager, Manifests, SERVICES_MAX, context_object  # noqa: E402

BPFFS = "/sys/fs/bpf/shunt"
LISTEN = "127.0.0.1:9870"
READY_LIMIT = 120  # seconds
APPLY_LIMIT = 60
OVERRIDES_METRIC = 'shunt_table_entries{table="overrides"}'
SEED = 7


@dataclass
class Size:
    overrides: int
    frontends: int
    services: int  # overrides of a context

    @classmethod
    def parse(cls, text):
        """overrides:frontends, or overrides:frontends:overrides of a context."""
        overrides, frontends, *rest = (int(number) for number in text.split(":"))
        services = rest[0] if rest else min(SERVICES_MAX, overrides, frontends)
        return cls(overrides // services * services, frontends // services * services, services)

    @property
    def contexts(self):
        return self.overrides // self.services


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


class Agent:
    """A shuntd."""

    def __init__(self, options, source):
        self.options = options
        self.source = source
        self.process = None

    def start(self, overrides):
        """Returns how long it takes until it is ready with so many overrides, in seconds."""
        log = open(os.path.join(self.options.directory, "shuntd.log"), "ab")
        begin = time.monotonic()
        self.process = subprocess.Popen(
            [self.options.shuntd, *self.source.options, "--bpffs", BPFFS, "--cgroup",
             self.options.cgroup, "--listen", LISTEN], stdout=log, stderr=log)
        while not self.ready(overrides):
            if self.process.poll() is not None or time.monotonic() - begin > READY_LIMIT:
                with open(log.name) as text:
                    raise RuntimeError("shuntd is not ready:\n" + "".join(text.readlines()[-5:]))
            time.sleep(0.005)
        return time.monotonic() - begin

    def page(self, name):
        try:
            return urllib.request.urlopen(f"http://{LISTEN}/{name}", timeout=30).read().decode()
        except (urllib.error.URLError, OSError):
            return None

    def ready(self, overrides):
        return self.page("readyz") is not None and \
            f"{OVERRIDES_METRIC} {overrides}\n" in (self.page("metrics") or "")

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
        """Of all its threads; those that have ended are not in it."""
        tasks = f"/proc/{self.process.pid}/task"
        total = 0
        for task in os.listdir(tasks):
            with open(f"{tasks}/{task}/schedstat") as stat:
                total += int(stat.read().split()[0])
        return total / 1e9


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


def change_latencies(source, size, count):
    """Milliseconds from when a context with one other override is there until the map has it."""
    table = Map("overrides", 184)
    ids = service_ids(size.services)
    chance = random.Random(SEED)
    latencies = []
    changed = {}
    for _ in range(count):
        number = chance.randrange(size.contexts)
        service = chance.choice([s for s in (chance.randrange(size.services) for _ in range(8))
                                 if s != changed.get(number)])
        key = f"c{number}".encode().ljust(64, b"\0") + ids[f"s{service}"].to_bytes(4, sys.byteorder)
        before = table.get(key)
        begin = source.put(context_object(f"c{number}", size.services, service))
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


def say(size, kind, what):
    print(f"{kind}: {size.overrides} overrides, {size.contexts} contexts, {size.frontends} "
          f"frontends: {what}", file=sys.stderr)


def measure(options, size, kind):
    say(size, kind, "filling")
    source = Manager(options.directory, size) if kind == "manager" else \
        Manifests(options.directory, size, kind == "file")
    agent = Agent(options, source)
    result = {"source": kind, "overrides": size.overrides, "contexts": size.contexts,
              "frontends": size.frontends}
    say(size, kind, "starting")
    result["start_seconds"] = agent.start(size.overrides)
    result["start_cpu_seconds"] = agent.cpu_seconds()
    result["peak_mb"] = agent.memory("VmHWM")
    # A manager's agent writes its cache after a second.
    time.sleep(3)
    result["resident_mb"] = agent.memory("VmRSS")
    before = agent.cpu_seconds()
    time.sleep(options.idle)
    result["idle_cpu_percent"] = (agent.cpu_seconds() - before) / options.idle * 100
    before = agent.cpu_seconds()
    if kind != "file":
        latencies = change_latencies(source, size, options.changes)
        result["change_cpu_ms"] = (agent.cpu_seconds() - before) * 1000 / options.changes
        result["change_ms"] = {"p50": statistics.median(latencies),
                               "p99": percentile(latencies, 0.99), "max": max(latencies)}
        result["changed_mb"] = agent.memory("VmRSS")
    if kind == "manager":
        result["manager_mb"] = source.resident()
        result["manager_start_seconds"] = source.start_seconds
    agent.stop()
    source.stop()
    return result


def main():
    parser = argparse.ArgumentParser(
        prog="bench agent",
        description="The agent's start, memory, idle CPU time, and how soon it applies a change.")
    parser.add_argument("--sizes", default="10:10,100000:10000,1000000:100000",
                        help="overrides:frontends, several of them; with a third number, so many "
                        "overrides has each context instead of 250 (%(default)s)")
    parser.add_argument("--sources", default="manifests,manager",
                        help="manifests: a file for each context; file: one for all, whose "
                        "changes are not measured; manager (%(default)s)")
    parser.add_argument("--changes", type=int, default=200, help="to apply (%(default)s)")
    parser.add_argument("--idle", type=float, default=5, help="seconds to watch it idle (%(default)s)")
    parser.add_argument("--output", metavar="DIR", help="for results")
    for name in ("shuntd", "cgroup", "directory"):
        parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
    options = parser.parse_args()
    results = [measure(options, Size.parse(size), kind) for kind in options.sources.split(",")
               for size in options.sizes.split(",")]
    with open(os.path.join(os.environ["OUTPUT"], "agent.json"), "w") as file:
        json.dump(results, file, indent=1)


main()
