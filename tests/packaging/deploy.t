#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""deploy/ is whole and fits together, and fits the programs: what it names is there. That an API server
takes it is tested in tests/kubernetes/real, and that containers run so in image.t."""

import glob
import os
import re
import subprocess
import sys
import traceback

import jsonschema
import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(os.environ.get("BUILD", os.path.join(ROOT, "build")), "bin")
NAMESPACE = "shunt-system"
CLUSTER_WIDE = {"Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding",
                "PriorityClass"}
# Secrets that a person makes, and the keys in them.
SECRETS = {"shunt-keys": {"keys"}, "shunt-manager-tls": {"tls.crt", "tls.key", "ca.crt"}}


def read(path):
    with open(os.path.join(ROOT, path)) as file:
        return list(yaml.safe_load_all(file))


def base(directory="deploy"):
    """All that a kustomization has."""
    [kustomization] = read(f"{directory}/kustomization.yaml")
    return [item for name in kustomization["resources"] for item in read(f"{directory}/{name}")]


def same(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what}: {got!r} instead of {wanted!r}")


def find(items, kind, name):
    return next(item for item in items
                if item["kind"] == kind and item["metadata"]["name"] == name)


def pods(items):
    """(name, pod's template, containers) of what runs."""
    for item in items:
        if item["kind"] in ("DaemonSet", "Deployment"):
            template = item["spec"]["template"]
            spec = template["spec"]
            yield item, template, spec.get("initContainers", []) + spec["containers"]


def workloads():
    return [*pods(base()), *pods(base("deploy/remove"))]


def files():
    """every file is in its kustomization, and every object in one namespace"""
    for directory in ("deploy", "deploy/remove"):
        [kustomization] = read(f"{directory}/kustomization.yaml")
        there = {os.path.basename(path) for path in glob.glob(f"{ROOT}/{directory}/*.yaml")}
        same(there - {"kustomization.yaml"}, set(kustomization["resources"]), directory)
        for item in base(directory):
            wanted = None if item["kind"] in CLUSTER_WIDE else NAMESPACE
            same(item["metadata"].get("namespace"), wanted, item["metadata"]["name"])


def options():
    """containers start programs of the image, with options that they have"""
    for _, _, containers in workloads():
        for container in containers:
            program, *arguments = container["command"] + container.get("args", [])
            path = os.path.join(BIN, os.path.basename(program))
            said = subprocess.run([path, "--help"], capture_output=True, text=True,
                                  check=True).stdout
            for argument in arguments:
                option = argument.split("=")[0]
                same(bool(re.search(rf"(^|\s){option}\b", said)), True, f"{program} {option}")
            same(container["image"], "shunt:" + version(), "image")


def version():
    with open(os.path.join(ROOT, "user", "lib", "version.h")) as file:
        return re.search(r'SHUNT_VERSION "(.*)"', file.read())[1]


def versions():
    """the Debian packages are of the programs' version too"""
    with open(os.path.join(ROOT, "debian", "changelog")) as file:
        same(re.match(r"shunt \((.*?)\)", file.readline())[1], version(), "debian/changelog")


def volumes():
    """what is mounted is there, what is there is mounted, and files that are named lie in it"""
    for item, template, containers in workloads():
        spec = template["spec"]
        mounts = [mount for each in containers for mount in each["volumeMounts"]]
        same({mount["name"] for mount in mounts}, {each["name"] for each in spec["volumes"]},
             item["metadata"]["name"])
        for container in containers:
            paths = [mount["mountPath"] for mount in container["volumeMounts"]]
            for argument in container["command"] + container.get("args", []):
                value = argument.partition("=")[2]
                if value.startswith("/"):
                    same(any(value == path or value.startswith(path + "/") for path in paths),
                         True, f"{argument} is in no volume")


def secrets():
    """secrets are those that docs/install.md tells how to make"""
    with open(os.path.join(ROOT, "docs", "install.md")) as file:
        text = file.read()
    found = set()
    for _, template, _ in workloads():
        for volume in template["spec"]["volumes"]:
            for source in [volume, *volume.get("projected", {}).get("sources", [])]:
                if "secret" in source:
                    name = source["secret"].get("secretName") or source["secret"]["name"]
                    found.add(name)
                    for key in source["secret"].get("items", []):
                        same(key["key"] in SECRETS[name], True, key["key"])
    same(found, set(SECRETS), "secrets")
    for name, keys in SECRETS.items():
        for word in (name, *(f"={key}=" if name == "shunt-keys" else key for key in keys)):
            same(word in text, True, f"{word} in docs/install.md")


def selectors():
    """whatever selects pods selects those of one workload"""
    items = base()
    labels = {item["metadata"]["name"]: template["metadata"]["labels"]
              for item, template, _ in workloads()}

    def selected(selector):
        return [name for name, own in labels.items() if selector.items() <= own.items()]
    for item, template, _ in workloads():
        same(selected(item["spec"]["selector"]["matchLabels"]), [item["metadata"]["name"]])
    same(selected(find(items, "Service", "shunt-manager")["spec"]["selector"]), ["shunt-manager"])
    budget = find(items, "PodDisruptionBudget", "shunt-manager")["spec"]
    same(selected(budget["selector"]["matchLabels"]), ["shunt-manager"])
    policy = find(items, "NetworkPolicy", "shunt-manager")["spec"]
    same(selected(policy["podSelector"]["matchLabels"]), ["shunt-manager"])
    replicas = find(items, "Deployment", "shunt-manager")["spec"]["replicas"]
    same(budget["minAvailable"] < replicas, True, "a node can be drained")


def names():
    """accounts, priorities, ports and the manager's address are those that there are"""
    items = base()
    for item, template, _ in workloads():
        spec = template["spec"]
        find(items, "ServiceAccount", spec["serviceAccountName"])
        if "priorityClassName" in spec:
            find(items, "PriorityClass", spec["priorityClassName"])
    agent = find(items, "DaemonSet", "shuntd")["spec"]["template"]["spec"]["containers"][0]
    service = find(items, "Service", "shunt-manager")
    [port] = service["spec"]["ports"]
    same(f"--manager=https://shunt-manager.{NAMESPACE}.svc:{port['port']}" in agent["args"], True)
    manager = find(items, "Deployment", "shunt-manager")["spec"]["template"]["spec"]
    [declared] = manager["containers"][0]["ports"]
    same((port["targetPort"], declared["containerPort"]), (declared["name"], port["port"]))
    policy = find(items, "NetworkPolicy", "shunt-manager")["spec"]["ingress"]
    same([each["port"] for rule in policy for each in rule["ports"]], [port["port"]])


def privileges():
    """nothing that runs all the time has more rights than it uses, and the agent those that it keeps"""
    with open(os.path.join(ROOT, "user", "agent", "confine.c")) as file:
        source = file.read()
    kept = re.findall(r"CAP_(\w+)", re.search(r"kept\[\] = \{(.*?)\}", source, re.DOTALL)[1])
    kept = kept[:int(re.search(r"\[CONFINE_AT_HOST\] = (\d+)", source)[1])]
    for item, template, _ in workloads():
        spec = template["spec"]
        for container in spec["containers"]:
            context = {**spec.get("securityContext", {}), **container["securityContext"]}
            added = ["NET_RAW", *kept] if item["metadata"]["name"] == "shuntd" else []
            same(sorted(context["capabilities"].get("add", [])), sorted(added))
            same(context["capabilities"]["drop"], ["ALL"])
            same((context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"],
                  context["seccompProfile"]["type"]), (True, False, "RuntimeDefault"))
            same("privileged" in context, False)
            same(bool(context.get("runAsNonRoot")), item["metadata"]["name"] != "shuntd")


def probes():
    """agents are asked where they listen, and managers over TLS"""
    items = base()
    for kind, name, wanted in (("DaemonSet", "shuntd", ("127.0.0.1", 9870, None)),
                               ("Deployment", "shunt-manager", (None, "https", "HTTPS"))):
        [container] = find(items, kind, name)["spec"]["template"]["spec"]["containers"]
        for probe, path in (("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
            get = container[probe]["httpGet"]
            same((get.get("host"), get["port"], get.get("scheme")), wanted, name)
            same(get["path"], path)


def variations():
    """the patches of docs/install.md are of what they say"""
    with open(os.path.join(ROOT, "docs", "install.md")) as file:
        block = next(each for each in re.findall(r"```yaml\n(.*?)```", file.read(), re.S)
                     if each.startswith("patches:"))
    [patch] = yaml.safe_load(block)["patches"]
    item = find(base(), patch["target"]["kind"], patch["target"]["name"])
    for change in yaml.safe_load(patch["patch"]):
        place = item
        *path, last = change["path"].split("/")[1:]
        for key in path:
            place = place[int(key) if isinstance(place, list) else key]
        same(isinstance(place, list) if last == "-" else last in place, True, change["path"])
        if "hostPath" in change["path"]:
            same(change["value"].startswith(place[last] + "/"), True, "another place for the same")


def examples():
    """the schemas take the examples and the demonstration's contexts"""
    schemas = {item["spec"]["names"]["kind"]: item["spec"]["versions"][0]["schema"]
               ["openAPIV3Schema"] for item in read("deploy/crd.yaml")}
    checked = 0
    for path in glob.glob(f"{ROOT}/packaging/examples/*") + glob.glob(f"{ROOT}/demo/manifests/*"):
        for item in read(os.path.relpath(path, ROOT)):
            if item["apiVersion"].startswith("shunt.dev/"):
                jsonschema.validate(item, schemas[item["kind"]])
                checked += 1
    same(checked >= 4, True, f"{checked} objects")


def main():
    tests = [files, options, versions, volumes, secrets, selectors, names, privileges, probes,
             variations, examples]
    failed = 0
    print(f"1..{len(tests)}", flush=True)
    for number, test in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} - {test.__doc__}", flush=True)
        except Exception:
            failed += 1
            print(f"not ok {number} - {test.__doc__}")
            for line in traceback.format_exc().splitlines():
                print(f"#   {line}", flush=True)
    sys.exit(failed > 0)


main()
