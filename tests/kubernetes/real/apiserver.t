#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manager against a kube-apiserver and an etcd that scripts/kubernetes/build.sh has made."""

import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request

import yaml

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from world import (KubeManager, cluster, context, resolved, same, shunt, wait)  # noqa: E402

BIN = os.path.join(shunt.BUILD, "kubernetes", "bin")
API = "/apis/shunt.dev/v1alpha1"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
MANAGER = "system:serviceaccount:shunt-system:shunt-manager"


class RealServer:
    def __init__(self, directory):
        self.directory = directory
        self.port, self.etcd_port = shunt.free_port(), shunt.free_port()
        self.log = open(os.path.join(directory, "servers.log"), "ab")
        self.etcd = self.server = None
        self.tls = ssl._create_unverified_context()
        self.key = os.path.join(directory, "service-account.key")
        subprocess.run(["openssl", "genrsa", "-out", self.key, "2048"], check=True,
                       capture_output=True)
        self.tokens = os.path.join(directory, "tokens.csv")
        with open(self.tokens, "w") as file:
            file.write('admin-token,admin,1,"system:masters"\n'
                       f"manager-token,{MANAGER},2\n"
                       'editor-token,ed,3,"shunt:editors"\n')

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    @property
    def certificate(self):
        return os.path.join(self.directory, "certificates", "apiserver.crt")

    def start_etcd(self):
        url, peer = f"http://127.0.0.1:{self.etcd_port}", f"http://127.0.0.1:{shunt.free_port()}"
        self.etcd = subprocess.Popen(
            [os.path.join(BIN, "etcd"), "--data-dir", os.path.join(self.directory, "etcd"),
             "--listen-client-urls", url, "--advertise-client-urls", url, "--listen-peer-urls",
             peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}"],
            stdout=self.log, stderr=self.log)

    def start(self):
        self.server = subprocess.Popen(
            [os.path.join(BIN, "kube-apiserver"), "--etcd-servers",
             f"http://127.0.0.1:{self.etcd_port}", "--bind-address", "127.0.0.1",
             "--secure-port", str(self.port), "--insecure-port", "0", "--advertise-address",
             "192.0.2.1", "--endpoint-reconciler-type", "none", "--cert-dir",
             os.path.join(self.directory, "certificates"), "--token-auth-file", self.tokens,
             "--authorization-mode", "RBAC", "--service-cluster-ip-range", "10.96.0.0/16",
             "--service-account-issuer", "https://kubernetes.default.svc",
             "--service-account-key-file", self.key, "--service-account-signing-key-file",
             self.key, "--disable-admission-plugins", "ServiceAccount",
             "--etcd-compaction-interval", "0", "--allow-privileged"], stdout=self.log, stderr=self.log)
        wait("the API server is ready", self.is_ready, 120)

    def is_ready(self):
        if self.server.poll() is not None:
            raise RuntimeError("kube-apiserver has ended: " + self.last_words())
        try:
            return self.ask("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def last_words(self):
        with open(self.log.name, errors="replace") as file:
            return "".join(file.readlines()[-8:])

    def kill(self):
        self.server.kill()
        self.server.wait()

    def stop(self):
        for process in (self.server, self.etcd):
            if process and process.poll() is None:
                process.kill()
                process.wait()
        self.log.close()

    def ask(self, method, path, item=None, content_type="application/json", accept=None):
        request = urllib.request.Request(
            self.url + path, method=method, data=json.dumps(item).encode() if item else None,
            headers={"Authorization": "Bearer admin-token", "Content-Type": content_type,
                     "Accept": accept or "application/json"})
        try:
            with urllib.request.urlopen(request, context=self.tls, timeout=30) as reply:
                text, status = reply.read(), reply.status
        except urllib.error.HTTPError as error:
            text, status = error.read(), error.code
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text.decode()

    def create(self, path, item):
        status, answer = self.ask("POST", path, item)
        same(status, 201, json.dumps(answer))
        return answer

    def compact(self):
        """In etcd: whatever was before is forgotten."""
        url = f"http://127.0.0.1:{self.etcd_port}/v3/kv/"
        with urllib.request.urlopen(url + "range", b'{"key":"AA=="}') as reply:
            revision = json.load(reply)["header"]["revision"]
        with urllib.request.urlopen(url + "compaction", json.dumps(
                {"revision": revision, "physical": True}).encode()) as reply:
            same(reply.status, 200)


PATHS = {"Namespace": "/api/v1/namespaces", "ServiceAccount": "serviceaccounts",
         "ClusterRole": "clusterroles", "ClusterRoleBinding": "clusterrolebindings",
         "Role": "roles", "RoleBinding": "rolebindings", "CustomResourceDefinition": CRDS,
         "PriorityClass": "priorityclasses", "Service": "services", "DaemonSet": "daemonsets",
         "Deployment": "deployments", "PodDisruptionBudget": "poddisruptionbudgets",
         "NetworkPolicy": "networkpolicies"}


def path_of(item):
    path = PATHS[item["kind"]]
    if path.startswith("/"):
        return path
    prefix = "/api/v1" if item["apiVersion"] == "v1" else f"/apis/{item['apiVersion']}"
    namespace = item["metadata"].get("namespace")
    return f"{prefix}/namespaces/{namespace}/{path}" if namespace else f"{prefix}/{path}"


def kustomize(directory):
    output = subprocess.run([os.path.join(BIN, "kubectl"), "kustomize",
                             os.path.join(shunt.ROOT, directory)], check=True,
                            capture_output=True).stdout
    return list(yaml.safe_load_all(output))


def dropped(sent, kept, path=""):
    """What the API server does not know, it drops without a word."""
    if isinstance(sent, dict) and isinstance(kept, dict):
        return [each for key, value in sent.items()
                for each in dropped(value, kept.get(key), f"{path}.{key}")]
    if isinstance(sent, list) and isinstance(kept, list) and len(sent) == len(kept):
        return [each for number, (one, other) in enumerate(zip(sent, kept))
                for each in dropped(one, other, f"{path}[{number}]")]
    # A quantity may be written in another way, and what is empty may be left out.
    return [] if kept is not None or sent in ({}, [], False) else [path]


def deploy(server, _manager):
    """deploy/ is taken by the API server as it is, and the kinds are served"""
    for item in kustomize("deploy") + kustomize("deploy/remove"):
        if item["kind"] == "PodDisruptionBudget":
            item["apiVersion"] = "policy/v1beta1"  # v1 is in 1.21
        answer = server.create(path_of(item), item)
        same(dropped(item, answer), [], f"{item['kind']} {item['metadata']['name']}")
    for plural in ("contexts", "settings", "auditevents"):
        wait(f"{plural} are served", lambda: server.ask("GET", f"{API}/{plural}")[0] == 200)
        _, item = server.ask("GET", f"{CRDS}/{plural}.shunt.dev")
        wrong = [each for each in item["status"]["conditions"]
                 if each["type"] == "NonStructuralSchema"]
        same(wrong, [], "schema")


def put_pod(server, item):
    status = item.pop("status")
    item["spec"]["containers"][0]["image"] = "none"
    server.create("/api/v1/namespaces/shop/pods", item)
    code, answer = server.ask("PATCH", f"/api/v1/namespaces/shop/pods/{item['metadata']['name']}"
                              "/status", {"status": status}, "application/merge-patch+json")
    same(code, 200, json.dumps(answer))


def schemas(server, _manager):
    """schemas refuse what manifests.md says is refused, and take the rest"""
    def attempt(plural, kind, name, spec):
        item = {"apiVersion": "shunt.dev/v1alpha1", "kind": kind, "metadata": {"name": name},
                "spec": spec}
        return server.ask("POST", f"{API}/{plural}?dryRun=All", item)[0]
    sha = {"service": "shop/users", "sha": "4f2a91c"}
    good = [{}, {"overrides": [sha, {"service": "pay", "pod": "pay-x.1", "onUnreachable": "main"},
                               {"service": "shop/cart", "address": "[fd00::1]:80"}],
                 "config": {"a": "b"}, "expires": "2026-12-01T00:00:00Z"}]
    for spec in good:
        same(attempt("contexts", "Context", "c", spec), 201, spec)
    bad = [{"overrides": [{**sha, "pod": "p"}]}, {"overrides": [{"service": "users"}]},
           {"overrides": [{"sha": "1"}]}, {"overrides": [{**sha, "service": "a/b/c"}]},
           {"overrides": [{**sha, "sha": 4123912}]}, {"overrides": [{**sha, "sha": "-a"}]},
           {"overrides": [{**sha, "onUnreachable": "x"}]}, {"overrides": [sha] * 257},
           {"overrides": [{"service": "a", "address": "10.0.0.1"}]}, {"expires": "tomorrow"},
           {"config": {"a": 1}}, {"description": "x" * 1025}]
    for spec in bad:
        same(attempt("contexts", "Context", "c", spec), 422, spec)
    same(attempt("contexts", "Context", "c" * 64, {}), 422, "a long name")
    marker = {"form": "header", "name": "x-ctx"}
    same(attempt("settings", "Settings", "default", {"markers": [marker]}), 201)
    same(attempt("settings", "Settings", "other", {"markers": [marker]}), 422)
    same(attempt("settings", "Settings", "default", {"markers": [{**marker, "form": "h"}]}), 422)


def follow(server, manager):
    """with the rights of deploy/rbac.yaml contexts are written, resolved and recorded"""
    server.create("/api/v1/namespaces", {"metadata": {"name": "shop"}})
    for item in cluster():
        if item["kind"] == "Service":
            # The first address is that of the API server's own Service.
            item["spec"]["clusterIP"] = item["spec"]["clusterIPs"][0] = "10.96.0.100"
            server.create("/api/v1/namespaces/shop/services", item)
        else:
            put_pod(server, item)
    manager.launch()
    wait("it is ready", manager.is_ready, 60)
    api = shunt.Api(manager, "editor-token")
    reply = api.put(context("mmeng"))
    same(reply.status, 201, reply.text)
    wait("it is resolved", lambda: resolved(api, "mmeng") == ["10.0.0.2:8080"])

    def status():
        return server.ask("GET", f"{API}/contexts/mmeng")[1].get("status")
    wait("its status is there", status)
    same(status()["observedGeneration"], 1)
    same({each["type"]: each["status"] for each in status()["conditions"]},
         {"Accepted": "True", "Resolved": "True"})
    etag = api.ask("GET", "/v1/contexts/mmeng").etag
    same(api.put(context("mmeng", "9e01d77"), etag).status, 200)
    wait("it is of that generation", lambda: status()["observedGeneration"] == 2)
    same(api.put(context("mmeng"), etag).status, 412, "an old ETag")
    same(api.put(context("gone")).status, 201)
    same(api.ask("DELETE", "/v1/contexts/gone").status, 200)
    wait("all is recorded", lambda: [each["action"] for each in api.ask(
        "GET", "/v1/events").json["items"]] == ["delete", "create", "update", "create"])
    _, table = server.ask("GET", f"{API}/contexts",
                          accept="application/json;as=Table;g=meta.k8s.io;v=v1")
    same(dict(zip([each["name"] for each in table["columnDefinitions"]],
                  table["rows"][0]["cells"]))["Owner"], "ed", "the column of owners")
    if "may not" in manager.all_of_log():
        raise AssertionError(manager.all_of_log())


def restart(server, manager):
    """an API server that restarts is waited for; reads go on meanwhile"""
    api = shunt.Api(manager, "editor-token")
    same(resolved(api, "mmeng"), [])
    server.kill()
    wait("it says so", lambda: not manager.is_ready())
    # Whose the token is was reviewed just before, which is remembered for some seconds.
    same(resolved(api, "mmeng"), [])
    server.start()
    wait("it is ready", manager.is_ready, 60)
    same(api.put(context("later")).status, 201)
    wait("it is resolved", lambda: resolved(api, "later") == ["10.0.0.2:8080"])


def compaction(server, manager):
    """changes that were compacted away meanwhile are found by a list"""
    lists = manager.metric("shunt_manager_kubernetes_lists_total")
    manager.process.send_signal(signal.SIGSTOP)
    try:
        # Its watches are closed: what changes now does not wait in their sockets.
        server.kill()
        server.start()
        same(server.ask("DELETE", f"{API}/contexts/later")[0], 200)
        server.create(f"{API}/contexts", context("new"))
        server.kill()
        server.compact()
        server.start()
    finally:
        manager.process.send_signal(signal.SIGCONT)
    api = shunt.Api(manager, "editor-token")
    wait("the new one is there", lambda: resolved(api, "new") == ["10.0.0.2:8080"], 60)
    same(api.ask("GET", "/v1/contexts/later").status, 404)
    wait("it is ready", manager.is_ready, 60)
    same(manager.metric("shunt_manager_kubernetes_lists_total") > lists, True, "lists")


def main():
    tests = [deploy, schemas, follow, restart, compaction]
    print(f"1..{len(tests)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="shunt-apiserver.") as directory:
        server = RealServer(directory)
        manager = None
        try:
            server.start_etcd()
            server.start()
            manager = KubeManager(directory, server.url, options=["--token-review"],
                                  user={"token": "manager-token"},
                                  **{"certificate-authority": server.certificate})
            for number, test in enumerate(tests, 1):
                begin = time.monotonic()
                try:
                    test(server, manager)
                except Exception:
                    # What follows builds on it.
                    print(f"not ok {number} - {test.__doc__}")
                    print("".join(f"# {line}\n" for line in
                                  traceback.format_exc().splitlines()), end="")
                    sys.exit(1)
                print(f"ok {number} - {test.__doc__}\n# {time.monotonic() - begin:.1f} s",
                      flush=True)
        finally:
            if manager and manager.process:
                manager.process.kill()
                manager.process.wait()
                print("".join(f"# {line}\n" for line in manager.all_of_log().splitlines()[-12:]),
                      end="")
            server.stop()


main()
