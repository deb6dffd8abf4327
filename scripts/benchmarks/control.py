# SPDX-License-Identifier: Apache-2.0
"""What `scripts/bench control` runs: fills a manager, connects agents, changes contexts."""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/manager"))
import manager as shunt  # noqa: E402

SERVICES = 50
COMMITS = 40  # offloaded pods of each service
FILLERS = 8  # connections that fill the store at once
CONNECT_LIMIT = 120  # seconds
SEED = 7


def address(number):
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def sha(service, commit):
    return f"{service:02x}{commit:02x}abc"


def cluster():
    """Services with two ordinary pods each, and offloaded pods of many commits."""
    objects = []
    number = 1 << 16
    for service in range(SERVICES):
        name = f"s{service}"
        objects.append(shunt.service(name, address((96 << 16) + service + 1)))
        for ordinary in range(2):
            objects.append(shunt.pod(f"{name}-{ordinary}", name, address(number)))
            number += 1
        for commit in range(COMMITS):
            objects.append(shunt.pod(f"{name}-x{commit}", name, address(number),
                                     sha(service, commit)))
            number += 1
    return objects


def make_context(name, count, chance, **config):
    overrides = [{"service": f"shop/s{service}", "sha": sha(service, chance.randrange(COMMITS))}
                 for service in chance.sample(range(SERVICES), count)]
    return shunt.context(name, overrides, **config)


def expect(reply, *statuses):
    if reply.status not in statuses:
        raise RuntimeError(f"{reply.status}: {reply.text}")
    return reply


def put_within_limits(api, context):
    """Of writes in a row the manager takes a bounded number a second."""
    while (reply := api.put(context)).status == 429:
        time.sleep(0.1)
    expect(reply, 201)


def fill(manager, options):
    """Through the API, over parallel connections. Returns writes per second."""
    def work(first):
        api = shunt.Api(manager)
        chance = random.Random(SEED + first)
        try:
            for number in range(first, options.contexts, FILLERS):
                put_within_limits(api, make_context(f"c{number}", options.overrides, chance))
        except Exception as error:
            failures.append(error)

    failures = []
    threads = [threading.Thread(target=work, args=(first,)) for first in range(FILLERS)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return options.contexts / (time.monotonic() - begin)


class Agents:
    """shuntd --dry-run, as many as wanted."""

    def __init__(self, manager, directory):
        self.manager = manager
        self.directory = directory
        self.processes = []

    def start(self, name):
        # Each has a log of its own: appending to one would make them wait for each other.
        with open(os.path.join(self.directory, f"{name}.log"), "ab") as log:
            self.processes.append(subprocess.Popen(
                [os.path.join(shunt.BUILD, "bin", "shuntd"), "--dry-run", "--cache", "none",
                 "--manager", self.manager.url, "--node", name],
                stdout=log, stderr=log))

    def end(self):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()

    def resident(self):
        """Of one agent, in MB: the median."""
        sizes = []
        for process in self.processes:
            with open(f"/proc/{process.pid}/status") as status:
                sizes += [int(line.split()[1]) / 1024 for line in status
                          if line.startswith("VmRSS:")]
        return statistics.median(sizes)


def nodes(api):
    return expect(api.get("/v1/nodes"), 200).json["items"]


def await_nodes(api, wanted, revision):
    """Until so many nodes are live and have applied the revision. Returns how long it took."""
    begin = time.monotonic()
    while True:
        count = sum(bool(node["live"]) and (node.get("revision") or 0) >= revision
                    for node in nodes(api))
        if count >= wanted:
            return time.monotonic() - begin
        if time.monotonic() - begin > CONNECT_LIMIT:
            raise RuntimeError(f"{count} of {wanted} nodes after {CONNECT_LIMIT} s")
        time.sleep(0.01)


def milliseconds(applied_at):
    """Of a time in a node's appliedAt, since 1970."""
    if isinstance(applied_at, (int, float)):
        return applied_at
    whole, _, fraction = applied_at.rstrip("Z").partition(".")
    seconds = time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) - time.timezone
    return seconds * 1000 + float("0." + (fraction or "0")) * 1000


