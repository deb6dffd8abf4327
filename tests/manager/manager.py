# SPDX-License-Identifier: Apache-2.0
"""A manager as a process of its own, and its REST API, for tests and benchmarks."""

import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
READY_LIMIT = 30  # seconds


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Manager:
    """shunt-manager on loopback; everybody is an administrator, unless options say otherwise."""

    def __init__(self, directory, options=("--anonymous",)):
        self.directory = directory
        self.store = os.path.join(directory, "store.db")
        self.manifests = os.path.join(directory, "manifests")
        self.log = os.path.join(directory, "manager.log")
        self.port = free_port()
        self.options = list(options)
        self.process = None
        os.makedirs(self.manifests, exist_ok=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def command(self):
        return [os.path.join(BUILD, "bin", "shunt-manager"), "--store", self.store,
                "--manifests", self.manifests, "--listen", f"127.0.0.1:{self.port}",
                *self.options]

    def start(self, page="/readyz"):
        """Returns after how many seconds it was ready, or gave another page."""
        begin = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        while not self._gives(page):
            if self.process.poll() is not None:
                raise RuntimeError(f"the manager has ended: {self.last_words()}")
            if time.monotonic() - begin > READY_LIMIT:
                raise RuntimeError(f"the manager is not ready: {self.last_words()}")
            time.sleep(0.005)
        return time.monotonic() - begin

    def _gives(self, page):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", page)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def last_words(self):
        with open(self.log, errors="replace") as log:
            return "".join(log.readlines()[-5:]).strip()

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(30)

    def resident(self, field="VmRSS"):
        """In MB; VmHWM is the most that it ever was."""
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) / 1024
        raise RuntimeError(f"no {field}")


class Reply:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.etag = response.getheader("ETag")
        self.revision = int(response.getheader("Shunt-Revision") or 0)
        self.text = body.decode(errors="replace")

    @property
    def json(self):
        return json.loads(self.text)


class Api:
    """One connection that is kept alive. Failures of the connection are OSError."""

    def __init__(self, manager, token=None, timeout=30, source="127.0.0.1"):
        self.connection = http.client.HTTPConnection("127.0.0.1", manager.port, timeout=timeout,
                                                     source_address=(source, 0))
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path):
        """Once more where the manager has closed a connection that was idle for long."""
        try:
            return self.ask("GET", path)
        except OSError:
            return self.ask("GET", path)

    def ask(self, method, path, body=None, **fields):
        headers = {**self.headers, **{name.replace("_", "-"): value
                                      for name, value in fields.items()}}
        if body is not None and not isinstance(body, bytes):
            headers.setdefault("Content-Type", "application/json")
            body = json.dumps(body)
        try:
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
            return Reply(response, response.read())
        except http.client.HTTPException as error:
            self.connection.close()
            raise ConnectionError(str(error)) from error
        except OSError:
            self.connection.close()
            raise

    def put(self, context, etag=None):
        """Creates a context, or replaces the one that has this ETag."""
        condition = {"If_Match": etag} if etag else {"If_None_Match": "*"}
        return self.ask("PUT", f"/v1/contexts/{context['metadata']['name']}", context, **condition)


def tokens_options(directory, roles):
    """Options of a manager that knows tokens, each by its owner's name; roles are by name."""
    path = os.path.join(directory, "tokens")
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        for name, role in roles.items():
            file.write(f"{role} {name} sha256:{hashlib.sha256(name.encode()).hexdigest()}\n")
    return ("--tokens", path)


def context(name, overrides, **config):
    return {"apiVersion": "shunt.dev/v1alpha1", "kind": "Context", "metadata": {"name": name},
            "spec": {"overrides": overrides, "config": config}}


def service(name, cluster_ip):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"clusterIP": cluster_ip, "clusterIPs": [cluster_ip], "selector": {"app": name},
                     "ports": [{"name": "http", "protocol": "TCP", "port": 80,
                                "targetPort": 8080}]}}


def pod(name, service_name, address, sha=None):
    """An ordinary pod, or an offloaded one of a commit."""
    labels = {"app": service_name}
    if sha:
        labels = {"shunt.dev/offloaded": "true", "shunt.dev/service": service_name,
                  "shunt.dev/sha": sha}
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "shop", "labels": labels},
            "spec": {"containers": [{"name": "main", "ports": [{"containerPort": 8080}]}]},
            "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
                       "conditions": [{"type": "Ready", "status": "True"}]}}


def write_manifest(manager, name, objects):
    """In one step, so that no half of it is ever read."""
    path = os.path.join(manager.manifests, name)
    draft = os.path.join(manager.directory, name + ".new")
    with open(draft, "w") as file:
        json.dump({"apiVersion": "v1", "kind": "List", "items": objects}, file)
    os.rename(draft, path)
