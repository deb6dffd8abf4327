#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who the manager is for the API server, and who comes to the manager: TLS, tokens, certificates,
TokenReview, and the rights of deploy/rbac.yaml."""

import base64
import os
import ssl
import subprocess
import sys

import yaml

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from apiserver import ApiServer  # noqa: E402
from world import (KubeManager, World, cluster, context, resolved, run, same, shunt,  # noqa: E402
                   wait)


class Authority:
    """Makes certificates by openssl(1)."""

    def __init__(self, directory):
        self.directory = directory
        self.file = os.path.join(directory, "ca.crt")
        self.key = os.path.join(directory, "ca.key")
        self.run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", self.key, "-out", self.file, "-subj", "/CN=test authority", "-days",
                 "2")

    def run(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    def make(self, name, alternative):
        """(certificate, key) of this name."""
        path = os.path.join(self.directory, name)
        self.run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", path + ".key", "-out", path + ".csr", "-subj", f"/CN={name}")
        with open(path + ".ext", "w") as file:
            file.write(f"subjectAltName={alternative}\n")
        self.run("x509", "-req", "-in", path + ".csr", "-CA", self.file, "-CAkey", self.key,
                 "-CAcreateserial", "-days", "2", "-extfile", path + ".ext", "-out", path + ".crt")
        return path + ".crt", path + ".key"


def tls_server(directory, **options):
    authority = Authority(directory)
    certificate, key = authority.make("kube-apiserver", "IP:127.0.0.1")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.file)
    tls.load_cert_chain(certificate, key)
    tls.verify_mode = ssl.CERT_OPTIONAL
    return authority, ApiServer(tls=tls, **options)


def read_data(path):
    with open(path, "rb") as file:
        return base64.b64encode(file.read()).decode()


def certificate(directory):
    """a client certificate, as files and as data, is shown over TLS; without it 401 says what to do"""
    authority, kube = tls_server(directory, names={"shunt-manager"})
    crt, key = authority.make("shunt-manager", "DNS:shunt-manager")
    files = {"client-certificate": crt, "client-key": key}
    data = {name + "-data": read_data(path) for name, path in files.items()}
    ca = {"certificate-authority-data": read_data(authority.file)}
    with World(directory, kube, user=files, **ca) as world:
        same(world.api.put(context("mmeng")).status, 201)
        second = world.add("two", user=data, **{"certificate-authority": authority.file})
        wait("both have it", lambda: resolved(shunt.Api(second), "mmeng") == ["10.0.0.2:8080"])
        third = KubeManager(directory, kube.url, name="three", **ca)
        third.launch()
        wait("it is refused", lambda: "does not accept our credentials" in third.page("/readyz")[1])
        third.end()


def wrong_authority(directory):
    """a server whose certificate another authority signed is not talked to"""
    _, kube = tls_server(directory)
    os.mkdir(os.path.join(directory, "other"))
    other = Authority(os.path.join(directory, "other"))
    manager = KubeManager(directory, kube.url, user={"token": "a-secret"},
                          **{"certificate-authority": other.file})
    manager.launch()
    try:
        wait("it says so", lambda: "certificate" in manager.page("/readyz")[1])
        same(kube.requests, [], "requests")
    finally:
        manager.end()
        kube.stop()
    same("a-secret" in manager.all_of_log(), False, "the token is in the log")


def rotation(directory):
    """a token file is read again when it rotates, and no token is ever logged"""
    authority, kube = tls_server(directory, tokens={"first-token": "manager"})
    path = os.path.join(directory, "token")

    def write(token):
        with open(path + ".new", "w") as file:
            file.write(token + "\n")
        os.rename(path + ".new", path)
    write("first-token")
    with World(directory, kube, user={"tokenFile": path},
               **{"certificate-authority": authority.file}) as world:
        same(world.api.put(context("a")).status, 201)
        write("second-token")
        kube.tokens = {"second-token": "manager"}
        same(world.api.put(context("b")).status, 201)
        # Watches begin with the new one as well.
        kube.cut_all()
        kube.put(context("c"))
        wait("it is followed", lambda: resolved(world.api, "c") == ["10.0.0.2:8080"])
        # A token that is no good any more, and no other one there.
        kube.tokens = {}
        reply = world.api.put(context("d"))
        same(reply.status, 503, reply.text)
        same("credentials" in reply.text, True, reply.text)
        write("third-token")
        kube.tokens = {"third-token": "manager"}
        wait("it is taken", lambda: world.api.put(context("d")).status == 201)
        wait("it is ready", world.first.is_ready)
        log = world.first.all_of_log()
        same([word for word in ("first-token", "second-token", "third-token") if word in log], [],
             "tokens in the log")


def reviews(directory):
    """TokenReview says who is reader, editor, admin and agent, and who is nobody"""
    kube = ApiServer()
    kube.reviews = {
        "token-r": {"username": "rita", "groups": ["shunt:readers"]},
        "token-e": {"username": "ed", "groups": ["shunt:editors", "shunt:readers"]},
        "token-f": {"username": "flo", "groups": ["shunt:editors"]},
        "token-a": {"username": "ada", "groups": ["shunt:admins"]},
        "token-n": {"username": "nobody", "groups": ["system:authenticated"]},
        "token-x": {"username": "system:serviceaccount:shunt-system:shuntd", "groups": [],
                    "extra": {"authentication.kubernetes.io/node-name": ["node-1"]}},
    }
    with World(directory, kube, options=["--token-review"]) as world:
        api = {letter: shunt.Api(world.first, f"token-{letter}") for letter in "refanx"}
        unknown = shunt.Api(world.first, "token-unknown")
        same(world.api.ask("GET", "/v1/contexts").status, 401)
        same(unknown.ask("GET", "/v1/contexts").status, 401)
        same(api["n"].ask("GET", "/v1/contexts").status, 403)
        same(api["r"].ask("GET", "/v1/contexts").status, 200)
        same(api["r"].put(context("mmeng")).status, 403)
        same(api["e"].put(context("mmeng")).status, 201)
        item = kube.get("Context", "", "mmeng")
        same(item["metadata"]["annotations"]["shunt.dev/owner"], "ed")
        same(api["f"].ask("DELETE", "/v1/contexts/mmeng").status, 403)
        same(api["x"].ask("GET", "/v1/contexts").status, 403)
        same(api["a"].ask("DELETE", "/v1/contexts/mmeng").status, 200)
        asked = kube.count("POST", "tokenreviews")
        for _ in range(20):
            same(api["r"].ask("GET", "/v1/contexts").status, 200)
        same(kube.count("POST", "tokenreviews") - asked <= 1, True, "reviews are remembered")
        kube.fail("POST", "tokenreviews", 500)
        reply = shunt.Api(world.first, "token-new").ask("GET", "/v1/contexts")
        same(reply.status, 503, reply.text)
        same("rita" in world.first.all_of_log(), False, "names of readers are not logged")


def rights():
    """(verb, group, resource, namespace) of deploy/rbac.yaml."""
    with open(os.path.join(shunt.ROOT, "deploy", "rbac.yaml")) as file:
        roles = [each for each in yaml.safe_load_all(file) if each["kind"].endswith("Role")]
    return {(verb, group, resource, role["metadata"].get("namespace", ""))
            for role in roles for rule in role["rules"] for verb in rule["verbs"]
            for group in rule["apiGroups"] for resource in rule["resources"]}


def rbac(directory):
    """what a manager asks for in its life is what deploy/rbac.yaml grants"""
    kube = ApiServer()
    kube.put(*cluster())
    kube.reviews = {"token-a": {"username": "ada", "groups": ["shunt:admins"]}}
    with World(directory, kube, options=["--token-review"]) as world:
        api = shunt.Api(world.first, "token-a")
        same(api.put(context("mmeng")).status, 201)
        etag = api.ask("GET", "/v1/contexts/mmeng").etag
        same(api.put(context("mmeng", "9e01d77"), etag).status, 200)
        wait("its status is there", lambda: "status" in kube.get("Context", "", "mmeng"))
        wait("it is removed", lambda: api.ask("DELETE", "/v1/contexts/mmeng").status == 200)
        same(api.ask("GET", "/v1/events").status, 200)
        wait("nodes are shared", lambda: ("create", "", "configmaps", "shunt-system") in kube.used)
        same(sorted(kube.used - rights()), [], "not granted")
        # These take hours, or the end of another manager.
        rare = {("delete", "shunt.dev", "auditevents", ""),
                ("delete", "", "configmaps", "shunt-system")}
        same(sorted(rights() - kube.used - rare), [], "granted, and not used")


run(certificate, wrong_authority, rotation, reviews, rbac)