class Changer:
    """Changes one context after the other and waits until every node has applied it."""

    def __init__(self, manager, options):
        self.api = shunt.Api(manager)
        self.options = options
        self.chance = random.Random(SEED)
        self.waited = []  # from the request to the answer that all have applied it, in ms
        self.applied = []  # from the request to the last agent's own time, in ms
        self.written = []  # from the request to the store's acknowledgement, in ms

    def change(self, number):
        name = f"c{self.chance.randrange(self.options.contexts)}"
        etag = expect(self.api.get(f"/v1/contexts/{name}"), 200).etag
        context = make_context(name, self.options.overrides, self.chance, change=str(number))
        clock = time.time() * 1000
        begin = time.monotonic()
        reply = expect(self.api.put(context, etag), 200)
        written = time.monotonic()
        answer = expect(self.api.get(
            f"/v1/nodes?revision={reply.revision}&wait=10"), 200).json
        self.waited.append((time.monotonic() - begin) * 1000)
        self.written.append((written - begin) * 1000)
        last = 0
        for node in answer["items"]:
            if node["live"] and node["revision"] < reply.revision:
                raise RuntimeError(f"{node['name']} has not applied {reply.revision}: {node}")
            last = max(last, milliseconds(node["appliedAt"]))
        self.applied.append(last - clock)


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def newcomer(api, agents, name, revision, before):
    """How long it takes from the start of a new agent to its first report, in seconds."""
    begin = time.monotonic()
    agents.start(name)
    await_nodes(api, before + 1, revision)
    return time.monotonic() - begin


def measure(manager, agents, options, results):
    api = shunt.Api(manager)
    shunt.write_manifest(manager, "cluster.json", cluster())
    manager.start()
    results["writes_per_second"] = fill(manager, options)
    manager.end()
    results["load_seconds"] = manager.start()
    results["manager_mb_without_agents"] = manager.resident()
    for number in range(options.agents):
        agents.start(f"node-{number}")
    results["all_agents_seconds"] = await_nodes(api, options.agents, 1)
    results["manager_mb"] = manager.resident()
    # For a while after its start the manager waits for agents that may yet come.
    expect(api.get("/v1/nodes?revision=1&wait=60"), 200)
    changer = Changer(manager, options)
    begin = time.monotonic()
    for number in range(options.changes):
        # What is measured is a change's way, not how many there can be at once.
        time.sleep(max(0, begin + number / options.rate - time.monotonic()))
        changer.change(number)
    for name in ("written", "waited", "applied"):
        values = getattr(changer, name)
        results[f"{name}_ms"] = {"p50": statistics.median(values), "p99": percentile(values, 0.99),
                                 "max": max(values)}
    revision = max(node["revision"] for node in nodes(api))
    results["newcomer_seconds"] = [
        newcomer(api, agents, f"new-{number}", revision, options.agents + number)
        for number in range(options.newcomers)]
    results["manager_mb_most"] = manager.resident("VmHWM")
    results["agent_mb"] = agents.resident()


ROWS = (
    ("contexts × overrides", lambda r: f"{r['contexts']} × {r['overrides']}"),
    ("agents", lambda r: f"{r['agents']}"),
    ("store filled through the API, writes/s", lambda r: f"{r['writes_per_second']:.0f}"),
    ("manager's start until it is ready, s", lambda r: f"{r['load_seconds']:.2f}"),
    ("all agents have the snapshot after, s", lambda r: f"{r['all_agents_seconds']:.2f}"),
    ("a new agent has it after (median, max), s", lambda r: (
        f"{statistics.median(r['newcomer_seconds']):.2f}, {max(r['newcomer_seconds']):.2f}")),
    ("change → acknowledged (p50, p99, max), ms", lambda r: spread(r["written_ms"])),
    ("change → applied everywhere, as the manager tells, ms", lambda r: spread(r["waited_ms"])),
    ("change → applied everywhere, by the agents' times, ms", lambda r: spread(r["applied_ms"])),
    ("changes, a second at most", lambda r: f"{r['changes']}, {r['rate']}"),
    ("manager resident: no agent, all agents, most, MB", lambda r: (
        f"{r['manager_mb_without_agents']:.0f}, {r['manager_mb']:.0f}, {r['manager_mb_most']:.0f}")),
    ("agent resident, MB", lambda r: f"{r['agent_mb']:.0f}"),
)


def spread(values):
    return f"{values['p50']:.1f}, {values['p99']:.1f}, {values['max']:.1f}"


def main():
    parser = argparse.ArgumentParser(prog="bench control")
    for name, value in (("contexts", 10000), ("overrides", 10), ("agents", 200), ("changes", 300),
                        ("rate", 5), ("newcomers", 10)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--keep", help="work in this directory and leave it")
    options = parser.parse_args()
    directory = options.keep or tempfile.mkdtemp(prefix="shunt-bench.")
    manager = shunt.Manager(directory)
    agents = Agents(manager, directory)
    results = {name: getattr(options, name)
               for name in ("contexts", "overrides", "agents", "changes", "rate")}
    try:
        measure(manager, agents, options, results)
    finally:
        agents.end()
        if manager.process and manager.process.poll() is None:
            manager.end()
        if not options.keep:
            shutil.rmtree(directory)
    width = max(len(title) for title, _ in ROWS)
    for title, show in ROWS:
        print(f"{title:{width}}  {show(results)}")
    print(json.dumps(results))


main()
