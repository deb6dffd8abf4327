# SPDX-License-Identifier: Apache-2.0
"""A manager whose store and cluster are an API server's, and what the tests have in common."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "manager"))
import manager as shunt  # noqa: E402
from apiserver import ApiServer  # noqa: E402

RECORDINGS = os.path.join(os.path.dirname(shunt.ROOT), "shared", "kubernetes-recordings")
LIMIT = 20  # seconds


def kubeconfig(path, url, user=None, **cluster):
    with open(path + ".new", "w") as file:
        json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "test",
                   "contexts": [{"name": "test", "context": {"cluster": "c", "user": "u",
                                                             "namespace": "shunt-system"}}],
                   "clusters": [{"name": "c", "cluster": {"server": url, **cluster}}],
                   "users": [{"name": "u", "user": user or {}}]}, file)
    os.rename(path + ".new", path)


class KubeManager(shunt.Manager):
    def __init__(self, directory, url, options=("--anonymous",), name="one", **config):
        super().__init__(os.path.join(directory, name), [*options, "--name", name])
        self.kubeconfig = os.path.join(self.directory, "kubeconfig")
        kubeconfig(self.kubeconfig, url, **config)

    def command(self):
        return [os.path.join(shunt.BUILD, "bin", "shunt-manager"), "--store", "kubernetes",
                "--kubernetes", "--kubeconfig", self.kubeconfig,
                "--listen", f"127.0.0.1:{self.port}", *self.options]

    def launch(self):
        """Without waiting for more than that it listens."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        wait("it listens", lambda: self.page("/livez")[0] == 200)

    def page(self, path):
        try:
            reply = shunt.Api(self, timeout=5).ask("GET", path)
            return reply.status, reply.text
        except OSError as error:
            if self.process.poll() is not None:
                raise RuntimeError(f"the manager has ended: {self.last_words()}") from error
            return 0, ""

    def is_ready(self):
        return self.page("/readyz")[0] == 200

    def metric(self, name):
        """The sum of all that have this name, labels or not."""
        values = re.findall(rf"^{re.escape(name)}(?:\{{[^\n]*\}})? (\d+)$",
                            self.page("/metrics")[1], re.M)
        if not values:
            raise RuntimeError(f"no {name} in the metrics")
        return sum(map(int, values))

    def all_of_log(self):
        with open(self.log, errors="replace") as log:
            return log.read()


def wait(what, condition, limit=LIMIT):
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {limit} s: {what}")
        time.sleep(0.01)


def same(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what}: {got!r} instead of {wanted!r}")


def cluster():
    """A service with an ordinary pod and an offloaded one."""
    return [shunt.service("users", "10.96.0.1"), shunt.pod("users-1", "users", "10.0.0.1"),
            shunt.pod("users-x", "users", "10.0.0.2", "4f2a91c")]


def context(name, sha="4f2a91c", **metadata):
    item = shunt.context(name, [{"service": "shop/users", "sha": sha}])
    item["metadata"].update(metadata)
    return item


def resolved(api, name):
    """The endpoints of the context's first override, as the manager answers."""
    reply = api.ask("GET", f"/v1/contexts/{name}")
    overrides = reply.json.get("status", {}).get("overrides") if reply.status == 200 else None
    return overrides[0]["endpoints"] if overrides else None


class World:
    """An API server with a cluster, and managers."""

    def __init__(self, directory, kube=None, **options):
        self.directory = directory
        self.kube = kube or ApiServer()
        self.kube.put(*cluster())
        self.managers = []
        self.first = self.add("one", **options)
        self.api = shunt.Api(self.first)

    def add(self, name, **options):
        manager = KubeManager(self.directory, self.kube.url, name=name, **options)
        manager.start()
        self.managers.append(manager)
        return manager

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for manager in self.managers:
            manager.end()
            if manager.process.returncode:
                raise AssertionError(f"{manager.process.returncode}: {manager.last_words()}")
        self.kube.stop()


def run(*tests):
    """Each takes a directory of its own; the first line of what it is about is its name."""
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, test in enumerate(tests, 1):
        title = test.__doc__.splitlines()[0]
        with tempfile.TemporaryDirectory(prefix="shunt-kubernetes.") as directory:
            begin = time.monotonic()
            try:
                test(directory)
                print(f"ok {number} - {title}", flush=True)
            except Exception:
                failed += 1
                print(f"not ok {number} - {title}")
                for line in traceback.format_exc().splitlines():
                    print(f"#   {line}", flush=True)
            print(f"# {time.monotonic() - begin:.1f} s", flush=True)
    sys.exit(failed > 0)
